"""What each condition of a segment lets through, alone and in the order in which they are written."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from segment_lib.asof import AsOf
from segment_lib.features.rules import CompiledRule
from segment_lib.features.rules.describing import describe
from segment_lib.segments.clusters import ClusterModel
from segment_lib.segments.evaluation import answer_rules
from segment_lib.segments.explaining.parts import FALSE, TRUE, UNKNOWN, Part, Truths
from segment_lib.segments.explaining.results import Kind
from segment_lib.segments.preview_session import PreviewSession
from segment_lib.workspace import Workspace


@dataclass(frozen=True)
class Passed:
    """How many contacts one part of a rule lets through.

    Parameters
    ----------
    how, text, sentence, segment : as of `Condition`.
    inside, outside, unknown : for how many it is true, false, neither; by itself.
    after : how many are left when the parts before it and this one have been asked (of `or`: how many are in by then);
        and for how many that is `after_unknown`.
    decides : how many more contacts there would be without it (of `or`: how many fewer).
    parts : from left to right.
    """

    how: str
    text: str
    sentence: str
    inside: int
    outside: int
    unknown: int
    after: int
    after_unknown: int
    decides: int
    segment: str = ""
    parts: tuple["Passed", ...] = ()

    def walk(self, depth: int = 0) -> Iterator[tuple[int, "Passed"]]:
        """Go through this part and all below it, each with how deep it stands.

        Yields
        ------
        tuple of int and Passed
        """
        yield depth, self
        for part in self.parts:
            yield from part.walk(depth + 1)


@dataclass(frozen=True, repr=False)
class Funnel:
    """What each condition of a segment lets through.

    Parameters
    ----------
    segment, kind : what was asked; of a bare rule the name is empty.
    as_of : the day seen from.
    contacts : how many are known by then.
    tree : the parts of the rule.
    """

    segment: str
    kind: Kind
    as_of: AsOf
    contacts: int
    tree: Passed

    def __repr__(self) -> str:
        """Return a line for each part: alone, in order."""
        name = self.segment or "rule"
        head = f"{name} as of {self.as_of.day}: {self.tree.inside:,} of {self.contacts:,} contacts"
        columns = f"  {'alone':>9}{'unknown':>9}{'in order':>10}{'decides':>9}  condition"
        joins = {"and": "all of", "or": "any of", "not": "not"}
        lines = [
            f"  {part.inside:>9,}{part.unknown:>9,}{part.after:>10,}{part.decides:>9,}  {'  ' * depth}"
            + (f"is in {part.segment}" if part.how == "segment" else joins.get(part.how, part.text))
            for depth, part in self.tree.walk()
        ]
        most = self.deciding
        last = []
        if most is not None:
            word = "more" if self._chain.how == "and" else "fewer"
            last = [f"  Most hangs on `{most.text}`: without it {most.decides:,} {word}."]
        return "\n".join([head, columns, *lines, *last])

    @property
    def deciding(self) -> Passed | None:
        """The condition that decides most: without it the number of members changes most; none where none does."""
        most = max(self._chain.parts, key=lambda part: part.decides, default=None)
        return most if most is not None and most.decides else None

    @property
    def _chain(self) -> Passed:
        """The first part from above that has several."""
        part = self.tree
        while len(part.parts) == 1 and part.how != "not":
            part = part.parts[0]
        return part


def count_parts(
    workspace: Workspace,
    name: str,
    kind: Kind,
    tree: Part,
    rules: Mapping[str, CompiledRule],
    *,
    as_of: AsOf,
    session: PreviewSession | None = None,
) -> Funnel:
    """Count whom each part of a rule lets through.

    Parameters
    ----------
    workspace : whose contacts.
    name, kind : of the segment.
    tree : its rule.
    rules : the conditions, compiled, by their texts.
    as_of : the day seen from.
    session : of the day; spares computing what it holds.

    Returns
    -------
    Funnel
    """
    by_place = {str(place): rule for place, rule in enumerate(rules.values())}
    if session is not None:
        found = session.answers(list(rules.values()))
    else:
        _, table = answer_rules(workspace, as_of=as_of, rules=by_place)
        found = [table[place] for place in by_place]
    answers = {text: _truths(column) for text, column in zip(rules, found, strict=True)}
    return Funnel(name, kind, as_of, len(next(iter(answers.values()))), _count(tree, answers))


def count_cluster(
    workspace: Workspace, name: str, model: ClusterModel, *, as_of: AsOf, session: PreviewSession | None = None
) -> Funnel:
    """Count a cluster, which has no conditions but that its centre is the nearest.

    Parameters
    ----------
    workspace : whose contacts.
    name : of the cluster.
    model : the fitted clustering.
    as_of : the day seen from.
    session : of the day; spares computing what it holds.

    Returns
    -------
    Funnel
    """
    rule = CompiledRule("", "true", (), (*model.features, "recency_days"))
    if session is not None:
        features, _ = session.features_for([rule])
    else:
        features, _ = answer_rules(workspace, as_of=as_of, rules={"": rule})
    names = model.assign(features)
    text = f"the centre of {name} is the nearest"
    inside = int((names == name).sum())
    tree = Passed("condition", text, text, inside, len(names) - inside, 0, inside, 0, 0)
    return Funnel(name, "cluster", as_of, len(names), tree)


def _truths(column: pa.ChunkedArray) -> Truths:
    known = column.fill_null(False).to_numpy(zero_copy_only=False).astype(np.int8) * TRUE
    return np.where(column.is_null().to_numpy(zero_copy_only=False), UNKNOWN, known).astype(np.int8)


def _count(part: Part, answers: Mapping[str, Truths], so_far: Truths | None = None, decides: int = 0) -> Passed:
    own = part.truths(answers)
    inside, unknown = int((own == TRUE).sum()), int((own == UNKNOWN).sum())
    after = own if so_far is None else so_far
    return Passed(
        part.how, part.text, describe(part.text), inside, len(own) - inside - unknown, unknown,
        int((after == TRUE).sum()), int((after == UNKNOWN).sum()), decides, part.segment,
        tuple(_count_each(part, answers)),
    )  # fmt: skip


def _count_each(part: Part, answers: Mapping[str, Truths]) -> Iterator[Passed]:
    """Count the parts of a part: of `and` and `or` each after those before it, and what it changes."""
    each = [one.truths(answers) for one in part.parts]
    chain = part.how in ("and", "or")
    join = np.maximum if part.how == "or" else np.minimum
    # What comes before and what comes behind each part, joined: without a loop over all others for every one.
    before = _running(each, join, part.how)
    behind = _running(each[::-1], join, part.how)[::-1]
    total = int((part.truths(answers) == TRUE).sum())
    for place, (one, own) in enumerate(zip(part.parts, each, strict=True)):
        if not chain:
            yield _count(one, answers)
            continue
        others = join(before[place], behind[place])
        without = int((others == TRUE).sum())
        yield _count(one, answers, join(before[place], own), abs(without - total))


def _running(each: Sequence[Truths], join: np.ufunc, how: str) -> list[Truths]:
    """Return for each of several what those before it come to, joined."""
    found: list[Truths] = []
    for own in each:
        neutral = np.full(len(own), FALSE if how == "or" else TRUE, np.int8)
        found.append(join(found[-1], each[len(found) - 1]) if found else neutral)
    return found
