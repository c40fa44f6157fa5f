"""The interactions of each contact in one row: the aggregates of all records, from one scan."""

import re
from collections.abc import Sequence

from segment_lib.asof import AsOf
from segment_lib.features.catalogue import Feature
from segment_lib.sql import identifier, literal

# Quoted texts and names come first: what a rule quotes is data, whatever it looks like.
_MACRO = re.compile(
    r"""'(?:[^']|'')*' | "(?:[^"]|"")*"
    | \bin_last\('(?P<window>[^']*)'\)
    | \bday_of\((?P<instant>(?:[^()]|\([^()]*\))*)\)
    | \bmoney\((?P<amount>[^()]*)\)
    | \b(?P<day>as_of_day)\b""",
    re.VERBOSE,
)
# What `count_orders` writes.
_ORDERS = re.compile(
    r"count\(distinct order_id\) filter \(where (.*)\) \+ count\(\*\) filter \(where \1 and order_id is null\)",
    re.DOTALL,
)
_MOST_FREQUENT = re.compile(r"mode\((\w+) order by \1\) filter \(where ((?:[^()]|\([^()]*\))*)\)")


def summary_sql(features: Sequence[Feature], as_of: AsOf) -> str:
    """Return the SQL of the table expression `summary` over `interactions`, and of those that it is made of.

    Parameters
    ----------
    features : records of the level `interactions`.
    as_of : the day seen from.

    Returns
    -------
    str
        DuckDB SQL, to stand behind `with`.

    Notes
    -----
    Orders that count once and most frequent values would need a set or a histogram for every contact, which takes
    most of the time. Their rows are grouped by order or by value first instead: the numbers are the same.
    """
    orders = {f.name: expand(found[1], as_of) for f in features if (found := _ORDERS.fullmatch(f.sql))}
    frequent = {f.name: found for f in features if (found := _MOST_FREQUENT.fullmatch(f.sql))}
    plain = "".join(
        f",\n    {expand(f.sql, as_of)} as {identifier(f.name)}"
        for f in features
        if f.name not in orders and f.name not in frequent
    )
    tables = [
        f"known as (\n    from interactions where occurred_at < TIMESTAMPTZ '{as_of.end.isoformat()}'\n)",
        f"lines as (\n    select contact_id{plain}\n    from known group by contact_id\n)",
    ]
    columns, joins = ["lines.*"], ""
    if orders:
        tables += _orders_sql(orders)
        columns += [f"coalesce(order_counts.{identifier(name)}, 0) as {identifier(name)}" for name in orders]
        joins += "\n    left join order_counts on order_counts.contact_id = lines.contact_id"
    for place, (name, found) in enumerate(frequent.items()):
        tables.append(_most_frequent_sql(f"frequent_{place}", found[1], expand(found[2], as_of)))
        columns.append(f"frequent_{place}.value as {identifier(name)}")
        joins += f"\n    left join frequent_{place} on frequent_{place}.contact_id = lines.contact_id"
    selected = ",\n    ".join(columns)
    tables.append(f"summary as (\n    select {selected}\n    from lines{joins}\n)")
    return ", ".join(tables)


def expand(sql: str, as_of: AsOf) -> str:
    """Return a record's SQL with the day written in.

    Parameters
    ----------
    sql : may use `as_of_day` (the day), `day_of(instant)` (its local day), `in_last('90 days')` (a condition on
        `occurred_at`) and `money(amount)` (exact decimal).
    as_of : the day seen from.

    Returns
    -------
    str

    Examples
    --------
    >>> expand("count(*) filter (where in_last('7 days'))", AsOf.of("2026-10-31"))
    "count(*) filter (where occurred_at >= TIMESTAMPTZ '2026-10-25T00:00:00+00:00')"
    """
    return _MACRO.sub(lambda found: _written(found, as_of), sql)


def _orders_sql(conditions: dict[str, str]) -> list[str]:
    """Count the orders that have a row for which a condition holds; a row without an order is one of its own."""
    names = [identifier(name) for name in conditions]
    wanted = " or ".join(f"({condition})" for condition in conditions.values())
    rows = "".join(f",\n    count(*) filter (where {c}) as {identifier(name)}" for name, c in conditions.items())
    counts = "".join(f",\n    sum(case when order_id is null then {n} else least({n}, 1) end) as {n}" for n in names)
    return [
        f"orders as (\n    select contact_id, order_id{rows}\n"
        f"    from known where {wanted} group by contact_id, order_id\n)",
        f"order_counts as (\n    select contact_id{counts}\n    from orders group by contact_id\n)",
    ]


def _most_frequent_sql(table: str, column: str, condition: str) -> str:
    """Find the value of most rows; of equally frequent ones the first in order."""
    return f"""{table} as (
    select contact_id, arg_min(value, {{'n': -n, 'value': value}}) as value
    from (
        select contact_id, {column} as value, count(*) as n
        from known where ({condition}) and {column} is not null group by contact_id, {column}
    ) group by contact_id
)"""


def _written(found: re.Match[str], as_of: AsOf) -> str:
    if found["window"] is not None:
        return f"occurred_at >= TIMESTAMPTZ '{as_of.start_of(found['window']).isoformat()}'"
    if found["instant"] is not None:
        return f"cast(({expand(found['instant'], as_of)}) at time zone {literal(as_of.zone)} as date)"
    if found["amount"] is not None:
        return f"cast({found['amount']} as decimal(18, 4))"
    return f"DATE '{as_of.day.isoformat()}'" if found["day"] else found[0]
