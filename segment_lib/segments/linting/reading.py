"""Reading rules as conditions whose logic is known: texts of rules, and the SQL that they are compiled to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from segment_lib.features.rules import CompiledRule
from segment_lib.features.rules.layout import write_inline
from segment_lib.features.rules.reading import arguments_of, name_of_call, parts_of, read_rule
from segment_lib.features.rules.types import CONDITIONS
from segment_lib.segments.linting.fields import Fields
from segment_lib.segments.linting.logic import Asks, Chain, Condition, Known, Settled, Turned
from segment_lib.segments.linting.sql_conditions import read_sql
from segment_lib.segments.linting.values import Domain

# From name to text to what was compiled, all at once.
Compile = Callable[[Mapping[str, str]], Mapping[str, CompiledRule]]
# The subject of all RFM groups: a contact is in one of them, or in none.
GROUP = "rfm_group"
_UNREAD = "in_segment "


@dataclass(frozen=True)
class Rule:
    """One rule that was read.

    Parameters
    ----------
    text, tree : as it is written, without that of its parent.
    whole : its condition, with that of its parent.
    own : its condition alone.
    """

    text: str
    tree: exp.Expr
    whole: Condition
    own: Condition


@dataclass(frozen=True)
class Rules:
    """Rules that were read together, and what their fields can be."""

    rules: Mapping[str, Rule]
    fields: Fields
    # The text of each single condition to what it was compiled to.
    compiled: Mapping[str, CompiledRule]


def read_rules(
    rules: Mapping[str, str],
    *,
    compile_all: Compile,
    fields: Fields,
    parents: Mapping[str, str] | None = None,
    groups: Sequence[str] = (),
    never_bought: str | None = None,
) -> Rules:
    """Read rules that compile, so that their logic can be looked at.

    Parameters
    ----------
    rules : name to text, in any order; one may ask for another.
    compile_all : compiles conditions as the rules were compiled.
    fields : the columns and features that rules may name.
    parents : name to the segment that its members are members of too, where there is one.
    groups : names of the RFM groups, without that of contacts who never bought.
    never_bought : name of that group, if there is one.

    Returns
    -------
    Rules
    """
    trees = {name: read_rule(text) for name, text in rules.items()}
    leaves: dict[str, str] = {}
    for tree in trees.values():
        for leaf in conditions_in(tree):
            leaves.setdefault(write_inline(leaf), f"condition {len(leaves)}")
    compiled = compile_all({name: text for text, name in leaves.items()})
    for one in compiled.values():
        fields.add(one.features)
    by_text = {text: compiled[name] for text, name in leaves.items()}
    reader = _Reader(trees, by_text, fields, parents or {})
    reader.groups = tuple(groups)
    reader.never_bought = never_bought
    fields.domains.setdefault(GROUP, Domain())
    found = {}
    for name, text in rules.items():
        whole = reader.segment(name)
        own = whole.parts[1] if reader.parents.get(name) else whole
        found[name] = Rule(text, trees[name], whole, own)
    return Rules(found, fields, by_text)


class _Reader:
    """The rules of one reading, each read once."""

    groups: tuple[str, ...] = ()
    never_bought: str | None = None

    def __init__(
        self,
        trees: Mapping[str, exp.Expr],
        compiled: Mapping[str, CompiledRule],
        fields: Fields,
        parents: Mapping[str, str],
    ) -> None:
        self.trees, self.compiled, self.fields, self.parents = trees, compiled, fields, parents
        self.read: dict[str, Condition] = {}

    def segment(self, name: str, node: exp.Expr | None = None) -> Condition:
        """Return the condition of a smart view or an RFM group."""
        if name in self.trees:
            if name not in self.read:
                own = self.text(self.trees[name])
                parent = self.parents.get(name)
                self.read[name] = Chain("and", (self.segment(parent), own)) if parent else own
            found = self.read[name]
            # Asked for in a text, it stands there, and its own parts stand elsewhere.
            return Chain("and", (found,), node=node) if node is not None else found
        if name == self.never_bought:
            return read_sql("recency_days is null", self.fields, node=node)
        if name in self.groups:
            return Asks(GROUP, Domain().compared("=", name), False, node=node)
        return Asks(self.fields.anything(f"{_UNREAD}{name}"), Domain(whole=True).compared("=", 1), node=node)

    def text(self, node: exp.Expr) -> Condition:
        """Return the condition of a part of a rule's text."""
        node = node.unnest()
        if isinstance(node, exp.And | exp.Or):
            joined = tuple(self.text(part) for part in parts_of(node))
            return Chain("and" if isinstance(node, exp.And) else "or", joined, node=node)
        if isinstance(node, exp.Not):
            return Turned(self.text(node.this), node=node)
        if isinstance(node, exp.Boolean):
            return Known(bool(node.this), node=node)
        if isinstance(node, exp.Null):
            return Known(None, node=node)
        if (settled := _settled(node)) is not None:
            inner = Settled(self.text(node.this), settled[0], node=node)
            return Turned(inner, node=node) if node.args.get("negate") else inner
        if (segment := segment_asked(node)) is not None:
            return self.segment(segment, node)
        condition = self.compiled[write_inline(node)]
        return read_sql(condition.condition, self.fields, node=node)


def segment_asked(node: exp.Expr) -> str | None:
    """Return the segment that a call of `in_segment` names; nothing for anything else."""
    if isinstance(node, exp.Anonymous) and name_of_call(node) == "in_segment":
        plain, _ = arguments_of(node)
        return str(plain[0].name)
    return None


def _settled(node: exp.Expr) -> tuple[bool | None] | None:
    """Return true, false or nothing in brackets where a part asks whether a condition is that."""
    if not isinstance(node, exp.Is):
        return None
    if isinstance(node.expression, exp.Boolean):
        return (bool(node.expression.this),)
    inner = node.this.unnest()
    is_condition = isinstance(inner, (*CONDITIONS, exp.Boolean)) or segment_asked(inner) is not None
    return (None,) if isinstance(node.expression, exp.Null) and is_condition else None


def conditions_in(tree: exp.Expr) -> list[exp.Expr]:
    """Return the parts of a rule's text that nothing joins or turns, from left to right."""
    found, waiting = [], [tree]
    while waiting:
        node = waiting.pop(0).unnest()
        if isinstance(node, exp.And | exp.Or):
            waiting = [*parts_of(node), *waiting]
        elif isinstance(node, exp.Not) or _settled(node) is not None:
            waiting.insert(0, node.this)
        elif not isinstance(node, exp.Boolean | exp.Null) and segment_asked(node) is None:
            found.append(node)
    return found
