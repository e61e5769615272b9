"""How a run began and ended, from what Dagster recorded of it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

import dagster as dg

from zc_pipeline.schemas.runs import Outcome, StartedBy
from zc_pipeline.watching.records import RunEnd

HOST_TAG: Final = "zc_pipeline/host"
PID_TAG: Final = "zc_pipeline/pid"
_PARTITION_TAG: Final = "dagster/partition"
_INTERRUPTED: Final = (
    "It was stopped while it worked: by a person, or by Dagster because it took too long. Nothing "
    "half-written is left; the next run goes on from there."
)


def fiscal_year_of(run: dg.DagsterRun) -> int | None:
    """The year of a run; None where it names none."""
    key = run.tags.get(_PARTITION_TAG, "")
    return int(key) if key.isdigit() else None


def started_by(run: dg.DagsterRun) -> StartedBy:
    """Who started a run, by its tags."""
    if "dagster/retry_number" in run.tags or "dagster/parent_run_id" in run.tags:
        return StartedBy.RETRY
    if "dagster/schedule_name" in run.tags:
        return StartedBy.SCHEDULE
    return StartedBy.COMMAND_LINE if HOST_TAG in run.tags else StartedBy.USER_INTERFACE


def run_end(instance: dg.DagsterInstance, run: dg.DagsterRun, finished_at: datetime | None = None) -> RunEnd:
    """How a run ended and what its stages said they did.

    Args:
        instance: where it is recorded.
        run: a run whose steps are over.
        finished_at: UTC; None is the present.
    """
    outcome, reason = _outcome(instance, run)
    said = _said_by_stages(instance, run)
    raw, pages = said.get("raw_disclosures", {}), said.get("page_text", {})
    return RunEnd(
        outcome,
        reason,
        new_documents=raw.get("made_in_this_run"),
        read_documents=pages.get("made_in_this_run"),
        read_pages=pages.get("pages_read_in_this_run"),
        finished_at=finished_at or datetime.now(UTC),
    )


def failure_sentence(failure: Any) -> str:
    """Why a step failed: our own sentence, else that it is a fault of the program."""
    if failure.user_failure_data is not None and failure.user_failure_data.description:
        return str(failure.user_failure_data.description)
    return f"This is a fault of the program, please report it: {_innermost(failure.error)}"


def was_interrupted(failure: Any) -> bool:
    """Whether a step failed because the process was told to stop: Dagster turns Ctrl-C into its failure."""
    names = {dg.DagsterExecutionInterruptedError.__name__, KeyboardInterrupt.__name__}
    return any(error.cls_name in names for error in _chain(failure.error))


def _outcome(instance: dg.DagsterInstance, run: dg.DagsterRun) -> tuple[Outcome, str | None]:
    failures = [
        entry.dagster_event.step_failure_data
        for entry in instance.all_logs(run.run_id, of_type=dg.DagsterEventType.STEP_FAILURE)
        if entry.dagster_event is not None
    ]
    if any(was_interrupted(failure) for failure in failures):
        return Outcome.INTERRUPTED, _INTERRUPTED
    for failure in failures:
        sentence = failure_sentence(failure)
        return (Outcome.STOPPED if failure.user_failure_data is not None else Outcome.FAILED), sentence
    ends = [
        entry.message
        for entry in instance.all_logs(run.run_id, of_type=dg.DagsterEventType.RUN_FAILURE)
        if entry.dagster_event is not None
    ]
    if ends:
        return Outcome.FAILED, ends[-1]
    begun, done = (
        {entry.step_key for entry in instance.all_logs(run.run_id, of_type=kind)}
        for kind in (dg.DagsterEventType.STEP_START, dg.DagsterEventType.STEP_SUCCESS)
    )
    if begun - done:
        return Outcome.FAILED, f"It ended amid {', '.join(map(str, begun - done))} without recording why."
    return Outcome.FINISHED, None


def _said_by_stages(instance: dg.DagsterInstance, run: dg.DagsterRun) -> dict[str, dict[str, Any]]:
    """Table → what its materialization of the run's own year says."""
    found = {}
    for entry in instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION):
        made = entry.asset_materialization
        if made is not None and made.partition == run.tags.get(_PARTITION_TAG):
            table = made.asset_key.to_user_string()
            found[table] = {name: value.value for name, value in made.metadata.items()}
    return found


def _innermost(error: Any) -> str:
    """The message of the error that began it."""
    errors = list(_chain(error))
    return str(errors[-1].message).strip() if errors else "no message"


def _chain(error: Any) -> Iterator[Any]:
    """An error as Dagster recorded it, then what caused it, and so on."""
    while error is not None:
        yield error
        error = error.cause
