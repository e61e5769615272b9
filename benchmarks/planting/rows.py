"""Faults in stitched rows: as if joining, storing or reading back had lost, mixed up or changed rows."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import replace

from zc_pipeline.model import Join, RowKind, TableRow
from zc_pipeline_tests.drawing import AMOUNTS

from .documents import TrueDocument
from .kinds import Level, Planted, Register, is_changeable, is_well_formed, other_digit, pick, value_of

fault = Register(Level.ROWS)


def _rows(document: TrueDocument, *kinds: RowKind) -> list[int]:
    """Places of the rows of some kinds (of all, where none is named), without rows that may be copies."""
    rows = document.rows
    twins = {n for n, row in enumerate(rows) if row.repeats_previous}
    return [
        n for n, row in enumerate(rows) if (not kinds or row.kind in kinds) and not {n, n + 1, n + 2} & twins
    ]


def _said(row: TableRow) -> str:
    return f"row {row.row_order} ({row.kind.value}, {' '.join(map(str, row.parts))})"


def _replaced(document: TrueDocument, at: int, *rows: TableRow) -> tuple[TableRow, ...]:
    return (*document.rows[:at], *rows, *document.rows[at + 1 :])


def _recelled(
    document: TrueDocument, at: int, cells: Mapping[str, str], words: str = "", *, noticeable: bool = True
) -> Planted:
    row = document.rows[at]
    changed = replace(row, cells={**row.cells, **cells})
    return Planted(f"{_said(row)}: {words}", noticeable, rows=_replaced(document, at, changed))


# --- rows ------------------------------------------------------------------------------------------


@fault("row dropped")
def _row_dropped(document: TrueDocument, chance: random.Random) -> Planted:
    at = chance.randrange(len(document.rows))
    return Planted(_said(document.rows[at]), True, rows=_replaced(document, at))


@fault("row doubled")
def _row_doubled(document: TrueDocument, chance: random.Random) -> Planted:
    at = chance.randrange(len(document.rows))
    row = document.rows[at]
    return Planted(_said(row), True, rows=_replaced(document, at, row, row))


@fault("row doubled, the copy without its place")
def _row_doubled_elsewhere(document: TrueDocument, chance: random.Random) -> Planted | None:
    at = pick(chance, _rows(document, RowKind.PROJECT))
    if at is None or not is_changeable(document.rows[at].cells["total"] or "0"):
        return None
    row = document.rows[at]
    ghost = replace(row, parts=(replace(row.parts[-1], grid_row=999),), row_order=len(document.rows) + 1)
    return Planted(_said(row), True, rows=_replaced(document, at, row, ghost))


@fault("rows swapped, places and all")
def _rows_swapped(document: TrueDocument, chance: random.Random) -> Planted | None:
    rows = list(document.rows)
    data = [n for n, row in enumerate(rows) if row.kind is not RowKind.HEADER]
    neighbours = [n for n in data if n + 1 in data]
    at = pick(chance, neighbours)
    if at is None:
        return None
    rows[at], rows[at + 1] = rows[at + 1], rows[at]
    return Planted(f"{_said(rows[at])} and {_said(rows[at + 1])}", True, rows=tuple(rows))


@fault("rows swapped, numbered in the new order")
def _rows_swapped_smoothly(document: TrueDocument, chance: random.Random) -> Planted | None:
    rows = list(document.rows)
    data = [n for n, row in enumerate(rows) if row.kind is not RowKind.HEADER]
    at = pick(chance, [n for n in data if n + 1 in data])
    if at is None:
        return None
    one, two = rows[at], rows[at + 1]
    rows[at], rows[at + 1] = replace(two, row_order=one.row_order), replace(one, row_order=two.row_order)
    return Planted(f"{_said(one)} and {_said(two)}", True, rows=tuple(rows))


@fault("contents of two rows exchanged", "no printed thing tells the order of a unit's projects")
def _contents_exchanged(document: TrueDocument, chance: random.Random) -> Planted | None:
    places = _rows(document, RowKind.PROJECT)
    if len(places) < 2:
        return None
    a, b = sorted(chance.sample(places, 2))
    rows = list(document.rows)
    one, two = rows[a], rows[b]
    if abs(value_of(one.cells["total"]) - value_of(two.cells["total"])) < 1:
        return None
    rows[a], rows[b] = replace(one, cells=two.cells), replace(two, cells=one.cells)
    apart = any(row.kind is RowKind.UNIT for row in rows[a:b])
    return Planted(f"{_said(one)} and {_said(two)}", apart, rows=tuple(rows))


@fault("unit row moved by one project")
def _unit_moved(document: TrueDocument, chance: random.Random) -> Planted | None:
    rows = list(document.rows)
    units = [
        n
        for n, row in enumerate(rows[:-1])
        if row.kind is RowKind.UNIT and rows[n + 1].kind is RowKind.PROJECT
    ]
    at = pick(chance, units)
    if at is None:
        return None
    one, two = rows[at], rows[at + 1]
    rows[at], rows[at + 1] = replace(two, row_order=one.row_order), replace(one, row_order=two.row_order)
    return Planted(_said(one), True, rows=tuple(rows))


# --- parts -----------------------------------------------------------------------------------------


def _joined(document: TrueDocument) -> list[int]:
    return [n for n, row in enumerate(document.rows) if len(row.parts) > 1]


@fault("part of a joined row lost")
def _part_lost(document: TrueDocument, chance: random.Random) -> Planted | None:
    at = pick(chance, _joined(document))
    if at is None:
        return None
    row = document.rows[at]
    gone = chance.randrange(len(row.parts))
    kept = row.parts[:gone] + row.parts[gone + 1 :]
    return Planted(
        f"{_said(row)}: {row.parts[gone]}", True, rows=_replaced(document, at, replace(row, parts=kept))
    )


@fault("part given to the row above")
def _part_moved(document: TrueDocument, chance: random.Random) -> Planted | None:
    at = pick(chance, [n for n in _joined(document) if n and document.rows[n - 1].kind is RowKind.PROJECT])
    if at is None:
        return None
    above, row = document.rows[at - 1], document.rows[at]
    rows = list(document.rows)
    rows[at - 1] = replace(above, parts=(*above.parts, row.parts[-1]))
    rows[at] = replace(row, parts=row.parts[:-1])
    return Planted(_said(row), True, rows=tuple(rows))


@fault("join undone")
def _join_undone(document: TrueDocument, chance: random.Random) -> Planted | None:
    """The row's parts stand as two rows: the second without a name, or whole where both pages drew it."""
    at = pick(chance, _joined(document))
    if at is None:
        return None
    row = document.rows[at]
    if row.join is Join.CLIPPED_DUPLICATE:
        cells = [row.cells, row.cells]
    else:
        lines = {column: row.cells[column].split("\n") for column in ("goal", "indicators")}
        upper = {column: "\n".join(texts[: len(texts) // 2]) for column, texts in lines.items()}
        lower = {column: "\n".join(texts[len(texts) // 2 :]) for column, texts in lines.items()}
        cells = [{**row.cells, **upper}, {**dict.fromkeys(row.cells, ""), **lower}]
    one = replace(row, cells=cells[0], parts=row.parts[:1], join=Join.NONE)
    two = replace(row, cells=cells[1], parts=row.parts[1:], join=Join.NONE)
    return Planted(_said(row), True, rows=_replaced(document, at, one, two))


@fault("two rows joined to one")
def _wrongly_joined(document: TrueDocument, chance: random.Random) -> Planted | None:
    rows = document.rows
    project = RowKind.PROJECT
    pairs = [n for n in _rows(document, project) if n + 1 < len(rows) and rows[n + 1].kind is project]
    at = pick(chance, [n for n in pairs if is_changeable(rows[n + 1].cells["total"] or "0")])
    if at is None:
        return None
    one, two = rows[at], rows[at + 1]
    cells = {**one.cells, **{c: f"{one.cells[c]}\n{two.cells[c]}" for c in ("goal", "indicators")}}
    joined = replace(one, cells=cells, parts=(*one.parts, *two.parts), join=Join.CONTINUATION)
    return Planted(f"{_said(one)} and {_said(two)}", True, rows=(*rows[:at], joined, *rows[at + 2 :]))


# --- cells -----------------------------------------------------------------------------------------


def _amount_fault(name: str, kind: RowKind, change: Callable[[str], str]) -> None:
    @fault(name)
    def _plant(document: TrueDocument, chance: random.Random) -> Planted | None:
        at = pick(chance, _rows(document, kind))
        if at is None:
            return None
        cells = document.rows[at].cells
        column = pick(chance, [c for c in AMOUNTS if c in cells and is_changeable(cells[c] or "0")])
        if column is None:
            return None
        text = change(cells[column])
        return _recelled(document, at, {column: text}, f"{column} {text!r}")


_amount_fault("digit of an amount changed", RowKind.PROJECT, other_digit)
_amount_fault("digit of a subtotal changed", RowKind.UNIT, other_digit)
_amount_fault("digit of the grand total changed", RowKind.TOTAL, other_digit)
_amount_fault("amount emptied", RowKind.PROJECT, lambda text: "")
_amount_fault("subtotal emptied", RowKind.UNIT, lambda text: "")
_amount_fault("grand total emptied", RowKind.TOTAL, lambda text: "")


@fault("amount moved to another column")
def _amount_moved(document: TrueDocument, chance: random.Random) -> Planted | None:
    at = pick(chance, _rows(document, RowKind.PROJECT, RowKind.UNIT, RowKind.TOTAL))
    if at is None:
        return None
    cells = document.rows[at].cells
    source = pick(chance, [c for c in AMOUNTS if c in cells and is_changeable(cells[c] or "0")])
    target = pick(chance, [c for c in AMOUNTS if c in cells and not cells[c].strip()])
    if source is None or target is None:
        return None
    return _recelled(document, at, {source: "", target: cells[source]}, f"{source} to {target}")


@fault("all amounts emptied")
def _all_emptied(document: TrueDocument, chance: random.Random) -> Planted | None:
    at = pick(chance, _rows(document, RowKind.PROJECT))
    if at is None or not is_changeable(document.rows[at].cells["total"] or "0"):
        return None
    return _recelled(document, at, {c: "" for c in AMOUNTS if c in document.rows[at].cells})


@fault("name emptied")
def _name_emptied(document: TrueDocument, chance: random.Random) -> Planted | None:
    at = pick(chance, _rows(document, RowKind.PROJECT, RowKind.UNIT))
    return None if at is None else _recelled(document, at, {"project_name": ""})


def _cut(name: str, why: str, cut: Callable[[str, random.Random], str]) -> None:
    @fault(name, why)
    def _plant(document: TrueDocument, chance: random.Random) -> Planted | None:
        filled = [n for n in _rows(document, RowKind.PROJECT) if document.rows[n].cells["indicators"]]
        at = pick(chance, filled)
        if at is None:
            return None
        text = cut(document.rows[at].cells["indicators"], chance)
        return _recelled(
            document, at, {"indicators": text}, noticeable=bool(text) and not is_well_formed(text)
        )


_cut(
    "indicators cut at their end",
    "the cut falls within the last value or between two indicators",
    lambda text, chance: text[: chance.randint(1, len(text) - 1)],
)
_cut(
    "indicators cut at their beginning",
    "no indicator is left",
    lambda text, chance: text[chance.randint(1, len(text) - 1) :],
)
_cut(
    "piece of the indicators lost",
    "the piece lies within a name or value, or is an indicator with its number's place",
    lambda text, chance: (
        text[: (at := chance.randint(1, len(text) - 2))] + text[at + chance.randint(2, 30) :]
    ),
)
_cut("indicators doubled", "", lambda text, chance: text + text)


@fault("goal cut", "what is left is a text too")
def _goal_cut(document: TrueDocument, chance: random.Random) -> Planted | None:
    at = pick(
        chance, [n for n in _rows(document, RowKind.PROJECT) if len(document.rows[n].cells["goal"]) > 1]
    )
    if at is None:
        return None
    goal = document.rows[at].cells["goal"]
    return _recelled(document, at, {"goal": goal[: chance.randint(1, len(goal) - 1)]}, noticeable=False)


# --- kinds -----------------------------------------------------------------------------------------


def _kind_changed(name: str, old: RowKind, new: RowKind) -> None:
    @fault(name)
    def _plant(document: TrueDocument, chance: random.Random) -> Planted | None:
        at = pick(chance, _rows(document, old))
        if at is None:
            return None
        row = document.rows[at]
        if old is RowKind.PROJECT and not is_changeable(row.cells["total"] or "0"):
            return None
        return Planted(_said(row), True, rows=_replaced(document, at, replace(row, kind=new)))


_kind_changed("project taken for a unit", RowKind.PROJECT, RowKind.UNIT)
_kind_changed("project taken for a heading", RowKind.PROJECT, RowKind.HEADER)
_kind_changed("project taken for the total", RowKind.PROJECT, RowKind.TOTAL)
_kind_changed("unit taken for a project", RowKind.UNIT, RowKind.PROJECT)
_kind_changed("unit taken for a heading", RowKind.UNIT, RowKind.HEADER)
_kind_changed("unit taken for the total", RowKind.UNIT, RowKind.TOTAL)
_kind_changed("total taken for a project", RowKind.TOTAL, RowKind.PROJECT)
_kind_changed("total taken for a unit", RowKind.TOTAL, RowKind.UNIT)
_kind_changed("total taken for a heading", RowKind.TOTAL, RowKind.HEADER)
_kind_changed("heading taken for a project", RowKind.HEADER, RowKind.PROJECT)


KINDS = tuple(fault.kinds)
