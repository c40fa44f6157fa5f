"""Tables of RFM groups: ours, Klaviyo's, that of the R package; what the linter says of them; segments.yml."""

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from pydantic import ValidationError

from segment_lib import Workspace
from segment_lib.errors import InvalidDefinition, InvalidOption, NotFound
from segment_lib.segments.definitions import RfmDefinition, SegmentsFile
from segment_lib.segments.own import load_segments
from segment_lib.segments.rfm import (
    CutPointRule,
    RfmCutPoints,
    RfmGroup,
    RfmTable,
    fit_rfm_cut_points,
    lint_rfm_groups,
    rfm_table,
    score_rfm,
    uncovered_codes,
)
from segment_lib.segments.rfm.groups import all_codes, name_codes, read_code
from segment_lib.segments.segmentation import save_segmentation, segment_contacts

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("SEGMENT_LIB_DATA", ROOT.parent / "shared" / "data"))
MakeWorkspace = Callable[..., Workspace]
ORDERS = DATA / "rfm_r" / "rfm_data_orders.csv"


# The tables.


@pytest.mark.parametrize("name", ["ours", "klaviyo"])
def test_every_code_lies_in_exactly_one_group(name: str) -> None:
    table = rfm_table(name)
    for code in all_codes(table.bins):
        assert sum(group.holds(code) for group in table.groups) == 1
    assert lint_rfm_groups(table.groups, table.bins).sentences == ("Every code lies in exactly one group.",)
    assert table.named_groups == table.groups


def test_groups_of_the_package_cover_115_of_125_codes_and_58_of_them_twice() -> None:
    table = rfm_table("rfm")
    lint = lint_rfm_groups(table.groups, table.bins)
    assert len(lint.uncovered) == 10
    assert len({code for codes in lint.doubled.values() for code in codes}) == 58
    assert lint.sentences[1].startswith("58 codes (")
    assert lint.unreachable == {}
    others = table.named_groups[-1]
    assert (others.name, len(others.codes)) == ("Others", 10)
    assert uncovered_codes(table.named_groups, bins=5) == []


def test_champions_of_the_package_are_won_by_champions_and_only_because_they_stand_first() -> None:
    groups = rfm_table("rfm").groups
    assert name_codes(groups, bins=5)[5, 5, 5] == "Champions"
    late = [*groups[1:], groups[0]]
    assert name_codes(late, bins=5)[5, 5, 5] == "Potential Loyalist"
    assert lint_rfm_groups(late, 5).unreachable == {
        "Champions": "`Potential Loyalist` stands before it and holds all of its codes (1)"
    }


@pytest.mark.skipif(not ORDERS.exists(), reason=f"needs the orders of the R package rfm: {ORDERS.name} in rfm_r")
def test_counts_and_cut_points_of_the_vignette_are_reproduced() -> None:
    # Vignette "RFM Analysis" of the R package rfm 0.3.0, analysis date 2006-12-31.
    orders = pd.read_csv(ORDERS, parse_dates=["order_date"])
    by = orders.groupby("customer_id")
    frame = pd.DataFrame(
        {
            "recency_days": (pd.Timestamp("2006-12-31") - by["order_date"].max()).dt.days,
            "purchases": by["revenue"].size(),
            "total_spend": by["revenue"].sum(),
        }
    )
    frame = frame.rename_axis("contact_id").reset_index()
    table = rfm_table("rfm")
    cuts = fit_rfm_cut_points(frame, bins=table.bins, rule=table.cut_points)
    assert cuts.recency == pytest.approx((115, 181, 297.4, 482))
    assert cuts.frequency == (4, 5, 6, 8)
    assert cuts.monetary == pytest.approx((255.8, 382, 506.4, 666))
    groups = score_rfm(frame, cut_points=cuts, groups=table.named_groups, match=table.match)["rfm_group"]
    assert Counter(groups.to_pylist()) == {
        "Potential Loyalist": 342,
        "Loyal Customers": 170,
        "Lost": 148,
        "New Customers": 104,
        "About To Sleep": 102,
        "Can't Lose Them": 47,
        "Champions": 35,
        "At Risk": 28,
        "Need Attention": 10,
        "Promising": 9,
    }


