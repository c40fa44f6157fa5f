"""Targeting: groups become action - plays, audiences, workflows."""

from segment_lib.targeting.audiences import (
    Audience,
    build_audience,
    build_audiences,
    funnel_table,
    in_holdout,
    neutralise,
    write_audiences,
)
from segment_lib.targeting.playbook import Play, load_playbook
from segment_lib.targeting.workflows import (
    Workflow,
    WorkflowReport,
    find_occasions,
    load_workflows,
    run_workflows,
)

__all__ = [
    "Audience",
    "Play",
    "Workflow",
    "WorkflowReport",
    "build_audience",
    "build_audiences",
    "find_occasions",
    "funnel_table",
    "in_holdout",
    "load_playbook",
    "load_workflows",
    "neutralise",
    "run_workflows",
    "write_audiences",
]
