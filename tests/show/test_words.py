"""Numbers, days and names in words."""

from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segment_lib.show.words import (
    as_float,
    count_words,
    format_count,
    format_day,
    format_field,
    format_money,
    format_number,
    format_points,
    format_share,
    join_words,
)


@pytest.mark.parametrize(
    ("count", "text"),
    [(5012, "5,012"), (-1234, "−1,234"), (0, "0"), (np.int64(7), "7"), (Decimal(1000), "1,000"), (-0.2, "0")],
)
def test_counts_have_separators_and_a_true_minus_sign(count: object, text: str) -> None:
    assert format_count(count) == text  # type: ignore[arg-type]


def test_signed_counts_show_gains_but_nothing_has_no_sign() -> None:
    assert [format_count(count, signed=True) for count in (12, -9, 0)] == ["+12", "−9", "0"]


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA, pd.NaT, np.nan])
def test_missing_is_a_dash_everywhere(missing: object) -> None:
    texts = {write(missing) for write in (format_count, format_number, format_money, format_share, format_points)}  # type: ignore[operator]
    assert texts == {"–"}


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (412650, "EUR", "€412,650"),
        (412650.37, "EUR", "€412,650"),
        (18.5, "EUR", "€18.50"),
        (-28, "GBP", "−£28"),
        (1200, "CHF", "CHF 1,200"),
        (240, "", "240"),
    ],
)
def test_money_stands_with_its_currency(amount: float, currency: str, text: str) -> None:
    assert format_money(amount, currency) == text


def test_shares_do_not_round_a_little_to_nothing_nor_nearly_all_to_all() -> None:
    assert [format_share(share) for share in (0, 0.001, 0.613, 0.999, 1)] == ["0%", "<1%", "61%", ">99%", "100%"]
    assert [format_share(share, digits=1) for share in (0.0001, 0.613, 0.9999)] == ["<0.1%", "61.3%", ">99.9%"]


@given(st.floats(0, 1))
def test_a_share_is_written_as_0_or_100_only_where_it_is(share: float) -> None:
    text = format_share(share)
    assert (text == "0%") <= (share < 1e-9)
    assert (text == "100%") <= (share > 1 - 1e-9)


def test_numbers_keep_about_three_figures() -> None:
    assert [format_number(n) for n in (1234.5, 41.26, 2.345, 0.5, 3.0)] == ["1,234", "41.3", "2.35", "0.50", "3"]


def test_differences_of_shares_are_written_in_points() -> None:
    assert format_points(0.041) == "+4.1"
    assert format_points(-0.00004) == "0.0"


def test_days_are_written_in_full() -> None:
    assert format_day(date(2026, 10, 31)) == "31 October 2026"
    assert format_day(pd.Timestamp("2026-01-05")) == "5 January 2026"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("recency_days", "Recency (days)"),
        ("purchases_90d", "Purchases (90 days)"),
        ("spend_12m", "Spend (12 months)"),
        ("active_1y", "Active (1 year)"),
        ("total_spend", "Total spend"),
        ("email_consent", "E-mail consent"),
        ("sms_consent", "SMS consent"),
        ("days", "Days"),
        ("", ""),
    ],
)
def test_fields_are_written_with_their_unit_in_brackets(name: str, text: str) -> None:
    assert format_field(name) == text


def test_one_contact_is_singular() -> None:
    assert [count_words(n, "contacts") for n in (0, 1, 1200)] == ["0 contacts", "1 contact", "1,200 contacts"]


def test_words_are_joined_as_in_a_sentence() -> None:
    assert [join_words(list("abc"[:n])) for n in range(4)] == ["", "a", "a and b", "a, b and c"]
    assert join_words(list("abcde"), most=2) == "a, b and 3 more"


def test_as_float_takes_numbers_of_any_library() -> None:
    assert [as_float(n) for n in (Decimal("1.5"), np.float32(2), True)] == [1.5, 2.0, 1.0]
