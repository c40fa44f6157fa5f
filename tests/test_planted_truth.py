"""The made-up shop end to end: what was planted in it is what is found.

The bounds lie a little below what was measured; see data/README.md for how the shop is made.
"""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from segment_lib import CATALOGUE, Segmentation, Workspace, build_features, import_files
from segment_lib.features import count_kinds, profile_columns
from segment_lib.refinement import measure_lift, profile_segments

TRUTH = Path(__file__).parents[1] / "data" / "sample_shop" / "truth"
# What the truth calls a fault of a row, and what the import says of it.
REASONS = {
    "missing_contact_id": "is empty",
    "too_few_fields": "the line is no row",
    "too_many_fields": "the line is no row",
    "unreadable_date": "is no readable timestamp",
    "unreadable_amount": "is no readable number",
    "unknown_type": "is not one of the listed values",
    "unknown_contact": "is not among the contacts",
}
# A contact is kept without a cell that is unreadable and that it can do without.
KEPT = {"unreadable_date": "is no readable timestamp", "unreadable_email": "is no readable e-mail address"}


def broken_rows(truth: dict[str, Any], file: str) -> dict[str, int]:
    """The faults for which rows are refused, with their counts."""
    broken: dict[str, int] = truth["dirt"][file]["broken"]
    return {fault: rows for fault, rows in broken.items() if file != "contacts.csv.gz" or fault not in KEPT}


