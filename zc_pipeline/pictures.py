"""A drawn page and boxes on it to a marked picture, and that to PNG: pure functions.

Not here: drawing the page itself (``parse/readers/render``, called by ``isolation``) and which boxes are
marked (``show``).
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, NamedTuple

from PIL import Image, ImageChops, ImageDraw, ImageFont

from zc_pipeline.isolation.reading import PagePicture
from zc_pipeline.model import Box

_Color = tuple[int, int, int]


class _Pen(NamedTuple):
    """How a mark is drawn. ``width`` is in points of the page; ``fill`` tints what lies inside."""

    label: str
    color: _Color
    width: float
    fill: _Color | None = None


class MarkKind(Enum):
    """What a marked box is; later ones are drawn over earlier ones."""

    LINE = _Pen("free line", (30, 140, 60), 0.8)
    CELL = _Pen("table cell", (30, 110, 200), 0.8)
    CLIPPED = _Pen("cell that a clip cuts", (225, 120, 0), 1.6, (255, 238, 214))
    PROBLEM = _Pen("row of a problem", (215, 0, 40), 2.2, (255, 224, 228))
    ROW = _Pen("cell of the row", (200, 20, 120), 1.6)
    TOLD = _Pen("cell of the indicator", (215, 0, 40), 3.0, (255, 246, 190))

    @property
    def label(self) -> str:
        """What the legend says."""
        return self.value.label

    @property
    def color(self) -> _Color:
        """Of the outline."""
        return self.value.color


class Mark(NamedTuple):
    """A box to be marked, in points of the displayed page."""

    box: Box
    kind: MarkKind


@dataclass(frozen=True, slots=True)
class MarkedPage:
    """One page to be shown: its picture, its size in points, what is marked, and a short ASCII caption."""

    image: Image.Image
    width: float
    height: float
    marks: tuple[Mark, ...]
    caption: str

    def pixel_box(self, box: Box) -> tuple[float, float, float, float]:
        """Where a box of the page lies in its picture."""
        across, down = self.image.width / self.width, self.image.height / self.height
        return box.x0 * across, box.top * down, box.x1 * across, box.bottom * down


def picture_of(page: PagePicture) -> Image.Image:
    """A drawn page as it came from its reader's process."""
    return Image.frombytes("RGB", (page.pixels_across, page.pixels_down), page.rgb)


_TEXT_PX: Final = 20
_MARGIN_PX: Final = 10
_SWATCH_PX: Final = 22
_INK: Final = (40, 40, 40)
_STRIP: Final = (236, 238, 241)
_BETWEEN: Final = 4  # pixels between stacked pages
_SMALL_GREYS: Final = 16


def draw_pages(pages: Sequence[MarkedPage]) -> Image.Image:
    """The pages one below the other, each under a strip with its caption and the legend of its marks."""
    drawn: list[Image.Image] = []
    for page in pages:
        drawn += [_strip(page), _marked(page)]
    width = max(image.width for image in drawn)
    gaps = _BETWEEN * (len(pages) - 1)
    whole = Image.new("RGB", (width, sum(image.height for image in drawn) + gaps), _STRIP)
    top = 0
    for index, image in enumerate(drawn):
        whole.paste(image, (0, top))
        top += image.height + (_BETWEEN if index % 2 else 0)
    return whole


def _marked(page: MarkedPage) -> Image.Image:
    image = page.image.copy()
    scale = image.width / page.width
    order = list(MarkKind)
    marks = sorted(page.marks, key=lambda mark: order.index(mark.kind))
    for mark in marks:
        _tint(image, page.pixel_box(mark.box), mark.kind.value.fill)
    pencil = ImageDraw.Draw(image)
    for mark in marks:
        x0, top, x1, bottom = page.pixel_box(mark.box)
        width = max(1, round(mark.kind.value.width * scale))
        # The outline lies over the edge, half outside, so that those of two neighbours are one. What would
        # fall off the page is drawn at its edge.
        half = width / 2
        left, upper = max(0, round(x0 - half)), max(0, round(top - half))
        right = min(image.width - 1, max(left + width, round(x1 + half)))
        lower = min(image.height - 1, max(upper + width, round(bottom + half)))
        if left < right and upper < lower:
            pencil.rectangle((left, upper, right, lower), outline=mark.kind.color, width=width)
    return image


def _tint(image: Image.Image, box: tuple[float, float, float, float], color: _Color | None) -> None:
    x0, top, x1, bottom = (round(edge) for edge in box)
    x0, top, x1, bottom = max(0, x0), max(0, top), min(image.width, x1), min(image.height, bottom)
    if color is None or x0 >= x1 or top >= bottom:
        return
    inside = image.crop((x0, top, x1, bottom))
    image.paste(ImageChops.multiply(inside, Image.new("RGB", inside.size, color)), (x0, top))


def _strip(page: MarkedPage) -> Image.Image:
    """The caption, then a swatch for each kind of mark on the page, in as many lines as it takes."""
    font = ImageFont.load_default(_TEXT_PX)
    line_height = _TEXT_PX + _MARGIN_PX
    present = {mark.kind for mark in page.marks}
    entries: list[tuple[MarkKind | None, str]] = [(None, page.caption)]
    entries += [(kind, kind.label) for kind in MarkKind if kind in present]
    placed: list[tuple[int, int, MarkKind | None, str]] = []
    x = y = 0
    for kind, text in entries:
        width = round(font.getlength(text)) + 3 * _MARGIN_PX + (_SWATCH_PX if kind else 0)
        if x and x + width > page.image.width:
            x, y = 0, y + line_height
        placed.append((x + _MARGIN_PX, y + _MARGIN_PX // 2, kind, text))
        x += width
    strip = Image.new("RGB", (page.image.width, y + line_height), _STRIP)
    pencil = ImageDraw.Draw(strip)
    for left, top, kind, text in placed:
        if kind is not None:
            pencil.rectangle(
                (left, top + 3, left + _SWATCH_PX - 6, top + _TEXT_PX),
                fill=kind.value.fill or (255, 255, 255),
                outline=kind.color,
                width=3,
            )
            left += _SWATCH_PX
        pencil.text((left, top), text, fill=_INK, font=font)
    return strip


def png_bytes(image: Image.Image) -> bytes:
    """The picture as PNG."""
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


def _small_palette() -> bytes:
    """Greys, the colours of marks, and what they become on white when a picture is made smaller."""
    colors = [(level, level, level) for level in range(0, 256, 255 // (_SMALL_GREYS - 1))]
    for kind in MarkKind:
        pale: _Color = tuple((value + 255) // 2 for value in kind.color)  # type: ignore[assignment]
        colors += [kind.color, pale, *([kind.value.fill] if kind.value.fill else [])]
    return bytes(value for color in colors for value in color)


def small_png(image: Image.Image, most_bytes: int) -> bytes:
    """The picture as PNG in greys and the marks' colours, made smaller until it has at most so many bytes."""
    palette = Image.new("P", (1, 1))
    palette.putpalette(_small_palette())
    share = 1.0
    while True:
        size = max(1, round(image.width * share)), max(1, round(image.height * share))
        small = image if share == 1.0 else image.resize(size, Image.Resampling.LANCZOS)
        stream = io.BytesIO()
        small.quantize(palette=palette, dither=Image.Dither.NONE).save(stream, "PNG", optimize=True)
        if stream.tell() <= most_bytes or max(size) <= 64:
            return stream.getvalue()
        share *= 0.85
