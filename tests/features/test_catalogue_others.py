"""Features that hold a contact against others: usual prices, popularity, what they lack; and extreme values."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from segment_lib.asof import AsOf
from segment_lib.features import CATALOGUE, build_features
from segment_lib.features.query import with_needed
from segment_lib.vocabulary import CONTACTS, INTERACTIONS, arrow_schema

AS_OF = AsOf.of("2026-10-31", zone="Europe/Madrid")
PEOPLE = [{"contact_id": name} for name in ("ana", "ben", "cleo")]
Row = dict[str, object]


def bought(contact_id: str, at: str = "2026-10-01", **values: object) -> Row:
    instant = datetime.fromisoformat(at).replace(tzinfo=UTC)
    return {"contact_id": contact_id, "occurred_at": instant, "kind": "purchase", **values}


def plums(contact_id: str, quantity: float | None, amount: float | None, at: str = "2026-10-01") -> Row:
    return bought(contact_id, at, product="Plum", quantity=quantity, amount=amount)


def values_of(rows: Sequence[Row], *names: str, contact_id: str = "ana") -> tuple[object, ...]:
    table = build_features(
        pa.Table.from_pylist(list(rows), schema=arrow_schema(INTERACTIONS)),
        as_of=AS_OF,
        contacts=pa.Table.from_pylist(PEOPLE, schema=arrow_schema(CONTACTS)),
        features=with_needed(names, CATALOGUE),
    )
    [row] = [row for row in table.to_pylist() if row["contact_id"] == contact_id]
    return tuple(row[name] for name in names)


# Usual prices.

OTHERS = [plums("ben", 1, 10.0), plums("cleo", 1, 12.0)]


def test_usual_price_is_the_median_of_what_contacts_pay_with_the_contact_among_them() -> None:
    # Ana pays 8 on average, in two purchases: the median of 8, 10 and 12 is 10.
    rows = [plums("ana", 1, 6.0), plums("ana", 3, 26.0), *OTHERS]
    assert values_of(rows, "priced_spend", "usual_spend", "price_index", "discount_share") == (32.0, 40.0, 0.8, 1.0)


def test_who_alone_buys_a_product_pays_its_usual_price() -> None:
    assert values_of([plums("ana", 2, 6.0)], "price_index", "discount_share") == (1.0, 0.0)


@pytest.mark.parametrize(("paid", "discount_share"), [(9.49, 1.0), (9.5, 1.0), (9.51, 0.0), (10.0, 0.0), (20.0, 0.0)])
def test_exactly_five_per_cent_below_is_a_discount(paid: float, discount_share: float) -> None:
    # Between two who pay 10, the median is 10 whatever Ana pays.
    rows = [plums("ana", 1, paid), *OTHERS[:1], plums("cleo", 1, 10.0)]
    assert values_of(rows, "discount_share") == (discount_share,)


def test_gift_counts_as_pieces_that_cost_nothing() -> None:
    rows = [plums("ana", 1, 10.0), plums("ana", 1, 0.0), plums("ben", 1, 10.0), plums("cleo", 1, 10.0)]
    assert values_of(rows, "priced_spend", "usual_spend", "price_index") == (10.0, 20.0, 0.5)


@pytest.mark.parametrize(("quantity", "amount"), [(None, 10.0), (0, 10.0), (-1, 10.0), (1, None), (1, -10.0)])
def test_product_of_unknown_pieces_or_amount_is_no_price(quantity: float | None, amount: float | None) -> None:
    rows = [plums("ana", quantity, amount), bought("ana", product="Pear", quantity=1, amount=4.0), *OTHERS]
    names = ("priced_spend", "usual_spend", "price_index")
    assert values_of(rows, *names) == (4.0, 4.0, 1.0)
    # Nor does it move the usual price of the others.
    assert values_of(rows, *names, contact_id="ben") == (10.0, 11.0, pytest.approx(10 / 11))


def test_later_purchases_of_others_change_no_usual_price() -> None:
    rows = [plums("ana", 1, 10.0), plums("ben", 1, 10.0), plums("ben", 9, 900.0, at="2026-10-31T23:00")]
    assert values_of(rows, "price_index") == (1.0,)


# Popularity.


def categories(contact_id: str, *names: str, at: str = "2026-10-01") -> list[Row]:
    return [bought(contact_id, at, category=name) for name in names]


def test_popular_is_what_many_contacts_bought_not_what_was_bought_often() -> None:
    rows = [*categories("ana", "Fig"), *categories("ben", "Kiwi", "Kiwi", "Kiwi", "Nut"), *categories("cleo", "Nut")]
    assert values_of(rows, "next_category", "categories_missing") == ("Nut", 2)


def test_of_equally_popular_categories_the_first_by_name_is_next() -> None:
    assert values_of(categories("ben", "Nut", "Kiwi"), "next_category", "categories_missing") == ("Kiwi", 2)


def test_who_bought_everything_lacks_nothing() -> None:
    rows = [*categories("ana", "Fig", "Nut"), *categories("ben", "Fig")]
    assert values_of(rows, "next_category", "categories_missing") == (None, 0)


def test_later_purchases_of_others_change_no_popularity() -> None:
    rows = [*categories("ana", "Fig"), *categories("ben", "Nut"), *categories("cleo", "Nut")]
    later = [row for name in ("ben", "cleo") for row in categories(name, "Kiwi", "Apple", at="2026-10-31T23:00")]
    names = ("next_category", "categories_missing", "popular_categories")
    assert values_of([*rows, *later], *names) == values_of(rows, *names) == ("Nut", 1, 0b10)


def test_purchases_of_who_is_no_contact_make_no_price_and_no_category() -> None:
    rows = [plums("ana", 1, 10.0), plums("stranger", 1, 2.0), *categories("ana", "Fig"), *categories("stranger", "Nut")]
    names = ("price_index", "next_category", "categories_missing", "purchases")
    assert values_of([*rows, *categories("stranger", "Nut")], *names) == (1.0, None, 0, 2)


def test_new_category_is_new_to_the_contact() -> None:
    rows = [
        *categories("ana", "Fig", at="2025-10-31T22:59"),  # 31 October, 366 days ago
        *categories("ana", "Nut", at="2025-10-31T23:00"),
        *categories("ana", "Fig", "Nut", at="2026-10-01"),
    ]
    names = ("new_categories_365d", "days_since_new_category", "categories_bought")
    assert values_of(rows, *names) == (1, 364, 2)


@pytest.mark.parametrize(("first", "next_category"), [(0, "c00"), (61, "c61"), (62, None), (63, None), (69, None)])
def test_next_category_is_one_of_the_62_most_popular_whatever_their_number(
    first: int, next_category: str | None
) -> None:
    names = [f"c{place:02}" for place in range(70)]
    # Ana has the most popular ones, and the least popular one, which is not among the 62.
    rows = [*categories("ben", *names), *categories("cleo", *names[:69]), *categories("ana", *names[:first], "c69")]
    assert values_of(rows, "next_category", "categories_missing") == (next_category, 69 - first)


# Extreme values.


def test_largest_amounts_that_an_import_accepts_add_up() -> None:
    rows = [bought("ana", order_id=str(place), amount=9_999_999_999_999.99) for place in range(100)]
    assert values_of(rows, "total_spend", "largest_order") == (999_999_999_999_999.0, 9_999_999_999_999.99)


def test_prices_far_apart_break_nothing() -> None:
    rows = [plums("ana", 1e12, 1.0), plums("ben", 1e-6, 9e12)]
    # The median of 1e-12 and 9e18 is 4.5e18.
    assert values_of(rows, "usual_spend", "price_index") == (pytest.approx(4.5e30), pytest.approx(1 / 4.5e30))


def test_amounts_below_a_hundredth_of_a_cent_are_rounded_row_by_row() -> None:
    rows = [bought("ana", order_id="1", amount=amount) for amount in (0.00004, 0.00004, 0.00006)]
    assert values_of(rows, "total_spend", "largest_order") == (0.0001, 0.0001)


def test_cents_add_up_exactly() -> None:
    assert values_of([bought("ana", amount=0.1) for _ in range(3)], "total_spend") == (0.3,)


def test_purchase_of_long_ago_is_long_ago() -> None:
    rows = [bought("ana", at="1900-01-01T12:00", order_id="1", amount=12.0)]
    # 126 years to 1 January 2026, of which 31 have a leap day (1904 to 2024), then 303 days.
    assert values_of(rows, "recency_days") == (126 * 365 + 31 + 303,)
    assert values_of(rows, "purchases_365d", "purchase_trend", "active_months_365d") == (0, 0.0, 0)
