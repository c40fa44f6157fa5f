"""What judged rows become in each table: who is new, what repeats, and what is known already."""

import duckdb

from segment_lib.loading.mapping import Mapping, empty_column
from segment_lib.sql import identifier, literal
from segment_lib.vocabulary import Column


def target_columns(connection: duckdb.DuckDBPyConnection, table: str, columns: tuple[Column, ...]) -> None:
    """Make `all_contacts`: the stored contacts with every column that they should have by now."""
    have = {name for name, *_ in connection.execute(f"describe stored_{table}").fetchall()}
    select = ", ".join(identifier(c.name) if c.name in have else empty_column(c) for c in columns)
    connection.execute(f"create or replace temp table all_contacts as select {select} from stored_{table}")


def settle_contacts(connection: duckdb.DuckDBPyConnection, mapping: Mapping, name: str, import_id: str) -> None:
    """Merge judged contact rows into `all_contacts`, a later row's values over an earlier one's.

    Parameters
    ----------
    connection : holds `{name}_judged` and `all_contacts`.
    mapping : which columns the source fills.
    name : prefix of the temporary tables.
    import_id : not needed here; the tables' settlers share one form.
    """
    _skip_repeats(connection, name, "contact_id", "repeats the contact_id of an earlier row; its values were merged")
    mapped = [column.name for column in mapping.mapped() if column.name != "contact_id"]
    # A value that is there is never overwritten by an empty cell; the earliest day of acquisition stays.
    merged = ", ".join(
        f"min({identifier(n)}) as {identifier(n)}"
        if n == "acquired_at"
        else f"last({identifier(n)} order by row_number) filter (where {identifier(n)} is not null) as {identifier(n)}"
        for n in mapped
    )
    accepted = "len(reasons) = 0 and (skip_reason is null or skip_reason like 'repeats the contact_id %')"
    connection.execute(
        f"""create or replace temp table {name}_accepted as
        select contact_id{", " + merged if merged else ""} from {name}_judged where {accepted} group by contact_id"""
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


def settle_interactions(connection: duckdb.DuckDBPyConnection, mapping: Mapping, name: str, import_id: str) -> None:
    """Make `{name}_accepted` of judged interactions: known contacts only, each interaction once.

    Parameters
    ----------
    connection : holds `{name}_judged`, `{name}_raw`, `all_contacts` and `stored_interactions`.
    mapping : which columns the source fills.
    name : prefix of the temporary tables.
    import_id : written beside every row, so that the import can be made again.
    """
    mapped = {column.name for column in mapping.mapped()}
    _give_ids(connection, mapping, name)
    if "currency" in mapped:
        # Amounts of two currencies are never added up in silence.
        _refuse(
            connection, name, f"currency <> {literal(mapping.currency)}",
            f"'the currency is not the workspace''s ({mapping.currency}): ' || currency",
        )  # fmt: skip
    _judge_contacts(connection, mapping, name)
    _skip_repeats(connection, name, "interaction_id", "repeats the id of an earlier row")
    # Rows that a cut-off run of this same import left behind are not known: they will be replaced.
    others = f"where import_id <> {literal(import_id)}" if _has_column(connection, "interactions", "import_id") else ""
    _skip_known(connection, name, "interaction_id", f"select interaction_id from stored_interactions {others}")
    select = ", ".join(_interaction_value(column, mapped, mapping.currency, import_id) for column in mapping.columns)
    connection.execute(
        f"""create or replace temp table {name}_accepted as select {select}
        from {name}_judged where skip_reason is null and len(reasons) = 0 order by row_number"""
    )


def settle_assignments(connection: duckdb.DuckDBPyConnection, mapping: Mapping, name: str, import_id: str) -> None:
    """Make `{name}_accepted` of judged campaign assignments: known contacts only, each contact once a campaign.

    Parameters
    ----------
    connection : holds `{name}_judged`, `all_contacts` and `stored_campaign_assignments`.
    mapping : which columns the source fills.
    name : prefix of the temporary tables.
    import_id : not needed here; the tables' settlers share one form.
    """
    _judge_contacts(connection, mapping, name)
    _skip_repeats(connection, name, "campaign, contact_id", "repeats the campaign and contact of an earlier row")
    _skip_known(
        connection, name, "(campaign, contact_id)", "select (campaign, contact_id) from stored_campaign_assignments"
    )
    mapped = {column.name for column in mapping.mapped()}
    select = ", ".join(identifier(c.name) if c.name in mapped else empty_column(c) for c in mapping.columns)
    connection.execute(
        f"create or replace temp table {name}_accepted as select {select} from {name}_judged "
        "where skip_reason is null and len(reasons) = 0 order by row_number"
    )


def _give_ids(connection: duckdb.DuckDBPyConnection, mapping: Mapping, name: str) -> None:
    """Make interaction ids that are unique over all sources and the same in every export that holds the row."""
    source = literal(mapping.source.name)
    if any(column.name == "interaction_id" for column in mapping.mapped()):
        connection.execute(
            f"update {name}_judged set interaction_id = {source} || ':' || interaction_id "
            "where interaction_id is not null"
        )
        _refuse(connection, name, "interaction_id is null", "'the id of the interaction is empty'")
        return
    # Equal rows are different events unless an id says otherwise, so equal rows are numbered.
    cells = ", ".join(f"coalesce({identifier(column)}, '')" for column in mapping.needed())
    connection.execute(
        f"""create or replace temp table {name}_judged as
        with hashed as (select row_number, md5(concat_ws(chr(31), {cells})) as hash from {name}_raw),
        ids as (select row_number, {source} || ':' || hash || '-' ||
            row_number() over (partition by hash order by row_number) as interaction_id from hashed)
        select judged.*, ids.interaction_id from {name}_judged as judged join ids using (row_number)"""
    )


def _judge_contacts(connection: duckdb.DuckDBPyConnection, mapping: Mapping, name: str) -> None:
    """Refuse rows of contacts that nobody knows, or make those contacts, as the source declares."""
    if mapping.source.unknown_contacts == "quarantine":
        _refuse(
            connection, name, "contact_id not in (select contact_id from all_contacts)",
            "'the contact_id is not among the contacts: ' || contact_id",
        )  # fmt: skip
        return
    has_time = any(column.name == "occurred_at" for column in mapping.mapped())
    first = "min(occurred_at)" if has_time else "null"
    connection.execute(
        f"""insert into all_contacts by name select contact_id, {first} as acquired_at from {name}_judged
        where skip_reason is null and len(reasons) = 0 and contact_id not in (select contact_id from all_contacts)
        group by contact_id"""
    )


def _refuse(connection: duckdb.DuckDBPyConnection, name: str, where: str, reason: str) -> None:
    connection.execute(
        f"update {name}_judged set reasons = list_append(reasons, {reason}) where skip_reason is null and {where}"
    )


def _skip_repeats(connection: duckdb.DuckDBPyConnection, name: str, key: str, reason: str) -> None:
    connection.execute(
        f"""update {name}_judged set skip_reason = {literal(reason)} where row_number in (
            select unnest(list_sort(list(row_number))[2:]) from {name}_judged
            where skip_reason is null and len(reasons) = 0 group by {key} having count(*) > 1)"""
    )


def _skip_known(connection: duckdb.DuckDBPyConnection, name: str, key: str, known: str) -> None:
    connection.execute(
        f"""update {name}_judged set skip_reason = 'is known from an earlier import'
        where skip_reason is null and len(reasons) = 0 and {key} in ({known})"""
    )


def _has_column(connection: duckdb.DuckDBPyConnection, table: str, column: str) -> bool:
    return column in {name for name, *_ in connection.execute(f"describe stored_{table}").fetchall()}


def _interaction_value(column: Column, mapped: set[str], currency: str, import_id: str) -> str:
    """Return the value that is stored: refunds positive, every purchase with an order and a currency."""
    quoted = identifier(column.name)
    value = quoted if column.name in mapped else empty_column(column).rsplit(" as ", 1)[0]
    if column.name == "interaction_id":
        value = quoted
    if column.name == "import_id":
        value = literal(import_id)
    if column.name == "order_id":
        value = f"coalesce({value}, case when kind in ('purchase', 'refund') then interaction_id end)"
    if column.name == "amount":
        value = f"case when kind = 'refund' then abs({value}) else {value} end"
    if column.name == "currency" and "amount" in mapped:
        amount = identifier("amount")
        value = f"coalesce({value}, case when {amount} is not null then {literal(currency)} end)"
    return f"{value} as {quoted}"
