"""Refinement: outcomes become better groups - summary, profile, performance, movement, experiments."""

from segment_lib.refinement.experiments import lift_horizon, lift_interval, measure_lift
from segment_lib.refinement.movement import day_to_compare, measure_flows, measure_movement
from segment_lib.refinement.performance import judge, measure_performance, wilson_interval
from segment_lib.refinement.profile import profile_segments
from segment_lib.refinement.readiness import assess_goals, measure_coverage, measure_target, out_of_reach
from segment_lib.refinement.summary import (
    check_knock_outs,
    measure_overlap,
    summarise_contacts,
    summarise_segments,
)

__all__ = [
    "assess_goals",
    "check_knock_outs",
    "day_to_compare",
    "judge",
    "lift_horizon",
    "lift_interval",
    "measure_coverage",
    "measure_flows",
    "measure_lift",
    "measure_movement",
    "measure_overlap",
    "measure_performance",
    "measure_target",
    "out_of_reach",
    "profile_segments",
    "summarise_contacts",
    "summarise_segments",
    "wilson_interval",
]
