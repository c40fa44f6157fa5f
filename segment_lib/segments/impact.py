"""What an edit of a segment would do: who enters, who leaves, what that is worth, and which other segments move."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import pandas as pd
import pyarrow as pa

from segment_lib.asof import AsOf
from segment_lib.checks import check_option
from segment_lib.engine import query_frame
from segment_lib.errors import NotFound, suggest
from segment_lib.features.rules import CompiledRule
from segment_lib.features.rules.order import asked_for
from segment_lib.segments.definitions import SegmentsFile
from segment_lib.segments.evaluation import scored_features
from segment_lib.segments.own import compile_own_rules, load_segments
from segment_lib.segments.views import evaluate_views
from segment_lib.sql import literal
from segment_lib.workspace import Workspace

Group = Literal["before", "after", "stay", "enter", "leave", "become unknown", "cease to be unknown"]
# The condition of each group over the answers `old` and `new`.
_GROUPS: dict[Group, str] = {
    "before": "old",
    "after": "new",
    "stay": "old and new",
    "enter": "new and old is not true",
    "leave": "old and new is not true",
    "become unknown": "new is null and old is not null",
    "cease to be unknown": "old is null and new is not null",
}
_CHANNELS = {"email": "email", "phone": "phone", "sms": "phone"}


@dataclass(frozen=True)
class Impact:
    """What an edit would do as of a day.

    `table` has one row a group (before, after, stay, enter, leave, become unknown, cease to be unknown): `group`,
    `contacts`, `revenue_12m` (money of 365 days), `reachable_email`, `reachable_phone`, `reachable_sms`,
    `reachable_any` (contacts that agreed and have an address). `others` has the other segments that ask for this one:
    `segment`, `before`, `after`, `enter`, `leave`, `become_unknown`, `cease_to_be_unknown`.
    """

    segment: str
    new_rule: str
    as_of: AsOf
    currency: str
    table: pd.DataFrame
    others: pd.DataFrame
    answers: pa.Table = field(repr=False)

    def __repr__(self) -> str:
        """Return the counts, and those of other segments that would move."""
        lines = [f"Impact on {self.segment} as of {self.as_of.day}: {' '.join(self.new_rule.split())}"]
        for row in self.table.to_dict("records"):
            money, reach = f"{row['revenue_12m']:,.0f} {self.currency}", f"{row['reachable_any']:,} reachable"
            lines.append(f"  {row['group']:<20}{row['contacts']:>9,}  {money:>16} in 12 months, {reach}")
        for row in self.others.to_dict("records"):
            moves = f"{row['enter']:,} enter, {row['leave']:,} leave"
            lines.append(f"  {row['segment']}, which asks for it: {row['before']:,} -> {row['after']:,}; {moves}")
        return "\n".join(lines)

    def members(self, group: Group) -> list[str]:
        """Return the contacts of one group.

        Parameters
        ----------
        group : before, after, stay, enter, leave, become unknown, cease to be unknown.

        Returns
        -------
        list of str
        """
        check_option(group, list(_GROUPS), name="group")
        rows = query_frame(
            f"select contact_id from answers where {_GROUPS[group]} order by 1", {"answers": self.answers}
        )
        return list(rows["contact_id"])


def measure_impact(workspace: Workspace, segment: str, new_rule: str, *, as_of: AsOf) -> Impact:
    """Compute what a new rule of a smart view would do, without saving it.

    Parameters
    ----------
    workspace : whose segments and contacts.
    segment : a smart view of segments.yml.
    new_rule : the text that would take the place of its rule; its parent stays.
    as_of : the day seen from.

    Returns
    -------
    Impact

    Raises
    ------
    NotFound
        There is no such smart view.
    InvalidDefinition
        The new rule, or a segment that asks for this one, has faults.
    """
    definitions = load_segments(workspace)
    old = {view.name: view for view in definitions.smart_views}
    if segment not in old:
        raise NotFound(f"can't find a smart view called {segment!r}.{suggest(segment, old)}")
    rules = {name: view.whole_rule for name, view in old.items()}
    edited = {**rules, segment: old[segment].model_copy(update={"rule": new_rule}).whole_rule}
    names = [segment, *dependents_of(definitions, segment)]
    before = compile_own_rules(workspace, {name: rules[name] for name in names})
    # What asks for the segment is compiled anew, as it asks for the new rule now.
    after = compile_own_rules(workspace, {name: edited[name] for name in names})
    features = scored_features(workspace, as_of=as_of, rules=_both(before, after), names=["spend_365d"])
    old_answers, new_answers = evaluate_views(features, before), evaluate_views(features, after)
    answers = {
        name: pa.table({"contact_id": features["contact_id"], "old": old_answers[name], "new": new_answers[name]})
        for name in names
    }
    others = [{"segment": name, **_counts(answers[name])} for name in names[1:]]
    columns = ["segment", *_counts(answers[segment])]
    return Impact(
        segment,
        new_rule,
        as_of,
        workspace.settings.currency,
        _measured(answers[segment], features),
        pd.DataFrame(others, columns=columns),
        answers[segment],
    )


def dependents_of(definitions: SegmentsFile, segment: str) -> list[str]:
    """Return the smart views that ask for a segment, or for one that does, in the order of segments.yml."""
    needs = {view.name: asked_for(view.whole_rule) for view in definitions.smart_views}
    found = {segment}
    while fresh := {name for name, asked in needs.items() if name not in found and found & set(asked)}:
        found |= fresh
    return [name for name in needs if name in found - {segment}]


def _both(before: Mapping[str, CompiledRule], after: Mapping[str, CompiledRule]) -> dict[str, CompiledRule]:
    """Put rules of two versions side by side, so that the features of both are computed at once."""
    return {f"{version} {name}": rule for version, rules in ((0, before), (1, after)) for name, rule in rules.items()}


def _counts(answers: pa.Table) -> dict[str, int]:
    listed = ", ".join(f"count(*) filter (where {sql}) as {_column(group)}" for group, sql in _named(_GROUPS))
    frame = query_frame(f"select {listed} from answers", {"answers": answers})
    return {str(name): int(value) for name, value in frame.iloc[0].items() if name != "stay"}


def _measured(answers: pa.Table, features: pa.Table) -> pd.DataFrame:
    reach = ", ".join(
        f"coalesce({channel}_consent and {address} is not null, false) as {channel}"
        for channel, address in _CHANNELS.items()
    )
    reachable = [*((f"reachable_{c}", c) for c in _CHANNELS), ("reachable_any", "email or phone or sms")]
    sums = ", ".join(f"count(*) filter (where {sql}) as {name}" for name, sql in reachable)
    parts = " union all ".join(
        f"""select {place} as place, {literal(group)} as "group", count(*) as contacts,
            coalesce(sum(spend_365d), 0) as revenue_12m, {sums} from everyone where {sql}"""
        for place, (group, sql) in enumerate(_named(_GROUPS))
    )
    frame = query_frame(
        f"""with everyone as (select old, new, spend_365d, {reach} from features join answers using (contact_id))
        select * exclude (place) from ({parts}) order by place""",
        {"answers": answers, "features": features},
    )
    return frame


def _named(groups: Mapping[Group, str]) -> Iterable[tuple[str, str]]:
    return [(str(group), f"({sql})") for group, sql in groups.items()]


def _column(group: str) -> str:
    return f'"{group.replace(" ", "_")}"'
