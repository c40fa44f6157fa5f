"""The format of a column of dates, from all its values: never row by row."""

from collections import Counter
from collections.abc import Sequence

import duckdb

from segment_lib.loading.cleaning.date_groups import DateGroup, date_groups
from segment_lib.loading.cleaning.decision import Decision, count_of

# Where fewer of the values than this tell the order, each of them may be a slip: better to ask.
TELLING = 0.01
_WORDS = {
    "dmy": "day before month",
    "mdy": "month before day",
    "ymd": "year, month, day",
    "ydm": "year, day, month",
    "excel": "serial numbers of a spreadsheet",
    "unix": "seconds since 1970",
    "unix ms": "milliseconds since 1970",
    "spelled": "the month is spelled out",
}
_PREFERRED = ("ymd", "dmy", "mdy", "ydm", "")


def decide_date_format(connection: duckdb.DuckDBPyConnection, values: str) -> Decision:
    """Decide the format of a column of dates or times from all its values, or say why nobody can.

    The order of day and month is told by values that only one order can read, such as 31/01/2024. Contrary values, or
    several formats in one column, are a fault `mixed`; only dates with and without a time, in one order, go together.
    Where all values could be read both ways, or fewer than 1% tell, the fault is `undecidable`. Where the year is
    written with four digits and first, the month comes next unless values say otherwise.

    Parameters
    ----------
    connection : where to run.
    values : a query with one column `value` of type text; read once.

    Returns
    -------
    Decision
        Its format is for `date_sql` and `timestamp_sql`: `iso`, `excel`, `unix`, `unix ms`, or directives, joined by
        `|` where some values have a time and some have none.

    Examples
    --------
    >>> import duckdb
    >>> print(decide_date_format(duckdb.connect(), "select unnest(['31/01/2024', '02/03/2024']) as value"))
    `%d/%m/%Y`: day before month: 1 of 2 values can be read in no other order, e.g. 31/01/2024.
    """
    total, other, groups = date_groups(connection, values)
    if not total:
        return Decision(None, "there is no value to decide from.")
    if not groups:
        evidence = f"none of {total:,} values is written like a date, e.g. `{other}`."
        return Decision(None, evidence, f"unreadable: {evidence} Declare another type, or the format.")
    families: dict[tuple[str, str], list[DateGroup]] = {}
    for group in groups:
        families.setdefault(group.shape.family, []).append(group)
    decisions = [_decide(family, total) for family in families.values()]
    if len(decisions) == 1:
        return decisions[0]
    # Every family by its own: if each is decided, the formats together read the column without a doubt.
    parts = [
        (one.format or "either order of day and month", _count(family), family[0].first)
        for one, family in zip(decisions, families.values(), strict=True)
    ]
    undecided = next((one.fault for one in decisions if one.fault), None)
    formats = "|".join(one.format or "" for one in decisions)
    advice = undecided or f"If all of them are meant, declare `{formats}`: the first that reads a value counts."
    return _mixed(parts, total, advice)


