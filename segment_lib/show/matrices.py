"""Tables of colours: how segments differ from the rest, and how far they overlap."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from segment_lib.show.canvas import draw_nothing, open_chart
from segment_lib.show.cells import Grid, draw_cells, fit_heads, head_columns, name_cells
from segment_lib.show.effects import PROFILE, format_deviation, is_clear
from segment_lib.show.lettering import label_room, wrap_name
from segment_lib.show.rows import Row, read_rows
from segment_lib.show.style import DIVERGING, INTENSITY, chart_style
from segment_lib.show.words import (
    as_float,
    count_words,
    format_count,
    format_field,
    format_share,
    is_missing,
    join_words,
)

OVERLAP = ("segment_a", "segment_b", "both", "share_of_a")
FIELDS = 8
FULL = 2.0  # standard deviations at which the colour is full


def _read_differences(profile: pd.DataFrame) -> list[Row]:
    rows = read_rows(profile, PROFILE, table="profile")
    return [row for row in rows if row["effect"] == "difference" and not is_missing(row["estimate"])]


def _title_overview(rows: list[Row]) -> str:
    clear = [row for row in rows if is_clear(row)]
    if not clear:
        return "No segment differs clearly from the rest in any field"
    top = max(clear, key=lambda row: abs(as_float(row["estimate"])))
    return (
        f"The clearest difference: {top['segment']}, {format_field(top['field'])} {format_deviation(top['estimate'])}"
    )


@chart_style()
def plot_profile_overview(profile: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw how far every segment lies from the rest in the fields that tell segments apart most.

    Parameters
    ----------
    profile : one row per segment, field and level: segment, field, level, family, members_value, rest_value, effect
        ('difference' in standard deviations, or 'lift'), estimate, low, high.
    ax : axes to draw on; without them a figure of its own.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    MissingColumns
        A column is absent.
    """
    rows = _read_differences(profile)
    if not rows:
        return draw_nothing(ax, title="How segments differ", reason="There is no numeric field to compare.")
    segments = list(dict.fromkeys(row["segment"] for row in rows))
    spread: dict[str, float] = {}
    for row in rows:
        spread[row["field"]] = max(spread.get(row["field"], 0.0), abs(as_float(row["estimate"])))
    fields = sorted(spread, key=lambda field: -spread[field])[:FIELDS]
    found = {(row["segment"], row["field"]): row for row in rows}
    values: Grid = np.full((len(segments), len(fields)), np.nan)
    for place in np.ndindex(values.shape):
        at = found.get((segments[place[0]], fields[place[1]]))
        values[place] = np.nan if at is None else as_float(at["estimate"])
    down = [wrap_name(segment) for segment in segments]
    left = label_room(down)
    heads = fit_heads([format_field(field) for field in fields], left=left)

    def _write(row: int, column: int) -> str:
        at = found.get((segments[row], fields[column]))
        if at is None:
            return ""
        text = format_deviation(at["estimate"])
        return text if is_clear(at) else f"({text})"

    ax = open_chart(
        ax,
        title=_title_overview(rows),
        subtitle="Standard deviations from the rest of the contacts; in brackets where the 95% interval includes zero",
        body=0.42 * len(segments) + heads.height,
        left=left,
        right=heads.right,
        bottom=0.1,
    )
    draw_cells(ax, values, colours=DIVERGING, low=-FULL, high=FULL, write=_write)
    name_cells(ax, down, [], left=left)
    head_columns(ax, len(segments), heads)
    return ax


def describe_profile_overview(profile: pd.DataFrame) -> str:
    """Say in words what `plot_profile_overview` shows.

    Parameters
    ----------
    profile : as for `plot_profile_overview`.

    Returns
    -------
    str
    """
    rows = _read_differences(profile)
    if not rows:
        return "How segments differ: there is no numeric field to compare."
    best: dict[str, Row] = {}
    for row in rows:
        kept = best.get(row["segment"])
        if kept is None or abs(as_float(row["estimate"])) > abs(as_float(kept["estimate"])):
            best[row["segment"]] = row
    parts = [
        f"{segment} {format_field(row['field'])} {format_deviation(row['estimate'])}" for segment, row in best.items()
    ]
    return f"{_title_overview(rows)}. Largest difference of each segment, in standard deviations: {'; '.join(parts)}."


def _read_overlap(overlap: pd.DataFrame) -> tuple[list[str], dict[tuple[str, str], Row]]:
    rows = read_rows(overlap, OVERLAP, table="overlap")
    names = list(dict.fromkeys([row["segment_a"] for row in rows] + [row["segment_b"] for row in rows]))
    return names, {(row["segment_a"], row["segment_b"]): row for row in rows if row["segment_a"] != row["segment_b"]}


def _title_overlap(pairs: dict[tuple[str, str], Row]) -> str:
    known = [row for row in pairs.values() if not is_missing(row["share_of_a"])]
    top = max(known, key=lambda row: (as_float(row["share_of_a"]), as_float(row["both"])), default=None)
    if top is None or not as_float(top["both"]):
        return "No contact is in two of these segments"
    return f"{format_share(top['share_of_a'])} of “{top['segment_a']}” are also in “{top['segment_b']}”"


@chart_style()
def plot_overlap(overlap: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw which share of each segment is in each other segment too.

    Parameters
    ----------
    overlap : one row per ordered pair: segment_a, segment_b, both (contacts), share_of_a (0 to 1).
    ax : axes to draw on; without them a figure of its own.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    MissingColumns
        A column is absent.
    """
    names, pairs = _read_overlap(overlap)
    if not pairs:
        return draw_nothing(ax, title="How segments overlap", reason="There are fewer than two segments.")
    values: Grid = np.full((len(names), len(names)), np.nan)
    for place in np.ndindex(values.shape):
        at = pairs.get((names[place[0]], names[place[1]]))
        values[place] = np.nan if at is None else as_float(at["share_of_a"])
    down = [wrap_name(name) for name in names]
    left = label_room(down)
    heads = fit_heads(names, left=left)
    ax = open_chart(
        ax,
        title=_title_overlap(pairs),
        subtitle="Share of the segment named at the left that is also in the segment named above, per cent",
        body=0.42 * len(names) + heads.height,
        left=left,
        right=heads.right,
        bottom=0.1,
    )
    draw_cells(
        ax,
        values,
        colours=INTENSITY,
        low=0,
        high=1,
        write=lambda row, column: "" if row == column else format_share(values[row, column]),
    )
    name_cells(ax, down, [], left=left)
    head_columns(ax, len(names), heads)
    return ax


def describe_overlap(overlap: pd.DataFrame) -> str:
    """Say in words what `plot_overlap` shows.

    Parameters
    ----------
    overlap : as for `plot_overlap`.

    Returns
    -------
    str
    """
    names, pairs = _read_overlap(overlap)
    if not pairs:
        return "How segments overlap: there are fewer than two segments."
    known = sorted(pairs.values(), key=lambda row: -np.nan_to_num(as_float(row["share_of_a"])))
    parts = [
        f"{format_share(row['share_of_a'])} of {row['segment_a']} in {row['segment_b']} ({format_count(row['both'])})"
        for row in known[:3]
    ]
    size = count_words(len(names), "segments")
    return f"{_title_overlap(pairs)}. Matrix of {size}; the largest overlaps: {join_words(parts)}."
