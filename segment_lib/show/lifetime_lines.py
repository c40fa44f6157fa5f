"""What charts of lines over time have in common: shares upwards, round times along, names at the ends of lines."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb

from segment_lib.show.canvas import NOTE_SIZE, axes_inches
from segment_lib.show.flows import spread_apart
from segment_lib.show.lettering import text_width, wrap_name
from segment_lib.show.style import INK, LINE, PALE, PAPER, SOFT, contrast
from segment_lib.show.words import count_words, format_number, format_share

NAME_CHARACTERS = 20
# A unit of time, its days, and up to how many days it is read most easily.
CLOCKS = (("days", 1.0, 70.0), ("weeks", 7.0, 300.0), ("months", 30.4375, 1500.0), ("years", 365.25, float("inf")))
STEPS = {"months": (1, 2, 3, 6, 12, 24), "weeks": (1, 2, 4, 8, 13, 26), "days": (1, 2, 5, 10, 20)}


@dataclass(frozen=True)
class TimeMarks:
    """Round times below a chart whose axis is in days.

    Parameters
    ----------
    unit : days, weeks, months or years.
    days : places on the axis.
    labels : what is written there, in the unit.
    """

    unit: str
    days: tuple[float, ...]
    labels: tuple[str, ...]

    def words(self, place: int) -> str:
        """Return a mark as words: 12 months."""
        return count_words(float(self.labels[place].replace(",", "")), self.unit)


@dataclass(frozen=True)
class LineEnd:
    """Where a line ends, and what to write there."""

    height: float
    text: str
    colour: str


def mark_times(longest_days: float, *, most: int = 7) -> TimeMarks:
    """Choose round times that a reader thinks in.

    Parameters
    ----------
    longest_days : where the axis ends.
    most : number of marks at most.

    Returns
    -------
    TimeMarks

    Examples
    --------
    >>> mark_times(400).words(-1)
    '12 months'
    """
    unit, size, _ = next(clock for clock in CLOCKS if longest_days <= clock[2])
    length = longest_days / size
    steps = STEPS.get(unit, (1, 2, 5, 10, 20, 50))
    step = next((step for step in steps if length / step < most), steps[-1])
    while length / step >= most:
        step *= 2
    numbers = [step * place for place in range(int(length // step) + 1)]
    return TimeMarks(unit, tuple(number * size for number in numbers), tuple(format_number(n) for n in numbers))


def share_axis(ax: Axes, *, top: float = 1.0) -> None:
    """Mark shares along the left side, with faint lines across.

    Parameters
    ----------
    ax : the chart.
    top : the highest share.
    """
    step = next(step for step in (0.01, 0.02, 0.05, 0.1, 0.25) if top / step <= 5 or step == 0.25)
    marks = [step * place for place in range(int(top / step + 1e-9) + 1)]
    ax.set_yticks(marks, labels=[format_share(mark) for mark in marks])
    ax.set_ylim(0, top * 1.03)
    faint_grid(ax)


def faint_grid(ax: Axes) -> None:
    """Draw faint lines across, and the line below.

    Parameters
    ----------
    ax : the chart.
    """
    ax.tick_params(axis="y", length=0, labelsize=9.5)
    ax.tick_params(axis="x", length=3, color=PALE)
    ax.yaxis.grid(True, color=LINE)
    ax.set_axisbelow(True)
    ax.spines["bottom"].set_color(PALE)


def room_for_ends(texts: Sequence[str]) -> float:
    """Return the inches that the names of lines need to the right.

    Parameters
    ----------
    texts : as they will be written.

    Returns
    -------
    float
    """
    return max((text_width(text, size=NOTE_SIZE, bold=True) for text in texts), default=0.0) + 0.12


def text_colour(colour: str) -> str:
    """Return a line's colour, darkened until text in it can be read on paper.

    Parameters
    ----------
    colour : of the line.

    Returns
    -------
    str

    Examples
    --------
    >>> text_colour("#0b6e6e"), text_colour("#e09f3e")
    ('#0b6e6e', '#916d38')
    """
    for tenths in range(11):
        share = tenths / 10
        red, green, blue = ((1 - share) * a + share * b for a, b in zip(to_rgb(colour), to_rgb(INK), strict=True))
        if contrast((red, green, blue), PAPER) >= 4.5:
            return to_hex((red, green, blue))
    return INK


def end_name(name: str) -> str:
    """Break the name of a line so that it fits beside the chart."""
    return wrap_name(name, characters=NAME_CHARACTERS, lines=2)


def name_ends(ax: Axes, ends: Sequence[LineEnd]) -> None:
    """Write the names of lines to the right of the chart, clear of one another.

    Parameters
    ----------
    ax : the chart, with its limits set.
    ends : height, text and colour of each line.
    """
    low, high = ax.get_ylim()
    lines = max((end.text.count("\n") + 1 for end in ends), default=1)
    gap = (high - low) * lines * NOTE_SIZE * 1.3 / 72 / max(axes_inches(ax)[1], 0.1)
    for end, height in zip(ends, spread_apart([end.height for end in ends], gap), strict=True):
        ax.annotate(
            end.text, xy=(1, height), xycoords=("axes fraction", "data"), xytext=(6, 0), textcoords="offset points",
            va="center", color=end.colour, fontsize=NOTE_SIZE, fontweight="bold", linespacing=1.1,
            annotation_clip=False,
        )  # fmt: skip


def write_below(
    ax: Axes, text: str, *, depth: float, at: float | None = None, left: float = 0, colour: str = SOFT
) -> None:
    """Write a line below a chart, in points from its lower edge: below a time, or from the start of the labels.

    Parameters
    ----------
    ax : the chart.
    text : what to write.
    depth : points below the plotting area.
    at : place on the axis that the text is centred below; without it, the text starts at the left.
    left : inches from the start of the labels to the plotting area.
    colour : of the text.
    """
    ax.annotate(
        text, (0 if at is None else at, 0), xycoords=("axes fraction" if at is None else "data", "axes fraction"),
        xytext=(-left * 72 if at is None else 0, -depth), textcoords="offset points", va="top",
        ha="left" if at is None else "center", color=colour, fontsize=NOTE_SIZE, annotation_clip=False,
    )  # fmt: skip
