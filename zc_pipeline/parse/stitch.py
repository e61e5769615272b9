"""Printed rows to the rows of the table: joins what a page break cut in two, and says by what proof.

A row that crosses a page is printed in one of these ways:

* drawn whole on both pages, each hiding a part under a clip (``clipped_duplicate``): proved when every line
  shows fully on one page, or its parts on both pages add up to the whole line;
* its lines divided between the pages, name and amounts on one of them only (``continuation``);
* the same with the name printed again and marked （续） (``repeated_name``);
* divided so that the parts alone do not tell: a unit's name with a line on each page, a name on one page and
  all its goal and indicators on the next (``proved_by_sum``: the sums must hold, see ``judge``).

Two equal rows at a page break that no clip explains stay two rows, marked: the sums say later what they are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from zc_pipeline.errors import Stage
from zc_pipeline.model import DrawnLine, Join, Problem, RowKind, RowPart, TableRow
from zc_pipeline.parse.forms.base import AMOUNT_COLUMNS
from zc_pipeline.parse.forms.packed_list import begins_within
from zc_pipeline.parse.lookups import load_lookup
from zc_pipeline.parse.pages import CUT_BELOW_PCT, HIDDEN_BELOW_PCT
from zc_pipeline.parse.target_tables import PrintedRow, PrintedTable
from zc_pipeline.parse.text import is_total_name, label_key, unwrap, width_in_ems, without_blanks

# The visible parts of a line that a page break cuts, added up: less, and some of it shows nowhere; more,
# and the line is printed twice. Seen in the specimen: 100 exactly; drawing programs round to a pixel.
_WHOLE_FROM_PCT: Final = 80
_TWICE_FROM_PCT: Final = 130
_MOST_DOUBTS: Final = 3  # that one message names
_TELLING_CHARS: Final = 4  # of a line that would hardly follow itself
# By how much a full line may be shorter than the longest: the last character of a word and a closing bracket
# behind it go to the next line together.
_RAGGED_EMS: Final = 3.0
_BRACKETS: Final = ("(（【〔[“「《", ")）】〕]”」》")
_ANY_INDICATOR: Final = re.compile(r"[(（]?[0-9０-９]+[、.．)）]")
# Cells that a drawing program may centre anew in each page's part of the row.
_RECENTRED: Final = frozenset({"project_name", *AMOUNT_COLUMNS})


@dataclass(frozen=True, slots=True)
class StitchedTable:
    """The rows of one table, kinds not yet settled (every data row is a project), and what was doubted."""

    rows: tuple[TableRow, ...]
    problems: tuple[Problem, ...]


@dataclass(slots=True)
class _OpenRow:
    """A row while parts are being added. A line's percentage is the sum over the pages it was drawn on."""

    parts: list[RowPart]
    lines: dict[str, list[DrawnLine]]
    indent: float | None
    join: Join = Join.NONE
    repeats_previous: bool = False
    is_at_page_edge: bool = False  # nothing but headings stands between it and another page
    problems: list[str] = field(default_factory=list)

    def text(self, column: str) -> str:
        return "\n".join(line.text for line in self.lines.get(column, ()))

    def is_blank(self, columns: Sequence[str]) -> bool:
        return all(not self.text(column).strip() for column in columns if column in self.lines)

    def columns(self, *but: str) -> list[str]:
        return [column for column in self.lines if column not in but]

    @property
    def prints_name(self) -> bool:
        return bool(self.text("project_name").strip())

    @property
    def prints_amounts(self) -> bool:
        return not self.is_blank(AMOUNT_COLUMNS)

    @property
    def prints_content(self) -> bool:
        return not self.is_blank(self.columns(*_IDENTITY))

    @property
    def is_bare_name(self) -> bool:
        return self.prints_name and not self.prints_amounts and not self.prints_content


_IDENTITY: Final = ("project_name", *AMOUNT_COLUMNS)


