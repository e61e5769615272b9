"""Do a page's drawing instructions keep to the grammar of PDF?

Where they do not, each viewer goes on in its own way: one leaves out an instruction, another all that
follows. What such a page shows is not one thing.

The grammar is that of ISO 32000, with the freedom that all viewers agree on: state may change between the
parts of a path, lines may end anywhere, and a path that was never begun may be dropped. It is written as one
pattern of possessive parts, which goes over a page's instructions once, without ever going back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import accumulate
from typing import Final

_NAMED: Final = 40


def first_break(instructions: bytes) -> str | None:
    """Where a content stream leaves the grammar.

    Args:
        instructions: a page's or form's content, unpacked; the parts of one page joined by a blank.

    Returns:
        What stands there, for a message; None where nothing breaks the grammar.
    """
    found = _CONTENT.match(instructions)
    end = found.end() if found else 0
    if end == len(instructions):
        underflow = _underflow(instructions)
        if underflow is None:
            return None
        end = underflow
    return instructions[end : end + _NAMED].decode("latin-1")


def _underflow(instructions: bytes) -> int | None:
    """Where ``Q`` restores a state that ``q`` never saved, and more is drawn after it; None where nowhere.

    Args:
        instructions: that keep to the grammar.
    """
    if not _may_underflow(_SAVES.findall(instructions)):
        return None
    depth = 0
    for found in _STATES.finditer(instructions):
        if found[1] is None:
            continue
        depth += 1 if found[1] == b"q" else -1
        if depth < 0:
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
    _operations("", "EMC", "BX", "EX"),
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
_OTHER: Final = (
    _operations(_numbers(6), "cm"),
    _operations("", "q", "Q", "n"),
    _operations(_NAME, "Do", "sh"),
    _operations(_numbers(2), "d0"),
    _operations(_numbers(6), "d1"),
)
_IMAGE: Final = (
    rf"BI{_END}{_S}(?:{_NAME}{_either(_PLAIN_ITEM, _COMPOUND)})*+ID[\s\S](?>[\s\S]*?\sEI{_END}){_S}"
)
_TEXT_OBJECT: Final = rf"BT{_END}{_S}(?:{_either(*_TEXT, *_STATE)})*+ET{_END}{_S}"
_PATH: Final = rf"{_either(*_PATH_BEGIN)}(?:{_either(*_PATH_BEGIN, *_PATH_PART, *_STATE)})*+{_PATH_END}"
_CONTENT: Final = re.compile(
    f"{_S}(?:{_either(_TEXT_OBJECT, _PATH, *_OTHER, *_STATE, _IMAGE)})*+".encode("latin-1")
)
_SAVES: Final = re.compile(rb"(?<![^\x00\t\n\x0c\r \]>)])[qQ](?=[\x00\t\n\x0c\r /\[(<]|\Z)")
_STATES: Final = re.compile(
    rf"{_STRING}|{_IMAGE}|%[^\r\n]*+|(?<![^\x00\t\n\x0c\r \]>)])([qQ]){_END}".encode("latin-1")
)
_REST: Final = re.compile(rf"{_S}(?:(?:Q|EMC){_END}{_S})*+".encode("latin-1"))
