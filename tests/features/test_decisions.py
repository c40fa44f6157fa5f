"""What docs/features.md says we decided, each decision on a few rows with an answer computed by hand."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

import pyarrow as pa
import pytest

from segment_lib.asof import AsOf
from segment_lib.features import CATALOGUE, build_features
from segment_lib.features.query import with_needed
from segment_lib.vocabulary import CONTACTS, INTERACTIONS, arrow_schema

# A Saturday. Madrid is one hour ahead of UTC in winter and two in summer; it changes on 29 March and 25 October.
AS_OF = AsOf.of("2026-10-31", zone="Europe/Madrid")
Row = Mapping[str, object]


def did(kind: str, at: str, **values: object) -> Row:
    instant = datetime.fromisoformat(at).replace(tzinfo=UTC)
    return {"contact_id": "ana", "occurred_at": instant, "kind": kind, **values}


def bought(at: str, order_id: str | None = None, amount: float | None = None, **values: object) -> Row:
    return did("purchase", at, order_id=order_id, amount=amount, **values)


def values_of(rows: Sequence[Row], *names: str, as_of: AsOf = AS_OF, **ana: object) -> tuple[object, ...]:
    """Ana's values of some features."""
    people = [{"contact_id": "ana", **ana}, {"contact_id": "ben"}]
    table = build_features(
        pa.Table.from_pylist(list(rows), schema=arrow_schema(INTERACTIONS)),
        as_of=as_of,
        contacts=pa.Table.from_pylist(people, schema=arrow_schema(CONTACTS)),
        features=with_needed(names, CATALOGUE),
    )
    return tuple(table[name][0].as_py() for name in names)


# Nothing of the future.


def test_order_that_straddles_the_day_counts_with_its_rows_by_then() -> None:
    rows = [
        bought("2026-10-31T22:59", "1", 5, quantity=2, category="Kiwi"),
        bought("2026-10-31T23:00", "1", 90, quantity=7, category="Fig", campaign="Winter"),
        bought("2026-10-31T23:01", "1", 90, quantity=7, category="Fig"),
    ]
    names = ("purchases", "total_spend", "basket_size", "basket_lines", "campaign_orders", "favourite_category")
    assert values_of(rows, *names) == (1, 5.0, 2.0, 1.0, 0, "Kiwi")


def test_later_surveys_of_others_do_not_tell_the_scale() -> None:
    rows = [did("survey", "2026-10-01", score=5), {**did("survey", "2026-10-31T23:00", score=10), "contact_id": "ben"}]
    assert values_of(rows, "nps") == (None,)


# The clock of the workspace.


def test_order_near_midnight_is_of_the_local_day_hour_and_quarter() -> None:
    rows = [bought("2026-09-30T22:30", "1", 5)]  # in Madrid 1 October, a Thursday, 00:30
    names = ("favourite_weekday", "favourite_hour", "favourite_quarter")
    assert values_of(rows, *names) == (4, 0, 4)
    assert values_of(rows, *names, as_of=AsOf.of("2026-10-31")) == (3, 22, 3)


@pytest.mark.parametrize(
    ("first", "second", "hours"),
    [
        ("2026-03-28T22:30", "2026-03-29T21:30", "a night of 23 hours"),
        ("2026-10-24T21:30", "2026-10-25T22:30", "of 25"),
    ],
)
def test_days_with_a_changed_clock_are_one_day_apart(first: str, second: str, hours: str) -> None:
    assert values_of([bought(first, "1"), bought(second, "2")], "median_gap_days", "purchase_days") == (1.0, 2), hours


def test_hour_that_the_clock_goes_through_twice_is_one_hour() -> None:
    # 02:30 in summer time and 02:30 in winter time, then 09:00 once.
    rows = [bought("2026-10-25T00:30", "1"), bought("2026-10-25T01:30", "2"), bought("2026-10-26T08:00", "3")]
    assert values_of(rows, "favourite_hour") == (2,)


# What an order is.


def test_rows_without_an_order_id_are_orders_of_their_own() -> None:
    rows = [
        *(bought("2026-10-01", None, amount, quantity=2) for amount in (5, 7)),
        *(bought("2026-10-02", "1", 9, quantity=3) for _ in range(2)),
    ]
    names = ("purchases", "purchases_30d", "average_order", "basket_size", "basket_lines", "largest_order")
    assert values_of(rows, *names) == (3, 1, 10.0, 10 / 3, 4 / 3, 18.0)


def test_order_id_that_two_contacts_share_is_an_order_of_each() -> None:
    rows = [bought("2026-10-01", "1", 5), {**bought("2026-10-01", "1", 90), "contact_id": "ben"}]
    assert values_of(rows, "purchases", "largest_order") == (1, 5.0)


