"""Tables without column rules, or without any: read exactly, or held by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from zc_pipeline.model import Disclosure, Verdict
from zc_pipeline.parse.reading import read_disclosure
from zc_pipeline_tests.drawing.fonts import text_width

from .sketch import EDGES, FONT, HEAD, PAD, SIZE, Row, Sketch, indicator, project, row_height, total

A, B, C = project("甲项目", "10.25", 2), project("乙项目", "20.50", 3), project("丙项目", "30.00", 1)
TOTAL = total("60.75")
ALL = [("甲项目", "102500.00", 2), ("乙项目", "205000.00", 3), ("丙项目", "300000.00", 1)]
Draw = Callable[..., float]


@pytest.fixture
def sketch(tmp_path: Path) -> Sketch:
    return Sketch(tmp_path / "sketch.pdf")


def lined(sketch: Sketch, top: float, rows: Sequence[Row], **how: object) -> float:
    """Rows with horizontal rules only."""
    sketch.rule(EDGES[0], top, EDGES[-1], top)
    for row in rows:
        top = sketch.row(top, row, rules=False, **how)  # type: ignore[arg-type]
        sketch.rule(EDGES[0], top, EDGES[-1], top)
    return top


def bare(sketch: Sketch, top: float, rows: Sequence[Row], **how: object) -> float:
    """Rows without rules."""
    return sketch.rows(top, rows, rules=False, **how)


BOTH = pytest.mark.parametrize("draw", [lined, bare])


def read(sketch: Sketch) -> Disclosure:
    sketch.page()
    return read_disclosure(sketch.save())


def codes(disclosure: Disclosure) -> set[str]:
    return {problem.code for problem in disclosure.problems}


def assert_all(disclosure: Disclosure) -> None:
    assert disclosure.verdict is Verdict.ACCEPTED, [problem.message for problem in disclosure.problems]
    found = [
        (project.project_name, str(project.total_cny), project.indicator_count)
        for table in disclosure.tables
        for project in table.projects
    ]
    assert found == ALL
    assert "rules_inferred" in codes(disclosure)


def assert_unclear(disclosure: Disclosure, code: str) -> None:
    assert disclosure.verdict is not Verdict.ACCEPTED
    assert code in codes(disclosure), [problem.message for problem in disclosure.problems]


@BOTH
def test_a_table_is_read_and_the_inference_is_noted(sketch: Sketch, draw: Draw) -> None:
    draw(sketch, sketch.caption(), [HEAD, TOTAL, A, B, C])
    sketch.foot(1, 1)
    assert_all(read(sketch))


@BOTH
def test_a_ruled_table_is_left_alone(sketch: Sketch, draw: Draw) -> None:
    sketch.rows(sketch.caption(), [HEAD, TOTAL, A, B, C])
    assert "rules_inferred" not in codes(read(sketch))


@BOTH
@pytest.mark.parametrize("repeats", [True, False])
def test_a_table_goes_on_over_a_page(sketch: Sketch, draw: Draw, repeats: bool) -> None:
    draw(sketch, sketch.caption(), [HEAD, TOTAL, A])
    sketch.foot(1, 2)
    sketch.page()
    draw(sketch, 30.0, [HEAD, B, C] if repeats else [B, C])
    sketch.foot(2, 2)
    assert_all(read(sketch))


@BOTH
def test_a_row_divided_by_a_page_break_is_put_together(sketch: Sketch, draw: Draw) -> None:
    goal, last = "完成任务。", indicator(3)
    above = ("乙项目", "20.50", "20.50", "", "", goal, f"{indicator(1)}\n{indicator(2)}")
    below = ("", "", "", "", "", "", last)
    draw(sketch, sketch.caption(), [HEAD, TOTAL, A, above])
    sketch.page()
    draw(sketch, 30.0, [HEAD, below, C])
    assert_all(read(sketch))


def test_a_last_row_without_a_closing_rule_is_read(sketch: Sketch) -> None:
    top = lined(sketch, sketch.caption(), [HEAD, TOTAL, A, B])
    sketch.row(top, C, rules=False)
    sketch.foot(1, 1)
    assert_all(read(sketch))


@BOTH
def test_a_frame_around_the_page_is_no_table(sketch: Sketch, draw: Draw) -> None:
    sketch.frame((8, 8, 834, 587))
    sketch.frame((11, 11, 831, 584))
    draw(sketch, sketch.caption(), [HEAD, TOTAL, A, B, C])
    assert_all(read(sketch))


def test_a_wide_note_below_the_table_is_no_row(sketch: Sketch) -> None:
    end = lined(sketch, sketch.caption(), [HEAD, TOTAL, A, B, C])
    sketch.text(
        EDGES[0] + PAD,
        end + 8,
        "注：本表按照市财政局关于编制年度部门预算的通知填列，金额以批复为准，最终解释权归本单位所有。",
    )
    assert_all(read(sketch))


# --- columns that are not certain -----------------------------------------------------------------


@BOTH
def test_a_text_that_runs_into_the_next_column_is_held(sketch: Sketch, draw: Draw) -> None:
    long = ("名称特别长以至于跑进旁边一栏里去了的项目", "10.25", "10.25", "", "", *A[5:])
    draw(sketch, sketch.caption(), [HEAD, TOTAL, long, B, C])
    assert_unclear(read(sketch), "columns_unclear")


@BOTH
def test_texts_of_two_cells_that_touch_are_held(sketch: Sketch, draw: Draw) -> None:
    goal = "完成全年任务改善公共服务水平并且维护良好秩序"
    draw(sketch, sketch.caption(), [HEAD, TOTAL, (*A[:5], goal, A[6]), B, C])
    assert_unclear(read(sketch), "columns_unclear")


@BOTH
def test_an_amount_under_no_heading_is_held(sketch: Sketch, draw: Draw) -> None:
    edges = (30.0, 130.0, 180.0, 230.0, 310.0, 390.0, 530.0, 810.0)
    top = draw(sketch, sketch.caption(), [HEAD, TOTAL, A], edges=edges)
    sketch.text(290, top - 30, "3.00")
    assert_unclear(read(sketch), "columns_unclear")


@BOTH
def test_amounts_of_two_alignments_under_one_heading_are_held(sketch: Sketch, draw: Draw) -> None:
    draw(sketch, sketch.caption(), [HEAD, total("60.75"), A, B, C])
    sketch.text(EDGES[4] + 1.0, 124.5, "0.00")
    sketch.text(EDGES[4] + 10.0, 190.5, "1,234.00")
    assert_unclear(read(sketch), "columns_unclear")


def test_a_shifted_page_without_a_heading_is_held(sketch: Sketch) -> None:
    bare(sketch, sketch.caption(), [HEAD, TOTAL, A])
    sketch.page()
    bare(sketch, 30.0, [B, C], edges=tuple(edge + 20 for edge in EDGES))
    assert_unclear(read(sketch), "columns_unclear")


def test_rules_through_some_columns_only_are_held(sketch: Sketch) -> None:
    top = lined(sketch, sketch.caption(), [HEAD, TOTAL, A, B, C])
    sketch.rule(EDGES[5], top - 40, EDGES[-1], top - 40)
    assert_unclear(read(sketch), "columns_unclear")


# --- rows that are not certain --------------------------------------------------------------------


def test_two_rows_without_a_rule_between_are_held(sketch: Sketch) -> None:
    lined(sketch, sketch.caption(), [HEAD, TOTAL, A])
    glued = tuple(f"{b}\n{c}" if b else "" for b, c in zip(B, C, strict=True))
    lined(sketch, 200, [glued])
    assert_unclear(read(sketch), "rows_unclear")


def test_rules_above_and_below_the_body_only_are_held(sketch: Sketch) -> None:
    top = sketch.caption()
    sketch.rule(EDGES[0], top, EDGES[-1], top)
    top = sketch.row(top, HEAD, rules=False)
    sketch.rule(EDGES[0], top, EDGES[-1], top)
    top = bare(sketch, top, [TOTAL, A, B, C])
    sketch.rule(EDGES[0], top, EDGES[-1], top)
    assert_unclear(read(sketch), "rows_unclear")


def test_rows_as_near_as_lines_are_held(sketch: Sketch) -> None:
    top = bare(sketch, sketch.caption(), [HEAD])
    for row in (TOTAL, A, B, C):
        top = sketch.row(top, row, rules=False, height=row_height(row) - 2 * PAD)
    assert_unclear(read(sketch), "rows_unclear")


@BOTH
def test_a_blank_line_within_a_goal_is_held(sketch: Sketch, draw: Draw) -> None:
    goal = "一、完成任务。\n\n二、改善服务。\n\n三、巩固成果。\n\n四、总结。"
    draw(sketch, sketch.caption(), [HEAD, TOTAL, (*A[:5], goal, A[6]), B, C])
    assert_unclear(read(sketch), "rows_unclear")


@BOTH
def test_a_part_without_a_name_amid_a_page_is_held(sketch: Sketch, draw: Draw) -> None:
    part = ("", "", "", "", "", "继续实施。", "")
    draw(sketch, sketch.caption(), [HEAD, TOTAL, A, part, B, C])
    assert_unclear(read(sketch), "rows_unclear")


def test_a_goal_alone_at_a_page_top_is_held(sketch: Sketch) -> None:
    bare(sketch, sketch.caption(), [HEAD, TOTAL, A])
    sketch.page()
    bare(sketch, 30.0, [HEAD, ("", "", "", "", "", "改善服务。", ""), B, C])
    assert_unclear(read(sketch), "rows_unclear")


def test_a_short_note_below_a_table_without_rules_is_held(sketch: Sketch) -> None:
    end = bare(sketch, sketch.caption(), [HEAD, TOTAL, A, B, C])
    sketch.text(EDGES[0] + PAD, end + 10, "制表人：王某")
    assert_unclear(read(sketch), "rows_unclear")


def test_a_short_note_below_the_last_rule_is_held(sketch: Sketch) -> None:
    end = lined(sketch, sketch.caption(), [HEAD, TOTAL, A, B, C])
    sketch.text(EDGES[0] + PAD, end + 8, "制表人：王某")
    assert_unclear(read(sketch), "rows_unclear")


def test_a_page_of_the_table_without_any_rule_is_held(sketch: Sketch) -> None:
    lined(sketch, sketch.caption(), [HEAD, TOTAL, A])
    sketch.page()
    bare(sketch, 30.0, [B, C])
    assert_unclear(read(sketch), "rows_unclear")


def test_a_clip_that_hides_a_line_is_held(sketch: Sketch) -> None:
    top = bare(sketch, sketch.caption(), [HEAD, TOTAL, A])
    sketch.clip((EDGES[0], top, EDGES[-1], top + 20))
    sketch.row(top, B, rules=False)
    sketch.unclip()
    assert_unclear(read(sketch), "rows_unclear")


def test_a_number_alone_on_the_last_line_of_a_cell_is_no_page_number(sketch: Sketch) -> None:
    cut = f"{indicator(1).removesuffix('5次。')}\n100"
    rows = [HEAD, TOTAL, A, B, (*C[:6], cut)]
    bare(sketch, sketch.caption(535 - sum(map(row_height, rows))), rows)
    disclosure = read(sketch)
    assert disclosure.verdict is Verdict.ACCEPTED
    assert disclosure.tables[0].projects[-1].indicators[0].annual_target == "100"


def test_the_dash_of_a_blank_amount_may_stand_beside_a_narrow_heading(sketch: Sketch) -> None:
    top = sketch.caption()
    for cells in (HEAD, TOTAL, A, B, C):
        bottom = sketch.row(top, cells, rules=False)
        if cells is not HEAD:
            # 其他资金 is written from 283 to 319: a dash ends at the column's right edge.
            sketch.text(EDGES[4] + PAD + 36.6, (top + bottom) / 2 - 4.5, "-")
        top = bottom
    assert_all(read(sketch))


def test_a_rows_amounts_alone_below_the_last_rule(sketch: Sketch) -> None:
    """A browser divides a unit's row: its amounts stay, the two lines of its name go to the next page."""
    unit = total("20.50", "云岭市乙区图书馆文化\n活动中心")
    top = lined(sketch, sketch.caption(), [HEAD, TOTAL, total("40.25", "甲局"), A, C])
    sketch.row(top, ("", *unit[1:]), rules=False)
    sketch.page()
    lined(sketch, 30.0, [HEAD, (unit[0], "", "", "", "", "", ""), B])
    disclosure = read(sketch)
    assert disclosure.verdict is Verdict.ACCEPTED, [problem.message for problem in disclosure.problems]
    found = [(one.unit_name, one.project_name) for one in disclosure.tables[0].projects]
    assert found == [("甲局", "甲项目"), ("甲局", "丙项目"), ("云岭市乙区图书馆文化活动中心", "乙项目")]


