"""Pages that no regular layout gives, drawn by hand: read exactly, or held for a true reason."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from zc_pipeline.model import Disclosure, Release, Verdict
from zc_pipeline.parse.document import stitch_items
from zc_pipeline.parse.judge import build_disclosure
from zc_pipeline.parse.reading import read_disclosure, read_page_text

from .sketch import EDGES, HEAD, Row, Sketch, project, row_height, total

A, B, C = project("甲项目", "10.25", 2), project("乙项目", "20.50", 3), project("丙项目", "30.00", 1)
TOTAL = total("60.75")
ALL = [("甲项目", "102500.00", 2), ("乙项目", "205000.00", 3), ("丙项目", "300000.00", 1)]
BLANK = ("",) * 7


@pytest.fixture
def sketch(tmp_path: Path) -> Sketch:
    return Sketch(tmp_path / "sketch.pdf")


def read(sketch: Sketch) -> Disclosure:
    sketch.page()
    return read_disclosure(sketch.save())


def projects(disclosure: Disclosure) -> list[tuple[str, str, int]]:
    return [
        (project.project_name, str(project.total_cny), project.indicator_count)
        for table in disclosure.tables
        for project in table.projects
    ]


def assert_all(disclosure: Disclosure) -> None:
    """The three projects, accepted."""
    assert disclosure.tables[0].reason_codes == (), [problem.message for problem in disclosure.problems]
    assert len(disclosure.tables) == 1
    assert projects(disclosure) == ALL


def reasons(disclosure: Disclosure) -> tuple[str, ...]:
    assert disclosure.verdict is Verdict.HELD
    return disclosure.tables[0].reason_codes


@pytest.mark.parametrize("inset", [0.0, 1.5, 3.0])
def test_every_cell_under_a_clip_of_its_own(sketch: Sketch, inset: float) -> None:
    sketch.rows(sketch.caption(), [HEAD, TOTAL, A, B, C], clip_cells=inset)
    assert_all(read(sketch))


def test_a_cell_clip_that_hides_a_line_is_held(sketch: Sketch) -> None:
    top = sketch.rows(sketch.caption(), [HEAD, TOTAL, A])
    top = sketch.row(top, B, height=60, clip_cells=0)
    sketch.row(top, C)
    disclosure = read(sketch)
    assert reasons(disclosure) == ("text_cut_off",)
    assert disclosure.problems[0].page == 1


def test_one_clip_for_the_whole_page(sketch: Sketch) -> None:
    sketch.clip((20, 10, 822, 580))
    sketch.rows(sketch.caption(), [HEAD, TOTAL, A, B, C])
    sketch.unclip()
    assert_all(read(sketch))


def test_one_clip_for_the_whole_page_may_hide_the_next_row(sketch: Sketch) -> None:
    end = 54 + sum(map(row_height, (HEAD, TOTAL, A)))
    sketch.clip((20, 10, 822, end))
    sketch.rows(sketch.caption(), [HEAD, TOTAL, A, B])
    sketch.unclip()
    sketch.page()
    sketch.rows(30, [HEAD, B, C])
    assert_all(read(sketch))


@pytest.mark.parametrize("cut", [1, 2, 3, 6, 20, 39, 50, 72, 75, 77])
def test_a_row_cut_anywhere_even_to_a_sliver(sketch: Sketch, cut: float) -> None:
    def part(top: float, row: Row, first: float, last: float) -> float:
        bottom = top + last - first
        sketch.clip((EDGES[0], top, EDGES[-1], bottom))
        sketch.row(top - first, row)
        sketch.unclip()
        sketch.rule(EDGES[0], top, EDGES[-1], top)
        sketch.rule(EDGES[0], bottom, EDGES[-1], bottom)
        return bottom

    assert row_height(B) == 78
    part(sketch.rows(sketch.caption(), [HEAD, TOTAL, A]), B, 0, cut)
    sketch.page()
    sketch.rows(part(sketch.rows(30, [HEAD]), B, cut, 78), [C])
    assert_all(read(sketch))


def test_a_frame_around_the_page(sketch: Sketch) -> None:
    sketch.frame((10, 8, 832, 585))
    sketch.rows(sketch.caption(), [HEAD, TOTAL, A, B, C])
    assert_all(read(sketch))


def test_no_bottom_rule_at_a_page_break(sketch: Sketch) -> None:
    top = sketch.rows(sketch.caption(), [HEAD, TOTAL])
    sketch.row(top, A, rules=False)
    for x in EDGES:
        sketch.rule(x, top, x, top + row_height(A))
    sketch.page()
    sketch.rows(30, [HEAD, B, C])
    assert_all(read(sketch))


@pytest.mark.parametrize("rows", [[HEAD, TOTAL, A], [HEAD, A]], ids=["with a total", "without"])
def test_a_row_without_rules_is_held(sketch: Sketch, rows: list[Row]) -> None:
    sketch.row(sketch.rows(sketch.caption(), rows), B, rules=False)
    sketch.page()
    sketch.rows(30, [HEAD, C])
    assert "text_outside_table" in reasons(read(sketch))


def test_a_page_without_rules_is_held(sketch: Sketch) -> None:
    sketch.rows(sketch.caption(), [HEAD, A])
    sketch.page()
    sketch.rows(30, [B, C], rules=False)
    assert "text_outside_table" in reasons(read(sketch))


def test_a_total_alone_on_its_page_with_merged_blanks(sketch: Sketch) -> None:
    sketch.rows(sketch.caption(), [HEAD, A, B, C])
    sketch.page()
    sketch.row(30, ("合计", "60.75", "60.75", ""), edges=(30, 130, 180, 230, 800))
    assert_all(read(sketch))


def test_a_total_alone_on_its_page_with_other_columns_is_held(sketch: Sketch) -> None:
    sketch.rows(sketch.caption(), [HEAD, A, B, C])
    sketch.page()
    sketch.row(30, ("合计", "60.75", "60.75", "", "", ""), edges=(30, 150, 200, 260, 300, 420, 800))
    disclosure = read(sketch)
    assert reasons(disclosure) == ("columns_changed",)
    problem = next(p for p in disclosure.problems if p.code == "columns_changed")
    assert (problem.page, problem.row, "合计" in (problem.raw or "")) == (2, 1, True)


def test_headings_repeated_within_the_grid(sketch: Sketch) -> None:
    sketch.rows(sketch.caption(), [HEAD, TOTAL, A, HEAD, B, C])
    disclosure = read(sketch)
    assert_all(disclosure)
    assert disclosure.tables[0].header_count == 2


@pytest.mark.parametrize("mark", ["", "（续）"])
def test_captions_printed_on_every_page(sketch: Sketch, mark: str) -> None:
    sketch.rows(sketch.caption(), [HEAD, TOTAL, A])
    sketch.page()
    sketch.rows(sketch.caption(title=f"2024年项目支出绩效目标表{mark}"), [HEAD, B, C])
    assert_all(read(sketch))


def test_two_tables_in_one_grid(sketch: Sketch) -> None:
    top = 20.0
    for department, unit, rows in (
        ("甲局", "万元", [total("30.75"), A, B]),
        ("乙局", "元", [total("30.00"), C]),
    ):
        top = sketch.row(top, ("2024年项目支出绩效目标表",), edges=(30, 800))
        top = sketch.row(top, (f"部门名称：{department}", f"单位：{unit}"), edges=(30, 500, 800))
        top = sketch.rows(top, [HEAD, *rows])
    disclosure = read(sketch)
    assert disclosure.verdict is Verdict.ACCEPTED
    found = [(t.facts.department_name, t.facts.money_unit) for t in disclosure.tables if t.facts]
    assert found == [("甲局", "万元"), ("乙局", "元")]
    assert projects(disclosure) == [*ALL[:2], ("丙项目", "30.00", 1)]


@pytest.mark.parametrize(
    "row",
    [("甲项目", "123,456,789.25", "10.25", "", "", *A[5:]), ("甲项目的名称比它的格子长得多", *A[1:])],
    ids=["an amount", "a name"],
)
def test_text_that_runs_into_the_next_cell_is_held(sketch: Sketch, row: Row) -> None:
    sketch.rows(sketch.caption(), [HEAD, TOTAL, row, B, C])
    assert "text_over_rule" in reasons(read(sketch))


def test_text_that_runs_into_the_next_row_is_held(sketch: Sketch) -> None:
    top = sketch.rows(sketch.caption(), [HEAD, TOTAL, A])
    sketch.row(sketch.row(top, B, height=60), C)
    assert "text_over_rule" in reasons(read(sketch))


def test_text_that_runs_off_the_page_is_held(sketch: Sketch) -> None:
    edges = (*EDGES[:-1], 838.0)
    end = sketch.rows(sketch.caption(), [HEAD, TOTAL, A, B, C], edges=edges)
    sketch.text(800, end - 14, "其余的都看不见")
    assert "text_cut_sideways" in reasons(read(sketch))


@pytest.mark.parametrize("top", [20.0, 130.0])
def test_what_else_stands_off_the_page_is_of_another_page(sketch: Sketch, top: float) -> None:
    sketch.rows(sketch.caption(), [HEAD, TOTAL, A, B, C])
    sketch.text(880, top, "其余")
    assert_all(read(sketch))


def test_an_image_over_the_money_unit_is_held(sketch: Sketch) -> None:
    sketch.rows(sketch.caption(), [HEAD, TOTAL, A, B, C])
    sketch.picture((728, 34, 738, 48))
    assert "text_half_covered" in reasons(read(sketch))


@pytest.mark.parametrize("how", ["rectangles", "strokes", "thin rectangles"])
def test_white_over_a_part_of_an_amount_is_held(sketch: Sketch, how: str) -> None:
    end = sketch.rows(sketch.caption(), [HEAD, TOTAL, A, B, C])
    top, bottom = end - 20, end - 5
    for left in (EDGES[1] + 3, EDGES[2] + 3):
        if how == "rectangles":
            sketch.fill_all([(left, top, left + 1.4, bottom), (left, top - 1, left + 1.4, top)], 1.0)
        elif how == "strokes":
            sketch.stroke(left + 0.8, top, left + 0.8, bottom, 1.6, 1.0)
        else:
            sketch.fill((left, top, left + 0.8, bottom), 1.0)
            sketch.fill((left + 0.8, top, left + 1.6, bottom), 1.0)
    assert "text_half_covered" in reasons(read(sketch))


def test_white_rules_between_cells_hide_nothing(sketch: Sketch) -> None:
    end = sketch.rows(sketch.caption(), [HEAD, TOTAL, A, B, C])
    for edge in EDGES[1:-1]:
        sketch.stroke(edge + 1, end - 40, edge + 1, end, 0.8, 1.0)
    assert_all(read(sketch))


def test_what_is_painted_before_the_text_hides_nothing(sketch: Sketch) -> None:
    top = sketch.caption()
    sketch.fill((EDGES[0], top, EDGES[-1], top + 120), 0.9)
    sketch.picture((EDGES[0], top, EDGES[1], top + 120))
    sketch.rows(top, [HEAD, TOTAL, A, B, C])
    assert_all(read(sketch))


@pytest.mark.parametrize("how", ["white", "picture"])
def test_a_character_painted_over_in_part_is_held(sketch: Sketch, how: str) -> None:
    end = sketch.rows(sketch.caption(), [HEAD, TOTAL, A, B, C])
    left, middle = EDGES[0] + 3, end - row_height(C) / 2
    part = (left + 14, middle - 7, left + 22, middle + 7)  # of the second character, from 9 to 18
    if how == "white":
        sketch.fill((left + 14, middle - 7, left + 18.5, middle + 7), 1.0)
    else:
        sketch.picture(part)
    assert "text_half_covered" in reasons(read(sketch))


def test_a_slanted_shape_over_a_part_of_a_character_is_held(sketch: Sketch) -> None:
    end = sketch.rows(sketch.caption(), [HEAD, TOTAL, A, B, C])
    left, middle = EDGES[0] + 3, end - row_height(C) / 2
    sketch.polygon(
        [(left, middle), (left + 40, middle + 3), (left + 40, middle + 9), (left, middle + 9)], 0.2
    )
    assert "text_half_covered" in reasons(read(sketch))


def test_a_slanting_clip_through_characters_is_held(sketch: Sketch) -> None:
    with sketch.clipped([(0, 0), (842, 0), (842, 180), (0, 330)]):
        sketch.rows(sketch.caption(), [HEAD, TOTAL, A, B, C])
    assert "text_half_covered" in reasons(read(sketch))


@pytest.mark.parametrize("step", [0.0, 30.0], ids=["a rectangle in two parts", "steps"])
def test_a_clip_that_is_no_rectangle_and_cuts_no_character_hides_nothing(sketch: Sketch, step: float) -> None:
    upper = [(0.0, 0.0), (842.0, 0.0), (842.0, 100.0), (0.0, 100.0)]
    lower = [(step / 10, 100.0), (842.0 - step / 10, 100.0), (842.0, 595.0), (0.0, 595.0)]
    with sketch.clipped(upper, lower):
        sketch.rows(sketch.caption(), [HEAD, TOTAL, A, B, C])
    assert_all(read(sketch))


@pytest.mark.parametrize(
    ("grounds", "is_held"),
    [
        ([(0.0, 0.5)], True),
        ([(0.12, 0.5)], True),
        ([(0.0, 0.5), (0.9, 0.5)], False),
        ([(0.7, 0.5)], False),
        ([(0.0, 0.9)], False),
    ],
    ids=["black", "nearly black", "black below grey", "grey", "black below the text"],
)
def test_text_on_a_ground_of_its_own_colour_is_held(
    sketch: Sketch, grounds: list[tuple[float, float]], is_held: bool
) -> None:
    top = sketch.caption()
    end = top + sum(map(row_height, [HEAD, TOTAL, A, B, C]))
    for gray, begin in grounds:  # within the last row, whose one line of a name stands in its middle
        upper = end - row_height(C) * (1 - begin)
        sketch.fill((EDGES[0] + 1, upper, EDGES[1] - 1, end - 1), gray)
    sketch.rows(top, [HEAD, TOTAL, A, B, C])
    if is_held:
        assert "text_half_covered" in reasons(read(sketch))
    else:
        assert_all(read(sketch))


def test_white_text_that_reaches_beyond_its_dark_ground_is_held(sketch: Sketch) -> None:
    end = sketch.rows(sketch.caption(), [HEAD, TOTAL, A, B, ("", "1.00", "1.00", "", "", "完成。", C[6])])
    left, top = EDGES[0] + 4, end - row_height(C) / 2 - 5
    sketch.fill((left, top, left + 40, top + 7), 0.0)
    sketch.text(left, top, "丙项目", gray=1.0)
    assert "text_half_covered" in reasons(read(sketch))


def test_a_slanting_line_through_the_table_hides_nothing(sketch: Sketch) -> None:
    end = sketch.rows(sketch.caption(), [HEAD, TOTAL, A, B, C])
    sketch.rule(EDGES[0], end, EDGES[-1], end - 60)
    assert_all(read(sketch))


def test_a_character_drawn_out_of_shape_is_held_in_the_table(sketch: Sketch) -> None:
    """A slanting watermark is left out; this one stands in a value's place."""
    end = sketch.rows(sketch.caption(), [HEAD, TOTAL, A, B, C])
    sketch.skewed(EDGES[5] + 70, end - 20, "己", 80.0)
    assert reasons(read(sketch)) == ("turned_in_table",)


