"""Random rules over random tables, with days and instants placed where calendars hurt."""

from functools import cache

from hypothesis import strategies as st
from rule_tables import Tables

from rule_strategies.choices import Choices
from rule_strategies.tables import choose_tables, choose_windows
from rule_strategies.texts import RuleWriter, choose_rules

__all__ = ["Case", "Choices", "RuleWriter", "cases", "choose_case"]


Case = tuple[Tables, dict[str, str]]


def choose_case(choices: Choices, most: int) -> Case:
    """Choose tables and rules over them that meet at the edges of the same windows."""
    windows = choose_windows(choices)
    return choose_tables(choices, windows), choose_rules(choices, windows, most)


@st.composite
def cases(draw: st.DrawFn, most: int = 6) -> Case:
    """Draw a case, so that hypothesis can make it smaller where it tells of a fault."""
    return choose_case(Choices(lambda n: draw(_place(n))), most)


@cache
def _place(n: int) -> st.SearchStrategy[int]:
    return st.integers(0, n - 1)
