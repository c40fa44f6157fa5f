"""Segments from practice, as the sample shop has them: on tables made by hand, and in the shop itself.

Active buyers, rare buyers, new and repeat, high and low bills, loyal and of low engagement, users of the service, who
needs training, labels, and customers of one line of business who are prospects in another.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from happened import DAY, ago, bought, of, touched

from segment_lib import Segmentation, Workspace
from segment_lib.segments import load_segments
from segment_lib.segments.divisions import check_divisions
from segment_lib.segments.evaluation import answer_rules
from segment_lib.segments.explaining import explain
from segment_lib.segments.labels import add_label, apply_label_rules
from segment_lib.segments.own import compile_segments

DEFINITIONS = Path(__file__).parents[1] / "data" / "sample_shop" / "definitions"
MONTHS = (5, 35, 66, 97, 127, 158)  # one day in each of the last six months, counted back from 31 October
Make = Callable[..., Workspace]


def shop(make: Make, rows: list[dict[str, Any]], contacts: list[Mapping[str, Any]] | None = None) -> Workspace:
    """A workspace with the sample shop's segments and labels, and with these rows."""
    definitions = {
        name: yaml.safe_load((DEFINITIONS / f"{name}.yml").read_text(encoding="utf-8"))
        for name in ("segments", "labels", "goals", "fields")
    }
    people = contacts or [{"contact_id": name} for name in sorted({row["contact_id"] for row in rows})]
    return make(contacts=people, interactions=rows, **definitions)


def members(workspace: Workspace, *names: str, day: str = DAY) -> dict[str, set[str]]:
    """Who is in the shop's smart views of these names, those of parents asked for too."""
    compiled = compile_segments(workspace, load_segments(workspace))
    rules = {name: compiled[name] for name in names}
    _, answers = answer_rules(workspace, as_of=workspace.as_of(day), rules=rules)
    frame = answers.to_pandas().set_index("contact_id")
    return {name: set(frame.index[frame[name].eq(True)]) for name in names}


def member(workspace: Workspace, name: str, *, day: str = DAY) -> set[str]:
    return members(workspace, name, day=day)[name]


# By hand.


def test_active_buyers_buy_monthly_and_for_more_than_the_sum_an_order(tiny_workspace: Make) -> None:
    people = {
        "monthly, 61 an order": bought(*MONTHS, amount=61.0),
        "monthly, 60 an order": bought(*MONTHS, amount=60.0),
        "five months of six": bought(*MONTHS[:5], *MONTHS[:2], amount=90.0),
        "six orders in a month": bought(1, 2, 3, 4, 5, 6, amount=90.0),
        # Two orders of 40 on a day are two orders; two lines of 40 are one of 80.
        "two small orders": [row for day in MONTHS for row in bought(day, day, amount=40.0)],
        "two lines": [row for day in MONTHS for row in bought(day, day, amount=40.0, order_id=f"o{day}")],
        # What was paid before the six months does not raise the mean.
        "large long ago": bought(*MONTHS, amount=20.0) + bought(300, amount=5000.0),
    }
    workspace = shop(tiny_workspace, of(people))
    assert member(workspace, "Active buyers of large orders") == {"monthly, 61 an order", "two lines"}


def test_active_buyers_of_practice_with_200_an_order(tiny_workspace: Make) -> None:
    """As it is said in practice, with the sum of practice."""
    people = {"large": bought(*MONTHS, amount=200.01), "at the sum": bought(*MONTHS, amount=200.0)}
    rule = "active_months('purchase', 6) = 6 and average_order(within => '6 months') > 200"
    segments = {"smart_views": [{"name": "Active Buyers", "rule": rule}], "rfm": None, "clusters": None}
    workspace = tiny_workspace(contacts=list(people), interactions=of(people), segments=segments)
    assert member(workspace, "Active Buyers") == {"large"}


def test_rare_buyers_bought_once_in_each_half_year(tiny_workspace: Make) -> None:
    # As of 31 October six months begin on 1 May, 183 days before; twelve on 1 November, 364 days before.
    people = {
        "one and one": bought(183, 184),
        "first day of the year": bought(10, 364),
        "a day too long ago": bought(10, 365),
        "two and one": bought(10, 11, 300),
        "one and two": bought(10, 300, 310),
        "one and none": bought(10, 900),
        "none and one": bought(300, 900),
    }
    assert member(shop(tiny_workspace, of(people)), "Rare buyers") == {"one and one", "first day of the year"}


