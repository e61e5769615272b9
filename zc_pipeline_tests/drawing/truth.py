"""What a drawn disclosure says: the truth against which a reading of the drawing is judged.

Amounts are kept as printed text ("1,234.50", "" for a blank cell): the drawing shows exactly that text, and
whether it is a number is for the reader to find out. Everything is frozen; plant a fault by building a
changed copy with `with_project`, `with_unit`, `with_indicator` or `dataclasses.replace`. Copies keep the
printed sums as they were, so a changed amount is a sum that does not add up; `re_added` prints right sums
again.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from . import vocabulary

AMOUNTS = ("total", "fiscal", "special_account", "other")
"""The four amount attributes of a project, a unit and a disclosure, in printed order."""

_ZERO = Decimal(0)
_SOURCES = AMOUNTS[1:]


@dataclass(frozen=True)
class Indicator:
    """One performance indicator as the packed cell prints it.

    Attributes:
        number: Running number within its project, from 1.
        level1_code: Code of the first level, "1" of `1-产出指标`.
        level1_name: Name of the first level.
        level2_code: Code of the second level, "11" of `11-数量指标`.
        level2_name: Name of the second level.
        name: The indicator itself.
        cycle_target: 实施周期指标值.
        annual_target: 年度指标值.
    """

    number: int
    level1_code: str
    level1_name: str
    level2_code: str
    level2_name: str
    name: str
    cycle_target: str
    annual_target: str

    def packed(self) -> str:
        """Returns the indicator's text in the packed cell, closing 。 included.

        A value that itself ends in 。 does not get a second one at the end: so the real documents print it.
        """
        end = "" if self.annual_target.endswith("。") else "。"
        return (
            f"{self.number}、{self.level1_code}-{self.level1_name}；{self.level2_code}-{self.level2_name}；{self.name}；"
            f"实施周期指标值:{self.cycle_target}；年度指标值:{self.annual_target}{end}"
        )


@dataclass(frozen=True)
class Project:
    """One project row: a name, four printed amounts ("" is a blank cell), a goal and its indicators."""

    name: str
    total: str
    fiscal: str
    special_account: str
    other: str
    goal: str
    indicators: tuple[Indicator, ...]

    def packed_indicators(self) -> str:
        """Returns the whole text of the 绩效指标 cell."""
        return "".join(indicator.packed() for indicator in self.indicators)


@dataclass(frozen=True)
class Unit:
    """A spending unit: its subtotal row and the projects printed below it."""

    name: str
    total: str
    fiscal: str
    special_account: str
    other: str
    projects: tuple[Project, ...]


@dataclass(frozen=True)
class Disclosure:
    """One table of one department.

    Attributes:
        title: Printed above the table. Nothing is added to it: a year is on paper only where the title has
            it.
        department: Printed after 部门名称：.
        money_unit: Printed after 单位：.
        units: The units in printed order.
        total: Printed grand total of the 合计 row; so are the following three.
        fiscal: Grand total of 财政拨款.
        special_account: Grand total of 财政专户拨款.
        other: Grand total of 其他资金.
        year: The budget year the title names, None where it names none.
    """

    title: str
    department: str
    money_unit: str = "万元"
    units: tuple[Unit, ...] = ()
    total: str = ""
    fiscal: str = ""
    special_account: str = ""
    other: str = ""
    year: int | None = None

    @property
    def projects(self) -> tuple[Project, ...]:
        """All projects in printed order; the place in it is a project's index in `draw.Drawn`."""
        return tuple(project for unit in self.units for project in unit.projects)


