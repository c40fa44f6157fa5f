"""The rows of the table `labels`: from when until when a contact carries one, and how rows are changed."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import duckdb
import pyarrow as pa

from segment_lib.asof import AsOf, add_months, parse_window
from segment_lib.engine import add_table, open_connection
from segment_lib.errors import InvalidOption
from segment_lib.sql import identifier
from segment_lib.vocabulary import LABELS, SQL_TYPES, arrow_schema
from segment_lib.workspace import Workspace

# Whose word counts most where labels exclude one another, the strongest first.
SOURCES = ("manual", "workflow", "import", "rule")
_MOMENT = timedelta(microseconds=1)


@contextmanager
def open_labels(workspace: Workspace) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a connection that knows the workspace's labels.

    Parameters
    ----------
    workspace : whose; within a transaction, its tables as they are there.

    Yields
    ------
    duckdb.DuckDBPyConnection
        With the view `labels`, in all of its columns whatever older tables lack, and the view `looked_at` of `label`
        and `day_start`: the days for which its rule was applied.
    """
    with open_connection(workspace.engine_options) as connection:
        stored = workspace.table("labels")
        add_table(connection, "stored_labels", stored)
        known = set(stored.column_names)
        columns = ", ".join(
            f"{identifier(c.name) if c.name in known else 'null'}::{SQL_TYPES[c.type]} as {identifier(c.name)}"
            for c in LABELS
        )
        connection.execute(f"create temp view labels as select {columns} from stored_labels where contact_id <> ''")
        connection.execute(
            "create temp view looked_at as "
            "select distinct label, assigned_at as day_start from stored_labels where contact_id = ''"
        )
        yield connection


def replace_rows(connection: duckdb.DuckDBPyConnection, workspace: Workspace) -> None:
    """Write the rows of the table `fresh` in place of all rows of their contacts and labels, in one atomic commit.

    Parameters
    ----------
    connection : from `open_labels`, inside a transaction of the workspace; has the table `fresh`.
    workspace : whose labels.
    """
    [(rows,)] = connection.sql("select count(*) from fresh").fetchall()
    if rows:
        pairs = "(contact_id, label) in (select (contact_id, label) from fresh)"
        workspace.tables.rewrite(
            connection, "labels", LABELS, gone=pairs, fresh="from fresh order by label, contact_id"
        )


def whole_rows(rows: pa.Table) -> pa.Table:
    """Return rows with all columns of the table, empty where they have none."""
    schema = arrow_schema(LABELS)
    columns = [
        rows[f.name].cast(f.type) if f.name in rows.column_names else pa.nulls(len(rows), f.type) for f in schema
    ]
    return pa.table(columns, schema=schema)


def carried_sql(end: datetime) -> str:
    """Return the condition that a row is in force at the end of a day.

    Parameters
    ----------
    end : the first instant after the day.

    Returns
    -------
    str
    """
    at = instant_sql(end)
    return (
        f"(assigned_at < {at} and (removed_at is null or removed_at >= {at}) "
        f"and (expires_at is null or expires_at >= {at}))"
    )


def carried_now_sql(now: datetime) -> str:
    """Return the condition that a row is in force at an instant, that instant included."""
    return carried_sql(now + _MOMENT)


def instant_sql(instant: datetime) -> str:
    """Return an instant as an SQL literal."""
    return f"TIMESTAMPTZ '{instant.isoformat()}'"


def strength_sql() -> str:
    """Return how strong a row's source is, as SQL: the larger the stronger."""
    cases = " ".join(f"when '{source}' then {place}" for place, source in enumerate(reversed(SOURCES)))
    return f"(case source {cases} else -1 end)"


def expiry_of(as_of: AsOf, window: str | None) -> datetime | None:
    """Return when a label ends that was put on that day: as many local days or calendar months later, at midnight.

    Parameters
    ----------
    as_of : the day, in the workspace's zone.
    window : such as '90 days'; None is never.

    Returns
    -------
    datetime or None
        In UTC.

    Raises
    ------
    InvalidOption
        It is no window, or too long for the calendar.

    Examples
    --------
    >>> expiry_of(AsOf.of("2026-01-31", zone="Europe/Madrid"), "1 month")
    datetime.datetime(2026, 2, 27, 23, 0, tzinfo=datetime.timezone.utc)
    """
    if window is None:
        return None
    number, unit = parse_window(window)
    try:
        if unit in ("month", "year"):
            return as_of.instant(add_months(as_of.day, number * (12 if unit == "year" else 1)))
        return as_of.instant(as_of.day + timedelta(days=number * (7 if unit == "week" else 1)))
    except (OverflowError, ValueError):
        raise InvalidOption(f"a label must expire before the year 10000, got {window!r}.") from None
