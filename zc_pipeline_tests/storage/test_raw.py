from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest

from zc_pipeline.errors import UsageError
from zc_pipeline.storage.paths import DataPaths
from zc_pipeline.storage.raw import files_by_year, fingerprint, last_year, scan_raw


@pytest.fixture
def paths(tmp_path: Path) -> DataPaths:
    (tmp_path / "raw").mkdir()
    return DataPaths(tmp_path)


def put(paths: DataPaths, name: str, content: bytes = b"x") -> Path:
    path = paths.raw_dir / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_the_year_is_the_first_folder_and_the_suffix_has_any_case(paths: DataPaths) -> None:
    for name in ("2024/a.pdf", "2024/广州/b.PDF", "2023/c.Pdf", "2024/notes.txt", "2024/.hidden.pdf"):
        put(paths, name)
    assert [(file.source_file, file.year) for file in scan_raw(paths)] == [
        ("2023/c.Pdf", 2023),
        ("2024/a.pdf", 2024),
        ("2024/广州/b.PDF", 2024),
    ]


@pytest.mark.parametrize("folder", ["", "1999/", "2009/", "2999/", "misc/", "misc/2024/", "24/"])
def test_what_is_no_year_folder_has_no_year(paths: DataPaths, folder: str) -> None:
    put(paths, f"{folder}a.pdf")
    assert [file.year for file in scan_raw(paths)] == [None]


def test_next_year_is_the_last(paths: DataPaths) -> None:
    assert last_year(date(2026, 12, 31)) == 2027
    assert last_year(date(2027, 1, 1)) == 2028
    put(paths, f"{last_year()}/a.pdf")
    put(paths, f"{last_year() + 1}/a.pdf")
    assert [file.year for file in scan_raw(paths)] == [last_year(), None]


def test_no_raw_folder_is_said_with_a_way_out(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="ZC_DATA_DIR"):
        scan_raw(DataPaths(tmp_path / "nowhere"))


def test_the_fingerprint_changes_with_name_size_and_time_only(paths: DataPaths) -> None:
    path = put(paths, "2024/a.pdf", b"abc")
    first = fingerprint(scan_raw(paths))
    assert fingerprint(scan_raw(paths)) == first
    put(paths, "2024/b.pdf")
    assert fingerprint(scan_raw(paths)) != first
    (paths.raw_dir / "2024" / "b.pdf").unlink()
    assert fingerprint(scan_raw(paths)) == first
    os.utime(path, ns=(1, 1))
    assert fingerprint(scan_raw(paths)) != first


def test_files_are_grouped_by_year(paths: DataPaths) -> None:
    put(paths, "2024/a.pdf")
    put(paths, "b.pdf")
    grouped = files_by_year(scan_raw(paths))
    assert {year: [file.source_file for file in files] for year, files in grouped.items()} == {
        2024: ["2024/a.pdf"],
        None: ["b.pdf"],
    }
