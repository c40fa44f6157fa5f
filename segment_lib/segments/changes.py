"""Why segments changed between two runs: because the people did, or because the definition did."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
import pyarrow as pa

from segment_lib.asof import AsOf
from segment_lib.engine import query_frame, run_sql
from segment_lib.errors import InvalidOption, NoData
from segment_lib.segments.recorded import members_by
from segment_lib.workspace import Workspace

COUNTS = (
    "before", "now", "stayed", "entered", "entered_by_people", "entered_by_definition", "left", "left_by_people",
    "left_by_definition", "cancelled",
)  # fmt: skip


@dataclass(frozen=True)
class Changes:
    """What became of every segment between two runs.

    `table` has one row a segment: `segment`, `definition` (same, changed, new, gone, not recorded, or lost), and
    contacts: `before`, `now`, `stayed`, `entered`, of these `entered_by_people` and `entered_by_definition`, `left`, of
    these `left_by_people` and `left_by_definition`, and `cancelled`; `note` says what could not be told. Parts are
    empty where they could not be told.
    """

    before: AsOf
    now: AsOf
    table: pd.DataFrame

    def __repr__(self) -> str:
        """Return a sentence a segment."""
        head = f"Changes from {self.before.day} to {self.now.day}"
        return "\n".join([head, *(f"  {sentence}" for sentence in self.sentences)])

    @property
    def sentences(self) -> list[str]:
        """One sentence for each segment that somebody entered or left, or whose definition changed."""
        return [_sentence(row) for row in self.table.to_dict("records") if row["entered"] or row["left"] or row["note"]]


def explain_changes(workspace: Workspace, before: AsOf, now: AsOf) -> Changes:
    """Tell for two stored runs which contacts moved by themselves, and which were moved by an edit.

    Parameters
    ----------
    workspace : whose runs.
    before, now : the days of two runs.

    Returns
    -------
    Changes

    Raises
    ------
    NoData
        No run of one of the days is stored.
    InvalidOption
        `before` is not the earlier day.

    Notes
    -----
    Where a definition changed, the old one is answered for the later day with today's tables. Who entered and is in
    by the old one too, entered by people (something happened to the contact); who is in by the new one alone, entered
    by definition. Who left and is out by the old one too, left by people; who is out by the new one alone, left by
    definition. So the two add up to what is observed. `cancelled` are those whom people and definition moved against
    one another, so that they did not move. What imports brought or took
    back since the later run is not told apart: where a definition changed it may count as either.
    """
    if before.day >= now.day:
        raise InvalidOption(f"the earlier run must lie before {now.day}, got {before.day}.")
    for day in (before, now):
        if day.day not in stored_days(workspace):
            raise NoData(f"no run as of {day.day} is stored. Runs: {_listed(workspace)}.")
    states = _states(workspace, before, now)
    changed = states[(states["definition"] == "changed")]
    old, faults = members_by(workspace, dict(zip(changed["segment"], changed["recorded"], strict=True)), as_of=now)
    counts = _counts(workspace, before, now, old)
    table = states.merge(counts, on="segment", how="left")
    for column in counts.columns.drop("segment"):
        table[column] = table[column].fillna(0).astype("Int64")
    table["note"] = [faults.get(segment, "") for segment in table["segment"]]
    table.loc[table["note"] != "", "definition"] = "lost"
    table = _attributed(table)
    return Changes(before, now, table[["segment", "definition", *COUNTS, "note"]])


def changes_since_last_run(workspace: Workspace, *, as_of: AsOf) -> Changes | None:
    """Tell what changed since the last stored run before a day, where that day's run is stored.

    Parameters
    ----------
    workspace : whose runs.
    as_of : the day of a run.

    Returns
    -------
    Changes or None
        Nothing where one of the two runs is not stored.
    """
    days = stored_days(workspace)
    earlier = [day for day in days if isinstance(day, date) and day < as_of.day]
    if as_of.day not in days or not earlier:
        return None
    return explain_changes(workspace, AsOf(max(earlier), as_of.zone), as_of)


def stored_days(workspace: Workspace) -> list[object]:
    """Return the days of all runs whose members are stored, in order."""
    rows = run_sql(
        "select as_of from memberships union select as_of from definitions order by as_of",
        {"memberships": workspace.table("memberships"), "definitions": workspace.table("definitions")},
    )
    return list(rows["as_of"].to_pylist())


def _states(workspace: Workspace, before: AsOf, now: AsOf) -> pd.DataFrame:
    """Return every segment of either day with what became of its definition, and the earlier definition."""
    days = f"as_of in (DATE '{before.day}', DATE '{now.day}')"
    frame = query_frame(
        f"""with known as (
            select segment, as_of, definition_hash, definition from definitions where {days}
            union all by name
            -- Runs of earlier versions of the package stored no definitions.
            select distinct segment, as_of, definition_hash, null::varchar as definition from memberships
            where {days} and as_of not in (select as_of from definitions)
        )
        select coalesce(a.segment, b.segment) as segment, a.definition_hash as old, b.definition_hash as new,
            a.definition as recorded
        from (from known where as_of = DATE '{before.day}') as a
        full join (from known where as_of = DATE '{now.day}') as b using (segment)
        order by b.segment is null, segment""",
        {"memberships": workspace.table("memberships"), "definitions": workspace.table("definitions")},
    )
    frame["definition"] = [
        "new" if pd.isna(old) else "gone" if pd.isna(new) else "same" if old == new
        else "not recorded" if pd.isna(recorded) else "changed"
        for old, new, recorded in zip(frame["old"], frame["new"], frame["recorded"], strict=True)
    ]  # fmt: skip
    return frame


def _counts(workspace: Workspace, before: AsOf, now: AsOf, old: dict[str, pa.Array]) -> pd.DataFrame:
    """Count contacts by whether they were in, are in, and would be in by the old definition."""
    parts = [
        pa.table({"segment": pa.repeat(pa.scalar(segment, pa.string()), len(ids)), "contact_id": ids})
        for segment, ids in old.items()
    ]
    schema = pa.schema([("segment", pa.string()), ("contact_id", pa.string())])
    return query_frame(
        f"""with either as (
            select segment, contact_id, max((as_of = DATE '{before.day}')::int) as was,
                max((as_of = DATE '{now.day}')::int) as "is"
            from memberships where as_of in (DATE '{before.day}', DATE '{now.day}') group by all
        ), three as (
            select segment, contact_id, coalesce(was, 0) as was, coalesce("is", 0) as "is",
                (old.contact_id is not null)::int as would
            from either full join old using (segment, contact_id)
        )
        select segment, sum(was) as before, sum("is") as now, sum(was * "is") as stayed,
            sum((1 - was) * "is") as entered, sum((1 - was) * "is" * would) as entered_by_people,
            sum((1 - was) * "is" * (1 - would)) as entered_by_definition,
            sum(was * (1 - "is")) as "left", sum(was * (1 - "is") * (1 - would)) as left_by_people,
            sum(was * (1 - "is") * would) as left_by_definition,
            sum((1 - was) * (1 - "is") * would + was * "is" * (1 - would)) as cancelled
        from three group by segment""",
        {
            "memberships": workspace.table("memberships"),
            "old": pa.concat_tables([schema.empty_table(), *(part.cast(schema) for part in parts)]),
        },
    )


def _attributed(table: pd.DataFrame) -> pd.DataFrame:
    """Settle what needs no comparison: nobody else's doing where the definition is the same, or new, or gone."""
    same, whole = table["definition"] == "same", table["definition"].isin(["new", "gone"])
    for way in ("entered", "left"):
        table.loc[same, f"{way}_by_people"], table.loc[same, f"{way}_by_definition"] = table.loc[same, way], 0
        table.loc[whole, f"{way}_by_people"], table.loc[whole, f"{way}_by_definition"] = 0, table.loc[whole, way]
        untold = table["definition"].isin(["lost", "not recorded"])
        table.loc[untold, [f"{way}_by_people", f"{way}_by_definition"]] = pd.NA
        table.loc[untold, "cancelled"] = pd.NA
    table.loc[same | whole, "cancelled"] = 0
    unrecorded = table["definition"] == "not recorded"
    table.loc[unrecorded, "note"] = "its definition changed, and the earlier one was not recorded."
    return table


def _sentence(row: Mapping[Any, Any]) -> str:
    segment, entered, left = row["segment"], row["entered"], row["left"]
    head = f"{segment}: {entered:,} entered, {left:,} left"
    if row["definition"] == "same":
        return f"{head}; its definition is the same."
    if row["definition"] == "new":
        return f"{segment}: {entered:,} entered; it is new."
    if row["definition"] == "gone":
        return f"{segment}: {left:,} left; it is not defined any more."
    if row["definition"] == "changed":
        people, by = row["entered_by_people"], row["entered_by_definition"]
        gone, out = row["left_by_people"], row["left_by_definition"]
        both = f"; {row['cancelled']:,} were moved both ways, and so not" if row["cancelled"] else ""
        return f"{head}; by people {people:,} and {gone:,}, by the changed definition {by:,} and {out:,}{both}."
    return f"{head}; why can't be told: {row['note']}"


def _listed(workspace: Workspace) -> str:
    days = [str(day) for day in stored_days(workspace)]
    return ", ".join(days[-5:]) or "none"
