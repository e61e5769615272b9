"""The second reader without its records: the characters that pdfminer finds in a page's strings, quickly.

pdfminer's fonts, text state and nested forms; only the cutting of content streams into operators and operands
is our own, and paths and colours are passed over. The characters are those that pdfplumber reports, in the
same places. A page that holds anything not understood here has no quick reading.
"""

from __future__ import annotations

import copy
import logging
import re
from collections.abc import Callable, Container, Generator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from weakref import WeakKeyDictionary

from pdfminer.cmapdb import FileUnicodeMap
from pdfminer.pdfdevice import PDFTextDevice
from pdfminer.pdfdocument import PDFDocument
from pdfminer.pdffont import PDFFont, PDFUnicodeNotDefined
from pdfminer.pdfinterp import PDFPageInterpreter, PDFResourceManager
from pdfminer.pdfpage import PDFPage
from pdfminer.pdfparser import PDFParser
from pdfminer.pdftypes import PDFStream, resolve1, stream_value
from pdfminer.psparser import LIT

from zc_pipeline.model import Box, Char, PageContent
from zc_pipeline.parse.readers.fonts import MappedFonts
from zc_pipeline.parse.readers.maps import read_map
from zc_pipeline.parse.readers.plumber import MOST_SLANT, shown_box
from zc_pipeline.parse.text import is_unmapped_character

NAME: Final = "pdfminer"

logging.getLogger("pdfminer").setLevel(logging.ERROR)  # it warns of every oddity of a font

_NUMBER: Final = rb"[-+]?(?:\d++(?:\.\d*+)?+|\.\d++)"
_IN_STRING: Final = rb"[^()\\]*+(?:\\.[^()\\]*+)*+"
# What draws lines or colours is passed over with its operands, several at once: it is half of a page. Else
# each match is an operand, an operator, or (the second group) a character that begins neither, with all that
# follows: so it is looked at once.
_TOKENS: Final = re.compile(
    rb"(?:(?:" + _NUMBER + rb"\s+){1,6}(?:re|rg|RG|[mlcvywJjMiGgKk])(?=[\s/\[(<])\s*)+"
    rb"|%[^\r\n]*|\s+"
    rb"|(" + _NUMBER + rb"(?![\d.+-])"
    rb"|\(" + _IN_STRING + rb"(?:\(" + _IN_STRING + rb"\)" + _IN_STRING + rb")*\)"
    rb"|<<|>>|<[0-9A-Fa-f\s]*>|/[^\s()<>\[\]{}/%]*|[A-Za-z'\"][A-Za-z0-9*]*|[\[\]])"
    rb"|(\S).*+",
    re.DOTALL,
)
_MOST_BYTES: Final = 1 << 20  # of a page's streams: those of a full page are a twentieth of it
_NUMBERS: Final = frozenset(b"0123456789+-.")
_LETTERS: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'\"")
_ESCAPES: Final = re.compile(rb"\\(?:([0-7]{1,3})|(\r\n|.))", re.DOTALL)
_ESCAPED: Final = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
_VALUES: Final = frozenset({b"true", b"false", b"null"})
_LINE_ENDS: Final = frozenset({b"\n", b"\r", b"\r\n"})
# Operators that place or show text, or change what does, with the number of their operands.
_OPERATORS: Final = {
    b"q": ("do_q", 0),
    b"Q": ("do_Q", 0),
    b"cm": ("do_cm", 6),
    b"Do": ("do_Do", 1),
    b"Tc": ("do_Tc", 1),
    b"Tw": ("do_Tw", 1),
    b"Tz": ("do_Tz", 1),
    b"TL": ("do_TL", 1),
    b"Tf": ("do_Tf", 2),
    b"Ts": ("do_Ts", 1),
    b"BT": ("do_BT", 0),
    b"Td": ("do_Td", 2),
    b"TD": ("do_TD", 2),
    b"Tm": ("do_Tm", 6),
    b"T*": ("do_T_a", 0),
    b"TJ": ("do_TJ", 1),
    b"Tj": ("do_Tj", 1),
    b"'": ("do__q", 1),
    b'"': ("do__w", 3),
}

_new_tuple = tuple.__new__  # a record from all of its values at once: a page has thousands
_Drawn = tuple[str, float, float, float, float, bool]  # text, x0, y0, x1, y1 in points from below, is upright


class _NotUnderstood(Exception):
    """A page draws in a way that only the whole second reader follows."""


