"""RFM groups as rules: the same members as the group, in words with the actual cut points."""

from collections.abc import Callable
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from segment_lib import Workspace
from segment_lib.errors import InvalidOption, MissingColumns
from segment_lib.segments.rfm import (
    CutPointRule,
    RfmCutPoints,
    RfmGroup,
    RfmTable,
    fit_rfm_cut_points,
    group_rules,
    rfm_table,
    score_rfm,
)
from segment_lib.segments.rfm.boxes import cover_cells
from segment_lib.segments.segmentation import segment_contacts
from segment_lib.segments.views import compile_views, evaluate_views

THREE = RfmCutPoints(3, (180.0, 365.0), (1.0, 4.0), (343.5, 554.0))


def members(features: pd.DataFrame | pa.Table, rules: dict[str, str]) -> dict[str, list[str]]:
    answers = evaluate_views(features, compile_views(rules)).to_pylist()
    return {name: [row["contact_id"] for row in answers if row[name]] for name in rules}


def groups_of(features: pd.DataFrame | pa.Table, cuts: RfmCutPoints, table: RfmTable) -> dict[str, list[str]]:
    rows = score_rfm(features, cut_points=cuts, groups=table.named_groups, match=table.match).to_pylist()
    return {
        group.name: [row["contact_id"] for row in rows if row["rfm_group"] == group.name]
        for group in table.named_groups
    }


def one(cuts: RfmCutPoints, *groups: RfmGroup, features: pd.DataFrame | None = None) -> str:
    """The rule of the last of some groups."""
    return group_rules(cuts, groups, features=features)[groups[-1].name]


WITHOUT_GAPS = pd.DataFrame({"recency_days": [1, 400], "purchases": [1, 9], "total_spend": [5.0, 900.0]})


# In words.


def test_rules_name_days_orders_and_money_at_their_cut_points() -> None:
    best = RfmGroup(name="Best", recency=(3, 3), frequency=(3, 3), monetary=(3, 3))
    assert one(THREE, best) == "recency_days <= 180 and purchases >= 5 and total_spend > 554"
    middle = RfmGroup(name="Middle", recency=(2, 2), frequency=(2, 2), monetary=(2, 2))
    assert one(THREE, middle) == (
        "recency_days between 181 and 365 and purchases between 2 and 4 and total_spend > 343.5 and total_spend <= 554"
    )
    worst = RfmGroup(name="Worst", recency=(1, 1), frequency=(1, 1))
    assert one(THREE, worst, features=WITHOUT_GAPS) == "recency_days >= 366 and purchases <= 1"
    assert one(THREE, RfmGroup(name="Any", recency=(1, 3))) == "recency_days is not null"


def test_plus_one_cut_points_count_from_there_on() -> None:
    cuts = RfmCutPoints(3, (115.0, 297.4), (4.0, 5.0), (255.8, 382.0), "from")
    middle = RfmGroup(name="Middle", recency=(2, 2), frequency=(2, 2), monetary=(2, 2))
    assert one(cuts, middle) == (
        "recency_days between 115 and 297 and purchases = 4 and total_spend >= 255.8 and total_spend < 382"
    )


def test_value_is_said_by_orders_and_money() -> None:
    # The mean of both scores, halves up, is 3 from a sum of 5 on.
    rule = one(THREE, RfmGroup(name="Dear", value=(3, 3)), features=WITHOUT_GAPS)
    assert (
        rule
        == "recency_days is not null and (purchases >= 2 and total_spend > 554 or purchases >= 5 and total_spend > 344)"
    )


def test_what_an_earlier_group_takes_is_not_in_a_later_rule() -> None:
    best = RfmGroup(name="Best", recency=(3, 3), frequency=(3, 3))
    fresh = RfmGroup(name="Fresh", recency=(3, 3))
    assert one(THREE, best, fresh, features=WITHOUT_GAPS) == "recency_days <= 180 and purchases <= 4"
    assert one(THREE, fresh, best) == "false"


def test_missing_orders_and_money_count_as_none() -> None:
    low = RfmGroup(name="Low", frequency=(1, 1), monetary=(1, 2))
    assert one(THREE, low) == (
        "recency_days is not null and (purchases <= 1 or purchases is null) "
        "and (total_spend <= 554 or total_spend is null)"
    )
    high = RfmGroup(name="High", frequency=(2, 3))
    assert one(THREE, high) == "recency_days is not null and purchases >= 2"


