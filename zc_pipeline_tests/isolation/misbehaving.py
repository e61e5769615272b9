"""What a reader does that a file has taken over: entries for ``Readers(entry=…)``; each gets the socket."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import socket
import struct
import time
from collections.abc import Callable
from pathlib import Path

from zc_pipeline.isolation import messages, sandbox
from zc_pipeline.isolation.limits import Limits
from zc_pipeline.isolation.worker import work


def _request(data: socket.socket) -> dict[str, object]:
    with data.makefile("rb") as stream:
        request = json.loads(stream.readline())
    sandbox.confine(Limits(**request["limits"]))
    return request


def _say(data: socket.socket, words: str) -> None:
    """Words that the caller takes for the message of a problem."""
    data.sendall(messages.frame({"error": ["damaged_pdf", words, None]}))


def ends_by_segmentation_fault(data: socket.socket) -> None:
    _request(data)
    ctypes.string_at(0)


def is_killed_from_outside(data: socket.socket) -> None:
    _request(data)
    os.kill(os.getpid(), signal.SIGKILL)


def ends_in_silence(data: socket.socket) -> None:
    _request(data)


def ends_before_it_listens(data: socket.socket) -> None:
    os._exit(9)


def kills_its_server(data: socket.socket) -> None:
    _request(data)
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(60)


def sleeps(data: socket.socket) -> None:
    _request(data)
    time.sleep(60)


def spins(data: socket.socket) -> None:
    _request(data)
    while True:
        pass


def spins_one_second(data: socket.socket) -> None:
    _request(data)
    while time.process_time() < 1.0:
        pass
    _say(data, "one second of a core")


def takes_memory(data: socket.socket) -> None:
    _request(data)
    taken = []
    while True:
        taken.append(bytearray(16 << 20))


def tries_what_is_forbidden(data: socket.socket) -> None:
    request = _request(data)
    folder, port = str(request["path"]).rsplit("@", 1)
    trials: dict[str, Callable[[], object]] = {
        "connect": lambda: socket.create_connection(("127.0.0.1", int(port)), timeout=5),
        "write": lambda: _write(Path(folder + ".written")),
        "open": lambda: [os.open(os.devnull, os.O_RDONLY) for _ in range(1000)],
        "raise": lambda: sandbox.resource.setrlimit(sandbox.resource.RLIMIT_AS, (1 << 40, 1 << 40)),
    }
    done = []
    for name, trial in trials.items():
        try:
            trial()
            done.append(name)
        except (OSError, ValueError):
            pass
    _say(data, f"done: {' '.join(done)}")


def _write(path: Path) -> None:
    with path.open("wb") as stream:
        stream.write(b"x")


def lists_its_descriptors(data: socket.socket) -> None:
    _request(data)
    _say(data, f"descriptors {[one for one in range(1000) if Path(f'/proc/self/fd/{one}').exists()]}")


def _sends(content: bytes) -> Callable[[socket.socket], None]:
    def entry(data: socket.socket) -> None:
        _request(data)
        data.sendall(content)

    return entry


_DONE = messages.frame({"done": True})
sends_rubbish = _sends(b"\x80\x04\x95rubbish of no frame" * 100)
sends_half_a_frame = _sends(struct.pack(">Ic", 1000, b"J") + b"{")
claims_a_huge_frame = _sends(struct.pack(">Ic", 2**32 - 1, b"B"))
sends_no_json = _sends(struct.pack(">Ic", 4, b"J") + b"{{{{")
sends_deep_json = _sends(struct.pack(">Ic", 200_000, b"J") + b"[" * 200_000)
sends_a_wrong_record = _sends(messages.frame({"items": [[1, 2, 3]]}) + _DONE)
sends_an_unknown_code = _sends(
    messages.frame({"problems": [["page_text", "no_such_code", "x", None, None, None, None]]}) + _DONE
)
sends_an_unknown_list = _sends(messages.frame({"rows": []}) + _DONE)
sends_after_the_end = _sends(_DONE + messages.frame({"items": []}))
counts_twice = _sends(messages.frame({"page_count": 1}) + messages.frame({"page_count": 3000}) + _DONE)
counts_backwards = _sends(messages.frame({"page_count": -1}) + _DONE)
sends_plain_bytes = _sends(messages.frame(b"123") + _DONE)


def sends_without_end(data: socket.socket) -> None:
    _request(data)
    batch = messages.frame({"pages": []})
    while True:
        data.sendall(batch * 1000)


def breaks_down_on_b(data: socket.socket) -> None:
    """Reads as it should, but for a file named ``b.pdf``."""
    if b"b.pdf" in data.recv(1 << 16, socket.MSG_PEEK):
        ends_by_segmentation_fault(data)
    work(data)
