"""Faults on paper: the disclosure says something else and is drawn anew, or the file has other pages."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from zc_pipeline_tests.drawing import (
    AMOUNTS,
    Disclosure,
    Drawn,
    DrawnRow,
    Indicator,
    Layout,
    Project,
    print_amount,
    re_added,
    with_indicator,
    with_project,
    with_unit,
    without_project,
)

from .documents import TrueDocument
from .kinds import Level, Planted, Register, is_changeable, other_digit, pick, value_of

fault = Register(Level.DRAWN)
_SOURCES = AMOUNTS[1:]
_ROUNDING = Decimal("0.3")  # more than the rounding of all amounts of a drawn table can explain

ProjectFault = Callable[[Disclosure, Layout, int, int, random.Random], Planted | None]


def _at_project(plant: ProjectFault) -> Callable[[TrueDocument, random.Random], Planted | None]:
    """Plants at some project of a drawn document."""

    def plant_somewhere(document: TrueDocument, chance: random.Random) -> Planted | None:
        if document.drawn is None:
            return None
        truth = document.drawn.disclosure
        u = chance.randrange(len(truth.units))
        p = chance.randrange(len(truth.units[u].projects))
        planted = plant(truth, document.drawn.layout, u, p, chance)
        where = f"unit {u + 1}, project {p + 1}"
        return planted and replace(planted, place=f"{where}: {planted.place}" if planted.place else where)

    return plant_somewhere


def _changed(truth: Disclosure, place: str = "", *, noticeable: bool = True) -> Planted:
    return Planted(place, noticeable, truth=truth)


def _project(truth: Disclosure, u: int, p: int) -> Project:
    return truth.units[u].projects[p]


# --- rows ------------------------------------------------------------------------------------------


@fault("row dropped")
@_at_project
def _row_dropped(truth: Disclosure, layout: Layout, u: int, p: int, chance: random.Random) -> Planted:
    return _changed(without_project(truth, u, p))


@fault("row dropped, all sums printed anew", "the page is consistent without it")
@_at_project
def _row_dropped_with_sums(
    truth: Disclosure, layout: Layout, u: int, p: int, chance: random.Random
) -> Planted:
    return _changed(re_added(without_project(truth, u, p)), noticeable=False)


@fault("row doubled")
@_at_project
def _row_doubled(truth: Disclosure, layout: Layout, u: int, p: int, chance: random.Random) -> Planted:
    projects = truth.units[u].projects
    return _changed(with_unit(truth, u, projects=projects[: p + 1] + projects[p:]))


@fault("rows of one unit swapped", "no printed thing tells the order of a unit's projects")
@_at_project
def _rows_swapped(truth: Disclosure, layout: Layout, u: int, p: int, chance: random.Random) -> Planted:
    projects = list(truth.units[u].projects)
    other = (p + 1) % len(projects)
    projects[p], projects[other] = projects[other], projects[p]
    return _changed(with_unit(truth, u, projects=tuple(projects)), noticeable=False)


@fault("rows of two units swapped", "without unit rows nothing tells where a project belongs")
@_at_project
def _rows_of_units_swapped(
    truth: Disclosure, layout: Layout, u: int, p: int, chance: random.Random
) -> Planted | None:
    v = (u + 1) % len(truth.units)
    q = chance.randrange(len(truth.units[v].projects))
    one, two = _project(truth, u, p), _project(truth, v, q)
    if abs(value_of(one.total) - value_of(two.total)) < 1:
        return None
    truth = with_project(with_project(truth, u, p, **vars(two)), v, q, **vars(one))
    return _changed(truth, f"with unit {v + 1}, project {q + 1}", noticeable=layout.show_unit_rows)


@fault("project moved to the unit below")
@_at_project
def _project_moved(
    truth: Disclosure, layout: Layout, u: int, p: int, chance: random.Random
) -> Planted | None:
    if u + 1 == len(truth.units) or not layout.show_unit_rows:
        return None
    moved = _project(truth, u, p)
    truth = without_project(truth, u, p)
    return _changed(with_unit(truth, u + 1, projects=(moved, *truth.units[u + 1].projects)))


@fault("unit row dropped")
@_at_project
def _unit_row_dropped(
    truth: Disclosure, layout: Layout, u: int, p: int, chance: random.Random
) -> Planted | None:
    """Its projects then stand below the unit above; the first unit's row is dropped from page text."""
    if u == 0 or not layout.show_unit_rows:
        return None
    units = list(truth.units)
    gone = units.pop(u)
    units[u - 1] = replace(units[u - 1], projects=units[u - 1].projects + gone.projects)
    return _changed(replace(truth, units=tuple(units)))


