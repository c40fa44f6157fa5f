"""RFM groups: scores by stored cut points, ties alike, everybody in exactly one group."""

from collections import Counter
from decimal import Decimal
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from segment_lib.errors import InvalidOption, MissingColumns, NoData
from segment_lib.segments import (
    RfmCutPoints,
    RfmGroup,
    default_groups,
    fit_rfm_cut_points,
    score_rfm,
    summarise_rfm,
    uncovered_codes,
)
from segment_lib.segments.definitions import RfmDefinition

# Up to 1 scores one, up to 2 scores two ... above 4 scores five.
FIVE = RfmCutPoints(5, *[(1.0, 2.0, 3.0, 4.0)] * 3)
GROUPS = default_groups()


def customers(**columns: list[object]) -> pd.DataFrame:
    n = len(next(iter(columns.values())))
    return pd.DataFrame({"contact_id": [f"c{i:03}" for i in range(n)], **columns})


# Cut points.


def test_cut_points_lie_at_the_quantiles() -> None:
    frame = customers(
        recency_days=list(range(11)), purchases=list(range(1, 12)), total_spend=[0.5 * i for i in range(11)]
    )
    cuts = fit_rfm_cut_points(frame, bins=5)
    assert cuts.recency == pytest.approx((2, 4, 6, 8))  # one fifth of the way from 0 to 10, and so on
    assert cuts.frequency == pytest.approx((3, 5, 7, 9))
    assert cuts.monetary == pytest.approx((1, 2, 3, 4))


def test_who_never_bought_has_no_part_in_the_cut_points() -> None:
    frame = customers(recency_days=[None, 10, 20], purchases=[0, 1, 3], total_spend=[0.0, 5.0, 25.0])
    assert fit_rfm_cut_points(frame, bins=2) == RfmCutPoints(2, (15.0,), (2.0,), (15.0,))


def test_cut_points_survive_being_stored() -> None:
    rng = np.random.default_rng(1)
    frame = customers(
        recency_days=list(rng.integers(0, 900, 50)), purchases=list(rng.integers(1, 9, 50)),
        total_spend=list(rng.gamma(2, 30, 50)),
    )  # fmt: skip
    cuts = fit_rfm_cut_points(frame)
    assert RfmCutPoints.from_json(cuts.to_json()) == cuts


def test_cut_points_need_a_customer() -> None:
    with pytest.raises(NoData, match="at least one customer to fit RFM cut points, got none"):
        fit_rfm_cut_points(customers(recency_days=[None], purchases=[0], total_spend=[0.0]))


def test_missing_column_is_named_whatever_the_table(tmp_path: Path) -> None:
    frame = customers(recency_days=[1], purchase=[1], total_spend=[1.0])
    pq.write_table(pa.Table.from_pandas(frame), tmp_path / "features.parquet")
    for features in (frame, pa.Table.from_pandas(frame), tmp_path / "features.parquet"):
        with pytest.raises(MissingColumns, match=r"column `purchases` in features\..*Did you mean `purchase`"):
            fit_rfm_cut_points(features)
    with pytest.raises(MissingColumns, match="columns `contact_id`, `purchases` in features"):
        score_rfm(frame.drop(columns="contact_id"), cut_points=FIVE, groups=GROUPS)


# Scores.


def scored(frame: pd.DataFrame, cut_points: RfmCutPoints = FIVE) -> pd.DataFrame:
    return score_rfm(frame, cut_points=cut_points, groups=GROUPS).to_pandas().set_index("contact_id")


def test_scores_and_groups_of_a_few_customers_are_those_computed_by_hand() -> None:
    # recency counts down: the fewer days the better; value is the mean of frequency and money, halves rounded up.
    frame = customers(
        recency_days=[0, 1, 2, 3, 4, 5], purchases=[5, 1, 3, 1, 5, 1], total_spend=[5.0, 2.0, 4.0, 1.0, 2.0, 1.0]
    )
    table = scored(frame)
    assert table["recency_score"].tolist() == [5, 5, 4, 3, 2, 1]
    assert table["frequency_score"].tolist() == [5, 1, 3, 1, 5, 1]
    assert table["monetary_score"].tolist() == [5, 2, 4, 1, 2, 1]
    assert table["value_score"].tolist() == [5, 2, 4, 1, 4, 1]
    expected = ["Champions", "Recent", "Champions", "Drifting", "At risk", "Dormant"]
    assert table["rfm_group"].tolist() == expected


