"""SQL expressions that users write: parsed, checked against what is allowed, never run as statements."""

import re
from collections.abc import Iterator

import sqlglot
from sqlglot import exp

from segment_lib.errors import InvalidRule

LONGEST = 4000
DEEPEST = 60

ALLOWED: tuple[type[exp.Expr], ...] = (
    exp.And, exp.Or, exp.Not, exp.Paren, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.In, exp.Between,
    exp.Like, exp.ILike, exp.Is, exp.Null, exp.Boolean, exp.Literal, exp.Column, exp.Identifier, exp.Neg,
    exp.Add, exp.Sub, exp.Mul, exp.Div,
)  # fmt: skip
_DUCKDB = sqlglot.Dialect.get_or_raise("duckdb")
READABLE = {exp.Select: "a query", exp.Subquery: "a query in brackets", exp.Alias: "two things side by side"}


def literal(value: str) -> str:
    """Return a text as an SQL literal.

    Examples
    --------
    >>> literal("O'Hara")
    "'O''Hara'"
    """
    return "'" + value.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """Return a name as a quoted SQL identifier.

    Examples
    --------
    >>> identifier("Total spend")
    '"Total spend"'
    """
    return '"' + name.replace('"', '""') + '"'


def parse_expression(text: str, *, functions: tuple[type[exp.Expr], ...] = ()) -> exp.Expr:
    """Parse one boolean or arithmetic expression and check that it holds nothing else.

    Parameters
    ----------
    text : the expression, in DuckDB's dialect.
    functions : further kinds of nodes that the caller knows how to replace.

    Returns
    -------
    sqlglot.exp.Expr

    Raises
    ------
    InvalidRule
        It does not parse, or holds a query, an unknown function, or is too long or too deep.

    Examples
    --------
    >>> parse_expression("country in ('ES', 'PT') and total_spend > 500").sql()
    "country IN ('ES', 'PT') AND total_spend > 500"
    >>> parse_expression("total_spend > (select 1)")
    Traceback (most recent call last):
    segment_lib.errors.InvalidRule: a query in brackets is not allowed in a rule: `(SELECT 1)`.
    """
    if not text or not text.strip():
        raise InvalidRule("a rule must not be empty.")
    if len(text) > LONGEST:
        raise InvalidRule(f"a rule must have at most {LONGEST} characters, got {len(text)}.")
    try:
        # As a condition from the start: a column may be called like the beginning of a statement, such as `comment`.
        statements = [tree for tree in _DUCKDB.parse_into(exp.Condition, text) if tree is not None]
    except sqlglot.errors.SqlglotError as error:
        raise InvalidRule(_parse_fault(text, error)) from None
    except RecursionError:
        raise InvalidRule(f"a rule must be at most {DEEPEST} brackets deep.") from None
    except Exception as slip:
        # What the parser itself stumbles over, such as a `=>` without a name, is no rule either.
        raise InvalidRule(f"can't understand this rule.\n  {text.strip()[:120]}") from slip
    # A second statement would hide what the rule does.
    if len(statements) != 1:
        raise InvalidRule(f"a rule must be one expression, got {len(statements)}.")
    tree = statements[0]
    # First of all the depth: to write a part into a message takes as many calls as it is deep.
    if max(depth for _, depth in _walk(tree)) > DEEPEST:
        raise InvalidRule(f"a rule must be at most {DEEPEST} levels deep.")
    for node, _ in _walk(tree):
        if not isinstance(node, ALLOWED + functions):
            what = READABLE.get(type(node), f"`{type(node).__name__.lower()}`")
            raise InvalidRule(f"{what} is not allowed in a rule: `{node.sql('duckdb')[:80]}`.")
        if isinstance(node, exp.Column) and node.table:
            raise InvalidRule(f"a column must be named without a table: `{node.sql('duckdb')}`.")
        if isinstance(node, exp.In) and (node.args.get("query") or node.args.get("unnest") or node.args.get("field")):
            raise InvalidRule(f"`in` must be followed by a list in brackets: `{node.sql('duckdb')[:80]}`.")
    return tree


def point_at(text: str, start: int, end: int | None = None) -> str:
    """Return the line of a rule that holds a place, with carets below it.

    Examples
    --------
    >>> print(point_at("total_spnd > 5", 0, 9))
      total_spnd > 5
      ^^^^^^^^^^
    """
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", start)
    line = text[line_start : line_end if line_end >= 0 else None]
    width = max(1, min((start if end is None else end) + 1, line_start + len(line)) - start)
    return f"  {line}\n  {' ' * (start - line_start)}{'^' * width}"


def columns_of(tree: exp.Expr) -> list[exp.Column]:
    """Return the columns that an expression names, in order of their places."""
    return list(tree.find_all(exp.Column))


def _walk(tree: exp.Expr) -> Iterator[tuple[exp.Expr, int]]:
    waiting = [(tree, 1)]
    while waiting:
        node, depth = waiting.pop()
        yield node, depth
        # A chain of `and` is flat to a reader, however deep its tree is.
        waiting += [
            (child, depth if isinstance(child, exp.And | exp.Or) and type(child) is type(node) else depth + 1)
            for child in node.iter_expressions()
        ]


def _parse_fault(text: str, error: Exception) -> str:
    details = getattr(error, "errors", None) or [{}]
    first = details[0]
    what = str(first.get("description") or str(error).split("\n", 1)[0]).rstrip(".")
    what = re.sub(r"^Required keyword: .*", "something is missing after this place", what)
    what = what.replace("Invalid expression / Unexpected token", "this is not expected here")
    highlight, line = first.get("highlight"), first.get("line")
    if highlight and line:
        lines = text.split("\n")
        start = sum(len(one) + 1 for one in lines[: line - 1]) + max(0, first.get("col", 1) - len(highlight))
        return f"can't understand this rule: {what}.\n{point_at(text, min(start, len(text) - 1))}"
    return f"can't understand this rule: {what}.\n  {text.strip()[:120]}"
