"""Experiments: lifts by hand, intervals against published ones, nobody judged before the time."""

from collections.abc import Callable
from math import isnan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segment_lib import Goal, Workspace
from segment_lib.refinement import lift_horizon, lift_interval, measure_lift
from segment_lib.segments import segment_contacts

MakeWorkspace = Callable[..., Workspace]
SPANISH = {"smart_views": [{"name": "Spanish", "rule": "country = 'ES'"}], "rfm": None, "clusters": None}
LONG_AGO = {"contact_id": "t00", "occurred_at": "2026-01-01", "kind": "visit"}


def bought(contact: str, when: str) -> dict[str, object]:
    return {"contact_id": contact, "occurred_at": when, "kind": "purchase"}


def assigned(
    arm: str, n: int, *, at: str = "2026-06-01T08:00", start: int = 0, campaign: str = "May"
) -> list[dict[str, object]]:
    return [
        {"campaign": campaign, "contact_id": f"{arm[0]}{i:02}", "arm": arm, "assigned_at": at}
        for i in range(start, start + n)
    ]


def people() -> list[dict[str, object]]:
    """Forty of each arm, the first thirty of them in Spain."""
    return [
        {"contact_id": f"{arm}{i:02}", "country": "ES" if i < 30 else "PT"} for arm in ("t", "c") for i in range(40)
    ]


def lifts(
    workspace: Workspace, *, day: str = "2026-10-31", **options: object
) -> dict[tuple[str, str], dict[str, object]]:
    found = segment_contacts(workspace, as_of=workspace.as_of(day))
    table = measure_lift(workspace, found, **options)  # type: ignore[arg-type]
    return {(row["campaign"], row["segment"]): row for row in table.to_dict("records")}  # type: ignore[misc]


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [
        ((56, 48), (70, 80), 0.0524, 0.3339),
        ((9, 3), (10, 10), 0.1705, 0.8090),
        ((6, 2), (7, 7), 0.0582, 0.8062),
        ((5, 0), (56, 29), -0.0381, 0.1926),
        ((0, 0), (10, 20), -0.1611, 0.2775),
        ((0, 0), (10, 10), -0.2775, 0.2775),
        ((10, 0), (10, 20), 0.6791, 1.0),
        ((10, 0), (10, 10), 0.6075, 1.0),
    ],
)
def test_interval_of_a_difference_is_the_published_one(
    hits: tuple[int, int], n: tuple[int, int], low: float, high: float
) -> None:
    # Newcombe (1998), Interval estimation for the difference between independent proportions, Statistics in Medicine
    # 17, table II, method 10.
    assert lift_interval(hits, n) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


@given(n=st.tuples(st.integers(1, 500), st.integers(1, 500)), data=st.data())
def test_interval_holds_the_difference_and_turns_with_the_arms(n: tuple[int, int], data: st.DataObject) -> None:
    hits = (data.draw(st.integers(0, n[0])), data.draw(st.integers(0, n[1])))
    low, high = lift_interval(hits, n)
    difference = hits[0] / n[0] - hits[1] / n[1]
    assert -1 - 1e-9 <= low <= difference + 1e-9
    assert difference - 1e-9 <= high <= 1 + 1e-9
    turned = lift_interval(hits[::-1], n[::-1])
    assert turned == (pytest.approx(-high, abs=1e-12), pytest.approx(-low, abs=1e-12))


def test_lift_is_the_difference_of_the_rates_of_the_arms(tiny_workspace: MakeWorkspace) -> None:
    # 24 of 40 treated and 8 of 40 others bought; in Spain 20 of 30 and 4 of 30.
    buyers = [*(f"t{i:02}" for i in (*range(20), *range(30, 34))), *(f"c{i:02}" for i in (*range(4), *range(30, 34)))]
    workspace = tiny_workspace(
        contacts=people(),
        interactions=[LONG_AGO, *(bought(contact, "2026-06-15") for contact in buyers), bought("t00", "2026-06-16")],
        assignments=[*assigned("treatment", 40), *assigned("control", 40)],
        segments=SPANISH,
    )
    rows = lifts(workspace)
    assert list(rows) == [("May", "Everybody assigned"), ("May", "Spanish")]
    everybody, spanish = rows.values()
    assert (everybody["treated"], everybody["control"]) == (40, 40)
    assert (everybody["treated_rate"], everybody["control_rate"]) == (0.6, 0.2)
    assert everybody["lift"] == pytest.approx(0.4)
    assert (everybody["low"], everybody["high"]) == lift_interval((24, 8), (40, 40))
    assert everybody["verdict"] == "works"
    assert (spanish["treated"], spanish["control"]) == (30, 30)
    assert spanish["lift"] == pytest.approx(20 / 30 - 4 / 30)