def test_mirrored_characters_are_held_in_the_table(sketch: Sketch) -> None:
    end = sketch.rows(sketch.caption(), [HEAD, TOTAL, A, B, C])
    sketch.mirrored(EDGES[5] + 70, end - 10, "己")
    assert reasons(read(sketch)) == ("turned_in_table",)


@pytest.mark.parametrize("times", [1.0, 10.0, -8.0], ids=["mirrored", "stretched too", "stretched only"])
def test_characters_out_of_shape_that_reach_into_the_table_are_held(sketch: Sketch, times: float) -> None:
    end = sketch.rows(sketch.caption(), [HEAD, TOTAL, A, B, C])
    sketch.mirrored(EDGES[5] + 70, end + 20 if times < 0 else end - 3, "己", times)
    assert reasons(read(sketch)) == ("turned_in_table",)


def test_characters_of_a_negative_size_stand_on_their_heads(sketch: Sketch) -> None:
    end = sketch.rows(sketch.caption(), [HEAD, TOTAL, A, B, C])
    sketch.text(EDGES[5] + 70, end - 20, "己", size=-9.0)
    assert reasons(read(sketch)) == ("turned_in_table",)


def test_characters_of_a_negative_size_that_are_turned_once_more_stand_upright(sketch: Sketch) -> None:
    end = sketch.rows(sketch.caption(), [HEAD, TOTAL, A, B, C])
    sketch.text(400, end + 40, "己", size=-9.0, turned=180.0)
    assert_all(read(sketch))
    assert "己" in [item.text for item in read_page_text(sketch.path).items]


