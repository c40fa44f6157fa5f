"""RFM: customers scored by recency, frequency and money, and groups with names."""

from segment_lib.segments.rfm.cut_points import CutPointRule, RfmCutPoints, fit_rfm_cut_points
from segment_lib.segments.rfm.groups import RfmGroup, uncovered_codes
from segment_lib.segments.rfm.lint import RfmLint, lint_rfm_groups
from segment_lib.segments.rfm.scoring import score_rfm, summarise_rfm
from segment_lib.segments.rfm.tables import RfmTable, default_groups, rfm_table

__all__ = [
    "CutPointRule",
    "RfmCutPoints",
    "RfmGroup",
    "RfmLint",
    "RfmTable",
    "default_groups",
    "fit_rfm_cut_points",
    "lint_rfm_groups",
    "rfm_table",
    "score_rfm",
    "summarise_rfm",
    "uncovered_codes",
]
