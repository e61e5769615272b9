"""Which grids of which pages make up a target table, and what is printed around it.

Page items in, printed rows by table out; rows are not yet joined over page breaks (``stitch``).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final

from zc_pipeline.errors import DocumentError, Stage
from zc_pipeline.model import Box, DrawnLine, ItemKind, PageItem, Problem, RowPart, TableFacts
from zc_pipeline.parse.forms import FORMS
from zc_pipeline.parse.forms.base import IGNORED, TIER_MARK, Form
from zc_pipeline.parse.lookups import load_lookup
from zc_pipeline.parse.pages import HIDDEN_BELOW_PCT
from zc_pipeline.parse.text import halfwidth, label_key, unwrap, without_blanks

# Column edges of one table on two pages differ by less: office suites place them anew on each page.
COLUMN_EDGE_PT: Final = 4.0
_YEAR: Final = re.compile(r"(20\d\d)年")
# What only a row of the table prints: an amount with decimals, or a piece of a packed indicator.
_AMOUNT_LINE: Final = re.compile(r"[-+]?(?:[0-9][0-9,]*\.[0-9]{2,}|[0-9]{1,3}(?:,[0-9]{3})+)")
_MOST_CAPTION_TEXTS: Final = 4  # 部门名称 and 单位 with their values
_INDICATOR_PART: Final = re.compile(r"[0-9]{2}-\w+指标[;；]|指标值[:：]")
_LABEL: Final = re.compile(r"[:：]|^(?:表|附件)\d*$")
_PAGE_NUMBER: Final = re.compile(r"第(\d+)页(?:[,，/]?共(\d+)页)?")


@dataclass(frozen=True, slots=True)
class PrintedRow:
    """One grid row of a target table: its cells by meaning, before any joining.

    A heading of two tiers is one row: its cells are the lowest ones, their text with that of the upper ones;
    ``lower_parts`` are its further grid rows.
    """

    part: RowPart
    cells: dict[str, PageItem]
    is_header: bool = False
    lower_parts: tuple[RowPart, ...] = ()


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
class _Heading:
    """A heading understood: its lowest cell and its meaning per column, left to right."""

    form: Form
    columns: tuple[str, ...]  # IGNORED for a column that is not carried
    cells: tuple[PageItem, ...]  # with the upper headings' text before their own
    money_unit: str | None
    parts: tuple[RowPart, ...]

    @property
    def carried(self) -> dict[str, PageItem]:
        """The cells of the columns that are carried, by meaning."""
        return {
            meaning: cell
            for meaning, cell in zip(self.columns, self.cells, strict=True)
            if meaning != IGNORED
        }


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where the columns of a table lie on the page, by meaning."""

    spans: tuple[tuple[str, float, float], ...]

    @classmethod
    def of(cls, heading: _Heading) -> _Columns:
        return cls(
            tuple(
                (meaning, cell.box.x0, cell.box.x1)
                for meaning, cell in zip(heading.columns, heading.cells, strict=True)
            )
        )

    def fitted_to(self, rows: Iterable[Sequence[PageItem]]) -> _Columns:
        """The same columns on a page that is printed larger, smaller or further aside.

        Told by a row with a cell for each column, whose edges lie like the columns' edges; where there is no
        such row, the columns stay.
        """
        edges = [*(x0 for _, x0, _ in self.spans), self.spans[-1][2]]
        for row in rows:
            found = [*(cell.box.x0 for cell in row), row[-1].box.x1]
            if len(found) != len(edges) or any(
                abs(a.box.x1 - b.box.x0) > COLUMN_EDGE_PT for a, b in pairwise(row)
            ):
                continue
            scale = (found[-1] - found[0]) / (edges[-1] - edges[0])
            placed = [found[0] + scale * (edge - edges[0]) for edge in edges]
            if all(
                abs(a - b) <= COLUMN_EDGE_PT * min(scale, 1.0) for a, b in zip(placed, found, strict=True)
            ):
                meanings = [meaning for meaning, _, _ in self.spans]
                return _Columns(tuple(zip(meanings, found, found[1:], strict=False)))
        return self

    def meaning_of(self, box: Box) -> list[str]:
        """The columns a cell covers; empty where its edges do not fall on column edges."""
        inside = [
            span
            for span in self.spans
            if box.x0 <= span[1] + COLUMN_EDGE_PT and box.x1 >= span[2] - COLUMN_EDGE_PT
        ]
        if (
            not inside
            or abs(inside[0][1] - box.x0) > COLUMN_EDGE_PT
            or abs(inside[-1][2] - box.x1) > COLUMN_EDGE_PT
        ):
            return []
        return [meaning for meaning, _, _ in inside]


