"""PDFium's functions called in bulk, with plain numbers for addresses: what reading a page costs most.

A page's characters are one foreign call after another, several for each. Called as pypdfium2 declares
them, most of the time goes into objects for arguments and results; here whole columns of results land in one
buffer.
"""

from __future__ import annotations

import ctypes
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from itertools import repeat
from typing import Any, Final, NamedTuple

import pypdfium2.raw as pdfium_c

Address = int

_NO_TEXT_UNIT: Final = 0xFFFE  # stands in the bulk text for a character that only its own call tells
_BLANK: Final = 0x20  # what PDFium adds is a blank, or ends a line
_POINTS: Final = 256  # that the shared buffer holds; longer paths get one of their own


def _plain(function: Any) -> Callable[..., Any]:
    """A PDFium function that takes and returns addresses as numbers (NULL: None), keeping the lock.

    Its parameters are those that pypdfium2 declares; a pointer of any kind becomes a number.
    """

    def plain(declared: Any) -> Any:
        is_pointer = declared is not None and issubclass(declared, ctypes._Pointer)
        return ctypes.c_void_p if is_pointer else declared

    prototype = ctypes.PYFUNCTYPE(plain(function.restype), *map(plain, function.argtypes))
    address = ctypes.cast(function, ctypes.c_void_p).value
    assert address is not None
    return prototype(address)


_count_chars = _plain(pdfium_c.FPDFText_CountChars)
_get_text = _plain(pdfium_c.FPDFText_GetText)
_get_unicode = _plain(pdfium_c.FPDFText_GetUnicode)
_get_text_object = _plain(pdfium_c.FPDFText_GetTextObject)
_is_generated = _plain(pdfium_c.FPDFText_IsGenerated)
_has_map_error = _plain(pdfium_c.FPDFText_HasUnicodeMapError)
_get_loose_box = _plain(pdfium_c.FPDFText_GetLooseCharBox)
_get_char_box = _plain(pdfium_c.FPDFText_GetCharBox)
_get_origin = _plain(pdfium_c.FPDFText_GetCharOrigin)

_count_page_objects = _plain(pdfium_c.FPDFPage_CountObjects)
_get_page_object = _plain(pdfium_c.FPDFPage_GetObject)
_count_form_objects = _plain(pdfium_c.FPDFFormObj_CountObjects)
_get_form_object = _plain(pdfium_c.FPDFFormObj_GetObject)
_get_matrix = _plain(pdfium_c.FPDFPageObj_GetMatrix)
_get_fill = _plain(pdfium_c.FPDFPageObj_GetFillColor)
_get_stroke = _plain(pdfium_c.FPDFPageObj_GetStrokeColor)
_get_font_size = _plain(pdfium_c.FPDFTextObj_GetFontSize)
_get_stroke_width = _plain(pdfium_c.FPDFPageObj_GetStrokeWidth)
_get_draw_mode = _plain(pdfium_c.FPDFPath_GetDrawMode)
_get_clip_path = _plain(pdfium_c.FPDFPageObj_GetClipPath)
_count_clip_paths = _plain(pdfium_c.FPDFClipPath_CountPaths)
_count_clip_segments = _plain(pdfium_c.FPDFClipPath_CountPathSegments)
_get_clip_segment = _plain(pdfium_c.FPDFClipPath_GetPathSegment)
_count_segments = _plain(pdfium_c.FPDFPath_CountSegments)
_get_segment = _plain(pdfium_c.FPDFPath_GetPathSegment)
_get_point = _plain(pdfium_c.FPDFPathSegment_GetPoint)
_get_segment_type = _plain(pdfium_c.FPDFPathSegment_GetType)
_get_segment_close = _plain(pdfium_c.FPDFPathSegment_GetClose)

object_type = _plain(pdfium_c.FPDFPageObj_GetType)
render_mode = _plain(pdfium_c.FPDFTextObj_GetTextRenderMode)
has_transparency = _plain(pdfium_c.FPDFPageObj_HasTransparency)


