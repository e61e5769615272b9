"""What a form of target table must tell: which headings it has, and how its indicators are written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

from zc_pipeline.errors import DocumentError
from zc_pipeline.parse.lookups import load_lookup
from zc_pipeline.parse.text import label_key

# The meanings a column can have, in the order of the tables. Forms map their headings to these.
COLUMNS: Final = ("project_name", "total", "fiscal", "special_account", "other", "goal", "indicators")
SOURCE_COLUMNS: Final = ("fiscal", "special_account", "other")
AMOUNT_COLUMNS: Final = ("total", *SOURCE_COLUMNS)

_UNIT_IN_HEADING: Final = re.compile(r"[(\[]((?:人民币)?万?元)[)\]]$")


class HeaderMatch(NamedTuple):
    """A heading row understood: meaning per cell, in the row's order, and a money unit named in it."""

    meanings: tuple[str, ...]
    money_unit: str | None


class IndicatorText(NamedTuple):
    """One indicator cut from its cell. ``text`` is its whole printed text without wraps."""

    number: int
    level1_code: str
    level1_name: str
    level2_code: str
    level2_name: str
    name: str
    cycle_target: str
    annual_target: str
    text: str


class Form(Protocol):
    """One way departments print target tables. A new form is a module beside ``packed_list``."""

    @property
    def name(self) -> str:
        """What ``TableFacts.form`` calls it."""

    def match_header(self, labels: Sequence[str]) -> HeaderMatch | None:
        """The meanings of a row's cells if the row is this form's heading, else None.

        Raises:
            DocumentError: ``unknown_column``, ``repeated_column`` or ``missing_column``.
        """

    def explode(self, text: str) -> list[IndicatorText]:
        """The indicators of one project's cell, in printed order.

        Raises:
            DocumentError: ``indicator_numbers``, ``indicator_unreadable``, ``indicator_text_left_over``.
        """


@dataclass(frozen=True, slots=True)
class HeadingRule:
    """Headings known for one form, and which of them make a row its heading."""

    lookup: str
    anchors: frozenset[str]  # a row with all of these is the form's heading
    required: frozenset[str]

    def match(self, labels: Sequence[str]) -> HeaderMatch | None:
        """The meanings of a row's cells; None where the row is not this form's heading."""
        spellings = {
            label_key(spelling): meaning
            for meaning, known in load_lookup("headers")[self.lookup].items()
            for spelling in known
        }
        keys, units = [], set()
        for label in labels:
            key = label_key(label)
            unit = _UNIT_IN_HEADING.search(key)
            if unit:
                units.add(unit.group(1))
                key = key[: unit.start()]
            keys.append(key)
        meanings = [spellings.get(key) for key in keys]
        if not self.anchors <= set(meanings):
            return None
        for label, meaning in zip(labels, meanings, strict=True):
            if meaning is None:
                shown = label.replace("\n", "")
                raise DocumentError("unknown_column", f"The heading {shown!r} is not known.", raw=label)
            if meanings.count(meaning) > 1:
                raise DocumentError("repeated_column", f"Two columns are headed like {label!r}.", raw=label)
        missing = self.required - set(meanings)
        if missing:
            raise DocumentError(
                "missing_column", f"The table has no column for {', '.join(sorted(missing))}."
            )
        if len(units) > 1:
            raise DocumentError(
                "money_unit_contradictory", f"The headings name several money units: {sorted(units)}."
            )
        return HeaderMatch(tuple(m for m in meanings if m is not None), next(iter(units), None))
