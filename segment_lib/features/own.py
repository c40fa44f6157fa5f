"""A workspace's own features: formulas in the rule language, from features.yml."""

from collections.abc import Mapping, Sequence

from pydantic import Field, field_validator
from sqlglot import exp

from segment_lib.definitions import Definition
from segment_lib.errors import InvalidDefinition, InvalidRule
from segment_lib.features.catalogue import CATALOGUE
from segment_lib.features.predicted import LIFETIME_COLUMNS, LIFETIME_NAMES
from segment_lib.features.record import Feature
from segment_lib.features.rules import compile_formula
from segment_lib.features.rules.order import order_by_needs
from segment_lib.loading.fields import columns_of, load_fields
from segment_lib.sql import columns_of as columns_in
from segment_lib.sql import parse_expression
from segment_lib.vocabulary import Column, ColumnType, Family
from segment_lib.workspace import Workspace

# Columns that segmentation puts beside features, and words of records.
RESERVED = frozenset(
    [
        *("recency_score", "frequency_score", "monetary_score", "value_score", "rfm_group", "cluster", "in_target"),
        *("as_of", "as_of_day", "contact_id"),
    ]
)
_TYPES: dict[str, ColumnType] = {"number": "number", "text": "text", "day": "date", "boolean": "boolean"}


class OwnFeature(Definition):
    """A feature of a workspace's own: a formula in the rule language, with what the report says about it."""

    name: str = Field(pattern="^[a-z][a-z0-9_]*$")
    formula: str = Field(min_length=1)
    unit: str = ""
    family: Family = "behavioural"
    meaning: str = ""


class FeaturesFile(Definition):
    """The file features.yml."""

    features: list[OwnFeature] = []

    @field_validator("features")
    @classmethod
    def _names_are_free(cls, features: list[OwnFeature]) -> list[OwnFeature]:
        taken = {feature.name for feature in CATALOGUE} | LIFETIME_NAMES | RESERVED
        for feature in features:
            if feature.name in taken:
                raise ValueError(f"`{feature.name}` is a feature or a column already; choose another name.")
            taken.add(feature.name)
        return features


def load_catalogue(workspace: Workspace) -> tuple[Feature, ...]:
    """Return the features that a workspace has: the catalogue, then its own, in an order in which they can be computed.

    Parameters
    ----------
    workspace : its features.yml adds formulas to the catalogue; without the file there is the catalogue alone.

    Returns
    -------
    tuple of Feature
        Records that only a formula needs have a name with a hash, such as `_count_visit_0a1b2c3d`.

    Raises
    ------
    InvalidDefinition
        A formula has faults, or formulas need one another in a circle; all are named.
    """
    if not workspace.has_definition("features"):
        return CATALOGUE
    fields = load_fields(workspace)
    own = workspace.definition("features", FeaturesFile).features
    places = workspace.places("features", "features")
    return compile_features(
        own,
        called={f.name: f"{place}: {f.name}" for f, place in zip(own, places, strict=False)},
        contact_columns=[*columns_of("contacts", fields), *LIFETIME_COLUMNS],
        interaction_columns=columns_of("interactions", fields),
    )


def compile_features(
    own: Sequence[OwnFeature],
    *,
    contact_columns: Sequence[Column],
    interaction_columns: Sequence[Column],
    called: Mapping[str, str] | None = None,
) -> tuple[Feature, ...]:
    """Turn formulas into records that stand behind those of the catalogue.

    Parameters
    ----------
    own : formulas, in any order; one may name another.
    contact_columns, interaction_columns : with the workspace's custom fields.
    called : what a message calls each formula; the file and its name where not given.

    Returns
    -------
    tuple of Feature

    Raises
    ------
    InvalidDefinition
        A formula has faults, is called like a column, or formulas need one another in a circle; all are named.

    Examples
    --------
    >>> from segment_lib.vocabulary import CONTACTS, INTERACTIONS
    >>> own = OwnFeature(name="fig_share", formula="total('purchase', where => category = 'Fig') / total_spend")
    >>> compile_features([own], contact_columns=CONTACTS, interaction_columns=INTERACTIONS)[-1].sql
    '_total_purchase_d24ee767 / NULLIF(total_spend, 0)'
    """
    types: dict[str, ColumnType] = {column.name: column.type for column in contact_columns}
    types |= {feature.name: feature.type for feature in CATALOGUE}
    rows: dict[str, ColumnType] = {column.name: column.type for column in interaction_columns}
    columns = {column.name for column in contact_columns}
    called = {feature.name: f"features.yml: {feature.name}" for feature in own} | dict(called or {})
    faults = [f"{called[f.name]}: must not be called like a column of contacts." for f in own if f.name in columns]
    records: dict[str, Feature] = {feature.name: feature for feature in CATALOGUE}
    waiting = {feature.name: feature for feature in own if feature.name not in columns}
    order = order_by_needs({name: _names(f.formula) - {name} for name, f in waiting.items()})
    for circle in order.circles:
        path = " -> ".join(circle)
        faults.append(
            f"{called.get(circle[0], circle[0])}: formulas must not need one another in a circle, got {path}."
        )
    for feature in (waiting[name] for name in order.settled):
        try:
            _compile(feature, records, types, rows)
        except InvalidRule as fault:
            faults.append(f"{called.get(feature.name, feature.name)}: {fault}")
    if faults:
        raise InvalidDefinition(faults)
    return tuple(records.values())


def _compile(
    own: OwnFeature, records: dict[str, Feature], types: dict[str, ColumnType], rows: Mapping[str, ColumnType]
) -> None:
    if own.name in _names(own.formula):
        raise InvalidRule(f"a formula must not need itself: `{own.formula.strip()[:80]}`.")
    formula = compile_formula(own.formula, columns=types, interaction_columns=rows)
    if formula.cuts:
        raise InvalidRule(
            "`top_percent` and `bottom_percent` are of all contacts: they stand in rules, not in formulas."
        )
    if formula.kind not in _TYPES:
        raise InvalidRule(f"a formula must be a number, text, day or condition, got a {formula.kind}.")
    records |= {feature.name: feature for feature in formula.features}
    tree = parse_expression(formula.condition, functions=(exp.Nullif,)).unnest()
    # A column alone keeps its type, in brackets too: an instant is no day.
    alone = tree.name if isinstance(tree, exp.Column) else ""
    type, sql = types.get(alone, _TYPES[formula.kind]), alone or formula.condition
    records[own.name] = Feature(own.name, sql, own.unit, own.family, own.meaning or own.formula, type, "contact")
    types[own.name] = type


def _names(formula: str) -> set[str]:
    """Return the columns that a formula names; one that does not parse is told when it is compiled."""
    try:
        tree = parse_expression(formula, functions=(exp.Count, exp.Anonymous, exp.Kwarg, exp.Var))
    except InvalidRule:
        return set()
    # What stands in a `where` are columns of interactions.
    return {column.name for column in columns_in(tree) if not column.find_ancestor(exp.Kwarg)}
