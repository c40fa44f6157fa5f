"""Labels by hand, who carries what, what happened, conflicts, and what stands in older tables."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest
from label_words import MakeWorkspace, Rules, at, carried, counts, events, put

from segment_lib import Workspace
from segment_lib.errors import InvalidOption, NotFound
from segment_lib.loading import merge_contacts, unmerge_contacts
from segment_lib.segments.labels import (
    add_label,
    apply_label_rules,
    label_conflicts,
    label_history,
    labels_at,
    release_label,
    remove_label,
)
from segment_lib.vocabulary import LABELS, arrow_schema

LEVELS = [{"name": name, "group": "level", "rule": "purchases >= 1"} for name in ("Gold", "Silver", "Bronze")]


@pytest.fixture
def shop(tiny_workspace: MakeWorkspace) -> Workspace:
    labels = [{"name": "Client", "expires_after": "1 month"}, {"name": "Blogger"}, *LEVELS]
    return tiny_workspace(
        contacts=[{"contact_id": "a", "email": "ana@a.es"}, "b", "c"],
        time_zone="Europe/Madrid",
        labels={"labels": labels},
        **{"import": {"sources": []}},
    )


# By hand.


def test_label_by_hand_ends_as_the_file_or_the_person_says(shop: Workspace) -> None:
    # In Madrid it is 1 February already.
    now = at("2026-01-31T23:30")
    add_label(shop, "a", "Client", now=now, by="Eva", reason="said so")
    add_label(shop, "b", "Client", now=now, expires_after="2 days")
    rows = labels_at(shop, as_of=shop.as_of("2026-02-01"))
    assert rows["expires_at"].tolist() == [at("2026-02-28T23:00"), at("2026-02-02T23:00")]
    assert rows.loc[0, ["sources", "by", "reason", "since"]].tolist() == ["manual", "Eva", "said so", now]
    assert carried(shop, "2026-01-31") == {}
    assert carried(shop, "2026-02-02") == {"a Client": "manual", "b Client": "manual"}
    assert carried(shop, "2026-02-03") == {"a Client": "manual"}


def test_label_by_hand_again_prolongs_it_and_never_shortens_it(shop: Workspace) -> None:
    add_label(shop, "a", "Client", now=at("2026-01-05T12:00"), by="Eva")
    shorter = add_label(shop, "a", "Client", now=at("2026-01-06T12:00"), expires_after="1 day")
    longer = add_label(shop, ["a", "ana@a.es"], "Client", now=at("2026-01-06T12:00"), by="Max")
    assert (shorter.changed, shorter.unchanged, longer.changed) == ((), ("a",), ("a",))
    [row] = labels_at(shop, as_of=shop.as_of("2026-01-06")).to_dict("records")
    assert (row["since"], row["expires_at"], row["by"]) == (at("2026-01-05T12:00"), at("2026-02-05T23:00"), "Max")
    remove_label(shop, "a", "Client", now=at("2026-01-07T12:00"))
    assert carried(shop, "2026-01-07") == {}


def test_taking_off_and_releasing_who_does_not_carry_it_changes_nothing(shop: Workspace) -> None:
    for edit in (remove_label, release_label):
        found = edit(shop, ["a", "b"], "Client", now=at("2026-01-05"))
        assert (found.changed, found.unchanged) == ((), ("a", "b"))
    assert not shop.tables.exists("labels")


def test_edits_name_every_contact_and_label_that_is_not_there_and_change_nothing(shop: Workspace) -> None:
    with pytest.raises(NotFound, match=r"(?s)can't find the contact 'x'.*can't find the contact 'y'"):
        add_label(shop, ["a", "x", "y"], "Client", now=at("2026-01-05"))
    with pytest.raises(NotFound, match=r"can't find the label 'Clint'\. .* Did you mean `Client`"):
        remove_label(shop, "a", "Clint", now=at("2026-01-05"))
    with pytest.raises(InvalidOption, match="`now` must have a time zone"):
        release_label(shop, "a", "Client", now=datetime(2026, 1, 5))  # noqa: DTZ001
    with pytest.raises(InvalidOption, match="a window must look like"):
        add_label(shop, "a", "Client", now=at("2026-01-05"), expires_after="soon")
    assert not shop.tables.exists("labels")


def test_label_that_an_import_brought_may_be_put_on_though_no_file_declares_it(shop: Workspace) -> None:
    put(shop, contact_id="b", label="VIP'; --", source="import", assigned_at=at("2026-01-01"), by="crm")
    add_label(shop, "a", "VIP'; --", now=at("2026-01-05"), by="O'Hara", reason='it\'s "so"')
    assert carried(shop, "2026-01-05") == {"a VIP'; --": "manual", "b VIP'; --": "import"}
    assert label_history(shop, contact="ana@a.es", label="VIP'; --")[["by", "reason"]].to_dict("records") == [
        {"by": "O'Hara", "reason": 'it\'s "so"'}
    ]


def test_labels_follow_contacts_that_are_merged_and_taken_apart(shop: Workspace) -> None:
    add_label(shop, "a", "Blogger", now=at("2026-01-05"))
    merge_contacts(shop, [("a", "b")])
    add_label(shop, "a", "Client", now=at("2026-01-06"))
    assert carried(shop, "2026-01-06") == {"b Blogger": "manual", "b Client": "manual"}
    assert len(label_history(shop, contact="a", label="Blogger")) == 1
    unmerge_contacts(shop, ["a"])
    assert carried(shop, "2026-01-06") == {"a Blogger": "manual", "a Client": "manual"}


# History and conflicts.


def test_history_tells_both_ends_once(shop: Workspace) -> None:
    put(shop, contact_id="a", label="Client", source="import", assigned_at=at("2026-01-01"), by="crm")
    add_label(shop, "a", "Client", now=at("2026-01-02"), by="Eva")
    remove_label(shop, "a", "Client", now=at("2026-01-03"), by="Max", reason="no")
    assert events(shop) == [
        "01-01 00:00 a Client put on (import, crm)",
        "01-02 00:00 a Client put on (manual, Eva)",
        "01-03 00:00 a Client taken off (manual, Max)",
    ]
    assert label_history(shop, label="Gold").empty
    assert label_history(shop, contact="nobody").empty


def test_conflicts_of_a_group_are_shown_with_the_label_that_would_win(shop: Workspace) -> None:
    rows = [
        ("a", "Gold", "rule", 4), ("a", "Silver", "import", 2), ("a", "Bronze", "manual", 1),
        ("b", "Gold", "rule", 1), ("b", "Silver", "rule", 2), ("b", "Client", "rule", 2),
        ("c", "Silver", "rule", 1), ("c", "Gold", "rule", 1), ("c", "Gold", "import", 1),
    ]  # fmt: skip
    for contact, label, source, day in rows:
        put(shop, contact_id=contact, label=label, source=source, assigned_at=at(f"2026-01-0{day}"))
    found = label_conflicts(shop, as_of=shop.as_of("2026-01-05"))
    assert found.drop(columns="group").to_numpy().tolist() == [
        ["a", ["Bronze", "Silver", "Gold"], "Bronze", "put on by hand, the other by an import"],
        ["b", ["Silver", "Gold"], "Silver", "put on later"],
        ["c", ["Gold", "Silver"], "Gold", "put on by an import, the other by its rule"],
    ]
    assert label_conflicts(shop, as_of=shop.as_of("2025-12-30")).empty
    remove_label(shop, "a", "Bronze", now=at("2026-01-06"))
    assert label_conflicts(shop, as_of=shop.as_of("2026-01-06"))["wins"].tolist() == ["Silver", "Silver", "Gold"]


def test_rules_that_contradict_one_another_are_applied_and_told(
    shop: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = Rules(shop, monkeypatch).apply("2026-01-05", {"a": True})
    assert report.conflicts["because"].tolist() == ["stands first in labels.yml"]
    assert "  conflicts in the group level: 1 contacts" in repr(report)
    assert len(carried(shop, "2026-01-05")) == 3


# Tables of before.


def test_table_without_the_newer_columns_is_read_and_grows(tiny_workspace: MakeWorkspace) -> None:
    shop = tiny_workspace(
        contacts=["a", "b"],
        interactions=[{"contact_id": "a", "occurred_at": "2026-01-04", "kind": "purchase"}],
        labels={"labels": [{"name": "Client", "rule": "purchases >= 1"}]},
    )
    newer = ("reason", "removal_source", "removed_by", "removal_reason")
    old = tuple(column for column in LABELS if column.name not in newer)
    rows = [
        {"contact_id": "a", "label": "Old", "source": "workflow", "assigned_at": at("2026-01-01"), "by": "Welcome"},
        {"contact_id": "b", "label": "Old", "source": "import", "assigned_at": at("2026-01-01"), "by": "crm",
         "removed_at": at("2026-01-02")},
    ]  # fmt: skip
    shop.replace("labels", pa.Table.from_pylist(rows, schema=arrow_schema(old)))
    assert carried(shop, "2026-01-01") == {"a Old": "workflow", "b Old": "import"}
    assert events(shop)[-1] == "01-02 00:00 b Old taken off (, nobody)"
    assert counts(apply_label_rules(shop, as_of=shop.as_of("2026-01-05")), "Client") == {"put_on": 1, "carried": 1}
    remove_label(shop, "a", "Old", now=datetime(2026, 1, 6, tzinfo=UTC), by="Eva")
    assert carried(shop, "2026-01-06") == {"a Client": "rule"}
    assert set(shop.table("labels").column_names) == {column.name for column in LABELS}
