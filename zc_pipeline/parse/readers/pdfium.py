"""First reader: pypdfium2. It knows the clip of every text object, so it can tell what a page hides.

Beside ``calls`` (how PDFium is asked) and ``render``, the only module that imports pypdfium2.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, reduce
from itertools import groupby, islice, pairwise, repeat
from operator import eq, ge, itemgetter, le
from pathlib import Path
from typing import Final, NamedTuple

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from zc_pipeline.errors import DocumentError
from zc_pipeline.model import Box, Char, PageContent, Rule
from zc_pipeline.parse.ligatures import part_of_box
from zc_pipeline.parse.readers import calls
from zc_pipeline.parse.readers.calls import Address
from zc_pipeline.parse.readers.covers import Color, Covers, Point, cuts_a_part
from zc_pipeline.parse.readers.paths import RULE_THICKNESS_PT, WHITE_LEVEL, Matrix, path_rules
from zc_pipeline.parse.text import is_unmapped_character

NAME: Final = "pypdfium2"

_FORM_DEPTH_LIMIT: Final = 15
_OPAQUE: Final = 255
_INKED_PT: Final = 0.2
_SILENT_NOTES: Final = frozenset(
    {
        pdfium_c.FPDF_ANNOT_LINK,
        pdfium_c.FPDF_ANNOT_POPUP,
        pdfium_c.FPDF_ANNOT_HIGHLIGHT,
        pdfium_c.FPDF_ANNOT_UNDERLINE,
        pdfium_c.FPDF_ANNOT_SQUIGGLY,
    }
)
_NOT_SHOWN: Final = pdfium_c.FPDF_ANNOT_FLAG_HIDDEN | pdfium_c.FPDF_ANNOT_FLAG_NOVIEW
_NARROWEST_PART: Final = 0.6  # of the em: a full-width character that is one of several in a glyph
# Parts of the font size: a character's box is at least so high, else it reaches so far from the baseline.
_LOWEST_BOX_EM: Final = 0.9
_ASCENT_EM: Final = 0.88
_DESCENT_EM: Final = 0.12
_UPRIGHT_COSINE: Final = 0.99  # about 8 degrees
_SIDEWAYS_COSINE: Final = 0.14  # about 8 degrees off the vertical
_SKEWED: Final = 0.5  # cosine between what were a text's line and its height
_STRETCHED: Final = 5.0  # times as high as wide, or as wide as high, as the font draws it
_INVISIBLE_RENDER_MODES: Final = {
    pdfium_c.FPDF_TEXTRENDERMODE_INVISIBLE,
    pdfium_c.FPDF_TEXTRENDERMODE_CLIP,
}
# PDFium writes this in place of a hyphen at a line's end that may be a mere word break. It does so for
# HYPHEN-MINUS and SOFT HYPHEN; both are drawn as a hyphen.
_LINE_END_HYPHEN: Final = 2

_NO_CHARACTERS: Final = frozenset({"", "\r", "\n"})  # unless a font says it of a glyph with ink

_is_unmapped = cache(is_unmapped_character)
_new_tuple = tuple.__new__  # a record from all of its values at once: a page has thousands


class _Placed(NamedTuple):
    """What the page's object tree says of one text object."""

    clip: Box | None
    is_upright: bool
    is_quarter_turned: bool
    lowest: float  # a box lower than this, in points, is raised; 0 where none is
    is_invisible: bool
    is_white: bool
    em: float  # font size on the displayed page, in points
    order: int  # its place in the order of painting


# PDFium forgets a clip that hides nothing of its object. A text without an object counts as plain text.
_UNKNOWN: Final = _Placed(None, True, False, 0.0, False, False, 0.0, sys.maxsize)


_Shapes = tuple[tuple[tuple[Point, ...], ...], ...]  # of each clip that is no rectangle: its subpaths


class _Clip(NamedTuple):
    """What clips leave of the page: their bounding boxes' common part, and those that are no rectangles."""

    box: Box
    shapes: _Shapes


class _Stance(NamedTuple):
    """How a transformation leaves text standing."""

    is_upright: bool
    is_quarter_turned: bool
    stretch: float  # of its height


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
    tree = _ObjectTree(frame)
    tree.visit_page(calls.address_of(page.raw))
    chars, blanks_added, half_covered = _read_chars(page, frame, tree)
    return PageContent(
        number=number,
        width=frame.box.width,
        height=frame.box.height,
        rotation=frame.rotation,
        chars=tuple(chars),
        rules=tuple(tree.rules),
        image_count=tree.image_count,
        reader=NAME,
        blanks_added=blanks_added,
        notes=tuple(_notes(page, frame)),
        half_covered=half_covered,
    )


