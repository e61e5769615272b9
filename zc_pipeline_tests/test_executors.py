"""Documents read side by side: the same tables whoever reads them, nothing lost, nothing twice."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from zc_pipeline.errors import PublicationStopped, UsageError
from zc_pipeline.isolation import reading, shipping
from zc_pipeline.isolation.limits import Limits
from zc_pipeline.isolation.reading import Readers
from zc_pipeline.parse.document import hash_file
from zc_pipeline.pipeline import RunContext, executors, find_raw, read_pages, run_year
from zc_pipeline.pipeline.executors import read_files, reading_executor, run_bounded, usable_cores
from zc_pipeline.schemas import PUBLISHED_TABLES, WORKING_TABLES
from zc_pipeline.settings import read_settings
from zc_pipeline.storage.parquet import read_table
from zc_pipeline.storage.paths import DataPaths
from zc_pipeline_tests.conftest import ROOT
from zc_pipeline_tests.drawing import draw_disclosure, faulty, make_disclosure

YEAR = 2024
needs_dask = pytest.mark.skipif(
    find_spec("distributed") is None, reason="dask.distributed is not installed (extra dask)"
)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Eight documents, one of which is no PDF, each of a department of its own."""
    folder = tmp_path_factory.mktemp("files")
    for seed in range(7):
        made = make_disclosure(seed, year=YEAR, projects_per_unit=2)
        units = tuple(dataclasses.replace(unit, name=f"第{seed}区{unit.name}") for unit in made.units)
        made = dataclasses.replace(made, department=f"第{seed}区{made.department}", units=units)
        draw_disclosure(made, folder / f"{seed}.pdf")
    faulty.not_a_pdf(folder / "7.pdf")
    return sorted(folder.iterdir())


def run_over(files: list[Path], folder: Path) -> RunContext:
    """All stages over the files, in a data folder of its own; what the settings say counts."""
    context = RunContext(DataPaths(folder), "a run", now=pd.Timestamp("2024-03-01", tz="UTC").to_pydatetime())
    place = context.paths.raw_dir / str(YEAR)
    place.mkdir(parents=True)
    for file in files:
        target = place / file.name
        target.write_bytes(file.read_bytes())
        os.utime(target, (1_700_000_000, 1_700_000_000))
    run_year(context, YEAR)
    return context


def tables_of(context: RunContext, files: list[Path]) -> dict[str, pd.DataFrame]:
    """Every published table, and every document's working tables."""
    places = {table: context.paths.published(table, YEAR) for table in PUBLISHED_TABLES}
    for file in files:
        for table in WORKING_TABLES:
            places[f"{table} {file.name}"] = context.paths.working(table, YEAR, hash_file(file))
    stored = {name: read_table(place, name.split()[0]) for name, place in places.items()}
    assert None not in stored.values()
    return {name: one.frame for name, one in stored.items() if one is not None}


def assert_same_tables(found: dict[str, pd.DataFrame], expected: dict[str, pd.DataFrame]) -> None:
    assert found.keys() == expected.keys()
    for name, frame in expected.items():
        pd.testing.assert_frame_equal(found[name], frame, obj=name)


