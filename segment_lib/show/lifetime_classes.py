"""Forecasts by how often customers had bought before: what was expected of them, and what they did."""

import pandas as pd
from matplotlib.axes import Axes

from segment_lib.show.canvas import draw_nothing, open_chart, write_beside
from segment_lib.show.rows import Row, lay_rows, plan_rows, read_rows
from segment_lib.show.style import ACCENT, GREY, PALE, PAPER, SOFT, WARN, chart_style
from segment_lib.show.tables import ReportTable, table_html
from segment_lib.show.words import as_float, count_words, format_count, format_number, is_missing, join_words

CLASSES = ("frequency_class", "customers", "actual", "expected", "low", "high")
SAID = {"as expected": SOFT, "more": WARN, "fewer": WARN}


def _read_classes(classes: pd.DataFrame, smallest: int) -> list[Row]:
    rows = read_rows(classes, CLASSES, table="classes")
    return [row for row in rows if as_float(row["customers"]) >= smallest and not is_missing(row["expected"])]


def _name(row: Row) -> str:
    """Say how often customers of a class had bought again."""
    text = str(row["frequency_class"])
    return {"0": "never again", "1": "once again"}.get(
        text, f"{text.rstrip('+')} times{' or more' * text.endswith('+')}"
    )


def _label(row: Row) -> str:
    return f"{_name(row)} ({format_count(row['customers'])})"


def _verdict(row: Row) -> str:
    actual, low, high = (as_float(row[name]) for name in ("actual", "low", "high"))
    return "more" if actual > high else "fewer" if actual < low else "as expected"


def _title(rows: list[Row]) -> str:
    beside = [row for row in rows if _verdict(row) != "as expected"]
    if not beside:
        return "However often they had bought, customers bought as often as expected, within chance"
    worst = max(
        beside, key=lambda row: as_float(row["customers"]) * abs(as_float(row["actual"]) - as_float(row["expected"]))
    )
    return (
        f"{len(rows) - len(beside) or 'None'} of {count_words(len(rows), 'groups')} bought as expected; who had bought "
        f"{_name(worst)} bought {_verdict(worst)}: {format_number(worst['actual'])} each, "
        f"not {format_number(worst['expected'])}"
    )


@chart_style()
def plot_frequency_classes(classes: pd.DataFrame, *, smallest: int = 5, ax: Axes | None = None) -> Axes:
    """Draw for customers by past frequency how often they bought in the holdout, and how often was expected.

    Parameters
    ----------
    classes : `classes` of a `Tracking`: frequency_class, customers, actual, expected, low, high (purchases a customer).
    smallest : classes of fewer customers are not shown.
    ax : axes to draw on; without them a figure of its own.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    MissingColumns
        A column is absent.
    """
    rows = _read_classes(classes, smallest)
    if not rows:
        return draw_nothing(ax, title="Forecasts by past frequency", reason="No class has enough customers.")
    plan = plan_rows([_label(row) for row in rows], inches=0.36)
    ax = open_chart(
        ax,
        title=_title(rows),
        subtitle="Purchases of each customer in the time held out, by how often they had bought again before (number "
        "of customers): made (dot), expected (line), and the range that chance leaves (bar)",
        body=0.36 * plan.extent,
        left=plan.left,
        right=1.6,
        bottom=0.45,
    )
    lay_rows(ax, plan)
    for y, row in zip(plan.positions, rows, strict=True):
        verdict = _verdict(row)
        actual, expected, low, high = (as_float(row[name]) for name in ("actual", "expected", "low", "high"))
        if low == low and high == high:
            ax.barh(y, high - low, left=low, height=0.46, color=PALE, zorder=1)
        ax.plot([expected, expected], [y - 0.3, y + 0.3], color=GREY, linewidth=2, zorder=2)
        colour, marker = (ACCENT, "o") if verdict == "as expected" else (WARN, "D")
        ax.plot([actual], [y], marker, color=colour, markersize=7, markeredgecolor=PAPER, zorder=3)
        ink = ACCENT if verdict == "as expected" else WARN
        write_beside(ax, y, format_number(actual), inches=0.45, colour=ink, bold=True, align="right")
        write_beside(ax, y, verdict, inches=0.6, colour=SAID[verdict])
    ends = [as_float(row[name]) for row in rows for name in ("actual", "expected", "high")]
    ax.set_xlim(0, max([end for end in ends if end == end], default=0.0) * 1.03 or 1.0)
    longest = ax.get_xlim()[1]
    step = next((step for step in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100) if longest / step <= 8), longest / 5)
    marks = [step * place for place in range(int(longest / step) + 1)]
    ax.set_xticks(marks, labels=[format_number(mark) for mark in marks])
    ax.tick_params(axis="x", length=3, color=PALE)
    ax.set_xlabel("purchases a customer", loc="left")
    ax.spines["bottom"].set_color(PALE)
    return ax


def describe_frequency_classes(classes: pd.DataFrame, *, smallest: int = 5) -> str:
    """Say in words what `plot_frequency_classes` shows.

    Parameters
    ----------
    classes, smallest : as for `plot_frequency_classes`.

    Returns
    -------
    str
    """
    rows = _read_classes(classes, smallest)
    if not rows:
        return "Forecasts by past frequency: no class has enough customers."
    parts = [
        f"{_label(row)} {format_number(row['actual'])} made and {format_number(row['expected'])} expected "
        f"({format_number(row['low'])} to {format_number(row['high'])} by chance)"
        for row in rows
    ]
    return f"{_title(rows)}. Purchases a customer by how often they had bought again: {join_words(parts)}."


def table_frequency_classes(classes: pd.DataFrame, *, smallest: int = 5) -> ReportTable:
    """Write for customers by past frequency what was expected of them and what they did.

    Parameters
    ----------
    classes, smallest : as for `plot_frequency_classes`.

    Returns
    -------
    ReportTable
    """
    rows = [
        {
            "bought_again": _name(row),
            "customers": int(row["customers"]),
            "made": as_float(row["actual"]),
            "expected": as_float(row["expected"]),
            "range": f"{format_number(row['low'])} to {format_number(row['high'])}",
            "verdict": _verdict(row),
        }
        for row in _read_classes(classes, smallest)
    ]
    return table_html(
        pd.DataFrame(rows, columns=["bought_again", "customers", "made", "expected", "range", "verdict"]),
        caption="Purchases a customer in the time held out, by how often customers had bought again before.",
        heads={"range": "Range that chance leaves"},
        formats={"customers": format_count, "made": format_number, "expected": format_number},
        tones={"verdict": lambda row: "soft" if row["verdict"] == "as expected" else "miss"},
        right=["range"],
    )
