"""Performance: conversion, retention and satisfaction by hand, intervals against published ones."""

from collections.abc import Callable
from math import isnan, sqrt

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segment_lib import Kpi, Workspace
from segment_lib.refinement import judge, measure_performance, wilson_interval
from segment_lib.segments import segment_contacts

MakeWorkspace = Callable[..., Workspace]
ALL = {"smart_views": [{"name": "All", "rule": "true"}], "rfm": None, "clusters": None}


def event(contact: str, when: str, kind: str = "purchase", **more: object) -> dict[str, object]:
    return {"contact_id": contact, "occurred_at": when, "kind": kind, **more}


def measure(workspace: Workspace, *kpis: Kpi, day: str = "2026-10-31") -> dict[tuple[str, str], dict[str, object]]:
    found = segment_contacts(workspace, as_of=workspace.as_of(day))
    table = measure_performance(workspace, found, kpis=kpis)
    return {(row["segment"], row["kpi"]): row for row in table.to_dict("records")}  # type: ignore[misc]


def conversion(**more: object) -> Kpi:
    return Kpi(**{"name": "Bought", "measure": "conversion", "kind": "purchase", "horizon_days": 30, **more})


# Intervals.


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_interval_is_the_published_one(hits: int, n: int, low: float, high: float) -> None:
    # Newcombe (1998), Two-sided confidence intervals for the single proportion, Statistics in Medicine 17, table I,
    # method 3.
    assert wilson_interval(hits, n) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


@given(n=st.integers(1, 10_000), data=st.data(), confidence=st.sampled_from([0.8, 0.95, 0.99]))
def test_ends_of_the_wilson_interval_are_where_the_score_test_turns(
    n: int, data: st.DataObject, confidence: float
) -> None:
    hits = data.draw(st.integers(0, n))
    low, high = wilson_interval(hits, n, confidence=confidence)
    assert 0 <= low <= hits / n <= high <= 1
    z = {0.8: 1.2815516, 0.95: 1.9599640, 0.99: 2.5758293}[confidence]
    for end in (low, high):
        assert abs(hits / n - end) == pytest.approx(z * sqrt(max(end * (1 - end), 0) / n), abs=1e-6)
    mirrored = wilson_interval(n - hits, n, confidence=confidence)
    assert mirrored == (pytest.approx(1 - high, abs=1e-12), pytest.approx(1 - low, abs=1e-12))


def test_interval_of_nobody_is_nothing() -> None:
    assert all(isnan(end) for end in wilson_interval(0, 0))


@pytest.mark.parametrize(
    ("low", "high", "target", "members", "verdict"),
    [
        (0.25, 0.30, 0.25, 5, "reached"),
        (0.24, 0.30, 0.25, 5, "cannot tell"),
        (0.10, 0.25, 0.25, 5, "cannot tell"),
        (0.10, 0.24, 0.25, 5, "missed"),
        (0.90, 1.00, 0.25, 4, "too few"),
        (0.90, 1.00, None, 5, "no target"),
        (float("nan"), float("nan"), 0.25, 5, "cannot tell"),
    ],
)
def test_target_is_reached_or_missed_only_if_the_whole_interval_says_so(
    low: float, high: float, target: float | None, members: int, verdict: str
) -> None:
    assert judge(low, high, target, members=members) == verdict


# Conversion.


def test_conversion_counts_members_who_did_it_after_the_horizon_began(tiny_workspace: MakeWorkspace) -> None:
    # Madrid, 30 days up to 31 October: the horizon begins on 2 October, 00:00, which is 22:00 UTC the day before.
    workspace = tiny_workspace(
        contacts=[f"p{i}" for i in range(10)],
        interactions=[
            event("p0", "2026-09-01", "visit"),
            event("p0", "2026-10-01T22:00"),
            event("p1", "2026-10-01T21:59:59"),
            event("p2", "2026-10-31T22:59:59"),
            event("p3", "2026-10-31T23:00"),
            event("p4", "2026-10-15", "visit"),
            event("p5", "2026-10-15"),
            event("p5", "2026-10-16"),
        ],
        time_zone="Europe/Madrid",
        segments=ALL,
    )
    row = measure(workspace, conversion(target=0.7))["All", "Bought"]
    assert (row["members"], row["estimate"], row["verdict"]) == (10, 0.3, "missed")
    assert (row["low"], row["high"]) == wilson_interval(3, 10)
    assert (row["kind"], row["measure"], row["target"]) == ("smart view", "conversion", 0.7)


def test_members_are_those_of_the_day_the_horizon_began(tiny_workspace: MakeWorkspace) -> None:
    view = {"name": "Buyers", "rule": "purchases >= 1"}
    workspace = tiny_workspace(
        contacts=[f"p{i}" for i in range(12)],
        interactions=[
            *(event(f"p{i}", "2026-09-01") for i in range(6)),
            *(event(f"p{i}", "2026-10-15") for i in range(3)),
            *(event(f"p{i}", "2026-10-15") for i in range(6, 12)),  # members because of what is measured
        ],
        segments={**ALL, "smart_views": [view]},
    )
    row = measure(workspace, conversion())["Buyers", "Bought"]
    assert (row["members"], row["estimate"], row["verdict"]) == (6, 0.5, "no target")


def test_day_whose_horizon_begins_before_all_data_says_too_few(tiny_workspace: MakeWorkspace) -> None:
    workspace = tiny_workspace(contacts=["a"], interactions=[event("a", "2026-10-30")], segments=ALL)
    row = measure(workspace, conversion(target=0.5))["All", "Bought"]
    assert (row["members"], row["verdict"]) == (0, "too few")
    assert isnan(row["estimate"])  # type: ignore[arg-type]


