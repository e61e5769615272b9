"""What an indicator's target says as a quantity: relation, bounds, unit. Text in, a record out.

A target is read only where its whole text is understood: what stands before the number, the unit, and all
that follows. Anything else is called qualitative, with the reason; a number is never taken out of a text that
could mean something else by it. The words are in ``lookups/quantities.yaml``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, Inexact
from enum import StrEnum
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any, Final, NamedTuple

from zc_pipeline.parse.lookups import load_lookup
from zc_pipeline.parse.text import halfwidth, ordinary_character

# decimal(38, 6) holds 32 digits before the point: 20 printed ones times the largest multiplier, 万亿.
PLACES: Final = 6
_MOST_DIGITS: Final = 20
_EXACT: Final = Context(prec=60, traps=[Inexact])
_SIXTH_PLACE: Final = Decimal(1).scaleb(-PLACES)
# Shortly before a number, 不 and its like may deny what is said of it: 未能完成3次.
_DENYING_CHARACTERS: Final = 4
# Text of this length that the indicator's name holds too only repeats what is measured: 资金不到位率0%.
_REPEATING_CHARACTERS: Final = 4
# Behind a percentage, so few characters name the deed; more may make another statement.
_PERCENT_NOUN: Final = 4
_DAYS_OF_A_MONTH: Final = 31
# A bare 24年 may be the year 2024; a bare 2024 is no count either.
_SHORT_YEARS: Final = range(20, 100)
_YEARS: Final = range(1900, 2100)

_MASK: Final = "\ue000"  # stands for each character of a date, which is no quantity
_CJK: Final = r"\u3400-\u9fff"
_DIGITS: Final = re.compile(r"[0-9][0-9.,]*(?<![.,])")
_NUMBER: Final = re.compile(r"(?:[1-9][0-9]{0,2}(?:,[0-9]{3})+|0|[1-9][0-9]*)(?:\.[0-9]+)?")
_LEAD: Final = re.compile(rf"[{_CJK}A-Za-z:/、《》“”·{_MASK}]*")
_NOUN: Final = re.compile(rf"[{_CJK}《“][{_CJK}/、《》“”]*")
_BRACKETED: Final = re.compile(r"\(([^()]+)\)")
_NAME_UNIT: Final = re.compile(r"\(([^()]*)\)$")
_SHORT_WORD: Final = 5  # in brackets, so few characters may be a unit that is not known
# The same few targets and names stand in many tables, and mostly twice in one row (cycle and year).
_KEPT_READINGS: Final = 1 << 14
_KEPT_CHARACTERS: Final = 120  # of a target and its name together: longer ones do not come again


class Relation(StrEnum):
    """How the value that is to be reached stands to the printed bounds."""

    AT_LEAST = ">="
    MORE = ">"
    EQUAL = "="
    AT_MOST = "<="
    LESS = "<"
    RANGE = "range"
    QUALITATIVE = "qualitative"


class Reason(StrEnum):
    """Why a target is not read as a quantity."""

    NO_NUMBER = "no_number"
    DATE = "date"
    ORDINAL = "ordinal"
    SEVERAL_NUMBERS = "several_numbers"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A target as a quantity.

    ``relation`` is None where the target is empty. ``low`` and ``high`` are the printed numbers in the
    printed ``unit``; the ``_base`` values are multiplied out (万元 → 元). A bound that the target does not
    set is None.
    """

    relation: Relation | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    unit: str | None = None
    low_base: Decimal | None = None
    high_base: Decimal | None = None
    unit_base: str | None = None
    note: str | None = None
    period: str | None = None
    reason: Reason | None = None

    @property
    def is_measurable(self) -> bool:
        """Whether the target says a quantity."""
        return self.relation not in (None, Relation.QUALITATIVE)


def read_quantity(target: str, indicator_name: str = "") -> Quantity:
    """Read what a target says as a quantity.

    Args:
        target: an indicator's target, as printed.
        indicator_name: the indicator's name; the unit in brackets at its end counts where the target has
            none.

    Returns:
        A quantity for any text: one that is not surely understood is qualitative, and ``reason`` says why.
    """
    is_kept = len(target) + len(indicator_name) <= _KEPT_CHARACTERS
    read = _read_quantity if is_kept else _read_quantity.__wrapped__
    return read(target, indicator_name)


