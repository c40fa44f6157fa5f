"""Survival of contracts: curves with their bands, how many are still watched, and the same in words."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from segment_lib.checks import check_columns
from segment_lib.show.canvas import NOTE_SIZE, draw_nothing, open_chart
from segment_lib.show.lettering import label_room, wrap_name
from segment_lib.show.lifetime_lines import (
    CLOCKS,
    LineEnd,
    TimeMarks,
    end_name,
    mark_times,
    name_ends,
    room_for_ends,
    share_axis,
    text_colour,
    write_below,
)
from segment_lib.show.style import ACCENT, chart_style, segment_colours
from segment_lib.show.tables import ReportTable, table_html
from segment_lib.show.words import as_float, count_words, format_count, format_number, format_share, join_words

SURVIVAL = ("group", "time_days", "at_risk", "ended", "survival", "low", "high")
MOST_GROUPS = 8
REASON = "No group has had enough contracts yet."


@dataclass(frozen=True)
class _Curve:
    """One group's curve, as far as enough contracts were watched."""

    group: str
    frame: pd.DataFrame
    contracts: int

    def at(self, days: float, column: str = "survival") -> float:
        """Return a value on a day: that of the last row up to it."""
        before = self.frame[self.frame["time_days"] <= days]
        return as_float(before[column].iloc[-1]) if len(before) else float("nan")

    def watched(self, days: float) -> int:
        """Return how many contracts were watched up to a day: those at risk at the next time that occurs."""
        after = self.frame[self.frame["time_days"] >= days]
        return int(after["at_risk"].iloc[0]) if len(after) else 0

    @property
    def last(self) -> float:
        return float(self.frame["time_days"].max())


def _read_curves(survival: pd.DataFrame, smallest: int) -> list[_Curve]:
    """Return the curves of the largest groups, each cut where fewer than `smallest` contracts are watched."""
    check_columns([str(name) for name in survival.columns], SURVIVAL, table="survival")
    curves = []
    for group, rows in survival.groupby("group", sort=False):
        frame = rows.sort_values("time_days")
        shown = frame[frame["at_risk"].fillna(0) >= smallest]
        if len(shown) and shown["survival"].notna().any():
            curves.append(_Curve(str(group), shown, int(frame["at_risk"].max())))
    return sorted(curves, key=lambda curve: (-curve.contracts, curve.group))[:MOST_GROUPS]


def _marks(curves: list[_Curve]) -> TimeMarks:
    return mark_times(max(1.0, max(curve.last for curve in curves)))


def _title(curves: list[_Curve], noun: str) -> str:
    # A round time that every curve reaches.
    marks = mark_times(min(curve.last for curve in curves))
    days, when = marks.days[-1], marks.words(-1)
    if days == 0:
        return f"{noun[:1].upper()}{noun[1:]} have been watched too briefly to tell how long they last"
    if len(curves) == 1:
        half = curves[0].frame.loc[curves[0].frame["survival"] <= 0.5, "time_days"]
        lasting = f"{format_share(curves[0].at(days))} of {noun} are still there after {when}"
        return f"Half of the {noun} end within {_span(float(half.iloc[0]))}; {lasting}" if len(half) else lasting
    ordered = sorted(curves, key=lambda curve: curve.at(days))
    worst, best = ordered[0], ordered[-1]
    shares = format_share(best.at(days)), format_share(worst.at(days))
    if not best.at(days, "low") > worst.at(days, "high"):
        return f"After {when} {shares[1]} to {shares[0]} are still there: these data cannot tell the groups apart"
    return f"Longest-lived: {best.group}, {shares[0]} still there after {when}; shortest: {worst.group}, {shares[1]}"


def _span(days: float) -> str:
    """Write a length in the unit that it is thought in, the part of a unit counted as a whole one."""
    unit, size, _ = next(clock for clock in CLOCKS if days <= clock[2])
    return count_words(math.ceil(days / size), unit)


