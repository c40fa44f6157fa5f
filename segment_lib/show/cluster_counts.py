"""How many clusters: separation and stability for each number that was tried."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from segment_lib.show.canvas import draw_nothing, open_chart
from segment_lib.show.intervals import span_of
from segment_lib.show.panels import split_chart
from segment_lib.show.rows import Row, read_rows
from segment_lib.show.style import ACCENT, GREY, INK, LINE, PALE, SOFT, chart_style
from segment_lib.show.words import as_float, count_words, is_missing, join_words

SCORES = ("n_clusters", "silhouette", "stability", "inertia", "chosen")
PANELS = (
    ("silhouette", "Separation (silhouette)", "higher: clusters lie further apart"),
    ("stability", "Stability (resampled)", "1: the same clusters every time"),
)


def _read_scores(scores: pd.DataFrame) -> list[Row]:
    rows = read_rows(scores, SCORES, table="scores")
    return sorted(rows, key=lambda row: int(row["n_clusters"]))


def _is_best(rows: list[Row], chosen: Row, name: str) -> bool:
    known = [as_float(row[name]) for row in rows if not is_missing(row[name])]
    return bool(known) and as_float(chosen[name]) >= max(known)


def _write(value: object) -> str:
    number = as_float(value)
    return "–" if np.isnan(number) else f"{number:.2f}".replace("-", "−")


def _title(rows: list[Row]) -> str:
    chosen = next((row for row in rows if row["chosen"]), None)
    if chosen is None:
        return "No number of clusters stands out"
    figures = f"silhouette {_write(chosen['silhouette'])}, stability {_write(chosen['stability'])}"
    best = [
        word
        for name, word in (("silhouette", "best separated"), ("stability", "most stable"))
        if len(rows) > 1 and _is_best(rows, chosen, name)
    ]
    number = count_words(int(chosen["n_clusters"]), "clusters")
    return f"{number}: {join_words(best)} ({figures})" if best else f"{number} chosen: {figures}"


@chart_style()
def plot_cluster_counts(scores: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw how well separated and how stable the clusters are, for each number of clusters.

    Parameters
    ----------
    scores : one row per number: n_clusters, silhouette (−1 to 1), stability (0 to 1), inertia, chosen (true for one).
    ax : axes to draw on; without them a figure of its own.

    Returns
    -------
    matplotlib.axes.Axes
        The axes that carry the title; its two panels are its `child_axes`.

    Raises
    ------
    MissingColumns
        A column is absent.
    """
    rows = _read_scores(scores)
    if not rows:
        return draw_nothing(ax, title="How many clusters", reason="No number of clusters has been tried.")
    ax = open_chart(
        ax,
        title=_title(rows),
        subtitle="Separation and stability by number of clusters; the chosen number is marked",
        body=2.5,
        left=0.05,
        bottom=0.15,
    )
    for panel, (name, heading, meaning) in zip(
        split_chart(ax, (0.06, 0.2, 0.4, 0.6), (0.58, 0.2, 0.4, 0.6)), PANELS, strict=True
    ):
        _draw_panel(panel, rows, name)
        for text, points, weight, colour in ((heading, 25, "bold", INK), (meaning, 11, "normal", SOFT)):
            panel.annotate(
                text, (0, 1), xycoords="axes fraction", xytext=(-26, points), textcoords="offset points",
                fontweight=weight, color=colour, fontsize=9.5,
            )  # fmt: skip
    return ax


def _draw_panel(panel: Axes, rows: list[Row], name: str) -> None:
    counts = [int(row["n_clusters"]) for row in rows]
    values = [as_float(row[name]) for row in rows]
    panel.plot(counts, values, color=GREY, linewidth=2, marker="o", markersize=5, zorder=2)
    low, high = span_of(values, pad=0.25)
    panel.set_ylim(low, high)
    panel.set_xlim(min(counts) - 0.5, max(counts) + 0.5)
    panel.set_xticks(counts[:: 1 + len(counts) // 12])
    panel.set_xlabel("number of clusters")
    marks = sorted(
        {round(value, 2) for value in (min(values, default=0), max(values, default=0)) if np.isfinite(value)}
    )
    panel.set_yticks(marks, labels=[_write(mark) for mark in marks])
    panel.tick_params(length=0)
    panel.yaxis.grid(True, color=LINE)
    panel.set_axisbelow(True)
    panel.spines["bottom"].set_color(PALE)
    for count, value, row in zip(counts, values, rows, strict=True):
        if row["chosen"] and np.isfinite(value):
            panel.plot([count, count], [low, value], color=ACCENT, linewidth=1.2, zorder=1)
            panel.plot([count], [value], marker="o", markersize=10, color=ACCENT, zorder=3)
            panel.annotate(
                _write(value), (count, value), xytext=(0, 9), textcoords="offset points", ha="center", color=ACCENT,
                fontsize=10, fontweight="bold",
            )  # fmt: skip


def describe_cluster_counts(scores: pd.DataFrame) -> str:
    """Say in words what `plot_cluster_counts` shows.

    Parameters
    ----------
    scores : as for `plot_cluster_counts`.

    Returns
    -------
    str
    """
    rows = _read_scores(scores)
    if not rows:
        return "How many clusters: no number of clusters has been tried."
    parts = [f"{int(row['n_clusters'])}: {_write(row['silhouette'])} and {_write(row['stability'])}" for row in rows]
    return f"{_title(rows)}. Silhouette and stability by number of clusters: {'; '.join(parts)}."
