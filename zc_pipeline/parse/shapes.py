"""Can a character look as it is drawn? Its ink against what the kind of character needs.

A font whose map names a glyph wrongly, or that lacks a character and draws an empty box in its place, cannot
be told from its text. Where a thin box stands for an ideograph, or an ideograph is called an ``i``, the size
of the ink tells.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

from zc_pipeline.errors import Stage
from zc_pipeline.model import Box, Char, PageContent, Problem

_FIRST_IDEOGRAPH: Final = "\u4e00"
_LAST_IDEOGRAPH: Final = "\u9fff"
# Strokes and parts of characters that have codes of their own: they may be as thin or small as they like. No
# other one is, in these typefaces, less than a quarter as high as it is broad.
_THIN: Final = frozenset("一丨亅冫丬氵丿阝刂扌亻纟讠丶钅飠卩卪忄龺犭糹訁礻衤饣釒牜卜彳")
# All others reach over so much of their advance: at least 0.48 across, 0.66 in one direction, in the regular
# and bold weights of a sans serif and a serif typeface of 20,976 ideographs.
_LEAST_ACROSS: Final = 0.4
_LEAST_REACH: Final = 0.55
_SQUEEZED: Final = 0.25  # times its height, or breadth: what is squeezed beyond cannot be read
_NARROW: Final = frozenset("0123456789ijlrtfI.,:;!'|()[]-")
_MOST_ACROSS: Final = 0.75  # of the line's height; digits of wide typefaces take 0.6
_MOST_SHARED: Final = 0.4  # of the smaller one's ink: two characters that share more hide each other
_SIGNS: Final = frozenset(".,-")
_MOST_OF_SIGN: Final = 0.8  # of its ink: kerning moves a point below a 7, never into a 0
_NAMED: Final = 12


def lie_over_each_other(one: str, one_ink: Box, other: str, other_ink: Box) -> bool:
    """Whether of two characters one hides the other, or a sign is hidden in one.

    Copies of one character make it bold; characters with one and the same ink are one glyph (⑩ read as 10).
    """
    if one == other or one_ink == other_ink:
        return False
    is_letter, is_other_letter = _is_letter(one), _is_letter(other)
    if is_letter and is_other_letter:
        most = _MOST_SHARED
    elif (is_letter and other in _SIGNS) or (is_other_letter and one in _SIGNS):
        most = _MOST_OF_SIGN
    else:
        return False
    common = one_ink.intersect(other_ink)
    smaller = min(one_ink.width * one_ink.height, other_ink.width * other_ink.height)
    return max(common.width, 0.0) * max(common.height, 0.0) > most * smaller


def _is_letter(text: str) -> bool:
    return text.isdecimal() or _FIRST_IDEOGRAPH <= text <= _LAST_IDEOGRAPH


def check_shapes(content: PageContent) -> list[Problem]:
    """Look for characters whose ink cannot be theirs.

    Args:
        content: a page from a reader that tells ink from advance.

    Returns:
        ``unlikely_shape`` naming the characters, or nothing.
    """
    doubtful = [char for char in content.chars if _is_unlikely(char)]
    if not doubtful:
        return []
    inks = Counter(char.ink for char in content.chars)
    usual = {_height(char) for char in content.chars if char.text in _NARROW and not _is_unlikely(char)}
    unlikely = [
        char.text
        for char in doubtful
        # One glyph that stands for several characters; a whole line that is stretched.
        if inks[char.ink] == 1 and (char.text not in _NARROW or _height(char) in usual)
    ]
    if not unlikely:
        return []
    shown = " ".join(f"«{text}»" for text in sorted(set(unlikely))[:_NAMED])
    message = f"Page {content.number}: {len(unlikely)} characters are drawn in no shape of theirs: {shown}."
    return [
        Problem(Stage.PAGE_TEXT, "unlikely_shape", message, page=content.number, raw="".join(unlikely)[:200])
    ]


def _height(char: Char) -> int:
    return round(char.box.bottom - char.box.top)


def _is_unlikely(char: Char) -> bool:
    text, box, ink = char.text, char.box, char.ink
    if ink == box or not char.is_upright or char.is_invisible:
        return False
    across, high = ink.x1 - ink.x0, ink.bottom - ink.top
    if _FIRST_IDEOGRAPH <= text <= _LAST_IDEOGRAPH:
        advance = box.x1 - box.x0
        if text in _THIN:
            return False
        return (
            across < _LEAST_ACROSS * advance
            or max(across, high) < _LEAST_REACH * advance
            or across < _SQUEEZED * high
            or high < _SQUEEZED * across
        )
    return text in _NARROW and across > _MOST_ACROSS * (box.bottom - box.top)