@pytest.mark.parametrize(
    ("foot", "is_read"), [("第 1 页，共 1 页", True), ("Page 1 of 1", True), ("12", False)]
)
def test_a_page_number_right_below_the_table(sketch: Sketch, foot: str, is_read: bool) -> None:
    end = lined(sketch, 360.0, [HEAD, TOTAL, A, B, C])
    assert end > 0.8 * 595
    sketch.caption()
    sketch.text(EDGES[0] + PAD, end + 2, foot)
    disclosure = read(sketch)
    assert (disclosure.verdict is Verdict.ACCEPTED) is is_read


@pytest.mark.parametrize(
    ("left", "below", "foot", "is_read"),
    [
        (EDGES[0] - 12, 5.0, "1 / 2", True),  # nothing stands right above it
        (EDGES[6] + 40, 5.0, "1 / 2", False),  # below the lines of a cell
        (EDGES[0] + PAD, 5.0, "1 / 2", False),  # below the beginning of names
        (EDGES[0] - 12, 5.0, "3 / 5", False),  # another page's
    ],
)
def test_a_page_number_right_below_an_open_row(
    sketch: Sketch, left: float, below: float, foot: str, is_read: bool
) -> None:
    rows = [HEAD, TOTAL, A]
    above = ("乙项目", "20.50", "20.50", "", "", "完成任务。", f"{indicator(1)}\n{indicator(2)}")
    top = 575 - below - row_height(above) - sum(map(row_height, rows))
    sketch.caption(top - 40)
    end = sketch.row(lined(sketch, top, rows), above, rules=False)
    sketch.text(left, end - PAD + below, foot)
    sketch.page()
    lined(sketch, 30.0, [HEAD, ("", "", "", "", "", "", indicator(3)), C])
    sketch.text(left, 560, foot.replace("1 /", "2 /").replace("3 /", "4 /"))
    assert (read(sketch).verdict is Verdict.ACCEPTED) is is_read


