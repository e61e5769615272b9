"""Two readers' pages against each other: do they see the same characters?"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from operator import itemgetter
from typing import Final

from zc_pipeline.errors import Stage
from zc_pipeline.model import Box, Char, PageContent, PageItem, Problem
from zc_pipeline.parse.pages import collapse_overprints
from zc_pipeline.parse.text import HYPHENS, ordinary_character

# Parts of a character's height: how far a blank may lie from the character it follows, and how near another
# blank is the same one. Blanks begin where the character before them ends; justified lines shift them a bit.
_BLANK_REACH: Final = 0.35
_SAME_LINE: Final = 0.5


def take_over_blanks(first: PageContent, second: PageContent) -> PageContent:
    """The first reader's page with the blanks that the file draws, as the second reader has them.

    PDFium puts a blank of its own wherever it sees a gap, in place of one that is drawn there; pdfplumber
    reports the drawn ones. A blank is taken over where it stands beside a character of the first reader, and
    shares that character's clip.
    """
    marks: _Marks = defaultdict(list)
    for char in first.chars:
        box = char.box
        middle = (box.top + box.bottom) / 2
        marks[int(middle // _BAND_PT)].append((middle, _SAME_LINE * (box.bottom - box.top), char))
    added = [
        blank
        for char in second.chars
        if char.text.isspace() and char.is_upright and (blank := _beside(char, marks)) is not None
    ]
    return replace(first, chars=(*first.chars, *added)) if added else first


_STRETCHED_BLANK: Final = 2.0
_BAND_PT: Final = 8.0
_DASHES: Final = frozenset("—―⸺⸻")  # drawn alike, or as one glyph for two


# By band of the page: the middle of a character's height, how far that of another in its line may be, itself.
_Marks = dict[int, list[tuple[float, float, Char]]]


def _beside(blank: Char, marks: _Marks) -> Char | None:
    """A drawn blank with the line and clip of the character beside it; None where it has no place."""
    middle = blank.box.center[1]
    band = int(middle // _BAND_PT)
    line = [
        char
        for near in (band - 1, band, band + 1)
        for place, reach, char in marks.get(near, ())
        if abs(place - middle) <= reach
    ]
    if any(
        char.text.isspace() and abs(char.box.x0 - blank.box.x0) <= _BLANK_REACH * char.box.height
        for char in line
    ):
        return None
    inked = [char for char in line if not char.text.isspace()]
    neighbour = min(inked, key=lambda char: _distance(blank, char), default=None)
    if neighbour is None:
        return None
    height = neighbour.box.height
    if _distance(blank, neighbour) > _BLANK_REACH * height:
        # Justified lines stretch blanks: it has its place between two characters of one text all the same.
        before = [char for char in inked if char.box.x1 <= blank.box.center[0]]
        after = [char for char in inked if char.box.x0 >= blank.box.center[0]]
        if not before or not after:
            return None
        left = max(before, key=lambda char: char.box.x1)
        right = min(after, key=lambda char: char.box.x0)
        if left.clip != right.clip or right.box.x0 - left.box.x1 > _STRETCHED_BLANK * height:
            return None
        neighbour = left
    box = Box(blank.box.x0, neighbour.box.top, blank.box.x1, neighbour.box.bottom)
    return neighbour._replace(text=" ", box=box, ink=box, is_unmapped=False)


def _distance(blank: Char, char: Char) -> float:
    return min(abs(blank.box.x0 - char.box.x1), abs(char.box.x0 - blank.box.x1))


def compare_pages(first: PageContent, second: PageContent) -> list[Problem]:
    """Compare the non-blank characters that two readers find drawn on one page.

    What the libraries are known to report differently does not count: copies printed over each other, which
    kind of hyphen ends a line, radical symbols for ordinary characters, which long dash it is and how many
    (fonts draw —— as one glyph, and — like ―). Clips do not count either: only the first reader knows them.

    Returns:
        A ``readers_disagree`` problem naming the characters, or nothing.
    """
    # Boxes differ a little between readers, and so does what counts as printed over itself: all that is drawn
    # may be the same all the same.
    if _all_characters(first.chars) == _all_characters(second.chars):
        return []
    a, b = _drawn_characters(first.chars), _drawn_characters(second.chars)
    if a == b:
        return []
    message = (
        f"Page {first.number}: {first.reader} reads {_list(a - b) or 'no character'} that {second.reader} "
        f"does not, and {second.reader} reads {_list(b - a) or 'no character'} that {first.reader} does not."
    )
    raw = "".join((a - b).elements()) + "|" + "".join((b - a).elements())
    return [Problem(Stage.PAGE_TEXT, "readers_disagree", message, page=first.number, raw=raw[:200])]


def check_order(items: Iterable[PageItem], *readings: PageContent) -> list[Problem]:
    """Whether the characters of each line follow each other as some reader finds them drawn.

    Lines are put together by where their characters stand; programs draw the characters of a line one after
    the other. Where both say the same, neither a comma nor an indicator has changed its place.

    Args:
        items: of one page, as laid out.
        readings: the same page as the readers found it, characters in the order of drawing; a later one is
            asked only for lines that the ones before it do not have.

    Returns:
        An ``order_unclear`` problem naming the first such line, or nothing.
    """
    doubtful = [(item.page, line) for item in items for line in item.drawn_text.split("\n")]
    for content in readings if doubtful else ():
        drawn = _in_order(content.chars)
        doubtful = [(page, line) for page, line in doubtful if _folded(line) not in drawn]
        if not doubtful:
            break
    if not doubtful:
        return []
    page, line = doubtful[0]
    message = (
        f"Page {page}: the characters of {len(doubtful)} lines are drawn in another order than they stand "
        f"in; the first is {line[:60]!r}."
    )
    return [Problem(Stage.PAGE_TEXT, "order_unclear", message, page=page, raw=line[:200])]


def _in_order(chars: Sequence[Char]) -> str:
    return _folded("".join(char.text for char in collapse_overprints(chars)))


def _folded(text: str) -> str:
    """A text with what readers are known to report differently made equal, blanks left out."""
    return re.sub("—+", "—", "".join(map(_fold, "".join(text.split()))))


@lru_cache(maxsize=1 << 16)
def _fold(character: str) -> str:
    if character in _DASHES:
        return "—"
    return "-" if character in HYPHENS else ordinary_character(character)


def _drawn_characters(chars: Sequence[Char]) -> Counter[str]:
    return _all_characters(
        collapse_overprints(char._replace(clip=None, is_invisible=False) for char in chars)
    )


def _all_characters(chars: Iterable[Char]) -> Counter[str]:
    found: Counter[str] = Counter()
    for text, count in Counter(map(itemgetter(0), chars)).items():
        for character in text:
            if not character.isspace():
                found[_fold(character)] += count
    if found["—"]:
        found["—"] = 1
    return found


def _list(characters: Counter[str], limit: int = 12) -> str:
    shown = _quoted(list(characters.elements())[:limit])
    rest = characters.total() - limit
    return shown + (f" and {rest} more" if rest > 0 else "")


def _quoted(characters: Iterable[str]) -> str:
    return " ".join(f"«{character}»" for character in characters)
