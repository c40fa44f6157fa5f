"""How full the fields of the contacts are, family by family."""

import pandas as pd
from matplotlib.axes import Axes

from segment_lib.show.canvas import clear_frame, draw_nothing, label_point, open_chart, write_beside
from segment_lib.show.rows import Row, lay_rows, plan_rows, read_rows
from segment_lib.show.style import ACCENT, INK, LINE, SOFT, chart_style
from segment_lib.show.words import as_float, count_words, format_field, format_share, join_words

FIELDS = ("field", "family", "filled_share", "used_by_goal")
FAMILIES = ("family", "fields", "cells_share", "any_share")
WELL_FILLED = 0.8
MUTED = "#8aa0ad"


def _read(completeness: pd.DataFrame, families: pd.DataFrame) -> tuple[list[Row], dict[str, Row]]:
    """Return fields by family, the fullest family and in it the fullest field first, and the families."""
    whole = {row["family"]: row for row in read_rows(families, FAMILIES, table="families")}
    rows = read_rows(completeness, FIELDS, table="completeness")
    order = sorted(whole, key=lambda family: -as_float(whole[family]["cells_share"]))
    rows.sort(key=lambda row: (order.index(row["family"]), -as_float(row["filled_share"])))
    return rows, whole


def _title(rows: list[Row]) -> str:
    wanted = [row for row in rows if row["used_by_goal"]]
    among = wanted or rows
    full = sum(as_float(row["filled_share"]) >= WELL_FILLED for row in among)
    what = "fields that the leading goal needs" if wanted else "fields"
    verb = "is" if full == 1 else "are"
    return (
        f"{full} of {count_words(len(among), what)} {verb} filled for at least {format_share(WELL_FILLED)} of contacts"
    )


@chart_style()
def plot_completeness(completeness: pd.DataFrame, families: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw for how many contacts each field has a value, under its family.

    Parameters
    ----------
    completeness : one row a field: field, family, filled_share (0 to 1), used_by_goal.
    families : one row a family: family, fields, cells_share, any_share (both 0 to 1).
    ax : axes to draw on; without them a figure of its own.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    MissingColumns
        A column is absent.
    """
    rows, whole = _read(completeness, families)
    if not rows:
        return draw_nothing(ax, title="How full the fields are", reason="There are no fields.")
    plan = plan_rows(
        [format_field(row["field"]) for row in rows],
        groups=[str(row["family"]).capitalize() for row in rows],
        inches=0.27,
    )
    any_wanted = any(row["used_by_goal"] for row in rows)
    ax = open_chart(
        ax,
        title=_title(rows),
        subtitle="Share of contacts with a value, per cent; beside a family's name the share of contacts with any of "
        "its fields" + (". Dark: needed by the leading goal" if any_wanted else ""),
        body=0.27 * plan.extent,
        left=plan.left,
        right=1.5,
        bottom=0.1,
    )
    clear_frame(ax)
    lay_rows(ax, plan)
    for y, row in zip(plan.positions, rows, strict=True):
        dark = bool(row["used_by_goal"]) or not any_wanted
        ax.barh(y, 1, height=0.6, color=LINE)
        ax.barh(y, as_float(row["filled_share"]), height=0.6, color=ACCENT if dark else MUTED)
        label_point(ax, 1, y, format_share(row["filled_share"]), colour=INK if dark else SOFT)
    for y, name in plan.headings:
        family = next(row for key, row in whole.items() if str(key).capitalize() == name)
        write_beside(ax, y, f"{format_share(family['any_share'])} any", inches=0.07, colour=INK, bold=True)
    ax.set_xlim(0, 1)
    return ax


def describe_completeness(completeness: pd.DataFrame, families: pd.DataFrame) -> str:
    """Say in words what `plot_completeness` shows.

    Parameters
    ----------
    completeness, families : as for `plot_completeness`.

    Returns
    -------
    str
    """
    rows, whole = _read(completeness, families)
    if not rows:
        return "How full the fields are: there are no fields."
    emptiest = sorted(rows, key=lambda row: as_float(row["filled_share"]))[:3]
    thin = [f"{format_field(row['field'])} {format_share(row['filled_share'])}" for row in emptiest]
    parts = [
        f"{row['family']} {format_share(row['any_share'])}"
        for row in sorted(whole.values(), key=lambda row: -as_float(row["any_share"]))
    ]
    return (
        f"{_title(rows)}. Bars for {count_words(len(rows), 'fields')}; the emptiest: {join_words(thin)}. "
        f"Contacts with any field of a family: {join_words(parts)}."
    )
