"""A rule as the conditions that its outermost `and` or `or` joins, each with its comments."""

from collections.abc import Sequence
from typing import Literal

from sqlglot import Token, TokenType, tokenize

from segment_lib.features.rules.layout import format_rule

Joint = Literal["and", "or"]


def split_conditions(rule: str) -> tuple[Joint | None, list[str]]:
    """Return what joins the conditions of a rule on the outside, and the conditions.

    Parameters
    ----------
    rule : a rule; its columns need not be known.

    Returns
    -------
    tuple of str and list of str
        Nothing joins a condition that is alone. Brackets that belong to a condition stay, and so do comments.

    Raises
    ------
    InvalidRule
        It does not parse.

    Examples
    --------
    >>> split_conditions("a between 1 and 2 and (b or c)")
    ('and', ['a between 1 and 2', '(b or c)'])
    >>> split_conditions("a = 1 -- one\\nand -- two\\nb = 2")
    ('and', ['a = 1 -- one', '-- two\\nb = 2'])
    """
    text = format_rule(rule)
    tokens = tokenize(text, dialect="duckdb")
    joints = _outermost(tokens)
    # `and` binds tighter: beside an `or` it is inside a condition.
    ors = [place for place in joints if tokens[place].token_type == TokenType.OR]
    found, start, above = [], 0, ""
    for place in ors or joints:
        # What stands behind a condition on its line is said of it, lines between it and the next of the next.
        line_end = text.find("\n", tokens[place - 1].end, tokens[place].start)
        end = tokens[place].start if line_end < 0 else line_end
        found.append(f"{above}\n{text[start:end].strip()}".strip())
        above, start = text[end : tokens[place].start].strip(), tokens[place].end + 1
    return ("or" if ors else "and" if joints else None), [*found, f"{above}\n{text[start:].strip()}".strip()]


def join_conditions(conditions: Sequence[str], joint: Joint) -> str:
    """Return conditions as one rule in its canonical layout.

    Parameters
    ----------
    conditions : each a rule.
    joint : what joins them.

    Returns
    -------
    str
        Empty where there is no condition.

    Raises
    ------
    InvalidRule
        A condition does not parse, or the rule gets too long.

    Examples
    --------
    >>> join_conditions(["a or b", "c = 1 -- why"], "and")
    '(a or b)\\nand c = 1 -- why'
    """
    if not conditions:
        return ""
    # On lines of their own: a condition may end with a comment. Brackets that change nothing are taken off again.
    return format_rule(f"\n{joint}\n".join(f"(\n{condition}\n)" for condition in conditions))


def _outermost(tokens: Sequence[Token]) -> list[int]:
    """Return the places of the `and` and `or` outside all brackets that join conditions."""
    found, depth, between = [], 0, 0
    for place, token in enumerate(tokens):
        depth += (token.token_type == TokenType.L_PAREN) - (token.token_type == TokenType.R_PAREN)
        if depth:
            continue
        if token.token_type == TokenType.BETWEEN:
            between += 1
        elif token.token_type == TokenType.AND and between:
            between -= 1
        elif token.token_type in (TokenType.AND, TokenType.OR):
            found.append(place)
    return found
