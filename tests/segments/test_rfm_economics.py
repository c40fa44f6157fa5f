"""What RFM groups are worth, and who moved between them; the heat map's cells with their groups."""

import pandas as pd
import pyarrow as pa
import pytest

from segment_lib.errors import MissingColumns
from segment_lib.segments.rfm import (
    RfmGroup,
    measure_rfm_flows,
    rfm_table,
    summarise_rfm,
    summarise_rfm_flows,
    summarise_rfm_groups,
)

SCORED = pd.DataFrame(
    {
        "contact_id": list("abcdef"),
        "rfm_group": ["Best", "Best", "Lost", "Lost", "Lost", None],
        "recency_days": [1, 4, 400, 500, 900, None],
        "purchases": [4, 6, 1, None, 2, 0],
        "total_spend": [100.0, 300.0, 20.0, None, 30.0, 0.0],
        "spend_365d": [90.0, 60.0, 0.0, None, 50.0, 0.0],
        "email": ["a@x.example", None, "c@x.example", "d@x.example", "e@x.example", "f@x.example"],
        "email_consent": [True, True, True, False, None, True],
    }
)


def test_economics_of_two_groups_are_those_computed_by_hand() -> None:
    best, lost = summarise_rfm_groups(SCORED).to_dict("records")
    assert best == {
        "rfm_group": "Best",
        "customers": 2,
        "customer_share": pytest.approx(0.4),  # of five customers: who never bought is none
        "revenue_365d": 150.0,
        "revenue_share": 0.75,
        "total_spend": 400.0,
        "spend_share": pytest.approx(400 / 450),
        "spend_per_customer": 200.0,
        "purchases": 10,
        "average_order": 40.0,
        "median_recency_days": 2.5,
        "reachable_email": 0.5,  # one has no address
    }
    assert (lost["customers"], lost["purchases"], lost["median_recency_days"]) == (3, 3, 500.0)
    assert lost["spend_per_customer"] == pytest.approx(50 / 3)
    assert lost["reachable_email"] == pytest.approx(1 / 3)


def test_columns_that_are_not_there_are_left_out_or_asked_for() -> None:
    assert "reachable_email" not in summarise_rfm_groups(SCORED.drop(columns="email_consent")).columns
    with pytest.raises(MissingColumns, match="`spend_365d` in scored"):
        summarise_rfm_groups(SCORED.drop(columns="spend_365d"))


def test_share_of_no_revenue_is_missing_and_no_customer_is_no_row() -> None:
    table = summarise_rfm_groups(SCORED.assign(spend_365d=0.0))
    assert table["revenue_share"].isna().all()
    assert table["rfm_group"].tolist() == ["Best", "Lost"]  # then by what they ever spent
    assert summarise_rfm_groups(SCORED.assign(rfm_group=pd.Series([None] * 6, dtype="str"))).empty


# Movement.


def groups(**of: str | None) -> pa.Table:
    return pa.table({"contact_id": list(of), "rfm_group": pa.array(of.values(), pa.string())})


BEFORE = groups(a="Best", b="Best", c="Best", d="Lost", e=None, g="Lost", h=None)
NOW = groups(a="Best", b="Lost", c="Lost", d="Best", e="Best", f="Best", h=None)


def test_flows_count_contacts_and_their_shares_of_both_groups() -> None:
    flows = measure_rfm_flows(BEFORE, NOW, never_bought="Never bought")
    got = {(row.from_segment, row.to_segment): row.contacts for row in flows.itertuples()}
    assert got == {
        ("Best", "Lost"): 2,
        ("Best", "Best"): 1,
        ("Lost", "Best"): 1,
        ("Lost", "(gone)"): 1,
        ("Never bought", "Best"): 1,
        ("Never bought", "Never bought"): 1,
        ("(not there yet)", "Best"): 1,
    }
    first = flows.iloc[0]
    assert (first["from_segment"], first["share_of_from"], first["share_of_to"]) == ("Best", pytest.approx(2 / 3), 1.0)
    assert flows.groupby("to_segment")["share_of_to"].sum().tolist() == pytest.approx([1.0] * 4)


