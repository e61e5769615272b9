"""The nightly look for something new."""

from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import dagster as dg

from zc_pipeline import linking
from zc_pipeline.defs.jobs import read_disclosures
from zc_pipeline.defs.resources import DataFolder
from zc_pipeline.errors import StorageRefused, UsageError
from zc_pipeline.settings import read_settings
from zc_pipeline.storage.raw import TIME_ZONE, last_year

_SETTINGS: Final = read_settings()  # all are checked here, when Dagster loads the code

# A run that says it is at work for longer has died with its machine. dagster.yaml ends it after the same
# time (run_monitoring), so that the next night finds the way free.
LONGEST_RUN: Final = timedelta(hours=20)
_AT_WORK: Final = (
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
)


@dg.schedule(
    job=read_disclosures,
    cron_schedule=_SETTINGS.schedule_cron,
    execution_timezone=_SETTINGS.schedule_time_zone,
    default_status=(
        dg.DefaultScheduleStatus.RUNNING if _SETTINGS.schedule_enabled else dg.DefaultScheduleStatus.STOPPED
    ),
    description="A run for every year whose files differ from its last completed run; by default at 02:00.",
)
def nightly(context: dg.ScheduleEvaluationContext, data: DataFolder) -> list[dg.RunRequest] | dg.SkipReason:
    """Ask for a run for each year with something new that has no run yet.

    A year is done when its tables were published: a night that crashed or was stopped is tried again.
    """
    night = context.scheduled_execution_time.astimezone(ZoneInfo(TIME_ZONE))
    try:
        seen = data.look()
        pending = linking.pending_years(seen.paths, seen.files)
    except (UsageError, StorageRefused) as error:
        return dg.SkipReason(str(error))
    if not pending:
        return dg.SkipReason(f"Nothing is new in {seen.paths.raw_dir}.")
    # A night that is made up for in January knows only the years of its own date.
    latest = last_year(night.date())
    # Files in no year's folder alone: any year's run gives them their verdict.
    years = [year for year in pending if year is not None and year <= latest] or [latest]
    busy = years_with_runs(context.instance)
    free = [year for year in years if str(year) not in busy]
    if not free:
        return dg.SkipReason(f"A run is queued or in progress already for {', '.join(map(str, years))}.")
    # The key belongs to this night: it keeps a night from asking twice, not the next one from trying again.
    return [dg.RunRequest(run_key=f"{year} {night.isoformat()}", partition_key=str(year)) for year in free]


def years_with_runs(instance: dg.DagsterInstance) -> set[str]:
    """The years that have a run waiting or at work, whoever started it."""
    waiting = instance.get_run_records(dg.RunsFilter(statuses=[dg.DagsterRunStatus.QUEUED]))
    since = datetime.now(UTC) - LONGEST_RUN
    at_work = instance.get_run_records(dg.RunsFilter(statuses=list(_AT_WORK), created_after=since))
    found = {record.dagster_run.tags.get("dagster/partition") for record in (*waiting, *at_work)}
    return {year for year in found if year is not None}
