"""Tables of one year are read together or not at all."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from zc_pipeline.schemas import TABLES
from zc_pipeline.storage.parquet import write_table
from zc_pipeline.storage.paths import DataPaths
from zc_pipeline.storage.publication import MixedPublications, read_year
from zc_pipeline.tables.frames import frame_of

NAMES = ("documents", "problems")


@pytest.fixture
def paths(tmp_path: Path) -> DataPaths:
    return DataPaths(tmp_path)


def put(paths: DataPaths, table: str, publication: str, year: int | None = 2024) -> None:
    write_table(paths.published(table, year), table, frame_of(table, []), {"publication_id": publication})


@pytest.mark.parametrize("year", [2024, None])
def test_tables_of_one_publication(paths: DataPaths, year: int | None) -> None:
    for table in NAMES:
        put(paths, table, "one", year)
    found = read_year(paths, NAMES, year)
    assert (found.publication_id, sorted(found.tables), found.missing) == ("one", [*NAMES], ())


def test_what_is_not_there_is_named(paths: DataPaths) -> None:
    put(paths, "problems", "one")
    paths.published("documents", 2024).parent.mkdir(parents=True)
    paths.published("documents", 2024).write_bytes(b"PAR1 half")
    found = read_year(paths, NAMES, 2024)
    assert (found.publication_id, [*found.tables], found.missing) == ("one", ["problems"], ("documents",))
    assert read_year(paths, NAMES, 2023).missing == NAMES


def test_two_publications_are_told_and_named(paths: DataPaths) -> None:
    put(paths, "documents", "new")
    put(paths, "problems", "old")
    with pytest.raises(MixedPublications, match="2024 do not belong together") as mixed:
        read_year(paths, NAMES, 2024, longest_wait=0)
    assert mixed.value.ids == {"documents": "new", "problems": "old"}


def test_a_publication_under_way_is_waited_for(paths: DataPaths) -> None:
    put(paths, "documents", "new")
    put(paths, "problems", "old")
    found: list[str | None] = []
    reader = threading.Thread(
        target=lambda: found.append(read_year(paths, NAMES, 2024, longest_wait=60).publication_id)
    )
    reader.start()
    reader.join(0.1)
    assert found == []
    put(paths, "problems", "new")
    reader.join(60)
    assert found == ["new"]


def test_the_tables_read_are_whole(paths: DataPaths) -> None:
    for table in NAMES:
        put(paths, table, "one")
    frame = read_year(paths, NAMES, 2024).tables["problems"].frame
    assert list(frame.columns) == [field.name for field in TABLES["problems"].fields]
