"""What is wrong with a table of RFM groups: codes in none, codes in several, groups that nobody can reach."""

from collections.abc import Sequence
from dataclasses import dataclass

from segment_lib.segments.rfm.groups import (
    Code,
    RfmGroup,
    all_codes,
    name_codes,
    read_code,
    uncovered_codes,
    write_code,
)

SHOWN = 5


@dataclass(frozen=True)
class RfmLint:
    """What was found about a table of groups.

    Parameters
    ----------
    uncovered : codes that lie in no group.
    doubled : pairs of names, the group that wins before the one that loses, to the codes that both hold.
    unreachable : name of a group that nobody can be in to the reason.
    beyond : name of a group that asks for scores that there are not to what it asks for.
    """

    uncovered: tuple[Code, ...]
    doubled: dict[tuple[str, str], tuple[Code, ...]]
    unreachable: dict[str, str]
    beyond: dict[str, str]

    @property
    def is_clean(self) -> bool:
        """Whether every code lies in exactly one group, and every group has a code."""
        return not (self.uncovered or self.doubled or self.unreachable or self.beyond)

    @property
    def sentences(self) -> tuple[str, ...]:
        """What was found, in words."""
        if self.is_clean:
            return ("Every code lies in exactly one group.",)
        found = []
        if self.uncovered:
            found.append(f"{say_codes(self.uncovered)} {_lie(self.uncovered)} in no group.")
        several = sorted({code for codes in self.doubled.values() for code in codes})
        if several:
            found.append(f"{say_codes(several)} {_lie(several)} in several groups; the group that stands first wins.")
        for loser in dict.fromkeys(loser for _, loser in self.doubled):
            taken = [
                f"`{winner}` takes {say_codes(codes)}"
                for (winner, other), codes in self.doubled.items()
                if other == loser
            ]
            found.append(f"Of `{loser}`, {', '.join(taken)}.")
        found += [f"`{name}` can never be reached: {reason}." for name, reason in self.unreachable.items()]
        found += [f"`{name}` {what}." for name, what in self.beyond.items()]
        return tuple(found)

    def __repr__(self) -> str:
        """Return one line a sentence."""
        return "\n".join(f"- {sentence}" for sentence in self.sentences)


def lint_rfm_groups(groups: Sequence[RfmGroup], bins: int) -> RfmLint:
    """Find codes that a table leaves out or names twice, and groups that nobody can reach.

    Parameters
    ----------
    groups : in the order in which they are asked; the first that holds a code wins.
    bins : number of scores.

    Returns
    -------
    RfmLint

    Examples
    --------
    >>> lint_rfm_groups([RfmGroup(name="All", recency=(1, 2)), RfmGroup(name="Top", codes=["222"])], 2)
    - code 222 lies in several groups; the group that stands first wins.
    - Of `Top`, `All` takes code 222.
    - `Top` can never be reached: `All` stands before it and holds all of its codes (1).
    """
    named = name_codes(groups, bins=bins)
    doubled: dict[tuple[str, str], tuple[Code, ...]] = {}
    unreachable = {}
    for place, group in enumerate(groups):
        own = [code for code in all_codes(bins) if group.holds(code)]
        first = {code: next(other for other in groups if other.holds(code)) for code in own}
        lost = [code for code in own if first[code] is not group]
        winners = [other.name for other in groups[:place] if any(first[code] is other for code in lost)]
        for winner in winners:
            doubled[winner, group.name] = tuple(code for code in lost if named[code] == winner)
        if not own:
            unreachable[group.name] = f"no code of {bins} scores fits {group.rule}"
        elif len(lost) == len(own):
            unreachable[group.name] = f"{_say_earlier(winners)} all of its codes ({len(own)})"
    beyond = {group.name: what for group in groups if (what := _beyond(group, bins))}
    return RfmLint(tuple(uncovered_codes(groups, bins=bins)), doubled, unreachable, beyond)


def say_codes(codes: Sequence[Code]) -> str:
    """Return the first of some codes, as a message shows them.

    Examples
    --------
    >>> say_codes([(1, 1, 2)]), say_codes([(1, 1, s) for s in range(1, 8)])
    ('code 112', '7 codes (111, 112, 113, 114, 115 ...)')
    """
    if len(codes) == 1:
        return f"code {write_code(codes[0])}"
    more = " ..." if len(codes) > SHOWN else ""
    return f"{len(codes)} codes ({', '.join(write_code(code) for code in codes[:SHOWN])}{more})"


def _lie(codes: Sequence[Code]) -> str:
    return "lies" if len(codes) == 1 else "lie"


def _say_earlier(names: Sequence[str]) -> str:
    quoted = [f"`{name}`" for name in names]
    if len(quoted) == 1:
        return f"{quoted[0]} stands before it and holds"
    return f"{', '.join(quoted[:-1])} and {quoted[-1]} stand before it and hold"


def _beyond(group: RfmGroup, bins: int) -> str:
    asked = [f"{name} {low} to {high}" for name, (low, high) in group.ranges.items() if low < 1 or high > bins]
    asked += [f"code {code}" for code in group.codes if max(read_code(code)) > bins]
    return f"asks for {', '.join(asked)}, but scores go from 1 to {bins}" if asked else ""
