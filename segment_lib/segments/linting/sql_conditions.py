"""The SQL of one condition over a features table, read as questions to fields."""

from datetime import date
from decimal import Decimal, InvalidOperation

import sqlglot
from sqlglot import exp

from segment_lib.features.rules.reading import parts_of
from segment_lib.features.rules.types import CONDITIONS
from segment_lib.segments.linting.fields import Fields
from segment_lib.segments.linting.logic import Asks, Chain, Condition, Known, Settled, Turned
from segment_lib.segments.linting.values import Domain, Value, between, unite

_SIGNS: dict[type[exp.Expr], str] = {
    exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">=",
}  # fmt: skip
_FLIPPED = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
# Numbers of more figures may be the same to the engine although they differ here.
_FIGURES = 15


def read_sql(sql: str, fields: Fields, *, node: exp.Expr | None = None) -> Condition:
    """Read the SQL of a compiled condition.

    Parameters
    ----------
    sql : of a rule that compiled, or of a feature that is a condition.
    fields : what its columns are; what they can be is noted there.
    node : where the condition stands in the text of its rule.

    Returns
    -------
    Condition
        What is not understood is a question of its own, true, false or unknown.
    """
    return _Sql(fields, node).read(sqlglot.parse_one(sql, dialect="duckdb"))


class _Sql:
    """One reading: what is found stands at one place of the rule's text."""

    def __init__(self, fields: Fields, node: exp.Expr | None) -> None:
        self.fields, self.node = fields, node

    def read(self, tree: exp.Expr) -> Condition:
        tree = tree.unnest()
        # Only the whole stands in the text.
        inner = _Sql(self.fields, None)
        if isinstance(tree, exp.And | exp.Or):
            word = "and" if isinstance(tree, exp.And) else "or"
            return Chain(word, tuple(inner.read(part) for part in parts_of(tree)), node=self.node)  # type: ignore[arg-type]
        if isinstance(tree, exp.Not):
            return Turned(inner.read(tree.this), node=self.node)
        if tree.args.get("negate"):
            turned = tree.copy()
            turned.set("negate", None)
            return Turned(inner.read(turned), node=self.node)
        if isinstance(tree, exp.Boolean):
            return Known(bool(tree.this), node=self.node)
        if isinstance(tree, exp.Null):
            return Known(None, node=self.node)
        if isinstance(tree, exp.Column):
            return self._column(tree)
        if isinstance(tree, exp.Is):
            return self._is(tree)
        if isinstance(tree, exp.Between) and not tree.args.get("symmetric"):
            ends = [exp.GTE(this=tree.this, expression=tree.args["low"])]
            both = (*ends, exp.LTE(this=tree.this, expression=tree.args["high"]))
            return Chain("and", tuple(inner.read(end.copy()) for end in both), node=self.node)
        if isinstance(tree, exp.In) and tree.expressions:
            return self._in(tree)
        if isinstance(tree, tuple(_SIGNS)):
            return self._compared(tree.this, _SIGNS[type(tree)], tree.expression) or self._opaque(tree)
        return self._opaque(tree)

    def _column(self, column: exp.Column) -> Condition:
        if sql := self.fields.condition_of(column.name):
            return _Sql(self.fields, self.node).read(sqlglot.parse_one(sql, dialect="duckdb"))
        return Asks(self.fields.subject(column), Domain(whole=True).compared("=", 1), node=self.node)

    def _is(self, tree: exp.Is) -> Condition:
        inner, asked = tree.this.unnest(), tree.expression
        plain = isinstance(inner, exp.Column) and not self.fields.condition_of(inner.name)
        if isinstance(asked, exp.Null) and (plain or not _is_condition(inner)):
            return Asks(self.fields.subject(inner), (), True, node=self.node)
        value = None if isinstance(asked, exp.Null) else bool(asked.this)
        return Settled(_Sql(self.fields, None).read(inner), value, node=self.node)

    def _in(self, tree: exp.In) -> Condition:
        found = [self._compared(tree.this, "=", option) or self._opaque(tree) for option in tree.expressions]
        asked = [one for one in found if isinstance(one, Asks)]
        if len({one.subject for one in asked}) == 1:
            return Asks(asked[0].subject, unite([one.spans for one in asked]), node=self.node)
        return Chain("or", tuple(found), node=self.node)

    def _compared(self, left: exp.Expr, sign: str, right: exp.Expr) -> Condition | None:
        left, right = left.unnest(), right.unnest()
        if _is_constant(left) and not _is_constant(right):
            left, sign, right = right, _FLIPPED[sign], left
        if _is_condition(left) or _is_condition(right):
            return None
        if not _is_constant(right):
            return self._pair(left, sign, right)
        if _is_constant(left):
            return None
        subject = self.fields.subject(left)
        domain = self.fields.domains[subject]
        value = self._value(left, right)
        return Asks(subject, domain.compared(sign, value), node=self.node) if value is not None else None

    def _pair(self, left: exp.Expr, sign: str, right: exp.Expr) -> Condition:
        """Ask how two fields compare: -1, 0 or 1, or nothing where one of them is empty."""
        one, other = self.fields.written(left), self.fields.written(right)
        if one > other:
            one, other, sign = other, one, _FLIPPED[sign]
        key = f"{one} against {other}"
        self.fields.domains[key] = Domain(between(0, 0) if one == other else between(-1, 1), whole=True)
        return Asks(key, Domain(whole=True).compared(sign, 0), node=self.node)

    def _value(self, left: exp.Expr, constant: exp.Expr) -> Value | None:
        """Return a constant as a value of the field that it is compared with, where that is exact."""
        if isinstance(constant, exp.Boolean):
            return int(constant.this)
        if isinstance(constant, exp.Literal) and constant.is_string:
            if not isinstance(left, exp.Column) or self.fields.type_of(left.name) in ("text", None):
                return str(constant.name)
            try:
                return date.fromisoformat(constant.name).toordinal()
            except ValueError:
                return None
        turned = isinstance(constant, exp.Neg)
        try:
            number = Decimal(constant.this.name if turned else constant.name)
        except InvalidOperation:
            return None
        figures = len(number.normalize().as_tuple().digits)
        if figures > _FIGURES or (number and not -_FIGURES <= number.adjusted() < _FIGURES):
            return None
        return -number if turned else number

    def _opaque(self, tree: exp.Expr) -> Condition:
        key = self.fields.anything(self.fields.written(tree))
        return Asks(key, Domain(whole=True).compared("=", 1), node=self.node)


def _is_constant(tree: exp.Expr) -> bool:
    if isinstance(tree, exp.Neg):
        return isinstance(tree.this, exp.Literal) and not tree.this.is_string
    return isinstance(tree, exp.Literal | exp.Boolean)


def _is_condition(tree: exp.Expr) -> bool:
    """Tell whether an expression is a condition that is more than a column."""
    return isinstance(tree, CONDITIONS)
