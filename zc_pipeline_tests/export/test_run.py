"""Several targets at once, whole or not at all; and the command's words."""

from __future__ import annotations

import shutil
import sys
from functools import partial
from pathlib import Path

import pytest

from zc_pipeline.errors import UsageError
from zc_pipeline.export.run import Targets, export_published
from zc_pipeline.storage.parquet import read_table, write_table
from zc_pipeline.storage.paths import DataPaths
from zc_pipeline_tests import commands

call = partial(commands.call, "export")


def test_the_command_writes_all_targets_and_says_where(published: DataPaths, tmp_path: Path) -> None:
    (tmp_path / "csv").mkdir()
    (tmp_path / "csv" / "mine.txt").write_text("mine")
    words = ["--data-dir", published.data_dir, "--xlsx", "books", "--csv", "csv", "--duckdb", "db/all.duckdb"]
    done = call(*words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert {path.name for path in (tmp_path / "books").iterdir()} == {
        "项目绩效目标_2023.xlsx",
        "项目绩效目标_2024.xlsx",
    }
    assert (tmp_path / "csv" / "mine.txt").read_text() == "mine"
    assert (tmp_path / "csv" / "datapackage.json").exists()
    assert (tmp_path / "db" / "all.duckdb").exists()
    assert not [path for path in tmp_path.rglob("*") if path.suffix in (".tmp", ".wal")]
    for said in (
        f"{tmp_path / 'books' / '项目绩效目标_2024.xlsx'}: 51 projects, 171 indicators",
        f"{tmp_path / 'csv'}: 8 tables and datapackage.json",
        "Files in no year's folder: 1; no workbook has them",
        "would take them for formulas",
        str(tmp_path / "db" / "all.duckdb"),
    ):
        assert said in done.stdout
    again = call(*words, cwd=tmp_path)
    assert again.returncode == 0, again.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "--xlsx DIR, --csv DIR or --duckdb FILE"),
        (["--csv", "out", "--by", "department"], "--by department parts the workbooks"),
        (["--csv", "out", "--year", "2019"], "No tables of 2019 are published"),
        (["--csv", "out", "--data-dir", "nowhere"], "Call `zc-pipeline run` first"),
    ],
)
def test_wrong_usage_is_said_and_nothing_written(
    words: list[str], said: str, published: DataPaths, tmp_path: Path
) -> None:
    given = words if "--data-dir" in words else [*words, "--data-dir", str(published.data_dir)]
    done = call(*given, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr.strip().splitlines()[-1]
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_put_in_place_when_one_target_cannot_be_written(
    published: DataPaths, tmp_path: Path
) -> None:
    shutil.copytree(published.parquet_dir, tmp_path / "data" / "parquet")
    paths = DataPaths(tmp_path / "data")
    path = paths.published("projects", 2024)
    stored = read_table(path, "projects")
    assert stored is not None
    frame = stored.frame
    frame["performance_goal"] = frame["performance_goal"].where(frame["row_number"] != 3, "长" * 40_000)
    write_table(path, "projects", frame, stored.notes)
    targets = Targets(tmp_path / "x", tmp_path / "c", tmp_path / "d.duckdb")
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "projects.csv").write_text("old")
    with pytest.raises(UsageError, match="performance_goal in row 3 of projects"):
        export_published(paths, targets)
    assert (tmp_path / "c" / "projects.csv").read_text() == "old"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["c", "data"]
    # Without the workbooks the text is no trouble.
    export_published(paths, Targets(csv=tmp_path / "c", duckdb=tmp_path / "d.duckdb"))
    assert "长" * 40_000 in (tmp_path / "c" / "projects.csv").read_text(encoding="utf-8-sig")


def test_a_fault_while_writing_leaves_the_old_files(
    published: DataPaths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    targets = Targets(xlsx=tmp_path / "x", csv=tmp_path / "c", duckdb=tmp_path / "d.duckdb")
    (tmp_path / "d.duckdb").write_text("old")

    def fail(*_: object, **__: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("duckdb.connect", fail)
    with pytest.raises(OSError, match="disk full"):
        export_published(published, targets, years=[2024])
    assert (tmp_path / "d.duckdb").read_text() == "old"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [tmp_path / "d.duckdb"]


@pytest.mark.parametrize(("library", "target"), [("xlsxwriter", "xlsx"), ("duckdb", "duckdb")])
def test_a_missing_library_is_named_with_what_to_install(
    library: str, target: str, published: DataPaths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(UsageError, match=r"pip install 'zc_pipeline\[export\]'"):
        export_published(published, Targets(**{target: tmp_path / "out"}))
    assert list(tmp_path.iterdir()) == []
    assert export_published(published, Targets(csv=tmp_path / "csv"), years=[2024]), "CSV needs neither"