@pytest.mark.parametrize("last", ["1", "1/2"])
def test_a_number_below_the_lines_of_a_centred_cell_is_the_cells(sketch: Sketch, last: str) -> None:
    """Lines stand wide apart and are centred; the last one is no page number, whatever the page."""
    top = lined(sketch, 420.0, [HEAD, TOTAL, A])
    sketch.caption(380.0)
    sketch.row(top, ("", "20.50", "20.50", "", "", "", indicator(1)), rules=False, height=70)
    for number, line in enumerate(["乙地区学校改造", "二期", last]):
        middle = (EDGES[0] + EDGES[1] - text_width(line, SIZE, FONT)) / 2
        sketch.text(middle, top + 8 + 16 * number, line)
    disclosure = read(sketch)
    names = [one.project_name for one in disclosure.tables[0].projects] if disclosure.tables else []
    assert disclosure.verdict is not Verdict.ACCEPTED or f"乙地区学校改造二期{last}" in names


@pytest.mark.parametrize("head", ["2024年部门预算公开", "绩效"])
@pytest.mark.parametrize("goes_on", [True, False])
def test_a_running_head_above_a_rule_is_no_part_of_a_row(sketch: Sketch, head: str, goes_on: bool) -> None:
    """The table's last row is closed; the next page has a head, a rule as wide as the table, and more."""
    lined(sketch, sketch.caption(), [HEAD, TOTAL, A, B] if goes_on else [HEAD, TOTAL, A, B, C])
    sketch.page()
    sketch.text(EDGES[6] + PAD if head[0] == "2" else EDGES[5] + PAD, 28, head)
    if goes_on:
        lined(sketch, 40.0, [C])
    else:
        sketch.rule(EDGES[0], 40, EDGES[-1], 40)
        sketch.text(
            EDGES[0],
            60,
            "本部门项目支出绩效目标由各业务处室填报并经财务处审核汇总，现予公开，请社会各界监督批评指正，并提出意见。",
        )
    disclosure = read(sketch)
    texts = [
        text
        for table in disclosure.tables
        for one in table.projects
        for text in (one.performance_goal, *(indicator.annual_target for indicator in one.indicators))
    ]
    assert not any(head in text for text in texts if disclosure.verdict is Verdict.ACCEPTED)


