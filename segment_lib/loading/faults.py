"""What may be wrong with a cell: unreadable, not listed, out of range; and whether the row can do without it."""

from datetime import datetime
from zoneinfo import ZoneInfo

from segment_lib.loading.cases import Case
from segment_lib.loading.casting import LARGEST, WORDS
from segment_lib.loading.recipe import ARMS, REQUIRED, Range, Source
from segment_lib.sql import identifier, literal
from segment_lib.vocabulary import Column


def cell_faults(
    column: Column, source: Source, *, is_key: bool, has_choices: bool, given: str
) -> tuple[list[Case], list[Case]]:
    """Return what refuses a row for one of its cells, and what is only noted, the cell left empty.

    Parameters
    ----------
    column : which the cell fills; there are columns of its name, `text ...`, `word ...` and `listed ...`.
    source : of import.yml.
    is_key : whether nothing else leads to the contact.
    has_choices : whether it is a custom field with choices.
    given : SQL of the cell as it stands in the file.

    Returns
    -------
    tuple of two lists of cases
    """
    rule, typed = source.columns[column.name], identifier(column.name)
    text, word = identifier("text " + column.name), identifier("word " + column.name)
    needed = is_key or column.name in REQUIRED[source.table]
    refused = needed or (source.bad_cells or ("empty" if source.table == "contacts" else "refuse")) == "refuse"
    found: list[tuple[str, str, str]] = []
    always: list[tuple[str, str, str]] = []
    if rule.only_listed:
        found.append((f"not {identifier('listed ' + column.name)}", "is not one of the listed values: ", given))
    if rule.lookup and rule.lookup.unknown == "quarantine":
        absent = f"{text} is null and nullif(trim({given}), '') is not null"
        always.append((absent, "is not found in the lookup: ", given))
    what = WORDS.get(column.name) or ("choice" if has_choices else column.type)
    if column.type != "text" or what != "text":
        unread = f"{typed} is null and {word} is not null"
        unread += f" or not abs({typed}) < {LARGEST}" if column.type == "number" else ""
        # What was read plainly has no text of its own.
        found.append((unread, f"is no readable {what}: ", f"coalesce({text}, {given})"))
    if rule.sql is not None:
        found.append((f"{text} is null", "cannot be computed", "''"))
    if column.name == "arm":
        arms = ", ".join(map(literal, ARMS))
        found.append((f"{typed} not in ({arms})", f"must be {' or '.join(ARMS)}: ", text))
    origin = rule.source or rule.sql or rule.value or "row"

    def _case(fault: tuple[str, str, str]) -> Case:
        when, words, shown = fault
        return when, f"{literal(f'`{origin}` {words}')} || {shown}"

    fatal = [_case(fault) for fault in (*always, *(found if refused else ()))]
    if needed:
        fatal.append((f"{typed} is null and {text} is null", literal(f"`{origin}` is empty")))
    return fatal, [] if refused else [_case(fault) for fault in found]


def capped_sql(column: Column) -> str:
    """Return a column without numbers that are too large to be summed exactly."""
    name = identifier(column.name)
    return f"case when abs({name}) < {LARGEST} then {name} end as {name}" if column.type == "number" else name


def range_case(column: Column, bounds: Range, source: Source, *, zone: str, now: datetime | None) -> Case:
    """Return when a value is impossible, and what is said of it.

    Parameters
    ----------
    column : which is filled.
    bounds : what is possible.
    source : of import.yml.
    zone : the workspace's.
    now : the instant of the import, for `today` and `now`.

    Returns
    -------
    tuple of condition and text, as SQL
    """
    name = identifier(column.name)
    sides = [f"{name} < {_bound(column, bounds.lowest, zone, now)}"] if bounds.lowest is not None else []
    if bounds.highest is not None:
        # A day is possible to its end.
        whole_day = column.type == "timestamp" and bounds.highest != "now" and "T" not in bounds.highest
        highest = _bound(column, bounds.highest, zone, now, days=1 if whole_day else 0)
        sides.append(f"{name} {'>=' if whole_day else '>'} {highest}")
    said = literal(f"`{source.columns[column.name].source or column.name}` is out of range: ")
    shown = f"at time zone {literal(zone)}" if column.type == "timestamp" else ""
    return f"coalesce({' or '.join(sides)}, false)", f"{said} || cast({name} {shown} as varchar)"


def _bound(column: Column, bound: str, zone: str, now: datetime | None, *, days: int = 0) -> str:
    if bound in ("today", "now"):
        if now is None:
            raise AssertionError("a range up to today needs the instant of the import")
        local = now.astimezone(ZoneInfo(zone))
        bound = local.isoformat() if bound == "now" and column.type == "timestamp" else local.date().isoformat()
    if column.type == "timestamp":
        if "T" in bound:
            return f"{literal(bound)}::timestamptz"
        return f"(({literal(bound)}::timestamp + interval {days} day) at time zone {literal(zone)})"
    return f"{literal(bound)}::{'date' if column.type == 'date' else 'double'}"
