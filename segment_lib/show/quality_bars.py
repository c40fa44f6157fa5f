"""Bars about the data: how many contacts have a field filled, and what became of the rows of each file."""

import pandas as pd
from matplotlib.axes import Axes

from segment_lib.show.canvas import clear_frame, draw_guide, draw_nothing, label_point, open_chart, write_beside
from segment_lib.show.rows import Row, lay_rows, plan_rows, read_rows
from segment_lib.show.style import ACCENT, AMBER, INK, LINE, PALE, SOFT, WARN, chart_style
from segment_lib.show.words import (
    as_float,
    count_words,
    format_count,
    format_field,
    format_share,
    is_missing,
    join_words,
)

COVERAGE = ("field", "family", "filled_share", "used_by_goal")
IMPORTS = ("file", "target", "rows_read", "rows_accepted", "rows_quarantined", "rows_skipped")
OUTCOMES = (("accepted", ACCENT), ("quarantined", AMBER), ("skipped", PALE))
WELL_FILLED = 0.8


def _sort_coverage(coverage: pd.DataFrame) -> list[Row]:
    """Return the fields by family, the best filled family and the best filled field first."""
    rows = [
        row | {"filled": 0.0 if is_missing(row["filled_share"]) else as_float(row["filled_share"])}
        for row in read_rows(coverage, COVERAGE, table="coverage")
    ]
    best: dict[str, float] = {}
    for row in rows:
        best[row["family"]] = max(best.get(row["family"], 0.0), row["filled"])
    return sorted(rows, key=lambda row: (-best[row["family"]], row["family"], -row["filled"], row["field"]))


def _title_coverage(rows: list[Row]) -> str:
    wanted = [row for row in rows if row["used_by_goal"]]
    if wanted:
        emptiest = min(wanted, key=lambda row: row["filled"])
        fields = count_words(len(wanted), "fields")
        name = format_field(emptiest["field"])
        if len(wanted) == 1:
            return f"The goals need one field, {name}: filled for {format_share(emptiest['filled'])} of contacts"
        return f"Of {fields} that the goals need, {name} is the emptiest: filled for {format_share(emptiest['filled'])}"
    full = sum(row["filled"] >= WELL_FILLED for row in rows)
    return (
        f"{full} of {count_words(len(rows), 'fields')} are filled for at least {format_share(WELL_FILLED)} of contacts"
    )


