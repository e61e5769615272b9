"""First reader: pypdfium2. It knows the clip of every text object, so it can tell what a page hides.

Beside ``render``, the only module that imports pypdfium2.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, Final, NamedTuple

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from zc_pipeline.errors import DocumentError
from zc_pipeline.model import Box, Char, PageContent, Rule
from zc_pipeline.parse.readers.paths import RULE_THICKNESS_PT, WHITE_LEVEL, Matrix, path_rules
from zc_pipeline.parse.text import is_unmapped_character

NAME: Final = "pypdfium2"

_FORM_DEPTH_LIMIT: Final = 15
_OPAQUE: Final = 255
_INKED_PT: Final = 0.2
_NARROWEST_PART: Final = 0.6  # of its height: a full-width character that is one of several in a glyph
# Parts of the font size: a character's box is at least so high, else it reaches so far from the baseline.
_LOWEST_BOX_EM: Final = 0.9
_ASCENT_EM: Final = 0.88
_DESCENT_EM: Final = 0.12
_UPRIGHT_COSINE: Final = 0.99  # about 8 degrees
_SIDEWAYS_COSINE: Final = 0.14  # about 8 degrees off the vertical
_INVISIBLE_RENDER_MODES: Final = {
    pdfium_c.FPDF_TEXTRENDERMODE_INVISIBLE,
    pdfium_c.FPDF_TEXTRENDERMODE_CLIP,
}
# PDFium writes this in place of a hyphen at a line's end that may be a mere word break. It does so for
# HYPHEN-MINUS and SOFT HYPHEN; both are drawn as a hyphen.
_LINE_END_HYPHEN: Final = "\x02"


class _Placed(NamedTuple):
    """What the page's object tree says of one text object."""

    clip: Box | None
    is_invisible: bool
    is_white: bool
    em: float  # font size on the displayed page, in points
    slant: float  # cosine of the angle of its lines
    order: int  # its place in the order of painting


def read_pages(path: Path) -> Iterator[PageContent]:
    """Yield the pages of a PDF in order.

    Raises:
        DocumentError: ``password_protected`` or ``damaged_pdf`` when the file cannot be opened.
    """
    try:
        document = pdfium.PdfDocument(path)
    except pdfium.PdfiumError as error:
        if getattr(error, "err_code", None) == pdfium_c.FPDF_ERR_PASSWORD or "password" in str(error).lower():
            raise DocumentError("password_protected", "The PDF needs a password to open.") from error
        raise DocumentError("damaged_pdf", f"The PDF cannot be opened: {error}") from error
    try:
        for index in range(len(document)):
            try:
                page = document[index]
            except pdfium.PdfiumError as error:
                raise DocumentError(
                    "damaged_pdf", f"Page {index + 1} cannot be loaded: {error}", page=index + 1
                ) from error
            try:
                content = _read_page(page, index + 1)
            except pdfium.PdfiumError as error:
                raise DocumentError(
                    "damaged_pdf", f"Page {index + 1} cannot be read: {error}", page=index + 1
                ) from error
            finally:
                page.close()
            yield content
    finally:
        document.close()


def _read_page(page: pdfium.PdfPage, number: int) -> PageContent:
    frame = _PageFrame(page)
    objects = _PageObjects(frame)
    for handle in _children_of_page(page):
        objects.visit(handle, Matrix.identity(), frame.box, 0)
    return PageContent(
        number=number,
        width=frame.box.width,
        height=frame.box.height,
        rotation=frame.rotation,
        chars=tuple(_part_ligatures(_read_chars(page, frame, objects))),
        rules=tuple(objects.rules),
        image_count=objects.image_count,
        reader=NAME,
    )


