"""Summaries of purchases, worked out by hand."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segment_lib.asof import AsOf
from segment_lib.errors import InvalidOption, MissingColumns
from segment_lib.features.lifetime.purchases import holdout_purchases, summarise_purchases

JANUARY = AsOf.of("2026-01-31")


def purchases(*rows: tuple[Any, ...], **columns: Any) -> pd.DataFrame:
    """Purchases from contact, instant in UTC and amount."""
    table = pd.DataFrame(rows, columns=["contact_id", "occurred_at", "amount"])
    instants = pd.to_datetime(table["occurred_at"], utc=True, format="ISO8601")
    return table.assign(occurred_at=instants, kind="purchase", **columns)


def rows_of(table: pa.Table) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in table.to_pylist()]


def test_customer_with_one_purchase_day_has_frequency_zero_and_no_monetary_value() -> None:
    orders = purchases(("a", "2026-01-10", 5.0), ("a", "2026-01-10T20:00", 7.0))
    assert rows_of(summarise_purchases(orders, as_of=JANUARY, unit="days")) == [
        ("a", 0, 0.0, 21.0, None, date(2026, 1, 10))
    ]


def test_weeks_are_sevenths_of_days_and_repeat_days_alone_make_the_mean() -> None:
    # Days: 3 January (99), 10 January (10 + 20), 24 January (50).
    orders = purchases(
        ("a", "2026-01-03", 99.0), ("a", "2026-01-10", 10.0), ("a", "2026-01-10T09:00", 20.0), ("a", "2026-01-24", 50.0)
    )  # fmt: skip
    assert rows_of(summarise_purchases(orders, as_of=JANUARY)) == [("a", 2, 3.0, 4.0, 40.0, date(2026, 1, 3))]


def test_first_purchase_on_the_last_day_has_age_zero() -> None:
    assert rows_of(summarise_purchases(purchases(("a", "2026-01-31T23:59", 1.0)), as_of=JANUARY)) == [
        ("a", 0, 0.0, 0.0, None, date(2026, 1, 31))
    ]


def test_nothing_after_the_day_is_known() -> None:
    orders = purchases(("a", "2026-01-31", 1.0), ("a", "2026-02-01", 9.0), ("b", "2026-02-01", 9.0))
    assert summarise_purchases(orders, as_of=JANUARY).select(["contact_id", "frequency"]).to_pylist() == [
        {"contact_id": "a", "frequency": 0}
    ]


def test_days_are_those_of_the_zone() -> None:
    # 23:30 UTC on 9 January is the 10th in Madrid; 23:30 UTC on the 31st is February.
    orders = purchases(("a", "2026-01-09T23:30", 1.0), ("a", "2026-01-10T12:00", 2.0), ("a", "2026-01-31T23:30", 4.0))
    madrid = summarise_purchases(orders, as_of=AsOf.of("2026-01-31", zone="Europe/Madrid"), unit="days")
    assert rows_of(madrid) == [("a", 0, 0.0, 21.0, None, date(2026, 1, 10))]
    assert rows_of(summarise_purchases(orders, as_of=JANUARY, unit="days")) == [
        ("a", 2, 22.0, 22.0, 3.0, date(2026, 1, 9))
    ]


def test_instants_before_1970_fall_on_their_day() -> None:
    orders = purchases(("a", "1969-12-30T01:00", 1.0), ("a", "1969-12-30T23:00", 2.0))
    assert rows_of(summarise_purchases(orders, as_of=AsOf.of("1970-01-01"), unit="days")) == [
        ("a", 0, 0.0, 2.0, None, date(1969, 12, 30))
    ]


def test_times_without_a_zone_are_local_to_that_of_the_day() -> None:
    orders = pd.DataFrame(
        {"contact_id": "a", "kind": "purchase", "amount": 1.0, "occurred_at": pd.to_datetime(["2026-01-31 23:59"])}
    )
    summary = summarise_purchases(orders, as_of=AsOf.of("2026-01-31", zone="America/New_York"))
    assert summary["first_purchase_day"].to_pylist() == [date(2026, 1, 31)]


def test_days_are_taken_as_they_are() -> None:
    orders = pa.table(
        {"contact_id": ["a", "a"], "kind": ["purchase"] * 2, "occurred_at": [date(2026, 1, 1), date(2026, 1, 31)]}
    )
    assert rows_of(summarise_purchases(orders, as_of=JANUARY, unit="days")) == [
        ("a", 1, 30.0, 30.0, None, date(2026, 1, 1))
    ]


def test_refunds_and_other_kinds_are_no_purchases() -> None:
    orders = purchases(("a", "2026-01-10", 5.0), ("a", "2026-01-20", 5.0), ("b", "2026-01-20", 5.0))
    orders["kind"] = ["purchase", "refund", "visit"]
    assert rows_of(summarise_purchases(orders, as_of=JANUARY)) == [("a", 0, 0.0, 3.0, None, date(2026, 1, 10))]


def test_a_purchase_of_nothing_is_a_purchase_and_its_zero_counts() -> None:
    orders = purchases(("a", "2026-01-10", 5.0), ("a", "2026-01-17", 0.0), ("a", "2026-01-24", 8.0))
    assert rows_of(summarise_purchases(orders, as_of=JANUARY)) == [("a", 2, 2.0, 3.0, 4.0, date(2026, 1, 10))]


def test_unknown_amounts_count_as_purchases_and_not_in_the_mean() -> None:
    orders = purchases(
        # The first day has no amount, and the second part of the second day neither.
        ("a", "2026-01-10", None), ("a", "2026-01-17", 6.0), ("a", "2026-01-17", None), ("a", "2026-01-24", None),
        ("b", "2026-01-10", 5.0), ("b", "2026-01-17", None),
    )  # fmt: skip
    assert rows_of(summarise_purchases(orders, as_of=JANUARY)) == [
        ("a", 2, 2.0, 3.0, 6.0, date(2026, 1, 10)),
        ("b", 1, 1.0, 3.0, None, date(2026, 1, 10)),
    ]


def test_numbers_that_are_none_and_numbers_beyond_measure_are_unknown_amounts() -> None:
    orders = pa.table(
        {
            "contact_id": ["a"] * 4,
            "kind": ["purchase"] * 4,
            "occurred_at": pa.array([date(2026, 1, day) for day in (1, 2, 3, 4)]),
            "amount": [1.0, float("nan"), 1e300, 7.0],
        }
    )
    assert summarise_purchases(orders, as_of=JANUARY)["monetary_value"].to_pylist() == [7.0]


def test_rows_without_a_contact_belong_to_nobody() -> None:
    assert summarise_purchases(purchases((None, "2026-01-10", 5.0)), as_of=JANUARY).num_rows == 0


def test_no_purchases_make_an_empty_summary_with_its_columns() -> None:
    summary = summarise_purchases(purchases(("a", "2026-02-10", 5.0)), as_of=JANUARY)
    assert summary.num_rows == 0
    assert summary.column_names == [
        "contact_id", "frequency", "recency", "age", "monetary_value", "first_purchase_day"
    ]  # fmt: skip


def test_holdout_counts_days_after_the_calibration_of_those_who_were_customers_then() -> None:
    orders = purchases(
        ("a", "2026-01-10", 5.0), ("a", "2026-02-02", 6.0), ("a", "2026-02-02T08:00", 1.0), ("a", "2026-02-14", 3.0),
        ("b", "2026-01-31", 5.0), ("c", "2026-02-03", 5.0), ("d", "2026-01-31", 5.0), ("d", "2026-02-03", None),
    )  # fmt: skip
    table = holdout_purchases(orders, calibration_end=JANUARY, as_of=AsOf.of("2026-02-14"))
    wanted = table.select(["contact_id", "frequency", "age", "holdout_purchases", "holdout_value", "holdout_age"])
    assert rows_of(wanted) == [("a", 0, 3.0, 2, 10.0, 2.0), ("b", 0, 0.0, 0, 0.0, 2.0), ("d", 0, 0.0, 1, None, 2.0)]


def test_holdout_ends_after_calibration_in_the_same_zone() -> None:
    orders = purchases(("a", "2026-01-10", 5.0))
    with pytest.raises(InvalidOption, match="must be a day before `as_of` in the same zone"):
        holdout_purchases(orders, calibration_end=JANUARY, as_of=JANUARY)
    with pytest.raises(InvalidOption, match="must be a day before `as_of` in the same zone"):
        holdout_purchases(orders, calibration_end=JANUARY, as_of=AsOf.of("2026-02-14", zone="Europe/Madrid"))


def test_text_for_instants_missing_columns_and_other_units_are_refused() -> None:
    orders = purchases(("a", "2026-01-10", 5.0))
    with pytest.raises(InvalidOption, match="`occurred_at` must be instants or days, got VARCHAR"):
        summarise_purchases(orders.assign(occurred_at="2026-01-10"), as_of=JANUARY)
    with pytest.raises(MissingColumns, match="can't find column `kind` in interactions"):
        summarise_purchases(orders.drop(columns="kind"), as_of=JANUARY)
    with pytest.raises(InvalidOption, match="`unit` must be one of days, weeks, got 'months'"):
        summarise_purchases(orders, as_of=JANUARY, unit="months")  # type: ignore[arg-type]


days = st.integers(0, 40)
amounts = st.one_of(st.none(), st.integers(0, 5000).map(lambda cents: cents / 100))


@settings(max_examples=25)
@given(st.lists(st.tuples(st.sampled_from("abc"), days, amounts), min_size=1, max_size=25), st.randoms())
def test_summary_is_that_of_a_reference_in_python_and_of_shuffled_rows(rows: list[Any], chance: Any) -> None:
    start = pd.Timestamp("2026-01-01")
    given_rows = [(who, (start + pd.Timedelta(days=day)).isoformat(), amount) for who, day, amount in rows]
    table = summarise_purchases(purchases(*given_rows), as_of=JANUARY, unit="days")
    expected = []
    for who in sorted({who for who, day, _ in rows if day <= 30}):
        by_day: dict[int, list[float | None]] = {}
        for other, day, amount in rows:
            if other == who and day <= 30:
                by_day.setdefault(day, []).append(amount)
        first, *again = sorted(by_day)
        known = [[amount for amount in by_day[day] if amount is not None] for day in again]
        sums = [sum(amounts_of_day) for amounts_of_day in known if amounts_of_day]
        mean = np.mean(sums) if sums else None
        last = (again or [first])[-1]
        expected.append((who, len(again), last - first, 30 - first, mean and pytest.approx(mean)))
    # 0.0 stays 0.0, and None stays None.
    assert [row[:4] for row in rows_of(table)] == [row[:4] for row in expected]
    assert [row[4] for row in rows_of(table)] == [row[4] for row in expected]
    chance.shuffle(given_rows)
    assert summarise_purchases(purchases(*given_rows), as_of=JANUARY, unit="days").equals(table)
