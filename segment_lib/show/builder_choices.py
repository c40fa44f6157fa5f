"""What a condition can be made of: fields and features by family, functions with arguments, values of the data."""

from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow.compute as pc

from segment_lib.asof import AsOf
from segment_lib.engine import query_frame
from segment_lib.features.inventory import count_kinds, known_columns
from segment_lib.features.predicted import LIFETIME_COLUMNS
from segment_lib.features.rules import CompiledRule
from segment_lib.features.rules.arguments import MOST_MONTHS
from segment_lib.features.rules.functions import ANY_KIND, FUNCTIONS, Parameter, RuleFunction
from segment_lib.goals import GoalsFile
from segment_lib.loading.fields import columns_of, declared_table, load_fields
from segment_lib.segments.labels.definitions import load_labels
from segment_lib.segments.own import load_segments
from segment_lib.segments.preview_session import PreviewSession
from segment_lib.show.builder_condition import OPERATORS
from segment_lib.show.words import format_count, format_field
from segment_lib.sql import identifier, literal
from segment_lib.vocabulary import FAMILIES, RELATIONSHIPS, Column, ColumnType
from segment_lib.workspace import Workspace

MOST_VALUES = 50
_KEYS = frozenset(["interaction_id", "contact_id", "order_id", "merged_from", "import_id", "occurred_at", "kind"])
_OF_ROWS = "Functions of what happened"
_OF_CONTACTS = "Functions of contacts"

Choice = tuple[str, str]


def columns_to_ask(workspace: Workspace) -> list[Column]:
    """Return every column that a rule of a workspace may name: fields, features, and predictions where there are any.

    Parameters
    ----------
    workspace : whose.

    Returns
    -------
    list of Column
    """
    predicted = LIFETIME_COLUMNS if load_segments(workspace).lifetime is not None else ()
    return [*known_columns(workspace), *predicted]


def list_choices(workspace: Workspace, *, as_of: AsOf) -> dict[str, Any]:
    """Return what a window offers for a condition, in values that JSON can hold.

    Parameters
    ----------
    workspace : whose fields, features, kinds, labels and segments.
    as_of : the day seen from, for the kinds that there are.

    Returns
    -------
    dict
        `groups` (label and entries: key, name, label, type, meaning, inputs, options), `operators` by type, `lists`
        (by name, each of values with what they are called), `rows` (columns of interactions), `goals`.
    """
    columns = columns_to_ask(workspace)
    rows = [c for c in columns_of("interactions", load_fields(workspace)) if c.name not in _KEYS]
    families = [(family, [c for c in columns if c.family == family]) for family in FAMILIES]
    groups = [
        {"label": family.capitalize(), "entries": list(map(_field, found))} for family, found in families if found
    ]
    for label, of_rows in ((_OF_ROWS, True), (_OF_CONTACTS, False)):
        groups.append({"label": label, "entries": [_function(f) for f in FUNCTIONS if _asks_rows(f) == of_rows]})
    return {
        "groups": groups,
        "operators": {type: [list(pair) for pair in operators.items()] for type, operators in OPERATORS.items()},
        "lists": _lists(workspace, columns, rows, as_of),
        "rows": [
            {"name": c.name, "label": format_field(c.name), "type": c.type} for c in rows if c.type != "text list"
        ],
        "goals": goal_names(workspace),
    }


def goal_names(workspace: Workspace) -> list[str]:
    """Return the names of the goals of goals.yml, none without it."""
    if not workspace.has_definition("goals"):
        return []
    return [goal.name for goal in workspace.definition("goals", GoalsFile).goals]


def row_types(workspace: Workspace) -> dict[str, ColumnType]:
    """Return the columns of interactions that a `where` may name, with their types."""
    return {c.name: c.type for c in columns_of("interactions", load_fields(workspace))}


def values_of_contacts(workspace: Workspace, column: str, *, opened: PreviewSession) -> list[tuple[str, int]]:
    """Return the most frequent texts of a field or feature.

    Parameters
    ----------
    workspace : whose.
    column : its name.
    opened : of the day.

    Returns
    -------
    list of tuple of str and int
        The text and its number of contacts; none for columns that are no texts, or name people.
    """
    asked = next((c for c in columns_to_ask(workspace) if c.name == column), None)
    if asked is None or asked.type not in ("text", "text list") or asked.family == "identity":
        return []
    table, _ = opened.features_for([CompiledRule(column, "true", (), (column,))])
    found = table[column].combine_chunks()
    counted = pc.value_counts(found.flatten() if asked.type == "text list" else found).to_pylist()
    ranked = sorted((-one["counts"], one["values"]) for one in counted if one["values"] is not None)
    return _worth_offering([(value, -n) for n, value in ranked])


