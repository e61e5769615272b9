"""Pages as grey pictures, by pypdfium2: small and fast ones to see whether what is read is drawn at all.

Large ones show what single characters look like.
"""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import Final, NamedTuple

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from zc_pipeline.errors import DocumentError
from zc_pipeline.model import Box
from zc_pipeline.parse.readers import calls

SCALE: Final = 1.5  # pixels a point: the stroke of a small character darkens a pixel by a third at least
LARGER: Final = 4.0  # where that is too small
_LARGE: Final = 144.0  # pixels of a character's longer side: 未 and 末 differ by several pixels
_AT_PT: Final = 0.05
_FINE: Final = 64  # parts of a point in which a place is told
_MOST_PIXELS: Final = 16_000_000


class GreyPage(NamedTuple):
    """The displayed page (after /Rotate and the crop box): row by row, one byte a pixel, 255 white."""

    pixels: bytes
    across: int
    down: int
    scale: float


class GreyPages:
    """Draws pages of one document by number; the file is opened with the first of them, until ``close``."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._document: pdfium.PdfDocument | None = None

    def page(self, number: int, scale: float = SCALE) -> GreyPage:
        """A page (from 1) as it is drawn, notes and layers as a viewer shows them.

        Args:
            number: of the page.
            scale: pixels a point, fewer for a huge page.

        Raises:
            DocumentError: ``damaged_pdf``: the file or the page cannot be drawn.
        """
        try:
            if self._document is None:
                self._document = pdfium.PdfDocument(self._path)
            page = self._document[number - 1]
            try:
                return _draw(page, scale)
            finally:
                page.close()
        except (pdfium.PdfiumError, IndexError) as error:
            raise DocumentError("damaged_pdf", f"The page cannot be drawn: {error}", page=number) from error

    def close(self) -> None:
        """Close the file; another page opens it anew."""
        if self._document is not None:
            self._document.close()
            self._document = None


def draw_character(path: Path, number: int, text: str, origin: tuple[float, float]) -> GreyPage | None:
    """A large picture of the ink of one character.

    Args:
        path: the PDF file.
        number: of the page, from 1.
        text: the character.
        origin: where its baseline begins, in user space.

    Returns:
        The picture; None where no such character begins there, or it has no ink.

    Raises:
        DocumentError: ``damaged_pdf``: the file or the page cannot be drawn.
    """
    try:
        with pdfium.PdfDocument(path) as document:
            page = document[number - 1]
            ink = _ink_at(page, text, origin)
            return None if ink is None else _draw_part(page, ink)
    except (pdfium.PdfiumError, IndexError) as error:
        raise DocumentError("damaged_pdf", f"The page cannot be drawn: {error}", page=number) from error


def _ink_at(page: pdfium.PdfPage, text: str, origin: tuple[float, float]) -> Box | None:
    """The ink of the character that begins at a point of user space, on the displayed page."""
    text_page = page.get_textpage()
    try:
        address = calls.address_of(text_page.raw)
        drawn = calls.drawn_characters(address)
        places = [at for at, code in enumerate(drawn.codes) if chr(code) == text]
        starts = zip(*calls.origins(address, [drawn.indices[at] for at in places]), strict=True)
        for at, (x, y) in zip(places, starts, strict=True):
            if abs(x - origin[0]) < _AT_PT and abs(y - origin[1]) < _AT_PT:
                left, right, bottom, top = drawn.tight[4 * at : 4 * at + 4]
                (xa, ya), (xb, yb) = _displayed(page, left, bottom), _displayed(page, right, top)
                box = Box(min(xa, xb), min(ya, yb), max(xa, xb), max(ya, yb))
                return box if min(box.width, box.height) > 0 else None
    finally:
        text_page.close()
    return None


def _displayed(page: pdfium.PdfPage, x: float, y: float) -> tuple[float, float]:
    """Where a point of user space lies on the displayed page, in points."""
    across, down = ctypes.c_int(), ctypes.c_int()
    width, height = (round(side * _FINE) for side in page.get_size())
    pdfium_c.FPDF_PageToDevice(page, 0, 0, width, height, 0, x, y, across, down)
    return across.value / _FINE, down.value / _FINE


def _draw_part(page: pdfium.PdfPage, box: Box) -> GreyPage | None:
    width, height = page.get_size()
    if box.x0 < 0 or box.top < 0 or box.x1 > width or box.bottom > height:
        return None
    scale = _LARGE / max(box.width, box.height)
    return _grey(page, scale, (box.x0, height - box.bottom, width - box.x1, box.top))


def _draw(page: pdfium.PdfPage, scale: float) -> GreyPage:
    width, height = page.get_size()
    return _grey(page, min(scale, (_MOST_PIXELS / max(width * height, 1.0)) ** 0.5), (0, 0, 0, 0))


def _grey(page: pdfium.PdfPage, scale: float, crop: tuple[float, float, float, float]) -> GreyPage:
    """A page without what is cropped of it: left, bottom, right and top, in points."""
    bitmap = page.render(scale=scale, crop=crop, grayscale=True)
    try:
        across, down, stride = bitmap.width, bitmap.height, bitmap.stride
        data = bytes(bitmap.buffer)  # a copy: the bitmap's memory ends with it
    finally:
        bitmap.close()
    if stride != across:
        data = b"".join(data[row * stride : row * stride + across] for row in range(down))
    return GreyPage(data, across, down, scale)