def test_new_one_order_and_repeat_buyers_divide_the_customers(tiny_workspace: Make) -> None:
    people = {
        "new": bought(59),
        "new, twice": bought(59, 1),
        "one, long ago": bought(60),
        "repeat": bought(60, 1),
        "repeat, long ago": bought(900, 800),
        "looks": touched("visit", 3),
        "sent back only": touched("refund", 3, amount=4.0),
    }
    found = members(shop(tiny_workspace, of(people)), "New buyers", "One order only", "Repeat buyers")
    assert found == {
        "New buyers": {"new", "new, twice"},
        "One order only": {"one, long ago"},
        "Repeat buyers": {"repeat", "repeat, long ago"},
    }


def test_high_and_low_average_bills_are_fifths_of_the_customers(tiny_workspace: Make) -> None:
    # Ten customers: a fifth are two. One of the two with the largest orders bought once, so is no repeat buyer.
    people = {f"pays {n * 10}": bought(200, 300, amount=n * 10.0) for n in range(1, 10)}
    people |= {"pays 100, once": bought(200, amount=100.0), "looks": touched("visit", 3)}
    found = members(shop(tiny_workspace, of(people)), "High average bill", "Low average bill")
    assert found == {"High average bill": {"pays 90"}, "Low average bill": {"pays 10", "pays 20"}}


def test_loyal_buyers_and_those_of_low_engagement(tiny_workspace: Make) -> None:
    people = {
        "six months of twelve": bought(366, *MONTHS),
        "new, six months": bought(365, *MONTHS),
        "five months of twelve": bought(366, *MONTHS[:5]),
        "letters alone": bought(400) + touched("email_sent", 1, 2, 3) + touched("email_open", 9),
        "opens letters": bought(400) + touched("email_open", 9, 10),
        "gone for years": bought(740),
        "never bought": touched("visit", 9),
    }
    found = members(shop(tiny_workspace, of(people)), "Loyal buyers", "Low engagement")
    assert found == {"Loyal buyers": {"six months of twelve"}, "Low engagement": {"letters alone"}}


def test_one_time_and_regular_service_users(tiny_workspace: Make) -> None:
    people = {
        "once": touched("support_request", 364, 365),
        "twice": touched("support_request", 364, 1),
        "never": touched("call", 1, 2, 3),
    }
    found = members(shop(tiny_workspace, of(people)), "One-time service users", "Regular service users")
    assert found == {"One-time service users": {"once"}, "Regular service users": {"twice"}}


def test_a_visit_to_the_help_pages_is_a_sign_that_training_is_needed(tiny_workspace: Make) -> None:
    people = {
        "read": touched("visit", 119, subject="Read the help pages"),
        "read long ago": touched("visit", 120, subject="Read the help pages"),
        "looked": touched("visit", 1, subject="Looked around the shop"),
        "asked": touched("support_request", 1, subject="Read the help pages"),
        "no subject": touched("visit", 1),
    }
    workspace = shop(tiny_workspace, of(people))
    assert member(workspace, "Training need") == {"read"}
    told = explain(workspace, "Training need", "read", as_of=workspace.as_of(DAY))
    assert "2026-07-04" in repr(told)


