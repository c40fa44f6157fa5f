"""What the functions of interactions make of the rows that count."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from itertools import pairwise
from typing import Any

from rule_reference.days import earlier, first_day, in_window, local_day
from rule_reference.days import later as later_day

Row = dict[str, Any]
ANY, OF_ORDERS = "any", ("purchase", "refund")


def of_kind(rows: Iterable[Row], kind: str) -> list[Row]:
    """Return the rows of a kind; `any` is every kind that is known."""
    return [row for row in rows if (row["kind"] is not None if kind == ANY else row["kind"] == kind)]


def day_of(row: Row, zone: str) -> date:
    """Return the local day of a row."""
    return local_day(row["occurred_at"], zone)


def orders(rows: Iterable[Row]) -> list[list[Row]]:
    """Return the rows order by order; one without an `order_id` is an order of its own."""
    found: dict[Any, list[Row]] = {}
    for place, row in enumerate(rows):
        order = row.get("order_id")
        found.setdefault((place,) if order is None else order, []).append(row)
    return list(found.values())


def cells(rows: Iterable[Row], column: str) -> list[Any]:
    """Return the cells of a column that are not empty."""
    return [row[column] for row in rows if row.get(column) is not None]


def count(kind: str, rows: Sequence[Row]) -> int:
    """How many: orders of purchases and refunds, else rows."""
    return len(orders(rows)) if kind in OF_ORDERS else len(rows)


def total(rows: Sequence[Row], column: str | None) -> float:
    """Sum of the amounts or of another column, 0 without any."""
    return float(sum(cells(rows, column or "amount")))


def average(kind: str, rows: Sequence[Row], column: str | None) -> float | None:
    """Mean over rows with a cell; of purchases and refunds without a column total divided by count."""
    if column is None and kind in OF_ORDERS:
        return total(rows, None) / count(kind, rows) if rows else None
    values = cells(rows, column or "amount")
    return sum(values) / len(values) if values else None


def extreme(kind: str, rows: Sequence[Row], column: str | None, pick: Callable[[list[float]], float]) -> float | None:
    """Largest or smallest cell; of purchases and refunds without a column that of the orders' values."""
    if column is None and kind in OF_ORDERS:
        amounts = [cells(order, "amount") for order in orders(rows)]
        values = [float(sum(order)) for order in amounts if order]
    else:
        values = cells(rows, column or "amount")
    return pick(values) if values else None


def favourite(rows: Sequence[Row], column: str) -> str | None:
    """The most frequent text; of equally frequent ones the first by its characters."""
    found = Counter(cells(rows, column))
    return min(found, key=lambda text: (-found[text], text)) if found else None


def share(kind: str, rows: Sequence[Row], part: Sequence[Row], column: str | None) -> float | None:
    """Which part of the amounts, of a column or of the rows meets the condition; empty of nothing or less."""
    if column is None and kind not in OF_ORDERS:
        of_part, whole = float(len(part)), float(len(rows))
    else:
        of_part, whole = total(part, column), total(rows, column)
    return of_part / whole if whole > 0 else None


def days_since(rows: Sequence[Row], seen_from: date, zone: str, pick: Callable[..., Row]) -> int | None:
    """Days from the last or the first row to the day seen from."""
    if not rows:
        return None
    return (seen_from - day_of(pick(rows, key=lambda row: row["occurred_at"]), zone)).days


def active_months(rows: Sequence[Row], months: int, seen_from: date, zone: str) -> int:
    """In how many of the last months there was a row."""
    windows = [(f"{n} months", f"{n - 1} months" if n > 1 else None) for n in range(1, months + 1)]
    return sum(any(in_window(day_of(row, zone), seen_from, *window) for row in rows) for window in windows)


def resumed(rows: Sequence[Row], silence: str, within: str | None, seen_from: date, zone: str) -> bool:
    """Whether one row came after a silence, the later one in a window."""
    ordered = sorted(rows, key=lambda row: row["occurred_at"])
    pairs = [(day_of(a, zone), day_of(b, zone)) for a, b in pairwise(ordered)]
    return any(a <= earlier(b, silence) and in_window(b, seen_from, within, None) for a, b in pairs)


def followed(first: Sequence[Row], then: Sequence[Row], within: str | None, zone: str, *, later: bool) -> bool:
    """Whether a row of the first was followed by one of the second, near enough; `later` where no instant is shared."""
    for one in first:
        for other in then:
            comes = other["occurred_at"] > one["occurred_at"] or (
                not later and other["occurred_at"] == one["occurred_at"]
            )
            if comes and (within is None or day_of(other, zone) <= later_day(day_of(one, zone), within)):
                return True
    return False


def stopped(rows: Sequence[Row], silence: str, seen_from: date, zone: str) -> bool:
    """Whether there were rows, but none in the last days."""
    return bool(rows) and all(day_of(row, zone) < first_day(seen_from, silence) for row in rows)
