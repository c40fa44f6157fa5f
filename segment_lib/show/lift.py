"""Lift of campaigns: what the treated did beyond a control group."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from segment_lib.show.canvas import draw_guide, draw_nothing, open_chart, write_beside
from segment_lib.show.intervals import draw_interval, mark_axis, span_of, verdict_ink
from segment_lib.show.rows import Row, lay_rows, plan_rows, read_rows
from segment_lib.show.style import GREY, INK, SOFT, chart_style
from segment_lib.show.words import as_float, count_words, format_points, format_share, is_missing, join_words

LIFT = ("campaign", "segment", "treated", "control", "treated_rate", "control_rate", "lift", "low", "high", "verdict")


def _read_lift(lift: pd.DataFrame) -> list[Row]:
    """Return the tests by campaign in the order given, the largest lift first."""
    rows = read_rows(lift, LIFT, table="lift")
    campaigns = list(dict.fromkeys(row["campaign"] for row in rows))
    return sorted(
        rows,
        key=lambda row: (campaigns.index(row["campaign"]), -np.nan_to_num(as_float(row["lift"]), nan=-np.inf)),
    )


def _title(rows: list[Row]) -> str:
    campaigns = list(dict.fromkeys(row["campaign"] for row in rows))
    works, harms = ([row["segment"] for row in rows if row["verdict"] == verdict] for verdict in ("works", "harms"))
    if len(campaigns) > 1:
        harmed = f"; {len(harms)} did harm" if harms else ""
        verb = "shows" if len(works) == 1 else "show"
        return f"{len(works)} of {count_words(len(rows), 'tests')} in {len(campaigns)} campaigns {verb} a lift{harmed}"
    if not works and not harms:
        return f"{campaigns[0]}: these data cannot tell whether it worked"
    harmed = f"did harm among {join_words(harms, most=3)}" if harms else ""
    if not works:
        return f"{campaigns[0]} {harmed}"
    only = " only" if len(works) < len(rows) and not harms else ""
    return f"{campaigns[0]} worked for {join_words(works, most=3)}{only}" + (f", and {harmed}" if harms else "")


@chart_style()
def plot_lift(lift: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the lift of campaigns over their control groups, with 95% intervals round no lift.

    Parameters
    ----------
    lift : one row per campaign and segment: campaign, segment, treated and control (contacts), treated_rate,
        control_rate, lift, low, high (differences of shares: 0.041 is 4.1 points), verdict ('works', 'harms',
        'cannot tell', 'too few').
    ax : axes to draw on; without them a figure of its own.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    MissingColumns
        A column is absent.
    """
    rows = _read_lift(lift)
    if not rows:
        return draw_nothing(ax, title="Lift of the campaigns", reason="No campaign has had a control group yet.")
    plan = plan_rows([row["segment"] for row in rows], groups=[row["campaign"] for row in rows], inches=0.42)
    ax = open_chart(
        ax,
        title=_title(rows),
        subtitle="Lift over the control group, percentage points, with 95% interval",
        body=0.42 * plan.extent,
        left=plan.left,
        right=1.75,
        bottom=0.4,
    )
    lay_rows(ax, plan)
    draw_guide(ax, 0, colour=INK)
    for y, row in zip(plan.positions, rows, strict=True):
        verdict, estimate = str(row["verdict"]), as_float(row["lift"])
        draw_interval(ax, y, estimate, as_float(row["low"]), as_float(row["high"]), verdict=verdict)
        ink = verdict_ink(verdict)
        write_beside(ax, y, format_points(estimate), inches=0.6, colour=ink, bold=ink != SOFT, align="right")
        write_beside(ax, y, verdict, inches=0.75, colour=ink)
    ends = [as_float(row[name]) for row in rows for name in ("lift", "low", "high")]
    reach = max([0.01, *(abs(end) for end in ends if np.isfinite(end))]) * 1.06
    low, high = span_of([0.0, *ends])
    # A zero line at the very edge reads as a frame.
    ax.set_xlim(min(low, -0.15 * reach), max(high, 0.15 * reach))
    mark_axis(ax, lambda value: "no lift" if abs(value) < 1e-9 else format_points(value, digits=_digits(reach)))
    ax.spines["bottom"].set_color(GREY)
    return ax


def _digits(reach: float) -> int:
    """Return how many figures after the point keep the marks of an axis apart."""
    return 0 if reach >= 0.03 else 1


def describe_lift(lift: pd.DataFrame) -> str:
    """Say in words what `plot_lift` shows.

    Parameters
    ----------
    lift : as for `plot_lift`.

    Returns
    -------
    str
    """
    rows = _read_lift(lift)
    if not rows:
        return "Lift of the campaigns: no campaign has had a control group yet."
    several = len({row["campaign"] for row in rows}) > 1
    parts = []
    for row in rows:
        name = f"{row['campaign']}, {row['segment']}" if several else row["segment"]
        interval = f" ({format_points(row['low'])} to {format_points(row['high'])})" * (not is_missing(row["low"]))
        rates = f"{format_share(row['treated_rate'], digits=1)} against {format_share(row['control_rate'], digits=1)}"
        parts.append(f"{name} {format_points(row['lift'])}{interval}, {rates}, {row['verdict']}")
    return f"{_title(rows)}. Lift in points with 95% intervals: {'; '.join(parts)}."