def read_pages(path: Path, wanted: Container[int]) -> Generator[PageContent | None]:
    """Yield the characters of a PDF's pages in order; None for a page that has no quick reading.

    Ends with the first page that pdfminer cannot get at.

    Args:
        path: the PDF file.
        wanted: numbers of pages, from 1; asked for each page when its turn comes. None stands for the others.

    Returns:
        pages without rules and images.
    """
    try:
        with path.open("rb") as opened:
            document = PDFDocument(PDFParser(opened))
            manager = _Fonts()
            device = _Strings(manager)
            for number, page in enumerate(PDFPage.create_pages(document), start=1):
                yield _read_page(page, number, device, manager) if number in wanted else None
    except Exception:  # pdfminer raises whatever a damaged file leads it to: the whole reader says what
        return


def _read_page(
    page: PDFPage, number: int, device: _Strings, manager: PDFResourceManager
) -> PageContent | None:
    device.drawn = []
    x0, y0, x1, y1 = page.mediabox
    if x1 <= x0 or y1 <= y0 or page.rotate not in (0, 90, 180, 270):
        return None
    width, height = x1 - x0, y1 - y0
    if page.rotate in (90, 270):
        width, height = height, width
    try:
        _TextInterpreter(manager, device).process_page(page)
    except Exception:  # pdfminer raises whatever a damaged page leads it to
        return None
    shown = shown_box(page, page.rotate, width, height)
    left, above = shown.x0, height - shown.top
    unmapped = {text: is_unmapped_character(text) for text in {one[0] for one in device.drawn}}
    chars = []
    for text, x_low, y_low, x_high, y_high, upright in device.drawn:
        box = _new_tuple(Box, (x_low - left, above - y_high, x_high - left, above - y_low))
        chars.append(_new_tuple(Char, (text, box, box, None, False, upright, unmapped[text], False)))
    return PageContent(
        number=number,
        width=shown.width,
        height=shown.height,
        rotation=page.rotate,
        chars=tuple(chars),
        rules=(),
        image_count=0,
        reader=NAME,
    )


class _Fonts(MappedFonts):
    """pdfminer's fonts, their maps of characters read as ``maps`` does it."""

    def get_font(self, objid: Any, spec: Mapping[str, Any]) -> PDFFont:
        """Called by pdfminer for each font that a page names; a font without an own object is made anew."""
        to_unicode = resolve1(spec.get("ToUnicode"))
        if not isinstance(to_unicode, PDFStream) or to_unicode is _NO_MAP or objid in self._cached_fonts:
            return super().get_font(objid, spec)
        font = super().get_font(objid, {**spec, "ToUnicode": _NO_MAP})
        characters = getattr(font, "unicode_map", None)
        if isinstance(characters, FileUnicodeMap):
            characters.cid2unichr.update(read_map(_unpacked(to_unicode)))
        return font


_NO_MAP: Final = PDFStream({}, b"")


class _TextInterpreter(PDFPageInterpreter):
    """pdfminer's interpreter, but for how it comes by operators: those that concern no text are left out."""

    def do_q(self) -> None:
        """Keep what placing text depends on; no operator that changes colours or lines is carried out."""
        self.gstack.append((self.ctm, self.textstate.copy(), self.graphicstate))

    def do_TJ(self, seq: Any) -> None:  # noqa: N802 - pdfminer's name for the operator
        """Show strings."""
        if self.textstate.font is not None:
            self.device.render_string(self.textstate, seq, self.graphicstate.ncs, self.graphicstate)

    def execute(self, streams: Sequence[object]) -> None:
        """Go through the content streams of a page or a form.

        Raises:
            _NotUnderstood: there is something else than operators and their operands (a picture in between,
                damage), or far too much.
        """
        self.stream_ids.clear()
        contents = []
        for one in streams:
            stream = stream_value(one)
            if stream.objid is not None and stream.objid not in self.parent_stream_ids:
                self.stream_ids.add(stream.objid)
                contents.append(_unpacked(stream))
        carry_out = {name: (getattr(self, method), count) for name, (method, count) in _OPERATORS.items()}
        content = b"\n".join(contents)
        if len(content) > _MOST_BYTES:
            raise _NotUnderstood
        operands: list[Any] = []
        # Of each array or dictionary that is open: the operands before it, and what ends it.
        outer: list[tuple[list[Any], bytes]] = []
        for token, other in _TOKENS.findall(content):
            if not token:
                if other:
                    raise _NotUnderstood
                continue
            kind = token[0]
            if kind in _NUMBERS:
                operands.append(float(token))
            elif kind in _LETTERS:
                if outer:
                    if token not in _VALUES or outer[-1][1] != b">>":
                        raise _NotUnderstood
                    operands.append(None)
                    continue
                if token in carry_out:
                    function, count = carry_out[token]
                    if len(operands) >= count:
                        function(*operands[len(operands) - count :])
                elif token == b"BI":
                    raise _NotUnderstood
                operands.clear()
            elif kind == _NAME:
                if b"#" in token:
                    raise _NotUnderstood
                operands.append(LIT(token[1:].decode("ascii")))
            elif kind == _LITERAL:
                operands.append(_ESCAPES.sub(_unescaped, token[1:-1]) if b"\\" in token else token[1:-1])
            elif token in _OPENING:
                outer.append((operands, _OPENING[token]))
                operands = []
            elif kind == _HEXADECIMAL:
                operands.append(bytes.fromhex(token[1:-1].decode("ascii")))
            else:  # an end
                inner = operands
                operands, ending = outer.pop() if outer else (inner, b"")
                if token != ending or (token == b">>" and len(inner) % 2):
                    raise _NotUnderstood
                operands.append(inner if token == b"]" else None)
        if outer:
            raise _NotUnderstood