@pytest.fixture(scope="module")
def truth() -> dict[str, Any]:
    return json.loads((TRUTH / "truth.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def planted() -> pd.Series:
    """The planted segment of each contact."""
    frame = pd.read_csv(TRUTH / "contacts_truth.csv.gz", dtype=str, keep_default_na=False)
    return frame.set_index("contact_id")["planted_segment"]


# The import.


def test_every_row_of_every_file_is_accounted_for(sample_shop: Workspace, truth: dict[str, Any]) -> None:
    results = {result.file: result for result in import_files(sample_shop).results}
    assert results.keys() == truth["rows"].keys()
    for name, result in results.items():
        dirt = truth["dirt"][name]
        repeated = {key: n for key, n in dirt["repeated"].items() if key != "second_record_of_a_person"}
        assert result.known, name
        assert result.rows_read == truth["rows"][name]["written"], name
        assert result.rows_quarantined == sum(broken_rows(truth, name).values()), name
        assert result.rows_skipped == sum(repeated.values()), name
        assert result.balances, name


def test_quarantine_names_the_planted_fault_of_every_row(sample_shop: Workspace, truth: dict[str, Any]) -> None:
    rows = [row for row in sample_shop.table("quarantine").to_arrow().to_pylist() if row["outcome"] == "refused"]
    found: dict[str, Counter[str]] = {name: Counter() for name in truth["dirt"]}
    for row in rows:
        [reason] = row["reasons"]
        [said] = {text for text in REASONS.values() if text in reason}
        found[row["file"]][said] += 1
    for name in truth["dirt"]:
        expected: Counter[str] = Counter()
        for fault, n in broken_rows(truth, name).items():
            expected[REASONS[fault]] += n
        assert found[name] == expected, name


def test_contacts_with_an_unreadable_cell_are_kept_without_it(sample_shop: Workspace, truth: dict[str, Any]) -> None:
    rows = [row for row in sample_shop.table("quarantine").to_arrow().to_pylist() if row["outcome"] == "kept"]
    found = Counter(next(fault for fault, said in KEPT.items() if said in row["reasons"][0]) for row in rows)
    dirt = truth["dirt"]["contacts.csv.gz"]
    assert {row["file"] for row in rows} == {"contacts.csv.gz"}
    assert found == {fault: dirt["cells"].get(fault, 0) + dirt["broken"].get(fault, 0) for fault in KEPT}


def test_nothing_is_lost_on_the_way_to_the_features(
    sample_shop: Workspace, sample_segmentation: Segmentation, truth: dict[str, Any]
) -> None:
    features = sample_segmentation.features.to_pandas()
    dirt = truth["dirt"]["contacts.csv.gz"]
    more = dirt["repeated"]["second_record_of_a_person"] + dirt["broken"]["unreadable_date"]
    assert len(features) == truth["n_contacts"] + more
    assert features["purchases"].sum() == truth["n_orders"]
    assert round(features["total_spend"].sum() - features["refunded"].sum(), 2) == truth["net_revenue"]
    kinds = count_kinds(sample_shop, as_of=sample_segmentation.as_of)
    assert dict(zip(kinds["kind"], kinds["interactions"], strict=True)) == truth["interactions_by_kind"]


# Segments.


def precision_and_recall(found: Segmentation, segment: str, true: set[str]) -> tuple[float, float]:
    members = set(found.members_of(segment))
    return len(members & true) / len(members), len(members & true) / len(true)


@pytest.mark.parametrize(
    ("segment", "kinds", "precision", "recall"),
    [
        ("Pineapple lovers", ["pineapple lovers"], 0.93, 0.85),  # measured: 0.948, 0.870
        ("Gift givers", ["gift givers"], 0.93, 0.92),  # 0.950, 0.935
        ("New buyers", ["new buyers"], 0.98, 0.76),  # 0.996, 0.782: planted are those of 90 days, the view has 60
        ("Active buyers", ["restaurants and regulars", "steady households", "pineapple lovers"], 0.80, 0.44),
        ("Going quiet", ["lapsed"], 0.74, 0.63),  # 0.766, 0.654
        ("Never bought", ["never bought"], 0.98, 1.0),  # 0.983, 1: the others are second records
    ],
)
def test_segment_finds_the_planted_group(
    sample_segmentation: Segmentation,
    planted: pd.Series,
    segment: str,
    kinds: list[str],
    precision: float,
    recall: float,
) -> None:
    true = set(planted.index[planted.isin(kinds)])
    got_precision, got_recall = precision_and_recall(sample_segmentation, segment, true)
    assert got_precision >= precision
    assert got_recall >= recall


def test_regulars_are_champions(sample_segmentation: Segmentation, planted: pd.Series) -> None:
    regulars = set(planted.index[planted == "restaurants and regulars"])
    assert precision_and_recall(sample_segmentation, "Champions", regulars)[1] >= 0.95  # measured: 0.964


def test_clusters_agree_with_the_planted_types_far_beyond_chance(
    sample_segmentation: Segmentation, planted: pd.Series
) -> None:
    frame = sample_segmentation.features.select(["contact_id", "cluster"]).to_pandas().dropna()
    types = planted[frame["contact_id"]].to_numpy()
    assert adjusted_rand_score(types, frame["cluster"]) >= 0.27  # measured: 0.293
    rng = np.random.default_rng(1)
    by_chance = [adjusted_rand_score(types, rng.permutation(frame["cluster"])) for _ in range(20)]
    assert max(by_chance) < 0.01
    chosen = sample_segmentation.cluster_scores.query("chosen").iloc[0]
    assert chosen["stability"] >= 0.75  # measured: 0.836


@pytest.mark.parametrize(
    ("segment", "field", "level", "higher"),
    [
        ("Pineapple lovers", "age_years", "", False),
        ("Gift givers", "age_years", "", True),
        ("Gift givers", "income", "", True),
        ("Pineapple lovers", "favourite_category", "Pineapple", True),
        ("Going quiet", "satisfaction", "", False),
        ("Champions", "email_open_rate", "", True),
    ],
)
def test_profile_shows_what_was_planted(
    sample_shop: Workspace, sample_segmentation: Segmentation, segment: str, field: str, level: str, higher: bool
) -> None:
    columns = [column for column in profile_columns(sample_shop) if column.name == field]
    table = profile_segments(sample_segmentation, columns=columns)
    [row] = table[(table["segment"] == segment) & (table["level"] == level)].to_dict("records")
    nothing = 1.0 if row["effect"] == "lift" else 0.0
    assert row["low"] > nothing if higher else row["high"] < nothing


# Campaigns.


def test_campaign_that_worked_is_found_and_the_other_cannot_be_told(
    sample_shop: Workspace, sample_segmentation: Segmentation, truth: dict[str, Any]
) -> None:
    table = measure_lift(sample_shop, sample_segmentation).query("segment == 'Everybody assigned'")
    rows = table.set_index("campaign").to_dict("index")
    assert [row["verdict"] for row in rows.values()] == ["works", "cannot tell"]
    for campaign in truth["campaigns"]:
        row = rows[campaign["name"]]
        assert (row["treated"], row["control"]) == (campaign["treatment"], campaign["control"])
        assert row["treated_rate"] == pytest.approx(campaign["rate_in_treatment"], abs=1e-4)
        assert row["control_rate"] == pytest.approx(campaign["rate_in_control"], abs=1e-4)
        assert row["low"] <= campaign["expected_lift"] <= row["high"]
    assert rows["second_basket_2026_03"]["lift"] >= 0.18  # measured: 0.181
    assert abs(rows["win_back_2026_07"]["lift"]) <= 0.01  # measured: 0.004


# No leakage.


@pytest.mark.parametrize("day", ["2025-03-30", "2026-03-15", "2026-10-25"])
def test_past_day_is_computed_as_it_was_computed_then(sample_shop: Workspace, day: str) -> None:
    as_of = sample_shop.as_of(day)
    interactions = sample_shop.table("interactions").to_pandas()
    contacts = sample_shop.table("contacts").to_pandas()
    today = build_features(interactions, as_of=as_of, contacts=contacts)
    then = build_features(
        interactions[interactions["occurred_at"] < as_of.end],
        as_of=as_of,
        # Who has no readable day of acquisition is there on every day.
        contacts=contacts[~(contacts["acquired_at"] >= as_of.end)],
    )
    names = ["contact_id", *(feature.name for feature in CATALOGUE)]
    assert today.select(names).equals(then.select(names))
    assert 0 < today.num_rows < sample_shop.table("contacts").num_rows
