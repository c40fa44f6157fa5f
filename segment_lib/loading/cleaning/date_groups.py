"""All values of a column of dates as a few groups, counted in one scan."""

from dataclasses import dataclass
from functools import cached_property

import duckdb

from segment_lib.loading.cleaning.date_shapes import Shape, shape_of

# More patterns than any column of dates has: the rest of a column of free text is counted, not looked at.
_MOST = 5000
_LONGEST = 48
# Numbers that are days of 1927 to 2119, and instants of 1979 to 2100.
_NUMBERS = {5: (10_000, 80_000), 9: (300_000_000, 999_999_999), 10: (1_000_000_000, 4_102_444_800)}
_NUMBERS |= {13: (1_000_000_000_000, 4_102_444_800_000)}


@dataclass(frozen=True)
class DateGroup:
    """Values of one shape whose parts lie in the same ranges.

    Attributes
    ----------
    shape : where the parts are.
    widths : how many digits the first and the third part have.
    classes : of the three parts: 1 for 1 to 12, 2 for 13 to 31, else 0. Of numbers without marks the third is 10 where
        the year comes first, 11 where it comes last, 12 where the number is in the range of its kind.
    same : whether the first two parts are equal, and their order does not matter.
    count : how many values.
    first, last : the first and the last of them in the order of texts, as examples.
    firsts, thirds : the first and third parts of two digits that occur, as the bits of a number.
    """

    shape: Shape
    widths: tuple[int, int]
    classes: tuple[int, int, int]
    same: bool
    count: int
    first: str
    last: str
    firsts: int
    thirds: int

    @cached_property
    def orders(self) -> frozenset[str]:
        """The orders of the parts in which all these values are dates."""
        a, b, c = self.classes
        dmy, mdy = a > 0 and b == 1, a == 1 and b > 0
        match self.shape.kind:
            case "year last":
                able = {"dmy": dmy, "mdy": mdy}
            case "year first":
                able = {"ymd": b == 1 and c in (1, 2), "ydm": b > 0 and c == 1}
            case "short":
                last = self.widths[1] == 2
                able = {"dmy": dmy and last, "mdy": mdy and last}
                able["ymd"] = b == 1 and c in (1, 2) and self.widths[0] == 2
            case "compact":
                able = {"ymd": c == 10, "dmy": c == 11 and dmy, "mdy": c == 11 and mdy}
            case "spelled":
                able = {"": True}
            case _:
                able = {"": c == 12}
        return frozenset(order for order, possible in able.items() if possible)


def date_groups(connection: duckdb.DuckDBPyConnection, values: str) -> tuple[int, str, list[DateGroup]]:
    """Count the values of a column by how they could be read as dates.

    Parameters
    ----------
    connection : where to run.
    values : a query with one column `value` of type text; read once.

    Returns
    -------
    (int, str, list of DateGroup)
        How many values there are, an example that is no date (or an empty text), and the groups, largest first.

    Examples
    --------
    >>> import duckdb
    >>> total, other, groups = date_groups(duckdb.connect(), "select unnest(['31/01/2024', 'soon']) as value")
    >>> total, other, [sorted(group.orders) for group in groups]
    (2, 'soon', [['dmy']])
    """
    rows = connection.sql(_scan(values)).fetchall()
    groups, other = [], ""
    for _, pattern, a, b, c, same, count, first, last, firsts, thirds in rows:
        shape = shape_of(pattern) if pattern is not None else None
        parts = [part for part in "".join(mark if mark == "9" else " " for mark in pattern or "").split(" ") if part]
        widths = (len(parts[0]), len(parts[2])) if len(parts) > 2 else (0, 0)
        group = (
            DateGroup(shape, widths, (a, b, c), same, count, first, last, firsts or 0, thirds or 0) if shape else None
        )
        if group and group.orders:
            groups.append(group)
        else:
            other = other or first or ""
    return (rows[0][0] if rows else 0), other, groups


def _scan(values: str) -> str:
    """Return one query over all values: patterns of digits, and for each the ranges in which the parts lie."""

    def class_of(part: str) -> str:
        return f"case when {part} between 1 and 12 then 1 when {part} between 13 and 31 then 2 else 0 end"

    ranges = " or ".join(
        f"(strlen(split_part(pattern, '.', 1)) = {width} and try_cast(value as double) between {low} and {high})"
        for width, (low, high) in _NUMBERS.items()
    )
    day, time = "[0-9]{4}-[0-9]{2}-[0-9]{2}", "[0-9]{2}:[0-9]{2}:[0-9]{2}"
    return f"""
    with cells as (
        select trim(value) as value from ({values}) where value is not null
    ), patterns as (
        select case when strlen(value) <= {_LONGEST} then value end as value,
            -- The commonest forms are known by their marks; every other cell is rewritten.
            case when strlen(value) > {_LONGEST} then null
                when regexp_full_match(value, '{day}') then '9999-99-99'
                when regexp_full_match(value, '{day} {time}') then '9999-99-99 99:99:99'
                else translate(value, '0123456789', '9999999999') end as pattern
        from cells where value <> ''
    ), parts as (
        select value, pattern,
            case when pattern in ('9999-99-99', '9999-99-99 99:99:99') then replace(value[:10], '-', '/')
                else translate(replace(value, '. ', '.'), '/.-, T', '//////') end as marked,
            not regexp_matches(value, '[^0-9.]') as digits,
            strlen(pattern) in (8, 12, 14) and not regexp_matches(value, '[^0-9]') as compact
        from patterns
    ), numbers as (
        select value, pattern,
            try_cast(case when compact then value[1:2] else split_part(marked, '/', 1) end as usmallint) as a,
            try_cast(case when compact then value[3:4] else split_part(marked, '/', 2) end as usmallint) as b,
            case when not compact then try_cast(split_part(marked, '/', 3) as usmallint) end as c,
            case when compact and value[1:2] in ('19', '20', '21') and value[5:6] between '01' and '12'
                and value[7:8] between '01' and '31' then 10
                when compact and value[5:6] in ('19', '20', '21') then 11
                when digits and not compact and ({ranges}) then 12 end as special
        from parts
    ), classes as (
        select pattern, value, {class_of("a")} as ca, {class_of("b")} as cb, coalesce(special, {class_of("c")}) as cc,
            coalesce(a = b, false) as same, case when a < 100 and c < 100 then a end as short_a,
            case when a < 100 and c < 100 then c end as short_c
        from numbers
    ), groups as (
        select pattern, ca, cb, cc, same, count(*) as n, min(value) as first, max(value) as last,
            bit_or(1::hugeint << short_a) as firsts, bit_or(1::hugeint << short_c) as thirds
        from classes group by all
    )
    select cast(sum(n) over () as bigint), * from groups order by n desc, pattern, ca, cb, cc, same limit {_MOST}"""
