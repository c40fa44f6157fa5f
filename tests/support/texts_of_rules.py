"""Texts of rules at random: all functions and operators, ugly names, comments and blanks; and faults put into them."""

from collections.abc import Iterable

from hypothesis import strategies as st

from segment_lib.features.rules.functions import FUNCTIONS

NAMES = st.sampled_from(["a", "b", "total_spend", "Country", '"odd name"', '"quo""ted"', "año", "month", "left"])
VALUES = st.sampled_from(
    ["1", "0.10", "1e3", "1E-3", "00012", ".5", "-5", "'x'", "'O''Hara'", "'-- x'", "'two\nlines'"]
)
BLANKS = st.sampled_from(
    ["", " ", "\n", "\t", "-- words\n", "/* more */", " -- a -- b\r\n", "/* two\n lines /* in */ */"]
)
OPTIONS = ["within => '90 days'", "UNTIL=>'30 days'", "where => amount > 10", "where => a or b and not c", "odd => 1"]


def _joined(words: st.SearchStrategy[str], inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(inner, BLANKS, words, BLANKS, inner).map(lambda x: f"({x[0]}) {x[1]} {x[2]} {x[3]} ({x[4]})")


def _calls(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    arguments = st.lists(st.one_of(st.sampled_from(["'purchase'", *OPTIONS]), inner), max_size=4)
    names = st.sampled_from([function.name for function in FUNCTIONS] + ["COUNT", "Ever", '"Ever"', "unheard_of"])
    return st.tuples(names, BLANKS, arguments, BLANKS).map(lambda x: f"{x[0]}({x[1]}{', '.join(x[2])}{x[3]})")


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    operators = st.sampled_from(
        ["=", "<>", "!=", "<", ">=", "like", "NOT ILIKE", "+", "-", "*", "/", "and", "OR", "and"]
    )
    return st.one_of(
        _joined(operators, inner),
        st.tuples(inner, st.sampled_from(["and", "or"]), BLANKS, inner).map(lambda x: f"{x[0]} {x[1]}{x[2]} {x[3]}"),
        st.tuples(st.sampled_from(["not", "-", "not not", "+"]), BLANKS, inner).map(lambda x: f"{x[0]} {x[1]}({x[2]})"),
        st.tuples(inner, st.sampled_from(["is null", "IS NOT true", "isnull"])).map(lambda x: f"({x[0]}) {x[1]}"),
        st.tuples(inner, inner, inner).map(lambda x: f"({x[0]}) not between ({x[1]}) and ({x[2]})"),
        st.tuples(inner, inner, inner).map(lambda x: f"({x[0]}) in (({x[1]}), ({x[2]}))"),
        _calls(inner),
    )  # fmt: skip


RULES = st.recursive(st.one_of(NAMES, VALUES), _grown, max_leaves=12)
PIECES = st.sampled_from(["", *"()',-/*\n\r .=<>1ae\"", "and ", " or ", "not ", "-- ", "=>"])
MUTATIONS = st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 3), PIECES), min_size=1, max_size=4)


def mutate(text: str, mutations: Iterable[tuple[int, int, str]]) -> str:
    """Put pieces into a text, each instead of a few characters."""
    for place, cut, put in mutations:
        place %= len(text) + 1
        text = text[:place] + put + text[place + cut :]
    return text
