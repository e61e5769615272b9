"""The caller's side: have a document read by a process of its own, and say what became of it."""

from __future__ import annotations

import atexit
import contextlib
import json
import logging
import os
import selectors
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from zc_pipeline.errors import CATALOGUE, DocumentError, PublicationStopped, Stage, UsageError
from zc_pipeline.isolation import messages, sandbox
from zc_pipeline.isolation.limits import BUSY_SLOWDOWN, Limits
from zc_pipeline.isolation.server import OUT_OF_MEMORY
from zc_pipeline.model import PageFacts, PageItem, Problem
from zc_pipeline.parse.document import PageTextResult

log = logging.getLogger("zc_pipeline")

_ENTRY: Final = "zc_pipeline.isolation.worker:work"
_SERVER: Final = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[3]); "
    "from zc_pipeline.isolation.server import serve; serve(int(sys.argv[1]), sys.argv[2])"
)
_SERVER_STARTS_WITHIN: Final = 60.0  # seconds; a machine under load takes several
_SERVER_ENDS_WITHIN: Final = 5.0
_READER_ENDS_WITHIN: Final = 5.0
# A machine is busy for a reader that stands in the queue for more than this share of its time.
_BUSY_SHARE: Final = 0.1
_CHUNK: Final = 1 << 16
_MB: Final = 1 << 20
# A reader that dies of one failed allocation need not have come nearer to its limit.
_MUCH_OF_MEMORY: Final = 0.5


class PagePicture(NamedTuple):
    """A drawn page: ``rgb`` has 3 bytes a pixel, row by row; ``width`` and ``height`` are in points."""

    pixels_across: int
    pixels_down: int
    rgb: bytes
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Usage:
    """What one reader took: seconds of plain time and of a core, and its largest memory (MB, resident).

    ``pages`` are those it counted, 0 where it came to no count.
    """

    seconds: float
    cpu_seconds: float
    peak_mb: float
    pages: int


def read_page_text_isolated(path: Path, limits: Limits | None = None) -> PageTextResult:
    """Read every page of a PDF as :func:`zc_pipeline.parse.document.read_page_text` does, in another process.

    Args:
        path: the PDF file.
        limits: None takes the defaults.

    Returns:
        What the pages show. A document that hits a limit, or ends its reader, has no pages and items, and one
        problem that says so.

    Raises:
        PublicationStopped: no reader can be started: nothing of that is the document's fault.
        UsageError: this system cannot isolate readers.
    """
    result, _ = measure_page_text(path, limits or Limits(), default_readers())
    return result


def measure_page_text(path: Path, limits: Limits, readers: Readers) -> tuple[PageTextResult, Usage]:
    """As :func:`read_page_text_isolated`, with what it took."""
    job = _Job(path, limits)
    pages: list[PageFacts] = []
    items: list[PageItem] = []
    problems: list[Problem] = []

    def take(content: Any) -> None:
        for name, values in _entries(content):
            if name == "pages":
                pages.extend(messages.to_records(PageFacts, values))
            elif name == "items":
                items.extend(messages.to_records(PageItem, values))
            elif name == "problems":
                problems.extend(map(_known, messages.to_records(Problem, values)))
            else:
                raise messages.BadMessage(f"nothing called {name[:40]} was asked for")

    try:
        job.run(readers, {"task": "page_text"}, take)
    except DocumentError as error:
        problem = Problem(Stage.PAGE_TEXT, error.code, error.message, page=error.page, raw=error.raw)
        return PageTextResult((), (), (problem,)), job.usage
    return PageTextResult(tuple(pages), tuple(items), tuple(problems)), job.usage


def count_pages_isolated(path: Path, limits: Limits | None = None) -> int:
    """How many pages a PDF has.

    Raises:
        DocumentError: ``damaged_pdf``, or the limit that was hit.
        PublicationStopped, UsageError: as :func:`read_page_text_isolated`.
    """
    job = _Job(path, limits or Limits())
    job.run(default_readers(), {"task": "page_count"}, _nothing_else)
    return job.pages


def render_page_isolated(path: Path, number: int, scale: float, limits: Limits | None = None) -> PagePicture:
    """Draw one page.

    Args:
        path: a PDF file.
        number: of the page, from 1.
        scale: pixels a point; less is taken where the picture would be too large.
        limits: None takes the defaults.

    Raises:
        DocumentError: ``damaged_pdf``: the file or the page cannot be opened; or the limit that was hit.
        PublicationStopped, UsageError: as :func:`read_page_text_isolated`.
    """
    sizes: list[tuple[int, int, float, float]] = []
    pixels: list[bytes] = []

    def take(content: Any) -> None:
        if isinstance(content, bytes):
            pixels.append(content)
            return
        for name, values in _entries(content):
            size = messages.to_record(_Size, values)
            if name != "picture" or min(size) <= 0:
                raise messages.BadMessage("no picture")
            sizes.append(size)

    job = _Job(path, limits or Limits())
    job.run(default_readers(), {"task": "picture", "number": number, "scale": scale}, take)
    if len(sizes) != 1 or len(pixels) != 1 or len(pixels[0]) != 3 * sizes[0][0] * sizes[0][1]:
        raise job.crash("It handed over no picture")
    across, down, width, height = sizes[0]
    return PagePicture(across, down, pixels[0], width, height)


