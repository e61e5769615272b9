"""Is what was read of a damaged document what its pages draw? Asked of pictures, not of text.

The seed is the yardstick: its pages are known to draw what is read of them. A damaged copy that is accepted
is drawn by an independent renderer and held against the seed's picture, character by character:

- what is read must be drawn there: the pixels are the seed's where the same is read at the same place, or
  they look like that character as the seed draws it elsewhere;
- what the page still draws as the seed does must still be read;
- nothing else may be drawn in the table that is not read;
- values may differ only by characters whose picture differs.

So a copy that draws another letter, and is read so, is another document. One that is read otherwise than it
is drawn is found, whichever of the two has changed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property, partial
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy import ndimage

from zc_pipeline.model import Box, Disclosure, ItemKind, PageItem, Verdict
from zc_pipeline.parse.document import PageTextResult, StitchResult, stitch_items
from zc_pipeline.parse.judge import build_disclosure
from zc_pipeline.parse.readers import pdfium
from zc_pipeline.parse.text import ordinary_character, without_blanks

from .pictures import LARGER, RENDERERS, SCALE, Picture, page_contents, read_by_poppler

_MOST_PAGES = 12
_DIFFERENT = 24  # of 255: what antialiasing may differ by
_FAINT = 6.0  # standard deviation of a character's pixels: below, nobody sees it
_ALIKE = 0.75  # correlation of two pictures of one character
_SAMPLES = 12  # pictures of each character that are kept
_GLYPH = (16, 20)
_SHOWN_PCT = 60  # a character of which a clip shows less is not held against whole ones
_UNREAD_PIXELS = 14  # darker than in the seed, and no character or rule read there
_MOST_OF = 0.8  # of a character's places: the rest may be below the table, or hidden
_CROWDED = 0.05  # of a character's box: under another one
_PALE = 12  # of 255: what strokes differ by from their ground where one looks closely
_NEAR = 9  # places (of 2 pt) around a character in which others can stand over it
_THIN = 3.0  # pixels
_AROUND = 100  # pixels of a large picture: what runs on for so long is a rule
_RUN = 25  # pixels: what is longer is a line or a fill, no letter

Glyph = npt.NDArray[np.float64]


class Finding(StrEnum):
    """How a reading and a picture can contradict each other."""

    VALUES_ALONE = "values differ, the picture does not"
    NOT_DRAWN = "read, but not to be seen"
    DRAWN_OTHERWISE = "read, but something else is drawn"
    NOT_READ = "drawn as before, but not read"
    UNREAD_INK = "drawn, but not read"
    UNTOUCHED_VALUE = "a value differs by characters that are drawn as before"
    PAGE_MISSING = "read from a page that is not drawn"


class Judgement(StrEnum):
    """What an accepted copy is."""

    SAME = "same values, same picture"
    ALIKE = "same values, the picture differs elsewhere"
    OTHER = "other values, drawn so"
    WRONG = "read otherwise than drawn"
    FONT = "a font says otherwise than it draws"
    DISPUTED = "renderers differ"


class Found(NamedTuple):
    """One contradiction: its kind, where, and the characters that it is about."""

    kind: Finding
    what: str
    characters: frozenset[str] = frozenset()


# What remains possible where the file itself says of a glyph that it is another character.
_OF_FONTS = frozenset(
    {Finding.VALUES_ALONE, Finding.NOT_READ, Finding.DRAWN_OTHERWISE, Finding.UNTOUCHED_VALUE}
)


@dataclass(frozen=True)
class Judged:
    """A judgement and what it stands on."""

    judgement: Judgement
    findings: tuple[str, ...] = ()
    kinds: frozenset[Finding] = frozenset()


@dataclass(frozen=True)
class Claim:
    """A character that is read as shown, and where."""

    text: str
    box: Box
    is_whole: bool
    ink: Box


@dataclass
class Read:
    """An accepted reading: its values, what it claims to see on each page, and where its tables lie."""

    path: Path
    disclosure: Disclosure
    items: Sequence[PageItem]
    page_count: int
    pictures: dict[tuple[str, float], list[Picture] | None] = field(default_factory=dict)

    @cached_property
    def contents(self) -> list[bytes]:
        """What the pages' instructions are."""
        return page_contents(self.path)

    @cached_property
    def values(self) -> tuple[Any, ...]:
        """Everything an analyst is handed out, but for ids."""
        return values_of(self.disclosure)

    @cached_property
    def value_characters(self) -> Counter[str]:
        """The characters of the values, blanks left out."""
        return Counter(without_blanks("".join(_texts(self.values))))

    @cached_property
    def claims(self) -> list[list[Claim]]:
        """What the first reader sees, page by page."""
        return [_claims(content) for content in pdfium.read_pages(self.path)]

    def picture(self, renderer: str, scale: float = SCALE) -> list[Picture] | None:
        """Its pages as drawn by that renderer."""
        key = renderer, scale
        if key not in self.pictures:
            self.pictures[key] = RENDERERS[renderer](self.path, min(self.page_count, _MOST_PAGES), scale)
        return self.pictures[key]

    def table_on(self, page: int) -> Box | None:
        """The box around the cells of a page."""
        boxes = [item.box for item in self.items if item.page == page and item.kind is ItemKind.CELL]
        if not boxes:
            return None
        return Box(
            min(b.x0 for b in boxes),
            min(b.top for b in boxes),
            max(b.x1 for b in boxes),
            max(b.bottom for b in boxes),
        )


