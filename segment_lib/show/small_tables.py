"""The smaller tables of the chapters: goals, reach, kinds, rules, criteria, workflows."""

from collections.abc import Sequence

import pandas as pd

from segment_lib.goals import Goal
from segment_lib.show.tables import ReportTable, table_html
from segment_lib.show.words import format_count, format_day, format_money, format_number, format_share


def table_kpis(goals: Sequence[Goal]) -> ReportTable:
    """Write every goal's figures with their targets.

    Parameters
    ----------
    goals : of goals.yml.

    Returns
    -------
    ReportTable
    """
    rows = [
        {
            "goal": goal.name,
            "objective": goal.objective,
            "figure": kpi.name,
            "measure": kpi.measure,
            "of": kpi.kind,
            "within": f"{kpi.horizon_days} days",
            "target": _target(kpi.target, kpi.measure),
        }
        for goal in goals
        for kpi in goal.kpis
    ]
    return table_html(
        pd.DataFrame(rows), caption="Goals and the figures that tell whether they are reached.", right=["target"]
    )


def table_target(target: pd.DataFrame, *, currency: str) -> ReportTable:
    """Write whom each goal's target profile reaches.

    Parameters
    ----------
    target : goal, target_profile, inside, outside, unknown, revenue_12m.
    currency : ISO 4217 code.

    Returns
    -------
    ReportTable
    """
    return table_html(
        target,
        caption="Contacts inside and outside each goal's target profile.",
        heads={"revenue_12m": "Revenue of those inside, 12 months"},
        formats={"revenue_12m": lambda amount: format_money(amount, currency, digits=0)},
    )


def table_kinds(kinds: pd.DataFrame) -> ReportTable:
    """Write how many interactions there are of each kind.

    Parameters
    ----------
    kinds : kind, interactions, contacts, scored, first, last.

    Returns
    -------
    ReportTable
    """
    return table_html(
        kinds,
        caption="Interactions by kind.",
        heads={"scored": "With a score"},
        formats={"first": format_day, "last": format_day},
    )


def table_rules(views: pd.DataFrame) -> ReportTable:
    """Write every smart view with its rule.

    Parameters
    ----------
    views : segment, meaning, definition, contacts, unknown.

    Returns
    -------
    ReportTable
    """
    return table_html(
        views[["segment", "meaning", "definition", "contacts", "unknown"]],
        caption="Smart views: the rule, who is in, and for whom it cannot be decided.",
        heads={"segment": "Smart view", "definition": "Rule"},
        formats={"contacts": format_count, "unknown": format_count},
    )


def table_knock_outs(knocked: pd.DataFrame) -> ReportTable:
    """Write which segments the goal's criteria rule out.

    Parameters
    ----------
    knocked : segment, passed, reasons.

    Returns
    -------
    ReportTable
    """
    words = knocked.assign(passed=["passed" if value else "knocked out" for value in knocked["passed"]])
    return table_html(
        words,
        caption="The leading goal's knock-out criteria.",
        heads={"passed": "Verdict"},
        tones={"passed": lambda row: "ok" if row["passed"] == "passed" else "miss", "reasons": lambda row: "soft"},
    )


def table_workflows(workflows: pd.DataFrame, *, note: str = "") -> ReportTable:
    """Write what the workflows of a run came to.

    Parameters
    ----------
    workflows : workflow, trigger, due, acted, known.
    note : why nothing was done, where nothing was.

    Returns
    -------
    ReportTable
    """
    return table_html(
        workflows,
        caption=" ".join(
            filter(None, ["Occasions since the earlier day: due, acted on by this run, and known from before.", note])
        ),
        heads={"known": "Known before"},
    )


def _target(target: float | None, measure: str) -> str:
    if target is None:
        return "none"
    return format_number(target) if measure == "satisfaction" else format_share(target)
