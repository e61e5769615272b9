"""The job from the command line."""

import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pytest

from zc_pipeline import linking, pipeline
from zc_pipeline.defs.launch import project_instance, run_years
from zc_pipeline.errors import PublicationStopped, UsageError
from zc_pipeline.pipeline import RunContext
from zc_pipeline.storage.parquet import read_table
from zc_pipeline_tests.drawing import make_disclosure

ROOT = Path(__file__).parents[2]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with the project's dagster.yaml."""
    folder = tmp_path / "project"
    folder.mkdir()
    shutil.copy(ROOT / "dagster.yaml", folder)
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    monkeypatch.chdir(folder)
    return folder


def test_runs_are_recorded_where_the_ui_looks(
    project: Path,
    context: RunContext,
    put_pdf: Callable[..., Path],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    put_pdf(make_disclosure(1), "one.pdf")
    with caplog.at_level(logging.INFO, logger="zc_pipeline"):
        (run,) = run_years([2024], context.paths.data_dir)
    assert run.success
    assert (run.year, run.failure) == (2024, None)
    assert "page_text 1/1" in caplog.text
    assert run.run_id not in caplog.text, "progress lines are the pipeline's own, without Dagster's prefix"
    assert "STEP_START" not in "".join(capfd.readouterr())
    with project_instance() as instance:
        recorded = instance.get_run_by_id(run.run_id)
        assert recorded is not None
        assert recorded.status == dg.DagsterRunStatus.SUCCESS
        assert recorded.tags["dagster/partition"] == "2024"
        logged = [entry.user_message for entry in instance.all_logs(run.run_id)]
        assert any("page_text 1/1" in line for line in logged)
    assert {path.name for path in project.iterdir()} == {"dagster.yaml", ".dagster"}


def test_links_are_current_whatever_the_order_of_the_years(
    context: RunContext, put_pdf: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    monkeypatch.chdir(tmp_path)
    put_pdf(make_disclosure(1, 1, 2, year=2023), "one.pdf", 2023)
    put_pdf(make_disclosure(1, 1, 2, year=2024), "one.pdf", 2024)
    assert all(run.success for run in run_years([2024, 2023], context.paths.data_dir))
    assert linking.stale_years(context.paths) == []
    stored = read_table(context.paths.published("project_links", 2024), "project_links")
    assert stored is not None
    assert set(stored.frame["link_state"]) == {"linked"}


def test_a_stopped_year_says_why_and_the_others_go_on(
    context: RunContext,
    put_pdf: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    monkeypatch.chdir(tmp_path)
    put_pdf(make_disclosure(1), "one.pdf", 2023)
    put_pdf(make_disclosure(2), "two.pdf", 2024)
    judge_year = pipeline.judge_year

    def stopped(run: RunContext, year: int) -> pipeline.Candidate:
        if year == 2023:
            raise PublicationStopped("A sentence that says why.")
        return judge_year(run, year)

    monkeypatch.setattr(pipeline, "judge_year", stopped)
    first, second = run_years([2023, 2024], context.paths.data_dir)
    assert (first.success, first.failure) == (False, "A sentence that says why.")
    assert second.success
    assert not context.paths.completed(2023).exists()


def test_a_fault_of_ours_is_called_so(
    context: RunContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    monkeypatch.chdir(tmp_path)

    def broken(*_: object) -> None:
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(pipeline, "read_pages", broken)
    (run,) = run_years([2024], context.paths.data_dir)
    assert not run.success
    assert run.failure == ("This is a fault of the program, please report it: ZeroDivisionError: planted")


def test_stopping_by_hand_stops_all_years(
    project: Path, context: RunContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(5)

    monkeypatch.setattr(pipeline, "read_pages", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_years([2023, 2024], context.paths.data_dir)
    with project_instance() as instance:
        (run,) = instance.get_runs()
        assert run.is_finished
        assert run.tags["dagster/partition"] == "2023"


def test_a_year_that_is_none_is_refused(context: RunContext) -> None:
    with pytest.raises(UsageError, match="2009 is none of the fiscal years 2010 to "):
        run_years([2009], context.paths.data_dir)


def test_runs_that_died_are_ended(project: Path, context: RunContext) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    with project_instance() as instance:
        runs = [
            instance.create_run_for_job(
                _nothing,
                status=dg.DagsterRunStatus.STARTED,
                tags={"zc_pipeline/host": host, "zc_pipeline/pid": str(pid)},
            ).run_id
            for host, pid in [
                (socket.gethostname(), ended.pid),
                (socket.gethostname(), os.getpid()),
                ("another-host", ended.pid),
            ]
        ]
    run_years([], context.paths.data_dir)
    with project_instance() as instance:
        found = [run.status for one in runs if (run := instance.get_run_by_id(one)) is not None]
    started = dg.DagsterRunStatus.STARTED
    assert found == [dg.DagsterRunStatus.FAILURE, started, started]


@dg.job
def _nothing() -> None:
    """Stands for a job under way."""
