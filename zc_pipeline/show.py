"""From a value to the printed place: a project, an indicator or a page, its picture and its printed text.

It reads what runs left on disk (published tables, working tables, the PDF) and changes nothing. Not here:
drawing (``pictures``), words of the command line (``cli``), Dagster (``defs``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from zc_pipeline.errors import DocumentError, Stage, UsageError
from zc_pipeline.isolation.reading import count_pages_isolated, render_page_isolated
from zc_pipeline.model import SET_ASIDE, Box, ItemKind, Join, PageItem, RowPart, TableFacts, TableRow, Verdict
from zc_pipeline.parse.document import hash_file
from zc_pipeline.parse.forms.base import AMOUNT_COLUMNS, COLUMNS
from zc_pipeline.parse.settle import deduplicate
from zc_pipeline.parse.target_tables import find_target_tables
from zc_pipeline.pictures import Mark, MarkedPage, MarkKind, draw_pages, picture_of
from zc_pipeline.settings import read_limits
from zc_pipeline.storage.parquet import StoredTable, read_table
from zc_pipeline.storage.paths import DataPaths
from zc_pipeline.storage.raw import source_path
from zc_pipeline.tables.frames import records_of
from zc_pipeline.tables.notes import tables_from_json
from zc_pipeline.tables.page_text import page_items
from zc_pipeline.tables.stitched_rows import table_rows

if TYPE_CHECKING:
    from PIL import Image

_SCALE: Final = 2.0  # pixels a point: 9 pt text can be read
_ROW_ID: Final = re.compile(r"([0-9a-f]{20})-t(\d+)-p(\d{4,})(-i\d{3,})?")
_FEWEST_DIGITS: Final = 8
_HEX: Final = re.compile(r"[0-9a-f]{8,64}")
# In these stages a problem's row is its place in the page's ruled table, later `stitched_rows.row_order`.
_GRID_STAGES: Final = frozenset(
    {Stage.RAW_DISCLOSURES.value, Stage.PAGE_TEXT.value, Stage.STITCHED_ROWS.value}
)
_MOST_NAMED: Final = 5

_Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture, what is said beside it, and a file name for it."""

    picture: Image.Image
    lines: list[str]
    name: str


def show(paths: DataPaths, identity: str, page: int | None = None) -> Shown:
    """Find where something is printed.

    Args:
        paths: the data folder.
        identity: a ``project_id``, an ``indicator_id``, or a document: its file name, its path below
            ``raw/``, or the first 8 or more digits of its ``document_id``.
        page: of a document, from 1; None is 1. Not given with a project or an indicator.

    Raises:
        UsageError: there is nothing of that name or no such page, its PDF is gone or was changed, or it
            cannot be drawn.
    """
    documents = _Documents(paths)
    match = _ROW_ID.fullmatch(identity)
    try:
        if match is None:
            return _show_page(documents.named(identity), 1 if page is None else page)
        if page is not None:
            raise UsageError("--page goes with a document; a project or indicator tells its pages itself.")
        return _show_row(documents.beginning(match[1], identity), match)
    except DocumentError as error:
        raise UsageError(f"{identity} cannot be shown: {error.message}") from error


def show_held(paths: DataPaths, year: int) -> Iterator[tuple[str, Callable[[], Shown]]]:
    """The held documents of a year, each with a call that shows the page of its first problem.

    Yields:
        (source_file, call); the call raises as :func:`show` does.
    """
    documents = _Documents(paths, year)
    for document in documents.all:
        if document.verdict == Verdict.HELD.value and not document.is_set_aside:
            page = next((one["page"] for one in document.grave_problems if one["page"] is not None), None)
            page = page or next((one["page_first"] for one in document.tables if one["page_first"]), 1)
            yield document.source_file, _page_call(document, page)


def _page_call(document: _Document, page: int) -> Callable[[], Shown]:
    def call() -> Shown:
        try:
            return _show_page(document, page)
        except DocumentError as error:
            raise UsageError(error.message) from error

    return call