def _decide(groups: Sequence[DateGroup], total: int) -> Decision:
    """Decide among the orders of one shape."""
    kind, read = groups[0].shape.kind, _count(groups)
    if kind == "year first":
        # A slip such as 2024-13-01 is a fault of its row, not of the column.
        wrong = [group for group in groups if group.orders == {"ydm"}]
        if _count(wrong) < TELLING * read:
            groups = [group for group in groups if group not in wrong]
    orders = frozenset.intersection(*(group.orders for group in groups)) - _refuted(groups, kind)
    clocks = {group.shape.clock for group in groups} - {""}
    if not orders or len(clocks) > 1:
        return _mixed_orders(groups, total)
    order = next(order for order in _PREFERRED if order in orders)
    formats = Counter[str]()
    for group in groups:
        formats[group.shape.format(order)] += group.count
    format = "|".join(sorted(formats, key=lambda one: (-formats[one], one)))
    rivals = {rival for group in groups for rival in group.orders} - {order} - _refuted(groups, kind)
    if kind == "year first" and order == "ymd":
        rivals = set()
    for rival in sorted(rivals):
        alike = [group for group in groups if group.same and {order, rival} == {"dmy", "mdy"}]
        open_groups = [group for group in groups if group not in alike]
        telling = [group for group in open_groups if rival not in group.orders]
        if open_groups and _count(telling) < max(1, TELLING * _count(open_groups)):
            return _undecidable(order, rival, groups, telling, total)
    telling = [group for group in groups if not group.orders & rivals]
    if rivals and not telling:
        what = f"day and month are equal in {count_of(read, total)}"
    elif rivals:
        what = f"{count_of(_count(telling), total)} can be read in no other order"
    else:
        what = f"{count_of(read, total)} are written so" if read > 1 else f"{count_of(read, total)} is written so"
    example = (telling or groups)[0].first
    return Decision(format, f"{_WORDS[order or kind]}: {what}, e.g. {example}.", share=_count(groups) / total)


def _refuted(groups: Sequence[DateGroup], kind: str) -> frozenset[str]:
    """Return the orders of dates with short years that the spread of the parts makes absurd.

    If the first parts fill a month and the third have few values, the third are years: else the dates of three decades,
    some of them to come, would all fall on a few days of the month.
    """
    if kind != "short":
        return frozenset()
    firsts = thirds = 0
    for group in groups:
        firsts, thirds = firsts | group.firsts, thirds | group.thirds
    if firsts.bit_count() >= 25 and firsts >> 28 and thirds.bit_count() <= 10:
        return frozenset({"ymd"})
    if thirds.bit_count() >= 25 and thirds >> 28 and firsts.bit_count() <= 10:
        return frozenset({"dmy", "mdy"})
    return frozenset()


def _undecidable(
    order: str, rival: str, groups: Sequence[DateGroup], telling: Sequence[DateGroup], total: int
) -> Decision:
    doubtful = [group for group in groups if {order, rival} <= group.orders and not group.same] or list(groups)
    first, second = doubtful[0].first, doubtful[0].last
    if first == second:
        second = next((group.first for group in doubtful[1:] if group.first != first), second)
    examples = f"`{first}`" if first == second else f"`{first}` and `{second}`"
    ways = " or ".join(f"`{groups[0].shape.format(one)}`" for one in (order, rival))
    told = f", and only {_count(telling):,} tell, e.g. `{telling[0].first}`" if telling else ""
    evidence = f"{count_of(_count(doubtful), total)} can be read in more than one order, e.g. {examples}{told}."
    return Decision(None, evidence, f"undecidable: {evidence} Declare {ways}.", _count(groups) / total)


def _mixed_orders(groups: Sequence[DateGroup], total: int) -> Decision:
    """Say which orders, or clocks, contradict one another within one shape."""
    found: dict[str, tuple[int, str]] = {}
    for group in groups:
        # Values that several orders read witness for none.
        if len(group.orders) == 1 or len(frozenset.intersection(*(one.orders for one in groups))) > 0:
            format = group.shape.format(next(order for order in _PREFERRED if order in group.orders))
            count, example = found.get(format, (0, group.first))
            found[format] = count + group.count, example
    parts = [(format, count, example) for format, (count, example) in found.items()]
    return _mixed(parts, total, "Declare the one that is right, and mend the others in the file.")


def _mixed(parts: Sequence[tuple[str, int, str]], total: int, advice: str) -> Decision:
    listed = "; ".join(f"{count:,} as {format}, e.g. `{example}`" for format, count, example in parts)
    evidence = f"of {total:,} values, {listed}."
    return Decision(None, evidence, f"mixed: {evidence} {advice}", max(count for _, count, _ in parts) / total)


def _count(groups: Sequence[DateGroup]) -> int:
    return sum(group.count for group in groups)
