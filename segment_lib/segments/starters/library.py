"""The library of ready-made smart views, read from starters.yml."""

from functools import cache
from importlib.resources import as_file, files

from pydantic import Field

from segment_lib.definitions import Definition, load_definition
from segment_lib.errors import NotFound, list_names, suggest
from segment_lib.goals import Objective
from segment_lib.segments.definitions import SmartView


class Starter(Definition):
    """A ready-made smart view.

    Parameters
    ----------
    name : what it is called.
    objectives : what it helps with, the one that it serves most first.
    why : one sentence on what it tells and what one does with it.
    rule : who is in it, in the one canonical layout.
    """

    name: str = Field(min_length=1, max_length=60)
    objectives: list[Objective] = Field(min_length=1)
    why: str = Field(min_length=1)
    rule: str = Field(min_length=1)

    def as_view(self, *, goal: str = "") -> SmartView:
        """Return it as a smart view of segments.yml, for a goal of goals.yml where one is given."""
        return SmartView(name=self.name, description=self.why, goal=goal, rule=self.rule)


class _StartersFile(Definition):
    starters: list[Starter]


@cache
def load_starters() -> tuple[Starter, ...]:
    """Return all ready-made smart views, by the objective that each serves most.

    Returns
    -------
    tuple of Starter

    Examples
    --------
    >>> print(find_starter("Win back").rule)
    purchases >= 3 and recency_days between 181 and 730
    """
    with as_file(files("segment_lib.segments.starters") / "starters.yml") as path:
        return tuple(load_definition(path, _StartersFile).starters)


def find_starter(name: str) -> Starter:
    """Return a ready-made smart view by its name; capitals do not matter.

    Parameters
    ----------
    name : such as `Win back`.

    Returns
    -------
    Starter

    Raises
    ------
    NotFound
        There is none of that name; the message suggests the nearest.
    """
    known = {starter.name.casefold(): starter for starter in load_starters()}
    if name.casefold() not in known:
        names = [starter.name for starter in known.values()]
        raise NotFound(
            f"can't find a starter segment called {name!r}. Starters: {list_names(names)}.{suggest(name, names)}"
        )
    return known[name.casefold()]
