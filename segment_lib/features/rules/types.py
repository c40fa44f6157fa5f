"""The types of a rule: only like compares with like, and everything is told before anything runs."""

from collections.abc import Mapping
from datetime import date

from sqlglot import exp

from segment_lib.errors import InvalidRule
from segment_lib.sql import point_at
from segment_lib.vocabulary import ColumnType

COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)
ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div)
CONDITIONS = (*COMPARISONS, exp.Between, exp.In, exp.Like, exp.ILike, exp.Is, exp.Not, exp.And, exp.Or)
# The type of what was not understood, of which a fault has been told: it goes with everything.
FAULT = "fault"
_CLASS_OF: dict[str, str] = {
    FAULT: FAULT,
    "number": "number",
    "integer": "number",
    "text": "text",
    "date": "day",
    "timestamp": "day",
    "boolean": "boolean",
    "text list": "list",
}


def place(text: str, node: exp.Expr) -> str:
    """Return the line of a rule that holds a node, with carets below its first word."""
    places = [part.meta for part in node.find_all(exp.Identifier, exp.Literal) if "start" in part.meta]
    first = min(places, key=lambda meta: int(meta["start"]), default=None)
    return point_at(text, first["start"], first["end"]) if first else point_at(text, 0)


def kind_of(node: exp.Expr, columns: Mapping[str, str], *, text: str) -> str:
    """Return number, text, day, boolean, list or nothing (for null), checking all that is below.

    Parameters
    ----------
    node : an expression whose columns are all known.
    columns : name to type.
    text : the rule, for the message.

    Returns
    -------
    str

    Raises
    ------
    InvalidRule
        Something is compared, joined or reckoned with that does not fit.

    Examples
    --------
    >>> from segment_lib.sql import parse_expression
    >>> kind_of(parse_expression("spend / 2 > 5"), {"spend": "number"}, text="spend / 2 > 5")
    'boolean'
    """
    return _Types(columns, text).kind_of(node)


def find_instants(tree: exp.Expr, columns: Mapping[str, ColumnType]) -> list[exp.Column]:
    """Return the columns of instants that are compared with days, which is by their local day.

    Parameters
    ----------
    tree : a condition whose types have been checked.
    columns : name to type.

    Returns
    -------
    list of sqlglot.exp.Column
    """
    found = []
    for node in tree.find_all(*COMPARISONS, exp.Between, exp.In):
        sides = [side.unnest() for side in node.iter_expressions()]
        named = [side for side in sides if isinstance(side, exp.Column)]
        days = any(isinstance(side, exp.Literal) for side in sides) or any(columns[c.name] == "date" for c in named)
        found += [column for column in named if days and columns[column.name] == "timestamp"]
    return found


def split_pairs(tree: exp.Expr, columns: Mapping[str, ColumnType]) -> None:
    """Write `between` and `in` of an instant as comparisons of pairs, where only some of the others are days.

    Parameters
    ----------
    tree : a condition in brackets whose types have been checked; it is changed.
    columns : name to type.
    """

    def _is_instant(side: exp.Expr) -> bool:
        side = side.unnest()
        return isinstance(side, exp.Column) and columns[side.name] == "timestamp"

    for node in list(tree.find_all(exp.Between, exp.In)):
        value, others = (
            node.this,
            node.expressions if isinstance(node, exp.In) else [node.args["low"], node.args["high"]],
        )
        if not _is_instant(value) or len({_is_instant(other) for other in others}) < 2:
            continue
        signs = (exp.GTE, exp.LTE) if isinstance(node, exp.Between) else [exp.EQ] * len(others)
        join = exp.and_ if isinstance(node, exp.Between) else exp.or_
        pairs = [sign(this=value.copy(), expression=other.copy()) for sign, other in zip(signs, others, strict=True)]
        node.replace(exp.Paren(this=join(*pairs, wrap=False)))