@lru_cache(maxsize=_KEPT_READINGS)
def _read_quantity(target: str, indicator_name: str) -> Quantity:
    if not target.strip():
        return Quantity()
    text = _Text.of(target)
    name = _Name.of(indicator_name)
    masked = _mask_dates(text.plain)
    found = _measured(text, masked, name)
    return found or Quantity(relation=Relation.QUALITATIVE, reason=_reason(text.plain, masked, name))


# --- text -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Text:
    """A text as it is read (half-width, no blanks), and where each of its characters was printed."""

    printed: str
    plain: str
    places: tuple[int, ...]

    @property
    def parts_digits(self) -> bool:
        """Whether blanks stand within what would be read as one number."""
        is_unbroken = not self.places or self.places[-1] - self.places[0] + 1 == len(self.places)
        return not is_unbroken and any(
            self.places[place] + 1 != self.places[place + 1]
            for run in _DIGITS.finditer(self.plain)
            for place in range(run.start(), run.end() - 1)
        )

    @classmethod
    def of(cls, printed: str) -> _Text:
        plain, places = [], []
        for place, character in enumerate(printed):
            if one := _plain_character(character):
                plain.append(one)
                places.append(place)
        while plain and plain[-1] in "。;":
            plain.pop()
        return cls(printed, "".join(plain), tuple(places))

    def as_printed(self, start: int, end: int) -> str:
        """The printed characters from one place of the plain text to another."""
        return self.printed[self.places[start] : self.places[end - 1] + 1]


@lru_cache(maxsize=1 << 16)
def _plain_character(character: str) -> str:
    """A character as it is read; empty for a blank."""
    if character.isspace():
        return ""
    one = halfwidth(ordinary_character(character))
    one = _words().same_signs.get(one, one)
    # A character of the private use area must not pass for a mask.
    return "?" if one == _MASK or len(one) != 1 else one


@dataclass(frozen=True, slots=True)
class _Name:
    """What an indicator's name adds: its unit, and words that say how its target is meant."""

    plain: str
    unit: _Unit | None
    unit_text: str | None
    has_unknown_unit: bool

    @classmethod
    def of(cls, printed: str) -> _Name:
        text = _Text.of(printed)
        bracketed = _NAME_UNIT.search(text.plain)
        if not bracketed:
            return cls(text.plain, None, None, False)
        start, end = bracketed.span(1)
        if text.plain.startswith(_words().unit_label, start):
            start += len(_words().unit_label)
        content = text.plain[start:end]
        unit = _whole_unit(content)
        if unit is None:
            may_be_unit = len(content) <= _SHORT_WORD or "/" in content
            says_no_unit = content.startswith(tuple(_words()["no_unit_begins"]))
            return cls(text.plain, None, None, may_be_unit and not says_no_unit)
        return cls(text.plain, unit, _without_blanks(text.as_printed(start, end)), False)

    def holds(self, words: Iterable[str]) -> bool:
        return any(word in self.plain for word in words)


def _without_blanks(text: str) -> str:
    return "".join(text.split())


# --- words ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Words:
    """``lookups/quantities.yaml``, ready to be searched."""

    lookup: dict[str, Any]
    same_signs: dict[str, str]
    relation_of: dict[str, Relation]  # words before a number
    relations_before: re.Pattern[str]  # up to two of them, at the end
    relation_after: dict[str, Relation]
    needing: re.Pattern[str]
    measure_ends: tuple[str, ...]
    spoken_of_later: re.Pattern[str]
    increase: re.Pattern[str]
    including: re.Pattern[str]
    bounded_noun: re.Pattern[str]
    after: re.Pattern[str]
    range_sign: re.Pattern[str]
    kinds: dict[str, str]  # unit → its kind
    unit: re.Pattern[str]
    multiplied: re.Pattern[str]
    per: re.Pattern[str]
    period: re.Pattern[str]
    not_counted: re.Pattern[str]
    counted: re.Pattern[str]
    joint: re.Pattern[str]
    range_gap: re.Pattern[str]
    explaining_note: re.Pattern[str]
    chinese_count: re.Pattern[str]
    chinese_grade: re.Pattern[str]
    no_chinese_count: re.Pattern[str]
    not_in_lead: re.Pattern[str]
    negation: re.Pattern[str]
    ordinal_at_end: re.Pattern[str]
    chinese_date: re.Pattern[str]
    chinese_ordinal: re.Pattern[str]
    unit_label: str

    def __getitem__(self, key: str) -> Any:
        return self.lookup[key]


