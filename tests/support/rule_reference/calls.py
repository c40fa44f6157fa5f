"""The functions of the language: their arguments read, and handed to what computes them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from typing import Any

import sqlglot
from sqlglot import exp

from rule_reference import people
from rule_reference import rows as of_rows
from rule_reference.days import anniversary_comes, in_window, local_day
from rule_reference.rows import Row
from rule_reference.scope import Scope


@cache
def parsed(text: str) -> exp.Expr:
    """Return the tree of a rule: parsing is shared with the library, meaning is not."""
    return sqlglot.parse_one(text, dialect="duckdb")


@dataclass(frozen=True)
class Call:
    """One call: its arguments by place and by name, and whose values they are."""

    name: str
    plain: Sequence[exp.Expr]
    options: Mapping[str, exp.Expr]
    scope: Scope
    evaluate: Callable[[exp.Expr, Scope], Any]

    def text(self, place: int) -> str:
        """A name in quotes."""
        return str(self.plain[place].name)

    def column(self, place: int = 1) -> str | None:
        """The name of a column of interactions, if it is given."""
        return str(self.plain[place].name) if len(self.plain) > place else None

    def option(self, name: str) -> str | None:
        """A window by name."""
        return str(self.options[name].name) if name in self.options else None

    def value(self, place: int = 0) -> Any:
        """The value of an argument for this contact."""
        return self.evaluate(self.plain[place], self.scope)

    def rows(self, kind: str, *, where: str | None = "where") -> list[Row]:
        """The rows of a kind, known by the day, for which a condition is true."""
        world = self.scope.world
        rows = of_rows.of_kind(people.known_rows(self.scope.interactions or (), world.as_of), kind)
        if where is None or where not in self.options:
            return rows
        return [row for row in rows if self.evaluate(self.options[where], Scope(world, row)) is True]

    def windowed(self, rows: Sequence[Row]) -> list[Row]:
        """Those of some rows that lie in the windows of the call."""
        day, windows = self.scope.world.as_of.day, (self.option("within"), self.option("until"))
        return [row for row in rows if in_window(of_rows.day_of(row, self.scope.zone), day, *windows)]


def call_function(node: exp.Expr, scope: Scope, evaluate: Callable[[exp.Expr, Scope], Any]) -> Any:
    """Return the answer of a function of the language, `evaluate` telling what its arguments are worth."""
    given = [node.this, *node.expressions] if isinstance(node, exp.Count) else list(node.expressions)
    name = "count" if isinstance(node, exp.Count) else str(node.this).lower()
    plain = [argument for argument in given if not isinstance(argument, exp.Kwarg)]
    options = {str(a.this.name).lower(): a.expression for a in given if isinstance(a, exp.Kwarg)}
    call = Call(name, plain, options, scope, evaluate)
    return _of_contact(call) if name in OF_CONTACTS else _of_rows(call)


def _of_rows(call: Call) -> Any:
    day, zone = call.scope.world.as_of.day, call.scope.zone
    kind = "purchase" if call.name == "average_order" else call.text(0)
    chosen = call.rows(kind)
    rows = call.windowed(chosen)
    answers: dict[str, Callable[[], Any]] = {
        "count": lambda: of_rows.count(kind, rows),
        "total": lambda: of_rows.total(rows, call.column()),
        "average": lambda: of_rows.average(kind, rows, call.column()),
        "average_order": lambda: of_rows.average(kind, rows, None),
        "largest": lambda: of_rows.extreme(kind, rows, call.column(), max),
        "smallest": lambda: of_rows.extreme(kind, rows, call.column(), min),
        "distinct_values": lambda: len(set(of_rows.cells(rows, call.text(1)))),
        "days_since": lambda: of_rows.days_since(rows, day, zone, max),
        "days_since_first": lambda: of_rows.days_since(rows, day, zone, min),
        "ever": lambda: bool(rows),
        "never": lambda: not rows,
        "active_months": lambda: of_rows.active_months(chosen, int(call.text(1)), day, zone),
        "regularly": lambda: of_rows.active_months(chosen, int(call.text(1)), day, zone) == int(call.text(1)),
        "stopped": lambda: of_rows.stopped(chosen, call.text(1), day, zone),
        "resumed": lambda: of_rows.resumed(chosen, call.text(1), call.option("within"), day, zone),
        "followed_by": lambda: of_rows.followed(
            chosen, call.rows(call.text(1), where="then_where"), call.option("within"), zone,
            later=kind == call.text(1) or of_rows.ANY in (kind, call.text(1)),
        ),
        "favourite": lambda: of_rows.favourite(rows, call.text(1)),
        "share_of": lambda: of_rows.share(kind, call.windowed(call.rows(kind, where=None)), rows, call.column()),
    }  # fmt: skip
    return answers[call.name]()


OF_CONTACTS = (
    "has_label", "in_segment", "has_relationship", "includes", "top_percent", "bottom_percent", "random_percent",
    "anniversary", "days_until", "distance_km",
)  # fmt: skip


def _of_contact(call: Call) -> Any:
    world, contact = call.scope.world, call.scope.row
    if call.name == "has_label":
        return people.carries(world.labels, contact["contact_id"], call.text(0), world.as_of)
    if call.name == "in_segment":
        return call.evaluate(parsed(world.segments[call.text(0)]), call.scope)
    if call.name in ("has_relationship", "includes"):
        listed, text = (
            (contact.get("relationships"), call.text(0))
            if call.name == "has_relationship"
            else (call.value(), call.text(1))
        )
        return None if listed is None else text in listed
    if call.name in ("top_percent", "bottom_percent"):
        scopes = [replace(call.scope, row=row, interactions=done) for row, done in world.everybody]
        numbers = [call.evaluate(call.plain[0], scope) for scope in scopes]
        return people.among(call.value(), numbers, Fraction(call.text(1)), top=call.name == "top_percent")
    if call.name == "random_percent":
        draw = call.text(1) if len(call.plain) > 1 else ""
        return people.drawn(contact["contact_id"], Fraction(call.text(0)), draw)
    values = [call.evaluate(argument, call.scope) for argument in call.plain]
    if any(value is None for value in values):
        return None
    if call.name == "distance_km":
        return people.distance_km(*values)
    day = local_day(values[0], call.scope.zone) if hasattr(values[0], "hour") else values[0]
    if call.name == "days_until":
        return (day - world.as_of.day).days
    return anniversary_comes(day, world.as_of.day, str(call.option("within")))