def test_amounts_are_rounded_as_far_as_nobody_changes_sides() -> None:
    cuts = RfmCutPoints(2, (10.0,), (1.0,), (343.66666666666663,))
    dear = RfmGroup(name="Dear", monetary=(2, 2))

    def rule(*amounts: float) -> str:
        n = len(amounts)
        frame = pd.DataFrame({"recency_days": [1] * n, "purchases": [1] * n, "total_spend": amounts})
        return one(cuts, dear, features=frame).removeprefix("recency_days is not null and ")

    assert rule(300.0, 400.0) == "total_spend > 344"
    assert rule(300.0, 343.9) == "total_spend > 343"
    assert rule(343.5, 343.9) == "total_spend > 343.7"
    assert rule(343.66, 343.67) == "total_spend > 343.66"
    assert rule(343.66666666666663, 343.67) == "total_spend > 343.667"
    assert rule(343.66666666666663, 343.6666666666667) == "total_spend > 343.66666666666663"


def test_scores_that_ties_leave_empty_are_not_spoken_of() -> None:
    # Most bought once: the first three cut points of the orders are the same.
    cuts = RfmCutPoints(5, (10.0, 20.0, 30.0, 40.0), (1.0, 1.0, 1.0, 2.0), (10.0, 20.0, 30.0, 40.0))
    assert one(cuts, RfmGroup(name="Two", frequency=(2, 4)), features=WITHOUT_GAPS).endswith("and purchases = 2")
    assert one(cuts, RfmGroup(name="None", frequency=(2, 3))) == "false"
    assert one(cuts, RfmGroup(name="One", frequency=(1, 3)), features=WITHOUT_GAPS).endswith("and purchases <= 1")


def test_days_in_parts_are_left_as_they_are() -> None:
    frame = pd.DataFrame({"recency_days": [180.0, 180.5], "purchases": [1, 1], "total_spend": [1.0, 1.0]})
    assert one(THREE, RfmGroup(name="Fresh", recency=(3, 3)), features=frame) == "recency_days <= 180"
    assert one(THREE, RfmGroup(name="Old", recency=(1, 2)), features=frame) == "recency_days > 180"


def test_what_is_wrong_is_told() -> None:
    with pytest.raises(InvalidOption, match="a name of its own, got `A` twice"):
        group_rules(THREE, [RfmGroup(name="A", recency=(1, 1)), RfmGroup(name="A", recency=(2, 2))])
    with pytest.raises(MissingColumns, match="`total_spend`"):
        group_rules(THREE, [], features=WITHOUT_GAPS.drop(columns="total_spend"))


# The same members.

amounts = st.none() | st.sampled_from([0.0, 0.1, 0.30000000000000004, 10.0, 10.01]) | st.floats(-50, 2000)
people = st.lists(
    st.tuples(st.none() | st.integers(0, 900), st.none() | st.integers(0, 12), amounts), min_size=1, max_size=40
)
own = RfmTable(
    bins=2, match="first",
    groups=[RfmGroup(name="Odd", codes=["111", "222", "212"]), RfmGroup(name="Fresh", recency=(2, 2))],
)  # fmt: skip
tables = st.sampled_from([rfm_table("ours"), rfm_table("klaviyo"), rfm_table("rfm"), own])
rules = st.sampled_from([CutPointRule(), CutPointRule(quantiles="plus one")])


@settings(max_examples=15, deadline=None)
@given(rows=people, table=tables, rule=rules, with_features=st.booleans(), later=people)
def test_members_of_a_rule_are_those_of_its_group(
    rows: list[tuple[int | None, int | None, float | None]],
    table: RfmTable,
    rule: CutPointRule,
    with_features: bool,
    later: list[tuple[int | None, int | None, float | None]],
) -> None:
    def features(rows: list[tuple[int | None, int | None, float | None]]) -> pa.Table:
        recency, purchases, spend = zip(*rows, strict=True)
        return pa.table(
            {
                "contact_id": [f"c{i:03}" for i in range(len(rows))],
                "recency_days": pa.array(recency, pa.int32()),
                "purchases": pa.array(purchases, pa.int64()),
                "total_spend": pa.array(spend, pa.float64()),
            }
        )

    fitted, today = features([(3, 1, 10.0), *rows]), features(later)
    cuts = fit_rfm_cut_points(fitted, bins=table.bins, rule=rule)
    # Groups are scored by the stored cut points of an earlier day; rules are written on the day.
    for frame in (fitted, today):
        written = group_rules(cuts, table.named_groups, features=frame if with_features else None)
        assert members(frame, written) == groups_of(frame, cuts, table)


