"""The example: a value for every feature, listed as text."""

from segment_lib.features import CATALOGUE, Feature, table_features
from segment_lib.features.example import example_values

LISTED = {row["feature"]: row for row in table_features()}


def test_every_feature_has_a_value_in_the_example() -> None:
    values = example_values()
    assert list(values) == [feature.name for feature in CATALOGUE]
    assert [name for name, value in values.items() if value is None] == []


def test_values_of_the_example_are_those_computed_by_hand() -> None:
    # Oranges: Ana 37 for 7 pieces, Ben 6.50, Cleo 6, so 6 is usual; Cake and Almonds are hers alone.
    expected = {"tenure_days": 548, "total_spend": 62.0, "net_spend": 57.25, "price_index": 62 / (7 * 6 + 9 + 16)}
    assert {name: example_values()[name] for name in expected} == expected
    # Days between 14 June, 5 December, 20 June and 2 October: 174, 197 and 104.
    assert example_values()["median_gap_days"] == 174.0


def test_changing_the_values_changes_no_later_listing() -> None:
    example_values()["purchases"] = 99
    assert example_values()["purchases"] == 4


def test_listing_writes_instants_by_the_local_clock_and_numbers_short() -> None:
    names = ("last_purchase_at", "total_spend", "days_between_orders", "age_group", "nps", "overdue_days")
    written = ["2026-10-02 10:00", "62", "158.333", "35-44", "100", "-145"]
    assert [LISTED[name]["example"] for name in names] == written


def test_feature_of_ones_own_is_listed_without_an_example() -> None:
    own = Feature("big_orders", "count(*)", level="orders", where="amount > 100", meaning="Orders above 100")
    [row] = table_features([own])
    assert (row["example"], row["sql"]) == ("", "count(*) filter (where amount > 100) of orders")


def test_own_feature_called_like_another_gets_no_example_of_that() -> None:
    [row] = table_features([Feature("purchases", "count(*)", kind="visit", meaning="Something else")])
    assert row["example"] == ""
