"""Performance of segments against the target of a KPI."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from segment_lib.show.canvas import draw_guide, draw_nothing, label_point, open_chart, write_beside
from segment_lib.show.intervals import draw_interval, mark_axis, span_of, verdict_ink
from segment_lib.show.rows import Row, lay_rows, plan_rows, read_rows
from segment_lib.show.style import INK, SOFT, chart_style
from segment_lib.show.words import as_float, format_number, format_share, is_missing, join_words

PERFORMANCE = ("segment", "kpi", "measure", "members", "estimate", "low", "high", "target", "verdict")
IN_POINTS = ("satisfaction",)


def _read_performance(performance: pd.DataFrame, kpi: str) -> list[Row]:
    rows = [row for row in read_rows(performance, PERFORMANCE, table="performance") if row["kpi"] == kpi]
    return sorted(rows, key=lambda row: -np.nan_to_num(as_float(row["estimate"]), nan=-np.inf))


def _write_value(row: Row, value: object) -> str:
    """Write a value of the measure: points as they are, everything else as per cent."""
    return format_number(as_float(value)) if row["measure"] in IN_POINTS else format_share(as_float(value))


def _title_performance(rows: list[Row], kpi: str) -> str:
    verdicts = {
        verdict: [row["segment"] for row in rows if row["verdict"] == verdict] for verdict in ("reached", "missed")
    }
    judged = [row for row in rows if row["verdict"] != "no target"]
    if not judged:
        best = rows[0]
        if np.isnan(as_float(best["estimate"])):
            return f"{kpi}: nothing could be measured yet"
        return f"{kpi}: {best['segment']} highest with {_write_value(best, best['estimate'])}"
    targets = {as_float(row["target"]) for row in judged if not is_missing(row["target"])}
    goal = f"the target of {_write_value(judged[0], next(iter(targets)))}" if len(targets) == 1 else "their target"
    reached, missed = verdicts["reached"], verdicts["missed"]
    if not reached and not missed:
        return f"{kpi}: these data cannot tell who reaches {goal}"
    if not reached:
        return f"{kpi}: {join_words(missed, most=3)} missed {goal}; none surely reached it"
    end = f"; {join_words(missed, most=2)} missed it" if missed else ""
    return f"{kpi}: {join_words(reached, most=3)} reached {goal}{end}"


@chart_style()
def plot_performance(performance: pd.DataFrame, kpi: str, *, ax: Axes | None = None) -> Axes:
    """Draw a KPI of every segment with its 95% interval, against the target.

    Parameters
    ----------
    performance : one row per segment and KPI: segment, kpi, measure, members, estimate, low, high, target, verdict
        ('reached', 'missed', 'cannot tell', 'too few', 'no target'). The measure 'satisfaction' is in points, the
        others are shares.
    kpi : which one to draw.
    ax : axes to draw on; without them a figure of its own.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    MissingColumns
        A column is absent.
    """
    rows = _read_performance(performance, kpi)
    if not rows:
        return draw_nothing(ax, title=kpi, reason="No segment has been measured against this KPI.")
    plan = plan_rows([row["segment"] for row in rows], inches=0.4)
    unit = "points" if rows[0]["measure"] in IN_POINTS else "per cent of members"
    ax = open_chart(
        ax,
        title=_title_performance(rows, kpi),
        subtitle=f"{str(rows[0]['measure']).capitalize()}, {unit}, with 95% interval",
        body=0.4 * plan.extent + 0.3,
        left=plan.left,
        right=1.9,
        bottom=0.35,
    )
    lay_rows(ax, plan)
    ax.set_ylim(plan.extent, -0.65)
    targets = [as_float(row["target"]) for row in rows]
    _draw_targets(ax, rows, plan.positions, targets)
    for y, row in zip(plan.positions, rows, strict=True):
        verdict = str(row["verdict"])
        estimate = as_float(row["estimate"])
        draw_interval(ax, y, estimate, as_float(row["low"]), as_float(row["high"]), verdict=verdict)
        colour = verdict_ink(verdict)
        write_beside(ax, y, _write_value(row, estimate), inches=0.6, colour=INK, bold=colour != SOFT, align="right")
        write_beside(ax, y, verdict, inches=0.75, colour=colour)
    ends = [as_float(row[name]) for row in rows for name in ("estimate", "low", "high")]
    ax.set_xlim(*span_of([*ends, *targets]))
    mark_axis(ax, lambda value: _write_value(rows[0], value))
    return ax


def _draw_targets(ax: Axes, rows: list[Row], positions: Sequence[float], targets: list[float]) -> None:
    """Draw one line where all segments share a target, and a stroke for each where they do not."""
    known = sorted({target for target in targets if not np.isnan(target)})
    if len(known) == 1:
        draw_guide(ax, known[0], colour=INK)
        # On the side where there is more room.
        ends = [as_float(row[name]) for row in rows for name in ("estimate", "low", "high")]
        low, high = span_of([*ends, known[0]])
        points = 4 if known[0] < (low + high) / 2 else -4
        label_point(ax, known[0], -0.32, f"target {_write_value(rows[0], known[0])}", points=points)
    elif known:
        for y, target in zip(positions, targets, strict=True):
            if not np.isnan(target):
                ax.plot([target, target], [y - 0.36, y + 0.36], color=INK, linewidth=1.6, zorder=1)
        first = next(place for place, target in enumerate(targets) if not np.isnan(target))
        ax.text(targets[first], -0.32, "targets: upright strokes", fontsize=9, color=INK, va="center", ha="center")


def describe_performance(performance: pd.DataFrame, kpi: str) -> str:
    """Say in words what `plot_performance` shows.

    Parameters
    ----------
    performance, kpi : as for `plot_performance`.

    Returns
    -------
    str
    """
    rows = _read_performance(performance, kpi)
    if not rows:
        return f"{kpi}: no segment has been measured against this KPI."
    parts = []
    for row in rows:
        interval = f" ({_write_value(row, row['low'])} to {_write_value(row, row['high'])})" * (
            not is_missing(row["low"])
        )
        parts.append(f"{row['segment']} {_write_value(row, row['estimate'])}{interval}, {row['verdict']}")
    return f"{_title_performance(rows, kpi)}. Estimates with 95% intervals: {'; '.join(parts)}."
