"""Where documents are read: by processes of this machine, or by the workers of a Dask cluster.

Each document is read in a process of its own that is thrown away afterwards (``isolation``), wherever that
is. What stands before such a process is a :class:`concurrent.futures.Executor`: here threads, each of which
waits for one process at a time and has little to do itself; or the executor of a Dask client, whose workers
do the same on their machines. Results come back in the order of the documents, and only so many are under way
that memory stays flat: so the tables are the same, whoever reads.
"""

from __future__ import annotations

import contextlib
import logging
import math
import os
import stat
import tempfile
import time
import warnings
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from zc_pipeline.errors import PublicationStopped, Stage, UsageError, ZcPipelineError, path_in_words
from zc_pipeline.isolation.limits import Limits
from zc_pipeline.isolation.reading import default_readers, read_page_text_isolated
from zc_pipeline.isolation.shipping import pack_file, read_shipped
from zc_pipeline.model import Problem
from zc_pipeline.parse.document import PageTextResult, hash_file
from zc_pipeline.pipeline.gating import internal_problem
from zc_pipeline.pipeline.working_files import UNREADABLE_CODE
from zc_pipeline.settings import Settings

log = logging.getLogger("zc_pipeline")

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

# Without a number in the settings: as many as there are cores, but no more than leave a server room for its
# other duties and, at the default limit of memory, take 4 GB.
MOST_WORKERS_UNASKED: Final = 4
# Documents under way for each that can be read at once: what a long one holds up is read meanwhile.
_AHEAD: Final = 4
_LOOK_EVERY: Final = 5.0  # seconds
_CLUSTER_ANSWERS_WITHIN: Final = 60.0
# A worker that fails (its machine cannot start a process) may be one of many.
_RETRIES: Final = 2


class FileChanged(PublicationStopped):
    """A file no longer has the content that the run listed: what was read of it has no name.

    Attributes:
        path: of the file.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path_in_words(path)} changed while the run read it; run again. What was published stays as it "
            "was."
        )
        self.path = path


@dataclass(frozen=True, slots=True)
class Reading:
    """A way to have documents read.

    Attributes:
        executor: takes the work.
        submit: gives it one document: its file, its limits and the content (sha256) that must be read, or
            None where any is welcome.
        window: how many may be under way now; raises PublicationStopped where nobody is left to read.
        lost: what a future raises when those who had its document are no more.
    """

    executor: Executor
    submit: Callable[[Path, Limits, str | None], Future[PageTextResult]]
    window: Callable[[], int]
    lost: tuple[type[BaseException], ...] = ()


@contextlib.contextmanager
def reading_executor(settings: Settings) -> Iterator[Reading]:
    """The executor that the settings choose, for the length of a block. Leaving it ends what is under way.

    Raises:
        UsageError: a Dask cluster is chosen, and its address or the package is missing, or nobody answers.
    """
    if settings.executor == "dask":
        with _dask(settings.dask_scheduler) as reading:
            yield reading
    else:
        with _local(settings.workers or usable_cores(MOST_WORKERS_UNASKED)) as reading:
            yield reading


def read_files(
    reading: Reading, files: Iterable[tuple[Path, str | None]], limits: Limits
) -> Iterator[PageTextResult]:
    """Read files, several at once; results in the order of the files, each file's once.

    What our own code fails on becomes a problem of that file. A file that workers of a cluster died with is
    read here: its reader is confined, and says what is the matter with it.

    Args:
        reading: from :func:`reading_executor`.
        files: each with the sha256 of the content that must be read; None where any is welcome. Taken only
            as far as documents may be under way.
        limits: what one document may take.

    Raises:
        FileChanged: a file has, or had meanwhile, another content.
        PublicationStopped: nobody is left to read, or readers cannot be started.
    """
    futures = run_bounded(lambda file: reading.submit(file[0], limits, file[1]), files, reading.window)
    with contextlib.closing(futures):
        for (path, document_id), future in futures:
            try:
                future.exception()  # waits for nothing: it is done
            except CancelledError as error:
                raise PublicationStopped(
                    "The Dask cluster dropped what it was given to read: its scheduler was restarted or is "
                    "gone. What was read is kept; run again when it is back, or with ZC_EXECUTOR=local."
                ) from error
            if isinstance(future.exception(), reading.lost):
                name = path_in_words(Path(path.name))
                log.warning(
                    "%s: the workers that were to read it died; reading it here",
                    name,
                    extra={"document": name},
                )
                yield guarded_read(path, limits, document_id)
            else:
                yield _guarded(path, future.result)


def guarded_read(path: Path, limits: Limits, document_id: str | None = None) -> PageTextResult:
    """Read a file in a process of its own; what our own code fails on becomes a problem of that file.

    Args:
        path: of the file.
        limits: what it may take.
        document_id: sha256 of the content that must be read; None where any is welcome.

    Raises:
        FileChanged: it has, or had meanwhile, another content.
        PublicationStopped: no such process can be started.
    """
    return _guarded(path, lambda: _read_unchanged(path, limits, document_id))


def _read_unchanged(path: Path, limits: Limits, document_id: str | None) -> PageTextResult:
    """Read a file here, and make sure that what was read is the content that it is published as.

    A reader opens the file several times by its path. So its bytes are hashed after the reading, and its
    inode and times are those of before; if only these differ, as when a backup links it, it is read anew.
    """
    for _ in range(2):
        before = _marks_of(path)
        result = _read_by_plain_name(path, limits)
        if document_id is None or any(one.code == UNREADABLE_CODE for one in result.problems):
            return result
        try:
            if not stat.S_ISREG(path.stat().st_mode) or hash_file(path) != document_id:
                raise FileChanged(path)
        except OSError as error:
            said = f"The file cannot be read: {error.strerror}."
            return PageTextResult((), (), (Problem(Stage.PAGE_TEXT, UNREADABLE_CODE, said),))
        if _marks_of(path) == before:
            return result
    raise FileChanged(path)


def _read_by_plain_name(path: Path, limits: Limits) -> PageTextResult:
    """Read a file here; one whose path is not UTF-8, which PDFium cannot be told, by a link to it."""
    if path_in_words(path) == str(path):
        return read_page_text_isolated(path, limits)
    with tempfile.TemporaryDirectory(prefix="zc_pipeline_") as folder:
        link = Path(folder) / "linked.pdf"
        link.symlink_to(path.absolute())
        return read_page_text_isolated(link, limits)


def _marks_of(path: Path) -> tuple[int, ...] | None:
    """What changes where another content is put in the file's place, and when the file is put back."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _guarded(path: Path, result: Callable[[], PageTextResult]) -> PageTextResult:
    try:
        return result()
    except ZcPipelineError:
        raise
    except Exception as error:
        name = path_in_words(Path(path.name))
        log.exception("%s: the program failed while reading it", name, extra={"document": name})
        return PageTextResult((), (), (internal_problem(Stage.PAGE_TEXT, error),))


