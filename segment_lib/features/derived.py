"""Rows made of rows, for what one aggregate cannot tell: what came after what, silences, the most frequent value."""

import re
from collections.abc import Sequence
from dataclasses import replace

from segment_lib.asof import AsOf
from segment_lib.features.pieces import Summary, aggregate, both, rows_of, select
from segment_lib.features.record import Feature, Followed, Gaps, Values
from segment_lib.features.wording import Wording
from segment_lib.sql import identifier, literal


def add_derived(plan: Summary, features: Sequence[Feature], wordings: Sequence[Wording]) -> None:
    """Make the rows that records of derived levels aggregate, and one row a contact of them, day by day.

    Parameters
    ----------
    plan : gets the table expressions.
    features : records of derived levels.
    wordings : one for each day.
    """
    # One table serves all records of the same rows.
    tables = dict.fromkeys((f.kind, f.level) for f in features if isinstance(f.level, Gaps | Values))
    for wording in wordings:
        for place, (kind, level) in enumerate(tables):
            of_level = [f for f in features if (f.kind, f.level) == (kind, level)]
            key = rows_of(kind, [wording]).key
            _add_table(
                plan, f"{type(level).__name__.lower()}_{place}", key, _rows(kind, level, wording), of_level, wording
            )
        _add_followed(plan, [(f, f.level) for f in features if isinstance(f.level, Followed)], wording)


def _add_table(plan: Summary, name: str, key: str, rows: str, features: Sequence[Feature], wording: Wording) -> None:
    table = name + wording.suffix
    plan.tables[table] = rows
    columns = [key, *(aggregate(f, wording) for f in features)]
    plan.tables[f"{table}_summary"] = select(columns, table, group=key)
    plan.add(wording.suffix, f"{table}_summary", key, features)


def add_labels(plan: Summary, features: Sequence[Feature], wordings: Sequence[Wording]) -> None:
    """Make one row for each label that a contact carries on a day, and one a contact of them.

    Parameters
    ----------
    plan : gets the table expressions.
    features : records of the level `labels`; they may name `label`.
    wordings : one for each day.
    """
    for wording in wordings:
        table = f"labels_on{wording.suffix}"
        plan.tables[table] = select(["contact_id", "label"], "labels", carried_on(wording.as_of))
        columns = ["contact_id", *(aggregate(f, wording) for f in features)]
        plan.tables[f"{table}_summary"] = select(columns, table, group="contact_id")
        plan.add(wording.suffix, f"{table}_summary", "contact_id", features)


def carried_on(as_of: AsOf) -> str:
    """Return the condition on rows of `labels` that they are carried at the end of a day.

    Parameters
    ----------
    as_of : the day.

    Returns
    -------
    str

    Examples
    --------
    >>> print(carried_on(AsOf.of("2026-10-31")))
    assigned_at < TIMESTAMPTZ '2026-11-01T00:00:00+00:00'
        and (removed_at is null or removed_at >= TIMESTAMPTZ '2026-11-01T00:00:00+00:00')
        and (expires_at is null or expires_at >= TIMESTAMPTZ '2026-11-01T00:00:00+00:00')
    """
    end = f"TIMESTAMPTZ '{as_of.end.isoformat()}'"
    still = "".join(f"\n    and ({column} is null or {column} >= {end})" for column in ("removed_at", "expires_at"))
    return f"assigned_at < {end}{still}"


def _rows(kind: str, level: Gaps | Values, wording: Wording) -> str:
    rows = rows_of(kind, [wording])
    where = both(rows.where, wording.expand(level.among) and f"({wording.expand(level.among)})")
    if isinstance(level, Gaps):
        day = wording.expand("day_of(occurred_at)")
        listed = [rows.key, f"{day} as day", "min(occurred_at) as occurred_at"]
        days = select(listed, rows.source, where, group=f"{rows.key}, {day}")
        before = f"lag(day) over (partition by {rows.key} order by day) as previous_day"
        return select(["*", before], f"({days})")
    column = identifier(level.column)
    listed = [rows.key, f"{column} as value", "count(*) as times"]
    values = select(listed, rows.source, both(where, f"{column} is not null"), group=f"{rows.key}, {column}")
    place = f"row_number() over (partition by {rows.key} order by times desc, value) as place"
    return select([rows.key, "value", place], f"({values})")


def _add_followed(plan: Summary, features: Sequence[tuple[Feature, Followed]], wording: Wording) -> None:
    """Look back from the latest instant, once for all records: sorting is what costs."""
    after, columns, conditions, numbered = "order by occurred_at desc", [], [], []
    again = [(f, level) for f, level in features if f.kind == level.then_kind or not (f.kind and level.then_kind)]
    for place, (feature, level) in enumerate(one for one in features if one not in again):
        first, then = _first_and_then(feature, level, wording)
        conditions.append(f"({first}) or ({then})")
        # What happened at the same instant may have come after.
        frame = f"(partition by contact_id {after} range between unbounded preceding and current row)"
        columns += [
            f"({first}) as is_first_{place}",
            f"min(case when {then} then occurred_at end) over {frame} as next_{place}",
        ]
        numbered.append(_numbered(feature, str(place)))
    known = both(rows_of("", [wording]).where, "contact_id is not null")
    if columns:
        rows = select(
            ["contact_id", "occurred_at", *columns], "interactions", both(known, f"({' or '.join(conditions)})")
        )
        # Most rows are of what follows: they have done their part.
        firsts = " or ".join(f"is_first_{place}" for place in range(len(numbered)))
        rows = select(["*"], f"({rows})", firsts)
        _add_table(plan, "followed", "contact_id", rows, numbered, wording)
    for place, (feature, level) in enumerate(again):
        # No interaction follows itself: the next one is of a later instant.
        first, then = _first_and_then(feature, level, wording)
        listed = ["contact_id", "occurred_at", f"bool_or({first}) as is_first_", f"bool_or({then}) as is_then"]
        instants = select(
            listed, "interactions", both(known, f"(({first}) or ({then}))"), group="contact_id, occurred_at"
        )
        frame = f"(partition by contact_id {after} rows between unbounded preceding and 1 preceding)"
        next_at = f"min(case when is_then then occurred_at end) over {frame} as next_"
        rows = select(["contact_id", "occurred_at", "is_first_", next_at], f"({instants})")
        _add_table(plan, f"again_{place}", "contact_id", rows, [_numbered(feature, "")], wording)


def _first_and_then(feature: Feature, level: Followed, wording: Wording) -> tuple[str, str]:
    """Return the conditions on the rows of both kinds."""
    pairs = ((feature.kind, level.among), (level.then_kind, level.then_among))
    first, then = (
        both(f"kind = {literal(kind)}" if kind else "kind is not null", f"({wording.expand(among)})" if among else "")
        for kind, among in pairs
    )
    return first, then


def _numbered(feature: Feature, place: str) -> Feature:
    """Return a record that names the columns of its place in a table of several."""
    where = re.sub(r"\bnext_at\b", f"next_{place}", feature.where)
    return replace(feature, where=both(f"is_first_{place}", where))
