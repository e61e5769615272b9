"""Runs of the job under watch: each leaves its row, and a silence shows though no run starts."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest

from zc_pipeline import pipeline
from zc_pipeline.definitions import defs
from zc_pipeline.defs.endings import HOST_TAG, started_by
from zc_pipeline.defs.resources import DataFolder
from zc_pipeline.defs.sensors import failed_before_work, watch
from zc_pipeline.errors import PublicationStopped
from zc_pipeline.pipeline import RunContext, find_raw
from zc_pipeline.schemas.runs import StartedBy
from zc_pipeline.watching.records import RunStart, begin_run, read_runs
from zc_pipeline_tests.drawing import make_disclosure
from zc_pipeline_tests.drawing.faulty import not_a_pdf

Run = Callable[[int], dg.ExecuteInProcessResult]
QUIET = dg.AssetCheckKey(dg.AssetKey("raw_disclosures"), "new_disclosures")


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """On disk: a sensor's context takes no other."""
    folder = tmp_path / "dagster"
    folder.mkdir()
    with dg.DagsterInstance.local_temp(str(folder)) as instance:
        yield instance


def look(instance: dg.DagsterInstance, data: DataFolder, cursor: str | None = None) -> dg.SensorResult:
    """One tick of the sensor."""
    context = dg.build_sensor_context(
        instance=instance, cursor=cursor, resources={"data": data}, definitions=defs
    )
    with context:
        result = watch(context)
    assert isinstance(result, dg.SensorResult)
    return result


def test_a_run_leaves_its_row_with_what_it_did(
    run_job: Run, context: RunContext, put_pdf: Callable[..., Path]
) -> None:
    put_pdf(make_disclosure(1), "good.pdf")
    not_a_pdf(context.paths.raw_dir / "2024" / "bad.pdf")
    first, second = run_job(2024), run_job(2024)
    assert first.success
    assert second.success
    rows = {row["run_id"]: row for row in read_runs(context.paths)}
    one, two = rows[first.run_id], rows[second.run_id]
    assert (one["fiscal_year"], one["outcome"], one["reason"]) == (2024, "finished", None)
    assert (one["new_document_count"], one["read_document_count"]) == (2, 2)
    assert one["read_page_count"] >= 1
    assert (one["accepted_count"], one["refused_count"], one["newly_refused_count"]) == (1, 1, 1)
    assert one["process_id"] == os.getpid()
    assert (two["new_document_count"], two["read_document_count"], two["read_page_count"]) == (0, 0, 0)
    assert (two["refused_count"], two["newly_refused_count"]) == (1, 0)
    assert two["publication_id"] == one["publication_id"]


@pytest.mark.parametrize(
    ("error", "outcome", "reason"),
    [
        (PublicationStopped("A sentence that says why."), "stopped", "A sentence that says why."),
        (ZeroDivisionError("planted"), "failed", "report it: ZeroDivisionError: planted"),
        (None, "interrupted", "It was stopped while it worked"),
        (SystemExit(3), "failed", "SystemExit"),
        (KeyboardInterrupt(), "interrupted", "It was stopped while it worked"),
    ],
)
def test_a_run_that_does_not_finish_says_why(
    run_job: Run,
    context: RunContext,
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException | None,
    outcome: str,
    reason: str,
) -> None:
    def broken(*_: object) -> None:
        if error is not None:
            raise error
        os.kill(os.getpid(), signal.SIGINT)  # as Ctrl-C and the UI's Terminate do
        time.sleep(5)

    monkeypatch.setattr(pipeline, "find_raw", broken)
    try:
        assert not run_job(2024).success
    except KeyboardInterrupt:
        assert not isinstance(error, Exception)
    (row,) = read_runs(context.paths)
    assert row["outcome"] == outcome
    assert reason in row["reason"]
    assert row["new_document_count"] is None
    assert row["seconds"] is not None


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({}, StartedBy.USER_INTERFACE),
        ({"dagster/schedule_name": "nightly"}, StartedBy.SCHEDULE),
        ({HOST_TAG: "here"}, StartedBy.COMMAND_LINE),
        ({"dagster/schedule_name": "nightly", "dagster/retry_number": "1"}, StartedBy.RETRY),
    ],
)
def test_who_started_a_run(tags: dict[str, str], expected: StartedBy) -> None:
    assert started_by(dg.DagsterRun("job", tags=tags)) == expected


def test_a_silence_shows_though_no_run_starts(
    instance: dg.DagsterInstance,
    data: DataFolder,
    context: RunContext,
    put_pdf: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put_pdf(make_disclosure(1), "one.pdf")
    find_raw(context, 2024)  # on 2024-03-01
    monkeypatch.setenv("ZC_QUIET_DAYS", "100")
    first = look(instance, data)
    (evaluation,) = first.asset_events
    assert isinstance(evaluation, dg.AssetCheckEvaluation)
    assert (evaluation.asset_check_key, evaluation.passed) == (QUIET, False)
    assert evaluation.severity == dg.AssetCheckSeverity.WARN
    assert "met on 2024-03-01" in (evaluation.description or "")
    assert not first.run_requests
    assert look(instance, data, first.cursor).asset_events == [], "nothing else is to be said today"
    monkeypatch.setenv("ZC_QUIET_DAYS", "0")
    (evaluation,) = look(instance, data, first.cursor).asset_events
    assert isinstance(evaluation, dg.AssetCheckEvaluation)
    assert evaluation.passed


def test_a_run_killed_with_its_servers_is_ended(
    instance: dg.DagsterInstance, data: DataFolder, context: RunContext
) -> None:
    killed = instance.create_run_for_job(_nothing, status=dg.DagsterRunStatus.STARTED)
    alive = instance.create_run_for_job(_nothing, status=dg.DagsterRunStatus.STARTED)
    opened = [
        begin_run(context.paths, RunStart(run.run_id, 2024, StartedBy.SCHEDULE)) for run in (killed, alive)
    ]
    os.close(opened[0].descriptor)  # as the kernel does for a dead process
    result = look(instance, data)
    assert "1 runs were killed" in str(result.skip_reason)
    found = [instance.get_run_by_id(run.run_id) for run in (killed, alive)]
    assert [run.status for run in found if run] == [
        dg.DagsterRunStatus.FAILURE,
        dg.DagsterRunStatus.STARTED,
    ]
    outcomes = {row["run_id"]: row["outcome"] for row in read_runs(context.paths)}
    assert outcomes == {killed.run_id: "killed", alive.run_id: "running"}
    os.close(opened[1].descriptor)


def test_a_run_that_never_began_to_work_is_recorded(
    instance: dg.DagsterInstance, data: DataFolder, context: RunContext
) -> None:
    run = instance.create_run_for_job(
        _nothing, status=dg.DagsterRunStatus.STARTING, tags={"dagster/partition": "2024"}
    )
    event = instance.report_run_failed(run, "No process could be started.")
    failed = instance.get_run_by_id(run.run_id)
    assert failed is not None
    sensor_context = dg.build_run_status_sensor_context(
        "failed_before_work", event, instance, failed, resources={"data": data}
    ).for_run_failure()
    with sensor_context:
        for _ in range(2):
            failed_before_work(sensor_context)
    (row,) = read_runs(context.paths)
    assert (row["run_id"], row["fiscal_year"], row["outcome"]) == (run.run_id, 2024, "failed")
    assert "No process could be started." in row["reason"]
    assert row["started_at"] > datetime(2026, 1, 1, tzinfo=UTC)


@dg.job
def _nothing() -> None:
    """Stands for the job of a run."""
