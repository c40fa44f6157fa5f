"""The pieces that table expressions of records are made of."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from segment_lib.features.record import Feature
from segment_lib.features.wording import Wording
from segment_lib.sql import identifier, literal


@dataclass
class Summary:
    """Table expressions by name, and where the value of each record is found on each day."""

    tables: dict[str, str] = field(default_factory=dict)
    # By suffix of the day: table that is joined to contacts, by which key, and the records that it holds.
    holds: dict[str, dict[str, tuple[str, list[Feature]]]] = field(default_factory=dict)

    def add(self, suffix: str, table: str, key: str, features: Sequence[Feature]) -> None:
        """Note that a table of one row for each key holds some records for the day of a suffix."""
        self.holds.setdefault(suffix, {})[table] = key, list(features)


@dataclass(frozen=True)
class Rows:
    """Rows of one kind that are known by the last day: where they are read, under which condition and key."""

    source: str
    key: str
    where: str


def aggregate(feature: Feature, wording: Wording, until: str = "") -> str:
    """Return a record's aggregate; with a bound it gets the day's own name, as it shares a table with other days."""
    name = feature.name + (wording.suffix if feature.level == "interactions" else "")
    where = both(f"({wording.expand(feature.where)})" if feature.where else "", until)
    return f"{wording.expand(feature.sql)}{filtered(where)} as {identifier(name)}"


def select(columns: Sequence[str], source: str, where: str = "", *, group: str = "") -> str:
    """Return a query of these columns, indented as a table expression."""
    listed = ",\n        ".join(columns)
    return (
        f"    select {listed}\n    from {source}"
        + (f"\n    where {where}" if where else "")
        + (f"\n    group by {group}" if group else "")
    )


def known_by(wordings: Sequence[Wording]) -> str:
    """Return the condition on rows that are known by the last of the days."""
    return f"occurred_at < TIMESTAMPTZ '{max(w.as_of.end for w in wordings).isoformat()}'"


def acquired_later(wordings: Sequence[Wording]) -> str:
    """Return the condition on contacts that one of the days lies before their acquisition."""
    return f"acquired_at >= TIMESTAMPTZ '{min(w.as_of.end for w in wordings).isoformat()}'"


def rows_of(kind: str, wordings: Sequence[Wording]) -> Rows:
    """Return where the rows of a kind are read; purchases are read once for all that is made of them."""
    if kind == "purchase":
        return Rows("purchases", "_person", "")
    return Rows("interactions", "contact_id", both(f"kind = {literal(kind)}" if kind else "", known_by(wordings)))


def until_of(wording: Wording, wordings: Sequence[Wording]) -> str:
    """Return the bound of a day that rows of later days share a table with."""
    end = wording.as_of.end
    return "" if end == max(w.as_of.end for w in wordings) else f"occurred_at < TIMESTAMPTZ '{end.isoformat()}'"


def started_by(wording: Wording) -> str:
    """Return the condition on groups of rows that had begun by a day."""
    return f"first_at < TIMESTAMPTZ '{wording.as_of.end.isoformat()}'"


def both(*conditions: str) -> str:
    """Return conditions joined by `and`, without those that are empty."""
    return " and ".join(condition for condition in conditions if condition)


def filtered(condition: str) -> str:
    """Return the filter of an aggregate, or nothing without a condition."""
    return f" filter (where {condition})" if condition else ""


def uses(features: Sequence[Feature], column: str) -> bool:
    """Tell whether some record names a column."""
    return any(column in names_in(f"{f.sql} {f.where}") for f in features)


def names_in(sql: str) -> set[str]:
    """Return the words of some SQL that are neither quoted texts nor functions.

    Examples
    --------
    >>> sorted(names_in("sum(amount) filter (where kind = 'units')"))
    ['amount', 'kind', 'where']
    """
    return set(_words(sql))


def _words(sql: str) -> Iterator[str]:
    for found in re.finditer(r"'(?:[^']|'')*'|\"((?:[^\"]|\"\")*)\"|[A-Za-z_]\w*\b(?!\s*\()", sql):
        if not found[0].startswith("'"):
            yield found[1].replace('""', '"') if found[1] is not None else found[0]


def slug(kind: str, place: int) -> str:
    """Return a readable name for the table of a kind; the place keeps two kinds apart."""
    return (re.sub(r"\W", "_", kind.lower()) + f"_{place}") if kind else "any"
