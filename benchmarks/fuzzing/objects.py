"""A PDF taken apart into numbered objects and put together again, with streams unpacked and packed.

Only for seeds, which are well formed: object streams and cross-reference streams are written out plainly
first.
"""

from __future__ import annotations

import base64
import io
import re
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import pypdfium2

from .seeds import Seed

_OBJECT = re.compile(rb"(?<![0-9])(\d+) +0 +obj\b")
_LENGTH = re.compile(rb"/Length\s+\d+(?:\s+\d+\s+R)?")
_FILTER = re.compile(rb"/Filter\s*\[?\s*(/FlateDecode)?\s*\]?")
_ASCII85 = re.compile(rb"/Filter\s*\[\s*/ASCII85Decode\s*/FlateDecode\s*\]")
_TRAILER = re.compile(rb"trailer\s*(<<.*?>>)\s*startxref", re.DOTALL)
REFERENCE = re.compile(rb"(?<![0-9])(\d+) +0 +R\b")
TOKEN = re.compile(
    rb"\((?:\\.|[^\\()])*\)|<<|>>|<[0-9A-Fa-f\s]*>|[\[\]]|/[^\s/<>\[\](){}%]*"
    rb"|[-+]?(?:\d+\.?\d*|\.\d+)|[A-Za-z'\"][A-Za-z0-9*'\"]*|\s+|.",
    re.DOTALL,
)
"""One token of a content stream or a dictionary; blanks are tokens too, so that all tokens give the whole."""


@dataclass(frozen=True)
class PdfObject:
    """An object's value, or a stream's dictionary with its bytes as they lie in the file."""

    head: bytes
    raw: bytes | None = None

    @property
    def content(self) -> bytes | None:
        """A stream's unpacked bytes; None where it is no stream, or packed otherwise than by Flate alone."""
        if self.raw is None or b"/DecodeParms" in self.head:
            return None
        if b"/Filter" not in self.head:
            return self.raw
        found = _FILTER.search(self.head)
        if found is None or not found.group(1) or self.head.count(b"Decode") != 1:
            return None
        try:
            return zlib.decompress(self.raw)
        except zlib.error:
            return None

    def with_content(self, content: bytes) -> PdfObject:
        """The stream with other content, its length right."""
        raw = zlib.compress(content, 1) if b"/Filter" in self.head else content
        return PdfObject(_LENGTH.sub(b"/Length %d" % len(raw), self.head, count=1), raw)

    def with_head(self, head: bytes) -> PdfObject:
        """The object with another value or dictionary."""
        return replace(self, head=head)

    @property
    def body(self) -> bytes:
        """As it is written between ``obj`` and ``endobj``."""
        return self.head if self.raw is None else self.head + b"\nstream\n" + self.raw + b"\nendstream"


def stream(content: bytes, entries: bytes = b"") -> PdfObject:
    """A stream that is not packed."""
    return PdfObject(b"<</Length %d%s>>" % (len(content), entries), content)


