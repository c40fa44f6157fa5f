"""What judged rows say about contacts: who is new, who is known, what is new about whom."""

from collections.abc import Sequence
from datetime import datetime

import duckdb

from segment_lib.loading.identity.folding import CONSENTS, consent_sql
from segment_lib.loading.identity.resolving import learn_contacts, resolve_rows
from segment_lib.loading.staging import Staged
from segment_lib.sql import identifier, literal

KNOWN = "is known from an earlier import"
LEFT = "is a known contact, left as it is"
LEFT_ROW = "is known from an earlier import, and is left as it is"
REPEATS_CONTACT = "repeats the contact of an earlier row; its values were merged"
ANONYMOUS = "kept without a contact, as nobody knows it"


def add_good_rows(connection: duckdb.DuckDBPyConnection, staged: Staged, *, with_new: bool) -> None:
    """Make the views `{name}_good` of the rows against which nothing is known so far, and `{name}_resolved` with whose.

    Parameters
    ----------
    connection : knows the contacts (`segment_lib.loading.identity.resolving.add_known_contacts`).
    staged : a file.
    with_new : whether people whom nobody knows become contacts.
    """
    name, keys = staged.name, staged.mapping.keys
    add_verdicts(connection, name)
    has_id = "contact_id" in staged.job.source.columns
    resolve_rows(
        connection,
        name,
        keys,
        source=staged.job.source.name,
        of_contacts=staged.job.source.table == "contacts",
        with_new=with_new,
        has_id=has_id,
    )
    empty = " and ".join(f"{identifier(key)} is null" for key in keys)
    if staged.job.source.unknown_contacts != "anonymous":
        reason = f"nothing says whose row it is: {' and '.join(keys)} {'are' if len(keys) > 1 else 'is'} empty"
        add_verdicts(connection, name, f"select _row_number, null, {literal(reason)} from {name}_good where {empty}")


def add_verdicts(connection: duckdb.DuckDBPyConnection, name: str, query: str = "") -> None:
    """Add what was found out about rows later than their staging; such rows leave the view `{name}_good`.

    Parameters
    ----------
    connection : has the view `{name}_staged`.
    name : prefix.
    query : of row numbers, why they are skipped, or else why they are refused.
    """
    if query:
        connection.execute(f"insert into {name}_verdicts {query}")
    # In most files nothing is: the join, over all of their rows, is left out then.
    known = connection.sql(f"select 1 from {name}_verdicts limit 1").fetchall()
    others = f" anti join {name}_verdicts as verdict on verdict.row_number = _row_number" if known else ""
    connection.execute(
        f"""create or replace temp view {name}_good as
        select * from (from {name}_staged where _skip is null and _reasons is null) as staged{others}"""
    )


def settle_contacts(
    connection: duckdb.DuckDBPyConnection, staged: Staged, *, brought_at: datetime, keys: Sequence[str]
) -> None:
    """Make `{name}_versions` of what a file says about contacts, and `{name}_sightings` of what it only repeats.

    Parameters
    ----------
    connection : as in `add_good_rows`; it has the view `versions` of all statements so far.
    staged : a file of contacts.
    brought_at : the instant of its import.
    keys : columns by which any source of the workspace finds its contacts.
    """
    name, job = staged.name, staged.job
    add_good_rows(connection, staged, with_new=True)
    names = [column.name for column in staged.mapping.mapped if column.name != "contact_id"]
    # What an older recipe made of these very rows gives way to what this one makes of them, be it nothing.
    repeated = f"select row_key from stored_sightings where target = 'contacts' and import_id in ({texts(job.reread)})"
    connection.execute(
        f"""create or replace temp table {name}_giving_way as select import_id, contact_id from versions
        where import_id in ({texts(job.reread)}) or (import_id in ({texts(job.older)})
            and origin || chr(31) || contact_id in ({repeated}))"""
    )
    standing = f"""import_id <> {literal(job.import_id)}
        and (import_id, contact_id) not in (select (import_id, contact_id) from {name}_giving_way)"""
    if job.source.on_known == "skip":
        add_verdicts(
            connection,
            name,
            f"""select _row_number, {literal(LEFT)}, null from {name}_resolved
            where _person in (select contact_id from versions where {standing})""",
        )
    merged = "".join(f", {_merged_value(column, names)} as {identifier(column)}" for column in names)
    other_id = "case when count(distinct _given) = 1 and min(_given) <> _person then min(_given) end"
    connection.execute(
        f"""create or replace temp table {name}_brought as
        select _person as contact_id, {other_id} as given_id{merged} from {name}_resolved group by _person"""
    )
    # The same contact by another id of the same file leads to it as well.
    connection.execute(
        f"""create or replace temp table {name}_given as
        select distinct _person as contact_id, _given as given_id from {name}_resolved where _given <> _person
        except select contact_id, given_id from {name}_brought"""
    )
    add_verdicts(
        connection,
        name,
        f"""select unnest(list_sort(list(_row_number))[2:]), {literal(REPEATS_CONTACT)}, null
        from {name}_resolved group by _person having count(*) > 1""",
    )
    same = " and ".join(["true", *(f"old.{identifier(c)} is not distinct from new.{identifier(c)}" for c in names)])
    connection.execute(
        f"""create or replace temp table {name}_known as
        select new.contact_id from {name}_brought as new join (
            select * from versions where origin = {literal(job.source.name)} and {standing}
            qualify row_number() over (partition by contact_id order by brought_at desc, given_id nulls first) = 1
        ) as old on old.contact_id = new.contact_id
        where {same} and old.given_id is not distinct from new.given_id"""
    )
    add_verdicts(
        connection,
        name,
        f"""select _row_number, {literal(KNOWN)}, null
        from {name}_resolved where _person in (select contact_id from {name}_known)""",
    )
    connection.execute(
        f"""create or replace temp table {name}_versions as
        select {_stamps(staged, brought_at)}, * from {name}_brought
        where contact_id not in (select contact_id from {name}_known)
        union all by name select {_stamps(staged, brought_at)}, * from {name}_given
        where contact_id not in (select contact_id from {name}_known)"""
    )
    connection.execute(
        f"""create or replace temp table {name}_sightings as
        select {literal(job.source.name)} || chr(31) || contact_id as row_key from {name}_known"""
    )
    _note_refused(connection, staged)
    _learn(connection, name, keys)


