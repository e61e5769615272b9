"""Putting a year's tables in place, all together, and noting that the year is completed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from zc_pipeline.errors import PublicationStopped, Stage
from zc_pipeline.model import Disclosure, Problem, RawFile, Standing
from zc_pipeline.parse.judge import build_disclosure
from zc_pipeline.pipeline.context import RunContext, holding_lock
from zc_pipeline.pipeline.judged import write_judged
from zc_pipeline.pipeline.judging import Candidate, build_candidate
from zc_pipeline.pipeline.raw import hash_or_path
from zc_pipeline.pipeline.working_files import UNREADABLE_CODE, completed_notes
from zc_pipeline.schemas import UNFILED_TABLES
from zc_pipeline.storage.files import replacing, write_json
from zc_pipeline.storage.parquet import parquet_writer
from zc_pipeline.storage.raw import FIRST_YEAR, files_by_year, fingerprint, last_year, scan_raw
from zc_pipeline.storage.releases import read_releases
from zc_pipeline.storage.revisions import read_revision_words
from zc_pipeline.tables.disclosures import SeenDisclosure


@holding_lock
def publish_year(context: RunContext, year: int | None, candidate: Candidate) -> dict[str, Path]:
    """Put a year's tables in place together, and note that the year is completed.

    Raises:
        PublicationStopped: a gate failed on what belongs to no document. Nothing is touched.
    """
    stoppers = candidate.stoppers
    if stoppers:
        gate, failure = stoppers[0]
        raise PublicationStopped(
            f"The tables of {year} were not published: {len(stoppers)} failures of gates that no single "
            f"document explains. The first: table {gate.table}, {gate.gate}, {failure.check}: "
            f"{failure.place} {failure.value}. The published tables stay as they were."
        )
    targets = {table: context.paths.published(table, year) for table in candidate.frames}
    if not candidate.is_published:
        notes = {"publication_id": candidate.publication_id}
        with replacing(
            {targets[table]: parquet_writer(table, frame, notes) for table, frame in candidate.frames.items()}
        ):
            pass
    if year is not None:
        write_judged(context.paths, year, candidate.publication_id, candidate.judged, targets)
    write_json(
        context.paths.completed(year),
        {
            "fingerprint": candidate.fingerprint,
            "publication_id": candidate.publication_id,
            "run_id": context.run_id,
            "completed_at": context.now.isoformat(),
            **_how_read(context, candidate),
        },
    )
    return targets


def _how_read(context: RunContext, candidate: Candidate) -> dict[str, Any]:
    """How the year's files were read: it tells a later run whether it would read them otherwise."""
    problems, documents = candidate.frames["problems"], candidate.frames["documents"]
    gone = documents["document_id"][documents["standing"] == Standing.WITHDRAWN.value]
    unread = problems["document_id"][problems["code"] == UNREADABLE_CODE]
    return completed_notes(problems["code"], context.limits, is_unread=bool((~unread.isin(gone)).any()))


@holding_lock
def publish_unfiled(context: RunContext) -> Candidate:
    """Give the files that lie in no year's folder their verdict: `documents_unfiled`, `problems_unfiled`."""
    files = files_by_year(scan_raw(context.paths)).get(None, [])
    by_content: dict[str, list[RawFile]] = {}
    for file in files:
        by_content.setdefault(hash_or_path(file), []).append(file)
    candidate = build_candidate(
        [
            SeenDisclosure(_unfiled(document_id, same), same[0].modified_at, context.run_id)
            for document_id, same in by_content.items()
        ]
    )
    candidate = replace(
        candidate,
        frames={table: candidate.frames[table] for table in UNFILED_TABLES},
        fingerprint=fingerprint(
            files, read_releases(context.paths.releases), read_revision_words(context.paths.revisions)
        ),
    )
    if files or context.paths.published("documents", None).exists():
        publish_year(context, None, candidate)
    return candidate


def _unfiled(document_id: str, files: Sequence[RawFile]) -> Disclosure:
    """The verdict over one content that lies in no year's folder, under each of its names."""
    problems = [
        Problem(
            Stage.RAW_DISCLOSURES,
            "wrong_year_folder",
            f"{file.source_file} lies in no fiscal year's folder; move it to raw/<year>/ "
            f"({FIRST_YEAR} to {last_year()}).",
        )
        for file in files
    ]
    problems += [
        Problem(Stage.RAW_DISCLOSURES, "copied_file", f"{file.source_file} has the same content.")
        for file in files[1:]
    ]
    return build_disclosure(
        document_id=document_id,
        source_file=files[0].source_file,
        fiscal_year=None,
        page_count=0,
        tables=(),
        rows=(),
        problems=problems,
    )