@dataclass(frozen=True, slots=True)
class _Announcement:
    """What the lines above a heading say: title, department and money unit, each where printed."""

    lines: tuple[str, ...]
    title: str | None
    departments: tuple[str, ...]
    units: frozenset[str]

    @classmethod
    def of(cls, lines: Iterable[str]) -> _Announcement:
        lines = tuple(lines)
        titles = [line.strip() for line in lines if _is_title(line)]
        return cls(
            lines,
            titles[-1] if titles else None,
            tuple(found for line in lines if (found := _labelled(line, "department"))),
            frozenset(_plain_unit(found) for line in lines if (found := _money_unit_in(line))),
        )

    @property
    def is_empty(self) -> bool:
        return self.title is None and not self.departments and not self.units

    def differs_from(self, other: _Announcement | None) -> bool:
        """Whether another table begins here: the lines say something that the open table's do not."""
        if other is None:
            return True
        same_title = self.title is None or (
            other.title is not None and _title_key(self.title) == _title_key(other.title)
        )
        return not (
            same_title and set(self.departments) <= set(other.departments) and self.units <= other.units
        )


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
    problems = list(walk.problems)
    if not walk.tables:
        problems.append(
            Problem(
                Stage.STITCHED_ROWS,
                "no_target_table",
                "No page has a ruled table with the headings of a known target table.",
            )
        )
    problems += _misplaced_rows(items, walk.placed)
    problems += _check_page_numbers(items, {table.facts.page_first for table in walk.tables})
    return FoundTables(tuple(walk.tables), tuple(problems))


def _misplaced_rows(
    items: Iterable[PageItem], placed: Mapping[tuple[int, int | None, int | None], int]
) -> list[Problem]:
    """The grid rows that were put nowhere, or to two places."""
    rows = {
        (item.page, item.grid_number, item.grid_row): item for item in items if item.kind is ItemKind.CELL
    }
    return [
        Problem(
            Stage.STITCHED_ROWS,
            "characters_unaccounted",
            f"Page {page}: row {grid_row} of a ruled table was used {placed.get((page, grid, grid_row), 0)} "
            "times.",
            page=page,
            row=grid_row,
            raw=item.text,
        )
        for (page, grid, grid_row), item in rows.items()
        if placed.get((page, grid, grid_row), 0) != 1
    ]


