"""A rule as a tree of conditions: what `and`, `or` and `not` join, with the segments that it asks for opened up."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from sqlglot import exp

from segment_lib.features.rules.layout import write_inline
from segment_lib.features.rules.reading import arguments_of, name_of_call, parts_of, read_rule
from segment_lib.sql import LONGEST

How = Literal["and", "or", "not", "is", "segment", "condition"]
# Three-valued logic in numbers: `and` is the least of its parts, `or` the most.
Truths = npt.NDArray[np.int8]
FALSE, UNKNOWN, TRUE = 0, 1, 2
_TAKE_NOT = (exp.In, exp.Between, exp.Is, exp.Like, exp.ILike)


@dataclass(frozen=True)
class Part:
    """One part of a rule.

    Parameters
    ----------
    how : what joins its parts; `segment` has the rule of another segment as its only part, `condition` has none.
    text : as it would be written.
    parts : from left to right.
    segment : the segment that is asked for.
    wanted : of `is`: whether true, false or unknown is asked for.
    """

    how: How
    text: str
    parts: tuple["Part", ...] = ()
    segment: str = ""
    wanted: int = TRUE

    def walk(self) -> Iterator["Part"]:
        """Go through this part and all below it, from the top and from left to right.

        Yields
        ------
        Part
        """
        yield self
        for part in self.parts:
            yield from part.walk()

    @property
    def conditions(self) -> dict[str, str]:
        """What has no parts: its text, and a rule that says the same; each once."""
        texts = [part.text for part in self.walk() if part.how == "condition"]
        # `null` is no rule by itself.
        return {text: "null and true" if text == "null" else text for text in texts}

    def truths(self, answers: Mapping[str, Truths]) -> Truths:
        """Return the answers of this part from those of its conditions.

        Parameters
        ----------
        answers : text of each condition to false, unknown or true for as many contacts or days as there are.

        Returns
        -------
        numpy.ndarray
        """
        if self.how == "condition":
            return answers[self.text]
        found = [part.truths(answers) for part in self.parts]
        if self.how == "and":
            return np.asarray(np.minimum.reduce(found))
        if self.how == "or":
            return np.asarray(np.maximum.reduce(found))
        if self.how == "not":
            return (TRUE - found[0]).astype(np.int8)
        if self.how == "is":
            return np.where(found[0] == self.wanted, TRUE, FALSE).astype(np.int8)
        return found[0]


def split_rule(text: str, segments: Mapping[str, str]) -> Part:
    """Return the tree of conditions of a rule.

    Parameters
    ----------
    text : of a rule that was compiled.
    segments : rules by name; where `in_segment` asks for one of them, its tree follows. One that is asked for again
        is not opened a second time.

    Returns
    -------
    Part

    Examples
    --------
    >>> tree = split_rule("a = 1 and not (b > 2 or in_segment('X'))", {"X": "c is null"})
    >>> [(part.how, part.text) for part in tree.walk() if part.how != "condition"]
    [('and', "a = 1 and not (b > 2 or in_segment('X'))"), ('not', "not (b > 2 or in_segment('X'))"),
     ('or', "b > 2 or in_segment('X')"), ('segment', "in_segment('X')")]
    >>> list(tree.conditions)
    ['a = 1', 'b > 2', 'c is null']
    """
    tree = _split(read_rule(text), segments, set())
    if any(len(part.text) > LONGEST for part in tree.walk() if part.how == "condition"):
        # A list that was written without blanks: laid out it is longer than a rule may be.
        return Part("condition", text)
    return tree


def _split(node: exp.Expr, segments: Mapping[str, str], opened: set[str]) -> Part:
    node = node.unnest()
    text = write_inline(node)
    if isinstance(node, exp.And | exp.Or):
        return Part("and" if isinstance(node, exp.And) else "or", text, _each(parts_of(node), segments, opened))
    if isinstance(node, exp.Not):
        inner = node.this.unnest()
        if not isinstance(inner, _TAKE_NOT) or _of_conditions(inner):
            return Part("not", text, _each([inner], segments, opened))
    if isinstance(node, exp.Is) and _of_conditions(node):
        wanted = UNKNOWN if isinstance(node.expression, exp.Null) else TRUE if node.expression.this else FALSE
        return Part("is", text, _each([node.this], segments, opened), wanted=wanted)
    if isinstance(node, exp.Anonymous) and name_of_call(node) == "in_segment":
        name = arguments_of(node)[0][0].name
        if name in segments and name not in opened:
            opened.add(name)
            return Part("segment", text, (_split(read_rule(segments[name]), segments, opened),), name)
        return Part("condition", text, segment=name)
    return Part("condition", text)


def _each(nodes: list[exp.Expr], segments: Mapping[str, str], opened: set[str]) -> tuple[Part, ...]:
    return tuple(_split(node, segments, opened) for node in nodes)


def _of_conditions(node: exp.Expr) -> bool:
    """Whether it asks if other conditions are true, false or unknown."""
    return isinstance(node, exp.Is) and isinstance(node.this.unnest(), exp.And | exp.Or | exp.Not)
