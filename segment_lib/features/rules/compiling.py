"""Compiling: the text of a rule becomes a condition over a features table, with the records that it needs there."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

from segment_lib.errors import InvalidRule
from segment_lib.features.record import Feature
from segment_lib.features.rules.compiler import RuleCompiler
from segment_lib.sql import columns_of, parse_expression
from segment_lib.vocabulary import ColumnType


@dataclass(frozen=True)
class CompiledRule:
    """A rule or formula that was understood: its SQL over a features table, and the records that it needs there.

    `kind` is boolean, number, text, day or list; `columns` are the contact columns and features that the text names.
    """

    text: str
    condition: str
    features: tuple[Feature, ...]
    columns: tuple[str, ...]
    kind: str = "boolean"
    # Column to the prediction and the quantile of it that `probably` needs.
    quantiles: tuple[tuple[str, str, float], ...] = ()


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
    '_count_purchase_34d09495 >= 3'
    >>> compile_rule("ever('call', within => '7 days')", columns={}, interaction_columns={}).features[0].formula
    "count(*) filter (where in_last('7 days')) of interactions: call"
    >>> compile_rule("contry = 'ES'", columns={"country": "text"}, interaction_columns={})
    Traceback (most recent call last):
    segment_lib.errors.InvalidRule: can't find a column `contry`. Did you mean `country`?
      contry = 'ES'
      ^^^^^^
    """
    compiled = compile_formula(text, columns=columns, interaction_columns=interaction_columns)
    if compiled.kind != "boolean":
        raise InvalidRule(
            f"a rule must be a condition that is true or false, got a {compiled.kind}: `{text.strip()[:80]}`."
        )
    return compiled


def compile_formula(
    text: str, *, columns: Mapping[str, ColumnType], interaction_columns: Mapping[str, ColumnType]
) -> CompiledRule:
    """Compile an expression of the rule language that may have any value, as a feature of one's own has.

    Parameters
    ----------
    text, columns, interaction_columns : as for `compile_rule`.

    Returns
    -------
    CompiledRule

    Raises
    ------
    InvalidRule
        As for `compile_rule`.

    Examples
    --------
    >>> formula = compile_formula("total('purchase', where => category = 'Fig') / total_spend",
    ...                           columns={"total_spend": "number"}, interaction_columns={"category": "text"})
    >>> formula.kind, formula.condition
    ('number', '_total_purchase_d24ee767 / NULLIF(total_spend, 0)')
    """
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise InvalidRule("a rule must be text that can be written as UTF-8, got half of a character.")
    tree = parse_expression(text, functions=(exp.Count, exp.Anonymous, exp.Kwarg, exp.Var))
    compiler = RuleCompiler(text, columns, interaction_columns)
    replaced = tree.transform(compiler.replace)
    compiler.check_columns(replaced)
    kind = compiler.kind_of(replaced)
    names = dict.fromkeys(column.name for column in columns_of(replaced))
    condition = compiler.finish(replaced)
    return CompiledRule(
        text, condition, tuple(compiler.features.values()), tuple(names), kind, tuple(compiler.quantiles)
    )