def test_a_page_of_prose_below_a_rule_as_wide_as_the_table(sketch: Sketch) -> None:
    lined(sketch, sketch.caption(), [HEAD, TOTAL, A, B, C])
    sketch.page()
    sketch.rule(EDGES[0], 40, EDGES[-1], 40)
    for number in range(4):
        sketch.text(
            EDGES[0],
            60 + 16 * number,
            "本部门项目支出绩效目标由各业务处室填报并经财务处审核汇总，现予公开，请社会各界监督批评指正。",
        )
    assert_all(read(sketch))


def test_a_caption_above_a_second_heading_is_no_row(sketch: Sketch) -> None:
    """Another department's table with another money unit, its caption's texts below the headings."""
    end = lined(sketch, sketch.caption(), [HEAD, A])
    sketch.text(EDGES[0] + PAD, end + 6, "部门名称：乙局")
    sketch.text(EDGES[5] + PAD, end + 6, "单位：元")
    lined(sketch, end + 22, [HEAD, B])
    disclosure = read(sketch)
    amounts = [str(one.total_cny) for table in disclosure.tables for one in table.projects]
    assert disclosure.verdict is not Verdict.ACCEPTED or amounts == ["102500.00", "20.50"]


def test_an_underlined_heading_is_no_tier(sketch: Sketch) -> None:
    edges = (*EDGES[:-1], 760.0, 800.0)
    top = sketch.caption()
    bottom = top + row_height(HEAD)
    for cells in ((*HEAD, "备注"), (*TOTAL, ""), (*A, ""), (*B, ""), (*C, "")):
        sketch.rule(edges[0], top, edges[-1], top)
        top = sketch.row(top, cells, rules=False, edges=edges)
    sketch.rule(edges[0], top, edges[-1], top)
    sketch.rule(edges[-2] + 2, bottom - 8, edges[-1] - 2, bottom - 8)
    assert "internal_error" not in codes(read(sketch))