@fault("unit row doubled")
@_at_project
def _unit_row_doubled(
    truth: Disclosure, layout: Layout, u: int, p: int, chance: random.Random
) -> Planted | None:
    if not layout.show_unit_rows:
        return None
    units = list(truth.units)
    units.insert(u, replace(units[u], projects=()))
    return _changed(replace(truth, units=tuple(units)))


@fault("names of two units exchanged", "the amounts stand where they stood")
@_at_project
def _unit_names_exchanged(
    truth: Disclosure, layout: Layout, u: int, p: int, chance: random.Random
) -> Planted | None:
    if not layout.show_unit_rows:
        return None
    v = (u + 1) % len(truth.units)
    one, two = truth.units[u].name, truth.units[v].name
    return _changed(with_unit(with_unit(truth, u, name=two), v, name=one), noticeable=False)


@fault("total row dropped", "tables without a total are printed too")
def _total_row_dropped(document: TrueDocument, chance: random.Random) -> Planted | None:
    if document.drawn is None or not document.drawn.layout.show_total_row:
        return None
    return Planted("total", False, layout=replace(document.drawn.layout, show_total_row=False))


@fault("all unit rows dropped", "lists without units are printed too; the grand total is still checked")
def _unit_rows_dropped(document: TrueDocument, chance: random.Random) -> Planted | None:
    if document.drawn is None or not document.drawn.layout.show_unit_rows:
        return None
    layout = replace(document.drawn.layout, show_unit_rows=False)
    return Planted("units", False, layout=layout) if layout.show_total_row else None


# --- amounts ---------------------------------------------------------------------------------------


def _amount_fault(name: str, column: str | None, change: Callable[[str, random.Random], str]) -> None:
    """Enters a change of one project's amount; ``column`` None takes one of the printed sources."""

    @fault(name)
    @_at_project
    def _plant(truth: Disclosure, layout: Layout, u: int, p: int, chance: random.Random) -> Planted | None:
        project = _project(truth, u, p)
        filled = [c for c in ([column] if column else _SOURCES) if is_changeable(getattr(project, c) or "0")]
        chosen = pick(chance, filled)
        if chosen is None:
            return None
        text = change(getattr(project, chosen), chance)
        return _changed(with_project(truth, u, p, **{chosen: text}), f"{chosen} {text!r}")


_amount_fault("digit of a total changed", "total", lambda text, _: other_digit(text))
_amount_fault("digit of a source changed", None, lambda text, _: other_digit(text))
_amount_fault("total emptied", "total", lambda text, _: "")
_amount_fault("source emptied", None, lambda text, _: "")
_amount_fault(
    "decimal point of a total moved", "total", lambda text, _: print_amount(value_of(text) * 10, False)
)
_amount_fault("minus sign before a source", None, lambda text, _: f"-{text}")
_amount_fault("letter in an amount", None, lambda text, _: text[:-1] + "O")
_amount_fault("comma of an amount misplaced", "total", lambda text, _: "1,2" + text.replace(",", ""))
_amount_fault("amount printed twice in its cell", None, lambda text, _: f"{text} {text}")


@fault("total and source changed alike")
@_at_project
def _changed_alike(
    truth: Disclosure, layout: Layout, u: int, p: int, chance: random.Random
) -> Planted | None:
    project = _project(truth, u, p)
    if project.total != project.fiscal or not is_changeable(project.total):
        return None
    text = other_digit(project.total)
    return _changed(with_project(truth, u, p, total=text, fiscal=text), f"{project.total} to {text}")