def stitch_table(table: PrintedTable) -> StitchedTable:
    """Join the printed rows of one table over its page breaks.

    Returns:
        rows in printed order, headings included (``row_order`` from 1); problems
        (``page_break_unresolved``) name the page and row.
    """
    rows: list[_OpenRow | PrintedRow] = []
    last: _OpenRow | None = None
    pending_headers: list[PrintedRow] = []
    names = _NameColumn.of(table.rows)
    following = dict(pairwise(row.part for row in table.rows if not row.is_header))
    opened = {row.part: _open(row) for row in table.rows if not row.is_header}
    for printed in table.rows:
        if printed.is_header:
            pending_headers.append(printed)
            continue
        current = opened[printed.part]
        after = following.get(printed.part)
        crosses = last is not None and last.parts[-1].page != printed.part.page
        if crosses and last is not None:
            _drop_hidden_neighbour(last, current, at_end=True)
            _drop_hidden_neighbour(current, last, at_end=False)
        is_joined = (
            crosses
            and last is not None
            and not (after is not None and _belongs_below(last, current, opened[after]))
            and (_join(last, current) or _join_divided_name(last, current, names))
        )
        if is_joined:
            # The heading stands inside the joined row: it is listed behind it.
            rows.extend(pending_headers)
            pending_headers = []
            continue
        rows.extend(pending_headers)
        pending_headers = []
        if crosses and last is not None:
            last.is_at_page_edge = current.is_at_page_edge = True
            current.repeats_previous = _is_equal(last, current)
        rows.append(current)
        last = current
    rows.extend(pending_headers)
    return _close(table, rows)


def _open(printed: PrintedRow) -> _OpenRow:
    name = printed.cells.get("project_name")
    return _OpenRow(
        parts=[printed.part],
        lines={column: item.drawn_lines for column, item in printed.cells.items()},
        indent=name.indent if name else None,
    )


def _join(first: _OpenRow, second: _OpenRow) -> bool:
    """Add the second part to the first where they are one row. Doubts are noted on the first."""
    if _is_cut(first) or _is_cut(second):
        return _join_clipped(first, second)
    return _join_continuation(first, second)


# --- clipped duplicates ---------------------------------------------------------------------------


def _is_cut(row: _OpenRow) -> bool:
    return any(_is_hidden(line) for lines in row.lines.values() for line in lines)


def _is_hidden(line: DrawnLine) -> bool:
    return line.shown_pct < _WHOLE_FROM_PCT


def _join_clipped(first: _OpenRow, second: _OpenRow) -> bool:
    merged: dict[str, list[DrawnLine]] = {}
    completed = 0
    for column, upper in first.lines.items():
        lower = second.lines.get(column, [])
        if column in AMOUNT_COLUMNS and upper and lower and not _same_lines(upper, lower):
            return False  # two amounts, not two parts of one
        candidates = _overlaps(upper, lower, column in _RECENTRED)
        whole = [lines for lines in candidates if not any(_is_hidden(line) for line in lines)]
        candidates = whole or candidates
        if len(candidates) != 1:
            return False
        if column == "project_name" and upper and lower and len(candidates[0]) == len(upper) + len(lower):
            return False  # two names without a line in common
        if len(candidates[0]) == len(upper) + len(lower) and _meet_in_one_line(upper, lower):
            return False  # a line that both pages print
        merged[column] = candidates[0]
        completed += _completes(upper, lower, candidates[0])
    if not completed:
        return False
    first.lines = merged
    _absorb(first, second, Join.CLIPPED_DUPLICATE)
    return True


def _overlaps(a: list[DrawnLine], b: list[DrawnLine], is_recentred: bool) -> list[list[DrawnLine]]:
    """The ways to lay the lines of two parts over each other so that no line is lost or doubled."""
    if _same_lines(a, b):
        whole = [DrawnLine(x.text, x.shown_pct + y.shown_pct) for x, y in zip(a, b, strict=True)]
        if is_recentred or all(line.shown_pct < _TWICE_FROM_PCT for line in whole):
            return [whole]
    found = []
    for shared in range(min(len(a), len(b)) + 1):
        head, tail = a[: len(a) - shared], b[shared:]
        over, under = a[len(a) - shared :], b[:shared]
        if not _same_lines(over, under):
            continue
        middle = [DrawnLine(x.text, x.shown_pct + y.shown_pct) for x, y in zip(over, under, strict=True)]
        if any(line.shown_pct < _WHOLE_FROM_PCT for line in head):
            continue
        if any(line.shown_pct >= _TWICE_FROM_PCT for line in middle):
            continue
        found.append([*head, *middle, *tail])
    return found


def _same_lines(a: Sequence[DrawnLine], b: Sequence[DrawnLine]) -> bool:
    return [without_blanks(line.text) for line in a] == [without_blanks(line.text) for line in b]


