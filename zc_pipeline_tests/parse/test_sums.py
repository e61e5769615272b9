from __future__ import annotations

from decimal import Decimal

import pytest

from zc_pipeline.model import RowKind, RowPart, SumScope, TableRow
from zc_pipeline.parse.amounts import parse_amount
from zc_pipeline.parse.sums import AmountRow, check_sums, group_by_unit, last_place, read_amounts

from .records import table_row

T, U, P = RowKind.TOTAL, RowKind.UNIT, RowKind.PROJECT


def rows(*printed: tuple[RowKind, str]) -> list[AmountRow]:
    """Rows with an amount in 总计 and nothing else."""
    return [
        AmountRow(order, kind, {"total": parse_amount(text)})
        for order, (kind, text) in enumerate(printed, start=1)
    ]


def failing(checked: list[AmountRow], money_unit: str | None = "万元") -> list[tuple[SumScope, int]]:
    return [(check.scope, check.row_order) for check in check_sums(checked, money_unit) if not check.holds]


TOTAL_1, UNIT_2 = (SumScope.TOTAL, 1), (SumScope.UNIT, 2)


@pytest.mark.parametrize(
    ("printed", "money_unit", "expected"),
    [
        pytest.param([(T, "30.00"), (P, "10.00"), (P, "20.00")], "万元", [], id="exact"),
        pytest.param([(P, "10.00"), (P, "20.00"), (T, "30.00")], "万元", [], id="the total last"),
        pytest.param([(T, "30.00"), (U, "30.00"), (P, "10.00"), (P, "20.00")], "万元", [], id="with a unit"),
        # two amounts, each rounded to 0.01: half a place for each and for the sum
        pytest.param(
            [(T, "30.01"), (P, "10.00"), (P, "20.00")], "万元", [], id="2 rounded amounts may lack 0.01"
        ),
        pytest.param([(T, "30.02"), (P, "10.00"), (P, "20.00")], "万元", [TOTAL_1], id="but not 0.02"),
        pytest.param([(T, "30.02"), *[(P, "10.00")] * 3], "万元", [], id="3 may lack 0.02"),
        pytest.param([(T, "30.03"), *[(P, "10.00")] * 3], "万元", [TOTAL_1], id="but not 0.03"),
        pytest.param([(T, "10.01"), (P, "10.00")], "万元", [TOTAL_1], id="one amount must equal its total"),
        pytest.param([(T, "10.01"), (P, "10.00"), (P, "")], "万元", [TOTAL_1], id="blanks are no addends"),
        pytest.param(
            [(T, "30.01"), (P, "10.00"), (P, "20.00")], "元", [TOTAL_1], id="fen leave nothing to round"
        ),
        pytest.param([(T, "31"), (P, "10"), (P, "20")], "元", [], id="whole yuan are rounded"),
        pytest.param([(T, "0.300001"), (P, "0.100000"), (P, "0.2")], "万元", [TOTAL_1], id="fen in 万元"),
        pytest.param(
            [(T, "30.01"), (P, "10.00"), (P, "20.00")], None, [], id="rounding where the unit is unknown"
        ),
        pytest.param([(T, ""), (P, "10.00")], "万元", [TOTAL_1], id="a blank total of something"),
        pytest.param([(T, ""), (P, ""), (P, "-")], "万元", [], id="a blank total of nothing"),
        pytest.param([(T, "-5.00"), (P, "-10.00"), (P, "5.00")], "万元", [], id="negative amounts"),
        pytest.param([(P, "10.00"), (U, "20.00"), (P, "20.00")], "万元", [], id="no total"),
        pytest.param([(P, "10.00"), (U, "21.00"), (P, "20.00")], "万元", [UNIT_2], id="a unit's sum"),
        pytest.param(
            [(T, "30.00"), (U, ""), (P, "10.00"), (P, "20.00")], "万元", [], id="a unit without amounts"
        ),
        pytest.param(
            [(T, "31.00"), (U, "31.00"), (P, "10.00"), (P, "20.00")],
            "万元",
            [UNIT_2],
            id="the unit alone is wrong",
        ),
        pytest.param(
            [(T, "41561.80"), (U, "41500.20"), *[(P, "2075.011")] * 20, (U, "61.60"), (P, "61.60")],
            "万元",
            [UNIT_2],
            id="finer amounts leave less to round",
        ),
    ],
)
def test_printed_sums_hold_within_what_rounding_explains(
    printed: list[tuple[RowKind, str]], money_unit: str | None, expected: list[tuple[SumScope, int]]
) -> None:
    assert failing(rows(*printed), money_unit) == expected


def test_the_sums_of_the_specimen_hold() -> None:
    """41,561.81 = 41,500.21 + 61.60, while the first unit's 49 projects add up to 41,500.22."""
    projects = [(P, "1000.00")] * 41 + [(P, "62.53")] * 8
    assert sum(Decimal(text) for _, text in projects) == Decimal("41500.24")
    unit = [(T, "41561.81"), (U, "41500.22"), *projects, (U, "61.60"), (P, "61.60")]
    assert failing(rows(*unit)) == []


