"""Commands run as a person runs them, in processes of their own, and what they took.

Memory is looked up in ``/proc`` while a command runs: the largest of its process, and the largest of the
processes that it started, the readers. On a system without it, both are the largest of any of them.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from zc_pipeline.storage.paths import DataPaths

_ROOT: Final = Path(__file__).parents[1]
_LOOK_EVERY: Final = 0.1  # seconds
_PROC: Final = Path("/proc")
_SOME_HELD: Final = 3  # a run's exit status


@dataclass(frozen=True)
class Spent:
    """What a command took.

    Attributes:
        seconds: by the clock.
        core_seconds: of a core, its own and those of the processes that it saw end.
        peak_mb: largest memory of its process.
        others_mb: largest memory of a process that it started; 0 where none was seen.
        output: all that it said.
        status: its exit status.
    """

    seconds: float
    core_seconds: float
    peak_mb: float
    others_mb: float
    output: str
    status: int = 0

    @property
    def in_words(self) -> str:
        """Seconds, and in brackets those of a core."""
        return f"{self.seconds:.1f} s ({self.core_seconds:.1f} s of a core)"


def run(words: str, paths: DataPaths, settings: Mapping[str, str] | None = None) -> Spent:
    """One command of the program over a data folder.

    Args:
        words: after ``zc-pipeline``.
        paths: of the data folder.
        settings: environment variables beside those that there are.

    Raises:
        RuntimeError: it failed.
    """
    return python("-m", "zc_pipeline.cli", *words.split(), "--data-dir", str(paths.data_dir), more=settings)


def python(*words: str, more: Mapping[str, str] | None = None) -> Spent:
    """One Python process over this checkout, without a Dagster home; its output is kept.

    Raises:
        RuntimeError: it failed.
    """
    environment = {key: value for key, value in os.environ.items() if key != "DAGSTER_HOME"}
    environment["PYTHONPATH"] = os.pathsep.join([str(_ROOT), *sys.path[1:]])
    environment |= more or {}
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile("w+") as output:
        start = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, *words], cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
        with _watched(process.pid) as peaks:
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read()
    if process.returncode not in (0, _SOME_HELD):
        raise RuntimeError(f"{' '.join(words)} ended with {process.returncode}:\n{text[-3000:]}")
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    any_mb = usage.ru_maxrss / unit
    is_known = _PROC.joinpath("self", "status").exists()
    return Spent(
        seconds,
        usage.ru_utime + usage.ru_stime,
        peaks.own_mb if is_known else any_mb,
        peaks.others_mb if is_known else any_mb,
        text,
        process.returncode,
    )


@dataclass
class _Peaks:
    own_mb: float = 0.0
    others_mb: float = 0.0


@contextlib.contextmanager
def _watched(pid: int) -> Iterator[_Peaks]:
    """Look at the memory of a process and its descendants as long as the block lasts."""
    peaks, ended = _Peaks(), threading.Event()

    def look() -> None:
        while True:
            peaks.own_mb = max(peaks.own_mb, _peak_mb(pid))
            own_words = _words(pid)
            for other in _descendants(pid):
                # A process that was just made still has the words, and the memory, of who made it.
                if _words(other) not in ("", own_words):
                    peaks.others_mb = max(peaks.others_mb, _peak_mb(other))
            if ended.wait(_LOOK_EVERY):
                return

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield peaks
    finally:
        ended.set()
        watcher.join()


def _peak_mb(pid: int) -> float:
    """Largest resident memory of a process so far; 0 where it is gone."""
    match = re.search(r"^VmHWM:\s+(\d+)", _text(_PROC / str(pid) / "status"), re.MULTILINE)
    return int(match[1]) / 1024 if match else 0.0


def _words(pid: int) -> str:
    """A process's command line; empty where it is gone."""
    return _text(_PROC / str(pid) / "cmdline")


def _descendants(pid: int) -> Iterator[int]:
    try:
        threads = list((_PROC / str(pid) / "task").iterdir())
    except OSError:
        return
    for thread in threads:
        for child in map(int, _text(thread / "children").split()):
            yield child
            yield from _descendants(child)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:  # it has ended
        return ""
