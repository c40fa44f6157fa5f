"""Checking a workspace before anything runs: every fault of every definition file at once."""

import re
from collections.abc import Callable, Iterator

from segment_lib.errors import InvalidDefinition, NotFound, SegmentLibError, suggest
from segment_lib.goals import GoalsFile
from segment_lib.loading.recipe import load_fields, load_recipe
from segment_lib.segments.segmentation import compile_own_rules, load_segments
from segment_lib.targeting.playbook import load_playbook
from segment_lib.targeting.workflows import load_workflows
from segment_lib.workspace import Workspace

# Clusters are named when they are fitted: C1, C2 and so on, with words behind.
_CLUSTER = re.compile(r"C\d+ ")


def check_definitions(workspace: Workspace) -> None:
    """Check all definition files of a workspace, and that they fit one another.

    Parameters
    ----------
    workspace : whose.

    Raises
    ------
    InvalidDefinition
        One or more have faults; all of them are told.
    """
    faults = [fault for step in (_files, _rules, _names) for fault in step(workspace)]
    if faults:
        raise InvalidDefinition(list(dict.fromkeys(faults)))


def _files(workspace: Workspace) -> Iterator[str]:
    loaders: list[Callable[[Workspace], object]] = [
        load_fields,
        load_recipe,
        lambda one: one.definition("goals", GoalsFile),
        load_segments,
        load_playbook,
        load_workflows,
    ]
    for load in loaders:
        yield from _faults(lambda load=load: load(workspace))  # type: ignore[misc]


def _rules(workspace: Workspace) -> Iterator[str]:
    """Yield the faults of rules; files that do not load have been told already."""
    try:
        views = {f"segments.yml: {view.name}": view.rule for view in load_segments(workspace).smart_views}
        goals = workspace.definition("goals", GoalsFile).goals
    except SegmentLibError:
        return
    targets = {
        f"goals.yml: target profile of {goal.name}": goal.target_profile for goal in goals if goal.target_profile
    }
    yield from _faults(lambda: compile_own_rules(workspace, {**views, **targets}))


def _names(workspace: Workspace) -> Iterator[str]:
    """Yield plays and workflows that name a segment which does not exist."""
    try:
        segments = load_segments(workspace)
        plays, workflows = load_playbook(workspace).plays, load_workflows(workspace).workflows
    except SegmentLibError:
        return
    names = [view.name for view in segments.smart_views]
    if segments.rfm:
        names += [*(group.name for group in segments.rfm.named_groups), segments.rfm.never_bought]
    asked = [(f"playbook.yml: the play `{play.name}`", play.segment) for play in plays]
    asked += [
        (f"workflows.yml: the workflow `{workflow.name}`", workflow.trigger.entering)
        for workflow in workflows
        if workflow.trigger.entering is not None
    ]
    for what, name in asked:
        if name not in names and not (segments.clusters and _CLUSTER.match(name)):
            yield f"{what} must name a segment, got `{name}`.{suggest(name, names)}"


def _faults(load: Callable[[], object]) -> Iterator[str]:
    try:
        load()
    except InvalidDefinition as invalid:
        yield from invalid.faults
    except NotFound as missing:
        yield str(missing)