def test_order_over_the_edge_of_a_window_counts_on_both_sides_and_its_money_where_it_was_spent() -> None:
    rows = [bought("2026-08-02T21:59", "1", 5), bought("2026-08-02T22:00", "1", 7)]  # 2 and 3 August
    names = ("purchases", "purchases_90d", "purchases_before_90d", "spend_90d", "spend_before_90d")
    assert values_of(rows, *names) == (1, 1, 1, 7.0, 5.0)


def test_order_is_dated_by_its_first_row_and_recency_by_the_last_row() -> None:
    rows = [bought("2026-10-01T10:00", "1", 5), bought("2026-10-05T10:00", "1", 5), bought("2026-10-04T10:00", "2", 5)]
    assert values_of(rows, "longest_gap_days", "purchase_days", "recency_days") == (3.0, 2, 26)


def test_gaps_are_between_days_and_the_mean_gap_between_orders() -> None:
    rows = [bought("2026-10-01T08:00", "1"), bought("2026-10-01T18:00", "2"), bought("2026-10-11", "3")]
    assert values_of(rows, "median_gap_days", "days_between_orders", "purchases") == (10.0, 5.0, 3)


def test_customer_of_one_day_has_no_gap_and_is_never_overdue() -> None:
    rows = [bought("2026-10-01T08:00", "1"), bought("2026-10-01T18:00", "2")]
    names = ("median_gap_days", "gap_spread_days", "overdue_days", "overdue_ratio", "days_between_orders")
    assert values_of(rows, *names) == (None, None, None, None, 0.0)


# Orders of nothing or less, and what was paid back.


def test_samples_and_returns_noted_as_purchases_are_orders() -> None:
    rows = [bought("2026-10-01", "1", 10), bought("2026-10-02", "2", 0), bought("2026-10-03", "3", -4)]
    names = ("purchases", "total_spend", "average_order", "smallest_order", "zero_orders", "recency_days")
    assert values_of(rows, *names) == (3, 6.0, 2.0, -4.0, 2, 28)


def test_refunds_are_not_deducted_from_spend_but_from_net_spend() -> None:
    rows = [
        bought("2026-07-01", "1", 50),
        did("refund", "2026-10-10", order_id="1", amount=20),
        did("refund", "2026-10-11", order_id="1", amount=5),
        did("refund", "2026-10-12", amount=1),
    ]
    names = ("total_spend", "average_order", "refunded", "refunds", "net_spend", "refund_share", "purchases")
    assert values_of(rows, *names) == (50.0, 50.0, 26.0, 2, 24.0, 0.52, 1)


def test_refund_without_a_purchase_leaves_net_spend_below_nothing_and_no_share() -> None:
    rows = [did("refund", "2026-10-10", order_id="1", amount=20)]
    names = ("total_spend", "refunded", "net_spend", "refund_share", "spend_per_month", "days_since_refund")
    assert values_of(rows, *names) == (0.0, 20.0, -20.0, None, None, 21)


def test_spend_for_a_month_begins_on_the_day_after_the_first_purchase() -> None:
    assert values_of([bought("2026-10-31T08:00", "1", 50)], "spend_per_month") == (None,)
    assert values_of([bought("2026-10-30T08:00", "1", 2)], "spend_per_month") == (2 * 30.4375,)


# What is not known.


def test_order_without_an_amount_counts_and_is_neither_the_largest_nor_of_nothing() -> None:
    rows = [bought("2026-10-01", "1", None), bought("2026-10-02", "2", 10)]
    names = ("purchases", "total_spend", "average_order", "smallest_order", "zero_orders")
    assert values_of(rows, *names) == (2, 10.0, 5.0, 10.0, 0)
    assert values_of(rows[:1], "total_spend", "largest_order", "spend_trend") == (0.0, None, None)


def test_basket_is_the_mean_of_the_orders_whose_pieces_are_known() -> None:
    rows = [
        bought("2026-10-01", "1", quantity=3),
        bought("2026-10-01", "1"),
        bought("2026-10-02", "2"),
        bought("2026-10-03", quantity=1),
    ]
    assert values_of(rows, "basket_size", "largest_basket", "basket_lines") == (2.0, 3.0, 4 / 3)


def test_share_of_the_favourite_is_of_the_rows_that_name_one() -> None:
    rows = [bought("2026-10-01", "1"), bought("2026-10-02", "2", category="Fig"), bought("2026-10-03", category="Kiwi")]
    names = ("favourite_category", "favourite_category_share", "categories_bought", "favourite_channel")
    assert values_of(rows, *names) == ("Fig", 0.5, 2, None)


def test_survey_without_a_score_is_a_survey_without_a_say() -> None:
    rows = [did("survey", "2026-10-01", score=9), did("survey", "2026-10-02")]
    names = ("satisfaction", "last_satisfaction", "survey_scores", "nps", "days_since_survey")
    assert values_of(rows, *names) == (9.0, 9.0, 1, 100.0, 29)


