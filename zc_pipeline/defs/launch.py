"""The job from the command line: in this process, recorded where the UI finds it."""

import contextlib
import logging
import os
import socket
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import dagster as dg
from dagster._core.instance import InstanceRef
from sqlalchemy.exc import DBAPIError

from zc_pipeline.defs import assets
from zc_pipeline.defs.endings import HOST_TAG, PID_TAG, failure_sentence, was_interrupted
from zc_pipeline.defs.jobs import read_disclosures
from zc_pipeline.defs.partitions import FISCAL_YEARS
from zc_pipeline.defs.resources import DataFolder
from zc_pipeline.errors import StorageRefused, UsageError
from zc_pipeline.storage.files import is_alive

# Dagster's own lines; what the "zc_pipeline" logger says is the caller's to show.
_QUIET: Final = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
_ACCEPT_REMOVALS: Final = {"ops": {"raw_disclosures": {"config": {"accept_removals": True}}}}
# Capturing would put a second process between the program and the terminal.
_NO_CAPTURE: Final = {
    "compute_logs": {
        "module": "dagster._core.storage.noop_compute_log_manager",
        "class": "NoOpComputeLogManager",
    }
}


@dataclass(frozen=True, slots=True)
class YearRun:
    """How the run of one year ended. ``failure`` is the sentence that says why, None on success."""

    year: int
    success: bool
    run_id: str
    failure: str | None


def run_years(
    years: Sequence[int], data_dir: Path | str, accept_removals: Collection[int] = ()
) -> list[YearRun]:
    """Run the job for some years, one after the other, whatever becomes of each.

    ``data_dir`` is a path, or an address.

    Of the years of ``accept_removals``, the files that are gone were removed on purpose, however many.

    The runs are recorded in the instance of ``DAGSTER_HOME``, else of the ``dagster.yaml`` in the working
    folder, else nowhere.

    Raises:
        UsageError: a year is none of the fiscal years.
        StorageRefused: what Dagster records cannot be written.
        KeyboardInterrupt: the user stopped it; the run is recorded as ended.
    """
    keys = set(FISCAL_YEARS.get_partition_keys())
    for year in years:
        if str(year) not in keys:
            raise UsageError(f"{year} is none of the fiscal years {min(keys)} to {max(keys)}.")
    with _saying_why_not_recorded(), project_instance() as instance, _plain_progress():
        _end_dead_runs(instance)
        return [_run_year(instance, year, data_dir, year in accept_removals) for year in years]


@contextlib.contextmanager
def project_instance() -> Iterator[dg.DagsterInstance]:
    """The Dagster instance that ``dagster dev`` would use here; one in memory where there is none."""
    home = os.environ.get("DAGSTER_HOME") or (str(Path.cwd()) if Path("dagster.yaml").is_file() else None)
    if home is None:
        instance = dg.DagsterInstance.ephemeral(settings={"telemetry": {"enabled": False}})
    else:
        instance = dg.DagsterInstance.from_ref(InstanceRef.from_dir(home, overrides=_NO_CAPTURE))
    with instance:
        yield instance


@contextlib.contextmanager
def _saying_why_not_recorded() -> Iterator[None]:
    """Turn into a sentence that Dagster's storage takes nothing: a full disk, a server that is not there."""
    try:
        yield
    except DBAPIError as error:
        raise StorageRefused(
            f"Dagster cannot record the run in its storage (named in dagster.yaml): {error.orig}. Make room "
            "there, or see to it that it can be written, then call again. What was published stays whole."
        ) from error


@contextlib.contextmanager
def _plain_progress() -> Iterator[None]:
    """Let the caller's handlers see progress lines before Dagster adds run and step to them.

    The instance may manage the logger (``python_logs`` in dagster.yaml): its handler comes after these.
    """
    progress = logging.getLogger("zc_pipeline")
    lent = [handler for handler in logging.getLogger().handlers if handler not in progress.handlers]
    propagated = progress.propagate
    for handler in lent if propagated else ():
        progress.addHandler(handler)
    progress.propagate = False
    try:
        yield
    finally:
        progress.propagate = propagated
        for handler in lent:
            progress.removeHandler(handler)


def _run_year(
    instance: dg.DagsterInstance, year: int, data_dir: Path | str, accepts_removals: bool
) -> YearRun:
    definitions = dg.Definitions(
        assets=dg.load_assets_from_modules([assets]),
        jobs=[read_disclosures],
        resources={"data": DataFolder(data_dir=str(data_dir))},
    )
    job = definitions.resolve_job_def(read_disclosures.name)
    result = job.execute_in_process(
        run_config={**_QUIET, **(_ACCEPT_REMOVALS if accepts_removals else {})},
        instance=instance,
        partition_key=str(year),
        raise_on_error=False,
        tags={HOST_TAG: socket.gethostname(), PID_TAG: str(os.getpid())},
    )
    if _was_interrupted(result):
        raise KeyboardInterrupt
    return YearRun(year, result.success, result.run_id, None if result.success else _why(result))


def _was_interrupted(result: dg.ExecuteInProcessResult) -> bool:
    """Whether the user stopped a step: Dagster turns Ctrl-C into the step's failure."""
    return any(
        was_interrupted(event.step_failure_data) for event in result.all_events if event.is_step_failure
    )


def _why(result: dg.ExecuteInProcessResult) -> str:
    """The sentence of the first step that failed."""
    for event in result.all_events:
        if event.is_step_failure:
            return failure_sentence(event.step_failure_data)
    return f"The run {result.run_id} failed before its first step; the Dagster UI has its log."


def _end_dead_runs(instance: dg.DagsterInstance) -> None:
    """Record as failed what was started from a command line here and died without a word.

    Such a run would keep the queue's only place until run monitoring ends it.
    """
    started = dg.RunsFilter(
        statuses=[dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED],
        tags={HOST_TAG: socket.gethostname()},
    )
    for record in instance.get_run_records(started):
        run = record.dagster_run
        if not is_alive(int(run.tags[PID_TAG])):
            instance.report_run_failed(run, "The process of this run ended without recording it.")
