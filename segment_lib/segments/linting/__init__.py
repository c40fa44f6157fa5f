"""Linting: what is wrong with segments that run without a fault."""

from segment_lib.segments.linting.findings import FINDING_KINDS, SEVERITIES, Finding, Lint
from segment_lib.segments.linting.lint import lint_rules, lint_segments

__all__ = ["FINDING_KINDS", "SEVERITIES", "Finding", "Lint", "lint_rules", "lint_segments"]
