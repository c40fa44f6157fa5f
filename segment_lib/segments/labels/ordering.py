"""The order of labels' rules: a label is settled before those that ask for it."""

from collections.abc import Mapping, Sequence

from segment_lib.errors import InvalidDefinition
from segment_lib.features.rules import CompiledRule
from segment_lib.segments.labels.definitions import LabelsFile
from segment_lib.segments.own import compile_own_rules
from segment_lib.workspace import Workspace

_FILE = "labels.yml"


def compile_label_rules(workspace: Workspace, definitions: LabelsFile) -> dict[str, CompiledRule]:
    """Compile the rules of labels with the workspace's fields, features and segments.

    Parameters
    ----------
    workspace : whose.
    definitions : its labels.yml.

    Returns
    -------
    dict of str to CompiledRule
        By the label's name.

    Raises
    ------
    InvalidDefinition
        One or more rules have faults, or labels ask for one another in a circle; all are named.
    """
    # Not by the label's name: a smart view may be called so too, and would give way to it.
    rules = {f"{_FILE}: {name}": rule for name, rule in definitions.rules.items()}
    places = dict(zip((label.name for label in definitions.labels), workspace.places("labels", "labels"), strict=False))
    called = {f"{_FILE}: {name}": f"{places[name]}: {name}" for name in definitions.rules if name in places}
    compiled = dict(zip(definitions.rules, compile_own_rules(workspace, rules, called=called).values(), strict=True))
    order_labels({name: rule.labels for name, rule in compiled.items()})
    return compiled


def order_labels(asked: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Return labels in steps: each asks only for those of earlier steps, or for labels that have no rule.

    Parameters
    ----------
    asked : label to the labels that its rule asks for.

    Returns
    -------
    list of list of str
        In each step the order is that of `asked`.

    Raises
    ------
    InvalidDefinition
        Labels ask for one another in a circle; each circle is named.

    Examples
    --------
    >>> order_labels({"Friend": ["Client", "Blogger"], "Client": []})
    [['Client'], ['Friend']]
    """
    waiting = dict(asked)
    steps: list[list[str]] = []
    while waiting:
        ready = [name for name, others in waiting.items() if not set(others) & waiting.keys()]
        if not ready:
            raise InvalidDefinition([f"labels.yml: {_told(circle)}" for circle in _circles(waiting)])
        steps.append(ready)
        waiting = {name: others for name, others in waiting.items() if name not in ready}
    return steps


def _told(circle: Sequence[str]) -> str:
    if len(circle) == 1:
        return f"the rule of `{circle[0]}` must not ask for the label itself, also not through a segment."
    return f"rules of labels must not ask for one another in a circle, got {' -> '.join([*circle, circle[0]])}."


def _circles(waiting: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Return circles that hold others up, none of which shares a label with another."""
    found: list[list[str]] = []
    seen: set[str] = set()
    for start in waiting:
        path: list[str] = []
        name = start
        while name not in path and name not in seen:
            path.append(name)
            name = next(other for other in waiting[name] if other in waiting)
        if name in path:
            found.append(path[path.index(name) :])
        seen |= set(path)
    return found