def test_client_influencer_and_web_subscriber_labels(tiny_workspace: Make) -> None:
    contacts: list[Mapping[str, Any]] = [
        {"contact_id": "client, subscribed", "email_consent": True},
        {"contact_id": "subscribed", "email_consent": True},
        {"contact_id": "subscribed, visited", "email_consent": True},
        {"contact_id": "clicked", "email_consent": False},
        {"contact_id": "declined", "email_consent": False},
        {"contact_id": "influencer", "email_consent": False},
        {"contact_id": "influencer, client"},
    ]
    rows = [
        {"contact_id": "client, subscribed", **ago(30)},
        {"contact_id": "influencer, client", **ago(30)},
        {"contact_id": "clicked", **ago(20, "email_click")},
        {"contact_id": "declined", **ago(300, "email_click")},
        {"contact_id": "subscribed, visited", **ago(20, "visit")},
        {"contact_id": "clicked", **ago(19, "visit")},
        {"contact_id": "declined", **ago(20, "visit")},
    ]
    workspace = shop(tiny_workspace, rows, contacts)
    assert member(workspace, "Reached, not yet clients") == set()
    by_hand = datetime(2026, 10, 30, 9, tzinfo=UTC)
    add_label(workspace, ["influencer", "influencer, client"], "Influencer", now=by_hand, reason="films our fruit")
    assert member(workspace, "Reached, not yet clients") == {"influencer", "influencer, client"}
    apply_label_rules(workspace, as_of=workspace.as_of(DAY))
    assert member(workspace, "Reached, not yet clients") == {"subscribed, visited", "clicked", "influencer"}
    # As it was known the day before anybody carried anything.
    assert member(workspace, "Reached, not yet clients", day="2026-10-29") == set()


def test_a_customer_in_one_line_of_business_is_a_prospect_in_another(tiny_workspace: Make) -> None:
    gifts = touched("quote_request", 40, subject="Quote for gift baskets")
    people = {
        "fruit, asked for gifts": bought(300, category="Citrus") + gifts,
        "fruit, asked, gifts long ago": bought(300, category="Citrus") + bought(400, category="Gift boxes") + gifts,
        "fruit, asked, then gifts": bought(300, category="Citrus") + gifts + bought(5, category="Gift boxes"),
        "fruit, asked for deliveries": bought(300) + touched("quote_request", 40, subject="Quote for deliveries"),
        "fruit, asked too long ago": bought(300) + touched("quote_request", 365, subject="Quote for gift baskets"),
        "asked only": list(gifts),
        "fruit only": bought(300),
    }  # fmt: skip
    found = member(shop(tiny_workspace, of(people)), "Fruit buyers, gift prospects")
    assert found == {"fruit, asked for gifts", "fruit, asked, gifts long ago"}


def test_a_quote_for_a_recurring_delivery_that_no_order_followed(tiny_workspace: Make) -> None:
    """The other way to say it: by what did not happen within a month."""
    asked = "'quote_request', 'purchase', within => '30 days', where => subject like '%recurring%'"
    rule = f"ever('purchase') and ever('quote_request', until => '30 days') and not followed_by({asked})"
    people = {
        "no order since": bought(300) + touched("quote_request", 40, subject="A recurring delivery"),
        "on the thirtieth day": bought(300, 10) + touched("quote_request", 40, subject="A recurring delivery"),
        "a day late": bought(300, 9) + touched("quote_request", 40, subject="A recurring delivery"),
        "may still order": bought(300) + touched("quote_request", 29, subject="A recurring delivery"),
        "no customer": touched("quote_request", 40, subject="A recurring delivery"),
    }
    segments = {"smart_views": [{"name": "Prospects", "rule": rule}], "rfm": None, "clusters": None}
    workspace = tiny_workspace(contacts=list(people), interactions=of(people), segments=segments)
    assert member(workspace, "Prospects") == {"no order since", "a day late"}


# In the shop.


@pytest.fixture(scope="module")
def rows(sample_shop: Workspace) -> pd.DataFrame:
    """The shop's interactions with their local days."""
    frame = sample_shop.table("interactions").to_pandas()
    frame["day"] = frame["occurred_at"].dt.tz_convert("Europe/Madrid").dt.tz_localize(None).dt.normalize()
    return frame


def since(rows: pd.DataFrame, kind: str, first: str, last: str = DAY) -> pd.DataFrame:
    return rows[(rows["kind"] == kind) & rows["day"].between(pd.Timestamp(first), pd.Timestamp(last))]


def orders_by(rows: pd.DataFrame, first: str, last: str = DAY) -> pd.Series:
    bought = since(rows, "purchase", first, last)
    return bought.groupby("contact_id")["order_id"].nunique()