@fault(
    "last digit of total and source changed alike",
    "printed in 万元 with two decimals, 0.01 is what rounding of the other amounts explains",
)
@_at_project
def _last_digit(truth: Disclosure, layout: Layout, u: int, p: int, chance: random.Random) -> Planted | None:
    project = _project(truth, u, p)
    if project.total != project.fiscal:
        return None
    text = print_amount(value_of(project.total) + Decimal("0.01"), "," in project.total)
    exact = truth.money_unit == "元"
    return _changed(with_project(truth, u, p, total=text, fiscal=text), noticeable=exact)


@fault("amounts changed in row, unit and grand total", "the page is consistent with them")
@_at_project
def _changed_throughout(
    truth: Disclosure, layout: Layout, u: int, p: int, chance: random.Random
) -> Planted | None:
    project = _project(truth, u, p)
    if project.total != project.fiscal or not is_changeable(project.total):
        return None
    text = other_digit(project.total)
    return _changed(re_added(with_project(truth, u, p, total=text, fiscal=text)), noticeable=False)


@fault("amounts of two rows of a unit exchanged", "each sum has the same addends")
@_at_project
def _amounts_exchanged(
    truth: Disclosure, layout: Layout, u: int, p: int, chance: random.Random
) -> Planted | None:
    q = (p + 1) % len(truth.units[u].projects)
    one, two = ({kind: getattr(_project(truth, u, at), kind) for kind in AMOUNTS} for at in (p, q))
    return _changed(with_project(with_project(truth, u, p, **two), u, q, **one), noticeable=False)


@fault("amount in the neighbouring column")
@_at_project
def _column_shifted(
    truth: Disclosure, layout: Layout, u: int, p: int, chance: random.Random
) -> Planted | None:
    project = _project(truth, u, p)
    moves = [
        (source, target)
        for source, target in (
            *itertools.pairwise(_SOURCES),
            *zip(_SOURCES[1:], _SOURCES, strict=False),
        )
        if is_changeable(getattr(project, source) or "0") and not getattr(project, target)
    ]
    move = pick(chance, moves)
    if move is None:
        return None
    source, target = move
    changes = {source: "", target: getattr(project, source)}
    return _changed(with_project(truth, u, p, **changes), f"{source} to {target}")


@fault("all amounts of a row one column to the right")
@_at_project
def _row_shifted(truth: Disclosure, layout: Layout, u: int, p: int, chance: random.Random) -> Planted | None:
    project = _project(truth, u, p)
    if project.other:
        return None
    shifted = dict(zip(AMOUNTS, ("", project.total, project.fiscal, project.special_account), strict=True))
    return _changed(with_project(truth, u, p, **shifted))


def _sum_fault(name: str, change: Callable[[str], str], *, of_total: bool) -> None:
    """Enters a change of one printed sum of a unit, or of the grand total."""

    @fault(name)
    @_at_project
    def _plant(truth: Disclosure, layout: Layout, u: int, p: int, chance: random.Random) -> Planted | None:
        if not (layout.show_total_row if of_total else layout.show_unit_rows):
            return None
        row: Any = truth if of_total else truth.units[u]
        filled = [column for column in AMOUNTS if is_changeable(getattr(row, column) or "0")]
        column = pick(chance, filled)
        if column is None:
            return None
        changes = {column: change(getattr(row, column))}
        changed = replace(truth, **changes) if of_total else with_unit(truth, u, **changes)  # type: ignore[arg-type]
        return _changed(changed, f"{column} of the {'total' if of_total else 'unit'}")


_sum_fault("digit of a subtotal changed", other_digit, of_total=False)
_sum_fault("subtotal emptied", lambda text: "", of_total=False)
_sum_fault("digit of the grand total changed", other_digit, of_total=True)
_sum_fault("grand total emptied", lambda text: "", of_total=True)


# --- texts -----------------------------------------------------------------------------------------


