"""When an answer changes by time alone."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from segment_lib.segments.explaining.parts import Part
from segment_lib.segments.explaining.timeline import Timeline, horizon

_CHUNKS = (15, 60, 250)


@dataclass(frozen=True)
class Standing:
    """How a part of a rule stands, in numbers of `parts`, and the first later day on which it stands otherwise."""

    truth: int
    flips_on: date | None = None
    becomes: int | None = None


def find_flips(timeline: Timeline, tree: Part, *, last: date | None = None) -> list[Standing]:
    """Return how every part of a rule stands, and when it stands otherwise if nothing more happens.

    Parameters
    ----------
    timeline : of a contact, with the conditions of the tree as rules.
    tree : the rule.
    last : the last day to look at; three years on where not given.

    Returns
    -------
    list of Standing
        For each part, in the order of `Part.walk`.

    Notes
    -----
    Exact: every day on which something may change is looked at, in order, until all parts have changed.
    """
    parts = list(tree.walk())
    answers = timeline.answers([timeline.person.as_of.day])
    starts = [int(part.truths(answers)[0]) for part in parts]
    found: list[Standing | None] = [None] * len(parts)
    days = timeline.days_to_look_at(last or horizon(timeline.person.as_of))
    for chunk in _in_chunks(days):
        if None not in found:
            break
        answers = timeline.answers(chunk)
        for place, part in enumerate(parts):
            if found[place] is None:
                truths = part.truths(answers)
                changed = np.flatnonzero(truths != starts[place])
                if changed.size:
                    found[place] = Standing(starts[place], chunk[changed[0]], int(truths[changed[0]]))
    return [one or Standing(start) for one, start in zip(found, starts, strict=True)]


def _in_chunks(days: list[date]) -> list[list[date]]:
    """Few days first, as most answers change soon or never."""
    chunks, place = [], 0
    for size in (*_CHUNKS, len(days)):
        if days[place : place + size]:
            chunks.append(days[place : place + size])
        place += size
    return chunks
