"""Flows between two days, laid out: which groups stand at the left and right, and which bands join them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from segment_lib.show.rows import read_rows
from segment_lib.show.words import as_float, count_words, format_count, format_share

FLOWS = ("from_segment", "to_segment", "contacts")
OUTSIDE = ("(not there yet)", "(gone)")


@dataclass(frozen=True)
class Band:
    """Contacts who went from one group to another, or stayed; heights are in contacts, from the top.

    Parameters
    ----------
    origin, destination : names of the groups.
    contacts : how many.
    origin_top, destination_top : where the band begins at the left and at the right.
    """

    origin: str
    destination: str
    contacts: float
    origin_top: float
    destination_top: float

    @property
    def stays(self) -> bool:
        """Whether nobody moved."""
        return self.origin == self.destination


@dataclass(frozen=True)
class FlowPlan:
    """Where groups and bands lie.

    Parameters
    ----------
    before, now : name to top and size of every group at the left and at the right.
    bands : those that stayed, and the moves large enough to draw.
    small_moves, small_contacts : how many moves are left out, and how many contacts made them.
    extent : height of everything, in contacts.
    """

    before: dict[str, tuple[float, float]]
    now: dict[str, tuple[float, float]]
    bands: tuple[Band, ...]
    small_moves: int
    small_contacts: float
    extent: float


def sum_flows(flows: pd.DataFrame) -> dict[tuple[str, str], float]:
    """Add up the contacts of every pair of groups.

    Parameters
    ----------
    flows : from_segment, to_segment, contacts.

    Returns
    -------
    dict
        From (before, now) to contacts; pairs without contacts are left out.

    Raises
    ------
    MissingColumns
        A column is absent.
    """
    totals: dict[tuple[str, str], float] = defaultdict(float)
    for row in read_rows(flows, FLOWS, table="flows"):
        count = as_float(row["contacts"])
        if count > 0:
            totals[str(row["from_segment"]), str(row["to_segment"])] += count
    return dict(totals)


def biggest_move(totals: dict[tuple[str, str], float]) -> tuple[str, str, float] | None:
    """Return the biggest move between two groups; of newcomers only where nobody else moved.

    Parameters
    ----------
    totals : from `sum_flows`.

    Returns
    -------
    tuple of before, now and contacts, or None

    Examples
    --------
    >>> biggest_move({("Loyal", "Loyal"): 90, ("Loyal", "At risk"): 12, ("(not there yet)", "New"): 40})
    ('Loyal', 'At risk', 12)
    """
    moves = [(before, now, count) for (before, now), count in totals.items() if before != now]
    inner = [move for move in moves if not {move[0], move[1]} & set(OUTSIDE)]
    return max(inner or moves, key=lambda move: move[2], default=None)


def title_flows(totals: dict[tuple[str, str], float]) -> str:
    """Say which move was the biggest.

    Parameters
    ----------
    totals : from `sum_flows`.

    Returns
    -------
    str

    Examples
    --------
    >>> title_flows({("Loyal", "At risk"): 12, ("Loyal", "Loyal"): 36})
    'The biggest move: 12 contacts from Loyal to At risk, 25% of Loyal'
    """
    move = biggest_move(totals)
    if move is None:
        return "Nobody moved to another group"
    before, now, count = move
    if before in OUTSIDE:
        return f"Only newcomers moved: {count_words(count, 'contacts')} into {now}"
    base = sum(size for (origin, _), size in totals.items() if origin == before)
    who = count_words(count, "contacts")
    return f"The biggest move: {who} from {before} to {now}, {format_share(count / base)} of {before}"


def plan_flows(
    totals: dict[tuple[str, str], float], order: Sequence[str], *, most: int = 12, least_height: float = 0.04
) -> FlowPlan:
    """Lay groups out from top to bottom, and the bands between them.

    Parameters
    ----------
    totals : from `sum_flows`.
    order : every group, from top to bottom.
    most : moves to draw; the others are counted.
    least_height : height of a slot at least, as a share of all contacts, so that names do not overlap.

    Returns
    -------
    FlowPlan
    """
    whole = sum(totals.values())
    slots = {
        side: {name: sum(count for pair, count in totals.items() if pair[side] == name) for name in order}
        for side in (0, 1)
    }
    sides = [
        _stack({name: size for name, size in slots[side].items() if size}, least_height * whole) for side in (0, 1)
    ]
    extent = max(top + size for side in sides for top, size in side.values())
    moves = sorted((pair for pair in totals if pair[0] != pair[1]), key=lambda pair: -totals[pair])
    # A band thinner than a hair tells nothing, and there can be a hundred of them.
    drawn = {pair for pair in moves[:most] if totals[pair] >= 0.002 * whole} | {
        pair for pair in totals if pair[0] == pair[1]
    }
    place = {name: rank for rank, name in enumerate(order)}
    used: list[dict[str, float]] = [defaultdict(float), defaultdict(float)]
    tops: dict[tuple[str, str], list[float]] = {pair: [0.0, 0.0] for pair in drawn}
    for side in (0, 1):
        for pair in sorted(drawn, key=lambda pair, side=side: (place[pair[side]], place[pair[1 - side]])):  # type: ignore[misc]
            tops[pair][side] = sides[side][pair[side]][0] + used[side][pair[side]]
            used[side][pair[side]] += totals[pair]
    bands = tuple(Band(*pair, totals[pair], *tops[pair]) for pair in sorted(drawn, key=lambda pair: -totals[pair]))
    small = [pair for pair in moves if pair not in drawn]
    return FlowPlan(sides[0], sides[1], bands, len(small), sum(totals[pair] for pair in small), extent)


def _stack(sizes: dict[str, float], least: float) -> dict[str, tuple[float, float]]:
    """Return top and size of every group, each in the middle of a slot of at least a certain height."""
    gap = least * 0.3
    placed, depth = {}, 0.0
    for name, size in sizes.items():
        slot = max(size, least)
        placed[name] = (depth + (slot - size) / 2, size)
        depth += slot + gap
    return placed


def spread_apart(heights: Sequence[float], gap: float) -> list[float]:
    """Move heights apart so that texts written there do not overlap; their order stays.

    Parameters
    ----------
    heights : where the texts would be.
    gap : between two of them at least.

    Returns
    -------
    list of float

    Examples
    --------
    >>> spread_apart([1.0, 1.0, 5.0], 2.0)
    [0.0, 2.0, 5.0]
    """
    order = sorted(range(len(heights)), key=lambda place: heights[place])
    blocks: list[tuple[float, int]] = []  # middle and number of the heights that have to stand together
    for place in order:
        middle, count = heights[place], 1
        while blocks and middle - gap * (count - 1) / 2 < blocks[-1][0] + gap * (blocks[-1][1] - 1) / 2 + gap:
            earlier, size = blocks.pop()
            middle, count = (earlier * size + middle * count) / (size + count), size + count
        blocks.append((middle, count))
    moved = [middle + gap * (rank - (count - 1) / 2) for middle, count in blocks for rank in range(count)]
    result = [0.0] * len(heights)
    for place, height in zip(order, moved, strict=True):
        result[place] = height
    return result


def describe_movement(flows: pd.DataFrame) -> str:
    """Say in words what `plot_movement` shows.

    Parameters
    ----------
    flows : from_segment, to_segment, contacts.

    Returns
    -------
    str
    """
    totals = sum_flows(flows)
    if not totals:
        return "Movement between groups: there is no earlier day to compare with."
    stayed = sum(count for (before, now), count in totals.items() if before == now)
    moves = sorted(((count, *pair) for pair, count in totals.items() if pair[0] != pair[1]), reverse=True)
    parts = [f"{format_count(count)} from {before} to {now}" for count, before, now in moves[:5]]
    rest = f" Largest moves: {'; '.join(parts)}." if parts else ""
    return (
        f"{title_flows(totals)}. {format_count(stayed)} of {count_words(sum(totals.values()), 'contacts')} "
        f"stayed where they were.{rest}"
    )
