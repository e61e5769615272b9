"""Several published tables of one year, read so that they belong together.

A publication replaces the files of a year one directly after the other. Each file carries the publication's
id: a reader that finds two ids met such a moment, or a year whose run was killed in it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from zc_pipeline.errors import ZcPipelineError
from zc_pipeline.storage.parquet import StoredTable, read_facts, read_table
from zc_pipeline.storage.paths import DataPaths

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


def _read(paths: DataPaths, tables: Iterable[str], year: int | None) -> dict[str, StoredTable]:
    found = {table: read_table(paths.published(table, year), table) for table in tables}
    return {table: stored for table, stored in found.items() if stored is not None}


def _id_of(stored: StoredTable) -> str | None:
    found = stored.notes.get("publication_id")
    return None if found is None else str(found)