def test_the_part_below_the_last_rule_may_be_wider_than_what_stands_above(sketch: Sketch) -> None:
    """Goals above the rule are short; the open row's is as wide as its column."""
    wide = "持续推进各项重点工作，改善服务质量。"
    above = ("乙项目", "20.50", "20.50", "", "", wide, f"{indicator(1)}\n{indicator(2)}")
    sketch.row(lined(sketch, sketch.caption(), [HEAD, TOTAL, A]), above, rules=False)
    sketch.page()
    lined(sketch, 30.0, [HEAD, ("", "", "", "", "", "", indicator(3)), C])
    disclosure = read(sketch)
    assert_all(disclosure)
    assert [one.performance_goal for one in disclosure.tables[0].projects][1] == wide


def test_a_page_with_the_end_of_a_row_and_one_rule(sketch: Sketch) -> None:
    above = ("乙项目", "20.50", "20.50", "", "", "完成任务。", f"{indicator(1)}\n{indicator(2)}")
    end = lined(sketch, sketch.caption(), [HEAD, TOTAL, A, C])
    sketch.row(end, above, rules=False)
    sketch.page()
    end = sketch.row(30.0, ("", "", "", "", "", "", indicator(3)), rules=False)
    sketch.rule(EDGES[0], end, EDGES[-1], end)
    disclosure = read(sketch)
    assert disclosure.verdict is Verdict.ACCEPTED, [problem.message for problem in disclosure.problems]
    assert [len(one.indicators) for one in disclosure.tables[0].projects] == [2, 1, 3]


def test_one_row_that_fills_a_page_below_its_heading(sketch: Sketch) -> None:
    """No rule but the heading's own: the row goes on over both ends of the page."""
    parts = [
        ("乙项目", "20.50", "20.50", "", "", "完成任务。", indicator(1)),
        ("", "", "", "", "", "", indicator(2)),
    ]
    sketch.row(lined(sketch, sketch.caption(), [HEAD, TOTAL, A]), parts[0], rules=False)
    sketch.page()
    sketch.row(lined(sketch, 30.0, [HEAD]), parts[1], rules=False)
    sketch.page()
    lined(sketch, 30.0, [HEAD, ("", "", "", "", "", "", indicator(3)), C])
    assert_all(read(sketch))


