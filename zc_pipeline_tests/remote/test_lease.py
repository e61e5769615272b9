"""The lease at an address: one run at a time, whatever becomes of it."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import fsspec
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


def test_who_died_on_this_machine_is_followed_without_waiting(memory: str) -> None:
    folder = RemoteFolder(memory)
    lease_of_another(folder, 7, mirror="mine", host=socket.gethostname())
    with leased(folder, "mine", "run", wait_seconds=0):
        assert list(folder.find("leases/")) == ["leases/00000008.json"]


@pytest.mark.parametrize("hours", [-8, 8])
def test_a_clock_that_goes_wrong_takes_no_lease_from_the_living(memory: str, hours: int) -> None:
    folder = RemoteFolder(memory)
    lease_of_another(folder, renewed=(datetime.now(UTC) + timedelta(hours=hours)).isoformat())
    with (
        pytest.raises(StorageRefused, match="Another run is at work"),
        leased(folder, "mine", "run", wait_seconds=0.3),
    ):
        pytest.fail("two runs at once")


def test_a_number_below_another_is_given_back(memory: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the slow one's look and its creation, two others follow each other."""
    folder = RemoteFolder(memory)
    with leased(folder, "first", "run", wait_seconds=0):
        pass
    create = RemoteFolder.create
    with contextlib.ExitStack() as others:

        def slow(self: RemoteFolder, name: str, content: bytes) -> bool:
            if b'"slow"' in content:
                with leased(folder, "second", "run", wait_seconds=0):
                    pass
                others.enter_context(leased(folder, "third", "run", wait_seconds=0))
            return create(self, name, content)

        monkeypatch.setattr(RemoteFolder, "create", slow)
        with (
            pytest.raises(StorageRefused, match="Another run is at work"),
            leased(folder, "slow", "run", wait_seconds=0),
        ):
            pytest.fail("two leases")
        assert list(folder.find("leases/")) == ["leases/00000003.json"]


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
def test_creation_at_s3_is_for_one_alone(s3: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(*_: object, **__: object) -> None:
        raise PermissionError("not for a bucket")

    monkeypatch.setattr(type(fsspec.filesystem("s3")), "_mkdir", refuse)
    folder = RemoteFolder(s3)
    (tmp_path / "x").write_bytes(b"x")
    folder.put(tmp_path / "x", "published/x")
    folder.copy("published/x", "parquet/x/y")
    assert folder.read("parquet/x/y") == b"x", "the right to write below a prefix is enough"
    assert folder.create("leases/00000001.json", b"mine")
    assert not folder.create("leases/00000001.json", b"theirs")
    assert folder.create("leases/00000001.json", b"mine"), "an answer that was lost, asked for again"
    assert folder.read("leases/00000001.json") == b"mine"
