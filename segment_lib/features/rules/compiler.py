"""Replaces the functions of a rule by feature records, and checks its names and types on the way."""

import hashlib
from collections.abc import Mapping
from functools import partial
from itertools import pairwise

from sqlglot import Token, TokenType, exp, tokenize

from segment_lib.asof import AsOf, parse_window
from segment_lib.errors import InvalidOption, InvalidRule, list_names, suggest
from segment_lib.features.record import COUNT_ORDERS, Feature
from segment_lib.features.rules.types import find_instants, kind_of, place
from segment_lib.sql import columns_of, literal, point_at
from segment_lib.vocabulary import RELATIONSHIPS, ColumnType

FUNCTIONS = ("count", "total", "days_since", "ever", "has_relationship", "distance_km", "probably")
# What has bounds: predictions of `segment_lib.features.lifetime`.
PREDICTIONS = ("p_alive", "expected_purchases_90d", "expected_value_12m")
ANY_KIND = "any"


class RuleCompiler:
    """State of one compilation: the features found so far."""

    def __init__(
        self, text: str, columns: Mapping[str, ColumnType], interaction_columns: Mapping[str, ColumnType]
    ) -> None:
        self.text = text
        self.columns = dict(columns)
        self.interaction_columns = interaction_columns
        self.features: dict[str, Feature] = {}
        self.quantiles: dict[tuple[str, str, float], None] = {}
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
            if name == "probably":
                return self._probably(node)
            return self._feature(name, list(node.expressions), node)
        return node

    def check_columns(self, tree: exp.Expr) -> None:
        """Check that every column is there, and that no option stands outside a call."""
        for stray in tree.find_all(exp.Kwarg, exp.Var):
            raise InvalidRule(f"`{stray.sql('duckdb')}` must stand inside a function's brackets.")
        self._known(tree)

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
            day = Feature(f"_day_of_{column.name}", f"day_of({column.sql('duckdb')})", type="date", level="contact")
            column.replace(self._add(day))
        return _safe(tree).sql("duckdb", comments=False)

    def _feature(self, function: str, arguments: list[exp.Expr | None], node: exp.Expr) -> exp.Expr:
        plain = [a for a in arguments if a is not None and not isinstance(a, exp.Kwarg)]
        named = [(str(a.this).lower(), a.expression) for a in arguments if isinstance(a, exp.Kwarg)]
        options = dict(named)
        call = node.sql("duckdb", comments=False, normalize_functions="lower")
        if function == "distance_km":
            return self._distance(plain, options, call)
        if len(plain) != 1 or not (isinstance(plain[0], exp.Literal) and plain[0].is_string and plain[0].name.strip()):
            raise InvalidRule(
                f"`{function}` must be given one name in quotes first, as in {function}('purchase'): `{call}`."
            )
        name = plain[0].name
        if function == "has_relationship":
            if name not in RELATIONSHIPS or options:
                raise InvalidRule(f"`has_relationship` must be given one of {list_names(RELATIONSHIPS)}: `{call}`.")
            sql = f"list_contains(relationships, {literal(name)})"
            column = f"_{function}_{name}"
            return self._add(Feature(column, sql, "", "relationship", call, "boolean", level="contact"), function)
        wrong = [option for option, _ in named if option not in ("within", "where")]
        if wrong or len(named) > len(options):
            got = f"`{wrong[0]}`" if wrong else "one twice"
            raise InvalidRule(f"`{function}` takes `within` and `where`, each once, got {got}: `{call}`.")
        kind, condition = "" if name == ANY_KIND else name, self._condition(options)
        # Rows of any kind, but those whose kind is not known.
        condition = condition if kind else " and ".join(filter(None, ["kind is not null", condition]))
        key = hashlib.sha256(f"{function} {kind} {condition}".encode()).hexdigest()[:8]
        column = f"_{function}_{''.join(c if c.isalnum() else '_' for c in name)}_{key}"
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

    def _probably(self, node: exp.Anonymous) -> exp.Expr:
        """Compare the quantile of a prediction: most of what the parameters may be lies on the side asked for."""
        call = node.sql("duckdb", comments=False, normalize_functions="lower")
        match node.expressions:
            case [exp.LT() | exp.LTE() | exp.GT() | exp.GTE() as condition, exp.Literal() as sure] if (
                not sure.is_string
            ):
                certainty = float(sure.name)
            case _:
                condition, certainty = exp.LT(), 0.0
        prediction = condition.this.name if isinstance(condition.this, exp.Column) else ""
        # Further out there are too few draws of the parameters to tell.
        if not 0.5 <= certainty <= 0.99 or prediction not in PREDICTIONS or columns_of(condition.expression):
            raise InvalidRule(
                f"`probably` must be given a prediction below or above a number, and how sure from 0.5 to 0.99, "
                f"as in probably(p_alive < 0.4, 0.9). Predictions: {list_names(PREDICTIONS)}: `{call}`."
            )
        self._known(condition)
        quantile = round(certainty if isinstance(condition, exp.LT | exp.LTE) else 1 - certainty, 3)
        column = f"{prediction}_q{round(1000 * quantile):03d}"
        self.quantiles[column, prediction, quantile] = None
        self.columns[column] = "number"
        compared: exp.Expr = condition.copy()
        compared.this.replace(exp.column(column))
        return compared

    def _distance(self, plain: list[exp.Expr], options: Mapping[str, exp.Expr], call: str) -> exp.Expr:
        kinds = [kind_of(argument, self.columns, text=self.text) for argument in plain if self._known(argument)]
        if options or kinds != ["number"] * 4:
            raise InvalidRule(
                f"`distance_km` must be given two latitudes and longitudes in degrees, "
                f"as in distance_km(latitude, longitude, 41.39, 2.17): `{call}`."
            )
        column = f"_distance_km_{hashlib.sha256(call.encode()).hexdigest()[:8]}"
        return self._add(Feature(column, call, "km", "geographic", call, level="contact"), "distance_km")

    def _known(self, tree: exp.Expr) -> bool:
        for column in columns_of(tree):
            if column.name not in self.columns:
                raise InvalidRule(self._unknown(column, self.columns, "a column"))
        return True

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