@fault("project's name emptied")
@_at_project
def _name_emptied(truth: Disclosure, layout: Layout, u: int, p: int, chance: random.Random) -> Planted:
    return _changed(with_project(truth, u, p, name=""))


@fault("unit's name emptied")
@_at_project
def _unit_name_emptied(
    truth: Disclosure, layout: Layout, u: int, p: int, chance: random.Random
) -> Planted | None:
    return _changed(with_unit(truth, u, name="")) if layout.show_unit_rows else None


@fault("character of a name changed", "no other place prints the name")
@_at_project
def _name_changed(truth: Disclosure, layout: Layout, u: int, p: int, chance: random.Random) -> Planted:
    return _changed(with_project(truth, u, p, name=_project(truth, u, p).name[:-1] + "甲"), noticeable=False)


@fault("character of a goal changed", "no other place prints the goal")
@_at_project
def _goal_changed(truth: Disclosure, layout: Layout, u: int, p: int, chance: random.Random) -> Planted:
    goal = _project(truth, u, p).goal
    at = chance.randrange(len(goal))
    return _changed(with_project(truth, u, p, goal=f"{goal[:at]}甲{goal[at + 1 :]}"), noticeable=False)


@fault("goal emptied", "a blank goal is a permitted print")
@_at_project
def _goal_emptied(truth: Disclosure, layout: Layout, u: int, p: int, chance: random.Random) -> Planted:
    return _changed(with_project(truth, u, p, goal=""), noticeable=False)


@fault("indicators emptied", "projects without indicators are printed too")
@_at_project
def _indicators_emptied(truth: Disclosure, layout: Layout, u: int, p: int, chance: random.Random) -> Planted:
    return _changed(with_project(truth, u, p, indicators=()), noticeable=False)


@fault("goal and indicators exchanged")
@_at_project
def _texts_exchanged(truth: Disclosure, layout: Layout, u: int, p: int, chance: random.Random) -> Planted:
    project = _project(truth, u, p)
    stray = replace(project.indicators[0], number=f"{project.goal}1")  # type: ignore[arg-type]
    changed = with_project(truth, u, p, goal=project.packed_indicators(), indicators=(stray,))
    return _changed(changed)


@fault("name and total glued")
@_at_project
def _name_glued(truth: Disclosure, layout: Layout, u: int, p: int, chance: random.Random) -> Planted:
    project = _project(truth, u, p)
    return _changed(with_project(truth, u, p, name=project.name + project.total, total=""))


@fault("total and source glued")
@_at_project
def _amounts_glued(
    truth: Disclosure, layout: Layout, u: int, p: int, chance: random.Random
) -> Planted | None:
    project = _project(truth, u, p)
    if not project.fiscal:
        return None
    return _changed(with_project(truth, u, p, total=project.total + project.fiscal, fiscal=""))


@fault("goal glued before the indicators")
@_at_project
def _goal_glued(truth: Disclosure, layout: Layout, u: int, p: int, chance: random.Random) -> Planted:
    project = _project(truth, u, p)
    first = replace(project.indicators[0], number=f"{project.goal}1")  # type: ignore[arg-type]
    return _changed(with_project(truth, u, p, goal="", indicators=(first, *project.indicators[1:])))


@fault("indicators glued behind the goal")
@_at_project
def _indicators_glued(truth: Disclosure, layout: Layout, u: int, p: int, chance: random.Random) -> Planted:
    project = _project(truth, u, p)
    return _changed(with_project(truth, u, p, goal=project.goal + project.packed_indicators(), indicators=()))


# --- indicators ------------------------------------------------------------------------------------


def _indicators(
    truth: Disclosure,
    u: int,
    p: int,
    indicators: Iterable[Indicator],
    place: str = "",
    *,
    noticeable: bool = True,
) -> Planted:
    return _changed(with_project(truth, u, p, indicators=tuple(indicators)), place, noticeable=noticeable)


def _renumbered(indicators: Sequence[Indicator]) -> list[Indicator]:
    return [replace(one, number=number) for number, one in enumerate(indicators, 1)]