def _meet_in_one_line(upper: Sequence[DrawnLine], lower: Sequence[DrawnLine]) -> bool:
    """Whether the lower part begins with the line that ends the upper one, so that it would stand twice."""
    ends = [without_blanks(line.text) for line in (*upper[-1:], *lower[:1])]
    return bool(upper and lower) and ends[0] == ends[1] and len(ends[0]) >= _TELLING_CHARS


def _drop_hidden_neighbour(row: _OpenRow, neighbour: _OpenRow, *, at_end: bool) -> None:
    """Take out of a row the hidden lines of the whole row beyond the page break.

    Where one clip serves a whole page, what it hides cannot be told from the row at its edge by the clip. It
    is the neighbour's where it holds a name and an amount beside the row's own, all fully shown with the
    neighbour.
    """
    kept: dict[str, list[DrawnLine]] = {}
    doubled: set[str] = set()
    for column, lines in row.lines.items():
        shown = [line for line in lines if line.shown_pct >= CUT_BELOW_PCT]
        hidden = [line for line in lines if line.shown_pct < HIDDEN_BELOW_PCT]
        if lines != (shown + hidden if at_end else hidden + shown):
            return
        other = neighbour.lines.get(column, [])
        meeting = other[: len(hidden)] if at_end else other[max(len(other) - len(hidden), 0) :]
        if not _same_lines(hidden, meeting) or any(line.shown_pct < CUT_BELOW_PCT for line in meeting):
            return
        kept[column] = shown
        if shown and hidden:
            doubled.add(column)
    if "project_name" in doubled and doubled & set(AMOUNT_COLUMNS):
        row.lines = kept


def _completes(a: Sequence[DrawnLine], b: Sequence[DrawnLine], merged: Sequence[DrawnLine]) -> bool:
    """Whether some line is drawn in both parts, cut or hidden in one of them, and whole in both together."""
    shared = len(a) + len(b) - len(merged)
    over, under = a[len(a) - shared :], b[:shared]
    return any(
        min(x.shown_pct, y.shown_pct) < CUT_BELOW_PCT
        and _WHOLE_FROM_PCT <= x.shown_pct + y.shown_pct < _TWICE_FROM_PCT
        for x, y in zip(over, under, strict=True)
    )


# --- continuations --------------------------------------------------------------------------------


def _join_continuation(first: _OpenRow, second: _OpenRow) -> bool:
    has_text = not second.is_blank(second.columns(*_IDENTITY))
    if has_text and second.is_blank(_IDENTITY):
        join = Join.CONTINUATION
        if not first.prints_content:
            join = Join.PROVED_BY_SUM
            if _breaks_an_indicator(second) or not first.prints_amounts:
                first.problems.append(
                    "the next page goes on without a name below a row that has no goal to go on"
                )
        _append(first, second, join)
        return True
    if first.is_blank(_IDENTITY) and not first.is_blank(first.columns(*_IDENTITY)):
        ends = not second.text("indicators").strip() and bool(first.text("indicators").strip())
        if not (_breaks_an_indicator(second) or ends):
            first.problems.append("it prints no name, and the next page does not go on with its indicators")
        _append(first, second, Join.CONTINUATION)
        return True
    if _complement_each_other(first, second):
        has_content = first.prints_content or second.prints_content
        _append(first, second, Join.CONTINUATION if has_content else Join.PROVED_BY_SUM)
        return True
    stem = _name_without_continued_mark(second.text("project_name"))
    if stem is not None and stem in ("", label_key(first.text("project_name"))):
        amounts_agree = all(
            not second.text(column).strip()
            or without_blanks(second.text(column)) == without_blanks(first.text(column))
            for column in AMOUNT_COLUMNS
            if column in second.lines
        )
        if amounts_agree:
            for column in _IDENTITY:
                if column in second.lines:
                    second.lines[column] = []
            _append(first, second, Join.REPEATED_NAME)
            return True
    if _breaks_an_indicator(second) and not _is_equal(first, second):
        amounts_first, amounts_second = first.is_blank(AMOUNT_COLUMNS), second.is_blank(AMOUNT_COLUMNS)
        if amounts_first != amounts_second:
            if not (_goes_on(first, second) or _closes_brackets(first, second)):
                first.problems.append("the next page begins with another name, and its text may be another's")
            _append(first, second, Join.CONTINUATION)
            return True
        first.problems.append(
            "the next page begins in the middle of an indicator, but names a project with amounts of its own"
        )
    return False


