"""The rows that records aggregate: interactions of a kind, orders, purchase days, and what was bought by value.

Each level is a few table expressions. The first of them reads the interactions once for all days that are asked for;
what differs from day to day is a column for each day, named with the day's suffix. Then one row a contact is made for
each day.
"""

from collections.abc import Callable, Sequence

from segment_lib.features.derived import add_derived, add_labels
from segment_lib.features.pieces import (
    Summary,
    acquired_later,
    aggregate,
    both,
    filtered,
    known_by,
    rows_of,
    select,
    slug,
    started_by,
    until_of,
    uses,
)
from segment_lib.features.record import COUNT_ORDERS, ORDER_AGGREGATES, Derived, Feature, Level
from segment_lib.features.wording import Wording
from segment_lib.sql import identifier, literal

# What a record may name at each level beside the columns of interactions, and how it comes from the rows of a group.
ORDER_COLUMNS = {"amount": "sum(money(amount))", "units": "sum(quantity)", "lines": "count(*)"}
# A price is of rows that say both how many and how much.
VALUE_COLUMNS = {
    "times": "count(*)",
    "amount": "sum(case when quantity is not null then money(amount) end)",
    "quantity": "sum(case when amount is not null then quantity end)",
}
# What is known of a value over all contacts: its place by name, its rank by buyers, its usual price.
VALUES_COLUMNS = {
    "place": "row_number() over (order by value)",
    "popularity": "row_number() over (order by count(*) desc, value)",
    "usual_price": "quantile_cont(cast(amount as double) / nullif(quantity, 0), 0.5) "
    "filter (where quantity > 0 and amount > 0)",
}
# Levels of values of the purchase rows, and the tables of all of them.
VALUES: dict[Level, str] = {"category": "categories", "product": "products", "channel": "channels"}
ORDER_VALUES: dict[Level, str] = {
    "weekday": "extract(isodow from local_time)",
    "hour": "extract(hour from local_time)",
    "quarter": "extract(quarter from local_time)",
}


def summarise(features: Sequence[Feature], wordings: Sequence[Wording], *, words: set[str]) -> Summary:
    """Return the table expressions that bring all records to one row a contact.

    Parameters
    ----------
    features : records of all levels but `contact`.
    wordings : one for each day.
    words : which words of `Wording` the records of level `contact` use.

    Returns
    -------
    Summary
    """
    plan = Summary()
    # Most records are of purchases: they are read once, and a number is grouped and joined faster than a text.
    plan.tables["people"] = select(["contact_id", "row_number() over (order by contact_id) as _person"], "contacts")
    plan.tables["purchases"] = select(
        ["people._person", "interactions.*"],
        "interactions join people on people.contact_id = interactions.contact_id",
        both("kind = 'purchase'", known_by(wordings)),
    )
    derived = [f for f in features if isinstance(f.level, Derived)]
    levels: dict[Level, list[Feature]] = {}
    for feature in features:
        if not isinstance(feature.level, Derived):
            levels.setdefault(feature.level, []).append(feature)
    rows, labels = levels.pop("interactions", []), levels.pop("labels", [])
    kinds = dict.fromkeys(["", *(f.kind for f in rows)])
    for place, kind in enumerate(kinds):
        _add_kind(plan, f"rows_{slug(kind, place)}", kind, [f for f in rows if f.kind == kind], wordings)
    counted = [f for f in rows if f.sql in ORDER_AGGREGATES]
    for place, kind in enumerate(dict.fromkeys([*(f.kind for f in counted), *(["purchase"] if levels else [])])):
        of_kind = [f for f in counted if f.kind == kind]
        _add_orders(plan, f"orders_{slug(kind, place)}", kind, of_kind, levels if kind == "purchase" else {}, wordings)
    for level in VALUES:
        if level in levels:
            _add_values(plan, level, levels[level], wordings, words)
    add_derived(plan, derived, wordings)
    if labels:
        add_labels(plan, labels, wordings)
    return plan