@pytest.fixture(scope="module")
def by_one(files: list[Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, pd.DataFrame]:
    """What one worker of this machine makes of the files."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZC_WORKERS", "1")
        tables = tables_of(run_over(files, tmp_path_factory.mktemp("by_one")), files)
    assert len(tables["documents"]) == len(files)
    assert len(tables["projects"]) >= 2 * 7
    return tables


# --- in order, and no more than so many ------------------------------------------------------------


def test_results_come_in_order_though_the_first_is_done_last() -> None:
    others_done = threading.Barrier(3)

    def work(number: int) -> int:
        if number in (0, 1, 2):
            others_done.wait(20)  # 0 cannot end before 1 and 2 have begun
        return number

    with ThreadPoolExecutor(3) as executor:
        found = run_bounded(lambda n: executor.submit(work, n), range(20), lambda: 3)
        assert [(item, future.result()) for item, future in found] == [(n, n) for n in range(20)]


def test_items_are_taken_only_as_far_as_the_window_goes() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in range(100):
            taken.append(number)
            yield number

    def submit(number: int) -> Future[int]:
        future: Future[int] = Future()
        future.set_result(number)
        return future

    for done, _ in enumerate(run_bounded(submit, items(), lambda: 4), start=1):
        assert len(taken) <= done + 3
    assert taken == list(range(100))


def test_what_one_item_raises_is_its_own() -> None:
    with ThreadPoolExecutor(2) as executor:
        found = run_bounded(lambda n: executor.submit(lambda: 1 / n), [1, 0, 2], lambda: 2)
        raised = [future.exception() for _, future in found]
    assert raised[0] is None
    assert isinstance(raised[1], ZeroDivisionError)
    assert raised[2] is None


def test_what_is_under_way_is_cancelled_when_nobody_takes_it_any_more() -> None:
    given: list[Future[int]] = []

    def submit(number: int) -> Future[int]:
        given.append(Future())
        if number == 0:
            given[-1].set_result(0)
        return given[-1]

    found = run_bounded(submit, range(10), lambda: 5)
    next(found)
    found.close()
    assert [future.cancelled() for future in given] == [False, True, True, True, True]


def test_waiting_ends_when_nobody_is_left_to_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executors, "_LOOK_EVERY", 0.01)
    asked = iter([2, 2, 2])

    def window() -> int:
        for answer in asked:
            return answer
        raise PublicationStopped("nobody is left")

    with pytest.raises(PublicationStopped, match="nobody is left"):
        next(run_bounded(lambda _: Future[int](), range(10), window))


# --- this machine ---------------------------------------------------------------------------------


def test_two_workers_make_the_tables_of_one(
    files: list[Path], by_one: dict[str, pd.DataFrame], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZC_WORKERS", "2")
    assert_same_tables(tables_of(run_over(files, tmp_path), files), by_one)


@pytest.fixture
def breaking_on_b(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The readers of this process break down on ``b.pdf``."""
    monkeypatch.syspath_prepend(ROOT)
    readers = Readers("zc_pipeline_tests.isolation.misbehaving:breaks_down_on_b")
    monkeypatch.setattr(reading, "_default", readers)
    yield
    readers.close()


@pytest.mark.usefixtures("breaking_on_b")
def test_a_reader_that_breaks_down_is_the_problem_of_its_document(
    files: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZC_WORKERS", "3")
    named = []
    for name, file in zip(["a.pdf", "b.pdf", "c.pdf"], files, strict=False):
        named.append(tmp_path / name)
        named[-1].write_bytes(file.read_bytes())
    tables = tables_of(run_over(named, tmp_path / "data"), named)
    assert tables["documents"]["verdict"].to_list() == ["accepted", "refused", "accepted"]
    problems = tables["problems"]
    assert problems[problems["code"] == "reader_crashed"]["source_file"].to_list() == ["2024/b.pdf"]


def test_two_documents_are_read_at_the_same_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each reading waits for the other to begin: one after the other would never end."""
    both = threading.Barrier(2, timeout=30)
    true_read = executors.read_page_text_isolated

    def together(path: Path, limits: Limits) -> object:
        both.wait()
        return true_read(path, limits)

    monkeypatch.setattr(executors, "read_page_text_isolated", together)
    with reading_executor(read_settings({"ZC_WORKERS": "2"})) as pool:
        found = list(read_files(pool, [(tmp_path / "a", None), (tmp_path / "b", None)], Limits()))
    assert [one.problems[0].code for one in found] == ["file_unreadable", "file_unreadable"]


def test_a_run_that_is_stopped_leaves_no_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is under way when the block is left is ended, not waited for."""
    monkeypatch.syspath_prepend(ROOT)
    readers = Readers("zc_pipeline_tests.isolation.misbehaving:sleeps")
    monkeypatch.setattr(reading, "_default", readers)
    path = tmp_path / "x.pdf"
    path.write_bytes(b"%PDF-1.4")
    began = time.monotonic()
    with reading_executor(read_settings({"ZC_WORKERS": "2"})) as pool:
        futures = [pool.submit(path, Limits(seconds=50), None) for _ in range(4)]
        while readers.server_pid is None:
            time.sleep(0.01)
    assert time.monotonic() - began < 40
    assert all(future.done() for future in futures)
    assert readers.server_pid is None


def test_nothing_to_read_asks_nobody(context: RunContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZC_EXECUTOR", "dask")  # an address is missing
    (context.paths.raw_dir / str(YEAR)).mkdir()
    find_raw(context, YEAR)
    assert read_pages(context, YEAR).made == 0


def test_cores_are_those_of_the_container(tmp_path: Path) -> None:
    place = tmp_path / "cpu.max"
    for text, cores in (("150000 100000\n", 2), ("100000 100000\n", 1), ("max 100000\n", 1 << 16)):
        place.write_text(text)
        assert executors._share_of_container(place) == cores
    assert executors._share_of_container(tmp_path / "none") == 1 << 16
    assert 1 <= usable_cores(4) <= 4


# --- other machines -------------------------------------------------------------------------------


def test_a_shipped_document_is_read_as_here(files: list[Path]) -> None:
    shipment = shipping.pack_file(files[0], Limits())
    assert shipment is not None
    assert shipping.read_shipped(shipment) == reading.read_page_text_isolated(files[0])


def test_limits_travel_along(files: list[Path]) -> None:
    shipment = shipping.pack_file(files[0], Limits(seconds=0.0, seconds_per_page=0.0, wait_factor=1.0))
    assert shipment is not None
    assert [problem.code for problem in shipping.read_shipped(shipment).problems] == ["time_limit"]


def test_what_must_not_be_opened_is_not_shipped(files: list[Path], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert shipping.pack_file(tmp_path / "pipe", Limits()) is None
    assert shipping.pack_file(tmp_path / "none", Limits()) is None
    assert shipping.pack_file(files[0], Limits(file_bytes=10)) is None


def test_a_worker_that_reads_otherwise_reads_nothing(files: list[Path]) -> None:
    shipment = shipping.pack_file(files[0], Limits())
    assert shipment is not None
    other = tuple((name, "0" if name == "pypdfium2" else version) for name, version in shipment.made_for)
    with pytest.raises(PublicationStopped, match=r"pypdfium2 .*, the run has 0.*Install the same release"):
        shipping.read_shipped(dataclasses.replace(shipment, made_for=other))


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({}, "ZC_DASK_SCHEDULER=tcp://host:8786"),
        pytest.param(
            {"ZC_DASK_SCHEDULER": "tcp://127.0.0.1:9"},
            "No Dask scheduler answers at tcp://127.0.0.1:9",
            marks=needs_dask,
        ),
    ],
)
def test_a_cluster_that_is_not_there_is_said(
    environment: dict[str, str], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executors, "_CLUSTER_ANSWERS_WITHIN", 0.5)
    settings = read_settings({"ZC_EXECUTOR": "dask", **environment})
    with pytest.raises(UsageError, match=words), reading_executor(settings):
        pass


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    settings = read_settings({"ZC_EXECUTOR": "dask", "ZC_DASK_SCHEDULER": "tcp://127.0.0.1:9"})
    with pytest.raises(UsageError, match=r"pip install 'zc_pipeline\[dask\]'"), reading_executor(settings):
        pass


class Cluster:
    """A Dask scheduler and two workers, each a process of its own on this machine's loopback."""

    def __init__(self, folder: Path, allowed_failures: int) -> None:
        self._folder = folder
        self._facts = folder / "scheduler.json"
        self._started: list[subprocess.Popen[bytes]] = []
        self._environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)]),
            "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": str(allowed_failures),
        }
        on_loopback = ["--host", "127.0.0.1", "--no-dashboard", "--scheduler-file", str(self._facts)]
        self._start("scheduler", "--port", "0", *on_loopback)
        for name in ("first", "second"):
            words = ["--nthreads", "1", "--no-nanny", "--name", name, "--local-directory", str(folder / name)]
            self._start("worker", *on_loopback, *words)
        self.client = self._connect()
        self.client.wait_for_workers(2, timeout=120)

    def _start(self, program: str, *words: str) -> None:
        with (self._folder / f"{len(self._started)}.log").open("wb") as output:
            self._started.append(
                subprocess.Popen(
                    [sys.executable, "-m", f"distributed.cli.dask_{program}", *words],
                    env=self._environment,
                    cwd=self._folder,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                )
            )

    def _connect(self) -> Any:
        import distributed

        deadline = time.monotonic() + 120
        while not self._facts.exists():
            assert self._started[0].poll() is None, (self._folder / "0.log").read_text()
            assert time.monotonic() < deadline, "the scheduler did not start"
            time.sleep(0.05)
        return distributed.Client(scheduler_file=str(self._facts), timeout=120, set_as_default=False)

    @property
    def address(self) -> str:
        return str(self.client.scheduler.address)

    def kill(self, number: int) -> None:
        """Kill a worker, 1 or 2."""
        os.kill(self._started[number].pid, signal.SIGKILL)
        self._started[number].wait()

    def wait_until_both_have_work(self) -> None:
        deadline = time.monotonic() + 60
        while not all(self.client.processing().values()):
            assert time.monotonic() < deadline, "a worker got nothing to read"
            time.sleep(0.02)

    def close(self) -> None:
        self.client.close()
        for process in self._started:
            process.kill()
            process.wait()


