"""The size of ink tells a box for a missing glyph from an ideograph, and an ideograph from an i."""

from __future__ import annotations

import pytest

from zc_pipeline.model import Box, Char
from zc_pipeline.parse.shapes import check_shapes, lie_over_each_other

from .records import page_content


def char(
    text: str, across: float, high: float = 9.0, *, left: float = 100.0, advance: float = 0.0, **how: object
) -> Char:
    """A character of 10 points whose ink is so large and stands on the baseline at 109."""
    advance = advance or (10.0 if text > "\u2e80" else 5.0)
    ink = Box(left + 0.2, 109.0 - high, left + 0.2 + across, 109.0)
    return Char(text, Box(left, 99.0, left + advance, 110.0), ink, **how)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "drawn",
    [
        char("监", 9.2),
        char("日", 6.4),
        char("一", 9.4, 1.1),
        char("卜", 5.0, 9.1),
        char("丨", 0.8),
        char("1", 2.5, 7.3),
        char("8", 5.6, 7.3),
        char("i", 1.0, 7.5),
        char("W", 9.0, 7.3),
        char("—", 10.0, 0.8),
        char("质", 2.1, is_invisible=True),
        char("质", 2.1, is_upright=False),
    ],
)
def test_ordinary_characters_have_likely_shapes(drawn: Char) -> None:
    assert check_shapes(page_content([drawn])) == []


@pytest.mark.parametrize(
    "drawn",
    [
        char("质", 2.1, 5.3),  # the narrow box of a font that lacks it
        char("监", 4.6, 4.9),  # as small as a full stop
        char("监", 0.1, 9.0, advance=0.11),  # squeezed to nothing
        char("监", 9.2, 0.1),
        char("i", 9.2),  # an ideograph, by a map that calls it so
        char("1", 9.2),
        char(".", 8.8),
    ],
)
def test_a_shape_that_a_character_cannot_have(drawn: Char) -> None:
    beside = [char("监", 9.2, left=160.0), char("3", 4.8, 7.3, left=120.0)]
    (problem,) = check_shapes(page_content([*beside, drawn]))
    assert (problem.code, problem.page, problem.raw) == ("unlikely_shape", 1, drawn.text)


def test_a_stretched_line_has_wide_digits() -> None:
    assert check_shapes(page_content([char("监", 9.2), char("2", 9.2), char("0", 9.6)])) == []
    (problem,) = check_shapes(page_content([char("2", 4.8), char("0", 9.6, left=120.0)]))
    assert problem.raw == "0"


def test_one_glyph_of_two_characters_has_the_shape_of_neither() -> None:
    assert check_shapes(page_content([char("8", 4.8), char("1", 9.2), char("0", 9.2)])) == []


@pytest.mark.parametrize(
    ("second", "left", "is_over"),
    [
        ("视", 110.0, False),  # beside
        ("视", 107.0, False),  # tight, as in narrow headings
        ("视", 104.0, True),
        ("视", 100.0, False),  # the same ink: one glyph
        ("监", 100.5, False),  # a copy makes it bold
        ("，", 101.0, False),  # it hides little
        (".", 103.0, True),  # it is hidden itself
        (".", 108.5, False),
    ],
)
def test_characters_over_each_other(second: str, left: float, is_over: bool) -> None:
    one = char("监", 9.2)
    high = 1.0 if second == "." else 9.0
    other = char(second, 1.0 if second == "." else 2.0 if second == "，" else 9.2, high, left=left)
    assert lie_over_each_other(one.text, one.ink, second, other.ink) is is_over
    assert lie_over_each_other(second, other.ink, one.text, one.ink) is is_over
