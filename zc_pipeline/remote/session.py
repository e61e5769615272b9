"""Where a data folder's address becomes a folder of this machine: for the length of a command or a run."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Final

from zc_pipeline.errors import ZcPipelineError
from zc_pipeline.model import RawFile
from zc_pipeline.remote.folder import RemoteFolder
from zc_pipeline.remote.lease import LEASE_SECONDS, Lease, leased
from zc_pipeline.remote.mirror import Kind, Mirror
from zc_pipeline.settings import Settings, read_settings
from zc_pipeline.storage.address import checked_address, is_address
from zc_pipeline.storage.lock import LockHeld, data_lock
from zc_pipeline.storage.paths import DataPaths

log = logging.getLogger("zc_pipeline")

_NO_NAME: Final = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_NAME: Final = 80


class Use(Enum):
    """What a data folder is opened for."""

    WRITE = "write"
    READ = "read"
    READ_TABLES = "read_tables"  # published tables alone


@dataclass(frozen=True, slots=True)
class Look:
    """What lies in a data folder, seen without fetching a PDF.

    Attributes:
        paths: where its tables are.
        files: what its raw folder holds; None where that folder itself is to be looked into.
    """

    paths: DataPaths
    files: tuple[RawFile, ...] | None


@dataclass(frozen=True, slots=True)
class _Session:
    mirror: Mirror
    lease: Lease
    turn: threading.Lock = field(default_factory=threading.Lock)

    def push(self, *, only_own: bool) -> None:
        with self.turn:
            self.mirror.push(self.lease.check, only_own=only_own)


# What this process has opened for writing, by address.
_sessions: Final[dict[str, _Session]] = {}


@contextlib.contextmanager
def opened(
    place: Path | str,
    use: Use,
    run: str = "from the command line",
    *,
    settings: Settings | None = None,
    lease_seconds: float = LEASE_SECONDS,
) -> Iterator[DataPaths]:
    """A data folder for the length of a block: a path as it is, an address by its mirror on this machine.

    For writing, every other run is kept out from its first look to its last table. Tables are published by
    :func:`push` alone, where a run has made them; at the end of the block, however it ends, working tables
    and rows of `runs` are sent. Only who is interrupted at the keyboard waits for nothing: what was read then
    goes along with the next run. Within a block of the same process, another one for the same address shares
    the mirror.

    Args:
        place: a path, or an address.
        use: what for.
        run: what is at work, for those who must wait.
        settings: None takes the process's.
        lease_seconds: how long a lease lasts without a sign of life.

    Raises:
        UsageError: no such address can be a data folder, or nothing lies there.
        StorageRefused: another run is at work there, or the store refuses.
    """
    if not is_address(place):
        yield DataPaths(Path(place))
        return
    address = checked_address(str(place))
    settings = settings or read_settings()
    if address in _sessions:
        session = _sessions[address]
        yield session.mirror.paths
        if use is Use.WRITE:
            session.push(only_own=True)
        return
    folder = RemoteFolder(address)
    root = _root(address, settings)
    if use is not Use.WRITE:
        kinds = frozenset({Kind.PUBLISHED}) if use is Use.READ_TABLES else frozenset(Kind)
        _bring_in_step(folder, root, kinds, run, settings)
        yield Mirror.place(root)
        return
    wait = settings.lock_wait_seconds
    with data_lock(Mirror.place(root), run, wait_seconds=wait):
        mirror = Mirror(folder, root)
        with leased(folder, mirror.id, run, wait_seconds=wait, seconds=lease_seconds) as lease:
            mirror.pull()
            mirror.adopt(lease.check)
            session = _sessions[address] = _Session(mirror, lease)
            try:
                yield mirror.paths
            except KeyboardInterrupt:
                raise
            except SystemExit:  # a command's way to its exit code
                session.push(only_own=True)
                raise
            except BaseException:
                try:
                    session.push(only_own=True)
                except ZcPipelineError as error:
                    log.error("what was done so far could not be sent: %s", error)
                raise
            else:
                session.push(only_own=True)
            finally:
                del _sessions[address]


def push(place: Path | str, *, only_own: bool = False) -> None:
    """Send what changed so far, where a data folder is an address that this process has opened for writing.

    Of a year whose tables or links were not made to their end, what was published stays.

    Args:
        place: a path, for which there is nothing to do, or an address.
        only_own: what was read of documents alone; nothing is published.

    Raises:
        StorageRefused: the store refuses, or the lease was lost. Nothing more is published.
    """
    if is_address(place):
        session = _sessions.get(checked_address(str(place)))
        if session is not None:
            session.push(only_own=only_own)


def look(place: Path | str, run: str, *, settings: Settings | None = None) -> Look:
    """See what lies in a data folder, by what a store lists and publishes: no PDF is fetched.

    Args:
        place: a path, or an address.
        run: what looks, for those who must wait.
        settings: None takes the process's.

    Raises:
        UsageError, StorageRefused: as :func:`opened`.
    """
    if not is_address(place):
        return Look(DataPaths(Path(place)), None)
    address = checked_address(str(place))
    if address in _sessions:
        return Look(_sessions[address].mirror.paths, None)
    settings = settings or read_settings()
    root = _root(address, settings)
    mirror = _bring_in_step(
        RemoteFolder(address), root, frozenset({Kind.PUBLISHED, Kind.WORDS}), run, settings
    )
    return Look(Mirror.place(root), None if mirror is None else tuple(mirror.raw_files()))


def mirror_paths(place: Path | str, settings: Settings | None = None) -> DataPaths:
    """Where a data folder lies on this machine, as it was last left: nothing is asked of the store."""
    if not is_address(place):
        return DataPaths(Path(place))
    return Mirror.place(_root(checked_address(str(place)), settings or read_settings()))


def _bring_in_step(
    folder: RemoteFolder, root: Path, kinds: frozenset[Kind], run: str, settings: Settings
) -> Mirror | None:
    """Read what is new, unless a run is at work in the mirror: then it is read as it stands (None)."""
    paths = Mirror.place(root)
    wait = 0.0 if Mirror(folder, root).was_pulled(kinds) else settings.lock_wait_seconds
    try:
        with data_lock(paths, run, wait_seconds=wait):
            mirror = Mirror(folder, root)
            mirror.pull(kinds)
            return mirror
    except LockHeld:
        if wait:
            raise
        log.info("%s: a run is at work; its mirror is read as it stands", folder.words)
        return None


def _root(address: str, settings: Settings) -> Path:
    """Where the mirror of an address is: a name that people know again, and that no other address has."""
    scheme, _, rest = address.partition("://")
    plain = _NO_NAME.sub("-", f"{scheme}-{rest.rpartition('@')[2]}")[:_LONGEST_NAME]
    parent = settings.mirror_dir or Path.home() / ".cache" / "zc_pipeline" / "mirrors"
    return parent.expanduser().resolve() / f"{plain}-{hashlib.sha256(address.encode()).hexdigest()[:8]}"