# --- documents ------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Document:
    """One published document: its rows in `documents` and `problems`, and every file with its content."""

    paths: DataPaths
    document_id: str
    year: int | None
    tables: list[_Record]
    problems: list[_Record] = field(default_factory=list)
    copies: list[str] = field(default_factory=list)

    @property
    def source_file(self) -> str:
        return str(self.tables[0]["source_file"])

    @property
    def verdict(self) -> str:
        verdicts = {table["verdict"] for table in self.tables}
        return next(one.value for one in reversed(Verdict) if one.value in verdicts)

    @property
    def is_set_aside(self) -> bool:
        """Whether later versions took the place of all its tables, or its file is gone."""
        return all(table["standing"] in SET_ASIDE for table in self.tables)

    @property
    def grave_problems(self) -> list[_Record]:
        grave = (Verdict.HELD.value, Verdict.REFUSED.value)
        return [problem for problem in self.problems if problem["severity"] in grave]

    def pdf(self) -> Path:
        """A file that still has the content that was read."""
        names = list(dict.fromkeys([self.source_file, *self.copies]))
        found = [path for name in names if (path := source_path(self.paths.raw_dir, name)).is_file()]
        for path in found:
            if hash_file(path) == self.document_id:
                return path
        if found:
            raise UsageError(
                f"{found[0]} was changed since it was read, so its boxes are no longer where they were. "
                "Call `zc-pipeline run`, then ask again with the new id."
            )
        raise UsageError(
            f"{self.paths.raw_dir / self.source_file} is gone: put the PDF back to see it. "
            f"Its sha256 is {self.document_id}."
        )

    def items(self) -> list[PageItem]:
        return page_items(stored.frame) if (stored := self._working("page_text")) is not None else []

    def rows(self) -> tuple[list[TableRow], list[TableFacts]]:
        stored = self._working("stitched_rows")
        if stored is None:
            return [], []
        return table_rows(stored.frame), tables_from_json(stored.notes["tables"])

    def _working(self, table: str) -> StoredTable | None:
        if self.year is None:
            return None
        stored = read_table(self.paths.working(table, self.year, self.document_id), table)
        if stored is None:
            raise UsageError(
                f"`{table}` of {self.source_file} is not there, or of another version. "
                "Call `zc-pipeline run`."
            )
        return stored


class _Documents:
    """All published documents of a data folder, or of one year."""

    def __init__(self, paths: DataPaths, year: int | None = None) -> None:
        self._paths = paths
        self._by_place: dict[tuple[int | None, str], _Document] = {}
        for row in self._rows("documents", year):
            place = row["fiscal_year"], row["document_id"]
            document = self._by_place.setdefault(place, _Document(paths, row["document_id"], place[0], []))
            document.tables.append(row)
        for row in self._rows("problems", year):
            self._by_place[row["fiscal_year"], row["document_id"]].problems.append(row)
        for row in self._rows("raw_disclosures", year):
            place = row["fiscal_year"], row["document_id"]
            if place in self._by_place:
                self._by_place[place].copies.append(row["source_file"])
        if not self._by_place and year is None:
            raise UsageError(
                f"No published documents of this version are in {paths.parquet_dir}. Call `zc-pipeline run`."
            )

    @property
    def all(self) -> list[_Document]:
        return list(self._by_place.values())

    def named(self, name: str) -> _Document:
        """The document of a file name, a path below ``raw/``, or the beginning of a ``document_id``."""
        found = [
            document
            for document in self.all
            if any(name in (one, Path(one).name) for one in (document.source_file, *document.copies))
        ]
        if not found and _HEX.fullmatch(name):
            found = [one for one in self.all if one.document_id.startswith(name)]
        if not found:
            raise UsageError(
                f"Nothing read so far is named {name!r}. Give a project_id, an indicator_id, or a document: "
                f"file name, path below raw/, or at least {_FEWEST_DIGITS} digits of its document_id. "
                "`zc-pipeline status` says what lies there."
            )
        # Of several contents that lay under one name, the one that lies there now.
        found = [one for one in found if not one.tables[0]["withdrawn_at"]] or found
        if len({one.document_id for one in found}) > 1:
            files = ", ".join(one.source_file for one in found[:_MOST_NAMED])
            more = f" and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
            raise UsageError(
                f"{name!r} is the name of {len(found)} documents: {files}{more}. Name one of them."
            )
        return found[-1]

    def beginning(self, digits: str, identity: str) -> _Document:
        """The document with rows that a row's id names."""
        found = [one for one in self.all if one.document_id.startswith(digits)]
        if not found:
            raise UsageError(f"{identity} is of no document read so far: none begins with {digits}.")
        return found[-1]

    def _rows(self, table: str, year: int | None) -> Iterator[_Record]:
        folder = self._paths.table_dir(table)
        files = [self._paths.published(table, year)] if year else sorted(folder.glob(f"{table}_*.parquet"))
        for file in files:
            stored = read_table(file, table)
            yield from records_of(stored.frame) if stored else ()


