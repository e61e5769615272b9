from __future__ import annotations

import pytest

from zc_pipeline.errors import DocumentError
from zc_pipeline.model import PageItem
from zc_pipeline.parse.target_tables import FoundTables, PrintedTable, find_target_tables

from .records import COLUMNS, HEADINGS, cell, grid_row, line, page_items

TITLE, DEPARTMENT, UNIT = "2024年项目支出绩效目标表（含转移支付项目）", "部门名称：云岭市图书馆", "单位：万元"
ABOVE = (TITLE, DEPARTMENT, UNIT)
BLANK = ("",) * 7


def project(name: str, amount: str = "10.00") -> tuple[str, ...]:
    return (name, amount, amount, "", "", "目标", "1、1-产出指标…")


def names(table: PrintedTable) -> list[str]:
    """The names of the rows, HEAD for a heading."""
    return ["HEAD" if row.is_header else row.cells["project_name"].text for row in table.rows]


def codes(found: FoundTables) -> list[str]:
    return sorted(
        problem.code
        for problems in (found.problems, *(t.problems for t in found.tables))
        for problem in problems
    )


def only(items: list[PageItem]) -> PrintedTable:
    found = find_target_tables(items)
    (table,) = found.tables
    assert codes(found) == []
    return table


def test_a_table_is_found_with_what_is_printed_around_it() -> None:
    table = only(page_items([HEADINGS, project("甲"), project("乙")], above=ABOVE))
    facts = table.facts
    assert (facts.form, facts.title, facts.department_name) == ("packed_list", TITLE, "云岭市图书馆")
    assert (facts.money_unit, facts.printed_year, facts.columns) == ("万元", 2024, COLUMNS)
    assert names(table) == ["HEAD", "甲", "乙"]
    assert [str(part) for part in facts.printed_rows] == ["p1g1r1", "p1g1r2", "p1g1r3"]


@pytest.mark.parametrize(
    ("lines", "department", "money_unit"),
    [
        (["部门名称：甲单位 单位：万元"], "甲单位", "万元"),
        (["部门名称:甲单位    单位:元"], "甲单位", "元"),
        (["部 门 名 称：甲单位", "单 位：万元"], "甲单位", "万元"),
        (["部门（单位）名称：甲单位", "金额单位：人民币万元"], "甲单位", "万元"),
        (["填报单位：甲单位", "（单位：万元）"], "甲单位", "万元"),
        (["单位名称：元氏县图书馆", "单位：万元"], "元氏县图书馆", "万元"),
        (["部门名称：甲单位", "货币单位：元"], "甲单位", "元"),
    ],
)
def test_department_and_money_unit_are_read_from_the_lines_above(
    lines: list[str], department: str, money_unit: str
) -> None:
    facts = only(page_items([HEADINGS], above=[TITLE, *lines])).facts
    assert (facts.department_name, facts.money_unit) == (department, money_unit)


def test_the_money_unit_may_stand_in_the_headings() -> None:
    headings = [*HEADINGS]
    headings[1] = "总计（元）"
    assert only(page_items([headings], above=[TITLE, DEPARTMENT])).facts.money_unit == "元"


@pytest.mark.parametrize(
    ("above", "code", "money_unit"),
    [
        ([TITLE, DEPARTMENT], "money_unit_missing", None),
        ([*ABOVE, "金额单位：元"], "money_unit_contradictory", None),
        ([TITLE, UNIT], "department_missing", "万元"),
    ],
)
def test_what_the_lines_above_lack_is_said(above: list[str], code: str, money_unit: str | None) -> None:
    found = find_target_tables(page_items([HEADINGS, project("甲")], above=above))
    assert codes(found) == [code]
    assert found.tables[0].facts.money_unit == money_unit


def test_a_later_heading_in_another_unit_is_a_contradiction() -> None:
    first, later = [*HEADINGS], [*HEADINGS]
    first[1], later[1] = "总计（万元）", "总计（元）"
    items = page_items([first, project("甲")], above=[TITLE, DEPARTMENT]) + page_items(
        [later, project("乙")], page=2
    )
    assert codes(find_target_tables(items)) == ["money_unit_contradictory"]


