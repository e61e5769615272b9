"""What a planted fault is, and the register of its kinds."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from zc_pipeline.model import PageItem, TableRow
from zc_pipeline_tests.drawing import Disclosure, Layout

from .documents import TrueDocument

T = TypeVar("T")


class Level(StrEnum):
    """Where a fault is planted."""

    DRAWN = "drawn page"
    PAGE_TEXT = "page text"
    ROWS = "stitched rows"


@dataclass(frozen=True)
class Planted:
    """One fault in one document. Exactly one of the last five says what is read in place of the document.

    Attributes:
        place: Where it is, in words.
        noticeable: A careful reader of the page (or of the table at this level) could see that something is
            wrong, by arithmetic, numbering or structure.
        truth: Another disclosure, drawn anew in the document's layout.
        layout: Another layout, drawn with the true disclosure (or with `truth`).
        pages: Page numbers of the document's file in their new order.
        items: Other page text.
        rows: Other stitched rows.
    """

    place: str
    noticeable: bool
    truth: Disclosure | None = None
    layout: Layout | None = None
    pages: tuple[int, ...] | None = None
    items: tuple[PageItem, ...] | None = None
    rows: tuple[TableRow, ...] | None = None


Plant = Callable[[TrueDocument, random.Random], Planted | None]
"""Plants a fault somewhere in a document; None where the document has no place for it."""


@dataclass(frozen=True)
class Kind:
    """One kind of fault. ``why`` says why its unrevealable faults are so; blank where it has none."""

    level: Level
    name: str
    plant: Plant = field(repr=False)
    why: str = ""


class Register:
    """Collects the kinds of one level, in the order of the module."""

    def __init__(self, level: Level) -> None:
        self._level = level
        self.kinds: list[Kind] = []

    def __call__(self, name: str, why: str = "") -> Callable[[Plant], Plant]:
        """Enters a function as a kind of fault."""

        def enter(plant: Plant) -> Plant:
            self.kinds.append(Kind(self._level, name, plant, why))
            return plant

        return enter


# --- amounts as text -------------------------------------------------------------------------------


def value_of(text: str) -> Decimal:
    """A printed amount as a number; nothing printed is nothing."""
    return Decimal(text.replace(",", "").replace("\n", "") or "0")


def other_digit(text: str) -> str:
    """The amount with another leading digit."""
    place = re.search(r"[1-9]", text)
    if place is None:
        raise ValueError(f"no digit to change in {text!r}")
    at = place.start()
    return f"{text[:at]}{int(text[at]) % 9 + 1}{text[at + 1 :]}"


def is_changeable(text: str) -> bool:
    """Whether the amount is so large that another leading digit is more than rounding explains anywhere."""
    return value_of(text) >= 1


# --- indicators as text ----------------------------------------------------------------------------

_HEAD = re.compile(r"(\d+)、(\d)-[^；]+；(\d\d)-[^；]+；")
_LABELS = ("实施周期指标值:", "年度指标值:")


def is_well_formed(text: str) -> bool:
    """Whether a packed cell shows a whole run of indicators, so that no reader can tell that any is missing.

    Each has its number (1, 2, 3 …), two levels that belong together, a name and both labels once.
    """
    plain = "".join(text.split())
    heads = list(_HEAD.finditer(plain))
    if not heads or heads[0].start() != 0:
        return False
    ends = [head.start() for head in heads[1:]] + [len(plain)]
    for number, (head, end) in enumerate(zip(heads, ends, strict=True), 1):
        body = plain[head.end() : end].replace("：", ":")
        if not head[1].endswith(str(number)) or not head[3].startswith(head[2]):
            return False
        if any(body.count(label) != 1 for label in _LABELS):
            return False
        cycle, annual = (body.index(label) for label in _LABELS)
        if cycle <= 1 or annual < cycle or body[cycle - 1] != "；" or body[annual - 1] != "；":
            return False
    return True


def pick(chance: random.Random, choices: Sequence[T]) -> T | None:
    """One of the choices, None where there are none."""
    return chance.choice(choices) if choices else None
