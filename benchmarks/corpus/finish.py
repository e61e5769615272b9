"""What is done to a finished PDF where an engine does not do it: stamps, page boxes, rotation, scale."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from pypdf import PageObject, PdfReader, PdfWriter
from pypdf.generic import RectangleObject
from reportlab.lib.colors import HexColor, maroon, white
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from . import platypus
from .engine import PALE, footer_parts
from .forms import Document

HIDDEN_TEXT = "隐藏项目999,999.99"


def page_count(path: Path) -> int:
    """Returns how many pages a file has."""
    return len(PdfReader(path).pages)


def finish(path: Path, document: Document, native: frozenset[str]) -> None:
    """Adds to a file what its engine left out; the file stays as it is if that is nothing.

    Args:
        path: The file; it is replaced.
        document: What is printed there.
        native: What the engine did itself.
    """
    look = document.look
    stamped = {
        "watermark": bool(look.watermark),
        "frame": look.frame,
        "running_header": bool(look.running_header),
        "footer": look.footer != "none",
        "hidden": look.hidden is not None,
    }
    stamped = {name: wanted and name not in native for name, wanted in stamped.items()}
    rotate = look.rotate if "rotate" not in native else 0
    crop = look.crop if "crop" not in native else 0.0
    reshaped = rotate or crop or look.scale != 1.0 or look.mixed_sizes or look.portrait_cover
    if not any(stamped.values()) and not reshaped:
        return
    writer = PdfWriter(clone_from=path)
    count = len(writer.pages)
    for number, page in enumerate(writer.pages, 1):
        width, height = float(page.mediabox.width), float(page.mediabox.height)
        if any(stamped.values()):
            turned = page.rotation
            if turned in (90, 270):
                width, height = height, width
            if turned:
                page.transfer_rotation_to_content()
            under, over = _stamps(document, stamped, width, height, number, count)
            if under is not None:
                page.merge_page(under, over=False)
            if over is not None:
                page.merge_page(over)
            if turned:
                _turn(page, turned)
        scale = look.scale * (0.75 if look.mixed_sizes and number % 2 == 0 else 1.0)
        if scale != 1.0:
            page.scale_by(scale)
        if crop:
            left, bottom, right, top = map(float, page.mediabox)
            page.mediabox = RectangleObject((left - crop, bottom - crop, right + crop, top + crop))
            page.cropbox = RectangleObject((left, bottom, right, top))
        if rotate:
            _turn(page, rotate)
    if look.portrait_cover:
        writer.insert_page(_cover(document), 0)
    with path.open("wb") as stream:
        writer.write(stream)


def _cover(document: Document) -> PageObject:
    short, long = sorted(document.look.page_size)
    with _Sheet(short, long) as sheet:
        sheet.canvas.setFont(_font(), 22)
        for line, text in enumerate((document.forms[0].department or "", "2024年部门预算")):
            sheet.canvas.drawCentredString(short / 2, long * 0.6 - 40 * line, text)
    return sheet.page


def _turn(page: PageObject, rotate: int) -> None:
    """Turns the content against a /Rotate, so that the page is shown as before."""
    page.rotate(360 - rotate)
    page.transfer_rotation_to_content()
    page.rotate(rotate)


def _font() -> str:
    if platypus.PlatypusEngine().missing() is None:
        return platypus._FONT
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    return "STSong-Light"


def _stamps(
    document: Document, wanted: dict[str, bool], width: float, height: float, number: int, count: int
) -> tuple[PageObject | None, PageObject | None]:
    """Draws what goes below the page's content and what goes above it."""
    look = document.look
    font, size = _font(), look.font_size
    under: PageObject | None = None
    over: PageObject | None = None
    is_white = wanted["hidden"] and look.hidden == "white"
    if wanted["watermark"] or is_white:
        with _Sheet(width, height) as sheet:
            canvas = sheet.canvas
            if is_white:
                canvas.setFillColor(white)
                canvas.setFont(font, 8)
                canvas.drawString(width * 0.3, height * 0.5, HIDDEN_TEXT)
            if wanted["watermark"]:
                canvas.setFillColor(HexColor(PALE))
                canvas.setFont(font, 40)
                canvas.translate(width / 2, height / 2)
                canvas.rotate(28)
                canvas.drawCentredString(0, 0, look.watermark)
        under = sheet.page
    others = ("frame", "running_header", "footer", "hidden")
    if any(wanted[name] for name in others):
        with _Sheet(width, height) as sheet:
            canvas = sheet.canvas
            canvas.setFont(font, size)
            if wanted["frame"]:
                canvas.setStrokeColor(maroon)
                inset = 8.0
                for gap in (inset, inset + 3):
                    canvas.rect(gap, gap, width - 2 * gap, height - 2 * gap)
            if wanted["running_header"]:
                canvas.drawCentredString(width / 2, height - look.margin * 0.6, look.running_header)
            parts = footer_parts(look)
            if wanted["footer"] and parts:
                before, between, after = parts
                text = f"{before}{number}{between}{count if between else ''}{after}"
                canvas.drawCentredString(width / 2, look.margin * 0.5, text)
            if wanted["hidden"] and not is_white:
                _hide(canvas, document, width, height)
        over = sheet.page
    return under, over


def _hide(canvas: Canvas, document: Document, width: float, height: float) -> None:
    """Writes what nobody sees: without paint, or beyond the page."""
    spot = document.look.hidden
    text = canvas.beginText(width * 0.3, height * 0.5 if spot != "off_page" else -40)
    text.setFont(_font(), 8)
    if spot == "invisible":
        text.setTextRenderMode(3)
    text.textOut(HIDDEN_TEXT)
    canvas.drawText(text)


class _Sheet:
    """A page of stamps being drawn; `page` afterwards."""

    def __init__(self, width: float, height: float) -> None:
        self._stream = BytesIO()
        self.canvas = Canvas(self._stream, pagesize=(width, height), invariant=1)
        self._page: PageObject | None = None

    @property
    def page(self) -> PageObject:
        """The finished page; only after the `with` block."""
        if self._page is None:
            raise ValueError("the page is still being drawn")
        return self._page

    def __enter__(self) -> _Sheet:
        return self

    def __exit__(self, *_: object) -> None:
        self.canvas.showPage()
        self.canvas.save()
        self._stream.seek(0)
        self._page = PdfReader(self._stream).pages[0]
