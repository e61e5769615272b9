"""What only the sums can tell: which rows are units, and whether twins at a page break are one row.

Both functions try the readings that the page allows and keep the one that adds up. Where several do, the
row is named as a problem and the document is held.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from statistics import median
from typing import Final

from zc_pipeline.errors import DocumentError, Stage
from zc_pipeline.model import Problem, RowKind, SumScope, TableRow
from zc_pipeline.parse.sums import (
    AmountRow,
    check_sums,
    group_by_unit,
    last_place,
    read_amounts,
)
from zc_pipeline.parse.text import is_total_name, unwrap

_INDENT_PT: Final = 3.0  # names set in by less stand at the same depth; one CJK character is 8 to 12 pt
_MOST_READINGS: Final = 1024


@dataclass(frozen=True, slots=True)
class Deduplicated:
    """Project, unit and total rows without copies; ``joined`` counts printed rows that were copies."""

    rows: tuple[TableRow, ...]
    joined: int
    problems: tuple[Problem, ...]


def settle_kinds(rows: Sequence[TableRow], money_unit: str | None) -> tuple[list[TableRow], list[Problem]]:
    """Say of each data row whether it is the total, a unit or a project.

    A row that prints a goal or indicators is a project. One without is the total (合计), or a unit, or a
    project that has none: the indent of its name tells, and where indents are not used, the sums.

    Returns:
        The rows with their kinds; ``row_kind_ambiguous`` problems where neither tells.
    """
    kinds: dict[int, RowKind] = {}
    doubtful: list[TableRow] = []
    for row in rows:
        if row.kind is RowKind.HEADER:
            kinds[row.row_order] = RowKind.HEADER
        elif _is_total(row):
            kinds[row.row_order] = RowKind.TOTAL
        elif _has_content(row):
            kinds[row.row_order] = RowKind.PROJECT
        else:
            doubtful.append(row)
    depth = _project_indent(rows, kinds)
    if depth is not None:
        set_out = [r for r in doubtful if r.indent is not None and r.indent < depth - _INDENT_PT]
        for row in set_out:
            kinds[row.row_order] = RowKind.UNIT
        if set_out:
            for row in doubtful:
                if row.indent is not None and abs(row.indent - depth) <= _INDENT_PT:
                    kinds[row.row_order] = RowKind.PROJECT
    doubtful = [row for row in doubtful if row.row_order not in kinds]
    problems: list[Problem] = []
    if doubtful:
        fitting = list(_fitting_kinds(rows, kinds, doubtful, money_unit))
        proved = [reading.kinds for reading in fitting if reading.is_proved]
        readings = proved if len(proved) == 1 else [reading.kinds for reading in fitting]
        if len(readings) > 1:
            problems = [_ambiguous_kind(row) for row in doubtful]
        if len(readings) != 1:
            readings = [dict.fromkeys((row.row_order for row in doubtful), RowKind.UNIT)]
        kinds.update(readings[0])
    return [replace(row, kind=kinds[row.row_order]) for row in rows], problems


def deduplicate(rows: Sequence[TableRow], money_unit: str | None) -> Deduplicated:
    """Settle whether equal neighbours at a page break are one row printed twice, or two.

    Rows that differ in anything printed (unit, name, amounts, goal, indicators) are never put together.

    Args:
        rows: one table's rows with their kinds, headers included (they are left out of the result).
        money_unit: 元 or 万元; None where not known.
    """
    data = [row for row in rows if row.kind is not RowKind.HEADER]
    twins = [row for row in data if row.repeats_previous]
    if not twins:
        return Deduplicated(tuple(data), 0, ())
    amounts = _try_read(data)
    fitting = (
        [] if amounts is None else _fitting_copies(amounts, [twin.row_order for twin in twins], money_unit)
    )
    if len(fitting) == 1:
        dropped = fitting[0]
        return Deduplicated(
            tuple(_with_twin_pages(row, data, dropped) for row in data if row.row_order not in dropped),
            len(dropped),
            tuple(
                _problem_of(
                    row,
                    "copy_dropped",
                    f"Page {row.page_first} prints the row {_name(row)!r} once more as the page before ends "
                    "with it; the printed sums count it once.",
                )
                for row in data
                if row.row_order in dropped
            ),
        )
    if fitting:
        problems = tuple(
            _problem_of(
                twin,
                "duplicate_ambiguous",
                f"Pages {twin.page_first - 1} and {twin.page_first} print the row "
                f"{_name(twin)!r} with equal content, and the printed sums allow one as well as two.",
            )
            for twin in twins
        )
        return Deduplicated(tuple(data), 0, problems)
    return Deduplicated(tuple(data), 0, ())


def _fitting_copies(
    amounts: Sequence[AmountRow], twins: Sequence[int], money_unit: str | None, most: int = _MOST_READINGS
) -> list[frozenset[int]]:
    """The sets of twins that can be copies, by row order: without them every printed sum holds.

    Args:
        amounts: all data rows of a table.
        twins: the rows that may be copies.
        money_unit: 元 or 万元; None where not known.
        most: how many sets may be tried.

    Returns:
        All such sets. Where there are too many to try each: none if neither all nor none of the twins can
        be copies, else these two, the fitting one first.
    """
    everything = frozenset(twins)

    def fits(dropped: frozenset[int]) -> bool:
        return _adds_up([row for row in amounts if row.row_order not in dropped], money_unit)

    extremes = [dropped for dropped in (everything, frozenset[int]()) if fits(dropped)]
    if len(extremes) == 1 and _all_count(amounts, everything):
        return extremes
    if 2 ** len(twins) > most:
        return [*extremes, *({everything, frozenset()} - set(extremes))] if extremes else []
    return [
        dropped
        for choice in product((False, True), repeat=len(twins))
        if fits(dropped := frozenset(twin for twin, is_copy in zip(twins, choice, strict=True) if is_copy))
    ]


def _all_count(amounts: Sequence[AmountRow], twins: frozenset[int]) -> bool:
    """Whether each twin adds so much to a printed sum that the sum shows whether it is counted.

    Then at most one set of copies fits where all of them are copies, or none.
    """
    most_rounding = last_place(amounts) * (len(amounts) + 1)
    has_total = any(row.kind is RowKind.TOTAL and row.amounts.get("total") is not None for row in amounts)
    for unit, projects in group_by_unit(amounts):
        has_sum = has_total or (unit is not None and unit.amounts.get("total") is not None)
        for row in projects:
            total = row.amounts.get("total")
            if row.row_order in twins and not (has_sum and total is not None and total.value > most_rounding):
                return False
    return all(row.kind is RowKind.PROJECT for row in amounts if row.row_order in twins)


def _with_twin_pages(row: TableRow, data: Sequence[TableRow], dropped: frozenset[int]) -> TableRow:
    """A kept row with the parts of the copies that follow it."""
    parts = list(row.parts)
    for other in data[data.index(row) + 1 :]:
        if other.row_order not in dropped:
            break
        parts += other.parts
    return replace(row, parts=tuple(parts))


def _is_total(row: TableRow) -> bool:
    return is_total_name(_name(row)) and not _has_content(row)


def _has_content(row: TableRow) -> bool:
    return any(row.cells.get(column, "").strip() for column in ("goal", "indicators"))


def _name(row: TableRow) -> str:
    return unwrap(row.cells.get("project_name", "")).strip()


def _project_indent(rows: Iterable[TableRow], kinds: dict[int, RowKind]) -> float | None:
    """The depth at which project names begin, or None where they do not begin at one depth."""
    indents = [
        row.indent for row in rows if kinds.get(row.row_order) is RowKind.PROJECT and row.indent is not None
    ]
    if not indents:
        return None
    depth = median(indents)
    same = sum(abs(indent - depth) <= _INDENT_PT for indent in indents)
    return depth if same == len(indents) else None


@dataclass(frozen=True, slots=True)
class _Reading:
    """Kinds under which every printed sum holds; ``is_proved`` where hardly by chance."""

    kinds: dict[int, RowKind]
    is_proved: bool


def _fitting_kinds(
    rows: Sequence[TableRow],
    kinds: dict[int, RowKind],
    doubtful: Sequence[TableRow],
    money_unit: str | None,
) -> Iterable[_Reading]:
    """The assignments of unit or project to the doubtful rows under which every printed sum holds."""
    if 2 ** len(doubtful) > _MOST_READINGS:
        return
    most = _MOST_READINGS // 2 ** len(doubtful)
    for choice in product((RowKind.UNIT, RowKind.PROJECT), repeat=len(doubtful)):
        assigned = {row.row_order: kind for row, kind in zip(doubtful, choice, strict=True)}
        settled = [
            replace(row, kind={**kinds, **assigned}[row.row_order])
            for row in rows
            if row.kind is not RowKind.HEADER
        ]
        read = _try_read(settled)
        if read is None:
            return
        copies = _fitting_copies(
            read, [row.row_order for row in settled if row.repeats_previous], money_unit, most
        )
        for dropped in copies[:1]:
            read = [row for row in read if row.row_order not in dropped]
            yield _Reading(assigned, _is_proved(read, money_unit))


def _is_proved(rows: Sequence[AmountRow], money_unit: str | None) -> bool:
    """Whether every project lies in a sum that would not hold by chance.

    Such a sum adds at least two amounts and is no round number: three projects of 10, 20 and 30 must not be
    taken for a unit with two.
    """
    checks = [check for check in check_sums(rows, money_unit) if check.scope is not SumScope.SOURCES]
    told = {
        check.row_order
        for check in checks
        if check.addends > 1 and check.printed is not None and check.printed % 1 != 0
    }
    totals = {row.row_order for row in rows if row.kind is RowKind.TOTAL}
    if told & totals:
        return True
    return all(
        unit is not None and unit.row_order in told for unit, projects in group_by_unit(rows) if projects
    )


def _try_read(rows: Iterable[TableRow]) -> list[AmountRow] | None:
    try:
        return [read_amounts(row) for row in rows]
    except DocumentError:
        return None


def _adds_up(rows: Sequence[AmountRow], money_unit: str | None) -> bool:
    has_projects = all(projects for unit, projects in group_by_unit(rows) if unit is not None)
    return has_projects and all(
        check.holds for check in check_sums(rows, money_unit) if check.scope is not SumScope.SOURCES
    )


def _problem_of(row: TableRow, code: str, message: str) -> Problem:
    return Problem(
        Stage.PROJECTS,
        code,
        message,
        table_number=row.table_number,
        page=row.page_first,
        row=row.row_order,
        raw=_name(row),
    )


def _ambiguous_kind(row: TableRow) -> Problem:
    return Problem(
        Stage.STITCHED_ROWS,
        "row_kind_ambiguous",
        f"Page {row.page_first}: the row {_name(row)!r} prints neither goal nor indicators, and "
        "neither its indent nor the sums tell whether it is a unit or a project.",
        table_number=row.table_number,
        page=row.page_first,
        row=row.parts[0].grid_row,
        raw=_name(row),
    )
