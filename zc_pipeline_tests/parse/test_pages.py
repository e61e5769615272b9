from __future__ import annotations

import random
from collections.abc import Iterable

import pytest

from zc_pipeline.model import Box, Char, ItemKind, PageItem, Rule
from zc_pipeline.parse.pages import PageReading, collapse_overprints, read_page_items

from .records import char, grid_rules, page_content, string

XS, YS = (0.0, 100.0, 200.0), (100.0, 140.0, 180.0)
RULES = grid_rules(XS, YS)


def read(*chars: Char, rules: list[Rule] | None = None, **how: object) -> PageReading:
    return read_page_items(page_content(chars, RULES if rules is None else rules, **how))


def cells(reading: PageReading) -> dict[tuple[int, int], PageItem]:
    """The cells by row and column."""
    return {
        (item.grid_row or 0, item.grid_column or 0): item
        for item in reading.items
        if item.kind is ItemKind.CELL
    }


def texts(reading: PageReading) -> list[str]:
    """The texts of the four cells."""
    return [item.text for _, item in sorted(cells(reading).items())]


def lines(reading: PageReading) -> list[str]:
    return [item.text for item in reading.items if item.kind is ItemKind.LINE]


def codes(reading: PageReading) -> list[str]:
    return [problem.code for problem in reading.problems]


def accounted(reading: PageReading) -> bool:
    facts = reading.facts
    return facts.chars_drawn == (
        facts.chars_in_cells
        + facts.chars_in_lines
        + facts.chars_clipped
        + facts.chars_off_page
        + facts.chars_invisible
        + facts.chars_turned
    )


def test_text_goes_to_its_cell_and_lines_stay_lines() -> None:
    reading = read(
        *string("合计", 5, 105), *string("12.00", 105, 105), *string("甲乙", 5, 145), *string("丙", 5, 160)
    )
    assert texts(reading) == ["合计", "12.00", "甲乙\n丙", ""]
    assert codes(reading) == []
    assert accounted(reading)
    assert reading.facts.chars_in_cells == 10


def test_items_come_in_reading_order_numbered_from_one() -> None:
    reading = read(*string("第1页", 250, 380), *string("标题", 250, 20), *string("合计", 5, 105))
    assert [item.item_number for item in reading.items] == list(range(1, 7))
    assert [item.text for item in reading.items] == ["标题", "合计", "", "", "", "第1页"]


def test_a_line_is_parted_at_a_wide_gap() -> None:
    reading = read(*string("部门名称：甲", 0, 20), *string("单位：万元", 400, 20))
    assert lines(reading) == ["部门名称：甲", "单位：万元"]


def test_latin_words_keep_their_gap() -> None:
    assert lines(read(*string("12", 0, 20), *string("34", 26, 20))) == ["12 34"]


def test_a_line_end_that_a_font_makes_a_character_parts_no_line() -> None:
    reading = read(*string("甲\n乙", 5, 105), *string("丙", 5, 145), *string("标\n题", 5, 20))
    assert texts(reading)[0] == "甲 乙"
    assert lines(reading) == ["标 题"]
    for item in reading.items:
        assert [line.text for line in item.drawn_lines] == [*filter(None, item.drawn_text.split("\n"))]


def test_the_indent_is_measured_from_the_cells_edge() -> None:
    reading = read(*string("单位", 3, 105), *string("    项目", 3, 145))
    assert [cells(reading)[key].indent for key in ((1, 1), (2, 1), (1, 2))] == [3.0, 43.0, None]


