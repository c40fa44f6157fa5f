"""What the figures say of outcomes: who moved, what worked, what to decide."""

from datetime import date
from typing import Any

import pandas as pd

from segment_lib.goals import Goal
from segment_lib.segments.definitions import EVERYBODY
from segment_lib.show.findings import Findings, bold, plain, rows_of
from segment_lib.show.words import (
    as_float,
    count_words,
    format_count,
    format_day,
    format_number,
    format_points,
    format_share,
    join_words,
)

# A shop that is closed for a week is no fault of the data.
STALE_DAYS = 7


def say_refinement(
    movement: pd.DataFrame,
    performance: pd.DataFrame,
    lift: pd.DataFrame,
    *,
    goal: Goal,
    since: str,
    last_day: date,
    as_of: date,
) -> Findings:
    """Say what moved, how the leading figure stands, and what each campaign changed.

    Parameters
    ----------
    movement, performance, lift : as `segment_lib.refinement` makes them; clusters are left out of what is told.
    goal : the leading one; its first KPI is told.
    since : the earlier day in words.
    last_day : of the last interaction.
    as_of : the day seen from; where the data end long before it, that is told first.

    Returns
    -------
    Findings
    """
    # Clusters are for exploring; what is told first is of the groups that people have named.
    named = performance[performance["kind"] != "cluster"]
    lines = [*_say_movement(movement, since=since), *_say_performance(named, goal.kpis[0].name)]
    stale = []
    if (as_of - last_day).days > STALE_DAYS:
        stale = [
            f"**The data end on {format_day(last_day)}**, {format_count((as_of - last_day).days)} days before the day "
            "of this report: whatever counts recent days counts too little. Is an export missing?"
        ]
    return Findings((*stale, *lines, *_say_lift(lift)))


def _say_movement(movement: pd.DataFrame, *, since: str) -> list[str]:
    """Say which segments grew and shrank most."""
    changed = movement.assign(net=movement["now"] - movement["before"])
    lines = []
    for row, verb in ((changed.nlargest(1, "net"), "grew"), (changed.nsmallest(1, "net"), "shrank")):
        for one in rows_of(row):
            if (one["net"] > 0) == (verb == "grew") and one["net"]:
                lines.append(
                    f"{bold(one['segment'])} {verb} by {format_count(abs(one['net']))} to "
                    f"{count_words(one['now'], 'contacts')} since {since}: {format_count(one['entered'])} entered, "
                    f"{format_count(one['left'])} left."
                )
    return lines or [f"Nobody moved since {since}."]


def _say_performance(performance: pd.DataFrame, kpi: str) -> list[str]:
    """Say which segments reach a KPI's target, which miss it, and for how many the data cannot tell."""
    mine = performance[performance["kpi"] == kpi]
    shown = mine[mine["estimate"].notna() & ~mine["verdict"].isin(["too few"])]
    if shown.empty:
        return [f"{bold(kpi)}: these data cannot tell, for any segment."]
    points = mine["measure"].iloc[0] == "satisfaction"

    def figure(row: dict[str, Any]) -> str:
        write = format_number if points else format_share
        return f"{write(row['estimate'])} (95% interval {write(row['low'])} to {write(row['high'])})"

    best, worst = rows_of(shown.nlargest(1, "estimate"))[0], rows_of(shown.nsmallest(1, "estimate"))[0]
    line = (
        f"{bold(kpi)}: highest for {bold(best['segment'])}, {figure(best)}, "
        f"lowest for {bold(worst['segment'])}, {figure(worst)}"
    )
    target = as_float(best["target"])
    if target == target:  # a target was set
        counts = mine["verdict"].value_counts()
        wanted = format_number(target) if points else format_share(target)
        reached, missed = int(counts.get("reached", 0)), int(counts.get("missed", 0))
        line += (
            f". Target {wanted}: {count_words(reached, 'segments')} reach it, {format_count(missed)} miss it, "
            f"for {format_count(len(mine) - reached - missed)} these data cannot tell"
        )
    return [line + "."]


def _say_lift(lift: pd.DataFrame) -> list[str]:
    """Say what each campaign changed, over all who were assigned."""
    words = {"works": "worked", "harms": "did harm"}
    lines = []
    for row in rows_of(lift[lift["segment"] == EVERYBODY]):
        if row["verdict"] == "too few":
            lines.append(f"The campaign {bold(row['campaign'])} reached too few contacts to tell what it changed.")
            continue
        known = words.get(row["verdict"])
        interval = f"{format_points(row['low'])} to {format_points(row['high'])} points"
        lines.append(
            f"The campaign {bold(row['campaign'])} {known}: {format_share(row['treated_rate'], digits=1)} against "
            f"{format_share(row['control_rate'], digits=1)} in the control group, {format_points(row['lift'])} points "
            f"(95% interval {interval})."
            if known
            else f"Whether the campaign {bold(row['campaign'])} changed anything, these data cannot tell: "
            f"{format_points(row['lift'])} points (95% interval {interval})."
        )
    return lines


def say_decisions(
    knocked: pd.DataFrame, performance: pd.DataFrame, lift: pd.DataFrame, funnel: pd.DataFrame, *, kpi: str
) -> Findings:
    """Say what a person has to choose now.

    Parameters
    ----------
    knocked : segment, passed, reasons.
    performance : of every KPI.
    lift : of every campaign.
    funnel : play, segment, channel, matched, eligible, sent, cost, note.
    kpi : name of the leading KPI.

    Returns
    -------
    Findings
    """
    lines = []
    for row in rows_of(lift[lift["segment"] == EVERYBODY]):
        if row["verdict"] == "works":
            lines.append(f"Repeat {bold(row['campaign'])}, keeping its control group?")
        elif row["verdict"] == "cannot tell":
            lines.append(
                f"Stop {bold(row['campaign'])}, or try it on more contacts? Its effect lies between "
                f"{format_points(row['low'])} and {format_points(row['high'])} points."
            )
    missed = performance[(performance["kpi"] == kpi) & (performance["verdict"] == "missed")]
    planned = set(funnel["segment"]) if len(funnel) else set()
    idle = [row for row in rows_of(missed.nlargest(8, "members")) if row["segment"] not in planned]
    if idle:
        lines.append(
            f"Which play for {join_words([bold(row['segment']) for row in idle[:3]])}? "
            "They miss the target and have none."
        )
    for row in rows_of(funnel):
        if row["matched"] and row["eligible"] < 0.5 * row["matched"] and not row["note"]:
            lines.append(
                f"{bold(row['segment'])}: {format_count(row['matched'] - row['eligible'])} of "
                f"{format_count(row['matched'])} may not be contacted by {row['channel']}. "
                "Ask for consent, or choose another channel?"
            )
    failed = [plain(row["segment"]) for row in rows_of(knocked[~knocked["passed"].astype(bool)])]
    if failed:
        lines.append(f"Merge, widen or drop the segments that are knocked out: {join_words(failed, most=5)}.")
    return Findings(tuple(lines) or ("Nothing stands against going on as planned.",))
