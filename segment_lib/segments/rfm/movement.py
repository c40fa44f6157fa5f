"""Movement between RFM groups of two days, scored by the same cut points."""

import pandas as pd

from segment_lib.checks import check_columns
from segment_lib.engine import Table, query_frame, run_sql
from segment_lib.sql import literal

NEWCOMER = "(not there yet)"
GONE = "(gone)"


def measure_rfm_flows(before: Table, now: Table, *, never_bought: str | None = None) -> pd.DataFrame:
    """Count who went from which group to which between two days.

    Parameters
    ----------
    before, now : `contact_id` and `rfm_group` of two days, by the same cut points and groups, so that only contacts
        moved and no threshold did.
    never_bought : name of the group of contacts without one; without it they are no customers yet, and whoever is none
        on both days is left out.

    Returns
    -------
    pandas.DataFrame
        `from_segment`, `to_segment`, `contacts`, `share_of_from` and `share_of_to` (of the group before and now), the
        most first. Who was not there before comes from `(not there yet)`, who is not there now went to `(gone)`.

    Raises
    ------
    MissingColumns
        A column is absent.

    Examples
    --------
    >>> before = pd.DataFrame({"contact_id": ["a", "b", "c"], "rfm_group": ["Good", "Good", None]})
    >>> now = pd.DataFrame({"contact_id": ["a", "b", "c"], "rfm_group": ["Good", "Lost", "Good"]})
    >>> measure_rfm_flows(before, now)[["from_segment", "to_segment", "contacts", "share_of_from"]]
          from_segment to_segment  contacts  share_of_from
    0  (not there yet)       Good         1            1.0
    1             Good       Good         1            0.5
    2             Good       Lost         1            0.5
    """
    for name, table in (("before", before), ("now", now)):
        columns = run_sql("select * from given limit 0", {"given": table}).column_names
        check_columns(columns, ("contact_id", "rfm_group"), table=name)
    never = "null" if never_bought is None else literal(never_bought)
    return query_frame(
        f"""with moved as (
            select coalesce(was, {literal(NEWCOMER)}) as from_segment, coalesce(becomes, {literal(GONE)}) as to_segment
            from (select contact_id, coalesce(rfm_group, {never}) as was from earlier)
            full join (select contact_id, coalesce(rfm_group, {never}) as becomes from later) using (contact_id)
            where was is not null or becomes is not null
        ), flows as (select from_segment, to_segment, count(*) as contacts from moved group by all)
        select *, contacts / sum(contacts) over (partition by from_segment) as share_of_from,
            contacts / sum(contacts) over (partition by to_segment) as share_of_to
        from flows order by contacts desc, from_segment, to_segment""",
        {"earlier": before, "later": now},
    )


def summarise_rfm_flows(flows: pd.DataFrame) -> pd.DataFrame:
    """Say of every group how many were in it, stayed, came in and went out.

    Parameters
    ----------
    flows : from `measure_rfm_flows`.

    Returns
    -------
    pandas.DataFrame
        `segment`, `before`, `stayed`, `entered`, `left`, `now` (contacts), `left_share` (of before),
        `entered_share` (of now), `main_source` and `main_destination` (whence most came, whither most went; nothing
        without any). The largest group of now first.

    Raises
    ------
    MissingColumns
        A column is absent.

    Examples
    --------
    >>> flows = pd.DataFrame([("Good", "Good", 6), ("Good", "Lost", 2)],
    ...                      columns=["from_segment", "to_segment", "contacts"])
    >>> summarise_rfm_flows(flows)[["segment", "before", "stayed", "entered", "left", "now", "left_share"]]
      segment  before  stayed  entered  left  now  left_share
    0    Good       8       6        0     2    6        0.25
    1    Lost       0       0        2     0    2         NaN
    """
    check_columns([str(name) for name in flows.columns], ("from_segment", "to_segment", "contacts"), table="flows")
    return query_frame(
        f"""with ends as (
            select from_segment as segment, contacts as before, 0 as now, to_segment as other, contacts,
                from_segment = to_segment as stays from flows
            union all
            select to_segment, 0, contacts, from_segment, contacts, from_segment = to_segment from flows
        )
        select segment, sum(before)::bigint as before,
            coalesce(sum(before) filter (where stays), 0)::bigint as stayed,
            coalesce(sum(now) filter (where not stays), 0)::bigint as entered,
            coalesce(sum(before) filter (where not stays), 0)::bigint as "left", sum(now)::bigint as now,
            coalesce(sum(before) filter (where not stays), 0) / nullif(sum(before), 0) as left_share,
            coalesce(sum(now) filter (where not stays), 0) / nullif(sum(now), 0) as entered_share,
            arg_max(other, (now, other)) filter (where not stays and now > 0) as main_source,
            arg_max(other, (before, other)) filter (where not stays and before > 0) as main_destination
        from ends where segment not in ({literal(NEWCOMER)}, {literal(GONE)})
        group by segment order by now desc, segment""",
        {"flows": flows[["from_segment", "to_segment", "contacts"]]},
    )
