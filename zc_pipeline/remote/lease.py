"""One writer at a time at an address: a lease, which a writer that died loses.

Leases are objects with rising numbers, ``leases/00000012.json``; the highest counts. A new one is created in
one step, where the store has none of that number: of several who try, one gets it. Its holder alone writes
it, again and again, to show that it lives; a released one says so. It can be followed by the next number
when it was released, or has not changed for :data:`LEASE_SECONDS` of the watcher's own clock (clocks of two
machines are never held against each other), or is this mirror's own, whose lock on this machine nobody else
holds. Who got a number while a higher one came to be, by two who followed each other meanwhile, gives it
back.

A holder that was cut off for that long finds out before it writes: each write asks :meth:`Lease.check`. No
store lets a program ask and write in one step, so a write that is already under way when a lease runs out
is not called back.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from zc_pipeline.errors import StorageRefused
from zc_pipeline.remote.folder import RemoteFolder

log = logging.getLogger("zc_pipeline")

LEASE_SECONDS: Final = 120.0
_FOLDER: Final = "leases/"
_LOOK_EVERY: Final = 2.0
_BEATS_A_LEASE: Final = 6


class Lease:
    """A lease that is held. Its thread renews it until it is released."""

    def __init__(self, folder: RemoteFolder, number: int, content: dict[str, Any], seconds: float) -> None:
        self._folder, self._number, self._content, self._seconds = folder, number, content, seconds
        self._renewed = _clock()
        self._is_lost = False
        self._over = threading.Event()
        self._turn = threading.Lock()
        self._thread = threading.Thread(target=self._beat, name="lease", daemon=True)
        self._thread.start()

    def check(self, *, is_asked: bool = False) -> None:
        """Make sure that the lease is still held: for each write.

        Args:
            is_asked: ask the store in any case. Else only where the last word of it is older than a third
                of the time that a lease lasts.

        Raises:
            StorageRefused: another run may be at work there by now.
        """
        if is_asked or _clock() - self._renewed > self._seconds / 3:
            self._renew()
        if self._is_lost or _clock() - self._renewed > self._seconds * 2 / 3:
            self._is_lost = True
            raise StorageRefused(
                f"The lease on {self._folder.words} was lost: this machine was asleep or cut off, and "
                "another run may be at work there. Nothing more was written. Call again; what was read is "
                "kept."
            )

    def release(self) -> None:
        """Let the next run begin at once."""
        self._over.set()
        self._thread.join(self._seconds)
        if not self._is_lost:
            with contextlib.suppress(StorageRefused):  # it runs out
                self._folder.write(_name(self._number), _bytes({**self._content, "is_released": True}))

    def _beat(self) -> None:
        while not self._over.wait(self._seconds / _BEATS_A_LEASE):
            try:
                self._renew()
            except StorageRefused as error:
                log.warning("the lease was not renewed: %s", error)

    def _renew(self) -> None:
        with self._turn:
            began = _clock()
            if self._is_lost or began - self._renewed > self._seconds:
                self._is_lost = True
                return
            if max(_numbers(self._folder), default=0) > self._number:
                self._is_lost = True
                return
            self._content["renewed"] = _now()
            self._content["beat"] += 1
            self._folder.write(_name(self._number), _bytes(self._content))
            self._renewed = began


@contextlib.contextmanager
def leased(
    folder: RemoteFolder, mirror: str, run: str, *, wait_seconds: float, seconds: float = LEASE_SECONDS
) -> Iterator[Lease]:
    """Keep every other run out of a remote folder for the length of the block.

    Args:
        folder: where.
        mirror: the id of this machine's mirror, whose lock the caller holds.
        run: what is at work, for those who must wait.
        wait_seconds: how long to wait for another run.
        seconds: how long a lease lasts without a sign of life; the same for all.

    Raises:
        StorageRefused: another run holds it for longer than that; the sentence names it.
    """
    lease = _acquire(folder, mirror, run, wait_seconds, seconds)
    try:
        yield lease
    finally:
        lease.release()


def _acquire(folder: RemoteFolder, mirror: str, run: str, wait_seconds: float, seconds: float) -> Lease:
    began = _clock()
    seen: tuple[int, Any] | None = None
    since = began
    while True:
        number, there = _top(folder)
        if (number, there) != seen:
            seen, since = (number, there), _clock()
        if _is_free(there, mirror) or _clock() - since >= seconds:
            if there is not None and not there.get("is_released"):
                log.warning("the run of %s died: its lease on %s is taken over", _who(there), folder.words)
            mine = _content(mirror, run)
            if folder.create(_name(number + 1), _bytes(mine)):
                if max(_numbers(folder)) > number + 1:
                    folder.remove(_name(number + 1))
                    continue
                _require_creation(folder, number + 1)
                for old in _numbers(folder):
                    if old <= number:
                        folder.remove(_name(old))
                return Lease(folder, number + 1, mine, seconds)
            continue
        if _clock() - began >= wait_seconds:
            raise StorageRefused(
                f"Another run is at work at {folder.words} ({_who(there)}). It was waited for "
                f"{wait_seconds:g} s, and nothing was done. Call again when it has ended; one that died is "
                f"passed over {seconds:g} s after its last sign of life, by a run that waits that long."
            )
        if _clock() - began < _LOOK_EVERY:
            log.info("another run is at work at %s (%s): waiting for it", folder.words, _who(there))
        time.sleep(min(_LOOK_EVERY, seconds / 4, max(0.0, wait_seconds - (_clock() - began))))


def _require_creation(folder: RemoteFolder, number: int) -> None:
    """A store that creates what is there already cannot keep two runs apart."""
    if folder.create(_name(number), b"{}"):
        folder.remove(_name(number))
        raise StorageRefused(
            f"{folder.words} cannot keep two runs apart: the store overwrites what is only to be created. "
            "Use one that knows conditional writes, such as S3 (If-None-Match), or a folder of this machine."
        )


def _is_free(there: dict[str, Any] | None, mirror: str) -> bool:
    if there is None or there.get("is_released"):
        return True
    # A mirror that was copied to another machine has the same id there.
    return there.get("mirror") == mirror and there.get("host") == socket.gethostname()


def _top(folder: RemoteFolder) -> tuple[int, dict[str, Any] | None]:
    """The highest number and what its lease says; 0 and None where there is no lease."""
    number = max(_numbers(folder), default=0)
    content = folder.read(_name(number)) if number else None
    if content is None:
        return number, None
    try:
        there = json.loads(content)
    except ValueError:
        there = {}
    return number, there if isinstance(there, dict) else {}


def _numbers(folder: RemoteFolder) -> list[int]:
    stems = (name.removeprefix(_FOLDER).removesuffix(".json") for name in folder.find(_FOLDER))
    return [int(stem) for stem in stems if stem.isdecimal()]


def _name(number: int) -> str:
    return f"{_FOLDER}{number:08}.json"


def _content(mirror: str, run: str) -> dict[str, Any]:
    return {
        "id": uuid.uuid4().hex,
        "mirror": mirror,
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "run": run,
        "since": _now(),
        "renewed": _now(),
        "beat": 0,
    }


def _who(there: dict[str, Any] | None) -> str:
    said = there or {}
    return (
        f"process {said.get('pid', '?')} on {said.get('host', '?')}, run {said.get('run', '?')}, since "
        f"{said.get('since', '?')}, last sign of life {said.get('renewed', '?')}"
    )


def _bytes(content: dict[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False).encode() + b"\n"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _clock() -> float:
    """Seconds that go on while the machine is asleep, where the system tells them."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()
