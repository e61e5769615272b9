"""Two readers' pages against each other: do they see the same characters?"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from zc_pipeline.errors import Stage
from zc_pipeline.model import Box, Char, PageContent, Problem
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
    marks: dict[int, list[Char]] = defaultdict(list)
    for char in first.chars:
        marks[int(char.box.center[1] // _BAND_PT)].append(char)
    added = [
        blank
        for char in second.chars
        if char.text.isspace() and char.is_upright and (blank := _beside(char, marks)) is not None
    ]
    return replace(first, chars=(*first.chars, *added)) if added else first


_BAND_PT: Final = 8.0
_DASHES: Final = frozenset("—⸺⸻")


def _beside(blank: Char, marks: Mapping[int, list[Char]]) -> Char | None:
    """A drawn blank with the line and clip of the character beside it; None where it has no place."""
    band = int(blank.box.center[1] // _BAND_PT)
    best: tuple[float, Char] | None = None
    for char in (char for near in (band - 1, band, band + 1) for char in marks.get(near, ())):
        height = char.box.height
        if abs(char.box.center[1] - blank.box.center[1]) > _SAME_LINE * height:
            continue
        if char.text.isspace():
            if abs(char.box.x0 - blank.box.x0) <= _BLANK_REACH * height:
                return None
            continue
        distance = min(abs(blank.box.x0 - char.box.x1), abs(char.box.x0 - blank.box.x1))
        if distance <= _BLANK_REACH * height and (best is None or distance < best[0]):
            best = distance, char
    if best is None:
        return None
    neighbour = best[1]
    box = Box(blank.box.x0, neighbour.box.top, blank.box.x1, neighbour.box.bottom)
    return neighbour._replace(text=" ", box=box, ink=box, is_unmapped=False)


def compare_pages(first: PageContent, second: PageContent) -> list[Problem]:
    """Compare the non-blank characters that two readers find drawn on one page.

    What the libraries are known to report differently does not count: copies printed over each other, which
    kind of hyphen ends a line, radical symbols for ordinary characters, how many dashes a long dash is (fonts
    draw —— as one glyph). Clips do not count either: only the
    first reader knows them.

    Returns:
        A ``readers_disagree`` problem naming the characters, or nothing.
    """
    a, b = _drawn_characters(first.chars), _drawn_characters(second.chars)
    if a == b:
        return []
    message = (
        f"Page {first.number}: {first.reader} reads {_list(a - b) or 'no character'} that {second.reader} "
        f"does not, and {second.reader} reads {_list(b - a) or 'no character'} that {first.reader} does not."
    )
    raw = "".join((a - b).elements()) + "|" + "".join((b - a).elements())
    return [Problem(Stage.PAGE_TEXT, "readers_disagree", message, page=first.number, raw=raw[:200])]


def _drawn_characters(chars: Sequence[Char]) -> Counter[str]:
    found: Counter[str] = Counter()
    for char in collapse_overprints(char._replace(clip=None, is_invisible=False) for char in chars):
        for character in char.text:
            if character in _DASHES:
                found["—"] = 1
            elif not character.isspace():
                found["-" if character in HYPHENS else ordinary_character(character)] += 1
    return found


def _list(characters: Counter[str], limit: int = 12) -> str:
    shown = _quoted(list(characters.elements())[:limit])
    rest = characters.total() - limit
    return shown + (f" and {rest} more" if rest > 0 else "")


def _quoted(characters: Iterable[str]) -> str:
    return " ".join(f"«{character}»" for character in characters)
