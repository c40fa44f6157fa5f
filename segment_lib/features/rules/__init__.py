"""The rule language: an SQL expression whose functions become feature records."""

from segment_lib.features.rules.compiling import CompiledRule, compile_formula, compile_rule
from segment_lib.features.rules.functions import FUNCTIONS, RuleFunction

__all__ = ["FUNCTIONS", "CompiledRule", "RuleFunction", "compile_formula", "compile_rule"]
