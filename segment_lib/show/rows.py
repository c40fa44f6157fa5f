"""The rows of a chart: read from a table, and laid out from top to bottom, in groups where there are any."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from segment_lib.checks import check_columns
from segment_lib.show.canvas import name_rows
from segment_lib.show.lettering import LABEL_SIZE, label_room, wrap_name
from segment_lib.show.style import INK

Row = dict[str, Any]

HEADING = 0.85  # in rows


@dataclass(frozen=True)
class RowPlan:
    """Where the rows of a chart lie.

    Parameters
    ----------
    labels : names of the rows, broken into lines.
    positions : their heights, counted in rows from the top.
    headings : height and text of the line above each group.
    extent : height of everything, in rows.
    """

    labels: tuple[str, ...]
    positions: tuple[float, ...]
    headings: tuple[tuple[float, str], ...]
    extent: float

    @property
    def left(self) -> float:
        """Inches that the labels need."""
        return max(label_room(self.labels), label_room([text for _, text in self.headings]) if self.headings else 0)


def read_rows(frame: pd.DataFrame, columns: Sequence[str], *, table: str) -> list[Row]:
    """Return the rows of a table whose columns have been checked.

    Parameters
    ----------
    frame : the table.
    columns : names that it must have.
    table : what it is called in a message.

    Returns
    -------
    list of dict
        A row each, from column to value.

    Raises
    ------
    MissingColumns
        A column is absent.

    Examples
    --------
    >>> read_rows(pd.DataFrame({"segment": ["Loyal"], "contacts": [3]}), ["segment"], table="summary")
    [{'segment': 'Loyal', 'contacts': 3}]
    """
    check_columns([str(column) for column in frame.columns], columns, table=table)
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def plan_rows(labels: Sequence[str], *, groups: Sequence[str] | None = None, inches: float = 0.36) -> RowPlan:
    """Lay rows out from top to bottom, with a heading above each group where there are two or more.

    Parameters
    ----------
    labels : names of the rows; long ones are broken.
    groups : group of each row; the rows of a group follow one another.
    inches : height of a row; a name of several lines gets as much more as it needs.

    Returns
    -------
    RowPlan

    Examples
    --------
    >>> plan_rows(["Loyal", "New"]).positions
    (0.5, 1.5)
    """
    texts = tuple(wrap_name(label) for label in labels)
    with_headings = groups is not None and len(set(groups)) > 1
    positions: list[float] = []
    headings: list[tuple[float, str]] = []
    depth, group = 0.0, None
    for place, text in enumerate(texts):
        if with_headings and groups is not None and groups[place] != group:
            group = groups[place]
            depth += 0.25 if headings else 0
            headings.append((depth + HEADING / 2, group))
            depth += HEADING
        height = max(1.0, (0.17 * (text.count("\n") + 1) + 0.06) / inches)
        positions.append(depth + height / 2)
        depth += height
    return RowPlan(texts, tuple(positions), tuple(headings), max(depth, 1.0))


def lay_rows(ax: Axes, plan: RowPlan) -> None:
    """Name the rows of a chart, and write the headings of their groups.

    Parameters
    ----------
    ax : the chart.
    plan : where the rows lie.
    """
    ax.set_ylim(plan.extent, 0)
    name_rows(ax, plan.positions, plan.labels, left=plan.left)
    for height, text in plan.headings:
        ax.annotate(
            text,
            xy=(0, height),
            xycoords=("axes fraction", "data"),
            xytext=(-plan.left * 72, 0),
            textcoords="offset points",
            va="center",
            fontsize=LABEL_SIZE,
            fontweight="bold",
            color=INK,
            annotation_clip=False,
        )
