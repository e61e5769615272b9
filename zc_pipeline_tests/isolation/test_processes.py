"""Readers that break down, misbehave or are left alone: what the caller says, and what is left of them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from zc_pipeline.errors import PublicationStopped
from zc_pipeline.isolation import reading
from zc_pipeline.isolation.limits import BUSY_SLOWDOWN
from zc_pipeline.isolation.reading import Readers, default_readers, measure_page_text, read_page_text_isolated
from zc_pipeline_tests.conftest import ROOT
from zc_pipeline_tests.isolation import hostile
from zc_pipeline_tests.isolation.conftest import SMALL, Misbehave

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="holds on Linux only, as the package says")


def children_of(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def wait_until(condition: Callable[[], bool], seconds: float = 120.0) -> None:
    """Wait for what is bound to happen; only what never does takes so long."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("ends_by_segmentation_fault", "SIGSEGV"),
        ("is_killed_from_outside", "SIGKILL"),
        ("ends_in_silence", "code 0"),
        ("ends_before_it_listens", "code 9"),
    ],
)
def test_a_reader_that_breaks_down_is_named(misbehave: Misbehave, entry: str, words: str) -> None:
    problem, _ = misbehave(entry)
    assert problem.code == "reader_crashed"
    assert words in problem.message


@pytest.mark.parametrize(
    "entry",
    [
        "sends_rubbish",
        "sends_half_a_frame",
        "sends_no_json",
        "sends_deep_json",
        "sends_a_wrong_record",
        "sends_an_unknown_code",
        "sends_an_unknown_list",
        "sends_after_the_end",
        "counts_twice",
        "counts_backwards",
        "sends_plain_bytes",
    ],
)
def test_what_is_no_result_is_not_taken_for_one(misbehave: Misbehave, entry: str) -> None:
    assert misbehave(entry)[0].code == "reader_crashed"


@pytest.mark.parametrize("entry", ["claims_a_huge_frame", "sends_without_end"])
def test_a_result_without_end_is_cut_off(misbehave: Misbehave, entry: str) -> None:
    assert misbehave(entry, replace(SMALL, result_bytes=1 << 20))[0].code == "memory_limit"


@pytest.mark.parametrize("entry", ["sleeps", "spins"])
def test_a_reader_without_end_is_ended_in_time(misbehave: Misbehave, entry: str) -> None:
    problem, usage = misbehave(entry, replace(SMALL, seconds=0.5))
    assert problem.code == "time_limit"
    assert "the limit is 0.5 s" in problem.message
    assert usage.seconds >= 0.5
    assert usage.cpu_seconds < BUSY_SLOWDOWN * 0.5 + 0.5


@on_linux
def test_memory_ends_at_its_limit(misbehave: Misbehave) -> None:
    problem, usage = misbehave("takes_memory")
    assert problem.code == "memory_limit"
    assert "200 MB" in problem.message
    assert 150 < usage.peak_mb < 300


@on_linux
def test_the_kernel_ends_a_reader_whose_caller_does_not_look(
    readers_of: Callable[[str], Readers], plain: Path
) -> None:
    readers = readers_of("spins")
    readers.start()
    limits = '{"pages": 1, "seconds": 0.1, "seconds_per_page": 0}'
    with readers.reader() as (data, status):
        data.sendall(b'{"limits": %s}\n' % limits.encode())
        status.settimeout(20)
        with status.makefile("r") as lines:
            said = [line for line in lines if "exit" in line]
    assert f'"exit": {-signal.SIGXCPU}' in said[0]


