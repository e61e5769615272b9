"""Straight paths on a displayed page to rules: shared by the readers, knows no PDF library."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from zc_pipeline.model import Box, Rule

WHITE_LEVEL: Final = 250  # of 255: a colour with all channels at least so light is taken for the paper's
RULE_THICKNESS_PT: Final = 3.0  # a filled rectangle no thicker than this is a rule, not an area
AXIS_TOLERANCE_PT: Final = 0.7  # how far a line may lean and still be horizontal or vertical
_SHORTEST_RULE_PT: Final = 1.0


class Matrix(NamedTuple):
    """A PDF transformation: x' = a x + c y + e, y' = b x + d y + f."""

    a: float
    b: float
    c: float
    d: float
    e: float
    f: float

    @classmethod
    def identity(cls) -> Matrix:
        """The transformation that changes nothing."""
        return cls(1.0, 0.0, 0.0, 1.0, 0.0, 0.0)

    def apply(self, x: float, y: float) -> tuple[float, float]:
        """Where a point lies after it."""
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f

    def then(self, outer: Matrix) -> Matrix:
        """The transformation that applies this one first and ``outer`` after it."""
        e, f = outer.apply(self.e, self.f)
        return Matrix(
            outer.a * self.a + outer.c * self.b,
            outer.b * self.a + outer.d * self.b,
            outer.a * self.c + outer.c * self.d,
            outer.b * self.c + outer.d * self.d,
            e,
            f,
        )


def path_rules(
    subpaths: Iterable[Sequence[tuple[float, float]]], *, is_filled: bool, is_stroked: bool, clip: Box
) -> tuple[list[Rule], list[Box]]:
    """Split the subpaths of one painted path into rules and filled areas.

    Args:
        subpaths: points of the displayed page, a closed subpath repeats its first point.
        is_filled: the path is filled in a colour that shows.
        is_stroked: the path is stroked in a colour that shows.
        clip: what the path may show of itself.

    Returns:
        rules (the visible part of each axis-aligned line or thin rectangle), and the boxes of filled
        areas too thick for a rule.
    """
    rules: list[Rule] = []
    areas: list[Box] = []
    for points in subpaths:
        xs, ys = [p[0] for p in points], [p[1] for p in points]
        box = Box(min(xs), min(ys), max(xs), max(ys))
        if is_stroked:
            for (xa, ya), (xb, yb) in pairwise(points):
                _add_rule(rules, Box(min(xa, xb), min(ya, yb), max(xa, xb), max(ya, yb)), clip)
        if is_filled:
            if min(box.width, box.height) <= RULE_THICKNESS_PT:
                _add_rule(rules, box, clip, thickness=RULE_THICKNESS_PT)
            elif not is_stroked or len(points) >= 4:
                areas.append(box.intersect(clip))
    return rules, areas


def _add_rule(rules: list[Rule], box: Box, clip: Box, *, thickness: float = AXIS_TOLERANCE_PT) -> None:
    """Append the visible part of a line, drawn to its centre line, unless it leans or is a dot."""
    if box.width >= box.height and box.height <= thickness:
        middle = (box.top + box.bottom) / 2
        line = Box(box.x0, middle, box.x1, middle)
    elif box.height > box.width and box.width <= thickness:
        middle = (box.x0 + box.x1) / 2
        line = Box(middle, box.top, middle, box.bottom)
    else:
        return
    # A rule drawn on the clip's edge is half visible: it counts.
    reach = Box(clip.x0 - 1.0, clip.top - 1.0, clip.x1 + 1.0, clip.bottom + 1.0)
    shown = line.intersect(reach)
    if shown.width < 0 or shown.height < 0 or max(shown.width, shown.height) < _SHORTEST_RULE_PT:
        return
    rules.append(Rule(*shown))
