"""One writer at a time below a data folder.

Whoever writes tables holds the lock of the data folder: each stage for as long as it takes, a run from the
command line from its first look at the files to its last table. Readers take no lock; they hold the tables'
publication ids against each other (``storage.publication``).

The lock is the kernel's (``flock`` on ``state/lock``), so that it ends with the process that holds it,
however that ends, and no file that a killed process leaves can bar the way. A library that falls back to
a lock made of the file's existence, where the file system knows no other, would not have that; here such
a file system is refused with a sentence. On Linux, NFS passes the lock on to its server (version 4, or
version 3 with its lock service), so that it holds between machines; mounted with ``local_lock=flock``, or
on other shared file systems that lock for one machine only, two machines are not kept apart: let one
machine do the runs there.

What stands in the file is for people: who holds it, since when.
"""

from __future__ import annotations

import contextlib
import errno
import json
import logging
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from zc_pipeline.errors import StorageRefused, UsageError
from zc_pipeline.schemas import RUN_TABLES
from zc_pipeline.storage.files import refusal, remove_staged, saying_why
from zc_pipeline.storage.paths import DataPaths

if sys.platform != "win32":
    import fcntl

log = logging.getLogger("zc_pipeline")

# How long a run waits for another one unless it is told: nightly runs of a few new files end within it.
WAIT_SECONDS: Final = 600.0
_LOOK_EVERY: Final = 0.1
_TAKEN: Final = (errno.EAGAIN, errno.EWOULDBLOCK, errno.EACCES)


class LockHeld(StorageRefused):
    """Another writer holds the lock, and did not let go of it within the time given."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lock: a process of a machine, for which run, since when (UTC, ISO form)."""

    pid: int
    host: str
    run: str
    since: str

    @property
    def words(self) -> str:
        """The holder in words."""
        return f"process {self.pid} on {self.host}, run {self.run}, since {self.since}"


@dataclass(slots=True)
class _Held:
    """A lock of this process: ``runs`` are those at work under it, the innermost last."""

    descriptor: int
    since: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    runs: list[str] = field(default_factory=list)


# What this process holds, by file and thread: the same thread may take its lock again.
_held: Final[dict[tuple[Path, int], _Held]] = {}


@contextlib.contextmanager
def data_lock(paths: DataPaths, run: str, *, wait_seconds: float = WAIT_SECONDS) -> Iterator[None]:
    """Keep every other writer out of a data folder for the length of the block.

    A thread that holds the lock may take it again. Who takes it first removes what killed writers staged.

    Args:
        paths: the data folder; it is made if it is not there.
        run: what is at work, for those who must wait: the run's id.
        wait_seconds: how long to wait for another writer; 0 is not to wait.

    Raises:
        LockHeld: another writer holds it for longer than that.
        StorageRefused: the folder cannot be written or its file system has no locks.
        UsageError: the operating system has no such locks.
    """
    key = (paths.lock.absolute(), threading.get_ident())
    if key not in _held:
        _held[key] = _Held(_acquire(paths, wait_seconds))
    held = _held[key]
    held.runs.append(run)
    try:
        _write_holder(held)
        if len(held.runs) == 1:
            _clear(paths)
        yield
    finally:
        held.runs.pop()
        if held.runs:
            _write_holder(held)
        else:
            del _held[key]
            _release(held)


def read_holder(paths: DataPaths) -> Holder | None:
    """What the lock's file says; None where it says nothing.

    A killed process leaves its words behind: they name the holder only while someone holds the lock.
    """
    try:
        return Holder(**json.loads(paths.lock.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _acquire(paths: DataPaths, wait_seconds: float) -> int:
    """Open and lock the file; returns its descriptor."""
    deadline = time.monotonic() + wait_seconds
    is_told = False
    while True:
        descriptor = _try(paths.lock)
        if descriptor is not None:
            return descriptor
        if time.monotonic() >= deadline:
            raise LockHeld(
                f"{_who(paths)}. It was waited for {wait_seconds:g} s, and nothing was done. Call again when "
                "it has ended."
            )
        if not is_told:
            log.info("%s: waiting for it, at most %g s", _who(paths), wait_seconds)
            is_told = True
        time.sleep(_LOOK_EVERY)


def _who(paths: DataPaths) -> str:
    holder = read_holder(paths)
    who = f" ({holder.words})" if holder else ""
    return f"Another run is at work in {paths.data_dir}{who}"


def _try(path: Path) -> int | None:
    """The descriptor of the locked file; None where another holds it."""
    if not hasattr(os, "fork"):
        raise UsageError("Runs cannot be kept apart on this system: use Linux or WSL.")
    with saying_why(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # It may have been removed, with its folder, while it was being opened.
        is_ours = os.fstat(descriptor).st_ino == path.stat().st_ino
    except OSError as error:
        os.close(descriptor)
        if error.errno in (*_TAKEN, errno.ENOENT):
            return None
        raise StorageRefused(
            f"{path} cannot be locked: {error.strerror}. Two runs at once could not be kept apart there. "
            "Move the data folder to a file system that knows locks, such as a local disk."
        ) from error
    if not is_ours:
        os.close(descriptor)
        return None
    return descriptor


def _write_holder(held: _Held) -> None:
    holder = Holder(os.getpid(), socket.gethostname(), held.runs[-1], held.since)
    # Words for people: a full disk must not stop what holds the lock.
    with contextlib.suppress(OSError):
        os.ftruncate(held.descriptor, 0)
        os.pwrite(held.descriptor, json.dumps(asdict(holder)).encode() + b"\n", 0)


def _release(held: _Held) -> None:
    with contextlib.suppress(OSError):
        os.ftruncate(held.descriptor, 0)
    os.close(held.descriptor)


def _clear(paths: DataPaths) -> None:
    """Remove what killed writers staged: for tables all of it, as nobody is writing them now.

    The table `runs` and the notes in ``state/`` have writers that take no lock.
    """
    tables = [folder for folder in _folders(paths.parquet_dir) if folder.name not in RUN_TABLES]
    years = [year for table in tables for year in _folders(table)]
    count = sum(remove_staged(folder) for folder in (*tables, *years))
    others = [paths.state_dir, *_folders(paths.state_dir), *(paths.table_dir(table) for table in RUN_TABLES)]
    count += sum(remove_staged(folder, only_dead=True) for folder in others)
    if count:
        log.info("removed %d unfinished files that a stopped run left", count)


def _folders(folder: Path) -> list[Path]:
    try:
        return [one for one in folder.iterdir() if one.is_dir()]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise StorageRefused(refusal(folder, error)) from error


def _forget_in_child() -> None:
    """A forked copy of the process is another writer: it lets go of what its parent holds."""
    for held in _held.values():
        os.close(held.descriptor)
    _held.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_in_child)
