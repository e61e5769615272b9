"""Printed amounts to exact decimals, and back to nothing else: what is no number raises."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache
from typing import Final, NamedTuple

from zc_pipeline.errors import DocumentError
from zc_pipeline.parse.lookups import load_lookup
from zc_pipeline.parse.text import halfwidth, without_blanks

_NUMBER: Final = re.compile(r"[-+]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?")
# Two numbers side by side in one cell must not become one; a wrap within a number may.
_PARTED_DIGITS: Final = re.compile(r"[0-9.,][^\S\n]+[0-9.,]")
_BRACKETED: Final = re.compile(r"\((.+)\)")
_MINUS_SIGNS: Final = str.maketrans({"−": "-", "–": "-", "﹣": "-"})
# The default decimal context holds 28 digits: sums of such amounts in yuan stay exact.
_MOST_DIGITS: Final = 20
FEN: Final = Decimal("0.01")
# decimal(18, 2) holds sixteen digits before the point.
_LARGEST_YUAN: Final = Decimal(10) ** 16


class Amount(NamedTuple):
    """A printed number in its printed unit, with how many decimals were printed."""

    value: Decimal
    places: int


def parse_amount(text: str) -> Amount | None:
    """Read one printed amount.

    Args:
        text: the cell's text; line breaks do not count, nor blanks but between two digits.

    Returns:
        The number in its printed unit; None where the cell is blank or holds only a dash.

    Raises:
        DocumentError: ``amount_unreadable``; thousands separators must part groups of three.
    """
    half = halfwidth(text)
    compact = without_blanks(half)
    if not compact or compact in _dashes():
        return None
    if _PARTED_DIGITS.search(half):
        raise DocumentError("amount_unreadable", f"The amount {text!r} may be two numbers.", raw=text)
    plain = compact.translate(_MINUS_SIGNS)
    bracketed = _BRACKETED.fullmatch(plain)
    if bracketed:
        raise DocumentError("amount_unreadable", f"The amount {text!r} stands in brackets.", raw=text)
    if not _NUMBER.fullmatch(plain):
        raise DocumentError("amount_unreadable", f"The amount {text!r} is no number.", raw=text)
    number = plain.replace(",", "")
    if sum(character.isdigit() for character in number) > _MOST_DIGITS:
        raise DocumentError(
            "amount_unreadable", f"The amount {text!r} has more digits than any budget.", raw=text
        )
    return Amount(Decimal(number), len(number.partition(".")[2]))


def to_yuan(amount: Amount, money_unit: str) -> Decimal:
    """An amount in yuan with two decimals.

    Args:
        amount: a number in the printed unit.
        money_unit: 元 or 万元 (``lookups/labels.yaml``, ``money_units``).

    Raises:
        DocumentError: ``amount_too_fine`` where the printed number is finer than a fen, or too large.
    """
    yuan = amount.value * yuan_per(money_unit)
    exact = yuan.quantize(FEN) if abs(yuan) < _LARGEST_YUAN else None
    if exact is None or exact != yuan:
        raise DocumentError(
            "amount_too_fine",
            f"The amount {amount.value} {money_unit} cannot be kept in yuan with two decimals.",
            raw=str(amount.value),
        )
    return exact


def yuan_per(money_unit: str) -> int:
    """How many yuan one of the printed unit is."""
    return int(load_lookup("labels")["money_units"][money_unit])


@cache
def _dashes() -> frozenset[str]:
    return frozenset(without_blanks(halfwidth(dash)) for dash in load_lookup("labels")["no_amount"])
