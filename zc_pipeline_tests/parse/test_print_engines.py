"""Habits of browsers, office suites and typesetters that a plain drawing program does not have."""

from __future__ import annotations

import pytest

from zc_pipeline.model import Box, Join, RowKind
from zc_pipeline.parse.compare import compare_pages, take_over_blanks
from zc_pipeline.parse.pages import read_page_items
from zc_pipeline.parse.readers.pdfium import _part_ligatures, _Placed
from zc_pipeline.parse.stitch import stitch_table
from zc_pipeline.parse.target_tables import find_target_tables

from .records import (
    HEADINGS,
    char,
    grid_rules,
    line,
    packed,
    page_content,
    page_items,
    printed_row,
    printed_table,
    string,
)

CLIP = Box(0, 0, 300, 300)


def text_of(chars: tuple[object, ...] | list[object]) -> str:
    return "".join(one.text for one in sorted(chars, key=lambda one: one.box.x0))  # type: ignore[attr-defined]


# --- blanks that only the second reader reports ---------------------------------------------------


def test_a_drawn_blank_that_the_first_reader_lacks_is_taken_over_with_its_neighbours_clip() -> None:
    first = page_content([*string("金额", 10, 10, clip=CLIP), *string("（元）", 35, 10, clip=CLIP)])
    second = page_content(
        [*string("金额", 10, 10), char(" ", 30, 11, width=5), *string("（元）", 35, 10)], reader="second"
    )
    whole = take_over_blanks(first, second)
    assert text_of(whole.chars) == "金额 （元）"
    (blank,) = (one for one in whole.chars if one.text == " ")
    assert blank.clip == CLIP
    assert compare_pages(whole, second) == []


def test_a_blank_that_both_readers_report_stays_one() -> None:
    drawn = [*string("金额", 10, 10), char(" ", 30, 10, width=5), *string("（元）", 35, 10)]
    whole = take_over_blanks(page_content(drawn), page_content(drawn, reader="second"))
    assert text_of(whole.chars) == "金额 （元）"


def test_a_blank_away_from_any_text_is_no_text() -> None:
    first = page_content(string("金额", 10, 10))
    second = page_content([*string("金额", 10, 10), char(" ", 200, 10), char(" ", 30, 60)], reader="second")
    assert take_over_blanks(first, second) is first


def test_a_blank_that_a_justified_line_stretches_is_taken_over() -> None:
    first = page_content([*string("金额", 10, 10), *string("（元）", 45, 10)])
    second = page_content([char(" ", 35, 10, width=3)], reader="second")
    assert text_of(take_over_blanks(first, second).chars) == "金额 （元）"


def test_a_no_break_space_is_a_space() -> None:
    first = page_content([*string("金额", 10, 10), *string("（元）", 35, 10)])
    second = page_content([char("\u00a0", 30, 10, width=5)], reader="second")
    assert text_of(take_over_blanks(first, second).chars) == "金额 （元）"


@pytest.mark.parametrize(("first", "second"), [("——", "⸺"), ("——", "—"), ("—", "——"), ("——", "――")])
def test_a_long_dash_is_a_dash_however_many_the_font_makes_of_it(first: str, second: str) -> None:
    assert (
        compare_pages(page_content(string(first, 10, 10)), page_content(string(second, 10, 10), reader="b"))
        == []
    )


# --- punctuation that hangs over the edge ---------------------------------------------------------

RULES = grid_rules([0, 100, 200, 300], [0, 30, 60])


def cells_of(*chars: object) -> dict[tuple[int | None, int | None], str]:
    reading = read_page_items(page_content(list(chars), RULES))  # type: ignore[arg-type]
    return {(item.grid_row, item.grid_column): item.text for item in reading.items} | {
        (None, None): " ".join(problem.code for problem in reading.problems)
    }


def test_closing_punctuation_over_the_edge_belongs_to_the_text_it_closes() -> None:
    found = cells_of(*string("完成", 80, 10), char("。", 100, 10), *string("五次", 110 + 12, 10))
    assert found[1, 1] == "完成。"
    assert found[1, 2] == "五次"
    assert found[None, None] == ""


def test_closing_punctuation_over_the_tables_right_edge_too() -> None:
    found = cells_of(*string("完成", 280, 10), char("；", 300, 10))
    assert found[1, 3] == "完成；"
    assert found[None, None] == ""


@pytest.mark.parametrize("marks", ["％", "%", "；", "％；", "%)", "）。"])
def test_marks_that_begin_no_line_hang_over_the_edge_together(marks: str) -> None:
    found = cells_of(*string("１００", 270, 10), *string(marks, 300, 10))
    assert found[1, 3] == f"１００{marks}"
    assert found[None, None] == ""


@pytest.mark.parametrize("left", [300.5, 304.0])
def test_a_figure_beside_the_table_is_in_doubt(left: float) -> None:
    assert "text_over_rule" in cells_of(*string("完成", 280, 10), char("5", left, 10))[None, None]


def test_a_note_further_beside_the_table_is_a_free_line() -> None:
    assert cells_of(*string("完成", 280, 10), *string("附注", 330, 10))[None, None] == ""


def test_a_letter_over_the_edge_is_in_doubt() -> None:
    assert "text_over_rule" in cells_of(*string("完成了任务", 75, 10))[None, None]