class _Walk:
    """The state while going through the pages: the table that is open, if any."""

    def __init__(self) -> None:
        self.tables: list[PrintedTable] = []
        self.problems: list[Problem] = []
        self._columns: _Columns | None = None
        self._labels: dict[str, str] = {}  # of the open table's last heading, by meaning
        self._is_open = False
        self._announced: _Announcement | None = None  # of the open table
        # Rows read of no table on the last page that had a grid: the next heading may turn out to be theirs.
        self._unread: list[list[PageItem]] = []
        # Every grid row, as often as it was put to a table, taken for a caption or reported.
        self.placed: Counter[tuple[int, int | None, int | None]] = Counter()

    def _place(self, *rows: Sequence[PageItem]) -> None:
        self.placed.update((row[0].page, row[0].grid_number, row[0].grid_row) for row in rows)

    def page(self, page: int, items: Sequence[PageItem]) -> None:
        lines_above: list[PageItem] = []
        grids: dict[int, list[PageItem]] = defaultdict(list)
        for item in items:
            if item.kind is ItemKind.CELL:
                grids[item.grid_number or 0].append(item)
        self._unread = [row for row in self._unread if row[0].page >= page - 1]
        loose: list[PageItem] = []
        seen: set[int] = set()
        for item in items:
            if item.kind is ItemKind.LINE:
                lines_above.append(item)
                loose.append(item)
            elif item.grid_number not in seen:
                seen.add(item.grid_number or 0)
                self._grid(page, grids[item.grid_number or 0], _unwrap_department(lines_above))
                lines_above = []
        if self._is_open and page <= self.tables[-1].facts.page_last + 1:
            self._check_loose(loose)

    def _grid(self, page: int, cells: Sequence[PageItem], lines_above: Sequence[str]) -> None:
        """Give each row of a grid to the table it belongs to: the open one, or one that begins here."""
        lines = list(lines_above)
        pending: list[list[PageItem]] = []
        for row in _read_headings(_grid_rows(cells)):
            if not isinstance(row, _Heading):
                if any(cell.drawn_text.strip() for cell in row):
                    pending.append(row)
                else:
                    self._note_blank_row(row)
                continue
            # Rows above a heading that are no rows of the open table are captions: title, department, unit.
            captions: list[list[PageItem]] = []
            while pending and self._is_caption(pending[-1]):
                captions.insert(0, pending.pop())
            announced = _Announcement.of(
                [*lines, *(text for caption in captions for text in _texts(caption))]
            )
            unit_in_header = row.money_unit
            if unit_in_header is not None and not announced.is_empty:
                announced = replace(announced, units=announced.units | {_plain_unit(unit_in_header)})
            if not self._is_open or announced.differs_from(self._announced):
                self._place(*captions)
                if _Announcement.of(lines).differs_from(self._announced):
                    # What begins the new table stands above the whole grid, these rows included.
                    self._is_open = False
                self._rows_without_heading(page, pending, lines)
                self._start(page, row, announced)
            else:
                # A heading in the open table; captions that announce it once more say nothing new.
                stray = [caption for caption in captions if _Announcement.of(_texts(caption)).is_empty]
                self._place(*(caption for caption in captions if caption not in stray))
                self._add_rows(page, [*pending, *stray])
            self._add_header(page, row)
            pending, lines = [], []
        self._rows_without_heading(page, pending, lines)

    def _is_caption(self, row: list[PageItem]) -> bool:
        """Whether a ruled row above a heading can be a title.

        It has few texts, no amount or indicator among them, and does not stand in the columns.
        """
        texts = _texts(row)
        return (
            len(texts) <= _MOST_CAPTION_TEXTS
            and not any(_is_of_a_row(text) for text in texts)
            and (not self._is_open or self._cells_by_meaning(row) is None)
        )

    def _rows_without_heading(
        self, page: int, rows: Sequence[list[PageItem]], lines_above: Sequence[str]
    ) -> None:
        """Rows that no heading of their own precedes: more of the open table, or of some other."""
        if not rows:
            return
        self._fit_columns(rows)
        fits = self._is_open and all(self._cells_by_meaning(row) is not None for row in rows)
        if self._is_open and not fits and _announces_other(lines_above):
            self._is_open = False
        if self._is_open:
            self._add_rows(page, rows)
        else:
            self._unread += rows
            self._note_other_table(page, rows)

    def _start(self, page: int, heading: _Heading, announced: _Announcement) -> None:
        form, unit_in_header = heading.form, heading.money_unit
        facts, problems = _facts_of(len(self.tables) + 1, form.name, page, announced, unit_in_header)
        self.tables.append(PrintedTable(facts, form, problems=problems))
        self._is_open = True
        self._announced = replace(announced, units=announced.units | {_plain_unit(unit_in_header or "")})
        self._columns = _Columns.of(heading)
        for row in self._unread:
            if self._cells_by_meaning(row) is not None or _is_cut_off(row, heading):
                problems.append(
                    _columns_changed(facts.table_number, row, "it stands above the table's first heading")
                )
        self._unread = []

    def _fit_columns(self, rows: Sequence[list[PageItem]]) -> None:
        if self._columns is not None and all(self._cells_by_meaning(row) is None for row in rows):
            self._columns = self._columns.fitted_to(rows)

    def _add_rows(self, page: int, rows: Sequence[list[PageItem]]) -> None:
        self._fit_columns(rows)
        table = self.tables[-1]
        parts = []
        for row in rows:
            part = RowPart(page, row[0].grid_number or 0, row[0].grid_row or 0)
            cells = self._cells_by_meaning(row)
            if cells is None:
                self._place(row)
                table.problems.append(
                    _columns_changed(
                        table.facts.table_number,
                        row,
                        "its cells do not stand under the columns of the heading",
                    )
                )
                continue
            cells = self._without_heading(row, cells)
            if not any(cell.drawn_text.strip() for cell in cells.values()):
                # Only columns that are not carried have text: the rest of a 备注 over a page break.
                self._note_blank_row(row)
                continue
            self._place(row)
            parts.append(part)
            table.rows.append(PrintedRow(part, cells))
        table.facts = replace(table.facts, page_last=page, printed_rows=(*table.facts.printed_rows, *parts))

    def _without_heading(self, row: Sequence[PageItem], cells: dict[str, PageItem]) -> dict[str, PageItem]:
        """A row's cells without the heading that is repeated in the same box above each of its texts.

        Some report engines print the heading again above the rest of a divided row, and no rule between.
        """
        below: dict[str, PageItem] = {}
        for meaning, cell in cells.items():
            label = self._labels.get(meaning)
            lines = cell.drawn_lines
            keys = [label_key("".join(line.text for line in lines[:n])) for n in range(len(lines) + 1)]
            if not label or label not in keys:
                return cells
            below[meaning] = _with_lines(cell, lines[keys.index(label) :])
        table = self.tables[-1]
        table.problems.append(
            Problem(
                Stage.STITCHED_ROWS,
                "heading_in_row",
                f"Page {row[0].page}: the heading stands in one box with the row below it.",
                table_number=table.facts.table_number,
                page=row[0].page,
                row=row[0].grid_row,
            )
        )
        return below

    def _add_header(self, page: int, heading: _Heading) -> None:
        table = self.tables[-1]
        facts, carried, unit = table.facts, heading.carried, heading.money_unit
        if facts.columns and set(carried) != set(facts.columns):
            table.problems.append(
                _columns_changed(
                    facts.table_number, heading.cells, "it has other headings than the table's first page"
                )
            )
        if unit is not None and facts.money_unit is not None and _plain_unit(unit) != facts.money_unit:
            table.problems.append(_contradictory_unit(facts.table_number, page, [facts.money_unit, unit]))
        for meaning, cell in zip(heading.columns, heading.cells, strict=True):
            noted = {problem.raw for problem in table.problems if problem.code == "column_ignored"}
            if meaning == IGNORED and unwrap(cell.text) not in noted:
                table.problems.append(_column_ignored(facts.table_number, cell))
        table.facts = replace(
            facts,
            columns=facts.columns or tuple(carried),
            page_last=page,
            printed_rows=(*facts.printed_rows, *heading.parts),
        )
        self._columns = _Columns.of(heading)
        self._labels = {meaning: label_key(cell.drawn_text) for meaning, cell in carried.items()}
        first, *lower = heading.parts
        self.placed.update((part.page, part.grid_number, part.grid_row) for part in heading.parts)
        table.rows.append(PrintedRow(first, carried, is_header=True, lower_parts=tuple(lower)))

    def _cells_by_meaning(self, row: list[PageItem]) -> dict[str, PageItem] | None:
        """A row's cells by column that is carried, or None where they do not fit the columns.

        A blank cell may span several columns; it is blank in each. A name (合计) may run over columns beside
        it that are not carried. What those columns print may span rows.
        """
        if self._columns is None:
            return None
        found: dict[str, PageItem] = {}
        for cell in row:
            meanings = self._columns.meaning_of(cell.box)
            if not meanings:
                return None
            carried = [meaning for meaning in meanings if meaning != IGNORED]
            if not carried:
                continue
            is_one = len(meanings) == 1 or carried == ["project_name"]
            if (not is_one and cell.drawn_text.strip()) or (cell.row_span or 1) > 1:
                return None
            for meaning in carried:
                if meaning in found:
                    return None
                # The indents of cells that begin at different edges cannot be compared.
                found[meaning] = cell if len(meanings) == 1 else replace(cell, indent=None)
        expected = {meaning for meaning, _, _ in self._columns.spans if meaning != IGNORED}
        return found if set(found) == expected else None

    def _check_loose(self, lines: Iterable[PageItem]) -> None:
        """Amounts and indicators that stand in no cell on a page of the open table are rows without rules."""
        loose = [line for line in lines if _is_of_a_row(line.text)]
        if not loose:
            return
        table, page = self.tables[-1], loose[0].page
        table.problems.append(
            Problem(
                Stage.STITCHED_ROWS,
                "text_outside_table",
                f"Page {page}: {len(loose)} lines of a row stand in no cell of the table, the first is "
                f"{loose[0].text!r}.",
                table_number=table.facts.table_number,
                page=page,
                raw="\n".join(line.text for line in loose)[:200],
            )
        )

    def _note_blank_row(self, row: Sequence[PageItem]) -> None:
        self._place(row)
        if self._is_open:
            self.problems.append(
                Problem(
                    Stage.STITCHED_ROWS,
                    "blank_row",
                    f"Page {row[0].page}: row {row[0].grid_row} of the table is blank.",
                    table_number=self.tables[-1].facts.table_number,
                    page=row[0].page,
                    row=row[0].grid_row,
                )
            )

    def _note_other_table(self, page: int, rows: Sequence[list[PageItem]]) -> None:
        self._place(*rows)
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


