"""A grid of coloured cells with text in them, the base of every heat map here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import cos, radians, sin

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colors import Colormap

from segment_lib.show.canvas import LINE_HEIGHT, MARGIN, NOTE_SIZE, WIDTH, axes_inches, clear_frame, name_rows
from segment_lib.show.lettering import LABEL_SIZE, text_width, wrap_name, wrap_sentence
from segment_lib.show.style import PAPER, SOFT, WASH, ink_on

SLANT = 55  # degrees

Grid = npt.NDArray[np.float64]


def draw_cells(
    ax: Axes,
    values: Grid,
    *,
    colours: Colormap,
    low: float,
    high: float,
    write: Callable[[int, int], str],
    lines: tuple[float, float] = (0.36, 0.68),
) -> None:
    """Colour the cells of a grid and write a text into each; the first row is on top.

    Parameters
    ----------
    ax : the chart.
    values : what decides the colour; not-a-number is left blank.
    colours : from low to high.
    low, high : values at which the colours end; beyond them they stay.
    write : from row and column to the text of the cell. A line break makes the second line smaller.
    lines : heights of the first and the second line, from the top of the cell.
    """
    rows, columns = values.shape
    span = (high - low) or 1.0
    for row in range(rows):
        for column in range(columns):
            value = values[row, column]
            blank = bool(np.isnan(value))
            colour = WASH if blank else colours(float(np.clip((value - low) / span, 0, 1)))
            ax.fill_between([column, column + 1], row, row + 1, color=colour, linewidth=0)
            ink = SOFT if blank else ink_on(colour)
            first, _, second = write(row, column).partition("\n")
            ax.text(
                column + 0.5,
                row + (lines[0] if second else 0.5),
                first,
                ha="center",
                va="center",
                color=ink,
                fontsize=LABEL_SIZE,
                fontweight="bold" if second else "normal",
            )
            if second:
                ax.text(
                    column + 0.5, row + lines[1], second, ha="center", va="center", color=ink, fontsize=NOTE_SIZE - 0.5
                )
    ax.hlines(range(1, rows), 0, columns, color=PAPER, linewidth=2)
    ax.vlines(range(1, columns), 0, rows, color=PAPER, linewidth=2)
    ax.set_xlim(0, columns)
    ax.set_ylim(rows, 0)


@dataclass(frozen=True)
class ColumnHeads:
    """Names of columns above a grid, and the room they take.

    Parameters
    ----------
    texts : the names, broken into lines or cut.
    slanted : whether they have to be written at a slant, for want of width.
    """

    texts: tuple[str, ...]
    slanted: bool

    @property
    def height(self) -> float:
        """Inches above the grid."""
        if self.slanted:
            return max(text_width(text, size=NOTE_SIZE) for text in self.texts) * sin(radians(SLANT)) + 0.15
        return max((text.count("\n") + 1 for text in self.texts), default=0) * NOTE_SIZE * LINE_HEIGHT / 72 + 0.08

    @property
    def right(self) -> float:
        """Inches beside the grid, which the last name leans over."""
        return text_width(self.texts[-1], size=NOTE_SIZE) * cos(radians(SLANT)) + 0.05 if self.slanted else 0.2


def fit_heads(names: Sequence[str], *, left: float) -> ColumnHeads:
    """Break the names of columns into lines, or slant them where a word is wider than a column.

    Parameters
    ----------
    names : of the columns.
    left : inches that the names of the rows take.

    Returns
    -------
    ColumnHeads

    Examples
    --------
    >>> fit_heads(["Champions", "New buyers"], left=1.5).slanted
    False
    >>> fit_heads(["Champions"] * 14, left=1.5).slanted
    True
    """
    room = (WIDTH - 2 * MARGIN - left - 0.2) / max(len(names), 1) - 0.06
    texts = [wrap_sentence(name, inches=room, size=NOTE_SIZE) for name in names]
    if any(text_width(text, size=NOTE_SIZE) > room or text.count("\n") > 3 for text in texts):
        return ColumnHeads(tuple(wrap_name(name, characters=20, lines=1) for name in names), True)
    return ColumnHeads(tuple(texts), False)


def name_cells(ax: Axes, rows: Sequence[str], columns: Sequence[str], *, left: float) -> None:
    """Write the names of rows beside a grid, and those of columns below it.

    Parameters
    ----------
    ax : the chart.
    rows, columns : names, broken into lines already.
    left : inches that the names of the rows take.
    """
    clear_frame(ax)
    name_rows(ax, [place + 0.5 for place in range(len(rows))], rows, left=left)
    ax.set_xticks([place + 0.5 for place in range(len(columns))], labels=list(columns))
    ax.tick_params(axis="x", length=0)
    for label in ax.get_xticklabels():
        label.set(linespacing=1.1, fontsize=NOTE_SIZE)


def head_columns(ax: Axes, rows: int, heads: ColumnHeads) -> None:
    """Write the names of columns above a grid, inside the plotting area, clear of the sentence above it.

    Parameters
    ----------
    ax : the chart, with its rows drawn.
    rows : how many there are.
    heads : from `fit_heads`.
    """
    height = axes_inches(ax)[1]
    ax.set_ylim(rows, -rows * heads.height / max(height - heads.height, 0.1))
    ax.set_xticks([])
    for place, text in enumerate(heads.texts):
        ax.annotate(
            text,
            xy=(place + (0.4 if heads.slanted else 0.5), 0),
            xytext=(0, 4),
            textcoords="offset points",
            ha="left" if heads.slanted else "center",
            va="bottom",
            rotation=SLANT if heads.slanted else 0,
            rotation_mode="anchor" if heads.slanted else "default",
            color=SOFT,
            fontsize=NOTE_SIZE,
            linespacing=1.1,
        )
