"""The rule language: a boolean SQL expression whose interaction functions become feature records."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from sqlglot import Token, TokenType, exp, tokenize

from segment_lib.asof import AsOf, parse_window
from segment_lib.errors import InvalidOption, InvalidRule, list_names, suggest
from segment_lib.features.record import COUNT_ORDERS, Feature
from segment_lib.segments.rule_types import find_instants, kind_of, place
from segment_lib.sql import columns_of, literal, parse_expression, point_at
from segment_lib.vocabulary import RELATIONSHIPS, ColumnType

FUNCTIONS = ("count", "total", "days_since", "ever", "has_relationship")
ANY_KIND = "any"


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
    Comparisons with an empty value are unknown, as in SQL, and so is what is divided by zero;
    `segment_lib.segments.views` counts them. Instants are compared with days by their local day.

    Examples
    --------
    >>> rule = compile_rule("count('purchase', within => '90 days') >= 3",
    ...                     columns={"country": "text"}, interaction_columns={"category": "text"})
    >>> rule.condition
    'count_purchase_ad99cba0 >= 3'
    >>> compile_rule("ever('call', within => '7 days')", columns={}, interaction_columns={}).features[0].formula
    "count(*) filter (where in_last('7 days')) of interactions: call"
    >>> compile_rule("contry = 'ES'", columns={"country": "text"}, interaction_columns={})
    Traceback (most recent call last):
    segment_lib.errors.InvalidRule: can't find a column `contry`. Did you mean `country`?
      contry = 'ES'
      ^^^^^^
    """
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise InvalidRule("a rule must be text that can be written as UTF-8, got half of a character.")
    tree = parse_expression(text, functions=(exp.Count, exp.Anonymous, exp.Kwarg, exp.Var))
    compiler = _Compiler(text, columns, interaction_columns)
    replaced = tree.transform(compiler.replace)
    compiler.check_columns(replaced)
    kind = compiler.kind_of(replaced)
    if kind != "boolean":
        raise InvalidRule(f"a rule must be a condition that is true or false, got a {kind}: `{text.strip()[:80]}`.")
    names = dict.fromkeys(column.name for column in columns_of(replaced))
    condition = compiler.finish(replaced)
    return CompiledRule(text, condition, tuple(compiler.features.values()), tuple(names))


