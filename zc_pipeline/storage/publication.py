"""Several published tables of one year, read so that they belong together.

A publication replaces the files of a year one directly after the other. Each file carries the publication's
id: a reader that finds two ids met such a moment, or a year whose run was killed in it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from zc_pipeline.errors import ZcPipelineError
from zc_pipeline.schemas import LINK_TABLES, PUBLISHED_TABLES, UNFILED_TABLES
from zc_pipeline.storage.parquet import StoredTable, read_facts, read_table
from zc_pipeline.storage.paths import DataPaths
from zc_pipeline.tables.links import LINK_RULES_VERSION

# The files of a year are replaced within a few hundredths of a second, on a slow disk within one or two.
_LONGEST_WAIT: Final = 2.0
_FIRST_WAIT: Final = 0.02


class MixedPublications(ZcPipelineError):
    """Tables of a year do not belong together, and did not come to within the time given.

    ``year`` is the year, None for files in no year's folder; ``ids`` has the publication id by table.
    """

    def __init__(self, year: int | None, ids: Mapping[str, str | None]) -> None:
        super().__init__(
            f"The published tables of {'no year' if year is None else year} do not belong together: a run is "
            "putting them in place, or was stopped while it did, or files were copied by hand. Call "
            "`zc-pipeline run`, then try again."
        )
        self.year = year
        self.ids = dict(ids)


@dataclass(frozen=True, slots=True)
class StoredYear:
    """Tables of one publication.

    Attributes:
        publication_id: what they share; None where no table is there, or where they carry none.
        tables: by name, those that are there and current.
        missing: the others: not there, damaged, or of another version of the program.
    """

    publication_id: str | None
    tables: Mapping[str, StoredTable]
    missing: tuple[str, ...]


def read_year(
    paths: DataPaths, tables: Sequence[str], year: int | None, *, longest_wait: float = _LONGEST_WAIT
) -> StoredYear:
    """Read several published tables of a year that belong together.

    Where they do not, they are read again after a short while, as a run may be putting them in place.

    Args:
        paths: the data folder.
        tables: names of tables that are published together.
        year: the fiscal year; None is for files in no year's folder.
        longest_wait: seconds after which it is said that they do not belong together.

    Raises:
        MixedPublications: two tables carry different ids still.
    """
    deadline = time.monotonic() + longest_wait
    wait = _FIRST_WAIT
    while True:
        found = _read(paths, tables, year)
        ids = {table: _id_of(stored) for table, stored in found.items()}
        if len(set(ids.values())) <= 1:
            missing = tuple(table for table in tables if table not in found)
            return StoredYear(next(iter(ids.values()), None), found, missing)
        if time.monotonic() >= deadline:
            raise MixedPublications(year, ids)
        time.sleep(wait)
        wait *= 2


def publication_ids(paths: DataPaths, tables: Iterable[str], year: int | None) -> dict[str, str | None]:
    """The publication id that each table of a year carries, by its file's metadata alone.

    Returns:
        Table → id; None where the file carries none, is not there or is damaged.
    """
    facts = {table: read_facts(paths.published(table, year), table) for table in tables}
    return {table: found.notes.get("publication_id") if found else None for table, found in facts.items()}


def is_torn(paths: DataPaths, year: int | None) -> bool:
    """Whether some of a year's published tables are missing, damaged, or of another publication.

    All of them may be missing together: then it is torn if a run of it was completed. None is for files in
    no year's folder.
    """
    tables = UNFILED_TABLES if year is None else PUBLISHED_TABLES
    ids = set(publication_ids(paths, tables, year).values())
    if len(ids) > 1 or not paths.completed(year).exists():
        return len(ids) > 1
    if None in ids or year is None:
        return None in ids
    return read_facts(paths.published("raw_disclosures", year), "raw_disclosures") is None


def has_stale_links(paths: DataPaths, year: int) -> bool:
    """Whether a published year's links are missing, or made from other publications than those there."""
    if not paths.published("projects", year).is_file():
        return False
    now_id = _current_id(paths, year)
    if now_id is None:
        return False
    notes = link_notes(_current_id(paths, year - 1), now_id)
    links = [read_facts(paths.published(table, year), table) for table in LINK_TABLES]
    return any(one is None or one.why_not_current or one.notes != notes for one in links)


def link_notes(before_id: str | None, now_id: str | None) -> dict[str, Any]:
    """What a year's links note of what they were made from: the publications of the year before and of it."""
    return {
        "previous_publication_id": before_id,
        "publication_id": now_id,
        "link_rules_version": LINK_RULES_VERSION,
    }


def _current_id(paths: DataPaths, year: int) -> str | None:
    facts = read_facts(paths.published("projects", year), "projects")
    return facts.notes.get("publication_id") if facts and not facts.why_not_current else None


def _read(paths: DataPaths, tables: Iterable[str], year: int | None) -> dict[str, StoredTable]:
    found = {table: read_table(paths.published(table, year), table) for table in tables}
    return {table: stored for table, stored in found.items() if stored is not None}


def _id_of(stored: StoredTable) -> str | None:
    found = stored.notes.get("publication_id")
    return None if found is None else str(found)
