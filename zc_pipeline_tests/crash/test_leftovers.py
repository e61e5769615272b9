"""What a killed process leaves half done is seen, put right, and not taken for whole."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from zc_pipeline import linking
from zc_pipeline.book.write import write_book
from zc_pipeline.schemas import LINK_TABLES, PUBLISHED_TABLES
from zc_pipeline.storage.parquet import write_table
from zc_pipeline.storage.paths import DataPaths
from zc_pipeline.tables.frames import frame_of
from zc_pipeline.tables.links import LINK_RULES_VERSION


@pytest.fixture
def paths(tmp_path: Path) -> DataPaths:
    """A data folder with a published year that has no documents, and its links."""
    paths = DataPaths(tmp_path / "data")
    paths.raw_dir.mkdir(parents=True)
    for table in PUBLISHED_TABLES:
        put(paths, table, {"publication_id": "one"})
    for table in LINK_TABLES:
        notes = {"publication_id": "one", "previous_publication_id": None}
        put(paths, table, {**notes, "link_rules_version": LINK_RULES_VERSION})
    return paths


def put(paths: DataPaths, table: str, notes: dict[str, str | None]) -> None:
    write_table(paths.published(table, 2024), table, frame_of(table, []), notes)


@pytest.fixture(scope="module")
def dead() -> int:
    """The number of a process that has ended."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


def test_a_whole_year_needs_no_run(paths: DataPaths) -> None:
    assert linking.pending_years(paths) == []


@pytest.mark.parametrize("table", PUBLISHED_TABLES)
@pytest.mark.parametrize("harm", ["another publication", "gone", "cut off"])
def test_a_torn_year_needs_a_run(paths: DataPaths, table: str, harm: str) -> None:
    path = paths.published(table, 2024)
    if harm == "gone":
        path.unlink()
    elif harm == "cut off":
        path.write_bytes(path.read_bytes()[:-8])
    else:
        put(paths, table, {"publication_id": "another"})
    assert linking.pending_years(paths) == [2024]


def test_a_book_that_was_put_aside_comes_back(paths: DataPaths, tmp_path: Path, dead: int) -> None:
    book = tmp_path / "book"
    write_book(paths, book)
    (book / "notes.txt").write_text("a reader's own")
    # Killed between putting the old book aside and the new one in its place.
    book.rename(tmp_path / f".book.{dead}.old")
    (tmp_path / f".book.{dead}.tmp").mkdir()
    (tmp_path / f".book.{dead}.tmp" / "index.html").write_text("half")
    living = tmp_path / f".book.{os.getppid()}.tmp"
    living.mkdir()
    write_book(paths, book)
    assert (book / "index.html").read_text() != "half"
    assert (book / "notes.txt").read_text() == "a reader's own"
    assert {path.name for path in tmp_path.iterdir()} == {"data", "book", living.name}
