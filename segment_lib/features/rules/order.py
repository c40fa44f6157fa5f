"""The order in which rules that ask for one another are settled."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlglot import exp

from segment_lib.errors import InvalidRule
from segment_lib.features.rules.compiling import CALLS
from segment_lib.sql import parse_expression


@dataclass(frozen=True)
class Order:
    """Names so that each stands behind those that it needs, and the circles, each from a name back to it.

    `settled` are the names that need no circle; `names` has the others behind them.
    """

    settled: list[str]
    names: list[str]
    circles: list[list[str]]

    @property
    def in_circles(self) -> set[str]:
        """The names that are part of a circle."""
        return {name for circle in self.circles for name in circle}


def put_in_order(rules: Mapping[str, str]) -> Order:
    """Return the order in which rules can be compiled that ask for one another by `in_segment`.

    Parameters
    ----------
    rules : name to text; one that does not parse is told where it is compiled.

    Returns
    -------
    Order

    Examples
    --------
    >>> put_in_order({"Big": "in_segment('Buyers') and total_spend > 9", "Buyers": "purchases > 0"}).names
    ['Buyers', 'Big']
    >>> put_in_order({"A": "in_segment('B')", "B": "not in_segment('A')"}).circles
    [['A', 'B', 'A']]
    """
    return order_by_needs({name: asked_for(text) for name, text in rules.items()})


def order_by_needs(needs: Mapping[str, Collection[str]]) -> Order:
    """Return names so that each stands behind those that it needs.

    Parameters
    ----------
    needs : name to the names it needs; those that are not among the keys are passed over.

    Returns
    -------
    Order
        Those in a circle come last.
    """
    left = {name: [need for need in found if need in needs] for name, found in needs.items()}
    names: list[str] = []
    while ready := [name for name, found in left.items() if not any(need in left for need in found)]:
        names += ready
        left = {name: found for name, found in left.items() if name not in ready}
    return Order(names, [*names, *left], _circles(left))


def asked_for(text: str) -> list[str]:
    """Return the segments that a rule names, or none where it does not parse."""
    try:
        tree = parse_expression(text, functions=CALLS)
    except InvalidRule:
        return []
    calls = [node for node in tree.find_all(exp.Anonymous) if node.name.lower() == "in_segment" and node.expressions]
    return list(dict.fromkeys(call.expressions[0].name for call in calls))


def _circles(left: Mapping[str, Collection[str]]) -> list[list[str]]:
    """Follow the needs of each until a name comes again."""
    circles: list[list[str]] = []
    told: set[str] = set()
    for start in left:
        path, name = [start], start
        while name not in told:
            following = next((need for need in left[name] if need in left), None)
            if following is None:
                break
            if following in path:
                circles.append([*path[path.index(following) :], following])
                told |= set(path)
                break
            path.append(following)
            name = following
        told |= set(path)
    return circles