def _any_of(words: Iterable[str]) -> str:
    """A pattern for any of the words, longer ones first."""
    return "(?:" + "|".join(re.escape(word) for word in sorted(words, key=lambda w: (-len(w), w))) + ")"


@cache
def _words() -> _Words:
    lookup = load_lookup("quantities")
    relation_of = {
        halfwidth(word): Relation(relation)
        for relation, words in lookup["relations_before"].items()
        for word in words
    }
    relation_after = {
        word: Relation(relation) for relation, words in lookup["relations_after"].items() for word in words
    }
    kinds = {unit: kind for kind, units in lookup["units"].items() for unit in units}
    multipliable = [unit for unit, kind in kinds.items() if kind in ("money", "counters")]
    counted = f"{_any_of(lookup['multipliers'])}?{_any_of([*kinds, *lookup['also_counted']])}"
    numerals, fractions = lookup["chinese_numerals"], _any_of(lookup["chinese_fractions"])
    relation_words = [word for word in relation_of if len(word) > 1 or not word.isalpha()]
    ordinal = f"(?:{'|'.join(lookup['ordinal_before'])})"
    return _Words(
        lookup=lookup,
        same_signs={other: sign for sign, others in lookup["same_signs"].items() for other in others},
        relation_of=relation_of,
        relations_before=re.compile(f"({_any_of(relation_of)})({_any_of(relation_of)})?$"),
        relation_after=relation_after,
        needing=re.compile(_any_of(lookup["lead_needs"]) + "$"),
        measure_ends=tuple(lookup["measure_ends"]),
        spoken_of_later=re.compile(rf"({_any_of(lookup['spoken_of_later'])})([{_CJK}]{{0,4}})$"),
        increase=re.compile(f"{_any_of(lookup['increases'])}(?!{_any_of(lookup['increase_measures'])})"),
        including=re.compile(f"({re.escape(lookup['including'])}){_any_of(relation_after)}"),
        bounded_noun=re.compile(f"{_any_of(lookup['nouns_before_bound'])}({_any_of(relation_after)})(.*)"),
        after=re.compile(_any_of(relation_after)),
        range_sign=re.compile(_any_of(lookup["ranges"])),
        kinds=kinds,
        unit=re.compile(_any_of(kinds)),
        multiplied=re.compile(f"({_any_of(lookup['multipliers'])})({_any_of(multipliable)})?"),
        per=re.compile("/(" + _any_of(lookup["per"]) + ")"),
        period=re.compile(_any_of(lookup["periods"]) + "+"),
        counted=re.compile(counted),
        joint=re.compile(f"{counted}?[-/:∶*×比]|[+.,]"),
        range_gap=re.compile(f"{counted}?{_any_of(lookup['ranges'])}-?"),
        explaining_note=re.compile(rf"\({_any_of(lookup['explaining_note_begins'])}[^()]+\)$"),
        not_counted=re.compile(_any_of(lookup["not_counted"])),
        chinese_count=re.compile(f"[{numerals}][十百千万亿]*{_any_of([*kinds, '成'])}|{fractions}"),
        chinese_grade=re.compile(f"[{numerals}]{_any_of(lookup['also_counted'])}"),
        no_chinese_count=re.compile(_any_of(lookup["no_chinese_numerals"])),
        # Words that say a relation wherever they stand, among others.
        not_in_lead=re.compile(_any_of([*lookup["lead_may_not_hold"], *relation_words])),
        negation=re.compile(_any_of(lookup["negations"])),
        ordinal_at_end=re.compile(f"{ordinal}$"),
        chinese_date=re.compile(f"[{numerals}]{_any_of(lookup['chinese_dates'])}"),
        chinese_ordinal=re.compile(f"{ordinal}[{numerals}]"),
        unit_label=lookup["unit_label"],
    )


def _holds_chinese_count(text: str) -> bool:
    """Whether Chinese numerals count something there: 三次, 百分之九十."""
    return bool(_words().chinese_count.search(_without_idioms(text)))


def _without_idioms(text: str) -> str:
    """The text without words that hold a Chinese numeral and count nothing: 一次性, 第三方."""
    return _words().no_chinese_count.sub("·", text)


# --- units ----------------------------------------------------------------------------------------


class _Unit(NamedTuple):
    """A unit that was read: how long it is, what it is multiplied out, and what may follow it."""

    length: int
    multiplier: int
    base: str | None
    kind: str


