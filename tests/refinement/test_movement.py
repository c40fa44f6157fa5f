"""Movement: what entered, left and stayed adds up."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segment_lib import Segmentation, Workspace
from segment_lib.errors import InvalidOption
from segment_lib.refinement import day_to_compare, measure_flows, measure_movement
from segment_lib.segments import save_segmentation, segment_contacts
from segment_lib.segments.results import NEVER_BOUGHT
from segment_lib.segments.rfm.movement import GONE, NEWCOMER

MakeWorkspace = Callable[..., Workspace]
MakeSegmentation = Callable[..., Segmentation]
GROUPS = ("Champions", "Dormant", "Never bought")


def rfm(make: MakeSegmentation, groups: dict[str, str | None]) -> Segmentation:
    """Contacts by their group; nothing is who never bought."""
    rows = [{"contact_id": contact, "rfm_group": group} for contact, group in groups.items()]
    members = {name: [c for c, group in groups.items() if (group or GROUPS[-1]) == name] for name in GROUPS}
    found = make(rows or [{"contact_id": "nobody", "rfm_group": None}], members, kind="RFM group")
    named = {GROUPS[-1]: NEVER_BOUGHT}
    segments = [replace(one, definition=named.get(one.name, one.definition)) for one in found.segments]
    return replace(found, segments=tuple(segments))


def test_who_entered_left_and_stayed_is_counted(make_segmentation: MakeSegmentation) -> None:
    before = make_segmentation([{"contact_id": "a"}], {"Big": "abc", "Old": "a", "Gone": "a"})
    now = make_segmentation([{"contact_id": "a"}], {"Big": "bcde", "Old": "", "New": "ab"})
    assert measure_movement(before, now).to_dict("records") == [
        {"segment": "Big", "before": 3, "stayed": 2, "entered": 2, "left": 1, "now": 4},
        {"segment": "Old", "before": 1, "stayed": 0, "entered": 0, "left": 1, "now": 0},
        {"segment": "New", "before": 0, "stayed": 0, "entered": 2, "left": 0, "now": 2},
    ]


def test_flows_between_groups_are_counted(make_segmentation: MakeSegmentation) -> None:
    before = rfm(make_segmentation, {"a": "Champions", "b": "Champions", "c": None, "d": "Dormant"})
    now = rfm(make_segmentation, {"a": "Champions", "b": "Dormant", "c": "Champions", "e": None})
    flows = {
        (row["from_segment"], row["to_segment"]): row["contacts"]
        for row in measure_flows(before, now).to_dict("records")
    }
    assert flows == {
        ("Champions", "Champions"): 1,
        ("Champions", "Dormant"): 1,
        ("Never bought", "Champions"): 1,
        ("Dormant", GONE): 1,
        (NEWCOMER, "Never bought"): 1,
    }


def test_without_rfm_groups_nothing_flows(make_segmentation: MakeSegmentation) -> None:
    views = make_segmentation([{"contact_id": "a"}], {"Big": "a"})
    assert measure_flows(views, views).columns.tolist() == ["from_segment", "to_segment", "contacts"]
    assert measure_flows(views, views).empty


contact_groups = st.dictionaries(
    st.sampled_from("abcdefgh"), st.sampled_from(["Champions", "Dormant", None]), min_size=1
)


@settings(max_examples=12)
@given(earlier=contact_groups, later=contact_groups)
def test_movement_and_flows_balance(
    make_segmentation: MakeSegmentation, earlier: dict[str, str | None], later: dict[str, str | None]
) -> None:
    before, now = rfm(make_segmentation, earlier), rfm(make_segmentation, later)
    movement, flows = measure_movement(before, now), measure_flows(before, now)
    assert (movement["before"] == movement["stayed"] + movement["left"]).all()
    assert (movement["now"] == movement["stayed"] + movement["entered"]).all()
    assert movement["before"].sum() == len(earlier)
    assert movement["now"].sum() == len(later)
    assert flows["contacts"].sum() == len(set(earlier) | set(later))
    for row in movement.to_dict("records"):
        name = row["segment"]
        assert flows.loc[flows["from_segment"] == name, "contacts"].sum() == row["before"]
        assert flows.loc[flows["to_segment"] == name, "contacts"].sum() == row["now"]
        stayed = flows[(flows["from_segment"] == name) & (flows["to_segment"] == name)]
        assert stayed["contacts"].sum() == row["stayed"]
    assert flows.loc[flows["from_segment"] == NEWCOMER, "contacts"].sum() == len(set(later) - set(earlier))
    assert flows.loc[flows["to_segment"] == GONE, "contacts"].sum() == len(set(earlier) - set(later))


def test_day_to_compare_is_the_last_run_before_or_a_month_earlier_or_the_one_asked_for(
    tiny_workspace: MakeWorkspace,
) -> None:
    workspace = tiny_workspace(
        contacts=["a"],
        interactions=[{"contact_id": "a", "occurred_at": "2026-01-01", "kind": "visit"}],
        segments={"smart_views": [{"name": "All", "rule": "true"}], "rfm": None, "clusters": None},
        time_zone="Europe/Madrid",
    )
    day = workspace.as_of("2026-10-31")
    assert day_to_compare(workspace, day) == workspace.as_of("2026-09-30")
    for earlier in ("2026-10-05", "2026-10-20", "2026-10-31"):
        save_segmentation(workspace, segment_contacts(workspace, as_of=workspace.as_of(earlier)))
    assert day_to_compare(workspace, day) == workspace.as_of("2026-10-20")
    assert day_to_compare(workspace, workspace.as_of("2026-10-20")) == workspace.as_of("2026-10-05")
    assert day_to_compare(workspace, day, asked="2026-08-15") == workspace.as_of("2026-08-15")
    for late in ("2026-10-31", "2026-11-01"):
        with pytest.raises(InvalidOption, match=f"compare with must lie before 2026-10-31, got {late}"):
            day_to_compare(workspace, day, asked=late)


def test_young_shop_is_compared_with_its_first_day(tiny_workspace: MakeWorkspace) -> None:
    workspace = tiny_workspace(
        contacts=["a"],
        interactions=[{"contact_id": "a", "occurred_at": "2026-10-19T23:30", "kind": "visit"}],
        time_zone="Europe/Madrid",
    )
    assert day_to_compare(workspace, workspace.as_of("2026-10-31")) == workspace.as_of("2026-10-20")
    assert day_to_compare(workspace, workspace.as_of("2026-12-31")) == workspace.as_of("2026-11-30")
