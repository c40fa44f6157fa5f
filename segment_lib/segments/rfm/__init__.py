"""RFM: customers scored by recency, frequency and money, and groups with names."""

from segment_lib.segments.rfm.cut_points import CutPointRule, RfmCutPoints, fit_rfm_cut_points
from segment_lib.segments.rfm.economics import summarise_rfm_groups
from segment_lib.segments.rfm.group_rules import group_rules
from segment_lib.segments.rfm.groups import RfmGroup, uncovered_codes
from segment_lib.segments.rfm.lint import RfmLint, lint_rfm_groups
from segment_lib.segments.rfm.movement import measure_rfm_flows, summarise_rfm_flows
from segment_lib.segments.rfm.scoring import score_rfm, summarise_rfm
from segment_lib.segments.rfm.tables import RfmTable, default_groups, rfm_table
from segment_lib.segments.rfm.thresholds import measure_rfm_scores

__all__ = [
    "CutPointRule",
    "RfmCutPoints",
    "RfmGroup",
    "RfmLint",
    "RfmTable",
    "default_groups",
    "fit_rfm_cut_points",
    "group_rules",
    "lint_rfm_groups",
    "measure_rfm_flows",
    "measure_rfm_scores",
    "rfm_table",
    "score_rfm",
    "summarise_rfm",
    "summarise_rfm_flows",
    "summarise_rfm_groups",
    "uncovered_codes",
]
