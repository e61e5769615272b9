from __future__ import annotations

import pytest

from zc_pipeline.model import Box, Char
from zc_pipeline.parse.compare import compare_pages

from .records import char, page_content, string

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
