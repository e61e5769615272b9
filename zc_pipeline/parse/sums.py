"""Printed sums against re-added ones, within what the rounding of printed amounts explains.

The rule: one amount must equal its total. A printed sum of n ≥ 2 amounts, each rounded to the same last
place, may differ from the re-added one by half of that place × (n + 1). Amounts printed to the fen leave
nothing to round. Rows in, checks out; nothing is decided here about a document.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from zc_pipeline.model import RowKind, SumScope, TableRow
from zc_pipeline.parse.amounts import FEN, Amount, parse_amount, yuan_per
from zc_pipeline.parse.forms.base import AMOUNT_COLUMNS, FISCAL_COLUMNS, SOURCE_COLUMNS

_ZERO: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class AmountRow:
    """A row's amounts in the printed unit; None where blank."""

    row_order: int
    kind: RowKind
    amounts: dict[str, Amount | None]


@dataclass(frozen=True, slots=True)
class SumCheck:
    """One printed amount beside the same amount re-added, in the printed unit.

    ``printed`` is None where the cell is blank; ``addends`` counts the amounts that are not blank.
    """

    scope: SumScope
    column: str
    row_order: int
    printed: Decimal | None
    readded: Decimal
    addends: int
    tolerance: Decimal

    @property
    def difference(self) -> Decimal:
        """The printed amount less the re-added one; a blank counts as nothing."""
        return (self.printed or _ZERO) - self.readded

    @property
    def holds(self) -> bool:
        """Whether rounding explains the difference."""
        return abs(self.difference) <= self.tolerance


def read_amounts(row: TableRow) -> AmountRow:
    """The amounts of one row.

    Raises:
        DocumentError: ``amount_unreadable``.
    """
    return AmountRow(
        row.row_order,
        row.kind,
        {column: parse_amount(row.cells[column]) for column in AMOUNT_COLUMNS if column in row.cells},
    )


def check_sums(rows: Sequence[AmountRow], money_unit: str | None) -> list[SumCheck]:
    """Re-add every printed sum of a table.

    Args:
        rows: total, unit and project rows in printed order; a project belongs to the unit row above it.
        money_unit: 元 or 万元; None (not known) allows rounding as for 万元.

    Returns:
        One check per amount column of each total and unit row, one per row that prints its sources, and one
        more where it prints what its fiscal appropriation is made of. A unit row without any amount prints no
        sum: its projects then count towards the grand total themselves.
    """
    place = last_place(rows)
    is_exact = money_unit is not None and place * yuan_per(money_unit) <= FEN
    columns = [column for column in AMOUNT_COLUMNS if any(column in row.amounts for row in rows)]
    checks: list[SumCheck] = []

    def check(scope: SumScope, column: str, row: AmountRow, addends: Iterable[Amount | None]) -> None:
        present = [amount.value for amount in addends if amount is not None]
        printed = row.amounts.get(column)
        rounds = len(present) >= 2 and not is_exact
        checks.append(
            SumCheck(
                scope,
                column,
                row.row_order,
                printed.value if printed else None,
                sum(present, _ZERO),
                len(present),
                place / 2 * (len(present) + 1) if rounds else _ZERO,
            )
        )

    fiscal: list[str] = [column for column in FISCAL_COLUMNS if column in columns]
    sources: list[str] = [column for column in SOURCE_COLUMNS if column in columns]
    made_of = {"total": sources if "fiscal" in columns else fiscal + sources, "fiscal": fiscal}
    for row in rows:
        for column, addends in made_of.items():
            if addends and column in columns and has_amounts(row):
                check(SumScope.SOURCES, column, row, [row.amounts.get(addend) for addend in addends])
    parts: list[AmountRow] = []
    for unit, projects in group_by_unit(rows):
        if unit is None or not has_amounts(unit):
            parts += projects
            continue
        parts.append(unit)
        for column in columns:
            check(SumScope.UNIT, column, unit, [row.amounts.get(column) for row in projects])
    for row in rows:
        if row.kind is RowKind.TOTAL:
            for column in columns:
                check(SumScope.TOTAL, column, row, [part.amounts.get(column) for part in parts])
    return checks


def has_amounts(row: AmountRow) -> bool:
    """Whether a row prints any amount at all."""
    return any(amount is not None for amount in row.amounts.values())


def group_by_unit(rows: Sequence[AmountRow]) -> list[tuple[AmountRow | None, list[AmountRow]]]:
    """Units with their projects, in printed order; the first group may have no unit row."""
    groups: list[tuple[AmountRow | None, list[AmountRow]]] = [(None, [])]
    for row in rows:
        if row.kind is RowKind.UNIT:
            groups.append((row, []))
        elif row.kind is RowKind.PROJECT:
            groups[-1][1].append(row)
    return groups


def last_place(rows: Iterable[AmountRow]) -> Decimal:
    """The finest place printed in the table: what every amount of it was rounded to."""
    places = [amount.places for row in rows for amount in row.amounts.values() if amount is not None]
    return Decimal(1).scaleb(-max(places, default=0))
