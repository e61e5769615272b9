from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from zc_pipeline.errors import UsageError
from zc_pipeline.export.published import by_department, joined_frames, read_published
from zc_pipeline.schemas import LINK_TABLES, PUBLISHED_TABLES
from zc_pipeline.storage.parquet import read_table, write_table
from zc_pipeline.storage.paths import DataPaths
from zc_pipeline.tables.frames import frame_of
from zc_pipeline_tests.export.conftest import DEPARTMENTS


@pytest.fixture
def copied(published: DataPaths, tmp_path: Path) -> DataPaths:
    """A data folder of the test's own."""
    shutil.copytree(published.parquet_dir, tmp_path / "parquet")
    return DataPaths(tmp_path)


def test_all_years_come_with_stray_files_last(published: DataPaths) -> None:
    assert [one.label for one in read_published(published)] == ["2023", "2024", "unfiled"]
    assert [one.label for one in read_published(published, [2024, 2024])] == ["2024"]
    frames = joined_frames(read_published(published))
    assert set(frames) == {*PUBLISHED_TABLES, *LINK_TABLES}
    assert len(frames["projects"]) == 51 + 12
    assert sorted(frames["documents"]["verdict"]) == ["accepted"] * 3 + ["held"] + ["refused"] * 2


def test_parts_by_department_lose_and_double_no_row(published: DataPaths) -> None:
    year = read_published(published, [2023])[0]
    parts = by_department(year)
    assert [part.department for part in parts] == [*sorted(DEPARTMENTS), None]
    for table in ("documents", "projects", "indicators", "reconciliation"):
        whole = pd.concat([part.frames[table] for part in parts])
        columns = [
            name
            for name in (
                "source_file",
                "table_number",
                "project_id",
                "indicator_id",
                "row_order",
                "scope",
                "column_name",
            )
            if name in whole.columns
        ]
        assert sorted(map(tuple, whole[columns].to_numpy())) == sorted(
            map(tuple, year.frames[table][columns].to_numpy())
        )
    first = next(part for part in parts if part.department == DEPARTMENTS[0])
    assert sorted(first.frames["documents"]["source_file"]) == ["2023/a.pdf", "2023/c.pdf"]
    assert set(first.frames["problems"]["source_file"]) <= {"2023/a.pdf", "2023/c.pdf"}
    assert "amount_unreadable" in set(first.frames["problems"]["code"])
    assert set(parts[-1].frames["problems"]["code"]) == {"not_a_pdf"}
    found = {
        tuple(row) for part in parts for row in part.frames["problems"][["source_file", "code"]].to_numpy()
    }
    assert found == {tuple(row) for row in year.frames["problems"][["source_file", "code"]].to_numpy()}


def test_what_is_not_published_is_said(published: DataPaths, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"No tables of 2022 are published.*there are: 2023, 2024"):
        read_published(published, [2022, 2024])
    with pytest.raises(UsageError, match=r"any year are published.*zc-pipeline run"):
        read_published(DataPaths(tmp_path / "nowhere"))


def test_tables_that_do_not_belong_together_are_not_exported(copied: DataPaths) -> None:
    path = copied.published("indicators", 2024)
    stored = read_table(path, "indicators")
    assert stored is not None
    write_table(path, "indicators", stored.frame, {"publication_id": "another"})
    with pytest.raises(UsageError, match="different publications"):
        read_published(copied, [2024])
    path.write_bytes(b"PAR1 cut off")
    with pytest.raises(UsageError, match=r"indicators_2024.parquet is missing, damaged"):
        read_published(copied, [2024])
    assert read_published(copied, [2023])


def test_links_are_taken_only_from_the_same_publication(copied: DataPaths) -> None:
    publication = read_published(copied, [2024])[0].publication_id
    for noted, is_taken in ((publication, True), ("an earlier one", False)):
        for table in LINK_TABLES:
            write_table(copied.published(table, 2024), table, frame_of(table, []), {"publication_id": noted})
        assert read_published(copied, [2024])[0].has_links is is_taken
    copied.published(LINK_TABLES[0], 2024).unlink()
    assert not read_published(copied, [2024])[0].has_links
