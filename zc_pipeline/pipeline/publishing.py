"""Putting a year's tables in place, all together, and noting that the year is completed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from zc_pipeline.errors import PublicationStopped, Stage
from zc_pipeline.model import Problem
from zc_pipeline.parse.judge import build_disclosure
from zc_pipeline.pipeline.context import RunContext, holding_lock
from zc_pipeline.pipeline.judged import write_judged
from zc_pipeline.pipeline.judging import Candidate, build_candidate
from zc_pipeline.pipeline.raw import hash_or_path
from zc_pipeline.pipeline.working_files import LIMIT_CODES, limits_key
from zc_pipeline.storage.files import replacing, write_json
from zc_pipeline.storage.parquet import parquet_writer
from zc_pipeline.storage.raw import FIRST_YEAR, files_by_year, fingerprint, last_year, scan_raw
from zc_pipeline.storage.releases import read_releases
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
            **_limits(context, candidate),
        },
    )
    return targets


def _limits(context: RunContext, candidate: Candidate) -> dict[str, str]:
    """The limits in force, where a document hit one: under others it is to be read again."""
    is_hit = candidate.frames["problems"]["code"].isin(list(LIMIT_CODES)).any()
    return {"limits": limits_key(context.limits)} if is_hit else {}


@holding_lock
def publish_unfiled(context: RunContext) -> Candidate:
    """Give the files that lie in no year's folder their verdict: `documents_unfiled`, `problems_unfiled`."""
    files = files_by_year(scan_raw(context.paths)).get(None, [])
    seen: dict[str, SeenDisclosure] = {}
    for file in files:
        problem = Problem(
            Stage.RAW_DISCLOSURES,
            "wrong_year_folder",
            f"{file.source_file} lies in no fiscal year's folder; move it to raw/<year>/ "
            f"({FIRST_YEAR} to {last_year()}).",
        )
        document_id = hash_or_path(file)
        disclosure = build_disclosure(
            document_id=document_id,
            source_file=file.source_file,
            fiscal_year=None,
            page_count=0,
            tables=(),
            rows=(),
            problems=[problem],
        )
        seen.setdefault(document_id, SeenDisclosure(disclosure, file.modified_at, context.run_id))
    candidate = build_candidate(list(seen.values()))
    candidate = replace(
        candidate,
        frames={table: candidate.frames[table] for table in ("documents", "problems")},
        fingerprint=fingerprint(files, read_releases(context.paths.releases)),
    )
    if files or context.paths.published("documents", None).exists():
        publish_year(context, None, candidate)
    return candidate
