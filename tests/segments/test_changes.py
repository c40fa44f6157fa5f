"""Why segments changed: people and definition add up to what is observed."""

from collections.abc import Callable
from datetime import date

import pytest
import yaml

from segment_lib import Workspace, save_segmentation, segment_contacts
from segment_lib.errors import InvalidOption, NoData
from segment_lib.segments.changes import COUNTS, explain_changes

MakeWorkspace = Callable[..., Workspace]
THEN, NOW = date(2026, 1, 31), date(2026, 2, 28)
# Spend by the end of January, and in February.
SPEND = {"a": (10, 0), "b": (20, 20), "c": (5, 30), "d": (40, 0), "e": (5, 0), "f": (0, 15)}
BUYS = [
    {"interaction_id": f"{who}{place}", "contact_id": who, "occurred_at": f"{day}T12:00", "kind": "purchase",
     "amount": float(amounts[place])}
    for who, amounts in SPEND.items()
    for place, day in enumerate(("2026-01-10", "2026-02-10"))
    if amounts[place]
]  # fmt: skip


def define(workspace: Workspace, name: str, content: object) -> None:
    (workspace.folder / "definitions" / f"{name}.yml").write_text(yaml.safe_dump(content), encoding="utf-8")


def views(**rules: str) -> dict[str, object]:
    found = [{"name": name, "rule": rule} for name, rule in rules.items()]
    return {"rfm": None, "clusters": None, "smart_views": found}


def run(workspace: Workspace, day: date) -> None:
    save_segmentation(workspace, segment_contacts(workspace, as_of=workspace.as_of(day)))


@pytest.fixture
def make(tiny_workspace: MakeWorkspace) -> MakeWorkspace:
    def _make(before: object, now: object, **files: object) -> Workspace:
        workspace = tiny_workspace(contacts=list(SPEND), interactions=BUYS, segments=before, **files)
        run(workspace, THEN)
        define(workspace, "segments", now)
        run(workspace, NOW)
        return workspace

    return _make


def explained(workspace: Workspace) -> dict[str, dict[str, object]]:
    table = explain_changes(workspace, workspace.as_of(THEN), workspace.as_of(NOW)).table.astype(object)
    rows = table.where(table.notna(), None).to_dict("records")
    return {row.pop("segment"): row for row in rows}


def counts(row: dict[str, object]) -> list[object]:
    return [row[name] for name in COUNTS]


def test_movement_by_the_same_definition_is_peoples(make: MakeWorkspace) -> None:
    # Then a, b and d had spent 10 or more; now c and f too.
    same = views(Big="total_spend >= 10")
    row = explained(make(same, same))["Big"]
    assert (row["definition"], counts(row)) == ("same", [3, 5, 3, 2, 2, 0, 0, 0, 0, 0])


def test_movement_by_another_definition_is_parted(make: MakeWorkspace) -> None:
    # Then (10 or more): a b d. Now by the old rule: a b c d f; by the new one (5 to 20): a e f.
    # a stayed; f entered by people, e by definition; b and d left by definition; c was moved both ways.
    workspace = make(views(Big="total_spend >= 10"), views(Big="total_spend between 5 and 20"))
    row = explained(workspace)["Big"]
    assert (row["definition"], row["note"]) == ("changed", "")
    assert counts(row) == [3, 3, 1, 2, 1, 1, 2, 0, 2, 1]
    changes = explain_changes(workspace, workspace.as_of(THEN), workspace.as_of(NOW))
    assert changes.sentences == [
        "Big: 2 entered, 2 left; by people 1 and 0, by the changed definition 1 and 2; "
        "1 were moved both ways, and so not."
    ]


def test_people_who_left_by_themselves_are_told_from_those_whom_the_edit_put_out(make: MakeWorkspace) -> None:
    # Bought in the last 30 days: then all but f; now b, c, f. New: in the last 20 and more than 20 spent: b, c.
    lately = "ever('purchase', within => '30 days')"
    workspace = make(views(V=lately), views(V="ever('purchase', within => '20 days') and total_spend > 20"))
    # a, d and e left by people; f came by people and was kept out by the definition.
    assert counts(explained(workspace)["V"]) == [5, 2, 2, 0, 0, 0, 3, 3, 0, 1]


def test_new_and_removed_segments_are_moved_by_definition(make: MakeWorkspace) -> None:
    found = explained(make(views(Old="total_spend >= 10"), views(New="total_spend >= 40")))
    assert (found["New"]["definition"], counts(found["New"])) == ("new", [0, 2, 0, 2, 0, 2, 0, 0, 0, 0])
    assert (found["Old"]["definition"], counts(found["Old"])) == ("gone", [3, 0, 0, 0, 0, 0, 3, 0, 3, 0])


