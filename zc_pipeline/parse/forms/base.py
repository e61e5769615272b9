"""What a form of target table must tell: which headings it has, and how its indicators are written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final, NamedTuple, Protocol

from zc_pipeline.errors import DocumentError
from zc_pipeline.parse.lookups import load_lookup
from zc_pipeline.parse.text import label_key

# The meanings a column can have, in the order of the tables. Forms map their headings to these.
FISCAL_COLUMNS: Final = ("general_budget", "government_fund", "state_capital")  # what "fiscal" is made of
SOURCE_COLUMNS: Final = ("fiscal", "special_account", "other")  # what "total" is made of
AMOUNT_COLUMNS: Final = ("total", "fiscal", *FISCAL_COLUMNS, "special_account", "other")
COLUMNS: Final = ("project_name", *AMOUNT_COLUMNS, "goal", "indicators")
IGNORED: Final = "ignored"  # a column that is known and not carried; a table may have several

TIER_MARK: Final = "/"  # between an upper heading and one below it
_SHORT_LABEL: Final = 40
_UNIT_IN_HEADING: Final = re.compile(r"[(\[]((?:人民币)?万?元)[)\]]$")


class HeaderMatch(NamedTuple):
    """A heading understood: meaning per column, in the heading's order, and a money unit named in it."""

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
        """The meanings of a heading's columns if it is this form's heading, else None.

        Args:
            labels: one a column; below an upper heading its own behind that one's (``财政拨款/小计``).

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
        """The meanings of a heading's columns; None where it is not this form's heading."""
        read = [_read_label(label, self.lookup) for label in labels]
        meanings = [meaning for meaning, _ in read]
        if not self.anchors <= set(meanings):
            return None
        for label, meaning in zip(labels, meanings, strict=True):
            if meaning is None:
                shown = label.replace("\n", "")
                raise DocumentError("unknown_column", f"The heading {shown!r} is not known.", raw=label)
            if meaning != IGNORED and meanings.count(meaning) > 1:
                raise DocumentError("repeated_column", f"Two columns are headed like {label!r}.", raw=label)
        missing = self.required - set(meanings)
        if missing:
            raise DocumentError(
                "missing_column", f"The table has no column for {', '.join(sorted(missing))}."
            )
        units = set().union(*(found for _, found in read))
        if len(units) > 1:
            raise DocumentError(
                "money_unit_contradictory", f"The headings name several money units: {sorted(units)}."
            )
        return HeaderMatch(tuple(m for m in meanings if m is not None), next(iter(units), None))


@cache
def _spellings(lookup: str) -> tuple[dict[str, str], dict[str, str], frozenset[str]]:
    """Of a form: what each spelling means, its first spelling, and the upper headings that say nothing."""
    known: Mapping[str, Sequence[str]] = load_lookup("headers")[lookup]
    meanings = {label_key(spelling): meaning for meaning, found in known.items() for spelling in found}
    first = {key: label_key(known[meaning][0]) for key, meaning in meanings.items()}
    plain = frozenset(label_key(spelling) for spelling in load_lookup("headers")["plain_upper_headings"])
    return meanings, first, plain


def _read_label(label: str, lookup: str) -> tuple[str | None, frozenset[str]]:
    """What a column's label means, and the money units named in it."""
    # Every row is looked at, and most cells hold the same few amounts; long texts do not come again.
    is_short = len(label) <= _SHORT_LABEL
    return (_read_short_label if is_short else _read_short_label.__wrapped__)(label, lookup)


@lru_cache(maxsize=4096)
def _read_short_label(label: str, lookup: str) -> tuple[str | None, frozenset[str]]:
    parts = []
    units = set()
    for part in label_key(label).split(TIER_MARK):
        unit = _UNIT_IN_HEADING.search(part)
        if unit:
            units.add(unit.group(1))
        parts.append(part[: unit.start()] if unit else part)
    meanings, first, plain = _spellings(lookup)
    # An upper heading in another spelling counts as the first one.
    upper = [first.get(part, part) for part in parts[:-1]]
    for path in ([*upper, parts[-1]], [*(part for part in upper if part not in plain), parts[-1]]):
        meaning = meanings.get(TIER_MARK.join(path))
        if meaning is not None:
            return meaning, frozenset(units)
    return None, frozenset(units)