# --- a page ---------------------------------------------------------------------------------------


def _show_page(document: _Document, page: int) -> Shown:
    pdf = document.pdf()
    if document.verdict == Verdict.REFUSED.value and not document.tables[0]["page_count"]:
        raise UsageError("\n".join([*_document_lines(document), "It has no page that can be shown."]))
    count = count_pages_isolated(pdf, read_limits())
    if not 1 <= page <= count:
        raise UsageError(
            f"{document.source_file} has {count} page{'' if count == 1 else 's'}: there is no page {page}."
        )
    items = [item for item in document.items() if item.page == page]
    here = [problem for problem in document.problems if problem["page"] in (page, None)]
    elsewhere = [problem for problem in document.problems if problem not in here]
    marks = [Mark(item.box, _kind(item)) for item in items]
    marks += [Mark(box, MarkKind.PROBLEM) for box in _problem_boxes(document, page, items)]
    picture = _draw(pdf, [(page, marks, f"page {page} of {count}")])
    pages = sorted({problem["page"] for problem in elsewhere})
    lines = [
        *_document_lines(document),
        f"Page {page} of {count}: {_count_words(items)}",
        *_problem_lines(here),
        *([f"{len(elsewhere)} more problems on pages {', '.join(map(str, pages))}"] if elsewhere else []),
    ]
    return Shown(picture, lines, f"{Path(document.source_file).stem}-page-{page}.png")


def _kind(item: PageItem) -> MarkKind:
    if item.kind is ItemKind.LINE:
        return MarkKind.LINE
    return MarkKind.CLIPPED if item.is_clipped else MarkKind.CELL


def _count_words(items: Sequence[PageItem]) -> str:
    if not items:
        return "nothing was read of it"
    cells = [item for item in items if item.kind is ItemKind.CELL]
    clipped = sum(item.is_clipped for item in cells)
    return (
        f"{len(cells)} table cells, {clipped} of them cut by a clip, and {len(items) - len(cells)} free lines"
    )


def _problem_boxes(document: _Document, page: int, items: Sequence[PageItem]) -> Iterator[Box]:
    """The row that a problem names, on this page; where it names none, the free lines that it quotes."""
    problems = [problem for problem in document.problems if problem["page"] is not None]
    if not problems or not items:
        return
    rows, tables = document.rows()
    for problem in problems:
        number, order = problem["table_number"], problem["row_order"]
        if order is None:
            quoted = set((problem["raw_text"] or "").split("\n")) if problem["page"] == page else set()
            yield from (item.box for item in items if item.kind is ItemKind.LINE and item.text in quoted)
        elif problem["stage"] not in _GRID_STAGES:
            parts = [
                part
                for row in rows
                if (row.table_number, row.row_order) == (number, order)
                for part in row.parts
            ]
            yield from _row_boxes(items, parts)
        elif problem["page"] == page:
            printed = [
                part for facts in tables if facts.table_number == number for part in facts.printed_rows
            ]
            parts = [part for part in printed if (part.page, part.grid_row) == (page, order)]
            # A row that was not read is in no list: then every ruled table of the page is meant.
            grids = {item.grid_number for item in items if item.grid_number is not None}
            yield from _row_boxes(items, parts or [RowPart(page, grid, order) for grid in grids])