def _unwrap_department(lines: Sequence[PageItem]) -> list[str]:
    """The texts of free lines; a line right below the department's that begins where it does is its rest."""
    joined: list[str] = []
    department: tuple[int, PageItem] | None = None  # its place in `joined`, its last line
    for line in lines:
        if department is not None:
            place, above = department
            height = above.box.height
            follows = -0.3 * height <= line.box.top - above.box.bottom <= 0.8 * height
            if follows and abs(line.box.x0 - above.box.x0) <= 0.3 * height and not _LABEL.search(line.text):
                joined[place] += line.text
                department = place, line
                continue
        if _labelled(line.text, "department") is not None:
            department = len(joined), line
        joined.append(line.text)
    return joined


def _title_key(title: str) -> str:
    """A title in the form it is compared in, without a （续） mark."""
    key = label_key(title)
    for mark in load_lookup("labels")["continued"]:
        key = key.removeprefix(label_key(mark)).removesuffix(label_key(mark))
    return key


def _texts(row: Iterable[PageItem]) -> list[str]:
    return [unwrap(cell.text) for cell in row if cell.text.strip()]


def _is_cut_off(row: Sequence[PageItem], heading: _Heading) -> bool:
    """Whether a row above a heading, in its grid, looks like one of its table's, though it fits no column."""
    part = heading.parts[0]
    return (row[0].page, row[0].grid_number) == (part.page, part.grid_number) and (
        len(row) == len(heading.columns)
        or any(_is_of_a_row(line.text) for cell in row for line in cell.drawn_lines)
    )


