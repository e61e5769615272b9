"""Stores to work with: one in memory, one in memory that breaks, and an S3 server on loopback."""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from zc_pipeline.remote import Use, opened
from zc_pipeline.settings import Settings
from zc_pipeline.storage.paths import DataPaths

Machine = Callable[..., AbstractContextManager[DataPaths]]


class Frail(MemoryFileSystem):
    """A store in memory whose connection breaks after some writes, until it is mended."""

    protocol = "frail"
    store: dict[str, Any] = {}
    pseudo_dirs = [""]
    left: float = float("inf")
    turn = threading.Lock()

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return str(super()._strip_protocol(str(path).removeprefix("frail://")))

    @classmethod
    def _use_up(cls) -> None:
        with cls.turn:
            if cls.left <= 0:
                raise OSError("the connection broke")
            cls.left -= 1

    def pipe_file(self, path: str, value: bytes, mode: str = "overwrite", **kwargs: Any) -> None:
        self._use_up()
        super().pipe_file(path, value, mode, **kwargs)

    def put_file(self, lpath: str, rpath: str, **kwargs: Any) -> None:
        self._use_up()
        super().put_file(lpath, rpath, **kwargs)

    def cp_file(self, path1: str, path2: str, **kwargs: Any) -> None:
        self._use_up()
        super().cp_file(path1, path2, **kwargs)

    def rm_file(self, path: str) -> None:
        self._use_up()
        super()._rm(path)


fsspec.register_implementation("frail", Frail, clobber=True)


@pytest.fixture
def frail() -> Iterator[type[Frail]]:
    """The store that breaks, empty and whole at the beginning."""
    Frail.store.clear()
    Frail.left = float("inf")
    yield Frail
    Frail.left = float("inf")


@pytest.fixture
def memory() -> str:
    """The address of an empty folder in memory."""
    return f"memory://{uuid.uuid4().hex}/budget"


@pytest.fixture
def machine(tmp_path: Path) -> Callable[[str], Machine]:
    """A machine by name: what it opens an address with, over its own mirror. It waits for nobody."""

    def named(name: str) -> Machine:
        settings = Settings(mirror_dir=tmp_path / name, lock_wait_seconds=0)

        def use(address: str, use: Use = Use.WRITE, **more: Any) -> AbstractContextManager[DataPaths]:
            return opened(address, use, f"of {name}", settings=settings, **more)

        return use

    return named


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """The address of an S3 server on loopback."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # a line a request
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of an empty folder in a bucket; the environment leads there."""
    environment = {
        "AWS_ENDPOINT_URL": s3_server,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    bucket = f"b{uuid.uuid4().hex[:20]}"
    fsspec.filesystem("s3", skip_instance_cache=True).mkdir(bucket)
    return f"s3://{bucket}/budget"
