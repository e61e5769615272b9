"""Do a page's drawing instructions keep to the grammar of PDF?

Where they do not, each viewer goes on in its own way: one leaves out an instruction, another all that
follows. What such a page shows is not one thing.

The grammar is that of ISO 32000, with the freedom that all viewers agree on: state may change between the
parts of a path, lines may end anywhere, and a path that was never begun may be dropped. It is written as one
pattern of possessive parts, which goes over a page's instructions once, without ever going back; it stops
where the bytes of an inline image begin, and goes on behind them.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable
from contextlib import suppress
from functools import cache, partial
from itertools import accumulate
from typing import Final

_NAMED: Final = 40
_MOST_MISLED: Final = 8  # each may take a look at all that follows
_MOST_BYTES: Final = 1 << 23  # of an inline image
_MOST_DIGITS: Final = 9
_CHUNK: Final = 1 << 12
_DRAWN_IMAGE: Final = b" /I Do "
# Of inline images, whose names have short forms.
_FLATE: Final = frozenset({b"Fl", b"FlateDecode"})
_ENDINGS: Final = {b"A85": b"~>", b"ASCII85Decode": b"~>", b"AHx": b">", b"ASCIIHexDecode": b">"}
_COMPONENTS: Final = {
    b"/G": 1,
    b"/DeviceGray": 1,
    b"/RGB": 3,
    b"/DeviceRGB": 3,
    b"/CMYK": 4,
    b"/DeviceCMYK": 4,
}
_INDEXED: Final = re.compile(rb"\[\s*/(?:I|Indexed)\b")
_NAMES: Final = re.compile(rb"/([^\x00\t\n\x0c\r \[\]<>()/%{}]+)")


def first_break(instructions: bytes) -> str | None:
    """Where a content stream leaves the grammar.

    Args:
        instructions: a page's or form's content, unpacked; the parts of one page joined by a blank.

    Returns:
        What stands there, for a message; None where nothing breaks the grammar.
    """
    parts = []
    begin = 0
    misled = 0  # by images that do not end where they say
    content = _tolerant_content() if b"BX" in instructions else _CONTENT
    while True:
        found = content.match(instructions, begin)
        assert found is not None  # it may match nothing
        end = found.end()
        image = _IMAGE.match(instructions, end)
        if image is None:
            break
        said = _said_end(instructions, image) if misled < _MOST_MISLED else None
        behind = None if said is None else _IMAGE_END.match(instructions, said)
        if behind is None:
            misled += said is not None
            behind = _LIKE_IMAGE_END.search(instructions, image.end())
        if behind is None:
            break
        parts += [instructions[begin:end], _DRAWN_IMAGE]
        begin = behind.end()
    if end < len(instructions):
        return _named(instructions, end)
    whole = b"".join([*parts, instructions[begin:]]) if parts else instructions
    underflow = _underflow(whole)
    return None if underflow is None else _named(whole, underflow)


def _named(instructions: bytes, place: int) -> str:
    return instructions[place : place + _NAMED].decode("latin-1")


def _said_end(instructions: bytes, image: re.Match[bytes]) -> int | None:
    """Where the bytes of an inline image end by what its dictionary says.

    Args:
        instructions: a page's or form's content.
        image: what stands before the bytes, ``ID`` and the blank behind it included.

    Returns:
        The end of all where they never do; None where the dictionary does not say.
    """
    begin = image.end()
    entries = dict(_ENTRY.findall(image[1]))

    def entry(*names: bytes, default: bytes = b"") -> bytes:
        return next((entries[name].strip() for name in names if name in entries), default)

    said = entry(b"L", b"Length")
    if said.isdigit():
        return begin + _bounded(said)
    filters = _NAMES.findall(entry(b"F", b"Filter"))
    if filters:
        if filters[0] in _FLATE:
            return _end_of_flate(instructions, begin)
        ending = _ENDINGS.get(filters[0])
        if ending is None:
            return None
        place = instructions.find(ending, begin)
        return len(instructions) if place < 0 else place + len(ending)
    is_mask = entry(b"IM", b"ImageMask") == b"true"
    space = entry(b"CS", b"ColorSpace")
    components = 1 if is_mask or _INDEXED.match(space) else _COMPONENTS.get(space)
    across, down = entry(b"W", b"Width"), entry(b"H", b"Height")
    bits = entry(b"BPC", b"BitsPerComponent", default=b"1" if is_mask else b"8")
    if components is None or not (across.isdigit() and down.isdigit() and bits.isdigit()):
        return None
    row = (_bounded(across) * _bounded(bits) * components + 7) // 8
    return begin + row * _bounded(down)


def _bounded(digits: bytes) -> int:
    return min(int(digits[:_MOST_DIGITS]), _MOST_BYTES)


def _end_of_flate(instructions: bytes, begin: int) -> int:
    """Where bytes packed by Flate end; the end of all where they do not, or are far too many."""
    unpacker = zlib.decompressobj()
    unpacked = 0
    with suppress(zlib.error):
        while not unpacker.eof and unpacked <= _MOST_BYTES:
            packed = unpacker.unconsumed_tail
            if not packed:
                packed = instructions[begin : begin + _CHUNK]
                begin += len(packed)
            if not packed:
                break
            unpacked += len(unpacker.decompress(packed, _MOST_BYTES))
    return begin - len(unpacker.unused_data) if unpacker.eof else len(instructions)


def _underflow(instructions: bytes) -> int | None:
    """Where ``Q`` restores a state that ``q`` never saved, and more is drawn after it; None where nowhere.

    Args:
        instructions: that keep to the grammar.
    """
    if not _may_underflow(_SAVES.findall(instructions)):
        return None
    untouched = _UNTOUCHED.match(instructions)
    begin = untouched.end() if untouched else 0
    depth = 0
    for found in _STATES.finditer(instructions):
        if found[1] is None:
            continue
        depth += 1 if found[1] == b"q" else -1
        if depth < 0 and found.start() < begin:  # all is still as it was at first
            depth = 0
        elif depth < 0:
            return None if _REST.fullmatch(instructions, found.end()) else found.start()
    return None


def _may_underflow(saves: Iterable[bytes]) -> bool:
    """Whether some ``Q`` comes before its ``q``: so it may seem where strings hold such letters."""
    return min(accumulate(1 if one == b"q" else -1 for one in saves), default=0) < 0


def _either(*parts: str) -> str:
    return "(?>" + "|".join(parts) + ")"


# Tokens. `_S` may be empty: a delimiter ends a token as well as a blank does.
_S: Final = r"(?:[\x00\t\n\x0c\r ]|%[^\r\n]*+)*+"
_END: Final = r"(?=[\x00\t\n\x0c\r \[\]<>()/%{}]|\Z)"
_NUMBER: Final = rf"[+-]?(?:\d++\.?+\d*+|\.\d++){_END}{_S}"
_NAME: Final = rf"/[^\x00\t\n\x0c\r \[\]<>()/%{{}}]*+{_S}"
_HEX: Final = rf"<[0-9A-Fa-f\x00\t\n\x0c\r ]*+>{_S}"
_PLAIN: Final = r"(?:[^()\\]++|\\[\s\S])"
_INNER: Final = rf"\((?:{_PLAIN}|\((?:{_PLAIN}|\((?:{_PLAIN})*+\))*+\))*+\)"
_STRING: Final = _either(rf"\((?:{_PLAIN}|{_INNER})*+\){_S}", _HEX)
_WORD: Final = rf"(?:true|false|null){_END}{_S}"
_PLAIN_ITEM: Final = _either(_NUMBER, _NAME, _STRING, _WORD)


def _nested(inner: str) -> str:
    """An array or dictionary of plain items, or of what ``inner`` allows beside them."""
    items = rf"(?:{_PLAIN_ITEM}|{inner})*+" if inner else rf"(?:{_PLAIN_ITEM})*+"
    return _either(rf"<<{_S}{items}>>{_S}", rf"\[{_S}{items}\]{_S}")


_COMPOUND: Final = _nested(_nested(_nested("")))
_SHOWN: Final = rf"\[{_S}(?:{_STRING}|{_NUMBER})*+\]{_S}"


def _operations(operands: str, *operators: str) -> str:
    """Operations with these operands; the longest operators first."""
    names = _either(*(re.escape(one) for one in sorted(operators, key=len, reverse=True)))
    return f"{operands}{names}{_END}{_S}"


def _numbers(count: int) -> str:
    return rf"(?:{_NUMBER}){{{count}}}+"


# Of a colour, from 0 to 1: beyond, viewers cut it off or count it modulo something.
_LEVEL: Final = rf"(?:[+-]?0*+(?:\.\d*+)?+|\+?0*+1(?:\.0*+)?+){_END}{_S}"

_STATE: Final = (
    _operations(_numbers(1), "w", "J", "j", "M", "i", "Tc", "Tw", "Tz", "TL", "Tr", "Ts"),
    _operations(_LEVEL, "G", "g"),
    _operations(_LEVEL * 3, "RG", "rg"),
    _operations(_LEVEL * 4, "K", "k"),
    _operations(_SHOWN + _NUMBER, "d"),
    _operations(_NAME, "ri", "gs", "CS", "cs"),
    _operations(rf"(?:{_NUMBER})++(?:{_NAME})?+", "SCN", "scn", "SC", "sc"),
    _operations(_NAME, "SCN", "scn"),
    _operations(_NAME + _NUMBER, "Tf"),
    _operations(_NAME, "MP", "BMC"),
    _operations(_NAME + _either(_NAME, _COMPOUND), "DP", "BDC"),
    _operations("", "EMC", "EX"),
)
_TEXT: Final = (
    _operations(_numbers(2), "Td", "TD"),
    _operations(_numbers(6), "Tm"),
    _operations("", "T*"),
    _operations(_STRING, "Tj", "'"),
    _operations(_NUMBER + _NUMBER + _STRING, '"'),
    _operations(_SHOWN, "TJ"),
)
_PATH_BEGIN: Final = (
    _operations(_numbers(2), "m"),
    _operations(_numbers(4), "re"),
)
_PATH_PART: Final = (
    _operations(_numbers(2), "l"),
    _operations(_numbers(4), "v", "y"),
    _operations(_numbers(6), "c"),
    _operations("", "h", "W*", "W"),
)
_PATH_END: Final = _operations("", "S", "s", "f*", "F", "f", "B*", "B", "b*", "b", "n")
# Of no path; but a clipping that waits would be that of the next one.
_NO_PATH: Final = rf"(?:{_operations('', 'W*', 'W')})?+{_PATH_END}"
_OTHER: Final = (
    _operations(_numbers(6), "cm"),
    _operations("", "q", "Q", "h"),
    _operations(_NAME, "Do", "sh"),
    _operations(_numbers(2), "d0"),
    _operations(_numbers(6), "d1"),
)
_KNOWN: Final = (
    r"(?:[wJjMiGgKkdmlvychWSsfFBbnqQ'\"]|T[cwzLrsfdDmjJ*]|[WfBb]\*|d[01]|RG|rg|ri|re|gs|cm|sh|Do|CS|cs|SCN?|scn?"
    r"|MP|DP|BMC|BDC|EMC|BX|EX|BI|ID|EI|BT|ET|true|false|null)"
)
_UNKNOWN: Final = (
    rf"(?:{_either(_PLAIN_ITEM, _COMPOUND)})*+"
    rf"(?!{_KNOWN}{_END})[A-Za-z'\"][^\x00\t\n\x0c\r \[\]<>()/%{{}}]*+{_S}"
)


def _content_pattern(*, is_tolerant: bool) -> re.Pattern[bytes]:
    """Any number of whole instructions; where asked, any that nobody knows between ``BX`` and ``EX``."""

    def elements(*parts: str) -> str:
        one = _either(*parts)
        if not is_tolerant:
            return f"(?:{one})*+"
        # Each part looks ahead for itself: Python before 3.11.5 ends a possessive repetition wrongly where
        # the repeated group itself begins with what fails.
        not_the_end = rf"(?!EX{_END})"
        within = _either(not_the_end + one, not_the_end + _UNKNOWN)
        tolerant = rf"{_operations('', 'BX')}(?:{within})*+"
        return f"(?:{_either(one, tolerant)})*+"

    text_object = rf"BT{_END}{_S}{elements(*_TEXT, *_STATE)}ET{_END}{_S}"
    content = elements(text_object, _PATH, *_OTHER, *_STATE, _NO_PATH)
    return re.compile(f"{_S}{content}".encode("latin-1"))


_PATH: Final = (
    rf"{_either(*_PATH_BEGIN)}"
    rf"(?:{_either(*_PATH_BEGIN, *_PATH_PART, *_STATE, _operations('', 'BX'))})*+{_PATH_END}"
)
_CONTENT: Final = _content_pattern(is_tolerant=False)
_tolerant_content: Final = cache(partial(_content_pattern, is_tolerant=True))  # which few files need
_ENTRY_VALUE: Final = _either(_PLAIN_ITEM, _COMPOUND)
_IMAGE: Final = re.compile(rf"BI{_END}{_S}((?:{_NAME}{_ENTRY_VALUE})*+)ID[\s\S]".encode("latin-1"))
_ENTRY: Final = re.compile(rf"/([^\x00\t\n\x0c\r \[\]<>()/%{{}}]*+){_S}({_ENTRY_VALUE})".encode("latin-1"))
_IMAGE_END: Final = re.compile(rf"[\x00\s]*+EI{_END}{_S}".encode("latin-1"))
_LIKE_IMAGE_END: Final = re.compile(rf"\sEI{_END}{_S}".encode("latin-1"))
_UNTOUCHED: Final = re.compile(
    f"{_S}(?:{_either(_operations('', 'q', 'Q', 'BX', 'EX', 'EMC'), _operations(_NAME, 'BMC'))})*+".encode(
        "latin-1"
    )
)
_SAVES: Final = re.compile(rb"(?<![^\x00\t\n\x0c\r \]>)])[qQ](?=[\x00\t\n\x0c\r /\[(<]|\Z)")
_STATES: Final = re.compile(
    rf"{_STRING}|%[^\r\n]*+|(?<![^\x00\t\n\x0c\r \]>)])([qQ]){_END}".encode("latin-1")
)
_REST: Final = re.compile(rf"{_S}(?:(?:Q|EMC){_END}{_S})*+".encode("latin-1"))