def test_an_edit_of_another_segment_that_is_asked_for_is_an_edit(make: MakeWorkspace) -> None:
    before = views(Base="total_spend >= 10", Child="in_segment('Base') and total_spend < 25")
    now = views(Base="total_spend >= 15", Child="in_segment('Base') and total_spend < 25")
    # Child then: a b. Now by the old: a f; by the new: f.
    row = explained(make(before, now))["Child"]
    assert (row["definition"], counts(row)) == ("changed", [2, 1, 0, 1, 1, 0, 2, 1, 1, 0])


def test_an_edit_of_a_feature_of_ones_own_is_an_edit(make: MakeWorkspace, tiny_workspace: MakeWorkspace) -> None:
    features = {"features": [{"name": "doubled", "formula": "total_spend * 2"}]}
    workspace = tiny_workspace(
        contacts=list(SPEND), interactions=BUYS, segments=views(V="doubled >= 40"), features=features
    )
    run(workspace, THEN)
    define(workspace, "features", {"features": [{"name": "doubled", "formula": "total_spend * 4"}]})
    run(workspace, NOW)
    # Then: b d. Now by the old formula: b c d; by the new one (10 or more): a b c d f.
    assert counts(explained(workspace)["V"]) == [2, 5, 2, 3, 1, 2, 0, 0, 0, 0]
    define(workspace, "features", {"features": []})
    define(workspace, "segments", views(V="total_spend >= 10"))
    run(workspace, NOW)
    assert counts(explained(workspace)["V"]) == [2, 5, 2, 3, 1, 2, 0, 0, 0, 0]


def test_a_definition_that_names_a_field_which_is_gone_is_told_and_not_guessed(tiny_workspace: MakeWorkspace) -> None:
    fields = {"fields": [{"name": "shoe", "type": "number", "family": "demographic", "meaning": "Size"}]}
    people = [{"contact_id": who, "shoe": 40.0} for who in SPEND]
    workspace = tiny_workspace(contacts=people, interactions=BUYS, segments=views(V="shoe > 39"), fields=fields)
    run(workspace, THEN)
    define(workspace, "fields", {})
    define(workspace, "segments", views(V="total_spend >= 10"))
    run(workspace, NOW)
    row = explained(workspace)["V"]
    assert row["definition"] == "lost"
    assert str(row["note"]).startswith("V: can't find a column `shoe`.")
    assert counts(row) == [6, 5, 5, 0, None, None, 1, None, None, None]
    changes = explain_changes(workspace, workspace.as_of(THEN), workspace.as_of(NOW))
    assert "why can't be told: V: can't find a column `shoe`" in repr(changes)


def test_other_rfm_groups_are_an_edit_of_the_groups_and_of_what_asks_for_them(make: MakeWorkspace) -> None:
    def groups(first: str, *more: str) -> dict[str, object]:
        cut_points = {"recency": [20], "frequency": [1], "monetary": [15]}
        named = [{"name": first, "recency": [2, 2]}, {"name": "Rest", "recency": [1, 1]}]
        view = {"name": "V", "rule": f"in_segment('{first}')"}
        return {"rfm": {"bins": 2, "cut_points": cut_points, "groups": named}, "clusters": None, "smart_views": [view]}

    workspace = make(groups("Recent"), groups("Fresh"))
    found = explained(workspace)
    assert found["V"]["definition"] == "changed"
    assert found["Recent"]["definition"] == "gone"
    assert found["Fresh"]["entered_by_definition"] == found["Fresh"]["now"]
    # The old groups can still be answered: the view means the same people by both.
    assert (found["V"]["entered_by_definition"], found["V"]["left_by_definition"]) == (0, 0)


def test_days_without_a_run_are_refused(make: MakeWorkspace) -> None:
    same = views(Big="total_spend >= 10")
    workspace = make(same, same)
    with pytest.raises(NoData, match=r"no run as of 2026-02-01 is stored. Runs: 2026-01-31, 2026-02-28\."):
        explain_changes(workspace, workspace.as_of("2026-02-01"), workspace.as_of(NOW))
    with pytest.raises(InvalidOption, match="the earlier run must lie before 2026-01-31, got 2026-02-28"):
        explain_changes(workspace, workspace.as_of(NOW), workspace.as_of(THEN))
