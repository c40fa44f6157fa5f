"""What stands behind RFM groups, in the open: thresholds, rules, moves, and what is wrong with a table of groups."""

from collections.abc import Mapping
from math import ceil, floor

import pandas as pd

from segment_lib.segments.rfm import RfmGroup, RfmLint
from segment_lib.show.findings import Findings, bold, plain
from segment_lib.show.rows import Row, read_rows
from segment_lib.show.style import segment_colours
from segment_lib.show.tables import ReportTable, table_html
from segment_lib.show.words import (
    as_float,
    count_words,
    format_count,
    format_money,
    format_share,
    is_missing,
    join_words,
)

SCORES = ("column", "score", "low", "high", "bound", "customers", "unknown")
MEASURES = {"recency_days": "days since", "purchases": "orders", "total_spend": "spend"}
WHOLE = ("recency_days", "purchases")
FLOWS = ("from_segment", "to_segment", "contacts", "share_of_from", "share_of_to")
SHOWN = 4


def table_rfm_scores(scores: pd.DataFrame, *, currency: str = "") -> ReportTable:
    """Write between which values each score lies, and how many customers have it.

    Parameters
    ----------
    scores : from `measure_rfm_scores`.
    currency : ISO 4217 code.

    Returns
    -------
    ReportTable

    Raises
    ------
    MissingColumns
        A column is absent.
    """
    lines: dict[int, dict[str, object]] = {}
    for row in read_rows(scores, SCORES, table="scores"):
        line = lines.setdefault(int(row["score"]), {"score": int(row["score"])})
        line[str(row["column"])] = _say_range(row, currency)
        line[f"{row['column']} customers"] = int(row["customers"])
    columns = [name for column in MEASURES for name in (column, f"{column} customers")]
    shown = pd.DataFrame(list(lines.values()), columns=["score", *columns])
    return table_html(
        shown,
        caption="Where scores begin and end: the highest is the best. Equal values score alike, so that a score "
        "between two equal cut points has nobody.",
        heads={
            "recency_days": "Days since the last order",
            "purchases": "Orders",
            "total_spend": "Spend",
            **{f"{column} customers": "Customers" for column in MEASURES},
        },
        formats={f"{column} customers": format_count for column in MEASURES},
        tones={
            column: lambda row, column=column: "" if row[f"{column} customers"] else "soft"  # type: ignore[misc]
            for column in MEASURES
        },
    )


def _say_range(row: Row, currency: str) -> str:
    low, high = (None if is_missing(row[end]) else as_float(row[end]) for end in ("low", "high"))
    if row["column"] in WHOLE:
        return _say_whole(low, high, row["bound"] == "above")
    low_text, high_text = (format_money(end, currency, digits=2 if end and end % 1 else 0) for end in (low, high))
    if low is not None and high is not None and low >= high:
        return "nobody can"
    if row["bound"] == "above":
        return " ".join(
            ([f"over {low_text}"] if low is not None else []) + ([f"up to {high_text}"] if high is not None else [])
        )
    return " ".join(
        ([f"from {low_text}"] if low is not None else []) + ([f"below {high_text}"] if high is not None else [])
    )


def _say_whole(low: float | None, high: float | None, is_above: bool) -> str:
    least = None if low is None else floor(low) + 1 if is_above else ceil(low)
    most = None if high is None else floor(high) if is_above else ceil(high) - 1
    if least is None:
        return "any" if most is None else f"up to {format_count(most)}"
    if most is None:
        return f"{format_count(least)} or more"
    if least > most:
        return "nobody can"
    return format_count(least) if least == most else f"{format_count(least)} to {format_count(most)}"


def say_rfm_scores(scores: pd.DataFrame) -> Findings:
    """Say what is worth knowing about scores: which nobody has, and whose values are missing.

    Parameters
    ----------
    scores : from `measure_rfm_scores`.

    Returns
    -------
    Findings

    Raises
    ------
    MissingColumns
        A column is absent.
    """
    rows = read_rows(scores, SCORES, table="scores")
    found = []
    for column, word in MEASURES.items():
        mine = [row for row in rows if row["column"] == column]
        empty = sorted(int(row["score"]) for row in mine if not row["customers"])
        if empty and any(row["customers"] for row in mine):
            largest = max(mine, key=lambda row: int(row["customers"]))
            share = as_float(largest["customers"]) / sum(as_float(row["customers"]) for row in mine)
            found.append(
                f"Nobody scores {join_words([str(score) for score in empty])} for {word}: {format_share(share)} of "
                f"customers share score {largest['score']}, and equal values score alike."
            )
        unknown = sum(int(row["unknown"]) for row in mine)
        if unknown:
            found.append(f"Unknown {word} of {count_words(unknown, 'customers')} count as 0.")
    return Findings(tuple(found or ["Every score has customers, and no customer's value is missing."]))