def _unit_at(text: str, start: int) -> _Unit | None:
    """The longest known unit that begins there."""
    words = _words()
    plain, multiplied = words.unit.match(text, start), words.multiplied.match(text, start)
    if plain and (not multiplied or plain.end() >= multiplied.end()):
        kind = words.kinds[plain.group()]
        base = "%" if kind == "percent" else plain.group()
        found = _Unit(len(plain.group()), 1, base, kind)
    elif multiplied:
        counted = multiplied.group(2)
        if counted and words.not_counted.match(text, multiplied.start(2)):
            return None
        found = _Unit(
            len(multiplied.group()),
            int(words["multipliers"][multiplied.group(1)]),
            counted,
            words.kinds[counted] if counted else "multiplier",
        )
    else:
        return None
    per = words.per.match(text, start + found.length)
    if per and found.kind not in ("percent", "multiplier"):
        return _Unit(found.length + len(per.group()), found.multiplier, f"{found.base}{per.group()}", "plain")
    return found


def _whole_unit(text: str) -> _Unit | None:
    """The unit that the whole text is."""
    unit = _unit_at(text, 0)
    return unit if unit and unit.length == len(text) else None


# --- dates ----------------------------------------------------------------------------------------

_YEAR: Final = r"(?:19|20)[0-9]{2}"
_MONTH: Final = r"(?:1[0-2]|0?[1-9])"
_DAY: Final = r"(?:3[01]|[12][0-9]|0?[1-9])"
_MONTH_WORDS: Final = (
    rf"{_MONTH}月份?(?:{_DAY}(?:日|号)|底|末|初|上旬|中旬|下旬)?(?:[-~–—至到]{_DAY}(?:日|号))?"
)
_QUARTER: Final = r"第?[1-4一二三四]季度"
_NUMERIC_DATE: Final = rf"(?<![≥≤<>=于达过到少多]){_YEAR}([./-]){_MONTH}(?:\1{_DAY})?"
_WORDED_DATE: Final = (
    rf"{_YEAR}年度?(?:底|末|初|(?:上|下)半年|{_QUARTER}|{_MONTH_WORDS})?"
    rf"|[0-9]{{2}}年{_MONTH_WORDS}"
    rf"|{_MONTH_WORDS}"
    rf"|{_QUARTER}"
    rf"|{_DAY}(?:日|号)(?=前|之前|以前)|(?<=每月){_DAY}(?:日|号)"
)
_BEFORE_DATE: Final = r"(?<![0-9.,个])"
_AFTER_DATE: Final = r"(?:(?:之|以)?前(?![0-9])|以?内|起)?"
_DATE_SIGN: Final = r"(?:-|~|–|—|——|―|〜|至|到)"
_DATES: Final = (
    re.compile(
        rf"{_BEFORE_DATE}(?:{_YEAR}年?{_DATE_SIGN}{_YEAR}年度?"
        rf"|(?:{_YEAR}年)?{_MONTH}月?{_DATE_SIGN}(?:{_YEAR}年)?{_MONTH_WORDS}){_AFTER_DATE}"
    ),
    re.compile(rf"{_BEFORE_DATE}(?:{_WORDED_DATE})(?:{_DATE_SIGN}(?:{_WORDED_DATE}))?{_AFTER_DATE}"),
)
_NUMERIC_DATES: Final = re.compile(
    rf"{_BEFORE_DATE}{_NUMERIC_DATE}(?:{_DATE_SIGN}{_YEAR}[./-]{_MONTH}(?:[./-]{_DAY})?)?(?![0-9.])"
    rf"{_AFTER_DATE}"
)


def _mask_dates(text: str) -> str:
    """The text with dates masked, character by character."""
    for pattern in (_NUMERIC_DATES, *_DATES):
        text = pattern.sub(_masked_date, text)
    return text


def _masked_date(match: re.Match[str]) -> str:
    is_amount = match.group()[-1].isdigit() and _unit_at(match.string, match.end()) is not None
    return match.group() if is_amount else _MASK * len(match.group())


# --- reading --------------------------------------------------------------------------------------


class _Printed(NamedTuple):
    """A number and where it stands in the plain text."""

    value: Decimal
    start: int
    end: int


class _Before(NamedTuple):
    """What was understood before a number. ``needs``: words, one of which must follow; None if none must."""

    relations: tuple[str, ...]
    is_negative: bool
    needs: tuple[str, ...] | None
    period: str | None
    lead: str


