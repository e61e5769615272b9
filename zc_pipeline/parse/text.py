"""Text of cells: joining wrapped lines, look-alike characters, widths. Strings in, strings out."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import Final

from zc_pipeline.parse.lookups import load_lookup

_WRAP: Final = re.compile(r"[^\S\n]*\n[^\S\n]*")
_CID: Final = re.compile(r"\(cid:\d+\)")
_PRIVATE_USE: Final = ((0xE000, 0xF8FF), (0xF0000, 0xFFFFD), (0x100000, 0x10FFFD))
_CHARACTERS: Final = 1 << 16  # of which it is kept what they are: as many as documents use
_HALF_OF_FULL_WIDTH: Final = {**{code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}, 0x3000: 0x20}
HYPHENS: Final = frozenset("-\u00ad\u2010\u2011")


@cache
def ideograph_of_radical() -> dict[str, str]:
    """Radical symbol → the ordinary character that the page shows."""
    lookup = load_lookup("radicals")
    return {**lookup["ideographs"], **lookup["simplified"]}


@lru_cache(maxsize=_CHARACTERS)
def is_radical(character: str) -> bool:
    """Whether a character is a radical symbol or CJK compatibility form with an ordinary twin."""
    return character in ideograph_of_radical() or _is_compatibility_ideograph(character)


@lru_cache(maxsize=_CHARACTERS)
def ordinary_character(character: str) -> str:
    """The ordinary character for a radical symbol or compatibility ideograph; others unchanged."""
    mapped = ideograph_of_radical().get(character)
    if mapped is not None:
        return mapped
    if _is_compatibility_ideograph(character):
        return unicodedata.normalize("NFKC", character)
    return character


def _is_compatibility_ideograph(character: str) -> bool:
    return (
        len(character) == 1
        and (0xF900 <= ord(character) <= 0xFAFF or 0x2F800 <= ord(character) <= 0x2FA1F)
        and unicodedata.normalize("NFKC", character) != character
    )


def is_unmapped_character(text: str) -> bool:
    """Whether a reader says by this text that it does not know the character."""
    if not text or text in ("\x00", "\ufffd") or _CID.fullmatch(text):
        return True
    return any(low <= ord(character) <= high for character in text for low, high in _PRIVATE_USE)


def unwrap(text: str) -> str:
    """Join wrapped lines; the blanks around a wrap go, all other blanks stay.

    Between two Latin letters or digits a blank that was printed at the wrap separates words: it is kept
    as one space. A wrap without a printed blank (``1|00%``, ``202|4年``) joins without one.
    """

    def joint(match: re.Match[str]) -> str:
        before, after = text[: match.start()][-1:], text[match.end() :][:1]
        had_blank = len(match.group()) > 1
        both_latin = _is_latin(before) and _is_latin(after)
        return " " if had_blank and both_latin and not (before.isdigit() and after.isdigit()) else ""

    return _WRAP.sub(joint, text)


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalnum()


def without_blanks(text: str) -> str:
    """All whitespace removed (ideographic spaces too)."""
    return "".join(text.split())


def halfwidth(text: str) -> str:
    """Full-width digits, letters and operators (U+FF01…FF5E, ideographic space) to their ASCII forms."""
    return text.translate(_HALF_OF_FULL_WIDTH)


@lru_cache(maxsize=2048)
def label_key(text: str) -> str:
    """A heading or label in the form it is compared in: no blanks, half-width, ordinary characters."""
    ordinary = "".join(map(ordinary_character, text))
    return without_blanks(halfwidth(ordinary)).replace("﹙", "(").replace("﹚", ")")


@cache
def _total_names() -> frozenset[str]:
    return frozenset(label_key(name) for name in load_lookup("labels")["total_rows"])


def is_total_name(name: str) -> bool:
    """Whether a row's name is one of those that grand totals go by (合计)."""
    return label_key(name) in _total_names()


def width_in_ems(text: str) -> float:
    """About how wide a text is printed, in full-width characters; a half-width one counts half."""
    return sum(1.0 if unicodedata.east_asian_width(c) in "WFA" else 0.5 for c in text)
