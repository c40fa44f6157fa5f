"""Smart views: every rule evaluated over one features table, with who is in, out and unknown."""

from collections.abc import Mapping, Sequence

import duckdb
import pyarrow as pa

from segment_lib.engine import Table, run_sql
from segment_lib.errors import InvalidDefinition, InvalidRule
from segment_lib.features.catalogue import CATALOGUE
from segment_lib.features.pieces import names_in, select
from segment_lib.features.record import Feature
from segment_lib.features.rules import CompiledRule, compile_rule
from segment_lib.features.rules.order import put_in_order
from segment_lib.sql import identifier
from segment_lib.vocabulary import CONTACTS, INTERACTIONS, Column, ColumnType

# What stands for a rule that has a fault of its own, so that those which ask for it are looked at too.
_BROKEN = CompiledRule("", "null")


def compile_views(
    rules: Mapping[str, str],
    *,
    contact_columns: Sequence[Column] = CONTACTS,
    interaction_columns: Sequence[Column] = INTERACTIONS,
    features: Sequence[Feature] = CATALOGUE,
    others: Mapping[str, CompiledRule] | None = None,
    called: Mapping[str, str] | None = None,
) -> dict[str, CompiledRule]:
    """Compile named rules, all faults at once; `in_segment` names others among them.

    Parameters
    ----------
    rules : name to text.
    contact_columns, interaction_columns : with the workspace's custom fields.
    features : what rules may name beside the contacts' columns.
    others : what `in_segment` may name beside the rules themselves, such as RFM groups.
    called : what a message calls each rule, such as its place in a file; its name where not given.

    Returns
    -------
    dict of str to CompiledRule

    Raises
    ------
    InvalidDefinition
        One or more rules have faults, or need one another in a circle; each is named.

    Examples
    --------
    >>> compile_views({"Big": "total_spend > 500"})["Big"].condition
    'total_spend > 500'
    """
    columns: dict[str, ColumnType] = {column.name: column.type for column in contact_columns}
    columns |= {feature.name: feature.type for feature in features}
    known, faults, called = dict(others or {}), [], called or {}
    order = put_in_order(rules)
    for circle in order.circles:
        what = called.get(circle[0], circle[0])
        faults.append(f"{what}: segments must not need one another in a circle, got {' -> '.join(circle)}.")
    for name in order.names:
        if name == "contact_id":
            faults.append("contact_id: a rule must not be called like the key of contacts.")
        try:
            known[name] = compile_rule(
                rules[name],
                columns=columns,
                interaction_columns={c.name: c.type for c in interaction_columns},
                segments=known | dict.fromkeys(order.in_circles, _BROKEN),
            )
        except InvalidRule as fault:
            faults.append(f"{called.get(name, name)}: {fault}")
            # What asks for it is looked at all the same.
            known[name] = _BROKEN
    if faults:
        raise InvalidDefinition(faults)
    return {name: known[name] for name in rules}


def needed_features(rules: Mapping[str, CompiledRule]) -> list[Feature]:
    """Return the records that some rules need beside the catalogue, each once."""
    found = {feature.name: feature for rule in rules.values() for feature in rule.features}
    return list(found.values())


def evaluate_views(features: Table, rules: Mapping[str, CompiledRule]) -> pa.Table:
    """Evaluate rules over a features table.

    Parameters
    ----------
    features : one row a contact, with the columns and features that the rules name.
    rules : from `compile_views`.

    Returns
    -------
    pyarrow.Table
        `contact_id` and one boolean column a rule: true is in, false is out, null is unknown.

    Raises
    ------
    InvalidDefinition
        A rule cannot be computed, as when a product is larger than any number; each such rule is named.

    Examples
    --------
    >>> people = pa.table({"contact_id": ["a", "b"], "total_spend": [900.0, None]})
    >>> evaluate_views(people, compile_views({"Big": "total_spend > 500"})).to_pylist()
    [{'contact_id': 'a', 'Big': True}, {'contact_id': 'b', 'Big': None}]
    """
    try:
        return _evaluate(features, rules)
    except duckdb.Error:
        faults = [fault for name, rule in rules.items() if (fault := _fault(features, name, rule))]
        if not faults:
            raise
        raise InvalidDefinition(faults) from None


def views_sql(rules: Mapping[str, CompiledRule]) -> str:
    """Return the one query that evaluates rules over the table `features`.

    Parameters
    ----------
    rules : from `compile_views`.

    Returns
    -------
    str
        DuckDB SQL; its columns are `contact_id` and `rule_0`, `rule_1` ... in the order of the rules.

    Examples
    --------
    >>> print(views_sql(compile_views({"Big": "total_spend > 500", "Top": "top_percent(total_spend, 10)"})))
    with cuts as (
        select quantile_disc(-(total_spend), 0.1) as _cut_1bf599d4
        from features
    ),
    asked_0 as (
        select *
        from features cross join cuts
    )
    select contact_id,
        (total_spend > 500) as rule_0,
        ((-(total_spend) <= _cut_1bf599d4)) as rule_1
    from asked_0
    order by contact_id
    """
    tables, selection = plan_views(rules)
    named = ",\n".join(f"{name} as (\n{query}\n)" for name, query in tables.items())
    start = f"with {named}\n" if named else ""
    return f"{start}{selection}\norder by contact_id"


def plan_views(rules: Mapping[str, CompiledRule]) -> tuple[dict[str, str], str]:
    """Return the query of `views_sql` in parts: table expressions over `features`, and the selection at the end.

    Parameters
    ----------
    rules : from `compile_views`.

    Returns
    -------
    tuple of dict and str
    """
    cuts = {cut.name: cut.sql for rule in rules.values() for cut in rule.cuts}
    steps = {step.column: step.condition for rule in rules.values() for step in rule.steps}
    tables, source = {}, "features"
    if cuts:
        tables["cuts"] = select([f"{sql} as {name}" for name, sql in cuts.items()], source)
        source = "features cross join cuts"
    for place, layer in enumerate(_layers(steps) or ([{}] if cuts else [])):
        columns = ["*", *(f"({condition}) as {identifier(column)}" for column, condition in layer.items())]
        tables[f"asked_{place}"] = select(columns, source)
        source = f"asked_{place}"
    # By place, not by name: to the engine `Big` and `big` are the same column.
    answers = "".join(f",\n    ({rule.condition}) as rule_{place}" for place, rule in enumerate(rules.values()))
    return tables, f"select contact_id{answers}\nfrom {source}"


def _layers(steps: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the steps in layers: each needs the answers of earlier ones alone."""
    layers: list[dict[str, str]] = []
    waiting = dict(steps)
    needs = {column: names_in(condition) for column, condition in steps.items()}
    while waiting:
        layer = {column: condition for column, condition in waiting.items() if not needs[column] & waiting.keys()}
        assert layer, f"answers must not need one another in a circle, got {list(waiting)}"
        layers.append(layer)
        waiting = {column: condition for column, condition in waiting.items() if column not in layer}
    return layers


def _evaluate(features: Table, rules: Mapping[str, CompiledRule]) -> pa.Table:
    answers = run_sql(views_sql(rules), {"features": features})
    return answers.rename_columns(["contact_id", *rules])


def _fault(features: Table, name: str, rule: CompiledRule) -> str:
    try:
        _evaluate(features, {name: rule})
    except duckdb.Error as error:
        return f"{name}: can't be computed: {str(error).splitlines()[0]}"
    return ""
