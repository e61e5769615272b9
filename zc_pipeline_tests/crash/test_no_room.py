"""A full disk, a folder without permission: a sentence, whole tables, and a next run that completes."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from zc_pipeline.storage.paths import DataPaths
from zc_pipeline_tests.crash.reader import versions
from zc_pipeline_tests.crash.scene import (
    FINISHED,
    YEARS,
    Run,
    Scene,
    fork_dagster,
    staged_files,
    start_light,
    wait,
)

_STOPPED = 1
_CAPABILITIES_V3 = 0x20080522
_CAN_PASS_OVER_PERMISSIONS = (1 << 1) | (1 << 2)  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")]


@contextlib.contextmanager
def small_disk(place: Path, megabytes: int) -> Iterator[None]:
    """A file system in memory at an empty folder; the test is skipped where none can be mounted."""
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "zc-pipeline-test", str(place)],
        capture_output=True,
        check=False,
    )
    if done.returncode:
        pytest.skip("no file system can be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", str(place)], check=True)


def fill(place: Path, left: int) -> Path:
    """Fill a disk up to some bytes."""
    filler = place / "filler"
    free = shutil.disk_usage(place).free
    with filler.open("wb") as stream:
        stream.write(bytes(free - left))
    return filler


def end_of(run: Run, log: Path) -> tuple[int, str]:
    """A run's exit code and what it said."""
    return wait(run), log.read_text(encoding="utf-8")


def must_be_whole(paths: DataPaths, scene: Scene) -> None:
    for place, version in versions(paths, YEARS).items():
        assert version in scene.known[place]


def must_be_complete(paths: DataPaths, scene: Scene) -> None:
    assert versions(paths, YEARS) == scene.after
    assert staged_files(paths.data_dir) == []


def test_a_full_disk(scene: Scene, tmp_path: Path) -> None:
    disk, log = tmp_path / "disk", tmp_path / "log"
    disk.mkdir()
    with small_disk(disk, 4):
        paths = scene.copy_to(disk)
        filler = fill(disk, 96 * 1024)
        code, said = end_of(start_light(paths.data_dir, log), log)
        assert (code, "the disk is full" in said) == (_STOPPED, True), said
        assert str(paths.data_dir) in said
        must_be_whole(paths, scene)
        filler.unlink()
        code, said = end_of(start_light(paths.data_dir, log), log)
        assert code in FINISHED, said
        must_be_complete(paths, scene)


def test_a_full_disk_that_dagster_records_on_too(scene: Scene, tmp_path: Path) -> None:
    disk, log = tmp_path / "disk", tmp_path / "log"
    disk.mkdir()
    with small_disk(disk, 8):
        paths = scene.copy_to(disk)
        (paths.raw_dir / "loose.pdf").unlink()  # nothing is to be published before Dagster begins
        filler = fill(disk, 32 * 1024)
        code, said = end_of(fork_dagster(paths.data_dir, log), log)
        assert code == _STOPPED, said
        assert "full" in said.splitlines()[-1], said
        assert "fault of the program" not in said
        must_be_whole(paths, scene)
        filler.unlink()
        code, said = end_of(fork_dagster(paths.data_dir, log), log)
        assert code in FINISHED, said
        must_be_complete(paths, scene)


def keep_files_small() -> None:
    """What a full disk is where none can be mounted: no file may grow beyond a few kilobytes."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (8_000, resource.RLIM_INFINITY))


def test_files_that_may_not_grow(scene: Scene, tmp_path: Path) -> None:
    paths, log = scene.copy_to(tmp_path), tmp_path / "log"
    code, said = end_of(start_light(paths.data_dir, log, limit=keep_files_small), log)
    assert (code, "limit of file size is reached" in said) == (_STOPPED, True), said
    must_be_whole(paths, scene)


class _Header(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


class _Sets(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint32) for name in ("effective", "permitted", "inheritable")]


def obey_permissions() -> None:
    """Give up root's right to pass over permissions, if it is there."""
    libc = ctypes.CDLL(None, use_errno=True)
    header, sets = _Header(_CAPABILITIES_V3, 0), (_Sets * 2)()
    assert libc.capget(ctypes.byref(header), sets) == 0
    sets[0].effective &= ~_CAN_PASS_OVER_PERMISSIONS
    assert libc.capset(ctypes.byref(header), sets) == 0


@pytest.mark.parametrize("name", ["state", "parquet/projects"])
def test_a_folder_without_permission(scene: Scene, tmp_path: Path, name: str) -> None:
    paths, log = scene.copy_to(tmp_path), tmp_path / "log"
    folder = paths.data_dir / name
    paths.lock.unlink(missing_ok=True)
    folder.chmod(0o555)
    try:
        code, said = end_of(start_light(paths.data_dir, log, limit=obey_permissions), log)
    finally:
        folder.chmod(0o755)
    assert code == _STOPPED, said
    assert f"{folder} cannot be written by the user " in said
    assert "Permission denied" in said
    must_be_whole(paths, scene)
    code, said = end_of(start_light(paths.data_dir, log), log)
    assert code in FINISHED, said
    must_be_complete(paths, scene)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount")
def test_a_disk_that_became_read_only(scene: Scene, tmp_path: Path) -> None:
    disk, log = tmp_path / "disk", tmp_path / "log"
    disk.mkdir()
    with small_disk(disk, 4):
        paths = scene.copy_to(disk)
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        code, said = end_of(start_light(paths.data_dir, log), log)
        assert (code, "Read-only file system" in said) == (_STOPPED, True), said
        must_be_whole(paths, scene)