def test_among_customers_alone_who_never_bought_is_not_there() -> None:
    flows = measure_rfm_flows(BEFORE, NOW)
    assert "Never bought" not in set(flows["from_segment"])
    newcomers = flows[flows["from_segment"] == "(not there yet)"]
    assert newcomers[["to_segment", "contacts"]].to_dict("records") == [{"to_segment": "Best", "contacts": 2}]
    assert flows["contacts"].sum() == 7  # h never bought at all


def test_flows_add_up_by_group() -> None:
    best, lost = summarise_rfm_flows(measure_rfm_flows(BEFORE, NOW)).to_dict("records")
    assert best == {
        "segment": "Best",
        "before": 3,
        "stayed": 1,
        "entered": 3,
        "left": 2,
        "now": 4,
        "left_share": pytest.approx(2 / 3),
        "entered_share": 0.75,
        "main_source": "(not there yet)",
        "main_destination": "Lost",
    }
    assert (lost["before"], lost["stayed"], lost["entered"], lost["left"], lost["now"]) == (2, 0, 2, 2, 2)


def test_nothing_moved_without_contacts() -> None:
    flows = measure_rfm_flows(groups(), groups())
    assert flows.empty
    assert summarise_rfm_flows(flows).empty
    with pytest.raises(MissingColumns, match="`rfm_group` in now"):
        measure_rfm_flows(BEFORE, pa.table({"contact_id": ["a"]}))


def test_group_with_a_quote_in_its_name_moves_too() -> None:
    flows = measure_rfm_flows(groups(a="Can't Lose Them"), groups(a=None), never_bought="Haven't bought")
    assert flows["to_segment"].tolist() == ["Haven't bought"]


# Cells.

CELLS = pd.DataFrame(
    {
        "recency_score": [2, 2, 1, None],
        "frequency_score": [2, 2, 1, None],
        "monetary_score": [1, 2, 1, None],
        "value_score": [2, 2, 1, None],
        "spend_365d": [10.0, 20.0, 0.0, 0.0],
    }
)


def test_cells_say_their_group_where_two_scores_decide_it() -> None:
    by_two = [RfmGroup(name="Fresh", recency=(2, 2), frequency=(2, 2)), RfmGroup(name="Rest", recency=(1, 2))]
    assert summarise_rfm(CELLS, groups=by_two, bins=2).to_dict("records") == [
        {"recency_score": 1, "frequency_score": 1, "contacts": 1, "revenue": 0.0, "rfm_group": "Rest"},
        {"recency_score": 1, "frequency_score": 2, "contacts": 0, "revenue": 0.0, "rfm_group": "Rest"},
        {"recency_score": 2, "frequency_score": 1, "contacts": 0, "revenue": 0.0, "rfm_group": "Rest"},
        {"recency_score": 2, "frequency_score": 2, "contacts": 2, "revenue": 30.0, "rfm_group": "Fresh"},
    ]
    ours = summarise_rfm(CELLS, groups=rfm_table("ours").groups, bins=5)
    assert list(ours.columns) == ["recency_score", "value_score", "contacts", "revenue", "rfm_group"]
    assert len(ours) == 25
    assert ours.query("contacts > 0")["rfm_group"].tolist() == ["Dormant", "Dormant"]
    small = summarise_rfm(CELLS, groups=by_two, bins=2, smallest_group=2)
    assert small["contacts"].isna().tolist() == small["revenue"].isna().tolist() == [True, False, False, False]
    assert list(summarise_rfm(CELLS, groups=rfm_table("rfm").named_groups, bins=5).columns) == [
        "recency_score", "frequency_score", "contacts", "revenue",
    ]  # fmt: skip
