"""Rows of which a page break leaves so little on one page that only the sums tell whether they are one."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from zc_pipeline.model import Disclosure, Join, Project, RowKind, TableRow, Verdict
from zc_pipeline.parse.judge import build_disclosure
from zc_pipeline.parse.settle import settle_kinds
from zc_pipeline.parse.stitch import stitch_table

from .records import Lines, packed, printed_row, printed_table

Row = tuple[str, str, str, str]
"""Name, amount, goal, indicators."""

UNIT, NAME = "云岭市清河区疾病预防控制中心", "某单位党建活动工作经费项目甲"  # both fill a line
TITLE: Row = ("合计", "30.25", "", "")


def project(name: str, amount: str, *, goal: str = "完成任务。", indicators: str | None = None) -> Row:
    return name, amount, goal, packed(1, 2) if indicators is None else indicators


def stitch(*pages: Sequence[Row]) -> tuple[list[TableRow], Disclosure]:
    rows = []
    for page, printed in enumerate(pages, start=1):
        rows.append(printed_row(page, 1, is_header=True))
        for number, (name, amount, goal, indicators) in enumerate(printed, start=2):
            cells: dict[str, Lines] = {
                "project_name": name,
                "total": amount,
                "fiscal": amount,
                "goal": goal,
                "indicators": indicators,
            }
            rows.append(printed_row(page, number, cells))
    table = printed_table(rows)
    stitched = stitch_table(table)
    settled, doubts = settle_kinds(stitched.rows, "万元")
    disclosure = build_disclosure(
        document_id="ab" * 32,
        source_file="file.pdf",
        fiscal_year=None,
        page_count=len(pages),
        tables=(table.facts,),
        rows=settled,
        problems=[*stitched.problems, *doubts],
    )
    return [row for row in settled if row.kind is not RowKind.HEADER], disclosure


def projects(disclosure: Disclosure) -> list[tuple[str | None, str]]:
    return [(one.unit_name, one.project_name) for one in _of(disclosure)]


def _of(disclosure: Disclosure) -> tuple[Project, ...]:
    return disclosure.tables[0].projects


def codes(disclosure: Disclosure) -> set[str]:
    return set(disclosure.tables[0].reason_codes)


class TestUnitNames:
    @pytest.mark.parametrize(
        ("upper", "lower"),
        [
            ((UNIT[:13], "30.25", "", ""), (UNIT[13:], "", "", "")),
            ((UNIT[:13], "", "", ""), (UNIT[13:], "30.25", "", "")),
            (("", "30.25", "", ""), (UNIT, "", "", "")),
            ((UNIT, "", "", ""), ("", "30.25", "", "")),
            ((UNIT[:11], "30.25", "", ""), (UNIT[11:], "", "", "")),
        ],
        ids=["amounts above", "amounts below", "amounts alone above", "amounts alone below", "ragged"],
    )
    def test_a_line_on_each_page_is_one_name(self, upper: Row, lower: Row) -> None:
        rows, disclosure = stitch(
            [TITLE, upper], [lower, project("一", "10.25"), project(NAME[:13] + "\n" + NAME[13:], "20.00")]
        )
        assert disclosure.verdict is Verdict.ACCEPTED
        assert projects(disclosure) == [(UNIT, "一"), (UNIT, NAME)]
        assert rows[1].join is Join.PROVED_BY_SUM
        assert [str(part) for part in rows[1].parts] == ["p1g1r3", "p2g1r2"]

    def test_without_a_sum_that_holds_it_is_held(self) -> None:
        _, disclosure = stitch(
            [TITLE, (UNIT[:13], "30.25", "", "")],
            [(UNIT[13:], "", "", ""), project("一", "10.25"), project(NAME, "10.00")],
        )
        assert disclosure.verdict is Verdict.HELD
        assert "page_break_unresolved" in codes(disclosure)

    def test_a_name_that_had_room_on_its_line_is_not_taken_for_divided(self) -> None:
        _, disclosure = stitch(
            [TITLE, ("甲局", "30.25", "", "")],
            [("乙中心", "", "", ""), project("一", "10.25"), project(NAME, "20.00")],
        )
        assert disclosure.verdict is Verdict.HELD
        assert codes(disclosure) >= {"page_break_unresolved"}

    def test_units_that_print_no_amounts_stay_rows_of_their_own(self) -> None:
        rows, disclosure = stitch(
            [
                TITLE,
                ("甲局", "", "", ""),
                project("一", "10.00"),
                ("乙局", "", "", ""),
                project("二", "10.25"),
            ],
            [("丙局", "", "", ""), project(NAME, "10.00")],
        )
        assert "page_break_unresolved" not in codes(disclosure)
        assert [row.cells["project_name"] for row in rows][3:] == ["乙局", "二", "丙局", NAME]
        assert all(row.join is Join.NONE for row in rows)

    def test_the_total_takes_no_name_from_the_next_page(self) -> None:
        _, disclosure = stitch([TITLE], [(NAME, "", "", ""), project("一", "30.25")])
        assert all("合计" + NAME not in str(pair) for pair in projects(disclosure))


class TestProjects:
    def test_a_bare_name_below_a_project_that_could_go_on_is_held(self) -> None:
        """A project of one line: the name on the next page may be the second line of its own."""
        _, disclosure = stitch(
            [TITLE, (UNIT, "30.25", "", ""), (NAME[:13], "30.25", "完成任务。", "")],
            [(NAME[13:], "", "", "")],
        )
        assert disclosure.verdict is Verdict.HELD
        assert "page_break_unresolved" in codes(disclosure)

    def test_a_bare_name_below_a_row_much_higher_than_its_name_is_another_row(self) -> None:
        tall = "\n".join(packed(n) for n in range(1, 6))
        rows, _ = stitch(
            [TITLE, (UNIT, "30.25", "", ""), project("一", "30.25", indicators=tall)], [("二", "", "", "")]
        )
        assert [row.cells["project_name"] for row in rows] == ["合计", UNIT, "一", "二"]

    def test_a_project_without_amounts_but_with_indicators_of_its_own_is_another_row(self) -> None:
        rows, disclosure = stitch(
            [TITLE, (UNIT, "30.25", "", ""), project("一", "30.25")], [project("二", "")]
        )
        assert disclosure.verdict is Verdict.ACCEPTED
        assert [row.cells["project_name"] for row in rows] == ["合计", UNIT, "一", "二"]

    def test_a_name_that_stops_within_brackets_goes_on_where_they_are_closed(self) -> None:
        """Its indicators happen to end with an indicator on the first page: they tell nothing."""
        upper = ("流通服务补助资金（含“3+", "30.25", "完成", "1、1-产出指标；见附件。")
        lower = ("1”试点）", "", "任务。", "其余见附件。")
        rows, disclosure = stitch([TITLE, (UNIT, "30.25", "", ""), upper], [lower])
        assert [row.cells["project_name"].replace("\n", "") for row in rows[2:]] == [
            "流通服务补助资金（含“3+1”试点）"
        ]
        assert "page_break_unresolved" not in codes(disclosure)

    def test_another_name_is_not_put_to_it(self) -> None:
        upper = ("流通服务补助资金", "30.25", "完成", "1、1-产出指标；见附件。")
        lower = ("试点", "", "任务。", "其余见附件。")
        _, disclosure = stitch([TITLE, (UNIT, "30.25", "", ""), upper], [lower])
        assert "page_break_unresolved" in codes(disclosure)


class TestContentOnTheNextPage:
    def test_name_and_amounts_above_goal_and_indicators_below(self) -> None:
        rows, disclosure = stitch(
            [TITLE, (UNIT, "30.25", "", ""), project("一", "10.25"), (NAME, "20.00", "", "")],
            [("", "", "完成任务。", packed(1, 2))],
        )
        assert disclosure.verdict is Verdict.ACCEPTED
        assert projects(disclosure) == [(UNIT, "一"), (UNIT, NAME)]
        assert [one.indicator_count for one in _of(disclosure)] == [2, 2]
        assert rows[-1].join is Join.PROVED_BY_SUM

    def test_a_unit_takes_no_goal_from_the_next_page(self) -> None:
        """The page shows a unit, then a goal without a name: whose it is cannot be told."""
        _, disclosure = stitch(
            [("合计", "10.25", "", ""), (UNIT, "10.25", "", "")], [("", "", "完成任务。", packed(1, 2))]
        )
        assert disclosure.verdict is Verdict.HELD
        assert "page_break_unresolved" in codes(disclosure)

    def test_a_unit_among_units_takes_none_either(self) -> None:
        _, disclosure = stitch(
            [TITLE, ("甲局", "10.25", "", ""), project("一", "10.25"), (UNIT, "20.00", "", "")],
            [("", "", "完成任务。", packed(1, 2)), ("丙局", "0.00", "", ""), project("二", "0.00")],
        )
        assert disclosure.verdict is Verdict.HELD

    def test_a_row_without_amounts_takes_none(self) -> None:
        _, disclosure = stitch(
            [TITLE, (UNIT, "30.25", "", ""), project("一", "30.25"), (NAME, "", "", "")],
            [("", "", "完成任务。", packed(1, 2))],
        )
        assert "page_break_unresolved" in codes(disclosure)

    def test_a_part_below_a_unit_that_goes_on_under_a_name_is_that_names(self) -> None:
        """A row over two pages whose name stands in its middle, on the second page."""
        rows, disclosure = stitch(
            [TITLE, (UNIT, "30.25", "", "")],
            [("", "", "完成", packed(1, 2))],
            [("一", "10.25", "任务。", packed(3)), project("二", "20.00")],
        )
        assert disclosure.verdict is Verdict.ACCEPTED
        assert projects(disclosure) == [(UNIT, "一"), (UNIT, "二")]
        assert [one.performance_goal for one in _of(disclosure)] == ["完成任务。", "完成任务。"]
        assert [str(part) for part in rows[2].parts] == ["p2g1r2", "p3g1r2"]
