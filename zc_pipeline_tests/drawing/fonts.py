"""The two fonts of the drawing; neither needs a font file.

`boxes`, the default, is made here and embedded like an office suite's font: subsets with a Unicode map, the
same characters in the same places on every machine. Every character looks like a frame. It also has what
STSong-Light cannot print: Kangxi radicals, compatibility ideographs and the private use area.

`STSong-Light` is a CID font that is not embedded: a viewer on a machine with any Chinese font shows real
glyphs. It is for looking at. On a machine without a Chinese font pdfium gives its Chinese characters no
height, and loses text objects of one Chinese character, or, on a page turned by 90 or 270 degrees, of any
number.
"""

from __future__ import annotations

from functools import cache
from io import BytesIO
from struct import pack
from typing import Literal

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont, TTFontMaker

FontName = Literal["STSong-Light", "boxes"]

_EM, _ASCENT, _DESCENT, _STROKE = 1000, 880, -120, 40
_SPACE, _NARROW, _WIDE = 1, 2, 3
_RANGES = (
    (0x20, 0x20, _SPACE),
    (0x21, 0x7E, _NARROW),
    (0xA0, 0xA0, _SPACE),
    (0xA1, 0x2FFF, _WIDE),
    (0x3000, 0x3000, _SPACE),
    (0x3001, 0xFFFD, _WIDE),
)
_ADVANCES = (_EM, _EM // 2, _EM // 2, _EM)


def text_width(text: str, size: float, font: FontName) -> float:
    """Returns the width of a printed text."""
    register(font)
    return float(pdfmetrics.stringWidth(text, font, size))


@cache
def register(font: FontName) -> None:
    """Makes a font known to reportlab, which must happen before a canvas can use it."""
    made = UnicodeCIDFont(font) if font == "STSong-Light" else TTFont(font, BytesIO(_box_font()))
    pdfmetrics.registerFont(made)


def _box_font() -> bytes:
    """Builds a TrueType font of four glyphs: missing, space, a narrow and a wide frame."""
    glyphs = [_frame(_EM), b"", _frame(_EM // 2), _frame(_EM)]
    places = [sum(map(len, glyphs[:end])) for end in range(len(glyphs) + 1)]
    maker = TTFontMaker()
    maker.add("name", _names("Boxes"))
    maker.add(
        "head",
        pack(">4H2I2H16x4h2H3h", 1, 0, 1, 0, 0, 0x5F0F3CF5, 0, _EM, 0, _DESCENT, _EM, _ASCENT, 0, 8, 2, 1, 0),
    )
    maker.add("hhea", pack(">2H3hH11hH", 1, 0, _ASCENT, _DESCENT, 0, _EM, *[0] * 11, len(glyphs)))
    maker.add("maxp", pack(">2H14H", 1, 0, len(glyphs), 8, 2, 0, 0, 1, *[0] * 8))
    maker.add("hmtx", b"".join(pack(">Hh", advance, 0) for advance in _ADVANCES))
    maker.add("cmap", _many_to_one())
    maker.add("post", pack(">2H2h2h5I", 3, 0, 0, 0, -100, 50, 0, 0, 0, 0, 0))
    maker.add("loca", pack(f">{len(places)}I", *places))
    maker.add("glyf", b"".join(glyphs))
    return bytes(maker.makeStream())


def _frame(advance: int) -> bytes:
    """Builds a glyph of two rectangles, the inner one turning the other way."""
    left, bottom, right, top = 30, _DESCENT + 30, advance - 30, _ASCENT - 30
    inner = (left + _STROKE, bottom + _STROKE, right - _STROKE, top - _STROKE)
    points = [(left, bottom), (left, top), (right, top), (right, bottom)]
    points += [(inner[0], inner[1]), (inner[2], inner[1]), (inner[2], inner[3]), (inner[0], inner[3])]
    steps = [(x - x0, y - y0) for (x, y), (x0, y0) in zip(points, [(0, 0), *points], strict=False)]
    data = pack(">5h2HH", 2, left, bottom, right, top, 3, 7, 0) + b"\x01" * len(points)
    data += b"".join(pack(">h", x) for x, _ in steps) + b"".join(pack(">h", y) for _, y in steps)
    return data + b"\x00" * (-len(data) % 4)


def _many_to_one() -> bytes:
    """Builds a character map of format 13: whole ranges share a glyph."""
    groups = b"".join(pack(">3I", *group) for group in _RANGES)
    table = pack(">2H3I", 13, 0, 16 + len(groups), 0, len(_RANGES)) + groups
    return pack(">4HI", 0, 1, 3, 10, 12) + table


def _names(name: str) -> bytes:
    text = name.encode("utf-16-be")
    kinds = (1, 4, 6)
    records = b"".join(pack(">6H", 3, 1, 0x409, kind, len(text), 0) for kind in kinds)
    return pack(">3H", 0, len(kinds), 6 + len(records)) + records + text
