"""Impact: what an edit would do, before it is saved."""

from collections.abc import Callable

import pytest

from segment_lib import Workspace
from segment_lib.errors import InvalidDefinition, InvalidOption, NotFound
from segment_lib.segments.impact import dependents_of, measure_impact
from segment_lib.segments.own import load_segments

MakeWorkspace = Callable[..., Workspace]
PEOPLE = [
    {"contact_id": "a", "country": "ES", "email": "a@x.example", "email_consent": True},
    {"contact_id": "b", "country": "ES", "phone": "+34911234567", "phone_consent": True, "sms_consent": True},
    {"contact_id": "c", "country": "PT", "email": "c@x.example", "email_consent": False},
    {"contact_id": "d", "email": "d@x.example", "email_consent": True},
    {"contact_id": "e", "country": "FR", "email_consent": True},
]
BUYS = [
    {"interaction_id": who, "contact_id": who, "occurred_at": f"{day}T12:00", "kind": "purchase", "amount": amount}
    for who, amount, day in (
        ("a", 10.0, "2026-01-10"), ("b", 20.0, "2026-01-10"), ("c", 40.0, "2026-01-10"), ("e", 80.0, "2020-01-10"),
    )
]  # fmt: skip
VIEWS = [
    {"name": "Spain", "rule": "country = 'ES'"},
    {"name": "Spenders", "rule": "in_segment('Spain') and total_spend >= 20"},
    {"name": "Child", "rule": "total_spend < 100", "parent": "Spenders"},
    {"name": "Apart", "rule": "total_spend > 0"},
]


@pytest.fixture(scope="module")
def shop(tiny_workspace: MakeWorkspace) -> Workspace:
    """Five contacts, and segments that ask for one another."""
    return tiny_workspace(
        contacts=PEOPLE, interactions=BUYS, segments={"rfm": None, "clusters": None, "smart_views": VIEWS}
    )


def test_who_enters_and_leaves_is_counted_with_revenue_and_reach(shop: Workspace) -> None:
    # Before: a b, and d unknown. After: c e, and d in: nobody unknown.
    found = measure_impact(shop, "Spain", "country in ('PT', 'FR') or country is null", as_of=shop.as_of("2026-01-31"))
    assert found.table.values.tolist() == [
        ["before", 2, 30.0, 1, 1, 1, 2],
        ["after", 3, 40.0, 1, 0, 0, 1],
        ["stay", 0, 0.0, 0, 0, 0, 0],
        ["enter", 3, 40.0, 1, 0, 0, 1],
        ["leave", 2, 30.0, 1, 1, 1, 2],
        ["become unknown", 0, 0.0, 0, 0, 0, 0],
        ["cease to be unknown", 1, 0.0, 1, 0, 0, 1],
    ]
    assert found.members("enter") == ["c", "d", "e"]
    assert found.members("cease to be unknown") == ["d"]
    with pytest.raises(InvalidOption, match="`group` must be one of before, after"):
        found.members("all")  # type: ignore[arg-type]


def test_segments_that_ask_for_it_are_counted_too(shop: Workspace) -> None:
    found = measure_impact(shop, "Spain", "country in ('ES', 'PT')", as_of=shop.as_of("2026-01-31"))
    # d has no country, and 0 spent: in `Spenders` false, not unknown.
    assert found.others.values.tolist() == [["Spenders", 1, 2, 1, 0, 0, 0], ["Child", 1, 2, 1, 0, 0, 0]]
    assert list(found.others.columns)[1:] == [
        "before", "after", "enter", "leave", "become_unknown", "cease_to_be_unknown",
    ]  # fmt: skip
    assert "Spenders, which asks for it: 1 -> 2; 1 enter, 0 leave" in repr(found)


def test_an_edit_that_changes_no_answer_moves_nobody(shop: Workspace) -> None:
    found = measure_impact(shop, "Child", "not total_spend >= 100", as_of=shop.as_of("2026-01-31"))
    assert found.table.set_index("group")["contacts"].to_dict()["stay"] == 1
    assert (found.members("enter"), found.members("leave"), len(found.others)) == ([], [], 0)


def test_the_parent_stays(shop: Workspace) -> None:
    assert measure_impact(shop, "Child", "true", as_of=shop.as_of("2026-01-31")).members("after") == ["b"]


def test_an_edit_may_need_features_that_the_old_rule_did_not(shop: Workspace) -> None:
    found = measure_impact(shop, "Apart", "days_since('purchase') < 100", as_of=shop.as_of("2026-01-31"))
    assert (found.members("leave"), found.members("become unknown")) == (["e"], ["d"])


def test_nothing_is_saved(shop: Workspace) -> None:
    path = shop.folder / "definitions" / "segments.yml"
    before = path.read_bytes()
    measure_impact(shop, "Spain", "true", as_of=shop.as_of("2026-01-31"))
    assert path.read_bytes() == before


def test_faults_of_the_new_rule_and_circles_are_told(shop: Workspace) -> None:
    day = shop.as_of("2026-01-31")
    with pytest.raises(InvalidDefinition, match="Spain: can't find a column `contry`"):
        measure_impact(shop, "Spain", "contry = 'ES'", as_of=day)
    with pytest.raises(InvalidDefinition, match="must not need one another in a circle"):
        measure_impact(shop, "Spain", "in_segment('Child')", as_of=day)
    with pytest.raises(NotFound, match=r"can't find a smart view called 'Spane'. Did you mean `Spain`\?"):
        measure_impact(shop, "Spane", "true", as_of=day)


def test_dependents_are_found_through_parents_and_calls(shop: Workspace) -> None:
    assert dependents_of(load_segments(shop), "Spain") == ["Spenders", "Child"]
    assert dependents_of(load_segments(shop), "Apart") == []
