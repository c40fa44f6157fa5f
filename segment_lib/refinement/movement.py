"""Movement: who entered, left and stayed between two days, and from which group to which."""

from datetime import date

import pandas as pd

from segment_lib.asof import AsOf
from segment_lib.engine import query_frame, run_sql
from segment_lib.errors import InvalidOption
from segment_lib.features.of_workspace import days_of
from segment_lib.segments.results import Segmentation
from segment_lib.segments.rfm.movement import measure_rfm_flows
from segment_lib.workspace import Workspace


def day_to_compare(workspace: Workspace, as_of: AsOf, *, asked: str = "") -> AsOf:
    """Return the earlier day that movement is measured from.

    Parameters
    ----------
    workspace : whose runs.
    as_of : the day of this run.
    asked : a day that a person asked for; it wins.

    Returns
    -------
    AsOf
        The day asked for, or that of the last run before `as_of`, or, without one, the day a month earlier; where
        the data begin later than that, the first day of theirs.

    Raises
    ------
    InvalidOption
        The day asked for is not before `as_of`.
    """
    if asked:
        day = workspace.as_of(asked)
        if day.day >= as_of.day:
            raise InvalidOption(f"the day to compare with must lie before {as_of.day}, got {day.day}.")
        return day
    rows = run_sql(
        f"select max(as_of) as day from memberships where as_of < DATE '{as_of.day}'",
        {"memberships": workspace.table("memberships")},
    )
    last = rows["day"][0].as_py()
    if last:
        return workspace.as_of(last)
    month, (first, _) = as_of.month_before(), days_of(workspace)
    return workspace.as_of(first) if isinstance(first, date) and month.day < first < as_of.day else month


def measure_movement(before: Segmentation, now: Segmentation) -> pd.DataFrame:
    """Count who entered, left and stayed, segment by segment.

    Parameters
    ----------
    before, now : of two days, by the same definitions and models, so that only contacts moved.

    Returns
    -------
    pandas.DataFrame
        `segment`, `before`, `stayed`, `entered`, `left`, `now` (contacts).
    """
    table = query_frame(
        """select segment, count(a.contact_id) as before, count(*) filter (where a.contact_id is not null
            and b.contact_id is not null) as stayed, count(*) filter (where a.contact_id is null) as entered,
            count(*) filter (where b.contact_id is null) as "left", count(b.contact_id) as now
        from earlier a full join later b using (segment, contact_id) group by segment""",
        {"earlier": before.members, "later": now.members},
    )
    names = [segment.name for segment in now.segments]
    return table.set_index("segment").reindex(names, fill_value=0).rename_axis("segment").reset_index()


def measure_flows(before: Segmentation, now: Segmentation) -> pd.DataFrame:
    """Count contacts by RFM group before and now.

    Parameters
    ----------
    before, now : of two days, by the same cut points.

    Returns
    -------
    pandas.DataFrame
        `from_segment`, `to_segment`, `contacts`; contacts not known before come from `(not there yet)`. Empty
        without RFM groups.
    """
    columns = ["from_segment", "to_segment", "contacts"]
    if not any(segment.kind == "RFM group" for segment in now.segments):
        return pd.DataFrame(columns=columns)
    return measure_rfm_flows(before.features, now.features, never_bought=now.never_bought)[columns]