class Parts:
    """A seed taken apart."""

    def __init__(self, seed: Seed) -> None:
        self.name = seed.name
        self.data = seed.data
        self.plain = _written_plainly(seed.data)
        self.objects = _split(self.plain)
        found = _TRAILER.search(self.plain)
        self.trailer = found.group(1) if found else b"<</Root 1 0 R>>"

    @cached_property
    def pages(self) -> tuple[int, ...]:
        """Numbers of the page objects."""
        return self._with_head(rb"/Type\s*/Page\b(?!s)")

    @cached_property
    def page_trees(self) -> tuple[int, ...]:
        """Numbers of the nodes of the page tree, the catalog among them."""
        return self._with_head(rb"/Type\s*/(?:Pages|Catalog)\b")

    @cached_property
    def contents(self) -> tuple[int, ...]:
        """Numbers of the streams that draw: pages' contents and form objects."""
        named = {
            int(number)
            for page in self.pages
            for part in re.findall(rb"/Contents\s*(\[[^\]]*\]|\d+ +0 +R)", self.objects[page].head)
            for number in REFERENCE.findall(part)
        }
        lists = [n for n in named if n in self.objects and self.objects[n].head.startswith(b"[")]
        within = {int(number) for n in lists for number in REFERENCE.findall(self.objects[n].head)}
        forms = self._with_head(rb"/Subtype\s*/Form\b")
        return tuple(
            n for n in sorted(named | within | set(forms)) if n in self.objects and self._unpacked(n)
        )

    @cached_property
    def cmaps(self) -> tuple[int, ...]:
        """Numbers of the streams that say which characters a font's codes are."""
        return tuple(n for n in self.objects if b"begincmap" in (self.unpacked.get(n) or b""))

    @cached_property
    def fonts(self) -> tuple[int, ...]:
        """Numbers of the font dictionaries, descendants among them."""
        return self._with_head(rb"/Type\s*/Font\b")

    @cached_property
    def font_programs(self) -> tuple[int, ...]:
        """Numbers of the embedded font files."""
        named = {
            int(number)
            for one in self.objects.values()
            for number in re.findall(rb"/FontFile[23]?\s+(\d+) +0 +R", one.head)
        }
        return tuple(sorted(named & set(self.objects)))

    @cached_property
    def unpacked(self) -> dict[int, bytes]:
        """The unpacked streams."""
        return {n: content for n, one in self.objects.items() if (content := one.content) is not None}

    @cached_property
    def tokens(self) -> dict[int, tuple[bytes, ...]]:
        """The tokens of each stream that draws."""
        return {number: tuple(TOKEN.findall(self.unpacked[number])) for number in self.contents}

    def _unpacked(self, number: int) -> bool:
        return bool(self.unpacked.get(number))

    def _with_head(self, pattern: bytes) -> tuple[int, ...]:
        return tuple(n for n, one in self.objects.items() if re.search(pattern, one.head))

    def rebuilt(self, changed: Mapping[int, PdfObject | None]) -> bytes:
        """The file with other objects; None leaves one out."""
        objects: dict[int, PdfObject | None] = {**self.objects, **changed}
        return build({n: one.body for n, one in objects.items() if one is not None}, self.trailer)


def _written_plainly(data: bytes) -> bytes:
    """The same document without object streams and cross-reference streams."""
    document = pypdfium2.PdfDocument(data)
    out = io.BytesIO()
    document.save(out)
    document.close()
    return out.getvalue()


def _split(data: bytes) -> dict[int, PdfObject]:
    objects: dict[int, PdfObject] = {}
    position = 0
    while match := _OBJECT.search(data, position):
        start = match.end()
        end = data.find(b"endobj", start)
        begins = data.find(b"stream", start, end if end > 0 else None)
        if begins >= 0:
            head = data[start:begins].strip()
            length = re.search(rb"/Length\s+(\d+)(?!\s+\d+\s+R)", head)
            first = begins + 6 + (2 if data[begins + 6 : begins + 8] == b"\r\n" else 1)
            last = first + int(length.group(1)) if length else data.find(b"endstream", first)
            end = data.find(b"endobj", last)
            objects[int(match.group(1))] = _without_ascii(PdfObject(head, data[first:last]))
        else:
            objects[int(match.group(1))] = PdfObject(data[start:end].strip())
        position = end
    return objects


def _without_ascii(one: PdfObject) -> PdfObject:
    """A stream packed by Flate alone in place of one that is written in letters on top of it."""
    if one.raw is None or not _ASCII85.search(one.head):
        return one
    raw = base64.a85decode(one.raw.strip().removesuffix(b"~>"))
    head = _ASCII85.sub(b"/Filter/FlateDecode", one.head)
    return PdfObject(_LENGTH.sub(b"/Length %d" % len(raw), head, count=1), raw)


def build(bodies: Mapping[int, bytes], trailer: bytes) -> bytes:
    """A file of objects with a right cross-reference table."""
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    places: dict[int, int] = {}
    for number, body in sorted(bodies.items()):
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    size = max(bodies, default=0) + 1
    out += b"xref\n0 %d\n0000000000 65535 f\r\n" % size
    out += b"".join(_entry(places.get(number)) for number in range(1, size))
    kept = re.sub(rb"/(?:Size|Prev|XRefStm)\s+\d+", b"", trailer)
    out += b"trailer\n%s\nstartxref\n%d\n%%%%EOF\n" % (kept.replace(b"<<", b"<</Size %d" % size, 1), start)
    return bytes(out)


def _entry(place: int | None) -> bytes:
    return b"0000000000 65535 f\r\n" if place is None else b"%010d 00000 n\r\n" % place


def joined(tokens: Iterable[bytes]) -> bytes:
    """Tokens as the bytes they came from."""
    return b"".join(tokens)
