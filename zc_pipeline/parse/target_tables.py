"""Which grids of which pages make up a target table, and what is printed around it.

Page items in, printed rows by table out; rows are not yet joined over page breaks (``stitch``).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from zc_pipeline.errors import DocumentError, Stage
from zc_pipeline.model import Box, ItemKind, PageItem, Problem, RowPart, TableFacts
from zc_pipeline.parse.forms import FORMS
from zc_pipeline.parse.forms.base import Form
from zc_pipeline.parse.lookups import load_lookup
from zc_pipeline.parse.text import halfwidth, label_key, unwrap, without_blanks

# Column edges of one table on two pages differ by less: office suites place them anew on each page.
COLUMN_EDGE_PT: Final = 4.0
_YEAR: Final = re.compile(r"(20\d\d)年")
_PAGE_NUMBER: Final = re.compile(r"第(\d+)页(?:[,，/]?共(\d+)页)?")


@dataclass(frozen=True, slots=True)
class PrintedRow:
    """One grid row of a target table: its cells by meaning, before any joining."""

    part: RowPart
    cells: dict[str, PageItem]
    is_header: bool = False


@dataclass(slots=True)
class PrintedTable:
    """One target table as its pages print it."""

    facts: TableFacts
    form: Form
    rows: list[PrintedRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class FoundTables:
    """All target tables of a file, and what was seen on the way that belongs to none of them."""

    tables: tuple[PrintedTable, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where the columns of a table lie on the page, by meaning."""

    spans: tuple[tuple[str, float, float], ...]

    def meaning_of(self, box: Box) -> list[str]:
        """The columns a cell covers; empty where its edges do not fall on column edges."""
        inside = [
            meaning
            for meaning, x0, x1 in self.spans
            if box.x0 <= x0 + COLUMN_EDGE_PT and box.x1 >= x1 - COLUMN_EDGE_PT
        ]
        covers = [(x0, x1) for meaning, x0, x1 in self.spans if meaning in inside]
        if (
            not covers
            or abs(covers[0][0] - box.x0) > COLUMN_EDGE_PT
            or abs(covers[-1][1] - box.x1) > COLUMN_EDGE_PT
        ):
            return []
        return inside


def find_target_tables(items: Sequence[PageItem]) -> FoundTables:
    """Find the target tables of one file.

    Args:
        items: the file's ``page_text``, pages in order.

    Returns:
        tables in printed order, numbered from 1; problems that belong to no table. Where no table is found
        one of them is ``no_target_table``.

    Raises:
        DocumentError: a heading that is recognised but cannot be read (``unknown_column`` …).
    """
    walk = _Walk()
    for page, page_items in _by_page(items):
        walk.page(page, page_items)
    walk.close()
    problems = list(walk.problems)
    if not walk.tables:
        problems.append(
            Problem(
                Stage.STITCHED_ROWS,
                "no_target_table",
                "No page has a ruled table with the headings of a known target table.",
            )
        )
    problems += _check_page_numbers(items)
    return FoundTables(tuple(walk.tables), tuple(problems))


