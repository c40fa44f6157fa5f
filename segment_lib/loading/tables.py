"""What judged rows become in each table: who is new, what repeats, what is known already and what is replaced."""

from collections.abc import Sequence

import duckdb
import pyarrow as pa

from segment_lib.engine import StoredTable, add_table
from segment_lib.loading.mapping import Mapping, empty_column
from segment_lib.loading.plan import Job
from segment_lib.sql import identifier, literal
from segment_lib.vocabulary import ARROW_TYPES, SQL_TYPES, Column

KEYS = {
    "interactions": ("interaction_id",),
    "campaign_assignments": ("campaign", "contact_id"),
    "quarantine": ("row_number",),
}
REPEATS_CONTACT = "repeats the contact_id of an earlier row; its values were merged"


def add_stored(connection: duckdb.DuckDBPyConnection, name: str, table: StoredTable, columns: Sequence[Column]) -> None:
    """Make a view `stored_{name}` with the columns that the table should have by now, in their types.

    Beside it, `taken_{name}` and `replaced_{name}` will hold the keys of the rows that are added and replaced.
    """
    add_table(connection, f"given_{name}", table)
    values = (
        f"try_cast({identifier(c.name)} as {SQL_TYPES[c.type]}) as {identifier(c.name)}"
        if c.name in table.column_names
        else empty_column(c)
        for c in columns
    )
    connection.execute(f"create temp view stored_{name} as select {', '.join(values)} from given_{name}")
    if name in KEYS:
        for kind in ("taken", "replaced"):
            keys = f"select import_id, {_key(name)} from stored_{name} limit 0"
            connection.execute(f"create temp table {kind}_{name} as {keys}")


def settle_contacts(connection: duckdb.DuckDBPyConnection, job: Job) -> None:
    """Merge judged contact rows into `all_contacts`, a later row's values over an earlier one's."""
    name, mapping = job.name, job.mapping
    _skip_repeats(connection, name, "contact_id", REPEATS_CONTACT)
    mapped = [column.name for column in mapping.mapped() if column.name != "contact_id"]
    merged = "".join(f", {_merged(column)} as {identifier(column)}" for column in mapped)
    accepted = f"len(_reasons) = 0 and (_skip_reason is null or _skip_reason = {literal(REPEATS_CONTACT)})"
    connection.execute(
        f"""create or replace temp table {name}_accepted as
        select contact_id{merged} from {name}_judged where {accepted} group by contact_id"""
    )
    values = []
    for column in mapping.columns:
        quoted = identifier(column.name)
        if column.name == "acquired_at" and column.name in mapped:
            values.append(f"least(new.{quoted}, old.{quoted}) as {quoted}")
        elif column.name in mapped or column.name == "contact_id":
            values.append(f"coalesce(new.{quoted}, old.{quoted}) as {quoted}")
        else:
            values.append(f"old.{quoted}")
    connection.execute(
        f"""create or replace temp table all_contacts as select {", ".join(values)}
        from all_contacts as old full join {name}_accepted as new on new.contact_id = old.contact_id"""
    )


def settle_interactions(connection: duckdb.DuckDBPyConnection, job: Job) -> None:
    """Make `{name}_accepted` of judged interactions: known contacts only, each interaction once."""
    mapped = {column.name for column in job.mapping.mapped()}
    _give_ids(connection, job)
    if "currency" in mapped:
        # Amounts of two currencies are never added up in silence.
        _refuse(
            connection, job.name, f"currency <> {literal(job.mapping.currency)}",
            f"'the currency is not the workspace''s ({job.mapping.currency}): ' || currency",
        )  # fmt: skip
    _judge_contacts(connection, job)
    values = [_interaction_value(column, mapped, job.mapping, job.import_id) for column in job.mapping.columns]
    _accept(connection, job, values)


def settle_assignments(connection: duckdb.DuckDBPyConnection, job: Job) -> None:
    """Make `{name}_accepted` of judged campaign assignments: known contacts only, each contact once a campaign."""
    _judge_contacts(connection, job)
    filled = {**{c.name: identifier(c.name) for c in job.mapping.mapped()}, "import_id": literal(job.import_id)}
    values = [
        f"{filled[c.name]} as {identifier(c.name)}" if c.name in filled else empty_column(c)
        for c in job.mapping.columns
    ]
    _accept(connection, job, values)