def test_value_on_a_cut_point_scores_as_what_is_below() -> None:
    frame = customers(recency_days=[1, 2], purchases=[1, 2], total_spend=[4.0, 4.01])
    table = scored(frame)
    assert table["recency_score"].tolist() == [5, 4]
    assert table["frequency_score"].tolist() == [1, 2]
    assert table["monetary_score"].tolist() == [4, 5]


def test_who_never_bought_has_no_score_and_no_group() -> None:
    frame = customers(recency_days=[None, 1], purchases=[0, 1], total_spend=[0.0, 1.0])
    [never, once] = score_rfm(frame, cut_points=FIVE, groups=GROUPS).to_pylist()
    assert {value for name, value in never.items() if name != "contact_id"} == {None}
    assert once["rfm_group"] == "Recent"


def test_customer_of_unknown_spend_is_one_of_no_value_not_one_who_never_bought() -> None:
    frame = customers(recency_days=[1, 1, 1], purchases=[1, 1, None], total_spend=[None, 9.0, 9.0])
    assert fit_rfm_cut_points(frame, bins=2).monetary == (9.0,)
    assert scored(frame)["monetary_score"].tolist() == [1, 5, 5]
    assert scored(frame)["frequency_score"].tolist() == [1, 1, 1]


def test_exact_decimals_score_as_numbers_do() -> None:
    spend = [Decimal("1.50"), Decimal("3.50")]
    frame = customers(recency_days=[1, 2], purchases=[1, 2], total_spend=spend)
    assert fit_rfm_cut_points(frame, bins=2).monetary == (2.5,)
    assert scored(frame)["monetary_score"].tolist() == [2, 4]


spends = st.lists(
    st.tuples(st.none() | st.integers(0, 400), st.integers(1, 6), st.integers(1, 40)), min_size=1, max_size=30
)


@settings(max_examples=8)
@given(rows=spends, data=st.data())
def test_equal_customers_score_alike_better_ones_never_worse_and_order_is_nothing(
    rows: list[tuple[int | None, int, int]], data: st.DataObject
) -> None:
    recency, purchases, spend = map(list, zip(*rows, strict=True))
    frame = customers(recency_days=pd.array(recency, dtype="Int64"), purchases=purchases, total_spend=spend)
    if frame["recency_days"].isna().all():
        return
    cuts = fit_rfm_cut_points(frame)
    table = score_rfm(frame, cut_points=cuts, groups=GROUPS)
    mixed = frame.iloc[data.draw(st.permutations(range(len(frame))))]
    assert fit_rfm_cut_points(mixed) == cuts
    assert score_rfm(mixed, cut_points=cuts, groups=GROUPS).equals(table)
    both = table.to_pandas().merge(frame, on="contact_id").dropna()
    assert both["rfm_group"].notna().all()
    for column, score, sign in (
        ("recency_days", "recency_score", -1),
        ("purchases", "frequency_score", 1),
        ("total_spend", "monetary_score", 1),
    ):
        assert both[score].between(1, 5).all()
        assert (both.groupby(column)[score].nunique() == 1).all()
        ordered = both.sort_values(column, ascending=sign > 0)[score]
        assert ordered.is_monotonic_increasing


def test_features_that_are_scored_already_score_the_same() -> None:
    frame = customers(recency_days=[0, 3, 9], purchases=[1, 3, 9], total_spend=[1.0, 3.0, 9.0])
    once = score_rfm(frame, cut_points=FIVE, groups=GROUPS)
    again = score_rfm(frame.merge(once.to_pandas(), on="contact_id"), cut_points=FIVE, groups=GROUPS)
    assert again.equals(once)


def test_score_of_a_customer_does_not_depend_on_the_others() -> None:
    frame = customers(recency_days=[0, 3, 9], purchases=[1, 3, 9], total_spend=[1.0, 3.0, 9.0])
    assert scored(frame).loc["c001"].equals(scored(frame.iloc[[1]]).loc["c001"])


def test_summary_counts_contacts_and_revenue_by_cell() -> None:
    frame = customers(recency_days=[0, 0, 5, None], purchases=[1, 1, 5, 0], total_spend=[1.0, 9.0, 5.0, 0.0])
    frame["spend_365d"] = [1.0, 9.0, 0.0, 0.0]
    table = score_rfm(frame, cut_points=FIVE, groups=GROUPS).to_pandas().merge(frame, on="contact_id")
    assert summarise_rfm(table).to_dict("records") == [
        {"recency_score": 1, "frequency_score": 5, "contacts": 1, "revenue": 0.0},
        {"recency_score": 5, "frequency_score": 1, "contacts": 2, "revenue": 10.0},
    ]