def run_bounded(
    submit: Callable[[_Item], Future[_Result]],
    items: Iterable[_Item],
    window: Callable[[], int],
) -> Generator[tuple[_Item, Future[_Result]], None, None]:
    """Submit items as long as few enough are under way; yield each with its future, done, in their order.

    When the iterator is closed, or anything raises, what is under way is cancelled.

    Args:
        submit: gives an item to whoever works on it.
        items: in the order wanted.
        window: how many may be under way, the one that is yielded not among them. Asked before each is
            submitted and every few seconds while waiting; what it raises ends the iteration.
    """
    rest = iter(items)
    under_way: deque[tuple[_Item, Future[_Result]]] = deque()
    is_more = True
    try:
        while True:
            while is_more and len(under_way) < max(window(), 1):
                for item in rest:
                    under_way.append((item, submit(item)))
                    break
                else:
                    is_more = False
            if not under_way:
                return
            while not wait([under_way[0][1]], timeout=_LOOK_EVERY).done:
                window()
            yield under_way.popleft()
    finally:
        for _, future in under_way:
            future.cancel()


# --- this machine ---------------------------------------------------------------------------------


def usable_cores(most: int) -> int:
    """Cores that this process may use, those of its container's share included; at least 1."""
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:  # macOS
        cores = os.cpu_count() or 1
    return max(1, min(most, cores, _share_of_container()))


def _share_of_container(place: Path = Path("/sys/fs/cgroup/cpu.max")) -> int:
    """Cores' worth of time that the control group may use, rounded up; very many where it says nothing."""
    try:
        quota, period = place.read_text(encoding="ascii").split()[:2]
        return math.ceil(int(quota) / int(period))
    except (OSError, ValueError, ZeroDivisionError):  # none, or "max"
        return 1 << 16