def settle_quarantine(connection: duckdb.DuckDBPyConnection, job: Job) -> None:
    """Make `{name}_refused`; a row that this source's earlier files held too was judged anew, and is kept once."""
    source = f"{literal(job.import_id)} as import_id, {literal(job.file.path.name)} as file"
    connection.execute(
        f"""create or replace temp table {job.name}_refused as
        select {source}, {literal(job.source.table)} as target, row_number, raw_row, reasons from (
            select row_number, to_json(cells)::varchar as raw_row, _reasons as reasons
            from {job.name}_judged join {job.name}_raw on _row_number = row_number
            where _skip_reason is null and len(_reasons) > 0
            union all select row_number, line, [reason] from {job.name}_ragged
        ) order by row_number"""
    )
    refused_before = f"from stored_quarantine where import_id in ({_texts(job.earlier)})"
    if connection.sql(f"select 1 {refused_before} limit 1").fetchall():
        connection.execute(
            f"""insert into replaced_quarantine select import_id, row_number {refused_before} and raw_row in (
                select to_json(cells)::varchar from {job.name}_raw union all select line from {job.name}_ragged)"""
        )


def changed_rows(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    stored: StoredTable,
    columns: Sequence[Column],
    jobs: Sequence[Job],
) -> tuple[pa.Table, str | None] | None:
    """Return what has to be written to a table, and in place of which rows.

    Parameters
    ----------
    connection : holds what the jobs have left there.
    name : of the table, one of `KEYS`.
    stored : the table as it stands.
    columns : those that it should have by now.
    jobs : those that bring rows to it.

    Returns
    -------
    tuple of pyarrow.Table and str, or None
        The rows, and the condition of those that they replace (all of them without one); None where nothing changes.
    """
    if not jobs:
        return None
    own, key = _texts([job.import_id for job in jobs]), _key(name)
    fresh = "refused" if name == "quarantine" else "accepted"
    # What an import has brought is replaced as a whole, so rows that stay are written again beside the new ones.
    affected = f"import_id in ({own}) or import_id in (select import_id from replaced_{name})"
    imports = connection.sql(f"select distinct import_id from stored_{name} where {affected}").fetchall()
    where: str | None = f"import_id in ({_texts([*(job.import_id for job in jobs), *(row[0] for row in imports)])})"
    types = {field.name: field.type for field in stored.schema}
    if any(types.get(column.name, ARROW_TYPES[column.type]) != ARROW_TYPES[column.type] for column in columns):
        # A column has one type, in all of its rows.
        affected, where = "true", None
    names = ", ".join(identifier(column.name) for column in columns)
    rows = connection.sql(
        f"""select {names} from stored_{name} where ({affected}) and coalesce(import_id, '') not in ({own})
            and (import_id, {key}) not in (select (import_id, {key}) from replaced_{name})
        {" ".join(f"union all select {names} from {job.name}_{fresh}" for job in jobs)}"""
    ).to_arrow_table()
    return (rows, where) if rows.num_rows or imports else None


def _merged(column: str) -> str:
    """Return the value of several rows: the earliest day of acquisition, or the last one that is not empty."""
    value = identifier(column)
    if column == "acquired_at":
        return f"min({value})"
    return f"last({value} order by _row_number) filter (where {value} is not null)"


def _give_ids(connection: duckdb.DuckDBPyConnection, job: Job) -> None:
    """Make interaction ids that are unique over all sources and the same in every export that holds the row."""
    source, name = literal(job.source.name), job.name
    if any(column.name == "interaction_id" for column in job.mapping.mapped()):
        connection.execute(
            f"update {name}_judged set interaction_id = {source} || ':' || interaction_id "
            "where interaction_id is not null"
        )
        _refuse(connection, name, "interaction_id is null", "'the id of the interaction is empty'")
        return
    # Equal rows are different events unless an id says otherwise, so equal rows are numbered. All columns of the file
    # count, read by the recipe or not: an id must stay what it is when the recipe is edited.
    cells = ", ".join(f"coalesce(cells.{identifier(column)}, '')" for column in sorted(job.file.columns))
    connection.execute(
        f"""create or replace temp table {name}_judged as
        with hashed as (select row_number, md5(concat_ws(chr(31), {cells})) as hash from {name}_raw),
        ids as (select row_number as _row_number, {source} || ':' || hash || '-' ||
            row_number() over (partition by hash order by row_number) as interaction_id from hashed)
        select judged.*, ids.interaction_id from {name}_judged as judged join ids using (_row_number)"""
    )


