"""The rule language: a boolean SQL expression whose interaction functions become feature records."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlglot import exp

from segment_lib.asof import parse_window
from segment_lib.errors import InvalidOption, InvalidRule, list_names, suggest
from segment_lib.features.catalogue import Feature
from segment_lib.sql import columns_of, literal, parse_expression, point_at
from segment_lib.vocabulary import RELATIONSHIPS, ColumnType

FUNCTIONS = ("count", "total", "days_since", "ever", "has_relationship")
ANY_KIND = "any"
_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)
_CLASS_OF: dict[ColumnType, str] = {
    "number": "number",
    "integer": "number",
    "text": "text",
    "date": "day",
    "timestamp": "day",
    "boolean": "boolean",
    "text list": "list",
}


@dataclass(frozen=True)
class CompiledRule:
    """A rule that was understood: the condition over a features table, and the records that it needs there."""

    text: str
    condition: str
    features: tuple[Feature, ...]
    columns: tuple[str, ...]


def compile_rule(
    text: str, *, columns: Mapping[str, ColumnType], interaction_columns: Mapping[str, ColumnType]
) -> CompiledRule:
    """Parse a rule, check its names and types, and replace its functions by features.

    Parameters
    ----------
    text : such as ``country = 'ES' and count('purchase', within => '90 days') >= 3``.
    columns : what a rule may name: contact fields, custom fields and features, with their types.
    interaction_columns : what a `where` may name.

    Returns
    -------
    CompiledRule

    Raises
    ------
    InvalidRule
        It does not parse, names something unknown or compares what does not compare. The message points at the
        place and suggests the nearest name.

    Notes
    -----
    Comparisons with an empty value are unknown, as in SQL; `segment_lib.segments.views` counts them.

    Examples
    --------
    >>> rule = compile_rule("count('purchase', within => '90 days') >= 3",
    ...                     columns={"country": "text"}, interaction_columns={"category": "text"})
    >>> rule.features[0].sql
    "count(distinct order_id) filter (where kind = 'purchase' and in_last('90 days'))"
    >>> compile_rule("contry = 'ES'", columns={"country": "text"}, interaction_columns={})
    Traceback (most recent call last):
    segment_lib.errors.InvalidRule: can't find a column `contry`. Did you mean `country`?
      contry = 'ES'
      ^^^^^^
    """
    tree = parse_expression(text, functions=(exp.Count, exp.Anonymous, exp.Kwarg, exp.Var))
    compiler = _Compiler(text, columns, interaction_columns)
    replaced = tree.transform(compiler.replace)
    compiler.check_columns(replaced)
    kind = compiler.kind_of(replaced)
    if kind != "boolean":
        raise InvalidRule(f"a rule must be a condition that is true or false, got a {kind}: `{text.strip()[:80]}`.")
    names = dict.fromkeys(column.name for column in columns_of(replaced))
    return CompiledRule(text, replaced.sql("duckdb", comments=False), tuple(compiler.features.values()), tuple(names))


class _Compiler:
    """State of one compilation: the features found so far."""

    def __init__(
        self, text: str, columns: Mapping[str, ColumnType], interaction_columns: Mapping[str, ColumnType]
    ) -> None:
        self.text = text
        self.columns = dict(columns)
        self.interaction_columns = interaction_columns
        self.features: dict[str, Feature] = {}

    def replace(self, node: exp.Expr) -> exp.Expr:
        """Replace one call by the column of its feature."""
        if isinstance(node, exp.Count):
            return self._feature("count", [node.args.get("this"), *node.expressions], node)
        if isinstance(node, exp.Anonymous):
            name = str(node.this).lower()
            if name not in FUNCTIONS:
                at = max(0, self.text.lower().find(name))
                raise InvalidRule(
                    f"can't find a function `{name}`. Functions: {list_names(FUNCTIONS)}.{suggest(name, FUNCTIONS)}\n"
                    + point_at(self.text, at, at + len(name) - 1)
                )
            return self._feature(name, list(node.expressions), node)
        return node

    def check_columns(self, tree: exp.Expr) -> None:
        """Check that every column is there, and that no option stands outside a call."""
        for stray in tree.find_all(exp.Kwarg, exp.Var):
            raise InvalidRule(f"`{stray.sql('duckdb')}` must stand inside a function's brackets.")
        for column in columns_of(tree):
            if column.name not in self.columns:
                raise InvalidRule(self._unknown(column, self.columns, "a column"))

    def kind_of(self, node: exp.Expr, columns: Mapping[str, ColumnType] | None = None) -> str:
        """Return number, text, day, boolean, list or nothing (for null), checking all that is below."""
        known = self.columns if columns is None else columns
        if isinstance(node, exp.Paren):
            return self.kind_of(node.this, known)
        if isinstance(node, exp.Column):
            return _CLASS_OF[known[node.name]]
        if isinstance(node, exp.Literal):
            return "text" if node.is_string else "number"
        if isinstance(node, exp.Boolean):
            return "boolean"
        if isinstance(node, exp.Null):
            return "nothing"
        if isinstance(node, exp.And | exp.Or):
            for side in (node.left, node.right):
                self._must_be("boolean", side, known, f"`{node.key}` joins conditions")
            return "boolean"
        if isinstance(node, exp.Not):
            self._must_be("boolean", node.this, known, "`not` turns a condition round")
            return "boolean"
        if isinstance(node, exp.Is):
            self.kind_of(node.this, known)
            return "boolean"
        if isinstance(node, exp.Like | exp.ILike):
            self._must_be("text", node.this, known, "`like` compares texts")
            self._must_be("text", node.expression, known, "`like` compares texts")
            return "boolean"
        if isinstance(node, _COMPARISONS):
            self._must_match(node.left, node.right, known)
            return "boolean"
        if isinstance(node, exp.Between):
            self._must_match(node.this, node.args["low"], known)
            self._must_match(node.this, node.args["high"], known)
            return "boolean"
        if isinstance(node, exp.In):
            if not node.expressions:
                raise InvalidRule(f"`in` must be followed by at least one value.\n{self._place(node)}")
            for option in node.expressions:
                self._must_match(node.this, option, known)
            return "boolean"
        if isinstance(node, exp.Neg):
            self._must_be("number", node.this, known, "a minus stands before numbers")
            return "number"
        if isinstance(node, exp.Binary):
            return self._arithmetic(node, known)
        raise InvalidRule(f"`{node.sql('duckdb')[:80]}` is not allowed in a rule.")

    def _arithmetic(self, node: exp.Binary, known: Mapping[str, ColumnType]) -> str:
        for side in (node.left, node.right):
            self._must_be("number", side, known, "sums and products are of numbers")
        return "number"

    def _must_be(self, wanted: str, node: exp.Expr, known: Mapping[str, ColumnType], why: str) -> None:
        got = self.kind_of(node, known)
        if got not in (wanted, "nothing"):
            raise InvalidRule(f"{why}; `{node.sql('duckdb')[:80]}` is a {got}.\n{self._place(node)}")

    def _must_match(self, left: exp.Expr, right: exp.Expr, known: Mapping[str, ColumnType]) -> None:
        kinds = self.kind_of(left, known), self.kind_of(right, known)
        if "nothing" in kinds:
            raise InvalidRule(f"nothing equals null; write `{left.sql('duckdb')[:60]} is null`.\n{self._place(left)}")
        for kind, side in ((kinds[0], right), (kinds[1], left)):
            if kind == "day" and isinstance(side, exp.Literal) and side.is_string:
                try:
                    date.fromisoformat(side.name)
                except ValueError:
                    raise InvalidRule(f"a day must look like '2026-10-31', got {side.name!r}.") from None
                return
        if kinds[0] != kinds[1] or kinds[0] == "list":
            sides = f"`{left.sql('duckdb')[:60]}` is a {kinds[0]} and `{right.sql('duckdb')[:60]}` a {kinds[1]}"
            raise InvalidRule(f"only like compares with like: {sides}.\n{self._place(left)}")

    def _feature(self, function: str, arguments: list[exp.Expr | None], node: exp.Expr) -> exp.Expr:
        plain = [a for a in arguments if a is not None and not isinstance(a, exp.Kwarg)]
        options = {str(a.this).lower(): a.expression for a in arguments if isinstance(a, exp.Kwarg)}
        call = node.sql("duckdb")
        if len(plain) != 1 or not (isinstance(plain[0], exp.Literal) and plain[0].is_string):
            raise InvalidRule(
                f"`{function}` must be given one name in quotes first, as in {function}('purchase'): `{call}`."
            )
        name = plain[0].name
        if function == "has_relationship":
            if name not in RELATIONSHIPS or options:
                raise InvalidRule(f"`has_relationship` must be given one of {list_names(RELATIONSHIPS)}: `{call}`.")
            sql = f"list_contains(relationships, {literal(name)})"
            return self._add(Feature(f"is_{name}", sql, type="boolean", family="relationship", level="contact"))
        unknown = [option for option in options if option not in ("within", "where")]
        if unknown:
            raise InvalidRule(f"`{function}` takes `within` and `where`, got `{unknown[0]}`: `{call}`.")
        condition = self._condition(name, options)
        key = hashlib.sha256(f"{function} {condition}".encode()).hexdigest()[:8]
        column = f"{function}_{''.join(c if c.isalnum() else '_' for c in name)}_{key}"
        meaning = call
        if function == "count":
            # A purchase is an order: its rows count once.
            what = "distinct order_id" if name in ("purchase", "refund") else "*"
            sql = f"count({what}) filter (where {condition})"
            return self._add(Feature(column, sql, name, "interaction", meaning, "integer", zero=True))
        if function == "total":
            sql = f"sum(money(amount)) filter (where {condition})"
            return self._add(Feature(column, sql, "money", "financial", meaning, zero=True))
        if function == "ever":
            sql = f"count(*) filter (where {condition})"
            self._add(Feature(column + "_n", sql, name, "interaction", meaning, "integer", zero=True))
            return self._add(Feature(column, f"{column}_n > 0", "", "interaction", meaning, "boolean", level="contact"))
        self._add(
            Feature(
                column + "_at", f"max(occurred_at) filter (where {condition})", "", "interaction", meaning, "timestamp"
            )
        )
        days = f"as_of_day - day_of({column}_at)"
        return self._add(Feature(column, days, "days", "interaction", meaning, "integer", level="contact"))

    def _condition(self, kind: str, options: Mapping[str, exp.Expr]) -> str:
        parts = [f"kind = {literal(kind)}"] if kind != ANY_KIND else ["kind is not null"]
        if "within" in options:
            window = options["within"]
            if not (isinstance(window, exp.Literal) and window.is_string):
                raise InvalidRule(
                    f"`within` must be a window in quotes such as '90 days', got `{window.sql('duckdb')}`."
                )
            try:
                number, unit = parse_window(window.name)
            except InvalidOption as error:
                raise InvalidRule(str(error)) from None
            parts.append(f"in_last('{number} {unit}s')")
        if "where" in options:
            where = options["where"]
            for column in columns_of(where):
                if column.name not in self.interaction_columns:
                    raise InvalidRule(self._unknown(column, self.interaction_columns, "an interaction's column"))
            self._must_be("boolean", where, self.interaction_columns, "`where` is a condition")
            parts.append(f"({where.sql('duckdb', comments=False)})")
        return " and ".join(parts)

    def _add(self, feature: Feature) -> exp.Expr:
        self.features[feature.name] = feature
        self.columns[feature.name] = feature.type
        return exp.column(feature.name)

    def _unknown(self, column: exp.Column, known: Mapping[str, ColumnType], what: str) -> str:
        return f"can't find {what} `{column.name}`.{suggest(column.name, known)}\n{self._place(column)}"

    def _place(self, node: exp.Expr) -> str:
        places = [part.meta for part in node.find_all(exp.Identifier) if "start" in part.meta]
        return point_at(self.text, places[0]["start"], places[0]["end"]) if places else point_at(self.text, 0)