def build(name: str, text: PageTextResult, stitched: StitchResult | None = None) -> Disclosure:
    """The disclosure of a file whose pages were read."""
    if stitched is None:
        stitched = stitch_items(text.items) if text.items else StitchResult((), (), ())
    return build_disclosure(
        document_id=name.encode().hex().ljust(64, "0")[:64],
        source_file=name,
        fiscal_year=2024,
        page_count=len(text.pages),
        tables=stitched.tables,
        rows=stitched.rows,
        problems=[*text.problems, *stitched.problems],
    )


def values_of(disclosure: Disclosure) -> tuple[Any, ...]:
    """Everything an analyst is handed out, but for ids and places."""
    return tuple(
        (
            table.facts and (table.facts.department_name, table.facts.money_unit, table.facts.printed_year),
            table.printed_total_cny,
            tuple(
                (
                    project.unit_name,
                    project.project_name,
                    tuple(getattr(project, f"{column}_text") for column in _AMOUNTS),
                    tuple(getattr(project, f"{column}_cny") for column in _AMOUNTS),
                    project.performance_goal,
                    project.indicators_text,
                    tuple(
                        (
                            one.level1_code,
                            one.level1_name,
                            one.level2_code,
                            one.level2_name,
                            one.indicator_name,
                            one.cycle_target,
                            one.annual_target,
                        )
                        for one in project.indicators
                    ),
                )
                for project in table.projects
            ),
        )
        for table in disclosure.tables
        if table.verdict is Verdict.ACCEPTED
    )


_AMOUNTS = (
    "total",
    "fiscal",
    "general_budget",
    "government_fund",
    "state_capital",
    "special_account",
    "other",
)


def _texts(values: Any) -> Iterable[str]:
    if isinstance(values, str):
        yield values
    elif isinstance(values, tuple):
        for value in values:
            yield from _texts(value)


def _claims(content: Any) -> list[Claim]:
    page = Box(0.0, 0.0, content.width, content.height)
    found = []
    for char in content.chars:
        if char.is_invisible or not char.is_upright or char.text.isspace():
            continue
        clip = page if char.clip is None else char.clip.intersect(page)
        seen = char.ink.intersect(clip)
        if seen.width <= 0 or seen.height <= 0:
            continue
        shown = 100 * seen.height / max(char.ink.height, 0.01)
        if shown < 10:
            continue
        is_whole = shown >= _SHOWN_PCT and seen.width >= 0.6 * char.ink.width
        found.append(Claim("".join(map(ordinary_character, char.text)), char.box, is_whole, char.ink))
    return found


