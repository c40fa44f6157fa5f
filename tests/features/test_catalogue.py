"""The catalogue: every feature against a value computed by hand."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pyarrow as pa
import pytest

from segment_lib.asof import AsOf
from segment_lib.features import CATALOGUE, build_features
from segment_lib.vocabulary import CONTACTS, INTERACTIONS, arrow_schema

# A Saturday. Madrid is one hour ahead of UTC in winter and two in summer.
AS_OF = AsOf.of("2026-10-31", zone="Europe/Madrid")
# Windows begin on 2 October (30 days), 3 August (90), 5 May (180), 1 November 2025 (365) and 1 November 2024 (730).


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# order, product, category, channel, pieces, amount, campaign; instants in UTC.
BOUGHT = {
    "ana": [
        ("2025-10-20T10:00", "O1", "Orange", "Citrus", "web", 4, 20.00, None),  # a Monday, 12:00
        ("2025-10-31T23:00", "O2", "Lemon", "Citrus", "shop", 3, 10.50, None),  # 1 November, a Saturday, 00:00
        ("2025-10-31T23:00", "O2", "Cake", "Pineapple", "shop", 1, 4.50, None),  # of the same order
        ("2026-06-15T16:00", "O3", "Blueberry", "Berries", "web", 2, 9.00, None),  # a Monday, 18:00
        ("2026-08-02T22:30", "O4", "Pineapple", "Pineapple", "app", 6, 30.00, "Summer"),  # 3 August, a Monday, 00:30
        ("2026-08-03T20:00", "S1", None, None, None, 1, 0.00, None),  # a sample, the same Monday, 22:00
        ("2026-10-02T08:00", "O5", "Pineapple", "Pineapple", "web", 3, 15.00, None),  # a Friday, 10:00
        ("2026-10-31T23:00", "O6", "Walnut", "Nuts", "web", 9, 500.00, "Autumn"),  # tomorrow
    ],
    "cleo": [
        ("2026-02-01T12:00", "C1", "Orange", "Citrus", "web", 2, 12.00, None),
        ("2026-02-01T12:00", "C1", "Pineapple", "Pineapple", "web", 1, 5.20, None),
        ("2026-02-01T12:00", "C1", "Blueberry", "Berries", "web", 1, 3.50, None),
        ("2026-02-01T12:00", "C1", "Brie", "Cheese", "web", 1, 6.00, None),
    ],
    "dan": [
        ("2026-03-01T12:00", "D1", "Orange", "Citrus", "shop", 1, 7.00, None),
        ("2026-03-01T12:00", "D1", "Gouda", "Cheese", "shop", 1, 6.00, None),
        ("2026-03-01T12:00", "D1", "Almond", "Nuts", "shop", 1, 8.00, None),
        ("2026-11-01T12:00", "D2", "Orange", "Citrus", "shop", 9, 900.00, None),  # tomorrow
    ],
    "stranger": [("2026-02-01T12:00", "X1", "Orange", "Spices", "web", 1, 99.00, None)],  # in no list of contacts
}
ANA_DID = {
    "email_sent": ["2026-03-01T10:00", "2026-04-01T10:00", "2026-05-01T10:00", "2026-06-01T10:00", "2026-09-10T10:00",
                   "2026-10-10T10:00"],
    "email_open": ["2026-03-01T11:00", "2026-03-01T11:30", "2026-04-01T12:00", "2026-09-12T22:30"],
    "email_click": ["2026-03-01T11:31", "2026-09-12T22:31"],  # 13 September, 00:31
    "visit": ["2026-08-02T21:59", "2026-10-01T21:59", "2026-10-31T22:59:59"],  # 2 August, 1 October, today, each 23:59
    "support_request": ["2025-10-31T12:00", "2026-05-01T12:00", "2026-08-10T12:00"],  # the first is 366 days ago
    "quote_request": ["2025-10-01T09:00", "2025-12-01T09:00"],
    "call": ["2025-10-05T12:00", "2026-05-03T12:00", "2026-06-03T12:00"],
    "subscription": ["2026-07-01T09:00"],
    "campaign_response": ["2026-08-02T22:40"],  # 3 August
}  # fmt: skip
ANA_REFUNDED = [("2025-11-20T08:00", "O2", 4.50), ("2026-10-10T08:00", "O5", 12.00), ("2026-10-11T08:00", "O5", 1.50)]
ANA_ANSWERED = [("2026-05-02T12:00", 10), ("2026-06-02T12:00", 9), ("2026-09-01T12:00", 6), ("2026-10-20T12:00", None)]

# Ana's value, then that of Ben, who became known yesterday and to whom nothing happened.
EXPECTED: dict[str, tuple[object, object]] = {
    # 7 purchase rows, 3 refunds, 6 + 4 + 2 of e-mails, 3 visits, 3 of support, 2 quotes, 3 calls, 1, 1, 4 surveys
    "interactions": (39, 0),
    "interactions_90d": (15, 0),  # 3 purchases, 2 refunds, 2 + 1 + 1 of e-mails, 2 visits, 1, 1 response, 2 surveys
    "first_interaction_at": (utc("2025-10-01T09:00"), None),
    "last_interaction_at": (utc("2026-10-31T22:59:59"), None),
    "tenure_days": (396, 1),  # known since 30 September 2025
    "quiet_days": (0, None),
    "relationship_count": (2, 0),
    "age_years": (35, None),  # 36 tomorrow
    "age_group": ("35-44", None),
    "household_band": ("3-4", None),
    "first_purchase_at": (utc("2025-10-20T10:00"), None),
    "last_purchase_at": (utc("2026-10-02T08:00"), None),
    "recency_days": (29, None),
    "customer_days": (376, None),
    "days_to_first_purchase": (20, None),
    "purchases": (6, 0),  # O1 to O5 and the sample
    "purchases_30d": (1, 0),
    "purchases_90d": (3, 0),
    "purchases_365d": (5, 0),
    "purchases_before_90d": (1, 0),
    "purchase_days": (5, 0),  # O4 and the sample share one
    "active_months_365d": (4, 0),  # November, June, August, October
    "purchase_trend": ((3 - 1) / (3 + 1 + 1), 0.0),
    "basket_size": (20 / 6, None),
    "basket_lines": (7 / 6, None),
    "largest_basket": (6.0, None),
    "campaign_orders": (1, 0),
    "campaign_share": (1 / 6, None),
    "total_spend": (89.0, 0.0),
    "spend_30d": (15.0, 0.0),
    "spend_90d": (45.0, 0.0),
    "spend_365d": (69.0, 0.0),
    "spend_before_90d": (9.0, 0.0),
    "spend_before_365d": (20.0, 0.0),
    "same_season_spend": (15.0, 0.0),  # O2; until 29 January 2026
    "average_order": (89 / 6, None),
    "average_order_365d": (69 / 5, None),
    "largest_order": (30.0, None),
    "smallest_order": (0.0, None),
    "zero_orders": (1, 0),
    "spend_trend": ((45 - 9) / (45 + 9 + 89 / 6), None),
    "refunded": (18.0, 0.0),
    "refunds": (2, 0),  # of O2 and O5
    "last_refund_at": (utc("2026-10-11T08:00"), None),
    "net_spend": (71.0, 0.0),
    "refund_share": (18 / 89, None),
    "spend_per_month": (71 / (376 / 30.4375), None),
    # Usual prices: Orange 6 of 5, 6, 7; Lemon 3.50 and Cake 4.50, hers alone; Blueberry 4 of 4.50 and 3.50;
    # Pineapple 5.10 of her 45 / 9 and of 5.20. The sample is of no product.
    "priced_spend": (20 + 10.5 + 4.5 + 9 + 45.0, 0.0),
    "usual_spend": (4 * 6 + 10.5 + 4.5 + 2 * 4 + 9 * 5.1, 0.0),
    "spend_below_price": (20.0, 0.0),  # oranges at 5 for 6; pineapples at 5 for 5.10 are too little below
    "price_index": (89 / 92.9, None),
    "discount_share": (20 / 89, None),
    "days_between_orders": (347 / 5, None),  # from 20 October 2025 to 2 October 2026, six orders
    # Days with a purchase: 20 October, 1 November, 15 June, 3 August, 2 October; gaps 12, 226, 49, 60.
    "median_gap_days": ((49 + 60) / 2, None),
    "gap_lower_quartile": (12 + 0.75 * (49 - 12), None),
    "gap_upper_quartile": (60 + 0.25 * (226 - 60), None),
    "longest_gap_days": (226.0, None),
    "gap_spread_days": (101.5 - 39.75, None),
    "overdue_days": (29 - 54.5, None),
    "overdue_ratio": (29 / 54.5, None),
    "favourite_category": ("Pineapple", None),  # three rows, Citrus two, Berries one
    "favourite_category_share": (3 / 6, None),
    "favourite_product": ("Pineapple", None),  # two rows of six
    "favourite_product_share": (2 / 6, None),
    "favourite_channel": ("web", None),  # three rows, shop two, app one
    "favourite_channel_share": (3 / 6, None),
    "favourite_weekday": (1, None),
    "favourite_hour": (0, None),  # O2 at 00:00 and O4 at 00:30
    "favourite_quarter": (4, None),  # O1, O2, O5
    "favourite_quarter_share": (3 / 6, None),
    "categories_bought": (3, 0),
    "products_bought": (5, 0),
    "purchase_channels": (3, 0),
    "new_category_at": (utc("2026-06-15T16:00"), None),
    "days_since_new_category": (138, None),
    "new_categories_365d": (2, 0),  # Pineapple on 1 November, Berries
    "categories_missing": (2, 5),  # Cheese and Nuts; Spices were bought by nobody we know
    # By contacts that bought them: Citrus 3, then Berries, Cheese and Pineapple 2 each, Nuts 1.
    "popular_categories": (0b01011, 0),
    "next_category": ("Cheese", "Citrus"),
    "emails_sent": (6, 0),
    "emails_sent_90d": (2, 0),
    "last_email_sent_at": (utc("2026-10-10T10:00"), None),
    "days_since_email_sent": (21, None),
    "email_opens": (4, 0),
    "email_opens_90d": (1, 0),
    "last_email_open_at": (utc("2026-09-12T22:30"), None),
    "days_since_email_open": (48, None),  # 13 September by the local clock
    "email_clicks": (2, 0),
    "email_clicks_90d": (1, 0),
    "last_email_click_at": (utc("2026-09-12T22:31"), None),
    "days_since_email_click": (48, None),
    "email_open_rate": (4 / 6, None),
    "email_open_rate_90d": (1 / 2, None),
    "email_click_rate": (2 / 6, None),
    "click_to_open_rate": (2 / 4, None),
    "visits": (3, 0),
    "visits_30d": (1, 0),
    "visits_90d": (2, 0),
    "last_visit_at": (utc("2026-10-31T22:59:59"), None),
    "days_since_visit": (0, None),
    "visits_for_purchase": (3 / 6, None),
    "support_requests": (3, 0),
    "support_requests_90d": (1, 0),
    "support_requests_365d": (2, 0),
    "last_support_request_at": (utc("2026-08-10T12:00"), None),
    "days_since_support_request": (82, None),
    "support_for_purchase": (3 / 6, None),
    "quote_requests": (2, 0),
    "quote_requests_365d": (1, 0),
    "last_quote_request_at": (utc("2025-12-01T09:00"), None),
    "days_since_quote_request": (334, None),
    "calls": (3, 0),
    "calls_365d": (2, 0),
    "last_call_at": (utc("2026-06-03T12:00"), None),
    "days_since_call": (150, None),
    "days_since_refund": (20, None),
    "last_subscription_at": (utc("2026-07-01T09:00"), None),
    "days_since_subscription": (122, None),
    "last_campaign_response_at": (utc("2026-08-02T22:40"), None),
    "days_since_campaign_response": (89, None),
    "satisfaction": (25 / 3, None),
    "last_satisfaction": (6.0, None),
    "last_survey_at": (utc("2026-10-20T12:00"), None),
    "days_since_survey": (11, None),
    "survey_scores": (3, 0),
    "promoter_scores": (2, 0),
    "detractor_scores": (1, 0),
    "nps": (100 / 3, None),
}


def story() -> Iterator[dict[str, object]]:
    names = ("order_id", "product", "category", "channel", "quantity", "amount", "campaign")
    for contact_id, rows in BOUGHT.items():
        for at, *values in rows:
            yield {
                "contact_id": contact_id,
                "occurred_at": utc(at),
                "kind": "purchase",
                **dict(zip(names, values, strict=True)),
            }
    for kind, instants in ANA_DID.items():
        yield from ({"contact_id": "ana", "occurred_at": utc(at), "kind": kind} for at in instants)
    for at, order, amount in ANA_REFUNDED:
        yield {"contact_id": "ana", "occurred_at": utc(at), "kind": "refund", "order_id": order, "amount": amount}
    for at, score in ANA_ANSWERED:
        yield {"contact_id": "ana", "occurred_at": utc(at), "kind": "survey", "score": score}


@pytest.fixture(scope="module")
def values() -> dict[str, dict[str, object]]:
    people = [
        {"contact_id": "ana", "acquired_at": utc("2025-09-30T12:00"), "birth_date": date(1990, 11, 1),
         "household_size": 3, "relationships": ["client", "supplier"]},
        {"contact_id": "ben", "acquired_at": utc("2026-10-30T12:00")},
        {"contact_id": "cleo"},
        {"contact_id": "dan"},
    ]  # fmt: skip
    contacts = pa.Table.from_pylist(people, schema=arrow_schema(CONTACTS))
    interactions = pa.Table.from_pylist(list(story()), schema=arrow_schema(INTERACTIONS))
    rows = build_features(interactions, as_of=AS_OF, contacts=contacts).to_pylist()
    return {row["contact_id"]: row for row in rows}


def test_every_feature_has_a_value_computed_by_hand() -> None:
    assert list(EXPECTED) == [feature.name for feature in CATALOGUE]


@pytest.mark.parametrize("name", EXPECTED)
def test_feature_has_the_value_computed_by_hand(values: dict[str, dict[str, object]], name: str) -> None:
    found, expected = values["ana"][name], EXPECTED[name][0]
    assert type(found) is type(expected)
    assert found == (pytest.approx(expected) if isinstance(expected, float) else expected)


@pytest.mark.parametrize("name", EXPECTED)
def test_contact_to_whom_nothing_happened_has_zeros_and_nothings(
    values: dict[str, dict[str, object]], name: str
) -> None:
    found, expected = values["ben"][name], EXPECTED[name][1]
    assert type(found) is type(expected)
    assert found == expected


def test_every_feature_says_what_it_means_in_one_sentence() -> None:
    for feature in CATALOGUE:
        assert feature.meaning, feature.name
        assert feature.meaning[0].isupper(), feature.name
    assert len({feature.meaning for feature in CATALOGUE}) == len(CATALOGUE)


def test_features_that_count_are_whole_numbers_and_zero_where_nothing_happened() -> None:
    counting = {f.name for f in CATALOGUE if f.level != "contact" and f.sql.startswith(("count", "sum"))}
    assert counting == {f.name for f in CATALOGUE if f.zero} - {"popular_categories"}