def _notes(page: pdfium.PdfPage, frame: _PageFrame) -> Iterator[Box]:
    """The boxes of annotations that draw something of their own; links and marked text do not."""
    for index in range(pdfium_c.FPDFPage_GetAnnotCount(page)):
        note = pdfium_c.FPDFPage_GetAnnot(page, index)
        if not note:
            continue
        try:
            bounds = pdfium_c.FS_RECTF()
            is_shown = not pdfium_c.FPDFAnnot_GetFlags(note) & _NOT_SHOWN
            if (
                pdfium_c.FPDFAnnot_GetSubtype(note) not in _SILENT_NOTES
                and is_shown
                and pdfium_c.FPDFAnnot_GetRect(note, bounds)
            ):
                box = _box_around(
                    [frame.point(bounds.left, bounds.bottom), frame.point(bounds.right, bounds.top)]
                )
                if box.width > 0 and box.height > 0:
                    yield box
        finally:
            pdfium_c.FPDFPage_CloseAnnot(note)


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
        """Where a point of user space lies."""
        if self.rotation == 0:
            return x - self._left, self._top - y
        if self.rotation == 90:
            return y - self._bottom, x - self._left
        if self.rotation == 180:
            return self._right - x, y - self._bottom
        return self._top - y, self._right - x

    def points(self, xs: list[float], ys: list[float]) -> zip[tuple[float, float]]:
        """Where points of user space lie."""
        return zip(*self._columns(xs, ys), strict=True)

    def _columns(self, xs: list[float], ys: list[float]) -> tuple[list[float], list[float]]:
        left, right, bottom, top = self._left, self._right, self._bottom, self._top
        if self.rotation == 0:
            return _less(xs, left), [top - y for y in ys]
        if self.rotation == 90:
            return _less(ys, bottom), _less(xs, left)
        if self.rotation == 180:
            return [right - x for x in xs], _less(ys, bottom)
        return [top - y for y in ys], [right - x for x in xs]

    def boxes(
        self, lefts: list[float], bottoms: list[float], rights: list[float], tops: list[float]
    ) -> list[Box]:
        """Boxes of user space on the displayed page, all at once."""
        xa, ya = self._columns(lefts, bottoms)
        xb, yb = self._columns(rights, tops)
        x0s, x1s = _sorted_pairs(xa, xb)
        y1s, y0s = _sorted_pairs(ya, yb, reverse=True)
        return list(map(_new_tuple, repeat(Box), zip(x0s, y0s, x1s, y1s, strict=True)))

    def slant(self, direction_x: float, direction_y: float) -> float:
        """Cosine of the angle between a user-space writing direction and the displayed page's lines."""
        x0, y0 = self.point(0.0, 0.0)
        x1, y1 = self.point(direction_x, direction_y)
        length = math.hypot(x1 - x0, y1 - y0)
        return (x1 - x0) / length if length > 0 else 0.0


def _less(numbers: list[float], origin: float) -> list[float]:
    return numbers if origin == 0.0 else [number - origin for number in numbers]


def _sorted_pairs(
    a: list[float], b: list[float], *, reverse: bool = False
) -> tuple[list[float], list[float]]:
    """The lower and the higher one of each two numbers, or the other way about.

    Mostly one list holds all the lower ones: then there is nothing to do.
    """
    if all(map(ge if reverse else le, a, b)):
        return a, b
    lower, higher = list(map(min, a, b)), list(map(max, a, b))
    return (higher, lower) if reverse else (lower, higher)


