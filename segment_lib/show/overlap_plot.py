"""Which combinations of segments contacts are in: the UpSet form, a matrix of dots under bars."""

from collections.abc import Mapping
from dataclasses import dataclass

from matplotlib.axes import Axes

from segment_lib.segments.overlap import Overlap
from segment_lib.show.canvas import NOTE_SIZE, axes_inches, clear_frame, draw_nothing, name_rows, open_chart
from segment_lib.show.lettering import label_room, text_width, wrap_name
from segment_lib.show.style import ACCENT, GREY, INK, PALE, SOFT, WASH, chart_style, segment_colours
from segment_lib.show.words import count_words, format_count, format_share, join_words

TITLE = "How segments overlap"
ROW, BARS, SIZES = 0.3, 1.5, 1.15  # inches: a row of dots, the bars above, the bars at the side
WIDEST, LABELS = 0.5, 0.45  # inches: a column of dots, and the room of the numbers above the bars


@dataclass(frozen=True)
class _Shown:
    """What is drawn: combinations as places of segments, with their contacts; and how many are left out."""

    names: tuple[str, ...]
    sizes: tuple[int, ...]
    columns: tuple[tuple[tuple[int, ...], int], ...]
    left_out: int
    # The segments that most contacts share.
    largest: tuple[str, ...]


def _read(overlap: Overlap, most: int, smallest_group: int) -> _Shown:
    names = tuple(str(name) for name in overlap.sizes["segment"])
    place = {name: number for number, name in enumerate(names)}
    every = [
        (tuple(place[name] for name in segments), int(contacts))
        for segments, contacts in overlap.combinations.itertuples(index=False)
    ]
    enough = [one for one in every if one[1] >= smallest_group]
    shown, largest = enough[:most], next((places for places, _ in enough if len(places) > 1), ())
    sizes = tuple(int(size) for size in overlap.sizes["contacts"])
    return _Shown(names, sizes, tuple(shown), len(every) - len(shown), tuple(names[place] for place in largest))


def _title(overlap: Overlap, shown: _Shown) -> str:
    several = sum(contacts for places, contacts in _all_places(overlap) if places > 1)
    if not several:
        return "No contact is in two of these segments"
    head = f"{format_share(several / overlap.contacts)} of contacts are in two segments or more"
    if not shown.largest:
        return head
    return f"{head}; most often in {join_words([f'“{name}”' for name in shown.largest], most=4)}"


def _all_places(overlap: Overlap) -> list[tuple[int, int]]:
    """Return for every combination how many segments and how many contacts it has."""
    return [(len(segments), int(contacts)) for segments, contacts in overlap.combinations.itertuples(index=False)]


def _left_out(shown: _Shown) -> str:
    if not shown.left_out:
        return ""
    verb = "is" if shown.left_out == 1 else "are"
    return f"{count_words(shown.left_out, 'smaller combinations')} {verb} not shown"


