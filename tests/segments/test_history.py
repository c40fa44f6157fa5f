"""The history of segments: run by run, contact by contact, and any past day computed anew."""

from collections.abc import Callable, Mapping
from datetime import date

import pandas as pd
import pyarrow as pa
import pytest
import yaml

from segment_lib import Workspace, save_segmentation, segment_contacts
from segment_lib.errors import NotFound
from segment_lib.loading import import_files
from segment_lib.segments.history import members, membership_of, segment_history
from segment_lib.vocabulary import MEMBERSHIPS, arrow_schema

MakeWorkspace = Callable[..., Workspace]
DAY_1, DAY_2, DAY_3 = date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)
BUYS = [
    {"interaction_id": f"i{place}", "contact_id": who, "occurred_at": f"{day}T12:00", "kind": "purchase", "amount": 9.0}
    for place, (who, day) in enumerate(
        [("a", "2026-01-05"), ("b", "2026-01-06"), ("b", "2026-02-06"), ("c", "2026-02-07"), ("a", "2026-03-08")]
    )
]  # fmt: skip


def lately(**changed: object) -> dict[str, object]:
    """One smart view: bought in the last 30 days."""
    view = {"name": "Lately", "rule": "ever('purchase', within => '30 days')", **changed}
    return {"rfm": None, "clusters": None, "smart_views": [view]}


def define(workspace: Workspace, name: str, content: object) -> None:
    (workspace.folder / "definitions" / f"{name}.yml").write_text(yaml.safe_dump(content), encoding="utf-8")


def run(workspace: Workspace, *days: date) -> None:
    for day in days:
        save_segmentation(workspace, segment_contacts(workspace, as_of=workspace.as_of(day)))


@pytest.fixture(scope="module")
def shop(tiny_workspace: MakeWorkspace) -> Workspace:
    """Three runs: a and b; b and c; then, by a rule for everybody who ever bought three times, nobody."""
    workspace = tiny_workspace(contacts=["a", "b", "c", "d"], interactions=BUYS, segments=lately())
    run(workspace, DAY_1, DAY_2)
    define(workspace, "segments", lately(rule="purchases >= 3"))
    run(workspace, DAY_3)
    define(workspace, "segments", lately())
    return workspace


def test_each_run_tells_who_entered_left_and_stayed(shop: Workspace) -> None:
    rows = segment_history(shop, "Lately").astype(object)
    rows = rows.where(rows.notna(), None).drop(columns="definition_hash").values.tolist()
    assert rows == [
        [DAY_1, 2, None, None, None, False],
        [DAY_2, 2, 1, 1, 1, False],
        [DAY_3, 0, 0, 2, 0, True],
    ]


def test_a_segment_that_no_run_had_is_not_found(shop: Workspace) -> None:
    with pytest.raises(NotFound, match=r"can't find a segment called 'Latly'\. Did you mean `Lately`\?"):
        segment_history(shop, "Latly")


def test_spells_of_a_contact_begin_and_end_with_runs(shop: Workspace) -> None:
    assert membership_of(shop, "b").values.tolist() == [["Lately", DAY_1, DAY_3, 2]]
    assert membership_of(shop, "a").values.tolist() == [["Lately", DAY_1, DAY_2, 1]]
    assert membership_of(shop, "d").empty


def test_a_contact_who_comes_back_has_two_spells_and_the_open_one_is_first(tiny_workspace: MakeWorkspace) -> None:
    workspace = tiny_workspace(contacts=["a", "b"], interactions=BUYS, segments=lately())
    run(workspace, DAY_1, DAY_2, DAY_3)
    found = membership_of(workspace, "a")
    assert found[["entered", "runs"]].values.tolist() == [[DAY_3, 1], [DAY_1, 1]]
    assert found["left"].tolist() == [None, DAY_2]


def test_runs_that_stored_no_definitions_show_where_there_were_members(tiny_workspace: MakeWorkspace) -> None:
    workspace = tiny_workspace(contacts=["a"], interactions=BUYS, segments=lately())
    rows = [(DAY_1, "Old", "h", "a"), (DAY_2, "Else", "h", "a"), (DAY_3, "Old", "h", "a")]
    names = [column.name for column in MEMBERSHIPS]
    table = pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows], schema=arrow_schema(MEMBERSHIPS))
    workspace.append("memberships", table)
    assert segment_history(workspace, "Old")["members"].tolist() == [1, 0, 1]
    assert segment_history(workspace, "Else")["members"].tolist() == [1]


