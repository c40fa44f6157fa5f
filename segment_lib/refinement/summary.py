"""Segments at a glance: size, revenue, whom we may reach, what they share, and which are knocked out."""

from collections.abc import Mapping

import pandas as pd
import pyarrow as pa

from segment_lib.engine import query_frame, run_sql
from segment_lib.goals import KnockOuts
from segment_lib.segments.results import Segmentation
from segment_lib.sql import identifier

CHANNELS = {"email": "email", "phone": "phone", "sms": "phone"}


def summarise_segments(segmentation: Segmentation) -> pd.DataFrame:
    """Describe every segment by size, revenue and reach.

    Parameters
    ----------
    segmentation : of the day.

    Returns
    -------
    pandas.DataFrame
        One row a segment, in their order: `segment`, `kind`, `definition`, `meaning`, `contacts`, `contact_share`
        (of all contacts), `customers`, `revenue_12m` (money, 365 days), `revenue_share`, `reachable_email`,
        `reachable_phone`, `reachable_sms`, `reachable_any` (shares of the segment that have given consent and an
        address for the channel), `in_target` (share of the segment that fits the goal's target profile, 1 without
        one), `unknown` (contacts for whom the rule cannot be decided).
    """
    target = "coalesce(in_target, false)" if "in_target" in segmentation.features.column_names else "true"
    names = pa.table({"segment": [s.name for s in segmentation.segments], "place": range(len(segmentation.segments))})
    table = query_frame(
        f"""with everyone as (
            select contact_id, spend_365d, purchases, {target} as in_target, {_reach_columns()} from features),
        total as (select count(*) as contacts, sum(spend_365d) as revenue from everyone)
        select names.segment, count(members.contact_id) as contacts,
            count(members.contact_id) / any_value(total.contacts) as contact_share,
            count(*) filter (where purchases > 0) as customers,
            coalesce(sum(spend_365d), 0) as revenue_12m,
            coalesce(sum(spend_365d), 0) / nullif(any_value(total.revenue), 0) as revenue_share,
            {", ".join(f"avg({identifier(c)}::int) as reachable_{c}" for c in (*CHANNELS, "any"))},
            avg(in_target::int) as in_target
        from names left join members using (segment) left join everyone using (contact_id) cross join total
        group by names.segment, place order by place""",
        {"features": segmentation.features, "members": segmentation.members, "names": names},
    )
    table.insert(1, "kind", [s.kind for s in segmentation.segments])
    table.insert(2, "definition", [s.definition for s in segmentation.segments])
    table.insert(3, "meaning", [s.meaning for s in segmentation.segments])
    table["unknown"] = segmentation.counts["unknown"].to_numpy()
    return table.fillna({"revenue_share": 0.0})


def summarise_contacts(features: pa.Table) -> dict[str, float]:
    """Return the headline figures of one day.

    Parameters
    ----------
    features : one row a contact.

    Returns
    -------
    dict
        `contacts`, `customers_12m` (bought in 365 days), `revenue_12m` (money), `reachable_email`, `reachable_any`
        (shares of contacts).
    """
    row = run_sql(
        f"""select count(*) as contacts, count(*) filter (where purchases_365d > 0) as customers_12m,
            coalesce(sum(spend_365d), 0) as revenue_12m,
            avg(email::int) as reachable_email, avg("any"::int) as reachable_any
        from (select purchases_365d, spend_365d, {_reach_columns()} from features)""",
        {"features": features},
    )
    return {name: float(values[0] or 0) for name, values in row.to_pydict().items()}