def _is_of_a_row(line: str) -> bool:
    """Whether a line reads like a cell of the table: an amount, or a piece of a packed indicator."""
    plain = without_blanks(halfwidth(line))
    return _AMOUNT_LINE.fullmatch(plain) is not None or _INDICATOR_PART.search(plain) is not None


def _with_lines(cell: PageItem, lines: Sequence[DrawnLine]) -> PageItem:
    """A cell with some of its lines; where the first one begins is then not known."""
    return replace(
        cell,
        text="\n".join(line.text for line in lines if line.shown_pct >= HIDDEN_BELOW_PCT),
        drawn_text="\n".join(line.text for line in lines),
        line_shown_pct=",".join(str(line.shown_pct) for line in lines),
        indent=None,
    )


def _columns_changed(table_number: int, row: Sequence[PageItem], why: str) -> Problem:
    page, grid_row = row[0].page, row[0].grid_row
    return Problem(
        Stage.STITCHED_ROWS,
        "columns_changed",
        f"Page {page}, row {grid_row} of the table cannot be read: {why}.",
        table_number=table_number,
        page=page,
        row=grid_row,
        raw=" | ".join(unwrap(cell.text) for cell in row)[:200],
    )


def _column_ignored(table_number: int, cell: PageItem) -> Problem:
    label = unwrap(cell.text)
    return Problem(
        Stage.STITCHED_ROWS,
        "column_ignored",
        f"Page {cell.page}: the column {label!r} is in no table but page_text.",
        table_number=table_number,
        page=cell.page,
        row=cell.grid_row,
        raw=label,
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


def _read_headings(rows: Sequence[list[PageItem]]) -> Iterable[_Heading | list[PageItem]]:
    """Rows with the headings among them understood; the rows of a heading of several tiers are one."""
    at = 0
    while at < len(rows):
        first = rows[at][0].grid_row or 0
        end = max(first + (cell.row_span or 1) for cell in rows[at])
        block = [row for row in rows[at:] if (row[0].grid_row or 0) < end]
        tiers = _match_heading(block) if len(block) > 1 else None
        if tiers is not None:
            yield tiers
            at += len(block)
        else:
            yield _match_heading([rows[at]]) or rows[at]
            at += 1


def _match_heading(block: Sequence[list[PageItem]]) -> _Heading | None:
    """The heading that some grid rows make up together, or None."""
    columns = _lowest_cells(block)
    labels = [TIER_MARK.join(cell.drawn_text for cell in (*uppers, lowest)) for uppers, lowest in columns]
    match = _match_labels(labels, block[0][0].page)
    if match is None:
        return None
    form, meanings, money_unit = match
    cells = [
        replace(cell, text=TIER_MARK.join(one.text for one in (*uppers, cell))) if uppers else cell
        for uppers, cell in columns
    ]
    parts = [RowPart(row[0].page, row[0].grid_number or 0, row[0].grid_row or 0) for row in block]
    return _Heading(form, meanings, tuple(cells), money_unit, tuple(parts))


def _lowest_cells(block: Sequence[list[PageItem]]) -> list[tuple[tuple[PageItem, ...], PageItem]]:
    """The cells below which no other of the block stands, left to right, each with the ones above it.

    Empty where the cells do not stand above each other like headings.
    """
    if len(block) == 1:
        return [((), cell) for cell in block[0]]
    uppers: dict[int, tuple[PageItem, ...]] = {cell.item_number: () for cell in block[0]}
    lowest = list(block[0])
    for row in block[1:]:
        for cell in row:
            over = [upper for upper in lowest if _columns_of(cell) <= _columns_of(upper)]
            if len(over) != 1 or _end_row(over[0]) != cell.grid_row:
                return []
            uppers[cell.item_number] = (*uppers[over[0].item_number], over[0])
        ended = {upper.item_number for cell in row for upper in uppers[cell.item_number]}
        below = [cell for cell in lowest if cell.item_number not in ended]
        lowest = sorted([*below, *row], key=lambda cell: cell.grid_column or 0)
    ends = {_end_row(cell) for cell in lowest}
    widths = [column for cell in lowest for column in sorted(_columns_of(cell))]
    every = sorted({column for cell in block[0] for column in _columns_of(cell)})
    if len(ends) != 1 or widths != every:
        return []
    found = []
    for cell in lowest:
        above = [upper for upper in uppers[cell.item_number] if upper.drawn_text.strip()]
        if not cell.drawn_text.strip() and above and _columns_of(above[-1]) == _columns_of(cell):
            cell = above.pop()  # nothing stands below a heading as narrow
        found.append((tuple(above), cell))
    return found


def _columns_of(cell: PageItem) -> frozenset[int]:
    first = cell.grid_column or 0
    return frozenset(range(first, first + (cell.column_span or 1)))


def _end_row(cell: PageItem) -> int:
    return (cell.grid_row or 0) + (cell.row_span or 1)


def _match_labels(labels: Sequence[str], page: int) -> tuple[Form, tuple[str, ...], str | None] | None:
    for form in FORMS:
        try:
            match = form.match_header(labels)
        except DocumentError as error:
            raise DocumentError(
                error.code, f"Page {page}: {error.message}", page=page, raw=error.raw
            ) from error
        if match is not None:
            return form, match.meanings, match.money_unit
    return None


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
    table_number: int, form: str, page: int, announced: _Announcement, unit_in_header: str | None
) -> tuple[TableFacts, list[Problem]]:
    """Read title, department, money unit and year from the lines above a table's first heading."""
    problems: list[Problem] = []
    lines, departments, units = announced.lines, announced.departments, set(announced.units)
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
        title=announced.title,
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
    # Widths change, places do not: the value is taken as printed.
    match = re.search(rf"(?:^|\s)(?:{spaced})\s*:\s*(?P<value>.*)", halfwidth(line))
    if match is None:
        return None
    value = re.split(r"\s{2,}|\s*(?:金额)?单\s*位\s*[：:]", line[match.start("value") :].strip())[0].strip()
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


