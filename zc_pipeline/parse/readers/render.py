"""A page as a picture, by pypdfium2: what a person sees. Nothing is read from it."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from zc_pipeline.errors import DocumentError

if TYPE_CHECKING:
    from PIL import Image

_MOST_PIXELS: Final = 16_000_000  # a page of a plan may be metres wide
_FORM_DEPTH_LIMIT: Final = 15
_UNPAINTED_MODES: Final = {
    pdfium_c.FPDF_TEXTRENDERMODE_INVISIBLE,
    pdfium_c.FPDF_TEXTRENDERMODE_CLIP,
}


class RenderedPage(NamedTuple):
    """The displayed page (after /Rotate and the crop box) and its size in points."""

    image: Image.Image
    width: float
    height: float


def count_pages(path: Path) -> int:
    """How many pages a PDF has.

    Raises:
        DocumentError: ``damaged_pdf``: the file cannot be opened.
    """
    try:
        with pdfium.PdfDocument(path) as document:
            return len(document)
    except pdfium.PdfiumError as error:
        raise DocumentError("damaged_pdf", f"The PDF cannot be opened: {error}") from error


def render_page(path: Path, number: int, scale: float) -> RenderedPage:
    """Draw one page.

    Args:
        path: a PDF file.
        number: of the page, from 1.
        scale: pixels a point; less is taken where the picture would be too large.

    Raises:
        DocumentError: ``damaged_pdf``: the file or the page cannot be opened.
    """
    try:
        with pdfium.PdfDocument(path) as document:
            page = document[number - 1]
            width, height = page.get_size()
            scale = min(scale, (_MOST_PIXELS / (width * height)) ** 0.5)
            bitmap = page.render(scale=scale)
            # A copy: the bitmap's memory ends with the document.
            image = bitmap.to_pil().convert("RGB").copy()
    except pdfium.PdfiumError as error:
        raise DocumentError("damaged_pdf", f"Page {number} cannot be drawn: {error}", page=number) from error
    return RenderedPage(image, width, height)


def pages_painting_text(path: Path, numbers: Iterable[int]) -> list[int]:
    """Those of some pages (from 1) on which a text with ink is painted, whether or not it can be read.

    Raises:
        DocumentError: ``damaged_pdf``: the file or a page cannot be opened.
    """
    found = []
    number = None
    try:
        with pdfium.PdfDocument(path) as document:
            for number in numbers:
                page = document[number - 1]
                count = pdfium_c.FPDFPage_CountObjects(page)
                if any(_paints_text(pdfium_c.FPDFPage_GetObject(page, index), 0) for index in range(count)):
                    found.append(number)
                page.close()
    except pdfium.PdfiumError as error:
        raise DocumentError("damaged_pdf", f"The PDF cannot be opened: {error}", page=number) from error
    return found


def _paints_text(handle: Any, depth: int) -> bool:
    """Whether an object is, or holds, a text that is not invisible; blanks have no ink and a height of 0."""
    kind = pdfium_c.FPDFPageObj_GetType(handle)
    if kind == pdfium_c.FPDF_PAGEOBJ_FORM and depth < _FORM_DEPTH_LIMIT:
        count = pdfium_c.FPDFFormObj_CountObjects(handle)
        return any(
            _paints_text(pdfium_c.FPDFFormObj_GetObject(handle, one), depth + 1) for one in range(count)
        )
    if kind != pdfium_c.FPDF_PAGEOBJ_TEXT:
        return False
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    has_box = pdfium_c.FPDFPageObj_GetBounds(handle, left, bottom, right, top)
    has_ink = bool(has_box) and right.value > left.value and top.value > bottom.value
    return has_ink and pdfium_c.FPDFTextObj_GetTextRenderMode(handle) not in _UNPAINTED_MODES
