"""The report's first page as one record: headline figures, what changed, the table of segments."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure, SubFigure

from segment_lib.goals import GoalsFile
from segment_lib.refinement.summary import summarise_contacts
from segment_lib.segments.definitions import EVERYBODY
from segment_lib.segments.results import Segmentation
from segment_lib.show.alluvial import plot_movement
from segment_lib.show.bars import describe_segment_sizes, plot_segment_sizes
from segment_lib.show.flows import describe_movement
from segment_lib.show.lift import describe_lift, plot_lift
from segment_lib.show.performance import describe_performance, plot_performance
from segment_lib.show.record import figure_png
from segment_lib.show.style import colours_by_kind
from segment_lib.show.words import (
    as_float,
    format_count,
    format_day,
    format_money,
    format_number,
    format_points,
    format_share,
)
from segment_lib.workspace import Workspace

CHANNEL_NAMES = {"email": "e-mail", "phone": "phone", "sms": "SMS"}


def build_overview(
    workspace: Workspace,
    before: Segmentation,
    now: Segmentation,
    summary: pd.DataFrame,
    *,
    movement: pd.DataFrame,
    flows: pd.DataFrame,
    performance: pd.DataFrame,
    lift: pd.DataFrame,
) -> dict[str, Any]:
    """Return everything of the first page but its sentences.

    Parameters
    ----------
    workspace : its name, currency and leading goal.
    before, now : segmentations of the two days.
    summary : one row a segment, of `now`, small ones included.
    movement, flows, performance, lift : as `segment_lib.refinement` makes them.

    Returns
    -------
    dict
        What `segment_lib.show.pages.render_overview` takes; `changes`, `decide` and `audiences` are added to it.
    """
    settings, goal = workspace.settings, workspace.definition("goals", GoalsFile).leading
    since, leading = format_day(before.as_of.day), [goal.kpis[0].name]
    groups = summary[summary["kind"] == "RFM group"]
    # The first page is for a manager: clusters and groups too small to tell stay in the chapters.
    listed = performance[performance["kind"] != "cluster"]
    # An experiment is one question: segments are several looks at it, and stand in the chapter with a word on that.
    effects = lift[(lift["segment"] == EVERYBODY) & (lift["verdict"] != "too few")]
    figures = []
    if len(groups):
        figures.append(picture(plot_segment_sizes(groups).figure, alt=describe_segment_sizes(groups)))
        order, told = list(groups["segment"]), flows[flows["contacts"] >= settings.smallest_group]
        figures.append(picture(plot_movement(flows, order=order).figure, alt=describe_movement(told)))
    if len(effects):
        figures.append(picture(plot_lift(effects).figure, alt=describe_lift(effects)))
    figures.append(picture(plot_performance(listed, *leading).figure, alt=describe_performance(listed, *leading)))
    return {
        "business": settings.name,
        "currency": settings.currency,
        "as_of": now.as_of.day.isoformat(),
        "compared_with": before.as_of.day.isoformat(),
        "goal": {"name": goal.name, "question": goal.question},
        "headline": headline_figures(
            summarise_contacts(now.features),
            summarise_contacts(before.features),
            currency=settings.currency,
            since=since,
        ),
        "segment_caption": "A contact can be in several segments: shares need not add up. Clusters are in chapter 3.",
        "kpi_labels": leading,
        "segments": segment_rows(
            summary,
            performance,
            movement,
            colours=colours_by_kind(summary),
            kpis=leading,
            smallest_group=settings.smallest_group,
        ),
        "figures": figures,
    }


def headline_figures(
    now: Mapping[str, float], before: Mapping[str, float], *, currency: str, since: str
) -> list[dict[str, str]]:
    """Return the four figures at the top, each with its change.

    Parameters
    ----------
    now, before : contacts, customers_12m, revenue_12m, reachable_email of two days.
    currency : ISO 4217 code.
    since : the earlier day in words.

    Returns
    -------
    list of dict
        `label`, `value`, `change`, `direction` (`up`, `down`, `flat`).
    """
    reachable = f"{format_count(round(now['reachable_email'] * now['contacts']))} contacts"
    figures = [
        ("Contacts", "contacts", format_count(now["contacts"]), _difference(now, before, "contacts")),
        (
            "Customers, twelve months",
            "customers_12m",
            format_count(now["customers_12m"]),
            _ratio(now, before, "customers_12m"),
        ),
        (
            "Revenue, twelve months",
            "revenue_12m",
            format_money(now["revenue_12m"], currency),
            _ratio(now, before, "revenue_12m"),
        ),
        ("May be e-mailed", "reachable_email", format_share(now["reachable_email"], digits=1), reachable),
    ]
    return [
        {
            "label": label,
            "value": value,
            "change": change if name == "reachable_email" else f"{change} since {since}",
            "direction": "flat" if name == "reachable_email" else _direction(now[name] - before[name]),
        }
        for label, name, value, change in figures
    ]


def segment_rows(
    summary: pd.DataFrame,
    performance: pd.DataFrame,
    movement: pd.DataFrame,
    *,
    colours: Mapping[str, str],
    kpis: Sequence[str],
    smallest_group: int,
    kinds: Sequence[str] = ("smart view", "RFM group"),
) -> list[dict[str, Any]]:
    """Return the rows of the table of segments.

    Parameters
    ----------
    summary : one row a segment.
    performance : of every KPI.
    movement : segment, entered, left.
    colours : of every segment.
    kpis : names of the KPIs to show.
    smallest_group : segments of fewer contacts are folded: their figures are not shown.
    kinds : which kinds of segments to list, in this order, those with most revenue first.

    Returns
    -------
    list of dict
    """
    moves = movement.set_index("segment")
    place = {kind: number for number, kind in enumerate(kinds)}
    listed = summary[summary["kind"].isin(kinds)].assign(place=summary["kind"].map(place))
    rows = []
    for row in listed.sort_values(["place", "revenue_12m"], ascending=[True, False], kind="stable").to_dict("records"):
        name = str(row["segment"])
        folded = 0 < row["contacts"] < smallest_group
        mine = performance[performance["segment"] == name].set_index("kpi")
        rows.append(
            {
                "segment": name,
                "kind": row["kind"],
                "definition": row["definition"],
                "colour": colours[name],
                "folded": folded,
                "contacts": None if folded else int(row["contacts"]),
                "contact_share": None if folded else as_float(row["contact_share"]),
                "revenue_share": None if folded else as_float(row["revenue_share"]),
                "reachable": {} if folded or not row["contacts"] else _reach(row),
                "kpis": [] if folded else [_kpi(kpi, dict(mine.loc[kpi])) for kpi in kpis if kpi in mine.index],
                "entered": None if folded else int(moves.loc[name, "entered"]),  # type: ignore[arg-type]
                "left": None if folded else int(moves.loc[name, "left"]),  # type: ignore[arg-type]
            }
        )
    return rows


def picture(figure: Figure | SubFigure, *, alt: str) -> dict[str, str]:
    """Return a figure for the first page, and close it; its title is drawn in it.

    Parameters
    ----------
    figure : what a plot function drew.
    alt : what it says, for those who cannot see it.

    Returns
    -------
    dict of str to str
    """
    whole = figure.figure if isinstance(figure, SubFigure) else figure
    png = figure_png(whole)
    plt.close(whole)
    return {"title": "", "alt": alt, "png": base64.b64encode(png).decode("ascii")}


def _reach(row: Mapping[Any, Any]) -> dict[str, float]:
    return {name: as_float(row[f"reachable_{channel}"]) for channel, name in CHANNEL_NAMES.items()}


def _kpi(name: str, row: Mapping[Any, Any]) -> dict[str, str]:
    verdict, write = str(row["verdict"]), format_number if row["measure"] == "satisfaction" else format_share
    display = "too few" if verdict == "too few" else write(row["estimate"])
    if verdict == "missed":
        display += f" (target {write(row['target'])})"
    return {"label": name, "display": display, "verdict": verdict}


def _direction(change: float) -> str:
    return "up" if change > 0 else "down" if change < 0 else "flat"


def _difference(now: Mapping[str, float], before: Mapping[str, float], name: str) -> str:
    change = now[name] - before[name]
    return format_count(change, signed=True) if change else "no change"


def _ratio(now: Mapping[str, float], before: Mapping[str, float], name: str) -> str:
    if not before[name]:
        return "nothing to compare"
    change = now[name] / before[name] - 1
    return f"{format_points(change)}%" if round(change, 3) else "no change"
