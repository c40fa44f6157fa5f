"""Contracts: who subscribed from which day to which, read from a table or from interactions."""

import duckdb
import pyarrow as pa

from segment_lib.asof import AsOf, parse_window
from segment_lib.checks import check_columns
from segment_lib.engine import EngineOptions, Table, add_table, open_connection
from segment_lib.errors import InvalidOption, NoData, list_faults
from segment_lib.sql import columns_of, identifier, literal, parse_expression

EVERYONE = "all"
NO_GROUP = "(none)"


def derive_contracts(
    interactions: Table,
    *,
    as_of: AsOf,
    starts: str = "kind = 'subscription'",
    ends: str | None = None,
    lapses_after: str | None = None,
    options: EngineOptions | None = None,
) -> pa.Table:
    """Derive contracts from interactions: one row for each unbroken stretch of a contact's subscription.

    Parameters
    ----------
    interactions : one row an interaction: `contact_id`, `occurred_at` and the columns that the expressions name.
    as_of : the day seen from; nothing that happened later is read.
    starts : SQL expression, true for rows that start a contract or renew one that is running.
    ends : SQL expression, true for rows that end a contract, such as `kind = 'subscription' and subject = 'cancelled'`.
    lapses_after : window such as '45 days': without a renewal for so long, a contract has ended on that day.
    options : how much of the machine the query may use.

    Returns
    -------
    pyarrow.Table
        `contact_id`, `started_on`, `ended_on` (null: not ended as of the day), `renewals`, by contact and start.

    Raises
    ------
    InvalidOption
        Neither `ends` nor `lapses_after` says how an end is told, or a window or column is not as it must be.
    InvalidRule
        An expression is not understood.
    MissingColumns
        A column is absent.

    Notes
    -----
    A row for which `ends` is true ends, even where `starts` is true too. An end with nothing running is passed over.
    Where one instant both starts and ends, a running contract ends and the next one starts; without one, it starts and
    ends that day. A lapse is dated on the day it became certain, not back to the last payment: so no contract that
    looks open today turns out to have ended earlier. An opt-out of e-mails (kind `unsubscribe`) ends no contract.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({
    ...     "contact_id": ["a", "a", "b"], "kind": "subscription", "subject": ["start", "cancelled", "start"],
    ...     "occurred_at": pd.to_datetime(["2026-01-01", "2026-03-01", "2026-02-01"], utc=True)})
    >>> table = derive_contracts(rows, as_of=AsOf.of("2026-06-30"), ends="subject = 'cancelled'")
    >>> table.to_pandas()[["contact_id", "started_on", "ended_on"]]
      contact_id  started_on    ended_on
    0          a  2026-01-01  2026-03-01
    1          b  2026-02-01        None
    """
    if ends is None and lapses_after is None:
        raise InvalidOption(
            "`ends` or `lapses_after` must say how the end of a contract is told, got neither; "
            "for example ends=\"subject = 'cancelled'\" or lapses_after='45 days'."
        )
    number, unit = parse_window(lapses_after) if lapses_after is not None else (0, "day")
    with open_connection(options) as connection:
        add_table(connection, "interactions", interactions)
        types = _types(connection, "interactions")
        check_columns(types, ["contact_id", "occurred_at"], table="interactions")
        instant = _instant("occurred_at", types["occurred_at"], as_of)
        start_sql, end_sql = _expression(starts, types), _expression(ends, types) if ends is not None else "false"
        day = f"cast(moment at time zone {literal(as_of.zone)} as date)"
        lapse = (
            f"""union all
    select contact_id, cast(lapsed as timestamp) at time zone {literal(as_of.zone)}, false, true
    from (select contact_id, day + interval {number} {unit} as lapsed, lead(day) over (
        partition by contact_id order by day) as next_day from (select distinct contact_id, {day} as day from said
        where starting))
    where (next_day is null or next_day > lapsed) and lapsed <= DATE '{as_of.day}'"""
            if lapses_after is not None
            else ""
        )
        return connection.sql(f"""
with said as (
    select cast(contact_id as varchar) as contact_id, {instant} as moment,
        {start_sql} and not coalesce({end_sql}, false) as starting, coalesce({end_sql}, false) as ending
    from interactions where contact_id is not null and {instant} < TIMESTAMPTZ '{as_of.end.isoformat()}'
), moments as (
    select contact_id, moment, bool_or(coalesce(starting, false)) as starting, bool_or(ending) as ending,
        count(*) filter (where starting) as rows_starting
    from (select * from said where starting or ending {lapse}) group by contact_id, moment
), settled as (
    -- A moment that both starts and ends leaves things as they were; what was running before it decides the order.
    select *, coalesce(last_value(case when starting <> ending then starting end ignore nulls) over (
        partition by contact_id order by moment rows between unbounded preceding and 1 preceding), false) as running
    from moments
), steps as (
    select contact_id, moment, true as is_start, case when running then 2 else 1 end as place, rows_starting
    from settled where starting
    union all
    select contact_id, moment, false, case when running then 1 else 2 end, 0 from settled where ending
), turned as (
    select *, lag(is_start) over (partition by contact_id order by moment, place) as before from steps
), numbered as (
    select *, count(*) filter (where is_start and before is not true) over (
        partition by contact_id order by moment, place rows between unbounded preceding and current row) as contract
    from turned
)
select contact_id, cast(min(moment) filter (where is_start) at time zone {literal(as_of.zone)} as date) as started_on,
    cast(min(moment) filter (where not is_start) at time zone {literal(as_of.zone)} as date) as ended_on,
    cast(sum(rows_starting) - 1 as bigint) as renewals
from numbered where contract > 0 group by contact_id, contract order by contact_id, contract""").to_arrow_table()