@fault("indicator's number skipped")
@_at_project
def _number_skipped(truth: Disclosure, layout: Layout, u: int, p: int, chance: random.Random) -> Planted:
    kept = _project(truth, u, p).indicators
    at = chance.randrange(len(kept))
    moved = [replace(one, number=one.number + (place >= at)) for place, one in enumerate(kept)]
    return _indicators(truth, u, p, moved, f"from indicator {at + 1}")


@fault("indicator's number doubled")
@_at_project
def _number_doubled(truth: Disclosure, layout: Layout, u: int, p: int, chance: random.Random) -> Planted:
    kept = _project(truth, u, p).indicators
    at = chance.randrange(1, len(kept))
    moved = [replace(one, number=one.number - (place >= at)) for place, one in enumerate(kept)]
    return _indicators(truth, u, p, moved, f"from indicator {at + 1}")


@fault("indicator's number changed")
@_at_project
def _number_changed(truth: Disclosure, layout: Layout, u: int, p: int, chance: random.Random) -> Planted:
    at = chance.randrange(len(_project(truth, u, p).indicators))
    return _changed(
        with_indicator(truth, u, p, at, number=at + 1 + chance.randint(1, 5)), f"indicator {at + 1}"
    )


@fault("indicator's number lost")
@_at_project
def _number_lost(truth: Disclosure, layout: Layout, u: int, p: int, chance: random.Random) -> Planted:
    at = chance.randrange(len(_project(truth, u, p).indicators))
    return _changed(with_indicator(truth, u, p, at, number=""), f"indicator {at + 1}")


@fault("indicator dropped", "behind the last number nothing tells that one more followed")
@_at_project
def _indicator_dropped(truth: Disclosure, layout: Layout, u: int, p: int, chance: random.Random) -> Planted:
    kept = _project(truth, u, p).indicators
    at = chance.randrange(len(kept))
    is_last = at == len(kept) - 1
    return _indicators(truth, u, p, kept[:at] + kept[at + 1 :], f"indicator {at + 1}", noticeable=not is_last)


@fault("indicator dropped, the others renumbered", "the numbers run without a hole")
@_at_project
def _indicator_dropped_smoothly(
    truth: Disclosure, layout: Layout, u: int, p: int, chance: random.Random
) -> Planted:
    kept = _project(truth, u, p).indicators
    at = chance.randrange(len(kept))
    return _indicators(truth, u, p, _renumbered(kept[:at] + kept[at + 1 :]), noticeable=False)


@fault("indicator doubled")
@_at_project
def _indicator_doubled(truth: Disclosure, layout: Layout, u: int, p: int, chance: random.Random) -> Planted:
    kept = _project(truth, u, p).indicators
    at = chance.randrange(len(kept))
    return _indicators(truth, u, p, kept[: at + 1] + kept[at:], f"indicator {at + 1}")


@fault("indicators swapped")
@_at_project
def _indicators_swapped(truth: Disclosure, layout: Layout, u: int, p: int, chance: random.Random) -> Planted:
    kept = list(_project(truth, u, p).indicators)
    at = chance.randrange(len(kept) - 1)
    kept[at], kept[at + 1] = kept[at + 1], kept[at]
    return _indicators(truth, u, p, kept, f"indicators {at + 1} and {at + 2}")


@fault("digit of an indicator's value changed", "no other place prints the value")
@_at_project
def _value_changed(truth: Disclosure, layout: Layout, u: int, p: int, chance: random.Random) -> Planted:
    at = chance.randrange(len(_project(truth, u, p).indicators))
    value = _project(truth, u, p).indicators[at].annual_target
    return _changed(with_indicator(truth, u, p, at, annual_target=f"8{value}"), noticeable=False)


@fault("first level's code with another's name")
@_at_project
def _level1(truth: Disclosure, layout: Layout, u: int, p: int, chance: random.Random) -> Planted:
    at = chance.randrange(len(_project(truth, u, p).indicators))
    old = _project(truth, u, p).indicators[at].level1_code
    new = chance.choice([code for code in "123" if code != old])
    return _changed(with_indicator(truth, u, p, at, level1_code=new), f"indicator {at + 1}, {old} to {new}")