class _Walk:
    """The state while going through the pages: the table that is open, if any."""

    def __init__(self) -> None:
        self.tables: list[PrintedTable] = []
        self.problems: list[Problem] = []
        self._columns: _Columns | None = None
        self._is_open = False

    def page(self, page: int, items: Sequence[PageItem]) -> None:
        lines_above: list[str] = []
        grids: dict[int, list[PageItem]] = defaultdict(list)
        for item in items:
            if item.kind is ItemKind.CELL:
                grids[item.grid_number or 0].append(item)
        seen: set[int] = set()
        for item in items:
            if item.kind is ItemKind.LINE:
                lines_above.append(item.text)
            elif item.grid_number not in seen:
                seen.add(item.grid_number or 0)
                self._grid(page, grids[item.grid_number or 0], lines_above)
                lines_above = []

    def close(self) -> None:
        self._is_open = False

    def _grid(self, page: int, cells: Sequence[PageItem], lines_above: Sequence[str]) -> None:
        rows = _grid_rows(cells)
        captions: list[str] = []
        position = 0
        while position < len(rows):
            header = _match_header(rows[position])
            if header is not None:
                break
            position += 1
        has_header = position < len(rows)
        announces = [*lines_above]
        if has_header:
            captions = [unwrap(cell.text) for row in rows[:position] for cell in row if cell.text]
            announces += captions
        starts_table = has_header and (not self._is_open or _announces_table(announces))
        if starts_table:
            self._start(page, rows[position], announces)
            rows = rows[position:]
        elif not self._is_open or (not has_header and _announces_other(lines_above)):
            self._is_open = False
            self._note_other_table(page, rows)
            return
        self._add_rows(page, rows)

    def _start(self, page: int, header_row: list[PageItem], announces: Sequence[str]) -> None:
        form, _, unit_in_header = _require_header(header_row)
        facts, problems = _facts_of(len(self.tables) + 1, form.name, page, announces, unit_in_header)
        self.tables.append(PrintedTable(facts, form, problems=problems))
        self._is_open = True
        self._columns = None

    def _add_rows(self, page: int, rows: Iterable[list[PageItem]]) -> None:
        table = self.tables[-1]
        parts = []
        for row in rows:
            part = RowPart(page, row[0].grid_number or 0, row[0].grid_row or 0)
            parts.append(part)
            if _match_header(row) is not None:
                self._add_header(table, part, row)
                continue
            cells = self._cells_by_meaning(row)
            if cells is None:
                table.problems.append(
                    Problem(
                        Stage.STITCHED_ROWS,
                        "columns_changed",
                        f"Page {page}, row {part.grid_row} of the table: its cells do not stand under "
                        "the columns of the heading.",
                        table_number=table.facts.table_number,
                        page=page,
                        row=part.grid_row,
                        raw=" | ".join(unwrap(cell.text) for cell in row)[:200],
                    )
                )
                continue
            table.rows.append(PrintedRow(part, cells))
        table.facts = replace(table.facts, page_last=page, printed_rows=(*table.facts.printed_rows, *parts))

    def _add_header(self, table: PrintedTable, part: RowPart, row: list[PageItem]) -> None:
        form, meanings, unit = _require_header(row)
        columns = tuple(meanings)
        facts = table.facts
        if facts.columns and set(columns) != set(facts.columns):
            table.problems.append(
                Problem(
                    Stage.STITCHED_ROWS,
                    "columns_changed",
                    f"Page {part.page} prints other headings than the table's first page.",
                    table_number=facts.table_number,
                    page=part.page,
                    row=part.grid_row,
                )
            )
        if unit is not None and facts.money_unit is not None and _plain_unit(unit) != facts.money_unit:
            table.problems.append(
                _contradictory_unit(facts.table_number, part.page, [facts.money_unit, unit])
            )
        if not facts.columns:
            table.facts = replace(facts, columns=columns)
        self._columns = _Columns(
            tuple((meaning, cell.box.x0, cell.box.x1) for meaning, cell in zip(columns, row, strict=True))
        )
        table.rows.append(PrintedRow(part, dict(zip(columns, row, strict=True)), is_header=True))

    def _cells_by_meaning(self, row: list[PageItem]) -> dict[str, PageItem] | None:
        """A row's cells by column, or None where they do not fit the columns.

        A blank cell may span several columns; it is blank in each.
        """
        if self._columns is None:
            return None
        found: dict[str, PageItem] = {}
        for cell in row:
            meanings = self._columns.meaning_of(cell.box)
            if not meanings or (len(meanings) > 1 and cell.drawn_text.strip()) or (cell.row_span or 1) > 1:
                return None
            for meaning in meanings:
                if meaning in found:
                    return None
                found[meaning] = cell
        expected = {meaning for meaning, _, _ in self._columns.spans}
        return found if set(found) == expected else None

    def _note_other_table(self, page: int, rows: Sequence[list[PageItem]]) -> None:
        text = " | ".join(unwrap(cell.text) for row in rows[:1] for cell in row)[:120]
        self.problems.append(
            Problem(
                Stage.STITCHED_ROWS,
                "other_table",
                f"Page {page}: a table without the headings of a target table was not read.",
                page=page,
                raw=text,
            )
        )


def _by_page(items: Sequence[PageItem]) -> Iterable[tuple[int, list[PageItem]]]:
    pages: dict[int, list[PageItem]] = defaultdict(list)
    for item in items:
        pages[item.page].append(item)
    return sorted((page, sorted(found, key=lambda i: i.item_number)) for page, found in pages.items())


def _grid_rows(cells: Iterable[PageItem]) -> list[list[PageItem]]:
    rows: dict[int, list[PageItem]] = defaultdict(list)
    for cell in cells:
        rows[cell.grid_row or 0].append(cell)
    return [sorted(rows[row], key=lambda cell: cell.grid_column or 0) for row in sorted(rows)]


def _match_header(row: Sequence[PageItem]) -> tuple[Form, tuple[str, ...], str | None] | None:
    labels = [cell.drawn_text for cell in row]
    for form in FORMS:
        match = form.match_header(labels)
        if match is not None:
            return form, match.meanings, match.money_unit
    return None


def _require_header(row: Sequence[PageItem]) -> tuple[Form, tuple[str, ...], str | None]:
    header = _match_header(row)
    if header is None:
        raise AssertionError("called on a row that is no heading")
    return header


