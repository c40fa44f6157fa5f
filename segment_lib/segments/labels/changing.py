"""What a person wishes of contacts and labels, written on what stands at that moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa

from segment_lib.asof import AsOf
from segment_lib.errors import InvalidOption
from segment_lib.loading.importing import user_name
from segment_lib.segments.labels.definitions import load_labels
from segment_lib.segments.labels.hand import words_sql
from segment_lib.segments.labels.rows import (
    carried_now_sql,
    expiry_of,
    instant_sql,
    open_labels,
    replace_rows,
    whole_rows,
)
from segment_lib.sql import literal
from segment_lib.workspace import Workspace


@dataclass(frozen=True)
class LabelEdit:
    """What an edit by hand came to: contacts for whom it changed something, and those for whom it did not."""

    changed: tuple[str, ...]
    unchanged: tuple[str, ...]


@dataclass(frozen=True)
class Wish:
    """One contact and one label that a person speaks of."""

    contact_id: str
    label: str
    merged_from: str | None = None


def put_on(
    workspace: Workspace, wishes: Sequence[Wish], *, now: datetime, by: str, reason: str, window: str | None
) -> LabelEdit:
    """Put labels on by hand; what `add_label` does once contacts and labels are known to be there."""
    check_instant(now)
    day = local_day(workspace, now)
    definitions = load_labels(workspace).by_name
    windows = {
        name: window or (one.expires_after if (one := definitions.get(name)) else None)
        for name in {w.label for w in wishes}
    }
    ends = [{"label": name, "ends": expiry_of(day, length)} for name, length in windows.items()]
    with workspace.tables.transaction(), open_labels(workspace) as connection:
        _add_wishes(connection, wishes)
        schema = pa.schema([("label", pa.string()), ("ends", pa.timestamp("us", tz="UTC"))])
        connection.register("ends", pa.Table.from_pylist(ends, schema=schema))
        connection.execute(
            f"""create temp table spoken as from (from wishes join ends using (label)) as asked where not exists (
                select 1 from labels where labels.contact_id = asked.contact_id and labels.label = asked.label
                and source = 'manual' and removed_at is null and {carried_now_sql(now)}
                and (expires_at is null or coalesce(expires_at >= ends, false)))"""
        )
        who = _who(by, reason)
        rows = connection.sql(
            f"""select contact_id, label, 'manual' as source, {instant_sql(now)} as assigned_at, ends as expires_at,
                {who[0]} as "by", {who[1]} as reason, merged_from from spoken order by label, contact_id"""
        ).to_arrow_table()
        workspace.append("labels", whole_rows(rows))
        return _edit(wishes, connection)


def take_off(workspace: Workspace, wishes: Sequence[Wish], *, now: datetime, by: str, reason: str) -> LabelEdit:
    """Take labels off by hand; what `remove_label` does once contacts and labels are known to be there."""
    check_instant(now)
    carried, at, who = f"removed_at is null and {carried_now_sql(now)}", instant_sql(now), _who(by, reason)
    with workspace.tables.transaction(), open_labels(workspace) as connection:
        _add_wishes(connection, wishes)
        connection.execute(
            f"""create temp table spoken as from wishes semi join
            (select contact_id, label from labels where {carried}) as mine using (contact_id, label)"""
        )
        connection.execute(
            f"""create temp table fresh as
            select labels.* replace ({_closed(carried, now, "manual", who)})
            from labels semi join spoken using (contact_id, label)
            union all by name
            -- What an import put on goes when it is undone; that a person took it off is to stay.
            select contact_id, label, 'manual' as source, {at} as assigned_at, {at} as removed_at, {who[0]} as "by",
                {who[1]} as reason, 'manual' as removal_source, {who[0]} as removed_by, {who[1]} as removal_reason
            from labels where source = 'import' and {carried}
                and (contact_id, label) in (select (contact_id, label) from spoken)
            group by contact_id, label"""
        )
        return _finish(workspace, connection, wishes)


def leave_to_rule(workspace: Workspace, wishes: Sequence[Wish], *, now: datetime, by: str, reason: str) -> LabelEdit:
    """Take back what was said by hand; what `release_label` does once contacts and labels are known to be there."""
    check_instant(now)
    carried, at, who = carried_now_sql(now), instant_sql(now), _who(by, reason)
    with workspace.tables.transaction(), open_labels(workspace) as connection:
        _add_wishes(connection, wishes)
        words = words_sql(now + timedelta(microseconds=1))
        connection.execute(
            f"""create temp table spoken as select wishes.*, held_off
            from wishes join ({words}) as words using (contact_id, label) where by_hand or held_off"""
        )
        connection.execute(
            f"""create temp table fresh as
            select labels.* replace ({_closed(f"source = 'manual' and {carried}", now, "release", who)})
            from labels semi join spoken using (contact_id, label)
            union all by name
            select contact_id, label, 'manual' as source, {at} as assigned_at, {at} as removed_at, {who[0]} as "by",
                {who[1]} as reason, 'release' as removal_source, {who[0]} as removed_by, {who[1]} as removal_reason,
                merged_from
            from spoken where held_off"""
        )
        return _finish(workspace, connection, wishes)


def check_instant(now: datetime) -> None:
    """Check that an instant has a time zone.

    Parameters
    ----------
    now : the instant.

    Raises
    ------
    InvalidOption
        It has none.
    """
    if now.tzinfo is None:
        raise InvalidOption(f"`now` must have a time zone, such as datetime.now(UTC), got {now.isoformat()}.")


def local_day(workspace: Workspace, now: datetime) -> AsOf:
    """Return the workspace's local day of an instant."""
    return workspace.as_of(now.astimezone(ZoneInfo(workspace.settings.time_zone)).date())


def _add_wishes(connection: duckdb.DuckDBPyConnection, wishes: Sequence[Wish]) -> None:
    schema = pa.schema([(name, pa.string()) for name in ("contact_id", "label", "merged_from")])
    # A contact may be named twice, by its id and by its address.
    each = {(wish.contact_id, wish.label): vars(wish) for wish in reversed(wishes)}
    connection.register("given_wishes", pa.Table.from_pylist(list(each.values()), schema=schema))
    connection.execute("create temp table wishes as from given_wishes")


def _who(by: str, reason: str) -> tuple[str, str]:
    return literal(by or user_name()), literal(reason) if reason else "null::varchar"


def _closed(condition: str, now: datetime, source: str, who: tuple[str, str]) -> str:
    """Return the columns of a row that ends now where it meets a condition."""
    ends = {
        "removed_at": instant_sql(now),
        "removal_source": literal(source),
        "removed_by": who[0],
        "removal_reason": who[1],
    }
    return ", ".join(f"case when {condition} then {value} else {name} end as {name}" for name, value in ends.items())


def _finish(workspace: Workspace, connection: duckdb.DuckDBPyConnection, wishes: Sequence[Wish]) -> LabelEdit:
    replace_rows(connection, workspace)
    return _edit(wishes, connection)


def _edit(wishes: Sequence[Wish], connection: duckdb.DuckDBPyConnection) -> LabelEdit:
    done = {tuple(row) for row in connection.sql("select contact_id, label from spoken").fetchall()}
    pairs = list(dict.fromkeys((wish.contact_id, wish.label) for wish in wishes))
    return LabelEdit(
        tuple(contact for contact, label in pairs if (contact, label) in done),
        tuple(contact for contact, label in pairs if (contact, label) not in done),
    )