@on_linux
def test_what_a_reader_may_not_do(misbehave: Misbehave, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        path = tmp_path / f"x.pdf@{server.getsockname()[1]}"
        hostile.write_pdf(path, hostile.one_page())
        problem, _ = misbehave("tries_what_is_forbidden", path=path)
    assert problem.message.startswith("done:")
    done = set(problem.message.removeprefix("done:").split())
    assert ("connect" in done) == (not reading.is_network_off())
    if os.geteuid() == 0:
        done.discard("raise")  # root's rights may raise limits again
    assert done <= {"connect"}


@on_linux
def test_a_reader_has_no_descriptor_of_others(readers_of: Callable[[str], Readers], plain: Path) -> None:
    readers = readers_of("lists_its_descriptors")
    readers.start()
    with readers.reader():  # another document is being read
        result, _ = measure_page_text(plain, SMALL, readers)
    assert result.problems[0].message == "descriptors [0, 1, 2, 3]"


@on_linux
def test_a_machine_that_is_busy_refuses_nothing(readers_of: Callable[[str], Readers], plain: Path) -> None:
    readers = readers_of("spins_one_second")
    readers.start()
    core = min(os.sched_getaffinity(0))
    code = f"import os\nos.sched_setaffinity(0, {{{core}}})\nprint('busy', flush=True)\nwhile True: pass"
    spinners = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) for _ in range(6)]
    try:
        for one in spinners:
            assert one.stdout is not None
            assert one.stdout.readline() == b"busy\n"
        assert readers.server_pid is not None
        os.sched_setaffinity(readers.server_pid, {core})
        result, usage = measure_page_text(plain, replace(SMALL, seconds=1.3, wait_factor=40), readers)
    finally:
        for one in spinners:
            one.kill()
            one.communicate()
    assert result.problems[0].message == "one second of a core"
    assert usage.seconds > 1.3, "the machine was not busy: the test shows nothing"


# --- nothing is left ------------------------------------------------------------------------------


@on_linux
def test_no_process_is_left_of_a_document(plain: Path, tmp_path: Path) -> None:
    read_page_text_isolated(plain)
    read_page_text_isolated(hostile.endless_text(tmp_path / "x.pdf"), replace(SMALL, seconds=0.2))
    server = default_readers().server_pid
    assert server is not None
    assert children_of(server) == []


@on_linux
def test_a_server_that_was_killed_takes_its_reader_along(
    readers_of: Callable[[str], Readers], plain: Path
) -> None:
    readers = readers_of("sleeps")
    readers.start()
    first = readers.server_pid
    assert first is not None
    with readers.reader():
        wait_until(lambda: len(children_of(first)) == 1)
        (reader,) = children_of(first)
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: not is_running(reader))
    result, _ = measure_page_text(plain, replace(SMALL, seconds=0.2), readers)
    assert result.problems[0].code == "time_limit"
    assert readers.server_pid not in (None, first)


@on_linux
def test_a_reader_that_kills_its_server_is_the_only_one_to_fail(misbehave: Misbehave) -> None:
    assert misbehave("kills_its_server")[0].code == "reader_crashed"


_CALLER = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # the caller's own caller may ignore it
from pathlib import Path
from zc_pipeline.isolation.reading import default_readers, read_page_text_isolated
default_readers().start()
print(default_readers().server_pid, flush=True)
read_page_text_isolated(Path(sys.argv[1]))
"""


@on_linux
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_nothing_outlives_its_caller(tmp_path: Path, end: signal.Signals) -> None:
    path = hostile.endless_text(tmp_path / "x.pdf")
    caller = subprocess.Popen(
        [sys.executable, "-c", _CALLER, str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
    )
    try:
        assert caller.stdout is not None
        server = int(caller.stdout.readline())
        wait_until(lambda: len(children_of(server)) == 1)
        (reader,) = children_of(server)
        caller.send_signal(end)
        wait_until(lambda: not is_running(server) and not is_running(reader))
    finally:
        caller.kill()
        caller.wait()
        caller.stdout.close()  # type: ignore[union-attr]


@on_linux
def test_a_forked_copy_of_the_caller_has_a_server_of_its_own(plain: Path) -> None:
    default_readers().start()
    ours = default_readers().server_pid
    copy = os.fork()
    if copy == 0:
        pages = len(read_page_text_isolated(plain).pages)
        theirs = default_readers().server_pid
        default_readers().close()
        os._exit(0 if pages == 1 and theirs != ours else 1)
    _, status = os.waitpid(copy, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert len(read_page_text_isolated(plain).pages) == 1
    assert default_readers().server_pid == ours


def test_closing_leaves_no_zombie(readers_of: Callable[[str], Readers]) -> None:
    readers = readers_of("sleeps")
    readers.start()
    server = readers.server_pid
    assert server is not None
    readers.close()
    assert readers.server_pid is None
    with pytest.raises(ProcessLookupError):
        os.kill(server, 0)


def test_a_server_that_does_not_start_stops_the_run_and_blames_no_document(plain: Path) -> None:
    with pytest.raises(PublicationStopped, match="did not start"):
        measure_page_text(plain, SMALL, Readers("zc_pipeline.isolation.worker:no_such_function"))