@pytest.mark.parametrize("between", ["", " "])
def test_characters_printed_over_each_other_are_held(sketch: Sketch, between: str) -> None:
    end = sketch.rows(sketch.caption(), [HEAD, TOTAL, A, B, C])
    sketch.text(EDGES[5] + 60, end - 20, "戊" + between)
    sketch.text(EDGES[5] + 63, end - 20, "己")
    assert "text_over_text" in reasons(read(sketch))


def test_a_point_hidden_in_a_digit_is_held(sketch: Sketch) -> None:
    row = ("丙项目", "3000", "3000", "", "", "完成任务。", C[-1])
    end = sketch.rows(sketch.caption(), [HEAD, total("3030.75"), A, B, row])
    middle = end - row_height(row) / 2
    for edge in EDGES[1:3]:
        sketch.text(edge + 3 + 2 * 4.5 + 0.8, middle - 1.5, ".", size=3.0)
    assert "text_over_text" in reasons(read(sketch))


def test_a_note_on_the_table_is_held_until_a_person_says_that_it_changes_nothing(sketch: Sketch) -> None:
    """Viewers show it; no text reader reads it."""
    end = sketch.rows(sketch.caption(), [HEAD, TOTAL, A, B, C])
    sketch.note((EDGES[5] + 20, end - 30, EDGES[5] + 120, end - 15), "作废")
    disclosure = read(sketch)
    assert reasons(disclosure) == ("note_over_table",)
    release = Release(disclosure.document_id, "note_over_table", "a stamp", "Wang Fang", "2024-03-02")
    page_text = read_page_text(sketch.path)
    stitched = stitch_items(page_text.items)
    released = build_disclosure(
        document_id=disclosure.document_id,
        source_file="sketch.pdf",
        fiscal_year=2024,
        page_count=1,
        tables=stitched.tables,
        rows=stitched.rows,
        problems=[*page_text.problems, *stitched.problems],
        releases=[release],
    )
    assert_all(released)