def test_exact_decimals_are_on_the_same_side_in_rule_and_group() -> None:
    spend = [Decimal("0.30"), Decimal("0.31"), Decimal("505.40"), Decimal("505.41")]
    frame = pa.table(
        {
            "contact_id": ["a", "b", "c", "d"],
            "recency_days": [1, 2, 3, 4],
            "purchases": [1, 2, 3, 4],
            "total_spend": pa.array(spend, pa.decimal128(18, 2)),
        }
    )
    table = rfm_table("ours")
    cuts = RfmCutPoints(5, (1.0, 2.0, 3.0, 4.0), (1.0, 2.0, 3.0, 4.0), (0.3, 0.305, 0.31, 505.40000000000003))
    assert members(frame, group_rules(cuts, table.groups)) == groups_of(frame, cuts, table)


def test_rules_of_ten_scores_are_short_enough_to_be_saved() -> None:
    cuts = RfmCutPoints(10, *[tuple(float(i) for i in range(10, 100, 10))] * 3)
    groups = [RfmGroup(name="High", value=(8, 10)), RfmGroup(name="Rest", recency=(1, 10))]
    rules = group_rules(cuts, groups)
    compile_views(rules)
    assert max(len(rule) for rule in rules.values()) < 1500


def test_rule_saved_as_a_smart_view_has_the_members_of_the_group(tiny_workspace: Callable[..., Workspace]) -> None:
    days = pd.date_range("2025-01-01", "2026-10-30", periods=60, tz="UTC")
    orders = [
        {"contact_id": f"c{i % 7}", "occurred_at": day, "kind": "purchase", "order_id": str(i), "amount": 0.1 + i % 5}
        for i, day in enumerate(days)
        if i % 7 < 1 + i // 8
    ]
    workspace = tiny_workspace(contacts=[*(f"c{i}" for i in range(7)), "never"], interactions=orders)
    written = workspace.folder / "definitions" / "segments.yml"
    as_of = workspace.as_of("2026-10-31")
    for table in ("ours", "klaviyo", "rfm"):
        written.write_text(yaml.safe_dump({"rfm": {"table": table}, "clusters": None}), encoding="utf-8")
        found = segment_contacts(workspace, as_of=as_of)
        scheme = rfm_table(table)
        assert found.models.cut_points is not None
        rules = group_rules(found.models.cut_points, scheme.named_groups, features=found.features)
        views = [{"name": f"Saved {name}", "rule": rule} for name, rule in rules.items()]
        both = {"smart_views": views, "rfm": {"table": table}, "clusters": None}
        written.write_text(yaml.safe_dump(both), encoding="utf-8")
        again = segment_contacts(workspace, as_of=as_of, models=found.models)
        for name in rules:
            assert again.members_of(f"Saved {name}") == found.members_of(name)
        assert sum(len(found.members_of(name)) for name in rules) == 7


# Boxes.


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_boxes_cover_the_cells_and_nothing_else_and_none_is_spare(data: st.DataObject) -> None:
    shape = data.draw(st.tuples(*[st.integers(1, 4)] * 3))
    cells = np.array(data.draw(st.lists(st.booleans(), min_size=int(np.prod(shape)), max_size=int(np.prod(shape)))))
    cells = cells.reshape(shape)
    times = np.zeros(shape, dtype=int)
    boxes = cover_cells(cells)
    insides = [tuple(slice(low, high + 1) for low, high in box) for box in boxes]
    for inside in insides:
        times[inside] += 1
    assert ((times > 0) == cells).all()
    assert all((times[inside] == 1).any() for inside in insides)
