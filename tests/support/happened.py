"""Interactions so many days before the day that a test sees from."""

from datetime import UTC, datetime, timedelta
from typing import Any

DAY = "2026-10-31"
NOON = datetime(2026, 10, 31, 12, tzinfo=UTC)
Rows = list[dict[str, Any]]


def ago(days: int, kind: str = "purchase", **columns: object) -> dict[str, Any]:
    """An interaction so many days before; orders are one row, of 10 where nothing else is said."""
    basic = {"amount": 10.0, "category": "Fruit", "channel": "web"} if kind == "purchase" else {}
    return {"kind": kind, "occurred_at": NOON - timedelta(days=days), **basic, **columns}


def bought(*days: int, **columns: object) -> Rows:
    """An order on each of these days."""
    return [ago(day, **columns) for day in days]


def touched(kind: str, *days: int, **columns: object) -> Rows:
    """An interaction of a kind on each of these days."""
    return [ago(day, kind, **columns) for day in days]


def of(people: dict[str, Rows]) -> Rows:
    """The rows of several contacts, each with its contact."""
    return [{"contact_id": who, **row} for who, rows in people.items() for row in rows]
