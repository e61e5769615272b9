"""Whatever text a page has: the text functions raise nothing but our errors, and invent nothing."""

from __future__ import annotations

import unicodedata
from collections import Counter
from decimal import Decimal

from hypothesis import example, given, settings
from hypothesis import strategies as st

from zc_pipeline.errors import DocumentError
from zc_pipeline.parse.amounts import parse_amount, to_yuan
from zc_pipeline.parse.forms import FORMS
from zc_pipeline.parse.forms.base import COLUMNS, IGNORED
from zc_pipeline.parse.forms.packed_list import explode_packed_indicators
from zc_pipeline.parse.quantities import read_quantity
from zc_pipeline.parse.text import (
    halfwidth,
    is_radical,
    is_total_name,
    label_key,
    ordinary_character,
    unwrap,
    width_in_ems,
    without_blanks,
)
from zc_pipeline_tests.parse.records import HEADINGS, packed, suppress_ours

# The same examples in every run, on every machine.
fixed = settings(derandomize=True, max_examples=150, deadline=None, database=None)

SIGNS = "0123456789０９.,，．-—－−–+()（）%％；;：:。、/ \n\t\u3000\u00a0≥≤万元合计⼯⾦"
TEXTS = st.text(max_size=60) | st.text(alphabet=SIGNS, max_size=30)
DIGITS = frozenset("0123456789")


def digits_of(text: str) -> list[str]:
    """The decimal digits of a text in their order, full-width ones as ASCII; no others are digits here."""
    return [one for one in halfwidth(text) if one in DIGITS]


@fixed
@given(TEXTS)
def test_normalising_is_done_once(text: str) -> None:
    for normalise in (unwrap, halfwidth, label_key, without_blanks):
        assert normalise(normalise(text)) == normalise(text)


@fixed
@given(TEXTS)
def test_no_digit_is_invented_lost_or_moved(text: str) -> None:
    for normalise in (unwrap, halfwidth, label_key, without_blanks):
        assert digits_of(normalise(text)) == digits_of(text)


@fixed
@given(TEXTS)
def test_unwrapping_takes_away_nothing_but_blanks(text: str) -> None:
    assert without_blanks(unwrap(text)) == without_blanks(text)
    assert "\n" not in unwrap(text)


@fixed
@given(st.characters())
@example("⼯")
@example("\uf9fe")
@example("\U0002f800")
def test_a_character_becomes_one_that_stays(character: str) -> None:
    ordinary = ordinary_character(character)
    assert len(ordinary) == 1
    assert ordinary_character(ordinary) == ordinary
    assert is_radical(character) == (ordinary != character)
    assert not is_radical(ordinary)
    assert not unicodedata.category(character).startswith("N") or ordinary == character


@fixed
@given(TEXTS)
def test_widths_add_up(text: str) -> None:
    assert width_in_ems(text) == sum(map(width_in_ems, text))
    assert 0.5 * len(text) <= width_in_ems(text) <= len(text)


@fixed
@given(
    st.decimals(min_value=-(10**11), max_value=10**11, allow_nan=False, allow_infinity=False, places=2)
    | st.integers(-(10**15), 10**15).map(Decimal),
    st.booleans(),
    st.booleans(),
    st.data(),
)
def test_a_printed_amount_comes_back_exactly(
    value: Decimal, thousands: bool, is_wide: bool, choose: st.DataObject
) -> None:
    text = f"{value:,}" if thousands else f"{value}"
    if is_wide:
        text = "".join(chr(ord(one) + 0xFEE0) for one in text)
    cut = choose.draw(st.integers(0, len(text)))
    for printed in (text, f" {text}\u3000", text[:cut] + "\n" + text[cut:]):
        amount = parse_amount(printed)
        assert amount is not None
        assert (amount.value, amount.places) == (value, max(0, -int(value.as_tuple().exponent)))
        for unit, factor in (("元", 1), ("万元", 10_000)):
            with suppress_ours("amount_too_fine"):
                assert to_yuan(amount, unit) == value * factor


@fixed
@given(TEXTS)
@example("1,234\n.56")
@example("1 234")
def test_an_amount_has_the_printed_digits_in_their_order(text: str) -> None:
    with suppress_ours("amount_unreadable"):
        amount = parse_amount(text)
        if amount is None:
            assert not digits_of(text)
        else:
            read = f"{abs(amount.value):f}".replace(".", "")
            assert read.lstrip("0") == "".join(digits_of(text)).lstrip("0")
            assert not any(one.isalpha() for one in text)


@fixed
@given(TEXTS, TEXTS)
def test_a_quantity_has_no_digit_that_is_not_printed(target: str, name: str) -> None:
    quantity = read_quantity(target, name)
    printed = Counter(digits_of(target))
    for value in (quantity.low, quantity.high):
        assert value is None or not Counter(digits_of(f"{value:f}")) - printed
    assert quantity.unit is None or quantity.unit in "".join((target + name).split())


@fixed
@given(TEXTS | st.lists(st.sampled_from([*packed(1, 2), "3、", "\n", "2-"]), max_size=40).map("".join))
def test_indicators_are_the_whole_cell_in_its_order(text: str) -> None:
    with suppress_ours("indicator_numbers", "indicator_unreadable", "indicator_text_left_over"):
        found = explode_packed_indicators(text)
        assert without_blanks("".join(one.text for one in found)) == without_blanks(text)
        assert [one.number for one in found] == list(range(1, len(found) + 1))
        for one in found:
            for part in (one.name, one.cycle_target, one.annual_target):
                assert part in one.text


@fixed
@given(st.lists(TEXTS | st.sampled_from(HEADINGS), max_size=9))
def test_any_row_is_a_heading_or_none_or_one_of_our_errors(labels: list[str]) -> None:
    for form in FORMS:
        try:
            found = form.match_header(labels)
        except DocumentError:
            continue
        if found is not None:
            assert len(found.meanings) == len(labels)
            carried = [one for one in found.meanings if one != IGNORED]
            assert len(set(carried)) == len(carried)
            assert set(carried) <= set(COLUMNS)


@fixed
@given(st.permutations(list(HEADINGS)))
def test_headings_keep_their_meaning_in_any_order(labels: list[str]) -> None:
    (form,) = FORMS
    straight = form.match_header(list(HEADINGS))
    found = form.match_header(labels)
    assert straight is not None
    assert found is not None
    meant = dict(zip(HEADINGS, straight.meanings, strict=True))
    assert found.meanings == tuple(meant[label] for label in labels)


@fixed
@given(TEXTS)
def test_a_total_is_known_by_its_name_however_it_is_spaced(text: str) -> None:
    assert is_total_name(text) == is_total_name(" " + "\n".join(text) + "\u3000")
