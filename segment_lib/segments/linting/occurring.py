"""Which kinds, values and fields that rules name are there: counted in one query of each table."""

from collections.abc import Mapping, Sequence

import duckdb

from segment_lib.asof import AsOf
from segment_lib.engine import Table, add_table, open_connection
from segment_lib.segments.linting.questions import Question
from segment_lib.sql import identifier, literal

Counts = dict[tuple[str, str, str, str | None, str], int]
# Below this likeness (Jaro-Winkler, 0 to 1) a value is not suggested.
_LIKE_ENOUGH = 0.85


def count_occurrences(
    questions: Sequence[Question], *, features: Table, interactions: Table, as_of: AsOf
) -> tuple[Counts, dict[Question, str]]:
    """Count the rows in which each kind, value or field occurs, and find the nearest of those that do not.

    Parameters
    ----------
    questions : what is asked.
    features : one row a contact.
    interactions : all of them; those of later days are not looked at.
    as_of : the day seen from.

    Returns
    -------
    tuple of dict
        Rows by question, with `(table, "", kind, None, "")` for the rows of a kind and of a table; and the nearest
        value of each question that has none, where one is near.
    """
    asked: dict[str, dict[object, str]] = {"features": {}, "interactions": {}}
    for one in questions:
        asked[one.table].setdefault((one.table, "", one.kind, None, ""), _of_kind(one))
        asked[one.table].setdefault(one.key, _where(one))
    rows = f"occurred_at < TIMESTAMPTZ '{as_of.end.isoformat()}'"
    sources = {"features": "features", "interactions": f"(from interactions where {rows})"}
    counts: Counts = {}
    with open_connection() as connection:
        add_table(connection, "features", features)
        add_table(connection, "interactions", interactions)
        for table, conditions in asked.items():
            if conditions:
                listed = ", ".join(f"count(*) filter (where {condition})" for condition in conditions.values())
                [found] = connection.sql(f"select {listed} from {sources[table]}").fetchall()
                counts |= dict(zip(conditions, found, strict=True))  # type: ignore[arg-type]
        missing = [one for one in questions if not counts[one.key] and not one.pattern]
        return counts, _nearest(connection, missing, sources)


def _nearest(
    connection: duckdb.DuckDBPyConnection, missing: Sequence[Question], sources: Mapping[str, str]
) -> dict[Question, str]:
    found: dict[Question, str] = {}
    for one in missing:
        wanted, column = (one.value, one.column) if one.value is not None else (one.kind, "kind")
        if one.value is None and one.column:
            continue
        value = f"cast({identifier(column)} as varchar)"
        where = _of_kind(one) if one.value is not None else "true"
        rows = connection.sql(
            f"""select value, jaro_winkler_similarity(lower(value), lower({literal(wanted)})) as likeness
            from (select distinct {value} as value from {sources[one.table]} where {where})
            where value is not null order by likeness desc, value limit 1"""
        ).fetchall()
        if rows and rows[0][1] >= _LIKE_ENOUGH:
            found[one] = rows[0][0]
    return found


def _where(one: Question) -> str:
    column = identifier(one.column)
    if not one.column:
        return _of_kind(one)
    asked = f"{column} is not null" if one.value is None else f"{column} {one.pattern or '='} {literal(one.value)}"
    return f"({_of_kind(one)}) and {asked}"


def _of_kind(one: Question) -> str:
    return f"kind = {literal(one.kind)}" if one.kind else "true"
