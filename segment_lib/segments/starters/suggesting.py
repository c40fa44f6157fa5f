"""Which starter segments a workspace's data can support, and whom each would hold."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import get_args

import pyarrow as pa
import pyarrow.compute as pc

from segment_lib.asof import AsOf
from segment_lib.errors import InvalidRule
from segment_lib.features.own import load_catalogue
from segment_lib.features.predicted import LIFETIME_COLUMNS
from segment_lib.features.record import Feature
from segment_lib.features.rules import CompiledRule, compile_rule
from segment_lib.features.rules.layout import format_rule
from segment_lib.goals import Goal, Objective
from segment_lib.loading.fields import columns_of, declared_table, load_fields
from segment_lib.segments.definitions import SegmentsFile
from segment_lib.segments.evaluation import answer_rules
from segment_lib.segments.own import load_segments
from segment_lib.segments.starters.aims import read_goal
from segment_lib.segments.starters.library import Starter, load_starters
from segment_lib.segments.starters.needs import Needs, needs_of
from segment_lib.segments.starters.suggestions import State, Suggestion, Suggestions
from segment_lib.segments.starters.support import count_needs
from segment_lib.vocabulary import Column, ColumnType
from segment_lib.workspace import Workspace

_SPEND = "spend_365d"
# Of a larger part of the contacts a segment says little.
_WIDE = 0.4
_STATES: tuple[State, ...] = get_args(State)


@dataclass(frozen=True)
class _Words:
    """What rules may name in a workspace."""

    contacts: tuple[Column, ...]
    interactions: tuple[Column, ...]
    catalogue: tuple[Feature, ...]

    @property
    def types(self) -> dict[str, ColumnType]:
        return {column.name: column.type for column in self.contacts} | {f.name: f.type for f in self.catalogue}


def suggest_segments(workspace: Workspace, goal: str | None = None, *, as_of: AsOf) -> Suggestions:
    """Tell which starter segments the data can support, whom each would hold, and what they bring.

    Parameters
    ----------
    workspace : whose contacts, interactions and segments.
    goal : the name of a goal of goals.yml, or an objective such as `keep customers`: what serves it comes first.
    as_of : the day whose contacts are looked at.

    Returns
    -------
    Suggestions
        Of every starter. Those that serve the objective first, and of these those that could be written at once;
        by revenue of their members where it is about customers one has, else by number.

    Raises
    ------
    NotFound
        There is no goal and no objective of that name.
    InvalidDefinition
        segments.yml, goals.yml or another definition has faults.
    NoData
        Nothing has been imported, or nothing had happened by that day.

    Notes
    -----
    A rule is supported where there is an interaction of every kind that it names by that day, one that meets each of
    its conditions whenever it happened, and each of its fields is filled for at least one in twenty. All rules are
    evaluated together, in one query over the interactions; what is there for them to ask for is counted in another.
    """
    aim, objective = read_goal(workspace, goal)
    fields = load_fields(workspace)
    words = _Words(
        (*columns_of("contacts", fields), *LIFETIME_COLUMNS),
        tuple(columns_of("interactions", fields)),
        load_catalogue(workspace),
    )
    segments = load_segments(workspace)
    rules, faults = _compile(load_starters(), words)
    features, answers = answer_rules(workspace, as_of=as_of, rules=rules, names=[_SPEND])
    needs = {name: _needs(rule, words) for name, rule in rules.items()}
    counted = count_needs(
        list(needs.values()), features=features, interactions=declared_table(workspace, "interactions"), as_of=as_of,
        options=workspace.engine_options,
    )  # fmt: skip
    found = []
    for starter in load_starters():
        there, same_rule = _like(starter, segments)
        serves = objective is None or objective in starter.objectives
        one = Suggestion(starter, serves, needs.get(starter.name), faults.get(starter.name, ()), there, same_rule)
        if starter.name in rules:
            one = replace(one, reasons=counted.reasons(needs[starter.name]))
            one = _with_members(one, answers[starter.name], features[_SPEND])
            one = replace(one, note=_note(one, aim, too_young=counted.too_young(needs[starter.name])))
        found.append(one)
    return Suggestions(
        workspace.settings.name, as_of, aim.name if aim else "", objective or "", workspace.settings.currency,
        workspace.settings.smallest_group, tuple(sorted(found, key=_usefulness(objective))),
    )  # fmt: skip


def _compile(starters: Sequence[Starter], words: _Words) -> tuple[dict[str, CompiledRule], dict[str, tuple[str, ...]]]:
    """Compile each starter by itself: what a workspace has no field for is no fault of the others."""
    types, rows = words.types, {column.name: column.type for column in words.interactions}
    rules: dict[str, CompiledRule] = {}
    faults: dict[str, tuple[str, ...]] = {}
    for starter in starters:
        try:
            rules[starter.name] = compile_rule(starter.rule, columns=types, interaction_columns=rows)
        except InvalidRule as fault:
            faults[starter.name] = (str(fault).split("\n", 1)[0].split(". ", 1)[0].rstrip("."),)
    return rules, faults


def _needs(rule: CompiledRule, words: _Words) -> Needs:
    return needs_of(
        rule,
        words.catalogue,
        contact_columns=[column.name for column in words.contacts],
        interaction_columns=[column.name for column in words.interactions],
    )


def _like(starter: Starter, segments: SegmentsFile) -> tuple[str, bool]:
    """Return the segment that has the same rule, or else the same name, and whether it has the same rule."""
    for view in segments.smart_views:
        if not view.parent and format_rule(view.rule) == starter.rule:
            return view.name, True
    groups = segments.rfm.names if segments.rfm else []
    for name in [*(view.name for view in segments.smart_views), *groups]:
        if name.casefold() == starter.name.casefold():
            return name, False
    return "", False


def _with_members(one: Suggestion, answers: pa.ChunkedArray, spend: pa.ChunkedArray) -> Suggestion:
    inside, unknown = int(pc.sum(answers).as_py() or 0), answers.null_count
    paid, all_paid = (float(pc.sum(column).as_py() or 0) for column in (spend.filter(answers), spend))
    return replace(
        one, contacts=len(answers), inside=inside, outside=len(answers) - inside - unknown, unknown=unknown,
        spend_365d=paid, share_365d=paid / all_paid if all_paid > 0 else None,
    )  # fmt: skip


def _note(one: Suggestion, goal: Goal | None, *, too_young: str) -> str:
    smallest = goal.knock_outs.smallest_size if goal else 1
    notes = [too_young]
    if one.state == "ready" and one.inside < smallest:
        notes.append(f"fewer than the {smallest:,} that the goal wants")
    if one.inside > _WIDE * one.contacts:
        notes.append(f"more than {_WIDE:.0%} of all contacts")
    return "; ".join(filter(None, notes))


def _usefulness(objective: Objective | None) -> Callable[[Suggestion], tuple[object, ...]]:
    """Return what suggestions are sorted by: the objective, the state, then what is at stake."""

    def key(one: Suggestion) -> tuple[object, ...]:
        if objective is None:
            # As the library has them: by objective.
            return (False, _STATES.index(one.state))
        # New orders come from people, whatever they have paid so far; what could be lost is revenue.
        by_number = objective in ("sell more", "new line of business")
        stake = one.inside if by_number else one.spend_365d
        first = one.starter.objectives[0] == objective
        return (not one.serves, _STATES.index(one.state), bool(one.note), not first, -stake)

    return key
