"""Audiences: consent, holdout and export, by hand."""

import csv
from collections.abc import Callable

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from segment_lib import Segmentation, Workspace
from segment_lib.errors import InvalidDefinition
from segment_lib.targeting import (
    Play,
    build_audience,
    build_audiences,
    funnel_table,
    in_holdout,
    load_playbook,
    neutralise,
    write_audiences,
)

MakeWorkspace = Callable[..., Workspace]
MakeSegmentation = Callable[..., Segmentation]


def play(**more: object) -> Play:
    plain = {"name": "Come back", "segment": "Quiet", "message": "Hello", "channel": "email", "holdout": 0}
    return Play.model_validate({**plain, **more})


def person(contact_id: str, **more: object) -> dict[str, object]:
    plain = {
        "contact_id": contact_id, "first_name": "Ana", "last_name": "Silva", "language": "pt",
        "email": f"{contact_id}@x.example", "phone": "+34600000001", "email_consent": True, "phone_consent": True,
        "sms_consent": True,
    }  # fmt: skip
    return {**plain, **more}


def many(n: int) -> list[dict[str, object]]:
    return [person(f"C{i:04}") for i in range(n)]


def ids(people: list[dict[str, object]]) -> list[str]:
    return [str(one["contact_id"]) for one in people]


# Who is contacted.


def test_only_those_who_said_yes_and_have_an_address_are_contacted(make_segmentation: MakeSegmentation) -> None:
    people = [
        person("yes"),
        person("no", email_consent=False),
        person("unknown", email_consent=None),
        person("nowhere", email=None),
        person("neither", email=None, email_consent=None),
        person("outside"),
    ]
    audience = build_audience(make_segmentation(people, {"Quiet": ids(people)[:-1]}), play())
    assert audience.sent["contact_id"].tolist() == ["yes"]
    assert audience.funnel == {"matched": 5, "consenting": 2, "eligible": 1, "earlier": 0, "holdout": 0, "sent": 1}
    assert audience.note == ""


@pytest.mark.parametrize(
    ("channel", "reached", "address"),
    [("email", "a", "a@x.example"), ("phone", "b", "+34600000001"), ("sms", "c", "+34600000001")],
)
def test_consent_is_that_of_the_channel(
    make_segmentation: MakeSegmentation, channel: str, reached: str, address: str
) -> None:
    no = {"email_consent": False, "phone_consent": False, "sms_consent": None}
    people = [
        person("a", **{**no, "email_consent": True}),
        person("b", **{**no, "phone_consent": True}),
        person("c", **{**no, "sms_consent": True}),
    ]
    audience = build_audience(make_segmentation(people, {"Quiet": "abc"}), play(channel=channel))
    assert audience.sent[["contact_id", "address"]].to_numpy().tolist() == [[reached, address]]


def test_exported_columns_say_who_where_what_and_why(make_segmentation: MakeSegmentation) -> None:
    found = make_segmentation([person("a")], {"Quiet": "a"})
    [row] = build_audience(found, play(offer="10% off")).sent.to_dict("records")
    assert row == {
        "contact_id": "a", "first_name": "Ana", "last_name": "Silva", "language": "pt", "address": "a@x.example",
        "segment": "Quiet", "play": "Come back", "message": "Hello", "offer": "10% off",
    }  # fmt: skip


def test_segment_of_nobody_is_said_so(make_segmentation: MakeSegmentation) -> None:
    for people, members in (([person("a")], ""), ([person("a", email_consent=None)], "a")):
        audience = build_audience(make_segmentation(people, {"Quiet": members}), play(holdout=0.5))
        assert audience.sent.empty
        assert audience.held_out == ()
        assert audience.note == "nobody may be contacted on this channel"


def test_knocked_out_segment_is_not_contacted_and_says_why(make_segmentation: MakeSegmentation) -> None:
    found = make_segmentation(many(50), {"Quiet": ids(many(50)), "Other": ids(many(3))})
    knocked = pd.DataFrame(
        {"segment": ["Quiet", "Other"], "passed": [False, True], "reasons": ["2 contacts, at least 3 wanted", ""]}
    )
    quiet, other = build_audiences(found, [play(holdout=0.5), play(name="Hi", segment="Other")], knocked=knocked)
    assert quiet.funnel == {"matched": 50, "consenting": 50, "eligible": 50, "earlier": 0, "holdout": 0, "sent": 0}
    assert quiet.note == "not contacted: 2 contacts, at least 3 wanted"
    assert other.funnel["sent"] == 3


def test_play_of_an_unknown_segment_is_refused(make_segmentation: MakeSegmentation) -> None:
    found = make_segmentation([person("a")], {"Quiet": "a"})
    with pytest.raises(
        InvalidDefinition, match=r"play `Come back` must name a segment, got `Qiet`\. Did you mean `Quiet`"
    ):
        build_audience(found, play(segment="Qiet"))


# The holdout.


def test_holdout_is_the_same_on_every_machine() -> None:
    held = [i for i in range(60) if in_holdout("Come back", f"C{i}", share=0.1)]
    # Those whose SHA-256 of play, unit separator and contact begins below a tenth, as sha256sum has them.
    assert held == [4, 5, 12, 22, 25, 30, 47, 49, 51, 55, 57]
    assert held != [i for i in range(60) if in_holdout("Second basket", f"C{i}", share=0.1)]


