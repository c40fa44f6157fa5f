"""Segmentation: one day's segments, their versions, and what is stored of them."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from deltalake import DeltaTable

from segment_lib import Segmentation, Workspace
from segment_lib.errors import InvalidDefinition, InvalidOption, NoData, NotFound
from segment_lib.segments import Models, load_segments, save_segmentation, segment_contacts
from segment_lib.segments.models import load_model, save_model

MakeWorkspace = Callable[..., Workspace]
VIEW = {"name": "Often", "rule": "count('purchase', within => '30 days') >= 3"}
BUYERS = {"name": "Buyers", "rule": "purchases >= 1"}
NO_MODELS = {"rfm": None, "clusters": None}
CLUSTERS = {"features": ["recency_days", "total_spend"], "candidates": [2]}


def orders(last: date, *, people: int = 8) -> list[dict[str, object]]:
    """Orders of some people up to a day: person i buys every i + 1 days for 10 (i + 1)."""
    noon = datetime(last.year, last.month, last.day, 12, tzinfo=UTC)
    return [
        {
            "contact_id": f"p{i}",
            "occurred_at": noon - timedelta(days=i + step * (i + 1)),
            "kind": "purchase",
            "order_id": f"{i}-{step}",
            "amount": 10.0 * (i + 1),
        }
        for i in range(people)
        for step in range(20)
    ]


def shop(make: MakeWorkspace, **segments: object) -> Workspace:
    return make(
        contacts=[*(f"p{i}" for i in range(8)), "never"],
        interactions=orders(date(2026, 10, 31)),
        segments={"smart_views": [VIEW, BUYERS], **segments},
    )


def at(workspace: Workspace, day: str, **options: Any) -> Segmentation:
    return segment_contacts(workspace, as_of=workspace.as_of(day), **options)


def stored(workspace: Workspace) -> dict[tuple[date, str], list[str]]:
    """Stored members by day and segment."""
    frame = workspace.table("memberships").to_pandas()
    groups = frame.groupby(["as_of", "segment"])["contact_id"]
    return {(pd.Timestamp(day).date(), segment): sorted(ids) for (day, segment), ids in groups}  # type: ignore[misc]


# What a day's segments are.


def test_smart_views_groups_and_clusters_come_in_order_with_their_members(tiny_workspace: MakeWorkspace) -> None:
    found = at(shop(tiny_workspace, clusters=CLUSTERS), "2026-10-31")
    kinds = [segment.kind for segment in found.segments]
    assert kinds == ["smart view"] * 2 + ["RFM group"] * 8 + ["cluster"] * len(found.models.clusters.names)
    # In 30 days p0 buys 20 times, p1 15, p2 10 ... p6 (every 7 days, last 6 days ago) 4, p7 (every 8, 7 ago) 3.
    assert found.members_of("Often") == [f"p{i}" for i in range(8)]
    assert found.members_of("Never bought") == ["never"]
    assert repr(found).splitlines()[0] == "Segmentation as of 2026-10-31: 9 contacts"


def test_every_contact_is_in_one_rfm_group_and_every_customer_in_one_cluster(tiny_workspace: MakeWorkspace) -> None:
    found = at(shop(tiny_workspace, clusters=CLUSTERS), "2026-10-31")
    kind_of = {segment.name: segment.kind for segment in found.segments}
    members = found.members.to_pandas().assign(kind=lambda frame: frame["segment"].map(kind_of))
    everybody = sorted(found.features["contact_id"].to_pylist())
    assert sorted(members.query("kind == 'RFM group'")["contact_id"]) == everybody
    assert sorted(members.query("kind == 'cluster'")["contact_id"]) == sorted(set(everybody) - {"never"})


def test_counts_of_in_out_and_unknown_add_up_to_everybody(tiny_workspace: MakeWorkspace) -> None:
    view = {"name": "Lately", "rule": "days_since('purchase') <= 3"}
    found = at(shop(tiny_workspace, smart_views=[view], **NO_MODELS), "2026-10-31")
    assert found.counts.to_dict("records") == [{"segment": "Lately", "members": 4, "outside": 4, "unknown": 1}]
    assert "1 unknown" in repr(found)


def test_unknown_segment_is_told() -> None:
    nothing = pa.table({"segment": pa.array([], pa.string()), "contact_id": pa.array([], pa.string())})
    empty = Segmentation(None, nothing, (), nothing, pd.DataFrame(), Models())  # type: ignore[arg-type]
    with pytest.raises(NotFound, match="can't find a segment called 'Ghosts'"):
        empty.members_of("Ghosts")


def test_target_profile_becomes_a_column(tiny_workspace: MakeWorkspace) -> None:
    found = at(shop(tiny_workspace, **NO_MODELS), "2026-10-31", target="total_spend > 500 and recency_days < 6")
    inside = found.features.filter(pa.compute.fill_null(found.features["in_target"], False))
    assert inside["contact_id"].to_pylist() == ["p2", "p3", "p4", "p5"]  # p1 spent 400


def test_workspace_without_a_segments_file_has_our_groups_and_clusters(tiny_workspace: MakeWorkspace) -> None:
    workspace = shop(tiny_workspace)
    (workspace.folder / "definitions" / "segments.yml").unlink()
    definitions = load_segments(workspace)
    assert definitions.smart_views == []
    assert definitions.rfm is not None
    assert definitions.clusters is not None


# Versions.


def test_hash_of_a_view_changes_with_its_rule_only(tiny_workspace: MakeWorkspace) -> None:
    def hash_of(**changed: str) -> str:
        views = [{**VIEW, **changed}, BUYERS]
        [first, _] = at(shop(tiny_workspace, **{**NO_MODELS, "smart_views": views}), "2026-10-31").segments
        return first.definition_hash

    unchanged = hash_of()
    assert hash_of(name="Frequent", description="Come again and again") == unchanged
    assert hash_of(rule="count('purchase', within => '30 days') >= 4") != unchanged


def test_hash_of_groups_changes_with_the_cut_points(tiny_workspace: MakeWorkspace) -> None:
    workspace = shop(tiny_workspace, clusters=None)
    hashes = [
        {segment.definition_hash for segment in at(workspace, day).segments if segment.kind == "RFM group"}
        for day in ("2026-10-31", "2026-10-20")
    ]
    assert [len(one) for one in hashes] == [1, 1]
    assert hashes[0] != hashes[1]


# Storage.


def test_memberships_of_a_day_replace_those_of_the_same_day_and_keep_the_others(
    tiny_workspace: MakeWorkspace,
) -> None:
    workspace = shop(tiny_workspace, **NO_MODELS)
    for day in ("2026-10-20", "2026-10-31", "2026-10-31"):
        save_segmentation(workspace, at(workspace, day))
    once = stored(workspace)
    assert set(once) == {(date(2026, 10, day), name) for day in (20, 31) for name in ("Often", "Buyers")}
    assert once[date(2026, 10, 31), "Buyers"] == [f"p{i}" for i in range(8)]
    [only_p0] = [{"name": "Often", "rule": "contact_id = 'p0'"}]
    (workspace.folder / "definitions" / "segments.yml").write_text(
        f'smart_views: [{{name: Often, rule: "{only_p0["rule"]}"}}]\nrfm: null\nclusters: null\n', encoding="utf-8"
    )
    save_segmentation(workspace, at(workspace, "2026-10-31"))
    after = stored(workspace)
    assert after[date(2026, 10, 31), "Often"] == ["p0"]
    assert (date(2026, 10, 31), "Buyers") not in after
    assert after[date(2026, 10, 20), "Often"] == once[date(2026, 10, 20), "Often"]


def test_day_on_which_nobody_is_left_is_stored_as_such(tiny_workspace: MakeWorkspace) -> None:
    workspace = shop(tiny_workspace, **NO_MODELS)
    save_segmentation(workspace, at(workspace, "2026-10-31"))
    (workspace.folder / "definitions" / "segments.yml").write_text(
        "smart_views: [{name: Nobody, rule: 'false'}]\nrfm: null\nclusters: null\n", encoding="utf-8"
    )
    save_segmentation(workspace, at(workspace, "2026-10-31"))
    assert stored(workspace) == {}


def test_stored_rows_carry_the_version_of_their_definition(tiny_workspace: MakeWorkspace) -> None:
    workspace = shop(tiny_workspace, clusters=CLUSTERS)
    found = at(workspace, "2026-10-31")
    save_segmentation(workspace, found)
    rows = workspace.table("memberships").to_pandas().drop_duplicates(["segment", "definition_hash"])
    expected = {segment.name: segment.definition_hash for segment in found.segments}
    for row in rows.itertuples():
        assert expected[row.segment] == row.definition_hash
    assert workspace.table("memberships").num_rows == found.members.num_rows


# Models.


def test_later_days_keep_the_stored_models_and_the_same_contact_the_same_group(tiny_workspace: MakeWorkspace) -> None:
    workspace = shop(tiny_workspace, clusters=CLUSTERS)
    first = at(workspace, "2026-10-20")
    save_segmentation(workspace, first)
    later = at(workspace, "2026-10-31")
    assert later.models == first.models
    save_segmentation(workspace, later)
    assert workspace.table("models").num_rows == 2  # cut points and clusters, once
    assert at(workspace, "2026-10-20").members.equals(first.members)


def test_model_of_a_later_day_is_never_used_for_an_earlier_one(tiny_workspace: MakeWorkspace) -> None:
    workspace, untouched = shop(tiny_workspace, clusters=CLUSTERS), shop(tiny_workspace, clusters=CLUSTERS)
    save_segmentation(workspace, at(workspace, "2026-10-31"))
    earlier = at(workspace, "2026-10-20")
    assert earlier.models == at(untouched, "2026-10-20").models
    assert earlier.models != at(workspace, "2026-10-31").models
    save_segmentation(workspace, earlier)
    # The earlier model does not take the place of the later one.
    assert at(workspace, "2026-10-31").models == at(untouched, "2026-10-31").models
    assert at(workspace, "2026-10-30").models == earlier.models


def test_refitting_replaces_the_models_of_the_day(tiny_workspace: MakeWorkspace) -> None:
    workspace = shop(tiny_workspace, clusters=CLUSTERS)
    save_segmentation(workspace, at(workspace, "2026-10-20"))
    fresh = at(workspace, "2026-10-31", models=Models())
    assert fresh.models != at(workspace, "2026-10-31").models
    save_segmentation(workspace, fresh)
    assert at(workspace, "2026-10-31").models == fresh.models
    assert at(workspace, "2026-10-25").models == at(workspace, "2026-10-20").models


def test_other_definition_is_another_model(tiny_workspace: MakeWorkspace) -> None:
    workspace = shop(tiny_workspace)
    day = date(2026, 10, 31)
    save_model(workspace, "rfm", "one", day, '{"a": 1}')
    save_model(workspace, "rfm", "two", day, '{"a": 2}')
    assert load_model(workspace, "rfm", "one", day) == '{"a": 1}'
    assert load_model(workspace, "rfm", "two", day + timedelta(days=9)) == '{"a": 2}'
    assert load_model(workspace, "rfm", "two", day - timedelta(days=1)) is None
    assert load_model(workspace, "clusters", "one", day) is None
    assert load_model(workspace, "rfm", "o'ne", day) is None


def test_storing_the_same_model_again_writes_nothing(tiny_workspace: MakeWorkspace) -> None:
    workspace = shop(tiny_workspace, clusters=CLUSTERS)
    found = at(workspace, "2026-10-31")
    save_segmentation(workspace, found)
    version = DeltaTable(workspace.folder / "tables" / "models").version()
    save_segmentation(workspace, at(workspace, "2026-10-31"))
    assert DeltaTable(workspace.folder / "tables" / "models").version() == version


# What is refused.


def test_segments_file_with_names_twice_is_refused(tiny_workspace: MakeWorkspace) -> None:
    with pytest.raises(InvalidDefinition, match="every smart view must have a name of its own, got `Often` twice"):
        load_segments(shop(tiny_workspace, smart_views=[VIEW, VIEW]))
    with pytest.raises(InvalidDefinition, match="the smart view `Champions` is called like an RFM group"):
        load_segments(shop(tiny_workspace, smart_views=[{**VIEW, "name": "Champions"}]))
    with pytest.raises(InvalidDefinition, match=r"segments.yml:\d+: .*must lie between 2 and 50, got \[1\]"):
        load_segments(shop(tiny_workspace, clusters={"candidates": [1]}))


def test_view_called_like_a_cluster_is_refused(tiny_workspace: MakeWorkspace) -> None:
    workspace = shop(tiny_workspace, rfm=None, clusters=CLUSTERS)
    name = at(workspace, "2026-10-31").models.clusters.names[0]
    alike = shop(tiny_workspace, rfm=None, clusters=CLUSTERS, smart_views=[{**VIEW, "name": name}])
    with pytest.raises(InvalidDefinition, match=f"the smart view `{name}` is called like another segment"):
        at(alike, "2026-10-31")


@pytest.mark.parametrize("name", ["rfm_group", "cluster", "recency_score", "in_target"])
def test_custom_field_called_like_a_column_of_ours_is_refused(tiny_workspace: MakeWorkspace, name: str) -> None:
    field = {"name": name, "type": "text", "family": "demographic"}
    workspace = tiny_workspace(
        contacts=[f"p{i}" for i in range(8)], interactions=orders(date(2026, 10, 31)),
        segments={"clusters": CLUSTERS}, fields={"fields": [field]},
    )  # fmt: skip
    with pytest.raises(InvalidOption, match=f"must not be called like our column `{name}`; rename it"):
        at(workspace, "2026-10-31", target="purchases > 1")


def test_rule_with_a_fault_names_its_view(tiny_workspace: MakeWorkspace) -> None:
    workspace = shop(tiny_workspace, smart_views=[{"name": "Big", "rule": "totl_spend > 5"}], **NO_MODELS)
    with pytest.raises(InvalidDefinition, match=r"Big: can't find a column `totl_spend`. Did you mean `total_spend`"):
        at(workspace, "2026-10-31")


def test_too_few_customers_for_clusters_are_told(tiny_workspace: MakeWorkspace) -> None:
    workspace = tiny_workspace(
        contacts=["p0"], interactions=orders(date(2026, 10, 31), people=1), segments={"clusters": CLUSTERS}
    )
    with pytest.raises(NoData, match="at least 4 customers for 2 clusters, got 1"):
        at(workspace, "2026-10-31")
