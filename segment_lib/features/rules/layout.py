"""One canonical layout of a rule, so that two people who mean the same write the same."""

from collections.abc import Mapping

from sqlglot import exp

from segment_lib.errors import InvalidRule
from segment_lib.features.rules.comments import Remarks, find_remarks
from segment_lib.features.rules.functions import function_called
from segment_lib.features.rules.reading import arguments_of, name_of_call, parts_of, read_rule
from segment_lib.sql import LONGEST, identifier, literal

WIDTH = 100
_INDENT = "  "
_COMPARISONS: dict[type[exp.Expr], str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.Like: "like",
    exp.ILike: "ilike",
    exp.Is: "is",
}
_ARITHMETIC: dict[type[exp.Expr], str] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/"}
# How tightly each holds together what it joins; anything else is a word of its own.
_OR, _AND, _NOT, _COMPARED, _SUM, _PRODUCT, _WORD = range(1, 8)


def format_rule(text: str) -> str:
    """Return a rule in its one canonical layout.

    Parameters
    ----------
    text : a rule; its columns need not be known.

    Returns
    -------
    str
        Words of the language in lower case, one blank around operators, options in the order of
        `segment_lib.features.rules.FUNCTIONS`, no bracket that changes nothing. What is longer than 100 characters, or
        has comments, is broken before `and` and `or`.

    Raises
    ------
    InvalidRule
        It does not parse, or is longer than a rule may be once it is laid out.

    Notes
    -----
    The tree stays the same but for brackets, the order of options, capitals of function names, and how a chain of
    `and` (or of `or`) is nested, which changes no answer. Numbers, texts and names stay as they are written, so do
    the brackets of sums, where the order of adding may show in the last digit. Every comment stays, as `--`, with
    its condition.

    Examples
    --------
    >>> print(format_rule("(COUNT('purchase',where=>amount>10,within=>'90 days')>=3) AND NOT (country='ES')"))
    count('purchase', within => '90 days', where => amount > 10) >= 3 and not country = 'ES'
    >>> print(format_rule("a = 1 -- the first\\nand (b != 2 or c in (3,4)) /* the rest */"))
    a = 1 -- the first
    and (
      b <> 2
      or c in (3, 4) -- the rest
    )
    """
    tree = read_rule(text)
    rule = "\n".join(_Layout(find_remarks(text)).lines(tree, first=0))
    if len(rule) > LONGEST:
        raise InvalidRule(f"a rule must have at most {LONGEST} characters, laid out it has {len(rule)}.")
    return rule


def write_inline(node: exp.Expr) -> str:
    """Return an expression on one line, without its comments.

    Parameters
    ----------
    node : a tree of `read_rule`, or a part of one.

    Returns
    -------
    str

    Examples
    --------
    >>> write_inline(read_rule("((a + b)) * 2 > -(-c)"))
    '(a + b) * 2 > -(-c)'
    """
    node = node.unnest()
    if isinstance(node, exp.And | exp.Or):
        return f" {node.key} ".join(_held(part, _tightness(node) + 1) for part in parts_of(node))
    if isinstance(node, exp.Not):
        inner = node.this.unnest()
        return _compared(inner, "not ") if _takes_not(inner) else f"not {_held(inner, _NOT)}"
    if isinstance(node, (*_COMPARISONS, exp.Between, exp.In)):
        return _compared(node)
    if isinstance(node, tuple(_ARITHMETIC)):
        tightness = _tightness(node)
        return f"{_held(node.this, tightness)} {_ARITHMETIC[type(node)]} {_held(node.expression, tightness + 1)}"
    if isinstance(node, exp.Neg):
        inner = node.this.unnest()
        # Two dashes would begin a comment.
        return f"-({write_inline(inner)})" if isinstance(inner, exp.Neg) else f"-{_held(inner, _WORD)}"
    if isinstance(node, exp.Count | exp.Anonymous):
        return _call(node)
    if isinstance(node, exp.Column):
        return identifier(node.name) if node.this.args.get("quoted") else node.name
    if isinstance(node, exp.Literal):
        return literal(node.name) if node.is_string else node.name
    return "null" if isinstance(node, exp.Null) else node.sql("duckdb", comments=False).lower()


def _held(node: exp.Expr, tightness: int) -> str:
    """Write a part, in brackets where it would fall apart without."""
    inner = node.unnest()
    text = write_inline(inner)
    return text if _tightness(inner) >= tightness else f"({text})"