def _judge_contacts(connection: duckdb.DuckDBPyConnection, job: Job) -> None:
    """Refuse rows of contacts that nobody knows, or make those contacts, as the source declares."""
    name = job.name
    if job.source.unknown_contacts == "quarantine":
        _refuse(
            connection, name, "contact_id not in (select contact_id from all_contacts)",
            "'the contact_id is not among the contacts: ' || contact_id",
        )  # fmt: skip
        return
    has_time = any(column.name == "occurred_at" for column in job.mapping.mapped())
    first = "min(occurred_at)" if has_time else "null"
    connection.execute(
        f"""insert into all_contacts by name select contact_id, {first} as acquired_at from {name}_judged
        where _skip_reason is null and len(_reasons) = 0
            and contact_id not in (select contact_id from all_contacts) group by contact_id"""
    )


def _accept(connection: duckdb.DuckDBPyConnection, job: Job, values: Sequence[str]) -> None:
    """Make `{name}_accepted` of the rows that are neither refused, nor repeated, nor known already."""
    name, table = job.name, job.source.table
    key = _key(table)
    what = "id" if table == "interactions" else "campaign and contact"
    _skip_repeats(connection, name, key, f"repeats the {what} of an earlier row")
    # What an older version of the recipe made of a row gives way to what this one makes of it, be it a refusal.
    connection.execute(
        f"""insert into replaced_{table} select import_id, {key} from stored_{table}
        where import_id in ({_texts(job.older)}) and ({key}) in (select ({key}) from {name}_judged)"""
    )
    # Rows of this very import are not known: a run that was cut off left them, and they will be replaced.
    replaceable = _texts([job.import_id, *job.older])
    connection.execute(
        f"""update {name}_judged set _skip_reason = 'is known from an earlier import'
        where _skip_reason is null and len(_reasons) = 0 and ({key}) in (
            select ({key}) from stored_{table} where coalesce(import_id, '') not in ({replaceable})
            union all select ({key}) from taken_{table})"""
    )
    connection.execute(
        f"""create or replace temp table {name}_accepted as select {", ".join(values)} from {name}_judged
        where _skip_reason is null and len(_reasons) = 0 order by _row_number"""
    )
    connection.execute(f"insert into taken_{table} select import_id, {key} from {name}_accepted")


def _refuse(connection: duckdb.DuckDBPyConnection, name: str, where: str, reason: str) -> None:
    connection.execute(
        f"update {name}_judged set _reasons = list_append(_reasons, {reason}) where _skip_reason is null and {where}"
    )


def _skip_repeats(connection: duckdb.DuckDBPyConnection, name: str, key: str, reason: str) -> None:
    connection.execute(
        f"""update {name}_judged set _skip_reason = {literal(reason)} where _row_number in (
            select unnest(list_sort(list(_row_number))[2:]) from {name}_judged
            where _skip_reason is null and len(_reasons) = 0 group by {key} having count(*) > 1)"""
    )


def _key(table: str) -> str:
    return ", ".join(KEYS[table])


def _texts(values: Sequence[str]) -> str:
    return ", ".join(map(literal, values)) or "''"


def _interaction_value(column: Column, mapped: set[str], mapping: Mapping, import_id: str) -> str:
    """Return the value that is stored: refunds positive, every purchase with an order and a currency."""
    quoted = identifier(column.name)
    value = quoted if column.name in mapped else f"cast(null as {SQL_TYPES[column.type]})"
    if column.name == "interaction_id":
        value = quoted
    if column.name == "import_id":
        value = literal(import_id)
    if column.name == "order_id":
        value = f"coalesce({value}, case when kind in ('purchase', 'refund') then interaction_id end)"
    if column.name == "amount":
        value = f"case when kind = 'refund' then abs({value}) else {value} end"
    if column.name == "currency" and "amount" in mapped:
        value = f"coalesce({value}, case when amount is not null then {literal(mapping.currency)} end)"
    return f"{value} as {quoted}"
