"""Tables about segments: size and revenue, performance, movement, profile."""

from collections.abc import Mapping

import pandas as pd

from segment_lib.checks import check_columns
from segment_lib.show.bars import MOVEMENT, SUMMARY
from segment_lib.show.effects import PROFILE, effect_name, format_effect, format_group_value, is_clear
from segment_lib.show.performance import IN_POINTS, PERFORMANCE
from segment_lib.show.rows import Row, read_rows
from segment_lib.show.style import segment_colours
from segment_lib.show.tables import ReportTable, table_html
from segment_lib.show.words import (
    as_float,
    format_count,
    format_money,
    format_number,
    format_share,
    is_missing,
)

VERDICT_TONES = {"reached": "ok", "works": "ok", "missed": "miss", "harms": "miss"}

# Shown where the summary has them.
FURTHER = {"reachable_phone": "Phone", "reachable_sms": "SMS", "in_target": "In target"}


def _all_columns(frame: pd.DataFrame, columns: tuple[str, ...], *, table: str) -> pd.DataFrame:
    check_columns([str(name) for name in frame.columns], columns, table=table)
    return frame[list(columns)]


def table_segments(
    summary: pd.DataFrame, *, currency: str = "", who: str = "contacts", colours: Mapping[str, str] | None = None
) -> ReportTable:
    """Write size, revenue and reach of every segment, by kind, those with most revenue first.

    Parameters
    ----------
    summary : one row per segment: segment, kind, contacts, contact_share, revenue_12m, revenue_share, reachable_email
        (shares 0 to 1). reachable_phone, reachable_sms and in_target are shown where they are there, the
        kind where there are several.
    currency : ISO 4217 code.
    who : the word for contacts.
    colours : colour of every segment; without it `segment_colours` of those that are there.

    Returns
    -------
    ReportTable

    Raises
    ------
    MissingColumns
        A column is absent.
    """
    further = {name: head for name, head in FURTHER.items() if name in summary.columns}
    columns = _all_columns(summary, (*SUMMARY, *further), table="summary")
    kinds = {kind: place for place, kind in enumerate(dict.fromkeys(summary["kind"]))}
    shown = (
        columns.assign(place=columns["kind"].map(kinds))
        .sort_values(["place", "revenue_share", "contact_share"], ascending=[True, False, False], kind="stable")
        .drop(columns=["place"] if len(kinds) > 1 else ["place", "kind"])
    )
    tints = segment_colours([str(name) for name in summary["segment"]]) | dict(colours or {})
    own = [tints[str(name)] for name in shown["segment"]]
    return table_html(
        shown,
        caption="A contact can be in several segments; shares need not add up to 100%. E-mail, phone, SMS: share of "
        "the segment that may be reached so. In target: share that fits the goal's target profile.",
        heads={
            "contacts": who.capitalize(),
            "contact_share": "Share",
            "revenue_12m": "Revenue, 12 m.",
            "revenue_share": "Revenue share",
            "reachable_email": "E-mail",
            **further,
        },
        formats={
            "contacts": format_count,
            "contact_share": format_share,
            "revenue_12m": lambda amount: format_money(amount, currency, digits=0),
            "revenue_share": format_share,
            "reachable_email": format_share,
            **dict.fromkeys(further, format_share),
        },
        bars={"revenue_share": own},
        dots=tints,
    )