_NAME: Final = ord("/")
_LITERAL: Final = ord("(")
_HEXADECIMAL: Final = ord("<")
_OPENING: Final = {b"[": b"]", b"<<": b">>"}


def _unpacked(stream: PDFStream) -> bytes:
    """A stream's bytes, which the document does not keep."""
    return copy.copy(stream).get_data()


def _unescaped(match: re.Match[bytes]) -> bytes:
    octal, other = match.groups()
    if octal:
        return bytes((int(octal, 8) & 0xFF,))
    return b"" if other in _LINE_ENDS else _ESCAPED.get(other, other)


class _Strings(PDFTextDevice):
    """Notes the characters of strings; its caller empties ``drawn`` for each page."""

    def __init__(self, manager: PDFResourceManager) -> None:
        super().__init__(manager)
        self.drawn: list[_Drawn] = []
        self._glyphs: WeakKeyDictionary[PDFFont, _Glyphs] = WeakKeyDictionary()

    def render_string_vertical(self, *_: Any) -> Any:
        """Called by pdfminer for a string that runs down the page.

        Raises:
            _NotUnderstood: always.
        """
        raise _NotUnderstood

    def render_string_horizontal(
        self,
        seq: Any,
        matrix: tuple[float, float, float, float, float, float],
        pos: tuple[float, float],
        font: PDFFont,
        fontsize: float,
        scaling: float,
        charspace: float,
        wordspace: float,
        rise: float,
        dxscale: float,
        ncs: object,
        graphicstate: object,
    ) -> tuple[float, float]:
        """Called by pdfminer for the strings of one operator; returns where the next one begins."""
        glyphs = self._glyphs.get(font)
        if glyphs is None:
            glyphs = self._glyphs[font] = _Glyphs(font)
        known, decode = glyphs.known, font.decode
        a, b, c, d, e, f = matrix
        x, y = pos
        below = font.get_descent() * fontsize + rise
        upright = a > 0 and abs(b) <= MOST_SLANT * a
        is_straight = b == 0 and c == 0
        low, high = sorted((below * d + f + y * d, (below + fontsize) * d + f + y * d))
        is_first = True
        for piece in seq:
            if not isinstance(piece, bytes):
                x -= piece * dxscale
                is_first = False
                continue
            for code in decode(piece):
                glyph = known.get(code)
                text, width = glyphs.look_up(code) if glyph is None else glyph
                if not is_first:
                    x += charspace
                is_first = False
                advance = width * fontsize * scaling
                if is_straight:
                    begin, end = x * a + e, (x + advance) * a + e
                    if end < begin:
                        begin, end = end, begin
                    self.drawn.append((text, begin, low, end, high, upright))
                else:
                    origin_x, origin_y = x * a + y * c + e, x * b + y * d + f
                    xs = [
                        across * a + up * c + origin_x
                        for across in (0.0, advance)
                        for up in (below, below + fontsize)
                    ]
                    ys = [
                        across * b + up * d + origin_y
                        for across in (0.0, advance)
                        for up in (below, below + fontsize)
                    ]
                    self.drawn.append((text, min(xs), min(ys), max(xs), max(ys), upright))
                x += advance
                if code == _BLANK_CODE and wordspace:
                    x += wordspace
        return x, y


_BLANK_CODE: Final = 32


class _Glyphs:
    """The character and the width (of a font size of 1) of a font's codes."""

    def __init__(self, font: PDFFont) -> None:
        self.known: dict[int, tuple[str, float]] = {}
        self._to_text: Callable[[int], str] = font.to_unichr
        self._to_width: Callable[[int], float] = font.char_width

    def look_up(self, code: int) -> tuple[str, float]:
        """Of one code, as pdfminer says it."""
        try:
            text = self._to_text(code)
        except PDFUnicodeNotDefined:
            text = f"(cid:{code})"
        found = self.known[code] = text, self._to_width(code)
        return found
