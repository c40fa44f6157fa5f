"""Segments: features become groups of contacts - smart views, RFM groups, clusters."""

from segment_lib.features.rules import CompiledRule, compile_rule
from segment_lib.segments.clusters import ClusterModel, fit_clusters
from segment_lib.segments.lifetime import LifetimeFit, LifetimeStudy, study_lifetime
from segment_lib.segments.own import load_segments
from segment_lib.segments.results import Models, Segment, Segmentation
from segment_lib.segments.rfm import (
    RfmCutPoints,
    RfmGroup,
    default_groups,
    fit_rfm_cut_points,
    score_rfm,
    summarise_rfm,
    uncovered_codes,
)
from segment_lib.segments.segmentation import save_segmentation, segment_contacts
from segment_lib.segments.views import compile_views, evaluate_views, needed_features

__all__ = [
    "ClusterModel",
    "CompiledRule",
    "LifetimeFit",
    "LifetimeStudy",
    "Models",
    "RfmCutPoints",
    "RfmGroup",
    "Segment",
    "Segmentation",
    "compile_rule",
    "compile_views",
    "default_groups",
    "evaluate_views",
    "fit_clusters",
    "fit_rfm_cut_points",
    "load_segments",
    "needed_features",
    "save_segmentation",
    "score_rfm",
    "segment_contacts",
    "study_lifetime",
    "summarise_rfm",
    "uncovered_codes",
]
