"""The heat map of recency and frequency: where contacts are, and where revenue comes from."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from segment_lib.show.canvas import draw_nothing, open_chart
from segment_lib.show.cells import Grid, draw_cells, name_cells
from segment_lib.show.lettering import label_room
from segment_lib.show.rows import read_rows
from segment_lib.show.style import INK, INTENSITY, chart_style, ink_on
from segment_lib.show.words import as_float, count_words, format_count, format_share, is_missing

NEEDED = ("contacts", "revenue")
RECENCY = ("long ago", "some time ago", "a while ago", "recently", "just now")
FREQUENCY = ("rarely", "now and then", "fairly often", "often", "very often")
VALUE = ("very little", "little", "a fair amount", "much", "very much")


@dataclass(frozen=True)
class _Scores:
    """Contacts and revenue by frequency or value (rows, the highest score first) and recency (columns)."""

    contacts: Grid
    revenue: Grid
    groups: tuple[tuple[str, ...], ...]
    verb: str
    words: tuple[str, ...]

    @property
    def bins(self) -> int:
        return len(self.contacts)

    def revenue_share(self, row: int, column: int) -> float:
        total = float(self.revenue.sum())
        return float(self.revenue[row, column]) / total if total > 0 else float("nan")

    def habit(self, row: int, column: int) -> str:
        """Say how the contacts of a cell buy."""
        how = _word(self.words, self.bins - row, self.bins)
        return f"bought {_word(RECENCY, column + 1, self.bins)} and {self.verb} {how}"


def _word(words: tuple[str, ...], score: int, bins: int) -> str:
    """Return the word for a score; with fewer or more bins than words the nearest one."""
    return words[round((score - 1) / max(bins - 1, 1) * (len(words) - 1))]


def _read_scores(cells: pd.DataFrame, bins: int) -> _Scores | None:
    by_value = "value_score" in cells.columns and "frequency_score" not in cells.columns
    down = "value_score" if by_value else "frequency_score"
    rows = read_rows(cells, ("recency_score", down, *NEEDED), table="cells")
    rows = [row for row in rows if not (is_missing(row["recency_score"]) or is_missing(row[down]))]
    if not any(as_float(row["contacts"]) > 0 for row in rows):
        return None
    bins = max(bins, *(int(row[name]) for row in rows for name in ("recency_score", down)))
    contacts, revenue = np.zeros((bins, bins)), np.zeros((bins, bins))
    sizes: dict[tuple[int, int], dict[str, float]] = {}
    for row in rows:
        place = bins - int(row[down]), int(row["recency_score"]) - 1
        contacts[place] += np.nan_to_num(as_float(row["contacts"]))
        revenue[place] += np.nan_to_num(as_float(row["revenue"]))
        group = "" if is_missing(row.get("rfm_group")) else str(row.get("rfm_group", ""))
        sizes.setdefault(place, {})[group] = as_float(row["contacts"])
    names = [[_largest(sizes.get((row, column), {})) for column in range(bins)] for row in range(bins)]
    verb, words = ("are worth", VALUE) if by_value else ("buy", FREQUENCY)
    return _Scores(contacts, revenue, tuple(tuple(line) for line in names), verb, words)


def _largest(sizes: dict[str, float]) -> str:
    return max(sizes, key=lambda name: np.nan_to_num(sizes[name]), default="")


def _title(scores: _Scores) -> str:
    if scores.revenue.sum() <= 0:
        row, column = np.unravel_index(int(scores.contacts.argmax()), scores.contacts.shape)
        who = count_words(scores.contacts[row, column], "contacts")
        return f"The largest cell: {who} {scores.habit(int(row), int(column))}"
    row, column = np.unravel_index(int(scores.revenue.argmax()), scores.revenue.shape)
    share = format_share(scores.revenue_share(int(row), int(column)))
    who = count_words(scores.contacts[row, column], "contacts")
    return f"{who} who {scores.habit(int(row), int(column))} bring {share} of revenue"


@chart_style()
def plot_rfm_heatmap(cells: pd.DataFrame, *, bins: int = 5, ax: Axes | None = None) -> Axes:
    """Draw how many contacts bought how recently and how often, and what they bring.

    Parameters
    ----------
    cells : one row per pair of scores: recency_score and frequency_score or value_score (1 to `bins`), contacts,
        revenue (money); with rfm_group, groups are outlined and named.
    bins : number of scores.
    ax : axes to draw on; without them a figure of its own.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    MissingColumns
        A column is absent.
    """
    scores = _read_scores(cells, bins)
    if scores is None:
        return draw_nothing(ax, title="Recency and frequency", reason="No contact has bought yet.")
    bins = scores.bins
    named = any(name for line in scores.groups for name in line)
    down = [_word(scores.words, bins - place, bins) for place in range(bins)]
    across = [_word(RECENCY, place + 1, bins) for place in range(bins)]
    for end in (0, -1):
        down[end], across[end] = f"{scores.verb}\n{down[end]}", f"bought\n{across[end]}"
    left = label_room(down)
    ax = open_chart(
        ax,
        title=_title(scores),
        subtitle="Contacts (bold; the darker, the more) and their share of revenue, by recency and "
        + ("value" if scores.words is VALUE else "frequency"),
        body=(0.72 if named else 0.6) * bins,
        left=left,
        bottom=0.5,
    )
    draw_cells(
        ax,
        np.where(scores.contacts > 0, scores.contacts, np.nan),
        colours=INTENSITY,
        low=0,
        high=float(scores.contacts.max()),
        write=lambda row, column: _write(scores, row, column),
        lines=(0.45, 0.75) if named else (0.36, 0.68),
    )
    name_cells(ax, down, across, left=left)
    if named:
        _outline_groups(ax, scores)
    return ax


def _write(scores: _Scores, row: int, column: int) -> str:
    if not scores.contacts[row, column]:
        return ""
    share = scores.revenue_share(row, column)
    below = "no revenue" if np.isnan(share) else f"{format_share(share)} of revenue"
    return f"{format_count(scores.contacts[row, column])}\n{below}"


def _outline_groups(ax: Axes, scores: _Scores) -> None:
    """Draw a line where neighbours are of two groups, and name each group in its first cell."""
    seen: set[str] = set()
    for row, line in enumerate(scores.groups):
        for column, name in enumerate(line):
            if column + 1 < scores.bins and name != line[column + 1]:
                ax.plot([column + 1] * 2, [row, row + 1], color=INK, linewidth=1.4, solid_capstyle="projecting")
            if row + 1 < scores.bins and name != scores.groups[row + 1][column]:
                ax.plot([column, column + 1], [row + 1] * 2, color=INK, linewidth=1.4, solid_capstyle="projecting")
            if name and name not in seen:
                seen.add(name)
                ground = INTENSITY(scores.contacts[row, column] / (scores.contacts.max() or 1.0))
                ax.annotate(
                    name, (column, row), xytext=(4, -3), textcoords="offset points", va="top", fontsize=8,
                    color=ink_on(ground),
                )  # fmt: skip


def describe_rfm_heatmap(cells: pd.DataFrame, *, bins: int = 5) -> str:
    """Say in words what `plot_rfm_heatmap` shows.

    Parameters
    ----------
    cells, bins : as for `plot_rfm_heatmap`.

    Returns
    -------
    str
    """
    scores = _read_scores(cells, bins)
    if scores is None:
        return "Recency and frequency: no contact has bought yet."
    total = scores.contacts.sum()
    gone = scores.contacts[:, 0].sum()
    fresh = scores.contacts[:, -1].sum()
    return (
        f"Heat map of {count_words(total, 'contacts')} by recency and "
        f"{'value' if scores.words is VALUE else 'frequency'}. {_title(scores)}. "
        f"{format_count(fresh)} bought just now ({format_share(fresh / total if total else None)}), "
        f"{format_count(gone)} long ago ({format_share(gone / total if total else None)})."
    )