def _announces_table(lines: Iterable[str]) -> bool:
    """Whether lines above a grid say that a target table begins here: its title or its department."""
    return any(_is_title(line) or _labelled(line, "department") is not None for line in lines)


def _announces_other(lines: Iterable[str]) -> bool:
    """Whether a line above a grid without heading reads like the title of some other table (…表)."""
    return any(
        without_blanks(line).endswith("表") and not _is_title(line) and len(without_blanks(line)) > 3
        for line in lines
    )


def _is_title(line: str) -> bool:
    key = label_key(line)
    return any(label_key(title) in key for title in load_lookup("labels")["titles"])


def _facts_of(
    table_number: int, form: str, page: int, lines: Sequence[str], unit_in_header: str | None
) -> tuple[TableFacts, list[Problem]]:
    """Read title, department, money unit and year from the lines above a table's first heading."""
    problems: list[Problem] = []
    titles = [line.strip() for line in lines if _is_title(line)]
    departments = [found for line in lines if (found := _labelled(line, "department"))]
    units = {_plain_unit(found) for line in lines if (found := _money_unit_in(line))}
    if unit_in_header is not None:
        units.add(_plain_unit(unit_in_header))
    if not units:
        problems.append(
            Problem(
                Stage.STITCHED_ROWS,
                "money_unit_missing",
                f"Page {page}: neither the lines above the table nor its headings name the money unit "
                "(单位：万元 or 单位：元).",
                table_number=table_number,
                page=page,
            )
        )
    elif len(units) > 1:
        problems.append(_contradictory_unit(table_number, page, sorted(units)))
    if not departments:
        problems.append(
            Problem(
                Stage.STITCHED_ROWS,
                "department_missing",
                f"Page {page}: no line above the table names the department (部门名称：…).",
                table_number=table_number,
                page=page,
            )
        )
    years = {int(year) for line in lines for year in _YEAR.findall(without_blanks(halfwidth(line)))}
    facts = TableFacts(
        table_number=table_number,
        form=form,
        title=titles[-1] if titles else None,
        department_name=departments[0] if departments else None,
        money_unit=next(iter(units)) if len(units) == 1 else None,
        printed_year=next(iter(years)) if len(years) == 1 else None,
        page_first=page,
        page_last=page,
    )
    return facts, problems


def _contradictory_unit(table_number: int, page: int, units: Sequence[str]) -> Problem:
    return Problem(
        Stage.STITCHED_ROWS,
        "money_unit_contradictory",
        f"Page {page}: the table names the money units {' and '.join(units)}.",
        table_number=table_number,
        page=page,
    )


def _labelled(line: str, label: str) -> str | None:
    """The text behind a label and its colon, up to the next label or a wide gap; None without the label."""
    names = sorted(load_lookup("labels")[label], key=len, reverse=True)
    spaced = "|".join(r"\s*".join(map(re.escape, name)) for name in names)
    match = re.search(rf"(?:^|\s)(?:{spaced})\s*[：:]\s*(?P<value>.*)", line)
    if match is None:
        return None
    value = re.split(r"\s{2,}|\s*(?:金额)?单\s*位\s*[：:]", match["value"].strip())[0].strip()
    return value or None


def _money_unit_in(line: str) -> str | None:
    names = "|".join(map(re.escape, load_lookup("labels")["money_unit"]))
    units = "|".join(sorted(load_lookup("labels")["money_units"], key=len, reverse=True))
    match = re.search(rf"(?:^|[^\w]|[(（])(?:{names})[：:]({units})(?![\w])", without_blanks(line))
    if match is None:
        match = re.search(rf"(?:{names})[：:]({units})(?![\w])", without_blanks(line))
    return match.group(1) if match else None


def _plain_unit(unit: str) -> str:
    return unit.removeprefix("人民币")


def _check_page_numbers(items: Sequence[PageItem]) -> list[Problem]:
    """Compare printed page numbers (第 N 页，共 M 页) with each other: they must run on without a hole."""
    problems = []
    previous: tuple[int, int] | None = None
    last_page = max((item.page for item in items), default=0)
    for item in items:
        if item.kind is not ItemKind.LINE:
            continue
        match = _PAGE_NUMBER.fullmatch(without_blanks(halfwidth(item.text)))
        if match is None:
            continue
        printed = int(match.group(1))
        message = None
        if previous is not None and printed - previous[1] != item.page - previous[0]:
            message = f"Page {item.page} is printed {item.text!r} after {previous[1]} on page {previous[0]}."
        elif match.group(2) and item.page == last_page and printed != int(match.group(2)):
            message = f"The last page is printed {item.text!r}."
        if message:
            problems.append(
                Problem(Stage.STITCHED_ROWS, "page_order", message, page=item.page, raw=item.text)
            )
        previous = (item.page, printed)
    return problems
