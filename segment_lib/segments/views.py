"""Smart views: every rule evaluated over one features table, with who is in, out and unknown."""

from collections.abc import Mapping, Sequence

import duckdb
import pyarrow as pa

from segment_lib.engine import Table, run_sql
from segment_lib.errors import InvalidDefinition, InvalidRule
from segment_lib.features.catalogue import CATALOGUE
from segment_lib.features.record import Feature
from segment_lib.features.rules import CompiledRule, compile_rule
from segment_lib.vocabulary import CONTACTS, INTERACTIONS, Column, ColumnType


def compile_views(
    rules: Mapping[str, str],
    *,
    contact_columns: Sequence[Column] = CONTACTS,
    interaction_columns: Sequence[Column] = INTERACTIONS,
    features: Sequence[Feature] = CATALOGUE,
) -> dict[str, CompiledRule]:
    """Compile named rules, all faults at once.

    Parameters
    ----------
    rules : name to text.
    contact_columns, interaction_columns : with the workspace's custom fields.
    features : what rules may name beside the contacts' columns.

    Returns
    -------
    dict of str to CompiledRule

    Raises
    ------
    InvalidDefinition
        One or more rules have faults; each is named.

    Examples
    --------
    >>> compile_views({"Big": "total_spend > 500"})["Big"].condition
    'total_spend > 500'
    """
    columns: dict[str, ColumnType] = {column.name: column.type for column in contact_columns}
    columns |= {feature.name: feature.type for feature in features}
    compiled, faults = {}, []
    for name, text in rules.items():
        if name == "contact_id":
            faults.append("contact_id: a rule must not be called like the key of contacts.")
        try:
            compiled[name] = compile_rule(
                text, columns=columns, interaction_columns={c.name: c.type for c in interaction_columns}
            )
        except InvalidRule as fault:
            faults.append(f"{name}: {fault}")
    if faults:
        raise InvalidDefinition(faults)
    return compiled


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


def _evaluate(features: Table, rules: Mapping[str, CompiledRule]) -> pa.Table:
    # By place, not by name: to the engine `Big` and `big` are the same column.
    select = "".join(f", ({rule.condition}) as rule_{place}" for place, rule in enumerate(rules.values()))
    answers = run_sql(f"select contact_id{select} from features order by contact_id", {"features": features})
    return answers.rename_columns(["contact_id", *rules])


def _fault(features: Table, name: str, rule: CompiledRule) -> str:
    try:
        _evaluate(features, {name: rule})
    except duckdb.Error as error:
        return f"{name}: can't be computed: {str(error).splitlines()[0]}"
    return ""
