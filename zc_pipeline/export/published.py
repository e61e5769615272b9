"""The published tables of some years, read together, and their parts by department."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd

from zc_pipeline.errors import UsageError
from zc_pipeline.schemas import LINK_TABLES, PUBLISHED_TABLES
from zc_pipeline.storage.parquet import StoredTable, read_table
from zc_pipeline.storage.paths import DataPaths
from zc_pipeline.storage.publication import MixedPublications, read_year
from zc_pipeline.tables.frames import join_frames

# What a folder without a year has: its files are refused, so that nothing else comes of them.
_UNFILED_TABLES: Final = ("documents", "problems")


@dataclass(frozen=True, slots=True)
class Published:
    """The tables of one publication, or a department's part of them.

    Attributes:
        year: the fiscal year; None holds the files that lie in no year's folder (documents and problems).
        publication_id: what the tables' files share.
        frames: table → rows, sorted as published; the links to the year before only where they are current.
        department: the department whose part it is; None is all of them, or the rows that name none if
            ``is_part``.
        is_part: whether it is a department's part.
    """

    year: int | None
    publication_id: str
    frames: Mapping[str, pd.DataFrame]
    department: str | None = None
    is_part: bool = False

    @property
    def label(self) -> str:
        """The year as text; ``unfiled`` for files in no year's folder."""
        return "unfiled" if self.year is None else str(self.year)

    @property
    def has_links(self) -> bool:
        """Whether the links to the year before are there and of this publication."""
        return all(table in self.frames for table in LINK_TABLES)


def read_published(paths: DataPaths, years: Sequence[int] = ()) -> list[Published]:
    """The published tables of the given years, or of all there are.

    Returns:
        One entry a year, ascending; with no years given, files in no year's folder come last.

    Raises:
        UsageError: nothing is published for a year, or its tables do not belong together, or another version
            of the program wrote them.
    """
    known = _published_years(paths)
    chosen: list[int | None] = [*sorted(set(years))] if years else known
    missing = [str(year) for year in chosen if year not in known]
    if missing or not chosen:
        there = ", ".join(str(year) for year in known if year is not None)
        raise UsageError(
            f"No tables of {', '.join(missing) or 'any year'} are published in {paths.parquet_dir}"
            + (f"; there are: {there}. " if there else ". ")
            + "Call `zc-pipeline run` first, or name another data folder with --data-dir."
        )
    return [_read_year(paths, year) for year in chosen]


def _published_years(paths: DataPaths) -> list[int | None]:
    stems = [path.stem for path in paths.table_dir("documents").glob("documents_*.parquet")]
    labels = [stem.removeprefix("documents_") for stem in stems]
    years: list[int | None] = [*sorted(int(label) for label in labels if label.isdigit())]
    return [*years, *([None] if "unfiled" in labels else [])]


def _read_year(paths: DataPaths, year: int | None) -> Published:
    try:
        found = read_year(paths, PUBLISHED_TABLES if year is not None else _UNFILED_TABLES, year)
    except MixedPublications as error:
        raise UsageError(
            f"The tables of {'no year' if year is None else year} in {paths.parquet_dir} are of different "
            "publications: a run is just replacing them, or files were copied by hand. Call "
            "`zc-pipeline run`, then export again."
        ) from error
    if found.missing:
        raise UsageError(
            f"{paths.published(found.missing[0], year)} is missing, damaged, or of another version of the "
            "program. Call `zc-pipeline run`, which makes it anew, then export again."
        )
    stored = dict(found.tables)
    publication = found.publication_id or ""
    if year is not None:
        stored |= _current_links(paths, year, publication)
    return Published(year, publication, {table: found.frame for table, found in stored.items()})


def _current_links(paths: DataPaths, year: int, publication: str) -> dict[str, StoredTable]:
    """The year's links, all of them or none: made anew after each publication, they may lag behind."""
    found = {table: read_table(paths.published(table, year), table) for table in LINK_TABLES}
    links = {table: one for table, one in found.items() if one is not None}
    is_current = all(one.notes.get("publication_id") == publication for one in links.values())
    return links if len(links) == len(found) and is_current else {}


def joined_frames(published: Iterable[Published]) -> dict[str, pd.DataFrame]:
    """Each published table, links included, over all the given years; one that no year has is empty."""
    parts = list(published)
    return {
        table: join_frames(table, [part.frames[table] for part in parts if table in part.frames])
        for table in (*PUBLISHED_TABLES, *LINK_TABLES)
    }


def by_department(published: Published) -> list[Published]:
    """A year's tables parted by department, in the order of their names; rows that name none come last.

    A problem of a whole file goes to every department that has a table in the file, so that it can stand in
    several parts; every other row stands in exactly one. Links to the year before are in none.
    """
    documents = published.frames["documents"]
    owners = list(zip(documents["document_id"], documents["table_number"], _names(documents), strict=True))
    found: dict[str | None, list[tuple[str, int]]] = {}
    for document_id, table_number, name in owners:
        found.setdefault(name, []).append((document_id, table_number))
    order = sorted(found, key=lambda name: (name is None, name or ""))
    return [_part(published, name, found[name]) for name in order]


def _names(documents: pd.DataFrame) -> list[str | None]:
    return [None if pd.isna(name) else str(name) for name in documents["department_name"]]


def _part(published: Published, department: str | None, tables: Sequence[tuple[str, int]]) -> Published:
    own = set(tables)
    files = {document_id for document_id, _ in own}

    def is_own(document_id: str, table_number: object) -> bool:
        if pd.isna(table_number):
            return document_id in files
        return (document_id, table_number) in own

    frames = {}
    for table in PUBLISHED_TABLES:
        frame = published.frames[table]
        keep = [is_own(*place) for place in zip(frame["document_id"], frame["table_number"], strict=True)]
        frames[table] = frame[pd.Series(keep, index=frame.index, dtype=bool)].reset_index(drop=True)
    return Published(published.year, published.publication_id, frames, department, is_part=True)
