"""What RFM groups are worth: shares of customers against shares of revenue, and the figures behind."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes

from segment_lib.checks import check_columns
from segment_lib.show.canvas import clear_frame, draw_guide, draw_nothing, open_chart, write_beside
from segment_lib.show.rows import Row, lay_rows, plan_rows, read_rows
from segment_lib.show.style import ACCENT, GREY, INK, LINE, PALE, WARN, chart_style, segment_colours
from segment_lib.show.tables import ReportTable, table_html
from segment_lib.show.words import (
    as_float,
    count_words,
    format_count,
    format_money,
    format_share,
    is_missing,
)

ECONOMICS = ("rfm_group", "customers", "customer_share", "revenue_365d", "revenue_share", "spend_per_customer")
COLUMNS = (*ECONOMICS, "total_spend", "spend_share", "purchases", "average_order", "median_recency_days")


def _sort(summary: pd.DataFrame) -> list[Row]:
    rows = read_rows(summary, ECONOMICS, table="summary")
    return sorted(rows, key=lambda row: (-_zero(row["revenue_share"]), -_zero(row["customer_share"]), row["rfm_group"]))


def _zero(value: object) -> float:
    return 0.0 if is_missing(value) else as_float(value)


def _title(rows: list[Row]) -> str:
    top = rows[0]
    share = format_share(top["customer_share"])
    if _zero(top["revenue_share"]) <= 0:
        return f"{top['rfm_group']} is the largest group: {share} of customers; no revenue in 365 days"
    brings = f"{top['rfm_group']}: {share} of customers bring {format_share(top['revenue_share'])} of revenue"
    if not _zero(top["customer_share"]):
        return brings
    return f"{brings}, {_zero(top['revenue_share']) / _zero(top['customer_share']):.1f} times their share"


@chart_style()
def plot_rfm_economics(summary: pd.DataFrame, *, currency: str = "", ax: Axes | None = None) -> Axes:
    """Draw for every RFM group how its share of revenue differs from its share of customers.

    Parameters
    ----------
    summary : from `summarise_rfm_groups`: rfm_group, customers, customer_share, revenue_365d, revenue_share,
        spend_per_customer.
    currency : ISO 4217 code.
    ax : axes to draw on; without them a figure of its own.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    MissingColumns
        A column is absent.
    """
    rows = _sort(summary)
    if not rows:
        return draw_nothing(ax, title="What the groups are worth", reason="No contact has bought yet.")
    plan = plan_rows([row["rfm_group"] for row in rows])
    ax = open_chart(
        ax,
        title=_title(rows),
        subtitle="From the share of customers (grey) to the share of revenue of 365 days: teal brings more than its "
        "share, orange less. Spend for a customer is of all time",
        body=0.36 * plan.extent + 0.3,
        left=plan.left,
        right=2.85,
        bottom=0.1,
    )
    clear_frame(ax)
    lay_rows(ax, plan)
    ax.set_ylim(plan.extent, -0.75)
    longest = max(max(_zero(row["customer_share"]), _zero(row["revenue_share"])) for row in rows) or 1.0
    for y, row in zip(plan.positions, rows, strict=True):
        customers, revenue = _zero(row["customer_share"]), _zero(row["revenue_share"])
        colour = ACCENT if revenue >= customers else WARN
        ax.plot([0, longest], [y, y], color=LINE, linewidth=0.8, zorder=1)
        ax.plot([customers, revenue], [y, y], color=colour, linewidth=3, alpha=0.35, zorder=2)
        ax.plot(customers, y, "o", color=GREY, markersize=7, zorder=3)
        if not is_missing(row["revenue_share"]):
            ax.plot(revenue, y, "o", color=colour, markersize=8, zorder=4)
        shares = f"{format_share(row['customer_share'])} → {format_share(row['revenue_share'])}"
        write_beside(ax, y, shares, inches=1.05, colour=INK, align="right")
        write_beside(ax, y, format_count(row["customers"]), inches=1.9, align="right")
        spend = format_money(row["spend_per_customer"], currency, digits=0)
        write_beside(ax, y, spend, inches=2.8, colour=INK, bold=True, align="right")
    for text, inches in (("share", 1.05), ("customers", 1.9), ("spend each", 2.8)):
        write_beside(ax, -0.35, text, inches=inches, align="right")
    draw_guide(ax, 0, colour=PALE)
    ax.set_xlim(-0.02 * longest, 1.04 * longest)
    return ax


def describe_rfm_economics(summary: pd.DataFrame, *, currency: str = "") -> str:
    """Say in words what `plot_rfm_economics` shows.

    Parameters
    ----------
    summary, currency : as for `plot_rfm_economics`.

    Returns
    -------
    str
    """
    rows = _sort(summary)
    if not rows:
        return "What the groups are worth: no contact has bought yet."
    parts = [
        f"{row['rfm_group']} {format_share(row['customer_share'])} of customers, "
        f"{format_share(row['revenue_share'])} of revenue, "
        f"{format_money(row['spend_per_customer'], currency, digits=0)} a customer"
        for row in rows
    ]
    who = count_words(sum(_zero(row["customers"]) for row in rows), "customers")
    return f"{_title(rows)}. {who} in {count_words(len(rows), 'groups')}: {'; '.join(parts)}."


def table_rfm_economics(
    summary: pd.DataFrame, *, currency: str = "", colours: Mapping[str, str] | None = None
) -> ReportTable:
    """Write size, revenue, spend and reach of every RFM group, those with most revenue first.

    Parameters
    ----------
    summary : from `summarise_rfm_groups`; `reachable_email` is shown where it is there.
    currency : ISO 4217 code.
    colours : colour of every group; without it `segment_colours` of those that are there.

    Returns
    -------
    ReportTable

    Raises
    ------
    MissingColumns
        A column is absent.
    """
    check_columns([str(name) for name in summary.columns], COLUMNS, table="summary")
    reach = ["reachable_email"] if "reachable_email" in summary.columns else []
    names = [
        *("rfm_group", "customers", "customer_share", "revenue_365d", "revenue_share", "spend_per_customer"),
        *("average_order", "purchases", "median_recency_days", *reach),
    ]
    places = {str(row["rfm_group"]): place for place, row in enumerate(_sort(summary))}
    shown = summary[names].sort_values("rfm_group", key=lambda column: column.map(places), kind="stable")
    tints = segment_colours(list(places)) | dict(colours or {})
    return table_html(
        shown,
        caption="Revenue is of 365 days; spend for a customer, orders and the average order are of all time. "
        "Customers alone: who never bought brings nothing.",
        heads={
            "rfm_group": "Group",
            "customer_share": "Share",
            "revenue_365d": "Revenue, 365 d.",
            "revenue_share": "Revenue share",
            "spend_per_customer": "Spend each",
            "average_order": "Average order",
            "purchases": "Orders",
            "median_recency_days": "Median days since",
            "reachable_email": "E-mail",
        },
        formats={
            **dict.fromkeys(("customers", "purchases", "median_recency_days"), format_count),
            **dict.fromkeys(("customer_share", "revenue_share", *reach), format_share),
            **dict.fromkeys(
                ("revenue_365d", "spend_per_customer"), lambda amount: format_money(amount, currency, digits=0)
            ),
            "average_order": lambda amount: format_money(amount, currency),
        },
        bars={"revenue_share": [tints[str(name)] for name in shown["rfm_group"]]},
        dots=tints,
    )
