"""The rule language evaluated row by row in plain Python, from docs/rules.md alone, to hold the library against."""

from rule_reference.evaluation import evaluate, evaluate_everybody

__all__ = ["evaluate", "evaluate_everybody"]