class _After(NamedTuple):
    """What was understood behind a number. ``unit_text`` is as printed."""

    unit: _Unit | None
    unit_text: str | None
    word: str | None
    note: str | None
    period: str | None


def _measured(text: _Text, masked: str, name: _Name) -> Quantity | None:
    """The quantity that the whole text says, or None."""
    if any(c.isnumeric() and not c.isascii() and not _is_ideograph(c) for c in masked):
        return None
    if text.parts_digits:
        return None
    runs = list(_DIGITS.finditer(masked, 0, _end_of_statement(masked)))
    numbers = [_printed_number(run) for run in runs]
    known = [number for number in numbers if number is not None]
    if len(known) != len(runs):
        return None
    if len(known) == 1:
        return _single(text, masked, known[0], name)
    if len(known) == 2:
        return _range(text, masked, known, name) or _bounded(text, masked, known, name)
    return None


def _end_of_statement(masked: str) -> int:
    """Where a note begins that may hold further numbers: （其中外资2家）; the text's end if none does."""
    note = _words().explaining_note.search(masked)
    return note.start() if note else len(masked)


def _is_ideograph(character: str) -> bool:
    return "\u3400" <= character <= "\u9fff"


def _printed_number(run: re.Match[str]) -> _Printed | None:
    if not _NUMBER.fullmatch(run.group()):
        return None
    value = Decimal(run.group().replace(",", ""))
    if not _is_storable(value):
        return None
    return _Printed(value, run.start(), run.end())


def _is_storable(value: Decimal) -> bool:
    """Whether the tables can hold the number, also multiplied out, without rounding it."""
    if value.adjusted() >= _MOST_DIGITS or len(value.as_tuple().digits) > _MOST_DIGITS + PLACES:
        return False
    try:
        _EXACT.quantize(value, _SIXTH_PLACE)
    except Inexact:
        return False
    return True


def _single(text: _Text, masked: str, number: _Printed, name: _Name) -> Quantity | None:
    """One number: at least, more, equal, at most, less."""
    before = _read_before(masked[: number.start], name)
    after = _read_after(text, masked, number.end)
    if before is None or after is None or not _fit(before, after):
        return None
    relation = _one_relation(before, after)
    unit = _unit_of(after, name)
    if relation is None or unit is None or _may_be_no_count(relation, before, after, name, [number.value]):
        return None
    value = -number.value if before.is_negative else number.value
    return _quantity(
        relation,
        None if relation in (Relation.AT_MOST, Relation.LESS) else value,
        None if relation in (Relation.AT_LEAST, Relation.MORE) else value,
        unit,
        note=after.note,
        period=before.period or after.period,
    )


def _range(text: _Text, masked: str, numbers: Sequence[_Printed], name: _Name) -> Quantity | None:
    """Two numbers with a sign of range between them: 30-40家, 0%至3%."""
    words = _words()
    first, second = numbers
    start, between = 0, masked[first.end : second.start]
    first_unit = _unit_at(between, 0)
    if first_unit:
        start = first_unit.length
    sign = words.range_sign.match(between, start)
    if not sign:
        return None
    is_negative = between[sign.end() :] == "-" and sign.group() in words["ranges_before_minus"]
    if sign.end() != len(between) and not is_negative:
        return None
    before = _read_before(masked[: first.start], name)
    after = _read_after(text, masked, second.end)
    if before is None or after is None or not _fit(before, after):
        return None
    if not set(before.relations) <= set(words["reaching"]) or after.word not in (None, *words["between"]):
        return None
    if first_unit and (after.unit is None or between[:start] != _plain_unit(masked, second.end, after.unit)):
        return None
    unit = _unit_of(after, name)
    values = [number.value for number in numbers]
    if unit is None or _may_be_no_count(None, before, after, name, values):
        return None
    low = -values[0] if before.is_negative else values[0]
    high = -values[1] if is_negative else values[1]
    if low > high:
        return None
    return _quantity(Relation.RANGE, low, high, unit, note=after.note, period=before.period or after.period)