def make_disclosure(
    seed: int,
    units: int = 2,
    projects_per_unit: int = 5,
    *,
    indicators: tuple[int, int] = (2, 6),
    longest: int | None = None,
    year: int | None = 2024,
    money_unit: str = "万元",
    shared_name: bool = True,
    quirks: bool = True,
    thousands: bool = True,
) -> Disclosure:
    """Builds a plausible disclosure whose printed sums are exact; equal arguments give equal disclosures.

    Args:
        seed: Seed of the only source of chance.
        units: How many spending units.
        projects_per_unit: How many projects below each.
        indicators: Least and greatest number of indicators of a project.
        longest: Number of indicators of the first project; about 60 make a row longer than a landscape A4
            page.
        year: Named in the title; None leaves it out of the title.
        money_unit: 万元 or 元; amounts in 元 are ten thousand times as large.
        shared_name: The first project of every unit has one name, with amounts of its own in each unit.
        quirks: Some texts have what breaks parsers: an inner 。, a value ending in 。, a note on the annual
            value only, a space between Chinese characters, a bracketed unit, a list number within a goal.
        thousands: Print thousands separators.

    Returns:
        The disclosure; no two projects of a unit have the same total, so that a mix-up of rows shows.
    """
    chance = random.Random(seed)
    place = chance.choice(vocabulary.PLACES)
    unit_names = (
        chance.sample(vocabulary.UNITS, units)
        if units <= len(vocabulary.UNITS)
        else [f"第{n}{vocabulary.UNITS[n % len(vocabulary.UNITS)]}" for n in range(1, units + 1)]
    )
    shared = chance.choice(vocabulary.SHARED_PROJECTS) if shared_name else None
    made: list[Unit] = []
    for name in unit_names:
        names = _project_names(chance, projects_per_unit, shared)
        totals = _distinct_totals(chance, projects_per_unit, money_unit)
        projects: list[Project] = []
        for project_name, total in zip(names, totals, strict=True):
            first = longest is not None and not made and not projects
            count = longest if first and longest is not None else chance.randint(*indicators)
            projects.append(_project(chance, project_name, total, count, quirks))
        made.append(Unit(place + name, "", "", "", "", tuple(projects)))
    title = f"{year}年{vocabulary.TITLE}" if year is not None else vocabulary.TITLE
    drafted = Disclosure(
        title, place + unit_names[0] if unit_names else place, money_unit, tuple(made), year=year
    )
    return re_added(drafted if thousands else _without_thousands(drafted), thousands=thousands)


def read_amount(text: str) -> Decimal:
    """Reads an amount printed by this package; "" is nothing."""
    return Decimal(text.replace(",", "")) if text else _ZERO


def print_amount(amount: Decimal, thousands: bool = True) -> str:
    """Prints an amount with two decimals."""
    return f"{amount:,.2f}" if thousands else f"{amount:.2f}"


def re_added(disclosure: Disclosure, thousands: bool = True) -> Disclosure:
    """Returns the disclosure with unit subtotals and the grand total printed anew from the projects' amounts.

    A sum of blanks only is a blank.

    Raises:
        decimal.InvalidOperation: A project's amount is not a number.
    """
    units = tuple(replace(unit, **_sums(unit.projects, thousands)) for unit in disclosure.units)
    return replace(disclosure, units=units, **_sums(units, thousands))


def with_unit(disclosure: Disclosure, unit_index: int, **changes: Any) -> Disclosure:
    """Returns a copy in which one unit has other attributes (all sums stay as printed)."""
    units = list(disclosure.units)
    units[unit_index] = replace(units[unit_index], **changes)
    return replace(disclosure, units=tuple(units))


def with_project(disclosure: Disclosure, unit_index: int, project_index: int, **changes: Any) -> Disclosure:
    """Returns a copy in which one project of one unit has other attributes (all sums stay as printed)."""
    projects = list(disclosure.units[unit_index].projects)
    projects[project_index] = replace(projects[project_index], **changes)
    return with_unit(disclosure, unit_index, projects=tuple(projects))


def with_indicator(
    disclosure: Disclosure, unit_index: int, project_index: int, indicator_index: int, **changes: Any
) -> Disclosure:
    """Returns a copy in which one indicator of one project has other attributes."""
    indicators = list(disclosure.units[unit_index].projects[project_index].indicators)
    indicators[indicator_index] = replace(indicators[indicator_index], **changes)
    return with_project(disclosure, unit_index, project_index, indicators=tuple(indicators))


def without_project(disclosure: Disclosure, unit_index: int, project_index: int) -> Disclosure:
    """Returns a copy without one project (all sums stay as printed)."""
    projects = disclosure.units[unit_index].projects
    kept = projects[:project_index] + projects[project_index:][1:]
    return with_unit(disclosure, unit_index, projects=kept)


