"""What starter segments are looked for: a goal of the workspace, or an objective."""

from typing import get_args

from segment_lib.errors import NotFound, list_names, suggest
from segment_lib.goals import Goal, GoalsFile, Objective
from segment_lib.workspace import Workspace


def read_goal(workspace: Workspace, goal: str | None) -> tuple[Goal | None, Objective | None]:
    """Return the goal that is meant, and the objective behind it.

    Parameters
    ----------
    workspace : whose goals.yml.
    goal : the name of a goal, or an objective; capitals do not matter.

    Returns
    -------
    tuple of Goal and str
        No goal where an objective is meant; neither where nothing is.

    Raises
    ------
    NotFound
        There is no goal and no objective of that name.
    """
    if not goal:
        return None, None
    goals = workspace.definition("goals", GoalsFile).goals if workspace.has_definition("goals") else []
    for one in goals:
        if one.name.casefold() == goal.casefold():
            return one, one.objective
    for objective in get_args(Objective):
        if objective == goal.casefold():
            return None, objective
    names = [*(one.name for one in goals), *get_args(Objective)]
    known = f"Goals and objectives: {list_names(names, most=12)}.{suggest(goal, names)}"
    raise NotFound(f"can't find a goal called {goal!r}. {known}")
