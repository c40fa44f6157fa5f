"""Reading a rule for people: its tree, without knowing which columns there are."""

from sqlglot import exp

from segment_lib.errors import InvalidRule
from segment_lib.features.rules.types import ARITHMETIC, CONDITIONS, place
from segment_lib.sql import parse_expression

_RULE_NODES = (exp.Count, exp.Anonymous, exp.Kwarg, exp.Var)
_OPERATORS = (*ARITHMETIC, exp.Neg, *(kind for kind in CONDITIONS if kind not in (exp.And, exp.Or, exp.Not)))


def read_rule(text: str) -> exp.Expr:
    """Parse a rule, and refuse comparisons inside others that no bracket holds together.

    Parameters
    ----------
    text : the rule; its columns need not be known.

    Returns
    -------
    sqlglot.exp.Expr

    Raises
    ------
    InvalidRule
        It does not parse, or could be read in two ways.

    Examples
    --------
    >>> read_rule("a = 1 and not b").sql("duckdb")
    'a = 1 AND NOT b'
    >>> read_rule("a = b > 1")
    Traceback (most recent call last):
    segment_lib.errors.InvalidRule: a comparison inside another one must stand in brackets: `b > 1` in `a = b > 1`.
      a = b > 1
      ^
    """
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise InvalidRule("a rule must be text that can be written as UTF-8, got half of a character.")
    tree = parse_expression(text, functions=_RULE_NODES)
    for node in tree.find_all(*_OPERATORS):
        for side in node.iter_expressions():
            if isinstance(side, CONDITIONS):
                what = f"`{side.sql('duckdb')[:60]}` in `{node.sql('duckdb')[:80]}`"
                raise InvalidRule(
                    f"a comparison inside another one must stand in brackets: {what}.\n{place(text, node)}"
                )
    return tree


def parts_of(chain: exp.Expr) -> list[exp.Expr]:
    """Return what a chain of `and` or `or` joins, from left to right, whatever brackets stand around its links.

    Parameters
    ----------
    chain : an `And` or `Or`.

    Returns
    -------
    list of sqlglot.exp.Expr
        None of them a chain of the same kind, brackets taken off.

    Examples
    --------
    >>> [part.sql() for part in parts_of(read_rule("a and (b and (c or d)) and e"))]
    ['a', 'b', 'c OR d', 'e']
    """
    found: list[exp.Expr] = []
    # Not by recursion: a chain may be hundreds of conditions long.
    waiting = [chain]
    while waiting:
        node = waiting.pop().unnest()
        if type(node) is type(chain):
            waiting += [node.args["expression"], node.args["this"]]
        else:
            found.append(node)
    return found


def links_of(node: exp.Expr, *, positive: bool) -> tuple[bool, list[tuple[exp.Expr, bool]]]:
    """Return what a condition, or its opposite, is joined of, with `not` taken to each part.

    Parameters
    ----------
    node : the condition.
    positive : whether it holds, or its opposite.

    Returns
    -------
    tuple of bool and list
        Whether all parts must hold, rather than one; each part with whether it holds, or its opposite.

    Examples
    --------
    >>> every, parts = links_of(read_rule("a and not (b or c)"), positive=True)
    >>> every, [(part.sql(), holds) for part, holds in parts]
    (True, [('a', True), ('b', False), ('c', False)])
    """
    found: list[tuple[exp.Expr, bool]] = []
    every: bool | None = None
    waiting = [(node, positive)]
    while waiting:
        part, holds = waiting.pop()
        part = part.unnest()
        joined = isinstance(part, exp.And) == holds if isinstance(part, exp.And | exp.Or) else None
        if isinstance(part, exp.Not):
            waiting.append((part.this, not holds))
        elif joined is not None and every in (None, joined):
            every = joined
            waiting += [(side, holds) for side in reversed(parts_of(part))]
        else:
            found.append((part, holds))
    return bool(every), found


def name_of_call(node: exp.Expr) -> str:
    """Return the name of the function that is called, in lower case; a quoted one as written."""
    if isinstance(node, exp.Count):
        return "count"
    return node.this.sql("duckdb") if isinstance(node.this, exp.Identifier) else str(node.this).lower()


def arguments_of(node: exp.Expr) -> tuple[list[exp.Expr], list[tuple[str, exp.Expr]]]:
    """Return the arguments by place and those by name, in the order in which they are written."""
    arguments = [node.args.get("this") if isinstance(node, exp.Count) else None, *node.expressions]
    plain = [a for a in arguments if a is not None and not isinstance(a, exp.Kwarg)]
    return plain, [(a.this.name.lower(), a.expression) for a in arguments if isinstance(a, exp.Kwarg)]