def _sums(rows: Sequence[Project] | Sequence[Unit], thousands: bool) -> dict[str, Any]:
    """Adds up each kind of amount; blanks only are a blank."""
    sums = {}
    for kind in AMOUNTS:
        printed = [text for row in rows if (text := getattr(row, kind))]
        sums[kind] = print_amount(sum(map(read_amount, printed), _ZERO), thousands) if printed else ""
    return sums


def _without_thousands(disclosure: Disclosure) -> Disclosure:
    for u, unit in enumerate(disclosure.units):
        for p, project in enumerate(unit.projects):
            plain = {kind: getattr(project, kind).replace(",", "") for kind in AMOUNTS}
            disclosure = with_project(disclosure, u, p, **plain)
    return disclosure


def _project_names(chance: random.Random, count: int, shared: str | None) -> list[str]:
    """Picks names that differ within a unit; the shared one, if any, comes first."""
    names = [shared] if shared and count else []
    while len(names) < count:
        name = chance.choice(vocabulary.SUBJECTS) + chance.choice(vocabulary.KINDS)
        if name in names:
            name += f"（第{len(names) + 1}期）"
        names.append(name)
    return names


def _distinct_totals(chance: random.Random, count: int, money_unit: str) -> list[Decimal]:
    """Picks amounts of three to seven digits (万元) that differ from each other."""
    totals: list[Decimal] = []
    while len(totals) < count:
        cents = chance.randint(100, 10 ** chance.choice((4, 5, 6)))
        amount = Decimal(cents) / 100
        if money_unit == "元":
            amount = amount * 10_000 + Decimal(chance.randint(0, 99)) / 100
        if amount not in totals:
            totals.append(amount)
    return totals


def _project(chance: random.Random, name: str, total: Decimal, count: int, quirks: bool) -> Project:
    parts = _split_by_source(chance, total)
    goal = _goal(chance, quirks)
    indicators = tuple(_indicators(chance, count, quirks))
    return Project(name, print_amount(total), parts[0], parts[1], parts[2], goal, indicators)


def _split_by_source(chance: random.Random, total: Decimal) -> tuple[str, ...]:
    """Divides a total over the three sources; most projects have only the first."""
    amounts = dict.fromkeys(_SOURCES, _ZERO)
    used = ["fiscal"]
    if chance.random() < 0.3:
        used = chance.sample(_SOURCES, 2)
        amounts[used[1]] = (total * chance.randint(10, 60) / 100).quantize(Decimal("0.01"))
    amounts[used[0]] = total - sum(amounts.values(), _ZERO)
    return tuple(print_amount(amounts[source]) if amounts[source] else "" for source in _SOURCES)


def _goal(chance: random.Random, quirks: bool) -> str:
    clauses = chance.sample(vocabulary.GOAL_CLAUSES, chance.randint(1, 4))
    if quirks and len(clauses) > 1 and chance.random() < 0.25:
        return "".join(f"{n}.{clause}；" for n, clause in enumerate(clauses, 1))
    return "，".join(clauses) + chance.choice(("。", "。", ""))


def _indicators(chance: random.Random, count: int, quirks: bool) -> Iterable[Indicator]:
    """Picks indicators in the order of their codes; beyond the stock, names are numbered."""
    stock = vocabulary.INDICATORS
    picked = (
        [chance.randrange(len(stock)) for _ in range(count)]
        if count > len(stock)
        else chance.sample(range(len(stock)), count)
    )
    seen: dict[str, int] = {}
    for number, place in enumerate(sorted(picked), 1):
        level1, level2, name, targets = stock[place]
        seen[name] = seen.get(name, 0) + 1
        if seen[name] > 1:
            name = f"{name}（第{seen[name]}项）"
        cycle = chance.choice(targets)
        annual = cycle if chance.random() < 0.6 else chance.choice(targets)
        if quirks and chance.random() < 0.15:
            name, cycle, annual = chance.choice(vocabulary.QUIRKS)(name, cycle, annual)
        yield Indicator(number, *level1, *level2, name, cycle, annual)