def _row_boxes(items: Iterable[PageItem], parts: Sequence[RowPart]) -> Iterator[Box]:
    for item in items:
        if any(
            (item.page, item.grid_number) == (part.page, part.grid_number)
            and (item.grid_row or 0) <= part.grid_row < (item.grid_row or 0) + (item.row_span or 1)
            for part in parts
        ):
            yield item.box


def _document_lines(document: _Document) -> list[str]:
    lines = [f"{document.source_file}  {document.document_id}"]
    for table in document.tables:
        reasons = f" ({table['reason_codes']})" if table["reason_codes"] else ""
        if not table["table_number"]:
            lines.append(f"{table['verdict']}{reasons}: no target table")
            continue
        lines.append(
            f"Table {table['table_number']}: {table['verdict']}{reasons}, pages {table['page_first']} to "
            f"{table['page_last']}, {table['project_count']} projects, {table['indicator_count']} "
            f"indicators, {table['department_name'] or 'no department'}"
        )
    return lines


def _problem_lines(problems: Iterable[_Record]) -> Iterator[str]:
    for problem in problems:
        place = "" if problem["page"] is not None else " (of no one page)"
        yield f"    {problem['severity']}, {problem['code']}{place}: {problem['message']}"


# --- a row ----------------------------------------------------------------------------------------


def _show_row(document: _Document, match: re.Match[str]) -> Shown:
    identity, table_number = match[0], int(match[2])
    project_id = identity.removesuffix(match[4] or "")
    project = _published(document, "projects", "project_id", project_id)
    if project is None:
        raise UsageError(_why_not_there(document, table_number, project_id))
    indicators = [row for row in _rows_of(document, "indicators") if row["project_id"] == project_id]
    indicator = next((row for row in indicators if row["indicator_id"] == identity), None)
    if match[4] and indicator is None:
        raise UsageError(f"{project_id} has {len(indicators)} indicators: there is no {identity}.")
    pdf = document.pdf()
    row = _printed_row(document, table_number, project["row_order"])
    cells = {
        printed.part: printed.cells
        for table in find_target_tables(document.items()).tables
        for printed in table.rows
        if printed.part in row.parts
    }
    count = count_pages_isolated(pdf, read_limits())
    pages: dict[int, list[Mark]] = {}
    for part in row.parts:
        for column, item in cells[part].items():
            is_told = indicator is not None and column == "indicators"
            mark = Mark(item.box, MarkKind.TOLD if is_told else MarkKind.ROW)
            pages.setdefault(part.page, []).append(mark)
    is_twice = len(pages) > 1 and row.join is Join.NONE
    piece = "copy" if is_twice else "part"
    captions = {
        page: f"page {page} of {count}" + (f", {piece} {place} of {len(pages)}" if len(pages) > 1 else "")
        for place, page in enumerate(pages, start=1)
    }
    picture = _draw(pdf, [(page, marks, captions[page]) for page, marks in pages.items()])
    where = f"page {row.page_first}" if len(pages) == 1 else f"pages {', '.join(map(str, pages))}"
    how = f", joined by {row.join.value}" if row.join is not Join.NONE else ", printed twice" * is_twice
    lines = [identity, f"{document.source_file}, {where} ({' '.join(map(str, row.parts))}{how})", ""]
    if indicator is not None:
        lines += _indicator_lines(indicator)
    else:
        unit = next(one["money_unit"] for one in document.tables if one["table_number"] == table_number)
        lines += _project_lines(project, row, indicators, unit)
    return Shown(picture, lines, f"{identity}.png")


def _published(document: _Document, table: str, key: str, value: str) -> _Record | None:
    return next((row for row in _rows_of(document, table) if row[key] == value), None)


def _rows_of(document: _Document, table: str) -> list[_Record]:
    stored = read_table(document.paths.published(table, document.year), table)
    if stored is None:
        raise UsageError(
            f"`{table}` of {document.year} is not there, or of another version. Call `zc-pipeline run`."
        )
    return [row for row in records_of(stored.frame) if row["document_id"] == document.document_id]


