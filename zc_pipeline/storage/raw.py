"""What lies in the raw folder: PDF files by fiscal year, and those that lie in no year's folder."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import fields
from datetime import date, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq

from zc_pipeline.errors import UsageError
from zc_pipeline.model import RawFile, Release, RevisionWord
from zc_pipeline.parse.document import PARSER_VERSION, READER_VERSION
from zc_pipeline.schemas.fields import SCHEMA_VERSION
from zc_pipeline.storage.paths import DataPaths
from zc_pipeline.tables.raw_disclosures import KnownFile

FIRST_YEAR: Final = 2010
TIME_ZONE: Final = "Asia/Shanghai"
_YEAR: Final = re.compile(r"\d{4}")


def last_year(today: date | None = None) -> int:
    """The last fiscal year taken in: next year's, whose budgets are published this winter."""
    return (today or datetime.now(ZoneInfo(TIME_ZONE)).date()).year + 1


def require_raw(paths: DataPaths) -> None:
    """Make sure that there is a raw folder.

    Raises:
        UsageError: there is none.
    """
    if not paths.raw_dir.is_dir():
        raise UsageError(
            f"There is no folder {paths.raw_dir}. Put the PDFs into {paths.raw_dir}/<year>/, or name another "
            "data folder with --data-dir or ZC_DATA_DIR."
        )


def scan_raw(paths: DataPaths) -> list[RawFile]:
    """All PDFs below the raw folder (suffix in any case), sorted by path; hidden files are left out.

    Raises:
        UsageError: there is no raw folder.
    """
    require_raw(paths)
    found = []
    for path in paths.raw_dir.rglob("*"):
        relative = path.relative_to(paths.raw_dir)
        if path.suffix.lower() != ".pdf" or any(part.startswith(".") for part in relative.parts):
            continue
        if not path.is_file():
            continue
        status = path.stat()
        found.append(
            RawFile(relative.as_posix(), path, _year_of(relative), status.st_size, status.st_mtime_ns)
        )
    return sorted(found, key=lambda file: file.source_file)


def files_by_year(files: Iterable[RawFile]) -> dict[int | None, list[RawFile]]:
    """Group files by their folder's year; None holds those in no year's folder."""
    grouped: dict[int | None, list[RawFile]] = {}
    for file in files:
        grouped.setdefault(file.year, []).append(file)
    return grouped


def read_known_files(path: Path) -> list[KnownFile]:
    """The files that an earlier run listed in a year's `raw_disclosures`, whatever version wrote it.

    When a content was first seen decides which of two versions is the later one: it must outlive a change of
    the table's columns. A column that the file does not have is taken for empty.

    Returns:
        None of them where there is no such file, or it is damaged.
    """
    try:
        rows = pq.read_table(path, partitioning=None).to_pylist()
        names = [field.name for field in fields(KnownFile)]
        return [KnownFile(**{name: row[name] for name in names if name in row}) for row in rows]
    except (FileNotFoundError, pa.ArrowInvalid, OSError, TypeError):
        return []


def fingerprint(
    files: Iterable[RawFile], releases: Iterable[Release] = (), words: Iterable[RevisionWord] = ()
) -> str:
    """What a year's run reads, as one hash: its files' names, sizes and times, releases, and our versions.

    It changes when a file is added, removed, renamed or written, when a release or a person's word on
    revisions is, and when a new version of the parser or the schemas must read everything again.
    """
    lines = [f"{file.source_file}\t{file.size_bytes}\t{file.modified_ns}" for file in files]
    lines += [f"{release.document_id}\t{release}" for release in releases]
    lines += [f"{' '.join(word.documents)}\t{word}" for word in words]
    text = "\n".join([READER_VERSION, PARSER_VERSION, SCHEMA_VERSION, *sorted(lines)])
    return hashlib.sha256(text.encode()).hexdigest()


def _year_of(relative: Path) -> int | None:
    folder = relative.parts[0]
    if len(relative.parts) < 2 or not _YEAR.fullmatch(folder):
        return None
    year = int(folder)
    return year if FIRST_YEAR <= year <= last_year() else None
