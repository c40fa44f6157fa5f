"""One contact out of many statements: which value of a field survives where imports and sources differ."""

from collections.abc import Mapping, Sequence

import duckdb

from segment_lib.sql import identifier, literal
from segment_lib.vocabulary import Column

Survivors = Mapping[str, str | Sequence[str]]
CONSENTS = ("email_consent", "phone_consent", "sms_consent")


def fold_contacts(
    connection: duckdb.DuckDBPyConnection, columns: Sequence[Column], survivors: Survivors, *, affected: str
) -> None:
    """Make the tables `folded_contacts` and `folded_labels` of contacts about whom something was said or taken back.

    Parameters
    ----------
    connection : has the view `versions` of all statements and the table `roots` of merged contacts.
    columns : of contacts.
    survivors : by field, `latest`, `earliest`, `longest` or sources as they are trusted; `latest` where not named.
    affected : query of the contacts to fold, as they are now: merged ones by the contact that they are part of.

    Notes
    -----
    `latest` is the value that was last said anew: a source that repeats an old value with every export does not win
    over one that has changed it since. An empty cell says nothing. A consent holds only while no source denies it,
    unless it is dated after the denial.
    """
    connection.execute(f"create or replace temp table affected as select distinct contact_id from ({affected})")
    connection.execute(
        """create or replace temp table told as
        select versions.* replace (coalesce(roots.root, versions.contact_id) as contact_id),
            versions.contact_id as _own, row_number() over (order by brought_at, versions.contact_id, given_id) as _said
        from versions left join roots on roots.contact_id = versions.contact_id
        where coalesce(roots.root, versions.contact_id) in (select contact_id from affected)"""
    )
    consents = [column.name for column in columns if column.name in CONSENTS and column.name not in survivors]
    dated = "email_consent" in consents and any(column.name == "email_consent_at" for column in columns)
    names = [column.name for column in columns if column.name != "contact_id"]
    special = {*consents, *(["email_consent_at"] if dated else [])}
    several = _names_of_several_origins(connection, [name for name in names if name not in special])
    marks = ", ".join(
        f"""{identifier(name)} is distinct from lag({identifier(name)} ignore nulls)
            over (partition by contact_id, origin order by _said) as {identifier("new " + name)}"""
        for name in several
    )
    plain = [name for name in names if name not in special]
    values = ", ".join(
        f"{_surviving(name, survivors.get(name, 'latest'), several)} as {identifier(name)}" for name in plain
    )
    connection.execute(
        f"""create or replace temp table folded_plain as select told.contact_id, {values}
        from (select *{", " + marks if marks else ""} from told) as told group by told.contact_id"""
    )
    joins = "".join(_join_consent(connection, name, dated=dated and name == "email_consent") for name in consents)
    others = "".join(f", told_{name}.value as {name}" for name in consents)
    others += ", told_email_consent.said_at as email_consent_at" if dated else ""
    connection.execute(
        f"create or replace temp table folded_contacts as select folded_plain.*{others} from folded_plain {joins}"
    )
    _fold_labels(connection)


def _surviving(name: str, rule: str | Sequence[str], several: Sequence[str]) -> str:
    value = f"told.{identifier(name)}"
    present = f"{value} is not null"
    if name == "acquired_at":
        return f"min({value})"
    new = f"{present} and told.{identifier('new ' + name)}" if name in several else present
    latest = f"arg_max({value}, told._said) filter (where {new})"
    if rule == "latest":
        return latest
    if rule == "earliest":
        return f"arg_min({value}, told._said) filter (where {present})"
    if rule == "longest":
        size = f"(length(cast({value} as varchar)), told._said)"
        return f"arg_max({value}, {size}) filter (where {present})"
    trusted = (f"arg_max({value}, told._said) filter (where {new} and told.origin = {literal(one)})" for one in rule)
    return f"coalesce({', '.join([*trusted, latest])})"


def _names_of_several_origins(connection: duckdb.DuckDBPyConnection, names: Sequence[str]) -> list[str]:
    """Return the fields that more than one source fills: only there can an old value win over a newer one."""
    if connection.sql("select count(distinct origin) from told").fetchall()[0][0] < 2:
        return []
    counts = ", ".join(f"count(distinct origin) filter (where {identifier(name)} is not null)" for name in names)
    [found] = connection.sql(f"select {counts} from told").fetchall()
    return [name for name, origins in zip(names, found, strict=True) if origins > 1]


def consent_sql(name: str, dated: bool) -> tuple[str, str]:
    """Return the SQL of one consent over several statements, as aggregates: whether it holds, and since when.

    Parameters
    ----------
    name : the column.
    dated : whether there is `email_consent_at` for it.

    Returns
    -------
    tuple of str
        A denial wins, unless a consent is dated later than every denial, and every denial is dated.
    """
    at = "email_consent_at" if dated else "null::timestamptz"
    given_at, denied_at = f"max({at}) filter (where {name})", f"max({at}) filter (where not {name})"
    later = f"bool_and({at} is not null) filter (where not {name}) and coalesce({given_at} > {denied_at}, false)"
    denied = f"coalesce(bool_or(not {name}), false)"
    holds = f"case when bool_or({name}) then not {denied} or ({later}) when {denied} then false end"
    return holds, f"case when {holds} then {given_at} else {denied_at} end"


def _join_consent(connection: duckdb.DuckDBPyConnection, name: str, *, dated: bool) -> str:
    """Make the table of one consent: what every source said last of every contact, put together with care."""
    at = "email_consent_at" if dated else "null::timestamptz"
    holds, since = consent_sql(name, dated)
    # An address says no for everybody who has it, whichever contact a newsletter's file made of it.
    shared = """union all select mine.contact_id, last.* exclude (contact_id) from folded_plain as mine
        join folded_plain as other on other.email = mine.email and other.contact_id <> mine.contact_id
        join last on last.contact_id = other.contact_id and not last.email_consent"""
    connection.execute(
        f"""create or replace temp table told_{name} as
        with last as (
            select contact_id, {name}, {at} as email_consent_at from told where {name} is not null
            qualify row_number() over (
                partition by _own, origin order by coalesce({at}, brought_at) desc, _said desc) = 1
        ), all_said as (from last {shared if name == "email_consent" else ""})
        select contact_id, {holds} as value, {since} as said_at from all_said group by contact_id"""
    )
    return f" left join told_{name} on told_{name}.contact_id = folded_plain.contact_id"


def _fold_labels(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the labels that sources put on and took off: from the version that first has one to the first without it."""
    connection.execute(
        """create or replace temp table folded_labels as
        with lists as (
            select contact_id, _own, origin, brought_at, _said, labels,
                coalesce(lag(labels) over said, []) as before
            from told where labels is not null
            window said as (partition by _own, origin order by _said)
        ), put_on as (
            select contact_id, _own, origin, _said, brought_at, unnest(list_filter(list_distinct(labels),
                lambda label: not list_contains(before, label))) as label
            from lists
        )
        select put_on.contact_id, put_on.label, 'import' as source, put_on.brought_at as assigned_at,
            min(lists.brought_at) filter (where not list_contains(lists.labels, put_on.label)) as removed_at,
            put_on.origin as "by"
        from put_on left join lists on lists._own = put_on._own and lists.origin = put_on.origin
            and lists._said > put_on._said
        group by put_on.contact_id, put_on.label, put_on.brought_at, put_on.origin, put_on._own, put_on._said"""
    )
