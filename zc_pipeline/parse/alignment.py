"""Tables with horizontal rules only, or with none: rules put where the page leaves no doubt.

A target table whose columns are not ruled is read where every text stands in the column of exactly one
heading and every row is bounded, by rules or by gaps that run through all columns. The rules inferred so go
the same way as drawn ones. Whatever is not certain leaves the page as it is and is named.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from statistics import median
from typing import Final, NamedTuple

from zc_pipeline.errors import DocumentError, Stage
from zc_pipeline.model import Box, Char, PageContent, Problem, Rule
from zc_pipeline.parse.forms import FORMS
from zc_pipeline.parse.forms.base import AMOUNT_COLUMNS, COLUMNS, IGNORED, TIER_MARK
from zc_pipeline.parse.forms.packed_list import begins_within
from zc_pipeline.parse.pages import collapse_overprints
from zc_pipeline.parse.text import halfwidth, ordinary_character, without_blanks

_SNAP_PT: Final = 2.5  # rules nearer than this are one; so are ends of rules
_SAME_PLACE_PT: Final = 1.5  # headings of one table on two pages, amounts that end at one edge
_NARROWEST_PT: Final = 10.0  # a column is wider; the lines of a double frame stand nearer
_RULED_VERTICALS: Final = 4  # a page with so many is ruled: three columns or more
# Parts of a full-width character's width, the em.
_GAP: Final = 0.35  # a wider gap parts two texts; a column stands at least so far from the next
_TOUCHING: Final = 0.05
_SAME_LINE: Final = 0.3
_REGULAR: Final = 0.13  # how much the distance of a cell's lines may differ: browsers round to pixels
_ROW_GAP: Final = 0.1  # by how much each gap between rows exceeds each gap between lines
_CUT_PT: Final = 0.5
_FAR: Final = 3.0
_OVERHANG: Final = 0.5  # how far the ink of a closing mark may stand past the table's end
_OWN_LINE: Final = 2.0  # a page number stands at least so far below the last line
_MANY: Final = 3  # so many texts that begin at one place show a column's left edge
_MOST_HEADING_LINES: Final = 10  # two tiers, wrapped, each text centred at its own height
_AMOUNT: Final = re.compile(r"[-+]?[0-9][0-9,]*(?:\.[0-9]+)?|[-－—–⸺]+")
_DASHES: Final = re.compile(r"[-－—–⸺]+")
_OF_A_ROW: Final = re.compile(
    r"[-+]?(?:[0-9][0-9,]*\.[0-9]{2}|[0-9]{1,3}(?:,[0-9]{3})+)|.*(?:-\w+指标|指标值[:：]).*"
)
_PAGE_NUMBER: Final = re.compile(
    r"第\d+页(?:[,，/]?共\d+页)?|\d+[/／]\d+|[-—–·]\d+[-—–·]|page\d+(?:of\d+)?|\d+", re.IGNORECASE
)
_SPELLED_PAGE_NUMBER: Final = re.compile(r"第\d+页[,，/]?共\d+页|page\d+of\d+", re.IGNORECASE)
_CLOSING_MARKS: Final = frozenset("，。、；：！？,.;:)）」』》〉】]”’")
_HANGING_MARKS: Final = _CLOSING_MARKS | frozenset("％%‰℃")  # what begins no line
_OPENING_MARKS: Final = frozenset("（「『《〈【“‘")
_BARE_NUMBER: Final = re.compile(r"\d+")


class _Cut(NamedTuple):
    """A place in a run where a closing mark's box hides a gap wide enough to part two cells."""

    length: int  # of the text before it
    end: float  # of the mark's ink
    body: float  # of the characters before the mark
    start: float  # of the next character


@dataclass(slots=True)
class _Run:
    """Characters of one line that stand together: one text of one cell, or part of it."""

    x0: float
    x1: float
    y: float
    text: str = ""
    reach: float = 0.0  # where the last character ends, a blank too
    body: float = 0.0  # where the last character ends that is no closing mark: such may hang over the column
    cuts: list[_Cut] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Columns:
    """The columns of the table that is open: ``spans`` is what their texts have covered so far."""

    meanings: tuple[str, ...]
    labels: tuple[tuple[float, float], ...]
    spans: tuple[tuple[float, float], ...]
    edges: tuple[float, ...]
    is_ruled: bool
    line_gap: float | None
    open_on: int | None = None  # the page at whose end no rule closes the last row

    def place(self, meaning: str) -> int | None:
        return self.meanings.index(meaning) if meaning in self.meanings else None


