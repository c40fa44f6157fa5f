"""Replaces the functions of a rule by feature records, and checks its names and types on the way."""

import hashlib
from collections.abc import Callable, Mapping

from sqlglot import exp

from segment_lib.errors import InvalidRule, suggest
from segment_lib.features.record import Feature
from segment_lib.features.rules import of_interactions
from segment_lib.features.rules.arguments import Call, place_of, read_call
from segment_lib.features.rules.of_contacts import Cut, cut_of, of_contact, quantile_of
from segment_lib.features.rules.of_interactions import Rows, name_record
from segment_lib.features.rules.types import FAULT, find_instants, kind_of, split_pairs
from segment_lib.sql import columns_of
from segment_lib.vocabulary import ColumnType

_OF_ROWS: dict[str, Callable[[Rows], list[Feature]]] = {
    "count": of_interactions.count,
    "total": of_interactions.total,
    "average": of_interactions.average,
    "average_order": of_interactions.average,
    "largest": of_interactions.extreme,
    "smallest": of_interactions.extreme,
    "distinct_values": of_interactions.distinct_values,
    "days_since": of_interactions.days_since,
    "days_since_first": of_interactions.days_since,
    "ever": of_interactions.ever,
    "never": of_interactions.ever,
    "favourite": of_interactions.favourite,
    "share_of": of_interactions.share_of,
}
# Which columns of interactions a function can work with, and how a message calls them.
_NUMBERS: tuple[tuple[ColumnType, ...], str] = (("number", "integer"), "a number")
_COLUMNS: dict[str, tuple[tuple[ColumnType, ...], str]] = {
    **dict.fromkeys(("total", "average", "largest", "smallest", "share_of"), _NUMBERS),
    "favourite": (("text",), "a text"),
    "distinct_values": (("text", "number", "integer", "date", "timestamp", "boolean"), "no list"),
}
# The answer of a call that has a fault: it compares with anything, so that further faults are found.
NOT_UNDERSTOOD = "_not_understood"


