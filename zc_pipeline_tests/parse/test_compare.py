from __future__ import annotations

import pytest

from zc_pipeline.model import Box, Char, PageItem
from zc_pipeline.parse.compare import check_order, compare_pages

from .records import cell, char, page_content, string

HELD_CLIP = Box(0, 0, 50, 50)


@pytest.mark.parametrize(
    ("first", "second", "raw"),
    [
        pytest.param("合计12.00", "合计12.00", None, id="the same"),
        pytest.param("合 计", "合计", None, id="blanks"),
        pytest.param("⼯作", "工作", None, id="a radical beside the ordinary character"),
        pytest.param("1\u00ad2", "1-2", None, id="kinds of hyphen"),
        pytest.param("12", "21", None, id="another order: places are not compared"),
        pytest.param("12.00", "12.08", "0|8", id="another digit"),
        pytest.param("12.00", "12.0", "0|", id="a character less"),
        pytest.param("", "隐", "|隐", id="a character more"),
        pytest.param("户", "戶", "户|戶", id="another shape"),
    ],
)
def test_readers_are_held_against_each_other(first: str, second: str, raw: str | None) -> None:
    problems = compare_pages(
        page_content(string(first, 10, 10)), page_content(string(second, 10, 10), reader="second")
    )
    if raw is None:
        assert problems == []
    else:
        (problem,) = problems
        assert (problem.code, problem.page, problem.raw) == ("readers_disagree", 1, raw)
        for name in ("Page 1", "first", "second"):
            assert name in problem.message


def test_clips_and_visibility_do_not_count() -> None:
    def drawn(clip: Box | None, is_invisible: bool) -> list[Char]:
        return [char("甲", 10, 10, clip=clip, is_invisible=is_invisible), char("甲", 10.2, 10)]

    assert compare_pages(page_content(drawn(HELD_CLIP, True)), page_content(drawn(None, False))) == []


def test_text_printed_twice_for_boldness_counts_once() -> None:
    assert (
        compare_pages(
            page_content([char("甲", 10, 10), char("甲", 10.4, 10)]), page_content([char("甲", 10, 10)])
        )
        == []
    )


def test_a_long_difference_is_named_in_part() -> None:
    (problem,) = compare_pages(page_content(string("甲" * 30, 0, 0)), page_content([]))
    assert "and 18 more" in problem.message


def test_copies_that_only_one_reader_sees_over_each_other_are_the_same_characters() -> None:
    """A white 9 over a printed one, whose boxes the readers place a little otherwise."""
    near = page_content([char("9", 10, 10), char("9", 10.5, 10)])
    apart = page_content([char("9", 10, 10), char("9", 15, 10)], reader="second")
    assert compare_pages(near, apart) == []
    assert compare_pages(near, page_content([*apart.chars, char("9", 90, 10)], reader="second"))


class TestOrder:
    """Lines are put together by place; the readers say in which order they were drawn."""

    def item(self, text: str) -> list[PageItem]:
        return [cell(text, page=3)]

    @pytest.mark.parametrize(
        ("drawn", "line"),
        [
            ("群众满意度，确保", "群众满意度，确保"),
            ("甲乙丙丁", "乙丙"),
            ("甲 乙", "甲乙"),
            ("⼯作——完成", "工作—完成"),
            ("甲乙丙丁", "甲乙\n丙丁"),
        ],
        ids=["the same", "a part", "blanks", "radicals and dashes", "lines"],
    )
    def test_characters_that_follow_each_other_as_drawn_are_well(self, drawn: str, line: str) -> None:
        assert check_order(self.item(line), page_content(string(drawn, 10, 10))) == []

    @pytest.mark.parametrize(
        "line", ["群众满意度确，保", "群众满意度，，确保", "群众满意度保", "确保群众满意度，"]
    )
    def test_another_order_is_named(self, line: str) -> None:
        (problem,) = check_order(self.item(line), page_content(string("群众满意度，确保", 10, 10)))
        assert (problem.code, problem.page, problem.raw) == ("order_unclear", 3, line)

    def test_one_reader_that_draws_them_so_is_enough(self) -> None:
        columns = page_content(string("甲丙乙丁", 10, 10))
        assert check_order(self.item("甲乙"), columns, page_content(string("甲乙丙丁", 10, 10))) == []

    def test_characters_printed_over_themselves_stand_once(self) -> None:
        bold = page_content([*string("甲", 10, 10), *string("甲", 10.3, 10), *string("乙", 20, 10)])
        assert check_order(self.item("甲乙"), bold) == []