def _belongs_below(first: _OpenRow, second: _OpenRow, third: _OpenRow) -> bool:
    """Whether a nameless part that fills a page begins a row whose name stands on the page after it.

    A name in the middle of a long row may be printed on its second page only. Below a row without a goal, the
    part could then be taken for that row's.
    """
    return (
        not first.prints_content
        and second.prints_content
        and second.is_blank(_IDENTITY)
        and not _breaks_an_indicator(second)
        and third.parts[0].page != second.parts[0].page
        and third.prints_name
        and third.prints_amounts
        and _breaks_an_indicator(third)
    )


@dataclass(frozen=True, slots=True)
class _NameColumn:
    """How a table prints its names.

    ``width``: of the longest line of a name, in ems. ``has_bare_names``: there are rows of a name alone,
    where no page break can have divided them.
    """

    width: float
    has_bare_names: bool

    @classmethod
    def of(cls, rows: Sequence[PrintedRow]) -> _NameColumn:
        data = [(row.part.page, _open(row)) for row in rows if not row.is_header]
        lines = [line.text for _, row in data for line in row.lines.get("project_name", ())]
        return cls(
            max(map(width_in_ems, lines), default=0.0),
            any(
                before == page == after and row.is_bare_name
                for (before, _), (page, row), (after, _) in zip(data, data[1:], data[2:], strict=False)
            ),
        )

    def is_full(self, line: str) -> bool:
        """Whether a line of a name is so long that the next character may have had no room."""
        return width_in_ems(line) >= self.width - _RAGGED_EMS


def _join_divided_name(first: _OpenRow, second: _OpenRow, names: _NameColumn) -> bool:
    """Whether two rows that both print a name are one, its name divided between the pages.

    That can be where one of them prints no amount. A unit's row is put together, for the sums to prove; of
    others it cannot be known, and the first row says so.
    """
    if not (first.prints_name and second.prints_name) or (first.prints_amounts and second.prints_amounts):
        return False
    if is_total_name(first.text("project_name")):
        return False
    begins_anew = bool(second.text("indicators").strip()) and not _breaks_an_indicator(second)
    if begins_anew and first.text("indicators").strip():
        return False
    if names.has_bare_names and (first.is_bare_name or second.is_bare_name):
        return False
    heights = {column: len(lines) for column, lines in first.lines.items() if first.text(column).strip()}
    # What a page break divides filled the page's part of the row.
    going_on = [height for column, height in heights.items() if second.text(column).strip()]
    if max(going_on) < max(heights.values()) - 1:
        return False
    is_of_a_unit = not first.prints_content and not second.prints_content
    if (
        is_of_a_unit
        and first.prints_amounts != second.prints_amounts
        and names.is_full(first.lines["project_name"][-1].text)
    ):
        _append(first, second, Join.PROVED_BY_SUM)
        return True
    name = unwrap(second.text("project_name")).strip()
    first.problems.append(
        f"the next page begins with {name!r}, and one of the two rows has no amounts: it may be "
        "the rest of this one"
    )
    return False


def _complement_each_other(first: _OpenRow, second: _OpenRow) -> bool:
    """Whether one part prints the name and the other does not, and no amount is printed twice.

    Browsers divide the centred cells of a row one by one: amounts of one line stay on the first page while a
    name of two lines goes to the next.
    """
    names = [bool(row.text("project_name").strip()) for row in (first, second)]
    nameless = second if names[0] else first
    if names[0] == names[1] or nameless.is_blank(nameless.columns()):
        return False
    if any(first.text(column).strip() and second.text(column).strip() for column in AMOUNT_COLUMNS):
        return False
    has_both = first.text("indicators").strip() and second.text("indicators").strip()
    return not has_both or _breaks_an_indicator(second)


def _name_without_continued_mark(name: str) -> str | None:
    """The name before a （续） mark, as a comparison key; None where there is no such mark."""
    key = label_key(name)
    for mark in load_lookup("labels")["continued"]:
        mark_key = label_key(mark)
        if key.endswith(mark_key):
            return key.removesuffix(mark_key)
        if key.startswith(mark_key):
            return key.removeprefix(mark_key)
    return None


