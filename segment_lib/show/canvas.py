"""The frame of a chart: its size in inches, the sentence above it, what stands beside its rows."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.transforms import ScaledTranslation

from segment_lib.show.lettering import LABEL_SIZE, wrap_sentence
from segment_lib.show.style import GREY, INK, PALE, SOFT

WIDTH = 8.2  # inches: about 900 pixels at 110 dots an inch
MARGIN = 0.12
TITLE_SIZE = 13.0
SUBTITLE_SIZE = 10.0
NOTE_SIZE = 9.0
LINE_HEIGHT = 1.25


def open_chart(
    ax: Axes | None,
    *,
    title: str,
    subtitle: str,
    body: float,
    left: float = 0.0,
    right: float = 0.2,
    bottom: float = 0.5,
) -> Axes:
    """Open a chart: make a figure if none is given, and write the sentence and the explanation above it.

    Parameters
    ----------
    ax : axes to draw on; without them a figure of its own.
    title : what the chart says.
    subtitle : what is plotted, and in which unit.
    body : height of the plotting area in inches.
    left, right, bottom : inches that labels need beside and below it.

    Returns
    -------
    matplotlib.axes.Axes
        Title and subtitle start where the labels do.
    """
    room = WIDTH - 2 * MARGIN if ax is None else axes_inches(ax)[0] + left
    head = wrap_sentence(title, inches=room, size=TITLE_SIZE, bold=True)
    note = wrap_sentence(subtitle, inches=room, size=SUBTITLE_SIZE)
    note_height = SUBTITLE_SIZE * LINE_HEIGHT * (note.count("\n") + 1) / 72
    head_height = TITLE_SIZE * LINE_HEIGHT * (head.count("\n") + 1) / 72
    if ax is None:
        above = 0.12 + note_height + 0.06 + head_height + MARGIN
        height = above + body + bottom
        figure, ax = plt.subplots(figsize=(WIDTH, height))
        figure.subplots_adjust(
            left=(left + MARGIN) / WIDTH,
            right=1 - (right + MARGIN) / WIDTH,
            top=1 - above / height,
            bottom=bottom / height,
        )
    scale = ax.get_figure(root=True).dpi_scale_trans  # type: ignore[union-attr]
    ax.set_title(
        head,
        loc="left",
        y=1.0,
        fontsize=TITLE_SIZE,
        fontweight="bold",
        color=INK,
        linespacing=LINE_HEIGHT,
        transform=ax.transAxes + ScaledTranslation(-left, 0.12 + note_height + 0.06, scale),
    )
    ax.text(
        0,
        1,
        note,
        fontsize=SUBTITLE_SIZE,
        color=SOFT,
        linespacing=LINE_HEIGHT,
        va="bottom",
        transform=ax.transAxes + ScaledTranslation(-left, 0.12, scale),
    )
    return ax


def axes_inches(ax: Axes) -> tuple[float, float]:
    """Return width and height of the plotting area in inches.

    Parameters
    ----------
    ax : the chart.

    Returns
    -------
    tuple of float
    """
    figure = ax.get_figure(root=True)
    dpi = figure.dpi if figure is not None else 100.0
    extent = ax.get_window_extent()
    return extent.width / dpi, extent.height / dpi


def draw_nothing(ax: Axes | None, *, title: str, reason: str) -> Axes:
    """Say in the place of a chart that there is nothing to draw.

    Parameters
    ----------
    ax : axes to draw on; without them a figure of its own.
    title : what the chart would have been about.
    reason : why there is nothing.

    Returns
    -------
    matplotlib.axes.Axes
    """
    ax = open_chart(ax, title=title, subtitle="Nothing to show", body=0.9, bottom=0.15)
    clear_frame(ax)
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1)
    ax.text(0.5, 0.5, reason, ha="center", va="center", color=SOFT, fontsize=11)
    for edge in ("left", "right", "top", "bottom"):
        ax.spines[edge].set(visible=True, color=PALE, linestyle=(0, (4, 4)))
    return ax


def clear_frame(ax: Axes) -> None:
    """Remove ticks and lines round the plotting area.

    Parameters
    ----------
    ax : the chart.
    """
    ax.set_xticks([])
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set_visible(False)


def name_rows(ax: Axes, positions: Sequence[float], labels: Sequence[str], *, left: float) -> None:
    """Write the names of rows in a left-aligned column beside the plotting area.

    Parameters
    ----------
    ax : the chart.
    positions : heights of the rows.
    labels : their names.
    left : inches from the start of the column to the plotting area.
    """
    ax.set_yticks(list(positions), labels=list(labels))
    ax.tick_params(axis="y", length=0, pad=left * 72, labelsize=LABEL_SIZE)
    for label in ax.get_yticklabels():
        label.set(ha="left", va="center", linespacing=1.1)


def write_beside(
    ax: Axes, y: float, text: str, *, inches: float, colour: str = SOFT, bold: bool = False, align: str = "left"
) -> None:
    """Write a text to the right of the plotting area, level with a row.

    Parameters
    ----------
    ax : the chart.
    y : height of the row.
    text : what to write.
    inches : from the plotting area's right edge.
    colour : of the text.
    bold : whether the type is bold.
    align : left, right or center.
    """
    ax.annotate(
        text,
        xy=(1, y),
        xycoords=("axes fraction", "data"),
        xytext=(inches * 72, 0),
        textcoords="offset points",
        ha=align,
        va="center",
        color=colour,
        fontsize=NOTE_SIZE,
        fontweight="bold" if bold else "normal",
        annotation_clip=False,
    )


def label_point(ax: Axes, x: float, y: float, text: str, *, points: float = 5, colour: str = INK) -> None:
    """Write a text beside a point; to its left where `points` is negative.

    Parameters
    ----------
    ax : the chart.
    x, y : the point.
    text : what to write.
    points : distance.
    colour : of the text.
    """
    ax.annotate(
        text,
        xy=(x, y),
        xytext=(points, 0),
        textcoords="offset points",
        ha="left" if points >= 0 else "right",
        va="center",
        color=colour,
        fontsize=NOTE_SIZE,
        annotation_clip=False,
    )


def draw_guide(ax: Axes, x: float, *, colour: str = GREY) -> None:
    """Draw a vertical line that values are read against.

    Parameters
    ----------
    ax : the chart.
    x : where.
    colour : of the line.
    """
    ax.axvline(x, color=colour, linewidth=1.1, zorder=1)