def test_a_note_beside_the_table_and_a_link_over_it_are_no_matter(sketch: Sketch) -> None:
    end = sketch.rows(sketch.caption(), [HEAD, TOTAL, A, B, C])
    sketch.note((EDGES[0], end + 40, EDGES[0] + 100, end + 60), "已公开")
    sketch.link((EDGES[0], end - 60, EDGES[-1], end))
    assert_all(read(sketch))


def test_blank_rows_and_pages_of_blank_rows(sketch: Sketch) -> None:
    sketch.rows(sketch.caption(), [HEAD, TOTAL, A, B, BLANK])
    sketch.page()
    sketch.rows(30, [HEAD, C, BLANK, BLANK])
    sketch.page()
    sketch.rows(30, [BLANK, BLANK])
    disclosure = read(sketch)
    assert_all(disclosure)
    assert {problem.code for problem in disclosure.problems} == {"blank_row"}


def test_an_empty_form_has_no_projects(sketch: Sketch) -> None:
    sketch.rows(sketch.caption(), [HEAD, BLANK, BLANK])
    disclosure = read(sketch)
    assert disclosure.verdict is Verdict.ACCEPTED
    assert projects(disclosure) == []


def test_an_amount_printed_over_another_is_what_the_page_shows(sketch: Sketch) -> None:
    sketch.rows(sketch.caption(), [HEAD, total("61.00"), A, B, C])
    for left in (130.0, 180.0):
        sketch.fill((left + 2, 84, left + 48, 98), 1.0)
        sketch.text(left + 3, 86, "60.75")
    disclosure = read(sketch)
    assert_all(disclosure)
    assert [problem.code for problem in disclosure.problems] == ["hidden_text"]


