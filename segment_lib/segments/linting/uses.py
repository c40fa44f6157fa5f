"""Who uses a segment: goals, plays, workflows, labels, and other segments."""

from collections.abc import Iterator

from pydantic import BaseModel

from segment_lib.features.rules.order import asked_for
from segment_lib.goals import GoalsFile
from segment_lib.segments.definitions import SegmentsFile
from segment_lib.segments.linting.findings import Finding
from segment_lib.workspace import Workspace


class _Play(BaseModel):
    segment: str


class _Plays(BaseModel):
    plays: list[_Play] = []


class _Trigger(BaseModel):
    entering: str | None = None


class _Workflow(BaseModel):
    trigger: _Trigger


class _Workflows(BaseModel):
    workflows: list[_Workflow] = []


class _Label(BaseModel):
    rule: str | None = None


class _Labels(BaseModel):
    labels: list[_Label] = []


def find_unused(workspace: Workspace, definitions: SegmentsFile) -> Iterator[Finding]:
    """Find smart views that nothing is made of, and goals that do not exist.

    Parameters
    ----------
    workspace : whose goals, plays, workflows and labels.
    definitions : of segments.yml.

    Yields
    ------
    Finding
    """
    goals = workspace.definition("goals", GoalsFile).goals if workspace.has_definition("goals") else []
    names = {goal.name for goal in goals}
    views = {view.name: view for view in definitions.smart_views}
    used = {view.name for view in views.values() if view.goal in names} | _named(workspace)
    used |= {name for goal in goals for name in asked_for(goal.target_profile or "true")}
    used |= {name for group in definitions.groups for name in (*group.segments, group.within)}
    needs = {view.name: asked_for(view.whole_rule) for view in views.values()}
    waiting = list(used)
    while waiting:
        fresh = set(needs.get(waiting.pop(), [])) - used
        used |= fresh
        waiting += fresh
    for view in views.values():
        if view.goal and view.goal not in names:
            sentence = f"its goal `{view.goal}` is not in goals.yml."
            yield Finding(view.name, "unknown goal", "warning", sentence, "Correct the goal's name, or add the goal.")
        if view.name not in used:
            sentence = "no goal, play, workflow, label or other segment uses it."
            yield Finding(view.name, "unused", "note", sentence, "Give it a `goal`, use it in a play, or remove it.")


def _named(workspace: Workspace) -> set[str]:
    """Return the segments that plays, workflows and labels name, read leniently: their faults are told elsewhere."""
    found = set()
    if workspace.has_definition("playbook"):
        found |= {play.segment for play in workspace.definition("playbook", _Plays).plays}
    if workspace.has_definition("workflows"):
        workflows = workspace.definition("workflows", _Workflows).workflows
        found |= {workflow.trigger.entering for workflow in workflows if workflow.trigger.entering is not None}
    if workspace.has_definition("labels"):
        rules = [label.rule for label in workspace.definition("labels", _Labels).labels if label.rule]
        found |= {name for rule in rules for name in asked_for(rule)}
    return found
