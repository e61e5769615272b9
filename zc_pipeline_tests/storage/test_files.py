from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from zc_pipeline.errors import StorageRefused
from zc_pipeline.storage.files import remove_dead, replace_file, replacing, write_json


def write(text: str):
    return lambda path: path.write_text(text, encoding="utf-8")


def test_replaces_all_targets_at_the_end_of_the_block(tmp_path: Path) -> None:
    a, b = tmp_path / "a", tmp_path / "deep" / "b"
    a.write_text("old")
    with replacing({a: write("new a"), b: write("new b")}):
        assert a.read_text() == "old"
        assert not b.exists()
    assert (a.read_text(), b.read_text()) == ("new a", "new b")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a", "b", "deep"]


def test_a_failing_writer_leaves_every_target_as_it_was(tmp_path: Path) -> None:
    a, b = tmp_path / "a", tmp_path / "b"
    a.write_text("old")

    def fail(path: Path) -> None:
        path.write_text("half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"), replacing({a: write("new"), b: fail}):
        pytest.fail("the block must not run")
    assert a.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_failing_block_leaves_every_target_as_it_was(tmp_path: Path) -> None:
    a = tmp_path / "a"
    a.write_text("old")
    with pytest.raises(RuntimeError), replacing({a: write("new")}):
        raise RuntimeError
    assert a.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_reader_that_holds_the_old_file_keeps_it_whole(tmp_path: Path) -> None:
    a = tmp_path / "a"
    a.write_text("old")
    with a.open() as stream:
        replace_file(a, write("new"))
        assert stream.read() == "old"
    assert a.read_text() == "new"


def test_json_is_written_with_sorted_keys(tmp_path: Path) -> None:
    write_json(tmp_path / "x.json", {"b": "合计", "a": 1})
    assert (tmp_path / "x.json").read_text(encoding="utf-8") == '{\n "a": 1,\n "b": "合计"\n}\n'
    assert [path.name for path in tmp_path.iterdir()] == ["x.json"]


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EDQUOT, "quota"),
        (errno.EROFS, "Read-only file system"),
        (errno.EIO, "Input/output error"),
    ],
)
def test_what_the_system_refuses_is_a_sentence_with_the_folder(
    tmp_path: Path, number: int, words: str
) -> None:
    a, b = tmp_path / "a", tmp_path / "deep" / "b"
    a.write_text("old")

    def fail(path: Path) -> None:
        path.write_text("half")
        raise OSError(number, os.strerror(number))

    with pytest.raises(StorageRefused, match=words) as refused:
        replace_file(b, fail)
    assert str(tmp_path) in str(refused.value)
    with pytest.raises(StorageRefused), replacing({a: write("new"), b: fail}):
        pytest.fail("the block must not run")
    assert a.read_text() == "old"
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["a"]


def test_an_error_of_the_block_is_left_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), replacing({tmp_path / "a": write("new")}):
        (tmp_path / "nowhere").read_text()


def test_only_what_dead_processes_staged_for_the_targets_is_removed(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    dead, alive = ended.pid, os.getpid()
    for name in (f".a.{dead}.tmp", f".a.{alive}.tmp", f".b.{dead}.tmp", f".a.csv.{dead}.tmp", ".a.tmp", "a"):
        (tmp_path / name).write_text("x")
    assert remove_dead([tmp_path / "a", tmp_path / "none" / "a"]) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        [f".a.{alive}.tmp", f".b.{dead}.tmp", f".a.csv.{dead}.tmp", ".a.tmp", "a"]
    )


def test_a_target_that_cannot_be_replaced_leaves_no_staged_file(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(StorageRefused, match="cannot be written"):
        replace_file(tmp_path / "a", write("new"))
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
