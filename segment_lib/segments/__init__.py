"""Segments: features become groups of contacts - smart views, RFM groups, clusters."""

from segment_lib.features.rules import CompiledRule, compile_rule
from segment_lib.features.rules.describing import describe
from segment_lib.features.rules.layout import format_rule
from segment_lib.segments.answers import answer_views
from segment_lib.segments.changes import changes_since_last_run, explain_changes
from segment_lib.segments.clusters import ClusterModel, fit_clusters
from segment_lib.segments.divisions import check_divisions
from segment_lib.segments.explaining import Explanation, explain
from segment_lib.segments.history import members, membership_of, segment_history
from segment_lib.segments.impact import measure_impact
from segment_lib.segments.labels import (
    LabelsFile,
    add_label,
    add_labels_from_file,
    apply_label_rules,
    label_conflicts,
    label_history,
    labels_at,
    load_labels,
    release_label,
    remove_label,
    remove_labels_from_file,
)
from segment_lib.segments.lifetime import LifetimeFit, LifetimeStudy, predict_for, study_lifetime
from segment_lib.segments.linting import lint_segments
from segment_lib.segments.overlap import Overlap, overlap_of
from segment_lib.segments.own import load_segments
from segment_lib.segments.preview import Preview, open_preview, preview
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
from segment_lib.segments.sql_of import show_sql
from segment_lib.segments.starters import suggest_segments, write_segments
from segment_lib.segments.views import compile_views, evaluate_views, needed_features

__all__ = [
    "ClusterModel",
    "CompiledRule",
    "CutPointRule",
    "Explanation",
    "LabelsFile",
    "LifetimeFit",
    "LifetimeStudy",
    "Models",
    "Overlap",
    "Preview",
    "RfmCutPoints",
    "RfmGroup",
    "RfmLint",
    "RfmTable",
    "Segment",
    "Segmentation",
    "add_label",
    "add_labels_from_file",
    "answer_views",
    "apply_label_rules",
    "changes_since_last_run",
    "check_divisions",
    "compile_rule",
    "compile_views",
    "default_groups",
    "describe",
    "evaluate_views",
    "explain",
    "explain_changes",
    "fit_clusters",
    "fit_rfm_cut_points",
    "format_rule",
    "group_rules",
    "label_conflicts",
    "label_history",
    "labels_at",
    "lint_rfm_groups",
    "lint_segments",
    "load_labels",
    "load_segments",
    "measure_impact",
    "measure_rfm_flows",
    "measure_rfm_scores",
    "members",
    "membership_of",
    "needed_features",
    "open_preview",
    "overlap_of",
    "predict_for",
    "preview",
    "release_label",
    "remove_label",
    "remove_labels_from_file",
    "rfm_table",
    "save_segmentation",
    "score_rfm",
    "segment_contacts",
    "segment_history",
    "show_sql",
    "study_lifetime",
    "suggest_segments",
    "summarise_rfm",
    "summarise_rfm_flows",
    "summarise_rfm_groups",
    "uncovered_codes",
    "write_segments",
]