class Judge:
    """Judges accepted copies of one seed.

    Args:
        seed: the reading of the seed itself.
        renderers: names of ``pictures.RENDERERS``; what the first finds is asked of the others too.
    """

    def __init__(self, seed: Read, renderers: Sequence[str] = ("poppler", "pdfium")) -> None:
        self._seed = seed
        self._renderers = tuple(renderers)
        self._atlases: dict[tuple[str, float], _Atlas] = {}

    def judge(self, copy: Read) -> Judged:
        """Hold an accepted copy's reading against its picture."""
        first, *others = self._renderers
        while others and self._gives_up(copy, first):
            first, *others = others
        found, is_same_picture = self._findings(copy, first)
        has_same_values = _unblank(copy.values) == _unblank(self._seed.values)
        if not found:
            if not has_same_values:
                return Judged(Judgement.OTHER)
            return Judged(Judgement.SAME if is_same_picture else Judgement.ALIKE)
        words = tuple(f"{one.kind}: {one.what}" for one in found)
        kinds = frozenset(one.kind for one in found)
        for other in others:
            again, _ = self._findings(copy, other)
            if not again:
                return Judged(Judgement.DISPUTED, words, kinds)
        is_untouched = bool(copy.contents) and copy.contents == self._seed.contents
        if kinds <= _OF_FONTS and _is_of_fonts(copy, found, is_untouched=is_untouched):
            return Judged(Judgement.FONT, words, kinds)
        return Judged(Judgement.WRONG, words, kinds)

    def _gives_up(self, copy: Read, renderer: str) -> bool:
        """Whether a renderer finds no page, or nothing on one: what is damaged beyond it says nothing."""
        drawn = copy.picture(renderer)
        return (
            drawn is None
            or len(drawn) < min(copy.page_count, _MOST_PAGES)
            or any(picture.min(initial=255) > 255 - _DIFFERENT for picture in drawn)
        )

    def _findings(self, copy: Read, renderer: str) -> tuple[list[Found], bool]:
        """What contradicts the reading, and whether all pages look like the seed's."""
        atlas = self._atlas(renderer)
        drawn, model = copy.picture(renderer), self._seed.picture(renderer)
        if drawn is None or len(drawn) < min(copy.page_count, _MOST_PAGES):
            return [
                Found(Finding.PAGE_MISSING, f"{len(drawn or ())} of {copy.page_count} pages are drawn")
            ], False
        if model is None:
            raise RuntimeError(f"{renderer} does not draw the seed {self._seed.path}")
        found: list[Found] = []
        pages: list[_Page] = []
        for number, picture in enumerate(drawn, start=1):
            claims = copy.claims[number - 1] if number <= len(copy.claims) else []
            other = _nearest(picture, model)
            page = _Page(
                picture,
                claims,
                None if other is None else model[other],
                [] if other is None else self._seed.claims[other],
                copy.table_on(number),
            )
            pages.append(page)
            found += page.findings(atlas, partial(self._looks_so, copy, number, renderer))
        is_same = len(drawn) == len(model) and all(page.is_same for page in pages)
        if _unblank(copy.values) != _unblank(self._seed.values):
            if is_same:
                words = _first_difference(self._seed.values, copy.values)
                found.append(Found(Finding.VALUES_ALONE, words, self._changed_characters(copy)))
            elif len(drawn) == len(model):
                found += self._untouched(copy, pages)
        return found, is_same

    def _looks_so(self, copy: Read, number: int, renderer: str, claim: Claim, finding: Finding) -> bool:
        """Whether a character is drawn after all, in a picture in which small and pale ones are seen."""
        pictures = copy.picture(renderer, LARGER)
        if not pictures or len(pictures) < number:
            return False
        picture = pictures[number - 1]
        x0, y0, x1, y1 = _pixels(claim.box, picture.shape, LARGER)
        if not picture[y0:y1, x0:x1].size or np.ptp(picture[y0:y1, x0:x1]) < _PALE:
            return False
        if finding is Finding.NOT_DRAWN:
            return True
        glyph = _crop(picture, claim.box, LARGER)
        ink = _crop(picture, claim.ink, LARGER)
        ruleless = _crop(*_without_rules(picture, claim.box), LARGER)
        return any(
            atlas.is_alike(claim.text, glyph)
            or atlas.has_ink_like(claim.text, ink)  # in a box of another width
            or atlas.is_alike(claim.text, ruleless)
            # The one that is drawn larger has finer strokes, as a larger character has.
            for atlas in (self._atlas(renderer), self._atlas(renderer, LARGER))
        )

    def _untouched(self, copy: Read, pages: Sequence[_Page]) -> list[Found]:
        new = set().union(*(page.new_characters for page in pages))
        gone = set().union(*(page.gone_characters for page in pages))
        added = set(copy.value_characters - self._seed.value_characters) - new - gone
        removed = set(self._seed.value_characters - copy.value_characters) - gone - new
        if not added and not removed:
            return []
        words = f"+{''.join(sorted(added))} -{''.join(sorted(removed))}"
        words += f"; {_first_difference(self._seed.values, copy.values)}"
        return [Found(Finding.UNTOUCHED_VALUE, words, frozenset(added | removed))]

    def _changed_characters(self, copy: Read) -> frozenset[str]:
        one, other = copy.value_characters, self._seed.value_characters
        return frozenset((one - other) + (other - one))

    def _atlas(self, renderer: str, scale: float = SCALE) -> _Atlas:
        if (renderer, scale) not in self._atlases:
            pictures = self._seed.picture(renderer, scale)
            if pictures is None:
                raise RuntimeError(f"{renderer} does not draw the seed {self._seed.path}")
            self._atlases[renderer, scale] = _Atlas(pictures, self._seed.claims, scale)
        return self._atlases[renderer, scale]


