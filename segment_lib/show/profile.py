"""The profile of one segment: in what it differs from the rest, and by how much."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from segment_lib.show.canvas import draw_guide, draw_nothing, open_chart, write_beside
from segment_lib.show.effects import (
    PROFILE,
    effect_name,
    format_effect,
    format_group_value,
    format_lift,
    is_clear,
    strength,
)
from segment_lib.show.intervals import draw_interval, mark_axis, span_of
from segment_lib.show.panels import split_chart
from segment_lib.show.rows import Row, RowPlan, lay_rows, plan_rows, read_rows
from segment_lib.show.style import GREY, INK, SOFT, chart_style
from segment_lib.show.words import MINUS, as_float, is_missing, join_words

MOST = {"difference": 8, "lift": 6}
ENDS = ("estimate", "low", "high")
ROW = 0.36  # inches
HEAD, FOOT = 0.52, 0.5  # inches above and below the rows of a panel


def _strongest(profile: pd.DataFrame, segment: str, effect: str) -> list[Row]:
    """Return the effects of one kind, clear ones first, the strongest first."""
    rows = [
        row
        for row in read_rows(profile, PROFILE, table="profile")
        if row["segment"] == segment and row["effect"] == effect and not is_missing(row["estimate"])
    ]
    return sorted(rows, key=lambda row: (not is_clear(row), -strength(row)))[: MOST[effect]]


def _title(segment: str, differences: list[Row], lifts: list[Row]) -> str:
    clear = [row for row in differences if is_clear(row)]
    parts = [
        f"{'higher' if as_float(row['estimate']) > 0 else 'lower'} {_lower(effect_name(row))}" for row in clear[:2]
    ]
    more = [row for row in lifts if is_clear(row) and as_float(row["estimate"]) > 1][:1]
    parts += [f"{format_lift(row['estimate'])} as often {_lower(effect_name(row))}" for row in more]
    return f"{segment}: {join_words(parts)}" if parts else f"{segment}: no clear difference from the rest"


def _lower(name: str) -> str:
    """Write a name inside a sentence; abbreviations keep their capitals."""
    return name if name[:2].isupper() else name[:1].lower() + name[1:]


@chart_style()
def plot_profile(profile: pd.DataFrame, segment: str, *, ax: Axes | None = None) -> Axes:
    """Draw in what a segment differs most from the rest of the contacts, with 95% intervals.

    Parameters
    ----------
    profile : one row per segment, field and level: segment, field, level (text; '' for numeric fields), family,
        members_value, rest_value, effect ('difference' in standard deviations, or 'lift', a ratio of shares), estimate,
        low, high.
    segment : whose profile.
    ax : axes to draw on; without them a figure of its own.

    Returns
    -------
    matplotlib.axes.Axes
        The axes that carry the title; its panels are its `child_axes`.

    Raises
    ------
    MissingColumns
        A column is absent.
    """
    kinds = {effect: _strongest(profile, segment, effect) for effect in MOST}
    filled = {effect: rows for effect, rows in kinds.items() if rows}
    if not filled:
        return draw_nothing(ax, title=f"Profile: {segment}", reason="There is nothing to compare with the rest.")
    plans = {effect: plan_rows([effect_name(row) for row in rows]) for effect, rows in filled.items()}
    heights = {effect: HEAD + ROW * plan.extent + FOOT for effect, plan in plans.items()}
    left = max(plan.left for plan in plans.values())
    ax = open_chart(
        ax,
        title=_title(segment, kinds["difference"], kinds["lift"]),
        subtitle="The strongest differences of members from the rest, with 95% interval; grey: there may be none",
        body=sum(heights.values()),
        left=left,
        right=2.25,
        bottom=0.05,
    )
    total, top, boxes = sum(heights.values()), 1.0, []
    for effect, plan in plans.items():
        boxes.append((0.0, top - (HEAD + ROW * plan.extent) / total, 1.0, ROW * plan.extent / total))
        top -= heights[effect] / total
    for panel, effect in zip(split_chart(ax, *boxes), plans, strict=True):
        draw = _draw_differences if effect == "difference" else _draw_lifts
        draw(panel, filled[effect], plans[effect], left)
    return ax


def _open_panel(panel: Axes, plan: RowPlan, left: float, heading: str) -> None:
    lay_rows(panel, plan)
    panel.tick_params(axis="y", pad=left * 72)
    panel.annotate(
        heading,
        xy=(0, 1),
        xycoords="axes fraction",
        xytext=(-left * 72, 8),
        textcoords="offset points",
        fontweight="bold",
        color=INK,
        annotation_clip=False,
    )
    for text, inches in (("effect", 0.6), ("members", 1.35), ("rest", 2.2)):
        write_beside(panel, -0.42, text, inches=inches, align="right")


def _draw_row(panel: Axes, y: float, row: Row, drawn: Row) -> None:
    """Draw one effect, at the places that `drawn` holds, and write what `row` holds beside it."""
    clear = is_clear(row)
    ink = INK if clear else SOFT
    ends = (as_float(drawn[name]) for name in ENDS)
    draw_interval(panel, y, *ends, verdict="reached" if clear else "cannot tell")
    write_beside(panel, y, format_effect(row), inches=0.6, colour=ink, bold=clear, align="right")
    write_beside(panel, y, format_group_value(row, "members_value"), inches=1.35, colour=ink, align="right")
    write_beside(panel, y, format_group_value(row, "rest_value"), inches=2.2, align="right")


def _draw_differences(panel: Axes, rows: list[Row], plan: RowPlan, left: float) -> None:
    _open_panel(panel, plan, left, "Numbers")
    draw_guide(panel, 0, colour=INK)
    for y, row in zip(plan.positions, rows, strict=True):
        _draw_row(panel, y, row, row)
    ends = [as_float(row[name]) for row in rows for name in ENDS]
    low, high = span_of([0.0, *ends])
    panel.set_xlim(min(low, -0.25), max(high, 0.25))
    mark_axis(panel, lambda value: "the rest" if not round(value, 6) else f"{value:+g}".replace("-", MINUS))
    panel.set_xlabel("standard deviations from the rest")


def _draw_lifts(panel: Axes, rows: list[Row], plan: RowPlan, left: float) -> None:
    _open_panel(panel, plan, left, "Shares of members")
    draw_guide(panel, 1, colour=INK)
    panel.set_xscale("log", base=2)
    ends = [as_float(row[name]) for row in rows for name in ENDS]
    low, high = span_of([0.0, *(float(np.log2(end)) for end in ends if 1 / 64 <= end <= 64)])
    low, high = min(low, -1.1), max(high, 1.1)
    # Nothing can be drawn at zero on this scale: what lies beyond the edge is drawn at the edge.
    floor, ceiling = 2.0**low, 2.0**high
    for y, row in zip(plan.positions, rows, strict=True):
        inside = row | {name: float(np.clip(as_float(row[name]), floor, ceiling)) for name in ENDS}
        _draw_row(panel, y, row, inside)
    powers = [power for power in range(-6, 7) if low <= power <= high]
    powers = [power for power in powers if len(powers) <= 7 or power % 2 == 0]
    panel.set_xticks([2.0**power for power in powers], labels=[_times(power) for power in powers])
    panel.minorticks_off()
    panel.set_xlim(floor, ceiling)
    panel.tick_params(axis="x", length=3, color=GREY)
    panel.set_xlabel("times as frequent as in the rest")


def _times(power: int) -> str:
    return "as often" if power == 0 else f"{2**power}×" if power > 0 else f"1/{2**-power}×"


def describe_profile(profile: pd.DataFrame, segment: str) -> str:
    """Say in words what `plot_profile` shows.

    Parameters
    ----------
    profile, segment : as for `plot_profile`.

    Returns
    -------
    str
    """
    differences, lifts = (_strongest(profile, segment, effect) for effect in MOST)
    if not differences and not lifts:
        return f"Profile: {segment}. There is nothing to compare with the rest."
    parts = [
        f"{effect_name(row)} {format_group_value(row, 'members_value')} against {format_group_value(row, 'rest_value')}"
        for row in [*differences[:4], *lifts[:3]]
    ]
    return f"{_title(segment, differences, lifts)}. Members against the rest: {'; '.join(parts)}."
