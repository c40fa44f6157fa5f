"""Figures, tables and words that show what was found; every figure has a text that says the same."""

from segment_lib.show.alluvial import plot_movement
from segment_lib.show.bars import (
    describe_entered_left,
    describe_segment_sizes,
    plot_entered_left,
    plot_segment_sizes,
)
from segment_lib.show.catalogue_table import table_catalogue
from segment_lib.show.cluster_counts import describe_cluster_counts, plot_cluster_counts
from segment_lib.show.explanations import table_evidence, table_explanation, table_funnel, table_preview
from segment_lib.show.findings import Findings
from segment_lib.show.flows import describe_movement
from segment_lib.show.folding import hide_small_groups
from segment_lib.show.import_completeness import describe_completeness, plot_completeness
from segment_lib.show.import_say import say_changes, say_import, say_import_decisions, say_mending, say_notes
from segment_lib.show.import_tables import (
    table_arrivals,
    table_changes,
    table_cleaning,
    table_notes,
    table_open,
    table_policies,
    table_totals,
)
from segment_lib.show.label_table import table_labels
from segment_lib.show.lifetime_alive import describe_alive, plot_alive
from segment_lib.show.lifetime_classes import (
    describe_frequency_classes,
    plot_frequency_classes,
    table_frequency_classes,
)
from segment_lib.show.lifetime_retention import describe_retention, plot_retention, table_retention
from segment_lib.show.lifetime_say import (
    say_lifetime,
    say_purchase_models,
    say_survival,
    table_adequacy,
    table_purchase_models,
)
from segment_lib.show.lifetime_tracking import describe_tracking, plot_tracking
from segment_lib.show.lift import describe_lift, plot_lift
from segment_lib.show.lint_table import say_lint, table_lint
from segment_lib.show.mapping_choices import choose_field, read_cells
from segment_lib.show.mapping_trial import try_mapping
from segment_lib.show.mapping_widget import mapping_wizard
from segment_lib.show.matrices import (
    describe_overlap,
    describe_profile_overview,
    plot_overlap,
    plot_profile_overview,
)
from segment_lib.show.overlap_plot import describe_overlap_sets, plot_overlap_sets
from segment_lib.show.overview import build_overview
from segment_lib.show.performance import describe_performance, plot_performance
from segment_lib.show.plan_tables import table_audiences, table_goals
from segment_lib.show.profile import describe_profile, plot_profile
from segment_lib.show.quality_bars import (
    describe_coverage,
    describe_import_balance,
    plot_coverage,
    plot_import_balance,
)
from segment_lib.show.quality_tables import table_coverage, table_imports, table_quarantine
from segment_lib.show.record import read_records, record, show_figure
from segment_lib.show.rfm_economics import describe_rfm_economics, plot_rfm_economics, table_rfm_economics
from segment_lib.show.rfm_map import describe_rfm_heatmap, plot_rfm_heatmap
from segment_lib.show.rfm_tables import (
    say_rfm_movement,
    say_rfm_scores,
    say_rfm_table,
    table_rfm_flows,
    table_rfm_rules,
    table_rfm_scores,
)
from segment_lib.show.say_data import say_goal_decisions, say_goals
from segment_lib.show.say_divisions import say_divisions
from segment_lib.show.say_outcomes import say_decisions, say_refinement
from segment_lib.show.say_segments import say_plan, say_profiles, say_segments
from segment_lib.show.segment_builder import segment_builder
from segment_lib.show.segment_history import table_changes_explained, table_segment_history, table_spells
from segment_lib.show.segment_tables import table_movement, table_performance, table_profile, table_segments
from segment_lib.show.small_tables import (
    table_kinds,
    table_knock_outs,
    table_kpis,
    table_rules,
    table_target,
    table_workflows,
)
from segment_lib.show.starter_table import table_starters
from segment_lib.show.style import chart_style, colours_by_kind, segment_colours
from segment_lib.show.survival import describe_survival, plot_survival, table_medians
from segment_lib.show.tables import ReportTable, table_html
from segment_lib.show.words import (
    count_words,
    format_count,
    format_day,
    format_field,
    format_money,
    format_number,
    format_points,
    format_share,
    join_words,
)

__all__ = [
    "Findings",
    "ReportTable",
    "build_overview",
    "chart_style",
    "choose_field",
    "colours_by_kind",
    "count_words",
    "describe_alive",
    "describe_cluster_counts",
    "describe_completeness",
    "describe_coverage",
    "describe_entered_left",
    "describe_frequency_classes",
    "describe_import_balance",
    "describe_lift",
    "describe_movement",
    "describe_overlap",
    "describe_overlap_sets",
    "describe_performance",
    "describe_profile",
    "describe_profile_overview",
    "describe_retention",
    "describe_rfm_economics",
    "describe_rfm_heatmap",
    "describe_segment_sizes",
    "describe_survival",
    "describe_tracking",
    "format_count",
    "format_day",
    "format_field",
    "format_money",
    "format_number",
    "format_points",
    "format_share",
    "hide_small_groups",
    "join_words",
    "mapping_wizard",
    "plot_alive",
    "plot_cluster_counts",
    "plot_completeness",
    "plot_coverage",
    "plot_entered_left",
    "plot_frequency_classes",
    "plot_import_balance",
    "plot_lift",
    "plot_movement",
    "plot_overlap",
    "plot_overlap_sets",
    "plot_performance",
    "plot_profile",
    "plot_profile_overview",
    "plot_retention",
    "plot_rfm_economics",
    "plot_rfm_heatmap",
    "plot_segment_sizes",
    "plot_survival",
    "plot_tracking",
    "read_cells",
    "read_records",
    "record",
    "say_changes",
    "say_decisions",
    "say_divisions",
    "say_goal_decisions",
    "say_goals",
    "say_import",
    "say_import_decisions",
    "say_lifetime",
    "say_lint",
    "say_mending",
    "say_notes",
    "say_plan",
    "say_profiles",
    "say_purchase_models",
    "say_refinement",
    "say_rfm_movement",
    "say_rfm_scores",
    "say_rfm_table",
    "say_segments",
    "say_survival",
    "segment_builder",
    "segment_colours",
    "show_figure",
    "table_adequacy",
    "table_arrivals",
    "table_audiences",
    "table_catalogue",
    "table_changes",
    "table_changes_explained",
    "table_cleaning",
    "table_coverage",
    "table_evidence",
    "table_explanation",
    "table_frequency_classes",
    "table_funnel",
    "table_goals",
    "table_html",
    "table_imports",
    "table_kinds",
    "table_knock_outs",
    "table_kpis",
    "table_labels",
    "table_lint",
    "table_medians",
    "table_movement",
    "table_notes",
    "table_open",
    "table_performance",
    "table_policies",
    "table_preview",
    "table_profile",
    "table_purchase_models",
    "table_quarantine",
    "table_retention",
    "table_rfm_economics",
    "table_rfm_flows",
    "table_rfm_rules",
    "table_rfm_scores",
    "table_rules",
    "table_segment_history",
    "table_segments",
    "table_spells",
    "table_starters",
    "table_target",
    "table_totals",
    "table_workflows",
    "try_mapping",
]
