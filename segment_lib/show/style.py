"""The look of charts and tables: one accent, greys, and a colour for every segment."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.typing import ColorType

ACCENT = "#0b6e6e"
WARN = "#b45309"
AMBER = "#e8ab55"
GOOD = "#1a7f4b"
INK = "#1b2330"
SOFT = "#5b6676"
GREY = "#9aa5b4"
PALE = "#cfd6df"
LINE = "#e4e8ee"
WASH = "#f6f8fa"
PAPER = "#ffffff"

# Told apart under deuteranopia and protanopia too, neighbours in the list by lightness as well.
SEGMENT_COLOURS = ("#0b6e6e", "#e09f3e", "#4a9ad4", "#6d1a3a", "#93bf85", "#54409a", "#c24e36", "#e5b8d0")
REPEATED_GREYS = ("#6b7a8f", "#aab4c1", "#3d4756")

INTENSITY = LinearSegmentedColormap.from_list("intensity", ["#eef4f4", "#86b9b6", ACCENT])
DIVERGING = LinearSegmentedColormap.from_list("diverging", [WARN, "#eec39a", "#f7f7f5", "#8fc1be", ACCENT])

CHART_STYLE: dict[Any, Any] = {
    # The one font that comes with matplotlib: figures have the same size and breaks on every machine.
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 10,
    # A dollar in a segment's name is a dollar.
    "text.parse_math": False,
    "text.usetex": False,
    "text.color": INK,
    "axes.edgecolor": PALE,
    "axes.facecolor": PAPER,
    "axes.grid": False,
    "axes.labelcolor": SOFT,
    "axes.labelsize": 9.5,
    "axes.linewidth": 0.8,
    "axes.spines.left": False,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.unicode_minus": True,
    "figure.autolayout": False,
    "figure.constrained_layout.use": False,
    "figure.facecolor": PAPER,
    "lines.solid_capstyle": "round",
    "xtick.color": PALE,
    "xtick.labelcolor": SOFT,
    "xtick.labelsize": 9.5,
    "ytick.color": PALE,
    "ytick.labelcolor": SOFT,
    "ytick.labelsize": 10,
}


@contextmanager
def chart_style() -> Iterator[None]:
    """Draw in the style of the report, and leave matplotlib's settings as they were.

    Yields
    ------
    None

    Examples
    --------
    >>> before = plt.rcParams["text.color"]
    >>> with chart_style():
    ...     plt.rcParams["text.color"] == INK
    True
    >>> plt.rcParams["text.color"] == before
    True
    """
    with plt.rc_context(CHART_STYLE):
        yield


def segment_colours(names: Sequence[str]) -> dict[str, str]:
    """Give every segment its colour, to be used in every chart and table.

    Parameters
    ----------
    names : every segment there is, in the order of their definitions; a segment keeps its colour as long as its
        place in this list stays. Hand the result to the charts, so that each may draw only some of the segments.

    Returns
    -------
    dict of str to str
        Eight colours that survive colour blindness, then greys that repeat.

    Examples
    --------
    >>> segment_colours(["Champions", "Loyal"])
    {'Champions': '#0b6e6e', 'Loyal': '#e09f3e'}
    """
    distinct = list(dict.fromkeys(names))
    count = len(SEGMENT_COLOURS)
    return {
        name: SEGMENT_COLOURS[place] if place < count else REPEATED_GREYS[(place - count) % len(REPEATED_GREYS)]
        for place, name in enumerate(distinct)
    }


def _luminance(colour: ColorType) -> float:
    """Return the relative luminance of a colour, as WCAG 2 defines it."""
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(colour)]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: ColorType, other: ColorType) -> float:
    """Return the contrast of two colours, from 1 (none) to 21, as WCAG 2 defines it.

    Parameters
    ----------
    one, other : colours as a name, as hex, or as red, green and blue from 0 to 1.

    Returns
    -------
    float

    Examples
    --------
    >>> contrast("white", "black")
    21.0
    """
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return round((light + 0.05) / (dark + 0.05), 2)


def ink_on(colour: ColorType) -> str:
    """Return the colour of text that is best read on a ground.

    Parameters
    ----------
    colour : the ground.

    Returns
    -------
    str

    Examples
    --------
    >>> ink_on(ACCENT), ink_on(WASH)
    ('#ffffff', '#1b2330')
    """
    return PAPER if contrast(colour, PAPER) >= contrast(colour, INK) else INK


def colours_by_kind(summary: pd.DataFrame) -> dict[str, str]:
    """Return the colour of every segment; within a kind they differ, and a segment has the same one everywhere.

    Parameters
    ----------
    summary : every segment with its kind, in the order of their definitions.

    Returns
    -------
    dict of str to str
        Segment to colour.
    """
    found: dict[str, str] = {}
    for _, names in summary.groupby("kind", sort=False)["segment"]:
        found |= segment_colours([str(name) for name in names])
    return found