class _ObjectTree:
    """Collects rules and, per text object, its clip and how it is drawn, through nested form objects."""

    def __init__(self, frame: _PageFrame) -> None:
        self._frame = frame
        self.objects = calls.PageObjects()
        self.rules: list[Rule] = []
        self.dark_fills: list[Box] = []
        self.covers = Covers()
        self.masked: set[int] = set()  # texts that are blended with or masked by something
        self.cut: dict[int, _Shapes] = {}  # texts whose clips are no rectangles
        self.colors: dict[int, Color] = {}  # of texts
        self.texts: dict[Address | None, _Placed] = {}
        self.image_count = 0
        self._painted = 0
        self.may_hide = False  # some text is drawn in no ink, or in white
        self._stances: dict[tuple[object, ...], _Stance] = {}
        self._clips: dict[tuple[object, ...], _Clip] = {}  # objects share a clip more often than not

    def visit_page(self, page: Address) -> None:
        self._visit(self.objects.of_page(page), Matrix.identity(), _Clip(self._frame.box, ()), 0)

    def _visit(self, handles: Iterable[Address | None], outer: Matrix, outer_clip: _Clip, depth: int) -> None:
        for handle in handles:
            self._painted += 1
            if handle is None:
                continue
            whole_clip = self._clip_of(handle, outer, outer_clip)
            clip = whole_clip.box
            kind = calls.object_type(handle)
            if kind == pdfium_c.FPDF_PAGEOBJ_TEXT:
                self.texts[handle] = self._place_text(handle, outer, clip)
                if whole_clip.shapes:
                    self.cut[self._painted] = whole_clip.shapes
            elif kind == pdfium_c.FPDF_PAGEOBJ_PATH:
                self._add_path(handle, outer, clip)
            elif kind == pdfium_c.FPDF_PAGEOBJ_IMAGE:
                self.image_count += 1
                self.covers.add_veil(self._painted, self._unit_square(handle, outer).intersect(clip))
            elif kind == pdfium_c.FPDF_PAGEOBJ_SHADING:
                self.covers.add_veil(self._painted, clip)
            elif kind == pdfium_c.FPDF_PAGEOBJ_FORM and depth < _FORM_DEPTH_LIMIT:
                inner = self._matrix(handle).then(outer)
                self._visit(self.objects.of_form(handle), inner, whole_clip, depth + 1)

    def _matrix(self, handle: Address) -> Matrix:
        numbers = self.objects.matrix(handle)
        return Matrix.identity() if numbers is None else Matrix(*numbers)

    def _unit_square(self, handle: Address, outer: Matrix) -> Box:
        """Where an image lies: it fills the unit square of its own space."""
        matrix = self._matrix(handle).then(outer)
        corners = ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0))
        return _box_around([self._frame.point(*matrix.apply(x, y)) for x, y in corners])

    def _place_text(self, handle: Address, outer: Matrix, clip: Box) -> _Placed:
        numbers = self.objects.matrix(handle)
        size = self.objects.font_size(handle)
        key = (*numbers[:4], size < 0, outer) if numbers is not None else (size < 0, outer)
        stance = self._stances.get(key)
        if stance is None:
            # A negative size turns each character by half a turn.
            turn = Matrix(-1.0, 0.0, 0.0, -1.0, 0.0, 0.0) if size < 0 else Matrix.identity()
            stance = self._stances[key] = self._stance(turn.then(self._matrix(handle)).then(outer))
        color = self.objects.fill_color(handle)
        is_invisible = calls.render_mode(handle) in _INVISIBLE_RENDER_MODES
        is_white = False
        # Paleness is of the colour too, and is seen; a mask or a blend mode may hide any part.
        if color is not None and color[3] == _OPAQUE and calls.has_transparency(handle):
            self.masked.add(self._painted)
        if color is not None:
            is_invisible = is_invisible or color[3] == 0
            is_white = color[0] >= WHITE_LEVEL and color[1] >= WHITE_LEVEL and color[2] >= WHITE_LEVEL
            self.colors[self._painted] = tuple(color[:3])
        em = abs(size) * stance.stretch
        self.may_hide = self.may_hide or is_invisible or is_white
        lowest = _LOWEST_BOX_EM * em if stance.is_upright else 0.0
        facts = (clip, stance[0], stance[1], lowest, is_invisible, is_white, em, self._painted)
        return _new_tuple(_Placed, facts)

    def _stance(self, matrix: Matrix) -> _Stance:
        slant = self._frame.slant(matrix.a, matrix.b)
        # A watermark is turned as a whole; what is drawn out of shape is none.
        across, down = math.hypot(matrix.a, matrix.b), math.hypot(matrix.c, matrix.d)
        is_skewed = abs(matrix.a * matrix.c + matrix.b * matrix.d) > _SKEWED * across * down
        is_stretched = max(across, down) > _STRETCHED * min(across, down)
        is_mirrored = matrix.a * matrix.d - matrix.b * matrix.c < 0
        is_distorted = is_mirrored or is_stretched
        is_upright = slant > _UPRIGHT_COSINE and not is_distorted
        is_sideways = slant < -_UPRIGHT_COSINE or abs(slant) < _SIDEWAYS_COSINE
        return _Stance(
            is_upright=is_upright,
            is_quarter_turned=not is_upright and (is_sideways or is_skewed or is_distorted),
            stretch=math.hypot(matrix.c, matrix.d),
        )

    def _add_path(self, handle: Address, outer: Matrix, clip: Box) -> None:
        fill_mode, stroke = self.objects.draw_mode(handle)
        fill_color = self.objects.fill_color(handle) if fill_mode else None
        stroke_color = self.objects.stroke_color(handle) if stroke else None
        is_filled = _is_visible(fill_color)
        is_stroked = _is_visible(stroke_color)
        is_opaque = fill_color is not None and fill_color[3] == _OPAQUE and not calls.has_transparency(handle)
        if not (is_filled or is_opaque or stroke_color is not None):
            return
        a, b, c, d, e, f = self._matrix(handle).then(outer)
        point = self._frame.point
        segments = self.objects.segments(handle)
        subpaths = [
            [point(a * x + c * y + e, b * x + d * y + f) for x, y in points] for points in _subpaths(segments)
        ]
        if is_opaque:
            assert fill_color is not None
            self._add_fill(subpaths, clip, tuple(fill_color[:3]), is_white=not is_filled)
            if any(kind == pdfium_c.FPDF_SEGMENT_BEZIERTO for kind, *_ in segments):
                points = [point(a * x + c * y + e, b * x + d * y + f) for _, x, y, _ in segments]
                self.covers.add_veil(self._painted, _box_around(points).intersect(clip))
        if stroke_color is not None and stroke_color[3] == _OPAQUE:
            width = self.objects.stroke_width(handle) * math.sqrt(abs(a * d - b * c))
            if not is_stroked or width > RULE_THICKNESS_PT:
                for points in subpaths:
                    self.covers.add_line(self._painted, points, width, clip)
        rules, fills = path_rules(subpaths, is_filled=is_filled, is_stroked=is_stroked, clip=clip)
        self.rules.extend(rules)
        self.dark_fills.extend(fills)

    def _add_fill(self, subpaths: Sequence[list[Point]], clip: Box, color: Color, *, is_white: bool) -> None:
        """Note an opaque fill: a rectangle, a shape; a dark one as thin as a rule hides nothing."""
        for points in subpaths:
            box = _box_around(points)
            if len(subpaths) == 1 and _rectangle(points) is not None:
                self.covers.add_rectangle(self._painted, box.intersect(clip), color)
            elif is_white or min(box.width, box.height) > RULE_THICKNESS_PT:
                self.covers.add_shape(self._painted, points, clip, color)

    def _clip_of(self, handle: Address, outer: Matrix, outer_clip: _Clip) -> _Clip:
        """What an object may show of itself on the displayed page."""
        paths = self.objects.clip_paths(handle)
        if not paths:
            return outer_clip
        key = (outer, outer_clip, *paths)
        found = self._clips.get(key)
        if found is None:
            points = [[self._frame.point(*outer.apply(x, y)) for x, y in path] for path in paths]
            box = reduce(Box.intersect, map(_box_around, points), outer_clip.box)
            shapes = outer_clip.shapes
            if not all(map(_is_upright_rectangle, points)):
                shapes += tuple(self._clip_shapes(handle, outer))
            found = self._clips[key] = _Clip(box, shapes)
        return found

    def _clip_shapes(self, handle: Address, outer: Matrix) -> Iterator[tuple[tuple[Point, ...], ...]]:
        """The subpaths of each clip, a curve as the corners that it is drawn by."""
        for segments in self.objects.clip_segments(handle):
            subpaths: list[list[Point]] = []
            for kind, x, y, _ in segments:
                if kind == pdfium_c.FPDF_SEGMENT_MOVETO or not subpaths:
                    subpaths.append([])
                subpaths[-1].append(self._frame.point(*outer.apply(x, y)))
            yield tuple(map(tuple, subpaths))


