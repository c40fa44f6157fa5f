"""Interactions and campaign assignments of a file: each once, new, newer or known, as they are kept."""

from collections.abc import Sequence

import duckdb

from segment_lib.loading.plan import Job
from segment_lib.loading.settling import KNOWN, LEFT_ROW, add_verdicts, texts
from segment_lib.loading.staging import Staged
from segment_lib.sql import identifier, literal
from segment_lib.vocabulary import SQL_TYPES, Column

# The key of a row as one text.
ROW_KEYS = {
    "interactions": "interaction_id",
    "campaign_assignments": "campaign || chr(31) || coalesce(merged_from, contact_id)",
}


def settle_interactions(connection: duckdb.DuckDBPyConnection, staged: Staged, columns: Sequence[Column]) -> None:
    """Make the view `{name}_accepted` of a file's interactions, in the columns of their table.

    Parameters
    ----------
    connection : has `{name}_resolved`, and the views `stored_interactions` and `stored_sightings`.
    staged : a file of interactions.
    columns : of the table.
    """
    mapped = {column.name for column in staged.mapping.mapped}
    id_sql, repeats = _interaction_id(connection, staged)
    values = {column.name: _interaction_value(column, mapped, id_sql, staged.job) for column in columns}
    _shape(connection, staged, columns, values, repeats)
    if "interaction_id" in mapped:
        _skip_repeats(connection, staged, "repeats the id of an earlier row")
    compared = [name for name in values if name in mapped and name not in ("interaction_id", "contact_id")]
    money = ["currency", "original_amount", "original_currency"] if "amount" in mapped else []
    _judge_known(connection, staged, [*dict.fromkeys([*compared, *money])])


def settle_assignments(connection: duckdb.DuckDBPyConnection, staged: Staged, columns: Sequence[Column]) -> None:
    """Make the view `{name}_accepted` of a file's assignments; one that is there is never changed."""
    mapped = {column.name for column in staged.mapping.mapped}
    values = {
        column.name: f"rows.{identifier(column.name)}" if column.name in mapped else _typed_null(column)
        for column in columns
    }
    _shape(connection, staged, columns, values | _whose(staged.job), "")
    _skip_repeats(connection, staged, "repeats the campaign and contact of an earlier row")
    _judge_known(connection, staged, [])


def _shape(
    connection: duckdb.DuckDBPyConnection, staged: Staged, columns: Sequence[Column], values: dict[str, str], joins: str
) -> None:
    name = staged.name
    shaped = ", ".join(f"{values[column.name]} as {identifier(column.name)}" for column in columns)
    connection.execute(
        f"create or replace temp view {name}_shaped as "
        f"select rows._row_number, {shaped} from {name}_resolved as rows {joins}"
    )
    names = ", ".join(identifier(column.name) for column in columns)
    connection.execute(f"create or replace temp view {name}_accepted as select {names} from {name}_shaped")


def _interaction_id(connection: duckdb.DuckDBPyConnection, staged: Staged) -> tuple[str, str]:
    """Return the SQL of ids that are unique over all sources and the same in every export that holds the row."""
    name, source = staged.name, literal(staged.job.source.name)
    if "interaction_id" in staged.job.source.columns:
        add_verdicts(
            connection,
            name,
            f"""select _row_number, null, 'the id of the interaction is empty'
            from {name}_good where interaction_id is null""",
        )
        return f"{source} || ':' || rows.interaction_id", ""
    # Equal rows are different events unless an id says otherwise, so equal rows are numbered.
    connection.execute(
        f"""create or replace temp table {name}_repeats as
        select _row_number, row_number() over (partition by _hash order by _row_number) as place from {name}_staged
        where _hash in (select _hash from {name}_staged group by _hash having count(*) > 1)"""
    )
    number = f"coalesce({name}_repeats.place, 1)"
    return f"{source} || ':' || rows._hash || '-' || {number}", f"left join {name}_repeats using (_row_number)"


def _skip_repeats(connection: duckdb.DuckDBPyConnection, staged: Staged, reason: str) -> None:
    name, key = staged.name, ROW_KEYS[staged.job.source.table]
    # Numbers of eight bytes are counted first: few rows, if any, share one.
    [(rows, numbers)] = connection.sql(f"select count(*), count(distinct hash({key})) from {name}_shaped").fetchall()
    if rows == numbers:
        return
    add_verdicts(
        connection,
        name,
        f"""select unnest(list_sort(list(_row_number))[2:]), {literal(reason)}, null from {name}_shaped
        where hash({key}) in (select hash({key}) from {name}_shaped group by 1 having count(*) > 1)
        group by {key} having count(*) > 1""",
    )


