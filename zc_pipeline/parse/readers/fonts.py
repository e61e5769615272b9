"""pdfminer's fonts, taken at their word: a code that a font's own map leaves out has no character."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pdfminer.pdffont import PDFFont, PDFUnicodeNotDefined
from pdfminer.pdfinterp import PDFResourceManager


class MappedFonts(PDFResourceManager):
    """Fonts whose characters are those of their maps.

    For a code that a map leaves out, pdfminer (as PDFium does) falls back on the code's usual character. What
    the font draws for such a code is often the box of a missing glyph.
    """

    def get_font(self, objid: Any, spec: Mapping[str, Any]) -> PDFFont:
        """Called by pdfminer for each font that a page names."""
        font = super().get_font(objid, spec)
        if getattr(font, "unicode_map", None) is not None and "to_unichr" not in vars(font):
            vars(font)["to_unichr"] = _by_map(font, font.to_unichr)
        return font


def _by_map(font: Any, usual: Callable[[int], str]) -> Callable[[int], str]:
    def to_unichr(code: int) -> str:
        said = font.unicode_map
        try:
            return str(said.get_unichr(code))
        except KeyError:
            text = usual(code)
            if text.isspace() or not getattr(said, "cid2unichr", None):
                return text
            raise PDFUnicodeNotDefined(None, code) from None

    return to_unichr
