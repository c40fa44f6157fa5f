"""The interactions and labels that make a condition what it is."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from segment_lib.engine import add_table, open_connection
from segment_lib.features.pieces import both
from segment_lib.features.record import Derived, Feature, Followed
from segment_lib.features.wording import Wording
from segment_lib.segments.explaining.person import Person
from segment_lib.segments.explaining.results import LabelRow, Row
from segment_lib.sql import literal

MOST_ROWS = 10
# One row decides these.
_FIRST_OR_LAST = {"max(occurred_at)", "min(occurred_at)"}


def find_rows(person: Person, records: Sequence[Feature]) -> tuple[tuple[Row, ...], int]:
    """Return the interactions that count for some records.

    Parameters
    ----------
    person : whose.
    records : what a condition needs, of any level.

    Returns
    -------
    tuple of tuple of Row and int
        The latest ten, the last of them first, and how many there are.
    """
    conditions = dict.fromkeys(_condition(f, person) for f in records if f.level not in ("contact", "labels"))
    if not conditions or not person.interactions.num_rows:
        return (), 0
    where = " or ".join(f"({condition})" for condition in conditions)
    with open_connection() as connection:
        add_table(connection, "interactions", person.interactions)
        found = connection.sql(
            f"""select interaction_id, cast(occurred_at at time zone {literal(person.as_of.zone)} as date) as "day",
                kind, cast(amount as double) as amount, order_id, count(*) over () as n
            from interactions where {where}
            order by occurred_at desc, interaction_id limit {MOST_ROWS}"""
        ).to_arrow_table()
    rows = found.to_pylist()
    n_rows = rows[0]["n"] if rows else 0
    return tuple(Row(**{name: value for name, value in row.items() if name != "n"}) for row in rows), n_rows


def find_labels(person: Person, labels: Sequence[str]) -> tuple[LabelRow, ...]:
    """Return how some labels came to be put on: those that are carried, else the last time that they were.

    Parameters
    ----------
    person : whose.
    labels : their names.

    Returns
    -------
    tuple of LabelRow
    """
    found: list[LabelRow] = []
    rows, zone = person.labels.to_pylist(), ZoneInfo(person.as_of.zone)
    for label in labels:
        times = [
            LabelRow(
                label,
                row["removed_at"] is None and (row["expires_at"] is None or row["expires_at"] >= person.as_of.end),
                *(row[name] for name in ("source", "by", "reason")),
                # By the local calendar, as the label's own history tells it.
                *(row[name] and row[name].astimezone(zone) for name in ("assigned_at", "expires_at")),
            )
            for row in rows
            if row["label"] == label
        ]
        found += [one for one in times if one.carried] or times[:1]
    return tuple(found)


def _condition(record: Feature, person: Person) -> str:
    """Return the condition on interactions that count for a record."""
    wording, level = Wording(person.as_of), record.level
    if isinstance(level, Followed):
        sides = ((record.kind, level.among), (level.then_kind, level.then_among))
        return " or ".join(f"({_of_kind(kind, wording.expand(among))})" for kind, among in sides)
    if isinstance(level, Derived):
        return _of_kind(record.kind, wording.expand(level.among))
    if level != "interactions":
        # What is made of orders, of days and of values is made of purchases.
        return _of_kind("purchase", "")
    condition = _of_kind(record.kind, wording.expand(record.where))
    if record.sql in _FIRST_OR_LAST:
        return f"({condition}) and occurred_at = (select {record.sql} from interactions where {condition})"
    return condition


def _of_kind(kind: str, where: str) -> str:
    return both(f"kind = {literal(kind)}" if kind else "", f"({where})" if where else "") or "true"
