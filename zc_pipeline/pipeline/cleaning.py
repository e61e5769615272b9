"""Finding and removing what no document needs: never a published table, never a raw file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from zc_pipeline.pipeline.context import RunContext
from zc_pipeline.schemas import WORKING_TABLES
from zc_pipeline.storage.files import is_alive
from zc_pipeline.storage.paths import DataPaths
from zc_pipeline.storage.raw import read_known_files

_WORKING_FILE: Final = re.compile(r"([0-9a-f]{64})\.parquet")
_STAGED: Final = re.compile(r"\..+\.(\d+)\.tmp")
_YEAR: Final = re.compile(r"\d{4}")


@dataclass(frozen=True, slots=True)
class Needless:
    """One file that nothing needs; ``why`` is the same text for files of one kind."""

    path: Path
    why: str
    size_bytes: int


def find_needless(paths: DataPaths) -> list[Needless]:
    """The files below the data folder that no document needs, in a fixed order.

    These are working tables of documents that `raw_disclosures` of their year does not list, notes on such
    years, and what killed runs left half-written. Of a year whose list is missing while other tables of it
    are published nothing is named: the next run makes the list anew.
    """
    return sorted(
        [*_working_tables(paths), *_notes(paths), *_unfinished(paths)],
        key=lambda one: (one.why, one.path),
    )


def remove_needless(context: RunContext) -> list[Needless]:
    """Remove what :func:`find_needless` names, while no run writes; returns what is gone.

    Raises:
        StorageRefused: another run is at work for longer than this one waits.
    """
    before = find_needless(context.paths)  # who takes the lock removes what is half-written
    with context.lock():
        for one in find_needless(context.paths):
            one.path.unlink(missing_ok=True)
        for table in WORKING_TABLES:
            for folder in _year_folders(context.paths, table):
                if not any(folder.iterdir()):
                    folder.rmdir()
    return [one for one in before if not one.path.exists()]


def _working_tables(paths: DataPaths) -> Iterator[Needless]:
    for table in WORKING_TABLES:
        for folder in _year_folders(paths, table):
            needed = _needed(paths, int(folder.name))
            if needed is None:
                continue
            for path in sorted(folder.iterdir()):
                match = _WORKING_FILE.fullmatch(path.name)
                if match and match[1] not in needed:
                    yield _needless(path, f"{table} of documents that are not listed any more")


def _needed(paths: DataPaths, year: int) -> set[str] | None:
    """The documents that a year lists, those whose file is gone included; None where that is not known."""
    if (paths.raw_dir / str(year)).is_dir() or paths.published("documents", year).exists():
        listed = {one.document_id for one in read_known_files(paths.published("raw_disclosures", year))}
        return listed or None
    return {one.document_id for one in read_known_files(paths.published("raw_disclosures", year))}


def _notes(paths: DataPaths) -> Iterator[Needless]:
    """Notes on years that have no such tables any more."""
    for table in WORKING_TABLES:
        for path in _state_files(paths, f"{table}_*.json"):
            folder = paths.table_dir(table) / path.stem.removeprefix(f"{table}_")
            if not folder.is_dir() or not any(folder.iterdir()):
                yield _needless(path, "notes on years without tables")
    for path in _state_files(paths, "judged_*.json"):
        year = path.stem.removeprefix("judged_")
        if _YEAR.fullmatch(year) and not paths.published("documents", int(year)).exists():
            yield _needless(path, "notes on years without tables")


def _unfinished(paths: DataPaths) -> Iterator[Needless]:
    for root in (paths.parquet_dir, paths.state_dir):
        for path in sorted(root.rglob(".*.tmp")) if root.is_dir() else ():
            match = _STAGED.fullmatch(path.name)
            if match and path.is_file() and not is_alive(int(match[1])):
                yield _needless(path, "left half-written by runs that were stopped")


def _needless(path: Path, why: str) -> Needless:
    return Needless(path, why, path.stat().st_size)


def _state_files(paths: DataPaths, pattern: str) -> Sequence[Path]:
    return sorted(paths.state_dir.glob(pattern)) if paths.state_dir.is_dir() else ()


def _year_folders(paths: DataPaths, table: str) -> list[Path]:
    root = paths.table_dir(table)
    folders = root.iterdir() if root.is_dir() else ()
    return sorted(one for one in folders if one.is_dir() and _YEAR.fullmatch(one.name))
