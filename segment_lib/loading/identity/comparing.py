"""How alike the values of two contacts are."""

from collections.abc import Iterable, Sequence
from functools import partial

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from segment_lib.loading.identity.columns import Compared

Levels = npt.NDArray[np.int8]

# How alike two values are; a pair without both values has none.
MISSING, DIFFERENT, SIMILAR, CLOSE, EQUAL = -1, 0, 1, 2, 3
# For the reasons alone: what made a pair close.
ONE_CHARACTER, SWAPPED = 4, 5

# Similarities of Jaro and Winkler.
CLOSE_TEXT, SIMILAR_TEXT, FEW_EDITS = 0.92, 0.82, 0.65
# Shorter than this, one character changes everything.
SHORTEST = {"phone": 5, "id": 5, "code": 4}


def compare_pairs(
    connection: duckdb.DuckDBPyConnection,
    pairs: pa.Table,
    columns: Sequence[Compared],
    *,
    for_reasons: bool = False,
) -> Levels:
    """Return how alike the values of some pairs are, one row per pair and one column per compared column.

    Parameters
    ----------
    connection : where `records` are.
    pairs : `a` and `b`, numbers of two records.
    columns : what is compared.
    for_reasons : tell also what made values close.
    """
    levels = ", ".join(
        f"coalesce({_level(at, columns, for_reasons=for_reasons)}, {MISSING})::tinyint as level{at}"
        for at in range(len(columns))
    )
    connection.register("some_pairs", pairs.append_column("place", pa.array(np.arange(len(pairs)))))
    compared = connection.sql(
        f"""select {levels} from some_pairs
        join records as l on l.i = some_pairs.a join records as r on r.i = some_pairs.b order by place"""
    ).to_arrow_table()
    connection.unregister("some_pairs")
    return np.column_stack([column.to_numpy() for column in compared.columns]).astype(np.int8)


def _level(at: int, columns: Sequence[Compared], *, for_reasons: bool) -> str:
    """The SQL of a level; null where a value is missing."""
    column, a, b = columns[at], f"l.v{at}", f"r.v{at}"
    swapped = _any(
        f"({a} = r.v{other} and l.v{other} = {b})"
        for other in range(len(columns))
        if other != at and columns[other].group == column.group
    )
    nearness = {"email": _near_email, "date": _near_date}.get(column.kind, _near_text)
    if column.kind in SHORTEST:
        nearness = partial(_near_digits, shortest=SHORTEST[column.kind])
    close, similar = nearness(a, b)
    close = f"({swapped} or {close})"
    if for_reasons:
        closeness = f"case when {swapped} then {SWAPPED} when {_edits(a, b, 1)} then {ONE_CHARACTER} else {CLOSE} end"
    else:
        closeness = str(CLOSE)
    # Null where a value is missing: every comparison with null is.
    return f"""case when {a} = {b} then {EQUAL} when {a} <> {b} then
        case when {close} then {closeness} when {similar} then {SIMILAR} else {DIFFERENT} end end"""


def _near_text(a: str, b: str) -> tuple[str, str]:
    alike = f"jaro_winkler_similarity({a}, {b})"
    begins = f"starts_with({a}, {b}) or starts_with({b}, {a})"
    return f"({alike} >= {CLOSE_TEXT} or {_edits(a, b, 1, shortest=4)})", f"({alike} >= {SIMILAR_TEXT} or {begins})"


def _near_digits(a: str, b: str, *, shortest: int) -> tuple[str, str]:
    return _edits(a, b, 1, shortest=shortest), _edits(a, b, 2, shortest=shortest)


def _near_date(a: str, b: str) -> tuple[str, str]:
    # Any two days begin alike: Hamming's distance is quick to tell most of them apart.
    at_most_two = f"(length({a}) = 8 and length({b}) = 8 and hamming({a}, {b}) <= 2)"
    turned = f"left({a}, 4) || substr({a}, 7, 2) || substr({a}, 5, 2) = {b}"
    return f"({turned} or ({at_most_two} and damerau_levenshtein({a}, {b}) <= 1))", at_most_two


def _near_email(a: str, b: str) -> tuple[str, str]:
    mailboxes = [f"split_part({one}, '@', 1)" for one in (a, b)]
    same = f"({mailboxes[0]} = {mailboxes[1]} and length({mailboxes[0]}) >= 5)"
    close = f"({same} or {_edits(a, b, 1, shortest=8)})"
    return close, f"jaro_winkler_similarity({mailboxes[0]}, {mailboxes[1]}) >= {CLOSE_TEXT}"


def _edits(a: str, b: str, most: int, *, shortest: int = 1) -> str:
    """At most so many characters inserted, left out, replaced, or exchanged with their neighbour."""
    lengths = f"least(length({a}), length({b})) >= {shortest} and abs(length({a}) - length({b})) <= {most}"
    # Quick to compute, and true of nearly everything that is so few edits apart.
    likely = f"jaro_winkler_similarity({a}, {b}) >= {FEW_EDITS}"
    return f"({lengths} and {likely} and damerau_levenshtein({a}, {b}) <= {most})"


def _any(conditions: Iterable[str]) -> str:
    return " or ".join(conditions) or "false"