class _Types:
    """The columns of one rule, and its text for the messages."""

    def __init__(self, columns: Mapping[str, str], text: str) -> None:
        self.columns = columns
        self.text = text

    def kind_of(self, node: exp.Expr) -> str:
        if isinstance(node, exp.Paren):
            return self.kind_of(node.this)
        if isinstance(node, exp.Column):
            return _CLASS_OF[self.columns[node.name]]
        if isinstance(node, exp.Literal):
            return "text" if node.is_string else "number"
        if isinstance(node, exp.Null):
            return "nothing"
        if isinstance(node, ARITHMETIC):
            for side in (node.left, node.right):
                self._must_be("number", side, "sums and products are of numbers")
            return "number"
        if isinstance(node, exp.Neg):
            self._must_be("number", node.this, "a minus stands before numbers")
            return "number"
        if isinstance(node, exp.Boolean):
            return "boolean"
        if not isinstance(node, CONDITIONS):
            raise InvalidRule(f"`{node.sql('duckdb')[:80]}` is not allowed in a rule.")
        self._check_condition(node)
        return "boolean"

    def _check_condition(self, node: exp.Expr) -> None:
        if isinstance(node, exp.And | exp.Or):
            faults = []
            # Flat, not by recursion: a chain may be hundreds of conditions long.
            for side in node.flatten():
                try:
                    self._must_be("boolean", side, f"`{node.key}` joins conditions")
                except InvalidRule as fault:
                    faults.append(str(fault))
            if faults:
                raise InvalidRule("\n".join(faults))
            return
        if isinstance(node, exp.Not):
            self._must_be("boolean", node.this, "`not` turns a condition round")
            return
        for side in node.iter_expressions():
            if isinstance(side, CONDITIONS):
                what = f"`{side.sql('duckdb')[:60]}` in `{node.sql('duckdb')[:80]}`"
                raise InvalidRule(f"a comparison inside another one must stand in brackets: {what}.\n{self._at(node)}")
        if isinstance(node, exp.Is):
            self._check_is(node)
        elif isinstance(node, exp.Like | exp.ILike):
            for side in (node.this, node.expression):
                self._must_be("text", side, "`like` compares texts")
        elif isinstance(node, exp.In):
            if not node.expressions:
                raise InvalidRule(f"`in` must be followed by at least one value.\n{self._at(node)}")
            for option in node.expressions:
                self._must_match(node.this, option)
        elif isinstance(node, exp.Between):
            for end in ("low", "high"):
                self._must_match(node.this, node.args[end])
        else:
            self._must_match(node.this, node.expression)

    def _check_is(self, node: exp.Is) -> None:
        if isinstance(node.expression, exp.Boolean):
            self._must_be("boolean", node.this, "`is true` and `is false` are of conditions")
        elif isinstance(node.expression, exp.Null):
            self.kind_of(node.this)
        else:
            raise InvalidRule(f"`is` must be followed by null, true or false.\n{self._at(node)}")

    def _must_be(self, wanted: str, node: exp.Expr, why: str) -> None:
        got = self.kind_of(node)
        if got not in (wanted, "nothing", FAULT):
            raise InvalidRule(f"{why}; `{node.sql('duckdb')[:80]}` is a {got}.\n{self._at(node)}")

    def _must_match(self, left: exp.Expr, right: exp.Expr) -> None:
        kinds = self.kind_of(left), self.kind_of(right)
        if FAULT in kinds:
            return
        if "nothing" in kinds:
            raise InvalidRule(f"nothing equals null; write `{left.sql('duckdb')[:60]} is null`.\n{self._at(left)}")
        for kind, side in ((kinds[0], right), (kinds[1], left)):
            if kind == "day" and isinstance(side, exp.Literal) and side.is_string:
                if not _is_day(side.name):
                    raise InvalidRule(f"a day must look like '2026-10-31', got {side.name!r}.\n{self._at(left)}")
                return
        if kinds[0] != kinds[1] or kinds[0] == "list":
            sides = f"`{left.sql('duckdb')[:60]}` is a {kinds[0]} and `{right.sql('duckdb')[:60]}` a {kinds[1]}"
            raise InvalidRule(f"only like compares with like: {sides}.\n{self._at(left)}")

    def _at(self, node: exp.Expr) -> str:
        return place(self.text, node)


def _is_day(text: str) -> bool:
    try:
        # Other forms of ISO 8601, such as 20261031, are no dates to the engine.
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