def find_contacts(connection: duckdb.DuckDBPyConnection, staged: Staged, *, brought_at: datetime) -> None:
    """Make the view `{name}_resolved` of rows and their contacts, by the source's policy for unknown ones.

    Parameters
    ----------
    connection : as in `add_good_rows`.
    staged : a file of interactions or assignments.
    brought_at : the instant of its import.
    """
    name, policy = staged.name, staged.job.source.unknown_contacts
    add_good_rows(connection, staged, with_new=policy == "create")
    connection.execute(
        f"""create or replace temp table {name}_unknown as select distinct _person as contact_id from {name}_resolved
        where _person is null or _person not in (select contact_id from known_contacts)"""
    )
    if policy == "anonymous" or not connection.sql(f"select 1 from {name}_unknown limit 1").fetchall():
        return
    if policy == "create":
        _create_contacts(connection, staged, brought_at)
        return
    keys = staged.mapping.keys
    shown = "coalesce(" + ", ".join(f"cast({identifier(key)} as varchar)" for key in keys) + ")"
    add_verdicts(
        connection,
        name,
        f"""select _row_number, null, case
            when {shown} in (select value from refused_contacts) then 'the contact was refused itself: '
            when {shown} in (select value from known_keys group by key, value having count(distinct contact_id) > 1)
                then 'the {" or ".join(keys)} belongs to several contacts: '
            else 'the {" or ".join(keys)} is not among the contacts: ' end || {shown}
        from {name}_resolved where _person is null or _person in (select contact_id from {name}_unknown)""",
    )


def texts(values: Sequence[str]) -> str:
    """Return texts as the inside of an SQL list that is never empty."""
    return ", ".join(map(literal, values)) or "'?'"


def _create_contacts(connection: duckdb.DuckDBPyConnection, staged: Staged, brought_at: datetime) -> None:
    """Make the contacts of rows that nobody knows, first seen when the first of the rows happened."""
    name = staged.name
    first = "min(occurred_at)" if "occurred_at" in staged.job.source.columns else "null::timestamptz"
    others = [key for key in staged.mapping.keys if key != "contact_id"]
    own = "".join(f", min({identifier(key)}) as {identifier(key)}" for key in others)
    connection.execute(
        f"""create or replace temp table {name}_versions as
        select {_stamps(staged, brought_at)}, null::varchar as given_id, _person as contact_id,
            {first} as acquired_at{own}
        from {name}_resolved where _person in (select contact_id from {name}_unknown) group by _person"""
    )
    _learn(connection, name, others)


def _stamps(staged: Staged, brought_at: datetime) -> str:
    at = f"{literal(brought_at.isoformat())}::timestamptz"
    return (
        f"{literal(staged.job.import_id)} as import_id, {literal(staged.job.source.name)} as origin, {at} as brought_at"
    )


def _learn(connection: duckdb.DuckDBPyConnection, name: str, keys: Sequence[str]) -> None:
    columns = {row[0] for row in connection.sql(f"describe {name}_versions").fetchall()}
    learn_contacts(connection, f"{name}_versions", [key for key in keys if key in columns and key != "contact_id"])


def _note_refused(connection: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    """Remember the keys of refused contacts, so that their interactions are not said to be of strangers."""
    for key in staged.mapping.keys:
        connection.execute(
            f"""insert into refused_contacts select cast({identifier(key)} as varchar) from {staged.name}_staged
            where _reasons is not null and {identifier(key)} is not null"""
        )


def _merged_value(column: str, names: Sequence[str]) -> str:
    """Return the value of several rows of a file: consent with care, all labels, else the last that is not empty."""
    value, dated = identifier(column), "email_consent_at" in names
    if column == "acquired_at":
        return f"min({value})"
    if column in CONSENTS:
        return consent_sql(column, dated and column == "email_consent")[0]
    if column == "email_consent_at" and "email_consent" in names:
        return consent_sql("email_consent", dated)[1]
    if column == "labels":
        return f"list_sort(list_distinct(flatten(list({value}))))"
    return f"last({value} order by _row_number) filter (where {value} is not null)"