# Groups.


def test_every_one_of_the_125_codes_lies_in_exactly_one_of_our_groups() -> None:
    codes = list(product(range(1, 6), repeat=3))
    frame = customers(
        recency_days=[5 - r for r, _, _ in codes], purchases=[f for _, f, _ in codes],
        total_spend=[float(m) for _, _, m in codes],
    )  # fmt: skip
    # Recency of 0 days is the best: cut points one lower than those of the counts.
    table = scored(frame, RfmCutPoints(5, (0.0, 1.0, 2.0, 3.0), (1.0, 2.0, 3.0, 4.0), (1.0, 2.0, 3.0, 4.0)))
    got = table[["recency_score", "frequency_score", "monetary_score"]].astype(int).itertuples(index=False, name=None)
    assert set(got) == set(codes)
    for row in table.itertuples():
        value = (int(row.frequency_score) + int(row.monetary_score) + 1) // 2
        assert row.value_score == value
        holding = [
            group.name
            for group in GROUPS
            if group.recency[0] <= row.recency_score <= group.recency[1] and group.value[0] <= value <= group.value[1]
        ]
        assert holding == [row.rfm_group]
    assert Counter(table["rfm_group"]).keys() == {group.name for group in GROUPS}


@pytest.mark.parametrize("bins", [2, 3, 7])
def test_groups_of_other_bins_cover_every_pair_once(bins: int) -> None:
    groups = [
        RfmGroup(name="Good", recency=(2, bins), value=(1, bins)),
        RfmGroup(name="Gone", recency=(1, 1), value=(1, bins)),
    ]
    assert uncovered_codes(groups, bins=bins) == []
    assert RfmDefinition(bins=bins, groups=groups).named_groups == groups


def test_gaps_and_overlaps_are_refused() -> None:
    gap = [RfmGroup(name="Good", recency=(2, 2), value=(1, 2)), RfmGroup(name="Gone", recency=(1, 1), value=(2, 2))]
    assert uncovered_codes(gap, bins=2) == [(1, 1, 1)]
    with pytest.raises(ValidationError, match="every code must lie in exactly one group: code 111 lies in no group"):
        RfmDefinition(bins=2, groups=gap)
    overlap = [RfmGroup(name="All", recency=(1, 2), value=(1, 2)), RfmGroup(name="Top", recency=(2, 2), value=(2, 2))]
    with pytest.raises(ValidationError, match=r"Of `Top`, `All` takes 3 codes \(212, 221, 222\)"):
        RfmDefinition(bins=2, groups=overlap)
    with pytest.raises(ValidationError, match="the table `ours` has 5 scores, got 4; leave out `bins`, or give"):
        RfmDefinition(bins=4)


def test_groups_that_do_not_fit_the_cut_points_are_refused() -> None:
    frame = customers(recency_days=[1], purchases=[1], total_spend=[1.0])
    few = RfmCutPoints(2, (1.0,), (1.0,), (1.0,))
    assert score_rfm(frame, cut_points=few, groups=GROUPS)["rfm_group"].to_pylist() == ["Dormant"]
    many = RfmCutPoints(6, *[(1.0, 2.0, 3.0, 4.0, 5.0)] * 3)
    with pytest.raises(InvalidOption, match=r"every code once. 51 codes \(156, 165, .*\) lie in no group"):
        score_rfm(frame, cut_points=many, groups=GROUPS)


def test_names_of_groups_must_differ() -> None:
    twice = [RfmGroup(name="Same", recency=(2, 2), value=(1, 2)), RfmGroup(name="Same", recency=(1, 1), value=(1, 2))]
    with pytest.raises(ValidationError, match="every RFM group must have a name of its own, got `Same` twice"):
        RfmDefinition(bins=2, groups=twice)
    with pytest.raises(ValidationError, match="a name of its own, got `Dormant` twice"):
        RfmDefinition(never_bought="Dormant")


def test_ends_of_a_group_must_ascend() -> None:
    with pytest.raises(ValidationError, match=r"from the lower to the higher score, got \[5, 4\]"):
        RfmGroup(name="Back", recency=(5, 4), value=(1, 5))
