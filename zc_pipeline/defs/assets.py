"""The flow as assets. Each op calls one stage of ``pipeline`` for one fiscal year and reports what it says.

What a gate refuses for good is recorded as a failed check and ends the op: nothing is materialized, so
nothing downstream runs, and what was published stays.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final

import dagster as dg
from pydantic import Field

from zc_pipeline import linking, pipeline
from zc_pipeline.defs.checks import check_results, check_specs, quiet_result
from zc_pipeline.defs.metadata import (
    asset_spec,
    held_pictures,
    linked_metadata,
    published_metadata,
    stage_metadata,
)
from zc_pipeline.defs.resources import DataFolder
from zc_pipeline.errors import ZcPipelineError
from zc_pipeline.schemas import LINK_TABLES
from zc_pipeline.schemas.gates import GateFailure, GateResult
from zc_pipeline.settings import read_settings
from zc_pipeline.tables.frames import records_of
from zc_pipeline.watching.quiet import look_quiet

# In the order in which they are made; published together.
_OUT: Final = ("projects", "indicators", "reconciliation", "documents", "problems", "revisions")
_Events = Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]


class Removals(dg.Config):
    """What a person says of files that are gone, for this run alone."""

    accept_removals: bool = Field(
        default=False,
        description="Files of the year that are gone were removed on purpose, however many: their documents "
        "are called withdrawn. Else more than a fifth of them gone at once stops the run.",
    )


@dg.multi_asset(specs=[asset_spec("raw_disclosures")], check_specs=check_specs("raw_disclosures"))
def raw_disclosures(context: dg.AssetExecutionContext, data: DataFolder, config: Removals) -> _Events:
    """List the year's files, and give those that lie in no year's folder their verdict."""

    def find_raw(run: pipeline.RunContext, year: int) -> pipeline.StageReport:
        report = pipeline.find_raw(replace(run, accept_removals=config.accept_removals), year)
        unfiled = _unfiled_gate(pipeline.publish_unfiled(run))
        return replace(report, gates=(*report.gates, unfiled))

    def find_quiet() -> list[dg.AssetCheckResult]:
        return [quiet_result(look_quiet(data.paths, read_settings().quiet_days))]

    yield from _run_stage(context, data, find_raw, find_quiet)


@dg.multi_asset(specs=[asset_spec("page_text")], check_specs=check_specs("page_text"))
def page_text(context: dg.AssetExecutionContext, data: DataFolder) -> _Events:
    """Read the pages of new documents."""
    yield from _run_stage(context, data, pipeline.read_pages)


@dg.multi_asset(specs=[asset_spec("stitched_rows")], check_specs=check_specs("stitched_rows"))
def stitched_rows(context: dg.AssetExecutionContext, data: DataFolder) -> _Events:
    """Join the rows of new documents over page breaks."""
    yield from _run_stage(context, data, pipeline.stitch_pages)


@dg.multi_asset(specs=[asset_spec(table) for table in _OUT], check_specs=check_specs(*_OUT))
def published_tables(context: dg.AssetExecutionContext, data: DataFolder) -> _Events:
    """Judge the year's documents and publish its tables, together or not at all."""
    run = data.run_context(context.run_id)
    year = int(context.partition_key)
    try:
        with run.lock():
            candidate = pipeline.judge_year(run, year)
            paths = {} if candidate.stoppers else pipeline.publish_year(run, year, candidate)
        if candidate.stoppers:
            yield from check_results(candidate.gates, year)
            pipeline.publish_year(run, year, candidate)  # says what stops it
    except (ZcPipelineError, OSError) as error:
        raise _failure(error) from error
    checks = list(check_results(candidate.gates, year))
    pictures = {"documents": held_pictures(run.paths, year)}
    for table in _OUT:
        yield dg.MaterializeResult(
            asset_key=table,
            metadata=published_metadata(candidate, table, paths[table]) | pictures.get(table, {}),
            check_results=[check for check in checks if check.asset_key == dg.AssetKey(table)],
        )


@dg.multi_asset(specs=[asset_spec(table) for table in LINK_TABLES], check_specs=check_specs(*LINK_TABLES))
def linked_tables(context: dg.AssetExecutionContext, data: DataFolder) -> _Events:
    """Link the year's projects to those of the year before, and the next year's to these.

    The next year's links were made from what this run may have published anew: where they are there they are
    made again, and recorded as materializations of their own year.
    """
    run = data.run_context(context.run_id)
    year = int(context.partition_key)
    try:
        report = linking.link_year(run, year)
    except pipeline.GateStopped as stopped:
        yield from check_results(stopped.gates, year)
        raise _failure(stopped) from stopped
    except (ZcPipelineError, OSError) as error:
        raise _failure(error) from error
    checks = list(check_results(report.gates, year))
    for table in LINK_TABLES:
        yield dg.MaterializeResult(
            asset_key=table,
            metadata=linked_metadata(report, table),
            check_results=[check for check in checks if check.asset_key == dg.AssetKey(table)],
        )
    try:
        following = linking.link_following_year(run, year)
        data.send()
    except (ZcPipelineError, OSError) as error:
        raise _failure(error) from error
    if following is None:
        return
    for table in LINK_TABLES:
        context.log_event(
            dg.AssetMaterialization(
                table, partition=str(year + 1), metadata=linked_metadata(following, table)
            )
        )


def _run_stage(
    context: dg.AssetExecutionContext,
    data: DataFolder,
    stage: Callable[[pipeline.RunContext, int], pipeline.StageReport],
    more_checks: Callable[[], Sequence[dg.AssetCheckResult]] = tuple,
) -> _Events:
    year = int(context.partition_key)
    try:
        report = stage(data.run_context(context.run_id), year)
        data.send(only_read=True)
    except pipeline.GateStopped as stopped:
        yield from check_results(stopped.gates, year)
        raise _failure(stopped) from stopped
    except (ZcPipelineError, OSError) as error:
        raise _failure(error) from error
    yield dg.MaterializeResult(
        asset_key=report.table,
        metadata=stage_metadata(report),
        check_results=[*check_results(report.gates, year), *more_checks()],
    )


def _failure(error: ZcPipelineError | OSError) -> dg.Failure:
    said = str(error) if isinstance(error, ZcPipelineError) else f"The system refused: {error}."
    return dg.Failure(description=said, allow_retries=False)


def _unfiled_gate(candidate: pipeline.Candidate) -> GateResult:
    """The files in no year's folder, as failures of their documents."""
    failures = [
        GateFailure("lies in a fiscal year's folder", row["document_id"], row["source_file"], row["message"])
        for row in records_of(candidate.frames["problems"])
    ]
    documents = candidate.frames["documents"]["document_id"]
    return GateResult("raw_disclosures", "filed", documents.nunique(), tuple(failures))
