"""Shares of the fault table with a fixed seed; `python -m benchmarks.faults` is the whole.

Every kind of fault once is in the long form; the short one has a third of the kinds, of all levels.
"""

from __future__ import annotations

import pytest

from benchmarks.faults import KINDS, Report, render_markdown, run
from benchmarks.planting.kinds import Level, is_well_formed, other_digit

SHORT, EACH_KIND = 40, len(KINDS)


@pytest.fixture(scope="module", params=[SHORT, pytest.param(EACH_KIND, marks=pytest.mark.long)])
def report(request: pytest.FixtureRequest) -> Report:
    return run(request.param, seed=7)


def test_every_noticeable_fault_is_found(report: Report) -> None:
    assert len(report.results) in (SHORT, EACH_KIND)
    assert len(report.noticeable) > 0.6 * len(report.results)
    assert {result.kind.level for result in report.results} == set(Level)
    assert [result.words for result in report.missed] == []


def test_no_faultless_document_is_held(report: Report) -> None:
    assert report.controls >= 12
    assert report.held_controls == ()


def test_the_table_names_what_cannot_be_found(report: Report) -> None:
    unrevealable = [result for result in report.results if not result.planted.noticeable]
    assert unrevealable
    assert all(result.kind.why for result in unrevealable)
    page = render_markdown(report)
    assert all(f"| {result.kind.name} |" in page for result in report.results)


def test_no_two_kinds_of_a_level_have_one_name() -> None:
    names = [(kind.level, kind.name) for kind in KINDS]
    assert len(names) == len(set(names))


PACKED = "1、1-产出指标；11-数量指标；甲；实施周期指标值:1；年度指标值:1。"


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        (PACKED, True),
        (PACKED + PACKED.replace("1、", "2、", 1), True),
        (PACKED + PACKED.replace("1、", "3、", 1), False),
        (PACKED.replace("11-", "21-"), False),
        (PACKED.replace("甲", ""), False),
        (PACKED.replace("；年度指标值:1", ""), False),
        ("甲" + PACKED, False),
        ("", False),
    ],
)
def test_a_whole_run_of_indicators_is_known_without_the_parser(text: str, whole: bool) -> None:
    assert is_well_formed(text) is whole


@pytest.mark.parametrize(
    ("amount", "other"), [("40.00", "50.00"), ("1,234.50", "2,234.50"), ("0.90", "0.10")]
)
def test_another_digit_is_another_amount(amount: str, other: str) -> None:
    assert other_digit(amount) == other