def _found(kind: Finding, claim: Claim) -> Found:
    return Found(kind, f"{claim.text!r} at {_place(claim.box)}", frozenset(claim.text))


def _is_of_fonts(copy: Read, found: Sequence[Found], *, is_untouched: bool) -> bool:
    """Whether glyphs are at odds with what the file says of them: wherever they stand, and for any reader.

    Where the pages' instructions are still the seed's (``is_untouched``), nothing but a font can be.
    """
    drawn = Counter(c for one in found if one.kind is Finding.DRAWN_OTHERWISE for c in one.characters)
    everywhere = Counter(
        c for page in copy.claims for claim in page for c in claim.text if c in drawn and claim.is_whole
    )
    is_everywhere = all(count >= _MOST_OF * everywhere[c] and everywhere[c] > 1 for c, count in drawn.items())
    is_text = any(one.kind is not Finding.DRAWN_OTHERWISE for one in found)
    return (is_everywhere or is_text or is_untouched) and _says_so_too(
        copy, frozenset().union(*(one.characters for one in found))
    )


def _says_so_too(copy: Read, characters: frozenset[str]) -> bool:
    """Whether a text reader that has no part in the parser finds these characters as often as is claimed."""
    text = read_by_poppler(copy.path)
    if text is None:
        return False
    said = Counter("".join(map(ordinary_character, text)))
    claimed = Counter("".join(claim.text for claims in copy.claims for claim in claims))
    return all(said[one] == claimed[one] for one in characters)


def _unblank(values: Any) -> Any:
    if isinstance(values, str):
        return without_blanks(values)
    return tuple(map(_unblank, values)) if isinstance(values, tuple) else values


def _first_difference(one: Any, other: Any) -> str:
    a, b = list(_leaves(one)), list(_leaves(other))
    for left, right in zip(a, b, strict=False):
        if left != right:
            return f"{str(left)[:60]!r} is {str(right)[:60]!r}"
    return f"{len(a)} values are {len(b)}"


def _leaves(values: Any) -> Iterable[Any]:
    if isinstance(values, tuple):
        yield from chain.from_iterable(map(_leaves, values))
    else:
        yield values


# --- pictures -------------------------------------------------------------------------------------


