"""Random rules over random tables, with days and instants placed where calendars hurt."""

from functools import cache

from hypothesis import strategies as st
from rule_tables import Tables

from rule_strategies.choices import Choices
from rule_strategies.tables import choose_tables
from rule_strategies.texts import RuleWriter, choose_rules

__all__ = ["Choices", "RuleWriter", "cases", "choose_rules", "choose_tables"]


@st.composite
def cases(draw: st.DrawFn, most: int = 6) -> tuple[Tables, dict[str, str]]:
    """Draw tables and some rules over them, so that hypothesis can make them smaller where they tell of a fault."""
    chosen = Choices(lambda n: draw(_place(n)))
    return choose_tables(chosen), choose_rules(chosen, most)


@cache
def _place(n: int) -> st.SearchStrategy[int]:
    return st.integers(0, n - 1)
