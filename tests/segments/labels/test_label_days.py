"""Labels and days: past days are filled in or shown, never rewritten; what people do meanwhile stands."""

import random
from datetime import timedelta

import pytest
from label_words import MakeWorkspace, Rules, at, carried, counts, events

from segment_lib import Workspace
from segment_lib.segments.labels import add_label, release_label, remove_label

CLIENT = {"name": "Client", "rule": "purchases >= 1"}


@pytest.fixture
def shop(tiny_workspace: MakeWorkspace) -> Workspace:
    return tiny_workspace(contacts=["a", "b", "c"], labels={"labels": [CLIENT]})


@pytest.fixture
def rules(shop: Workspace, monkeypatch: pytest.MonkeyPatch) -> Rules:
    return Rules(shop, monkeypatch)


def test_day_before_the_last_one_is_only_shown(rules: Rules, shop: Workspace) -> None:
    # On the 10th nothing changed, and yet it was seen: a must not come to carry the label on it afterwards.
    rules.apply("2026-01-10", {"a": False})
    report = rules.apply("2026-01-08", {"a": True})
    assert counts(report, "Client") == {"put_on": 1, "carried": 1}
    assert not report.table["written"].any()
    assert report.notes == ("`Client` was applied for 2026-01-10; 2026-01-08 lies before it and is only shown.",)
    assert "(only shown)" in repr(report)
    assert [carried(shop, f"2026-01-{day:02}") for day in (8, 9, 10, 11)] == [{}, {}, {}, {}]


def test_earlier_days_are_filled_in_from_the_oldest(rules: Rules, shop: Workspace) -> None:
    for day, answer in (("2026-01-01", True), ("2026-01-04", False), ("2026-01-06", True)):
        rules.apply(day, {"a": answer})
    inside = [day for day in range(1, 9) if carried(shop, f"2026-01-{day:02}")]
    assert inside == [1, 2, 3, 6, 7, 8]


def test_label_that_is_new_to_the_file_may_be_filled_in(rules: Rules, shop: Workspace) -> None:
    rules.apply("2026-01-10", {"a": False})
    (shop.folder / "definitions" / "labels.yml").write_text(
        "labels: [{name: Client, rule: purchases >= 1}, {name: Fan, rule: purchases >= 2}]", encoding="utf-8"
    )
    report = rules.apply("2026-01-08", {"a": True})
    assert dict(zip(report.table["label"], report.table["written"], strict=True)) == {"Client": False, "Fan": True}
    assert carried(shop, "2026-01-08") == {"a Fan": "rule"}


def test_night_run_knows_nothing_of_the_morning_and_keeps_what_was_done_in_it(rules: Rules, shop: Workspace) -> None:
    """The run as of the 5th comes after people have worked on the 6th."""
    rules.apply("2026-01-04", {"a": True})
    remove_label(shop, "a", "Client", now=at("2026-01-06T01:00"), by="Eva")
    add_label(shop, "b", "Client", now=at("2026-01-06T01:00"), by="Eva")
    remove_label(shop, "b", "Client", now=at("2026-01-06T02:00"), by="Eva")
    report = rules.apply("2026-01-05", {"a": False, "b": True})
    assert counts(report, "Client") == {"put_on": 1, "taken_off": 1, "carried": 1}
    assert carried(shop, "2026-01-05") == {"b Client": "rule"}
    # What Eva took off in the morning ends then, also what the run has put on for the day before; and it stays off.
    assert carried(shop, "2026-01-06") == {}
    assert counts(rules.apply("2026-01-06", {"a": True, "b": True}), "Client") == {"off_by_hand": 2}
    assert events(shop, contact="a") == [
        "01-04 00:00 a Client put on (rule, labels.yml)",
        "01-05 00:00 a Client taken off (rule, labels.yml)",
        "01-06 01:00 a Client taken off (manual, Eva)",
    ]


def test_edit_in_the_evening_holds_for_the_run_of_that_day(rules: Rules, shop: Workspace) -> None:
    remove_at, add_at = at("2026-01-05T23:59:59"), at("2026-01-05T00:00")
    add_label(shop, ["a", "b"], "Client", now=add_at)
    remove_label(shop, "a", "Client", now=remove_at)
    assert counts(rules.apply("2026-01-05", {"a": True, "b": False}), "Client") == {
        "kept_by_hand": 1, "off_by_hand": 1, "carried": 1
    }  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_no_run_and_no_edit_changes_what_earlier_days_saw(rules: Rules, shop: Workspace, seed: int) -> None:
    """Edits as time goes on, and runs as of that day or one before: whatever is seen of a day stays as it was."""
    dice = random.Random(seed)
    window = dice.choice([None, "3 days", "1 week"])
    text = f"labels: [{{name: Client, rule: purchases >= 1{f', expires_after: {window}' if window else ''}}}]"
    (shop.folder / "definitions" / "labels.yml").write_text(text, encoding="utf-8")
    now, last = at("2026-01-05T06:00"), 0
    hand: dict[str, str] = {}

    def seen(days: range) -> dict[int, set[tuple[str, str]]]:
        """Who carries the label and by whom at the end of days, by the definition and not by the library."""
        rows = shop.table("labels").to_arrow().to_pylist()
        ends = {day: at("2026-01-01") + timedelta(days=day) for day in days}
        return {
            day: {
                (row["contact_id"], row["source"])
                for row in rows
                if row["assigned_at"] < end
                and (row["removed_at"] is None or row["removed_at"] >= end)
                and (row["expires_at"] is None or row["expires_at"] >= end)
            }
            for day, end in ends.items()
        }

    for _ in range(16):
        now += timedelta(hours=dice.choice([1, 5, 13, 24]), minutes=1)
        today, contact = now.day, dice.choice("abc")
        before = seen(range(1, today))
        match dice.choice(["add", "remove", "release", "run", "run", "run"]):
            case "add":
                add_label(shop, contact, "Client", now=now, expires_after="1 year")
                hand[contact] = "on"
            case "remove":
                if remove_label(shop, contact, "Client", now=now).changed:
                    hand[contact] = "off"
            case "release":
                release_label(shop, contact, "Client", now=now)
                hand.pop(contact, None)
            case _:
                day = dice.choice([today, today - 1])
                answers = {one: dice.choice([True, False, None]) for one in "abc"}
                later = seen(range(day + 1, today + 1))
                rules.apply(f"2026-01-{day:02}", answers)
                if day < last:
                    assert seen(range(1, today + 1)) == before | later
                else:
                    assert seen(range(1, day)) == {one: found for one, found in before.items() if one < day}
                    assert carried(shop, f"2026-01-{day:02}").keys() == {
                        f"{one} Client" for one, _ in seen(range(day, day + 1))[day]
                    }
                    on = {one for one, _ in seen(range(day, day + 1))[day]}
                    if day == today:
                        for one in "abc":
                            wanted = {"on": True, "off": False}.get(hand.get(one, ""), answers[one])
                            assert wanted is None or (one in on) == wanted
                last = max(last, day)
                continue
        assert seen(range(1, today)) == before
        # A person's word holds at once, whatever runs as of a day before have written.
        assert {one for one, _ in seen(range(today, today + 1))[today]} >= {
            one for one, word in hand.items() if word == "on"
        }
        off = {one for one, word in hand.items() if word == "off"}
        assert not off & {one for one, _ in seen(range(today, today + 1))[today]}
