"""What a file's streams say of their own soundness, by pdfminer.

Packed bytes must unpack as they were packed, and drawing instructions keep to their grammar; a font that
calls two of its glyphs the same character may say a wrong one.
"""

from __future__ import annotations

import zlib
from base64 import a85decode
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from copy import copy
from pathlib import Path
from typing import Any, Final, NamedTuple

from pdfminer.pdfdevice import PDFTextDevice
from pdfminer.pdfdocument import PDFDocument
from pdfminer.pdffont import PDFUnicodeNotDefined
from pdfminer.pdfinterp import PDFPageInterpreter, PDFResourceManager
from pdfminer.pdfpage import PDFPage
from pdfminer.pdfparser import PDFParser
from pdfminer.pdftypes import PDFStream, int_value, resolve1

from zc_pipeline.errors import DocumentError, Stage
from zc_pipeline.model import Problem
from zc_pipeline.parse.readers.maps import read_map
from zc_pipeline.parse.readers.syntax import first_break

_FLATE: Final = ("FlateDecode", "Fl")
_ASCII85: Final = ("ASCII85Decode", "A85")
_OWN_CIPHERS: Final = ("XRef", "EmbeddedFile", "Metadata")  # in an encrypted file
_NEVER_MAPS: Final = frozenset({"Subtype", "Length1", "N", "FunctionType", "ShadingType", "W"})
_MOST_BYTES: Final = 1 << 28
MOST_PLACES: Final = 64  # of a code: pages may hide some of them


class StreamReport(NamedTuple):
    """What was found: problems, and characters that the map of one font gives to several glyphs."""

    problems: tuple[Problem, ...] = ()
    doubled: frozenset[str] = frozenset()


def check_streams(path: Path) -> StreamReport:
    """Look at every stream of a PDF.

    Returns:
        ``damaged_stream`` where a stream's packed bytes are not whole, or are a map of characters that cannot
        be understood; ``malformed_content`` where what a page or form draws leaves the grammar; the doubled
        characters. Nothing for a file that pdfminer cannot open (its reading says so).
    """
    damaged: list[int] = []
    doubled: set[str] = set()
    malformed: list[tuple[int, str]] = []
    for number, found in _objects(path):
        if isinstance(found, PDFStream):
            characters = _examine(found)
            if characters is None:
                damaged.append(number)
            else:
                doubled |= characters
        if (broken := _break_of(found)) is not None:
            malformed.append((number, broken))
    problems = []
    if damaged:
        message = (
            f"{len(damaged)} of the file's streams are damaged (the first is object {damaged[0]}): what they "
            "drew or said may be lost or changed."
        )
        problems.append(Problem(Stage.PAGE_TEXT, "damaged_stream", message))
    if malformed:
        number, broken = malformed[0]
        message = (
            f"The drawing instructions of {len(malformed)} pages or forms break the rules of PDF (the first "
            f"is object {number}, at {broken!r}): viewers show such a page differently."
        )
        problems.append(Problem(Stage.PAGE_TEXT, "malformed_content", message, raw=broken))
    return StreamReport(tuple(problems), frozenset(doubled))


class Place(NamedTuple):
    """Where a character is drawn: ``x`` and ``y`` of its baseline's beginning, in user space."""

    page: int
    x: float
    y: float


def places_by_code(path: Path, wanted: frozenset[str]) -> dict[tuple[str, str], dict[int, list[Place]]]:
    """Where a PDF draws some characters.

    Returns:
        By font and character: for each of the font's codes that stand for it the first places, at most
        ``MOST_PLACES``.

    Raises:
        DocumentError: ``reader_failed``: pdfminer cannot go through the pages.
    """
    manager = PDFResourceManager()
    device = _Places(manager, wanted)
    interpreter = PDFPageInterpreter(manager, device)
    try:
        with path.open("rb") as opened:
            for number, page in enumerate(PDFPage.get_pages(opened), start=1):
                device.page = number
                interpreter.render_contents(page.resources, page.contents)
    except Exception as error:  # pdfminer raises whatever a damaged file leads it to
        raise DocumentError(
            "reader_failed", f"The PDF's fonts cannot be looked through: {error!r}"
        ) from error
    return device.found


class _Places(PDFTextDevice):
    """Notes the places of characters."""

    def __init__(self, manager: PDFResourceManager, wanted: frozenset[str]) -> None:
        super().__init__(manager)
        self.page = 0
        self.found: dict[tuple[str, str], dict[int, list[Place]]] = {}
        self._wanted = wanted

    def render_char(
        self,
        matrix: tuple[float, ...],
        font: Any,
        fontsize: float,
        scaling: float,
        rise: float,
        cid: int,
        ncs: object,
        graphicstate: object,
    ) -> float:
        """Called by pdfminer for each character; returns its advance."""
        try:
            text = font.to_unichr(cid)
        except PDFUnicodeNotDefined:
            text = ""
        if text in self._wanted:
            codes = self.found.setdefault((f"{font.fontname} {id(font)}", text), {})
            places = codes.setdefault(cid, [])
            if len(places) < MOST_PLACES:
                places.append(Place(self.page, matrix[4], matrix[5]))
        return float(font.char_width(cid) * fontsize * scaling)


