"""The catalogue: every feature against a value computed by hand."""

from datetime import UTC, date, datetime

import pandas as pd
import pyarrow as pa
import pytest

from segment_lib.asof import AsOf
from segment_lib.features import CATALOGUE, build_features, table_features

AS_OF = AsOf.of("2026-10-31", zone="Europe/Madrid")

# The story of Ana, instants in UTC. Madrid is one hour ahead in winter and two in summer.
STORY = [
    # instant, kind, order, category, amount, score
    ("2025-10-01T09:00", "quote_request", None, None, None, None),
    ("2025-10-20T10:00", "purchase", "O1", "Citrus", 20.00, None),
    ("2025-10-31T12:00", "support_request", None, None, None, None),  # 366 days ago: outside the last 365
    ("2025-10-31T23:00", "purchase", "O2", "Citrus", 10.50, None),  # 1 November, 00:00: inside
    ("2025-10-31T23:00", "purchase", "O2", "Pineapple", 4.50, None),  # the same order
    ("2026-03-01T10:00", "email_sent", None, None, None, None),
    ("2026-03-01T11:00", "email_open", None, None, None, None),
    ("2026-03-01T11:30", "email_open", None, None, None, None),
    ("2026-03-01T11:31", "email_click", None, None, None, None),
    ("2026-04-01T10:00", "email_sent", None, None, None, None),
    ("2026-04-01T12:00", "email_open", None, None, None, None),
    ("2026-05-01T10:00", "email_sent", None, None, None, None),
    ("2026-05-01T12:00", "support_request", None, None, None, None),
    ("2026-05-02T12:00", "survey", None, None, None, 5.0),
    ("2026-05-03T12:00", "call", None, None, None, None),
    ("2026-06-01T10:00", "email_sent", None, None, None, None),
    ("2026-06-03T12:00", "call", None, None, None, None),
    ("2026-08-02T21:59", "visit", None, None, None, None),  # 2 August, 23:59: outside the last 90 days
    ("2026-08-02T22:30", "purchase", "O3", "Pineapple", 30.00, None),  # 3 August, 00:30: inside
    ("2026-09-01T12:00", "survey", None, None, None, 4.0),
    ("2026-10-01T12:00", "visit", None, None, None, None),
    ("2026-10-02T08:00", "purchase", "O4", "Pineapple", 15.00, None),  # the first of the last 30 days
    ("2026-10-10T08:00", "refund", "O4", "Pineapple", 12.00, None),
    ("2026-10-31T22:59:59", "visit", None, None, None, None),  # 23:59:59 of the day itself
    ("2026-10-31T23:00", "purchase", "O5", "Berries", 500.0, None),  # tomorrow
]
EXPECTED = {
    "first_interaction_at": datetime(2025, 10, 1, 9, tzinfo=UTC),
    "last_interaction_at": datetime(2026, 10, 31, 22, 59, 59, tzinfo=UTC),
    "first_purchase_at": datetime(2025, 10, 20, 10, tzinfo=UTC),
    "last_purchase_at": datetime(2026, 10, 2, 8, tzinfo=UTC),
    "tenure_days": 396,  # known since 30 September 2025
    "recency_days": 29,
    "quiet_days": 0,
    "purchases": 4,
    "purchases_30d": 1,
    "purchases_90d": 2,
    "purchases_365d": 3,
    "days_between_orders": 347 / 3,  # from 20 October 2025 to 2 October 2026 in three steps
    "total_spend": 80.0,
    "spend_30d": 15.0,
    "spend_90d": 45.0,
    "spend_365d": 60.0,
    "average_order": 20.0,
    "refunded": 12.0,
    "refund_share": 0.15,
    "favourite_category": "Pineapple",  # three rows, Citrus two
    "emails_sent": 4,
    "email_opens": 3,
    "email_clicks": 1,
    "email_open_rate": 0.75,
    "email_click_rate": 0.25,
    "visits": 3,
    "visits_90d": 2,
    "support_requests": 2,
    "support_requests_365d": 1,
    "quote_requests": 1,
    "calls": 2,
    "satisfaction": 4.5,
    "age_years": 35,  # 36 tomorrow
}
NOTHING_HAPPENED = {
    **{feature.name: 0 if feature.zero else None for feature in CATALOGUE},
    "tenure_days": 1,
    "age_years": None,
}


def story(contact_id: str = "ana") -> pa.Table:
    columns = ("occurred_at", "kind", "order_id", "category", "amount", "score")
    frame = pd.DataFrame(STORY, columns=columns).assign(contact_id=contact_id)
    return pa.Table.from_pandas(
        frame.assign(occurred_at=pd.to_datetime(frame["occurred_at"], utc=True, format="ISO8601")),
        preserve_index=False,
    )


@pytest.fixture(scope="module")
def rows() -> dict[str, dict[str, object]]:
    contacts = pa.table(
        {
            "contact_id": ["ana", "ben"],
            "acquired_at": pa.array(
                [datetime(2025, 9, 30, 12, tzinfo=UTC), datetime(2026, 10, 30, 12, tzinfo=UTC)],
                pa.timestamp("us", tz="UTC"),
            ),
            "birth_date": [date(1990, 11, 1), None],
        }
    )
    table = build_features(story(), as_of=AS_OF, contacts=contacts)
    return {row["contact_id"]: row for row in table.to_pylist()}