def address_of(pointer: Any) -> Address:
    """The address that a pointer of pypdfium2's points to."""
    return ctypes.addressof(pointer.contents)


class _Numbers:
    """A buffer of C numbers that foreign calls fill, read back as Python numbers."""

    def __init__(self, kind: Any, code: str, count: int) -> None:
        self._held = (kind * max(count, 1))()
        self.address: Address = ctypes.addressof(self._held)
        self.view = memoryview(self._held).cast("B").cast(code)  # type: ignore[call-overload]


class Characters(NamedTuple):
    """The drawn characters of a page in PDFium's order, one list a column: all lists are of one length.

    Boxes are in user space, flat: loose (the advance by ascent and descent) as left, top, right, bottom of
    each character, tight (the ink) as left, right, bottom, top.
    """

    indices: list[int]  # of the characters in the text page
    codes: list[int]  # UTF-16 code units or code points
    objects: list[Address | None]
    map_errors: list[int]
    loose: list[float]
    tight: list[float]
    blanks_added: int  # that PDFium put in lines itself: they are not in the columns


def drawn_characters(text_page: Address) -> Characters:
    """Every character of a text page but for the blanks and line ends that PDFium adds itself."""
    total = max(_count_chars(text_page), 0)
    page = repeat(text_page)
    codes = _code_units(text_page, total)
    objects = list(map(_get_text_object, page, range(total)))
    added = {
        index
        for index, (code, handle) in enumerate(zip(codes, objects, strict=True))
        if (code <= _BLANK or handle is None) and _is_generated(text_page, index) == 1
    }
    blanks_added = sum(codes[index] == _BLANK for index in added)
    indices = [index for index in range(total) if index not in added]
    if added:
        objects = [objects[index] for index in indices]
        codes = [codes[index] for index in indices]
    count = len(indices)
    loose = _Numbers(ctypes.c_float, "f", 4 * count)
    _call_all(_get_loose_box, page, indices, range(loose.address, loose.address + 16 * count, 16))
    tight = _Numbers(ctypes.c_double, "d", 4 * count)
    first = range(tight.address, tight.address + 32 * count, 32)
    others = [range(first.start + 8 * place, first.stop + 8 * place, 32) for place in (1, 2, 3)]
    _call_all(_get_char_box, page, indices, first, *others)
    return Characters(
        indices,
        codes,
        objects,
        list(map(_has_map_error, page, indices)),
        loose.view.tolist()[: 4 * count],
        tight.view.tolist()[: 4 * count],
        blanks_added,
    )


def origins(text_page: Address, indices: Sequence[int]) -> tuple[list[float], list[float]]:
    """The x and y at which the baselines of some characters begin, in user space."""
    count = len(indices)
    found = _Numbers(ctypes.c_double, "d", 2 * count)
    begin, end = found.address, found.address + 16 * count
    _call_all(_get_origin, repeat(text_page), indices, range(begin, end, 16), range(begin + 8, end + 8, 16))
    numbers = found.view[: 2 * count].tolist()
    return numbers[0::2], numbers[1::2]


def _code_units(text_page: Address, total: int) -> list[int]:
    """What ``FPDFText_GetUnicode`` says of each character, asked at once where one unit is one character."""
    buffer = _Numbers(ctypes.c_uint16, "H", total + 2)
    written = _get_text(text_page, 0, total, buffer.address) if total else 0
    if written != total + 1:  # a closing zero is written too
        return list(map(_get_unicode, repeat(text_page), range(total)))
    units: list[int] = buffer.view[:total].tolist()
    if _NO_TEXT_UNIT in units:
        for index in [place for place, unit in enumerate(units) if unit == _NO_TEXT_UNIT]:
            units[index] = _get_unicode(text_page, index)
    return units


def _call_all(function: Callable[..., Any], *columns: Iterable[Any]) -> None:
    deque(map(function, *columns), maxlen=0)


