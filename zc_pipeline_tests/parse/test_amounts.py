from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from zc_pipeline.errors import DocumentError
from zc_pipeline.parse.amounts import Amount, parse_amount, to_yuan

from .records import suppress_ours

AMOUNT, TOO_FINE = "amount_unreadable", "amount_too_fine"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        (" \n\u3000", None),
        ("-", None),
        ("—", None),
        ("——", None),
        ("－", None),
        ("/", None),
        ("0", Amount(Decimal(0), 0)),
        ("0.00", Amount(Decimal("0.00"), 2)),
        ("118.70", Amount(Decimal("118.70"), 2)),
        ("1234.5", Amount(Decimal("1234.5"), 1)),
        ("41,561.81", Amount(Decimal("41561.81"), 2)),
        ("41，561.81", Amount(Decimal("41561.81"), 2)),
        ("１２，３４５．６７", Amount(Decimal("12345.67"), 2)),
        ("1,234,567,890.00", Amount(Decimal("1234567890.00"), 2)),
        ("1,234,\n567.89", Amount(Decimal("1234567.89"), 2)),
        ("  118.70 ", Amount(Decimal("118.70"), 2)),
        ("-36.20", Amount(Decimal("-36.20"), 2)),
        ("- 36.20", Amount(Decimal("-36.20"), 2)),
        ("−36.20", Amount(Decimal("-36.20"), 2)),
        ("－36.20", Amount(Decimal("-36.20"), 2)),
        ("+36.20", Amount(Decimal("36.20"), 2)),
        ("约40", AMOUNT),
        ("40万元", AMOUNT),
        ("(36.20)", AMOUNT),
        ("（36.20）", AMOUNT),
        ("1,23.00", AMOUNT),
        ("12,3456", AMOUNT),
        ("1234,567.00", AMOUNT),
        ("1.2.3", AMOUNT),
        ("1,234.", AMOUNT),
        (".50", AMOUNT),
        ("12.00 34.00", AMOUNT),
        ("12 34", AMOUNT),
        ("12\u300034", AMOUNT),
        ("12.00\n34.00", AMOUNT),
        ("--36", AMOUNT),
        ("1e5", AMOUNT),
        ("NaN", AMOUNT),
        ("1" * 20, Amount(Decimal("1" * 20), 0)),
        ("1" * 21, AMOUNT),
        ("1." + "0" * 80 + "1", AMOUNT),
        ("٣", AMOUNT),
        ("①", AMOUNT),
        ("(cid:12)", AMOUNT),
    ],
)
def test_an_amount_is_read_as_printed_or_refused(text: str, expected: Amount | str | None) -> None:
    if isinstance(expected, str):
        with pytest.raises(DocumentError) as caught:
            parse_amount(text)
        assert caught.value.code == expected
        assert caught.value.raw == text
    else:
        assert parse_amount(text) == expected


@pytest.mark.parametrize(
    ("text", "money_unit", "expected"),
    [
        ("118.70", "万元", "1187000.00"),
        ("118.70", "元", "118.70"),
        ("-0.01", "万元", "-100.00"),
        ("0.000001", "万元", "0.01"),
        ("1.1000", "元", "1.10"),
        ("0.0000001", "万元", TOO_FINE),
        ("1.005", "元", TOO_FINE),
        ("9999999999999999.99", "元", "9999999999999999.99"),
        ("10000000000000000", "元", TOO_FINE),
        ("999999999999.999999", "万元", "9999999999999999.99"),
        ("99999999999999999999", "万元", TOO_FINE),
        ("0.0000000000000000001", "元", TOO_FINE),
    ],
)
def test_yuan_are_exact_or_refused(text: str, money_unit: str, expected: str) -> None:
    amount = parse_amount(text)
    assert amount is not None
    if expected == TOO_FINE:
        with pytest.raises(DocumentError) as caught:
            to_yuan(amount, money_unit)
        assert caught.value.code == TOO_FINE
    else:
        assert str(to_yuan(amount, money_unit)) == expected


def test_an_unknown_money_unit_is_no_default() -> None:
    with pytest.raises(KeyError):
        to_yuan(Amount(Decimal(1), 0), "美元")


@given(
    st.decimals(min_value=-(10**12), max_value=10**12, places=2, allow_nan=False, allow_infinity=False),
    st.booleans(),
)
def test_reading_a_printed_amount_gives_it_back(value: Decimal, thousands: bool) -> None:
    text = f"{value:,.2f}" if thousands else f"{value:.2f}"
    amount = parse_amount(text)
    assert amount is not None
    assert (amount.value, amount.places) == (value, 2)
    assert to_yuan(amount, "元") == value


@given(st.text(max_size=30) | st.text(alphabet="0123456789.,-+() \n，．—１", max_size=12))
@example("9" * 50)
def test_any_text_gives_a_value_or_one_of_our_errors(text: str) -> None:
    with suppress_ours(AMOUNT, TOO_FINE):
        amount = parse_amount(text)
        if amount is not None:
            to_yuan(amount, "万元")