def say_rfm_table(lint: RfmLint) -> Findings:
    """Say what is wrong with a table of groups: codes in none, codes in several and who wins, groups out of reach.

    Parameters
    ----------
    lint : from `lint_rfm_groups`.

    Returns
    -------
    Findings
    """
    return Findings(tuple(plain(sentence).replace("\\`", "`") for sentence in lint.sentences))


def table_rfm_rules(
    rules: Mapping[str, str], *, groups: Mapping[str, RfmGroup] | None = None, counts: Mapping[str, int] | None = None
) -> ReportTable:
    """Write the rule of every group, ready to be saved as a smart view.

    Parameters
    ----------
    rules : from `group_rules`.
    groups : with them, what each group means.
    counts : with them, how many customers each group has.

    Returns
    -------
    ReportTable
    """
    shown = pd.DataFrame({"group": list(rules), "rule": list(rules.values())})
    if counts is not None:
        shown.insert(1, "customers", [int(counts.get(name, 0)) for name in rules])
    if groups is not None:
        shown.insert(1, "meaning", [groups[name].meaning if name in groups else "" for name in rules])
    return table_html(
        shown,
        caption="Each group as a rule. Saved as a smart view, it has the same members; `false` is a group that "
        "nobody can be in.",
        dots=segment_colours(list(rules)),
    )


def table_rfm_flows(flows: pd.DataFrame, *, colours: Mapping[str, str] | None = None) -> ReportTable:
    """Write who moved from which group to which, the most first.

    Parameters
    ----------
    flows : from `measure_rfm_flows`; who stayed is left out.
    colours : colour of every group; without it `segment_colours` of those that are there.

    Returns
    -------
    ReportTable

    Raises
    ------
    MissingColumns
        A column is absent.
    """
    rows = [row for row in read_rows(flows, FLOWS, table="flows") if row["from_segment"] != row["to_segment"]]
    rows.sort(key=lambda row: (-as_float(row["contacts"]), str(row["from_segment"]), str(row["to_segment"])))
    names = dict.fromkeys(str(name) for name in [*flows["from_segment"], *flows["to_segment"]])
    return table_html(
        pd.DataFrame([{name: row[name] for name in FLOWS} for row in rows], columns=list(FLOWS)),
        caption="Who moved between groups, by the same cut points on both days. Shares are of the group that was left "
        "as it was before, and of the group that was entered as it is now.",
        heads={
            "from_segment": "From",
            "to_segment": "To",
            "share_of_from": "Share of the group left",
            "share_of_to": "Share of the group entered",
        },
        formats={"contacts": format_count, "share_of_from": format_share, "share_of_to": format_share},
        dots=segment_colours([name for name in names if not name.startswith("(")]) | dict(colours or {}),
    )


def say_rfm_movement(movement: pd.DataFrame) -> Findings:
    """Say which groups lost and won most, and whither and whence.

    Parameters
    ----------
    movement : from `summarise_rfm_flows`.

    Returns
    -------
    Findings

    Raises
    ------
    MissingColumns
        A column is absent.
    """
    needed = ("segment", "before", "entered", "left", "now", "left_share", "main_source", "main_destination")
    rows = read_rows(movement, needed, table="movement")
    moved = [row for row in rows if row["entered"] or row["left"]]
    if not moved:
        return Findings(("Nobody moved between groups.",))
    found = []
    for row in sorted(moved, key=lambda row: -abs(as_float(row["now"]) - as_float(row["before"])))[:SHOWN]:
        change = as_float(row["now"]) - as_float(row["before"])
        went = "stayed at" if not change else f"{'grew' if change > 0 else 'shrank'} by {format_count(abs(change))} to"
        out = ""
        if row["left"]:
            share = f" ({format_share(row['left_share'])})"
            out = f"; {format_count(row['left'])} left{share}, most of them for {plain(row['main_destination'])}"
        into = (
            f"; {format_count(row['entered'])} came, most of them from {plain(row['main_source'])}"
            if row["entered"]
            else ""
        )
        found.append(f"{bold(row['segment'])} {went} {format_count(row['now'])}{out}{into}.")
    return Findings(tuple(found))