def test_klaviyos_days_are_upper_bounds_and_purchases_go_by_thirds() -> None:
    frame = pd.DataFrame(
        {
            "contact_id": list("abcdef"),
            "recency_days": [0, 180, 181, 365, 366, 9],
            "purchases": [1, 2, 3, 4, 5, 6],
            "total_spend": [6.0, 5.0, 4.0, 3.0, 2.0, 1.0],
        }
    )
    table = rfm_table("klaviyo")
    cuts = fit_rfm_cut_points(frame, bins=table.bins, rule=table.cut_points)
    scored = score_rfm(frame, cut_points=cuts, groups=table.named_groups).to_pandas()
    assert scored["recency_score"].tolist() == [3, 3, 2, 2, 1, 3]
    assert scored["frequency_score"].tolist() == [1, 1, 2, 2, 3, 3]
    assert scored["monetary_score"].tolist() == [3, 3, 2, 2, 1, 1]
    # Codes 313, 313, 222, 222, 131, 331.
    assert scored["rfm_group"].tolist() == ["Recent", "Recent", "Recent", "Recent", "At risk", "Loyal"]


def test_unknown_table_is_told_with_the_nearest() -> None:
    with pytest.raises(NotFound, match=r"called `klavyo`\. Tables: .*Did you mean `klaviyo`"):
        rfm_table("klavyo")


# Cut points.


def test_plus_one_counts_from_the_cut_point_on() -> None:
    frame = pd.DataFrame({"recency_days": [10, 20, 30], "purchases": [1, 2, 3], "total_spend": [5.0, 6.0, 7.0]})
    cuts = fit_rfm_cut_points(frame, bins=2, rule=CutPointRule(quantiles="plus one"))
    assert cuts == RfmCutPoints(2, (21,), (3,), (7,), "from")
    assert RfmCutPoints.from_json(cuts.to_json()) == cuts
    groups = [RfmGroup(name="All", recency=(1, 2))]
    scored = score_rfm(frame.assign(contact_id=list("abc")), cut_points=cuts, groups=groups).to_pandas()
    assert scored["recency_score"].tolist() == [2, 2, 1]
    assert scored["frequency_score"].tolist() == [1, 1, 2]
    assert scored["monetary_score"].tolist() == [1, 1, 2]


def test_cut_points_stored_before_there_was_a_bound_are_read() -> None:
    text = '{"bins": 2, "recency": [15.0], "frequency": [2.0], "monetary": [15.0]}'
    assert RfmCutPoints.from_json(text) == RfmCutPoints(2, (15.0,), (2.0,), (15.0,), "above")


def test_fixed_cut_points_must_ascend_be_finite_and_as_many_as_needed() -> None:
    with pytest.raises(ValidationError, match=r"must be numbers that ascend, got \[365.0, 180.0\]"):
        CutPointRule(recency=[365, 180])
    with pytest.raises(ValidationError, match="must be numbers that ascend"):
        CutPointRule(monetary=[1.0, float("nan")])
    with pytest.raises(ValidationError, match="must not be mixed with `quantiles: plus one`"):
        CutPointRule(quantiles="plus one", recency=[180])
    frame = pd.DataFrame({"recency_days": [1], "purchases": [1], "total_spend": [1.0]})
    with pytest.raises(InvalidOption, match=r"`cut_points.recency` must hold 2 values for 3 scores, got 1"):
        fit_rfm_cut_points(frame, bins=3, rule=CutPointRule(recency=[180]))


def test_amount_beyond_all_numbers_is_refused() -> None:
    frame = pd.DataFrame({"recency_days": [1], "purchases": [1], "total_spend": [float("inf")]})
    with pytest.raises(InvalidOption, match="`total_spend` must be finite numbers"):
        fit_rfm_cut_points(frame)


# The linter.


