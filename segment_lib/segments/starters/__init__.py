"""Starter segments: ready-made smart views by objective, and which of them a workspace's data can support."""

from segment_lib.segments.starters.library import Starter, load_starters
from segment_lib.segments.starters.saving import write_segments
from segment_lib.segments.starters.suggesting import suggest_segments
from segment_lib.segments.starters.suggestions import Suggestion, Suggestions

__all__ = ["Starter", "Suggestion", "Suggestions", "load_starters", "suggest_segments", "write_segments"]