class TestClips:
    """A row that a page break cuts is drawn whole under a clip that shows this page's part."""

    def cut_row(self, bottom: float) -> PageReading:
        """Lines at 145 and 157 (10 pt high, ink 8 pt) in a row that shows down to ``bottom``."""
        clip = Box(0, 140, 200, bottom)
        rules = grid_rules(XS, (100.0, 140.0, bottom))
        return read(*string("甲", 5, 145, clip=clip), *string("乙", 5, 157, clip=clip), rules=rules)

    @pytest.mark.parametrize(
        ("bottom", "shown", "text"),
        [
            (175.0, "100,100", "甲\n乙"),
            (162.0, "100,50", "甲\n乙"),
            (158.5, "100,6", "甲"),
            (157.0, "100,0", "甲"),
            (150.0, "50,0", "甲"),
        ],
    )
    def test_a_clip_hides_lines_and_says_how_much(self, bottom: float, shown: str, text: str) -> None:
        reading = self.cut_row(bottom)
        item = cells(reading)[2, 1]
        assert (item.drawn_text, item.line_shown_pct, item.text) == ("甲\n乙", shown, text)
        assert item.is_clipped == (shown != "100,100")
        assert accounted(reading)

    def test_hidden_text_stays_with_the_row_it_shows_in_not_with_what_it_lies_on(self) -> None:
        clip = Box(0, 100, 200, 140)
        reading = read(
            *string("甲", 5, 125, clip=clip), *string("乙", 5, 145, clip=clip), *string("丙", 5, 145)
        )
        assert [cells(reading)[row, 1].drawn_text for row in (1, 2)] == ["甲\n乙", "丙"]

    def test_hidden_text_under_the_footer_is_no_footer(self) -> None:
        clip = Box(0, 140, 200, 180)
        reading = read(
            *string("甲", 5, 165, clip=clip), *string("第8页", 5, 380, clip=clip), *string("第8页", 5, 380)
        )
        assert lines(reading) == ["第8页"]
        assert cells(reading)[2, 1].drawn_text == "甲\n第8页"
        assert cells(reading)[2, 1].text == "甲"

    def test_a_hidden_copy_over_a_shown_character_does_not_replace_it(self) -> None:
        """The hidden part of a row lies over the header, which may have the same characters."""
        clip = Box(0, 140, 200, 180)
        reading = read(
            *string("指", 5, 105), *string("指", 5, 105, clip=clip), *string("标", 5, 145, clip=clip)
        )
        assert texts(reading)[0] == "指"
        assert cells(reading)[2, 1].drawn_text == "指\n标"

    def test_a_cells_own_clip_that_takes_only_air_cuts_nothing(self) -> None:
        clip = Box(0, 100.9, 200, 139)
        reading = read(*string("甲", 5, 100, clip=clip))
        assert cells(reading)[1, 1].line_shown_pct == "100"

    def test_a_sliver_of_a_row_gives_nothing_to_the_row_above(self) -> None:
        clip = Box(0, 179, 200, 180.5)
        reading = read(*string("甲", 5, 145), *string("乙", 5, 185, clip=clip))
        assert cells(reading)[2, 1].drawn_text == "甲"
        assert reading.facts.chars_clipped == 1

    def test_text_hidden_sideways_is_a_problem(self) -> None:
        clip = Box(0, 100, 40, 140)
        reading = read(*string("123456", 5, 110, clip=clip))
        assert codes(reading) == ["text_cut_sideways"]

    def test_what_lies_off_the_page_is_not_read(self) -> None:
        reading = read(*string("甲", -20, 20), *string("乙", 5, 395), *string("丙", 5, 500))
        assert lines(reading) == ["乙"]
        assert reading.facts.chars_off_page == 2
        assert accounted(reading)


def test_text_over_a_rule_is_a_problem() -> None:
    """Digits that run into the next column must not become another amount."""
    reading = read(*string("123,456.00", 60, 105))
    assert "text_over_rule" in codes(reading)


def test_text_that_ends_exactly_at_a_rule_and_goes_on_behind_it_is_a_problem() -> None:
    assert "text_over_rule" in codes(read(*string("12345678", 60, 105)))


def test_texts_on_both_sides_of_a_rule_are_none() -> None:
    assert codes(read(*string("12", 78, 105), *string("34", 102, 105))) == []


def test_a_line_that_sinks_into_the_next_row_is_a_problem() -> None:
    assert "text_over_rule" in codes(read(*string("甲", 5, 134)))


FULL = "完成全年重点任务并"  # a line that fills its cell, as one that goes on does


@pytest.mark.parametrize(
    ("lines", "row"),
    [
        ([(FULL, 96.0), ("务。", 108.0)], 0),
        ([(FULL, 96.0), (FULL, 108.0), ("务。", 120.0)], 0),
        ([("务。", 174.0), (FULL, 162.0)], 2),
        ([("务。", 174.0), (FULL, 162.0), (FULL, 150.0)], 2),
    ],
)
def test_a_line_of_a_cell_may_reach_over_the_end_of_the_table(
    lines: list[tuple[str, float]], row: int
) -> None:
    reading = read(*[one for text, top in lines for one in string(text, 5, top)])
    assert codes(reading) == []
    in_order = sorted(lines, key=lambda line: line[1])
    assert texts(reading)[row] == "\n".join(text for text, _ in in_order)


@pytest.mark.parametrize(
    "lines",
    [
        [(FULL, 5, 96.0)],  # no line of the cell follows
        [(FULL, 5, 96.0), (FULL, 5, 125.0)],  # the next one stands too far to be of the same text
        [(FULL, 5, 96.0), (FULL, 5, 107.0), (FULL, 5, 122.0)],  # other distances below
        [("附表", 5, 96.0), (FULL, 5, 108.0)],  # no line that goes on
        [(FULL, 5, 96.0), ("务。", 33, 108.0)],  # begins, ends and is centred elsewhere
        [("30", 5, 162.0), ("3", 5, 174.0)],  # a page's number below an amount
        [(FULL, 5, 162.0), ("— 1 —", 5, 174.0)],
        [(FULL, 5, 162.0), ("第1页", 5, 174.0)],
        [(FULL, 5, 136.0), (FULL, 5, 148.0)],  # over a rule between two rows
        [(FULL, 5, 134.0), (FULL, 5, 122.0)],
    ],
)
def test_other_lines_over_a_rule_are_a_problem(lines: list[tuple[str, float, float]]) -> None:
    reading = read(*[one for text, left, top in lines for one in string(text, left, top)])
    assert "text_over_rule" in codes(reading)