def _why_not_there(document: _Document, table_number: int, project_id: str) -> str:
    table = next((one for one in document.tables if one["table_number"] == table_number), None)
    if document.year is None or table is None:
        return f"{document.source_file} has no table {table_number}: there is no {project_id}."
    if table["verdict"] != Verdict.ACCEPTED.value:
        page = next((one["page"] for one in document.grave_problems if one["page"]), table["page_first"] or 1)
        return (
            f"{project_id} is not published: table {table_number} of {document.source_file} was "
            f"{table['verdict']} ({table['reason_codes']}). See it with `zc-pipeline show "
            f"{document.document_id[:_FEWEST_DIGITS]} --page {page}`."
        )
    return (
        f"Table {table_number} of {document.source_file} has {table['project_count']} projects: there is no "
        f"{project_id}."
    )


def _printed_row(document: _Document, table_number: int, row_order: int) -> TableRow:
    """A row with all its parts, those of copies that were left out included."""
    rows, tables = document.rows()
    unit = next(facts.money_unit for facts in tables if facts.table_number == table_number)
    settled = deduplicate([row for row in rows if row.table_number == table_number], unit)
    return next(row for row in settled.rows if row.row_order == row_order)


def _project_lines(
    project: _Record, row: TableRow, indicators: Sequence[_Record], money_unit: str | None
) -> Iterator[str]:
    for column in COLUMNS:
        if column not in row.cells and project.get(f"{column}_cny") is None:
            continue
        if column in AMOUNT_COLUMNS:
            amount = project[f"{column}_cny"]
            heading = f"{column}_cny ({money_unit})"
            parsed = ["null: nothing, or a dash, is printed" if amount is None else f"{amount} CNY"]
        elif column == "indicators":
            heading = "indicators"
            parsed = [_one_line(indicator) for indicator in indicators] or ["none"]
        else:
            heading = {"goal": "performance_goal"}.get(column, column)
            parsed = [project[heading]]
        yield heading
        yield from _labelled("printed", row.cells.get(column, "(in no column of its own)").split("\n"))
        yield from _labelled("parsed", parsed)
    if project["fiscal_is_derived"]:
        yield f"fiscal_cny ({money_unit})"
        yield from _labelled(
            "parsed", [f"{project['fiscal_cny']} CNY: the sum of its parts, which are printed"]
        )
    yield "from other rows and lines of the table"
    for name in ("department_name", "unit_name"):
        yield from _labelled(name, [project[name] or "null: none is printed"])


def _one_line(indicator: _Record) -> str:
    return (
        f"{indicator['indicator_number']}. {indicator['level1_code']} {indicator['level1_name']}"
        f" | {indicator['level2_code']} {indicator['level2_name']} | {indicator['indicator_name']}"
        f" | cycle {indicator['cycle_target']} | annual {indicator['annual_target']}"
    )


def _indicator_lines(indicator: _Record) -> Iterator[str]:
    yield from _labelled("printed", [indicator["indicator_text"]])
    for name in (
        "indicator_number",
        "level1_code",
        "level1_name",
        "level2_code",
        "level2_name",
        "indicator_name",
        "cycle_target",
        "annual_target",
        "project_name",
        "unit_name",
        "department_name",
    ):
        yield from _labelled(name, ["null: none is printed" if indicator[name] is None else indicator[name]])


def _labelled(label: str, lines: Sequence[Any]) -> Iterator[str]:
    for place, line in enumerate(lines):
        yield f"    {label if place == 0 else '':<17}{line}".rstrip()


def _draw(pdf: Path, pages: Iterable[tuple[int, Sequence[Mark], str]]) -> Image.Image:
    limits = read_limits()
    drawn = []
    for number, marks, caption in pages:
        page = render_page_isolated(pdf, number, _SCALE, limits)
        drawn.append(MarkedPage(picture_of(page), page.width, page.height, tuple(marks), caption))
    return draw_pages(drawn)