class _PageFrame:
    """Turns user space (origin bottom left, unrotated) into the displayed page (origin top left)."""

    def __init__(self, page: pdfium.PdfPage) -> None:
        bounds = pdfium_c.FS_RECTF()
        pdfium_c.FPDF_GetPageBoundingBox(page, bounds)
        self._left, self._bottom = bounds.left, bounds.bottom
        self._right, self._top = bounds.right, bounds.top
        self.rotation = page.get_rotation()
        width, height = self._right - self._left, self._top - self._bottom
        if self.rotation in (90, 270):
            width, height = height, width
        self.box = Box(0.0, 0.0, width, height)

    def point(self, x: float, y: float) -> tuple[float, float]:
        if self.rotation == 0:
            return x - self._left, self._top - y
        if self.rotation == 90:
            return y - self._bottom, x - self._left
        if self.rotation == 180:
            return self._right - x, y - self._bottom
        return self._top - y, self._right - x

    def box_of(self, left: float, bottom: float, right: float, top: float) -> Box:
        xa, ya = self.point(left, bottom)
        xb, yb = self.point(right, top)
        return Box(min(xa, xb), min(ya, yb), max(xa, xb), max(ya, yb))

    def slant(self, direction_x: float, direction_y: float) -> float:
        """Cosine of the angle between a user-space writing direction and the displayed page's lines."""
        x0, y0 = self.point(0.0, 0.0)
        x1, y1 = self.point(direction_x, direction_y)
        length = math.hypot(x1 - x0, y1 - y0)
        return (x1 - x0) / length if length > 0 else 0.0


class _PageObjects:
    """Collects rules and, per text object, its clip and how it is drawn, through nested form objects."""

    def __init__(self, frame: _PageFrame) -> None:
        self._frame = frame
        self.rules: list[Rule] = []
        self.dark_fills: list[Box] = []
        self.covers: list[tuple[int, Box]] = []  # opaque rectangles with their place in the order of painting
        self.texts: dict[int, _Placed] = {}
        self.image_count = 0
        self._painted = 0

    def visit(self, handle: Any, outer: Matrix, outer_clip: Box, depth: int) -> None:
        kind = pdfium_c.FPDFPageObj_GetType(handle)
        self._painted += 1
        own_clip = _clip_box(handle, outer, self._frame)
        clip = outer_clip if own_clip is None else outer_clip.intersect(own_clip)
        if kind == pdfium_c.FPDF_PAGEOBJ_TEXT:
            self.texts[ctypes.addressof(handle.contents)] = self._place_text(handle, outer, clip)
        elif kind == pdfium_c.FPDF_PAGEOBJ_PATH:
            self._add_path(handle, outer, clip)
        elif kind == pdfium_c.FPDF_PAGEOBJ_IMAGE:
            self.image_count += 1
        elif kind == pdfium_c.FPDF_PAGEOBJ_FORM and depth < _FORM_DEPTH_LIMIT:
            inner = _object_matrix(handle).then(outer)
            for index in range(pdfium_c.FPDFFormObj_CountObjects(handle)):
                self.visit(pdfium_c.FPDFFormObj_GetObject(handle, index), inner, clip, depth + 1)

    def _place_text(self, handle: Any, outer: Matrix, clip: Box) -> _Placed:
        matrix = _object_matrix(handle).then(outer)
        size = ctypes.c_float()
        pdfium_c.FPDFTextObj_GetFontSize(handle, size)
        mode = pdfium_c.FPDFTextObj_GetTextRenderMode(handle)
        color = _color(handle, pdfium_c.FPDFPageObj_GetFillColor)
        return _Placed(
            clip=clip,
            is_invisible=mode in _INVISIBLE_RENDER_MODES or (color is not None and color[3] == 0),
            is_white=color is not None and min(color[:3]) >= WHITE_LEVEL,
            slant=self._frame.slant(matrix.a, matrix.b),
            order=self._painted,
            em=size.value * math.hypot(matrix.c, matrix.d),
        )

    def _add_path(self, handle: Any, outer: Matrix, clip: Box) -> None:
        fill_mode, stroke = ctypes.c_int(), ctypes.c_int()
        pdfium_c.FPDFPath_GetDrawMode(handle, fill_mode, stroke)
        fill_color = _color(handle, pdfium_c.FPDFPageObj_GetFillColor) if fill_mode.value else None
        stroke_color = _color(handle, pdfium_c.FPDFPageObj_GetStrokeColor) if stroke.value else None
        is_filled = _is_visible(fill_color)
        is_stroked = _is_visible(stroke_color)
        is_opaque = (
            fill_color is not None
            and fill_color[3] == _OPAQUE
            and not pdfium_c.FPDFPageObj_HasTransparency(handle)
        )
        if not (is_filled or is_stroked or is_opaque):
            return
        matrix = _object_matrix(handle).then(outer)
        subpaths = [
            [self._frame.point(*matrix.apply(x, y)) for x, y in points] for points in _subpaths(handle)
        ]
        if is_opaque and len(subpaths) == 1 and (cover := _rectangle(subpaths[0])) is not None:
            self.covers.append((self._painted, cover.intersect(clip)))
        rules, fills = path_rules(subpaths, is_filled=is_filled, is_stroked=is_stroked, clip=clip)
        self.rules.extend(rules)
        self.dark_fills.extend(fills)


