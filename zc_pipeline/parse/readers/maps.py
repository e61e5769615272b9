"""Maps of a font's codes to characters (ToUnicode), read by pdfminer's rules.

pdfminer takes them word by word, which for a short file is most of what reading it costs. Maps of the plain
form that programs write are read here in a few steps, with the same result; pdfminer reads the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from io import BytesIO
from itertools import chain
from typing import Final

from pdfminer.cmapdb import CMapParser, FileUnicodeMap

_HEX: Final = rb"<(?:[0-9A-Fa-f]{2})+>"
_SECTION: Final = re.compile(rb"\bbegin(bfchar|bfrange)\b(.*?)\bend\1\b", re.DOTALL)
_BEGINNINGS: Final = re.compile(rb"\b(?:begin\w+|usecmap)\b")
_KNOWN: Final = frozenset({b"begincmap", b"begincodespacerange", b"beginbfchar", b"beginbfrange"})
_SINGLES: Final = re.compile(rb"(?:\s*" + _HEX + rb"\s*" + _HEX + rb")*\s*")
_RANGES: Final = re.compile(
    rb"(?:\s*" + _HEX + rb"\s*" + _HEX + rb"\s*(?:" + _HEX + rb"|\[(?:\s*" + _HEX + rb")*\s*\]))*\s*"
)
_SINGLE: Final = re.compile(rb"<(\w+)>\s*<(\w+)>")
_RANGE: Final = re.compile(rb"<(\w+)>\s*<(\w+)>\s*(?:<(\w+)>|\[([^\]]*)\])")
_ITEM: Final = re.compile(rb"\w+")
_VARIABLE: Final = 4  # bytes at the end of a range's first character, which count on
_MAPS_KEPT: Final = 32  # of one file's fonts: they are asked for more than once


@lru_cache(maxsize=_MAPS_KEPT)
def read_map(content: bytes) -> Mapping[int, str]:
    """The characters by code. What of a map is not to be understood is left out, as by pdfminer.

    Raises:
        Exception: whatever damaged bytes lead pdfminer to.
    """
    entries = _plain_entries(content)
    found = FileUnicodeMap()
    if entries is None:
        CMapParser(found, BytesIO(content)).run()
    else:
        for code, character in entries:
            found.add_cid2unichr(code, character)
    return found.cid2unichr


def _plain_entries(content: bytes) -> Iterator[tuple[int, bytes]] | None:
    """Codes with their characters in UTF-16BE, in the map's order; None where it is not of plain form."""
    head, _, rest = content.partition(b"endcmap")
    if b"begincmap" in rest or not _KNOWN.issuperset(_BEGINNINGS.findall(head)):
        return None
    sections = _SECTION.findall(head)
    if len(sections) != head.count(b"beginbf") or b"%" in head[head.find(b"begincmap") :]:
        return None
    if not all((_SINGLES if kind == b"bfchar" else _RANGES).fullmatch(body) for kind, body in sections):
        return None
    return chain.from_iterable(
        _singles(body) if kind == b"bfchar" else _ranges(body) for kind, body in sections
    )


def _singles(body: bytes) -> Iterator[tuple[int, bytes]]:
    for code, character in _SINGLE.findall(body):
        yield int(code, 16), _bytes(character)


def _ranges(body: bytes) -> Iterator[tuple[int, bytes]]:
    for first, last, character, listed in _RANGE.findall(body):
        if len(first) != len(last):
            continue
        codes = range(int(first, 16), int(last, 16) + 1)
        if not character:
            yield from zip(codes, map(_bytes, _ITEM.findall(listed)), strict=False)
            continue
        begin = _bytes(character)
        fixed, counting = begin[:-_VARIABLE], begin[-_VARIABLE:]
        base = int.from_bytes(counting, "big")
        for place, code in enumerate(codes):
            yield code, fixed + (base + place).to_bytes(_VARIABLE, "big")[-len(counting) :]


def _bytes(digits: bytes) -> bytes:
    return bytes.fromhex(digits.decode("ascii"))