class PageObjects:
    """What the objects of one page say of themselves. Its buffers are reused: one page at a time."""

    def __init__(self) -> None:
        self._floats = _Numbers(ctypes.c_float, "f", 6)
        self._colors = _Numbers(ctypes.c_uint, "I", 4)
        self._ints = _Numbers(ctypes.c_int, "i", 2)
        self._points = _Numbers(ctypes.c_float, "f", 2 * _POINTS)
        self._color_places = [self._colors.address + 4 * place for place in range(4)]

    def of_page(self, page: Address) -> list[Address | None]:
        """The objects of a page, in the order of painting."""
        return list(map(_get_page_object, repeat(page), range(_count_page_objects(page))))

    def of_form(self, form: Address) -> list[Address | None]:
        """The objects within a form object."""
        return list(map(_get_form_object, repeat(form), range(_count_form_objects(form))))

    def matrix(self, handle: Address) -> list[float] | None:
        """The six numbers of an object's transformation; None where it has none."""
        return self._floats.view.tolist() if _get_matrix(handle, self._floats.address) else None

    def font_size(self, handle: Address) -> float:
        """Of a text object, before its transformation."""
        self._floats.view[0] = 0.0
        _get_font_size(handle, self._floats.address)
        return float(self._floats.view[0])

    def stroke_width(self, path: Address) -> float:
        """Of a path's stroke, before its transformation."""
        self._floats.view[0] = 0.0
        _get_stroke_width(path, self._floats.address)
        return float(self._floats.view[0])

    def fill_color(self, handle: Address) -> list[int] | None:
        """Red, green, blue and alpha, 0 to 255; None where PDFium cannot tell."""
        return self._colors.view.tolist() if _get_fill(handle, *self._color_places) else None

    def stroke_color(self, handle: Address) -> list[int] | None:
        """Red, green, blue and alpha, 0 to 255; None where PDFium cannot tell."""
        return self._colors.view.tolist() if _get_stroke(handle, *self._color_places) else None

    def draw_mode(self, path: Address) -> tuple[int, int]:
        """How a path is filled (0: not), and whether it is stroked."""
        view = self._ints.view
        view[0] = view[1] = 0
        _get_draw_mode(path, self._ints.address, self._ints.address + 4)
        return view[0], view[1]

    def clip_paths(self, handle: Address) -> list[tuple[tuple[float, float], ...]]:
        """The points of each path that clips an object; no path where nothing clips it."""
        clip = _get_clip_path(handle)
        found = []
        for number in range(_count_clip_paths(clip) if clip else 0):
            count = _count_clip_segments(clip, number)
            if count > 0:
                segments = list(map(_get_clip_segment, repeat(clip), repeat(number), range(count)))
                found.append(tuple(zip(*self._points_of(segments), strict=True)))
        return found

    def clip_segments(self, handle: Address) -> list[list[tuple[int, float, float, int]]]:
        """The segments of each path that clips an object, as those of a path."""
        clip = _get_clip_path(handle)
        counts = [
            _count_clip_segments(clip, number) for number in range(_count_clip_paths(clip) if clip else 0)
        ]
        return [
            self._segments_of(list(map(_get_clip_segment, repeat(clip), repeat(number), range(count))))
            for number, count in enumerate(counts)
            if count > 0
        ]

    def segments(self, path: Address) -> list[tuple[int, float, float, int]]:
        """The segments of a path: type, x, y, and whether it closes its subpath."""
        return self._segments_of(list(map(_get_segment, repeat(path), range(_count_segments(path)))))

    def _segments_of(self, handles: Sequence[Address]) -> list[tuple[int, float, float, int]]:
        xs, ys = self._points_of(handles)
        return list(
            zip(map(_get_segment_type, handles), xs, ys, map(_get_segment_close, handles), strict=True)
        )

    def _points_of(self, segments: Sequence[Address]) -> tuple[list[float], list[float]]:
        count = len(segments)
        points = self._points if count <= _POINTS else _Numbers(ctypes.c_float, "f", 2 * count)
        begin, end = points.address, points.address + 8 * count
        _call_all(_get_point, segments, range(begin, end, 8), range(begin + 4, end + 4, 8))
        numbers = points.view[: 2 * count].tolist()
        return numbers[0::2], numbers[1::2]
