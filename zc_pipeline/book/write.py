"""The book as a folder: built beside its place, then put there in one step."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import shutil
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from zc_pipeline.book import data, pages
from zc_pipeline.book.pictures import VERSION as PICTURES_VERSION
from zc_pipeline.book.pictures import PagePicture, find_pdf, page_picture
from zc_pipeline.book.read import Document, grouped, published_years, read_printed, read_year
from zc_pipeline.errors import DocumentError, UsageError
from zc_pipeline.isolation.limits import Limits
from zc_pipeline.parse.forms.base import AMOUNT_COLUMNS
from zc_pipeline.settings import read_limits
from zc_pipeline.storage.files import is_alive
from zc_pipeline.storage.paths import DataPaths

log = logging.getLogger(__name__)

_MARK: Final = "book.json"
_KIND: Final = "zc_pipeline book"
_PROGRESS: Final = 100  # documents between two words of progress


@dataclass(slots=True)
class BookReport:
    """What was written.

    Attributes:
        index: the page to open.
        documents, projects, indicators: how many have their place in the book.
        pictures: pages with a picture; ``drawn`` of them are new.
        without_picture: documents some of whose pages have none, with the reason.
        file_count, size_bytes: of the whole folder; ``changed`` files differ from those of the book before.
    """

    index: Path
    documents: int = 0
    projects: int = 0
    indicators: int = 0
    pictures: int = 0
    drawn: int = 0
    without_picture: dict[str, str] = field(default_factory=dict)
    file_count: int = 0
    changed: int = 0
    size_bytes: int = 0

    @property
    def lines(self) -> list[str]:
        """The report in words."""
        megabytes = f"{self.size_bytes / 1e6:,.1f}"
        missing = f", {len(self.without_picture)} documents without" if self.without_picture else ""
        return [
            f"Documents   {self.documents:,}",
            f"Projects    {self.projects:,}",
            f"Indicators  {self.indicators:,}",
            f"Pictures    {self.pictures:,} ({self.drawn:,} new{missing})",
            f"Files       {self.file_count:,} ({self.changed:,} new or changed), {megabytes} MB",
            f"Book        {self.index}",
        ]


def write_book(
    paths: DataPaths,
    target: Path,
    *,
    year: int | None = None,
    with_pictures: bool = True,
    language: str = "zh",
) -> BookReport:
    """Write the book over the published tables; a book that lies there is replaced.

    Args:
        paths: the data folder.
        target: the book's folder; files in it that are not the book's are kept.
        year: this fiscal year only.
        with_pictures: draw the pages that have projects, or that a grave problem names.
        language: ``zh`` or ``en``: the language the pages begin with.

    Raises:
        UsageError: nothing is published, a table is not there, or the folder holds something else.
    """
    target = target.resolve()
    _clear_after_dead(target)
    before = _read_mark(target)
    years = published_years(paths, year)
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir()
    try:
        folder = _Folder(beside, target, before)
        report = BookReport(target / "index.html")
        _Writer(paths, folder, with_pictures, language, report).write(years)
        folder.close(report)
        _put_in_place(beside, target)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return report


def _clear_after_dead(target: Path) -> None:
    """Remove what killed processes built beside the book; a book that one had just put aside is put back."""
    pattern = re.compile(rf"\.{re.escape(target.name)}\.(\d+)\.(tmp|old)")
    found = list(target.parent.iterdir()) if target.parent.is_dir() else []
    for path in found:
        match = pattern.fullmatch(path.name)
        if match is None or is_alive(int(match[1])):
            continue
        if match[2] == "old" and not target.exists():
            path.rename(target)
        else:
            shutil.rmtree(path, ignore_errors=True)


# --- the folder -----------------------------------------------------------------------------------


def _read_mark(target: Path) -> dict[str, Any]:
    """What the book before says of itself; empty where there is nothing yet.

    Raises:
        UsageError: the folder is none, or holds something that is no book.
    """
    if not target.exists():
        return {}
    if not target.is_dir():
        raise UsageError(f"{target} is a file: name a folder for the book.")
    if not any(target.iterdir()):
        return {}
    with contextlib.suppress(OSError, ValueError):
        found = json.loads((target / _MARK).read_text(encoding="utf-8"))
        if isinstance(found, dict) and found.get("kind") == _KIND:
            return found
    raise UsageError(
        f"{target} holds something that is no book of zc-pipeline; nothing was changed. Name another folder, "
        "or an empty one."
    )


class _Folder:
    """The new folder: files that are as they were before are taken over with their times."""

    def __init__(self, new: Path, old: Path, before: dict[str, Any]) -> None:
        self._new, self._old, self._before = new, old, before
        self._known = frozenset(before.get("files", ()))
        self._files: list[str] = []
        self.sizes: dict[str, list[float]] = {}
        self._changed = 0
        self._bytes = 0

    def put(self, name: str, content: str | bytes) -> None:
        """Write one file of the book."""
        raw = content.encode() if isinstance(content, str) else content
        if name in self._known and _read(self._old / name) == raw:
            self._take_over(name)
            return
        path = self._path(name)
        path.write_bytes(raw)
        self._changed += 1
        self._note(name, len(raw))

    def take_picture(self, name: str) -> bool:
        """Take over the picture of a page, if it is there: its name tells the content of the file."""
        is_current = self._before.get("pictures_version") == PICTURES_VERSION
        size = self._before.get("sizes", {}).get(name)
        if not is_current or size is None or not (self._old / name).is_file():
            return False
        self._take_over(name)
        self.sizes[name] = size
        return True

    def put_picture(self, name: str, picture: PagePicture) -> None:
        """Write the picture of a page."""
        self.put(name, picture.webp)
        self.sizes[name] = [picture.width, picture.height]

    def close(self, report: BookReport) -> None:
        """Write what the book says of itself, and take over what others put beside it."""
        mark = {
            "kind": _KIND,
            "pictures_version": PICTURES_VERSION,
            "files": sorted([*self._files, _MARK]),
            "sizes": self.sizes,
        }
        self.put(_MARK, json.dumps(mark, ensure_ascii=False, indent=0, sort_keys=True) + "\n")
        report.file_count, report.changed, report.size_bytes = len(self._files), self._changed, self._bytes
        if not self._before:
            return
        for path in sorted(self._old.rglob("*")):
            name = path.relative_to(self._old).as_posix()
            if path.is_file() and name not in self._known and not (self._new / name).exists():
                (self._new / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, self._new / name, follow_symlinks=False)

    def _take_over(self, name: str) -> None:
        path = self._path(name)
        try:
            os.link(self._old / name, path)
        except OSError:  # a file system without links
            shutil.copy2(self._old / name, path)
        self._note(name, path.stat().st_size)

    def _path(self, name: str) -> Path:
        path = self._new / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def _note(self, name: str, size: int) -> None:
        self._files.append(name)
        self._bytes += size


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _put_in_place(new: Path, target: Path) -> None:
    aside = target.with_name(f".{target.name}.{os.getpid()}.old")
    if not target.exists():
        new.rename(target)
        return
    target.rename(aside)
    try:
        new.rename(target)
    except OSError:
        aside.rename(target)
        raise
    shutil.rmtree(aside)


# --- what is in it --------------------------------------------------------------------------------


@dataclass(slots=True)
class _Writer:
    """Goes through the years, a document at a time."""

    paths: DataPaths
    folder: _Folder
    with_pictures: bool
    language: str
    report: BookReport
    limits: Limits = field(default_factory=read_limits)
    names: data.Names = field(default_factory=data.Names)
    documents: list[list[data.Json]] = field(default_factory=list)
    shards: dict[str, list[dict[str, data.Json]]] = field(
        default_factory=lambda: {kind: [] for kind in ("projects", "goals", "indicators", *pages.LISTS)}
    )
    summary: dict[str, data.Json] = field(default_factory=dict)

    def write(self, years: Iterable[int | None]) -> None:
        """Write the book of some years into the folder."""
        listed = list(years)
        for year in listed:
            self._write_year(year)
        self._put_data(
            "book",
            {
                "years": [year for year in listed if year is not None],
                "amounts": AMOUNT_COLUMNS,
                "summary": self.summary,
                "documents": self.documents,
                "names": self.names.texts,
                "shards": self.shards,
            },
        )
        self._put_data(
            "texts",
            {
                "words": pages.read_texts(),
                "columns": {table: data.column_titles(table) for table in data.SHOWN_TABLES},
                "carried": {
                    table: [one.name for one in data.columns_of(table)] for table in data.SHOWN_TABLES
                },
                "catalogue": data.catalogue(),
            },
        )
        self.folder.put("index.html", pages.index_page(self.language))
        for kind in pages.LISTS:
            self.folder.put(f"{kind}.html", pages.list_page(self.language, kind))
        for name in pages.ASSETS:
            self.folder.put(f"assets/{name}", pages.read_asset(name))

    def _put_data(self, name: str, content: data.Json) -> None:
        self.folder.put(f"data/{name}.js", data.script(name, content))

    def _write_year(self, year: int | None) -> None:
        documents = read_year(self.paths, year)
        rows: dict[str, list[data.Json]] = {kind: [] for kind in self.shards}
        first = self.report.projects
        for document in documents:
            self._write_document(document)
            place = len(self.documents)
            self.documents.append([document.key, year, document.source_file])
            indicators = grouped(document.indicators, "project_id")
            for row in document.projects:
                own = indicators[row["project_id"]]
                project = first + len(rows["projects"])
                rows["projects"].append(data.project_search_row(place, row, own, self.names))
                rows["goals"].append(row["performance_goal"])
                rows["indicators"] += [data.indicator_search_row(project, one, self.names) for one in own]
            rows["documents"] += [[place, one["row"], one["reasons"]] for one in data.document_rows(document)]
            for kind in ("problems", "reconciliation"):
                rows[kind] += [[place, data.row_values(kind, row)] for row in getattr(document, kind)]
            if len(self.documents) % _PROGRESS == 0:
                log.info("%d documents are in the book so far", len(self.documents))
        self.report.documents += len(documents)
        self.report.projects += len(rows["projects"])
        self.report.indicators += len(rows["indicators"])
        self.summary[str(year or "unfiled")] = data.year_summary(documents)
        for kind, found in rows.items():
            self._put_shards(kind, year, found, first)

    def _put_shards(self, kind: str, year: int | None, rows: list[data.Json], first: int) -> None:
        for number, some in enumerate(data.split_rows(rows), start=1):
            name = f"{kind}-{year or 'unfiled'}-{number}"
            self._put_data(name, some)
            self.shards[kind].append({"file": name, "year": year, "first": first})
            first += len(some)

    def _write_document(self, document: Document) -> None:
        printed = read_printed(self.paths, document)
        sizes = {number: [*size, None] for number, size in printed.page_sizes.items()}
        why = self._draw(document, data.printed_pages(document, printed), sizes)
        details_in: dict[str, int] = {}
        details = data.details_of(document, printed)
        for number, some in enumerate(data.split_rows(details), start=1):
            details_in |= dict.fromkeys((project_id for project_id, _ in some), number)
            content = {data.suffix(project_id): one for project_id, one in some}
            self._put_data(f"documents/{document.key}-{number}", content)
        head = data.document_head(document, details_in)
        shown = {
            str(number): sizes[number] for number in data.printed_pages(document, printed) if number in sizes
        }
        head |= {"pages": shown, "no_picture": why, "problem_pages": data.problem_pages(document)}
        self._put_data(f"documents/{document.key}", head)
        heading = data.heading_of(document)
        self.folder.put(
            f"documents/{document.key}.html",
            pages.document_page(self.language, document.key, heading, document.source_file),
        )

    def _draw(self, document: Document, numbers: Iterable[int], sizes: dict[int, list[Any]]) -> str | None:
        """Draw pages of a document; what is left without a picture is told by the reason returned."""
        if not self.with_pictures:
            return "none"
        wanted = list(numbers)
        if not wanted:
            return None
        pdf, why = find_pdf(
            self.paths.raw_dir, [document.source_file, *document.copies], document.document_id
        )
        if pdf is not None:
            names = {number: f"pictures/{document.key}/{number}.webp" for number in wanted}
            missing = [number for number in wanted if not self.folder.take_picture(names[number])]
            for number, picture in zip(missing, self._drawn(pdf, missing), strict=True):
                if picture is None:
                    del names[number]
                    why = "failed"
                    continue
                self.folder.put_picture(names[number], picture)
                self.report.drawn += 1
            sizes |= {number: [*self.folder.sizes[name], name] for number, name in names.items()}
            self.report.pictures += len(names)
        if why is not None:
            self.report.without_picture[document.source_file] = why
        return why

    def _drawn(self, pdf: Path, numbers: Iterable[int]) -> list[PagePicture | None]:
        """Pages of a file, drawn on all cores; None for one that cannot be."""

        def draw(number: int) -> PagePicture | None:
            try:
                return page_picture(pdf, number, self.limits)
            except DocumentError as error:
                log.warning("page %d of %s has no picture: %s", number, pdf, error.message)
                return None

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return list(pool.map(draw, numbers))
