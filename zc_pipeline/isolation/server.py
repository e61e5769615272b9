"""The process that forks a reader for each document, so that the readers' libraries are loaded only once.

It has one thread, opens no document, and ends when its caller ends, for whatever reason, with all it forked.

The caller sends one byte and two sockets for each document. The first is the reader's: the request comes and
the result goes there. The second is for what this process knows of the reader: its pid at once, and how it
ended. When the caller closes the second, the reader is killed.
"""

from __future__ import annotations

import gc
import json
import os
import selectors
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from typing import Final, NoReturn

from zc_pipeline.isolation import sandbox

# A reader makes a million objects for a document and ends: looking for rings among them is worth it seldom.
GARBAGE_EVERY: Final = 50_000

FAILED: Final = 70  # a reader's exit code: a fault of the program, of which it could not tell
OUT_OF_MEMORY: Final = 71

_Work = Callable[[socket.socket], None]


def serve(control_fd: int, entry: str) -> None:
    """Fork a reader for every request until the other end of the socket is closed.

    Args:
        control_fd: of a stream socket of the caller's.
        entry: ``module:function`` that a reader runs with its socket.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    is_network_off = sandbox.leave_network()
    module, name = entry.split(":")
    work: _Work = getattr(import_module(module), name)
    gc.collect()
    gc.freeze()
    control = socket.socket(fileno=control_fd)
    _send(control, {"is_network_off": is_network_off})
    _Server(control, work).run()


def _send(to: socket.socket, content: dict[str, object]) -> None:
    with suppress(OSError):  # the caller is gone, or does not care any more
        to.sendall(json.dumps(content).encode("ascii") + b"\n")


class _Server:
    def __init__(self, control: socket.socket, work: _Work) -> None:
        self._control = control
        self._work = work
        self._readers: dict[int, socket.socket] = {}  # pid → the caller's socket
        self._selector = selectors.DefaultSelector()
        self._woken, self._waker = socket.socketpair()

    def run(self) -> None:
        for end in (self._woken, self._waker):
            end.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        self._selector.register(self._woken, selectors.EVENT_READ, self._reap)
        self._selector.register(self._control, selectors.EVENT_READ, self._begin)
        try:
            while True:
                for key, _ in self._selector.select():
                    key.data()
        except EOFError:
            pass
        finally:
            for pid in self._readers:
                os.kill(pid, signal.SIGKILL)

    def _begin(self) -> None:
        # A caller that was killed leaves ECONNRESET in place of an end where it had not read all.
        try:
            byte, descriptors, _, _ = socket.recv_fds(self._control, 1, 2)
        except OSError as error:
            raise EOFError from error
        if not byte:
            raise EOFError
        data, status = (socket.socket(fileno=descriptor) for descriptor in descriptors)
        with data:
            try:
                server = os.getpid()
                pid = os.fork()
            except OSError as error:
                _send(status, {"error": str(error)})
                status.close()
                return
            if pid == 0:
                self._become_reader(data, server)
        _send(status, {"pid": pid})
        self._readers[pid] = status
        self._selector.register(status, selectors.EVENT_READ, lambda: self._kill(pid))

    def _become_reader(self, data: socket.socket, server: int) -> NoReturn:
        code = FAILED
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _keep_only(data)
            sandbox.end_with_parent(server)
            gc.set_threshold(GARBAGE_EVERY)
            self._work(socket.socket(fileno=_DATA_FD))
            code = 0
        except MemoryError:
            code = OUT_OF_MEMORY
        finally:
            os._exit(code)

    def _kill(self, pid: int) -> None:
        # What is not reaped yet keeps its number: no other process is meant.
        if pid in self._readers:
            os.kill(pid, signal.SIGKILL)
            self._selector.unregister(self._readers[pid])

    def _reap(self) -> None:
        with suppress(BlockingIOError):
            while self._woken.recv(1024):
                pass
        while self._readers:
            pid, status, usage = os.wait4(-1, os.WNOHANG)
            if pid == 0:
                return
            caller = self._readers.pop(pid)
            with suppress(KeyError):
                self._selector.unregister(caller)
            _send(
                caller,
                {
                    "exit": os.waitstatus_to_exitcode(status),
                    "cpu_seconds": usage.ru_utime + usage.ru_stime,
                    "peak_kb": usage.ru_maxrss,
                },
            )
            caller.close()


_DATA_FD: Final = 3


def _keep_only(data: socket.socket) -> None:
    """Close every descriptor but the given one, which becomes number 3; 0 to 2 lead nowhere."""
    descriptor = data.detach()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    if descriptor != _DATA_FD:
        os.dup2(descriptor, _DATA_FD)
    os.closerange(_DATA_FD + 1, os.sysconf("SC_OPEN_MAX"))
