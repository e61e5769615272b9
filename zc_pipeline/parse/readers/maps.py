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
_MARKS: Final = re.compile(rb"(?<![^\s>\]])(begin|end)bf(char|range)(?![^\s<])")
_MARK_NAMES: Final = (b"bfchar", b"bfrange")
_END_OF_MAP: Final = re.compile(rb"(?<!\S)endcmap(?!\S)")
_BEGINNINGS: Final = re.compile(rb"begin\w+|usecmap")
_KNOWN: Final = frozenset({b"begincmap", b"begincodespacerange", b"beginbfchar", b"beginbfrange"})
# Around the sections: what is passed over or (the group) an operand or operator. Nothing open, no lists.
_VALUE: Final = rb"-?\d++(?:\.\d++)?+|/[\w.+-]++|\([^()\\]*+\)|" + _HEX
_AROUND: Final = re.compile(
    rb"\s++|%[^\r\n]*+[\r\n]|(" + _VALUE + rb"|<<(?:\s*+/[\w.+-]++\s*+(?:" + _VALUE + rb"))*+\s*+>>"
    rb"|[A-Za-z]\w*+)(?=[\s/(<%]|\Z)"
)
_FORGETTING: Final = frozenset({b"begincmap", b"begincodespacerange", b"endcodespacerange"})
_DEFINED: Final = 2  # operands of ``def``
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
    end = _END_OF_MAP.search(content)
    head, rest = (content[: end.start()], content[end.end() :]) if end else (content, b"")
    if b"\0" in content or b"endcmap" in head or b"begincmap" in rest or b"<<" in rest:
        return None
    if not _KNOWN.issuperset(_BEGINNINGS.findall(head)):
        return None
    sections = _sections(head)
    if sections is None:
        return None
    if not all((_SINGLES if kind == b"char" else _RANGES).fullmatch(body) for kind, body in sections):
        return None
    return chain.from_iterable(
        _singles(body) if kind == b"char" else _ranges(body) for kind, body in sections
    )


def _sections(head: bytes) -> list[tuple[bytes, bytes]] | None:
    """Kinds and bodies of a map's sections; None where something stands beside them that may change them."""
    marks = list(_MARKS.finditer(head))
    if len(marks) != sum(map(head.count, _MARK_NAMES)) or len(marks) % 2:
        return None
    sections = []
    around = 0
    for begin, end in zip(marks[::2], marks[1::2], strict=True):
        if begin[1] != b"begin" or end[1] != b"end" or begin[2] != end[2]:
            return None
        if not _changes_nothing(head, around, begin.start()):
            return None
        sections.append((begin[2], head[begin.end() : end.start()]))
        around = end.end()
    return sections if _changes_nothing(head, around, len(head)) else None


def _changes_nothing(head: bytes, begin: int, end: int) -> bool:
    """Whether what stands between two sections only defines and names: each ``def`` with its two operands."""
    operands = 0
    while begin < end:
        found = _AROUND.match(head, begin, end)
        if found is None:
            return False
        begin, token = found.end(), found[1]
        if token == b"def":
            if operands < _DEFINED:
                return False
            operands -= _DEFINED
        elif token in _FORGETTING:
            operands = 0
        elif token is not None:
            if token.startswith(b"end") and token != b"end":
                return False
            operands += 1
    return True


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
