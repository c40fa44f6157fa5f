"""Readiness: what is filled, whom a goal is for, and what is out of reach and why."""

from collections.abc import Callable

import pandas as pd
import pyarrow as pa
import pytest

from segment_lib import Feature, Goal, Workspace
from segment_lib.errors import InvalidDefinition
from segment_lib.refinement import assess_goals, measure_coverage, measure_target, out_of_reach
from segment_lib.vocabulary import Column

MakeWorkspace = Callable[..., Workspace]
VISITS = Feature("visits", "count(*)", "visits", "interaction", "Visits", "integer", zero=True)
RECENCY = Feature("recency_days", "0", "days", "behavioural", "Recency", "integer")
LAST = Feature("last_at", "max(occurred_at)", "", "interaction", "Last", "timestamp")
FIELDS = [
    Column("first_name", "text", "identity", "Given name"),
    Column("country", "text", "geographic", "Country"),
    Column("city", "text", "geographic", "Town"),
    Column("ghost", "text", "geographic", "Not in the table"),
]
FEATURES = pa.table(
    {
        "contact_id": ["a", "b", "c", "d"],
        "first_name": ["Ana", "Ben", "Caro", "Dan"],
        "country": ["ES", "PT", "ES", None],
        "city": ["Vigo", None, None, None],
        "visits": [3, 0, 0, 0],
        "recency_days": [0, 5, None, None],
    }
)


def goal(**more: object) -> Goal:
    plain = {
        "name": "Win", "objective": "sell more", "question": "Who?", "criteria": ["geographic"],
        "kpis": [{"name": "Bought", "measure": "conversion", "kind": "purchase", "horizon_days": 60}],
    }  # fmt: skip
    return Goal.model_validate({**plain, **more})


def coverage(*goals: Goal) -> pd.DataFrame:
    return measure_coverage(FEATURES, columns=FIELDS, goals=goals, catalogue=(VISITS, RECENCY, LAST))


def test_coverage_is_the_share_of_contacts_of_whom_something_is_known() -> None:
    rows = coverage(goal()).to_dict("records")
    # A count of zero says that nothing happened; zero days since the last order say that there was one.
    assert [(row["field"], row["family"], row["filled_share"], row["used_by_goal"]) for row in rows] == [
        ("recency_days", "behavioural", 0.5, False),
        ("country", "geographic", 0.75, True),
        ("city", "geographic", 0.25, True),
        ("visits", "interaction", 0.25, False),
    ]


def test_leading_goal_alone_marks_what_is_used() -> None:
    table = coverage(goal(criteria=["interaction"]), goal(name="Other", criteria=["geographic"]))
    assert table.query("used_by_goal")["field"].tolist() == ["visits"]
    assert not coverage()["used_by_goal"].any()


def shop(make: MakeWorkspace) -> Workspace:
    """Purchases since 100 days before 31 October 2026, surveys without a score, one scored call."""
    return make(
        contacts=[{"contact_id": "a", "country": "ES"}, {"contact_id": "b", "country": "PT"}, "c"],
        interactions=[
            {"contact_id": "a", "occurred_at": "2026-07-23T12:00", "kind": "purchase", "amount": 30.0},
            {"contact_id": "b", "occurred_at": "2026-10-01T12:00", "kind": "purchase", "amount": 12.5},
            {"contact_id": "a", "occurred_at": "2026-06-01T12:00", "kind": "survey"},
            {"contact_id": "a", "occurred_at": "2026-01-01T12:00", "kind": "call", "score": 5.0},
            {"contact_id": "a", "occurred_at": "2026-11-01T12:00", "kind": "event_signup"},
        ],
    )


def verdict(make: MakeWorkspace, criterion: str, **more: object) -> tuple[str, str]:
    workspace, asked = shop(make), goal(**more)
    table = assess_goals(workspace, [asked], coverage(asked), as_of=workspace.as_of("2026-10-31"))
    [row] = table[table["criterion"] == criterion].to_dict("records")
    return row["verdict"], row["reason"]


@pytest.mark.parametrize(
    ("smallest", "expected"),
    [
        (0.25, ("supported", "2 of 2 fields are filled for 25% of contacts or more")),
        (0.5, ("supported", "1 of 2 fields are filled for 50% of contacts or more")),
        (0.8, ("out of reach", "best is country with 75% of contacts, 80% wanted")),
    ],
)
def test_family_is_supported_if_half_of_its_fields_are_filled(
    tiny_workspace: MakeWorkspace, smallest: float, expected: tuple[str, str]
) -> None:
    assert verdict(tiny_workspace, "geographic", smallest_coverage=smallest) == expected


