"""A purchase model against what happened: repeat purchases in sum and week by week, before and after the boundary."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from segment_lib.checks import check_columns
from segment_lib.show.canvas import NOTE_SIZE, draw_nothing, open_chart
from segment_lib.show.lifetime_lines import LineEnd, faint_grid, name_ends, text_colour
from segment_lib.show.panels import split_chart
from segment_lib.show.style import ACCENT, GREY, INK, SOFT, chart_style
from segment_lib.show.words import MONTHS, as_float, count_words, format_count, format_day, format_share, join_words

WEEKS = (
    *("week_end", "part", "days", "actual", "expected", "low", "high"),
    *("cumulative_actual", "cumulative_expected", "cumulative_low", "cumulative_high"),
)
MOST_DATES = 7


def _read_weeks(weeks: pd.DataFrame) -> pd.DataFrame:
    check_columns([str(name) for name in weeks.columns], WEEKS, table="weeks")
    known = weeks[weeks["week_end"].notna()].sort_values("week_end")
    return known.astype(dict.fromkeys((*WEEKS[3:],), float))


def _title(weeks: pd.DataFrame) -> str:
    last = weeks.iloc[-1]
    made, expected = as_float(last["cumulative_actual"]), as_float(last["cumulative_expected"])
    count = f"{count_words(made, 'repeat purchases')} made by {format_day(last['week_end'])}"
    return f"{count}, {format_count(expected)} expected" + (f": {_off(expected / made - 1)}" if made else "")


def _off(share: float) -> str:
    if not np.isfinite(share) or abs(share) < 0.005:
        return "as many"
    return f"{format_share(abs(share))} {'more' if share > 0 else 'fewer'}"


@chart_style()
def plot_tracking(weeks: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw actual and expected repeat purchases, in sum and week by week, with the range that chance leaves.

    Parameters
    ----------
    weeks : `weeks` of a `Tracking`: week_end, part (calibration, holdout), days, actual, expected, low, high, and the
        last four in sum with `cumulative_` before them.
    ax : axes to draw on; without them a figure of its own.

    Returns
    -------
    matplotlib.axes.Axes
        The axes that carry the title; the two panels are its `child_axes`.

    Raises
    ------
    MissingColumns
        A column is absent.
    """
    rows = _read_weeks(weeks)
    if rows.empty:
        return draw_nothing(ax, title="Repeat purchases week by week", reason="No week has been tracked.")
    ax = open_chart(
        ax,
        title=_title(rows),
        subtitle="Repeat purchases of customers known before the boundary: those made, those that the model expects, "
        "and the range in which chance alone would leave them",
        body=4.8,
        left=0.6,
        right=0.95,
        bottom=0.5,
    )
    upper, lower = split_chart(ax, (0, 0.44, 1, 0.5), (0, 0, 1, 0.31))
    places = np.array([(day - rows["week_end"].iloc[0]).days for day in rows["week_end"]], dtype=float)
    for panel, prefix, heading in ((upper, "cumulative_", "In sum"), (lower, "", "Each week")):
        _draw(panel, rows, places, prefix)
        panel.annotate(
            heading, (0, 1), xycoords="axes fraction", xytext=(0, 6), textcoords="offset points", color=INK,
            fontsize=9.5, fontweight="bold",
        )  # fmt: skip
        _mark_dates(panel, rows, places, named=panel is lower)
        _mark_boundary(panel, rows, places, named=panel is upper)
    last = rows.iloc[-1]
    name_ends(
        upper,
        [
            LineEnd(as_float(last["cumulative_actual"]), f"made\n{format_count(last['cumulative_actual'])}", ACCENT),
            LineEnd(
                as_float(last["cumulative_expected"]),
                f"expected\n{format_count(last['cumulative_expected'])}",
                text_colour(GREY),
            ),
        ],
    )
    return ax