@pytest.mark.parametrize("share", [0.05, 0.1, 0.3])
def test_share_of_the_holdout_is_about_the_one_asked_for(share: float) -> None:
    n = 20_000
    held = sum(in_holdout("Come back", f"C{i}", share=share) for i in range(n))
    # Four standard deviations of a binomial count.
    assert abs(held - share * n) < 4 * (n * share * (1 - share)) ** 0.5


@given(contact=st.text(max_size=8), low=st.floats(0, 1), high=st.floats(0, 1))
def test_who_is_held_out_stays_so_when_the_holdout_grows(contact: str, low: float, high: float) -> None:
    low, high = sorted((low, high))
    assert not in_holdout("Come back", contact, share=0)
    assert in_holdout("Come back", contact, share=1)
    assert in_holdout("Come back", contact, share=high) or not in_holdout("Come back", contact, share=low)


def test_contact_is_held_out_or_sent_to_whoever_else_is_there(make_segmentation: MakeSegmentation) -> None:
    people = many(200)
    everybody = build_audience(make_segmentation(people, {"Quiet": ids(people)}), play(holdout=0.2))
    half = people[::-2]
    fewer = build_audience(make_segmentation(half, {"Quiet": ids(half)}), play(holdout=0.2))
    assert set(fewer.held_out) == set(everybody.held_out) & set(ids(half))
    assert set(fewer.sent["contact_id"]) == set(everybody.sent["contact_id"]) & set(ids(half))
    assert 0 < len(everybody.held_out) < 200


@settings(max_examples=15)
@given(
    consents=st.lists(st.tuples(st.none() | st.booleans(), st.booleans()), max_size=30), share=st.sampled_from([0, 0.3])
)
def test_funnel_adds_up(
    make_segmentation: MakeSegmentation, consents: list[tuple[bool | None, bool]], share: float
) -> None:
    people = [
        person(f"C{i:02}", email_consent=consent, email=f"{i}@x.example" if there else None)
        for i, (consent, there) in enumerate(consents)
    ]
    found = make_segmentation(people or [person("nobody")], {"Quiet": ids(people)})
    audience = build_audience(found, play(holdout=share))
    funnel = audience.funnel
    assert funnel["matched"] == len(people)
    assert funnel["consenting"] == sum(consent is True for consent, _ in consents)
    assert funnel["eligible"] == sum(consent is True and there for consent, there in consents)
    assert funnel["eligible"] == funnel["holdout"] + funnel["sent"]
    assert (funnel["holdout"], funnel["sent"]) == (len(audience.held_out), len(audience.sent))
    assert not set(audience.held_out) & set(audience.sent["contact_id"])


def test_funnels_become_one_table_with_costs(make_segmentation: MakeSegmentation) -> None:
    found = make_segmentation(many(4), {"Quiet": ids(many(4))})
    plays = [play(cost_per_contact=0.5), play(name="Call", channel="phone", cost_per_contact=3)]
    table = funnel_table([build_audience(found, one) for one in plays])
    assert table[["play", "channel", "matched", "sent", "cost", "note"]].to_numpy().tolist() == [
        ["Come back", "email", 4, 4, 2.0, ""],
        ["Call", "phone", 4, 4, 12.0, ""],
    ]
    assert funnel_table([]).empty


# Export.


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@x",
        "\t=1",
        "\r=1",
        "\n=1",
        " =1",
        "＝1",
        "+",
        "=cmd|' /C calc'!A0",
        "+34 600",
        "+3460000000A",
    ],
)
def test_formula_is_written_behind_an_apostrophe(text: str) -> None:
    assert neutralise(pd.DataFrame({"x": [text]}))["x"].tolist() == [f"'{text}"]


@pytest.mark.parametrize("value", ["Ana", "", "+34600000001", "a=1", "'=1", "10% off", None, 5, -5.5, True])
def test_what_is_no_formula_stays_as_it_is(value: object) -> None:
    frame = pd.DataFrame({"x": pd.Series([value], dtype=object)})
    assert neutralise(frame)["x"].tolist() == [value]


@given(text=st.text(max_size=12))
def test_no_cell_begins_a_formula(text: str) -> None:
    [cell] = neutralise(pd.DataFrame({"x": [text]}))["x"]
    assert cell in (text, f"'{text}")
    is_phone = cell[:1] == "+" and cell[1:].isdigit()
    assert is_phone or cell.strip()[:1] not in ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def export(workspace: Workspace, found: Segmentation, *plays: Play) -> dict[str, list[dict[str, str]]]:
    folder = write_audiences(workspace, found, [build_audience(found, one) for one in plays])
    assert [path.name for path in folder.iterdir() if path.suffix != ".csv"] == []
    files = {}
    for path in sorted(folder.iterdir()):
        with path.open(encoding="utf-8", newline="") as lines:
            files[path.name] = list(csv.DictReader(lines))
    return files


