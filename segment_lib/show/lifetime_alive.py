"""Who is still a customer: the probability by how often customers bought again and for how long they have not."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from segment_lib.checks import check_columns
from segment_lib.show.canvas import draw_nothing, open_chart
from segment_lib.show.cells import Grid, draw_cells, name_cells
from segment_lib.show.lettering import label_room
from segment_lib.show.style import INTENSITY, chart_style
from segment_lib.show.words import count_words, format_count, format_share

ALIVE = ("frequency", "recency", "age", "p_alive")
FREQUENCIES = (
    (0, 0, "never again"),
    (1, 1, "once again"),
    (2, 2, "2 times"),
    (3, 4, "3 or 4 times"),
    (5, 7, "5 to 7 times"),
    (8, np.inf, "8 times or more"),
)
COLUMNS = 7
STEPS = (1, 2, 3, 4, 6, 8, 13, 26, 52, 104)


@dataclass(frozen=True)
class _Cells:
    """Customers and their mean probability, by frequency (rows) and time since the last purchase (columns)."""

    customers: Grid
    alive: Grid
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    total: int
    expected: float


def _read(customers: pd.DataFrame, unit: str, smallest: int) -> _Cells | None:
    check_columns([str(name) for name in customers.columns], ALIVE, table="customers")
    known = customers[customers["p_alive"].notna()][list(ALIVE)].astype(float)
    if len(known) < smallest:
        return None
    silent = (known["age"] - known["recency"]).clip(lower=0)
    longest = float(silent.max())
    step = next((step for step in STEPS if longest / step <= COLUMNS), max(STEPS[-1], int(longest // COLUMNS) + 1))
    count = max(1, int(np.ceil(longest / step)))
    column = np.minimum(np.ceil(silent / step) - 1, count - 1).clip(lower=0).astype(int)
    row = np.searchsorted([low for low, _, _ in FREQUENCIES], known["frequency"], side="right") - 1
    shape = (len(FREQUENCIES), count)
    sizes, sums = np.zeros(shape), np.zeros(shape)
    np.add.at(sizes, (row, column), 1)
    np.add.at(sums, (row, column), known["p_alive"].to_numpy())
    alive = np.divide(sums, sizes, out=np.full(shape, np.nan), where=sizes >= smallest)
    used = [place for place in range(len(FREQUENCIES)) if np.isfinite(alive[place]).any()]
    spans = tuple(
        f"{place * step + (place > 0)} to {(place + 1) * step}" if step > 1 else f"{place + 1}"
        for place in range(count)
    )
    return _Cells(
        sizes[used],
        alive[used],
        tuple(FREQUENCIES[place][2] for place in used),
        (*spans[:-1], f"{spans[-1]}\n{unit}"),
        len(known),
        float(known["p_alive"].sum()),
    )


def _title(cells: _Cells) -> str:
    share = format_share(cells.expected / cells.total)
    return f"About {format_count(cells.expected)} of {count_words(cells.total, 'customers')} are still there: {share}"


@chart_style()
def plot_alive(customers: pd.DataFrame, *, unit: str = "weeks", smallest: int = 5, ax: Axes | None = None) -> Axes:
    """Draw how probable it is that customers are still there, by past frequency and by how long they have been silent.

    Parameters
    ----------
    customers : one row a customer: frequency, recency, age, p_alive; those without a probability are left out.
    unit : of recency and age.
    smallest : cells of fewer customers are left blank.
    ax : axes to draw on; without them a figure of its own.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    MissingColumns
        A column is absent.
    """
    cells = _read(customers, unit, smallest)
    if cells is None or not cells.rows:
        return draw_nothing(ax, title="Who is still a customer", reason="No probabilities are to be shown.")
    left = label_room(cells.rows)
    ax = open_chart(
        ax,
        title=_title(cells),
        subtitle="Probability to be still a customer (bold) and number of customers, by how often they bought again "
        f"and by {unit} since their last purchase",
        body=0.58 * len(cells.rows),
        left=left,
        bottom=0.5,
    )
    draw_cells(
        ax,
        cells.alive,
        colours=INTENSITY,
        low=0,
        high=1,
        write=lambda row, column: _write(cells, row, column),
    )
    name_cells(ax, cells.rows, cells.columns, left=left)
    return ax


def _write(cells: _Cells, row: int, column: int) -> str:
    if not np.isfinite(cells.alive[row, column]):
        return ""
    return f"{format_share(cells.alive[row, column])}\n{format_count(cells.customers[row, column])}"


def describe_alive(customers: pd.DataFrame, *, unit: str = "weeks", smallest: int = 5) -> str:
    """Say in words what `plot_alive` shows.

    Parameters
    ----------
    customers, unit, smallest : as for `plot_alive`.

    Returns
    -------
    str
    """
    cells = _read(customers, unit, smallest)
    if cells is None or not cells.rows:
        return "Who is still a customer: no probabilities are to be shown."
    parts = []
    for place, name in enumerate(cells.rows):
        shown = [
            f"{span} {format_share(share)}"
            for span, share in zip(cells.columns, cells.alive[place], strict=True)
            if np.isfinite(share)
        ]
        parts.append(f"bought {name}: {', '.join(shown)}")
    text = f"{_title(cells)}. By past frequency and {unit} since the last purchase: {'; '.join(parts)}."
    return " ".join(text.split())
