"""What a condition measures: which values it compares, and with what."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from sqlglot import exp

from segment_lib.features.rules import CompiledRule
from segment_lib.features.rules.layout import write_inline
from segment_lib.features.rules.reading import arguments_of, name_of_call, read_rule
from segment_lib.features.rules.types import COMPARISONS
from segment_lib.segments.explaining.language import Language

_CALLS = (exp.Count, exp.Anonymous)
_NO_VALUE = ("has_label", "in_segment", "random_percent", "ever", "never", "resumed", "followed_by")


@dataclass(frozen=True)
class Quantities:
    """What a condition compares.

    Parameters
    ----------
    shown : formulas whose values say why the condition holds or does not, by their texts.
    value : what is compared, as a key of `shown`; empty where nothing is.
    bounds : what it is compared with, by text: formulas, of which the nearest counts.
    units : of what is shown, by text; empty where it has none.
    """

    shown: dict[str, CompiledRule]
    value: str = ""
    bounds: tuple[tuple[str, CompiledRule], ...] = ()
    units: dict[str, str] = field(default_factory=dict)

    @property
    def formulas(self) -> dict[str, CompiledRule]:
        """All that has to be computed."""
        return self.shown | dict(self.bounds)


def find_quantities(condition: str, rule: CompiledRule, language: Language) -> Quantities:
    """Return what a condition measures.

    Parameters
    ----------
    condition : a part of a rule that `and`, `or` and `not` do not divide.
    rule : the same, compiled.
    language : what it may name.

    Returns
    -------
    Quantities
    """
    node = read_rule(condition).unnest()
    node = node.this.unnest() if isinstance(node, exp.Not) else node
    shown, units = _shown(node, language)
    if isinstance(node, exp.Anonymous):
        return _of_call(node, rule, language) or Quantities(shown, units=units)
    if isinstance(node, exp.Between):
        return _compared(node.this, [node.args["low"], node.args["high"]], language) or Quantities(shown, units=units)
    if isinstance(node, COMPARISONS):
        sides = [node.this, node.expression]
        if not _shown(node.this, language)[0]:
            sides.reverse()
        return _compared(sides[0], sides[1:], language) or Quantities(shown, units=units)
    return Quantities(shown, units=units)


def _compared(value: exp.Expr, bounds: list[exp.Expr], language: Language) -> Quantities | None:
    """Return what a comparison measures, where it is of numbers or of days."""
    if any(_asks_for_segments(part) for part in (value, *bounds)):
        return None
    text, formula = _formula(value, language)
    if formula.kind not in ("number", "day"):
        return None
    shown, units = _shown(value, language)
    unit = "days" if formula.kind == "day" else next(iter(units.values()), "") if len(set(units.values())) == 1 else ""
    # Both sides count: `total('purchase') > 0.5 * total_spend` compares two numbers of the contact.
    for bound in bounds:
        more, more_units = _shown(bound, language)
        shown, units = shown | more, units | more_units
    # The unit of a distance: that of an instant are days, though it has none itself.
    return Quantities({text: formula} | shown, text, tuple(_formula(b, language) for b in bounds), units | {text: unit})


def _of_call(node: exp.Anonymous, rule: CompiledRule, language: Language) -> Quantities | None:
    """Return what a call measures beside its arguments, where there is more to say than what it answers."""
    name = name_of_call(node)
    arguments, options = arguments_of(node)
    if name in ("top_percent", "bottom_percent"):
        found = _compared(arguments[0], [], language)
        [cut] = rule.cuts
        # The cut of the largest values is one of their opposites.
        condition = f"-({cut.name})" if name == "top_percent" else cut.name
        bound = CompiledRule(cut.name, condition, kind="number")
        return replace(found, bounds=((cut.name, bound),)) if found else None
    if name == "probably":
        comparison = arguments[0].unnest()
        column, prediction, quantile = rule.quantiles[0]
        text, unit = f"{prediction} at {quantile:.0%}", language.units.get(prediction, "")
        shown = {text: CompiledRule(text, column, kind="number"), prediction: language.formula(prediction)}
        return Quantities(shown, text, (_formula(comparison.expression, language),), dict.fromkeys(shown, unit))
    if name == "regularly":
        text = f"active_months({', '.join([*map(write_inline, arguments), *_written(options)])})"
        return Quantities({text: language.formula(text)}, text, (_formula(arguments[1], language),), {text: "months"})
    if name == "stopped":
        text = f"days_since({', '.join([write_inline(arguments[0]), *_written(options)])})"
        return Quantities({text: language.formula(text)}, units={text: "days"})
    if name == "has_relationship":
        return Quantities({"relationships": language.formula("relationships")})
    return None


def _formula(node: exp.Expr, language: Language) -> tuple[str, CompiledRule]:
    text = write_inline(node)
    return text, language.formula(text)


def _written(options: list[tuple[str, exp.Expr]]) -> list[str]:
    return [f"{name} => {write_inline(value)}" for name, value in options]


def _shown(node: exp.Expr, language: Language) -> tuple[dict[str, CompiledRule], dict[str, str]]:
    """Return the calls and columns whose values say why something holds, and their units."""
    found = {write_inline(part): (part, formula) for part, formula in _named(node, language)}
    units = {text: _unit(part, formula, language) for text, (part, formula) in found.items()}
    return {text: formula for text, (_, formula) in found.items()}, units


def _named(node: exp.Expr, language: Language) -> Iterator[tuple[exp.Expr, CompiledRule]]:
    """Go through the calls that have a value, and the columns that stand outside of calls, or in calls without one."""
    if isinstance(node, _CALLS) and name_of_call(node) in _NO_VALUE:
        return
    if isinstance(node, exp.Column) or (isinstance(node, _CALLS) and not _asks_for_segments(node)):
        formula = language.formula(write_inline(node))
        if isinstance(node, exp.Column) or formula.kind != "boolean":
            yield node, formula
            return
        plain, _ = arguments_of(node)
        for part in plain:
            if isinstance(part, exp.Column) and part.name in language.types:
                yield part, language.formula(write_inline(part))
        return
    for part in node.iter_expressions():
        yield from _named(part, language)


def _asks_for_segments(node: exp.Expr) -> bool:
    return any(name_of_call(call) == "in_segment" for call in node.find_all(exp.Anonymous))


def _unit(node: exp.Expr, formula: CompiledRule, language: Language) -> str:
    if isinstance(node, exp.Column):
        return language.units.get(node.name, "")
    return formula.features[-1].unit if formula.features else ""