def test_linter_names_who_wins_and_who_can_never_be_reached() -> None:
    groups = [
        RfmGroup(name="Good", recency=(2, 2), frequency=(1, 2)),
        RfmGroup(name="Best", codes=["222"]),
        RfmGroup(name="Odd", frequency=(1, 1), monetary=(1, 1), value=(2, 2)),
        RfmGroup(name="Far", recency=(1, 4), value=(1, 1)),
    ]
    lint = lint_rfm_groups(groups, 2)
    assert lint.sentences == (
        "3 codes (112, 121, 122) lie in no group.",
        "2 codes (211, 222) lie in several groups; the group that stands first wins.",
        "Of `Best`, `Good` takes code 222.",
        "Of `Far`, `Good` takes code 211.",
        "`Best` can never be reached: `Good` stands before it and holds all of its codes (1).",
        "`Odd` can never be reached: no code of 2 scores fits frequency_score between 1 and 1 and monetary_score "
        "between 1 and 1 and value_score between 2 and 2.",
        "`Far` asks for recency 1 to 4, but scores go from 1 to 2.",
    )
    assert repr(lint).splitlines()[0] == "- 3 codes (112, 121, 122) lie in no group."


def test_group_that_several_others_cover_together_can_not_be_reached() -> None:
    groups = [
        RfmGroup(name="A", recency=(1, 1)),
        RfmGroup(name="B", recency=(2, 2)),
        RfmGroup(name="C", frequency=(2, 2)),
    ]
    assert lint_rfm_groups(groups, 2).unreachable == {"C": "`A` and `B` stand before it and hold all of its codes (4)"}


def test_codes_of_two_digits_are_read_and_written() -> None:
    assert read_code("10-4-1") == (10, 4, 1)
    assert RfmGroup(name="Top", codes=["10-10-10"]).holds((10, 10, 10))
    for wrong in ("55", "5555", "5-5", "505", "a55"):
        with pytest.raises(ValidationError, match="must be a recency, a frequency and a money score"):
            RfmGroup(name="Wrong", codes=[wrong])


def test_group_is_given_by_ranges_or_by_codes() -> None:
    with pytest.raises(ValidationError, match="`Empty` must be given by ranges of scores or by codes, got neither"):
        RfmGroup(name="Empty")
    with pytest.raises(ValidationError, match="got both"):
        RfmGroup(name="Both", codes=["555"], recency=(5, 5))


# segments.yml.

WRITTEN = """
rfm:
  groups:
    - {name: Best, codes: [333, 332]}
    - {name: Fresh, recency: [3, 3]}
    - {name: Dear, monetary: [3, 3], frequency: [2, 3]}
  bins: 3
  match: first
  others: Everybody else
  never_bought: null
  cut_points: {recency: [180, 365]}
"""


def write(workspace: Workspace, text: str) -> Workspace:
    (workspace.folder / "definitions" / "segments.yml").write_text(text, encoding="utf-8")
    return workspace


def test_groups_of_ones_own_are_read_with_others_and_without_who_never_bought(tiny_workspace: MakeWorkspace) -> None:
    rfm = load_segments(write(tiny_workspace(contacts=["a"]), WRITTEN)).rfm
    assert rfm is not None
    assert rfm.names == ["Best", "Fresh", "Dear", "Everybody else"]
    assert rfm.scheme.cut_points.recency == [180, 365]


def test_contacts_who_never_bought_are_a_group_or_in_none(tiny_workspace: MakeWorkspace) -> None:
    orders = [
        {"contact_id": "a", "occurred_at": "2026-10-01", "kind": "purchase", "order_id": "1", "amount": 5.0},
        {"contact_id": "b", "occurred_at": "2025-01-01", "kind": "purchase", "order_id": "2", "amount": 7.0},
    ]
    frame = pd.DataFrame(orders).assign(occurred_at=lambda f: pd.to_datetime(f["occurred_at"], utc=True))
    workspace = tiny_workspace(contacts=["a", "b", "never"], interactions=frame.to_dict("records"))
    for text, groups in (
        ("clusters: null\nrfm: {table: klaviyo}", {"Recent": ["a"], "Inactive": ["b"], "Never bought": ["never"]}),
        ("clusters: null\nrfm: {table: klaviyo, never_bought: null}", {"Recent": ["a"], "Inactive": ["b"]}),
        ("clusters: null\nrfm: {table: klaviyo, never_bought: Leads}", {"Leads": ["never"]}),
    ):
        found = segment_contacts(write(workspace, text), as_of=workspace.as_of("2026-10-31"))
        for name, members in groups.items():
            assert found.members_of(name) == members
        assert ("Never bought" in {segment.name for segment in found.segments}) == ("Never bought" in groups)
        assert found.counts["members"].sum() == (2 if "null}" in text else 3)