def _check_page_numbers(items: Sequence[PageItem], starts: set[int]) -> list[Problem]:
    """Compare printed page numbers (第 N 页，共 M 页) with each other: they must run on without a hole.

    They may begin again with a table (``starts``: the pages where one begins), or after page M of M.
    """
    problems = []
    previous: tuple[int, int] | None = None
    is_complete = False
    last_page = max((item.page for item in items), default=0)
    for item in items:
        if item.kind is not ItemKind.LINE:
            continue
        match = _PAGE_NUMBER.fullmatch(without_blanks(halfwidth(item.text)))
        if match is None:
            continue
        printed = int(match.group(1))
        begins_again = printed == 1 and (is_complete or item.page in starts)
        is_complete = match.group(2) is not None and printed == int(match.group(2))
        message = None
        if begins_again:
            pass
        elif previous is not None and printed - previous[1] != item.page - previous[0]:
            message = f"Page {item.page} is printed {item.text!r} after {previous[1]} on page {previous[0]}."
        elif match.group(2) and item.page == last_page and printed != int(match.group(2)):
            message = f"The last page is printed {item.text!r}."
        if message:
            problems.append(
                Problem(Stage.STITCHED_ROWS, "page_order", message, page=item.page, raw=item.text)
            )
        previous = (item.page, printed)
    return problems
