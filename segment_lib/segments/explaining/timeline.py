"""One contact's features and answers on any days from the day seen from on, if nothing more happens."""

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property

import numpy as np
import pyarrow as pa

from segment_lib.asof import AsOf
from segment_lib.engine import run_sql
from segment_lib.features.assembly import features_at
from segment_lib.features.pieces import names_in
from segment_lib.features.query import layers
from segment_lib.features.record import Derived, Feature
from segment_lib.features.rules import CompiledRule
from segment_lib.features.wording import Wording
from segment_lib.segments.definitions import RfmDefinition
from segment_lib.segments.explaining.held import Held
from segment_lib.segments.explaining.moving import MovingWording
from segment_lib.segments.explaining.parts import FALSE, TRUE, UNKNOWN, Truths
from segment_lib.segments.explaining.person import Person
from segment_lib.segments.scores import add_columns, score_groups
from segment_lib.segments.views import evaluate_views
from segment_lib.sql import identifier
from segment_lib.vocabulary import SQL_TYPES, Column

_DAY_COLUMN = "as_of"
# Words whose value may be another one every day.
_MOVING = {"days_since", "full_years", "anniversary_in"}
_WINDOW = re.compile(r"'(\d+ (?:day|week|month|year)s?)'")
_MONTHS = re.compile(r"\bmonths_active\((\d+)\)")


@dataclass(frozen=True)
class Timeline:
    """How one contact will stand, day by day, if nothing more happens.

    Parameters
    ----------
    person : the contact.
    rules : compiled, by their texts.
    records : all that they need.
    columns : of contacts that are named.
    held : what is taken as lasting.
    rfm : how contacts are scored, where a rule asks for RFM groups.
    """

    person: Person
    rules: Mapping[str, CompiledRule]
    records: Sequence[Feature]
    columns: Sequence[str]
    held: Held = field(default_factory=Held)
    rfm: RfmDefinition | None = None

    def answers(self, days: Sequence[date]) -> dict[str, Truths]:
        """Return what each rule says on some days, in their order."""
        rules = {text: replace(rule, cuts=()) for text, rule in self.rules.items()}
        found = self.values(days, rules)
        return {text: np.array([_truth(value) for value in found[text]], np.int8) for text in rules}

    def values(self, days: Sequence[date], formulas: Mapping[str, CompiledRule]) -> dict[str, list[object]]:
        """Return the values of formulas on some days, in their order; their records must be among those here."""
        features = self.today if list(days) == [self.person.as_of.day] else self.features(days)
        # A day stands beside the answers, as the contact is the same in every row.
        asked = {_DAY_COLUMN: CompiledRule(_DAY_COLUMN, identifier(_DAY_COLUMN))}
        asked |= {f"{place}": formula for place, formula in enumerate(formulas.values())}
        found = evaluate_views(features, asked)
        order = {day: place for place, day in enumerate(found[_DAY_COLUMN].to_pylist())}
        columns = [found[str(place)].to_pylist() for place in range(len(formulas))]
        rows = [order[day] for day in days]
        return {text: [column[row] for row in rows] for text, column in zip(formulas, columns, strict=True)}

    def features(self, days: Sequence[date]) -> pa.Table:
        """Return the contact's features on some days, with `as_of`, ordered by day.

        Parameters
        ----------
        days : from the day seen from on.

        Returns
        -------
        pyarrow.Table
        """
        wanted = sorted(set(days))
        # Between these days what is aggregated stays as it is.
        turns = [self.person.as_of.day, *self.turning_days(wanted[-1])]
        turn_of = {day: turns[bisect_right(turns, day) - 1] for day in wanted}
        contact = self._contact
        base = features_at(
            self.person.interactions,
            days=[AsOf(day, self.person.as_of.zone) for day in dict.fromkeys(turn_of.values())],
            contacts=contact,
            labels=self.person.labels,
            features=[f for f in self._computed if f.level != "contact"],
            columns={**self.person.columns, "contacts": self._contact_columns},
        )
        table = run_sql(
            self._moved(),
            {"base": base, "days": pa.table({"day": wanted, "turn": [turn_of[day] for day in wanted]})},
        )
        if self.rfm is None or self.held.cut_points is None:
            return table
        # Scores are of contacts, one row each: here each day is one.
        names = pa.array([day.isoformat() for day in table[_DAY_COLUMN].to_pylist()], pa.string())
        as_contacts = table.set_column(table.schema.get_field_index("contact_id"), "contact_id", names)
        return add_columns(table, score_groups(as_contacts, self.rfm, self.held.cut_points))

    def turning_days(self, last: date) -> list[date]:
        """Return the days after the one seen from on which a row leaves or enters a window, or a label ends.

        Parameters
        ----------
        last : the last day that is of interest.

        Returns
        -------
        list of date
            Every day where what is aggregated changes from day to day.
        """
        found = self._turning_days
        return found[: bisect_right(found, last)]

    def days_to_look_at(self, last: date) -> list[date]:
        """Return the days after the one seen from, in order, outside of which no answer changes."""
        return self._days_until(last) if self._moves else self.turning_days(last)

    @cached_property
    def today(self) -> pa.Table:
        """The features of the day seen from; no row where the contact is not known."""
        return self.features([self.person.as_of.day])

    @cached_property
    def _contact_columns(self) -> list[Column]:
        """The columns of contacts that are needed: a row holds them for every day."""
        needed = {"contact_id", "acquired_at", *self.columns}
        needed |= {name for f in self._computed if f.level == "contact" for name in names_in(f.sql)}
        return [column for column in self.person.columns["contacts"] if column.name in needed]

    @cached_property
    def _contact(self) -> pa.Table:
        table = self.person.contact.select([column.name for column in self._contact_columns])
        for name, column in self.held.columns.items():
            table = table.append_column(name, column)
        return table

    @cached_property
    def _computed(self) -> list[Feature]:
        return [f for f in self.records if f.name not in self.held.columns]

    @cached_property
    def _moves(self) -> bool:
        return any(_words(f) & _MOVING for f in self._computed if f.level == "contact")

    @cached_property
    def _turning_days(self) -> list[date]:
        days = self._days_until(horizon(self.person.as_of))
        rows = [f for f in self._computed if f.level != "contact"]
        if any(_words(f) & _MOVING for f in rows):
            return days
        found: set[date] = set()
        for kind, windows in _windows_by_kind(rows).items():
            instants = self._instants(kind)
            for window in windows:
                inside = [at for at in instants if at >= self.person.as_of.start_of(window)]
                found |= _first_after(inside, [AsOf(d, self.person.as_of.zone).start_of(window) for d in days], days)
        if any(f.level == "labels" for f in rows):
            ends = [at for at in self.person.labels["expires_at"].to_pylist() if at is not None]
            after = [at for at in ends if at >= self.person.as_of.end]
            found |= _first_after(after, [AsOf(d, self.person.as_of.zone).end for d in days], days)
        return sorted(found)

    def _instants(self, kind: str) -> list[datetime]:
        rows = self.person.interactions.select(["kind", "occurred_at"]).to_pylist()
        return sorted({row["occurred_at"] for row in rows if not kind or row["kind"] == kind})

    def _days_until(self, last: date) -> list[date]:
        first = self.person.as_of.day
        return [first + timedelta(days=n) for n in range(1, (last - first).days + 1)]

    def _moved(self) -> str:
        """Return the query of what is made of aggregates, over the days of the table `days`."""
        wording = MovingWording(self.person.as_of, column=_DAY_COLUMN)
        source = f"select base.* replace (days.day as {_DAY_COLUMN}) from base join days on base.{_DAY_COLUMN} = turn"
        for step in layers([f for f in self._computed if f.level == "contact"]):
            listed = ", ".join(
                f"cast({wording.expand(f.sql)} as {SQL_TYPES[f.type]}) as {identifier(f.name)}" for f in step
            )
            source = f"select *, {listed} from ({source})"
        return f"{source} order by {_DAY_COLUMN}"