def test_white_headings_on_a_dark_ground(sketch: Sketch) -> None:
    top = sketch.caption()
    sketch.fill((EDGES[0], top, EDGES[-1], top + 30), 0.2)
    for left, heading in zip(EDGES, HEAD, strict=False):
        for number, line in enumerate(heading.split("\n")):
            sketch.text(left + 3, top + 4 + 12 * number, line, gray=1.0)
    for left, right in pairwise(EDGES):
        sketch.frame((left, top, right, top + 30))
    sketch.rows(top + 30, [TOTAL, A, B, C])
    assert_all(read(sketch))


def test_a_page_left_out_is_held(sketch: Sketch) -> None:
    sketch.rows(sketch.caption(), [HEAD, TOTAL, A, B])
    sketch.foot(1, 3)
    sketch.page()
    sketch.rows(30, [HEAD, C])
    sketch.foot(3, 3)
    assert reasons(read(sketch)) == ("page_order",)


def test_two_documents_in_a_file_each_with_its_own_numbers(sketch: Sketch) -> None:
    sketch.rows(sketch.caption(), [HEAD, total("30.75"), A, B])
    sketch.foot(1, 1)
    sketch.page()
    sketch.rows(sketch.caption(department="乙局"), [HEAD, total("30.00"), C])
    sketch.foot(1, 1)
    disclosure = read(sketch)
    assert disclosure.verdict is Verdict.ACCEPTED
    assert projects(disclosure) == ALL
    assert len(disclosure.tables) == 2


