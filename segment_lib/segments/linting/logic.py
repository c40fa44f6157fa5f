"""Conditions in three-valued logic, and whether some of them can hold at once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from sqlglot import exp

from segment_lib.segments.linting.values import Domain, Spans, invert, meet

# What is asked of a condition: that it is true, false, not true (false or unknown), not false.
Mode = Literal["true", "false", "not true", "not false"]
_TURNED: dict[Mode, Mode] = {"true": "false", "false": "true", "not true": "not false", "not false": "not true"}
# Beyond that many steps, or choices within choices, the answer is "they may".
MOST_STEPS, MOST_CHOICES = 10_000, 150
# Questions about one rule together may take so many steps: rules that people write take a few hundred.
PATIENCE = 200_000


@dataclass(frozen=True, eq=False)
class Condition:
    """A condition or a part of one; `node` is where it stands in the text of the rule, if it does."""

    node: exp.Expr | None = field(default=None, kw_only=True, repr=False)

    @property
    def parts(self) -> tuple["Condition", ...]:
        """What it is made of."""
        return ()


@dataclass(frozen=True, eq=False)
class Known(Condition):
    """True, false, or (None) unknown, whoever is asked about."""

    value: bool | None


@dataclass(frozen=True, eq=False)
class Asks(Condition):
    """A question to one field: true for some of its values; for the empty value true, false or (None) unknown."""

    subject: str
    spans: Spans
    of_null: bool | None = None


@dataclass(frozen=True, eq=False)
class Chain(Condition):
    """Several conditions joined by `and` or by `or`."""

    word: Literal["and", "or"]
    joined: tuple[Condition, ...]

    @property
    def parts(self) -> tuple[Condition, ...]:
        """What it is made of."""
        return self.joined


@dataclass(frozen=True, eq=False)
class Turned(Condition):
    """`not`."""

    inner: Condition

    @property
    def parts(self) -> tuple[Condition, ...]:
        """What it is made of."""
        return (self.inner,)


@dataclass(frozen=True, eq=False)
class Settled(Condition):
    """`is true`, `is false` or (None) `is null` of a condition: never unknown itself."""

    inner: Condition
    value: bool | None

    @property
    def parts(self) -> tuple[Condition, ...]:
        """What it is made of."""
        return (self.inner,)


Goal = tuple[Condition, Mode]


@dataclass
class Solver:
    """Tells whether conditions can hold at once, by what their fields can be.

    Parameters
    ----------
    domains : of the fields; others can be anything.
    patience : steps for all questions together; when they are used up, every answer is "yes".

    Notes
    -----
    Fields are taken to be independent, and what is not understood is taken to be possible: "no" is certain, "yes" is
    not. Conjunctions of a disjunctive normal form are built one after the other, and given up as soon as they cannot
    hold; after 10,000 steps the answer is "yes".
    """

    domains: Mapping[str, Domain]
    patience: int = PATIENCE
    _left: int = field(default=0, init=False)

    def can_hold(self, *goals: Goal) -> bool:
        """Tell whether there may be somebody for whom each of these conditions is what is asked of it."""
        asked = self._left = min(MOST_STEPS, self.patience)
        may = self._search(list(goals), {}, 0)
        self.patience -= asked - self._left
        return may

    def _search(self, waiting: list[Goal], values: dict[str, tuple[Spans, bool]], depth: int) -> bool:
        choices: list[list[Goal]] = []
        while waiting:
            self._left -= 1
            if self._left < 0:
                return True
            condition, mode = waiting.pop()
            if isinstance(condition, Asks):
                if not self._narrow(condition, mode, values):
                    return False
            elif isinstance(condition, Known):
                if not _fits(condition.value, mode):
                    return False
            else:
                goals, every = _opened(condition, mode)
                if every:
                    waiting += goals
                else:
                    choices.append(goals)
        if not choices or depth > MOST_CHOICES:
            return True
        first, *rest = sorted(choices, key=len)
        return any(self._search([goal, *_held_over(rest)], dict(values), depth + 1) for goal in first)

    def _narrow(self, asked: Asks, mode: Mode, values: dict[str, tuple[Spans, bool]]) -> bool:
        domain = self.domains.get(asked.subject, Domain())
        spans, null = values.get(asked.subject, (domain.spans, domain.nullable))
        inside = mode in ("true", "not false")
        spans = meet(spans, asked.spans if inside else invert(asked.spans))
        null = null and _fits(asked.of_null, mode)
        values[asked.subject] = spans, null
        return bool(spans) or null


def _held_over(choices: Sequence[list[Goal]]) -> Iterator[Goal]:
    """Write choices as conditions again, each of which holds where one of its goals does."""
    for goals in choices:
        yield _Choice(tuple(goals)), "true"


@dataclass(frozen=True, eq=False)
class _Choice(Condition):
    """One of several goals."""

    goals: tuple[Goal, ...]


def _opened(condition: Condition, mode: Mode) -> tuple[list[Goal], bool]:
    """Return what must hold of the parts, and whether all of it must, or one of it."""
    if isinstance(condition, _Choice):
        return list(condition.goals), False
    if isinstance(condition, Turned):
        return [(condition.inner, _TURNED[mode])], True
    if isinstance(condition, Settled):
        yes = mode in ("true", "not false")
        if condition.value is None:
            wanted: list[Mode] = ["not true", "not false"] if yes else ["true", "false"]
            return [(condition.inner, one) for one in wanted], yes
        asked: Mode = "true" if condition.value else "false"
        denied: Mode = "not true" if condition.value else "not false"
        return [(condition.inner, asked if yes else denied)], True
    assert isinstance(condition, Chain)
    every = (condition.word == "and") == (mode in ("true", "not false"))
    return [(part, mode) for part in condition.joined], every


def _fits(value: bool | None, mode: Mode) -> bool:
    wanted = mode.endswith("true")
    return (value is wanted) != mode.startswith("not")


def exchanged(condition: Condition, part: Condition, other: Condition) -> Condition:
    """Return a condition with another one in the place of one of its parts.

    Parameters
    ----------
    condition : which stays as it is.
    part : of it, the very object.
    other : what stands there instead.

    Returns
    -------
    Condition
    """
    if condition is part:
        return other
    if isinstance(condition, Chain):
        joined = tuple(exchanged(one, part, other) for one in condition.joined)
        return Chain(condition.word, joined, node=condition.node)
    if isinstance(condition, Turned):
        return Turned(exchanged(condition.inner, part, other), node=condition.node)
    if isinstance(condition, Settled):
        return Settled(exchanged(condition.inner, part, other), condition.value, node=condition.node)
    return condition


def same_answers(solver: Solver, one: Condition, other: Condition) -> bool:
    """Tell whether two conditions are true, false and unknown for the same contacts, whoever they are."""
    differing: list[tuple[Mode, Mode]] = [
        ("true", "not true"), ("not true", "true"), ("false", "not false"), ("not false", "false")
    ]  # fmt: skip
    return not any(solver.can_hold((one, a), (other, b)) for a, b in differing)


def subjects_of(condition: Condition) -> set[str]:
    """Return the fields that a condition asks about."""
    found: set[str] = set()
    waiting = [condition]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Asks):
            found.add(one.subject)
        waiting += one.parts
    return found