def test_punctuation_with_text_behind_it_over_the_edge_is_in_doubt() -> None:
    found = cells_of(*string("完成", 80, 10), char("，", 100, 10), *string("再来", 110, 10))
    assert "text_over_rule" in found[None, None]


# --- rows whose cells a browser divides one by one ------------------------------------------------


def test_amounts_on_the_first_page_and_the_name_on_the_next_are_one_row() -> None:
    table = printed_table(
        [
            printed_row(1, 1, is_header=True),
            printed_row(1, 2, {"total": "2.41", "fiscal": "2.41", "goal": "保障工作。"}),
            printed_row(2, 1, {"project_name": "校舍维修\n工作经费", "indicators": packed(1, 2)}),
        ]
    )
    stitched = stitch_table(table)
    assert stitched.problems == ()
    (row,) = (row for row in stitched.rows if row.kind is not RowKind.HEADER)
    assert row.join is Join.CONTINUATION
    assert row.cells["project_name"] == "校舍维修\n工作经费"
    assert row.cells["total"] == "2.41"
    assert row.cells["goal"] == "保障工作。"
    assert row.cells["indicators"] == packed(1, 2)
    assert [part.page for part in row.parts] == [1, 2]


def test_two_rows_with_amounts_of_their_own_are_not_put_together() -> None:
    table = printed_table(
        [
            printed_row(1, 1, is_header=True),
            printed_row(1, 2, {"total": "2.41", "fiscal": "2.41", "goal": "保障工作。"}),
            printed_row(2, 1, {"project_name": "甲", "total": "1.00", "indicators": packed(1)}),
        ]
    )
    rows = [row for row in stitch_table(table).rows if row.kind is not RowKind.HEADER]
    assert [row.cells["project_name"] for row in rows] == ["", "甲"]


def test_a_second_row_that_begins_its_own_indicators_is_not_put_to_the_first() -> None:
    table = printed_table(
        [
            printed_row(1, 1, is_header=True),
            printed_row(1, 2, {"total": "2.41", "goal": "保障工作。", "indicators": packed(1)}),
            printed_row(2, 1, {"project_name": "甲", "indicators": packed(1)}),
        ]
    )
    assert len([row for row in stitch_table(table).rows if row.kind is not RowKind.HEADER]) == 2


# --- captions -------------------------------------------------------------------------------------


def test_a_department_of_two_lines_is_one_name() -> None:
    items = page_items([HEADINGS, ["合计", "1.00", "1.00", "", "", "", ""]])
    above = [
        line("部门名称：白塔新区水务工程质量安全事务中心（河", top=60.0),
        line("单位：万元", top=66.0, number=2),
        line("长制办公室）", top=71.0, number=3),
    ]
    (table,) = find_target_tables([*above, *items]).tables
    assert table.facts.department_name == "白塔新区水务工程质量安全事务中心（河长制办公室）"
    assert table.facts.money_unit == "万元"


def test_a_line_further_below_the_department_is_not_its_name() -> None:
    items = page_items([HEADINGS, ["合计", "1.00", "1.00", "", "", "", ""]])
    above = [line("部门名称：某局", top=50.0), line("（公开）", top=75.0, number=2)]
    (table,) = find_target_tables([*above, *items]).tables
    assert table.facts.department_name == "某局"


# --- watermarks -----------------------------------------------------------------------------------


def test_a_slanted_watermark_takes_no_character_from_the_text_below_it() -> None:
    watermark = char("公", 20, 10, is_upright=False)
    found = cells_of(watermark, *string("办公", 10, 10))
    assert found[1, 1] == "办公"
    assert found[None, None] == "turned_text"


# --- one glyph for several characters -------------------------------------------------------------


def drawn_by(em: float, *orders: int) -> list[_Placed]:
    """Text objects of one font size, at these places in the order of painting."""
    return [_Placed(None, True, False, 0.0, False, False, em, order) for order in orders]


@pytest.mark.parametrize(("width", "height"), [(18.0, 10.0), (15.1, 13.0)])  # fonts with tall lines too
def test_a_glyph_that_stands_for_two_dashes_is_two_characters_side_by_side(
    width: float, height: float
) -> None:
    """Fonts draw —— as one glyph; PDFium reports both in one place, like a character printed over itself."""
    glyph = char("—", 10, 10, width=width, height=height)
    first, second = _part_ligatures([glyph, glyph], drawn_by(9.0, 1, 1))
    middle = 10.0 + width / 2
    assert (first.box.x0, first.box.x1, second.box.x0, second.box.x1) == (10.0, middle, middle, 10.0 + width)
    assert cells_of(first, second)[1, 1] == "——"


def test_a_character_printed_over_itself_in_one_place_stays_one() -> None:
    bold = [char("甲", 10, 10), char("甲", 10, 10)]
    assert cells_of(*_part_ligatures(bold, drawn_by(10.0, 1, 1)))[1, 1] == "甲"


def test_two_texts_drawn_in_one_place_are_one() -> None:
    """A wide glyph twice, by two text objects: bold, not a glyph for two."""
    bold = [char("—", 10, 10, width=18.0), char("—", 10, 10, width=18.0)]
    assert list(_part_ligatures(bold, drawn_by(9.0, 1, 2))) == bold
