"""Chosen starter segments are written into a workspace's segments.yml."""

from collections.abc import Sequence
from pathlib import Path

from segment_lib.errors import InvalidDefinition, InvalidOption
from segment_lib.segments.starters.aims import read_goal
from segment_lib.segments.starters.library import find_starter
from segment_lib.segments.writing import write_smart_views
from segment_lib.workspace import Workspace


def write_segments(workspace: Workspace, names: Sequence[str], *, goal: str = "") -> Path:
    """Put starter segments behind the smart views of segments.yml, where they may be changed like any other.

    Parameters
    ----------
    workspace : whose definitions.
    names : of the starters.
    goal : the goal of goals.yml that they serve, which is written beside them; an objective is not.

    Returns
    -------
    Path
        The file. All that stood there stays, comments and order included.

    Raises
    ------
    NotFound
        There is no starter, or no goal, of that name; nothing is changed then.
    InvalidOption
        No names are given, or a text in place of a list.
    InvalidDefinition
        The file has faults, a segment of that name is there, or a rule names a field that there is not: nothing is
        changed then.
    """
    if isinstance(names, str) or not names:
        raise InvalidOption(f"`names` must be a list of starter segments such as ['Win back'], got {names!r}.")
    aim, _ = read_goal(workspace, goal)
    chosen = {starter.name: starter for starter in map(find_starter, names)}
    views = [starter.as_view(goal=aim.name if aim else "") for starter in chosen.values()]
    try:
        return write_smart_views(workspace, views)
    except InvalidDefinition as error:
        told = [fault.replace(", or say `replace=True`", " to that one, or change it there") for fault in error.faults]
        raise InvalidDefinition(told) from None