@chart_style()
def plot_overlap_sets(
    overlap: Overlap,
    *,
    most: int = 20,
    smallest_group: int = 1,
    colours: Mapping[str, str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw how many contacts are in exactly these segments and in no other, for every combination that occurs.

    Parameters
    ----------
    overlap : from `overlap_of`.
    most : combinations, the largest ones.
    smallest_group : combinations of fewer contacts are not drawn, and sizes below it not written, as in a report.
    colours : of the segments, as `segment_colours` gives them for all there are.
    ax : axes to draw on; without them a figure of its own.

    Returns
    -------
    matplotlib.axes.Axes
    """
    shown = _read(overlap, most, smallest_group)
    if not shown.names:
        return draw_nothing(ax, title=TITLE, reason="There are no segments to compare.")
    if not shown.columns:
        return draw_nothing(ax, title=TITLE, reason="No combination of segments has enough contacts to be shown.")
    labels = [wrap_name(name) for name in shown.names]
    heights = [max(1.0, 0.17 * (label.count("\n") + 1) / ROW + 0.1) for label in labels]
    bars, above = BARS / ROW, LABELS / ROW
    left, extent = label_room(labels), sum(heights)
    nobody = f"{count_words(overlap.nobody, 'contacts')} of {format_count(overlap.contacts)} in none"
    details = "; ".join(filter(None, [nobody, _left_out(shown)]))
    ax = open_chart(
        ax,
        title=_title(overlap, shown),
        subtitle=f"Contacts in exactly the segments with a dot, and in no other; {details}",
        body=ROW * (extent + 0.4) + BARS + LABELS,
        left=left,
        right=0.55,
        bottom=0.12,
    )
    clear_frame(ax)
    middles = [sum(heights[:place]) + height / 2 for place, height in enumerate(heights)]
    ax.set_ylim(extent, -0.4 - bars - above)
    name_rows(ax, middles, labels, left=left)
    width = axes_inches(ax)[0]
    column = min(WIDEST, (width - SIZES - 0.25) / len(shown.columns))
    ax.set_xlim(0, width / column)
    _draw_matrix(ax, shown, middles, heights)
    _draw_bars(ax, shown, bars, column)
    _draw_sizes(ax, shown, middles, width / column, SIZES / column, smallest_group, colours)
    return ax


def _draw_matrix(ax: Axes, shown: _Shown, middles: list[float], heights: list[float]) -> None:
    for place, (middle, height) in enumerate(zip(middles, heights, strict=True)):
        if place % 2 == 0:
            ax.axhspan(middle - height / 2, middle + height / 2, color=WASH, linewidth=0, zorder=0)
    size = 46 if len(shown.columns) <= 14 else 30
    for number, (places, _) in enumerate(shown.columns):
        x = number + 0.5
        empty = [middle for place, middle in enumerate(middles) if place not in places]
        ax.scatter([x] * len(empty), empty, s=size * 0.6, color=PALE, linewidths=0, zorder=2)
        ink = ACCENT if len(places) > 1 else GREY
        ax.plot([x, x], [middles[places[0]], middles[places[-1]]], color=ink, linewidth=2, zorder=2)
        ax.scatter([x] * len(places), [middles[place] for place in places], s=size, color=ink, linewidths=0, zorder=3)


def _draw_bars(ax: Axes, shown: _Shown, bars: float, column: float) -> None:
    largest = max(contacts for _, contacts in shown.columns)
    widest = max(text_width(format_count(contacts), size=NOTE_SIZE) for _, contacts in shown.columns)
    for number, (places, contacts) in enumerate(shown.columns):
        height = bars * contacts / largest
        ink = ACCENT if len(places) > 1 else GREY
        ax.bar(number + 0.5, -height, bottom=-0.4, width=0.62, color=ink, linewidth=0)
        ax.annotate(
            format_count(contacts),
            xy=(number + 0.5, -0.4 - height),
            xytext=(0, 2),
            textcoords="offset points",
            ha="center",
            va="bottom",
            rotation=0 if widest < column - 0.03 else 90,
            color=INK,
            fontsize=NOTE_SIZE,
        )


def _draw_sizes(
    ax: Axes,
    shown: _Shown,
    middles: list[float],
    right: float,
    room: float,
    smallest_group: int,
    colours: Mapping[str, str] | None,
) -> None:
    """Draw how many contacts each segment has, beside its row."""
    inks, largest = colours or segment_colours(shown.names), max([1, *shown.sizes])
    start = right - room
    ax.text(start, -0.25, "In the segment", color=SOFT, fontsize=NOTE_SIZE, va="bottom")
    for name, size, middle in zip(shown.names, shown.sizes, middles, strict=True):
        small = 0 < size < smallest_group
        length = room * 0.95 * (0 if small else size) / largest
        ax.barh(middle, length, left=start, height=0.5, color=inks.get(name, GREY), linewidth=0, zorder=2)
        ax.annotate(
            f"< {smallest_group}" if small else format_count(size),
            xy=(start + length, middle),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            color=INK,
            fontsize=NOTE_SIZE,
            annotation_clip=False,
        )


def describe_overlap_sets(overlap: Overlap, *, most: int = 5, smallest_group: int = 1) -> str:
    """Say in words what `plot_overlap_sets` shows.

    Parameters
    ----------
    overlap : as for `plot_overlap_sets`.
    most : combinations to name.
    smallest_group : as for `plot_overlap_sets`.

    Returns
    -------
    str
    """
    shown = _read(overlap, most, smallest_group)
    if not shown.columns:
        return f"{TITLE}: there is no combination of segments to show."
    parts = [
        f"{join_words([shown.names[place] for place in places])} ({format_count(contacts)})"
        for places, contacts in shown.columns
    ]
    head = f"{_title(overlap, shown)}. Matrix of {count_words(len(shown.names), 'segments')} under bars"
    none = f"{count_words(overlap.nobody, 'contacts')} of {format_count(overlap.contacts)} in none"
    return f"{head}; in exactly: {'; '.join(parts)}. In none of them: {none.removesuffix(' in none')}."