def measure_overlap(segmentation: Segmentation, *, kind: str = "smart view") -> pd.DataFrame:
    """Return how much of each segment is also in each other one.

    Parameters
    ----------
    segmentation : of the day.
    kind : which kind of segments; RFM groups and clusters share no contact among themselves.

    Returns
    -------
    pandas.DataFrame
        `segment_a`, `segment_b`, `both` (contacts), `share_of_a`, for every ordered pair; `declared` where one of them
        is the other's parent, or its parent's.
    """
    names = [segment.name for segment in segmentation.segments if segment.kind == kind]
    chosen = pa.table({"segment": pa.array(names, pa.string()), "place": pa.array(range(len(names)), pa.int64())})
    frame = query_frame(
        """with mine as (select members.* from members join chosen using (segment)),
        pairs as (select a.segment as segment_a, b.segment as segment_b, count(*) as shared
            from mine a join mine b using (contact_id) group by all),
        sizes as (select segment, count(*) as size from mine group by all)
        select a.segment as segment_a, b.segment as segment_b, coalesce(shared, 0) as "both",
            coalesce(shared / size, 0) as share_of_a
        from chosen a cross join chosen b left join pairs on segment_a = a.segment and segment_b = b.segment
        left join sizes on sizes.segment = a.segment where a.segment <> b.segment order by a.place, b.place""",
        {"members": segmentation.members, "chosen": chosen},
    )
    parents = {view.name: view.parent for view in segmentation.definitions.smart_views}
    above = {name: _above(name, parents) for name in names}
    pairs = zip(frame["segment_a"], frame["segment_b"], strict=True)
    frame["declared"] = [b in above[a] or a in above[b] for a, b in pairs]
    return frame


def _above(segment: str, parents: Mapping[str, str]) -> set[str]:
    """Return the parent of a segment, its parent, and so on."""
    found: set[str] = set()
    while (segment := parents.get(segment, "")) and segment not in found:
        found.add(segment)
    return found


def check_knock_outs(summary: pd.DataFrame, overlap: pd.DataFrame, *, knock_outs: KnockOuts) -> pd.DataFrame:
    """Hold every segment against the goal's knock-out criteria.

    Parameters
    ----------
    summary : from `summarise_segments`.
    overlap : from `measure_overlap`, of the smart views in their order.
    knock_outs : the leading goal's.

    Returns
    -------
    pandas.DataFrame
        One row a segment: `segment`, `passed`, `reasons` (text, empty where it passed). Of two smart views that
        overlap too much, the later one is knocked out: the order of segments.yml is the order of preference. A
        segment and its parent overlap because they are meant to.
    """
    order = {name: place for place, name in enumerate(summary["segment"])}
    rows = []
    for row in summary.to_dict("records"):
        reasons = []
        if row["contacts"] < knock_outs.smallest_size:
            reasons.append(f"{row['contacts']:,} contacts, at least {knock_outs.smallest_size:,} wanted")
        reach = 0.0 if pd.isna(row["reachable_any"]) else float(row["reachable_any"])
        if row["contacts"] and reach < knock_outs.smallest_reachable_share:
            reasons.append(f"{reach:.0%} may be reached, at least {knock_outs.smallest_reachable_share:.0%} wanted")
        mine = overlap[overlap["segment_a"] == row["segment"]]
        mine = mine[~mine["declared"]] if "declared" in mine else mine
        for other in mine[mine["share_of_a"] > knock_outs.largest_overlap].to_dict("records"):
            if order[other["segment_b"]] < order[row["segment"]]:
                reasons.append(
                    f"{other['share_of_a']:.0%} are also in {other['segment_b']}, "
                    f"at most {knock_outs.largest_overlap:.0%} wanted"
                )
        rows.append({"segment": row["segment"], "passed": not reasons, "reasons": "; ".join(reasons)})
    return pd.DataFrame(rows, columns=["segment", "passed", "reasons"])


def _reach_columns() -> str:
    """Return SQL for whether a contact may be reached: consent is given and there is an address."""
    each = [f"coalesce({c}_consent and {address} is not null, false) as {c}" for c, address in CHANNELS.items()]
    anyhow = " or ".join(f"coalesce({c}_consent and {address} is not null, false)" for c, address in CHANNELS.items())
    return ", ".join([*each, f'({anyhow}) as "any"'])
