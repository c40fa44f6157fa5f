"""Estimates drawn as a point with its interval, and the axis they are read on."""

from collections.abc import Callable, Iterable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from segment_lib.show.style import ACCENT, GREY, PALE, PAPER, SOFT, WARN

# Colour, marker and whether it is filled: a verdict is told by shape as well as by colour.
VERDICTS = {
    "reached": (ACCENT, "o", True),
    "works": (ACCENT, "o", True),
    "missed": (WARN, "D", True),
    "harms": (WARN, "D", True),
    "cannot tell": (GREY, "o", False),
    "too few": (GREY, "x", True),
    "no target": (SOFT, "s", True),
}


def draw_interval(ax: Axes, y: float, estimate: float, low: float, high: float, *, verdict: str) -> None:
    """Draw a point with its interval; nothing where the estimate is missing.

    Parameters
    ----------
    ax : the chart.
    y : height of the row.
    estimate, low, high : the point and the ends of its interval.
    verdict : decides colour and shape.
    """
    colour, marker, filled = VERDICTS.get(verdict, (GREY, "o", True))
    if not (np.isnan(low) or np.isnan(high)):
        ax.plot([low, high], [y, y], color=colour, linewidth=2.6, zorder=2)
    if not np.isnan(estimate):
        size = 6.5 if marker in "Dx" else 8
        face = colour if filled else PAPER
        ax.plot(
            [estimate],
            [y],
            marker=marker,
            markersize=size,
            color=colour,
            markerfacecolor=face,
            markeredgewidth=2,
            linestyle="none",
            zorder=3,
        )


def span_of(values: Iterable[float], *, pad: float = 0.06) -> tuple[float, float]:
    """Return limits that hold every known value with some room; 0 to 1 where there is none.

    Parameters
    ----------
    values : what has to be inside; missing ones are passed over.
    pad : room on either side, as a share of the span.

    Returns
    -------
    tuple of float

    Examples
    --------
    >>> span_of([0.0, 10.0, float("nan")], pad=0.1)
    (-1.0, 11.0)
    """
    known = [value for value in values if np.isfinite(value)]
    if not known:
        return 0.0, 1.0
    low, high = min(known), max(known)
    room = (high - low) * pad or abs(high) * pad or 0.5
    return low - room, high + room


def verdict_ink(verdict: str) -> str:
    """Return the colour of the text that goes with a verdict.

    Parameters
    ----------
    verdict : one of `VERDICTS`.

    Returns
    -------
    str
    """
    colour = VERDICTS.get(verdict, (SOFT, "o", True))[0]
    return SOFT if colour == GREY else colour


def mark_axis(ax: Axes, write: Callable[[float], str], *, most: int = 5) -> None:
    """Write a few round values below the chart.

    Parameters
    ----------
    ax : the chart, with its limits set.
    write : from a value to its text.
    most : number of values, about.
    """
    low, high = ax.get_xlim()
    marks = [float(mark) for mark in MaxNLocator(nbins=most).tick_values(low, high) if low <= mark <= high]
    ax.set_xticks(marks, labels=[write(mark) for mark in marks])
    ax.set_xlim(low, high)
    ax.tick_params(axis="x", length=3, color=PALE)