@chart_style()
def plot_survival(
    survival: pd.DataFrame,
    *,
    noun: str = "contracts",
    colours: Mapping[str, str] | None = None,
    smallest: int = 5,
    ax: Axes | None = None,
) -> Axes:
    """Draw which share of contracts lasts how long, by group, with bands and the numbers that are still watched.

    Parameters
    ----------
    survival : from `kaplan_meier`: group, time_days, at_risk, ended, survival, low, high.
    noun : the word for contracts.
    colours : group to colour; a segment keeps its own.
    smallest : a curve is drawn as far as so many contracts are watched.
    ax : axes to draw on; without them a figure of its own.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    MissingColumns
        A column is absent.
    """
    curves = _read_curves(survival, smallest)
    if not curves:
        return draw_nothing(ax, title=f"How long {noun} last", reason=REASON)
    marks = _marks(curves)
    one = len(curves) == 1
    chosen = {curves[0].group: ACCENT} if one else segment_colours(sorted(curve.group for curve in curves))
    chosen |= {name: colour for name, colour in (colours or {}).items() if not one}
    names = [] if one else [end_name(curve.group) for curve in curves]
    left = 0.55 if one else max(label_room([_row_name(curve) for curve in curves], size=NOTE_SIZE, gap=0.3), 0.55)
    ax = open_chart(
        ax,
        title=_title(curves, noun),
        subtitle=f"Share of {noun} that last longer, by {marks.unit} since their start, with the interval of the "
        f"estimate{'' if len(curves) == survival['group'].nunique() else f'; the {len(curves)} largest groups'}",
        body=3.0,
        left=left,
        right=0.25 if one else room_for_ends(names),
        bottom=0.9 + 0.19 * len(curves),
    )
    end = max(curve.last for curve in curves)
    for curve in curves:
        frame, colour = curve.frame.astype(dict.fromkeys(SURVIVAL[1:], float)), chosen[curve.group]
        ax.plot([0, 0], [1, curve.at(0)], color=colour, linewidth=2.2)
        ax.fill_between(
            frame["time_days"], frame["low"], frame["high"], step="post", color=colour, alpha=0.14, linewidth=0
        )
        ax.step(frame["time_days"], frame["survival"], where="post", color=colour, linewidth=2.2)
    ax.set_xlim(0, max(end, 1.0))
    share_axis(ax)
    ax.set_xticks(list(marks.days), labels=list(marks.labels))
    ax.set_xlabel(f"{marks.unit} since the start", loc="left")
    if not one:
        name_ends(
            ax,
            [
                LineEnd(curve.at(curve.last), end_name(curve.group), text_colour(chosen[curve.group]))
                for curve in curves
            ],
        )
    _write_watched(ax, curves, marks, {curve.group: text_colour(chosen[curve.group]) for curve in curves}, left=left)
    return ax


def _write_watched(
    ax: Axes, curves: list[_Curve], marks: TimeMarks, colours: Mapping[str, str], *, left: float
) -> None:
    """Write below the axis how many contracts of each group are watched at each mark."""
    write_below(ax, "Still watched", depth=46, left=left)
    for place, curve in enumerate(curves):
        depth = 60 + 13.5 * place
        if len(curves) > 1:
            write_below(ax, _row_name(curve), depth=depth, left=left, colour=colours[curve.group])
        for days in marks.days:
            if count := curve.watched(days):
                write_below(ax, format_count(count), depth=depth, at=days)


def _row_name(curve: _Curve) -> str:
    return wrap_name(curve.group, characters=22, lines=1)


def describe_survival(survival: pd.DataFrame, *, noun: str = "contracts", smallest: int = 5) -> str:
    """Say in words what `plot_survival` shows.

    Parameters
    ----------
    survival : as for `plot_survival`.
    noun : the word for contracts.
    smallest : as for `plot_survival`.

    Returns
    -------
    str
    """
    curves = _read_curves(survival, smallest)
    if not curves:
        return f"How long {noun} last: no group has had enough contracts yet."
    parts = []
    for curve in curves:
        marks = mark_times(curve.last)
        points = [
            f"{marks.words(place)} {format_share(curve.at(days))} ({format_share(curve.at(days, 'low'))} to "
            f"{format_share(curve.at(days, 'high'))})"
            for place, days in enumerate(marks.days)
            if 0 < days <= curve.last
        ]
        name = f"{curve.group}, " if len(curves) > 1 else ""
        parts.append(f"{name}{count_words(curve.contracts, noun)}: {join_words(points) or 'watched too briefly'}")
    return f"{_title(curves, noun)}. Share that lasts longer, with its interval: {'; '.join(parts)}."


def table_medians(medians: pd.DataFrame, survival: pd.DataFrame) -> ReportTable:
    """Write for each group how many contracts it has, how many ended, and how long half of them last.

    Parameters
    ----------
    medians : from `median_survival`: group, median_days, low, high.
    survival : the curves they are of.

    Returns
    -------
    ReportTable
    """
    check_columns([str(name) for name in survival.columns], SURVIVAL, table="survival")
    by_group = survival.groupby("group", sort=False).agg(contracts=("at_risk", "max"), ended=("ended", "sum"))
    rows = medians.merge(by_group.reset_index(), on="group")
    rows["interval"] = [
        f"{_days(row['low'])} to {_days(row['high'])}" for row in rows[["low", "high"]].to_dict("records")
    ]
    return table_html(
        rows[["group", "contracts", "ended", "median_days", "interval"]],
        caption="After how many days half of the contracts have ended; open where fewer than half have.",
        heads={"median_days": "Half ended after (days)", "interval": "Interval (days)"},
        formats={"median_days": _days},
        right=["interval"],
    )


def _days(days: float) -> str:
    return "open" if np.isnan(as_float(days)) else format_number(days)
