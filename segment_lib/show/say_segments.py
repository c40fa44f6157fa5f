"""What the figures say of segments, and of what is planned for them."""

from typing import Any

import pandas as pd

from segment_lib.show.effects import is_clear, strength
from segment_lib.show.findings import Findings, bold, plain, rows_of
from segment_lib.show.words import (
    count_words,
    format_field,
    format_money,
    format_number,
    format_share,
    join_words,
)


def say_segments(summary: pd.DataFrame, knocked: pd.DataFrame, *, currency: str) -> Findings:
    """Say which group brings most, which view is largest, and which segments fail the goal's criteria.

    Parameters
    ----------
    summary : one row a segment.
    knocked : segment, passed, reasons.
    currency : ISO 4217 code.

    Returns
    -------
    Findings
    """
    lines = []
    for kind, word in (("RFM group", "group"), ("smart view", "smart view")):
        mine = rows_of(summary[(summary["kind"] == kind) & (summary["contacts"] > 0)].nlargest(1, "revenue_12m"))
        lines += [
            f"{bold(top['segment'])} is the {word} that brings most: {count_words(top['contacts'], 'contacts')} "
            f"({format_share(top['contact_share'])}), {format_money(top['revenue_12m'], currency)} in twelve months "
            f"({format_share(top['revenue_share'])} of revenue), of whom {format_share(top['reachable_email'])} may be "
            "e-mailed."
            for top in mine
        ]
    failed = rows_of(knocked[~knocked["passed"].astype(bool)])
    if failed:
        names = [f"{bold(row['segment'])} ({plain(row['reasons'])})" for row in failed]
        lines.append(f"Knocked out by the goal's criteria: {join_words(names, most=4)}.")
    else:
        lines.append("Every segment meets the goal's knock-out criteria.")
    unknown = rows_of(summary.nlargest(1, "unknown"))
    if unknown and unknown[0]["unknown"] > 0:
        lines.append(
            f"For {count_words(unknown[0]['unknown'], 'contacts')} it cannot be decided whether they belong to "
            f"{bold(unknown[0]['segment'])}: a value that the rule asks for is missing."
        )
    return Findings(tuple(lines))


def say_profiles(profile: pd.DataFrame, summary: pd.DataFrame, *, most: int = 3) -> Findings:
    """Say in one sentence for every segment what sets it apart.

    Parameters
    ----------
    profile : segment, field, level, members_value, rest_value, effect, estimate, low, high.
    summary : the segments, in the order of the sentences.
    most : how many fields a sentence names; of fields that say the same, the strongest.

    Returns
    -------
    Findings
    """
    lines = []
    for segment in summary["segment"]:
        rows = [row for row in rows_of(profile[profile["segment"] == segment]) if is_clear(row)]
        rows.sort(key=strength, reverse=True)
        first_of_field: dict[str, dict[str, Any]] = {}
        for row in rows:
            first_of_field.setdefault(str(row["field"]), row)
        lines.append(_say_profile(str(segment), list(first_of_field.values())[:most]))
    return Findings(tuple(lines))


def say_plan(summary: pd.DataFrame, knocked: pd.DataFrame, funnel: pd.DataFrame, *, currency: str) -> Findings:
    """Say what a person has to choose about the plays.

    Parameters
    ----------
    summary : one row a segment.
    knocked : segment, passed, reasons.
    funnel : play, segment, matched, eligible, sent, cost, note.
    currency : ISO 4217 code.

    Returns
    -------
    Findings
    """
    lines = []
    if len(funnel):
        lines.append(
            f"Send {count_words(len(funnel[funnel['sent'] > 0]), 'plays')} to "
            f"{count_words(funnel['sent'].sum(), 'contacts')} for {format_money(funnel['cost'].sum(), currency)}?"
        )
    failed = [bold(row["segment"]) for row in rows_of(knocked[~knocked["passed"].astype(bool)])]
    if failed:
        lines.append(f"Widen {join_words(failed, most=5)}, or drop what is knocked out?")
    views = summary[(summary["kind"] == "smart view") & (summary["contacts"] > 0)]
    idle = [bold(name) for name in views.nlargest(8, "revenue_12m")["segment"] if name not in set(funnel["segment"])]
    if idle:
        lines.append(f"Which play for {join_words(idle[:3])}? They have none.")
    return Findings(tuple(lines) or ("No play is planned; playbook.yml is where to begin.",))


def _say_profile(segment: str, rows: list[dict[str, Any]]) -> str:
    """Say it of one segment, the strongest field first."""
    if not rows:
        return f"{bold(segment)}: nothing sets it apart with certainty."
    parts = []
    for row in rows:
        if row["effect"] == "lift":
            parts.append(
                f"{plain(format_field(row['field'], row['level']))} {format_number(row['estimate'])} times as frequent "
                f"({format_share(row['members_value'])} against {format_share(row['rest_value'])})"
            )
        else:
            parts.append(
                f"{plain(format_field(row['field']))} {format_number(row['members_value'])} on average against "
                f"{format_number(row['rest_value'])}"
            )
    return f"{bold(segment)}: {'; '.join(parts)}."