def test_the_shop_has_the_segments_of_practice_with_owner_and_goal(sample_shop: Workspace) -> None:
    views = {view.name: view for view in load_segments(sample_shop).smart_views}
    assert len(views) <= 21
    assert {view.owner for view in views.values()} == {"Marketing", "Sales", "Service"}
    assert {name for name, view in views.items() if not view.goal} == {"Repeat buyers", "Active buyers"}
    assert {name: view.parent for name, view in views.items() if view.parent} == {
        "Active buyers of large orders": "Active buyers",
        "Rare buyers": "Repeat buyers",
        "High average bill": "Repeat buyers",
        "Low average bill": "Repeat buyers",
    }


def test_the_life_cycle_divides_the_contacts_of_the_shop(
    sample_shop: Workspace, sample_segmentation: Segmentation
) -> None:
    definitions = load_segments(sample_shop)
    [division] = definitions.groups
    assert division.segments == ["Never bought", "New buyers", "One order only", "Repeat buyers"]
    assert check_divisions(sample_segmentation, definitions).empty
    sizes = [len(sample_segmentation.members_of(name)) for name in division.segments]
    assert sum(sizes) == sample_segmentation.features.num_rows


def test_active_buyers_of_the_shop_as_pandas_counts_them(rows: pd.DataFrame, sample_segmentation: Segmentation) -> None:
    # From 31 October months are counted back by the calendar; those of thirty days end on their last day.
    starts = ["2026-05-01", "2026-06-01", "2026-07-01", "2026-08-01", "2026-09-01", "2026-10-01", "2026-11-01"]
    bought = since(rows, "purchase", starts[0])
    month = pd.cut(bought["day"], pd.to_datetime(starts), right=False, labels=False)
    regular = month.groupby(bought["contact_id"]).nunique() == 6
    mean = bought.groupby("contact_id")["amount"].sum() / bought.groupby("contact_id")["order_id"].nunique()
    expected = set(mean.index[regular & (mean > 60)])
    assert set(sample_segmentation.members_of("Active buyers of large orders")) == expected
    assert len(expected) > 50


def test_rare_buyers_of_the_shop_as_pandas_counts_them(rows: pd.DataFrame, sample_segmentation: Segmentation) -> None:
    lately = orders_by(rows, "2026-05-01")
    before = orders_by(rows, "2025-11-01", "2026-04-30")
    once = set(lately.index[lately == 1]) & set(before.index[before == 1])
    assert set(sample_segmentation.members_of("Rare buyers")) == once
    assert len(once) > 100


def test_service_users_and_training_need_of_the_shop(rows: pd.DataFrame, sample_segmentation: Segmentation) -> None:
    asked = since(rows, "support_request", "2025-11-01")["contact_id"].value_counts()
    assert set(sample_segmentation.members_of("One-time service users")) == set(asked.index[asked == 1])
    assert set(sample_segmentation.members_of("Regular service users")) == set(asked.index[asked > 1])
    visits = since(rows, "visit", "2026-07-04")
    read = set(visits.loc[visits["subject"] == "Read the help pages", "contact_id"])
    assert set(sample_segmentation.members_of("Training need")) == read
    assert len(read) > 50


def test_fruit_buyers_who_asked_for_gifts_are_no_gift_givers(
    rows: pd.DataFrame, sample_segmentation: Segmentation
) -> None:
    found = set(sample_segmentation.members_of("Fruit buyers, gift prospects"))
    bought = since(rows, "purchase", "2025-11-01")
    assert found & set(bought.loc[bought["category"] == "Gift boxes", "contact_id"]) == set()
    assert found <= set(rows.loc[rows["kind"] == "purchase", "contact_id"])
    assert len(found) > 50


def test_high_and_low_bills_of_the_shop_are_fifths(sample_segmentation: Segmentation) -> None:
    features = sample_segmentation.features.select(["contact_id", "average_order"]).to_pandas().dropna()
    bills = features.set_index("contact_id")["average_order"].sort_values()
    high, low = (set(sample_segmentation.members_of(f"{side} average bill")) for side in ("High", "Low"))
    fifth = -(-len(bills) // 5)
    assert high <= set(bills.index[bills >= bills.iloc[-fifth]])
    assert low <= set(bills.index[bills <= bills.iloc[fifth - 1]])
    assert min(len(high), len(low)) > 500
