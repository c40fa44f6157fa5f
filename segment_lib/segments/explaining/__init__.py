"""Why somebody is in a segment or not, until when, and what each condition of a segment lets through."""

from segment_lib.segments.explaining.explanation import explain
from segment_lib.segments.explaining.funnel import Funnel, Passed
from segment_lib.segments.explaining.results import Centre, Condition, Explanation, LabelRow, Row, Score, Value

__all__ = [
    "Centre",
    "Condition",
    "Explanation",
    "Funnel",
    "LabelRow",
    "Passed",
    "Row",
    "Score",
    "Value",
    "explain",
]
