"""One glyph that stands for several letters (ffi): each letter gets its part of the glyph's place.

PDFium reports the letters one after the other in exactly one place. Equal ones among them look there like a
letter printed over itself, of which one would be left out. How many letters a glyph stands for the second
reader tells: it reports them as one character's text.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from operator import eq
from typing import Final

from zc_pipeline.model import Box, Char, PageContent

_NEAR: Final = 0.5  # parts of its height: how far the readers' boxes of one glyph may be apart


def part_ligatures(first: PageContent, second: PageContent) -> PageContent:
    """The first reader's page, letters of one glyph side by side where equal ones are among them.

    Args:
        first: a page; what several letters of one place are, it does not say.
        second: the same page by a reader that reports the letters of a glyph as one text.
    """
    glyphs: dict[str, list[Box]] = defaultdict(list)
    for char in second.chars:
        if len(set(char.text)) < len(char.text):
            glyphs[char.text].append(char.box)
    if not glyphs:
        return first
    chars = list(first.chars)
    is_parted = False
    for begin, end in _in_one_place(chars):
        run = chars[begin:end]
        count = _letters_of_glyph("".join(char.text for char in run), run[0].box, glyphs)
        for at in range(begin, end) if count else ():
            place = (at - begin) % count
            box, ink = (part_of_box(one, place, count) for one in (chars[at].box, chars[at].ink))
            chars[at] = chars[at]._replace(box=box, ink=ink)
            is_parted = True
    return replace(first, chars=tuple(chars)) if is_parted else first


def part_of_box(box: Box, place: int, count: int) -> Box:
    """One of several parts of a box, side by side, of one width; ``place`` counts from 0."""
    width = box.width / count
    return box._replace(x0=box.x0 + place * width, x1=box.x0 + (place + 1) * width)


def _in_one_place(chars: Sequence[Char]) -> Iterator[tuple[int, int]]:
    """Where characters that follow each other in exactly one place begin and end, of two and more."""
    boxes = [char.box for char in chars]
    begin = 0
    for at, is_same in enumerate([*map(eq, boxes, boxes[1:]), False], start=1):
        if not is_same:
            if at - begin > 1:
                yield begin, at
            begin = at


def _letters_of_glyph(text: str, box: Box, glyphs: dict[str, list[Box]]) -> int:
    """Of how many letters the glyph is that is drawn in a place, be it several times; 0 where none is known.

    Args:
        text: all characters that are reported there.
        box: the place.
        glyphs: by the letters of a glyph, where the other reader has such.
    """
    reach = _NEAR * box.height
    for letters, places in glyphs.items():
        times, rest = divmod(len(text), len(letters))
        if rest == 0 and text == letters * times and any(_is_near(box, one, reach) for one in places):
            return len(letters)
    return 0


def _is_near(one: Box, other: Box, reach: float) -> bool:
    (x, y), (other_x, other_y) = one.center, other.center
    return abs(x - other_x) <= reach and abs(y - other_y) <= reach
