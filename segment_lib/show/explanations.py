"""Previews, explanations and funnels of segments as tables."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from segment_lib.segments.explaining import Condition, Explanation, Funnel, Passed
from segment_lib.segments.preview import Preview
from segment_lib.show.style import ACCENT
from segment_lib.show.tables import ReportTable, table_html
from segment_lib.show.words import format_count, format_day, format_money, format_share

_ANSWERS = {True: "yes", False: "no", None: "unknown"}
_JOINS = {"and": "All of:", "or": "At least one of:", "not": "Not:", "segment": "Is in"}
# Depth is shown by a sign that is read aloud as little as a blank is.
_STEP = "\u2007\u2007"


def table_preview(preview: Preview) -> ReportTable:
    """Write what a rule would select.

    Parameters
    ----------
    preview : from `segment_lib.segments.preview.preview`.

    Returns
    -------
    ReportTable
        For a rule with a fault the fault, with its place.
    """
    rule = " ".join(preview.rule.split())
    if preview.fault:
        lines = pd.DataFrame({"fault": preview.fault.splitlines()})
        return table_html(lines, caption=f"This rule can't be understood: {rule}", heads={"fault": "Fault"})
    members = [
        ("Revenue of members, 365 days", _money(preview.spend_365d, preview), preview.share_365d),
        ("Revenue of members, ever", _money(preview.total_spend, preview), preview.share_total),
    ]
    reached = [
        ("Members who may be e-mailed", preview.may_email),
        ("Members who may be called", preview.may_call),
    ]
    counts = [("In", preview.inside), ("Out", preview.outside), ("Unknown", preview.unknown)]
    rows = [(name, format_count(n), _share(n, preview.contacts)) for name, n in counts]
    rows += [(name, amount, None if share is None else format_share(share)) for name, amount, share in members]
    rows += [(name, format_count(n), _share(n, preview.inside)) for name, n in reached]
    notes = "".join(f" {note}" for note in preview.notes)
    return table_html(
        pd.DataFrame(rows, columns=["what", "number", "share"]),
        caption=f"{rule}: as of {format_day(preview.as_of.day)}, of {format_count(preview.contacts)} contacts. "
        f"Shares are of all contacts, of all revenue, and of members.{notes}",
        heads={"what": "What", "number": "Number", "share": "Share"},
        right=["number", "share"],
    )


def table_explanation(explanation: Explanation) -> ReportTable:
    """Write why a contact is in a segment or not, a row for each condition.

    Parameters
    ----------
    explanation : from `segment_lib.segments.explaining.explain`.

    Returns
    -------
    ReportTable
        For a cluster a row for each centre.
    """
    caption = "".join([f"{explanation.reason.rstrip('.')}.", *(f" Note: {note}." for note in explanation.notes)])
    if explanation.centres:
        rows = [
            {
                "cluster": centre.cluster,
                "distance": f"{centre.distance:.2f}",
                "features": ", ".join(f"{name} {own:+.1f}, centre {at:+.1f}" for name, own, at in centre.features),
            }
            for centre in explanation.centres
        ]
        return table_html(
            pd.DataFrame(rows),
            caption=f"{caption} Distances are in standard deviations.",
            heads={"features": "What tells them apart"},
            right=["distance"],
        )
    parts = [] if explanation.tree is None else list(explanation.tree.walk())
    return table_html(
        pd.DataFrame(
            [
                {
                    "condition": f"{_STEP * depth}{_said(part)}",
                    "holds": _ANSWERS[part.answer],
                    "why": part.why,
                    "changes": _change(part),
                }
                for depth, part in parts
            ],
            columns=["condition", "holds", "why", "changes"],
        ),
        caption=caption,
        heads={"why": "Value, distance and evidence", "changes": "Changes by time alone"},
        tones={"holds": _tone},
    )


def table_evidence(explanation: Explanation) -> ReportTable:
    """Write the interactions that make the conditions of an explanation what they are.

    Parameters
    ----------
    explanation : from `segment_lib.segments.explaining.explain`.

    Returns
    -------
    ReportTable
        The latest ten for each condition.
    """
    parts = [] if explanation.tree is None else [part for _, part in explanation.tree.walk() if part.rows]
    rows: list[dict[str, Any]] = [
        {
            "condition": part.text,
            "day": row.day.isoformat(),
            "kind": row.kind,
            "amount": row.amount,
            "order_id": row.order_id,
            "interaction_id": row.interaction_id,
        }
        for part in parts
        for row in part.rows
    ]
    columns = ["condition", "day", "kind", "amount", "order_id", "interaction_id"]
    return table_html(
        pd.DataFrame(rows, columns=columns).astype({"amount": "float64"}),
        caption=f"Interactions of {explanation.contact_id} that count, the latest first, ten at most for a condition.",
        heads={"order_id": "Order", "interaction_id": "Interaction"},
        formats={"amount": lambda amount: format_money(amount, "")},
    )


def table_funnel(funnel: Funnel) -> ReportTable:
    """Write how many contacts each condition of a segment lets through, alone and in order.

    Parameters
    ----------
    funnel : from `segment_lib.segments.explaining.explain`, without a contact.

    Returns
    -------
    ReportTable
    """
    name = funnel.segment or "This rule"
    most = funnel.deciding
    last = f" Most hangs on: {most.text}." if most is not None else ""
    parts = list(funnel.tree.walk())
    return table_html(
        pd.DataFrame(
            {
                "condition": [f"{_STEP * depth}{_said(part)}" for depth, part in parts],
                "alone": [part.inside for _, part in parts],
                "unknown": [part.unknown for _, part in parts],
                "in_order": [part.after for _, part in parts],
                "decides": [part.decides for _, part in parts],
            }
        ),
        caption=f"{name} as of {format_day(funnel.as_of.day)}: {format_count(funnel.tree.inside)} of "
        f"{format_count(funnel.contacts)} contacts. In order: how many are left after the conditions above and this "
        f"one; decides: how many the segment changes by without it.{last}",
        heads={"alone": "Alone", "in_order": "In order"},
        bars={"in_order": ACCENT},
    )


def _said(part: Condition | Passed) -> str:
    joined = _JOINS.get(part.how)
    if joined is None:
        return part.text
    return f"{joined} {part.segment}:" if part.how == "segment" else joined


def _change(part: Condition) -> str:
    if part.flips_on is None:
        return "not within three years"
    return f"{_ANSWERS[part.becomes]} from {part.flips_on.isoformat()} on"


def _tone(row: Mapping[str, Any]) -> str:
    return {"yes": "ok", "no": "miss"}.get(row["holds"], "soft")


def _money(amount: float, preview: Preview) -> str:
    return format_money(amount, preview.currency, digits=0)


def _share(some: int, of: int) -> str | None:
    return format_share(some / of) if of else None