@contextlib.contextmanager
def _local(workers: int) -> Iterator[Reading]:
    executor = ThreadPoolExecutor(workers, thread_name_prefix="reading")
    given: set[Future[PageTextResult]] = set()

    def submit(path: Path, limits: Limits, document_id: str | None = None) -> Future[PageTextResult]:
        future = executor.submit(_read_unchanged, path, limits, document_id)
        given.add(future)
        future.add_done_callback(given.discard)
        return future

    try:
        yield Reading(executor, submit, lambda: workers * _AHEAD)
    finally:
        executor.shutdown(wait=False, cancel_futures=True)
        # Nobody wants what is still being read: a thread ends when its reader does.
        while under_way := set(given):
            default_readers().close()
            wait(under_way, timeout=0.1)


# --- a Dask cluster -------------------------------------------------------------------------------


@contextlib.contextmanager
def _dask(address: str) -> Iterator[Reading]:
    if not address:
        raise UsageError(
            "ZC_EXECUTOR=dask needs the address of the cluster's scheduler: ZC_DASK_SCHEDULER=tcp://host:8786."
        )
    try:
        import distributed
    except ImportError as error:
        raise UsageError(
            "ZC_EXECUTOR=dask needs the package dask.distributed: python -m pip install 'zc_pipeline[dask]'"
        ) from error
    try:
        connect: Any = distributed.Client
        client = connect(address, timeout=_CLUSTER_ANSWERS_WITHIN, set_as_default=False, name="zc_pipeline")
    except (OSError, TimeoutError, ValueError) as error:
        raise UsageError(
            f"No Dask scheduler answers at {address}: start one, or check ZC_DASK_SCHEDULER ({error})."
        ) from error
    with client:
        cluster = _Cluster(client, address)
        cluster.wait_for_workers()
        executor = client.get_executor(pure=False, retries=_RETRIES)

        def submit(path: Path, limits: Limits, document_id: str | None = None) -> Future[PageTextResult]:
            shipment = pack_file(path, limits)
            if shipment is None:
                return _done(lambda: _read_unchanged(path, limits, document_id))
            if document_id not in (None, shipment.sha256):
                return _failed(FileChanged(path))
            with (
                warnings.catch_warnings()
            ):  # a document's bytes go along with its task, however many they are
                warnings.filterwarnings("ignore", message="Sending large graph")
                future: Future[PageTextResult] = executor.submit(read_shipped, shipment)
            return future

        try:
            yield Reading(executor, submit, cluster.window, (distributed.KilledWorker,))
        finally:
            executor.shutdown(wait=False)


def _done(call: Callable[[], _Result]) -> Future[_Result]:
    """A future of what is called here and now."""
    future: Future[_Result] = Future()
    try:
        future.set_result(call())
    except Exception as error:
        future.set_exception(error)
    return future


def _failed(error: Exception) -> Future[Any]:
    """A future of what is known to fail."""
    future: Future[Any] = Future()
    future.set_exception(error)
    return future


class _Cluster:
    """Who is there to read."""

    def __init__(self, client: Any, address: str) -> None:
        self._client = client
        self._address = address
        self._threads = 0
        self._looked = self._seen = -math.inf

    def wait_for_workers(self) -> None:
        """Wait for the first worker.

        Raises:
            UsageError: none comes.
        """
        try:
            self._client.wait_for_workers(1, timeout=_CLUSTER_ANSWERS_WITHIN)
        except (OSError, TimeoutError) as error:
            raise UsageError(
                f"The Dask scheduler at {self._address} has no worker: start some where zc_pipeline is "
                f"installed, `dask worker {self._address}`."
            ) from error
        self._seen = time.monotonic()

    def window(self) -> int:
        """How many documents may be under way: some for each thread of the workers that are there.

        Raises:
            PublicationStopped: there has been no worker, or no scheduler, for a while.
        """
        now = time.monotonic()
        if now - self._looked >= _LOOK_EVERY:
            self._looked = now
            self._threads = self._count_threads()
            if self._threads:
                self._seen = now
            elif now - self._seen > _CLUSTER_ANSWERS_WITHIN:
                raise PublicationStopped(
                    f"The Dask cluster at {self._address} has had no worker for "
                    f"{_CLUSTER_ANSWERS_WITHIN:.0f} s. What was read is kept; start workers and run again, "
                    "or run with ZC_EXECUTOR=local."
                )
        return self._threads * _AHEAD

    def _count_threads(self) -> int:
        try:
            return sum(self._client.nthreads().values())
        except (OSError, TimeoutError, RuntimeError):  # the scheduler does not answer
            return 0