def test_every_feature_has_a_value_computed_by_hand() -> None:
    assert set(EXPECTED) == {feature.name for feature in CATALOGUE}


@pytest.mark.parametrize("name", EXPECTED)
def test_feature_has_the_value_computed_by_hand(rows: dict[str, dict[str, object]], name: str) -> None:
    expected = EXPECTED[name]
    assert rows["ana"][name] == (pytest.approx(expected) if isinstance(expected, float) else expected)


@pytest.mark.parametrize("name", NOTHING_HAPPENED)
def test_contact_to_whom_nothing_happened_has_zeros_and_nothings(rows: dict[str, dict[str, object]], name: str) -> None:
    assert rows["ben"][name] == NOTHING_HAPPENED[name]


def purchases(*rows: tuple[str, str | None, str | None, float]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["occurred_at", "order_id", "category", "amount"])
    at = pd.to_datetime(frame["occurred_at"], utc=True, format="ISO8601")
    return frame.assign(occurred_at=at, contact_id="ana", kind="purchase")


def values_of(interactions: pd.DataFrame, *names: str) -> tuple[object, ...]:
    [row] = build_features(interactions, as_of=AS_OF).to_pylist()
    return tuple(row[name] for name in names)


def test_customer_with_one_order_has_no_gap_between_orders() -> None:
    once = purchases(("2026-10-01", "O1", "Citrus", 5.0), ("2026-10-01", "O1", "Kiwi", 5.0))
    assert values_of(once, "purchases", "days_between_orders", "average_order") == (1, None, 10.0)


def test_two_orders_of_one_day_are_zero_days_apart() -> None:
    twice = purchases(("2026-10-01T08:00", "O1", "Citrus", 5.0), ("2026-10-01T18:00", "O2", "Citrus", 5.0))
    assert values_of(twice, "purchases", "days_between_orders") == (2, 0.0)


def test_rows_without_an_order_id_are_orders_of_their_own() -> None:
    mixed = purchases(
        ("2026-10-01", None, "Citrus", 5.0),
        ("2026-10-01", None, "Citrus", 7.0),
        ("2026-10-02", "O1", "Citrus", 9.0),
        ("2026-10-02", "O1", "Citrus", 9.0),
    )
    assert values_of(mixed, "purchases", "purchases_30d", "average_order") == (3, 1, 10.0)


def test_table_without_a_column_of_order_ids_counts_rows() -> None:
    rows = purchases(("2026-10-01", None, "Citrus", 5.0), ("2026-10-02", None, "Citrus", 7.0))
    assert values_of(rows.drop(columns="order_id"), "purchases", "average_order") == (2, 6.0)


def test_favourite_of_equals_is_the_first_by_name() -> None:
    rows = purchases(*((f"2026-10-0{i}", f"O{i}", c, 1.0) for i, c in enumerate(("Kiwi", "Apple", "Kiwi", "Apple"), 1)))
    assert values_of(rows, "favourite_category") == ("Apple",)


def test_purchases_without_a_category_have_no_favourite() -> None:
    assert values_of(purchases(("2026-10-01", "O1", None, 1.0)), "favourite_category") == (None,)
    known = purchases(("2026-10-01", "O1", None, 1.0), ("2026-10-02", "O2", None, 1.0), ("2026-10-03", "O3", "Fig", 1))
    assert values_of(known, "favourite_category") == ("Fig",)


def test_amounts_of_cents_add_up_exactly() -> None:
    assert values_of(purchases(*(("2026-10-01", "O1", "Citrus", 0.1) for _ in range(3))), "total_spend") == (0.3,)


def test_purchase_without_an_amount_is_an_order_of_no_value() -> None:
    assert values_of(purchases(("2026-10-01", "O1", "Citrus", None)), "purchases", "total_spend") == (1, 0.0)


@pytest.mark.parametrize(
    ("birth_date", "years"),
    [
        (date(1990, 10, 31), 36),
        (date(1990, 11, 1), 35),
        (date(1990, 1, 1), 36),
        (date(2000, 2, 29), 26),
        (date(2026, 10, 31), 0),
    ],
)
def test_age_grows_on_the_birthday(birth_date: date, years: int) -> None:
    contacts = pa.table({"contact_id": ["ana"], "birth_date": [birth_date]})
    assert build_features(story(), as_of=AS_OF, contacts=contacts)["age_years"].to_pylist() == [years]


@pytest.mark.parametrize(("day", "years"), [("2027-02-28", 26), ("2027-03-01", 27), ("2028-02-29", 28)])
def test_age_of_a_leap_day_child_grows_in_march_of_other_years(day: str, years: int) -> None:
    contacts = pa.table({"contact_id": ["ana"], "birth_date": [date(2000, 2, 29)]})
    assert build_features(story(), as_of=AsOf.of(day), contacts=contacts)["age_years"].to_pylist() == [years]


def test_every_feature_says_what_it_means() -> None:
    for row in table_features():
        assert row["meaning"], row["feature"]
        assert row["sql"], row["feature"]
    assert len({row["feature"] for row in table_features()}) == len(CATALOGUE)
