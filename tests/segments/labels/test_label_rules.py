"""Labels by rule: what is put on and taken off as of a day, and whose word counts."""

import pytest
from label_words import MakeWorkspace, Rules, at, carried, counts, events, put

from segment_lib import Workspace
from segment_lib.errors import InvalidDefinition, NoData
from segment_lib.segments.labels import (
    add_label,
    apply_label_rules,
    label_history,
    labels_at,
    release_label,
    remove_label,
)
from segment_lib.vocabulary import LABELS, arrow_schema

CLIENT = {"name": "Client", "rule": "purchases >= 1"}


@pytest.fixture
def shop(tiny_workspace: MakeWorkspace) -> Workspace:
    return tiny_workspace(contacts=["a", "b", "c"], labels={"labels": [CLIENT, {"name": "Blogger"}]})


@pytest.fixture
def rules(shop: Workspace, monkeypatch: pytest.MonkeyPatch) -> Rules:
    return Rules(shop, monkeypatch)


# What a rule does.


def test_rule_is_seen_from_the_day_and_knows_nothing_later(tiny_workspace: MakeWorkspace) -> None:
    shop = tiny_workspace(
        contacts=["a", "b"],
        interactions=[
            {"contact_id": "b", "occurred_at": "2026-01-01", "kind": "visit"},
            # Still 4 January in Madrid, and then no more.
            {"contact_id": "a", "occurred_at": "2026-01-04T22:59", "kind": "purchase"},
            {"contact_id": "b", "occurred_at": "2026-01-04T23:00", "kind": "purchase"},
        ],
        time_zone="Europe/Madrid",
        labels={"labels": [CLIENT]},
    )
    report = apply_label_rules(shop, as_of=shop.as_of("2026-01-04"))
    assert counts(report, "Client") == {"put_on": 1, "carried": 1}
    assert carried(shop, "2026-01-03") == {}
    assert carried(shop, "2026-01-04") == {"a Client": "rule"}
    assert events(shop) == ["01-03 23:00 a Client put on (rule, labels.yml)"]
    assert label_history(shop)["reason"].tolist() == ["purchases >= 1"]
    assert counts(apply_label_rules(shop, as_of=shop.as_of("2026-01-05")), "Client") == {
        "put_on": 1, "stayed": 1, "carried": 2
    }  # fmt: skip


def test_rule_takes_off_whom_it_has_put_on(rules: Rules, shop: Workspace) -> None:
    rules.apply("2026-01-05", {"a": True, "b": False})
    report = rules.apply("2026-01-08", {"a": False, "b": True})
    assert counts(report, "Client") == {"put_on": 1, "taken_off": 1, "carried": 1}
    assert carried(shop, "2026-01-07") == {"a Client": "rule"}
    assert carried(shop, "2026-01-08") == {"b Client": "rule"}
    assert events(shop, contact="a") == [
        "01-05 00:00 a Client put on (rule, labels.yml)",
        "01-08 00:00 a Client taken off (rule, labels.yml)",
    ]
    assert repr(report).splitlines()[1] == "  Client: 1 put on, 1 taken off; 1 carry it"


def test_same_day_again_changes_nothing_and_a_changed_answer_replaces_it(rules: Rules, shop: Workspace) -> None:
    rules.apply("2026-01-05", {"a": True})
    version = shop.table("labels").version
    assert counts(rules.apply("2026-01-05", {"a": True}), "Client") == {"stayed": 1, "carried": 1}
    assert shop.table("labels").version == version
    rules.apply("2026-01-05", {"a": False})
    assert carried(shop, "2026-01-05") == {}
    # It was carried on no day, so there is nothing to tell.
    assert events(shop) == []
    rules.apply("2026-01-05", {"a": True})
    assert carried(shop, "2026-01-05") == {"a Client": "rule"}