@pytest.mark.parametrize(
    ("amounts", "holds"),
    [
        ({"fiscal": "10.00"}, True),
        ({"fiscal": "4.00", "other": "6.00"}, True),
        ({"fiscal": "4.00", "special_account": "5.00", "other": "1.00"}, True),
        ({"fiscal": "4.00", "other": "6.01"}, True),
        ({"fiscal": "4.00", "other": "6.02"}, False),
        ({"fiscal": "10.01"}, False),
        ({"fiscal": "1.00"}, False),
        ({"fiscal": ""}, False),
    ],
)
def test_a_rows_total_is_the_sum_of_its_sources(amounts: dict[str, str], holds: bool) -> None:
    row = read_amounts(table_row(1, P, "甲", "10.00", **amounts))
    (check,) = check_sums([row], "万元")
    assert check.scope is SumScope.SOURCES
    assert check.holds is holds


@pytest.mark.parametrize(
    ("amounts", "failing_columns"),
    [
        ({"fiscal": "8.00", "general_budget": "5.00", "government_fund": "3.00", "other": "2.00"}, []),
        ({"fiscal": "8.01", "general_budget": "5.00", "government_fund": "3.00", "other": "1.99"}, []),
        ({"fiscal": "8.00", "general_budget": "8.00", "government_fund": "", "other": "2.00"}, []),
        ({"fiscal": "", "general_budget": "", "government_fund": "", "other": "10.00"}, []),
        (
            {"fiscal": "8.00", "general_budget": "5.00", "government_fund": "2.00", "other": "2.00"},
            ["fiscal"],
        ),
        ({"fiscal": "8.00", "general_budget": "", "government_fund": "", "other": "2.00"}, ["fiscal"]),
        ({"fiscal": "", "general_budget": "10.00", "government_fund": ""}, ["total", "fiscal"]),
        ({"fiscal": "7.00", "general_budget": "5.00", "state_capital": "2.00", "other": "2.00"}, ["total"]),
        ({"general_budget": "5.00", "government_fund": "3.00", "other": "2.00"}, []),
        ({"general_budget": "5.00", "state_capital": "3.00", "special_account": "2.00"}, []),
        ({"general_budget": "10.00"}, []),
        ({"general_budget": "5.00", "government_fund": "3.00", "other": "1.00"}, ["total"]),
    ],
)
def test_fiscal_is_held_against_its_parts_or_made_of_them(
    amounts: dict[str, str], failing_columns: list[str]
) -> None:
    cells = {"project_name": "甲", "total": "10.00", **amounts}
    checks = check_sums([read_amounts(TableRow(1, 1, P, cells, (RowPart(1, 1, 1),)))], "万元")
    assert {check.scope for check in checks} == {SumScope.SOURCES}
    assert [check.column for check in checks if not check.holds] == failing_columns


def test_every_printed_part_is_added_up_over_units_and_the_total() -> None:
    columns = ("total", "general_budget", "government_fund")
    printed = [
        (T, "3.00", "2.00", "1.00"),
        (U, "3.00", "1.00", "1.00"),
        (P, "2.00", "1.00", "1.00"),
        (P, "1.00", "1.00", ""),
    ]
    checked = [
        AmountRow(order, kind, {c: parse_amount(t) for c, t in zip(columns, texts, strict=True)})
        for order, (kind, *texts) in enumerate(printed, start=1)
    ]
    wrong = [(c.scope, c.column, c.row_order) for c in check_sums(checked, "元") if not c.holds]
    assert wrong == [
        (SumScope.SOURCES, "total", 2),
        (SumScope.UNIT, "general_budget", 2),
        (SumScope.TOTAL, "general_budget", 1),
    ]


def test_a_check_says_what_it_compared() -> None:
    (check,) = check_sums(rows((T, "31.00"), (P, "10.00"), (P, "20.00")), "万元")
    assert (check.printed, check.readded, check.addends) == (Decimal("31.00"), Decimal("30.00"), 2)
    assert check.difference == Decimal("1.00")
    assert check.tolerance == Decimal("0.015")


def test_projects_belong_to_the_unit_above_them() -> None:
    found = rows((P, "1"), (U, "2"), (P, "3"), (P, "4"), (U, "5"), (T, "6"))
    groups = [(unit and unit.row_order, [row.row_order for row in own]) for unit, own in group_by_unit(found)]
    assert groups == [(None, [1]), (2, [3, 4]), (5, [])]


def test_the_last_place_is_the_finest_one_printed() -> None:
    assert last_place(rows((T, "30"), (P, "10.5"), (P, "20.25"))) == Decimal("0.01")
    assert last_place([]) == 1
