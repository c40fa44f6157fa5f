"""Experiments: what a campaign changed, treatment against control."""

from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from segment_lib.asof import AsOf
from segment_lib.engine import query_frame, run_sql
from segment_lib.errors import NoData
from segment_lib.goals import Goal
from segment_lib.refinement.performance import wilson_interval
from segment_lib.segments.definitions import EVERYBODY
from segment_lib.segments.results import Segmentation
from segment_lib.segments.segmentation import segment_contacts
from segment_lib.sql import literal
from segment_lib.workspace import Workspace

FEWEST = 20
COUNTS = ("treated", "control", "treated_hits", "control_hits")
COLUMNS = [
    "campaign",
    "segment",
    "treated",
    "control",
    "treated_rate",
    "control_rate",
    "lift",
    "low",
    "high",
    "verdict",
]


def measure_lift(
    workspace: Workspace, segmentation: Segmentation, *, kind: str = "purchase", horizon_days: int = 60
) -> pd.DataFrame:
    """Measure each finished campaign by its control group, altogether and by segment.

    Parameters
    ----------
    workspace : whose assignments and interactions.
    segmentation : of the day; its models are used for the day of the assignment.
    kind : what the campaign wanted contacts to do.
    horizon_days : how long after the assignment it counts; campaigns and contacts still within it are left out.

    Returns
    -------
    pandas.DataFrame
        `campaign`, `segment` (that of the play, or those of the day before the first assignment), `treated`,
        `control` (contacts), `treated_rate`, `control_rate`, `lift` (difference of the rates), `low`, `high` (95%),
        `harms`, `cannot tell`, `too few`).

    Notes
    -----
    Interval: Newcombe's hybrid score (1998, method 10). The segments of one campaign are several looks at the same
    data; the row of everybody is the one that the experiment was made for. A contact that was assigned twice counts
    by the first time.
    """
    assignments = workspace.table("campaign_assignments")
    parts = [pd.DataFrame(columns=COLUMNS)]
    days = run_sql(
        f"""select campaign, cast(min(assigned_at) at time zone {literal(segmentation.as_of.zone)} as date) as day
        from assignments where assigned_at is not null group by 1 order by 2, 1""",
        {"assignments": assignments},
    ).to_pylist()
    for row in days:
        start = AsOf(row["day"] - timedelta(days=1), segmentation.as_of.zone)
        if start.back(-horizon_days - 1).day > segmentation.as_of.day:
            continue
        try:
            past = segment_contacts(workspace, as_of=start, models=segmentation.models, whole_catalogue=False)
        except NoData:
            continue
        parts.append(_lifts(workspace, past, segmentation.as_of, row["campaign"], kind, horizon_days))
    full = [part for part in parts if not part.empty]
    return pd.concat(full, ignore_index=True) if full else parts[0]


def lift_horizon(goal: Goal) -> dict[str, Any]:
    """Return what a campaign is judged by under a goal: the kind and the horizon of its first conversion.

    Parameters
    ----------
    goal : the leading one.

    Returns
    -------
    dict
        `kind` and `horizon_days`, as `measure_lift` takes them; a purchase within 60 days without a conversion.
    """
    for kpi in goal.kpis:
        if kpi.measure == "conversion":
            return {"kind": kpi.kind, "horizon_days": kpi.horizon_days}
    return {"kind": "purchase", "horizon_days": 60}


def lift_interval(hits: tuple[int, int], n: tuple[int, int]) -> tuple[float, float]:
    """Return Newcombe's 95% interval of the difference of two independent shares.

    Parameters
    ----------
    hits, n : how many of how many, first and second.

    Returns
    -------
    tuple of float

    Examples
    --------
    Newcombe (1998), example (a): 56/70 less 48/80.

    >>> [round(end, 4) for end in lift_interval((56, 48), (70, 80))]
    [0.0524, 0.3339]
    """
    (l1, u1), (l2, u2) = (wilson_interval(h, m) for h, m in zip(hits, n, strict=True))
    p1, p2 = hits[0] / n[0], hits[1] / n[1]
    low = p1 - p2 - np.sqrt((p1 - l1) ** 2 + (u2 - p2) ** 2)
    high = p1 - p2 + np.sqrt((u1 - p1) ** 2 + (p2 - l2) ** 2)
    return float(low), float(high)


def _lifts(
    workspace: Workspace, past: Segmentation, as_of: AsOf, campaign: str, kind: str, horizon_days: int
) -> pd.DataFrame:
    """Count arms by segment; members are those of the day before, so that the campaign cannot have moved them."""
    table = query_frame(
        f"""with drawn as (
            select contact_id, arm, assigned_at, segment,
                row_number() over (partition by contact_id order by assigned_at, arm) as time
            from assignments where campaign = {literal(campaign)} and assigned_at is not null),
        mine as (select contact_id, arm, assigned_at, segment from drawn where time = 1
            and assigned_at + interval {int(horizon_days)} day <= TIMESTAMPTZ '{as_of.end.isoformat()}'),
        done as (select distinct mine.contact_id from mine join interactions i on i.contact_id = mine.contact_id
            and i.kind = {literal(kind)} and i.occurred_at >= mine.assigned_at
            and i.occurred_at < mine.assigned_at + interval {int(horizon_days)} day),
        places as (select {literal(EVERYBODY)} as segment, contact_id from mine
            union all select segment, contact_id from mine where segment is not null
            union all select members.segment, contact_id from members join mine using (contact_id)
                where mine.segment is null)
        select segment,
            count(*) filter (where arm = 'treatment') as treated, count(*) filter (where arm = 'control') as control,
            count(done.contact_id) filter (where arm = 'treatment') as treated_hits,
            count(done.contact_id) filter (where arm = 'control') as control_hits
        from places join (select contact_id, arm from mine) using (contact_id) left join done using (contact_id)
        group by segment""",
        {
            "assignments": workspace.table("campaign_assignments"),
            "interactions": workspace.table("interactions"),
            "members": past.members,
        },
        options=workspace.engine_options,
    )
    counts = {row["segment"]: row for row in table.to_dict("records")}
    rows = []
    for name in [EVERYBODY, *(segment.name for segment in past.segments)]:
        if name not in counts:
            continue
        found = counts[name]
        treated, control, treated_hits, control_hits = (int(found[n]) for n in COUNTS)
        if min(treated, control) < FEWEST:
            verdict, low, high, lift, rates = "too few", np.nan, np.nan, np.nan, (np.nan, np.nan)
        else:
            low, high = lift_interval((treated_hits, control_hits), (treated, control))
            lift = treated_hits / treated - control_hits / control
            verdict = "works" if low > 0 else "harms" if high < 0 else "cannot tell"
            rates = (treated_hits / treated, control_hits / control)
        rows.append((campaign, name, treated, control, *rates, lift, low, high, verdict))
    return pd.DataFrame(rows, columns=COLUMNS)
