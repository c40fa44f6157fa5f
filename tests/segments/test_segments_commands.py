"""The commands lint, impact, history and overlap, and what check tells of rules."""

from collections.abc import Callable
from datetime import date

import pytest
from click.testing import CliRunner, Result

from segment_lib import Workspace, save_segmentation, segment_contacts
from segment_lib.cli import main

MakeWorkspace = Callable[..., Workspace]
VIEWS = [
    {"name": "Lately", "rule": "ever('purchase', within => '30 days')"},
    {"name": "Nobody", "rule": "purchases > 3 and purchases < 2"},
]
BUYS = [
    {"interaction_id": f"i{place}", "contact_id": who, "occurred_at": f"{day}T12:00", "kind": "purchase", "amount": 9.0}
    for place, (who, day) in enumerate([("a", "2026-01-05"), ("b", "2026-01-06"), ("c", "2026-02-07")])
]
GOALS = {
    "goals": [
        {"name": "Sell", "objective": "sell more", "question": "Who?", "criteria": ["behavioural"],
         "kpis": [{"name": "K", "measure": "conversion", "horizon_days": 30}]}
    ]
}  # fmt: skip


@pytest.fixture(scope="module")
def shop(tiny_workspace: MakeWorkspace) -> str:
    """A workspace with two runs."""
    workspace = tiny_workspace(
        contacts=["a", "b", "c"],
        interactions=BUYS,
        segments={
            "rfm": None, "clusters": None, "smart_views": VIEWS,
            "groups": [{"name": "All", "segments": ["Lately", "Nobody"], "exhaustive": True}],
        },
        goals=GOALS,
        **{"import": {"sources": []}},
    )  # fmt: skip
    for day in (date(2026, 1, 31), date(2026, 2, 28)):
        save_segmentation(workspace, segment_contacts(workspace, as_of=workspace.as_of(day)))
    return str(workspace.folder)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def test_lint_tells_what_it_finds(shop: str) -> None:
    told = run("lint", shop, "--as-of", "2026-01-31")
    assert told.exit_code == 0
    assert "error: Nobody: nobody can be in it: `purchases > 3` and `purchases < 2` exclude one another." in told.output
    assert run("lint", shop).output.startswith("Lint of 2 smart views, as of 2026-02-07: 1 error")


def test_check_warns_of_rules_that_nobody_meets(shop: str) -> None:
    told = run("check", shop)
    assert told.exit_code == 0
    assert "warning: segments.yml: Nobody: nobody can be in it" in told.output
    assert told.output.endswith("no faults, warnings: 1.\n")


def test_impact_tells_who_enters_and_leaves(shop: str) -> None:
    told = run("impact", shop, "Lately", "purchases > 0", "--as-of", "2026-02-28", "--list", "enter")
    assert told.output.splitlines()[4].split()[:2] == ["enter", "2"]
    assert told.output.splitlines()[-2:] == ["a", "b"]
    wrong = run("impact", shop, "Lately", "purchses > 0", "--as-of", "2026-02-28")
    assert (wrong.exit_code, "Did you mean `purchases`?" in wrong.output) == (2, True)


def test_history_tells_of_a_segment_a_contact_a_day_and_all(shop: str) -> None:
    assert "28 February 2026        1        1     2       0  as before" in run("history", shop, "Lately").output
    assert "still in" in run("history", shop, "--contact", "c").output
    assert run("history", shop, "Lately", "--as-of", "2026-01-10").output.endswith("are today's.\na\nb\n")
    assert "Lately: 1 entered, 2 left; its definition is the same." in run("history", shop).output
    same = run("history", shop, "--between", "2026-01-31", "2026-02-28").output
    assert same == run("history", shop).output


def test_history_of_two_things_at_once_is_refused(shop: str) -> None:
    told = run("history", shop, "Lately", "--contact", "c")
    assert (told.exit_code, "one of SEGMENT, --contact and --between must be given" in told.output) == (2, True)
    told = run("history", shop, "--as-of", "2026-01-31")
    assert (told.exit_code, "--as-of must stand with a SEGMENT" in told.output) == (2, True)


def test_overlap_tells_pairs_nobody_and_divisions_that_do_not_hold(shop: str) -> None:
    lines = run("overlap", shop, "--as-of", "2026-01-31").output.splitlines()
    assert lines == [
        "Overlap of 2 segments: 1 of 3 contacts are in none",
        "  All: 1 contact is in none of its segments.",
    ]