def _box_around(points: Sequence[tuple[float, float]]) -> Box:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return Box(min(xs), min(ys), max(xs), max(ys))


def _rectangle(points: list[tuple[float, float]]) -> Box | None:
    """The box of an upright rectangle too thick for a rule; None for other shapes."""
    box = _box_around(points)
    is_thick = min(box.width, box.height) > RULE_THICKNESS_PT
    return box if is_thick and _is_upright_rectangle(points) else None


def _is_upright_rectangle(points: Sequence[Point]) -> bool:
    box = _box_around(points)
    return (
        len(points) in (4, 5)
        and all(
            (abs(x - box.x0) < 0.1 or abs(x - box.x1) < 0.1)
            and (abs(y - box.top) < 0.1 or abs(y - box.bottom) < 0.1)
            for x, y in points
        )
        and all(abs(xa - xb) < 0.1 or abs(ya - yb) < 0.1 for (xa, ya), (xb, yb) in pairwise(points))
    )


def _is_visible(color: list[int] | None) -> bool:
    return color is not None and color[3] > 0 and min(color[:3]) < WHITE_LEVEL


def _subpaths(segments: Iterable[tuple[int, float, float, int]]) -> list[list[tuple[float, float]]]:
    """The straight subpaths of a path in the object's own space; subpaths with curves are left out."""
    found: list[list[tuple[float, float]]] = []
    points: list[tuple[float, float]] = []
    has_curve = False
    for kind, x, y, closes in segments:
        if kind == pdfium_c.FPDF_SEGMENT_MOVETO:
            if len(points) > 1 and not has_curve:
                found.append(points)
            points, has_curve = [], False
        elif kind == pdfium_c.FPDF_SEGMENT_BEZIERTO:
            has_curve = True
        points.append((x, y))
        if closes and points[0] != points[-1]:
            points.append(points[0])
    if len(points) > 1 and not has_curve:
        found.append(points)
    return found


