"""Whether data hold what rules need: counted in one query of the interactions, and told in sentences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
import sqlglot
from sqlglot import exp

from segment_lib.asof import AsOf
from segment_lib.engine import EngineOptions, Table, run_sql
from segment_lib.features.rules.functions import ANY_KIND
from segment_lib.features.rules.layout import write_inline
from segment_lib.features.rules.nouns import Noun
from segment_lib.features.rules.reading import parts_of
from segment_lib.features.rules.words import Words
from segment_lib.features.wording import Wording
from segment_lib.segments.linting.by_data import FEWEST_FILLED
from segment_lib.segments.starters.needs import Needs, Rows
from segment_lib.sql import identifier, literal


@dataclass(frozen=True)
class Found:
    """What was counted of the rows and fields that some rules need.

    Parameters
    ----------
    as_of : the day seen from.
    rows : how many there are by that day.
    later : kinds of which there are rows, but later ones alone.
    contacts : how many are known by that day.
    fields : for how many of them each field is filled.
    begin : the local day of the first interaction.
    """

    as_of: AsOf
    rows: Mapping[Rows, int]
    later: frozenset[str]
    contacts: int
    fields: Mapping[str, int]
    begin: date

    def reasons(self, needs: Needs) -> tuple[str, ...]:
        """Return why these data can't support a rule, a sentence each; nothing where they can."""
        absent = [row.kind for row in needs.rows if not self.rows[Rows(row.kind)]]
        told = [self._absent(kind) for kind in dict.fromkeys(absent)]
        rows = [row for row in needs.rows if row.kind not in absent]
        poor = [row for row in rows if row.column and self.rows[row] < FEWEST_FILLED * self.rows[Rows(row.kind)]]
        told += [self._filled(f"`{row.column}`", self.rows[row], Rows(row.kind)) for row in poor]
        for row in rows:
            empty = {other.column for other in poor if other.kind == row.kind}
            if row.condition and not self.rows[row] and not any(name in row.condition for name in empty):
                told.append(f"no {_noun(row.kind).singular} meets `{_as_in_rules(row.condition)}`")
        told += [
            self._filled(f"`{name}`", filled, None)
            for name in needs.fields
            if (filled := self.fields[name]) < FEWEST_FILLED * self.contacts
        ]
        return tuple(told)

    def too_young(self, needs: Needs) -> str:
        """Return that a rule looks further back than the data go; nothing where it does not."""
        longest = min(needs.windows, key=self.as_of.first_day, default="")
        if not longest or self.as_of.first_day(longest) >= self.begin:
            return ""
        return f"looks back {longest}, the data begin on {self.begin}"

    def _absent(self, kind: str) -> str:
        until = f" up to {self.as_of.day}, only later" if kind in self.later else ""
        return f"no {_noun(kind).plural} have been imported{until}"

    def _filled(self, what: str, filled: int, rows: Rows | None) -> str:
        number = self.contacts if rows is None else self.rows[rows]
        of = "contacts" if rows is None else _noun(rows.kind).plural
        if not filled:
            return f"{what} is empty for all {of}"
        share = filled / number
        return f"{what} is filled for {f'{share:.0%}' if share >= 0.005 else 'under 1%'} of the {of}"


def count_needs(
    needs: Sequence[Needs], *, features: pa.Table, interactions: Table, as_of: AsOf, options: EngineOptions
) -> Found:
    """Count what there is of all that some rules need.

    Parameters
    ----------
    needs : of the rules.
    features : one row a contact, with the fields that are asked for.
    interactions : all of them; those of later days are counted apart.
    as_of : the day seen from.
    options : how much of the machine the query may use.

    Returns
    -------
    Found
    """
    rows = list(dict.fromkeys(row for one in needs for row in one.rows))
    rows = list(dict.fromkeys([*(Rows(row.kind) for row in rows), *rows]))
    wording = Wording(as_of)
    known = f"occurred_at < TIMESTAMPTZ '{as_of.end.isoformat()}'"
    listed = [f"cast(min(occurred_at) at time zone {literal(as_of.zone)} as date) as first_day"]
    for place, row in enumerate(rows):
        of = " and ".join([_of_kind(row.kind), *([f"({wording.expand(row.condition)})"] if row.condition else [])])
        counted = identifier(row.column) if row.column else "*"
        listed.append(f"count({counted}) filter (where {known} and {of}) as row_{place}")
        listed.append(f"count({counted}) filter (where {of}) as ever_{place}")
    query = f"select {', '.join(listed)} from interactions"
    [found] = run_sql(query, {"interactions": interactions}, options=options).to_pylist()
    counts = {row: found[f"row_{place}"] for place, row in enumerate(rows)}
    later = {
        row.kind
        for place, row in enumerate(rows)
        if row == Rows(row.kind) and not counts[row] and found[f"ever_{place}"]
    }
    fields = dict.fromkeys(name for one in needs for name in one.fields)
    filled = {name: _filled(features[name]) for name in fields}
    return Found(as_of, counts, frozenset(later), features.num_rows, filled, found["first_day"])


def _of_kind(kind: str) -> str:
    return f"kind = {literal(kind)}" if kind else "kind is not null"


def _noun(kind: str) -> Noun:
    return Words("en", {}).kind(kind or ANY_KIND)


def _as_in_rules(condition: str) -> str:
    """Return a condition as a rule would have it, without what stands for its window."""
    tree = sqlglot.parse_one(condition, dialect="duckdb")
    parts = parts_of(tree) if isinstance(tree, exp.And) else [tree]
    return " and ".join(write_inline(part) for part in parts if not isinstance(part.unnest(), exp.Boolean))


def _filled(column: pa.ChunkedArray) -> int:
    if pa.types.is_list(column.type):
        # An empty list says nothing.
        filled: int | None = pc.sum(pc.greater(pc.list_value_length(column), 0)).as_py()
        return filled or 0
    return int(len(column) - column.null_count)