def test_nothing_that_happens_later_changes_the_figures(tiny_workspace: MakeWorkspace) -> None:
    rows = [event(f"p{i}", "2026-08-01") for i in range(6)] + [event("p0", "2026-10-15")]
    later = [event(f"p{i}", "2026-11-01") for i in range(6)] + [event("p1", "2026-11-02", "survey", score=1.0)]
    kpis = (
        conversion(),
        Kpi(name="Kept", measure="retention", horizon_days=60),
        Kpi(name="Content", measure="satisfaction", kind="survey", horizon_days=90),
    )
    people = [f"p{i}" for i in range(6)]
    one, other = (
        tiny_workspace(contacts=people, interactions=interactions, segments=ALL)
        for interactions in (rows, rows + later)
    )
    pd.testing.assert_frame_equal(*(pd.DataFrame(measure(workspace, *kpis).values()) for workspace in (one, other)))


# Retention.


def test_retention_is_of_those_who_had_done_it_in_the_horizon_before(tiny_workspace: MakeWorkspace) -> None:
    # 30 days up to 31 October against the 30 days up to 1 October, which begin on 2 September.
    workspace = tiny_workspace(
        contacts=[f"p{i}" for i in range(9)],
        interactions=[
            event("p8", "2026-08-01"),
            *(event(f"p{i}", "2026-09-02") for i in range(5)),
            event("p5", "2026-10-01T23:59:59"),
            event("p6", "2026-09-01T23:59:59"),  # too early
            event("p7", "2026-10-02"),  # too late
            event("p0", "2026-10-02"),
            event("p5", "2026-10-31T12:00"),
            event("p6", "2026-10-20"),
        ],
        segments=ALL,
    )
    row = measure(workspace, conversion(name="Kept", measure="retention"))["All", "Kept"]
    assert (row["members"], row["estimate"]) == (6, pytest.approx(2 / 6))
    assert (row["low"], row["high"]) == wilson_interval(2, 6)


# Satisfaction.


def test_satisfaction_is_the_mean_of_contacts_with_students_interval(tiny_workspace: MakeWorkspace) -> None:
    # Means of the contacts: 3 (of 4 and 2), 5, 4, 4, 4. Their mean is 4, their standard deviation sqrt(2 / 4);
    # t of 4 degrees of freedom is 2.776445.
    scores = [("p0", 4.0), ("p0", 2.0), ("p1", 5.0), ("p2", 4.0), ("p3", 4.0), ("p4", 4.0)]
    workspace = tiny_workspace(
        contacts=[f"p{i}" for i in range(7)],
        interactions=[
            *(event(contact, "2026-10-15", "survey", score=score) for contact, score in scores),
            event("p5", "2026-10-15", "survey"),  # without a score
            event("p5", "2026-10-15", "call", score=1.0),  # another kind
            event("p6", "2026-10-01T23:59:59", "survey", score=1.0),  # too long ago
        ],
        segments=ALL,
    )
    kpi = Kpi(name="Content", measure="satisfaction", kind="survey", horizon_days=30, target=3.0)
    row = measure(workspace, kpi)["All", "Content"]
    half = 2.776445 * sqrt(0.5) / sqrt(5)
    assert (row["members"], row["estimate"], row["verdict"]) == (5, 4.0, "reached")
    assert (row["low"], row["high"]) == (pytest.approx(4 - half, abs=1e-6), pytest.approx(4 + half, abs=1e-6))


def test_few_answers_say_nothing(tiny_workspace: MakeWorkspace) -> None:
    rows = [event(f"p{i}", "2026-10-15", "survey", score=4.0 + i % 2) for i in range(4)]
    workspace = tiny_workspace(contacts=[f"p{i}" for i in range(4)], interactions=rows, segments=ALL)
    kpi = Kpi(name="Content", measure="satisfaction", kind="survey", horizon_days=30, target=3.0)
    row = measure(workspace, kpi)["All", "Content"]
    assert (row["members"], row["verdict"]) == (4, "too few")
    assert all(isnan(row[name]) for name in ("estimate", "low", "high"))  # type: ignore[arg-type]


def test_answers_that_are_all_alike_have_no_interval(tiny_workspace: MakeWorkspace) -> None:
    rows = [event(f"p{i}", "2026-10-15", "survey", score=4.0) for i in range(6)]
    workspace = tiny_workspace(contacts=[f"p{i}" for i in range(6)], interactions=rows, segments=ALL)
    kpi = Kpi(name="Content", measure="satisfaction", kind="survey", horizon_days=30, target=3.0)
    row = measure(workspace, kpi)["All", "Content"]
    assert (row["members"], row["estimate"], row["verdict"]) == (6, 4.0, "cannot tell")
    assert isnan(row["low"])  # type: ignore[arg-type]


def test_every_segment_and_kpi_has_a_row_in_their_order(tiny_workspace: MakeWorkspace) -> None:
    views = [{"name": "All", "rule": "true"}, {"name": "Nobody", "rule": "false"}]
    workspace = tiny_workspace(
        contacts=["a"], interactions=[event("a", "2026-08-15")], segments={**ALL, "smart_views": views}
    )
    kpis = (conversion(), conversion(name="Visited", kind="visit"))
    assert list(measure(workspace, *kpis)) == [
        ("All", "Bought"), ("Nobody", "Bought"), ("All", "Visited"), ("Nobody", "Visited"),
    ]  # fmt: skip
    found = segment_contacts(workspace, as_of=workspace.as_of("2026-10-31"))
    assert measure_performance(workspace, found, kpis=[]).empty