def _objects(path: Path) -> Iterator[tuple[int, Any]]:
    """The objects of a file that can be opened, each with its number.

    pdfminer raises whatever a damaged file leads it to: an object that it cannot get is passed over, for the
    page that needs it will be read otherwise, or not at all.
    """
    with path.open("rb") as opened:
        try:
            document = PDFDocument(PDFParser(opened))
            numbers = dict.fromkeys(number for table in document.xrefs for number in table.get_objids())
        except Exception:  # the second reader says so
            return
        for number in numbers:
            found: Any = None
            with suppress(Exception):
                found = document.getobj(number)
            if found is not None:
                yield number, found


def _break_of(found: Any) -> str | None:
    """Where the drawing instructions of a page or form leave their grammar; None for all other objects."""
    with suppress(Exception):  # what cannot be unpacked is damaged, and said to be
        if isinstance(found, dict) and _name(found.get("Type")) == "Page":
            contents = resolve1(found.get("Contents"))
            parts = contents if isinstance(contents, list) else [contents]
            streams = [part for part in map(resolve1, parts) if isinstance(part, PDFStream)]
            return first_break(b" ".join(_content(stream) for stream in streams))
        if isinstance(found, PDFStream) and _name(found.get("Subtype")) == "Form":
            return first_break(_content(found))
    return None


def _content(stream: PDFStream) -> bytes:
    unpacked = _unpack(stream)
    if unpacked is None:
        raise ValueError("damaged")
    return unpacked or _unpacked_by_pdfminer(stream)


def _unpacked_by_pdfminer(stream: PDFStream) -> bytes:
    return bytes(copy(stream).get_data())  # which forgets the packed bytes


def _name(value: Any) -> str:
    return str(getattr(resolve1(value), "name", ""))


def _examine(stream: PDFStream) -> set[str] | None:
    """The doubled characters of a stream that is a map of characters; None where the stream is damaged."""
    try:
        unpacked = _unpack(stream)
        if unpacked is None:
            return None
        if not unpacked and not _NEVER_MAPS.intersection(stream.attrs):
            with suppress(Exception):  # no map then: a font needs one that pdfminer can unpack
                unpacked = _unpacked_by_pdfminer(stream)
        return _doubled_characters(unpacked) if b"begincmap" in unpacked[:4096] else set()
    except Exception:  # pdfminer raises whatever damaged bytes lead it to
        return None


def _unpack(stream: PDFStream) -> bytes | None:
    """A stream's bytes; empty where they are packed otherwise than by Flate alone, None where damaged."""
    raw = _deciphered(stream)
    if raw is None:
        return b""
    filters = [str(getattr(name, "name", name)) for name, _ in stream.get_filters()]
    if filters and filters[0] in _ASCII85:
        filters = filters[1:]
        try:
            raw = a85decode(raw.strip().removesuffix(b"~>").removeprefix(b"<~"))
        except ValueError:
            return None
    if not filters:
        return raw
    if filters[0] not in _FLATE or not raw:
        return b""
    unpacker = zlib.decompressobj()
    try:
        unpacked = unpacker.decompress(raw, _MOST_BYTES)
    except zlib.error:
        return None
    if not unpacker.eof and not unpacker.unconsumed_tail:
        return None
    return unpacked if len(filters) == 1 and not _is_predicted(stream) else b""


def _deciphered(stream: PDFStream) -> bytes | None:
    """A stream's packed bytes; None where its file may keep them otherwise than the streams of pages."""
    raw = stream.get_rawdata() or b""
    if stream.decipher is None or not raw:
        return raw
    if _name(stream.get("Type")) in _OWN_CIPHERS or stream.objid is None or stream.genno is None:
        return None
    return bytes(stream.decipher(stream.objid, stream.genno, raw, stream.attrs))


def _is_predicted(stream: PDFStream) -> bool:
    """Whether what was packed are differences between neighbouring bytes."""
    return any(
        isinstance(settings, dict) and int_value(settings.get("Predictor", 1)) > 1
        for _, settings in stream.get_filters()
    )


def _doubled_characters(content: bytes) -> set[str]:
    """Characters that a map gives to more than one code; blanks and what is no character do not count."""
    counts = Counter(read_map(content).values())
    return {
        character
        for character, count in counts.items()
        if count > 1 and character.isprintable() and not character.isspace()
    }