def _add_kind(plan: Summary, table: str, kind: str, features: Sequence[Feature], wordings: Sequence[Wording]) -> None:
    """Aggregate the rows of one kind; those of any kind also tell who was heard of."""
    plain = [f for f in features if f.sql not in ORDER_AGGREGATES]
    rows = rows_of(kind, wordings)
    columns = [] if kind else ["min(occurred_at) as first_seen"]
    for wording in wordings:
        columns += [aggregate(f, wording, until_of(wording, wordings)) for f in plain]
        if columns:
            plan.add(wording.suffix, table, rows.key, plain)
    # When somebody was first heard of matters for contacts alone that were acquired later than a day seen from.
    late = "" if kind or plain else f"contact_id in (select contact_id from contacts where {acquired_later(wordings)})"
    if columns:
        plan.tables[table] = select([rows.key, *columns], rows.source, both(rows.where, late), group=rows.key)


def _add_orders(
    plan: Summary,
    table: str,
    kind: str,
    counted: Sequence[Feature],
    levels: dict[Level, list[Feature]],
    wordings: Sequence[Wording],
) -> None:
    """Make one row an order, a row without an order id one of its own; count them and all that is of them."""
    times = [level for level in ("purchase days", *ORDER_VALUES) if level in levels]
    used = [name for name in ORDER_COLUMNS if uses(levels.get("orders", ()), name)]
    grouped, alone = ["min(occurred_at) as occurred_at"], ["occurred_at"]
    flags: dict[str, str] = {}
    for wording in wordings:
        until = until_of(wording, wordings)
        for name in used:
            grouped.append(f"{wording.expand(ORDER_COLUMNS[name])}{filtered(until)} as {name}{wording.suffix}")
            single = {"amount": wording.expand("money(amount)"), "units": "quantity", "lines": "1"}[name]
            alone.append(f"{single} as {name}{wording.suffix}")
        for feature in counted:
            flag = identifier(feature.name + wording.suffix)
            flags[flag] = both(f"({wording.expand(feature.where)})" if feature.where else "", until) or "true"
            if feature.sql == COUNT_ORDERS:
                grouped.append(f"bool_or({flags[flag]}) as {flag}")
                alone.append(f"({flags[flag]}) as {flag}")
            else:
                value = wording.expand("money(amount)")
                grouped.append(f"sum({value}){filtered(flags[flag])} as {flag}")
                alone.append(f"case when {flags[flag]} then {value} end as {flag}")
    rows = rows_of(kind, wordings)
    where, keys = rows.where, f"{rows.key}, order_id"
    if not levels and "true" not in flags.values():
        where = both(where, "(" + " or ".join(f"({flag})" for flag in dict.fromkeys(flags.values())) + ")")
    plan.tables[table] = (
        select([keys, *grouped], rows.source, both(where, "order_id is not null"), group=keys)
        + "\n    union all\n"
        + select([keys, *alone], rows.source, both(where, "order_id is null"))
    )
    for wording in wordings:
        until = until_of(wording, wordings)
        flagged = [_of_orders(f, identifier(f.name + wording.suffix)) for f in counted]
        source = table if not wording.suffix else f"{table}{wording.suffix}"
        if wording.suffix:
            renamed = [f"{name}{wording.suffix} as {name}" for name in used]
            flag_names = [identifier(f.name + wording.suffix) for f in counted]
            plan.tables[source] = select([keys, "occurred_at", *renamed, *flag_names], table, until)
        of_orders = levels.get("orders", [])
        columns = flagged + [aggregate(f, wording) for f in of_orders]
        if columns:
            plan.tables[f"{source}_summary"] = select([rows.key, *columns], source, group=rows.key)
            plan.add(wording.suffix, f"{source}_summary", rows.key, [*counted, *of_orders])
    if times:
        _add_times(plan, table, {level: levels[level] for level in times}, wordings)


def _of_orders(feature: Feature, column: str) -> str:
    """Return what becomes of a contact's orders: those that count, or the largest or smallest value."""
    how = ORDER_AGGREGATES[feature.sql]
    value = f"{how}{filtered(column)}" if feature.sql == COUNT_ORDERS else f"{how}({column})"
    return f"{value} as {identifier(feature.name)}"


