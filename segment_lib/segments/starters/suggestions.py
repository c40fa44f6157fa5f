"""What was found out about starter segments in a workspace's data."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from segment_lib.asof import AsOf
from segment_lib.errors import NotFound, list_names, suggest
from segment_lib.segments.starters.library import Starter
from segment_lib.segments.starters.needs import Needs

# In the order in which they are shown.
State = Literal["ready", "nobody", "there", "unsupported"]
_TITLES: dict[State, str] = {
    "ready": "",
    "nobody": "Supported, but nobody is in them that day",
    "there": "There already",
    "unsupported": "Not supported by these data",
}


@dataclass(frozen=True)
class Suggestion:
    """A starter segment, and what becomes of it in a workspace's data.

    Parameters
    ----------
    starter : the ready-made smart view.
    serves : whether it helps with the objective that was asked for.
    needs : what data its rule needs; nothing where it can't be understood here.
    reasons : why the data can't support it, a sentence each; nothing where they do.
    there : the segment that is called like it or has the same rule; empty where there is none.
    same_rule : whether that segment has the same rule.
    contacts : how many are known that day.
    inside, outside, unknown : for how many the rule is true, false, neither.
    spend_365d : what members paid in the last 365 days.
    share_365d : the same as a part of what all contacts paid; nothing where nobody paid.
    note : what else is worth knowing, such as that the goal wants larger segments.
    """

    starter: Starter
    serves: bool
    needs: Needs | None
    reasons: tuple[str, ...] = ()
    there: str = ""
    same_rule: bool = False
    contacts: int = 0
    inside: int = 0
    outside: int = 0
    unknown: int = 0
    spend_365d: float = 0.0
    share_365d: float | None = None
    note: str = ""

    @property
    def name(self) -> str:
        """What it is called."""
        return self.starter.name

    @property
    def supported(self) -> bool:
        """Whether the data hold what its rule needs."""
        return not self.reasons

    @property
    def state(self) -> State:
        """What to think of it: ready to be written, of nobody, there already, or not supported."""
        if self.there:
            return "there"
        if self.reasons:
            return "unsupported"
        return "ready" if self.inside else "nobody"

    @property
    def verdict(self) -> str:
        """The state in words, with its reasons."""
        same = f"has the same rule as `{self.there}`" if self.same_rule else f"`{self.there}` is called like it"
        words: dict[State, str] = {
            "ready": self.note or "supported",
            "nobody": "; ".join(filter(None, ["nobody is in it that day", self.note])),
            "there": "; ".join([same, *self.reasons]),
            "unsupported": "; ".join(self.reasons),
        }
        return words[self.state]


@dataclass(frozen=True, repr=False)
class Suggestions:
    """Starter segments for a workspace, the most useful first.

    Parameters
    ----------
    workspace : its name.
    as_of : the day whose contacts were looked at.
    goal : the goal of goals.yml that was asked for; empty where none was.
    objective : the objective that was asked for; empty where none was.
    currency : of amounts.
    smallest_group : smaller segments are not shown in reports.
    all : of every starter, those that serve the objective first, those that are ready before others.
    """

    workspace: str
    as_of: AsOf
    goal: str
    objective: str
    currency: str
    smallest_group: int
    all: tuple[Suggestion, ...]

    def __iter__(self) -> Iterator[Suggestion]:
        return iter(self.all)

    def __len__(self) -> int:
        return len(self.all)

    def __getitem__(self, name: str) -> Suggestion:
        """Return the suggestion of a name.

        Raises
        ------
        NotFound
            No starter is called so.
        """
        known = {one.name: one for one in self.all}
        if name not in known:
            raise NotFound(
                f"can't find a starter segment called {name!r}. Starters: {list_names(known)}.{suggest(name, known)}"
            )
        return known[name]

    @property
    def ready(self) -> tuple[str, ...]:
        """Names of those that could be written at once: supported, not there yet, and of somebody."""
        return tuple(one.name for one in self.all if one.serves and one.state == "ready")

    def to_pandas(self) -> pd.DataFrame:
        """Return a row for each: what it is, what becomes of it, counts, revenue, and the data that it needs."""
        rows = [
            {
                "name": one.name,
                "objectives": list(one.starter.objectives),
                "serves": one.serves,
                "why": one.starter.why,
                "rule": one.starter.rule,
                "state": one.state,
                "verdict": one.verdict,
                "inside": one.inside,
                "outside": one.outside,
                "unknown": one.unknown,
                "spend_365d": one.spend_365d,
                "share_365d": one.share_365d,
                "kinds": list(one.needs.kinds) if one.needs else [],
                "columns": list(one.needs.columns) if one.needs else [],
                "fields": list(one.needs.fields) if one.needs else [],
            }
            for one in self.all
        ]
        return pd.DataFrame(rows)

    def __repr__(self) -> str:
        """Return a line for each: members, their part of the contacts and of the year's revenue, or why not."""
        supported = sum(one.supported for one in self.all)
        aim = self.goal or self.objective
        asked = f" for `{aim}`" + (f" ({self.objective})" if self.goal else "") if aim else ""
        lines = [
            f"Starter segments{asked} in {self.workspace} as of {self.as_of.day}: "
            f"the data support {supported} of {len(self.all)}"
        ]
        for serves in (True, False):
            chosen = [one for one in self.all if one.serves is serves]
            if chosen and not serves:
                lines += ["", "For other objectives"]
            lines += [line for state in _TITLES for line in _block(state, [s for s in chosen if s.state == state])]
        return "\n".join(lines)


def _block(state: State, chosen: list[Suggestion]) -> list[str]:
    if not chosen:
        return []
    if state != "ready":
        return [f"{_TITLES[state]}:", *(f"  {one.name}: {_short(one)}" for one in chosen)]
    lines = [f"  {'':<30}{'members':>8}{'of all':>8}{'revenue':>9}{'unknown':>9}"]
    for one in chosen:
        share = one.inside / one.contacts
        revenue = "" if one.share_365d is None else f"{one.share_365d:.1%}"
        unknown = f"{one.unknown:,}" if one.unknown else ""
        line = f"  {one.name:<30}{one.inside:>8,}{share:>8.1%}{revenue:>9}{unknown:>9}"
        lines.append(f"{line}  {one.note}".rstrip())
    return lines


def _short(one: Suggestion) -> str:
    return one.note or one.starter.why if one.state == "nobody" else one.verdict