def test_text_that_stands_sideways_in_a_cell_is_held(sketch: Sketch) -> None:
    sketch.rows(sketch.caption(), [HEAD, TOTAL, A, ("", *B[1:]), C])
    sketch.text(60, 200, "乙项目", turned=90)
    disclosure = read(sketch)
    assert "turned_in_table" in reasons(disclosure)
    assert next(p for p in disclosure.problems if p.code == "turned_in_table").page == 1


def test_a_slanted_watermark_over_the_table_is_left_out(sketch: Sketch) -> None:
    sketch.rows(sketch.caption(), [HEAD, TOTAL, A, B, C])
    sketch.text(200, 300, "内部资料", turned=45, size=40, gray=0.8)
    disclosure = read(sketch)
    assert_all(disclosure)
    assert [problem.code for problem in disclosure.problems] == ["turned_text"]


def test_a_page_of_prose_in_a_frame_behind_the_table(sketch: Sketch) -> None:
    sketch.rows(sketch.caption(), [HEAD, TOTAL, A, B, C])
    sketch.page()
    sketch.frame((10, 8, 832, 585))
    sketch.text(40, 40, "一、部门主要职责：贯彻执行国家和省、市有关方针政策。")
    assert_all(read(sketch))


@pytest.mark.parametrize(("scale", "aside"), [(0.9, 20.0), (1.0, 12.0), (1.05, -20.0)])
def test_a_page_printed_smaller_larger_or_further_aside_without_heading(
    sketch: Sketch, scale: float, aside: float
) -> None:
    sketch.rows(sketch.caption(), [HEAD, TOTAL, A])
    sketch.page()
    edges = [aside + 30 + scale * (edge - 30) for edge in EDGES]
    sketch.rows(30.0, [B, C], edges=edges)
    assert_all(read(sketch))


def test_a_page_with_other_columns_is_no_smaller_print_of_the_table(sketch: Sketch) -> None:
    sketch.rows(sketch.caption(), [HEAD, TOTAL, A])
    sketch.page()
    edges = [30.0, 140.0, 250.0, 360.0, 470.0, 580.0, 690.0, 800.0]
    sketch.rows(30.0, [B, C], edges=edges)
    disclosure = read(sketch)
    assert disclosure.verdict is Verdict.HELD
    assert "columns_changed" in {problem.code for problem in disclosure.problems}