def test_rows_without_rules_below_a_ruled_heading_are_not_taken_for_one(sketch: Sketch) -> None:
    """The first page rules its rows, the second its heading only: two rows are no open row."""
    lined(sketch, sketch.caption(), [HEAD, TOTAL, A])
    sketch.page()
    bare(sketch, lined(sketch, 30.0, [HEAD]), [B, C])
    assert_unclear(read(sketch), "rows_unclear")


def test_a_heading_that_is_said_again_amid_a_page(sketch: Sketch) -> None:
    lined(sketch, sketch.caption(), [HEAD, TOTAL, A, HEAD, B, C])
    assert_all(read(sketch))


# --- headings of two tiers ------------------------------------------------------------------------

_TIER_EDGES = (30.0, 130.0, 180.0, 240.0, 300.0, 350.0, 400.0, 540.0, 800.0)
_GROUP = (180.0, 300.0)


def two_tiers(sketch: Sketch, top: float, *, group: str = "财政拨款", lower: Sequence[str] = ()) -> float:
    """A heading with 财政拨款 over two of its columns, the rule between them as wide as these."""
    lower = lower or ("一般公共预算", "政府性基金")
    bottom, middle = top + 36, top + 16
    sketch.rule(_TIER_EDGES[0], top, _TIER_EDGES[-1], top)
    sketch.rule(_TIER_EDGES[0], bottom, _TIER_EDGES[-1], bottom)
    sketch.rule(_GROUP[0], middle, _GROUP[1], middle)
    sketch.cell((_GROUP[0] + 30, top, _GROUP[1], middle), group)
    for place, label in zip((2, 3), lower, strict=True):
        sketch.cell((_TIER_EDGES[place], middle, _TIER_EDGES[place + 1], bottom), label)
    for place, label in ((0, HEAD[0]), (1, "总计"), (4, "财政专户\n拨款"), (5, "其他资金"), (6, "绩效目标")):
        sketch.cell((_TIER_EDGES[place], top, _TIER_EDGES[place + 1], bottom), label)
    sketch.cell((_TIER_EDGES[7], top, _TIER_EDGES[8], bottom), "绩效指标")
    return bottom


def tiered(cells: Row, general: str, fund: str) -> Row:
    """A row with the parts of its 财政拨款 instead of their sum."""
    return (*cells[:2], general, fund, *cells[3:])


def lined_below(sketch: Sketch, top: float, rows: Sequence[Row]) -> float:
    """Rows with horizontal rules below a heading of two tiers."""
    for cells in rows:
        top = sketch.row(top, cells, rules=False, edges=_TIER_EDGES)
        sketch.rule(_TIER_EDGES[0], top, _TIER_EDGES[-1], top)
    return top


def test_a_heading_of_two_tiers_without_vertical_rules(sketch: Sketch) -> None:
    for page, rows in enumerate([[(TOTAL, "30.25", "30.50"), (A, "10.25", "0.00")], [(B, "0.00", "20.50")]]):
        top = two_tiers(sketch, sketch.caption() if page == 0 else 30.0)
        lined_below(sketch, top, [tiered(*row) for row in rows])
        sketch.page()
    lined_below(sketch, two_tiers(sketch, 30.0), [tiered(C, "20.00", "10.00")])
    disclosure = read(sketch)
    assert disclosure.verdict is Verdict.ACCEPTED, [problem.message for problem in disclosure.problems]
    found = [
        (one.project_name, str(one.general_budget_cny), str(one.government_fund_cny), str(one.fiscal_cny))
        for one in disclosure.tables[0].projects
    ]
    assert found == [
        ("甲项目", "102500.00", "0.00", "102500.00"),
        ("乙项目", "0.00", "205000.00", "205000.00"),
        ("丙项目", "200000.00", "100000.00", "300000.00"),
    ]


def test_an_upper_heading_wider_than_its_rule_is_held(sketch: Sketch) -> None:
    top = two_tiers(sketch, sketch.caption(), group="财政拨款及上年结转结余资金安排")
    lined_below(sketch, top, [tiered(TOTAL, "30.25", "30.50"), tiered(A, "10.25", "0.00")])
    assert read(sketch).verdict is not Verdict.ACCEPTED
