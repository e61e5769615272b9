from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zc_pipeline.parse.lookups import load_lookup
from zc_pipeline.parse.text import (
    halfwidth,
    is_radical,
    is_unmapped_character,
    label_key,
    ordinary_character,
    unwrap,
    without_blanks,
)


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("满意度指\n标", "满意度指标"),
        ("财政专户\n拨款", "财政专户拨款"),
        ("1\n00%", "100%"),
        ("202\n4年", "2024年"),
        ("1\n1-数量指标", "11-数量指标"),
        ("4\n、2-效益", "4、2-效益"),
        ("实际使用外资金额 （亿美元）", "实际使用外资金额 （亿美元）"),
        ("上门招商； 密切", "上门招商； 密切"),
        ("项目 \n名称", "项目名称"),
        ("项目\n  名称", "项目名称"),
        ("wide \nweb", "wide web"),
        ("wide\nweb", "wideweb"),
        ("12 \n34", "1234"),
        ("一\n二\n三", "一二三"),
        ("", ""),
        ("\n", ""),
    ],
)
def test_wrapped_lines_join_without_a_blank_between_chinese_characters(printed: str, expected: str) -> None:
    assert unwrap(printed) == expected


@given(st.text(max_size=60))
def test_unwrapping_loses_no_character_and_is_done_once(text: str) -> None:
    assert without_blanks(unwrap(text)) == without_blanks(text)
    assert unwrap(unwrap(text)) == unwrap(text)


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("⼯", "工"),
        ("⼾", "户"),
        ("⻔", "门"),
        ("⺠", "民"),
        ("\uf9fe", "茶"),
        ("工", "工"),
        ("A", "A"),
        ("；", "；"),
    ],
)
def test_radicals_become_the_character_the_page_shows(printed: str, expected: str) -> None:
    assert ordinary_character(printed) == expected
    assert is_radical(printed) == (printed != expected)


def test_every_radical_maps_to_an_ordinary_character() -> None:
    lookup = load_lookup("radicals")
    assert len(lookup["ideographs"]) == 114 + 214  # of the supplement, U+2E80 has no equivalent
    for character in {**lookup["ideographs"], **lookup["simplified"]}.values():
        assert len(character) == 1
        assert not is_radical(character)


@pytest.mark.parametrize("text", ["", "\x00", "\ufffd", "(cid:12)", "\ue000", "\U000f0001", "\U0010fffd"])
def test_characters_no_font_explains_are_known_as_such(text: str) -> None:
    assert is_unmapped_character(text)


@pytest.mark.parametrize("text", ["户", "⼾", "A", " ", "，", "(cid)", "\U00020087"])
def test_other_characters_are_mapped(text: str) -> None:
    assert not is_unmapped_character(text)


def test_halfwidth_changes_width_and_nothing_else() -> None:
    assert halfwidth("１２．５％（ＡＢ）：；　") == "12.5%(AB):; "
    assert halfwidth("户、。《》") == "户、。《》"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("项目名称（资金使用单位）", "项目名称(资金使用单位)"),
        ("财政专户\n拨款", "财政专户拨款"),
        ("合 计", "合计"),
        ("合　计", "合计"),
        ("⼯作", "工作"),
    ],
)
def test_labels_are_compared_without_blanks_and_widths(one: str, other: str) -> None:
    assert label_key(one) == label_key(other)
