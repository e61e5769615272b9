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
from zc_pipeline.model import Problem, RowKind, TableRow
from zc_pipeline.parse.lookups import load_lookup
from zc_pipeline.parse.sums import AmountRow, SumScope, check_sums, group_by_unit, read_amounts
from zc_pipeline.parse.text import label_key, unwrap

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
        if len(fitting) != 1 and len(doubtful) > 0:
            if len(fitting) > 1:
                problems = [_ambiguous_kind(row) for row in doubtful]
            fitting = [dict.fromkeys((row.row_order for row in doubtful), RowKind.UNIT)]
        kinds.update(fitting[0])
    return [replace(row, kind=kinds[row.row_order]) for row in rows], problems


def deduplicate(rows: Sequence[TableRow], money_unit: str | None) -> Deduplicated:
    """Settle whether equal neighbours at a page break are one row printed twice, or two.

    Rows that differ in anything printed (unit, name, amounts, goal, indicators) are never put together.

    Args:
        rows: one table's rows with their kinds, headers included (they are left out of the result).
    """
    data = [row for row in rows if row.kind is not RowKind.HEADER]
    twins = [row for row in data if row.repeats_previous]
    if not twins:
        return Deduplicated(tuple(data), 0, ())
    amounts = _try_read(data)
    fitting: list[frozenset[int]] = []
    if amounts is not None and 2 ** len(twins) <= _MOST_READINGS:
        for choice in product((False, True), repeat=len(twins)):
            dropped = frozenset(
                twin.row_order for twin, is_copy in zip(twins, choice, strict=True) if is_copy
            )
            if _adds_up([row for row in amounts if row.row_order not in dropped], money_unit):
                fitting.append(dropped)
    if len(fitting) == 1:
        dropped = fitting[0]
        return Deduplicated(
            tuple(_with_twin_pages(row, data, dropped) for row in data if row.row_order not in dropped),
            len(dropped),
            (),
        )
    if fitting:
        problems = tuple(
            Problem(
                Stage.PROJECTS,
                "duplicate_ambiguous",
                f"Pages {twin.page_first - 1} and {twin.page_first} print the row "
                f"{_name(twin)!r} with equal content, and the printed sums allow one as well as two.",
                table_number=twin.table_number,
                page=twin.page_first,
                row=twin.row_order,
                raw=_name(twin),
            )
            for twin in twins
        )
        return Deduplicated(tuple(data), 0, problems)
    return Deduplicated(tuple(data), 0, ())


def _with_twin_pages(row: TableRow, data: Sequence[TableRow], dropped: frozenset[int]) -> TableRow:
    """A kept row with the parts of the copies that follow it."""
    parts = list(row.parts)
    for other in data[data.index(row) + 1 :]:
        if other.row_order not in dropped:
            break
        parts += other.parts
    return replace(row, parts=tuple(parts))


def _is_total(row: TableRow) -> bool:
    totals = {label_key(name) for name in load_lookup("labels")["total_rows"]}
    return label_key(_name(row)) in totals and not _has_content(row)


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


def _fitting_kinds(
    rows: Sequence[TableRow],
    kinds: dict[int, RowKind],
    doubtful: Sequence[TableRow],
    money_unit: str | None,
) -> Iterable[dict[int, RowKind]]:
    """The assignments of unit or project to the doubtful rows under which every printed sum holds."""
    if 2 ** len(doubtful) > _MOST_READINGS:
        return
    for choice in product((RowKind.UNIT, RowKind.PROJECT), repeat=len(doubtful)):
        assigned = {row.row_order: kind for row, kind in zip(doubtful, choice, strict=True)}
        settled = [
            replace(row, kind={**kinds, **assigned}[row.row_order])
            for row in rows
            if row.kind is not RowKind.HEADER
        ]
        twins = [row for row in settled if row.repeats_previous]
        for without_twins in {False, True} if twins else {False}:
            read = _try_read([row for row in settled if not (without_twins and row.repeats_previous)])
            if read is not None and _adds_up(read, money_unit):
                yield assigned
                break


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


def _ambiguous_kind(row: TableRow) -> Problem:
    return Problem(
        Stage.STITCHED_ROWS,
        "row_kind_ambiguous",
        f"Page {row.page_first}: the row {_name(row)!r} prints neither goal nor indicators, and "
        "neither its indent nor the sums tell whether it is a unit or a project.",
        table_number=row.table_number,
        page=row.page_first,
        row=row.row_order,
        raw=_name(row),
    )