def test_tenure_begins_with_what_happened_first() -> None:
    rows = [did("visit", "2026-10-21T12:00"), bought("2026-10-26T12:00", "1")]
    names = ("tenure_days", "customer_days", "days_to_first_purchase")
    assert values_of(rows, *names) == (10, 5, 5)
    assert values_of(rows, *names, acquired_at=datetime(2026, 10, 11, 12, tzinfo=UTC)) == (20, 5, 15)
    assert values_of(rows, *names, acquired_at=datetime(2026, 10, 29, 12, tzinfo=UTC)) == (10, 5, 5)


@pytest.mark.parametrize(
    ("born", "years", "band"),
    [
        (date(1990, 10, 31), 36, "35-44"),  # today
        (date(1990, 11, 1), 35, "35-44"),  # tomorrow
        (date(2008, 10, 31), 18, "18-24"),
        (date(2008, 11, 1), 17, "under 18"),
        (date(1961, 10, 31), 65, "65 and over"),
        (date(2026, 10, 31), 0, "under 18"),
        (date(2026, 11, 1), None, None),
        (None, None, None),
    ],
)
def test_age_grows_on_the_birthday_and_is_nothing_before_the_birth(
    born: date | None, years: int | None, band: str | None
) -> None:
    assert values_of([], "age_years", "age_group", birth_date=born) == (years, band)


@pytest.mark.parametrize(("day", "years"), [("2027-02-28", 26), ("2027-03-01", 27), ("2028-02-29", 28)])
def test_leap_day_child_grows_older_in_march_of_other_years(day: str, years: int) -> None:
    assert values_of([], "age_years", as_of=AsOf.of(day), birth_date=date(2000, 2, 29)) == (years,)


@pytest.mark.parametrize(("size", "band"), [(1, "1"), (2, "2"), (4, "3-4"), (5, "5 and more"), (0, None), (-1, None)])
def test_household_of_nobody_has_no_band(size: int, band: str | None) -> None:
    assert values_of([], "household_band", household_size=size) == (band,)


# Equals.


def test_of_equally_frequent_values_the_first_in_order_is_the_favourite() -> None:
    instants = ("2026-10-02T09:00", "2026-10-01T11:00", "2026-04-02T09:00", "2026-04-02T11:00")
    rows = [
        bought(at, str(place), category=category, product=category, channel=category)
        for place, (at, category) in enumerate(zip(instants, ("Kiwi", "Apple", "Kiwi", "Apple"), strict=True))
    ]
    # Friday once, Thursday three times; 11:00 and 13:00 by the local clock twice each, as are quarters 2 and 4.
    names = ("favourite_category", "favourite_product", "favourite_channel", "favourite_weekday", "favourite_hour")
    assert values_of(rows, *names, "favourite_quarter") == ("Apple", "Apple", "Apple", 4, 11, 2)


@pytest.mark.parametrize("scores", [(3, 8), (8, 3)])
def test_of_two_surveys_of_one_instant_the_higher_score_is_the_last(scores: tuple[int, int]) -> None:
    rows = [did("survey", "2026-10-01", score=score) for score in scores]
    assert values_of(rows, "last_satisfaction") == (8.0,)


# Trends, rates and scales.


def test_one_order_is_no_boom_and_silence_of_half_a_year_no_fall() -> None:
    one, old = [bought("2026-10-01", "1", 60)], [bought("2026-01-01", "1", 60)]
    assert values_of(one, "purchase_trend", "spend_trend") == (0.5, 0.5)
    assert values_of(old, "purchase_trend", "spend_trend") == (0.0, 0.0)


def test_trend_stays_between_its_bounds_with_returns_noted_as_purchases() -> None:
    rows = [bought("2026-10-01", "1", -10), bought("2026-07-01", "2", 20)]
    assert values_of(rows, "spend_trend") == (pytest.approx(-30 / (10 + 20 + 5)),)
    assert values_of([bought("2026-10-01", "1", -10)], "spend_trend") == (-0.5,)


def test_opens_for_an_e_mail_may_be_more_than_one_and_without_an_e_mail_nothing() -> None:
    sent = [did("email_sent", "2026-10-01"), *(did("email_open", "2026-10-02") for _ in range(3))]
    assert values_of(sent, "email_open_rate", "click_to_open_rate") == (3.0, 0.0)
    assert values_of(sent[1:], "email_open_rate", "email_opens") == (None, 3)


@pytest.mark.parametrize(("highest", "nps"), [(5, None), (5.5, -100.0), (10, -100.0), (11, None), (100, None)])
def test_net_promoter_score_is_of_a_scale_to_ten(highest: float, nps: float | None) -> None:
    rows = [did("survey", "2026-10-01", score=3), {**did("survey", "2026-10-02", score=highest), "contact_id": "ben"}]
    assert values_of(rows, "nps", "detractor_scores") == (nps, 1)


def test_promoters_give_nine_or_more_and_detractors_six_or_less() -> None:
    rows = [did("survey", "2026-10-01", score=score) for score in (10, 9, 8.9, 6.1, 6, 0)]
    assert values_of(rows, "promoter_scores", "detractor_scores", "nps") == (2, 2, 0.0)
