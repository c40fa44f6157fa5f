"""Segments at a glance: size, revenue, reach, overlap and knock-outs, by hand."""

from collections.abc import Callable

import pandas as pd
import pyarrow as pa
import pytest

from segment_lib import Segmentation
from segment_lib.goals import KnockOuts
from segment_lib.refinement import check_knock_outs, measure_overlap, summarise_contacts, summarise_segments

MakeSegmentation = Callable[..., Segmentation]
PEOPLE = [
    # consent without an address reaches nobody, nor does an address without consent; unknown is not consent
    {"contact_id": "a", "spend_365d": 60.0, "purchases": 3, "purchases_365d": 2, "email": "a@x.example",
     "phone": None, "email_consent": True, "phone_consent": True, "sms_consent": True},
    {"contact_id": "b", "spend_365d": 40.0, "purchases": 1, "purchases_365d": 1, "email": None,
     "phone": "+34600000001", "email_consent": True, "phone_consent": False, "sms_consent": True},
    {"contact_id": "c", "spend_365d": 0.0, "purchases": 2, "purchases_365d": 0, "email": "c@x.example",
     "phone": "+34600000002", "email_consent": False, "phone_consent": None, "sms_consent": None},
    {"contact_id": "d", "spend_365d": 0.0, "purchases": 0, "purchases_365d": 0, "email": "d@x.example",
     "phone": None, "email_consent": None, "phone_consent": None, "sms_consent": False},
]  # fmt: skip


def test_summary_of_segments_is_that_computed_by_hand(make_segmentation: MakeSegmentation) -> None:
    members = {"Buyers": ["a", "b", "c"], "Nobody": [], "Quiet": ["c", "d"]}
    table = summarise_segments(make_segmentation(PEOPLE, members, unknown={"Quiet": 2}))
    assert table.columns.tolist() == [
        "segment", "kind", "definition", "meaning", "contacts", "contact_share", "customers", "revenue_12m",
        "revenue_share", "reachable_email", "reachable_phone", "reachable_sms", "reachable_any", "in_target", "unknown",
    ]  # fmt: skip
    buyers, nobody, quiet = table.to_dict("records")
    assert (buyers["segment"], buyers["kind"], buyers["definition"]) == ("Buyers", "smart view", "rule of Buyers")
    assert (buyers["contacts"], buyers["contact_share"], buyers["customers"]) == (3, 0.75, 3)
    assert (buyers["revenue_12m"], buyers["revenue_share"]) == (100.0, 1.0)
    assert buyers["reachable_email"] == pytest.approx(1 / 3)  # a
    assert buyers["reachable_phone"] == 0.0
    assert buyers["reachable_sms"] == pytest.approx(1 / 3)  # b
    assert buyers["reachable_any"] == pytest.approx(2 / 3)
    assert (nobody["contacts"], nobody["customers"], nobody["revenue_12m"], nobody["revenue_share"]) == (0, 0, 0.0, 0.0)
    assert pd.isna(nobody["reachable_any"])
    assert (quiet["contacts"], quiet["customers"], quiet["reachable_any"], quiet["unknown"]) == (2, 1, 0.0, 2)


def test_share_of_the_target_counts_unknown_as_outside(make_segmentation: MakeSegmentation) -> None:
    people = [{**person, "in_target": inside} for person, inside in zip(PEOPLE, (True, False, None, True), strict=True)]
    table = summarise_segments(make_segmentation(people, {"All": "abcd", "One": "a"}))
    assert table["in_target"].tolist() == [0.5, 1.0]
    without = summarise_segments(make_segmentation(PEOPLE, {"All": "abcd"}))
    assert without["in_target"].tolist() == [1.0]


def test_shop_without_revenue_has_shares_of_zero(make_segmentation: MakeSegmentation) -> None:
    table = summarise_segments(make_segmentation([PEOPLE[2], PEOPLE[3]], {"All": "cd"}))
    assert table["revenue_share"].tolist() == [0.0]


def test_headline_figures_are_those_computed_by_hand() -> None:
    assert summarise_contacts(pa.Table.from_pylist(PEOPLE)) == {
        "contacts": 4.0, "customers_12m": 2.0, "revenue_12m": 100.0, "reachable_email": 0.25, "reachable_any": 0.5,
    }  # fmt: skip


def test_overlap_is_of_each_pair_in_both_directions(make_segmentation: MakeSegmentation) -> None:
    found = make_segmentation(PEOPLE, {"One": "ab", "Two": "bcd", "None": []})
    rows = measure_overlap(found).to_dict("records")
    assert [(row["segment_a"], row["segment_b"], row["both"]) for row in rows] == [
        ("One", "Two", 1), ("One", "None", 0), ("Two", "One", 1), ("Two", "None", 0), ("None", "One", 0),
        ("None", "Two", 0),
    ]  # fmt: skip
    assert [round(row["share_of_a"], 3) for row in rows] == [0.5, 0, 0.333, 0, 0, 0]
    assert measure_overlap(found, kind="cluster").empty


def verdicts(found: Segmentation, **limits: float) -> dict[str, str]:
    table = check_knock_outs(summarise_segments(found), measure_overlap(found), knock_outs=KnockOuts(**limits))
    assert (table["passed"] == (table["reasons"] == "")).all()
    return dict(zip(table["segment"], table["reasons"], strict=True))


def test_small_segment_is_knocked_out(make_segmentation: MakeSegmentation) -> None:
    found = make_segmentation(PEOPLE, {"Two": "ab", "Three": "abc"})
    assert verdicts(found, smallest_size=3) == {"Two": "2 contacts, at least 3 wanted", "Three": ""}


def test_segment_that_cannot_be_reached_is_knocked_out(make_segmentation: MakeSegmentation) -> None:
    found = make_segmentation(PEOPLE, {"Half": "ac", "None": "cd", "Empty": []})
    assert verdicts(found, smallest_reachable_share=0.5) == {
        "Half": "",
        "None": "0% may be reached, at least 50% wanted",
        "Empty": "0 contacts, at least 1 wanted",
    }


def test_later_of_two_views_that_overlap_too_much_is_knocked_out(make_segmentation: MakeSegmentation) -> None:
    found = make_segmentation(PEOPLE, {"First": "abc", "Within": "ab", "Around": "abcd", "Same as first": "abc"})
    assert verdicts(found, largest_overlap=0.8) == {
        "First": "",
        "Within": "100% are also in First, at most 80% wanted",
        "Around": "",  # three quarters of it are in First
        "Same as first": "100% are also in First, at most 80% wanted; 100% are also in Around, at most 80% wanted",
    }


def test_every_reason_is_given(make_segmentation: MakeSegmentation) -> None:
    found = make_segmentation(PEOPLE, {"First": "cd", "Second": "d"})
    reasons = verdicts(found, smallest_size=2, smallest_reachable_share=0.1, largest_overlap=0.5)["Second"]
    assert reasons == (
        "1 contacts, at least 2 wanted; 0% may be reached, at least 10% wanted; "
        "100% are also in First, at most 50% wanted"
    )


def test_segments_at_their_limits_pass(make_segmentation: MakeSegmentation) -> None:
    found = make_segmentation(PEOPLE, {"First": "ab", "Second": "bc"})
    assert verdicts(found, smallest_size=2, smallest_reachable_share=0.5, largest_overlap=0.5) == {
        "First": "",
        "Second": "",
    }
