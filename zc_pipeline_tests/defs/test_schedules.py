"""The nightly schedule: when it asks for a run, and for which years."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import dagster as dg
import pytest

from zc_pipeline.definitions import defs
from zc_pipeline.defs.resources import DataFolder
from zc_pipeline.defs.schedules import LONGEST_RUN, nightly, years_with_runs
from zc_pipeline.pipeline import RunContext
from zc_pipeline.storage.raw import last_year
from zc_pipeline_tests.drawing import make_disclosure
from zc_pipeline_tests.drawing.faulty import not_a_pdf

NIGHT = datetime(2024, 3, 1, 18, tzinfo=UTC)
Ask = Callable[..., list[dg.RunRequest] | str]


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """On disk: a schedule's context takes no other."""
    folder = tmp_path / "dagster"
    folder.mkdir()
    with dg.DagsterInstance.local_temp(str(folder)) as instance:
        yield instance


@pytest.fixture
def ask(data: DataFolder, instance: dg.DagsterInstance) -> Ask:
    """What the schedule says: its run requests, or why it skips."""

    def ask(night: datetime = NIGHT) -> list[dg.RunRequest] | str:
        with dg.build_schedule_context(
            instance=instance,
            resources={"data": data},
            scheduled_execution_time=night,
            repository_def=defs.get_repository_def(),
        ) as context:
            tick = nightly.evaluate_tick(context)
        return list(tick.run_requests or ()) or str(tick.skip_message)

    return ask


def years(requests: list[dg.RunRequest] | str) -> list[str | None]:
    assert not isinstance(requests, str), requests
    return [request.partition_key for request in requests]


def test_it_runs_at_two_in_shanghai_without_being_switched_on() -> None:
    assert nightly.cron_schedule == "0 2 * * *"
    assert nightly.execution_timezone == "Asia/Shanghai"
    assert nightly.default_status == dg.DefaultScheduleStatus.RUNNING


def test_it_asks_for_what_is_new_and_skips_when_nothing_is(
    ask: Ask, run_job: Callable[[int], dg.ExecuteInProcessResult], put_pdf: Callable[..., Path]
) -> None:
    assert str(ask()).startswith("Nothing is new in ")
    one = put_pdf(make_disclosure(1), "one.pdf", 2023)
    put_pdf(make_disclosure(2), "two.pdf", 2024)
    assert years(ask()) == ["2023", "2024"]
    assert run_job(2023).success
    assert run_job(2024).success
    assert str(ask()).startswith("Nothing is new in ")
    put_pdf(make_disclosure(3), "three.pdf", 2024)
    assert years(ask()) == ["2024"]
    os.utime(one, (1, 1))
    assert years(ask()) == ["2023", "2024"]


def test_a_crashed_year_is_asked_for_again_the_next_night(
    ask: Ask,
    context: RunContext,
    run_job: Callable[[int], dg.ExecuteInProcessResult],
    put_pdf: Callable[..., Path],
) -> None:
    put_pdf(make_disclosure(1), "one.pdf")
    assert run_job(2024).success
    context.paths.completed(2024).unlink()
    (tonight,) = ask()
    (tomorrow,) = ask(NIGHT + timedelta(days=1))
    assert isinstance(tonight, dg.RunRequest)
    assert isinstance(tomorrow, dg.RunRequest)
    assert tonight.partition_key == tomorrow.partition_key == "2024"
    assert tonight.run_key != tomorrow.run_key


@pytest.mark.parametrize(
    ("status", "age", "is_busy"),
    [
        (dg.DagsterRunStatus.QUEUED, timedelta(0), True),
        (dg.DagsterRunStatus.QUEUED, 2 * LONGEST_RUN, True),
        (dg.DagsterRunStatus.NOT_STARTED, timedelta(0), True),
        (dg.DagsterRunStatus.STARTING, timedelta(0), True),
        (dg.DagsterRunStatus.STARTED, timedelta(0), True),
        (dg.DagsterRunStatus.STARTED, 2 * LONGEST_RUN, False),
        (dg.DagsterRunStatus.CANCELING, timedelta(0), True),
        (dg.DagsterRunStatus.FAILURE, timedelta(0), False),
        (dg.DagsterRunStatus.CANCELED, timedelta(0), False),
        (dg.DagsterRunStatus.SUCCESS, timedelta(0), False),
    ],
)
def test_which_runs_keep_a_year_from_being_asked_for(
    status: dg.DagsterRunStatus, age: timedelta, is_busy: bool
) -> None:
    created = datetime.now(UTC) - age
    run = SimpleNamespace(status=status, tags={"dagster/partition": "2024"})
    record = SimpleNamespace(dagster_run=run, create_timestamp=created)

    def get_run_records(filters: dg.RunsFilter) -> list[SimpleNamespace]:
        is_late = filters.created_after is None or created >= filters.created_after
        return [record] if status in filters.statuses and is_late else []

    found = years_with_runs(SimpleNamespace(get_run_records=get_run_records))  # type: ignore[arg-type]
    assert found == ({"2024"} if is_busy else set())


def test_a_year_with_a_run_at_work_is_left_alone(
    ask: Ask, instance: dg.DagsterInstance, put_pdf: Callable[..., Path]
) -> None:
    put_pdf(make_disclosure(1), "one.pdf", 2023)
    put_pdf(make_disclosure(2), "two.pdf", 2024)
    _record_run(instance, dg.DagsterRunStatus.STARTED)
    assert years(ask()) == ["2023"]


def test_it_says_so_when_every_year_has_a_run(
    ask: Ask, instance: dg.DagsterInstance, put_pdf: Callable[..., Path]
) -> None:
    put_pdf(make_disclosure(2), "two.pdf", 2024)
    _record_run(instance, dg.DagsterRunStatus.STARTED)
    assert ask() == "A run is queued or in progress already for 2024."


def test_files_in_no_years_folder_get_a_run_of_the_latest_year(ask: Ask, context: RunContext) -> None:
    not_a_pdf(context.paths.raw_dir / "lost.pdf")
    assert years(ask()) == [str(last_year(NIGHT.date()))] == ["2025"]


def test_without_a_raw_folder_it_skips_in_words(ask: Ask, context: RunContext) -> None:
    context.paths.raw_dir.rmdir()
    assert str(ask()).startswith("There is no folder ")


@dg.job
def _nothing() -> None:
    """Stands for the job of a run that is under way."""


def _record_run(instance: dg.DagsterInstance, status: dg.DagsterRunStatus) -> None:
    instance.create_run_for_job(_nothing, status=status, tags={"dagster/partition": "2024"})