def _bounded(text: _Text, masked: str, numbers: Sequence[_Printed], name: _Name) -> Quantity | None:
    """A lower and an upper bound of the same unit: ≥95%且≤98%."""
    words = _words()
    first, second = numbers
    between = masked[first.end : second.start]
    first_unit = _unit_at(between, 0)
    length = first_unit.length if first_unit else 0
    relation = words.relations_before.search(between, length)
    if not relation or between[length : relation.start()] not in words["both_bounds"]:
        return None
    before = _read_before(masked[: first.start], name)
    after = _read_after(text, masked, second.end)
    if before is None or after is None or not _fit(before, after) or after.word:
        return None
    lower = {words.relation_of[word] for word in before.relations}
    upper = {words.relation_of[word] for word in relation.groups() if word}
    if lower != {Relation.AT_LEAST} or upper != {Relation.AT_MOST} or before.is_negative:
        return None
    if between[:length] != (_plain_unit(masked, second.end, after.unit) if after.unit else ""):
        return None
    unit = _unit_of(after, name)
    if unit is None or first.value > second.value:
        return None
    return _quantity(
        Relation.RANGE,
        first.value,
        second.value,
        unit,
        note=after.note,
        period=before.period or after.period,
    )


def _plain_unit(masked: str, start: int, unit: _Unit) -> str:
    """The unit's characters behind a number, without brackets."""
    start += masked.startswith("(", start)
    return masked[start : start + unit.length]


def _fit(before: _Before, after: _After) -> bool:
    """Whether what stands before and behind a quantity goes together."""
    return not (before.period and after.period) and (before.needs is None or after.word in before.needs)


def _one_relation(before: _Before, after: _After) -> Relation | None:
    """What all words of relation say together; None where they contradict each other."""
    words = _words()
    said = {words.relation_of[word] for word in before.relations}
    if after.word is not None:
        one = Relation.AT_MOST if after.word == words["within"] else words.relation_after.get(after.word)
        if one is None:
            return None
        said.add(one)
    if len(said) > 1:
        return None
    return said.pop() if said else Relation.EQUAL


def _unit_of(after: _After, name: _Name) -> tuple[_Unit | None, str | None] | None:
    """The unit that counts and its printed text, both None where none is printed; None where unsure."""
    if after.unit is None:
        if name.has_unknown_unit:
            return None
        return name.unit, name.unit_text
    if after.unit.kind == "multiplier" and name.unit is not None and name.unit.multiplier != 1:
        return None
    return after.unit, after.unit_text


def _may_be_no_count(
    relation: Relation | None, before: _Before, after: _After, name: _Name, values: Sequence[Decimal]
) -> bool:
    """Whether the numbers may be a date, a year or a rank: a bare 2024, 15日, 24年."""
    words = _words()
    is_bare = relation in (None, Relation.EQUAL) and not before.relations
    kind_unit = after.unit.base if after.unit else None
    if name.holds(words["rank_names"]) or (after.unit is None and before.lead.endswith(_MASK)):
        return True
    if after.unit is None and is_bare and before.lead:
        return not before.lead.endswith(tuple(words["bare_lead_may_end"]))
    if after.unit is None and name.unit is None:
        return name.holds(words["date_names"]) or (is_bare and any(value in _YEARS for value in values))
    if is_bare and kind_unit == "日":
        return all(value <= _DAYS_OF_A_MONTH for value in values)
    return is_bare and kind_unit == "年" and any(value in _SHORT_YEARS for value in values)


def _quantity(
    relation: Relation,
    low: Decimal | None,
    high: Decimal | None,
    unit: tuple[_Unit | None, str | None],
    *,
    note: str | None,
    period: str | None,
) -> Quantity:
    read, printed = unit
    multiplier = Decimal(read.multiplier if read else 1)

    def multiplied_out(value: Decimal | None) -> Decimal | None:
        return None if value is None else _EXACT.multiply(value, multiplier)

    return Quantity(
        relation=relation,
        low=low,
        high=high,
        unit=printed,
        low_base=multiplied_out(low),
        high_base=multiplied_out(high),
        unit_base=read.base if read else None,
        note=note,
        period=period,
    )


# --- before and behind a number -------------------------------------------------------------------