def _rectangle(points: list[tuple[float, float]]) -> Box | None:
    """The box of an upright rectangle too thick for a rule; None for other shapes."""
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    box = Box(min(xs), min(ys), max(xs), max(ys))
    is_upright = all(
        (abs(x - box.x0) < 0.1 or abs(x - box.x1) < 0.1)
        and (abs(y - box.top) < 0.1 or abs(y - box.bottom) < 0.1)
        for x, y in points
    )
    is_thick = min(box.width, box.height) > RULE_THICKNESS_PT
    return box if is_upright and is_thick and len(points) in (4, 5) else None


def _children_of_page(page: pdfium.PdfPage) -> Iterator[Any]:
    for index in range(pdfium_c.FPDFPage_CountObjects(page)):
        yield pdfium_c.FPDFPage_GetObject(page, index)


def _object_matrix(handle: Any) -> Matrix:
    raw = pdfium_c.FS_MATRIX()
    if not pdfium_c.FPDFPageObj_GetMatrix(handle, raw):
        return Matrix.identity()
    return Matrix(raw.a, raw.b, raw.c, raw.d, raw.e, raw.f)


def _color(handle: Any, getter: Any) -> tuple[int, int, int, int] | None:
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    if not getter(handle, red, green, blue, alpha):
        return None
    return red.value, green.value, blue.value, alpha.value


def _is_visible(color: tuple[int, int, int, int] | None) -> bool:
    return color is not None and color[3] > 0 and min(color[:3]) < WHITE_LEVEL


def _subpaths(handle: Any) -> list[list[tuple[float, float]]]:
    """The straight subpaths of a path in the object's own space; subpaths with curves are left out."""
    found: list[list[tuple[float, float]]] = []
    points: list[tuple[float, float]] = []
    has_curve = False
    x, y = ctypes.c_float(), ctypes.c_float()
    for index in range(pdfium_c.FPDFPath_CountSegments(handle)):
        segment = pdfium_c.FPDFPath_GetPathSegment(handle, index)
        pdfium_c.FPDFPathSegment_GetPoint(segment, x, y)
        kind = pdfium_c.FPDFPathSegment_GetType(segment)
        if kind == pdfium_c.FPDF_SEGMENT_MOVETO:
            if len(points) > 1 and not has_curve:
                found.append(points)
            points, has_curve = [], False
        elif kind == pdfium_c.FPDF_SEGMENT_BEZIERTO:
            has_curve = True
        points.append((x.value, y.value))
        if pdfium_c.FPDFPathSegment_GetClose(segment) and points[0] != points[-1]:
            points.append(points[0])
    if len(points) > 1 and not has_curve:
        found.append(points)
    return found


def _clip_box(handle: Any, outer: Matrix, frame: _PageFrame) -> Box | None:
    """Bounding box of an object's clip path on the displayed page, or None where nothing clips it.

    A clip that is no rectangle counts as its bounding box: it may hide more than is said here, never less.
    """
    clip_path = pdfium_c.FPDFPageObj_GetClipPath(handle)
    count = pdfium_c.FPDFClipPath_CountPaths(clip_path) if clip_path else 0
    if count <= 0:
        return None
    box: Box | None = None
    x, y = ctypes.c_float(), ctypes.c_float()
    for path_index in range(count):
        points = []
        for index in range(pdfium_c.FPDFClipPath_CountPathSegments(clip_path, path_index)):
            segment = pdfium_c.FPDFClipPath_GetPathSegment(clip_path, path_index, index)
            pdfium_c.FPDFPathSegment_GetPoint(segment, x, y)
            points.append(frame.point(*outer.apply(x.value, y.value)))
        if not points:
            continue
        xs, ys = [p[0] for p in points], [p[1] for p in points]
        one = Box(min(xs), min(ys), max(xs), max(ys))
        box = one if box is None else box.intersect(one)
    return box