class RuleCompiler:
    """State of one compilation: what was found so far."""

    def __init__(
        self,
        text: str,
        columns: Mapping[str, ColumnType],
        interaction_columns: Mapping[str, ColumnType],
        segments: Mapping[str, str],
    ) -> None:
        self.text = text
        self.columns = dict(columns)
        self.interaction_columns = interaction_columns
        self.segments = segments
        self.features: dict[str, Feature] = {}
        self.quantiles: dict[tuple[str, str, float], None] = {}
        self.cuts: dict[str, Cut] = {}
        self.asked: dict[str, None] = {}
        self.labels: dict[str, None] = {}
        self.faults: list[str] = []

    def replace(self, node: exp.Expr) -> exp.Expr:
        """Replace one call by the column of its answer; a fault is noted and passed over."""
        if not isinstance(node, exp.Count | exp.Anonymous):
            return node
        try:
            answer = self._replaced(read_call(node, self.text))
        except InvalidRule as fault:
            self.faults.append(str(fault))
            answer = exp.column(NOT_UNDERSTOOD)
        return answer

    def check_columns(self, tree: exp.Expr) -> None:
        """Check that every column is there, and that no option stands outside a call."""
        for stray in tree.find_all(exp.Kwarg, exp.Var):
            self.faults.append(f"`{stray.sql('duckdb')}` must stand inside a function's brackets.")
        for column in columns_of(tree):
            if column.name not in self.columns and column.name != NOT_UNDERSTOOD:
                self.faults.append(_unknown(column, self.columns, "a column", self.text))
                column.replace(exp.column(NOT_UNDERSTOOD))

    def kind_of(self, tree: exp.Expr) -> str:
        """Return the type of the whole, with features called by what they were written as."""
        types: dict[str, ColumnType | str] = {**self.columns, NOT_UNDERSTOOD: FAULT}
        try:
            return kind_of(tree, types, text=self.text)
        except InvalidRule as fault:
            message = str(fault)
            for feature in self.features.values():
                message = message.replace(feature.name, feature.meaning)
            self.faults.append(message)
            return "boolean"

    def finish(self, tree: exp.Expr) -> str:
        """Return the condition over a features table: divisions by zero unknown, instants among days as days."""
        split_pairs(tree, self.columns)
        for column in find_instants(tree, self.columns):
            day = Feature(f"_day_of_{column.name}", f"day_of({column.sql('duckdb')})", type="date", level="contact")
            column.replace(self._add([day], column))
        return _safe(tree).sql("duckdb", comments=False)

    def _replaced(self, call: Call) -> exp.Expr:
        name = call.function.name
        if name == "in_segment":
            return self._in_segment(call)
        if name == "probably":
            return self._probably(call)
        if name in ("top_percent", "bottom_percent"):
            return self._percent(call)
        if (call.function.options or name in _OF_ROWS) and name != "anniversary":
            return self._add(self._of_interactions(call), call.node)
        if name == "distance_km":
            return self._distance(call)
        for parameter in call.function.parameters:
            if parameter.kind == "column":
                self._known(call.values[parameter.name])
        if name == "has_label":
            self.labels[call.name_of("label")] = None
        return self._add(of_contact(call, self.columns, self.text), call.node)

    def _of_interactions(self, call: Call) -> list[Feature]:
        name, named = call.function.name, call.name_of("kind") or "purchase"
        column = call.values.get("column")
        type: ColumnType = "number"
        if column is not None:
            self._known(column, self.interaction_columns, "an interaction's column")
            type, (wanted, what) = self.interaction_columns[column.name], _COLUMNS[name]
            if type not in wanted:
                fault = f"`{name}` must be given {what} of interactions; `{column.name}` is a {type}: `{call.text}`."
                raise InvalidRule(f"{fault}\n{place_of(self.text, column)}")
        where = self._where(call, "where")
        rows = Rows(
            name, call.text, named, call.window("within"), call.window("until"), where,
            column.name if column is not None else "", type,
        )  # fmt: skip
        if name in ("active_months", "regularly"):
            return of_interactions.active_months(rows, int(call.name_of("months")))
        if name == "stopped":
            return of_interactions.stopped(rows, call.window("silence"))
        if name == "resumed":
            return of_interactions.resumed(rows, call.window("silence"))
        if name == "followed_by":
            then = Rows(name, call.text, call.name_of("then_kind"), where=self._where(call, "then_where"))
            return of_interactions.followed_by(Rows(name, call.text, named, where=where), then, rows.within)
        return _OF_ROWS[name](rows)

    def _where(self, call: Call, option: str) -> str:
        where = call.options.get(option)
        if where is None:
            return ""
        for column in columns_of(where):
            self._known(column, self.interaction_columns, "an interaction's column")
        if kind_of(where, self.interaction_columns, text=self.text) not in ("boolean", "nothing"):
            raise InvalidRule(f"`{option}` must be a condition.\n{place_of(self.text, where)}")
        # An option that is a column alone has nothing around it that its replacement could be put into.
        held = exp.Paren(this=where.copy())
        split_pairs(held, self.interaction_columns)
        for column in find_instants(held, self.interaction_columns):
            column.replace(exp.Anonymous(this="day_of", expressions=[column.copy()]))
        return _safe(held).sql("duckdb", comments=False, normalize_functions=False)

    def _in_segment(self, call: Call) -> exp.Expr:
        name = call.name_of("segment")
        if name not in self.segments:
            place = place_of(self.text, call.values["segment"])
            raise InvalidRule(f"can't find a segment `{name}`.{suggest(name, self.segments)}\n{place}")
        self.asked[name] = None
        return self._column(self.segments[name], "boolean", call.node)

    def _percent(self, call: Call) -> exp.Expr:
        number, held = self._number(call, "number"), call.text
        if not isinstance(number, exp.Column):
            key = name_record("number", "", held)
            made = Feature(key, self.finish(number), "", "behavioural", held, "number", "contact")
            number = self._add([made], call.node)
        cut, compared = cut_of(call, number.sql("duckdb"))
        self.cuts[cut.name] = cut
        self.columns[cut.name] = "number"
        return exp.Paren(this=compared)

    def _distance(self, call: Call) -> exp.Expr:
        numbers = [self.finish(self._number(call, parameter.name)) for parameter in call.function.parameters]
        sql = f"distance_km({', '.join(numbers)})"
        name = f"_distance_km_{hashlib.sha256(sql.encode()).hexdigest()[:8]}"
        return self._add([Feature(name, sql, "km", "geographic", call.text, level="contact")], call.node)

    def _probably(self, call: Call) -> exp.Expr:
        column, prediction, quantile, compared = quantile_of(call, self.text)
        self._known(call.values["comparison"].unnest().this)
        self.quantiles[column, prediction, quantile] = None
        self.columns[column] = "number"
        return compared

    def _number(self, call: Call, parameter: str) -> exp.Expr:
        """Return an argument with the calls in it replaced, which must be a number."""
        held = exp.Paren(this=call.values[parameter].copy())
        tree: exp.Expr = held.transform(self.replace)
        for column in columns_of(tree):
            if column.name != NOT_UNDERSTOOD:
                self._known(column)
        kind = kind_of(tree, {**self.columns, NOT_UNDERSTOOD: FAULT}, text=self.text)
        if kind not in ("number", FAULT):
            fault = f"`{call.function.name}` must be given numbers; this is a {kind}: `{call.text}`."
            raise InvalidRule(f"{fault}\n{place_of(self.text, call.values[parameter])}")
        number: exp.Expr = tree.this
        return number

    def _known(self, column: exp.Expr, known: Mapping[str, ColumnType] | None = None, what: str = "a column") -> None:
        known = self.columns if known is None else known
        if column.name not in known:
            raise InvalidRule(_unknown(column, known, what, self.text))

    def _add(self, features: list[Feature], node: exp.Expr) -> exp.Expr:
        for feature in features:
            self.features[feature.name] = feature
            self.columns[feature.name] = feature.type
        return self._column(features[-1].name, features[-1].type, node)

    def _column(self, name: str, type: ColumnType, node: exp.Expr) -> exp.Expr:
        self.columns[name] = type
        column = exp.column(name, quoted=not name.isidentifier() or None)
        column.this.meta.update({key: node.meta[key] for key in ("start", "end") if key in node.meta})
        return column


def _unknown(column: exp.Expr, known: Mapping[str, ColumnType], what: str, text: str) -> str:
    quoted = isinstance(column.this, exp.Identifier) and column.this.quoted
    hint = f" A text stands in single quotes: '{column.name}'." if quoted else suggest(column.name, known)
    return f"can't find {what} `{column.name}`.{hint}\n{place_of(text, column)}"


def _safe(tree: exp.Expr) -> exp.Expr:
    """Make what is divided by zero unknown: the engine takes 0 / 0 for more than any number."""
    for division in list(tree.find_all(exp.Div)):
        by = division.expression
        if not isinstance(by, exp.Nullif) and (not isinstance(by, exp.Literal) or float(by.name) == 0):
            division.set("expression", exp.Nullif(this=by, expression=exp.Literal.number(0)))
    return tree
