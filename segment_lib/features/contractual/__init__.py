"""Contractual businesses: how long subscriptions last, and how many are renewed."""

from segment_lib.features.contractual.contracts import derive_contracts
from segment_lib.features.contractual.retention import retention_curve, retention_from_counts
from segment_lib.features.contractual.shifted_beta_geometric import SBGConvergence, ShiftedBetaGeometric
from segment_lib.features.contractual.survival import (
    SurvivalComparison,
    compare_survival,
    kaplan_meier,
    median_survival,
)

__all__ = [
    "SBGConvergence",
    "ShiftedBetaGeometric",
    "SurvivalComparison",
    "compare_survival",
    "derive_contracts",
    "kaplan_meier",
    "median_survival",
    "retention_curve",
    "retention_from_counts",
]