class _Unclear(Exception):
    """Columns or rows of the page are in doubt: the code, what was seen, and where."""

    def __init__(self, code: str, message: str, raw: str | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.raw = code, message, raw


class RuleInference:
    """Infers rules page by page; pages of one file go in one after the other."""

    def __init__(self) -> None:
        self._columns: _Columns | None = None

    def page(self, content: PageContent) -> tuple[PageContent, list[Problem]]:
        """A page with the rules that its layout implies, and what was done or doubted.

        Returns:
            the page itself and no problem where it is ruled or holds no target table; else the page with
            inferred rules and ``rules_inferred``, or as it is with ``columns_unclear`` or ``rows_unclear``.
        """
        if _is_ruled(content.rules):
            return content, []
        try:
            found = self._infer(content)
        except _Unclear as doubt:
            message = f"Page {content.number}: {doubt.message}"
            return content, [
                Problem(Stage.PAGE_TEXT, doubt.code, message, page=content.number, raw=doubt.raw)
            ]
        if found is None:
            return content, []
        self._columns, rows, rules = found
        sides = "columns" if self._columns.is_ruled else "columns and rows"
        notice = Problem(
            Stage.PAGE_TEXT,
            "rules_inferred",
            f"Page {content.number}: the {sides} of the table are not ruled; {rows} rows of "
            f"{len(self._columns.meanings)} columns were told by alignment.",
            page=content.number,
        )
        return replace(content, rules=tuple(rules)), [notice]

    def _infer(self, content: PageContent) -> tuple[_Columns, int, list[Rule]] | None:
        em = _em(content.chars)
        runs = _runs(content, em)
        heading = _find_heading(runs, _tiers(content.rules, em), em)
        if heading is None and self._columns is None:
            return None
        return _Page(content, em, runs, self._columns, heading).infer()


class _Tier(NamedTuple):
    """A rule within a heading: what stands over it is the heading of the columns under it."""

    y: float
    x0: float
    x1: float


@dataclass(frozen=True, slots=True)
class _Heading:
    """The heading found on a page; ``groups`` are the texts over its tiers, which are no column's own."""

    meanings: tuple[str, ...]
    labels: tuple[tuple[float, float], ...]
    top: float
    bottom: float
    tiers: tuple[_Tier, ...] = ()
    groups: tuple[_Run, ...] = ()

    def holds(self, y: float, x0: float, x1: float) -> bool:
        """Whether a rule is one of the heading's tiers."""
        return any(
            abs(tier.y - y) <= _SNAP_PT and abs(tier.x0 - x0) <= _SNAP_PT and abs(tier.x1 - x1) <= _SNAP_PT
            for tier in self.tiers
        )


class _Page:
    """One page being inferred."""

    def __init__(
        self,
        content: PageContent,
        em: float,
        runs: list[_Run],
        known: _Columns | None,
        heading: _Heading | None,
    ) -> None:
        self._content, self._em, self._known, self._heading = content, em, known, heading
        self._runs = self._without_page_number(runs)
        self._repeated: list[_Run] = []

    def infer(self) -> tuple[_Columns, int, list[Rule]] | None:
        stack = self._stack()
        if stack is not None:
            return self._between_rules(stack)
        if self._heading is None and self._known is not None and self._known.is_ruled:
            if self._may_be_table(self._runs):
                raise _Unclear(
                    "rows_unclear", "text stands under the table's columns, but no rules bound it."
                )
            return None
        return self._between_gaps()

    # --- rows by rules ----------------------------------------------------------------------------

    def _stack(self) -> tuple[float, float, list[float]] | None:
        """The horizontal rules of the table: where they begin and end, and their heights."""
        lines = _joined([rule for rule in self._content.rules if rule.is_horizontal])
        stacks: list[tuple[float, float, list[float]]] = []
        for y, x0, x1 in lines:
            for left, right, heights in stacks:
                if abs(left - x0) <= _SNAP_PT and abs(right - x1) <= _SNAP_PT:
                    heights.append(y)
                    break
            else:
                stacks.append((x0, x1, [y]))
        heading, known = self._heading, self._known
        for stack in stacks:
            left, right, heights = stack
            is_known = (
                known is not None
                and known.is_ruled
                and abs(known.edges[0] - left) <= _SNAP_PT
                and abs(known.edges[-1] - right) <= _SNAP_PT
            )
            if heading is not None:
                over = [y for y in heights if y < heading.top + 0.3 * self._em]
                under = [y for y in heights if y > heading.bottom - 0.3 * self._em]
                spans = left <= heading.labels[0][0] and right >= heading.labels[-1][1]
                # Under the heading there may be no rule but its own, where one row goes on over the page.
                goes_on = is_known and known is not None and _same_labels(known, heading)
                if not (over and spans and under and (len(heights) >= 3 or goes_on)):
                    continue
                between = heights.index(under[0]) - heights.index(over[-1])
                if between != 1:
                    raise _Unclear("columns_unclear", "rules part the heading, and none the columns.")
                return left, right, heights[heights.index(over[-1]) :]
            # A rule as wide as the table stands above many a page's prose.
            if is_known and (len(heights) > 1 or self._goes_on()):
                return stack
        return None

    def _goes_on(self) -> bool:
        """Whether the page before left a row open, so that this one begins with the rest of it."""
        return self._known is not None and self._known.open_on == self._content.number - 1

    def _between_rules(self, stack: tuple[float, float, list[float]]) -> tuple[_Columns, int, list[Rule]]:
        left, right, heights = stack
        top, bottom = heights[0], heights[-1]
        for rule in self._content.rules:
            is_inside = top + _SNAP_PT < (rule.top + rule.bottom) / 2 < bottom - _SNAP_PT
            if not rule.is_horizontal and is_inside and left + _SNAP_PT < rule.x0 < right - _SNAP_PT:
                raise _Unclear("columns_unclear", "some columns of the table are ruled and others are not.")
        for y, x0, x1 in _joined([rule for rule in self._content.rules if rule.is_horizontal]):
            if self._heading is not None and self._heading.holds(y, x0, x1):
                continue
            if (
                top < y < bottom
                and (x0 > left + _SNAP_PT or x1 < right - _SNAP_PT)
                and left < x1
                and x0 < right
            ):
                raise _Unclear(
                    "columns_unclear", "rules run through some columns only, and no rules part the columns."
                )
        self._check_clips()
        groups = self._heading.groups if self._heading is not None else ()
        inside = [run for run in self._runs if top < run.y < bottom and run not in groups]
        self._repeated = self._repeated_headings(heights)
        columns = self._columns_of(inside, left, right, is_ruled=True)

        def widened(part: Sequence[_Run]) -> _Columns:
            return self._columns_of([*inside, *part], left, right, is_ruled=True)

        below = [run for run in self._runs if run.y > bottom]
        under = self._open_end(below, columns, widened, bottom, below=True)
        over: list[_Run] = []
        if self._heading is None:
            above = [run for run in self._runs if run.y < top]
            over = self._open_end(above, columns, widened, top, below=False)
            if over and not self._goes_on():
                raise _Unclear(
                    "rows_unclear", "text stands above the first rule, and no row was open.", over[0].text
                )
        if not (inside or under or over):
            raise _Unclear("rows_unclear", "a rule of the table stands by itself.")
        if under or over:
            columns = self._columns_of([*inside, *under, *over], left, right, is_ruled=True)
            heights = [
                *([min(run.y for run in over) - 0.8 * self._em] if over else []),
                *heights,
                *([max(run.y for run in under) + 0.8 * self._em] if under else []),
            ]
        rows = [
            [run for run in [*over, *inside, *under] if low < run.y < high] for low, high in pairwise(heights)
        ]
        data = rows[1:] if self._heading is not None else rows
        data = [row for row in data if not any(run in self._repeated for run in row)]
        gap = self._line_gap(data, columns)
        for row in data:
            self._check_row(row, columns, gap)
        self._check_bands(data, columns)
        columns = replace(columns, line_gap=gap, open_on=self._content.number if under else None)
        return columns, len(data), self._rules(columns, heights)

    def _repeated_headings(self, heights: Sequence[float]) -> list[_Run]:
        """The texts of rows that say the page's heading again, at the same places.

        Above them stands a row of the table: a caption there would begin another table.
        """
        heading = self._heading
        found: list[_Run] = []
        above: list[_Run] = []
        for low, high in list(pairwise(heights))[1:] if heading is not None else ():
            row = [run for run in self._runs if low < run.y < high]
            again = _heading_of(row, (), self._em) if row else None
            if again is not None and heading is not None and _same_labels(heading, again):
                if above and not any(
                    _OF_A_ROW.fullmatch(without_blanks(halfwidth(run.text))) for run in above
                ):
                    raise _Unclear(
                        "rows_unclear", "text without an amount stands above a second heading.", above[0].text
                    )
                found += row
            above = row
        return found

    def _open_end(
        self,
        runs: list[_Run],
        columns: _Columns,
        widened: Callable[[Sequence[_Run]], _Columns],
        edge: float,
        *,
        below: bool,
    ) -> list[_Run]:
        """The part of a row that stands beyond the outermost rule, where a page break left the row open.

        Its texts may be longer than those between the rules: ``widened`` gives the columns of both.
        """
        reach = edge
        part: list[_Run] = []
        for run in sorted(runs, key=lambda run: run.y if below else -run.y):
            if abs(run.y - reach) > (2.0 if part else _FAR) * self._em:
                break
            part.append(run)
            reach = run.y
        rest = [run for run in runs if run not in part]
        if any(_column_at(run, columns.edges) is None for run in part):
            with contextlib.suppress(_Unclear):
                columns = widened(part)
        if part and any(_column_at(run, columns.edges) is None for run in part):
            if any(_OF_A_ROW.fullmatch(without_blanks(halfwidth(run.text))) for run in part):
                raise _Unclear(
                    "rows_unclear", "a part of a row stands beyond the table's rules.", part[0].text
                )
            return []  # a note below the table, a caption above it
        place = columns.place("indicators")
        if not part:
            if below and self._may_be_table(rest, columns):
                raise _Unclear("rows_unclear", "text stands beyond the table's rules.", rest[0].text)
            return []
        amounts = {columns.place(meaning) for meaning in AMOUNT_COLUMNS}
        filled = {_column_at(run, columns.edges) for run in part}
        # Of a row that has no more than a name, a page may hold the amounts alone.
        if place not in filled and not (below and filled <= amounts):
            raise _Unclear("rows_unclear", "text stands beyond the table's rules.", part[0].text)
        if below and rest:
            raise _Unclear("rows_unclear", "text stands below a row that no rule ends.", rest[0].text)
        return part

    # --- rows by gaps -----------------------------------------------------------------------------

    def _between_gaps(self) -> tuple[_Columns, int, list[Rule]] | None:
        heading, known = self._heading, self._known
        inside = self._runs if heading is None else [run for run in self._runs if run.y > heading.top]
        if heading is None and not self._may_be_table(inside):
            return None
        if not inside:
            return None
        self._check_clips()
        columns = self._columns_of(inside, None, None, is_ruled=False)
        top, bottom = min(run.y for run in inside), max(run.y for run in inside)
        for y, x0, x1 in _joined([rule for rule in self._content.rules if rule.is_horizontal]):
            if top < y < bottom and x1 - x0 > _FAR * self._em:
                raise _Unclear("rows_unclear", "some rows of the table are ruled and others are not.")
        body = inside if heading is None else [run for run in inside if run.y > heading.bottom]
        gap = self._line_gap([body], columns)
        if gap is None:
            gap = None if known is None else known.line_gap
        if gap is None:
            raise _Unclear("rows_unclear", "no cell has two lines, so that their distance is not known.")
        bands = self._bands(body, gap)
        if heading is not None and bands:
            space = min(run.y for run in bands[0]) - heading.bottom - self._em
            if space <= gap + _REGULAR * self._em:
                raise _Unclear("rows_unclear", "the first row stands too near to the heading.")
        for band in bands:
            self._check_row(band, columns, gap)
        self._check_bands(bands, columns)
        ends = [(min(run.y for run in band), max(run.y for run in band)) for band in bands]
        if heading is not None:
            ends.insert(0, (heading.top, heading.bottom))
        heights = [ends[0][0] - 0.8 * self._em]
        heights += [(above[1] + below[0]) / 2 for above, below in pairwise(ends)]
        heights.append(ends[-1][1] + 0.8 * self._em)
        return replace(columns, line_gap=gap), len(bands), self._rules(columns, heights)

    def _bands(self, runs: Iterable[_Run], line_gap: float) -> list[list[_Run]]:
        """Rows: parted where a gap through all columns is clearly wider than between two lines."""
        bands: list[list[_Run]] = []
        within: list[float] = [line_gap]
        between: list[float] = []
        for run in sorted(runs, key=lambda run: run.y):
            space = run.y - bands[-1][-1].y - self._em if bands else 0.0
            if bands and space <= line_gap + _REGULAR * self._em:
                within.append(space)
                bands[-1].append(run)
                continue
            if bands:
                between.append(space)
            bands.append([run])
        if between and min(between) - max(within) < _ROW_GAP * self._em:
            raise _Unclear("rows_unclear", "gaps could part two rows as well as two lines of one cell.")
        return bands

    def _check_bands(self, bands: Sequence[Sequence[_Run]], columns: _Columns) -> None:
        """Whether each band is a row: it names a project, or goes on from the page before."""
        known = self._known
        name, indicators = columns.place("project_name"), columns.place("indicators")
        amounts = {columns.place(meaning) for meaning in AMOUNT_COLUMNS} - {None}
        filled = [band for band in bands if band]
        for number, band in enumerate(filled):
            texts: dict[int | None, str] = {}
            for run in band:
                place = _column_at(run, columns.edges)
                texts[place] = texts.get(place, "") + without_blanks(run.text)
            has_amount = any(place in texts for place in amounts)
            if name in texts and (has_amount or columns.is_ruled):
                continue
            is_at_top = number == 0 and known is not None
            is_at_end = number == len(filled) - 1 and columns.is_ruled
            packed = texts.get(indicators, "")
            goes_on = not has_amount and begins_within(packed)
            if not (is_at_end or (is_at_top and (goes_on or columns.is_ruled))):
                what = "name" if columns.is_ruled else "name and amount"
                raise _Unclear("rows_unclear", f"a part of the table has no {what} of its own.", band[0].text)

    # --- both -------------------------------------------------------------------------------------

    def _check_clips(self) -> None:
        """What a clip hides cannot be told from other rows without rules."""
        page = Box(0.0, 0.0, self._content.width, self._content.height)
        for char in self._content.chars:
            clip, ink = char.clip, char.ink
            if clip is None or not char.is_upright or char.is_invisible or char.text.isspace():
                continue
            if not page.contains(*char.box.center):
                continue
            if (
                min(ink.x0 - clip.x0, ink.top - clip.top, clip.x1 - ink.x1, clip.bottom - ink.bottom)
                < -_CUT_PT
            ):
                raise _Unclear("rows_unclear", "a clip hides a part of the text.", char.text)

    def _columns_of(
        self, runs: Sequence[_Run], left: float | None, right: float | None, *, is_ruled: bool
    ) -> _Columns:
        """The columns of the table: each group of texts that lie over each other has exactly one heading."""
        em, known, heading = self._em, self._known, self._heading
        if heading is None:
            assert known is not None
            meanings, labels, anchors = known.meanings, known.labels, known.spans
        else:
            meanings, labels, anchors = heading.meanings, heading.labels, heading.labels
            if known is not None and _same_labels(known, heading) and known.is_ruled == is_ruled:
                anchors = known.spans
            else:
                known = None
        spans = [(run.x0, run.x1) for run in runs]
        if left is not None and right is not None:
            hanging = [run.x1 for run in runs if run.text[-1] in _HANGING_MARKS and run.x1 > right]
            if hanging and max(hanging) <= right + _OVERHANG * em:
                right = max(hanging) + _TOUCHING * em
            if any(x0 < left or x1 > right for x0, x1 in spans):
                raise _Unclear("columns_unclear", "text runs over the end of the table's rules.")
        bodies = [(run.x0, run.body) for run in runs]
        apart = _merged([*anchors, *bodies], _GAP * em)
        if heading is not None and any(_held(span, anchors) != 1 for span in apart):
            # Columns whose texts come too near on different pages may be told apart on this one.
            anchors = heading.labels
            apart = _merged([*anchors, *bodies], _GAP * em)
        for x0, x1 in apart:
            held = _held((x0, x1), anchors)
            if held != 1:
                stray = next((run.text for run in runs if x0 <= run.x0 and run.x1 <= x1), None)
                what = "more than one heading" if held else "no heading"
                raise _Unclear("columns_unclear", f"text stands under {what}.", stray)
        amounts = [span for span, meaning in zip(apart, meanings, strict=True) if meaning in AMOUNT_COLUMNS]
        for span in _merged([*anchors, *bodies], _TOUCHING * em):
            # The dash of a blank amount may stand beside a narrow heading.
            if not (_held(span, anchors) or any(x0 <= span[0] and span[1] <= x1 for x0, x1 in amounts)):
                raise _Unclear("columns_unclear", "a column's texts do not stand below each other.")
        self._check_amounts(runs, apart, meanings)
        ends = [max([x1, *(run.x1 for run in runs if x0 <= run.x0 <= x1)]) for x0, x1 in apart]
        if any(end >= following[0] for end, following in zip(ends, apart[1:], strict=False)):
            raise _Unclear("columns_unclear", "a column's text ends where the next one's begins.")
        inner = [(end + following[0]) / 2 for end, following in zip(ends, apart[1:], strict=False)]
        if left is None or right is None:
            left, right = apart[0][0] - 3.0, ends[-1] + 3.0
            if known is not None:
                left, right = known.edges[0], max(known.edges[-1], right)
        edges = (left, *inner, right)
        if heading is None and known is not None:
            edges = known.edges
        if any(_column_at(run, edges) is None for run in runs):
            raise _Unclear("columns_unclear", "text stands outside the columns.")
        return _Columns(meanings, labels, tuple(apart), edges, is_ruled, known.line_gap if known else None)

    def _check_amounts(
        self, runs: Sequence[_Run], spans: Sequence[tuple[float, float]], meanings: Sequence[str]
    ) -> None:
        """The amounts of a column begin, end or are centred at one place: else they may be two columns'."""
        below = self._heading.bottom + 0.3 * self._em if self._heading is not None else 0.0
        for (x0, x1), meaning in zip(spans, meanings, strict=True):
            if meaning not in AMOUNT_COLUMNS:
                continue
            amounts = [
                run
                for run in runs
                if run.y > below and x0 <= run.x0 and run.x1 <= x1 and run not in self._repeated
            ]
            for run in amounts:
                if _AMOUNT.fullmatch(without_blanks(halfwidth(run.text))) is None:
                    raise _Unclear("columns_unclear", "text stands under the heading of an amount.", run.text)
            amounts = [run for run in amounts if _DASHES.fullmatch(without_blanks(run.text)) is None]
            places = (
                [run.x0 for run in amounts],
                [run.x1 for run in amounts],
                [(run.x0 + run.x1) / 2 for run in amounts],
            )
            if amounts and all(max(place) - min(place) > _SAME_PLACE_PT for place in places):
                raise _Unclear("columns_unclear", "amounts under one heading are aligned in two ways.")

    def _line_gap(self, rows: Iterable[Sequence[_Run]], columns: _Columns) -> float | None:
        """The usual gap between two lines of a cell; None where no cell has two."""
        gaps = [gap for row in rows for _, gap in self._gaps(row, columns)]
        if not gaps:
            return None
        least = min(gaps)
        return median(gap for gap in gaps if gap <= least + 2 * _REGULAR * self._em)

    def _gaps(self, row: Sequence[_Run], columns: _Columns) -> list[tuple[int, float]]:
        """The gaps between neighbouring lines of each column."""
        found = []
        for place in range(len(columns.meanings)):
            lines = self._lines([run for run in row if _column_at(run, columns.edges) == place])
            found += [(place, below - above - self._em) for above, below in pairwise(lines)]
        return found

    def _lines(self, runs: Iterable[_Run]) -> list[float]:
        lines: list[float] = []
        for run in sorted(runs, key=lambda run: run.y):
            if not lines or run.y - lines[-1] > _SAME_LINE * self._em:
                lines.append(run.y)
        return lines

    def _check_row(self, row: Sequence[_Run], columns: _Columns, line_gap: float | None) -> None:
        """Whether what was taken for one row can be several."""
        amounts = {columns.place(meaning) for meaning in AMOUNT_COLUMNS}
        for place, gap in self._gaps(row, columns):
            if place in amounts:
                raise _Unclear("rows_unclear", "a row has two lines of amounts.", row[0].text)
            if line_gap is not None and gap > line_gap + _REGULAR * self._em:
                raise _Unclear("rows_unclear", "the lines of a cell stand apart: it may be two.", row[0].text)

    def _may_be_table(self, runs: Sequence[_Run], columns: _Columns | None = None) -> bool:
        """Whether text on a page without a heading can be more of the open table."""
        columns = columns or self._known
        if columns is None or not runs:
            return False
        if any(_OF_A_ROW.fullmatch(without_blanks(halfwidth(run.text))) for run in runs):
            return True
        return all(_column_at(run, columns.edges) is not None for run in runs)

    def _rules(self, columns: _Columns, heights: Sequence[float]) -> list[Rule]:
        """The page's rules with the table's put in place of those within it."""
        left, right, top, bottom = columns.edges[0], columns.edges[-1], heights[0], heights[-1]
        box = Box(left - _SNAP_PT, top - _SNAP_PT, right + _SNAP_PT, bottom + _SNAP_PT)
        tiers = self._tiers_within(columns)
        others = [
            rule
            for rule in self._content.rules
            if not (box.contains(rule.x0, rule.top) and box.contains(rule.x1, rule.bottom))
        ]
        return [
            *others,
            *(Rule(left, y, right, y) for y in heights),
            # A column's edge begins under the tiers that go over it.
            *(
                Rule(x, max([tier.y for tier in tiers if tier.x0 < x < tier.x1], default=top), x, bottom)
                for x in columns.edges
            ),
            *(Rule(tier.x0, tier.y, tier.x1, tier.y) for tier in tiers),
        ]

    def _tiers_within(self, columns: _Columns) -> list[_Tier]:
        """The heading's tiers, from the first edge to the last of the columns that they stand over."""
        heading = self._heading
        found = []
        for tier in heading.tiers if heading is not None else ():
            under = [
                number
                for number, (x0, x1) in enumerate(columns.labels)
                if tier.x0 - _SNAP_PT <= x0 and x1 <= tier.x1 + _SNAP_PT
            ]
            found.append(_Tier(tier.y, columns.edges[under[0]], columns.edges[under[-1] + 1]))
        return found

    def _without_page_number(self, runs: Sequence[_Run]) -> list[_Run]:
        """The page's texts but for a page number that stands by itself at the foot."""
        last = max(runs, key=lambda run: run.y, default=None)
        if last is None or last.y < 0.8 * self._content.height:
            return list(runs)
        foot = sorted((run for run in runs if last.y - run.y < _SAME_LINE * self._em), key=lambda run: run.x0)
        above = max((run.y for run in runs if run not in foot), default=0.0)
        text = without_blanks(halfwidth("".join(run.text for run in foot)))
        is_number = _PAGE_NUMBER.fullmatch(text) is not None
        if _BARE_NUMBER.fullmatch(text):
            middle = (foot[0].x0 + foot[-1].x1) / 2
            is_number = abs(middle - self._content.width / 2) < self._em
        is_plain = _SPELLED_PAGE_NUMBER.fullmatch(text) is not None  # nothing else reads so
        number, slash, _ = text.partition("/")
        if slash and number == str(self._content.number):
            is_plain |= self._stands_apart(foot, runs)
        if not is_number or (last.y - above < _OWN_LINE * self._em and not is_plain):
            return list(runs)
        return [run for run in runs if run not in foot]

    def _stands_apart(self, foot: Sequence[_Run], runs: Iterable[_Run]) -> bool:
        """Whether a line at the foot is no cell's: nothing stands right above it or begins where it does."""
        x0, x1, y = foot[0].x0, max(run.x1 for run in foot), foot[0].y
        others = [run for run in runs if run not in foot]
        return not any(
            abs(run.x0 - x0) <= _SAME_PLACE_PT
            or (run.x0 < x1 and x0 < run.x1 and y - run.y < _OWN_LINE * self._em)
            for run in others
        )


# --- the page's texts -----------------------------------------------------------------------------


def _is_ruled(rules: Iterable[Rule]) -> bool:
    places: list[float] = []
    for x in sorted(rule.x0 for rule in rules if not rule.is_horizontal):
        if not places or x - places[-1] > _NARROWEST_PT:
            places.append(x)
    return len(places) >= _RULED_VERTICALS


def _em(chars: Iterable[Char]) -> float:
    """The width of the full-width characters that most of the page is written in."""
    widths = [char.box.width for char in chars if char.is_upright and "\u4e00" <= char.text <= "\u9fff"]
    return median(widths) if widths else 10.0


def _runs(content: PageContent, em: float) -> list[_Run]:
    """The visible texts of a page; drawn blanks hold a text together, but are no part of its place."""
    page = Box(0.0, 0.0, content.width, content.height)
    chars = [
        char
        for char in collapse_overprints(content.chars)
        if char.is_upright and not char.is_invisible and page.contains(*char.box.center)
    ]
    runs: list[_Run] = []
    same_line, back, gap = _SAME_LINE * em, -0.6 * em, _GAP * em
    growing: list[_Run] = []  # those that a character may still go on
    for char in sorted(chars, key=lambda char: char.box.x0):
        x0, y = char.box.x0, char.box.center[1]
        near = [
            run for run in growing if -same_line <= run.y - y <= same_line and back <= x0 - run.reach <= gap
        ]
        run = min(near, key=lambda run: abs(run.y - y), default=None)
        if char.text.isspace():
            if run is not None:
                run.reach = max(run.reach, char.box.x1)
                run.text += " "
            continue
        if run is None:
            run = _Run(char.ink.x0 if char.text in _OPENING_MARKS else x0, char.box.x1, y)
            runs.append(run)
            growing = [*(one for one in growing if x0 - one.reach <= gap), run]
        elif (
            run.text[-1] in _CLOSING_MARKS
            and x0 - run.x1 >= _GAP * em
            and not (char.text.isdigit() and run.text[-2:-1].isdigit())  # ３，４５６ is one number
        ):
            run.cuts.append(_Cut(len(run.text), run.x1, run.body, x0))
        run.reach = max(run.reach, char.box.x1)
        # Such marks may hang over the end of their column, with half of their box empty.
        run.x1 = char.ink.x1 if char.text in _CLOSING_MARKS else run.reach
        if char.text not in _CLOSING_MARKS or not run.body:
            run.body = run.x1
        run.text += ordinary_character(char.text)
    return _cut_at_columns(runs, em)


def _cut_at_columns(runs: Sequence[_Run], em: float) -> list[_Run]:
    """Part a text behind a closing mark that hangs over its column, where others begin as it goes on."""
    starts = [run.x0 for run in runs]
    found: list[_Run] = []
    for run in runs:
        begin, x0 = 0, run.x0
        for cut in run.cuts:
            if sum(abs(start - cut.start) <= _TOUCHING * em for start in starts) < _MANY:
                continue
            found.append(_Run(x0, cut.end, run.y, run.text[begin : cut.length], body=cut.body))
            begin, x0 = cut.length, cut.start
        found.append(_Run(x0, run.x1, run.y, run.text[begin:], body=run.body))
    return found


def _tiers(rules: Iterable[Rule], em: float) -> list[_Tier]:
    """The rules that part the tiers of a heading, if one stands around them: shorter than others here."""
    lines = _joined([rule for rule in rules if rule.is_horizontal])
    longest = max((x1 - x0 for _, x0, x1 in lines), default=0.0)
    return [_Tier(y, x0, x1) for y, x0, x1 in lines if em < x1 - x0 < longest - 2 * em]


def _find_heading(runs: Sequence[_Run], tiers: Sequence[_Tier], em: float) -> _Heading | None:
    """The first heading of a known form among the page's lines."""
    lines: list[list[_Run]] = []
    for run in sorted(runs, key=lambda run: run.y):
        if lines and run.y - lines[-1][0].y <= _SAME_LINE * em:
            lines[-1].append(run)
        else:
            lines.append([run])
    for start in range(len(lines)):
        for count in range(_MOST_HEADING_LINES, 0, -1):
            block = [run for line in lines[start : start + count] for run in line]
            found = _heading_of(block, tiers, em)
            if found is not None:
                return found
    return None


def _heading_of(block: Sequence[_Run], tiers: Sequence[_Tier], em: float) -> _Heading | None:
    top, bottom = min(run.y for run in block), max(run.y for run in block)
    within = [tier for tier in tiers if top < tier.y < bottom]
    groups: dict[_Tier, list[_Run]] = {tier: [] for tier in within}
    for run in block:
        below = [tier for tier in within if run.y < tier.y and _is_over(run, tier)]
        if below:
            groups[min(below)].append(run)
    if not all(groups.values()):
        return None
    uppers = [run for members in groups.values() for run in members]
    lowest = [run for run in block if run not in uppers]
    spans = _merged([(run.x0, run.x1) for run in lowest], _GAP * em)
    if len(spans) < _RULED_VERTICALS:
        return None
    labels = []
    for x0, x1 in spans:
        members = [run for run in lowest if x0 <= run.x0 and run.x1 <= x1]
        over = [tier for tier in within if _is_over_span((x0, x1), tier)]
        if any(run.y < tier.y for run in members for tier in over):
            return None
        tier_labels = [_label(groups[tier]) for tier in sorted(over)]
        labels.append(TIER_MARK.join([*tier_labels, _label(members)]))
    if any(not any(_is_over_span(span, tier) for span in spans) for tier in within):
        return None  # an underlined word, and no column under it
    for form in FORMS:
        try:
            match = form.match_header(labels)
        except DocumentError:
            continue
        if match is not None and set(match.meanings) <= {*COLUMNS, IGNORED}:
            return _Heading(match.meanings, tuple(spans), top, bottom, tuple(within), tuple(uppers))
    return None


def _is_over(run: _Run, tier: _Tier) -> bool:
    return _is_over_span((run.x0, run.x1), tier)


def _is_over_span(span: tuple[float, float], tier: _Tier) -> bool:
    return tier.x0 - _SNAP_PT <= span[0] and span[1] <= tier.x1 + _SNAP_PT


def _label(runs: Iterable[_Run]) -> str:
    return "\n".join(run.text for run in sorted(runs, key=lambda run: (run.y, run.x0)))


def _same_labels(one: _Columns | _Heading, other: _Columns | _Heading) -> bool:
    return one.meanings == other.meanings and all(
        abs(a[0] - b[0]) <= _SAME_PLACE_PT and abs(a[1] - b[1]) <= _SAME_PLACE_PT
        for a, b in zip(one.labels, other.labels, strict=True)
    )


def _column_at(run: _Run, edges: Sequence[float]) -> int | None:
    """The column that a text lies in; None where it lies over an edge, or outside."""
    for place, (left, right) in enumerate(pairwise(edges)):
        if left <= run.x0 and run.x1 <= right:
            return place
    return None


def _merged(spans: Iterable[tuple[float, float]], gap: float) -> list[tuple[float, float]]:
    """Spans joined where they lie over each other or nearer than ``gap``."""
    merged: list[tuple[float, float]] = []
    for x0, x1 in sorted(spans):
        if merged and x0 - merged[-1][1] < gap:
            merged[-1] = (merged[-1][0], max(merged[-1][1], x1))
        else:
            merged.append((x0, x1))
    return merged


def _held(span: tuple[float, float], anchors: Iterable[tuple[float, float]]) -> int:
    """How many of the anchors lie within a span."""
    return sum(span[0] <= x0 and x1 <= span[1] for x0, x1 in anchors)


def _joined(rules: Iterable[Rule]) -> list[tuple[float, float, float]]:
    """Horizontal rules as (height, begin, end), pieces that touch put together, from top to bottom."""
    rows: list[tuple[float, list[tuple[float, float]]]] = []
    for rule in sorted(rules, key=lambda rule: rule.top):
        if not rows or rule.top - rows[-1][0] > _SNAP_PT:
            rows.append((rule.top, []))
        rows[-1][1].append((rule.x0, rule.x1))
    return [(y, x0, x1) for y, spans in rows for x0, x1 in _merged(spans, _SNAP_PT)]