def _judge_known(connection: duckdb.DuckDBPyConnection, staged: Staged, compared: Sequence[str]) -> None:
    """Skip rows that are there as they are; of the others, note which replace another version."""
    name, job = staged.name, staged.job
    table, key = job.source.table, ROW_KEYS[job.source.table]
    for made in ("sightings", "newer", "replaced"):
        connection.execute(f"create or replace temp table {name}_{made} (row_key varchar)")
    if not connection.sql(f"select 1 from stored_{table} limit 1").fetchall():
        return
    # What an older recipe made of these very rows gives way to what this one makes of them, be it a refusal.
    if job.older:
        reread = texts(job.reread)
        repeated = f"select row_key from stored_sightings where target = {literal(table)} and import_id in ({reread})"
        connection.execute(
            f"""insert into {name}_replaced select {key} from stored_{table}
            where import_id in ({texts(job.older)}) and {key} in ({_every_key(staged)})
                and (import_id in ({reread}) or {key} in ({repeated}))"""
        )
    compared = [*compared, *(["_whose"] if compared else [])]
    same = " and ".join(f"old.{identifier(c)} is not distinct from new.{identifier(c)}" for c in compared) or "true"
    whose = ["coalesce(merged_from, contact_id) as _whose"]
    needed = ", ".join(["", *(identifier(c) for c in compared if c != "_whose"), *(whose if compared else [])])
    connection.execute(
        f"""create or replace temp table {name}_met as
        select new._row_number, new._key, {same} as is_same
        from (select _row_number, {key} as _key{needed} from {name}_shaped) as new
        join (select {key} as _key{needed} from stored_{table}
            where coalesce(import_id, '') <> {literal(job.import_id)}
                and {key} not in (select row_key from {name}_replaced)) as old using (_key)"""
    )
    skipped = "true" if job.source.on_known == "skip" or not compared else "is_same"
    add_verdicts(
        connection,
        name,
        f"""select _row_number, case when is_same then {literal(KNOWN)} else {literal(LEFT_ROW)} end, null
        from {name}_met where {skipped}""",
    )
    connection.execute(f"insert into {name}_sightings select _key from {name}_met where is_same")
    connection.execute(f"insert into {name}_newer select _key from {name}_met where not {skipped}")


def _every_key(staged: Staged) -> str:
    """Return the query of the keys of all rows of a file, good or not."""
    name, source = staged.name, literal(staged.job.source.name)
    if staged.job.source.table != "interactions":
        whose = "contact_id" if "contact_id" in staged.job.source.columns else "_person"
        rows = f"{name}_staged" if whose == "contact_id" else f"{name}_resolved"
        return f"select campaign || chr(31) || {whose} from {rows} where {whose} is not null"
    if "interaction_id" in staged.job.source.columns:
        return f"select {source} || ':' || interaction_id from {name}_staged where interaction_id is not null"
    number = f"coalesce({name}_repeats.place, 1)"
    return f"""select {source} || ':' || _hash || '-' || {number} from {name}_staged
        left join {name}_repeats using (_row_number)"""


def _whose(job: Job) -> dict[str, str]:
    known = "case when rows._person in (select contact_id from known_contacts) then rows._person end"
    return {
        "contact_id": known if job.source.unknown_contacts == "anonymous" else "rows._person",
        "merged_from": "case when rows._given <> rows._person and rows._given in (select contact_id from roots) "
        "then rows._given end",
        "import_id": literal(job.import_id),
    }


def _typed_null(column: Column) -> str:
    return f"cast(null as {SQL_TYPES[column.type]})"


def _interaction_value(column: Column, mapped: set[str], id_sql: str, job: Job) -> str:
    """Return the value that is stored: refunds positive, every purchase with an order."""
    own = f"rows.{identifier(column.name)}"
    value = own if column.name in mapped else _typed_null(column)
    match column.name:
        case "interaction_id":
            return id_sql
        case "contact_id" | "merged_from" | "import_id":
            return _whose(job)[column.name]
        case "order_id":
            return f"coalesce({value}, case when rows.kind in ('purchase', 'refund') then {id_sql} end)"
        case "amount" if "amount" in mapped:
            return "case when rows.kind = 'refund' then abs(rows.amount) else rows.amount end"
        case "currency" | "original_amount" | "original_currency" if "amount" in mapped:
            return own
    return value