def test_unknown_answer_changes_nothing(rules: Rules, shop: Workspace) -> None:
    rules.apply("2026-01-05", {"a": True, "b": None, "c": None})
    assert counts(rules.apply("2026-01-06", {"a": None, "b": None}), "Client") == {"unknown": 2, "carried": 1}
    # Who is not among the contacts of the day is unknown too.
    assert counts(rules.apply("2026-01-07", {"b": True}), "Client") == {"put_on": 1, "unknown": 1, "carried": 2}
    assert carried(shop, "2026-01-07") == {"a Client": "rule", "b Client": "rule"}


def test_dry_run_tells_and_writes_nothing(rules: Rules, shop: Workspace) -> None:
    report = rules.apply("2026-01-05", {"a": True}, dry_run=True)
    assert counts(report, "Client") == {"put_on": 1, "carried": 1}
    assert not report.table["written"].any()
    assert shop.table("labels").num_rows == 0
    # Nor is the day taken for one that was seen.
    assert rules.apply("2026-01-04", {"a": True}).table["written"].all()


def test_labels_without_rules_and_workspaces_without_labels_are_no_error(tiny_workspace: MakeWorkspace) -> None:
    for labels in ({}, {"labels": {"labels": [{"name": "Blogger"}]}}):
        shop = tiny_workspace(contacts=["a"], **labels)
        assert "no label has a rule" in repr(apply_label_rules(shop, as_of=shop.as_of("2026-01-05")))
    empty = tiny_workspace(labels={"labels": [CLIENT]})
    with pytest.raises(NoData, match="has no contacts yet"):
        apply_label_rules(empty, as_of=empty.as_of("2026-01-05"))


def test_label_that_lost_its_rule_is_kept_and_told(rules: Rules, shop: Workspace) -> None:
    rules.apply("2026-01-05", {"a": True})
    (shop.folder / "definitions" / "labels.yml").write_text("labels: [{name: Client}]", encoding="utf-8")
    report = rules.apply("2026-01-06")
    assert report.notes == ("`Client` has no rule any more; 1 contacts that a rule gave it to keep it.",)
    assert carried(shop, "2026-01-06") == {"a Client": "rule"}


# The hand's word.


def test_label_put_on_by_hand_is_never_taken_off_by_a_rule(rules: Rules, shop: Workspace) -> None:
    rules.apply("2026-01-05", {"a": True, "b": False})
    add_label(shop, ["a", "b"], "Client", now=at("2026-01-06T10:00"), by="Eva")
    assert carried(shop, "2026-01-06") == {"a Client": "manual, rule", "b Client": "manual"}
    assert counts(rules.apply("2026-01-07", {"a": False, "b": False}), "Client") == {"kept_by_hand": 2, "carried": 2}
    assert carried(shop, "2026-01-07") == {"a Client": "manual", "b Client": "manual"}
    assert counts(rules.apply("2026-01-08", {"a": True}), "Client") == {"stayed": 1, "carried": 2}
    assert carried(shop, "2026-01-08") == {"a Client": "manual", "b Client": "manual"}


def test_label_taken_off_by_hand_stays_off_until_a_person_lifts_it(rules: Rules, shop: Workspace) -> None:
    rules.apply("2026-01-05", {"a": True, "b": True})
    remove_label(shop, ["a", "b"], "Client", now=at("2026-01-06T10:00"), by="Eva", reason="a colleague")
    assert carried(shop, "2026-01-05") == {"a Client": "rule", "b Client": "rule"}
    for day in ("2026-01-06", "2026-01-07"):
        assert counts(rules.apply(day, {"a": True, "b": True}), "Client") == {"off_by_hand": 2}
        assert carried(shop, day) == {}
    assert label_history(shop, contact="a")["reason"].tolist() == ["purchases >= 1", "a colleague"]
    # One is left to the rule again, the other one put on by hand.
    assert release_label(shop, ["a"], "Client", now=at("2026-01-08T09:00"), by="Max").changed == ("a",)
    add_label(shop, "b", "Client", now=at("2026-01-08T09:00"))
    assert counts(rules.apply("2026-01-08", {"a": True, "b": True}), "Client") == {
        "put_on": 1, "stayed": 1, "carried": 2
    }  # fmt: skip
    assert events(shop, contact="a")[2:] == [
        "01-08 00:00 a Client put on (rule, labels.yml)", "01-08 09:00 a Client left to the rule (release, Max)"
    ]  # fmt: skip


