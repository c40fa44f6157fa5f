"""Sets of values of one field: intervals of numbers, days or texts, with or without the empty value."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

Value = Decimal | int | str
# A place between values, just before (0) or just behind (1) one of them; before all and behind all.
Cut = tuple[int] | tuple[int, Value, int]
START: Cut = (0,)
END: Cut = (2,)
Span = tuple[Cut, Cut]
Spans = tuple[Span, ...]
EVERYTHING: Spans = ((START, END),)


@dataclass(frozen=True)
class Domain:
    """What a field can be: which values, whether they are whole numbers, and whether it can be empty."""

    spans: Spans = EVERYTHING
    whole: bool = False
    nullable: bool = True

    def cut(self, value: Value, *, behind: bool) -> Cut:
        """Return the place before or behind a value; among whole numbers there is one place between two of them."""
        if not self.whole or isinstance(value, str):
            return (1, value, int(behind))
        return (1, math.floor(value) + 1 if behind else math.ceil(value), 0)

    def compared(self, sign: str, value: Value) -> Spans:
        """Return the values for which a comparison is true.

        Parameters
        ----------
        sign : one of = <> < <= > >=.
        value : what is compared with.

        Returns
        -------
        tuple of Span

        Examples
        --------
        >>> Domain(whole=True).compared(">", 2) == Domain(whole=True).compared(">=", 3)
        True
        """
        before, behind = self.cut(value, behind=False), self.cut(value, behind=True)
        spans: dict[str, Spans] = {
            "=": ((before, behind),),
            "<>": ((START, before), (behind, END)),
            "<": ((START, before),),
            "<=": ((START, behind),),
            ">": ((behind, END),),
            ">=": ((before, END),),
        }
        return _not_empty(spans[sign])


def between(low: int, high: int) -> Spans:
    """Return the whole numbers from one to another, both ends included."""
    return (((1, low, 0), (1, high + 1, 0)),)


def meet(one: Spans, other: Spans) -> Spans:
    """Return the values that are in both sets.

    Parameters
    ----------
    one, other : ordered and apart from one another.

    Returns
    -------
    tuple of Span

    Examples
    --------
    >>> domain = Domain()
    >>> meet(domain.compared(">", 5), domain.compared("<", 3))
    ()
    """
    return _not_empty([(max(a, c), min(b, d)) for a, b in one for c, d in other])


def invert(spans: Spans) -> Spans:
    """Return the values that are not in a set.

    Examples
    --------
    >>> invert(Domain().compared(">", 5)) == Domain().compared("<=", 5)
    True
    """
    edges = [START, *(cut for span in spans for cut in span), END]
    return _not_empty([(edges[place], edges[place + 1]) for place in range(0, len(edges), 2)])


def unite(parts: Sequence[Spans]) -> Spans:
    """Return the values that are in any of some sets."""
    ordered = sorted(span for part in parts for span in part)
    found: list[Span] = []
    for low, high in ordered:
        if found and low <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], high)
        else:
            found.append((low, high))
    return tuple(found)


def _not_empty(spans: Sequence[Span]) -> Spans:
    return tuple((low, high) for low, high in spans if low < high)
