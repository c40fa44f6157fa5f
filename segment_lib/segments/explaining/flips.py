"""When an answer changes by time alone."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from segment_lib.segments.explaining.parts import Part
from segment_lib.segments.explaining.timeline import Timeline, horizon

# A query holds so many days on which something leaves a window, at most.
_MOST_TURNS = 40


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
    last = last or horizon(timeline.person.as_of)
    for chunk in _in_chunks(timeline.days_to_look_at(last), set(timeline.turning_days(last))):
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


def _in_chunks(days: list[date], turns: set[date]) -> list[list[date]]:
    """Split days where enough of them are turns, each of which costs a part of a query."""
    chunks: list[list[date]] = [[]]
    n_turns = 0
    for day in days:
        n_turns += day in turns
        if n_turns > _MOST_TURNS:
            chunks.append([])
            n_turns = 1
        chunks[-1].append(day)
    return chunks if days else []
