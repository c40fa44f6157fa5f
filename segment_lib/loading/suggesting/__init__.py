"""Suggesting: what every column of a source is, with the evidence, before anything is imported."""

from segment_lib.loading.suggesting.custom_field import CustomProposal
from segment_lib.loading.suggesting.headers import HeaderDiff, compare_headers
from segment_lib.loading.suggesting.scoring import Candidate
from segment_lib.loading.suggesting.suggest import suggest_mapping
from segment_lib.loading.suggesting.suggestion import ColumnSuggestion, MappingSuggestion, TableSuggestion
from segment_lib.loading.suggesting.writing import write_mapping

__all__ = [
    "Candidate",
    "ColumnSuggestion",
    "CustomProposal",
    "HeaderDiff",
    "MappingSuggestion",
    "TableSuggestion",
    "compare_headers",
    "suggest_mapping",
    "write_mapping",
]
