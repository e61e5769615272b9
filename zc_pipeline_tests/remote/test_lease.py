"""The lease at an address: one run at a time, whatever becomes of it."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from zc_pipeline.errors import StorageRefused
from zc_pipeline.remote import push
from zc_pipeline.remote.folder import RemoteFolder
from zc_pipeline.remote.lease import leased
from zc_pipeline_tests.remote.conftest import Frail, Machine
from zc_pipeline_tests.remote.test_mirror import publish, put, seen


def lease_of_another(folder: RemoteFolder, number: int = 1, **said: object) -> None:
    """A lease that nobody renews."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    content = {
        "mirror": "theirs",
        "host": "far",
        "pid": 12,
        "run": "x",
        "since": now,
        "renewed": now,
        "beat": 0,
    }
    folder.write(f"leases/{number:08}.json", json.dumps(content | said).encode())


def test_a_second_run_is_refused_with_a_sentence_that_names_the_first(
    machine: Callable[[str], Machine], memory: str
) -> None:
    put(memory, "raw/2024/a.pdf", b"%PDF one")
    lease_of_another(RemoteFolder(memory))
    with pytest.raises(StorageRefused) as refused, machine("b")(memory):
        pytest.fail("two runs at once")
    said = str(refused.value)
    assert "Another run is at work at memory://" in said
    assert "process 12 on far, run x, since 20" in said
    assert "Call again when it has ended" in said


def test_a_released_lease_is_followed_at_once_and_one_object_is_left(memory: str) -> None:
    folder = RemoteFolder(memory)
    for _ in range(3):
        with leased(folder, "mine", "run", wait_seconds=0) as lease:
            lease.check(is_asked=True)
    assert list(folder.find("leases/")) == ["leases/00000003.json"]
    with leased(folder, "another", "run", wait_seconds=0):
        pass


def test_while_it_is_held_nobody_else_gets_one(memory: str) -> None:
    folder = RemoteFolder(memory)
    with (
        leased(folder, "mine", "run", wait_seconds=0),
        pytest.raises(StorageRefused, match="Another run is at work"),
        leased(folder, "theirs", "run", wait_seconds=0),
    ):
        pytest.fail("two leases")


@pytest.mark.parametrize(
    "said",
    [
        {"mirror": "mine", "host": socket.gethostname()},  # this machine's own, whose lock nobody holds
        {"renewed": (datetime.now(UTC) - timedelta(hours=2)).isoformat()},
    ],
)
def test_a_dead_holder_is_followed_without_waiting(memory: str, said: dict[str, object]) -> None:
    folder = RemoteFolder(memory)
    lease_of_another(folder, 7, **said)
    with leased(folder, "mine", "run", wait_seconds=0):
        assert list(folder.find("leases/")) == ["leases/00000008.json"]


def test_a_mirror_that_was_copied_elsewhere_is_another_machine(memory: str) -> None:
    folder = RemoteFolder(memory)
    lease_of_another(folder, mirror="mine", host="far")
    with (
        pytest.raises(StorageRefused, match="Another run is at work"),
        leased(folder, "mine", "run", wait_seconds=0),
    ):
        pytest.fail("two runs at once")


def test_a_holder_without_a_sign_of_life_loses_its_lease(memory: str) -> None:
    folder = RemoteFolder(memory)
    lease_of_another(folder)
    with leased(folder, "mine", "run", wait_seconds=60, seconds=0.4):
        assert list(folder.find("leases/")) == ["leases/00000002.json"]


def test_who_lost_the_lease_publishes_nothing_more(machine: Callable[[str], Machine], memory: str) -> None:
    put(memory, "raw/2024/a.pdf", b"%PDF one")
    with machine("a")(memory) as paths:
        publish(paths, "one")
        push(memory)
    with machine("a")(memory) as paths:
        publish(paths, "two")
        lease_of_another(RemoteFolder(memory), 99)
        with pytest.raises(StorageRefused, match=r"The lease on .* was lost"):
            push(memory)
    assert seen(memory) == "one"
    there = json.loads(RemoteFolder(memory).read("leases/00000099.json") or b"")
    assert there["host"] == "far", "it is theirs, untouched"


def test_a_store_that_overwrites_what_is_to_be_created_is_refused(
    frail: type[Frail], monkeypatch: pytest.MonkeyPatch
) -> None:
    def careless(self: Frail, path: str, value: bytes, mode: str = "overwrite", **kwargs: object) -> None:
        MemoryFileSystem.pipe_file(self, path, value)

    monkeypatch.setattr(Frail, "pipe_file", careless)
    with (
        pytest.raises(StorageRefused, match="cannot keep two runs apart"),
        leased(RemoteFolder("frail://x"), "mine", "run", wait_seconds=0),
    ):
        pytest.fail("held")


@pytest.mark.slow
def test_creation_at_s3_is_for_one_alone(s3: str) -> None:
    folder = RemoteFolder(s3)
    assert folder.create("leases/00000001.json", b"mine")
    assert not folder.create("leases/00000001.json", b"theirs")
    assert folder.create("leases/00000001.json", b"mine"), "an answer that was lost, asked for again"
    assert folder.read("leases/00000001.json") == b"mine"