@fault("second level's code with another's name")
@_at_project
def _level2(truth: Disclosure, layout: Layout, u: int, p: int, chance: random.Random) -> Planted:
    at = chance.randrange(len(_project(truth, u, p).indicators))
    old = _project(truth, u, p).indicators[at].level2_code
    new = chance.choice([code for code in ("11", "12", "13", "21", "22", "24", "31") if code != old])
    return _changed(with_indicator(truth, u, p, at, level2_code=new), f"indicator {at + 1}, {old} to {new}")


@fault("first level changed to another, code and name")
@_at_project
def _level_pair(truth: Disclosure, layout: Layout, u: int, p: int, chance: random.Random) -> Planted:
    levels = {"1": "产出指标", "2": "效益指标", "3": "满意度指标"}
    at = chance.randrange(len(_project(truth, u, p).indicators))
    old = _project(truth, u, p).indicators[at].level1_code
    new = chance.choice([code for code in levels if code != old])
    changed = with_indicator(truth, u, p, at, level1_code=new, level1_name=levels[new])
    return _changed(changed, f"indicator {at + 1}, {old} to {new}")


@fault("second level's code unknown", "a code beyond the known list is kept as printed, with a warning")
@_at_project
def _level2_unknown(truth: Disclosure, layout: Layout, u: int, p: int, chance: random.Random) -> Planted:
    at = chance.randrange(len(_project(truth, u, p).indicators))
    old = _project(truth, u, p).indicators[at].level2_code
    return _changed(with_indicator(truth, u, p, at, level2_code=old[0] + "9"), noticeable=False)


# --- around the table ------------------------------------------------------------------------------


def _layout_fault(name: str, change: Callable[[TrueDocument, Drawn], Planted | None], why: str = "") -> None:
    @fault(name, why)
    def _plant(document: TrueDocument, chance: random.Random) -> Planted | None:
        return change(document, document.drawn) if document.drawn else None


def _spelled(drawn: Drawn, noticeable: bool, **spellings: str) -> Planted:
    place = ", ".join(spellings)
    return Planted(place, noticeable, layout=replace(drawn.layout, header_spellings=spellings))


def _total_heading_swapped(document: TrueDocument, drawn: Drawn) -> Planted:
    several = any(project.total != project.fiscal for project in drawn.disclosure.projects)
    return _spelled(drawn, several, total="财政拨款", fiscal="总计")


_layout_fault("heading unknown", lambda _, drawn: _spelled(drawn, True, other="某栏"))
_layout_fault("heading doubled", lambda _, drawn: _spelled(drawn, True, other="财政拨款"))
_layout_fault("heading emptied", lambda _, drawn: _spelled(drawn, True, fiscal=""))
_layout_fault(
    "headings of goal and indicators exchanged",
    lambda _, drawn: _spelled(drawn, True, goal="绩效指标", indicators="绩效目标"),
)
_layout_fault(
    "headings of total and 财政拨款 exchanged",
    _total_heading_swapped,
    "where no project has another source both columns are equal",
)
_layout_fault(
    "headings of two sources exchanged on every page",
    lambda _, drawn: _spelled(drawn, False, special_account="其他资金", other="财政专户拨款"),
    "nothing printed tells one source from another",
)
_layout_fault(
    "money unit lost", lambda _, drawn: Planted("", True, layout=replace(drawn.layout, show_unit_line=False))
)
_layout_fault(
    "money units contradict each other",
    lambda _, drawn: Planted(
        "",
        True,
        layout=replace(drawn.layout, amount_unit="元" if drawn.disclosure.money_unit == "万元" else "万元"),
    ),
)
_layout_fault(
    "money unit changed",
    lambda _, drawn: Planted(
        "",
        False,
        truth=replace(drawn.disclosure, money_unit="元" if drawn.disclosure.money_unit == "万元" else "万元"),
    ),
    "no amount tells in which unit it is",
)
_layout_fault(
    "department's name changed",
    lambda _, drawn: Planted("", False, truth=replace(drawn.disclosure, department="别处某局")),
    "no other place prints the name",
)


