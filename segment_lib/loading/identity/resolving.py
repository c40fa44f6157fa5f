"""Who a row is about: a known contact found by its id, e-mail, telephone or a unique field, or a new one."""

from collections.abc import Iterable, Mapping, Sequence

import duckdb

from segment_lib.sql import identifier, literal


def add_known_contacts(connection: duckdb.DuckDBPyConnection, keys: Iterable[str]) -> None:
    """Make the tables `known_contacts`, `known_keys` and `known_ids` of what leads to which contact.

    Parameters
    ----------
    connection : has the view `versions` of all statements about contacts, and the table `roots` of merged ones.
    keys : columns that sources find their contacts by.

    Notes
    -----
    A value that two contacts share leads to neither of them. Former values lead to their contact still. `known_ids` are
    ids of other systems, with the source that gave them.
    """
    connection.execute("create or replace temp table known_keys (key varchar, value varchar, contact_id varchar)")
    connection.execute("create or replace temp table known_ids (origin varchar, value varchar, contact_id varchar)")
    connection.execute("create or replace temp table known_contacts (contact_id varchar)")
    others = [key for key in keys if key != "contact_id"]
    learn_contacts(connection, "versions", others)
    for key in others:
        value = f"now.{identifier(key)} = known_keys.value"
        connection.execute(
            f"""delete from known_keys where key = {literal(key)}
            and exists (select 1 from stored_contacts as now where {value})
            and not exists (select 1 from stored_contacts as now
                where {value} and now.contact_id = known_keys.contact_id)"""
        )


def learn_contacts(connection: duckdb.DuckDBPyConnection, rows: str, keys: Sequence[str]) -> None:
    """Add what some statements about contacts lead to.

    Parameters
    ----------
    connection : as in `add_known_contacts`.
    rows : table or view with `origin`, `contact_id`, `given_id` and the keys.
    keys : columns that sources find their contacts by, beside the id.
    """
    connection.execute(
        f"insert into known_contacts select distinct contact_id from {rows} "
        "where contact_id not in (select contact_id from known_contacts)"
    )
    connection.execute(
        f"""insert into known_ids select distinct origin, given_id, contact_id from {rows}
        where given_id is not null and given_id <> contact_id"""
    )
    for key in keys:
        connection.execute(
            f"""insert into known_keys
            select distinct {literal(key)}, v.value, coalesce(roots.root, v.contact_id)
            from (select {identifier(key)} as value, contact_id from {rows}) as v
            left join roots on roots.contact_id = v.contact_id where v.value is not null"""
        )
        # Who had an address before gives it up to whoever has it now.
        value = identifier(key)
        connection.execute(
            f"""delete from known_keys where key = {literal(key)} and value in (select {value} from {rows})
            and contact_id in (select contact_id from {rows} where {value} is not null)
            and (value, contact_id) not in (select ({value}, contact_id) from {rows} where {value} is not null)"""
        )


def _add_aliases(connection: duckdb.DuckDBPyConnection, name: str, source: str, *, of_contacts: bool) -> None:
    """Make the table `{name}_aliases` of ids that are not the contact's own.

    An id of another system holds in the source that gave it. What happens may name a contact by the id of any source,
    as long as no contact is called so itself. A contact that is part of another is still spoken of by its own id: what
    is said about it stays its own, what it does belongs to the other.
    """
    own = f"select value, contact_id from known_ids where origin = {literal(source)}"
    if of_contacts:
        query = own
    else:
        query = f"""select value, coalesce(roots.root, ids.contact_id) as contact_id from (
                {own} union select value, contact_id from known_ids
                where value not in (select contact_id from known_contacts)
                    and value not in (select value from known_ids where origin = {literal(source)})
            ) as ids left join roots on roots.contact_id = ids.contact_id
            union select contact_id, root from roots
                where contact_id not in (select value from known_ids where origin = {literal(source)})"""
    connection.execute(
        f"""create or replace temp table {name}_aliases as select value, min(contact_id) as contact_id from ({query})
        group by value having count(distinct contact_id) = 1"""
    )


