from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from zc_pipeline.errors import CATALOGUE, Severity, Stage
from zc_pipeline.model import Disclosure, Problem, RowKind, RowPart, TableFacts, TableRow, Verdict
from zc_pipeline.parse.judge import build_disclosure, rejudge

from .records import facts, packed, table_row

T, U, P, H = RowKind.TOTAL, RowKind.UNIT, RowKind.PROJECT, RowKind.HEADER


def project(order: int, name: str, total: str, indicators: str | None = None, **more: object) -> TableRow:
    return table_row(
        order, P, name, total, goal="目标", indicators=packed(1) if indicators is None else indicators, **more
    )  # type: ignore[arg-type]


GOOD = (
    table_row(1, H, "项目名称", "总计"),
    table_row(2, T, "合计", "30.25"),
    table_row(3, U, "甲局", "30.25"),
    project(4, "一", "10.25"),
    project(5, "二", "20.00"),
)


def judge(
    rows: tuple[TableRow, ...] = GOOD,
    *,
    table: TableFacts | None = None,
    problems: tuple[Problem, ...] = (),
    fiscal_year: int | None = None,
) -> Disclosure:
    table = table or facts([part for row in rows for part in row.parts])
    return build_disclosure(
        document_id="ab" * 32,
        source_file="file.pdf",
        fiscal_year=fiscal_year,
        page_count=1,
        tables=(table,),
        rows=rows,
        problems=problems,
    )


def codes(disclosure: Disclosure) -> list[str]:
    return [problem.code for problem in disclosure.problems]


def changed(order: int, **cells: str) -> tuple[TableRow, ...]:
    """The good table with other texts in one row."""
    return tuple(
        replace(row, cells={**row.cells, **cells}) if row.row_order == order else row for row in GOOD
    )


def test_a_good_table_is_accepted_with_its_values_in_yuan() -> None:
    disclosure = judge()
    (table,) = disclosure.tables
    assert (disclosure.verdict, table.reason_codes, codes(disclosure)) == (Verdict.ACCEPTED, (), [])
    assert [(p.unit_name, p.project_name, p.total_cny, p.total_text) for p in table.projects] == [
        ("甲局", "一", Decimal("102500.00"), "10.25"),
        ("甲局", "二", Decimal("200000.00"), "20.00"),
    ]
    first = table.projects[0]
    assert (first.fiscal_cny, first.other_cny, first.other_text) == (Decimal("102500.00"), None, None)
    assert (first.project_id, first.row_number) == ("abababababababababab-t1-p0001", 1)
    assert first.indicators[0].indicator_id == "abababababababababab-t1-p0001-i001"
    assert first.is_amount_checked
    assert table.printed_total_cny == table.readded_total_cny == Decimal("302500.00")
    assert (table.rows_printed, table.rows_joined, table.header_count, table.unit_count) == (5, 0, 1, 1)


HELD = [
    pytest.param(changed(4, total="10.26"), "sources_do_not_add_up", 4, "'一'", id="a total and its source"),
    pytest.param(
        changed(4, total="40.25", fiscal="40.25"),
        "unit_does_not_add_up",
        3,
        "'甲局'",
        id="a project's amount",
    ),
    pytest.param(
        changed(2, total="90.25", fiscal="90.25"), "total_does_not_add_up", 2, "'合计'", id="the grand total"
    ),
    pytest.param(changed(4, total="约40"), "amount_unreadable", 4, "约40", id="no number"),
    pytest.param(
        changed(4, indicators=packed(1, 3)), "indicator_numbers", 4, "3 is printed", id="a number left out"
    ),
    pytest.param(
        changed(4, indicators="见附件"), "indicator_text_left_over", 4, "见附件", id="no indicators"
    ),
    pytest.param(
        changed(4, indicators=packed(1).replace("；年度指标值:5次", "")),
        "indicator_unreadable",
        4,
        "'一'",
        id="a part missing",
    ),
    pytest.param(
        changed(4, indicators=packed(1).replace("11-数量", "12-数量")),
        "indicator_code_mismatch",
        4,
        "12",
        id="another level's code",
    ),
    pytest.param(
        changed(4, indicators=packed(1).replace("1-产出", "2-产出")),
        "indicator_code_mismatch",
        4,
        "产出指标",
        id="another first level's code",
    ),
    pytest.param(
        changed(4, indicators=packed(1).replace("11-数量指标", "22-社会效益")),
        "indicator_code_mismatch",
        4,
        "does not belong under 1",
        id="a code under another first level",
    ),
    pytest.param(
        changed(4, goal="目标。1、1-产出指标；11-数量指标；次数；实施周期指标值:5；年度指标值:5。"),
        "text_of_another_column",
        4,
        "goal",
        id="indicators behind the goal",
    ),
    pytest.param(
        changed(4, goal="目标。\n第 3 页，共 9 页"), "text_of_another_column", 4, "number", id="a page's foot"
    ),
    pytest.param(changed(4, project_name=""), "row_unreadable", 4, "Page 1", id="no name"),
    pytest.param(changed(3, project_name=""), "row_unreadable", 3, "Page 1", id="a unit without name"),
    pytest.param(
        (*GOOD, table_row(6, U, "乙局", "")), "unit_without_projects", 6, "'乙局'", id="a unit of nothing"
    ),
]


@pytest.mark.parametrize(("rows", "code", "order", "words"), HELD)
def test_what_contradicts_itself_is_held_and_named(
    rows: tuple[TableRow, ...], code: str, order: int, words: str
) -> None:
    disclosure = judge(rows)
    assert disclosure.verdict is Verdict.HELD
    assert code in disclosure.tables[0].reason_codes
    problem = next(problem for problem in disclosure.problems if problem.code == code)
    assert (problem.table_number, problem.page, problem.row) == (1, 1, order)
    assert words in problem.message