def _nearest(picture: Picture, model: Sequence[Picture]) -> int | None:
    """Which page of the seed a page looks like most; None where none has its size."""
    alike = [
        (int(np.count_nonzero(picture != one)), n)
        for n, one in enumerate(model)
        if one.shape == picture.shape
    ]
    return min(alike)[1] if alike else None


class _Page:
    """One drawn page with what is read on it, beside the seed's page that it looks like."""

    def __init__(
        self,
        picture: Picture,
        claims: Sequence[Claim],
        model: Picture | None,
        model_claims: Sequence[Claim],
        table: Box | None,
    ) -> None:
        self._picture = picture
        self._claims = claims
        self._model = model
        self._model_claims = model_claims
        self._table = table
        if model is None:
            self._differs = np.ones(picture.shape, bool)
        else:
            self._differs = np.abs(picture.astype(np.int16) - model) > _DIFFERENT
        self._sums = np.pad(self._differs.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
        self.is_same = model is not None and not self._differs.any()
        self._by_place = _by_place(model_claims)
        self._new = [claim for claim in claims if not self._is_as_before(claim)]
        self._crowds = _crowds(claims)
        self.new_characters = set(chain.from_iterable(claim.text for claim in self._new))
        self.gone_characters = set(
            chain.from_iterable(claim.text for claim in model_claims if self._is_touched(claim.box))
        )

    def findings(self, atlas: _Atlas, looks_so: Callable[[Claim, Finding], bool]) -> list[Found]:
        """What contradicts the reading; ``looks_so`` has a closer look at a character in doubt."""
        found: list[Found] = []
        for claim in self._new:
            if not claim.is_whole or not self._counts(claim):
                continue
            finding = atlas.doubt(claim, self._picture)
            if finding is Finding.DRAWN_OTHERWISE and self._is_crowded(claim):
                continue  # two characters over each other, and both are read
            if finding and not looks_so(claim, finding):
                found.append(_found(finding, claim))
        found += self._not_read()
        if not found and not self.is_same:
            found += self._unread_ink()
        return found

    def _counts(self, claim: Claim) -> bool:
        """Whether a character can be part of a value: it stands in the table, or above it."""
        return self._table is not None and claim.box.center[1] < self._table.bottom

    def _is_crowded(self, claim: Claim) -> bool:
        """Whether another character that is read stands over a good part of this one."""
        x, y = _cell(claim.ink)
        area = max(claim.box.width * claim.box.height, 0.01)
        return any(
            other is not claim
            and (common := claim.box.intersect(other.box)).width > 0
            and common.height > 0
            and common.width * common.height > _CROWDED * area
            for dx in range(-_NEAR, _NEAR + 1)
            for dy in range(-_NEAR, _NEAR + 1)
            for other in self._crowds.get((x + dx, y + dy), ())
        )

    def _is_as_before(self, claim: Claim) -> bool:
        return claim.text in self._by_place.get(_cell(claim.ink), ()) and not self._is_touched(claim.box)

    def _is_touched(self, box: Box) -> bool:
        """Whether any pixel of a box differs from the seed's."""
        x0, y0, x1, y1 = _pixels(box, self._picture.shape)
        if x0 >= x1 or y0 >= y1:
            return True
        sums = self._sums
        return bool(sums[y1, x1] - sums[y0, x1] - sums[y1, x0] + sums[y0, x0])

    def _not_read(self) -> list[Found]:
        if self._model is None:
            return []
        read = _by_place(self._claims)
        found = []
        for claim in self._model_claims:
            if not claim.is_whole or not self._counts(claim) or claim.text in read.get(_cell(claim.ink), ()):
                continue
            if self._is_touched(claim.box) or _crop(self._picture, claim.box).std() < _FAINT:
                continue
            found.append(_found(Finding.NOT_READ, claim))
        return found

    def _unread_ink(self) -> list[Found]:
        """Ink within the table that the seed does not have, and that is no character and no line."""
        if self._model is None or self._table is None:
            return []
        darker = self._picture.astype(np.int16) < self._model.astype(np.int16) - 2 * _DIFFERENT
        inside = np.zeros_like(darker)
        x0, y0, x1, y1 = _pixels(self._table, darker.shape)
        inside[y0:y1, x0:x1] = True
        darker &= inside
        darker &= ~_long_strokes(darker)
        for claim in self._claims:
            x0, y0, x1, y1 = _pixels(claim.box, darker.shape)
            darker[max(y0 - 2, 0) : y1 + 2, max(x0 - 2, 0) : x1 + 2] = False
        if not darker.any():
            return []
        darker &= ~_runs(self._picture < 255 - 2 * _DIFFERENT)
        count = int(np.count_nonzero(darker))
        if count < _UNREAD_PIXELS:
            return []
        ys, xs = np.nonzero(darker)
        where = Box(xs.min() / SCALE, ys.min() / SCALE, xs.max() / SCALE, ys.max() / SCALE)
        return [Found(Finding.UNREAD_INK, f"{count} pixels at {_place(where)}")]


def _without_rules(picture: Picture, box: Box) -> tuple[Picture, Box]:
    """The surroundings of a box in a large picture, long lines painted white, and the box in them."""
    x0, y0 = max(int(box.x0 * LARGER) - _AROUND, 0), max(int(box.top * LARGER) - _AROUND, 0)
    x1, y1 = int(box.x1 * LARGER) + _AROUND, int(box.bottom * LARGER) + _AROUND
    part = picture[y0:y1, x0:x1].copy()
    part[_runs(part < 255 - 2 * _DIFFERENT, _AROUND)] = 255
    dx, dy = x0 / LARGER, y0 / LARGER
    return part, Box(box.x0 - dx, box.top - dy, box.x1 - dx, box.bottom - dy)


def _runs(dark: npt.NDArray[np.bool_], length: int = _RUN) -> npt.NDArray[np.bool_]:
    """The dark pixels that lie on a straight dark run of some length, and their neighbours."""
    found = np.zeros_like(dark)
    for axis in (0, 1):
        moved = np.moveaxis(dark, axis, 0)
        out = np.moveaxis(found, axis, 0)
        sums = np.pad(moved.astype(np.int32).cumsum(0), ((1, 0), (0, 0)))
        if moved.shape[0] < length:
            continue
        full = sums[length:] - sums[:-length] == length
        for shift in range(length):
            out[shift : shift + full.shape[0]] |= full
    grown = found.copy()
    grown[1:] |= found[:-1]
    grown[:-1] |= found[1:]
    grown[:, 1:] |= found[:, :-1]
    grown[:, :-1] |= found[:, 1:]
    return grown


def _long_strokes(dark: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """The dark pixels of thin connected strokes that are longer than any letter, as slanting lines are.

    With what is near their ends: where they cross a letter, they are cut.
    """
    labels, _ = ndimage.label(dark, structure=np.ones((3, 3)))
    counts = np.bincount(labels.ravel())
    found = np.zeros_like(dark)
    for number, (down, across) in enumerate(ndimage.find_objects(labels), start=1):
        length = float(np.hypot(down.stop - down.start, across.stop - across.start))
        if length > _RUN and counts[number] < _THIN * length:
            found[down, across] |= labels[down, across] == number
    near = ndimage.binary_dilation(found, structure=np.ones((3, 3)), iterations=_RUN // 2)
    return dark & near


def _pixels(box: Box, shape: tuple[int, ...], scale: float = SCALE) -> tuple[int, int, int, int]:
    height, width = shape
    return (
        min(max(round(box.x0 * scale), 0), width),
        min(max(round(box.top * scale), 0), height),
        min(max(round(box.x1 * scale), 0), width),
        min(max(round(box.bottom * scale), 0), height),
    )


def _cell(box: Box) -> tuple[int, int]:
    x, y = box.center
    return round(x / 2), round(y / 2)


def _crowds(claims: Iterable[Claim]) -> Mapping[tuple[int, int], list[Claim]]:
    found: dict[tuple[int, int], list[Claim]] = defaultdict(list)
    for claim in claims:
        found[_cell(claim.ink)].append(claim)
    return found


def _by_place(claims: Iterable[Claim]) -> Mapping[tuple[int, int], set[str]]:
    """Texts by place, each also at the places around it."""
    found: dict[tuple[int, int], set[str]] = defaultdict(set)
    for claim in claims:
        x, y = _cell(claim.ink)
        for dx in (-1, 0, 1):
            for dy in (-1, 0, 1):
                found[x + dx, y + dy].add(claim.text)
    return found


def _place(box: Box) -> str:
    return f"({box.x0:.0f}, {box.top:.0f})"


def _crop(picture: Picture, box: Box, scale: float = SCALE) -> Glyph:
    """A box of a picture at the size in which characters are compared; white beyond the picture's edges."""
    height, width = picture.shape
    left, top = max(box.x0 * scale, 0.0), max(box.top * scale, 0.0)
    right, bottom = min(box.x1 * scale, float(width)), min(box.bottom * scale, float(height))
    if right - left < 1.0 or bottom - top < 1.0:
        return np.full(_GLYPH[::-1], 255.0)
    x0, y0, x1, y1 = int(left), int(top), min(int(right) + 1, width), min(int(bottom) + 1, height)
    part = Image.fromarray(np.ascontiguousarray(picture[y0:y1, x0:x1]))
    sized = part.resize(_GLYPH, Image.Resampling.BILINEAR, box=(left - x0, top - y0, right - x0, bottom - y0))
    return np.asarray(sized, np.float64)


class _Atlas:
    """How the seed draws each character."""

    def __init__(
        self, pictures: Sequence[Picture], claims: Sequence[Sequence[Claim]], scale: float = SCALE
    ) -> None:
        self._samples: dict[str, list[Glyph]] = defaultdict(list)
        self._inks: dict[str, list[Glyph]] = defaultdict(list)
        for picture, on_page in zip(pictures, claims, strict=False):
            for claim in on_page:
                samples = self._samples[claim.text]
                if claim.is_whole and len(samples) < _SAMPLES:
                    glyph = _crop(picture, claim.box, scale)
                    if glyph.std() >= _FAINT:
                        samples.append(glyph)
                        self._inks[claim.text].append(_crop(picture, claim.ink, scale))

    def doubt(self, claim: Claim, picture: Picture) -> Finding | None:
        """What is wrong with a character that is read at a place of the picture; None where it is drawn."""
        glyph = _crop(picture, claim.box)
        if glyph.std() < _FAINT:
            return Finding.NOT_DRAWN
        return None if self.is_alike(claim.text, glyph) else Finding.DRAWN_OTHERWISE

    def has_ink_like(self, text: str, glyph: Glyph) -> bool:
        """Whether a picture of nothing but ink looks like that character's."""
        return any(_alike(glyph, sample) >= _ALIKE for sample in self._inks.get(text, ()))

    def is_alike(self, text: str, glyph: Glyph) -> bool:
        """Whether a picture looks like that character; so does any where the seed does not have it."""
        samples = self._samples.get(text)
        return not samples or any(_alike(glyph, sample) >= _ALIKE for sample in samples)


def _alike(one: Glyph, other: Glyph) -> float:
    """The best correlation of two pictures over small shifts; white on black counts like black on white."""
    best = 0.0
    for dx in (0, -1, 1, -2, 2):
        for dy in (0, -1, 1, -2, 2):
            a = one[max(dy, 0) : 20 + min(dy, 0), max(dx, 0) : 16 + min(dx, 0)]
            b = other[max(-dy, 0) : 20 + min(-dy, 0), max(-dx, 0) : 16 + min(-dx, 0)]
            a, b = a - a.mean(), b - b.mean()
            norm = float(np.sqrt((a * a).sum() * (b * b).sum()))
            if norm > 0:
                best = max(best, abs(float((a * b).sum())) / norm)
                if best >= _ALIKE:
                    return best
    return best