@pytest.fixture
def start_cluster(tmp_path: Path) -> Iterator[Callable[..., Cluster]]:
    started: list[Cluster] = []

    def start(allowed_failures: int = 3) -> Cluster:
        folder = tmp_path / f"cluster{len(started)}"
        folder.mkdir()
        started.append(Cluster(folder, allowed_failures))
        return started[-1]

    yield start
    for cluster in started:
        cluster.close()


@needs_dask
@pytest.mark.slow
@pytest.mark.parametrize("allowed_failures", [3, 0])
def test_a_worker_that_is_killed_in_the_middle_changes_nothing(
    allowed_failures: int,
    files: list[Path],
    by_one: dict[str, pd.DataFrame],
    start_cluster: Callable[..., Cluster],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """What it had is read by the other; where the cluster gives it up for that, it is read here."""
    cluster = start_cluster(allowed_failures)
    monkeypatch.setenv("ZC_EXECUTOR", "dask")
    monkeypatch.setenv("ZC_DASK_SCHEDULER", cluster.address)

    def kill_one() -> None:
        cluster.wait_until_both_have_work()
        cluster.kill(1)

    with ThreadPoolExecutor(1) as beside:
        killed = beside.submit(kill_one)
        context = run_over(files, tmp_path / "data")
        killed.result()
    assert_same_tables(tables_of(context, files), by_one)
    was_read_here = any("reading it here" in record.getMessage() for record in caplog.records)
    assert was_read_here == (allowed_failures == 0)


@needs_dask
@pytest.mark.slow
def test_a_cluster_without_workers_stops_the_run_and_another_goes_on(
    files: list[Path],
    by_one: dict[str, pd.DataFrame],
    start_cluster: Callable[..., Cluster],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cluster = start_cluster()
    monkeypatch.setenv("ZC_EXECUTOR", "dask")
    monkeypatch.setenv("ZC_DASK_SCHEDULER", cluster.address)
    with reading_executor(read_settings()) as pool:
        found = read_files(pool, [(files[0], None)] * 30, Limits())
        next(found)
        cluster.kill(1)
        cluster.kill(2)
        monkeypatch.setattr(executors, "_CLUSTER_ANSWERS_WITHIN", 1.0)
        monkeypatch.setattr(executors, "_LOOK_EVERY", 0.2)
        with pytest.raises(PublicationStopped, match="has had no worker for"):
            list(found)
    monkeypatch.setenv("ZC_EXECUTOR", "local")
    assert_same_tables(tables_of(run_over(files, tmp_path / "data"), files), by_one)
