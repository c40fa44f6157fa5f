"""What linting asks of the data about rules: variants of them, evaluated together."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from segment_lib.errors import InvalidRule
from segment_lib.features.rules.layout import write_inline
from segment_lib.features.rules.reading import arguments_of, name_of_call, parts_of, read_rule
from segment_lib.segments.linting.by_logic import parts_in_chains
from segment_lib.segments.linting.logic import Condition, Known
from segment_lib.segments.linting.reading import Rule, Rules, conditions_in
from segment_lib.sql import literal

# Conditions that are looked at by themselves: how many meet them.
_ALONE = ("has_label", "has_relationship", "includes", "top_percent", "bottom_percent")
_NEGATED = (exp.Not, exp.NEQ)


@dataclass(frozen=True)
class Probe:
    """One variant of a rule.

    Parameters
    ----------
    segment : whose.
    about : `whole`, `parent`, `without` a part, `alone` a part, `negation` a part, or `if` that part were true.
    node : the part; nothing for the whole rule and the parent.
    number : which part of the segment it is: `negation` and `if` of one part have the same.
    """

    segment: str
    about: str
    node: exp.Expr | None = None
    number: int = 0


@dataclass
class Probes:
    """The variants of all rules, and their texts.

    Parameters
    ----------
    texts : name to text, to be compiled; no segment is called so.
    found : name to what it is.
    """

    texts: dict[str, str] = field(default_factory=dict)
    found: dict[str, Probe] = field(default_factory=dict)

    def add(self, probe: Probe, text: str) -> None:
        """Add one variant."""
        name = f"\x1flint {len(self.texts)}"
        self.texts[name], self.found[name] = text, probe

    def of(self, about: str) -> Iterator[tuple[str, Probe]]:
        """Yield the variants of a sort, by their names."""
        yield from ((name, probe) for name, probe in self.found.items() if probe.about == about)


def make_probes(read: Rules, parents: Mapping[str, str]) -> Probes:
    """Write the variants of rules that linting counts.

    Parameters
    ----------
    read : the rules.
    parents : segment to its parent, where it has one.

    Returns
    -------
    Probes
    """
    probes = Probes()
    for name, rule in read.rules.items():
        parent = parents.get(name, "")
        probes.add(Probe(name, "whole"), _within(parent, rule.text))
        if parent:
            probes.add(Probe(name, "parent"), f"in_segment({literal(parent)})")
        for number, (part, word) in enumerate(_own_parts(rule)):
            text = _exchanged(rule.tree, part, "true" if word == "and" else "false")
            probes.add(Probe(name, "without", part, number), _within(parent, text))
        for number, node in enumerate(conditions_in(rule.tree)):
            if isinstance(node, exp.Anonymous) and name_of_call(node) in _ALONE:
                probes.add(Probe(name, "alone", node, number), write_inline(node))
        for number, node in enumerate(negations_in(rule.tree)):
            probes.add(Probe(name, "negation", node, number), write_inline(node))
            probes.add(Probe(name, "if", node, number), _within(parent, _exchanged(rule.tree, node, "true")))
    for name in [name for name, text in probes.texts.items() if not _is_short_enough(text)]:
        # What a rule may be long, its variant within a parent may be too long.
        del probes.texts[name], probes.found[name]
    return probes


def negations_in(tree: exp.Expr) -> list[exp.Expr]:
    """Return the outermost negations of a rule, except those that tell unknown from false anyway.

    Parameters
    ----------
    tree : of the rule's text.

    Returns
    -------
    list of sqlglot.exp.Expr

    Examples
    --------
    >>> [node.sql() for node in negations_in(read_rule("a <> 1 and not (b and not c) and d is not null"))]
    ['a <> 1', 'NOT (b AND NOT c)']
    """
    found, waiting = [], [tree]
    while waiting:
        node = waiting.pop(0).unnest()
        if isinstance(node, exp.And | exp.Or):
            waiting = [*parts_of(node), *waiting]
        elif isinstance(node, exp.Not) and isinstance(node.this.unnest(), exp.Is):
            continue
        elif isinstance(node, _NEGATED) or node.args.get("negate"):
            found.append(node)
    return found


def operands_of(node: exp.Expr) -> list[str]:
    """Return what a negation compares, as it would be written: what may be empty.

    Examples
    --------
    >>> operands_of(read_rule("not (country = 'ES' or ever('call') or income between 1 and kids)"))
    ['country', "ever('call')", 'income', 'kids']
    """
    found: dict[str, None] = {}
    for leaf in conditions_in(node):
        sides = (
            list(leaf.iter_expressions()) if not isinstance(leaf, exp.Anonymous | exp.Count | exp.Column) else [leaf]
        )
        for side in sides:
            if not isinstance(side, exp.Literal | exp.Boolean | exp.Null | exp.Neg):
                found[write_inline(side)] = None
    return list(found)


def percent_of(node: exp.Expr) -> float:
    """Return the part of all contacts, from 0 to 100, that a call of `top_percent` or `bottom_percent` asks for."""
    plain, _ = arguments_of(node)
    return float(plain[1].name)


def _own_parts(rule: Rule) -> Iterator[tuple[exp.Expr, str]]:
    parts: list[tuple[Condition, str]] = list(parts_in_chains(rule.own))
    yield from ((part.node, word) for part, word in parts if part.node is not None and not isinstance(part, Known))


def _exchanged(tree: exp.Expr, node: exp.Expr, other: str) -> str:
    """Write a rule with true or false in the place of one of its parts; the tree stays as it is."""
    if node is tree.unnest():
        return other
    put = read_rule(other)
    node.replace(put)
    text = write_inline(tree)
    put.replace(node)
    return text


def _within(parent: str, text: str) -> str:
    return f"in_segment({literal(parent)}) and (\n{text}\n)" if parent else text


def _is_short_enough(text: str) -> bool:
    try:
        read_rule(text)
    except InvalidRule:
        return False
    return True
