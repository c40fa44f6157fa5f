"""What linting asks of the data about the words of rules: values, kinds and fields that may not be there."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import sqlglot
from sqlglot import exp

from segment_lib.features.pieces import names_in
from segment_lib.features.rules import CompiledRule
from segment_lib.features.rules.functions import ANY_KIND, function_called
from segment_lib.features.rules.layout import write_inline
from segment_lib.features.rules.reading import arguments_of, name_of_call
from segment_lib.segments.linting.reading import Rules, conditions_in
from segment_lib.vocabulary import ColumnType


@dataclass(frozen=True)
class Question:
    """Whether something that a rule names occurs.

    Parameters
    ----------
    segment : whose rule.
    node : where it is named.
    table : `features`, with contacts' own fields, or `interactions`.
    column : of that table; empty where a kind is asked for.
    kind : of interactions; empty for any, and for contacts.
    value : the text that is compared with the column; nothing where the column itself is asked for.
    pattern : `like` or `ilike` where the value is a pattern.
    alone : whether it is the one value that the condition names.
    written : what the column is called in the rule.
    """

    segment: str
    node: exp.Expr
    table: str
    column: str = ""
    kind: str = ""
    value: str | None = None
    pattern: str = ""
    alone: bool = True
    written: str = ""

    @property
    def key(self) -> tuple[str, str, str, str | None, str]:
        """What is asked, whoever asks it."""
        return self.table, self.column, self.kind, self.value, self.pattern


def make_questions(
    read: Rules, contact_types: Mapping[str, ColumnType], interaction_types: Mapping[str, ColumnType]
) -> list[Question]:
    """Return what rules name and data may lack.

    Parameters
    ----------
    read : the rules.
    contact_types, interaction_types : columns of contacts (without features) and of interactions, with their types.

    Returns
    -------
    list of Question
    """
    found: list[Question] = []
    for name, rule in read.rules.items():
        for node in conditions_in(rule.tree):
            compiled = read.compiled[write_inline(node)]
            blank = Question(name, node, "features")
            found += _values(blank, sqlglot.parse_one(compiled.condition, dialect="duckdb"), read, node)
            if not _asks_emptiness(node):
                found += _fields(blank, compiled, contact_types)
            for call in node.find_all(exp.Count, exp.Anonymous):
                found += _of_call(replace(blank, node=call, table="interactions"), call, interaction_types)
    return found


def _fields(blank: Question, compiled: CompiledRule, types: Mapping[str, ColumnType]) -> Iterator[Question]:
    names = set(compiled.columns)
    for feature in compiled.features:
        names |= names_in(feature.sql) if feature.level == "contact" else set()
    for name in sorted(names & types.keys() - {"contact_id"}):
        yield replace(blank, column=name, written=name)


def _of_call(blank: Question, call: exp.Expr, types: Mapping[str, ColumnType]) -> Iterator[Question]:
    function = function_called(name_of_call(call))
    plain, named = arguments_of(call)
    if function is None:
        return
    values = dict(zip((p.name for p in function.parameters), plain, strict=False))
    kinds = {"where": _kind(values.get("kind")), "then_where": _kind(values.get("then_kind"))}
    if function.name == "average_order":
        kinds["where"] = "purchase"
    for name in ("kind", "then_kind"):
        if name in values and _kind(values[name]):
            yield replace(blank, node=values[name], kind=_kind(values[name]))
    if "column" in values:
        yield replace(blank, column=values["column"].name, kind=kinds["where"], written=values["column"].name)
    for option, tree in named:
        if option not in kinds:
            continue
        for node in conditions_in(tree):
            here = replace(blank, node=node, kind=kinds[option])
            if not _asks_emptiness(node):
                columns = dict.fromkeys(column.name for column in node.find_all(exp.Column))
                yield from (replace(here, column=name, written=name) for name in columns)
            yield from _texts(here, node, {name: name for name, type in types.items() if type == "text"})


def _values(blank: Question, tree: exp.Expr, read: Rules, node: exp.Expr) -> Iterator[Question]:
    """Return the texts that columns of the features table are compared with."""
    texts = {
        column.name: column.name
        for column in tree.find_all(exp.Column)
        if read.fields.type_of(column.name) == "text" and column.name != "contact_id"
    }
    left = node.this if node.this and isinstance(node.this, exp.Expr) else node
    for name in texts:
        if name in read.fields.records:
            texts[name] = write_inline(left)
    yield from _texts(blank, tree, texts)


def _texts(blank: Question, tree: exp.Expr, columns: Mapping[str, str]) -> Iterator[Question]:
    """Return the texts that columns are compared with in one condition."""
    for node in tree.find_all(exp.EQ, exp.NEQ, exp.In, exp.Like, exp.ILike):
        sides = [node.this.unnest(), *([] if isinstance(node, exp.In) else [node.expression.unnest()])]
        column = next((side for side in sides if isinstance(side, exp.Column) and side.name in columns), None)
        if column is None:
            continue
        options = [*(node.expressions if isinstance(node, exp.In) else []), *sides]
        texts = [option for option in options if isinstance(option, exp.Literal) and option.is_string]
        pattern = node.key if isinstance(node, exp.Like | exp.ILike) else ""
        for text in texts:
            yield replace(
                blank, column=column.name, value=text.name, pattern=pattern, alone=len(texts) == 1,
                written=columns[column.name],
            )  # fmt: skip


def _asks_emptiness(node: exp.Expr) -> bool:
    """Tell whether a condition asks whether a field is empty: then few values are what is asked for."""
    return isinstance(node, exp.Is) and isinstance(node.expression, exp.Null)


def _kind(node: exp.Expr | None) -> str:
    return node.name if node is not None and node.name != ANY_KIND else ""
