"""Two readers' pages against each other: do they see the same characters?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from zc_pipeline.errors import Stage
from zc_pipeline.model import Char, PageContent, Problem
from zc_pipeline.parse.pages import collapse_overprints
from zc_pipeline.parse.text import HYPHENS, ordinary_character


def compare_pages(first: PageContent, second: PageContent) -> list[Problem]:
    """Compare the non-blank characters that two readers find drawn on one page.

    What the libraries are known to report differently does not count: copies printed over each other, which
    kind of hyphen ends a line, radical symbols for ordinary characters. Clips do not count either: only the
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
            if not character.isspace():
                found["-" if character in HYPHENS else ordinary_character(character)] += 1
    return found


def _list(characters: Counter[str], limit: int = 12) -> str:
    shown = _quoted(list(characters.elements())[:limit])
    rest = characters.total() - limit
    return shown + (f" and {rest} more" if rest > 0 else "")


def _quoted(characters: Iterable[str]) -> str:
    return " ".join(f"«{character}»" for character in characters)
