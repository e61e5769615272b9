"""Two runs over one data folder: the second waits, or is refused with a sentence."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from zc_pipeline.storage.lock import data_lock
from zc_pipeline_tests.crash.reader import versions
from zc_pipeline_tests.crash.scene import (
    YEARS,
    Scene,
    fork_dagster,
    staged_files,
    start_light,
    wait,
    wait_until,
)

pytestmark = pytest.mark.slow


def test_two_at_once_come_to_what_one_comes_to(scene: Scene, tmp_path: Path) -> None:
    paths = scene.copy_to(tmp_path)
    logs = [tmp_path / "one.log", tmp_path / "two.log"]
    # Both are at the door before either can go in.
    with data_lock(paths, "the test"):
        runs = [
            fork_dagster(paths.data_dir, logs[0], ZC_LOCK_WAIT_SECONDS=150),
            start_light(paths.data_dir, logs[1]),
        ]
        for run, log in zip(runs, logs, strict=True):
            assert wait_until(run, lambda log=log: log.exists() and "waiting for it" in log.read_text())
            assert f"process {os.getpid()} on " in log.read_text()
    # The one that comes second finds nothing new; of the first one's documents, some are refused.
    assert sorted(wait(run) for run in runs) == [0, 3], "\n".join(log.read_text() for log in logs)
    assert versions(paths, YEARS) == scene.after
    assert staged_files(paths.data_dir) == []


def test_one_that_may_not_wait_is_refused(scene: Scene, tmp_path: Path) -> None:
    paths = scene.copy_to(tmp_path)
    before = versions(paths, YEARS)
    log = tmp_path / "log"
    with data_lock(paths, "the test"):
        assert wait(fork_dagster(paths.data_dir, log, ZC_LOCK_WAIT_SECONDS=0)) == 1
    last = log.read_text().splitlines()[-1]
    assert last.startswith(f"Another run is at work in {paths.data_dir} (process {os.getpid()} on ")
    assert "run the test, since 20" in last
    assert versions(paths, YEARS) == before
