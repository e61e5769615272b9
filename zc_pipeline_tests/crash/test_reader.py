"""The reader of the kill tests finds what it is there to find."""

from __future__ import annotations

from pathlib import Path

import pytest

from zc_pipeline.schemas import LINK_TABLES, PUBLISHED_TABLES
from zc_pipeline.storage.parquet import write_table
from zc_pipeline.storage.paths import DataPaths
from zc_pipeline.tables.frames import frame_of
from zc_pipeline_tests.crash.reader import Reader, versions

YEARS = (2024,)


def put(paths: DataPaths, publication: str, tables: tuple[str, ...] = PUBLISHED_TABLES) -> None:
    for table in tables:
        notes = {"publication_id": publication}
        write_table(paths.published(table, 2024), table, frame_of(table, []), notes)


@pytest.fixture
def paths(tmp_path: Path) -> DataPaths:
    return DataPaths(tmp_path)


@pytest.fixture
def reader(paths: DataPaths) -> Reader:
    """It knows the publications old and new; the old one is there."""
    states = []
    for publication in ("new", "old"):
        put(paths, publication)
        states.append(versions(paths, YEARS))
    return Reader(paths, YEARS, {place: frozenset(state[place] for state in states) for place in states[0]})


def test_either_publication_is_well(paths: DataPaths, reader: Reader) -> None:
    reader.read_all()
    put(paths, "new")
    reader.read_all()
    assert (reader.seen.faults, reader.seen.mixed) == ([], 0)
    assert reader.seen.reads == 2 * (len(PUBLISHED_TABLES) + len(LINK_TABLES) + 1)


def test_two_publications_beside_each_other_are_counted(paths: DataPaths, reader: Reader) -> None:
    put(paths, "new", ("projects",))
    reader.read_all()
    assert (reader.seen.faults, reader.seen.mixed, reader.seen.refused) == ([], 1, 1)


def test_half_a_file_is_a_fault(paths: DataPaths, reader: Reader) -> None:
    path = paths.published("projects", 2024)
    path.write_bytes(path.read_bytes()[:-100])
    reader.read_all()
    assert any("cannot be read" in fault for fault in reader.seen.faults)


@pytest.mark.parametrize("change", ["unknown", "gone", "another table"])
def test_what_belongs_to_no_publication_is_a_fault(paths: DataPaths, reader: Reader, change: str) -> None:
    path = paths.published("problems", 2024)
    if change == "unknown":
        put(paths, "third", ("problems",))
    elif change == "gone":
        path.unlink()
    else:
        path.write_bytes(paths.published("documents", 2024).read_bytes())
    reader.read_all()
    assert reader.seen.faults