def _tightness(node: exp.Expr) -> int:
    if isinstance(node, exp.Not):
        return _COMPARED if _takes_not(node.this.unnest()) else _NOT
    if isinstance(node, (*_COMPARISONS, exp.Between, exp.In)):
        return _COMPARED
    tightnesses: dict[type[exp.Expr], int] = {
        exp.Or: _OR,
        exp.And: _AND,
        exp.Add: _SUM,
        exp.Sub: _SUM,
        exp.Mul: _PRODUCT,
        exp.Div: _PRODUCT,
    }
    return tightnesses.get(type(node), _WORD)


def _takes_not(node: exp.Expr) -> bool:
    """Whether `not` can stand inside: `a not in (1)`, `a is not null`."""
    return isinstance(node, exp.In | exp.Between | exp.Is | exp.Like | exp.ILike) and not node.args.get("negate")


def _compared(node: exp.Expr, negation: str = "") -> str:
    left = _held(node.this, _SUM)
    if isinstance(node, exp.In):
        return f"{left} {negation}in ({', '.join(_held(value, _SUM) for value in node.expressions)})"
    if isinstance(node, exp.Between):
        symmetric = "symmetric " if node.args.get("symmetric") else ""
        low, high = (_held(node.args[end], _SUM) for end in ("low", "high"))
        return f"{left} {negation}between {symmetric}{low} and {high}"
    if isinstance(node, exp.Is):
        return f"{left} is {negation}{_held(node.expression, _SUM)}"
    negation = "not " if node.args.get("negate") else negation
    return f"{left} {negation}{_COMPARISONS[type(node)]} {_held(node.expression, _SUM)}"


def _call(node: exp.Expr) -> str:
    name = name_of_call(node)
    plain, named = arguments_of(node)
    function = function_called(name)
    order = {option: place for place, option in enumerate(function.options if function else ())}
    named.sort(key=lambda pair: order.get(pair[0], len(order)))
    written = [write_inline(a) for a in plain] + [f"{option} => {write_inline(value)}" for option, value in named]
    return f"{name}({', '.join(written)})"


class _Layout:
    """Breaks a rule into lines, with the comments of its conditions by their number from left to right."""

    def __init__(self, remarks: Mapping[int, Remarks]) -> None:
        self.remarks = remarks

    def lines(self, node: exp.Expr, *, first: int, prefix: str = "", depth: int = 0) -> list[str]:
        """Return the lines of a part whose first condition has that number."""
        node = node.unnest()
        inline = prefix + write_inline(node)
        said = [self.remarks[n] for n in range(first, first + _joints(node) + 1) if n in self.remarks]
        if not said and len(inline) + len(_INDENT) * depth <= WIDTH:
            return [inline]
        if isinstance(node, exp.And | exp.Or):
            return self._chain(node, first, prefix, depth)
        if isinstance(node, exp.Not) and isinstance(node.this.unnest(), exp.And | exp.Or):
            return self._group(node.this, first, f"{prefix}not ", depth)
        above = [line for remarks in said for line in remarks.above]
        behind = [line for remarks in said for line in remarks.behind]
        if len(behind) > 1:
            above, behind = above + behind, []
        return [*above, " ".join([inline, *behind])]

    def _chain(self, chain: exp.Expr, first: int, prefix: str, depth: int) -> list[str]:
        found: list[str] = []
        for part in parts_of(chain):
            if _tightness(part) < _tightness(chain):
                found += self._group(part, first, prefix, depth)
            else:
                nested = self.lines(part, first=first, prefix=prefix, depth=depth + isinstance(part, exp.And))
                found += _indent_rest(nested) if isinstance(part, exp.And) else nested
            first += _joints(part) + 1
            prefix = f"{chain.key} "
        return found

    def _group(self, node: exp.Expr, first: int, prefix: str, depth: int) -> list[str]:
        inline = f"{prefix}({write_inline(node)})"
        said = any(n in self.remarks for n in range(first, first + _joints(node) + 1))
        if not said and len(inline) + len(_INDENT) * depth <= WIDTH:
            return [inline]
        inner = self._chain(node.unnest(), first, "", depth + 1)
        return [f"{prefix}(", *(_INDENT + line for line in inner), ")"]


def _joints(node: exp.Expr) -> int:
    """Count the `and` and `or` inside a part."""
    return sum(1 for _ in node.find_all(exp.And, exp.Or))


def _indent_rest(lines: list[str]) -> list[str]:
    """Indent what follows the first line that is no comment."""
    start = next(place for place, line in enumerate(lines) if not line.startswith("--"))
    return [*lines[: start + 1], *(_INDENT + line for line in lines[start + 1 :])]
