"""What is painted over characters afterwards, or below them: shared by the readers, knows no PDF library.

A rectangle that hides the middle of a character hides it. Anything else that hides a part of it leaves in
doubt what is printed there: a shape, a white stroke, a shading, an image (whose picture is not looked at), or
several of them together. So does a ground of the character's own colour below a part of it.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from zc_pipeline.model import Box

Point = tuple[float, float]
Color = tuple[int, ...]  # red, green and blue, from 0 to 255

_SCRATCH: Final = 0.06  # of a character's ink: what hides less leaves it as it is
_PROBES: Final = 4  # across and down, in a character's ink
_BAND_PT: Final = 16.0
_PAPER: Final = (255, 255, 255)
_ALIKE: Final = 48  # of 255: colours that differ by less in each part cannot be told apart for sure


class _Piece(NamedTuple):
    order: int  # its place in the order of painting
    box: Box  # what a clip leaves of it
    corners: Sequence[Point] | None  # None: the box itself
    is_plain: bool  # an opaque rectangle
    color: Color | None  # None: not known, or several


class Covers:
    """All that is painted on one page and may hide text. Boxes and points are of the displayed page."""

    def __init__(self) -> None:
        self._bands: dict[int, list[_Piece]] = defaultdict(list)
        self._last = 0
        self._colors: set[Color] = {_PAPER}

    def add_rectangle(self, order: int, box: Box, color: Color | None = None) -> None:
        """An opaque rectangle."""
        self._add(_Piece(order, box, None, True, color))

    def add_veil(self, order: int, box: Box) -> None:
        """Something that may show anything within a box: an image, a shading."""
        self._add(_Piece(order, box, None, False, None))

    def add_shape(self, order: int, corners: Sequence[Point], clip: Box, color: Color | None = None) -> None:
        """An opaque shape with these corners."""
        xs, ys = zip(*corners, strict=True)
        box = Box(min(xs), min(ys), max(xs), max(ys)).intersect(clip)
        self._add(_Piece(order, box, corners, False, color))

    def add_line(self, order: int, line: Sequence[Point], width: float, clip: Box) -> None:
        """An opaque line through these points."""
        for (xa, ya), (xb, yb) in pairwise(line):
            length = math.hypot(xb - xa, yb - ya)
            if length > 0:
                dx, dy = (yb - ya) / length * width / 2, (xa - xb) / length * width / 2
                self.add_shape(
                    order,
                    [(xa + dx, ya + dy), (xb + dx, yb + dy), (xb - dx, yb - dy), (xa - dx, ya - dy)],
                    clip,
                )

    def any_after(self, order: int) -> bool:
        """Whether anything at all was painted after what has this place in the order."""
        return self._last > order

    def hides(self, order: int, ink: Box) -> bool:
        """Whether a rectangle painted later lies over the middle of a character's ink."""
        if not self.any_after(order):
            return False
        x, y = ink.center
        return any(
            piece.is_plain and piece.order > order and piece.box.contains(x, y)
            for piece in self._bands.get(int(y // _BAND_PT), ())
        )

    def hides_a_part(self, order: int, ink: Box) -> bool:
        """Whether what was painted later hides a part of a character's ink, and no rectangle hides it all."""
        if not self.any_after(order):
            return False
        hidden = 0.0
        for piece in self._near(order, ink):
            part = _hidden_part(ink, piece)
            if piece.is_plain and part >= 1 - _SCRATCH:
                return False
            hidden += part
        return hidden > _SCRATCH

    def may_blend(self, color: Color) -> bool:
        """Whether anything on the page, the paper included, has a colour like this one."""
        return any(_are_alike(color, one) for one in self._colors)

    def blends_a_part(self, order: int, ink: Box, color: Color) -> bool:
        """Whether a part of a character stands on its own colour: on what was painted last before it."""
        blended = 0
        for x, y in _probes(ink):
            below = [
                piece
                for piece in self._bands.get(int(y // _BAND_PT), ())
                if piece.order < order
                and piece.box.contains(x, y)
                and (piece.corners is None or _is_within(x, y, piece.corners))
            ]
            ground = max(below, key=lambda piece: piece.order).color if below else _PAPER
            blended += ground is not None and _are_alike(color, ground)
        return blended > _SCRATCH * _PROBES * _PROBES

    def _near(self, order: int, ink: Box) -> Iterator[_Piece]:
        x0, top, x1, bottom = ink
        first, last = int(top // _BAND_PT), int(bottom // _BAND_PT)
        for band in range(first, last + 1):
            for piece in self._bands.get(band, ()):
                box = piece.box
                if (
                    piece.order > order
                    and box[0] < x1
                    and box[2] > x0
                    and box[1] < bottom
                    and box[3] > top
                    and (
                        band == first or int(box[1] // _BAND_PT) == band
                    )  # once, though it is in several bands
                ):
                    yield piece

    def _add(self, piece: _Piece) -> None:
        self._last = max(self._last, piece.order)
        if piece.color is not None:
            self._colors.add(piece.color)
        box = piece.box
        if box.x1 > box.x0 and box.bottom > box.top:
            for band in range(int(box.top // _BAND_PT), int(box.bottom // _BAND_PT) + 1):
                self._bands[band].append(piece)


def _are_alike(one: Color, other: Color) -> bool:
    return all(abs(a - b) < _ALIKE for a, b in zip(one, other, strict=True))


def cuts_a_part(ink: Box, clip: Box, subpaths: Iterable[Sequence[Point]]) -> bool:
    """Whether a clip that is no rectangle hides a part of a character that its bounding box would show.

    Args:
        ink: of the character.
        clip: what the bounding boxes of all its clips leave.
        subpaths: of one path; by the even-odd rule, which never shows more than the other one.
    """
    shapes = [*subpaths]
    probes = [(x, y) for x, y in _probes(ink) if clip.contains(x, y)]
    hidden = sum(sum(_is_within(x, y, shape) for shape in shapes) % 2 == 0 for x, y in probes)
    return hidden > _SCRATCH * _PROBES * _PROBES


def _probes(ink: Box) -> list[Point]:
    steps = [(number + 0.5) / _PROBES for number in range(_PROBES)]
    return [(ink.x0 + x * ink.width, ink.top + y * ink.height) for x in steps for y in steps]


def _hidden_part(ink: Box, piece: _Piece) -> float:
    """How much of a character's ink lies below a piece."""
    common = ink.intersect(piece.box)
    if common.width <= 0 or common.height <= 0:
        return 0.0
    if piece.corners is None:
        return common.width * common.height / max(ink.width * ink.height, 0.01)
    probes = _probes(ink)
    return sum(piece.box.contains(x, y) and _is_within(x, y, piece.corners) for x, y in probes) / len(probes)


def _is_within(x: float, y: float, corners: Sequence[Point]) -> bool:
    """Whether a point lies in a shape, by the even-odd rule."""
    crossings = 0
    for (xa, ya), (xb, yb) in zip(corners, (*corners[1:], corners[0]), strict=True):
        if (ya > y) != (yb > y) and x < xa + (y - ya) * (xb - xa) / (yb - ya):
            crossings += 1
    return crossings % 2 == 1