class TestPages:
    @pytest.mark.parametrize("again", [True, False], ids=["headings repeated", "headings once"])
    def test_a_table_goes_on_over_pages(self, again: bool) -> None:
        second = [HEADINGS, project("乙")] if again else [project("乙")]
        items = page_items([HEADINGS, project("甲")], above=ABOVE) + page_items(second, page=2)
        table = only(items)
        assert names(table) == ["HEAD", "甲", *(["HEAD"] if again else []), "乙"]
        assert (table.facts.page_first, table.facts.page_last) == (1, 2)

    @pytest.mark.parametrize(
        "above",
        [ABOVE, (TITLE,), (UNIT,), (TITLE + "（续）", DEPARTMENT), ("续表",)],
        ids=["all", "title", "unit", "title (续)", "续表"],
    )
    @pytest.mark.parametrize("again", [True, False], ids=["with headings", "without"])
    def test_captions_printed_on_every_page_begin_no_new_table(
        self, above: tuple[str, ...], again: bool
    ) -> None:
        second = [HEADINGS, project("乙")] if again else [project("乙")]
        items = page_items([HEADINGS, project("甲")], above=ABOVE) + page_items(second, page=2, above=above)
        assert names(only(items))[-1] == "乙"

    @pytest.mark.parametrize(
        "above",
        [
            (TITLE, "部门名称：乙单位", UNIT),
            ("部门名称：乙单位", UNIT),
            (TITLE, DEPARTMENT, "单位：元"),
            ("单位：元",),
            ("2025年项目支出绩效目标表", DEPARTMENT, UNIT),
        ],
    )
    def test_other_captions_begin_a_new_table(self, above: tuple[str, ...]) -> None:
        items = page_items([HEADINGS, project("甲")], above=ABOVE)
        items += page_items([HEADINGS, project("乙")], page=2, above=above)
        found = find_target_tables(items)
        assert [names(table) for table in found.tables] == [["HEAD", "甲"], ["HEAD", "乙"]]
        assert [table.facts.table_number for table in found.tables] == [1, 2]

    def test_another_table_before_and_after_is_said_and_not_read(self) -> None:
        other = [("收入项目", "预算数"), ("一、拨款", "1,204.50")]
        items = page_items(other, page=1, above=["收支总体情况表"])
        items += page_items([HEADINGS, project("甲")], page=2, above=ABOVE)
        items += page_items(other, page=3, above=["收支总体情况表"])
        found = find_target_tables(items)
        assert names(found.tables[0]) == ["HEAD", "甲"]
        assert codes(found) == ["other_table", "other_table"]

    def test_a_line_that_names_another_table_does_not_take_rows_of_the_table_away(self) -> None:
        items = page_items([HEADINGS, project("甲")], above=ABOVE)
        items += page_items([project("乙")], page=2, above=["云岭市图书馆部门预算公开表"])
        assert names(only(items)) == ["HEAD", "甲", "乙"]

    def test_rows_above_the_first_heading_found_are_not_lost_silently(self) -> None:
        items = page_items([project("甲")], page=1) + page_items(
            [HEADINGS, project("乙")], page=2, above=ABOVE
        )
        assert codes(find_target_tables(items)) == ["columns_changed", "other_table"]

    @pytest.mark.parametrize(
        "row",
        [
            [cell("甲"), cell("10.00", column=2, columns=6)],
            [cell("甲", columns=3), cell("1、11-数量指标；检查次数；年度指标值:5次。", column=4, columns=4)],
            [cell("甲", right=60), *(cell("乙", column=c, left=c * 100 - 140) for c in range(2, 8))],
        ],
        ids=["amount", "indicator", "as many cells"],
    )
    def test_rows_above_the_heading_in_its_grid_are_held(self, row: list[PageItem]) -> None:
        items = [line(text, number=n) for n, text in enumerate(ABOVE, start=1)]
        items += row + grid_row(HEADINGS, 2) + grid_row(project("乙"), 3)
        assert codes(find_target_tables(items)) == ["columns_changed", "other_table"]

    def test_rows_between_the_captions_of_a_table_and_its_heading_are_not_the_earlier_tables(self) -> None:
        items = page_items([HEADINGS, project("甲")], above=ABOVE)
        items += page_items([project("乙"), HEADINGS], page=2, above=(TITLE, "部门名称：乙单位", UNIT))
        found = find_target_tables(items)
        assert [names(table) for table in found.tables] == [["HEAD", "甲"], ["HEAD"]]
        assert codes(found) == ["columns_changed", "other_table"]
        (problem,) = found.tables[1].problems
        assert (problem.page, problem.row) == (2, 1)

    def test_another_grid_above_the_heading_on_its_page_is_none_of_its_rows(self) -> None:
        items = [cell("一、拨款", grid=1), cell("1,204.50", grid=1, column=2)]
        items += [line(text, number=n) for n, text in enumerate(ABOVE, start=150)]
        items += grid_row(HEADINGS, 2, grid=2) + grid_row(project("乙"), 3, grid=2)
        assert codes(find_target_tables(items)) == ["other_table"]


