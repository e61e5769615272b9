"""Single faults on a drawn page: each must be held, with its reason and its place.

At the end stand the faults that nothing printed contradicts: no arithmetic can find them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from zc_pipeline.model import Verdict
from zc_pipeline.parse.reading import read_disclosure
from zc_pipeline_tests.drawing import (
    Disclosure,
    Layout,
    draw_disclosure,
    faulty,
    make_disclosure,
    with_indicator,
    with_project,
    with_unit,
    without_project,
)

TRUTH = make_disclosure(21, units=2, projects_per_unit=3, indicators=(3, 4), quirks=False)
UNIT, PROJECT = 1, 1  # where the faults are planted
FIRST = TRUTH.units[UNIT].projects[PROJECT]
NAME, UNIT_NAME = FIRST.name, TRUTH.units[UNIT].name

Fault = Callable[[Disclosure], Disclosure]


def other_digit(text: str, place: int = 0) -> str:
    """The amount with another digit at a place."""
    places = [index for index, character in enumerate(text) if character.isdigit()]
    index = places[place]
    return f"{text[:index]}{int(text[index]) % 9 + 1}{text[index + 1 :]}"


def project(**changes: object) -> Fault:
    return lambda truth: with_project(truth, UNIT, PROJECT, **changes)


def indicator(index: int, **changes: object) -> Fault:
    return lambda truth: with_indicator(truth, UNIT, PROJECT, index, **changes)


def unit_row_gone(truth: Disclosure) -> Disclosure:
    first, second = truth.units
    return replace(truth, units=(replace(first, projects=first.projects + second.projects),))


def row_twice(truth: Disclosure) -> Disclosure:
    projects = truth.units[UNIT].projects
    return with_unit(truth, UNIT, projects=projects[: PROJECT + 1] + projects[PROJECT:])


def amounts_of_two_rows_exchanged(truth: Disclosure) -> Disclosure:
    one, two = truth.units[UNIT].projects[:2]
    amounts = ("total", "fiscal", "special_account", "other")
    truth = with_project(truth, UNIT, 0, **{kind: getattr(two, kind) for kind in amounts})
    return with_project(truth, UNIT, 1, **{kind: getattr(one, kind) for kind in amounts})


FOUND: dict[str, tuple[Fault, str, str]] = {
    "a row removed": (lambda truth: without_project(truth, UNIT, PROJECT), "unit_does_not_add_up", UNIT_NAME),
    "a row doubled": (row_twice, "unit_does_not_add_up", UNIT_NAME),
    "the leading digit of a total": (project(total=other_digit(FIRST.total)), "sources_do_not_add_up", NAME),
    "the leading digit of a total, in its unit": (
        project(total=other_digit(FIRST.total)),
        "unit_does_not_add_up",
        UNIT_NAME,
    ),
    "the leading digit of a source": (
        project(fiscal=other_digit(FIRST.fiscal)),
        "sources_do_not_add_up",
        NAME,
    ),
    "a total left blank": (project(total=""), "sources_do_not_add_up", NAME),
    "both total and source changed": (
        project(total=other_digit(FIRST.total), fiscal=other_digit(FIRST.fiscal)),
        "unit_does_not_add_up",
        UNIT_NAME,
    ),
    "a source moved to another column": (
        project(fiscal="", other=FIRST.fiscal, special_account=""),
        "unit_does_not_add_up",
        UNIT_NAME,
    ),
    "a digit of a subtotal": (
        lambda truth: with_unit(truth, UNIT, total=other_digit(truth.units[UNIT].total)),
        "unit_does_not_add_up",
        UNIT_NAME,
    ),
    "a digit of the grand total": (
        lambda truth: replace(truth, total=other_digit(truth.total)),
        "total_does_not_add_up",
        "合计",
    ),
    "a unit's row removed": (unit_row_gone, "unit_does_not_add_up", TRUTH.units[0].name),
    "an amount that is no number": (project(total="约40"), "amount_unreadable", NAME),
    "a comma in the wrong place": (project(total="12,34.00"), "amount_unreadable", NAME),
    "an indicator's number changed": (indicator(1, number=7), "indicator_numbers", NAME),
    "an indicator's number dropped": (
        project(
            indicators=(FIRST.indicators[0], replace(FIRST.indicators[1], number=""), *FIRST.indicators[2:])  # type: ignore[arg-type]
        ),
        "indicator_numbers",
        NAME,
    ),
    "an indicator removed from the middle": (
        project(indicators=(FIRST.indicators[0], *FIRST.indicators[2:])),
        "indicator_numbers",
        NAME,
    ),
    "an indicator doubled": (
        project(indicators=(FIRST.indicators[0], *FIRST.indicators)),
        "indicator_numbers",
        NAME,
    ),
    "a first level's code of another level": (indicator(0, level1_code="3"), "indicator_code_mismatch", NAME),
    "a second level's code of another level": (
        indicator(0, level2_code="31"),
        "indicator_code_mismatch",
        NAME,
    ),
    "a project's name removed": (project(name=""), "row_unreadable", ""),
}


@pytest.mark.parametrize(("fault", "code", "name"), FOUND.values(), ids=FOUND)
def test_a_fault_is_held_with_its_reason_and_place(
    fault: Fault, code: str, name: str, tmp_path: Path
) -> None:
    planted = fault(TRUTH)
    drawn = draw_disclosure(planted, tmp_path / "faulty.pdf", Layout(margins=(34, 34, 34, 200)))
    disclosure = read_disclosure(drawn.path)
    assert disclosure.verdict is Verdict.HELD
    assert code in disclosure.tables[0].reason_codes
    named = [p for p in disclosure.problems if p.code == code and name in p.message]
    assert named, [p.message for p in disclosure.problems]
    kinds = {UNIT_NAME: "unit", TRUTH.units[0].name: "unit", "合计": "total"}
    pages = {row.page for row in drawn.rows if row.kind == kinds.get(name, "project")}
    for problem in named:
        assert problem.table_number == 1
        assert problem.row is not None
        assert problem.page in pages
        assert f"Page {problem.page}" in problem.message


def test_the_faultless_disclosure_is_accepted(tmp_path: Path) -> None:
    draw_disclosure(TRUTH, tmp_path / "good.pdf", Layout(margins=(34, 34, 34, 200)))
    assert read_disclosure(tmp_path / "good.pdf").verdict is Verdict.ACCEPTED


def test_an_amount_no_number_drawn_by_the_kit_is_held(tmp_path: Path) -> None:
    faulty.amount_not_a_number(tmp_path / "faulty.pdf", TRUTH)
    assert read_disclosure(tmp_path / "faulty.pdf").tables[0].reason_codes == ("amount_unreadable",)


UNFOUND: dict[str, Fault] = {
    "the last indicator removed": project(indicators=FIRST.indicators[:-1]),
    "a digit in an indicator's value": indicator(0, annual_target="8" + FIRST.indicators[0].annual_target),
    "a character in a name": project(name=NAME[:-1] + "甲"),
    "a character in a goal": project(goal="甲" + FIRST.goal),
    "two rows of a unit exchanged": lambda truth: with_unit(
        truth, UNIT, projects=truth.units[UNIT].projects[::-1]
    ),
    "the amounts of two rows of a unit exchanged": amounts_of_two_rows_exchanged,
    "an unknown code (a warning)": indicator(0, level2_code="19"),
}


@pytest.mark.parametrize("fault", UNFOUND.values(), ids=UNFOUND)
def test_a_fault_that_nothing_printed_contradicts_is_not_found(fault: Fault, tmp_path: Path) -> None:
    """Not a wish: a record of what acceptance does not promise."""
    draw_disclosure(fault(TRUTH), tmp_path / "faulty.pdf")
    assert read_disclosure(tmp_path / "faulty.pdf").verdict is Verdict.ACCEPTED