def _read_before(text: str, name: _Name) -> _Before | None:
    """What stands before the first number, or None where it could change the number's meaning."""
    words = _words()
    is_negative = text.endswith("-")
    if is_negative:
        text = text[:-1]
    relations, lead = _relations_at_end(text)
    needing = words.needing.search(lead)
    if needing:
        lead = lead[: needing.start()]
    if is_negative and lead and not relations and not lead.endswith(words["before_minus"]):
        return None
    periods = words.period.findall(lead)
    lead = words.period.sub("", lead)
    if not relations:
        relations, lead = _relation_before_verb(lead)
    clause, comma, last = lead.rpartition(",")
    if comma and not (relations and clause and last.endswith(words.measure_ends)):
        return None
    if len(periods) > 1 or not all(_is_harmless(part, name) for part in (clause, last)):
        return None
    return _Before(
        relations=relations,
        is_negative=is_negative,
        needs=tuple(words["lead_needs"][needing.group()]) if needing else None,
        period=periods[0] if periods else None,
        lead=lead,
    )


def _relation_before_verb(lead: str) -> tuple[tuple[str, ...], str]:
    """The word of relation that speaks of a number further on (至少|培训), and the text without it."""
    found = _words().spoken_of_later.search(lead)
    return ((found.group(1),), lead[: found.start()] + found.group(2)) if found else ((), lead)


def _relations_at_end(text: str) -> tuple[tuple[str, ...], str]:
    """The words of relation right before a number, and the text before them."""
    words = _words()
    found = words.relations_before.search(text)
    if not found or text.endswith(tuple(words["ends_in_reaching"])):
        return (), text
    return tuple(word for word in found.groups() if word), text[: found.start()]


def _is_harmless(lead: str, name: _Name) -> bool:
    """Whether no word before a number may give it another meaning than that it is the target."""
    if not lead:
        return True
    words = _words()
    if not _LEAD.fullmatch(lead):
        return False
    is_of_change = lead.endswith((*words["decreases"], *words["increases"]))
    if (
        (not is_of_change and lead.endswith((*words["lead_may_not_end"], "/", "、")))
        or lead.endswith(tuple(words["ordinal_before"]))
        or lead in words["lone_leads"]
        or (lead[-1:].isascii() and lead[-1:].isalpha())
    ):
        return False
    if len(lead) >= _REPEATING_CHARACTERS and lead.endswith(words.measure_ends) and lead in name.plain:
        return True
    tail = lead[-_DENYING_CHARACTERS:]
    return not (
        "每" in lead
        or words.not_in_lead.search(lead)
        or words.negation.search(tail)
        or (words.increase.search(lead) and not name.holds(words["increase_names"]))
        or (any(word in lead for word in words["decreases"]) and not name.holds(words["decreases"]))
        or _holds_chinese_count(lead)
    )


def _read_after(text: _Text, masked: str, start: int) -> _After | None:
    """What stands behind the last number, to the end, or None where it is not all understood."""
    words = _words()
    if words.not_counted.match(masked, start):
        return None
    unit, place = _unit_at(masked, start), start
    unit_text: str | None = None
    if unit:
        place += unit.length
        unit_text = _without_blanks(text.as_printed(start, place))
    else:
        bracketed = _BRACKETED.match(masked, start)
        unit = _whole_unit(bracketed.group(1)) if bracketed else None
        if bracketed and unit:
            place = bracketed.end()
            unit_text = _without_blanks(text.as_printed(*bracketed.span(1)))
    note: str | None = None
    including = words.including.match(masked, place)
    if including:
        note = text.as_printed(place + 1, place + including.end(1) - including.start(1) - 1)
        place = including.end(1)
    word, place = _word_after(masked, place, unit)
    period: str | None = None
    noun = _NOUN.match(masked, place)
    if noun:
        place = noun.end()
        if noun.group() in words["periods"]:
            period = noun.group()
        elif unit is None:
            return None
        elif not _may_follow(noun.group(), unit, word):
            word = _word_behind_noun(noun.group(), unit) if word is None else None
            if word is None:
                return None
    bracketed = _BRACKETED.match(masked, place)
    if bracketed:
        if note is not None or not _is_note(bracketed.group(1), unit):
            return None
        note = text.as_printed(*bracketed.span(1)).strip()
        place = bracketed.end()
    return _After(unit, unit_text, word, note, period) if place == len(masked) else None


def _word_after(masked: str, place: int, unit: _Unit | None) -> tuple[str | None, int]:
    """The word of relation behind a unit and where it ends."""
    words = _words()
    found = words.after.match(masked, place)
    if found:
        return found.group(), found.end()
    for word in words["between"]:
        if masked.startswith(word, place):
            return word, place + len(word)
    within: str = words["within"]
    if unit and unit.kind == "durations" and masked.startswith(within, place):
        return within, place + len(within)
    return None, place


