"""All stages after another, without Dagster: of a year, or of single files in memory."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from zc_pipeline.errors import Stage, UsageError
from zc_pipeline.parse.document import StitchResult, choose_year, hash_file
from zc_pipeline.pipeline.context import RunContext, holding_lock
from zc_pipeline.pipeline.executors import guarded_read
from zc_pipeline.pipeline.gating import gate_problems, stop_on, worst_codes
from zc_pipeline.pipeline.judging import Candidate, build_candidate, guarded_build, judge_year
from zc_pipeline.pipeline.publishing import publish_year
from zc_pipeline.pipeline.raw import find_raw
from zc_pipeline.pipeline.working import guarded_stitch, read_pages, stitch_pages
from zc_pipeline.schemas import WORKING_TABLES
from zc_pipeline.schemas.shape import check_shape
from zc_pipeline.schemas.suites import check_content
from zc_pipeline.settings import read_limits
from zc_pipeline.storage.parquet import read_table
from zc_pipeline.storage.paths import DataPaths
from zc_pipeline.tables.disclosures import SeenDisclosure
from zc_pipeline.tables.frames import join_frames, records_of
from zc_pipeline.tables.page_text import page_text_frame
from zc_pipeline.tables.stitched_rows import stitched_rows_frame

log = logging.getLogger("zc_pipeline")


@holding_lock
def run_year(context: RunContext, year: int) -> Candidate:
    """All stages of a year, without Dagster."""
    find_raw(context, year)
    read_pages(context, year)
    stitch_pages(context, year)
    candidate = judge_year(context, year)
    publish_year(context, year, candidate)
    return candidate


@dataclass(frozen=True, slots=True)
class Extraction:
    """What `extract` made of some files: every table's frame, ready to be written."""

    frames: Mapping[str, pd.DataFrame]
    candidate: Candidate


def extract(
    files: Sequence[Path], *, year: int | None, run_id: str, now: datetime | None = None
) -> Extraction:
    """The given files through the same stages and gates, in memory.

    Args:
        files: PDFs, in the order of the tables' rows.
        year: the fiscal year for files whose folder is no year and that print none.
        run_id: stands in `documents`.
        now: stands in `documents` as the time of first sight.

    Raises:
        UsageError: the year of a file that has a target table is not known, or a limit's variable is wrong.
        PublicationStopped: a gate failed on what belongs to no document.
    """
    limits = read_limits()
    now = now or datetime.now(UTC).replace(microsecond=0)
    seen: list[SeenDisclosure] = []
    working: dict[str, list[pd.DataFrame]] = {table: [] for table in WORKING_TABLES}
    known: dict[str, str] = {}
    for path in files:
        document_id = hash_file(path)
        if document_id in known:
            log.info("%s has the same content as %s: counted once", path.name, known[document_id])
            continue
        known[document_id] = path.name
        pages = guarded_read(path, limits, document_id)
        stitched = guarded_stitch(pages.items) if pages.items else StitchResult((), (), ())
        fiscal_year = choose_year(path, stitched.tables) or year
        if fiscal_year is None and stitched.tables:
            raise UsageError(
                f"The fiscal year of {path.name} is not known: its folder is not named after one and its "
                "table prints none. Say it with --year."
            )
        frames = {
            "page_text": page_text_frame(document_id, fiscal_year, pages.items),
            "stitched_rows": stitched_rows_frame(document_id, fiscal_year, stitched.rows),
        }
        problems = [*pages.problems, *stitched.problems]
        for table, frame in frames.items():
            working[table].append(frame)
            gates = [check_shape(table, frame), check_content(table, frame)]
            problems += gate_problems(Stage(table), gates).get(document_id, [])
        disclosure = guarded_build(
            document_id=document_id,
            source_file=path.name,
            fiscal_year=fiscal_year,
            page_count=len(pages.pages),
            tables=stitched.tables,
            rows=stitched.rows,
            problems=problems,
        )
        log.info("%s: %s%s", path.name, disclosure.verdict.value, worst_codes(disclosure.problems))
        seen.append(SeenDisclosure(disclosure, now, run_id))
    candidate = build_candidate(seen)
    stop_on(candidate.gates)
    frames = {
        **{table: join_frames(table, found) for table, found in working.items()},
        **candidate.frames,
    }
    return Extraction(frames, candidate)


def forget_document(paths: DataPaths, name: str) -> list[tuple[int, str]]:
    """Drop what was read of a document, so that the next run reads it again.

    Args:
        paths: the data folder.
        name: its file name, its path below ``raw/``, or the first 8 or more digits of its ``document_id``.

    Returns:
        (year, source_file) of each document forgotten; empty where none has that name.
    """
    found = []
    for file in sorted(paths.table_dir("raw_disclosures").glob("*.parquet")):
        stored = read_table(file, "raw_disclosures")
        for row in records_of(stored.frame) if stored else []:
            source = row["source_file"]
            if row["withdrawn_at"] is not None:
                continue  # it could not be read again
            if name in (source, Path(source).name) or (
                len(name) >= 8 and row["document_id"].startswith(name)
            ):
                # The mark goes first: a year that is read again is not completed, whatever comes between.
                paths.completed(row["fiscal_year"]).unlink(missing_ok=True)
                for table in WORKING_TABLES:
                    paths.working(table, row["fiscal_year"], row["document_id"]).unlink(missing_ok=True)
                found.append((row["fiscal_year"], source))
    return found
