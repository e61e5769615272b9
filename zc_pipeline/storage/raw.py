"""What lies in the raw folder: PDF files by fiscal year, and those that lie in no year's folder."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from zc_pipeline.errors import UsageError
from zc_pipeline.model import RawFile, Release
from zc_pipeline.parse.document import PARSER_VERSION
from zc_pipeline.schemas.fields import SCHEMA_VERSION
from zc_pipeline.storage.paths import DataPaths

FIRST_YEAR: Final = 2010
TIME_ZONE: Final = "Asia/Shanghai"
_YEAR: Final = re.compile(r"\d{4}")


def last_year(today: date | None = None) -> int:
    """The last fiscal year taken in: next year's, whose budgets are published this winter."""
    return (today or datetime.now(ZoneInfo(TIME_ZONE)).date()).year + 1


def scan_raw(paths: DataPaths) -> list[RawFile]:
    """All PDFs below the raw folder (suffix in any case), sorted by path; hidden files are left out.

    Raises:
        UsageError: there is no raw folder.
    """
    if not paths.raw_dir.is_dir():
        raise UsageError(
            f"There is no folder {paths.raw_dir}. Put the PDFs into {paths.raw_dir}/<year>/, or name another "
            "data folder with --data-dir or ZC_DATA_DIR."
        )
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


def fingerprint(files: Iterable[RawFile], releases: Iterable[Release] = ()) -> str:
    """What a year's run reads, as one hash: its files' names, sizes and times, releases, and our versions.

    It changes when a file is added, removed, renamed or written, when a release is, and when a new version of
    the parser or the schemas must read everything again.
    """
    lines = [f"{file.source_file}\t{file.size_bytes}\t{file.modified_ns}" for file in files]
    lines += [f"{release.document_id}\t{release}" for release in releases]
    text = "\n".join([PARSER_VERSION, SCHEMA_VERSION, *sorted(lines)])
    return hashlib.sha256(text.encode()).hexdigest()


def _year_of(relative: Path) -> int | None:
    folder = relative.parts[0]
    if len(relative.parts) < 2 or not _YEAR.fullmatch(folder):
        return None
    year = int(folder)
    return year if FIRST_YEAR <= year <= last_year() else None
