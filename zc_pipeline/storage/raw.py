"""What lies in the raw folder: PDF files by fiscal year, and those that lie in no year's folder."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import date, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq

from zc_pipeline.errors import UsageError, path_in_words
from zc_pipeline.model import RawFile, Release, RevisionWord
from zc_pipeline.parse.document import PARSER_VERSION, READER_VERSION
from zc_pipeline.schemas.fields import SCHEMA_VERSION
from zc_pipeline.storage.paths import DataPaths
from zc_pipeline.tables.raw_disclosures import KnownFile

FIRST_YEAR: Final = 2010
TIME_ZONE: Final = "Asia/Shanghai"
_YEAR: Final = re.compile(r"\d{4}")
_ESCAPED_BYTE: Final = re.compile(rb"\\x([0-9a-f]{2})")
# What a path answers that led to a file when its folder was listed and leads to none now, or never did.
_LEADS_NOWHERE: Final = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP})


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

    What vanishes while the folders are listed is left out as well.

    Raises:
        UsageError: there is no raw folder, or one below it cannot be listed: what lies there is not gone.
    """
    require_raw(paths)
    found = []
    for path in _walk(paths.raw_dir):
        try:
            status = path.stat()
        except OSError as error:
            _skip_or_refuse(error, path.parent)
            continue
        if stat.S_ISREG(status.st_mode):
            relative = path.relative_to(paths.raw_dir)
            found.append(raw_file(paths, relative, status.st_size, status.st_mtime_ns))
    return sorted(found, key=lambda file: file.source_file)


def raw_file(paths: DataPaths, relative: Path, size_bytes: int, modified_ns: int) -> RawFile:
    """A file of the raw folder, by its path below it."""
    path = paths.raw_dir / relative
    return RawFile(source_name(relative), path, _year_of(relative), size_bytes, modified_ns)


def source_name(relative: Path) -> str:
    r"""A path below the raw folder as text with forward slashes.

    A name that is not UTF-8, as archives from elsewhere leave them, has each byte that is none as ``\xb5``:
    so it can be stored and printed.
    """
    return path_in_words(relative.as_posix())


def source_path(raw_dir: Path, source_file: str) -> Path:
    """Where a file lies whose name :func:`source_name` gave, whether it is still there or not."""
    plain = raw_dir / source_file
    if "\\x" not in source_file or plain.exists():
        return plain
    name = _ESCAPED_BYTE.sub(lambda found: bytes.fromhex(found[1].decode("ascii")), source_file.encode())
    return raw_dir / os.fsdecode(name)


def _walk(root: Path) -> Iterator[Path]:
    """What is called a PDF below a folder; hidden files and folders, and folders behind links, are left out.

    Raises:
        UsageError: a folder cannot be listed.
    """

    def refuse(error: OSError) -> None:
        _skip_or_refuse(error, Path(os.fsdecode(error.filename or root)))

    for folder, below, names in os.walk(root, onerror=refuse):
        below[:] = [name for name in below if not name.startswith(".")]
        for name in names:
            if name.lower().endswith(".pdf") and not name.startswith("."):
                yield Path(folder, name)


def _skip_or_refuse(error: OSError, folder: Path) -> None:
    if error.errno in _LEADS_NOWHERE:
        return
    raise UsageError(
        f"The folder {path_in_words(folder)} cannot be looked through ({error.strerror}): nobody can tell "
        "which PDFs lie there, so nothing was done. Check its permissions and that the disk is mounted, or "
        "move the folder out of the raw folder."
    ) from error


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