def _draw(panel: Axes, rows: pd.DataFrame, places: np.ndarray[tuple[int], np.dtype[np.float64]], prefix: str) -> None:
    panel.fill_between(places, rows[f"{prefix}low"], rows[f"{prefix}high"], color=GREY, alpha=0.22, linewidth=0)
    panel.plot(places, rows[f"{prefix}expected"], color=GREY, linewidth=1.8, linestyle=(0, (4, 2)))
    panel.plot(places, rows[f"{prefix}actual"], color=ACCENT, linewidth=2.0)
    highest = np.nanmax([*rows[f"{prefix}actual"], *rows[f"{prefix}high"], *rows[f"{prefix}expected"], 1.0])
    panel.set_ylim(0, highest * 1.04)
    panel.set_xlim(places[0], max(places[-1], places[0] + 1))
    panel.locator_params(axis="y", nbins=5, integer=True)
    marks = [mark for mark in panel.get_yticks() if mark <= highest * 1.04]
    panel.set_yticks(marks, labels=[format_count(mark) for mark in marks])
    faint_grid(panel)


def _mark_dates(
    panel: Axes, rows: pd.DataFrame, places: np.ndarray[tuple[int], np.dtype[np.float64]], *, named: bool
) -> None:
    """Mark the beginnings of months, a few of them, the year below the first of each."""
    first, last = rows["week_end"].iloc[0], rows["week_end"].iloc[-1]
    months = (last.year - first.year) * 12 + last.month - first.month
    step = next((step for step in (1, 2, 3, 6, 12, 24) if months / step < MOST_DATES), max(1, months // MOST_DATES))
    found: list[tuple[float, str]] = []
    year = None
    for number in range(months + 1):
        day = date(first.year + (first.month - 1 + number) // 12, (first.month - 1 + number) % 12 + 1, 1)
        place = (day - date(first.year, first.month, first.day)).days
        if (day.month - 1) % min(step, 12) or not places[0] <= place <= places[-1]:
            continue
        found.append((float(place), MONTHS[day.month - 1][:3] + (f"\n{day.year}" if day.year != year else "")))
        year = day.year
    panel.set_xticks([place for place, _ in found], labels=[text if named else "" for _, text in found])


def _mark_boundary(
    panel: Axes, rows: pd.DataFrame, places: np.ndarray[tuple[int], np.dtype[np.float64]], *, named: bool
) -> None:
    """Draw the line between what was fitted and what was held out."""
    fitted = places[(rows["part"] == "calibration").to_numpy()]
    if not len(fitted) or len(fitted) == len(places):
        return
    panel.axvline(fitted[-1], color=SOFT, linewidth=0.9, linestyle=(0, (1, 2)), zorder=1)
    if named:
        for text, points, align in (("fitted", -6, "right"), ("held out", 6, "left")):
            panel.annotate(
                text, (fitted[-1], 1), xycoords=("data", "axes fraction"), xytext=(points, -2), va="top", ha=align,
                textcoords="offset points", color=SOFT, fontsize=NOTE_SIZE,
            )  # fmt: skip


def describe_tracking(weeks: pd.DataFrame) -> str:
    """Say in words what `plot_tracking` shows.

    Parameters
    ----------
    weeks : as for `plot_tracking`.

    Returns
    -------
    str
    """
    rows = _read_weeks(weeks)
    if rows.empty:
        return "Repeat purchases week by week: no week has been tracked."
    last = rows.iloc[-1]
    held = rows[rows["part"] == "holdout"]
    inside = int(held["actual"].between(held["low"], held["high"]).sum())
    parts = [
        f"{count_words(len(rows), 'weeks')} up to {format_day(last['week_end'])}",
    ]
    if len(held):
        start = held["week_end"].iloc[0] - timedelta(days=int(held["days"].iloc[0]))
        made, expected = format_count(held["actual"].sum()), format_count(held["expected"].sum())
        parts.append(f"{made} made and {expected} expected after {format_day(start)}, where the time held out begins")
        parts.append(
            f"of {count_words(len(held), 'weeks')} held out {format_count(inside)} within the range that chance leaves"
        )
    return f"{_title(rows)}. {join_words(parts)}."
