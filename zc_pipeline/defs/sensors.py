"""What looks around while no run is at work: for runs that died, and for how long no new disclosure came."""

import json

import dagster as dg

from zc_pipeline.defs.checks import quiet_evaluation
from zc_pipeline.defs.endings import fiscal_year_of, run_end, started_by
from zc_pipeline.defs.resources import DataFolder
from zc_pipeline.schemas.runs import Outcome
from zc_pipeline.settings import read_settings
from zc_pipeline.watching.notify import check_addresses
from zc_pipeline.watching.quiet import Quiet
from zc_pipeline.watching.records import RunStart, doubtful_documents, has_record, read_run
from zc_pipeline.watching.watch import tell_of_dead_runs, tell_of_quiet, tell_of_run

check_addresses(read_settings())  # all are checked when Dagster loads the code


@dg.sensor(
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Says which runs were killed, and evaluates `raw_disclosures.new_disclosures` once a day.",
)
def watch(context: dg.SensorEvaluationContext, data: DataFolder) -> dg.SensorResult:
    """Tell of runs that died, and of too long a silence. It starts no run."""
    settings = read_settings()
    dead = tell_of_dead_runs(data.paths, settings)
    _end_killed_runs(context.instance, data)
    quiet = tell_of_quiet(data.paths, settings)
    said = _said(quiet)
    words = [f"{len(dead)} runs were killed."] if dead else []
    return dg.SensorResult(
        skip_reason=" ".join([*words, quiet.words]),
        cursor=said,
        asset_events=[] if said == context.cursor else [quiet_evaluation(quiet)],
    )


def _said(quiet: Quiet) -> str:
    """What makes another evaluation of the check worth its record: another day, limit or disclosure."""
    return json.dumps([quiet.days, quiet.limit_days, str(quiet.last_new_at)])


def _end_killed_runs(instance: dg.DagsterInstance, data: DataFolder) -> None:
    """Let Dagster know of runs that were killed with its own servers: it would take them for at work."""
    at_work = dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING])
    for run in instance.get_runs(at_work):
        row = read_run(data.paths, run.run_id)
        if row is not None and row["outcome"] == Outcome.KILLED.value:
            instance.report_run_failed(run, str(row["reason"]))


@dg.run_failure_sensor(
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Records runs that failed before they began to work, as when no process could be started.",
)
def failed_before_work(context: dg.RunFailureSensorContext, data: DataFolder) -> dg.SkipReason | None:
    """Record and tell of a failed run that could not do so itself."""
    run = context.dagster_run
    if has_record(data.paths, run.run_id):
        return dg.SkipReason(f"The run {run.run_id} has its record.")
    year = fiscal_year_of(run)
    start = RunStart(run.run_id, year, started_by(run), doubtful=doubtful_documents(data.paths, year))
    end = run_end(context.instance, run, finished_at=start.started_at)
    tell_of_run(data.paths, start, end, read_settings())
    return None
