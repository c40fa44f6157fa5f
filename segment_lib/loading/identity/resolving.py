"""Who a row is about: a known contact found by its id, e-mail, telephone or a unique field, or a new one."""

from collections.abc import Iterable, Mapping, Sequence

import duckdb

from segment_lib.sql import identifier, literal


def add_known_contacts(connection: duckdb.DuckDBPyConnection, keys: Iterable[str]) -> None:
    """Make the table `known_keys` (`key`, `value`, `contact_id`) of what leads to which contact, and `aliases`.

    Parameters
    ----------
    connection : has the view `versions` of all statements about contacts, and the table `roots` of merged ones.
    keys : columns that sources find their contacts by.

    Notes
    -----
    A value that two contacts share leads to neither of them. Former values lead to their contact still. `aliases` has
    those ids alone that are not the contact's own: of another system, or of a contact that was merged into it.
    """
    connection.execute("create or replace temp table known_keys (key varchar, value varchar, contact_id varchar)")
    connection.execute("create or replace temp table known_contacts (contact_id varchar)")
    learn_contacts(connection, "versions", [key for key in keys if key != "contact_id"])


def learn_contacts(connection: duckdb.DuckDBPyConnection, rows: str, keys: Sequence[str]) -> None:
    """Add what some statements about contacts lead to.

    Parameters
    ----------
    connection : as in `add_known_contacts`.
    rows : table or view with `contact_id`, `given_id` and the keys.
    keys : columns that sources find their contacts by, beside the id.
    """
    connection.execute(
        f"insert into known_contacts select distinct contact_id from {rows} "
        "where contact_id not in (select contact_id from known_contacts)"
    )
    values = {"contact_id": "given_id", **{key: identifier(key) for key in keys}}
    for key, value in values.items():
        connection.execute(
            f"""insert into known_keys
            select distinct {literal(key)}, v.value, coalesce(roots.root, v.contact_id)
            from (select {value} as value, contact_id from {rows}) as v
            left join roots on roots.contact_id = v.contact_id where v.value is not null"""
        )
    connection.execute(
        """create or replace temp table aliases as
        select value, min(contact_id) as contact_id from (
            select value, contact_id from known_keys where key = 'contact_id'
            union select contact_id, root from roots)
        where value is distinct from contact_id
            and (value not in (select contact_id from known_contacts) or value in (select contact_id from roots))
        group by value having count(distinct contact_id) = 1"""
    )


def resolve_rows(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    keys: Sequence[str],
    *,
    source: str,
    with_new: bool,
    has_id: bool,
) -> None:
    """Make the view `{name}_resolved` of the good rows with `_person`, their contact, and `_given`, the id in the file.

    Parameters
    ----------
    connection : as in `add_known_contacts`.
    name : prefix; the view `{name}_good` has the rows with `_row_number` and the keys.
    keys : columns by which a row finds its contact; the first that has an answer counts.
    source : name of the source, with which ids begin that are made here.
    with_new : whether rows that nobody knows are given new contacts; rows that share a key are one contact.
    has_id : whether the source fills `contact_id`.

    Notes
    -----
    `_person` is null where nothing tells it. Where the id alone tells it, unknown ids stay as they are.
    """
    if tuple(keys) == ("contact_id",):
        if not connection.sql("select 1 from aliases limit 1").fetchall():
            connection.execute(
                f"""create or replace temp view {name}_resolved as
                select *, contact_id as _person, contact_id as _given from {name}_good"""
            )
            return
        connection.execute(
            f"""create or replace temp view {name}_resolved as
            select good.*, coalesce(aliases.contact_id, good.contact_id) as _person, good.contact_id as _given
            from {name}_good as good left join aliases on aliases.value = good.contact_id"""
        )
        return
    columns = ", ".join(f"{identifier(key)} as k{place}" for place, key in enumerate(keys))
    connection.execute(
        f"""create or replace temp table {name}_people as
        select _row_number, {"contact_id" if has_id else "null::varchar"} as given_id, null::varchar as contact_id,
            _row_number as _group, {columns}
        from {name}_good"""
    )
    for place, key in enumerate(keys):
        known = (
            "select value, contact_id from aliases union all select contact_id, contact_id from known_contacts "
            "where contact_id not in (select value from aliases)"
            if key == "contact_id"
            else f"""select value, min(contact_id) as contact_id from known_keys where key = {literal(key)}
                group by value having count(distinct contact_id) = 1"""
        )
        connection.execute(
            f"""update {name}_people set contact_id = known.contact_id from ({known}) as known
            where {name}_people.contact_id is null and {name}_people.k{place} = known.value"""
        )
    if with_new:
        _group_new(connection, name, len(keys))
        _name_new(connection, name, len(keys), source)
    connection.execute(
        f"""create or replace temp view {name}_resolved as
        select good.*, people.contact_id as _person, people.given_id as _given
        from {name}_good as good join {name}_people as people using (_row_number)"""
    )


def add_roots(connection: duckdb.DuckDBPyConnection, merges: Iterable[Mapping[str, str]]) -> None:
    """Make the table `roots` (`contact_id`, `root`) of contacts that are part of another by now.

    Parameters
    ----------
    connection : where.
    merges : `merged_id` and `into_id` of those that were not taken back.
    """
    into = {merge["merged_id"]: merge["into_id"] for merge in merges}
    connection.execute("create or replace temp table roots (contact_id varchar, root varchar)")
    for contact in into:
        root, seen = contact, {contact}
        while root in into and into[root] not in seen:
            root = into[root]
            seen.add(root)
        connection.execute("insert into roots values (?, ?)", [contact, root])


def _group_new(connection: duckdb.DuckDBPyConnection, name: str, number_of_keys: int) -> None:
    """Let rows that share a key be one: found contacts and groups spread until nothing changes."""
    people, before = f"{name}_people", None
    while True:
        for place in range(number_of_keys):
            connection.execute(
                f"""update {people} set contact_id = known.contact_id from (
                    select k{place}, min(contact_id) as contact_id from {people}
                    where contact_id is not null and k{place} is not null
                    group by 1 having count(distinct contact_id) = 1) as known
                where {people}.contact_id is null and {people}.k{place} = known.k{place}"""
            )
            connection.execute(
                f"""update {people} set _group = least({people}._group, lowest._group) from (
                    select k{place}, min(_group) as _group from {people}
                    where contact_id is null and k{place} is not null group by 1) as lowest
                where {people}.contact_id is null and {people}.k{place} = lowest.k{place}"""
            )
        now = connection.sql(f"select count(contact_id), sum(_group) from {people}").fetchall()
        if now == before:
            return
        before = now


def _name_new(connection: duckdb.DuckDBPyConnection, name: str, number_of_keys: int, source: str) -> None:
    """Give new contacts the id of their file, or one made of the first key: a hash, since ids are shown in reports."""
    values = ", ".join(f"k{place}" for place in range(number_of_keys))
    connection.execute(
        f"""update {name}_people set contact_id = new.contact_id from (
            select _group, coalesce(
                first(given_id order by _row_number) filter (where given_id is not null),
                {literal(source)} || ':' || md5(first(key order by _row_number) filter (where key is not null))[:12]
            ) as contact_id
            from (select *, coalesce({values}) as key from {name}_people where contact_id is null) group by _group
        ) as new
        where {name}_people.contact_id is null and {name}_people._group = new._group"""
    )