def open_contracts(
    contracts: Table, *, as_of: AsOf, by: str | None = None, options: EngineOptions | None = None
) -> duckdb.DuckDBPyConnection:
    """Open a connection with the view `contracts`: group_name, started_on, and ended_on as known on the day.

    Parameters
    ----------
    contracts : one row a contract: `contact_id`, `started_on`, `ended_on` (null: still there).
    as_of : the day seen from: contracts that start later are not there yet, and later ends are not known.
    by : column that the contracts are grouped by.
    options : how much of the machine queries may use.

    Returns
    -------
    duckdb.DuckDBPyConnection
        To be closed by the caller.

    Raises
    ------
    MissingColumns
        A column is absent.
    InvalidOption
        A day is given as text or missing, or a contract ends before it starts.
    NoData
        No contract had started by the day.
    """
    connection = open_connection(options)
    try:
        add_table(connection, "given", contracts)
        types = _types(connection, "given")
        check_columns(types, ["contact_id", "started_on", "ended_on", *([by] if by else [])], table="contracts")
        group = f"coalesce(cast({identifier(by)} as varchar), {literal(NO_GROUP)})" if by else literal(EVERYONE)
        connection.execute(
            "create temp table every_contract as select cast(contact_id as varchar) as contact_id, "
            f"{group} as group_name, {_day('started_on', types, as_of)} as started_on, "
            f"{_day('ended_on', types, as_of)} as ended_on from given"
        )
        _check_days(connection)
        connection.execute(
            f"create temp view contracts as select group_name, started_on, case when ended_on <= DATE '{as_of.day}' "
            f"then ended_on end as ended_on from every_contract where started_on <= DATE '{as_of.day}'"
        )
        if not connection.sql("from contracts limit 1").fetchall():
            raise NoData(f"no contract had started by {as_of.day}.")
    except BaseException:
        connection.close()
        raise
    return connection


def _check_days(connection: duckdb.DuckDBPyConnection) -> None:
    """Refuse contracts without a start, and those that end before it; all of them are counted."""
    faults = [
        f"the contract of {contact!r} must have a `started_on`, got none."
        if start is None
        else f"the contract of {contact!r} must end on or after its start, got {start} to {end}."
        for contact, start, end in connection.sql(
            "select contact_id, started_on, ended_on from every_contract "
            "where started_on is null or ended_on < started_on order by all"
        ).fetchall()
    ]
    if faults:
        raise InvalidOption(list_faults(faults))


def _types(connection: duckdb.DuckDBPyConnection, name: str) -> dict[str, str]:
    return {row[0]: row[1] for row in connection.sql(f"describe {name}").fetchall()}


def _expression(text: str, types: dict[str, str]) -> str:
    """Return an expression as SQL, its columns checked."""
    tree = parse_expression(text)
    check_columns([name.lower() for name in types], [c.name.lower() for c in columns_of(tree)], table="interactions")
    return f"({tree.sql(dialect='duckdb')})"


def _instant(name: str, found: str, as_of: AsOf) -> str:
    """Return an instant; a time without a zone is what the clock on the wall said."""
    if found == "VARCHAR":
        raise InvalidOption(f"`{name}` of interactions must be a timestamp, got text; use pandas.to_datetime.")
    if found.startswith("TIMESTAMP WITH TIME ZONE"):
        return identifier(name)
    return f"cast({identifier(name)} as timestamp) at time zone {literal(as_of.zone)}"


def _day(name: str, types: dict[str, str], as_of: AsOf) -> str:
    """Return a day in the zone of `as_of`."""
    found = types[name]
    if found == "VARCHAR":
        raise InvalidOption(f"`{name}` of contracts must be a date, got text; use pandas.to_datetime.")
    if found.startswith("TIMESTAMP WITH TIME ZONE"):
        return f"cast({identifier(name)} at time zone {literal(as_of.zone)} as date)"
    if found.startswith(("DATE", "TIMESTAMP")) or found in ('"NULL"', "NULL"):
        return f"cast({identifier(name)} as date)"
    raise InvalidOption(f"`{name}` of contracts must be a date, got {found.lower()}; use pandas.to_datetime.")