def assigned(workspace: Workspace) -> dict[tuple[str, str], tuple[str, str]]:
    """Arm and time by campaign and contact; fails where one stands twice."""
    rows = workspace.table("campaign_assignments").to_arrow().to_pylist()
    found = {(row["campaign"], row["contact_id"]): (row["arm"], f"{row['assigned_at']:%Y-%m-%dT%H:%M}") for row in rows}
    assert len(found) == len(rows)
    return found


def test_files_hold_what_is_sent_and_nobody_of_the_holdout(
    make_segmentation: MakeSegmentation, tiny_workspace: MakeWorkspace
) -> None:
    people = [*many(60), person("=evil()", first_name="@SUM(1)", last_name='a"b,\nc')]
    found = make_segmentation(people, {"Quiet": ids(people)})
    workspace = tiny_workspace()
    plays = play(holdout=0.3), play(name="Call!", channel="phone")
    files = export(workspace, found, *plays)
    assert list(files) == ["call.csv", "come_back.csv"]
    audience = build_audience(found, plays[0])
    assert [row["contact_id"].removeprefix("'") for row in files["come_back.csv"]] == audience.sent[
        "contact_id"
    ].tolist()
    evil = next(row for row in files["call.csv"] if "evil" in row["contact_id"])
    assert (evil["contact_id"], evil["first_name"], evil["last_name"]) == ("'=evil()", "'@SUM(1)", 'a"b,\nc')
    assert evil["address"] == "+34600000001"
    arms = assigned(workspace)
    assert {contact for (_, contact), (arm, _) in arms.items() if arm == "control"} == set(audience.held_out)
    assert len(arms) == 2 * 61


def test_contact_is_assigned_once_however_often_it_is_run(
    make_segmentation: MakeSegmentation, tiny_workspace: MakeWorkspace
) -> None:
    workspace = tiny_workspace()
    people = many(40)
    first = make_segmentation(people[:30], {"Quiet": ids(people[:30])}, day="2026-10-30")
    second = make_segmentation(people, {"Quiet": ids(people)}, day="2026-10-31")
    one = play(holdout=0.2)
    files = export(workspace, first, one)
    after_first = assigned(workspace)
    assert export(workspace, first, one) == files
    assert assigned(workspace) == after_first
    assert {time for _, time in after_first.values()} == {"2026-10-31T00:00"}  # the end of the day
    export(workspace, second, one)
    after_second = assigned(workspace)
    assert len(after_second) == 40
    assert {key: after_second[key] for key in after_first} == after_first
    export(workspace, first, one)
    assert assigned(workspace) == after_second


def test_contact_keeps_the_arm_of_the_first_day(
    make_segmentation: MakeSegmentation, tiny_workspace: MakeWorkspace
) -> None:
    workspace = tiny_workspace()
    found = make_segmentation(many(40), {"Quiet": ids(many(40))})
    export(workspace, found, play(holdout=0))
    export(workspace, found, play(holdout=0.5))
    assert {arm for arm, _ in assigned(workspace).values()} == {"treatment"}


def test_audience_of_nobody_is_a_file_with_a_header_alone(
    make_segmentation: MakeSegmentation, tiny_workspace: MakeWorkspace
) -> None:
    workspace = tiny_workspace()
    found = make_segmentation([person("a")], {"Quiet": ""})
    assert export(workspace, found, play()) == {"come_back.csv": []}
    assert assigned(workspace) == {}


# The playbook.


def test_plays_whose_files_would_be_the_same_are_refused(tiny_workspace: MakeWorkspace) -> None:
    plays = [play().model_dump(), play(name="Come BACK!").model_dump()]
    workspace = tiny_workspace(playbook={"plays": plays})
    with pytest.raises(InvalidDefinition, match="every play must have a name of its own, got `Come back` twice"):
        load_playbook(workspace)
    assert load_playbook(tiny_workspace()).plays == []


@pytest.mark.parametrize("holdout", [-0.1, 1, 1.5])
def test_holdout_must_be_a_share_below_one(holdout: float) -> None:
    with pytest.raises(ValidationError, match="holdout"):
        play(holdout=holdout)


def test_contact_gets_a_play_once_and_keeps_the_arm_whatever_the_share_becomes(
    make_segmentation: MakeSegmentation, tiny_workspace: MakeWorkspace
) -> None:
    people = many(60)
    workspace = tiny_workspace(contacts=ids(people))
    first = make_segmentation(people[:50], {"Quiet": ids(people[:50])}, day="2026-09-01")
    sent = build_audience(first, play(holdout=0.3))
    write_audiences(workspace, first, [sent])
    later = make_segmentation(people, {"Quiet": ids(people)}, day="2026-09-02")
    assigned = workspace.table("campaign_assignments")
    again = build_audience(later, play(holdout=0.0), assigned=assigned)
    assert again.sent["contact_id"].tolist() == ids(people[50:])
    assert again.held_out == sent.held_out
    assert again.funnel["earlier"] == len(sent.sent)
    same_day = build_audience(first, play(holdout=0.0), assigned=assigned)
    assert same_day.sent["contact_id"].tolist() == sent.sent["contact_id"].tolist()
