"""Edges of RFM scores: cut points as a reader writes them, rounded as far as that moves nobody."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from math import ceil, floor

from segment_lib.segments.rfm.cut_points import SCORED, Bound, RfmCutPoints

WHOLE = ("recency", "frequency")


@dataclass(frozen=True)
class Axis:
    """One measure with its edges: where the next higher class of values begins.

    Parameters
    ----------
    column : such as `recency_days`.
    edges : ascending and different; class k lies beyond k of them.
    bound : whether a value is beyond an edge only `above` it, or `from` it on.
    scores : of each class, in the order of the values.
    whole : whether values are whole numbers.
    has_empty : whether values may be missing, which count as 0.
    """

    column: str
    edges: tuple[Decimal, ...]
    bound: Bound
    scores: tuple[int, ...]
    whole: bool
    has_empty: bool

    def say(self, first: int, last: int) -> str:
        """Say in the rule language that a value lies in classes `first` to `last`; nothing where that is all of them.

        Examples
        --------
        >>> axis = Axis("purchases", (Decimal(1), Decimal(4)), "above", (1, 2, 3), True, False)
        >>> axis.say(0, 0), axis.say(1, 1), axis.say(1, 2), axis.say(0, 2)
        ('purchases <= 1', 'purchases between 2 and 4', 'purchases >= 2', '')
        """
        low = self.edges[first - 1] if first else None
        high = self.edges[last] if last < len(self.edges) else None
        text = self._say_whole(low, high) if self.whole else self._say_broken(low, high)
        empty_is_in = (low is None or self._is_beyond(low)) and (high is None or not self._is_beyond(high))
        if text and self.has_empty and empty_is_in:
            return f"({text} or {self.column} is null)"
        return text

    def _is_beyond(self, edge: Decimal) -> bool:
        """Tell whether 0, which stands for what is missing, is beyond an edge."""
        return edge < 0 or (edge == 0 and self.bound == "from")

    def _say_whole(self, low: Decimal | None, high: Decimal | None) -> str:
        # A whole number is above 4 from 5 on.
        least, most = low if low is None else low + 1, high
        if self.bound == "from":
            least, most = low, high if high is None else high - 1
        if least is None or most is None:
            return self._one_sided(least, ">=", most, "<=")
        return f"{self.column} = {least:f}" if least == most else f"{self.column} between {least:f} and {most:f}"

    def _say_broken(self, low: Decimal | None, high: Decimal | None) -> str:
        above, below = (">", "<=") if self.bound == "above" else (">=", "<")
        return self._one_sided(low, above, high, below)

    def _one_sided(self, low: Decimal | None, above: str, high: Decimal | None, below: str) -> str:
        sides = [(low, above), (high, below)]
        return " and ".join(f"{self.column} {sign} {edge:f}" for edge, sign in sides if edge is not None)


def read_axis(
    cut_points: RfmCutPoints, name: str, *, values: Sequence[float] | None = None, has_empty: bool = False
) -> Axis:
    """Return the edges of one measure; scores that no value can have are left out.

    Parameters
    ----------
    cut_points : from `fit_rfm_cut_points`.
    name : recency, frequency or monetary.
    values : those of the customers, ascending; amounts are then rounded as far as no customer changes sides. Without
        it, days and orders are taken for whole numbers, and amounts are left as they are.
    has_empty : whether values may be missing.

    Returns
    -------
    Axis
    """
    bound = cut_points.bound
    whole = name in WHOLE and (values is None or all(value == floor(value) for value in values))
    cuts: tuple[float, ...] = getattr(cut_points, name)
    written = [_whole_edge(cut, bound) if whole else _short_edge(cut, bound, values) for cut in cuts]
    # Of equal edges the last counts: between them there is nothing.
    last = [place for place, edge in enumerate(written) if place + 1 == len(written) or written[place + 1] > edge]
    counts = [0, *(place + 1 for place in last)]
    scores = tuple(cut_points.bins - count if name == "recency" else count + 1 for count in counts)
    return Axis(SCORED[name], tuple(written[place] for place in last), bound, scores, whole, has_empty)


def _whole_edge(cut: float, bound: Bound) -> Decimal:
    return Decimal(floor(cut) if bound == "above" else ceil(cut))


def _short_edge(cut: float, bound: Bound, values: Sequence[float] | None) -> Decimal:
    """Return a cut point with as few digits as leave every value on its side."""
    exact = Decimal(repr(cut)).normalize()
    if values is None:
        return exact
    place = bisect_right(values, cut) if bound == "above" else bisect_left(values, cut)
    below = values[place - 1] if place else None
    beyond = values[place] if place < len(values) else None
    for digits in range(max(0, -int(exact.as_tuple().exponent))):
        for rounding in (ROUND_HALF_EVEN, ROUND_FLOOR, ROUND_CEILING):
            short = exact.quantize(Decimal(1).scaleb(-digits), rounding=rounding)
            if _parts(float(short), below, beyond, bound):
                return short
    return exact


def _parts(edge: float, below: float | None, beyond: float | None, bound: Bound) -> bool:
    if bound == "above":
        return (below is None or below <= edge) and (beyond is None or edge < beyond)
    return (below is None or below < edge) and (beyond is None or edge <= beyond)
