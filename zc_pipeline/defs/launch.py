"""The job from the command line: in this process, recorded where the UI finds it."""

import contextlib
import logging
import os
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import dagster as dg
from dagster._core.instance import InstanceRef

from zc_pipeline.defs import assets
from zc_pipeline.defs.jobs import read_disclosures
from zc_pipeline.defs.partitions import FISCAL_YEARS
from zc_pipeline.defs.resources import DataFolder
from zc_pipeline.errors import UsageError

_HOST_TAG: Final = "zc_pipeline/host"
_PID_TAG: Final = "zc_pipeline/pid"
# Dagster's own lines; what the "zc_pipeline" logger says is the caller's to show.
_QUIET: Final = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
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


def run_years(years: Sequence[int], data_dir: Path) -> list[YearRun]:
    """Run the job for some years, one after the other, whatever becomes of each.

    The runs are recorded in the instance of ``DAGSTER_HOME``, else of the ``dagster.yaml`` in the working
    folder, else nowhere.

    Raises:
        UsageError: a year is none of the fiscal years.
        KeyboardInterrupt: the user stopped it; the run is recorded as ended.
    """
    keys = set(FISCAL_YEARS.get_partition_keys())
    for year in years:
        if str(year) not in keys:
            raise UsageError(f"{year} is none of the fiscal years {min(keys)} to {max(keys)}.")
    with project_instance() as instance, _plain_progress():
        _end_dead_runs(instance)
        return [_run_year(instance, year, data_dir) for year in years]


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


def _run_year(instance: dg.DagsterInstance, year: int, data_dir: Path) -> YearRun:
    definitions = dg.Definitions(
        assets=dg.load_assets_from_modules([assets]),
        jobs=[read_disclosures],
        resources={"data": DataFolder(data_dir=str(data_dir))},
    )
    job = definitions.resolve_job_def(read_disclosures.name)
    result = job.execute_in_process(
        run_config=_QUIET,
        instance=instance,
        partition_key=str(year),
        raise_on_error=False,
        tags={_HOST_TAG: socket.gethostname(), _PID_TAG: str(os.getpid())},
    )
    if _was_interrupted(result):
        raise KeyboardInterrupt
    return YearRun(year, result.success, result.run_id, None if result.success else _why(result))


def _was_interrupted(result: dg.ExecuteInProcessResult) -> bool:
    """Whether the user stopped a step: Dagster turns Ctrl-C into the step's failure."""
    name = dg.DagsterExecutionInterruptedError.__name__
    return any(
        error.cls_name == name
        for event in result.all_events
        if event.is_step_failure
        for error in _chain(event.step_failure_data.error)
    )


def _why(result: dg.ExecuteInProcessResult) -> str:
    """The sentence of the first step that failed."""
    for event in result.all_events:
        if event.is_step_failure:
            failure = event.step_failure_data
            if failure.user_failure_data is not None and failure.user_failure_data.description:
                return str(failure.user_failure_data.description)
            return f"This is a fault of the program, please report it: {_innermost(failure.error)}"
    return f"The run {result.run_id} failed before its first step; the Dagster UI has its log."


def _innermost(error: Any) -> str:
    """The message of the error that began it."""
    errors = list(_chain(error))
    return str(errors[-1].message).strip() if errors else "no message"


def _chain(error: Any) -> Iterator[Any]:
    """An error as Dagster recorded it, then what caused it, and so on."""
    while error is not None:
        yield error
        error = error.cause


def _end_dead_runs(instance: dg.DagsterInstance) -> None:
    """Record as failed what was started from a command line here and died without a word.

    Such a run would keep the queue's only place until run monitoring ends it.
    """
    started = dg.RunsFilter(
        statuses=[dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED],
        tags={_HOST_TAG: socket.gethostname()},
    )
    for record in instance.get_run_records(started):
        run = record.dagster_run
        if not _is_alive(int(run.tags[_PID_TAG])):
            instance.report_run_failed(run, "The process of this run ended without recording it.")


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