class _Compiler:
    """State of one compilation: the features found so far."""

    def __init__(
        self, text: str, columns: Mapping[str, ColumnType], interaction_columns: Mapping[str, ColumnType]
    ) -> None:
        self.text = text
        self.columns = dict(columns)
        self.interaction_columns = interaction_columns
        self.features: dict[str, Feature] = {}
        self.calls = _find_calls(text)

    def replace(self, node: exp.Expr) -> exp.Expr:
        """Replace one call by the column of its feature."""
        if isinstance(node, exp.Count):
            return self._feature("count", [node.args.get("this"), *node.expressions], node)
        if isinstance(node, exp.Anonymous):
            name = str(node.this).lower()
            if name not in FUNCTIONS:
                hint = f"Functions: {list_names(FUNCTIONS)}.{suggest(name, FUNCTIONS)}"
                raise InvalidRule(f"can't find a function `{name}`. {hint}\n{self._point_at_call(name)}")
            return self._feature(name, list(node.expressions), node)
        return node

    def check_columns(self, tree: exp.Expr) -> None:
        """Check that every column is there, and that no option stands outside a call."""
        for stray in tree.find_all(exp.Kwarg, exp.Var):
            raise InvalidRule(f"`{stray.sql('duckdb')}` must stand inside a function's brackets.")
        for column in columns_of(tree):
            if column.name not in self.columns:
                raise InvalidRule(self._unknown(column, self.columns, "a column"))

    def kind_of(self, tree: exp.Expr) -> str:
        """Return the type of the whole, with features called by what they were written as."""
        try:
            return kind_of(tree, self.columns, text=self.text)
        except InvalidRule as fault:
            message = str(fault)
            for feature in self.features.values():
                message = message.replace(feature.name, feature.meaning)
            raise InvalidRule(message) from None

    def finish(self, tree: exp.Expr) -> str:
        """Return the condition over a features table: divisions by zero unknown, instants among days as days."""
        for column in find_instants(tree, self.columns):
            day = Feature(f"day_of_{column.name}", f"day_of({column.sql('duckdb')})", type="date", level="contact")
            column.replace(self._add(day))
        return _safe(tree).sql("duckdb", comments=False)

    def _feature(self, function: str, arguments: list[exp.Expr | None], node: exp.Expr) -> exp.Expr:
        plain = [a for a in arguments if a is not None and not isinstance(a, exp.Kwarg)]
        named = [(str(a.this).lower(), a.expression) for a in arguments if isinstance(a, exp.Kwarg)]
        options = dict(named)
        call = node.sql("duckdb", comments=False, normalize_functions="lower")
        if len(plain) != 1 or not (isinstance(plain[0], exp.Literal) and plain[0].is_string and plain[0].name.strip()):
            raise InvalidRule(
                f"`{function}` must be given one name in quotes first, as in {function}('purchase'): `{call}`."
            )
        name = plain[0].name
        if function == "has_relationship":
            if name not in RELATIONSHIPS or options:
                raise InvalidRule(f"`has_relationship` must be given one of {list_names(RELATIONSHIPS)}: `{call}`.")
            sql = f"list_contains(relationships, {literal(name)})"
            column = f"{function}_{name}"
            return self._add(Feature(column, sql, "", "relationship", call, "boolean", level="contact"), function)
        wrong = [option for option, _ in named if option not in ("within", "where")]
        if wrong or len(named) > len(options):
            got = f"`{wrong[0]}`" if wrong else "one twice"
            raise InvalidRule(f"`{function}` takes `within` and `where`, each once, got {got}: `{call}`.")
        kind, condition = "" if name == ANY_KIND else name, self._condition(options)
        # Rows of any kind, but those whose kind is not known.
        condition = condition if kind else " and ".join(filter(None, ["kind is not null", condition]))
        key = hashlib.sha256(f"{function} {kind} {condition}".encode()).hexdigest()[:8]
        column = f"{function}_{''.join(c if c.isalnum() else '_' for c in name)}_{key}"
        feature = partial(Feature, family="interaction", meaning=call, kind=kind, where=condition)
        if function == "count":
            # A purchase is an order: its rows count once.
            sql = COUNT_ORDERS if name in ("purchase", "refund") else "count(*)"
            return self._add(feature(column, sql, name, type="integer", zero=True), function)
        if function == "total":
            return self._add(feature(column, "sum(money(amount))", "money", family="financial", zero=True), function)
        if function == "ever":
            self._add(feature(f"{column}_n", "count(*)", name, type="integer", zero=True))
            ever = Feature(column, f"{column}_n > 0", "", "interaction", call, "boolean", level="contact")
            return self._add(ever, function)
        self._add(feature(f"{column}_at", "max(occurred_at)", type="timestamp"))
        days = f"days_since({column}_at)"
        return self._add(Feature(column, days, "days", "interaction", call, "integer", level="contact"), function)

    def _condition(self, options: Mapping[str, exp.Expr]) -> str:
        parts = []
        if "within" in options:
            window = options["within"]
            if not (isinstance(window, exp.Literal) and window.is_string):
                raise InvalidRule(
                    f"`within` must be a window in quotes such as '90 days', got `{window.sql('duckdb')}`."
                )
            try:
                number, unit = parse_window(window.name)
                AsOf.of("2000-01-01").first_day(window.name)
            except InvalidOption as error:
                raise InvalidRule(str(error)) from None
            parts.append(f"in_last('{number} {unit}s')")
        if "where" in options:
            where = options["where"]
            for column in columns_of(where):
                if column.name not in self.interaction_columns:
                    raise InvalidRule(self._unknown(column, self.interaction_columns, "an interaction's column"))
            if kind_of(where, self.interaction_columns, text=self.text) not in ("boolean", "nothing"):
                raise InvalidRule(f"`where` must be a condition.\n{place(self.text, where)}")
            for column in find_instants(where, self.interaction_columns):
                column.replace(exp.Anonymous(this="day_of", expressions=[column.copy()]))
            parts.append(f"({_safe(where).sql('duckdb', comments=False, normalize_functions=False)})")
        return " and ".join(parts)

    def _add(self, feature: Feature, function: str = "") -> exp.Expr:
        self.features[feature.name] = feature
        self.columns[feature.name] = feature.type
        column = exp.column(feature.name)
        if self.calls.get(function):
            token = self.calls[function].pop(0)
            column.this.meta.update(start=token.start, end=token.end)
        return column

    def _point_at_call(self, name: str) -> str:
        tokens = self.calls.get(name)
        return point_at(self.text, tokens[0].start, tokens[0].end) if tokens else point_at(self.text, 0)

    def _unknown(self, column: exp.Column, known: Mapping[str, ColumnType], what: str) -> str:
        quoted = isinstance(column.this, exp.Identifier) and column.this.quoted
        hint = f" A text stands in single quotes: '{column.name}'." if quoted else suggest(column.name, known)
        return f"can't find {what} `{column.name}`.{hint}\n{place(self.text, column)}"


def _find_calls(text: str) -> dict[str, list[Token]]:
    """Return the names that stand before a bracket, each with its places from left to right."""
    found: dict[str, list[Token]] = {}
    for token, after in pairwise(tokenize(text, dialect="duckdb")):
        if after.token_type == TokenType.L_PAREN:
            found.setdefault(token.text.lower(), []).append(token)
    return found


def _safe(tree: exp.Expr) -> exp.Expr:
    """Make what is divided by zero unknown: the engine takes 0 / 0 for more than any number."""
    for division in list(tree.find_all(exp.Div)):
        by = division.expression
        if not isinstance(by, exp.Literal) or float(by.name) == 0:
            division.set("expression", exp.Nullif(this=by, expression=exp.Literal.number(0)))
    return tree
