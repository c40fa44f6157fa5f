"""Bars that compare segments: how large they are and what they bring, who entered and who left."""

import pandas as pd
from matplotlib.axes import Axes

from segment_lib.show.canvas import clear_frame, draw_guide, draw_nothing, label_point, open_chart, write_beside
from segment_lib.show.rows import Row, lay_rows, plan_rows, read_rows
from segment_lib.show.style import ACCENT, GREY, INK, PALE, SOFT, WARN, chart_style
from segment_lib.show.words import as_float, count_words, format_count, format_share, is_missing, join_words

SUMMARY = ("segment", "kind", "contacts", "contact_share", "revenue_12m", "revenue_share", "reachable_email")
MOVEMENT = ("segment", "before", "stayed", "entered", "left", "now")


def _sort_sizes(summary: pd.DataFrame) -> list[Row]:
    """Return the segments by kind in the order given, those with most revenue first."""
    rows = read_rows(summary, SUMMARY, table="summary")
    kinds = list(dict.fromkeys(row["kind"] for row in rows))
    return sorted(
        rows, key=lambda row: (kinds.index(row["kind"]), -_zero(row["revenue_share"]), -_zero(row["contact_share"]))
    )


def _zero(value: object) -> float:
    number = as_float(value)
    return 0.0 if is_missing(number) else number


def _heading(kind: str) -> str:
    return f"{kind[:1].upper()}{kind[1:]}"


def _title_sizes(rows: list[Row], who: str) -> str:
    richest = max(rows, key=lambda row: (_zero(row["revenue_share"]), _zero(row["contact_share"])))
    share = format_share(richest["contact_share"])
    if _zero(richest["revenue_share"]) <= 0:
        return f"{richest['segment']} is the largest segment: {share} of {who}; no revenue in twelve months"
    return f"{richest['segment']}: {share} of {who} bring {format_share(richest['revenue_share'])} of revenue"


@chart_style()
def plot_segment_sizes(summary: pd.DataFrame, *, who: str = "contacts", ax: Axes | None = None) -> Axes:
    """Draw for every segment its share of contacts and its share of revenue.

    Parameters
    ----------
    summary : one row per segment: segment, kind, contacts, contact_share, revenue_12m, revenue_share, reachable_email.
    who : the word for contacts.
    ax : axes to draw on; without them a figure of its own.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    MissingColumns
        A column is absent.
    """
    rows = _sort_sizes(summary)
    if not rows:
        return draw_nothing(ax, title="Size of the segments", reason="No segment has been evaluated.")
    plan = plan_rows([row["segment"] for row in rows], groups=[_heading(row["kind"]) for row in rows], inches=0.46)
    several = "; one contact can be in several segments" if sum(_zero(r["contact_share"]) for r in rows) > 1.02 else ""
    ax = open_chart(
        ax,
        title=_title_sizes(rows, who),
        subtitle=f"Share of {who} and share of twelve-month revenue, per cent{several}",
        body=0.46 * plan.extent,
        left=plan.left,
        right=1.1,
        bottom=0.1,
    )
    clear_frame(ax)
    lay_rows(ax, plan)
    for place, (y, row) in enumerate(zip(plan.positions, rows, strict=True)):
        words = (f" of {who}", " of revenue") if place == 0 else ("", "")
        for share, top, colour, ink, word in (
            (as_float(row["contact_share"]), -0.36, PALE, SOFT, words[0]),
            (as_float(row["revenue_share"]), 0.02, ACCENT, INK, words[1]),
        ):
            width = max(_zero(share), 0.0)
            ax.barh(y + top, width, height=0.34, align="edge", color=colour)
            label_point(ax, width, y + top + 0.17, f"{format_share(share)}{word}", colour=ink)
    longest = max(max(_zero(row["contact_share"]), _zero(row["revenue_share"])) for row in rows)
    ax.set_xlim(0, longest or 1)
    draw_guide(ax, 0, colour=PALE)
    return ax


def describe_segment_sizes(summary: pd.DataFrame, *, who: str = "contacts") -> str:
    """Say in words what `plot_segment_sizes` shows.

    Parameters
    ----------
    summary : as for `plot_segment_sizes`.
    who : the word for contacts.

    Returns
    -------
    str
    """
    rows = _sort_sizes(summary)
    if not rows:
        return "Size of the segments: no segment has been evaluated."
    parts = [
        f"{row['segment']} {format_share(row['contact_share'])} of {who}, "
        f"{format_share(row['revenue_share'])} of revenue"
        for row in rows
    ]
    return f"Bars for {count_words(len(rows), 'segments')}: {'; '.join(parts)}."


