"""What data a rule needs, read from the records that it was compiled to."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from segment_lib.features.levels import ORDER_COLUMNS, VALUE_COLUMNS, VALUES_COLUMNS
from segment_lib.features.pieces import names_in
from segment_lib.features.query import with_needed
from segment_lib.features.record import LARGEST_ORDER, SMALLEST_ORDER, Feature, Followed, Values
from segment_lib.features.rules import CompiledRule

# Every row has these, or does without them.
_GIVEN = frozenset(("contact_id", "interaction_id", "order_id", "occurred_at", "kind"))
# Quoted texts and names come first: what a rule quotes is data, whatever it looks like.
_WINDOW = re.compile(
    r"""'(?:[^']|'')*' | "(?:[^"]|"")*" | \b(?:in_last|in_window|before_last)\('(?P<window>[^']*)'(?:,\ '[^']*')?\)""",
    re.VERBOSE,
)
# Words of records at other levels that stand for columns of the rows behind them.
_OF_ORDERS = {name: names_in(sql) for name, sql in ORDER_COLUMNS.items()}
_OF_VALUES = {name: names_in(sql) for name, sql in (VALUE_COLUMNS | VALUES_COLUMNS).items()}


@dataclass(frozen=True)
class Rows:
    """Rows of interactions that a rule needs.

    Parameters
    ----------
    kind : of the interactions; empty is any.
    column : that must be filled in them, or nothing.
    condition : that some of them must meet whenever they happened, or nothing; in the words of records.
    """

    kind: str
    column: str = ""
    condition: str = ""


@dataclass(frozen=True)
class Needs:
    """What data a rule needs, all of it.

    Parameters
    ----------
    rows : of interactions.
    fields : of contacts.
    windows : how far back it looks, such as `12 months`.
    """

    rows: tuple[Rows, ...]
    fields: tuple[str, ...]
    windows: tuple[str, ...] = ()

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of interactions; `any` where any will do."""
        return tuple(dict.fromkeys(row.kind or "any" for row in self.rows))

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of interactions, with their kind: `survey.score`."""
        return tuple(f"{row.kind or 'any'}.{row.column}" for row in self.rows if row.column)


def needs_of(
    rule: CompiledRule,
    catalogue: Sequence[Feature],
    *,
    contact_columns: Collection[str],
    interaction_columns: Collection[str],
) -> Needs:
    """Return what data a rule needs.

    Parameters
    ----------
    rule : compiled.
    catalogue : what names of features mean.
    contact_columns, interaction_columns : names of the columns of both tables.

    Returns
    -------
    Needs

    Examples
    --------
    >>> from segment_lib.features.catalogue import CATALOGUE
    >>> from segment_lib.features.rules import compile_rule
    >>> rule = compile_rule("average_order > 50 and age_years < 30",
    ...                     columns={"average_order": "number", "age_years": "integer"}, interaction_columns={})
    >>> needs = needs_of(rule, CATALOGUE, contact_columns=["birth_date"], interaction_columns=["amount"])
    >>> needs.kinds, needs.columns, needs.fields
    (('purchase',), ('purchase.amount',), ('birth_date',))
    """
    own = {feature.name: feature for feature in rule.features}
    records = [own[name] for name in own]
    named = {*rule.columns, *(name for f in records if f.level == "contact" for name in names_in(f.sql))}
    records += with_needed(sorted(named - own.keys()), catalogue)
    named |= {name for f in records if f.level == "contact" for name in names_in(f.sql)}
    rows = [row for record in records for row in _rows_of(record, set(interaction_columns) - _GIVEN)]
    fields = sorted((named & set(contact_columns)) - {"contact_id"})
    windows = dict.fromkeys(window for record in records for window in _looks_back(record.where))
    return Needs(tuple(dict.fromkeys(rows)), tuple(fields), tuple(windows))


def _rows_of(record: Feature, columns: Collection[str]) -> Iterator[Rows]:
    level = record.level
    if level in ("contact", "labels"):
        return
    kind = record.kind if level == "interactions" or not isinstance(level, str) else "purchase"
    yield Rows(kind)
    if isinstance(level, str):
        named = names_in(f"{record.sql} {record.where}") | {level}
        made_of = {} if level == "interactions" else _OF_ORDERS if level == "orders" else _OF_VALUES
        named |= {made for name in named & made_of.keys() for made in made_of[name]}
        # A condition of a record whose rows are not interactions is about what was made of them.
        condition = record.where if level == "interactions" else ""
    else:
        named = {level.column} if isinstance(level, Values) else set()
        named |= names_in(level.among)
        condition = level.among
    named |= {"amount"} if record.sql in (LARGEST_ORDER, SMALLEST_ORDER) else set()
    yield from (Rows(kind, column) for column in sorted(named & set(columns)))
    if _says_something(condition):
        yield Rows(kind, condition=_whenever(condition))
    if isinstance(level, Followed):
        yield Rows(level.then_kind)
        yield from (Rows(level.then_kind, column) for column in sorted(names_in(level.then_among) & set(columns)))
        if _says_something(level.then_among):
            yield Rows(level.then_kind, condition=_whenever(level.then_among))


def _whenever(condition: str) -> str:
    """Return a condition without the window that it holds in."""
    return _WINDOW.sub(lambda found: found[0] if found["window"] is None else "true", condition)


def _looks_back(condition: str) -> Iterator[str]:
    """Yield how far back a condition looks; what lies before a window alone has no bound."""
    for found in _WINDOW.finditer(condition):
        if found["window"] and not found[0].startswith("before"):
            yield str(found["window"])


def _says_something(condition: str) -> bool:
    return _whenever(condition).strip() not in ("", "true")