@pytest.mark.parametrize(
    ("treated_buyers", "control_buyers", "verdict"), [(20, 4, "works"), (4, 20, "harms"), (11, 10, "cannot tell")]
)
def test_verdict_follows_the_interval(
    tiny_workspace: MakeWorkspace, treated_buyers: int, control_buyers: int, verdict: str
) -> None:
    workspace = tiny_workspace(
        contacts=people(),
        interactions=[
            LONG_AGO,
            *(bought(f"t{i:02}", "2026-06-15") for i in range(treated_buyers)),
            *(bought(f"c{i:02}", "2026-06-15") for i in range(control_buyers)),
        ],
        assignments=[*assigned("treatment", 40), *assigned("control", 40)],
    )
    assert lifts(workspace)["May", "Everybody assigned"]["verdict"] == verdict


def test_fewer_than_twenty_in_an_arm_are_too_few(tiny_workspace: MakeWorkspace) -> None:
    workspace = tiny_workspace(
        contacts=people(),
        interactions=[LONG_AGO, *(bought(f"t{i:02}", "2026-06-15") for i in range(40))],
        assignments=[*assigned("treatment", 40), *assigned("control", 19)],
    )
    row = lifts(workspace)["May", "Everybody assigned"]
    assert (row["verdict"], row["treated"], row["control"]) == ("too few", 40, 19)
    assert all(isnan(row[name]) for name in ("treated_rate", "control_rate", "lift", "low", "high"))  # type: ignore[arg-type]


def test_purchases_count_from_the_assignment_on_until_the_horizon_ends(tiny_workspace: MakeWorkspace) -> None:
    times = [
        "2026-06-01T07:59:59",  # before
        "2026-06-01T08:00:00",  # counts
        "2026-07-31T07:59:59",  # counts: less than 60 days later
        "2026-07-31T08:00:00",  # too late
    ]
    workspace = tiny_workspace(
        contacts=people(),
        interactions=[LONG_AGO, *(bought(f"t{i:02}", time) for i, time in enumerate(times))],
        assignments=[*assigned("treatment", 20), *assigned("control", 20)],
    )
    assert lifts(workspace)["May", "Everybody assigned"]["treated_rate"] == 0.1
    assert lifts(workspace, horizon_days=61)["May", "Everybody assigned"]["treated_rate"] == 0.15
    assert lifts(workspace, kind="visit")["May", "Everybody assigned"]["treated_rate"] == 0.0


def test_campaign_within_its_horizon_is_left_out(tiny_workspace: MakeWorkspace) -> None:
    workspace = tiny_workspace(
        contacts=people(), interactions=[LONG_AGO], assignments=[*assigned("treatment", 20), *assigned("control", 20)]
    )
    assert lifts(workspace, day="2026-07-30") == {}
    assert list(lifts(workspace, day="2026-07-31")) == [("May", "Everybody assigned")]


def test_contacts_assigned_later_are_judged_when_their_own_time_is_over(tiny_workspace: MakeWorkspace) -> None:
    late = {"at": "2026-08-01T08:00", "start": 20}
    workspace = tiny_workspace(
        contacts=people(),
        interactions=[LONG_AGO, *(bought(f"t{i:02}", "2026-08-20") for i in range(20, 40))],
        assignments=[
            *assigned("treatment", 20), *assigned("control", 20),
            *assigned("treatment", 20, **late), *assigned("control", 20, **late),
        ],
    )  # fmt: skip
    # What is bought on 20 August is not known on 10 August, nor is it judged before the 60 days are over.
    for day in ("2026-08-10", "2026-09-29"):
        row = lifts(workspace, day=day)["May", "Everybody assigned"]
        assert (row["treated"], row["control"], row["treated_rate"]) == (20, 20, 0.0)
    row = lifts(workspace, day="2026-09-30")["May", "Everybody assigned"]
    assert (row["treated"], row["control"], row["treated_rate"]) == (40, 40, 0.5)


