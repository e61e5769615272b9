"""Is what is read of a page to be seen on it? Characters against a picture of the page.

Readers of text report what a file says. A viewer may show something else: text in a layer that is switched
off, transparent or painted with nothing, hidden by a picture, or drawn by a font whose shapes are damaged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from zc_pipeline.errors import Stage
from zc_pipeline.model import Box, Char, PageContent, Problem
from zc_pipeline.parse.pages import CUT_BELOW_PCT
from zc_pipeline.parse.readers.grey import GreyPage

_WHITE: Final = 255
# Of these: where the pixels of a character's place differ by less, nobody sees a character there.
_FAINT: Final = 45
# In a picture large enough for strokes with edges: pale grey is still seen, where a soft ground is no stroke.
_PALE: Final = 15
_EDGE: Final = 3  # pixels, within which a stroke begins
_NARROW: Final = 3.0  # pixels
# Of a place's width, on either side: without them there is still ink of each character of these kinds.
_NEIGHBOURS: Final = 0.15
_OUTER: Final = 0.2
_FIRST_IDEOGRAPH: Final = "\u4e00"
_LAST_IDEOGRAPH: Final = "\u9fff"
_NAMED: Final = 40


def check_drawn(
    content: PageContent, picture: GreyPage, draw_larger: Callable[[], GreyPage] | None = None
) -> list[Problem]:
    """Look for each character that is read as visible in the picture of its page.

    Args:
        content: a page from the reader that knows clips.
        picture: the same page as it is drawn.
        draw_larger: draws it larger, for characters that the picture does not show: a small sign may be
            drawn a pixel beside its place.

    Returns:
        ``text_not_drawn`` naming the characters of which the picture shows nothing, or nothing.
    """
    missing = [char for char in _shown_chars(content) if not _has_ink(char, picture)]
    if missing and draw_larger is not None:
        larger = draw_larger()
        missing = [char for char in missing if not (_has_ink(char, larger) or _has_pale_ink(char, larger))]
    if not missing:
        return []
    text = "".join(char.text for char in missing)
    message = (
        f"Page {content.number}: {len(missing)} characters are in the file, but not to be seen on the page: "
        f"{text[:_NAMED]!r}."
    )
    return [Problem(Stage.PAGE_TEXT, "text_not_drawn", message, page=content.number, raw=text[:200])]


def _shown_chars(content: PageContent) -> Iterator[Char]:
    """The characters that a reading takes for wholly visible.

    Of one that a page break cuts, a page may show the blank part.
    """
    page = Box(0.0, 0.0, content.width, content.height)
    views: dict[Box | None, Box] = {None: page}
    for char in content.chars:
        if char.is_invisible or not char.is_upright or char.text.isspace():
            continue
        view = views.get(char.clip)
        if view is None:
            view = views[char.clip] = page if char.clip is None else page.intersect(char.clip)
        x0, top, x1, bottom = char.ink
        if x0 < view.x0 or top < view.top or x1 > view.x1 or bottom > view.bottom:
            height = bottom - top
            x0, top, x1, bottom = char.ink.intersect(view)
            if 100 * (bottom - top) < CUT_BELOW_PCT * height:
                continue
        if x1 > x0:
            yield char


def _has_ink(char: Char, picture: GreyPage) -> bool:
    """Whether the pixels of a character's place differ: nearly always three of its rows show it."""
    left, right, first, last = _place(char, picture)
    if right <= left or last <= first:
        return False
    pixels, across = picture.pixels, picture.across
    upper, middle, width = first * across + left, (first + last) // 2 * across + left, right - left
    few = pixels[upper : upper + width] + pixels[middle : middle + width]
    if last - first > 1:
        few += pixels[upper + across : upper + across + width]
    if max(few) - min(few) >= _FAINT:
        return True
    whole = b"".join(_lines(char, picture))
    return max(whole) - min(whole) >= _FAINT


def _has_pale_ink(char: Char, picture: GreyPage) -> bool:
    """Whether a large picture shows strokes: brightness that changes at once, across or down."""
    lines = _lines(char, picture)
    return any(
        max(window) - min(window) >= _PALE
        for line in (*lines, *map(bytes, zip(*lines, strict=True)))
        for window in (line[at : at + _EDGE] for at in range(len(line)))
    )


def _lines(char: Char, picture: GreyPage) -> list[bytes]:
    """The pixels of a character's place, row by row; none where the place is none."""
    left, right, first, last = _place(char, picture)
    begins = range(first * picture.across, last * picture.across, picture.across)
    return [picture.pixels[begin + left : begin + right] for begin in begins] if right > left else []


def _place(char: Char, picture: GreyPage) -> tuple[int, int, int, int]:
    """The pixels in which there must be ink of a character: from and to across, from and to down.

    There may be none: to is then not above from.
    """
    text, box, ink = char[0], char[1], char[2]
    scale = picture.scale
    x0, top, x1, bottom = ink
    x0, top, x1, bottom = x0 * scale, top * scale, x1 * scale, bottom * scale
    margin = 0.0  # neighbours may reach into a character's place
    if _FIRST_IDEOGRAPH <= text <= _LAST_IDEOGRAPH or text.isdecimal():
        margin = _OUTER * (x1 - x0)
    elif ink == box:  # the font tells no ink
        margin = _NEIGHBOURS * (x1 - x0)
    is_wide = x1 - x0 - 2 * margin >= _NARROW
    if is_wide:
        x0, x1 = x0 + margin, x1 - margin
    # A dash fills its box: the paper is to be seen above and below it.
    beyond = 0 if is_wide and margin and bottom - top >= _NARROW else 1
    left, right = int(x0), int(x1) + 1
    first, last = int(top) - beyond, int(bottom) + 1 + beyond
    return (
        left if left > 0 else 0,
        right if right < picture.across else picture.across,
        first if first > 0 else 0,
        last if last < picture.down else picture.down,
    )
