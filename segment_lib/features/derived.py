"""Rows made of rows, for what one aggregate cannot tell: what came after what, silences, the most frequent value."""

from collections.abc import Sequence

from segment_lib.asof import AsOf
from segment_lib.features.pieces import Summary, aggregate, both, rows_of, select
from segment_lib.features.record import Derived, Feature, Followed, Gaps, Values
from segment_lib.features.wording import Wording
from segment_lib.sql import identifier, literal

_SINCE_THEN = "over (partition by contact_id order by occurred_at desc rows between unbounded preceding and"


def add_derived(plan: Summary, features: Sequence[Feature], wordings: Sequence[Wording]) -> None:
    """Make the rows that records of derived levels aggregate, and one row a contact of them, day by day.

    Parameters
    ----------
    plan : gets the table expressions.
    features : records of derived levels.
    wordings : one for each day.
    """
    # One table serves all records of the same rows.
    tables = dict.fromkeys((f.kind, f.level) for f in features if isinstance(f.level, Derived))
    for wording in wordings:
        for place, (kind, level) in enumerate(tables):
            table = f"{type(level).__name__.lower()}_{place}{wording.suffix}"
            key = rows_of(kind, [wording]).key if not isinstance(level, Followed) else "contact_id"
            plan.tables[table] = _rows(kind, level, wording)
            of_level = [f for f in features if (f.kind, f.level) == (kind, level)]
            columns = [key, *(aggregate(f, wording) for f in of_level)]
            plan.tables[f"{table}_summary"] = select(columns, table, group=key)
            plan.add(wording.suffix, f"{table}_summary", key, of_level)


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


def _rows(kind: str, level: Derived, wording: Wording) -> str:
    rows = rows_of(kind, [wording])
    where = both(rows.where, wording.expand(level.among) and f"({wording.expand(level.among)})")
    if isinstance(level, Gaps):
        day = wording.expand("day_of(occurred_at)")
        listed = [rows.key, f"{day} as day", "min(occurred_at) as occurred_at"]
        days = select(listed, rows.source, where, group=f"{rows.key}, {day}")
        before = f"lag(day) over (partition by {rows.key} order by day) as previous_day"
        return select(["*", before], f"({days})")
    if isinstance(level, Values):
        column = identifier(level.column)
        listed = [rows.key, f"{column} as value", "count(*) as times"]
        values = select(listed, rows.source, both(where, f"{column} is not null"), group=f"{rows.key}, {column}")
        place = f"row_number() over (partition by {rows.key} order by times desc, value) as place"
        return select([rows.key, "value", place], f"({values})")
    return _followed(kind, level, wording)


def _followed(kind: str, level: Followed, wording: Wording) -> str:
    """Look back from the latest instant: the last one seen of the other kind is the next that will come."""
    first, then = (
        both(f"kind = {literal(name)}" if name else "kind is not null", f"({wording.expand(among)})" if among else "")
        for name, among in ((kind, level.among), (level.then_kind, level.then_among))
    )
    known = rows_of("", [wording]).where
    listed = [
        "contact_id", "occurred_at", f"coalesce(bool_or({first}), false) as is_first",
        f"coalesce(bool_or({then}), false) as is_then",
    ]  # fmt: skip
    either = both(known, "contact_id is not null", f"(({first}) or ({then}))")
    instants = select(listed, "interactions", either, group="contact_id, occurred_at")
    # One and the same interaction does not follow itself.
    end = "1 preceding" if kind == level.then_kind else "current row"
    next_at = f"min(case when is_then then occurred_at end) {_SINCE_THEN} {end}) as next_at"
    return select(
        ["contact_id", "occurred_at", "next_at"],
        f"({select(['contact_id', 'occurred_at', 'is_first', next_at], f'({instants})')})",
        "is_first",
    )