def test_contact_that_was_assigned_twice_counts_by_the_first_time(tiny_workspace: MakeWorkspace) -> None:
    workspace = tiny_workspace(
        contacts=people(),
        interactions=[LONG_AGO],
        assignments=[
            *assigned("treatment", 20), *assigned("control", 20),
            *({**row, "arm": "control"} for row in assigned("treatment", 5, at="2026-06-09T08:00")),
        ],
    )  # fmt: skip
    row = lifts(workspace)["May", "Everybody assigned"]
    assert (row["treated"], row["control"]) == (20, 20)


def test_assignment_without_a_time_has_no_part(tiny_workspace: MakeWorkspace) -> None:
    rows = [*assigned("treatment", 20), *assigned("control", 20)]
    nowhen = [{**row, "assigned_at": None} for row in assigned("treatment", 5, start=20)]
    workspace = tiny_workspace(contacts=people(), interactions=[LONG_AGO], assignments=[*rows, *nowhen])
    assert lifts(workspace)["May", "Everybody assigned"]["treated"] == 20


def test_members_are_those_of_the_day_before_the_campaign(tiny_workspace: MakeWorkspace) -> None:
    view = {"name": "Buyers", "rule": "purchases >= 1"}
    workspace = tiny_workspace(
        contacts=people(),
        interactions=[
            *(bought(f"{arm}{i:02}", "2026-05-31T23:00") for arm in "tc" for i in range(25)),
            *(bought(f"t{i:02}", "2026-06-01T09:00") for i in range(25, 40)),  # moved by the campaign
        ],
        assignments=[*assigned("treatment", 40), *assigned("control", 40)],
        segments={**SPANISH, "smart_views": [view]},
    )
    row = lifts(workspace)["May", "Buyers"]
    assert (row["treated"], row["control"], row["treated_rate"]) == (25, 25, 0.0)


def test_play_is_measured_by_the_segment_it_was_for(tiny_workspace: MakeWorkspace) -> None:
    # Nobody is Spanish any more; the assignments say for which segment they were drawn.
    drawn = [{**row, "segment": "Spanish"} for row in (*assigned("treatment", 20), *assigned("control", 20))]
    workspace = tiny_workspace(
        contacts=[{**person, "country": "PT"} for person in people()],
        interactions=[LONG_AGO, *(bought(f"t{i:02}", "2026-06-15") for i in range(10))],
        assignments=drawn,
        segments={**SPANISH, "smart_views": [*SPANISH["smart_views"], {"name": "All", "rule": "true"}]},
    )
    rows = lifts(workspace)
    assert list(rows) == [("May", "Everybody assigned"), ("May", "Spanish")]
    assert [(row["treated"], row["lift"]) for row in rows.values()] == [(20, 0.5), (20, 0.5)]


def test_campaigns_come_in_the_order_of_their_days(tiny_workspace: MakeWorkspace) -> None:
    workspace = tiny_workspace(
        contacts=people(),
        interactions=[LONG_AGO],
        assignments=[
            *assigned("treatment", 20, campaign="Later", at="2026-07-01"),
            *assigned("control", 20, campaign="Later", at="2026-07-01"),
            *assigned("treatment", 20, campaign="O'Hara's", at="2026-03-01"),
            *assigned("control", 20, campaign="O'Hara's", at="2026-03-01"),
        ],
    )
    assert [campaign for campaign, _ in lifts(workspace)] == ["O'Hara's", "Later"]


def test_workspace_without_campaigns_has_no_lifts(tiny_workspace: MakeWorkspace) -> None:
    assert lifts(tiny_workspace(contacts=["a"], interactions=[{**LONG_AGO, "contact_id": "a"}])) == {}


def test_goal_says_what_a_campaign_is_judged_by() -> None:
    goal = {
        "name": "Win", "objective": "sell more", "question": "Who?", "criteria": ["financial"],
        "kpis": [
            {"name": "Kept", "measure": "retention", "horizon_days": 180},
            {"name": "Signed up", "measure": "conversion", "kind": "event_signup", "horizon_days": 90},
        ],
    }  # fmt: skip
    assert lift_horizon(Goal.model_validate(goal)) == {"kind": "event_signup", "horizon_days": 90}
    without = {**goal, "kpis": [{"name": "Kept", "measure": "retention", "horizon_days": 180}]}
    assert lift_horizon(Goal.model_validate(without)) == {"kind": "purchase", "horizon_days": 60}