def _sort_movement(movement: pd.DataFrame) -> list[Row]:
    rows = read_rows(movement, MOVEMENT, table="movement")
    return sorted(rows, key=_net, reverse=True)


def _net(row: Row) -> float:
    return _zero(row["now"]) - _zero(row["before"])


def _title_movement(rows: list[Row]) -> str:
    largest = max(rows, key=lambda row: abs(_net(row)))
    net = _net(largest)
    if not any(_zero(row["entered"]) or _zero(row["left"]) for row in rows):
        return "Nobody entered or left a segment"
    if not net:
        busiest = max(rows, key=lambda row: _zero(row["entered"]))
        count = format_count(busiest["entered"])
        return f"No segment changed in size; {count} entered {busiest['segment']} and as many left"
    verb = "grew" if net > 0 else "shrank"
    most = " most" if len(rows) > 1 else ""
    return f"{largest['segment']} {verb}{most}: by {format_count(abs(net))} to {format_count(largest['now'])}"


@chart_style()
def plot_entered_left(movement: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw for every segment how many contacts left it and how many entered, and what remains.

    Parameters
    ----------
    movement : one row per segment: segment, before, stayed, entered, left, now (contacts).
    ax : axes to draw on; without them a figure of its own.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    MissingColumns
        A column is absent.
    """
    rows = _sort_movement(movement)
    if not rows:
        return draw_nothing(ax, title="Who entered and who left", reason="There is no earlier day to compare with.")
    plan = plan_rows([row["segment"] for row in rows])
    ax = open_chart(
        ax,
        title=_title_movement(rows),
        subtitle="Contacts who left (to the left) and who entered (to the right) since the day compared with",
        body=0.36 * plan.extent + 0.3,
        left=plan.left + 0.45,
        right=2.0,
        bottom=0.1,
    )
    clear_frame(ax)
    lay_rows(ax, plan)
    ax.tick_params(axis="y", pad=(plan.left + 0.45) * 72)
    ax.set_ylim(plan.extent, -0.75)
    for y, row in zip(plan.positions, rows, strict=True):
        entered, left, net = _zero(row["entered"]), _zero(row["left"]), _net(row)
        ax.barh(y, entered, height=0.6, color=ACCENT)
        ax.barh(y, -left, height=0.6, color=GREY)
        label_point(ax, entered, y, format_count(entered, signed=True))
        label_point(ax, -left, y, format_count(-left), points=-5, colour=SOFT)
        colour = ACCENT if net > 0 else WARN if net < 0 else SOFT
        write_beside(ax, y, format_count(net, signed=True), inches=1.05, colour=colour, bold=True, align="right")
        write_beside(ax, y, format_count(row["now"]), inches=1.85, colour=INK, align="right")
    for text, inches in (("net", 1.05), ("now", 1.85)):
        write_beside(ax, -0.35, text, inches=inches, align="right")
    label_point(ax, 0, -0.35, "entered", colour=ACCENT)
    label_point(ax, 0, -0.35, "left", points=-5, colour=SOFT)
    draw_guide(ax, 0)
    ax.set_xlim(*_room(max(_zero(row["left"]) for row in rows), max(_zero(row["entered"]) for row in rows)))
    return ax


def _room(left: float, right: float) -> tuple[float, float]:
    """Return limits that keep the words above the bars apart, however one-sided the bars are."""
    widest = max(left, right) or 1.0
    return -max(left, 0.12 * widest), max(right, 0.2 * widest)


def describe_entered_left(movement: pd.DataFrame) -> str:
    """Say in words what `plot_entered_left` shows.

    Parameters
    ----------
    movement : as for `plot_entered_left`.

    Returns
    -------
    str
    """
    rows = _sort_movement(movement)
    if not rows:
        return "Who entered and who left: there is no earlier day to compare with."
    parts = [
        f"{row['segment']} {format_count(row['entered'], signed=True)} and {format_count(-_zero(row['left']))} "
        f"(now {format_count(row['now'])})"
        for row in rows
    ]
    return f"{_title_movement(rows)}. Entered and left: {join_words(parts)}."
