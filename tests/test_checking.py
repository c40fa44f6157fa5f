"""Faults that are told before anything runs, all of them at once."""

from collections.abc import Callable

import pytest

from segment_lib import Workspace
from segment_lib.errors import InvalidDefinition
from segment_lib.runner.checking import check_definitions

GOALS = {
    "goals": [
        {
            "name": "Sell more",
            "objective": "sell more",
            "question": "Who comes back?",
            "criteria": ["behavioural"],
            "kpis": [{"name": "Bought", "measure": "conversion", "horizon_days": 30}],
        }
    ]
}
FAULTS = {
    "a play for nobody": (
        {"playbook": {"plays": [{"name": "Hi", "segment": "Bgi", "message": "Hi", "channel": "email"}]}},
        "the play `Hi` must name a segment, got `Bgi`. Did you mean `Big`?",
    ),
    "a workflow on a field that is none": (
        {"workflows": {"workflows": [{"name": "W", "trigger": {"date": "birthdate"}, "actions": [{"task": "call"}]}]}},
        "must name a date field, got `birthdate`. Did you mean `birth_date`?",
    ),
    "clusters on a text": (
        {"segments": {"clusters": {"features": ["country", "purchases"]}}},
        "clusters must be made on numbers, got `country`.",
    ),
    "a field called like a feature": (
        {"fields": {"fields": [{"name": "recency_days", "type": "number", "family": "behavioural"}]}},
        "`recency_days` is the name of a feature; choose another.",
    ),
    "a file that nobody reads": ({"playbooks": {"plays": []}}, "playbooks.yml is not read. Files: "),
    "a target profile that is no rule": (
        {"goals": {"goals": [{**GOALS["goals"][0], "target_profile": "contry = 'ES'"}]}},
        "can't find a column `contry`. Did you mean `country`?",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_told_before_anything_runs(fault: str, tiny_workspace: Callable[..., Workspace]) -> None:
    definitions, message = FAULTS[fault]
    views = {"smart_views": [{"name": "Big", "rule": "total_spend > 100"}]}
    workspace = tiny_workspace(**{"import": {"sources": []}, "goals": GOALS, "segments": views, **definitions})
    with pytest.raises(InvalidDefinition) as told:
        check_definitions(workspace)
    assert message in str(told.value)
    assert len(told.value.faults) == 1


def test_faults_of_several_files_are_told_at_once(tiny_workspace: Callable[..., Workspace]) -> None:
    workspace = tiny_workspace(**{"import": {"surces": []}, "goals": {"goals": []}, "playbook": {"plas": []}})
    with pytest.raises(InvalidDefinition, match="Did you mean `sources`") as told:
        check_definitions(workspace)
    assert {fault.split(":")[0] for fault in told.value.faults} == {"import.yml", "goals.yml", "playbook.yml"}