def test_renamed_groups_keep_the_stored_cut_points_and_other_cut_points_do_not(tiny_workspace: MakeWorkspace) -> None:
    order = {"kind": "purchase", "amount": 5.0}
    days = pd.to_datetime(["2026-09-01", "2026-10-30"], utc=True)
    rows = [{"contact_id": "a", "occurred_at": day, "order_id": str(day), **order} for day in days]
    workspace = write(tiny_workspace(contacts=["a"], interactions=rows), "clusters: null\nrfm: {bins: 5}")
    early, late = workspace.as_of("2026-09-10"), workspace.as_of("2026-10-31")
    save_segmentation(workspace, segment_contacts(workspace, as_of=early))
    assert segment_contacts(workspace, as_of=late).models.cut_points.frequency == (1.0,) * 4
    write(workspace, "clusters: null\nrfm: {never_bought: Leads}")
    assert segment_contacts(workspace, as_of=late).models.cut_points.frequency == (1.0,) * 4
    write(workspace, "clusters: null\nrfm: {cut_points: {recency: [1, 2, 3, 4]}}")
    assert segment_contacts(workspace, as_of=late).models.cut_points.frequency == (2.0,) * 4


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("rfm: {table: klavio}", "can't find a table of RFM groups called `klavio`.*Did you mean `klaviyo`"),
        ("rfm: {table: klaviyo, bins: 5}", "the table `klaviyo` has 3 scores, got 5"),
        ("rfm: {table: ours, groups: [{name: A, recency: [1, 5]}]}", "either `table` or `groups` must be given"),
        ("rfm: {match: first}", "`match` must stand with `groups`"),
        ("rfm: {table: rfm, others: Lost}", "a name of its own, got `Lost` twice"),
        ("rfm: {table: rfm, never_bought: Others}", "a name of its own, got `Others` twice"),
        ("rfm: {groups: [{name: A, codes: [666]}, {name: B, recency: [1, 5]}], match: first}", "`A` can never"),
        ("rfm: {cut_points: {recency: [30]}}", r"`cut_points.recency` must hold 4 values for 5 scores, got 1"),
        ("rfm: {cut_points: {recency: [3, 1, 2, 4]}}", "must be numbers that ascend"),
        ("rfm: {cut_points: {quantile: plain}}", "Did you mean `quantiles`"),
        ("smart_views: [{name: Lost, rule: 'true'}]\nrfm: {table: rfm}", "`Lost` is called like an RFM group"),
    ],
)
def test_faults_of_the_definition_are_told(tiny_workspace: MakeWorkspace, text: str, fault: str) -> None:
    with pytest.raises(InvalidDefinition, match=fault):
        load_segments(write(tiny_workspace(contacts=["a"]), text))


def test_definitions_of_before_keep_their_meaning() -> None:
    assert RfmDefinition(bins=5).scheme == RfmDefinition().scheme == rfm_table("ours")
    assert SegmentsFile().rfm == RfmDefinition()
    assert RfmDefinition().names[-1] == "Never bought"


def test_table_of_ones_own_in_python_holds_together() -> None:
    with pytest.raises(ValidationError, match="`Late` can never be reached: `All` stands before it"):
        RfmTable(groups=[RfmGroup(name="All", recency=(1, 5)), RfmGroup(name="Late", recency=(1, 1))], match="first")