def horizon(as_of: AsOf) -> date:
    """Return the last day that is looked at: three years on."""
    return as_of.last_day("3 years")


def _sql_of(record: Feature) -> str:
    level = record.level
    among = [getattr(level, name, "") for name in ("among", "then_among")] if isinstance(level, Derived) else []
    return " ".join([record.sql, record.where, *among])


def _words(record: Feature) -> set[str]:
    sql = _sql_of(record)
    found = Wording(AsOf.of("2000-01-01")).words_in(sql)
    return found | ({"days_since"} if re.search(r"\bas_of_day\b", sql) else set())


def _windows_by_kind(records: Sequence[Feature]) -> dict[str, set[str]]:
    """Return the windows that rows of each kind are asked for; what only looks like one does no harm."""
    found: dict[str, set[str]] = {}
    for record in records:
        of_rows = record.level == "interactions" or isinstance(record.level, Derived)
        kind = record.kind if of_rows else "purchase"
        sql = _sql_of(record)
        windows = set(_WINDOW.findall(sql))
        windows |= {f"{n} months" for months in _MONTHS.findall(sql) for n in range(1, int(months) + 1)}
        if windows:
            found.setdefault(kind, set()).update(windows)
    return found


def _first_after(instants: Sequence[datetime], bounds: Sequence[datetime], days: Sequence[date]) -> set[date]:
    """Return for each instant the first day whose bound is later."""
    places = (bisect_right(bounds, at) for at in instants)
    return {days[place] for place in places if place < len(days)}


def _truth(value: object) -> int:
    return UNKNOWN if value is None else TRUE if value else FALSE