def resolve_rows(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    keys: Sequence[str],
    *,
    source: str,
    of_contacts: bool,
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
    of_contacts : whether the rows are about contacts, and not about what they do.
    with_new : whether rows that nobody knows are given new contacts; rows that share a key are one contact.
    has_id : whether the source fills `contact_id`.

    Notes
    -----
    `_person` is null where nothing tells it. Where the id alone tells it, unknown ids stay as they are.
    """
    _add_aliases(connection, name, source, of_contacts=of_contacts)
    if tuple(keys) == ("contact_id",):
        if not connection.sql(f"select 1 from {name}_aliases limit 1").fetchall():
            connection.execute(
                f"""create or replace temp view {name}_resolved as
                select *, contact_id as _person, contact_id as _given from {name}_good"""
            )
            return
        connection.execute(
            f"""create or replace temp view {name}_resolved as
            select good.*, coalesce(aliases.contact_id, good.contact_id) as _person, good.contact_id as _given
            from {name}_good as good left join {name}_aliases as aliases on aliases.value = good.contact_id"""
        )
        return
    columns = ", ".join(f"{identifier(key)} as k{place}" for place, key in enumerate(keys))
    connection.execute(
        f"""create or replace temp table {name}_people as
        select _row_number, {"contact_id" if has_id else "null::varchar"} as given_id, null::varchar as contact_id,
            _row_number as _group, {columns}
        from {name}_good"""
    )
    # Two ids of one system are two people, whatever address they share.
    has_own_id = f"""given_id is not null and exists (select 1 from own_ids
        where own_ids.contact_id = known.contact_id and own_ids.id <> {name}_people.given_id)"""
    connection.execute(
        f"""create or replace temp table own_ids as select distinct contact_id, coalesce(given_id, contact_id) as id
        from versions where origin = {literal(source)}"""
    )
    by_id = of_contacts and "contact_id" in keys
    for place, key in enumerate(keys):
        known = (
            f"select value, contact_id from {name}_aliases union all select contact_id, contact_id from known_contacts "
            f"where contact_id not in (select value from {name}_aliases)"
            if key == "contact_id"
            else f"""select value, min(contact_id) as contact_id from known_keys where key = {literal(key)}
                group by value having count(distinct contact_id) = 1"""
        )
        connection.execute(
            f"""update {name}_people set contact_id = known.contact_id from ({known}) as known
            where {name}_people.contact_id is null and {name}_people.k{place} = known.value
                and not ({has_own_id if by_id and key != "contact_id" else "false"})"""
        )
    if with_new:
        _group_new(connection, name, keys, by_id=by_id)
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


def _group_new(connection: duckdb.DuckDBPyConnection, name: str, keys: Sequence[str], *, by_id: bool) -> None:
    """Let rows that share a key be one: found contacts and groups spread until nothing changes."""
    people, before = f"{name}_people", None
    while True:
        for place, key in enumerate(keys):
            free = f"{people}.given_id is null" if by_id and key != "contact_id" else "true"
            connection.execute(
                f"""update {people} set contact_id = known.contact_id from (
                    select k{place}, min(contact_id) as contact_id from {people}
                    where contact_id is not null and k{place} is not null
                    group by 1 having count(distinct contact_id) = 1) as known
                where {people}.contact_id is null and {people}.k{place} = known.k{place} and {free}"""
            )
            connection.execute(
                f"""update {people} set _group = least({people}._group, lowest._group) from (
                    select k{place}, min(_group) as _group from {people}
                    where contact_id is null and k{place} is not null group by 1) as lowest
                where {people}.contact_id is null and {people}.k{place} = lowest.k{place} and {free}"""
            )
        now = connection.sql(f"select count(contact_id), sum(_group) from {people}").fetchall()
        if now == before:
            return
        before = now


def _name_new(connection: duckdb.DuckDBPyConnection, name: str, number_of_keys: int, source: str) -> None:
    """Give new contacts the id of their file, or one made of the first key: a hash, since ids are shown in reports."""
    values = ", ".join(f"k{place}" for place in range(number_of_keys))
    # An id that another contact has, here or in the file, is that of another system.
    free = f"""select given_id from {name}_people where contact_id is null and given_id is not null
            and given_id not in (select contact_id from known_contacts)
        group by given_id having count(distinct _group) = 1"""
    connection.execute(
        f"""update {name}_people set contact_id = new.contact_id from (
            select _group, coalesce(
                first(given_id order by _row_number) filter (where given_id in ({free})),
                {literal(source)} || ':' || md5(first(key order by _row_number) filter (where key is not null))[:12]
            ) as contact_id
            from (select *, coalesce({values}) as key from {name}_people where contact_id is null) group by _group
        ) as new
        where {name}_people.contact_id is null and {name}_people._group = new._group"""
    )
