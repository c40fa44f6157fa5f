"""One rule for one contact: the tree of its text, walked with the values of that contact."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlglot import exp

from rule_reference import people
from rule_reference.calls import call_function, parsed
from rule_reference.logic import Truth, all_of, any_of, compared, is_like, negated, reckoned
from rule_reference.rows import Row
from rule_reference.scope import Person, Scope, World
from segment_lib.asof import AsOf


def evaluate(
    text: str,
    contact: Row,
    interactions: Sequence[Row],
    *,
    as_of: AsOf,
    everybody: Sequence[Person] = (),
    labels: Sequence[Row] = (),
    segments: Mapping[str, str] | None = None,
) -> Truth:
    """Return what a rule says of one contact: true, false or, where it is unknown, nothing.

    Parameters
    ----------
    text : the rule; anything that docs/rules.md allows but `probably`, which asks a fitted model and no rows.
    contact : its columns; one that is not there is empty.
    interactions : all of its own, also later ones; `occurred_at` with a time zone.
    as_of : the day seen from.
    everybody : contacts known by then with their interactions, for `top_percent` and `bottom_percent`.
    labels : rows of the table of labels, of anybody.
    segments : name to rule, for `in_segment`.

    Returns
    -------
    bool or None

    Examples
    --------
    >>> evaluate("ever('call') or kids > 2", {"contact_id": "a", "kids": 3}, [], as_of=AsOf.of("2026-10-31"))
    True
    """
    world = World(as_of, everybody, labels, segments or {})
    answer: Truth = _value(parsed(text), Scope(world, contact, interactions))
    return answer


def evaluate_everybody(
    rules: Mapping[str, str],
    contacts: Sequence[Row],
    interactions: Sequence[Row],
    *,
    as_of: AsOf,
    labels: Sequence[Row] = (),
    segments: Mapping[str, str] | None = None,
) -> dict[str, dict[str, Truth]]:
    """Return what each rule says of each contact that is known as of the day.

    Parameters
    ----------
    rules : name to text; each may name the others by `in_segment`.
    contacts, interactions : rows of the two tables.
    as_of, labels : as for `evaluate`.
    segments : further rules for `in_segment`.

    Returns
    -------
    dict of str to dict of str to bool or None
        For each rule the answers by `contact_id`, in its order.
    """
    own: dict[str, list[Row]] = {contact["contact_id"]: [] for contact in contacts}
    for row in interactions:
        own.get(row["contact_id"], []).append(row)
    ordered = sorted(contacts, key=lambda contact: str(contact["contact_id"]))
    everybody = [(contact, own[contact["contact_id"]]) for contact in ordered]
    everybody = [person for person in everybody if people.is_known(*person, as_of)]
    named = {**(segments or {}), **rules}
    return {
        name: {
            contact["contact_id"]: evaluate(
                text, contact, done, as_of=as_of, everybody=everybody, labels=labels, segments=named
            )
            for contact, done in everybody
        }
        for name, text in rules.items()
    }


def _value(node: exp.Expr, scope: Scope) -> Any:
    def of(part: exp.Expr) -> Any:
        return _value(part, scope)

    match node:
        case exp.Paren():
            return of(node.this)
        case exp.Column():
            return _column(node.name, scope)
        case exp.Literal():
            return node.name if node.is_string else _number(node)
        case exp.Null():
            return None
        case exp.Boolean():
            return bool(node.this)
        case exp.Neg():
            return reckoned("sub", 0, of(node.this))
        case exp.Add() | exp.Sub() | exp.Mul() | exp.Div():
            return reckoned(node.key, of(node.this), of(node.expression))
        case exp.Count() | exp.Anonymous():
            return call_function(node, scope, _value)
        case _:
            return _truth(node, scope, of)


def _truth(node: exp.Expr, scope: Scope, of: Callable[[exp.Expr], Any]) -> Truth:
    match node:
        case exp.And():
            return all_of(of(part) for part in node.flatten())
        case exp.Or():
            return any_of(of(part) for part in node.flatten())
        case exp.Not():
            return negated(of(node.this))
        case exp.Is():
            # Null, true or false: the one thing that is never unknown.
            return of(node.this) is of(node.expression)
        case exp.In():
            return any_of(compared("eq", of(node.this), of(option), scope.zone) for option in node.expressions)
        case exp.Between():
            value, low, high = of(node.this), of(node.args["low"]), of(node.args["high"])
            return all_of([compared("gte", value, low, scope.zone), compared("lte", value, high, scope.zone)])
        case exp.Like() | exp.ILike():
            answer = is_like(of(node.this), of(node.expression), tell_capitals=isinstance(node, exp.Like))
            return negated(answer) if node.args.get("negate") else answer
        case _:
            return compared(node.key, of(node.this), of(node.expression), scope.zone)


def _number(node: exp.Literal) -> float:
    return int(node.name) if node.name.isdigit() else float(node.name)


def _column(name: str, scope: Scope) -> Any:
    if scope.interactions is not None and name in people.FEATURES:
        return people.feature(name, scope.interactions, scope.world.as_of)
    return scope.row.get(name)