def test_label_by_hand_that_is_released_goes_with_its_rule(rules: Rules, shop: Workspace) -> None:
    add_label(shop, ["a", "b"], "Client", now=at("2026-01-06T10:00"))
    edit = release_label(shop, ["a", "b", "c"], "Client", now=at("2026-01-07T10:00"))
    assert (edit.changed, edit.unchanged) == (("a", "b"), ("c",))
    rules.apply("2026-01-07", {"a": True, "b": False})
    assert carried(shop, "2026-01-06") == {"a Client": "manual", "b Client": "manual"}
    assert carried(shop, "2026-01-07") == {"a Client": "rule"}


def test_word_by_hand_ends_with_its_time(rules: Rules, shop: Workspace) -> None:
    remove = at("2026-01-05T10:00")
    add_label(shop, "a", "Client", now=at("2026-01-05T09:00"))
    remove_label(shop, "a", "Client", now=remove)
    add_label(shop, "a", "Client", now=at("2026-01-05T11:00"), expires_after="2 days")
    assert counts(rules.apply("2026-01-06", {"a": False}), "Client") == {"kept_by_hand": 1, "carried": 1}
    assert counts(rules.apply("2026-01-07", {"a": True}), "Client") == {"put_on": 1, "carried": 1}
    assert carried(shop, "2026-01-07") == {"a Client": "rule"}


def test_rule_leaves_what_imports_and_workflows_put_on(rules: Rules, shop: Workspace) -> None:
    put(shop, contact_id="a", label="Client", source="import", assigned_at=at("2026-01-01"), by="crm")
    put(shop, contact_id="b", label="Client", source="workflow", assigned_at=at("2026-01-01"), by="Welcome")
    report = rules.apply("2026-01-05", {"a": False, "b": True, "c": False})
    assert counts(report, "Client") == {"stayed": 1, "kept_by_others": 1, "carried": 2}
    # Their word is not the rule's: once the workflow's label is over, the rule gives it.
    remove_label(shop, "a", "Client", now=at("2026-01-06T10:00"))
    report = rules.apply("2026-01-06", {"a": True, "b": True})
    assert counts(report, "Client") == {"stayed": 1, "off_by_hand": 1, "carried": 1}


# Expiry.


@pytest.fixture
def brief(tiny_workspace: MakeWorkspace) -> Workspace:
    labels = [{**CLIENT, "expires_after": "1 month"}]
    return tiny_workspace(contacts=["a", "b"], labels={"labels": labels}, time_zone="Europe/Madrid")