def test_the_same_day_saved_again_is_one_run(tiny_workspace: MakeWorkspace) -> None:
    workspace = tiny_workspace(contacts=["a", "b"], interactions=BUYS, segments=lately())
    run(workspace, DAY_1, DAY_1)
    assert segment_history(workspace, "Lately")["members"].tolist() == [2]
    assert workspace.table("definitions").num_rows == 1


def test_members_of_a_past_day_know_nothing_later_and_equal_those_of_the_run(shop: Workspace) -> None:
    found = members(shop, "Lately", as_of=shop.as_of(DAY_2))
    assert found.contact_ids.to_pylist() == ["b", "c"]
    assert (found.stored, found.only_computed, found.only_stored, found.definition_changed) == (True, (), (), False)
    assert repr(found).endswith(
        "2 members, 0 unknown. The run of that day had the same. Fields of contacts are today's."
    )


def test_a_difference_from_the_run_is_told_with_its_reason(shop: Workspace) -> None:
    found = members(shop, "Lately", as_of=shop.as_of(DAY_3))
    assert (found.only_computed, found.only_stored, found.definition_changed) == (("a",), (), True)
    assert "had 1 of them not, and 0 others: its definition was another one" in found.note


def test_a_day_without_a_run_is_computed_all_the_same(shop: Workspace) -> None:
    found = members(shop, "Lately", as_of=shop.as_of("2026-02-10"))
    assert found.contact_ids.to_pylist() == ["b", "c"]
    assert not found.stored
    assert found.note.startswith("No run of that day is stored.")
    with pytest.raises(NotFound, match="can't find a segment called 'Nobody'"):
        members(shop, "Nobody", as_of=shop.as_of(DAY_1))


def test_rfm_groups_of_a_past_day_can_be_had_too(tiny_workspace: MakeWorkspace) -> None:
    workspace = tiny_workspace(contacts=["a", "b", "d"], interactions=BUYS, segments={"clusters": None})
    assert members(workspace, "Never bought", as_of=workspace.as_of(DAY_1)).contact_ids.to_pylist() == ["d"]
    everybody = set()
    for group in segment_contacts(workspace, as_of=workspace.as_of(DAY_1)).segments:
        everybody |= set(members(workspace, group.name, as_of=workspace.as_of(DAY_1)).contact_ids.to_pylist())
    assert everybody == {"a", "b", "d"}


@pytest.fixture
def moved(tiny_workspace: MakeWorkspace) -> Workspace:
    """Contact a was imported as Spanish, then as Portuguese; b was imported once."""
    workspace = tiny_workspace(
        interactions=[dict(row, contact_id="1" if row["contact_id"] == "a" else "2") for row in BUYS],
        segments=lately(rule="country = 'ES'"),
        **{"import": {"sources": [source()]}},
    )
    for who in ("1:ES\n2:ES", "1:PT\n2:ES"):
        raw = workspace.folder / "raw"
        raw.mkdir(exist_ok=True)
        (raw / "people.csv").write_text("id,country\n" + who.replace(":", ",") + "\n", encoding="utf-8")
        import_files(workspace)
    return workspace


def source() -> Mapping[str, object]:
    columns = {"contact_id": {"from": "id"}, "country": {"from": "country"}}
    return {"name": "people", "file": "raw/people.csv", "table": "contacts", "columns": columns}


def test_fields_are_those_that_had_been_imported_by_the_day(moved: Workspace) -> None:
    versions = moved.table("contact_versions").to_pandas().sort_values("brought_at")
    first = versions["brought_at"].min()
    assert versions.loc[versions["contact_id"] == "1", "country"].tolist() == ["ES", "PT"]
    # The imports of this test are minutes apart: put the first back to the middle of January.
    versions.loc[versions["brought_at"] == first, "brought_at"] = pd.Timestamp("2026-01-15", tz="UTC")
    stored = moved.table("contact_versions")
    moved.replace("contact_versions", pa.Table.from_pandas(versions, schema=stored.schema, preserve_index=False))
    then = members(moved, "Lately", as_of=moved.as_of(DAY_1))
    assert (then.contact_ids.to_pylist(), then.older_contacts) == (["1", "2"], 1)
    assert "Fields of 1 contact are those known by that day." in then.note
    later = members(moved, "Lately", as_of=moved.as_of("2100-01-01"))
    assert (later.contact_ids.to_pylist(), later.older_contacts) == (["2"], 0)
    assert moved.table("contacts").num_rows == 2


def test_fields_are_todays_where_nothing_had_been_imported_by_the_day(moved: Workspace) -> None:
    found = members(moved, "Lately", as_of=moved.as_of(DAY_1))
    assert (found.contact_ids.to_pylist(), found.older_contacts) == (["2"], 0)
