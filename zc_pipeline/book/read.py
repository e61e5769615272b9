"""The published tables of a year as records, and the working tables of a document."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from zc_pipeline.book.places import PlacedRow, RowKey, place_rows
from zc_pipeline.errors import UsageError
from zc_pipeline.model import SET_ASIDE, Verdict
from zc_pipeline.storage import publication
from zc_pipeline.storage.parquet import StoredTable, read_table
from zc_pipeline.storage.paths import DataPaths
from zc_pipeline.tables.frames import records_of
from zc_pipeline.tables.notes import pages_from_json, tables_from_json
from zc_pipeline.tables.page_text import page_items
from zc_pipeline.tables.stitched_rows import table_rows

Record = dict[str, Any]
_TABLES: Final = ("documents", "problems", "projects", "indicators", "reconciliation")
_UNFILED_TABLES: Final = ("documents", "problems")


@dataclass(slots=True)
class Document:
    """One document of a year: its rows in every published table, and the files that have its content."""

    document_id: str
    year: int | None
    documents: list[Record] = field(default_factory=list)
    problems: list[Record] = field(default_factory=list)
    projects: list[Record] = field(default_factory=list)
    indicators: list[Record] = field(default_factory=list)
    reconciliation: list[Record] = field(default_factory=list)
    copies: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        """Names its page and its files in the book."""
        return f"{self.year or 'unfiled'}-{self.document_id[:20]}"

    @property
    def source_file(self) -> str:
        """The first file with its content, below ``raw/``."""
        return str(self.documents[0]["source_file"])

    @property
    def is_set_aside(self) -> bool:
        """Whether later versions took the place of all its tables, or its file is gone."""
        return all(row["standing"] in SET_ASIDE for row in self.documents)

    @property
    def verdict(self) -> str:
        """The worst of its tables."""
        verdicts = {row["verdict"] for row in self.documents}
        return next(one.value for one in reversed(Verdict) if one.value in verdicts)


def published_years(paths: DataPaths, year: int | None = None) -> list[int | None]:
    """The years with published documents, the last first; None is for files in no year's folder.

    Args:
        paths: the data folder.
        year: this one only.

    Raises:
        UsageError: there is none.
    """
    stems = [path.stem.removeprefix("documents_") for path in paths.table_dir("documents").glob("*.parquet")]
    years: list[int | None] = [*sorted((int(stem) for stem in stems if stem.isdigit()), reverse=True)]
    if "unfiled" in stems:
        years.append(None)
    wanted = [one for one in years if year in (None, one)]
    if not wanted or wanted == [None]:
        what = "No documents" if year is None else f"No documents of {year}"
        raise UsageError(f"{what} are published in {paths.parquet_dir}. Call `zc-pipeline run` first.")
    return wanted


def read_year(paths: DataPaths, year: int | None) -> list[Document]:
    """The documents of a year that were not set aside, sorted by file.

    Raises:
        UsageError: a table is not there, of another version, or of another publication than the others.
    """
    documents: dict[str, Document] = {}
    try:
        found = publication.read_year(paths, _UNFILED_TABLES if year is None else _TABLES, year)
    except publication.MixedPublications as error:
        raise UsageError(str(error)) from error
    if found.missing:
        raise _not_there(found.missing[0], year or "files in no year")
    for table, stored in found.tables.items():
        for row in records_of(stored.frame):
            own = documents.setdefault(row["document_id"], Document(row["document_id"], year))
            getattr(own, table).append(row)
    for name, document_id in _files(paths, year):
        if document_id in documents:
            documents[document_id].copies.append(name)
    shown = (one for one in documents.values() if not one.is_set_aside)
    return sorted(shown, key=lambda one: (one.source_file, one.document_id))


def _not_there(table: str, of: object) -> UsageError:
    return UsageError(f"`{table}` of {of} is not there, or of another version. Call `zc-pipeline run`.")


def _files(paths: DataPaths, year: int | None) -> Iterator[tuple[str, str]]:
    stored = read_table(paths.published("raw_disclosures", year), "raw_disclosures")
    for row in records_of(stored.frame) if stored else ():
        yield row["source_file"], row["document_id"]


@dataclass(frozen=True, slots=True)
class Printed:
    """Where the rows of a document are printed, and width and height of its pages in points, by number."""

    rows: dict[RowKey, PlacedRow]
    page_sizes: dict[int, tuple[float, float]]


def read_printed(paths: DataPaths, document: Document) -> Printed:
    """Find the places of a document's rows; nothing for one that has no projects.

    Raises:
        UsageError: a working table is not there or of another version.
    """
    if document.year is None or not document.projects:
        return Printed({}, {})
    rows = _working(paths, document, "stitched_rows")
    text = _working(paths, document, "page_text")
    return Printed(
        place_rows(page_items(text.frame), table_rows(rows.frame), tables_from_json(rows.notes["tables"])),
        {page.number: (page.width, page.height) for page in pages_from_json(text.notes["pages"])},
    )


def _working(paths: DataPaths, document: Document, table: str) -> StoredTable:
    assert document.year is not None
    stored = read_table(paths.working(table, document.year, document.document_id), table)
    if stored is None:
        raise _not_there(table, document.source_file)
    return stored


def grouped(rows: Iterable[Record], column: str) -> dict[Any, list[Record]]:
    """Rows by the value of a column, in their order."""
    found: dict[Any, list[Record]] = defaultdict(list)
    for row in rows:
        found[row[column]].append(row)
    return found
