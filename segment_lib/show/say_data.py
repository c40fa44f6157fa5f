"""What the figures say of the goals, and of the fields that they need."""

from collections.abc import Mapping

import pandas as pd

from segment_lib.features.catalogue import CATALOGUE
from segment_lib.show.findings import Findings, bold, plain, rows_of
from segment_lib.show.words import format_field, format_share, join_words

HALF = 0.5
COMPUTED = {feature.name for feature in CATALOGUE}


def say_goals(assessment: pd.DataFrame, lost: Mapping[str, str], *, question: str) -> Findings:
    """Say what the leading goal asks and which goals the data can serve.

    Parameters
    ----------
    assessment : goal, criterion, verdict, reason.
    lost : goal to why it is out of reach.
    question : of the leading goal.

    Returns
    -------
    Findings
    """
    goals = list(dict.fromkeys(assessment["goal"]))
    fit = [bold(goal) for goal in goals if goal not in lost]
    lines = [f"The leading goal asks: *{plain(question)}*"]
    if fit:
        lines.append(f"The data can serve {join_words(fit)} today.")
    lines += [f"{bold(goal)} is out of reach. {plain(why)}." for goal, why in lost.items()]
    return Findings(tuple(lines))


def say_goal_decisions(assessment: pd.DataFrame, coverage: pd.DataFrame) -> Findings:
    """Say what a person has to choose before segmenting.

    Parameters
    ----------
    assessment : goal, criterion, verdict, reason.
    coverage : field, family, filled_share, used_by_goal.

    Returns
    -------
    Findings
    """
    lost = assessment[assessment["verdict"] == "out of reach"]
    lines = [
        f"{bold(goal)}: collect what is missing ({join_words([plain(name) for name in rows['criterion']])}), "
        "or drop the goal?"
        for goal, rows in lost.groupby("goal", sort=False)
    ]
    lines += thin_field_lines(coverage, "Ask for")
    return Findings(tuple(lines) or ("Nothing stands in the way of the goals.",))


def thin_field_lines(coverage: pd.DataFrame, verb: str) -> list[str]:
    """Return a sentence on the fields that the leading goal needs and fewer than half of the contacts have, if any.

    Parameters
    ----------
    coverage : field, filled_share, used_by_goal.
    verb : what the sentence begins with, such as `Fill`.

    Returns
    -------
    list of str
    """
    # A feature that is zero says that nothing happened; only fields can be asked for.
    asked = coverage["used_by_goal"].astype(bool) & ~coverage["field"].isin(COMPUTED)
    thin = coverage[asked & coverage["filled_share"].between(1e-9, HALF)]
    names = [
        f"{plain(format_field(row['field']))} ({format_share(row['filled_share'])})"
        for row in rows_of(thin.sort_values("filled_share", kind="stable"))
    ]
    return [f"{verb} {join_words(names, most=4)}, or segment without?"] if names else []