@chart_style()
def plot_coverage(coverage: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw for how many contacts each field is filled, by family of fields.

    Parameters
    ----------
    coverage : one row per field: field, family, filled_share (0 to 1), used_by_goal (true or false).
    ax : axes to draw on; without them a figure of its own.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    MissingColumns
        A column is absent.
    """
    rows = _sort_coverage(coverage)
    if not rows:
        return draw_nothing(ax, title="How well the fields are filled", reason="There are no fields.")
    plan = plan_rows(
        [format_field(row["field"]) for row in rows],
        groups=[str(row["family"]).capitalize() for row in rows],
        inches=0.27,
    )
    any_wanted = any(row["used_by_goal"] for row in rows)
    ax = open_chart(
        ax,
        title=_title_coverage(rows),
        subtitle="Share of contacts with the field filled, per cent"
        + ("; dark: fields that the goals need" if any_wanted else ""),
        body=0.27 * plan.extent,
        left=plan.left,
        right=1.6 if any_wanted else 0.6,
        bottom=0.1,
    )
    clear_frame(ax)
    lay_rows(ax, plan)
    for y, row in zip(plan.positions, rows, strict=True):
        ax.barh(y, 1, height=0.6, color=LINE)
        dark = row["used_by_goal"] or not any_wanted
        ax.barh(y, row["filled"], height=0.6, color=ACCENT if dark else "#8aa0ad")
        note = "  needed" if row["used_by_goal"] else ""
        label_point(ax, 1, y, f"{format_share(row['filled_share'])}{note}", colour=INK if dark else SOFT)
    ax.set_xlim(0, 1)
    return ax


def describe_coverage(coverage: pd.DataFrame) -> str:
    """Say in words what `plot_coverage` shows.

    Parameters
    ----------
    coverage : as for `plot_coverage`.

    Returns
    -------
    str
    """
    rows = _sort_coverage(coverage)
    if not rows:
        return "How well the fields are filled: there are no fields."
    emptiest = sorted(rows, key=lambda row: row["filled"])[:3]
    parts = [f"{format_field(row['field'])} {format_share(row['filled_share'])}" for row in emptiest]
    return f"{_title_coverage(rows)}. Bars for {count_words(len(rows), 'fields')}; the emptiest: {join_words(parts)}."


def _sort_imports(imports: pd.DataFrame) -> list[Row]:
    rows = read_rows(imports, IMPORTS, table="imports")
    for row in rows:
        for name in IMPORTS[2:]:
            row[name] = 0.0 if is_missing(row[name]) else as_float(row[name])
    return sorted(rows, key=lambda row: -row["rows_read"])


def _title_imports(rows: list[Row]) -> str:
    read = sum(row["rows_read"] for row in rows)
    if not read:
        return "The files hold no rows"
    accepted, refused = (sum(row[name] for row in rows) for name in ("rows_accepted", "rows_quarantined"))
    waits = "waits" if refused == 1 else "wait"
    rest = f"{format_count(refused)} {waits} in quarantine" if refused else "none is in quarantine"
    return f"{format_share(accepted / read, digits=1)} of {count_words(read, 'rows')} were accepted; {rest}"


@chart_style()
def plot_import_balance(imports: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw what became of the rows of each file: accepted, quarantined or skipped.

    Parameters
    ----------
    imports : one row per file: file, target, rows_read, rows_accepted, rows_quarantined, rows_skipped.
    ax : axes to draw on; without them a figure of its own.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    MissingColumns
        A column is absent.
    """
    rows = _sort_imports(imports)
    if not rows:
        return draw_nothing(ax, title="What became of the rows", reason="No file has been imported.")
    files = [row["file"] for row in rows]
    # One file may feed several tables.
    plan = plan_rows(
        [f"{file}: {row['target']}" if files.count(file) > 1 else file for file, row in zip(files, rows, strict=True)]
    )
    ax = open_chart(
        ax,
        title=_title_imports(rows),
        subtitle="Share of the rows of each file by what became of them; numbers are rows",
        body=0.36 * plan.extent + 0.28,
        left=plan.left,
        right=3.0,
        bottom=0.1,
    )
    clear_frame(ax)
    lay_rows(ax, plan)
    ax.set_ylim(plan.extent, -0.75)
    for y, row in zip(plan.positions, rows, strict=True):
        start = 0.0
        for place, (outcome, colour) in enumerate(OUTCOMES):
            count = row[f"rows_{outcome}"]
            share = count / row["rows_read"] if row["rows_read"] else 0.0
            ax.barh(y, share, left=start, height=0.6, color=colour)
            start += share
            ink = WARN if outcome == "quarantined" and count else INK if place == 0 else SOFT
            write_beside(ax, y, format_count(count), inches=_column(place), colour=ink, align="right")
        if not row["rows_read"]:
            label_point(ax, 0, y, "no rows", colour=SOFT)
    for place, (outcome, _) in enumerate(OUTCOMES):
        ink = {"accepted": ACCENT, "quarantined": WARN}.get(outcome, SOFT)
        write_beside(ax, -0.35, outcome, inches=_column(place), colour=ink, bold=outcome != "skipped", align="right")
    ax.set_xlim(0, 1)
    draw_guide(ax, 0, colour=PALE)
    return ax


def _column(place: int) -> float:
    return (0.95, 2.05, 2.9)[place]


def describe_import_balance(imports: pd.DataFrame) -> str:
    """Say in words what `plot_import_balance` shows.

    Parameters
    ----------
    imports : as for `plot_import_balance`.

    Returns
    -------
    str
    """
    rows = _sort_imports(imports)
    if not rows:
        return "What became of the rows: no file has been imported."
    parts = [
        f"{row['file']} {format_count(row['rows_accepted'])} accepted, {format_count(row['rows_quarantined'])} "
        f"quarantined, {format_count(row['rows_skipped'])} skipped"
        for row in rows
    ]
    return f"{_title_imports(rows)}. By file: {'; '.join(parts)}."