class TestRows:
    def test_a_blank_row_is_left_out_and_said(self) -> None:
        found = find_target_tables(page_items([HEADINGS, BLANK, project("甲"), BLANK], above=ABOVE))
        assert names(found.tables[0]) == ["HEAD", "甲"]
        assert codes(found) == ["blank_row", "blank_row"]

    def test_a_heading_within_the_grid_is_a_heading(self) -> None:
        table = only(page_items([HEADINGS, project("甲"), HEADINGS, project("乙")], above=ABOVE))
        assert names(table) == ["HEAD", "甲", "HEAD", "乙"]

    def test_captions_in_the_grid_belong_to_the_heading_below(self) -> None:
        def captions(row: int, department: str) -> list[PageItem]:
            return [
                cell(TITLE, row=row, columns=7),
                cell(f"部门名称：{department}", row=row + 1, columns=5),
                cell(UNIT, row=row + 1, column=6, columns=2),
            ]

        items = captions(1, "甲单位") + grid_row(HEADINGS, 3) + grid_row(project("甲"), 4)
        items += captions(5, "乙单位") + grid_row(HEADINGS, 7) + grid_row(project("乙"), 8)
        found = find_target_tables(items)
        assert [table.facts.department_name for table in found.tables] == ["甲单位", "乙单位"]
        assert [names(table) for table in found.tables] == [["HEAD", "甲"], ["HEAD", "乙"]]
        assert codes(found) == []

    def test_a_blank_cell_may_span_columns(self) -> None:
        orphan = [cell("合计", row=1, page=2)]
        orphan += [cell("10.00", row=1, column=c, page=2) for c in (2, 3)]
        orphan += [cell("", row=1, column=4, columns=4, page=2)]
        table = only(page_items([HEADINGS, project("甲")], above=ABOVE) + orphan)
        assert names(table) == ["HEAD", "甲", "合计"]
        assert table.rows[-1].cells["goal"].text == ""

    @pytest.mark.parametrize(
        "row",
        [
            pytest.param(
                [cell("合计", page=2, right=120.0), cell("10.00", page=2, left=120.0, right=700.0)],
                id="edges",
            ),
            pytest.param(
                [cell("合计", page=2), cell("10.00", page=2, column=2, columns=6)], id="a text over columns"
            ),
            pytest.param(
                [cell("合计", page=2, rows=2), *[cell("1", page=2, column=c) for c in range(2, 8)]],
                id="over rows",
            ),
            pytest.param([cell("合计", page=2), cell("10.00", page=2, column=2)], id="cells missing"),
        ],
    )
    def test_a_row_that_does_not_fit_the_columns_is_held(self, row: list[PageItem]) -> None:
        found = find_target_tables(page_items([HEADINGS, project("甲")], above=ABOVE) + row)
        assert codes(found) == ["columns_changed"]
        (problem,) = found.tables[0].problems
        assert (problem.page, problem.row) == (2, 1)
        assert "合计" in (problem.raw or "")
        assert names(found.tables[0]) == ["HEAD", "甲"]

    def test_later_headings_with_other_columns_are_held(self) -> None:
        items = page_items([HEADINGS, project("甲")], above=ABOVE)
        items += page_items([HEADINGS[:3] + HEADINGS[4:], project("乙")[:3] + project("乙")[4:]], page=2)
        assert "columns_changed" in codes(find_target_tables(items))

    @pytest.mark.parametrize("text", ["20.50", "1,234", "；年度指标值:5次。", "11-数量指标；检查次数；"])
    def test_a_rows_text_outside_the_cells_is_held(self, text: str) -> None:
        found = find_target_tables(page_items([HEADINGS, project("甲")], above=ABOVE, below=[text]))
        assert codes(found) == ["text_outside_table"]

    @pytest.mark.parametrize("text", ["第 1 页，共 1 页", "注：本表不含涉密项目。", "- 3 -", "2024年1月20日"])
    def test_other_text_below_the_table_is_none_of_it(self, text: str) -> None:
        only(page_items([HEADINGS, project("甲")], above=ABOVE, below=[text]))

    def test_a_heading_that_cannot_be_read_names_its_page(self) -> None:
        items = page_items([HEADINGS, project("甲")], above=ABOVE)
        items += page_items([[*HEADINGS[:6], HEADINGS[6], "备注事项甲"]], page=3)
        with pytest.raises(DocumentError) as caught:
            find_target_tables(items)
        assert (caught.value.code, caught.value.page, caught.value.raw) == ("unknown_column", 3, "备注事项甲")


def test_a_file_without_a_target_table_says_so() -> None:
    assert codes(find_target_tables([line("本部门无项目支出绩效目标。")])) == ["no_target_table"]
    assert codes(find_target_tables([])) == ["no_target_table"]


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        (["第 1 页，共 3 页", "第 2 页，共 3 页", "第 3 页，共 3 页"], []),
        (["第1页", "第2页", "第3页"], []),
        (["第５页", "第６页", "第７页"], []),
        ([None, "第 1 页，共 2 页", "第 2 页，共 2 页"], []),
        (["第 1 页，共 1 页", "第 1 页，共 2 页", "第 2 页，共 2 页"], []),
        (["第 1 页，共 3 页", "第 3 页，共 3 页", None], ["page_order"]),
        (["第 1 页，共 4 页", "第 2 页，共 4 页", "第 3 页，共 4 页"], ["page_order"]),
        (["第1页", "第1页", "第2页"], ["page_order"]),
        (["第2页", "第1页", "第3页"], ["page_order", "page_order"]),
    ],
)
def test_printed_page_numbers_must_run_on(printed: list[str | None], expected: list[str]) -> None:
    items = []
    for page, text in enumerate(printed, start=1):
        rows = [HEADINGS, project("甲")] if page == 1 else [project("乙")]
        items += page_items(rows, page=page, above=ABOVE if page == 1 else (), below=[text] if text else [])
    assert codes(find_target_tables(items)) == expected