def _add_times(plan: Summary, orders: str, levels: dict[Level, list[Feature]], wordings: Sequence[Wording]) -> None:
    """Make rows of purchase days with the gap since the one before, and of weekdays, hours and quarters."""
    zone = literal(wordings[0].as_of.zone)
    named = [
        "cast(local_time as date) as day",
        *(f"{sql} as {level}" for level, sql in ORDER_VALUES.items() if level in levels),
    ]
    local = select(["_person", "occurred_at", f"occurred_at at time zone {zone} as local_time"], orders)
    plan.tables["order_times"] = select(["_person", "occurred_at", *named], f"({local})")
    for level, features in levels.items():
        if level == "purchase days":
            days = select(["_person", "day", "count(*) as orders"], "order_times", group="_person, day")
            before = "lag(day) over (partition by _person order by day)"
            plan.tables["purchase_days"] = select(["*", f"date_diff('day', {before}, day) as gap_days"], f"({days})")
            table, until = "purchase_days", lambda w: f"day <= DATE '{w.as_of.day.isoformat()}'"
        else:
            table, until = f"by_{level}", started_by
            _add_base(plan, table, level, {"times": "count(*)"}, "order_times", "", wordings)
        _add_summaries(plan, table, features, wordings, until, lambda _, source: source)


def _add_values(
    plan: Summary, level: Level, features: Sequence[Feature], wordings: Sequence[Wording], words: set[str]
) -> None:
    """Make one row for each contact and value of a column of the purchase rows."""
    table = f"by_{level}"
    needed = {"amount", "quantity"} if uses(features, "usual_price") else set()
    columns = {
        name: sql for name, sql in VALUE_COLUMNS.items() if name == "times" or name in needed or uses(features, name)
    }
    _add_base(plan, table, level, columns, "purchases", f"{level} is not null", wordings)
    ranked = level == "category" and words & {"categories_sold", "category_ranked"}
    about = {
        name: sql for name, sql in VALUES_COLUMNS.items() if uses(features, name) or (name == "popularity" and ranked)
    }

    def source_of(wording: Wording, source: str) -> str:
        if not about:
            return source
        name = VALUES[level] + wording.suffix
        plan.tables[name] = select(
            ["value", *(f"{sql} as {column}" for column, sql in about.items())], source, group="value"
        )
        return f"{source} join {name} using (value)"

    _add_summaries(plan, table, features, wordings, started_by, source_of)


def _add_base(
    plan: Summary,
    table: str,
    value: str,
    columns: dict[str, str],
    source: str,
    where: str,
    wordings: Sequence[Wording],
) -> None:
    """Group rows by contact and value; what differs from day to day is a column a day."""
    selected = ["_person", f"{value} as value", "min(occurred_at) as first_at"]
    for wording in wordings:
        until = filtered(until_of(wording, wordings))
        selected += [f"{wording.expand(sql)}{until} as {name}{wording.suffix}" for name, sql in columns.items()]
    plan.tables[table] = select(selected, source, where, group=f"_person, {value}")
    for wording in wordings:
        if wording.suffix:
            renamed = [f"{name}{wording.suffix} as {name}" for name in columns]
            plan.tables[table + wording.suffix] = select(
                ["_person", "value", "first_at", *renamed], table, started_by(wording)
            )


def _add_summaries(
    plan: Summary,
    table: str,
    features: Sequence[Feature],
    wordings: Sequence[Wording],
    until: Callable[[Wording], str],
    source_of: Callable[[Wording, str], str],
) -> None:
    """Bring the rows of a level to one a contact, day by day."""
    for wording in wordings:
        own = table + wording.suffix
        source = source_of(wording, own if own in plan.tables else table)
        where = until(wording) if wording.suffix and own not in plan.tables else ""
        columns = [aggregate(f, wording) for f in features]
        plan.tables[f"{own}_summary"] = select(["_person", *columns], source, where, group="_person")
        plan.add(wording.suffix, f"{own}_summary", "_person", features)
