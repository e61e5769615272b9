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
_MARGIN: Final = 0.02  # of that side, around it: 一 and a dash fill their boxes
_AT_PT: Final = 0.05
_KEPT_OPEN: Final = 8  # pages
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
        except (pdfium.PdfiumError, IndexError, ValueError) as error:
            raise _cannot_be_drawn(error, number) from error

    def close(self) -> None:
        """Close the file; another page opens it anew."""
        if self._document is not None:
            self._document.close()
            self._document = None


class CharacterPictures:
    """Draws single characters of one document; the file is opened with the first, until ``close``.

    The last few pages are kept open.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._document: pdfium.PdfDocument | None = None
        self._pages: dict[int, _OpenPage] = {}

    def find(self, number: int, text: str, origin: tuple[float, float]) -> Box | None:
        """The ink of a character on its displayed page (in points), which may be empty.

        Args:
            number: of the page, from 1.
            text: the character.
            origin: where its baseline begins, in user space.

        Returns:
            None where no such character begins there.

        Raises:
            DocumentError: ``damaged_pdf``: the file or the page cannot be opened.
        """
        try:
            page = self._page(number)
            return page.ink_at(text, origin)
        except (pdfium.PdfiumError, IndexError, ValueError) as error:
            raise _cannot_be_drawn(error, number) from error

    def draw(self, number: int, ink: Box) -> GreyPage | None:
        """A large picture of a part of a page (from 1); None where the part is empty or not on the page.

        Raises:
            DocumentError: ``damaged_pdf``: the file or the page cannot be drawn.
        """
        if min(ink.width, ink.height) <= 0:
            return None
        try:
            return _draw_part(self._page(number).page, ink)
        except (pdfium.PdfiumError, IndexError, ValueError) as error:
            raise _cannot_be_drawn(error, number) from error

    def close(self) -> None:
        """Close the pages and the file; another character opens them anew."""
        for page in self._pages.values():
            page.page.close()
        self._pages.clear()
        if self._document is not None:
            self._document.close()
            self._document = None

    def _page(self, number: int) -> _OpenPage:
        if number not in self._pages:
            if self._document is None:
                self._document = pdfium.PdfDocument(self._path)
            if len(self._pages) == _KEPT_OPEN:
                self._pages.pop(next(iter(self._pages))).page.close()
            self._pages[number] = _OpenPage(self._document[number - 1])
        return self._pages[number]


class _OpenPage:
    """A page with the places of its characters."""

    def __init__(self, page: pdfium.PdfPage) -> None:
        self.page = page
        self._found: dict[str, list[tuple[float, float, Box]]] = {}
        text_page = page.get_textpage()
        try:
            address = calls.address_of(text_page.raw)
            drawn = calls.drawn_characters(address)
            starts = zip(*calls.origins(address, drawn.indices), strict=True)
            for at, (code, (x, y)) in enumerate(zip(drawn.codes, starts, strict=True)):
                left, right, bottom, top = drawn.tight[4 * at : 4 * at + 4]
                self._found.setdefault(chr(code), []).append((x, y, Box(left, bottom, right, top)))
        finally:
            text_page.close()

    def ink_at(self, text: str, origin: tuple[float, float]) -> Box | None:
        """The ink of the character that begins at a point of user space, on the displayed page."""
        for x, y, (left, bottom, right, top) in self._found.get(text, ()):
            if abs(x - origin[0]) < _AT_PT and abs(y - origin[1]) < _AT_PT:
                (xa, ya), (xb, yb) = _displayed(self.page, left, bottom), _displayed(self.page, right, top)
                return Box(min(xa, xb), min(ya, yb), max(xa, xb), max(ya, yb))
        return None


def _cannot_be_drawn(error: Exception, number: int) -> DocumentError:
    return DocumentError("damaged_pdf", f"The page cannot be drawn: {error}", page=number)


def _displayed(page: pdfium.PdfPage, x: float, y: float) -> tuple[float, float]:
    """Where a point of user space lies on the displayed page, in points."""
    across, down = ctypes.c_int(), ctypes.c_int()
    width, height = (round(side * _FINE) for side in page.get_size())
    pdfium_c.FPDF_PageToDevice(page, 0, 0, width, height, 0, x, y, across, down)
    return across.value / _FINE, down.value / _FINE


def _draw_part(page: pdfium.PdfPage, box: Box) -> GreyPage | None:
    width, height = page.get_size()
    margin = _MARGIN * max(box.width, box.height)
    box = Box(box.x0 - margin, box.top - margin, box.x1 + margin, box.bottom + margin)
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
