"""Retention by renewals: the share that is left after each, and how a model carries it on."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from segment_lib.checks import check_columns
from segment_lib.errors import InvalidOption
from segment_lib.show.canvas import NOTE_SIZE, draw_nothing, open_chart
from segment_lib.show.lifetime_lines import share_axis
from segment_lib.show.style import ACCENT, GREY, INK, SOFT, chart_style
from segment_lib.show.tables import ReportTable, table_html
from segment_lib.show.words import as_float, count_words, format_share, join_words

RETENTION = ("group", "period", "at_risk", "ended", "survival", "low", "high", "retention_rate")


def _read(retention: pd.DataFrame, smallest: int) -> pd.DataFrame:
    """Return the periods for which enough contracts were due."""
    check_columns([str(name) for name in retention.columns], RETENTION, table="retention")
    if retention["group"].nunique() > 1:
        raise InvalidOption(f"retention must be of one group, got {retention['group'].nunique()}; draw each by itself.")
    rows = retention.sort_values("period")
    shown = rows[(rows["at_risk"].fillna(0) >= smallest) & rows["survival"].notna()]
    return shown if (shown["period"] > 0).any() else shown.iloc[:0]


def _title(rows: pd.DataFrame, ahead: list[float], unit: str) -> str:
    renewals = rows[rows["period"] > 0]
    first, last = renewals.iloc[0], renewals.iloc[-1]
    said = f"{format_share(first['retention_rate'])} renew the first time"
    if len(renewals) > 1:
        said += f", {format_share(last['retention_rate'])} the {_ordinal(int(last['period']))}"
    end = len(ahead) - 1
    if end > last["period"]:
        when = count_words(end, f"{unit}s")
        return f"{said}; {format_share(ahead[end])} should be left after {when}"
    when = count_words(int(last["period"]), f"{unit}s")
    return f"{said}; {format_share(last['survival'])} are left after {when}"


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _numbers(projection: Sequence[float] | None) -> list[float]:
    return [] if projection is None else [float(share) for share in projection]


@chart_style()
def plot_retention(
    retention: pd.DataFrame,
    *,
    projection: Sequence[float] | None = None,
    unit: str = "period",
    noun: str = "contracts",
    smallest: int = 5,
    ax: Axes | None = None,
) -> Axes:
    """Draw which share of contracts is left after each renewal, with intervals, and what a model expects.

    Parameters
    ----------
    retention : one group of `retention_curve`: group, period, at_risk, ended, survival, low, high, retention_rate.
    projection : share that a model expects to be left after 0, 1, 2 ... renewals.
    unit : the word for a period: month, year.
    noun : the word for contracts.
    smallest : periods are drawn as far as so many contracts were due.
    ax : axes to draw on; without them a figure of its own.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    MissingColumns
        A column is absent.
    InvalidOption
        There are several groups.
    """
    rows, ahead = _read(retention, smallest), _numbers(projection)
    if rows.empty:
        return draw_nothing(ax, title="Retention", reason=f"Too few {noun} have been due for a renewal.")
    seen = int(rows["period"].max())
    subtitle = f"Share of {noun} left after each renewal, by {unit}s since the start, with the interval of the estimate"
    ax = open_chart(
        ax,
        title=_title(rows, ahead, unit),
        subtitle=subtitle + ("; the line is what the model expects" if ahead else ""),
        body=2.9,
        left=0.55,
        right=0.3,
        bottom=0.6,
    )
    end = max(seen, len(ahead) - 1)
    if ahead:
        ax.plot(range(len(ahead)), ahead, color=GREY, linewidth=1.8, linestyle=(0, (4, 2)), zorder=2)
    for row in rows.to_dict("records"):
        known = [as_float(row[name]) for name in ("low", "high")]
        if row["period"] > 0 and not np.isnan(known).any():
            ax.plot([row["period"]] * 2, known, color=ACCENT, linewidth=2.4, alpha=0.45, zorder=3)
    ax.plot(rows["period"], rows["survival"].astype(float), "o", color=ACCENT, markersize=6.5, zorder=4)
    ax.set_xlim(-0.02 * end, end * 1.02)
    share_axis(ax)
    ax.set_ylim(0, 1.08)
    step = max(1, -(-end // 12))
    ax.set_xticks(range(0, end + 1, step))
    ax.set_xlabel(f"{unit}s since the start", loc="left")
    if end > seen:
        ax.axvline(seen + 0.5, color=SOFT, linewidth=0.9, linestyle=(0, (1, 2)), zorder=1)
        ax.annotate(
            "expected", (seen + 0.5, 1), xycoords=("data", "axes fraction"), xytext=(5, -3), va="top",
            textcoords="offset points", color=SOFT, fontsize=NOTE_SIZE,
        )  # fmt: skip
        _label(ax, end, ahead[end], SOFT)
    _label(ax, seen, as_float(rows["survival"].iloc[-1]), INK)
    return ax


def _label(ax: Axes, period: int, share: float, colour: str) -> None:
    ax.annotate(
        format_share(share), (period, share), xytext=(0, 12), textcoords="offset points", ha="center", color=colour,
        fontsize=NOTE_SIZE, fontweight="bold", annotation_clip=False,
    )  # fmt: skip


def describe_retention(
    retention: pd.DataFrame,
    *,
    projection: Sequence[float] | None = None,
    unit: str = "period",
    noun: str = "contracts",
    smallest: int = 5,
) -> str:
    """Say in words what `plot_retention` shows.

    Parameters
    ----------
    retention, projection, unit, noun, smallest : as for `plot_retention`.

    Returns
    -------
    str
    """
    rows, ahead = _read(retention, smallest), _numbers(projection)
    if rows.empty:
        return f"Retention: too few {noun} have been due for a renewal."
    parts = [
        f"{count_words(row['period'], f'{unit}s')} {format_share(row['survival'])}"
        + (f" (expected {format_share(ahead[int(row['period'])])})" if row["period"] < len(ahead) else "")
        for row in rows[rows["period"] > 0].to_dict("records")
    ]
    later = f" Expected after {count_words(len(ahead) - 1, f'{unit}s')}: {format_share(ahead[-1])}." if ahead else ""
    return f"{_title(rows, ahead, unit)}. Share of {noun} left after {join_words(parts)}.{later}"


def table_retention(retention: pd.DataFrame, *, unit: str = "period", smallest: int = 5) -> ReportTable:
    """Write for each renewal how many contracts were due, how many were renewed, and which share is left.

    Parameters
    ----------
    retention : from `retention_curve`.
    unit : the word for a period.
    smallest : renewals are shown for which so many contracts were due.

    Returns
    -------
    ReportTable
    """
    check_columns([str(name) for name in retention.columns], RETENTION, table="retention")
    rows = retention[(retention["period"] > 0) & (retention["at_risk"] >= smallest)]
    columns = ["group", "period", "at_risk", "ended", "retention_rate", "survival"]
    if retention["group"].nunique() < 2:
        columns.remove("group")
    return table_html(
        rows[columns].reset_index(drop=True),
        caption="Contracts that were due for each renewal, those that ended there, and the share that is left.",
        heads={"period": f"{unit.capitalize()}", "at_risk": "Due", "retention_rate": "Renewed", "survival": "Left"},
        formats={"retention_rate": format_share, "survival": format_share},
        tones={"ended": lambda row: "soft"},
    )
