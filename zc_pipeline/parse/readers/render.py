"""A page as a picture, by pypdfium2: what a person sees. Nothing is read from it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import pypdfium2 as pdfium

from zc_pipeline.errors import DocumentError

if TYPE_CHECKING:
    from PIL import Image

_MOST_PIXELS: Final = 16_000_000  # a page of a plan may be metres wide


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
