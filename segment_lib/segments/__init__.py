"""Segments: features become groups of contacts - smart views, RFM groups, clusters."""

from segment_lib.features.rules import CompiledRule, compile_rule
from segment_lib.segments.answers import answer_views
from segment_lib.segments.clusters import ClusterModel, fit_clusters
from segment_lib.segments.lifetime import LifetimeFit, LifetimeStudy, predict_for, study_lifetime
from segment_lib.segments.own import load_segments
from segment_lib.segments.results import Models, Segment, Segmentation
from segment_lib.segments.rfm import (
    CutPointRule,
    RfmCutPoints,
    RfmGroup,
    RfmLint,
    RfmTable,
    default_groups,
    fit_rfm_cut_points,
    group_rules,
    lint_rfm_groups,
    measure_rfm_flows,
    measure_rfm_scores,
    rfm_table,
    score_rfm,
    summarise_rfm,
    summarise_rfm_flows,
    summarise_rfm_groups,
    uncovered_codes,
)
from segment_lib.segments.segmentation import save_segmentation, segment_contacts
from segment_lib.segments.views import compile_views, evaluate_views, needed_features

__all__ = [
    "ClusterModel",
    "CompiledRule",
    "CutPointRule",
    "LifetimeFit",
    "LifetimeStudy",
    "Models",
    "RfmCutPoints",
    "RfmGroup",
    "RfmLint",
    "RfmTable",
    "Segment",
    "Segmentation",
    "answer_views",
    "compile_rule",
    "compile_views",
    "default_groups",
    "evaluate_views",
    "fit_clusters",
    "fit_rfm_cut_points",
    "group_rules",
    "lint_rfm_groups",
    "load_segments",
    "measure_rfm_flows",
    "measure_rfm_scores",
    "needed_features",
    "predict_for",
    "rfm_table",
    "save_segmentation",
    "score_rfm",
    "segment_contacts",
    "study_lifetime",
    "summarise_rfm",
    "summarise_rfm_flows",
    "summarise_rfm_groups",
    "uncovered_codes",
]
