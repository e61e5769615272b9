"""The lock of a data folder: one writer, whatever becomes of it; leftovers of killed writers."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from zc_pipeline.errors import StorageRefused
from zc_pipeline.storage.lock import data_lock, read_holder
from zc_pipeline.storage.paths import DataPaths

# Takes the lock, says so, and holds it until its input ends.
_HOLDER = """
import sys
from pathlib import Path
from zc_pipeline.storage.lock import data_lock
from zc_pipeline.storage.paths import DataPaths
with data_lock(DataPaths(Path(sys.argv[1])), "theirs"):
    print("held", flush=True)
    sys.stdin.read()
print("ended", flush=True)
"""


@pytest.fixture
def paths(tmp_path: Path) -> DataPaths:
    return DataPaths(tmp_path / "data")


@pytest.fixture
def other(paths: DataPaths) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock."""
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(paths.data_dir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_another_process_is_refused_with_a_sentence_that_names_the_holder(
    paths: DataPaths, other: subprocess.Popen[str]
) -> None:
    with pytest.raises(StorageRefused) as refused, data_lock(paths, "mine", wait_seconds=0):
        pytest.fail("two writers at once")
    said = str(refused.value)
    assert f"process {other.pid} on " in said
    assert "run theirs, since 20" in said
    assert str(paths.data_dir) in said
    assert re.search(r"Call again when it has ended\.$", said)


def test_a_writer_waits_until_the_other_has_ended(paths: DataPaths, other: subprocess.Popen[str]) -> None:
    events: list[str] = []

    def take() -> None:
        with data_lock(paths, "mine", wait_seconds=60):
            events.append("mine")

    waiting = threading.Thread(target=take)
    waiting.start()
    waiting.join(0.3)
    assert waiting.is_alive()
    events.append("theirs ends")
    assert other.communicate()[0] == "ended\n"
    waiting.join(60)
    assert events == ["theirs ends", "mine"]


def test_the_lock_goes_with_a_killed_process(paths: DataPaths, other: subprocess.Popen[str]) -> None:
    other.send_signal(signal.SIGKILL)
    other.wait()
    assert read_holder(paths) is not None  # its words stay behind
    with data_lock(paths, "mine", wait_seconds=0):
        holder = read_holder(paths)
        assert holder is not None
        assert (holder.pid, holder.run) == (os.getpid(), "mine")
    assert read_holder(paths) is None


def test_a_thread_may_take_its_lock_again_and_another_thread_may_not(paths: DataPaths) -> None:
    refused: list[str] = []

    def try_it() -> None:
        try:
            with data_lock(paths, "thread", wait_seconds=0):
                refused.append("let in")
        except StorageRefused as error:
            refused.append(str(error))

    with data_lock(paths, "outer"):
        with data_lock(paths, "inner", wait_seconds=0):
            assert read_holder(paths).run == "inner"  # type: ignore[union-attr]
        assert read_holder(paths).run == "outer"  # type: ignore[union-attr]
        thread = threading.Thread(target=try_it)
        thread.start()
        thread.join()
    assert len(refused) == 1
    assert "run outer" in refused[0]
    with data_lock(paths, "again", wait_seconds=0):
        pass


def test_a_fork_of_the_holder_is_another_writer(paths: DataPaths) -> None:
    with data_lock(paths, "parent"):
        pid = os.fork()
        if pid == 0:
            code = 9
            try:
                with data_lock(paths, "child", wait_seconds=0):
                    code = 1
            except StorageRefused:
                code = 0
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
        # The child's end did not take the lock away.
        test = "import sys\n" + _HOLDER.replace('"theirs")', '"theirs", wait_seconds=0)')
        done = subprocess.run(
            [sys.executable, "-c", test, str(paths.data_dir)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "run parent" in done.stderr


def test_an_error_in_the_block_gives_the_lock_back(paths: DataPaths) -> None:
    with pytest.raises(KeyError), data_lock(paths, "mine"):
        raise KeyError
    with data_lock(paths, "mine", wait_seconds=0):
        pass


def test_who_takes_the_lock_removes_what_killed_writers_staged(paths: DataPaths) -> None:
    year = paths.table_dir("page_text") / "2024"
    locked = [paths.table_dir("projects"), year]
    # These have writers that take no lock: what a living process has begun there is left alone.
    shared = [paths.state_dir, paths.state_dir / "runs", paths.table_dir("runs")]
    alive, dead = f".x.parquet.{os.getpid()}.tmp", f".x.parquet.{2**22 + 1}.tmp"
    kept = {".x.parquet.tmp", "x.parquet", ".hidden", ".x.parquet.12a.tmp"}
    for folder in (*locked, *shared):
        folder.mkdir(parents=True, exist_ok=True)
        for name in (alive, dead, *kept):
            (folder / name).write_text("x")
    with data_lock(paths, "mine"):
        for folder in locked:
            assert {path.name for path in folder.iterdir() if path.is_file()} == kept
        for folder in shared:
            assert {path.name for path in folder.iterdir() if path.is_file()} - {"lock"} == {*kept, alive}
        staged = paths.table_dir("projects") / f".mine.parquet.{os.getpid()}.tmp"
        staged.write_text("being written")
        with data_lock(paths, "mine, within"):
            assert staged.exists()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    paths = DataPaths(tmp_path / "data")
    with (
        pytest.raises(StorageRefused, match=re.escape(str(paths.state_dir))),
        data_lock(paths, "mine"),
    ):
        pytest.fail("there is no folder")
