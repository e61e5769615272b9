"""The table `runs`: what it says of a run, and of one that was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from zc_pipeline.pipeline import RunContext, run_year
from zc_pipeline.schemas.runs import Outcome, StartedBy
from zc_pipeline.schemas.shape import check_shape
from zc_pipeline.settings import Settings
from zc_pipeline.storage.paths import DataPaths
from zc_pipeline.tables.frames import frame_of
from zc_pipeline.watching.records import (
    DoubtfulDocument,
    RunEnd,
    RunStart,
    begin_run,
    close_run,
    dead_runs,
    doubtful_documents,
    has_record,
    read_runs,
    record_of,
    run_file,
    write_record,
)
from zc_pipeline.watching.watch import tell_of_dead_runs, watching_run
from zc_pipeline_tests.drawing import Layout, make_disclosure
from zc_pipeline_tests.drawing.faulty import not_a_pdf

BEGAN = datetime(2024, 3, 1, 2, 0, 0, tzinfo=UTC)
ENDED = datetime(2024, 3, 1, 2, 1, 30, 500_000, tzinfo=UTC)
Put = Callable[..., Path]


def start(run_id: str = "one", **facts: object) -> RunStart:
    return RunStart(run_id, 2024, StartedBy.SCHEDULE, BEGAN, **facts)  # type: ignore[arg-type]


def test_a_run_that_begins_is_running_and_one_that_ends_says_how(context: RunContext) -> None:
    paths = context.paths
    opened = begin_run(paths, start())
    (row,) = read_runs(paths)
    assert (row["run_id"], row["outcome"], row["finished_at"]) == ("one", "running", None)
    assert has_record(paths, "one")
    assert not has_record(paths, "on")

    end = RunEnd(Outcome.STOPPED, "A sentence.", 3, 2, 40, ENDED)
    write_record(paths, start(), record_of(paths, start(), end))
    close_run(opened)
    (row,) = read_runs(paths)
    assert (row["outcome"], row["reason"], row["seconds"]) == ("stopped", "A sentence.", 90.5)
    counts = (row["new_document_count"], row["read_document_count"], row["read_page_count"])
    assert counts == (3, 2, 40)
    assert row["accepted_count"] is None, "the year is not published"
    assert list(dead_runs(paths)) == []


def test_a_row_has_the_tables_shape_and_is_read_by_anyone(context: RunContext) -> None:
    paths = context.paths
    for name in ("b", "a"):
        close_run(begin_run(paths, start(name)))
    rows = read_runs(paths)
    assert [row["run_id"] for row in rows] == ["a", "b"]
    assert check_shape("runs", frame_of("runs", rows)).passed
    assert len(pd.read_parquet(paths.table_dir("runs"))) == 2


def test_what_stands_published_and_what_is_newly_doubtful(context: RunContext, put_pdf: Put) -> None:
    paths = context.paths
    put_pdf(make_disclosure(1), "good.pdf")
    put_pdf(make_disclosure(2), "held.pdf", layout=Layout(show_unit_line=False))
    run_year(context, 2024)
    before = doubtful_documents(paths, 2024)
    assert list(before.values()) == ["held"]
    not_a_pdf(paths.raw_dir / "2024" / "bad.pdf")
    run_year(context, 2024)

    record = record_of(paths, start(doubtful=before), RunEnd(Outcome.FINISHED, finished_at=ENDED))
    row = record.row
    assert (row["accepted_count"], row["held_count"], row["refused_count"]) == (1, 1, 1)
    assert (row["newly_held_count"], row["newly_refused_count"]) == (0, 1)
    assert record.newly_doubtful == (DoubtfulDocument("2024/bad.pdf", "refused", ("not_a_pdf",)),)
    assert "money_unit_missing=1" in row["problem_counts"].split()
    documents = pd.read_parquet(paths.published("documents", 2024))
    accepted = documents[documents["verdict"] == "accepted"]
    assert row["project_count"] == accepted["project_count"].sum()
    assert row["publication_id"]


def test_a_run_that_was_killed_is_told_of_once(tmp_path: Path) -> None:
    paths = DataPaths(tmp_path)
    code = (
        "import os, sys, time; from pathlib import Path\n"
        "from zc_pipeline_tests.watching.test_records import start\n"
        "from zc_pipeline.watching.records import begin_run\n"
        "from zc_pipeline.storage.paths import DataPaths\n"
        "opened = begin_run(DataPaths(Path(sys.argv[1])), start('killed')); print('began', flush=True)\n"
        "time.sleep(60)"
    )
    child = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == "began\n"
        assert list(dead_runs(paths)) == [], "it is at work"
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
    (record,) = tell_of_dead_runs(paths, Settings())
    assert record.row["process_id"] == child.pid
    assert tell_of_dead_runs(paths, Settings()) == []
    (row,) = read_runs(paths)
    assert (row["outcome"], row["finished_at"], row["seconds"]) == ("killed", None, None)
    assert "ended without recording it" in row["reason"]


def test_a_run_that_died_after_its_last_word_keeps_it(context: RunContext) -> None:
    paths = context.paths
    opened = begin_run(paths, start())
    write_record(paths, start(), record_of(paths, start(), RunEnd(Outcome.FINISHED, finished_at=ENDED)))
    os.close(opened.descriptor)  # as the kernel does for a dead process
    assert tell_of_dead_runs(paths, Settings()) == []
    assert [row["outcome"] for row in read_runs(paths)] == ["finished"]
    assert list(dead_runs(paths)) == []


def test_a_run_that_died_before_its_first_word_has_its_row(context: RunContext) -> None:
    paths = context.paths
    opened = begin_run(paths, start())
    run_file(paths, start()).unlink()
    os.close(opened.descriptor)
    tell_of_dead_runs(paths, Settings())
    assert [row["outcome"] for row in read_runs(paths)] == ["killed"]


def test_a_damaged_mark_is_removed(context: RunContext) -> None:
    folder = context.paths.state_dir / "runs"
    folder.mkdir(parents=True)
    (folder / "x.json").write_text("{")
    assert tell_of_dead_runs(context.paths, Settings()) == []
    assert list(folder.iterdir()) == []


def test_what_cannot_be_recorded_stops_no_run(context: RunContext, caplog: pytest.LogCaptureFixture) -> None:
    context.paths.data_dir.mkdir(exist_ok=True)
    (context.paths.data_dir / "parquet").write_text("in the way")
    done = []
    with watching_run(context.paths, start(), Settings(), lambda: RunEnd(Outcome.FINISHED)):
        done.append("work")
    assert done == ["work"]
    assert "cannot be recorded" in caplog.text


def test_work_that_raises_is_recorded_and_raises_on(context: RunContext) -> None:
    def work() -> None:
        with watching_run(context.paths, start(), Settings(), lambda: RunEnd(Outcome.FAILED, "Why.")):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work()
    assert [(row["outcome"], row["reason"]) for row in read_runs(context.paths)] == [("failed", "Why.")]