class _Size(NamedTuple):
    across: int
    down: int
    width: float
    height: float


def is_network_off() -> bool:
    """Whether the readers of this process have no network; see the package's docstring."""
    default_readers().start()
    return default_readers().is_network_off


def _entries(content: Any) -> Iterator[tuple[str, list[Any]]]:
    if not isinstance(content, dict):
        raise messages.BadMessage(f"no entries: {str(content)[:40]}")
    for name, values in content.items():
        if not isinstance(values, list):
            raise messages.BadMessage(f"no list: {str(values)[:40]}")
        yield name, values


def _known(problem: Problem) -> Problem:
    if problem.code not in CATALOGUE:
        raise messages.BadMessage(f"the code {problem.code[:40]!r} is not in the catalogue")
    return problem


def _nothing_else(content: Any) -> None:
    raise messages.BadMessage(f"this was not asked for: {str(content)[:40]}")


# --- one document ---------------------------------------------------------------------------------


class _Job:
    """One document on its way through a reader, and the clock over it."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._path = path.absolute()
        self._limits = limits
        self._pid: int | None = None
        self._started = time.monotonic()
        self._own_seconds = 0.0  # in which the reader may have waited for this process
        self._queue_seconds = 0.0  # in which it waited for a core
        self._exit: dict[str, Any] | None = None
        self._is_done = False
        self.pages = 0
        self.usage = Usage(0.0, 0.0, 0.0, 0)

    def run(self, readers: Readers, request: dict[str, Any], take: Callable[[Any], None]) -> None:
        """Have a reader answer the request; ``take`` gets what it hands over, but for counts and its end.

        Raises:
            DocumentError: a limit was hit, the reader ended too early, or what it said of the document.
        """
        self._check_file()
        readers.start()
        self._started = time.monotonic()
        words = {**request, "path": str(self._path), "limits": asdict(self._limits)}
        try:
            with readers.reader() as (data, status):
                with contextlib.suppress(BrokenPipeError):  # why it ended is said where its end is known
                    data.sendall(json.dumps(words).encode("ascii") + b"\n")
                try:
                    self._listen(data, status, take)
                finally:
                    self._see_its_end(data, status)
        except messages.MessageTooLarge as error:
            raise DocumentError(
                "memory_limit",
                f"What was read of it is more than {self._limits.result_bytes // _MB} MB, or than a page can "
                f"hold ({error}).",
            ) from error
        except messages.BadMessage as error:
            raise self.crash(f"It handed over what cannot be a result ({error})") from error
        finally:
            self._note_usage()
        if not self._is_done:
            raise self._why_it_ended()

    def crash(self, what: str) -> DocumentError:
        """The error of a reader that was not itself any more."""
        return DocumentError("reader_crashed", f"The reader of the file failed: {what}.")

    def _check_file(self) -> None:
        try:
            facts = self._path.stat()
        except OSError as error:
            raise DocumentError("file_unreadable", f"The file cannot be read: {error.strerror}.") from error
        if not stat.S_ISREG(facts.st_mode):
            raise DocumentError("file_unreadable", "It is no file, but a folder, a pipe or a device.")
        most = self._limits.file_bytes
        if facts.st_size > most:
            raise DocumentError(
                "file_too_large",
                f"The file has {facts.st_size / _MB:,.0f} MB; the limit is {most // _MB:,} MB.",
            )

    def _listen(self, data: socket.socket, status: socket.socket, take: Callable[[Any], None]) -> None:
        """Take what comes until the reader has ended and all it sent is here.

        Raises:
            DocumentError: ``time_limit``, or what the reader says of the document.
            BadMessage: what it sends is no result, or more than one.
        """
        buffer = messages.FrameBuffer(self._limits.result_bytes)
        lines = b""
        with selectors.DefaultSelector() as selector:
            selector.register(data, selectors.EVENT_READ)
            selector.register(status, selectors.EVENT_READ)
            while selector.get_map():
                ready = [key.fileobj for key, _ in selector.select(max(self._seconds_left(), 0.0))]
                # The clock is looked at when nothing is there to be taken; how much there can be is limited.
                if not ready and self._exit is not None:
                    return  # what still holds the socket is not the reader
                if not ready and self._seconds_left() <= 0:
                    raise self._out_of_time(time.monotonic() - self._started)
                began = time.monotonic()
                if data in ready:
                    arrived = _receive(data)
                    if not arrived:
                        selector.unregister(data)
                    for content in buffer.add(arrived):
                        self._take(content, take)
                if status in ready:
                    arrived = _receive(status)
                    if not arrived:
                        selector.unregister(status)
                    lines = self._note_lines(lines + arrived)
                self._own_seconds += time.monotonic() - began

    def _see_its_end(self, data: socket.socket, status: socket.socket) -> None:
        """Have the reader killed if it still runs, and wait until it is no more."""
        if self._exit is not None:
            return
        data.close()
        status.settimeout(_READER_ENDS_WITHIN)
        lines = b""
        with contextlib.suppress(OSError):
            status.shutdown(socket.SHUT_WR)
            while arrived := _receive(status):
                lines = self._note_lines(lines + arrived)

    def _seconds_left(self) -> float:
        """Until the clock must be looked at again; none, or less, when the reader's time is over.

        Not counted are the seconds in which it waited for a core, or for this process to take what it sent;
        on a busy machine the others count less (``Limits.wait_factor``).
        """
        if self._exit is not None:
            return _READER_ENDS_WITHIN
        if self._pid is not None:
            self._queue_seconds = max(self._queue_seconds, sandbox.seconds_in_queue(self._pid))
        budget = self._limits.seconds_for(self.pages)
        passed = time.monotonic() - self._started
        counted = passed - self._queue_seconds - self._own_seconds
        if self._queue_seconds > _BUSY_SHARE * passed:
            counted /= BUSY_SLOWDOWN
        return min(budget - counted, budget * self._limits.wait_factor - passed)

    def _out_of_time(self, passed: float) -> DocumentError:
        limits = self._limits
        budget = f"{limits.seconds_for(self.pages):,.1f} s"
        if self.pages:
            why = f"{limits.seconds:g} s and {limits.seconds_per_page:g} s a page; it has {self.pages:,}"
        else:
            why = "its pages were not yet counted"
        return DocumentError(
            "time_limit", f"It was still being read after {passed:,.1f} s; the limit is {budget} ({why})."
        )

    def _take(self, content: Any, take: Callable[[Any], None]) -> None:
        if self._is_done:
            raise messages.BadMessage("something comes after the end")
        if not isinstance(content, dict) or content.keys().isdisjoint(
            ("page_count", "done", "error", "failed")
        ):
            take(content)
            return
        if "page_count" in content:
            self._count(content["page_count"])
        elif "error" in content:
            self._raise(content["error"])
        elif "failed" in content:
            raise DocumentError("internal_error", f"The program failed: {str(content['failed'])[:2000]}")
        else:
            self._is_done = True

    def _count(self, pages: Any) -> None:
        if not isinstance(pages, int) or isinstance(pages, bool) or pages < 0 or self.pages:
            raise messages.BadMessage("no number of pages")
        self.pages = pages
        if pages > self._limits.pages:
            raise DocumentError(
                "page_limit", f"The file has {pages:,} pages; the limit is {self._limits.pages:,}."
            )

    def _raise(self, error: Any) -> None:
        said = messages.to_record(_Said, error)
        if said.code not in CATALOGUE:
            raise messages.BadMessage("an error that is not in the catalogue")
        raise DocumentError(said.code, said.message, page=said.page)

    def _note_lines(self, lines: bytes) -> bytes:
        """Note what the server says of the reader; returns the beginning of a line that is not whole."""
        *whole, rest = lines.split(b"\n")
        for said in map(json.loads, whole):
            if "error" in said:
                raise PublicationStopped(f"No process can be started to read PDFs in: {said['error']}.")
            if "pid" in said:
                self._pid = said["pid"]
            else:
                self._exit = said
        return rest

    def _note_usage(self) -> None:
        ended = self._exit or {}
        self.usage = Usage(
            time.monotonic() - self._started,
            ended.get("cpu_seconds", 0.0),
            ended.get("peak_kb", 0) / 1024,
            self.pages,
        )

    def _why_it_ended(self) -> DocumentError:
        """What a reader that ended on its own, without a last word, died of."""
        limit_mb = self._limits.memory_bytes // _MB
        if self._exit is None:
            if self._pid is None:
                raise PublicationStopped("The process that PDFs are read in ended before it read this one.")
            return self.crash("the process that watches it ended")
        code = self._exit["exit"]
        if code == -signal.SIGXCPU:
            return self._out_of_time(self.usage.cpu_seconds)
        if code == OUT_OF_MEMORY:
            return DocumentError("memory_limit", f"Reading it takes more than {limit_mb:,} MB of memory.")
        how = f"killed by {signal.Signals(-code).name}" if code < 0 else f"at its end with code {code}"
        if code < 0 and self.usage.peak_mb > _MUCH_OF_MEMORY * limit_mb:
            return DocumentError(
                "memory_limit",
                f"Its reader was {how} when it had {self.usage.peak_mb:,.0f} MB of memory; the limit is "
                f"{limit_mb:,} MB.",
            )
        if code == -signal.SIGABRT:
            how += ", by which a library ends itself when it is refused memory or finds itself damaged,"
        return self.crash(f"it was {how} after {self.usage.seconds:.1f} s")


class _Said(NamedTuple):
    code: str
    message: str
    page: int | None


def _receive(end: socket.socket) -> bytes:
    try:
        return end.recv(_CHUNK)
    except ConnectionResetError:  # it ended without reading all that was sent to it
        return b""


# --- the process that forks readers ---------------------------------------------------------------


class Readers:
    """Starts a reader for each document, through a server of this process (``server``).

    The server is started with the first document and ends with this process; where it died, the next document
    starts another. Any number of threads may ask for readers.

    Args:
        entry: ``module:function`` that a reader runs with its socket.
    """

    def __init__(self, entry: str = _ENTRY) -> None:
        self._entry = entry
        self._lock = threading.Lock()
        self._control: socket.socket | None = None
        self._server: subprocess.Popen[bytes] | None = None
        self.is_network_off = False
        _all_readers.add(self)

    @property
    def server_pid(self) -> int | None:
        """Of the server, None where none runs."""
        return self._server.pid if self._server is not None else None

    def start(self) -> None:
        """Start the server if it does not run.

        Raises:
            PublicationStopped: it cannot be started.
            UsageError: this system cannot fork.
        """
        with self._lock:
            if self._server is not None and self._server.poll() is not None:
                self._end()
            if self._server is None:
                self._start()

    def _start(self) -> None:
        if not hasattr(os, "fork"):
            raise UsageError(
                "PDFs cannot be read in a process of their own on this system: use Linux or WSL."
            )
        control, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, "-c", _SERVER, str(theirs.fileno()), self._entry, json.dumps(sys.path)]
            self._server = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # Ctrl-C is for the caller, which then ends it
            )
        self._control = control
        control.settimeout(_SERVER_STARTS_WITHIN)
        try:
            with control.makefile("rb") as stream:
                hello = stream.readline()
            self.is_network_off = bool(json.loads(hello)["is_network_off"])
        except (OSError, ValueError) as error:
            self._end()
            raise PublicationStopped(
                "The process that PDFs are read in did not start; what it wrote stands above. Is the "
                "installation complete, and is there memory left?"
            ) from error
        except BaseException:
            self._end()
            raise
        control.settimeout(None)

    @contextlib.contextmanager
    def reader(self) -> Iterator[tuple[socket.socket, socket.socket]]:
        """A new reader: its socket, and that of what the server says of it. Leaving the block ends it.

        Raises:
            PublicationStopped: the server ended.
        """
        with contextlib.ExitStack() as stack:
            data, theirs = map(stack.enter_context, socket.socketpair())
            status, servers = map(stack.enter_context, socket.socketpair())
            with self._lock:
                if self._control is None:
                    raise PublicationStopped("No process runs that PDFs could be read in.")
                try:
                    socket.send_fds(self._control, [b"R"], [theirs.fileno(), servers.fileno()])
                except OSError as error:
                    raise PublicationStopped("The process that PDFs are read in ended.") from error
            theirs.close()
            servers.close()
            yield data, status

    def close(self) -> None:
        """End the server, and with it every reader."""
        with self._lock:
            self._end()

    def _end(self) -> None:
        server = self._server
        self._forget()
        if server is None:
            return
        try:
            server.wait(_SERVER_ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()

    def _forget(self) -> None:
        if self._control is not None:
            self._control.close()
        self._control = self._server = None

    def leave_to_parent(self) -> None:
        """In a forked copy of the process: let go of the server, which must see the end of the original."""
        self._lock = threading.Lock()
        self._forget()


_all_readers: Final[weakref.WeakSet[Readers]] = weakref.WeakSet()
_default: Final = Readers()


def default_readers() -> Readers:
    """The readers of this process."""
    return _default


def _leave_all_to_parent() -> None:
    for readers in list(_all_readers):
        readers.leave_to_parent()


def _close_all() -> None:
    for readers in list(_all_readers):
        readers.close()


atexit.register(_close_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_all_to_parent)
