"""What the figures say of the data: goals and imports."""

from collections.abc import Mapping

import pandas as pd

from segment_lib.features.catalogue import CATALOGUE
from segment_lib.show.findings import Findings, bold, plain, rows_of
from segment_lib.show.words import count_words, format_count, format_field, format_share, join_words

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
    lines += _thin_fields(coverage, "Ask for")
    return Findings(tuple(lines) or ("Nothing stands in the way of the goals.",))


def say_import(imports: pd.DataFrame, reasons: pd.DataFrame) -> Findings:
    """Say how many rows arrived, whether they balance, and what was refused most.

    Parameters
    ----------
    imports : rows_read, rows_accepted, rows_quarantined, rows_skipped of each file.
    reasons : file, reason, rows.

    Returns
    -------
    Findings
    """
    read, accepted, refused, skipped = (
        int(imports[f"rows_{outcome}"].sum()) for outcome in ("read", "accepted", "quarantined", "skipped")
    )
    lines = [
        f"{count_words(read, 'rows')} were read: {format_count(accepted)} accepted, {format_count(refused)} refused "
        f"with their reasons, {format_count(skipped)} skipped by a declared policy."
    ]
    gap = read - accepted - refused - skipped
    lines.append("Every row is accounted for." if gap == 0 else f"**{format_count(gap)} rows are not accounted for.**")
    if len(reasons):
        top = rows_of(reasons)[0]
        lines.append(
            f"Refused most often: {plain(top['reason'])} ({plain(top['file'])}, {count_words(top['rows'], 'rows')})."
        )
    return Findings(tuple(lines))


def say_import_decisions(imports: pd.DataFrame, reasons: pd.DataFrame, completeness: pd.DataFrame) -> Findings:
    """Say what a person has to choose about the files.

    Parameters
    ----------
    imports : rows_read, rows_quarantined of each file.
    reasons : file, reason, rows of what was refused.
    completeness : field, family, filled_share, used_by_goal of the contacts.

    Returns
    -------
    Findings
    """
    lines = []
    if len(reasons):
        share = imports["rows_quarantined"].sum() / max(imports["rows_read"].sum(), 1)
        files = join_words([plain(file) for file in dict.fromkeys(reasons["file"])], most=4)
        lines.append(
            f"Mend the refused rows at their source ({files}), or do without {format_share(share, digits=2)} of rows?"
        )
    lines += _thin_fields(completeness, "Fill")
    return Findings(tuple(lines) or ("Nothing was refused, and no field that the goal needs is thin.",))


def _thin_fields(coverage: pd.DataFrame, verb: str) -> list[str]:
    """Say which fields that the leading goal needs are filled for fewer than half of the contacts."""
    # A feature that is zero says that nothing happened; only fields can be asked for.
    asked = coverage["used_by_goal"].astype(bool) & ~coverage["field"].isin(COMPUTED)
    thin = coverage[asked & coverage["filled_share"].between(1e-9, HALF)]
    names = [
        f"{plain(format_field(row['field']))} ({format_share(row['filled_share'])})"
        for row in rows_of(thin.sort_values("filled_share", kind="stable"))
    ]
    return [f"{verb} {join_words(names, most=4)}, or segment without?"] if names else []