def table_performance(performance: pd.DataFrame) -> ReportTable:
    """Write every KPI of every segment with its interval, its target and the verdict.

    Parameters
    ----------
    performance : one row per segment and KPI: segment, kpi, measure, members, estimate, low, high, target, verdict.

    Returns
    -------
    ReportTable

    Raises
    ------
    MissingColumns
        A column is absent.
    """
    rows = read_rows(performance, PERFORMANCE, table="performance")
    shown = pd.DataFrame(
        {
            "segment": [row["segment"] for row in rows],
            "kpi": [row["kpi"] for row in rows],
            "members": pd.Series([as_float(row["members"]) for row in rows], dtype="float64"),
            "estimate": [_value(row, "estimate") for row in rows],
            "interval": [_interval(row) for row in rows],
            "target": [_value(row, "target") for row in rows],
            "verdict": [row["verdict"] for row in rows],
        }
    )
    return table_html(
        shown,
        caption="Performance against the targets. Per cent of members; satisfaction in points.",
        heads={"kpi": "KPI", "interval": "95% interval"},
        formats={"members": format_count},
        tones={"verdict": lambda row: VERDICT_TONES.get(row["verdict"], "soft")},
        right=("estimate", "interval", "target"),
    )


def _value(row: Row, name: str) -> str | None:
    if is_missing(row[name]):
        return None
    return format_number(row[name]) if row["measure"] in IN_POINTS else format_share(row[name], digits=1)


def _interval(row: Row) -> str | None:
    low, high = _value(row, "low"), _value(row, "high")
    return None if low is None or high is None else f"{low.removesuffix('%')} to {high}"


def table_movement(movement: pd.DataFrame, *, colours: Mapping[str, str] | None = None) -> ReportTable:
    """Write how many contacts entered and left every segment, the greatest gain first.

    Parameters
    ----------
    movement : one row per segment: segment, before, stayed, entered, left, now (contacts).
    colours : colour of every segment; without it `segment_colours` of those that are there.

    Returns
    -------
    ReportTable

    Raises
    ------
    MissingColumns
        A column is absent.
    """
    columns = _all_columns(movement, MOVEMENT, table="movement")
    shown = columns.assign(net=columns["now"] - columns["before"])
    return table_html(
        shown.sort_values("net", ascending=False, kind="stable"),
        caption="Contacts in each segment before and now, and who entered and left in between.",
        formats={
            **dict.fromkeys(("before", "stayed", "now"), format_count),
            "entered": lambda count: format_count(count, signed=True),
            "left": lambda count: format_count(-count),
            "net": lambda count: format_count(count, signed=True),
        },
        dots=segment_colours([str(name) for name in movement["segment"]]) | dict(colours or {}),
        tones={"net": lambda row: "ok" if as_float(row["net"]) > 0 else "miss" if as_float(row["net"]) < 0 else ""},
    )


def table_profile(profile: pd.DataFrame, segment: str) -> ReportTable:
    """Write in what a segment differs from the rest of the contacts, by family of fields.

    Parameters
    ----------
    profile : one row per segment, field and level: segment, field, level, family, members_value, rest_value, effect
        ('difference' or 'lift'), estimate, low, high.
    segment : whose profile.

    Returns
    -------
    ReportTable

    Raises
    ------
    MissingColumns
        A column is absent.
    """
    rows = [row for row in read_rows(profile, PROFILE, table="profile") if row["segment"] == segment]
    shown = pd.DataFrame(
        {
            "field": [effect_name(row) for row in rows],
            "family": [str(row["family"]) for row in rows],
            "members": [format_group_value(row, "members_value") for row in rows],
            "rest": [format_group_value(row, "rest_value") for row in rows],
            "difference": [format_effect(row) + (" SD" if row["effect"] == "difference" else "") for row in rows],
            "interval": [_effect_interval(row) for row in rows],
        }
    )
    clear = {effect_name(row) for row in rows if is_clear(row)}
    return table_html(
        shown,
        caption=f"{segment} against the rest. SD: standard deviations; ×: times as frequent; grey: there may be none.",
        heads={"interval": "95% interval"},
        tones={"difference": lambda row: "" if row["field"] in clear else "soft"},
        right=("members", "rest", "difference", "interval"),
    )


def _effect_interval(row: Row) -> str | None:
    if is_missing(row["low"]) or is_missing(row["high"]):
        return None
    return f"{format_effect(row, 'low').removesuffix('×')} to {format_effect(row, 'high')}"
