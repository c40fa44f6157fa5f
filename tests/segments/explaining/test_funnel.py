"""What each condition lets through: alone, in the order in which they are written, and which decides most."""

from collections.abc import Callable

import numpy as np
import pytest

from segment_lib import Workspace
from segment_lib.segments.explaining import Funnel, explain
from segment_lib.segments.explaining.parts import FALSE, TRUE, UNKNOWN, Part, split_rule
from segment_lib.segments.preview import open_preview

# Two countries, one of them unknown; households from 1 to 4, one of them unknown.
PEOPLE = {"a": ("ES", 1), "b": ("ES", 2), "c": ("ES", None), "d": ("PT", 3), "e": (None, 4), "f": ("ES", 4)}
SEGMENTS = {"smart_views": [{"name": "Spanish", "rule": "country = 'ES'"}], "rfm": None, "clusters": None}


@pytest.fixture(scope="module")
def shop(tiny_workspace: Callable[..., Workspace]) -> Workspace:
    contacts = [{"contact_id": key, "country": c, "household_size": n} for key, (c, n) in PEOPLE.items()]
    visit = {"contact_id": "a", "kind": "visit", "occurred_at": "2026-10-01"}
    return tiny_workspace(contacts=contacts, interactions=[visit], segments=SEGMENTS)


def funnel(shop: Workspace, rule: str) -> Funnel:
    return explain(shop, rule, as_of=shop.as_of("2026-10-31"))


def counts(found: Funnel) -> list[tuple[str, int, int, int, int, int]]:
    parts = [part for _, part in found.tree.walk()]
    return [(p.how, p.inside, p.unknown, p.after, p.after_unknown, p.decides) for p in parts]


def test_conditions_are_counted_alone_and_in_order(shop: Workspace) -> None:
    found = funnel(shop, "country = 'ES' and household_size >= 2 and never('call')")
    assert counts(found) == [
        # b and f; c is unknown, and e, who may be Spanish.
        ("and", 2, 2, 2, 2, 0),
        # d has a household of that size and is not Spanish: e too may be.
        ("condition", 4, 1, 4, 1, 2),
        ("condition", 4, 1, 2, 2, 2),
        ("condition", 6, 0, 2, 2, 0),
    ]
    assert found.contacts == 6
    assert found.deciding is not None
    assert found.deciding.text == "country = 'ES'"


def test_branches_of_or_are_counted_by_what_they_add(shop: Workspace) -> None:
    found = funnel(shop, "household_size = 1 or household_size > 3 or country = 'ES'")
    assert counts(found) == [
        ("or", 5, 0, 5, 0, 0),
        ("condition", 1, 1, 1, 1, 0),
        ("condition", 2, 1, 3, 1, 1),
        ("condition", 4, 1, 5, 0, 2),
    ]
    assert "Most hangs on `country = 'ES'`: without it 2 fewer." in repr(found)


def test_segments_are_opened_and_not_turns_round(shop: Workspace) -> None:
    found = funnel(shop, "not in_segment('Spanish')")
    assert counts(found) == [("not", 1, 1, 1, 1, 0), ("segment", 4, 1, 4, 1, 0), ("condition", 4, 1, 4, 1, 0)]
    assert found.deciding is None
    assert funnel(shop, "Spanish").segment == "Spanish"
    assert funnel(shop, "Spanish").deciding is None


def test_a_session_counts_the_same(shop: Workspace) -> None:
    rule = "in_segment('Spanish') or (household_size > 2 and not country = 'PT') is null"
    with open_preview(shop, as_of=shop.as_of("2026-10-31")) as session:
        assert explain(shop, rule, as_of=shop.as_of("2026-10-31"), session=session) == funnel(shop, rule)


def test_a_funnel_shows_itself(shop: Workspace) -> None:
    assert repr(funnel(shop, "country = 'ES' and household_size >= 2")).splitlines() == [
        "rule as of 2026-10-31: 2 of 6 contacts",
        "      alone  unknown  in order  decides  condition",
        "          2        2         2        0  all of",
        "          4        1         4        2    country = 'ES'",
        "          4        1         2        2    household_size >= 2",
        "  Most hangs on `country = 'ES'`: without it 2 more.",
    ]


@pytest.mark.parametrize(
    ("text", "hows"),
    [
        ("a not in (1, 2)", ["condition"]),
        ("not a in (1, 2)", ["condition"]),
        ("not (a = 1)", ["not", "condition"]),
        ("a is not null", ["condition"]),
        ("(a = 1 and b) is not true", ["not", "is", "and", "condition", "condition"]),
        ("not (not b)", ["not", "not", "condition"]),
        ("a = 1 and (b and (c or d) and e)", ["and", *["condition"] * 2, "or", *["condition"] * 3]),
        ("in_segment('X') and in_segment('X')", ["and", "segment", "condition", "condition"]),
        ("in_segment('Y')", ["segment", "and", "condition", "condition"]),
        ("in_segment('Unheard of')", ["condition"]),
        ("agreed = (a > 1 and b)", ["condition"]),
    ],
)
def test_rules_are_split_at_and_or_and_not(text: str, hows: list[str]) -> None:
    tree = split_rule(text, {"X": "c is null", "Y": "in_segment('Y') and b"})
    assert [part.how for part in tree.walk()] == hows


def test_unknown_goes_through_the_tree_as_in_sql() -> None:
    every = np.array([FALSE, UNKNOWN, TRUE], np.int8)
    a, b = np.repeat(every, 3), np.tile(every, 3)

    def truths(text: str) -> list[int]:
        return list(split_rule(text, {}).truths({"a": a, "b": b, "c > 1": a}))

    assert truths("a and b") == [0, 0, 0, 0, 1, 1, 0, 1, 2]
    assert truths("a or b") == [0, 1, 2, 1, 1, 2, 2, 2, 2]
    assert truths("not a") == [2, 2, 2, 1, 1, 1, 0, 0, 0]
    assert truths("(a and b) is null") == [0, 0, 0, 0, 2, 2, 0, 2, 0]
    assert truths("(not c > 1) is false") == [0, 0, 0, 0, 0, 0, 2, 2, 2]
    assert isinstance(split_rule("a", {}), Part)
