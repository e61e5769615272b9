"""`zc-pipeline` as a process of its own, forked from one that has its libraries loaded.

Most of what a command takes is the loading of Dagster, pandas and Great Expectations: a process that loads
them once forks all commands of a session. Each has its own environment, folder, output and exit code, as
from a shell. What a fork would hide, that a command loads what it needs by itself, is tested in ``test_cli``
with :func:`started`.
"""

from __future__ import annotations

import atexit
import contextlib
import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from multiprocessing.process import BaseProcess
from pathlib import Path

_PATIENCE = 600.0  # seconds; only what never ends takes so long, on a busy machine too
_LOADED = (
    "great_expectations",
    "pandera.pandas",
    "zc_pipeline.book.write",
    "zc_pipeline.defs.launch",
    "zc_pipeline.export.run",
    "zc_pipeline.linking",
    "zc_pipeline.pipeline",
    "zc_pipeline.report",
    "zc_pipeline.show",
    "zc_pipeline.watching.watch",
)

forks = multiprocessing.get_context("forkserver")
forks.set_forkserver_preload([*_LOADED, __name__, "zc_pipeline_tests.crash.scene"])


def own_variables(**environment: str) -> dict[str, str]:
    """The environment without the project's and Dagster's own variables, and these."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith(("ZC_", "DAGSTER_"))}
    return kept | environment


def start(
    words: tuple[str, ...], cwd: Path, environment: Mapping[str, str], out: Path, errors: Path
) -> BaseProcess:
    """Start a command as a process group of its own; what it says is added to two files, or to one."""
    process = forks.Process(target=_command, args=(words, cwd, dict(environment), out, errors))
    process.start()
    return process


def call(*words: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Call a command and wait for its end."""
    texts = tuple(map(str, words))
    with tempfile.TemporaryDirectory(prefix="said-") as folder:
        out, errors = Path(folder) / "out", Path(folder) / "errors"
        process = start(texts, cwd, own_variables(**environment), out, errors)
        process.join(_PATIENCE)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired(texts, _PATIENCE, errors.read_bytes())
        return subprocess.CompletedProcess(
            texts, process.exitcode, out.read_text(encoding="utf-8"), errors.read_text(encoding="utf-8")
        )


def started(*words: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The same, started as users start it, with nothing loaded."""
    return subprocess.run(
        [sys.executable, "-m", "zc_pipeline.cli", *map(str, words)],
        cwd=cwd,
        env=own_variables(**environment),
        capture_output=True,
        text=True,
        timeout=_PATIENCE,
        check=False,
    )


def last_line(done: subprocess.CompletedProcess[str]) -> str:
    """What a command said last."""
    return done.stderr.strip().splitlines()[-1]


def _command(words: tuple[str, ...], cwd: Path, environment: dict[str, str], out: Path, errors: Path) -> None:
    with contextlib.suppress(PermissionError):  # it leads a group already
        os.setsid()
    for number, path in enumerate((os.devnull, out, errors)):
        flags = os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT | os.O_APPEND
        descriptor = os.open(path, flags, 0o666)
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(cwd)
    sys.argv = ["zc-pipeline", *words]
    from zc_pipeline.cli import main

    try:
        main()
    finally:
        atexit._run_exitfuncs()