def test_a_line_over_the_end_of_the_table_and_into_the_next_column_is_a_problem() -> None:
    reading = read(*string("完成任务。", 68, 96.0), *string("完成", 68, 108.0))
    assert "text_over_rule" in codes(reading)


def test_text_within_the_rules_but_in_no_cell_is_a_problem() -> None:
    rules = [
        *[Rule(0, y, 200, y) for y in (100, 140, 180)],
        *[Rule(x, 100, x, 180) for x in (0, 100)],
    ]
    assert "text_outside_table" in codes(read(*string("甲", 120, 110), rules=rules))


@pytest.mark.parametrize(
    ("how", "code", "count"),
    [
        ({"is_invisible": True}, "hidden_text", "chars_invisible"),
        ({"is_upright": False}, "turned_text", "chars_turned"),
    ],
)
def test_what_is_not_seen_upright_is_left_out_and_counted(
    how: dict[str, bool], code: str, count: str
) -> None:
    reading = read(*string("甲", 5, 105), *string("99.00", 105, 105, **how))
    assert texts(reading)[:2] == ["甲", ""]
    assert codes(reading) == [code]
    assert getattr(reading.facts, count) == 5
    assert accounted(reading)


def test_radicals_are_read_as_shown_and_said_so() -> None:
    reading = read(*string("⼯⾦", 5, 105))
    assert texts(reading)[0] == "工金"
    assert codes(reading) == ["radicals_mapped"]


class TestOverprints:
    def test_a_character_printed_twice_for_boldness_is_one(self) -> None:
        assert len(collapse_overprints([char("甲", 10, 10), char("甲", 10.4, 10)])) == 1

    @pytest.mark.parametrize("width", [10.0, 5.0, 2.5, 1.5])
    def test_equal_neighbours_are_two(self, width: float) -> None:
        digits = [char("1", 10 + width * n, 10, width=width) for n in range(3)]
        assert len(collapse_overprints(digits)) == 3

    def test_another_character_in_the_place_is_another(self) -> None:
        assert len(collapse_overprints([char("1", 10, 10), char("7", 10, 10)])) == 2

    def test_collapsing_is_done_once(self) -> None:
        once = collapse_overprints([char("甲", 10, 10), char("甲", 10.4, 10), char("甲", 20, 10)])
        assert collapse_overprints(once) == once

    @pytest.mark.parametrize("seed", range(12))
    def test_each_is_compared_with_all_that_stand_near(self, seed: int) -> None:
        """Of two sizes, in rows nearer to each other and farther, with copies moved a little each way."""
        chance = random.Random(seed)
        chars = []
        for _ in range(80):
            size = chance.choice((9.0, 10.5, 24.0))
            x, y = 4.5 * chance.randrange(12), chance.choice((3.0, 11.0)) * chance.randrange(6)
            across, down = chance.uniform(-4, 4), chance.uniform(-4, 4)
            text, width = chance.choice((("0", size / 2), ("甲", size), ("i", size / 5)))
            for n in range(chance.randrange(1, 3)):
                chars.append(char(text, x + n * across, y + n * down, width=width, height=size))
        assert collapse_overprints(chars) == one_by_one(chars)


def one_by_one(chars: Iterable[Char]) -> list[Char]:
    """Those that no equal one before stands near to: 0.15 of the height, 0.3 of the width."""
    kept: list[Char] = []
    for one in chars:
        down = 0.15 * max(one.box.height, 1.0)
        sideways = min(down, 0.3 * max(one.box.width, 1.0))
        (x, y), places = one.box.center, [other.box.center for other in kept if other.text == one.text]
        if not any(abs(at[0] - x) <= sideways and abs(at[1] - y) <= down for at in places):
            kept.append(one)
    return kept


def test_a_comma_whose_box_is_as_low_as_its_ink_is_put_into_its_line() -> None:
    """The first character of the line is as flat and stands higher: 一步，确."""
    flat, comma = Box(5, 108, 15, 109), Box(25, 112, 35, 114)
    line = [Char("一", flat, flat), char("步", 15, 105), Char("，", comma, comma), char("确", 35, 105)]
    assert texts(read(*line))[0] == "一步，确"


def test_a_full_stop_alone_at_the_foot_of_a_cut_row_is_its_cells() -> None:
    box = Box(5, 172, 15, 182)  # the row ends at 180
    reading = read(*string("完成", 5, 155), Char("。", box, Box(6, 180.2, 8, 181.8)))
    assert texts(reading)[2] == "完成\n。"
    assert lines(reading) == []