def _breaks_an_indicator(row: _OpenRow) -> bool:
    """Whether a row's indicator cell does not begin with the first indicator."""
    return begins_within(without_blanks(row.text("indicators")))


def _goes_on(first: _OpenRow, second: _OpenRow) -> bool:
    """Whether a row stops within an indicator, or the next part begins with the indicator that follows."""
    upper, lower = without_blanks(first.text("indicators")), without_blanks(second.text("indicators"))
    return bool(upper) and (not upper.endswith("。") or _ANY_INDICATOR.match(lower) is not None)


def _closes_brackets(first: _OpenRow, second: _OpenRow) -> bool:
    """Whether a row's name stops within brackets, and the next part's closes them."""
    upper, lower = (_open_brackets(row.text("project_name")) for row in (first, second))
    return upper > 0 and upper + lower == 0


def _open_brackets(text: str) -> int:
    """How many brackets and quotes more are opened in a text than closed."""
    opening, closing = _BRACKETS
    return sum(character in opening for character in text) - sum(character in closing for character in text)


def _append(first: _OpenRow, second: _OpenRow, join: Join) -> None:
    for column, lines in second.lines.items():
        if _meet_in_one_line(first.lines.get(column, ()), lines):
            first.problems.append(f"both pages print the line {lines[0].text!r} of column {column}")
        first.lines[column] = [*first.lines.get(column, []), *lines]
    _absorb(first, second, join)


def _absorb(first: _OpenRow, second: _OpenRow, join: Join) -> None:
    first.parts = [*first.parts, *second.parts]
    first.is_at_page_edge = True
    if first.join is not Join.PROVED_BY_SUM:
        first.join = join
    if first.indent is None:
        first.indent = second.indent


def _is_equal(first: _OpenRow, second: _OpenRow) -> bool:
    """Whether two rows print the same in every column (blanks aside) and are no blank rows."""
    return not first.is_blank(first.columns()) and all(
        without_blanks(first.text(column)) == without_blanks(second.text(column)) for column in first.lines
    )


# --- closing --------------------------------------------------------------------------------------


def _close(table: PrintedTable, rows: Sequence[_OpenRow | PrintedRow]) -> StitchedTable:
    number = table.facts.table_number
    closed: list[TableRow] = []
    problems: list[Problem] = []
    header_seen = False
    for order, row in enumerate(rows, start=1):
        if isinstance(row, PrintedRow):
            cells = {column: item.text for column, item in row.cells.items()}
            closed.append(
                TableRow(
                    number,
                    order,
                    RowKind.HEADER,
                    cells,
                    (row.part, *row.lower_parts),
                    is_repeated_header=header_seen,
                )
            )
            header_seen = True
            continue
        hidden = [
            (column, line.text) for column, lines in row.lines.items() for line in lines if _is_hidden(line)
        ]
        for column, text in hidden if row.is_at_page_edge else ():
            row.problems.append(f"{text!r} in column {column} shows on no page in full")
        if hidden and not row.is_at_page_edge:
            message = (
                f"Page {row.parts[0].page}: {hidden[0][1]!r} in column {hidden[0][0]} does not show in full."
            )
            problems.append(_problem(number, row, "text_cut_off", message))
        if row.is_blank(row.columns()):
            problems.append(_problem(number, row, "row_unreadable", "The row has no text at all."))
        if row.problems:
            problems.append(
                _problem(
                    number,
                    row,
                    "page_break_unresolved",
                    f"Page {row.parts[-1].page}: the row at the page break cannot be put together: "
                    f"{'; '.join(row.problems[:_MOST_DOUBTS])}.",
                )
            )
        closed.append(
            TableRow(
                table_number=number,
                row_order=order,
                kind=RowKind.PROJECT,
                cells={column: row.text(column) for column in row.lines},
                parts=tuple(row.parts),
                join=row.join,
                indent=row.indent,
                repeats_previous=row.repeats_previous,
            )
        )
    return StitchedTable(tuple(closed), tuple(problems))


def _problem(table_number: int, row: _OpenRow, code: str, message: str) -> Problem:
    return Problem(
        Stage.STITCHED_ROWS,
        code,
        message,
        table_number=table_number,
        page=row.parts[0].page,
        row=row.parts[0].grid_row,
        raw=unwrap(row.text("project_name")).strip() or None,
    )
