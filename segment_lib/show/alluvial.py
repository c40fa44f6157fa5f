"""The picture of movement: groups before at the left, groups now at the right, bands for those who went."""

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path
from matplotlib.patheffects import withStroke

from segment_lib.show.canvas import clear_frame, draw_nothing, open_chart
from segment_lib.show.flows import OUTSIDE, Band, FlowPlan, plan_flows, spread_apart, sum_flows, title_flows
from segment_lib.show.lettering import label_room, wrap_name
from segment_lib.show.style import ACCENT, GREY, INK, LINE, SOFT, WARN, chart_style, segment_colours
from segment_lib.show.words import count_words, format_count

NODE = 0.022  # width of a group, as a share of the chart
LABELLED = 8


@chart_style()
def plot_movement(
    flows: pd.DataFrame,
    *,
    order: Sequence[str] | None = None,
    colours: Mapping[str, str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw who moved between groups from one day to another.

    Parameters
    ----------
    flows : one row per pair of groups, those that stayed included: from_segment, to_segment, contacts;
        '(not there yet)' stands for where newcomers come from.
    order : groups from the best to the worst; moves are then coloured as upwards and downwards. Without it a move has
        the colour of where it leads.
    colours : colour of every segment; without it `segment_colours` of those that are there.
    ax : axes to draw on; without them a figure of its own.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    MissingColumns
        A column is absent.
    """
    totals = sum_flows(flows)
    if not totals:
        return draw_nothing(ax, title="Movement between groups", reason="There is no earlier day to compare with.")
    names = _order_names(totals, order)
    height = max(3.2, 0.42 * len(names))
    plan = plan_flows(totals, names, least_height=0.36 / height)
    labels = {0: _label(plan.before), 1: _label(plan.now, plan.before)}
    left, right = (label_room(list(labels[side].values())) for side in (0, 1))
    ax = open_chart(
        ax,
        title=title_flows(totals),
        subtitle=_subtitle(plan, order),
        body=height + 0.3,
        left=left,
        right=right,
        bottom=0.1,
    )
    clear_frame(ax)
    tints = dict(segment_colours([name for name in names if name not in OUTSIDE])) | dict(colours or {})
    for band in plan.bands:
        ax.add_patch(_ribbon(band, _colour(band, order, tints)))
    for side, groups, start in ((0, plan.before, 0.0), (1, plan.now, 1 - NODE)):
        for name, (top, size) in groups.items():
            colour = GREY if name in OUTSIDE or order is not None else tints.get(name, GREY)
            ax.add_patch(Rectangle((start, top), NODE, size, facecolor=colour, linewidth=0))
            shift, align = ((-6, "right"), (6, "left"))[side]
            ax.annotate(
                labels[side][name], (side, top + size / 2), xytext=(shift, 0), textcoords="offset points", ha=align,
                va="center", fontsize=10, color=INK, linespacing=1.1, annotation_clip=False,
            )  # fmt: skip
    head = 0.3 / height * plan.extent
    for side, text in ((0, "before"), (1, "now")):
        ax.text(side, -head * 0.45, text, ha=("left", "right")[side], va="center", color=SOFT, fontsize=9)
    _label_moves(ax, plan, gap=0.2 / height * plan.extent)
    ax.set_xlim(0, 1)
    ax.set_ylim(plan.extent, -head)
    return ax


def _order_names(totals: Mapping[tuple[str, str], float], order: Sequence[str] | None) -> list[str]:
    """Return every group: in the order given, or the largest first; those outside at the end."""
    sizes: dict[str, float] = {}
    for (before, now), count in totals.items():
        sizes[before] = sizes.get(before, 0) + count / 1e6
        sizes[now] = sizes.get(now, 0) + count
    ranks = {name: rank for rank, name in enumerate(order or ())}
    return sorted(sizes, key=lambda name: (name in OUTSIDE, ranks.get(name, len(ranks)), -sizes[name], name))


def _label(
    groups: Mapping[str, tuple[float, float]], before: Mapping[str, tuple[float, float]] | None = None
) -> dict[str, str]:
    labels = {}
    for name, (_, size) in groups.items():
        change = 0.0 if before is None or name in OUTSIDE else size - before.get(name, (0.0, 0.0))[1]
        signed = f" ({format_count(change, signed=True)})" if change else ""
        shown = {"(not there yet)": "new contacts", "(gone)": "gone"}.get(name, name)
        labels[name] = f"{wrap_name(shown, characters=20, lines=2)} {format_count(size)}{signed}"
    return labels


def _subtitle(plan: FlowPlan, order: Sequence[str] | None) -> str:
    tint = "upwards teal, downwards orange" if order is not None else "moves in the colour of where they lead"
    small = ""
    if plan.small_moves:
        who = count_words(plan.small_contacts, "contacts")
        small = f"; {count_words(plan.small_moves, 'smaller moves')} ({who}) not drawn"
    return f"Contacts by group on both days; pale: stayed, {tint}{small}"


def _colour(band: Band, order: Sequence[str] | None, tints: Mapping[str, str]) -> str:
    if band.stays:
        return LINE
    if order is None:
        return tints.get(band.destination, GREY)
    ranks = {name: rank for rank, name in enumerate(order)}
    if band.origin not in ranks or band.destination not in ranks:
        return GREY
    return ACCENT if ranks[band.destination] < ranks[band.origin] else WARN


def _ribbon(band: Band, colour: str) -> PathPatch:
    """Return a band whose edges leave and arrive level."""
    start, end, middle = NODE, 1 - NODE, 0.5
    left, right, size = band.origin_top, band.destination_top, band.contacts
    points = [
        *((start, left), (middle, left), (middle, right), (end, right)),
        *((end, right + size), (middle, right + size), (middle, left + size), (start, left + size)),
        (start, left),
    ]
    curve = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
    return PathPatch(
        Path(points, curve),
        facecolor=colour,
        alpha=1.0 if band.stays else 0.72,
        linewidth=0,
        zorder=1 if band.stays else 2,
    )


def _label_moves(ax: Axes, plan: FlowPlan, *, gap: float) -> None:
    """Write the counts of the largest moves where they arrive."""
    moves = [band for band in plan.bands if not band.stays][:LABELLED]
    heights = spread_apart([band.destination_top + band.contacts / 2 for band in moves], gap)
    for band, height in zip(moves, heights, strict=True):
        ax.text(
            0.955, height, format_count(band.contacts), ha="right", va="center", fontsize=9, color=INK, zorder=4,
            path_effects=[withStroke(linewidth=3, foreground="white")],
        )  # fmt: skip