def _read_chars(
    page: pdfium.PdfPage, frame: _PageFrame, tree: _ObjectTree
) -> tuple[list[Char], int, tuple[Box, ...]]:
    """The drawn characters of a page, how many blanks PDFium added, and which characters show in part.

    They are worked out column by column: few steps of Python for each of them.
    """
    text_page = page.get_textpage()
    try:
        address = calls.address_of(text_page.raw)
        drawn = calls.drawn_characters(address)
        texts = _texts(drawn.codes)
        boxes, inks = _boxes(drawn, frame)
        placed = list(map(tree.texts.get, drawn.objects, repeat(_UNKNOWN)))
        blanks = {text for text in set(texts) if text.isspace()}
        # A blank that draws something is a character whose font says a wrong one.
        inked_blanks = [
            index
            for index, text in enumerate(texts if blanks else ())
            if text in blanks and min(inks[index].width, inks[index].height) > _INKED_PT
        ]
        is_unmapped = _unmapped(texts, drawn.map_errors)
        for index in inked_blanks:
            is_unmapped[index] |= placed[index].is_upright and placed[index] is not _UNKNOWN
        inks = [
            ink if ink[2] > ink[0] and ink[3] > ink[1] else box for ink, box in zip(inks, boxes, strict=True)
        ]
        low = [
            at for at, (box, one) in enumerate(zip(boxes, placed, strict=True)) if box[3] - box[1] < one[3]
        ]
        origins = calls.origins(address, [drawn.indices[at] for at in low])
        for at, (_, baseline) in zip(low, frame.points(*origins), strict=True):
            boxes[at] = _raised(boxes[at], baseline, placed[at].em)
    finally:
        text_page.close()
    rows = zip(
        texts,
        boxes,
        inks,
        map(itemgetter(0), placed),
        _hidden(placed, boxes, inks, tree),
        map(itemgetter(1), placed),
        is_unmapped,
        map(itemgetter(2), placed),
        strict=False,
    )
    chars = list(map(_new_tuple, repeat(Char), rows))
    if not _NO_CHARACTERS.isdisjoint(texts):
        kept = set(inked_blanks)
        places = [at for at, char in enumerate(chars) if char.text not in _NO_CHARACTERS or at in kept]
        chars, placed = [chars[at] for at in places], [placed[at] for at in places]
    has_equal = any(map(eq, boxes, islice(boxes, 1, None))) or len(chars) < len(boxes)
    parted = list(_part_ligatures(chars, placed)) if has_equal else chars
    return parted, drawn.blanks_added, tuple(_half_covered(chars, placed, tree))


def _boxes(drawn: calls.Characters, frame: _PageFrame) -> tuple[list[Box], list[Box]]:
    """The loose and the tight box of each character on the displayed page."""
    loose, tight = drawn.loose, drawn.tight
    return (
        frame.boxes(loose[0::4], loose[3::4], loose[2::4], loose[1::4]),
        frame.boxes(tight[0::4], tight[2::4], tight[1::4], tight[3::4]),
    )