def _word_behind_noun(noun: str, unit: _Unit) -> str | None:
    """The word of relation that stands behind the noun that is counted: 12个|企业|以上|参展."""
    found = _words().bounded_noun.fullmatch(noun)
    if not found or unit.base not in _words()["noun_after_bound"]:
        return None
    rest = found.group(2)
    return found.group(1) if not rest or _is_plain_noun(rest, unit) else None


def _may_follow(noun: str, unit: _Unit, word: str | None) -> bool:
    """Whether a noun behind a unit only says what is counted: 场|培训, 个|企业/展会, 24小时内|响应."""
    words = _words()
    if unit.kind == "percent":
        # 100%完成 says no more than 100%; 100%在规定时间内完成 may.
        return word is None and len(noun) <= _PERCENT_NOUN and _is_plain_noun(noun, unit)
    if word is None:
        return unit.kind in ("counters", "money") and _is_plain_noun(noun, unit)
    relation = words.relation_after.get(word, Relation.AT_MOST)
    is_time_limit = unit.kind == "durations" and relation is Relation.AT_MOST
    is_bound = (
        unit.base in words["noun_after_bound"] and unit.multiplier == 1 and word in words.relation_after
    )
    return (is_time_limit or is_bound) and word not in words["between"] and _is_plain_noun(noun, unit)


def _is_plain_noun(noun: str, unit: _Unit) -> bool:
    """Whether a word behind a unit neither belongs to the unit nor changes what is said."""
    words = _words()
    held = set(words["noun_may_not_hold"])
    if unit.kind == "percent":
        held -= set(words["percent_noun_may_hold"])
    return not (
        _whole_unit(noun) is not None
        or noun.startswith(tuple(words["noun_may_not_begin"]))
        or noun.endswith(tuple(words["noun_may_not_end"]))
        or any(part in noun for part in held)
        or any(part in noun for part in words["decreases"])
        or (unit.kind == "money" and any(part in noun for part in words["units"]["money"]))
        or "第" in noun
        or _holds_chinese_count(noun)
    )


def _is_note(content: str, unit: _Unit | None) -> bool:
    """Whether brackets behind a quantity only explain it."""
    words = _words()
    return not (
        (_DIGITS.search(content) and not content.startswith(tuple(words["explaining_note_begins"])))
        or _whole_unit(content) is not None
        or (unit is None and len(content) <= _SHORT_WORD)
        or any(part in content for part in words["note_may_not_hold"])
        or _holds_chinese_count(content)
    )


# --- reasons --------------------------------------------------------------------------------------


def _reason(plain: str, masked: str, name: _Name) -> Reason:
    """Why a text that was not read says no quantity."""
    words = _words()
    if not any(c.isnumeric() and not _is_ideograph(c) for c in plain):
        return _reason_without_digits(_without_idioms(plain))
    runs = list(_DIGITS.finditer(masked))
    if not runs:
        is_date = _MASK in masked and not any(c.isnumeric() and not _is_ideograph(c) for c in masked)
        return Reason.DATE if is_date else Reason.UNCLEAR
    for run in runs:
        lead = masked[: run.start()]
        if words.ordinal_at_end.search(lead) and not lead.endswith(tuple(words["no_ordinal_before"])):
            return Reason.ORDINAL
    if len(runs) == 1:
        number = runs[0].group()
        is_year = number == plain and number.isdigit() and len(number) == 4 and int(number) in _YEARS
        if is_year and name.holds(words["date_names"]):
            return Reason.DATE
        return Reason.ORDINAL if name.holds(words["rank_names"]) else Reason.UNCLEAR
    gaps = [masked[one.end() : other.start()] for one, other in pairwise(runs)]
    is_one_thing = any(words.joint.fullmatch(gap) for gap in gaps)
    is_bad_range = len(runs) == 2 and words.range_gap.fullmatch(gaps[0]) is not None
    counted = sum(words.counted.match(masked, run.end()) is not None for run in runs)
    return Reason.SEVERAL_NUMBERS if counted > 1 and not is_one_thing and not is_bad_range else Reason.UNCLEAR


def _reason_without_digits(text: str) -> Reason:
    words = _words()
    if words.chinese_date.search(text):
        return Reason.DATE
    if words.chinese_ordinal.search(text):
        return Reason.ORDINAL
    if words.chinese_count.search(text) or words.chinese_grade.search(text):
        return Reason.UNCLEAR
    return Reason.NO_NUMBER
