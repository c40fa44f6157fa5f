"""Figures, tables and words that show what was found; every figure has a text that says the same."""

from segment_lib.show.alluvial import plot_movement
from segment_lib.show.bars import (
    describe_entered_left,
    describe_segment_sizes,
    plot_entered_left,
    plot_segment_sizes,
)
from segment_lib.show.cluster_counts import describe_cluster_counts, plot_cluster_counts
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
from segment_lib.show.lift import describe_lift, plot_lift
from segment_lib.show.mapping_choices import choose_field, read_cells
from segment_lib.show.mapping_trial import try_mapping
from segment_lib.show.mapping_widget import mapping_wizard
from segment_lib.show.matrices import (
    describe_overlap,
    describe_profile_overview,
    plot_overlap,
    plot_profile_overview,
)
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
from segment_lib.show.rfm_map import describe_rfm_heatmap, plot_rfm_heatmap
from segment_lib.show.say_data import say_goal_decisions, say_goals
from segment_lib.show.say_outcomes import say_decisions, say_refinement
from segment_lib.show.say_segments import say_plan, say_profiles, say_segments
from segment_lib.show.segment_tables import table_movement, table_performance, table_profile, table_segments
from segment_lib.show.small_tables import (
    table_kinds,
    table_knock_outs,
    table_kpis,
    table_rules,
    table_target,
    table_workflows,
)
from segment_lib.show.style import chart_style, colours_by_kind, segment_colours
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
    "describe_cluster_counts",
    "describe_completeness",
    "describe_coverage",
    "describe_entered_left",
    "describe_import_balance",
    "describe_lift",
    "describe_movement",
    "describe_overlap",
    "describe_performance",
    "describe_profile",
    "describe_profile_overview",
    "describe_rfm_heatmap",
    "describe_segment_sizes",
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
    "plot_cluster_counts",
    "plot_completeness",
    "plot_coverage",
    "plot_entered_left",
    "plot_import_balance",
    "plot_lift",
    "plot_movement",
    "plot_overlap",
    "plot_performance",
    "plot_profile",
    "plot_profile_overview",
    "plot_rfm_heatmap",
    "plot_segment_sizes",
    "read_cells",
    "read_records",
    "record",
    "say_changes",
    "say_decisions",
    "say_goal_decisions",
    "say_goals",
    "say_import",
    "say_import_decisions",
    "say_mending",
    "say_notes",
    "say_plan",
    "say_profiles",
    "say_refinement",
    "say_segments",
    "segment_colours",
    "show_figure",
    "table_arrivals",
    "table_audiences",
    "table_changes",
    "table_cleaning",
    "table_coverage",
    "table_goals",
    "table_html",
    "table_imports",
    "table_kinds",
    "table_knock_outs",
    "table_kpis",
    "table_movement",
    "table_notes",
    "table_open",
    "table_performance",
    "table_policies",
    "table_profile",
    "table_quarantine",
    "table_rules",
    "table_segments",
    "table_target",
    "table_totals",
    "table_workflows",
    "try_mapping",
]