def _unmapped(texts: Sequence[str], map_errors: Sequence[int]) -> list[bool]:
    """For each character whether its font does not say what it is."""
    unmapped = {text for text in set(texts) if _is_unmapped(text)}
    if not unmapped and not any(map_errors):
        return [False] * len(texts)
    return [error == 1 or text in unmapped for error, text in zip(map_errors, texts, strict=True)]


def _raised(box: Box, baseline: float, em: float) -> Box:
    """A box as high as its line, where the font tells no ascent and descent.

    A comma's box would be no higher than its ink.
    """
    x0, top, x1, bottom = box
    return Box(x0, min(top, baseline - _ASCENT_EM * em), x1, max(bottom, baseline + _DESCENT_EM * em))


def _hidden(
    placed: Sequence[_Placed], boxes: Sequence[Box], inks: Sequence[Box], tree: _ObjectTree
) -> Iterable[bool]:
    """Which characters do not show: drawn in no ink, white on white, or painted over afterwards."""
    covers = tree.covers
    if not tree.may_hide and not covers.any_after(0):
        return repeat(False)
    return [
        one.is_invisible
        or (one.is_white and not _holds_center(tree.dark_fills, box))
        or covers.hides(one.order, ink)
        for one, box, ink in zip(placed, boxes, inks, strict=True)
    ]


def _half_covered(chars: Sequence[Char], placed: Sequence[_Placed], tree: _ObjectTree) -> Iterator[Box]:
    """The ink of characters of which a part is hidden.

    Something painted later, a mask or a slanting clip hides it, or it stands on a ground of its own colour.
    """
    covers = tree.covers
    alike = {color for color in {*tree.colors.values()} if covers.may_blend(color)}
    blending = {order: color for order, color in tree.colors.items() if color in alike} if alike else {}
    if not (tree.masked or tree.cut or blending or covers.any_after(0)):
        return
    doubtful = {*tree.masked, *blending, *tree.cut}
    for char, one in zip(chars, placed, strict=True):
        order = one.order
        if not (covers.any_after(order) or order in doubtful):
            continue
        if char.is_invisible or not char.is_upright or char.text.isspace():
            continue
        ink = char.ink
        if (
            order in tree.masked
            or covers.hides_a_part(order, ink)
            or (order in blending and covers.blends_a_part(order, ink, blending[order]))
            or any(cuts_a_part(ink, char.clip or ink, shape) for shape in tree.cut.get(order, ()))
        ):
            yield ink


def _texts(codes: Sequence[int]) -> list[str]:
    """The characters for PDFium's codes; empty for the first half of one that comes in two codes."""
    texts = list(map(chr, codes))
    if not any(code == _LINE_END_HYPHEN or 0xD800 <= code <= 0xDFFF for code in set(codes)):
        return texts
    high_at = -1
    for place, code in enumerate(codes):
        if code == _LINE_END_HYPHEN:
            texts[place] = "-"
        elif 0xD800 <= code <= 0xDBFF:
            high_at, texts[place] = place, ""
        elif 0xDC00 <= code <= 0xDFFF:
            halves = (codes[high_at], code) if high_at >= 0 and high_at == place - 1 else (code,)
            pair = "".join(map(chr, halves)).encode("utf-16-le", "surrogatepass")
            texts[place] = pair.decode("utf-16-le", "replace")[:1]
    return texts


def _part_ligatures(chars: Sequence[Char], placed: Sequence[_Placed]) -> Iterator[Char]:
    """Give each of several equal characters that one glyph stands for (——) its part of the glyph.

    PDFium reports them one after the other in exactly one place; left so, they would look like a character
    printed over itself. A character's width tells: one glyph of several is wider than one character is.
    """

    def alike(one: tuple[Char, _Placed]) -> tuple[object, ...]:
        char, by = one
        return char.text, char.box, char.ink, by.order

    for _, same in groupby(zip(chars, placed, strict=True), key=alike):
        group = list(same)
        count, (first, by) = len(group), group[0]
        height = by.em or first.box.height
        if count == 1 or first.text.isspace() or first.box.width / count < _NARROWEST_PART * height:
            yield from (char for char, _ in group)
            continue
        for place, (char, _) in enumerate(group):
            yield char._replace(
                box=part_of_box(char.box, place, count), ink=part_of_box(char.ink, place, count)
            )


def _holds_center(areas: Iterable[Box], box: Box) -> bool:
    """Whether the middle of a box lies in one of some areas."""
    x, y = box.center
    return any(area.contains(x, y) for area in areas)
