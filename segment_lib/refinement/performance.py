"""Performance: conversion, retention and satisfaction of each segment, against the goal's targets."""

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from segment_lib.asof import AsOf
from segment_lib.engine import query_frame
from segment_lib.errors import NoData
from segment_lib.goals import Kpi
from segment_lib.segments.results import Segmentation
from segment_lib.segments.segmentation import segment_contacts
from segment_lib.sql import literal
from segment_lib.workspace import Workspace

FEWEST = 5
COLUMNS = ["segment", "kind", "kpi", "measure", "members", "estimate", "low", "high", "target", "verdict"]


def measure_performance(
    workspace: Workspace, segmentation: Segmentation, *, kpis: Sequence[Kpi], confidence: float = 0.95
) -> pd.DataFrame:
    """Measure every KPI of every segment.

    Parameters
    ----------
    workspace : whose interactions.
    segmentation : of the day; its models are used for the earlier days too.
    kpis : the leading goal's.
    confidence : of the intervals.

    Returns
    -------
    pandas.DataFrame
        `segment`, `kind`, `kpi`, `measure`, `members` (contacts that could do it), `estimate`, `low`, `high` (shares,
        or points for satisfaction), `target`, `verdict` (`reached`, `missed`, `cannot tell`, `too few`, `no target`).

    Notes
    -----
    Conversion and retention look at who was in the segment when the horizon began, so that nobody is counted as a
    member because of what is being measured. Intervals: Wilson (1927) for shares, Student's t for means of contacts.
    """
    parts = [pd.DataFrame(columns=COLUMNS)]
    earlier: dict[int, Segmentation | None] = {}
    for kpi in kpis:
        if kpi.measure == "satisfaction":
            answers = _satisfaction(workspace, segmentation, kpi)
        else:
            if kpi.horizon_days not in earlier:
                earlier[kpi.horizon_days] = _earlier(workspace, segmentation, kpi.horizon_days)
            past = earlier[kpi.horizon_days]
            answers = (
                _did_it(workspace, past, kpi) if past else pd.DataFrame(columns=["segment", "n", "hits", "mean", "sd"])
            )
        parts.append(_judged(answers, segmentation, kpi, confidence))
    full = [part for part in parts if not part.empty]
    return pd.concat(full, ignore_index=True) if full else parts[0]


def wilson_interval(hits: float, n: float, *, confidence: float = 0.95) -> tuple[float, float]:
    """Return the Wilson score interval of a share.

    Parameters
    ----------
    hits, n : how many of how many.
    confidence : of the interval.

    Returns
    -------
    tuple of float

    Examples
    --------
    >>> [round(end, 4) for end in wilson_interval(8, 10)]
    [0.4902, 0.9433]
    """
    if n <= 0:
        return float("nan"), float("nan")
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    share, spread = hits / n, z * z / n
    half = z * np.sqrt(share * (1 - share) / n + spread / (4 * n))
    low, high = (share + spread / 2 - half) / (1 + spread), (share + spread / 2 + half) / (1 + spread)
    # Rounding must not push an end of the interval past what a share can be, nor past the share itself.
    return float(max(0.0, min(low, share))), float(min(1.0, max(high, share)))


def judge(low: float, high: float, target: float | None, *, members: int) -> str:
    """Return the verdict on an interval: the target counts as reached or missed only where all of it says so.

    Examples
    --------
    >>> judge(0.15, 0.22, 0.25, members=400), judge(0.2, 0.3, 0.25, members=400), judge(0.0, 1.0, 0.25, members=3)
    ('missed', 'cannot tell', 'too few')
    """
    if members < FEWEST:
        return "too few"
    if target is None:
        return "no target"
    if np.isnan(low):
        return "cannot tell"
    return "reached" if low >= target else "missed" if high < target else "cannot tell"


def _earlier(workspace: Workspace, segmentation: Segmentation, days: int) -> Segmentation | None:
    try:
        past = segmentation.as_of.back(days)
        return segment_contacts(workspace, as_of=past, models=segmentation.models, whole_catalogue=False)
    except NoData:
        return None


def _window(after: AsOf, until: AsOf) -> str:
    return (
        f"occurred_at >= TIMESTAMPTZ '{after.end.isoformat()}' and occurred_at < TIMESTAMPTZ '{until.end.isoformat()}'"
    )


def _did_it(workspace: Workspace, past: Segmentation, kpi: Kpi) -> pd.DataFrame:
    start = past.as_of
    now = AsOf.of(start.back(-kpi.horizon_days).day, zone=start.zone)
    kind = literal(kpi.kind)
    before = _window(start.back(kpi.horizon_days), start)
    active = f"select distinct contact_id from interactions where kind = {kind} and {before}"
    eligible = f"join ({active}) using (contact_id)" if kpi.measure == "retention" else ""
    return query_frame(
        f"""with later as (select distinct contact_id from interactions where kind = {kind} and {_window(start, now)})
        select segment, count(*) as n, count(later.contact_id) as hits, null::double as mean, null::double as sd
        from members {eligible} left join later using (contact_id) group by segment""",
        {"interactions": workspace.table("interactions"), "members": past.members},
        options=workspace.engine_options,
    )


def _satisfaction(workspace: Workspace, now: Segmentation, kpi: Kpi) -> pd.DataFrame:
    # One mean a contact: the answers of one person are not independent of each other.
    return query_frame(
        f"""with answers as (select contact_id, avg(score) as score from interactions
            where kind = {literal(kpi.kind)} and score is not null
            and {_window(now.as_of.back(kpi.horizon_days), now.as_of)} group by contact_id)
        select segment, count(*) as n, null::bigint as hits, avg(score) as mean, stddev_samp(score) as sd
        from members join answers using (contact_id) group by segment""",
        {"interactions": workspace.table("interactions"), "members": now.members},
        options=workspace.engine_options,
    )


def _judged(answers: pd.DataFrame, segmentation: Segmentation, kpi: Kpi, confidence: float) -> pd.DataFrame:
    found = {row["segment"]: row for row in answers.to_dict("records")}
    rows = []
    for segment in segmentation.segments:
        row = found.get(segment.name, {"n": 0})
        n = int(row["n"])
        estimate = low = high = float("nan")
        if n and kpi.measure == "satisfaction":
            estimate, spread = float(row["mean"]), float(row["sd"])
            # Answers that are all alike show no spread to tell from, not that there is none.
            half = float(stdtrit(max(n - 1, 1), 0.5 + confidence / 2)) * (spread or np.nan) / np.sqrt(n)
            low, high = estimate - half, estimate + half
        elif n:
            hits = int(row["hits"])
            estimate = hits / n
            low, high = wilson_interval(hits, n, confidence=confidence)
        verdict = judge(low, high, kpi.target, members=n)
        if verdict == "too few":
            estimate = low = high = float("nan")
        rows.append((segment.name, segment.kind, kpi.name, kpi.measure, n, estimate, low, high, kpi.target, verdict))
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.astype({"target": "float64"})
