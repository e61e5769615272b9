"""Can a character look as it is drawn? Its ink against what the kind of character needs.

A font whose map names a glyph wrongly, or that lacks a character and draws an empty box in its place, cannot
be told from its text. Where a thin box stands for an ideograph, or an ideograph is called an ``i``, the size
of the ink tells.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from zc_pipeline.errors import Stage
from zc_pipeline.model import Char, PageContent, Problem

_FIRST_IDEOGRAPH: Final = "\u4e00"
_LAST_IDEOGRAPH: Final = "\u9fff"
# Strokes and parts of characters that have codes of their own: they may be as thin or small as they like.
_THIN: Final = frozenset("丨亅冫丬氵丿阝刂扌亻纟讠丶钅飠卩卪忄龺犭糹訁礻衤饣釒牜卜")
# All others reach over so much of their advance: at least 0.48 across, 0.66 in one direction, in the regular
# and bold weights of a sans serif and a serif typeface of 20,976 ideographs.
_LEAST_ACROSS: Final = 0.4
_LEAST_REACH: Final = 0.55
_NARROW: Final = frozenset("0123456789ijlrtfI.,:;!'|()[]-")
_MOST_ACROSS: Final = 0.75  # of the line's height; digits of wide typefaces take 0.6
_MOST_SHARED: Final = 0.4  # of the smaller one's ink: two characters that share more hide each other
_NAMED: Final = 12


def check_overlaps(content: PageContent) -> list[Problem]:
    """Look for characters that are drawn over the one before them.

    Args:
        content: a page from a reader that tells ink from advance, characters in the order of drawing.

    Returns:
        ``text_over_text`` naming the characters, or nothing. Copies of one character make it bold.
    """
    chars = [char for char in content.chars if char.is_upright and not char.is_invisible]
    over = [
        one.text + other.text
        for one, other in pairwise(chars)
        if one.ink.x1 > other.ink.x0 and one.ink.x0 < other.ink.x1 and _lies_over(one, other)
    ]
    if not over:
        return []
    shown = " ".join(f"«{text}»" for text in over[:_NAMED])
    message = f"Page {content.number}: {len(over)} pairs of characters are printed over each other: {shown}."
    return [Problem(Stage.PAGE_TEXT, "text_over_text", message, page=content.number, raw="".join(over)[:200])]


def _lies_over(one: Char, other: Char) -> bool:
    if one.text == other.text or not (_is_letter(one.text) and _is_letter(other.text)):
        return False
    common = one.ink.intersect(other.ink)
    smaller = min(one.ink.width * one.ink.height, other.ink.width * other.ink.height)
    return max(common.width, 0.0) * max(common.height, 0.0) > _MOST_SHARED * smaller


def _is_letter(text: str) -> bool:
    return text.isdecimal() or _FIRST_IDEOGRAPH <= text <= _LAST_IDEOGRAPH


def check_shapes(content: PageContent) -> list[Problem]:
    """Look for characters whose ink cannot be theirs.

    Args:
        content: a page from a reader that tells ink from advance.

    Returns:
        ``unlikely_shape`` naming the characters, or nothing.
    """
    unlikely = [char.text for char in content.chars if _is_unlikely(char)]
    if not unlikely:
        return []
    shown = " ".join(f"«{text}»" for text in sorted(set(unlikely))[:_NAMED])
    message = f"Page {content.number}: {len(unlikely)} characters are drawn in no shape of theirs: {shown}."
    return [
        Problem(Stage.PAGE_TEXT, "unlikely_shape", message, page=content.number, raw="".join(unlikely)[:200])
    ]


def _is_unlikely(char: Char) -> bool:
    text, box, ink = char.text, char.box, char.ink
    if ink == box or not char.is_upright or char.is_invisible:
        return False
    across = ink.x1 - ink.x0
    if _FIRST_IDEOGRAPH <= text <= _LAST_IDEOGRAPH:
        advance = box.x1 - box.x0
        if across >= _LEAST_REACH * advance or text in _THIN:
            return False
        return across < _LEAST_ACROSS * advance or max(across, ink.bottom - ink.top) < _LEAST_REACH * advance
    return text in _NARROW and across > _MOST_ACROSS * (box.bottom - box.top)
