"""Compiling: the text of a rule becomes a condition over a features table, with the records that it needs there."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlglot import exp

from segment_lib.errors import InvalidRule, list_faults
from segment_lib.features.record import Feature
from segment_lib.features.rules.compiler import RuleCompiler
from segment_lib.features.rules.of_contacts import Cut
from segment_lib.sql import columns_of, parse_expression
from segment_lib.vocabulary import ColumnType

# The nodes that calls are made of.
CALLS = (exp.Count, exp.Anonymous, exp.Kwarg, exp.Var)


@dataclass(frozen=True)
class Step:
    """Another segment that a rule asks for: its answer becomes a column before the rule is evaluated."""

    column: str
    condition: str


@dataclass(frozen=True)
class CompiledRule:
    """A rule or formula that was understood: its SQL over a features table, and the records that it needs there.

    `kind` is boolean, number, text, day or list; `columns` are the contact columns and features that the text names, or
    those of the segments that it asks for.
    """

    text: str
    condition: str
    features: tuple[Feature, ...] = ()
    columns: tuple[str, ...] = ()
    kind: str = "boolean"
    # Column to the prediction and the quantile of it that `probably` needs.
    quantiles: tuple[tuple[str, str, float], ...] = ()
    # What is known once all contacts are: the bounds of `top_percent`.
    cuts: tuple[Cut, ...] = ()
    # Segments that it asks for, and those that these ask for, each after those that it needs.
    steps: tuple[Step, ...] = ()
    # Names of the segments that its own text asks for, and of the labels, also by way of other segments.
    segments: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()


def compile_rule(
    text: str,
    *,
    columns: Mapping[str, ColumnType],
    interaction_columns: Mapping[str, ColumnType],
    segments: Mapping[str, CompiledRule] | None = None,
) -> CompiledRule:
    """Parse a rule, check its names and types, and replace its functions by features.

    Parameters
    ----------
    text : such as ``country = 'ES' and count('purchase', within => '90 days') >= 3``.
    columns : what a rule may name: contact fields, custom fields and features, with their types.
    interaction_columns : what a `where` may name.
    segments : what `in_segment` may name: other rules that were compiled.

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
    compiled = compile_formula(text, columns=columns, interaction_columns=interaction_columns, segments=segments)
    if compiled.kind != "boolean":
        raise InvalidRule(
            f"a rule must be a condition that is true or false, got a {compiled.kind}: `{text.strip()[:80]}`."
        )
    return compiled


def compile_formula(
    text: str,
    *,
    columns: Mapping[str, ColumnType],
    interaction_columns: Mapping[str, ColumnType],
    segments: Mapping[str, CompiledRule] | None = None,
) -> CompiledRule:
    """Compile an expression of the rule language that may have any value, as a feature of one's own has.

    Parameters
    ----------
    text, columns, interaction_columns, segments : as for `compile_rule`.

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
    tree = parse_expression(text, functions=CALLS)
    known = segments or {}
    compiler = RuleCompiler(text, columns, interaction_columns, {name: segment_column(name) for name in known})
    # A call or a column alone has nothing around it that another could be put into.
    held = exp.Paren(this=tree).transform(compiler.replace)
    compiler.check_columns(held)
    kind = compiler.kind_of(held.this)
    if compiler.faults:
        raise InvalidRule(list_faults(list(dict.fromkeys(compiler.faults))))
    names = dict.fromkeys(column.name for column in columns_of(held))
    condition = compiler.finish(held)[1:-1]
    return _with_segments(
        CompiledRule(
            text,
            condition,
            tuple(compiler.features.values()),
            tuple(names),
            kind,
            tuple(compiler.quantiles),
            tuple(compiler.cuts.values()),
            labels=tuple(compiler.labels),
            segments=tuple(compiler.asked),
        ),
        {name: known[name] for name in compiler.asked},
    )


def segment_column(name: str) -> str:
    """Return the column that the answer of a segment's rule becomes where another rule asks for it.

    Examples
    --------
    >>> segment_column("Active buyers")
    '_in_segment_active_buyers_cabffc09'
    """
    # The hash keeps apart what the engine takes for one name, such as `Big` and `big`.
    words = "".join(character if character.isalnum() and character.isascii() else "_" for character in name.lower())
    return f"_in_segment_{words}_{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _with_segments(rule: CompiledRule, asked: Mapping[str, CompiledRule]) -> CompiledRule:
    """Add what the segments that a rule asks for need, and the columns of their answers."""
    if not asked:
        return rule
    others = asked.values()
    steps = [step for name, one in asked.items() for step in (*one.steps, Step(segment_column(name), one.condition))]
    own = {segment_column(name) for name in asked}
    return replace(
        rule,
        features=_each_once(rule.features, *(one.features for one in others)),
        columns=tuple(c for c in _each_once(rule.columns, *(one.columns for one in others)) if c not in own),
        quantiles=_each_once(rule.quantiles, *(one.quantiles for one in others)),
        cuts=_each_once(rule.cuts, *(one.cuts for one in others)),
        steps=_each_once(steps),
        labels=_each_once(rule.labels, *(one.labels for one in others)),
    )


def _each_once(*parts: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(one for part in parts for one in part))