def values_of_rows(workspace: Workspace, column: str, *, kind: str = "", as_of: AsOf) -> list[tuple[str, int]]:
    """Return the most frequent texts of a column of interactions.

    Parameters
    ----------
    workspace : whose.
    column : its name.
    kind : of which kind; all kinds where empty.
    as_of : the day seen from.

    Returns
    -------
    list of tuple of str and int
        The text and its number of rows; none for columns that are no texts, or name single things.
    """
    if row_types(workspace).get(column) != "text" or column in _KEYS:
        return []
    of_kind = f"and kind = {literal(kind)}" if kind not in ("", ANY_KIND) else ""
    frame = query_frame(
        f"""select {identifier(column)} as value, count(*) as n from interactions
        where occurred_at < TIMESTAMPTZ '{as_of.end.isoformat()}' and {identifier(column)} is not null {of_kind}
        group by 1 order by n desc, 1 limit {MOST_VALUES + 1}""",
        {"interactions": declared_table(workspace, "interactions")},
        options=workspace.engine_options,
    )
    return _worth_offering([(str(value), int(n)) for value, n in zip(frame["value"], frame["n"], strict=True)])


def _worth_offering(counted: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    """Return the first of many values; of very many, those that occur once stand for one person, as streets do."""
    if len(counted) > MOST_VALUES:
        counted = [(value, n) for value, n in counted if n > 1]
    return list(counted[:MOST_VALUES])


def _lists(
    workspace: Workspace, columns: Sequence[Column], rows: Sequence[Column], as_of: AsOf
) -> dict[str, list[Choice]]:
    kinds = count_kinds(workspace, as_of=as_of)
    counted = [
        (str(kind), f"{kind} ({format_count(n)})")
        for kind, n in zip(kinds["kind"], kinds["interactions"], strict=True)
        if isinstance(kind, str)
    ]
    definitions = load_segments(workspace)
    segments = [view.name for view in definitions.smart_views] + (definitions.rfm.names if definitions.rfm else [])
    return {
        "kinds": [*counted, (ANY_KIND, "any kind")],
        "numbers": _named(c for c in columns if c.type in ("number", "integer")),
        "days": _named(c for c in columns if c.type in ("date", "timestamp")),
        "lists": _named(c for c in columns if c.type == "text list"),
        "row numbers": _named(c for c in rows if c.type in ("number", "integer")),
        "row texts": _named(c for c in rows if c.type == "text"),
        "row columns": _named(c for c in rows if c.type != "text list"),
        "labels": [(label.name, label.name) for label in load_labels(workspace).labels],
        "segments": [(name, name) for name in segments],
        "relationships": [(name, name) for name in RELATIONSHIPS],
    }


def _named(columns: Iterable[Column]) -> list[Choice]:
    return [(column.name, format_field(column.name)) for column in columns]


def _field(column: Column) -> dict[str, Any]:
    unit = f" ({column.unit})" if column.unit else ""
    return {
        "key": f"column {column.name}",
        "name": column.name,
        "label": format_field(column.name),
        "type": column.type,
        "meaning": f"{column.meaning}{unit}",
        "inputs": [],
        "options": [],
    }


def _asks_rows(function: RuleFunction) -> bool:
    return function.name == "average_order" or any(p.kind == "kind" for p in function.parameters)


def _function(function: RuleFunction) -> dict[str, Any]:
    options = [option for option in function.options if option != "then_where"]
    return {
        "key": f"function {function.name}",
        "name": function.name,
        "label": function.name.replace("_", " ").capitalize(),
        "type": function.returns,
        "meaning": function.meaning,
        "inputs": [_input(function, parameter) for parameter in function.parameters],
        "options": [{"name": option, "needed": option in function.needed} for option in options],
    }


def _input(function: RuleFunction, parameter: Parameter) -> dict[str, Any]:
    asked = {"label": parameter.name.replace("_", " ").capitalize(), "optional": parameter.optional}
    match function.name, parameter.kind:
        case _, "kind":
            return asked | {"input": "choice", "list": "kinds"}
        case _, "window":
            return asked | {"input": "window", "value": "180"}
        case _, "whole number":
            return asked | {"input": "number", "min": 1, "max": MOST_MONTHS, "step": 1, "value": "6"}
        case _, "percent":
            return asked | {"input": "number", "min": 0, "max": 100, "step": "any", "value": "10"}
        case "in_segment" | "has_relationship", _:
            return asked | {"input": "choice", "list": f"{parameter.name}s"}
        case "has_label", _:
            return asked | {"input": "text", "list": "labels"}
        case (("total" | "average" | "largest" | "smallest" | "share_of"), _):
            return asked | {"input": "choice", "list": "row numbers"}
        case "favourite", _:
            return asked | {"input": "choice", "list": "row texts"}
        case "distinct_values", _:
            return asked | {"input": "choice", "list": "row columns"}
        case (("anniversary" | "days_until"), _):
            return asked | {"input": "choice", "list": "days"}
        case "includes", "column":
            return asked | {"input": "choice", "list": "lists"}
        case (("top_percent" | "bottom_percent"), _):
            return asked | {"input": "choice", "list": "numbers"}
    example = {"latitude": "latitude", "longitude": "longitude", "comparison": "p_alive < 0.4", "certainty": "0.9"}
    return asked | {"input": "text", "value": example.get(parameter.name, "")}
