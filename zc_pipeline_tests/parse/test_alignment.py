"""Tables without column rules, or without any: read exactly, or held by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from zc_pipeline.model import Disclosure, Verdict
from zc_pipeline.parse.document import read_disclosure

from .sketch import EDGES, HEAD, PAD, Row, Sketch, indicator, project, row_height, total

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