def test_family_of_few_filled_fields_is_partly_supported(tiny_workspace: MakeWorkspace) -> None:
    workspace, asked = shop(tiny_workspace), goal(criteria=["demographic"], smallest_coverage=0.5)
    fields = pd.DataFrame(
        {"field": ["age", "gender", "income"], "family": "demographic", "filled_share": [0.6, 0.4, 0.0]}
    )
    table = assess_goals(workspace, [asked], fields, as_of=workspace.as_of("2026-10-31"))
    assert table.loc[0, ["verdict", "reason"]].tolist() == [
        "partly", "1 of 3 fields are filled for 50% of contacts or more",
    ]  # fmt: skip


def test_family_without_a_field_is_out_of_reach(tiny_workspace: MakeWorkspace) -> None:
    assert verdict(tiny_workspace, "psychographic", criteria=["psychographic"]) == (
        "out of reach", "no field of this family is filled",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kpi", "expected"),
    [
        ({"measure": "conversion", "horizon_days": 100}, ("supported", "2 of the kind purchase over 100 days")),
        ({"measure": "conversion", "horizon_days": 101}, ("out of reach", "needs 101 days of purchase, there are 100")),
        ({"measure": "retention", "horizon_days": 50}, ("supported", "2 of the kind purchase over 100 days")),
        ({"measure": "retention", "horizon_days": 51}, ("out of reach", "needs 102 days of purchase, there are 100")),
        (
            {"measure": "conversion", "kind": "event_signup", "horizon_days": 1},
            ("out of reach", "no interaction of the kind event_signup was imported (kinds: call, purchase, survey)"),
        ),
        ({"measure": "satisfaction", "kind": "survey", "horizon_days": 1}, ("out of reach", "no survey has a score")),
        (
            {"measure": "satisfaction", "kind": "call", "horizon_days": 1},
            ("supported", "1 of the kind call over 303 days"),
        ),
    ],
)
def test_kpi_needs_its_kind_its_score_and_enough_days(
    tiny_workspace: MakeWorkspace, kpi: dict[str, object], expected: tuple[str, str]
) -> None:
    assert verdict(tiny_workspace, "KPI: It", kpis=[{"name": "It", **kpi}]) == expected


def test_what_is_out_of_reach_is_told_with_all_its_reasons(tiny_workspace: MakeWorkspace) -> None:
    workspace = shop(tiny_workspace)
    signup = {"name": "Signed up", "measure": "conversion", "kind": "event_signup", "horizon_days": 90}
    goals = [goal(), goal(name="Evenings", criteria=["psychographic", "geographic"], kpis=[signup])]
    table = assess_goals(workspace, goals, coverage(*goals), as_of=workspace.as_of("2026-10-31"))
    assert table["goal"].tolist() == ["Win"] * 2 + ["Evenings"] * 3
    assert out_of_reach(table) == {
        "Evenings": "psychographic: no field of this family is filled; KPI: Signed up: no interaction of the kind "
        "event_signup was imported (kinds: call, purchase, survey)"
    }


def test_target_counts_who_fits_who_does_not_and_who_is_unknown(tiny_workspace: MakeWorkspace) -> None:
    workspace = shop(tiny_workspace)
    goals = [goal(target_profile="country = 'ES'"), goal(name="win", target_profile="country = 'PT'"), goal(name="All")]
    rows = measure_target(workspace, goals, as_of=workspace.as_of("2026-10-31")).to_dict("records")
    assert [tuple(row.values()) for row in rows] == [
        ("Win", "country = 'ES'", 1, 1, 1, 30.0),
        ("win", "country = 'PT'", 1, 1, 1, 12.5),
        ("All", "everybody", 3, 0, 0, 42.5),
    ]


def test_target_with_a_fault_names_its_goal(tiny_workspace: MakeWorkspace) -> None:
    workspace = shop(tiny_workspace)
    with pytest.raises(InvalidDefinition, match=r"Win: can't find a column `contry`\. Did you mean `country`"):
        measure_target(workspace, [goal(target_profile="contry = 'ES'")], as_of=workspace.as_of("2026-10-31"))
