"""The functions of interactions: each call becomes records over the rows of a kind."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from segment_lib.features.record import (
    COUNT_ORDERS,
    LARGEST_ORDER,
    SMALLEST_ORDER,
    Feature,
    Followed,
    Gaps,
    Values,
)
from segment_lib.features.rules.functions import OF_ORDERS
from segment_lib.sql import identifier
from segment_lib.vocabulary import ColumnType, Family


@dataclass(frozen=True)
class Rows:
    """What a call asks about: the rows of a kind, under which conditions.

    Parameters
    ----------
    function : the function's name.
    text : the call, which is the meaning of its record.
    kind : as the rule names it, and `kind` of the records: empty is any.
    within, until, where : conditions on rows, empty where nothing is asked.
    column : a column of interactions, and its type; empty where none is named.
    """

    function: str
    text: str
    named: str
    within: str = ""
    until: str = ""
    where: str = ""
    column: str = ""
    column_type: ColumnType = "number"

    @property
    def kind(self) -> str:
        """The kind of the records; empty is any."""
        return "" if self.named == "any" else self.named

    @property
    def window(self) -> str:
        """The condition of the window."""
        if self.within and self.until:
            return f"in_window('{self.within}', '{self.until}')"
        if self.until:
            return f"before_last('{self.until}')"
        return f"in_last('{self.within}')" if self.within else ""

    @property
    def filter(self) -> str:
        """The condition of the filter alone; of any kind, but those whose kind is not known."""
        return _both("" if self.kind else "kind is not null", self.where)

    @property
    def condition(self) -> str:
        """All that is asked of a row."""
        return _both("" if self.kind else "kind is not null", self.window, self.where)


def name_record(function: str, named: str, *parts: str) -> str:
    """Return the name of a record: the same for the same question, whoever asks it."""
    key = hashlib.sha256(" ".join([function, *parts]).encode()).hexdigest()[:8]
    return f"_{function}_{''.join(c if c.isalnum() else '_' for c in named)}_{key}"


def count(rows: Rows) -> list[Feature]:
    """Count orders of purchases and refunds, rows of other kinds."""
    sql = COUNT_ORDERS if rows.named in OF_ORDERS else "count(*)"
    return [_rows_record(rows, "count", sql, unit=rows.named, type="integer", zero=True)]


def total(rows: Rows) -> list[Feature]:
    """Sum an amount exactly, another column as it is."""
    unit = "money" if rows.column in ("", "amount") else ""
    return [_rows_record(rows, "total", f"sum({_value(rows)})", unit=unit, zero=True)]


def average(rows: Rows) -> list[Feature]:
    """Divide the total by the number of orders, or take the mean of a column."""
    if rows.column or rows.named not in OF_ORDERS:
        return [_rows_record(rows, rows.function, f"avg({_value(rows)})")]
    [whole], [orders] = total(rows), count(rows)
    return [whole, orders, _made_of(rows, f"{_q(whole)} / nullif({_q(orders)}, 0)", unit="money")]


def extreme(rows: Rows) -> list[Feature]:
    """Take the largest or smallest order or value."""
    how = {"largest": ("max", LARGEST_ORDER), "smallest": ("min", SMALLEST_ORDER)}[rows.function]
    of_orders = not rows.column and rows.named in OF_ORDERS
    return [_rows_record(rows, rows.function, how[1] if of_orders else f"{how[0]}({_value(rows)})")]


def distinct_values(rows: Rows) -> list[Feature]:
    """Count different values."""
    sql = f"count(distinct {identifier(rows.column)})"
    return [_rows_record(rows, "distinct_values", sql, type="integer", zero=True)]


def days_since(rows: Rows) -> list[Feature]:
    """Count days from the last or the first row."""
    sql = "max(occurred_at)" if rows.function == "days_since" else "min(occurred_at)"
    at = _rows_record(rows, rows.function, sql, suffix="_at", type="timestamp")
    return [at, _made_of(rows, f"days_since({_q(at)})", unit="days", type="integer")]


def ever(rows: Rows) -> list[Feature]:
    """Tell whether there is a row, or none."""
    found = _rows_record(rows, "ever", "count(*)", suffix="_n", unit=rows.named, type="integer", zero=True)
    sign = ">" if rows.function == "ever" else "="
    return [found, _made_of(rows, f"{_q(found)} {sign} 0", type="boolean")]


def active_months(rows: Rows, months: int) -> list[Feature]:
    """Count the last months that have a row, or tell whether all have."""
    sql = f"bit_or(months_active({months}))"
    where = _both(f"in_last('{months} months')", rows.where)
    name = name_record("months", rows.named, rows.kind, str(months), where) + "_bits"
    where = _both("" if rows.kind else "kind is not null", where)
    bits = Feature(name, sql, "", "interaction", rows.text, "integer", kind=rows.kind, where=where, zero=True)
    active = Feature(
        name.removesuffix("_bits"), f"bit_count({_q(bits)})", "months", "interaction", rows.text, "integer", "contact"
    )
    if rows.function == "active_months":
        return [bits, active]
    return [bits, active, _made_of(rows, f"{_q(active)} = {months}", str(months), type="boolean")]


def stopped(rows: Rows, silence: str) -> list[Feature]:
    """Tell whether the last row lies before a window, as nothing lies in it."""
    found = _rows_record(rows, "ever", "count(*)", suffix="_n", unit=rows.named, type="integer", zero=True)
    lately = Rows("ever", rows.text, rows.named, silence, "", rows.where)
    late = _rows_record(lately, "ever", "count(*)", suffix="_n", unit=rows.named, type="integer", zero=True)
    return [found, late, _made_of(rows, f"{_q(found)} > 0 and {_q(late)} = 0", silence, type="boolean")]


def resumed(rows: Rows, silence: str) -> list[Feature]:
    """Count the days with rows that came after a silence."""
    after = _both(f"at_least_after(previous_day, day, '{silence}')", rows.window)
    name = name_record("resumed", rows.named, rows.kind, rows.filter, after)
    days = Feature(
        f"{name}_n", "count(*)", "days", "interaction", rows.text, "integer", Gaps(rows.filter), rows.kind, after, True
    )
    return [days, Feature(name, f"{_q(days)} > 0", "", "interaction", rows.text, "boolean", "contact")]


def followed_by(rows: Rows, then: Rows, within: str) -> list[Feature]:
    """Count the instants that something followed in time."""
    level = Followed(then.kind, rows.filter, then.filter)
    soon = f"at_most_after(day_of(occurred_at), day_of(next_at), '{within}')" if within else "next_at is not null"
    name = name_record("followed_by", rows.named, rows.kind, repr(level), soon)
    times = Feature(f"{name}_n", "count(*)", "", "interaction", rows.text, "integer", level, rows.kind, soon, True)
    return [times, Feature(name, f"{_q(times)} > 0", "", "interaction", rows.text, "boolean", "contact")]


def favourite(rows: Rows) -> list[Feature]:
    """Take the most frequent value."""
    level = Values(rows.column, rows.condition)
    name = name_record("favourite", rows.named, rows.kind, rows.column, rows.condition)
    return [Feature(name, "min(value)", "", "preference", rows.text, rows.column_type, level, rows.kind, "place = 1")]


def share_of(rows: Rows) -> list[Feature]:
    """Divide what meets the condition by the whole."""
    whole = Rows("share_of", rows.text, rows.named, rows.within, rows.until, "", rows.column, rows.column_type)
    counted = not rows.column and rows.named not in OF_ORDERS
    kind_of: Callable[[Rows], list[Feature]] = _row_count if counted else total
    [part], [all_rows] = kind_of(rows), kind_of(whole)
    share = f"case when {_q(all_rows)} > 0 then {_q(part)} / {_q(all_rows)} end"
    return [part, all_rows, _made_of(rows, share, unit="share")]


def _row_count(rows: Rows) -> list[Feature]:
    return [_rows_record(rows, "ever", "count(*)", suffix="_n", unit=rows.named, type="integer", zero=True)]


def _rows_record(
    rows: Rows,
    function: str,
    sql: str,
    *,
    suffix: str = "",
    unit: str = "",
    type: ColumnType = "number",
    zero: bool = False,
) -> Feature:
    parts: Sequence[str] = [rows.kind, rows.condition, *([rows.column] if rows.column else [])]
    name = name_record(function, rows.named, *parts) + suffix
    family: Family = "financial" if unit == "money" else "interaction"
    return Feature(
        name, sql, unit, family, rows.text, type, kind=rows.kind, where=rows.condition, zero=zero
    )  # fmt: skip


def _made_of(rows: Rows, sql: str, *more: str, unit: str = "", type: ColumnType = "number") -> Feature:
    parts = [rows.kind, rows.condition, *([rows.column] if rows.column else []), *more]
    return Feature(name_record(rows.function, rows.named, *parts), sql, unit, "interaction", rows.text, type, "contact")


def _value(rows: Rows) -> str:
    return "money(amount)" if rows.column in ("", "amount") else identifier(rows.column)


def _both(*conditions: str) -> str:
    return " and ".join(filter(None, conditions))


def _q(feature: Feature) -> str:
    return identifier(feature.name)