# --- pages -----------------------------------------------------------------------------------------


def _reordered(document: TrueDocument, pages: Sequence[int], place: str) -> Planted:
    noticeable = pages_contradict(document, pages)
    footers = "with footers" if has_footers(document) else "without footers"
    return Planted(f"{place}, {footers}", noticeable, pages=tuple(pages))


@fault("page removed", "what remains is consistent: whole units, or nothing but a total, stood on the page")
def _page_removed(document: TrueDocument, chance: random.Random) -> Planted | None:
    if document.page_count < 2:
        return None
    gone = chance.randint(1, document.page_count)
    return _reordered(document, [n for n in _all_pages(document) if n != gone], f"page {gone}")


@fault("page doubled")
def _page_doubled(document: TrueDocument, chance: random.Random) -> Planted | None:
    twice = chance.randint(1, document.page_count)
    return _reordered(document, sorted([*_all_pages(document), twice]), f"page {twice}")


@fault("pages swapped", "without footers only the order of a unit's projects is another")
def _pages_swapped(document: TrueDocument, chance: random.Random) -> Planted | None:
    if document.page_count < 2:
        return None
    pages = _all_pages(document)
    at = chance.randrange(len(pages) - 1)
    pages[at], pages[at + 1] = pages[at + 1], pages[at]
    return _reordered(document, pages, f"pages {at + 1} and {at + 2}")


def _all_pages(document: TrueDocument) -> list[int]:
    return list(range(1, document.page_count + 1))


def has_footers(document: TrueDocument) -> bool:
    """Whether its pages are numbered."""
    return document.drawn is None or document.drawn.layout.footer


def pages_contradict(document: TrueDocument, pages: Sequence[int]) -> bool:
    """Whether pages in another order show a reader that they are: told from where the rows are."""
    drawn = document.drawn
    if drawn is None or drawn.layout.footer or pages[0] != 1 or len(pages) > len(set(pages)):
        return True  # numbers, the title or an equal page tell
    truth, layout = drawn.disclosure, drawn.layout
    rows = [(page, row) for page in pages for row in drawn.rows if row.page == page]
    if layout.page_break != "printed_twice" and _cut_rows_part(drawn, [row for _, row in rows]):
        return True
    unit_of = [u for u, unit in enumerate(truth.units) for _ in unit.projects]
    sums: dict[int | None, Decimal] = {}
    order = iter(range(len(truth.units)))
    unit_rows = {id(row): next(order) for row in drawn.rows if row.kind == "unit"}
    current: int | None = None
    counted: set[int] = set()
    for _, row in rows:
        if row.kind == "unit":
            current = unit_rows[id(row)]
            sums.setdefault(current, Decimal(0))
        elif row.project_index is not None and row.project_index not in counted:
            counted.add(row.project_index)
            project = truth.units[unit_of[row.project_index]].projects[
                row.project_index - unit_of.index(unit_of[row.project_index])
            ]
            sums[current] = sums.get(current, Decimal(0)) + value_of(project.total)
    if layout.show_unit_rows and any(
        unit is None or abs(total - value_of(truth.units[unit].total)) > _ROUNDING
        for unit, total in sums.items()
    ):
        return True
    has_total = any(row.kind == "total" for _, row in rows)
    return has_total and abs(sum(sums.values(), Decimal(0)) - value_of(truth.total)) > _ROUNDING


def _cut_rows_part(drawn: Drawn, rows: Sequence[DrawnRow]) -> bool:
    """Whether the parts of some row no longer follow each other."""
    places = {id(row): place for place, row in enumerate(rows)}
    for index in drawn.crossing:
        parts = [places.get(id(part)) for part in drawn.rows_of(index)]
        kept = [place for place in parts if place is not None]
        if kept and (len(kept) < len(parts) or any(b - a != 1 for a, b in itertools.pairwise(kept))):
            return True
    return False


KINDS = tuple(fault.kinds)