def _read_chars(page: pdfium.PdfPage, frame: _PageFrame, objects: _PageObjects) -> Iterator[Char]:
    text_page = page.get_textpage()
    try:
        rect = pdfium_c.FS_RECTF()
        left, right, bottom, top = (ctypes.c_double() for _ in range(4))
        high_surrogate = ""
        for index in range(text_page.count_chars()):
            if pdfium_c.FPDFText_IsGenerated(text_page, index) == 1:
                continue
            text = chr(pdfium_c.FPDFText_GetUnicode(text_page, index))
            if text == _LINE_END_HYPHEN:
                text = "-"
            if "\ud800" <= text <= "\udbff":
                high_surrogate = text
                continue
            if "\udc00" <= text <= "\udfff":
                pair = (high_surrogate + text).encode("utf-16-le", "surrogatepass")
                text = pair.decode("utf-16-le", "replace")[:1]
            high_surrogate = ""
            pdfium_c.FPDFText_GetLooseCharBox(text_page, index, rect)
            box = frame.box_of(rect.left, rect.bottom, rect.right, rect.top)
            pdfium_c.FPDFText_GetCharBox(text_page, index, left, right, bottom, top)
            ink = frame.box_of(left.value, bottom.value, right.value, top.value)
            # A blank that draws something is a character whose font says a wrong one.
            is_inked_blank = text.isspace() and min(ink.width, ink.height) > _INKED_PT
            if text in "\r\n" and not is_inked_blank:
                continue
            ink = ink if ink.width > 0 and ink.height > 0 else box
            # PDFium forgets a clip that hides nothing of its object: such a text counts as clipped by the
            # page.
            handle = pdfium_c.FPDFText_GetTextObject(text_page, index)
            placed = objects.texts.get(ctypes.addressof(handle.contents)) if handle else None
            is_unmapped = (
                is_unmapped_character(text) or pdfium_c.FPDFText_HasUnicodeMapError(text_page, index) == 1
            )
            if placed is None:
                yield Char(text=text, box=box, ink=ink, is_unmapped=is_unmapped)
                continue
            is_upright = placed.slant > _UPRIGHT_COSINE
            if is_upright and box.height < _LOWEST_BOX_EM * placed.em:
                # The font tells no ascent and descent: a comma's box would be no higher than its ink.
                pdfium_c.FPDFText_GetCharOrigin(text_page, index, left, bottom)
                baseline = frame.point(left.value, bottom.value)[1]
                box = Box(
                    box.x0,
                    min(box.top, baseline - _ASCENT_EM * placed.em),
                    box.x1,
                    max(box.bottom, baseline + _DESCENT_EM * placed.em),
                )
            yield Char(
                text=text,
                box=box,
                ink=ink,
                clip=placed.clip,
                is_invisible=placed.is_invisible
                or (placed.is_white and not _lies_on(box, objects.dark_fills))
                or _is_covered(ink, placed.order, objects.covers),
                is_upright=is_upright,
                is_quarter_turned=placed.slant < -_UPRIGHT_COSINE or abs(placed.slant) < _SIDEWAYS_COSINE,
                is_unmapped=is_unmapped or (is_upright and is_inked_blank),
            )
    finally:
        text_page.close()


def _part_ligatures(chars: Iterable[Char]) -> Iterator[Char]:
    """Give each of several equal characters that one glyph stands for (——) its part of the glyph.

    PDFium reports them one after the other in exactly one place; left so, they would look like a character
    printed over itself.
    """
    for _, same in groupby(chars, key=lambda char: (char.text, char.box, char.ink)):
        group = list(same)
        count = len(group)
        first = group[0]
        if count == 1 or first.text.isspace() or first.box.width / count < _NARROWEST_PART * first.box.height:
            yield from group
            continue
        for place, char in enumerate(group):
            yield char._replace(box=_part(char.box, place, count), ink=_part(char.ink, place, count))


def _part(box: Box, place: int, count: int) -> Box:
    width = box.width / count
    return box._replace(x0=box.x0 + place * width, x1=box.x0 + (place + 1) * width)


def _lies_on(box: Box, fills: list[Box]) -> bool:
    x, y = box.center
    return any(fill.contains(x, y) for fill in fills)


def _is_covered(ink: Box, order: int, covers: list[tuple[int, Box]]) -> bool:
    """Whether an opaque rectangle was painted over a character after it was drawn."""
    x, y = ink.center
    return any(painted > order and cover.contains(x, y) for painted, cover in covers)