def test_an_unreadable_amount_is_not_blamed_on_other_rows() -> None:
    assert judge(changed(4, total="约40", fiscal="")).tables[0].reason_codes == ("amount_unreadable",)


def test_an_amount_too_fine_is_held() -> None:
    table = facts([part for row in GOOD for part in row.parts], money_unit="元")
    rows = changed(4, total="10.255", fiscal="10.255")
    assert "amount_too_fine" in codes(judge(rows, table=table))


WARNED = [
    pytest.param(
        changed(4, indicators=packed(1).replace("11-数量", "19-数量")),
        "unknown_indicator_code",
        id="second code",
    ),
    pytest.param(
        changed(4, indicators=packed(1).replace("11-数量指标", "14-其他")),
        "unknown_indicator_code",
        id="name",
    ),
    pytest.param(tuple(row for row in GOOD if row.kind in (H, P)), "amounts_unchecked", id="no sums"),
]


@pytest.mark.parametrize(("rows", "code"), WARNED)
def test_what_is_odd_is_published_with_a_warning(rows: tuple[TableRow, ...], code: str) -> None:
    disclosure = judge(rows)
    assert disclosure.verdict is Verdict.ACCEPTED
    assert codes(disclosure) == [code]
    assert CATALOGUE[code].severity is Severity.WARNING


def test_only_projects_in_a_printed_sum_count_as_checked() -> None:
    rows = (project(1, "一", "1.00"), table_row(2, U, "甲局", "2.00"), project(3, "二", "2.00"))
    assert [p.is_amount_checked for p in judge(rows).tables[0].projects] == [False, True]


def test_without_a_money_unit_there_are_no_yuan() -> None:
    table = facts([part for row in GOOD for part in row.parts], money_unit=None)
    (first, _) = judge(table=table).tables[0].projects
    assert (first.total_cny, first.total_text) == (None, "10.25")


def test_a_blank_amount_is_none_and_a_zero_is_zero() -> None:
    rows = changed(4, other="0.00", special_account="-")
    first = judge(rows).tables[0].projects[0]
    assert (first.other_cny, first.special_account_cny, first.special_account_text) == (
        Decimal("0.00"),
        None,
        "-",
    )


def test_a_row_lost_between_stages_is_held() -> None:
    table = facts([part for row in GOOD for part in row.parts] + [RowPart(1, 1, 99)])
    disclosure = judge(table=table)
    assert disclosure.tables[0].reason_codes == ("conservation_gate",)
    assert disclosure.problems[0].row == 99


def test_a_row_doubled_between_stages_is_held() -> None:
    rows = (*GOOD, replace(GOOD[-1], row_order=6))
    table = facts([part for row in GOOD for part in row.parts])
    assert "conservation_gate" in judge(rows, table=table).tables[0].reason_codes


def test_the_year_of_the_folder_is_held_against_the_printed_one() -> None:
    table = replace(facts([part for row in GOOD for part in row.parts]), printed_year=2023)
    assert codes(judge(table=table, fiscal_year=2024)) == ["year_differs"]
    assert codes(judge(table=table, fiscal_year=2023)) == []


def problem(code: str, table_number: int | None = None) -> Problem:
    return Problem(Stage.PAGE_TEXT, code, "words", table_number=table_number)


@pytest.mark.parametrize(
    ("found", "verdict", "reasons"),
    [
        ((), Verdict.ACCEPTED, ()),
        (("hidden_text", "year_differs"), Verdict.ACCEPTED, ()),
        (("readers_disagree",), Verdict.HELD, ("readers_disagree",)),
        (("readers_disagree", "damaged_pdf"), Verdict.REFUSED, ("damaged_pdf", "readers_disagree")),
    ],
)
def test_the_worst_problem_decides(
    found: tuple[str, ...], verdict: Verdict, reasons: tuple[str, ...]
) -> None:
    disclosure = judge(problems=tuple(problem(code) for code in found))
    assert (disclosure.verdict, disclosure.tables[0].reason_codes) == (verdict, reasons)
    later = rejudge(judge(), [problem(code) for code in found])
    assert (later.verdict, later.tables[0].reason_codes) == (verdict, reasons)


def test_a_problem_of_one_table_does_not_hold_another() -> None:
    first = facts([part for row in GOOD for part in row.parts])
    second_rows = tuple(replace(row, table_number=2, parts=(RowPart(2, 1, row.row_order),)) for row in GOOD)
    second = replace(facts([part for row in second_rows for part in row.parts]), table_number=2)
    disclosure = build_disclosure(
        document_id="cd" * 32,
        source_file="file.pdf",
        fiscal_year=None,
        page_count=2,
        tables=(first, second),
        rows=(*GOOD, *second_rows),
        problems=[problem("columns_changed", table_number=2)],
    )
    assert [table.verdict for table in disclosure.tables] == [Verdict.ACCEPTED, Verdict.HELD]
    assert disclosure.verdict is Verdict.HELD
    assert disclosure.tables[1].projects[0].project_id.endswith("-t2-p0001")


def test_a_file_without_a_table_has_one_entry_with_the_reason() -> None:
    disclosure = build_disclosure(
        document_id="ef" * 32,
        source_file="file.pdf",
        fiscal_year=None,
        page_count=0,
        tables=(),
        rows=(),
        problems=[problem("not_a_pdf")],
    )
    (table,) = disclosure.tables
    assert (table.table_number, table.verdict, table.reason_codes) == (0, Verdict.REFUSED, ("not_a_pdf",))
