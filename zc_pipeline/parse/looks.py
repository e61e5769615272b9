"""Does a font draw one character in one shape? Where its map names several glyphs the same, it may not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import pairwise, product
from pathlib import Path
from typing import Final

from zc_pipeline.errors import Stage
from zc_pipeline.model import Problem
from zc_pipeline.parse.readers.grey import CharacterPictures, GreyPage
from zc_pipeline.parse.readers.streams import MOST_PLACES, Place, places_by_code

_FIELDS: Final = 16  # across and down
_OTHER: Final = 0.08  # of black and white: shapes whose fields differ so much on average are two shapes
_OTHER_FORM: Final = 1.25  # times wider for its height
_SHIFTS: Final = (0, -2, 2)  # pixels
_FAINT: Final = 30  # of 255
_NAMED: Final = 12
_ENOUGH: Final = 3  # pictures of a code
_MOST_COMPARED: Final = 4000  # codes, and pairs of them


def check_looks(path: Path, doubled: frozenset[str]) -> list[Problem]:
    """Hold glyphs that one font calls the same character against each other, as the pages draw them.

    A character of which only one such glyph is to be seen is that one. Of a font that names so many glyphs
    the same that comparing them would take minutes, the rest counts as different.

    Args:
        path: the PDF file.
        doubled: the characters.

    Returns:
        ``ambiguous_font`` naming those that are drawn in different shapes, or whose places are not found or
        too many to look at; or nothing.

    Raises:
        DocumentError: ``damaged_pdf``: a page cannot be drawn; ``reader_failed``: pdfminer fails on one.
    """
    other = _other_looks(path, doubled) if doubled else {}
    if not other:
        return []
    page = min(other.values())
    shown = " ".join(f"«{character}»" for character in sorted(other)[:_NAMED])
    message = (
        f"A font draws different shapes, or some that cannot be compared, and says that they are the same "
        f"character: {shown}, the first on page {page}."
    )
    return [Problem(Stage.PAGE_TEXT, "ambiguous_font", message, page=page, raw="".join(sorted(other))[:200])]


def _other_looks(path: Path, doubled: frozenset[str]) -> dict[str, int]:
    """Characters that are drawn in more than one shape, with the page of one that differs."""
    other: dict[str, int] = {}
    compared = 0
    with closing(CharacterPictures(path)) as pictures:
        for (_, text), codes in places_by_code(path, doubled).items():
            if text in other or len(codes) < 2:
                continue
            seen: list[_Glyph] = []
            for glyph in (_Glyph(pictures, text, places) for places in codes.values()):
                compared += 1 + len(seen)
                if not glyph.is_seen:
                    continue
                if compared > _MOST_COMPARED or not all(is_alike(one, glyph) for one in seen):
                    other[text] = glyph.page
                    break
                seen.append(glyph)
    return other


class _Glyph:
    """What a font draws for one code: pictures from some of its places, drawn when they are asked for."""

    def __init__(self, pictures: CharacterPictures, text: str, places: list[Place]) -> None:
        self.page = places[0].page
        self._is_lost = len(places) == MOST_PLACES  # there may be others, where it is to be seen
        self._drawn: list[GreyPage] = []
        self._rest = self._draw(pictures, text, places)

    @property
    def is_seen(self) -> bool:
        """False where nothing is to be seen at any of its places; True also where it cannot be found."""
        return next(iter(self), None) is not None or self._is_lost

    def __iter__(self) -> Iterator[GreyPage]:
        yield from self._drawn
        for picture in self._rest:
            self._drawn.append(picture)
            yield picture

    def _draw(self, pictures: CharacterPictures, text: str, places: list[Place]) -> Iterator[GreyPage]:
        count = 0
        for place in places:
            ink = pictures.find(place.page, text, (place.x, place.y))
            picture = None if ink is None else pictures.draw(place.page, ink)
            self._is_lost |= ink is None
            if picture is not None and max(picture.pixels) - min(picture.pixels) >= _FAINT:
                count += 1
                yield picture
            if count == _ENOUGH:
                return


def is_alike(some: Iterable[GreyPage], others: Iterable[GreyPage]) -> bool:
    """Whether any of some pictures of a character shows the shape of any of some others."""
    return any(distance(one, other) <= _OTHER for one in some for other in others)


def distance(one: GreyPage, other: GreyPage) -> float:
    """How far two shapes are apart, 0 to 1, wherever within a few pixels they are drawn.

    A heading in white on a dark ground is the same in negative.
    """
    forms = one.across / one.down, other.across / other.down
    if max(forms) > _OTHER_FORM * min(forms):
        return 1.0
    fields = _fields(one, 0, 0)
    return min(
        min(_apart(fields, shifted), _apart(fields, [1.0 - field for field in shifted]))
        for shifted in (_fields(other, across, down) for across, down in product(_SHIFTS, _SHIFTS))
    )


def _apart(some: list[float], others: list[float]) -> float:
    return sum(abs(a - b) for a, b in zip(some, others, strict=True)) / len(some)


def _fields(picture: GreyPage, across: int, down: int) -> list[float]:
    """The brightness of a picture's fields, 0 to 1, its darkest pixel black and its brightest white."""
    low, high = min(picture.pixels), max(picture.pixels)
    found = []
    for first, last in _parts(picture.down, down):
        lines = [picture.pixels[y * picture.across : (y + 1) * picture.across] for y in range(first, last)]
        for left, right in _parts(picture.across, across):
            total = sum(sum(line[left:right]) for line in lines)
            mean = total / ((right - left) * (last - first))
            found.append((mean - low) / max(high - low, 1))
    return found


def _parts(size: int, shift: int) -> list[tuple[int, int]]:
    """The pixels of each field along one side, one at least."""
    edges = [
        min(max(round(place * size / _FIELDS) + shift, 0), size - 1 + (place == _FIELDS))
        for place in range(_FIELDS + 1)
    ]
    return [(min(a, size - 1), min(max(b, a + 1), size)) for a, b in pairwise(edges)]