def test_rule_that_holds_renews_and_one_that_is_not_asked_lets_it_expire(
    brief: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = Rules(brief, monkeypatch)
    rules.apply("2026-01-31", {"a": True, "b": True})
    [until] = labels_at(brief, as_of=brief.as_of("2026-01-31"))["expires_at"].unique()
    assert until == at("2026-02-27T23:00")  # 28 February begins in Madrid
    # The field of b went empty: b keeps the label, and is not given it anew.
    rules.apply("2026-02-10", {"a": True, "b": None})
    assert carried(brief, "2026-02-27") == {"a Client": "rule", "b Client": "rule"}
    assert carried(brief, "2026-02-28") == {"a Client": "rule"}
    report = rules.apply("2026-03-05", {"a": True, "b": False})
    assert counts(report, "Client") == {"stayed": 1, "expired": 1, "carried": 1}
    assert counts(rules.apply("2026-03-06", {"a": True, "b": True}), "Client") == {
        "put_on": 1, "stayed": 1, "carried": 2
    }  # fmt: skip
    # In between it was off, whatever came later.
    assert carried(brief, "2026-03-05") == {"a Client": "rule"}
    assert events(brief, contact="b") == [
        "01-30 23:00 b Client put on (rule, labels.yml)",
        "02-27 23:00 b Client expires (rule, labels.yml)",
        "03-05 23:00 b Client put on (rule, labels.yml)",
        "04-05 22:00 b Client expires (rule, labels.yml)",
    ]


def test_expired_label_that_is_put_on_again_is_not_told_as_expired(
    brief: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = Rules(brief, monkeypatch)
    rules.apply("2026-01-31", {"a": True})
    assert counts(rules.apply("2026-03-31", {"a": True}), "Client") == {"put_on": 1, "carried": 1}


def test_another_window_holds_from_the_next_run(brief: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = Rules(brief, monkeypatch)
    rules.apply("2026-01-31", {"a": True})
    (brief.folder / "definitions" / "labels.yml").write_text(
        "labels: [{name: Client, rule: purchases >= 1}]", encoding="utf-8"
    )
    rules.apply("2026-02-01", {"a": True})
    assert labels_at(brief, as_of=brief.as_of("2026-02-01"))["expires_at"].isna().all()


# Rules that ask for labels.


def test_label_is_settled_before_those_that_ask_for_it(tiny_workspace: MakeWorkspace) -> None:
    shop = tiny_workspace(
        contacts=["a", "b"],
        interactions=[
            {"contact_id": "a", "occurred_at": "2026-01-04", "kind": "purchase"},
            {"contact_id": "b", "occurred_at": "2026-01-04", "kind": "visit"},
        ],
        segments={
            "smart_views": [{"name": "Friend", "rule": "has_label('Client')"}], "rfm": None, "clusters": None,
        },
        labels={
            "labels": [
                # A label may be called like the smart view that it asks for.
                {"name": "Friend", "rule": "in_segment('Friend')"},
                {"name": "Stranger", "rule": "not has_label('Friend')"},
                CLIENT,
            ]
        },
    )  # fmt: skip
    report = apply_label_rules(shop, as_of=shop.as_of("2026-01-05"))
    assert report.table["label"].tolist() == ["Friend", "Stranger", "Client"]
    assert carried(shop, "2026-01-05") == {"a Client": "rule", "a Friend": "rule", "b Stranger": "rule"}
    before = shop.table("labels").version
    apply_label_rules(shop, as_of=shop.as_of("2026-01-05"))
    assert shop.table("labels").version == before


def test_labels_that_ask_for_one_another_are_refused_with_the_circle(tiny_workspace: MakeWorkspace) -> None:
    views = [{"name": "Loyal", "rule": "has_label('B')"}]
    shop = tiny_workspace(
        contacts=["a"],
        segments={"smart_views": views, "rfm": None, "clusters": None},
        labels={
            "labels": [
                {"name": "A", "rule": "in_segment('Loyal')"},
                {"name": "B", "rule": "has_label('A')"},
                {"name": "C", "rule": "not has_label('C')"},
                {"name": "D", "rule": "has_label('B')"},
            ]
        },
    )
    with pytest.raises(InvalidDefinition, match="in a circle, got A -> B -> A") as raised:
        apply_label_rules(shop, as_of=shop.as_of("2026-01-05"))
    assert len(raised.value.faults) == 2
    assert "the rule of `C` must not ask for the label itself" in raised.value.faults[1]
    assert shop.table("labels").schema == arrow_schema(LABELS)
    assert shop.table("labels").num_rows == 0


def test_faults_of_rules_are_told_all_at_once_with_their_lines(tiny_workspace: MakeWorkspace) -> None:
    labels = [{"name": "A", "rule": "purchaes > 1"}, {"name": "B"}, {"name": "C", "rule": "purchases"}]
    shop = tiny_workspace(contacts=["a"], labels={"labels": labels})
    with pytest.raises(InvalidDefinition, match=r"labels.yml:\d+: A: ") as raised:
        apply_label_rules(shop, as_of=shop.as_of("2026-01-05"))
    assert len(raised.value.faults) == 2
