"""Why: a contact is in a segment or not, and what each condition of a segment lets through."""

from typing import Literal, overload
from zoneinfo import ZoneInfo

from segment_lib.asof import AsOf
from segment_lib.errors import InvalidDefinition, InvalidOption, suggest
from segment_lib.features.rules import CompiledRule
from segment_lib.segments.definitions import SegmentsFile
from segment_lib.segments.explaining.asked import Asked, resolve_segment
from segment_lib.segments.explaining.clusters import explain_cluster
from segment_lib.segments.explaining.contact import explain_rule
from segment_lib.segments.explaining.funnel import Funnel, count_cluster, count_parts
from segment_lib.segments.explaining.parts import Part, split_rule
from segment_lib.segments.explaining.person import Person, load_person
from segment_lib.segments.explaining.results import Answer, Explanation
from segment_lib.segments.labels.people import find_people
from segment_lib.segments.own import compile_own_rules, load_segments
from segment_lib.segments.preview_session import PreviewSession
from segment_lib.workspace import Workspace

# Longer than a smart view's name may be, so that no segment is called so.
_CONDITION = "_" * 61


@overload
def explain(
    workspace: Workspace, segment: str, contact: str, *, as_of: AsOf, session: PreviewSession | None = None
) -> Explanation:
    """Explain why a contact is in a segment or not."""


@overload
def explain(
    workspace: Workspace, segment: str, contact: None = None, *, as_of: AsOf, session: PreviewSession | None = None
) -> Funnel:
    """Count what each condition lets through."""


def explain(
    workspace: Workspace,
    segment: str,
    contact: str | None = None,
    *,
    as_of: AsOf,
    session: PreviewSession | None = None,
) -> Explanation | Funnel:
    """Explain why a contact is in a segment or not; without a contact, what each condition lets through.

    Parameters
    ----------
    workspace : whose.
    segment : name of a smart view, RFM group or cluster; or a rule.
    contact : its id, its e-mail address, or an id that was merged into it.
    as_of : the day seen from.
    session : from `open_preview` of the same day; spares computing what it holds.

    Returns
    -------
    Explanation or Funnel
        A contact that there is not, or that was not known by the day, is told in the explanation's status.

    Raises
    ------
    InvalidDefinition
        The rule has faults, or there is no such segment.
    InvalidOption
        The session is of another workspace or day.
    NoData
        Nothing has been imported, or nothing had happened by that day.

    Notes
    -----
    When an answer changes by time alone is exact: what has been done leaves windows, days since and ages grow,
    anniversaries come, labels end. What depends on other contacts is taken as lasting, and named in the notes.
    """
    if session is not None and (session.workspace.folder, session.as_of) != (workspace.folder, as_of):
        of = f"{session.workspace.name} as of {session.as_of.day}"
        raise InvalidOption(f"`session` must be of {workspace.name} as of {as_of.day}, got one of {of}.")
    definitions = load_segments(workspace)
    asked = resolve_segment(workspace, definitions, segment, as_of=as_of)
    tree, rules = (None, {}) if asked.clusters else _compile(workspace, definitions, asked, segment)
    if contact is None:
        if asked.clusters:
            return count_cluster(workspace, asked.name, asked.clusters, as_of=as_of, session=session)
        assert tree is not None
        return count_parts(workspace, asked.name, asked.kind, tree, rules, as_of=as_of, session=session)
    found = find_people(workspace, [contact])[contact]
    if found.fault:
        return Explanation(asked.name, asked.kind, contact, as_of, "no such contact", f"{found.fault}.")
    person = load_person(workspace, found.contact_id, as_of=as_of)
    if not person.is_known:
        return _not_known(person, asked)
    if tree is None:
        return _of_cluster(workspace, person, asked, session)
    top = explain_rule(workspace, person, tree, rules, rfm=definitions.rfm, session=session)
    flips_on, becomes, answer = top.flips_on, top.becomes, top.answer
    notes = tuple(dict.fromkeys(note for _, part in top.walk() for note in part.lasting))
    reason = _say(person, asked, answer) + (f"; {_later(becomes)} from {flips_on} on" if flips_on else "")
    status = _STATUS[answer]
    return Explanation(
        asked.name, asked.kind, person.contact_id, as_of, status, reason, top, (), flips_on, becomes, notes
    )


def _compile(
    workspace: Workspace, definitions: SegmentsFile, asked: Asked, text: str
) -> tuple[Part, dict[str, CompiledRule]]:
    """Return the tree of a rule and its conditions compiled, by their texts."""
    views = {view.name: view.whole_rule for view in definitions.smart_views}
    try:
        # As a whole first, so that faults point at the text as it was written.
        compile_own_rules(workspace, {_CONDITION: asked.rule}, called={_CONDITION: asked.name or "rule"})
    except InvalidDefinition as error:
        near = suggest(text, [*views, *(definitions.rfm.names if definitions.rfm else ())])
        if asked.kind != "rule" or not near:
            raise
        raise InvalidDefinition([*error.faults, f"can't find a segment `{text}` either.{near}"]) from None
    tree = split_rule(asked.rule, views)
    conditions = tree.conditions
    compiled = compile_own_rules(
        workspace, {f"{_CONDITION}{place}": rule for place, rule in enumerate(conditions.values())}
    )
    return tree, {text: compiled[f"{_CONDITION}{place}"] for place, text in enumerate(conditions)}


def _not_known(person: Person, asked: Asked) -> Explanation:
    if not person.is_there:
        reason = f"can't find the contact {person.contact_id!r}."
        return Explanation(asked.name, asked.kind, person.contact_id, person.as_of, "no such contact", reason)
    assert person.acquired_at is not None
    day = person.acquired_at.astimezone(ZoneInfo(person.as_of.zone)).date()
    reason = f"{person.contact_id} was not known yet as of {person.as_of.day}: first heard of on {day}"
    return Explanation(asked.name, asked.kind, person.contact_id, person.as_of, "not known yet", reason)


def _of_cluster(workspace: Workspace, person: Person, asked: Asked, session: PreviewSession | None) -> Explanation:
    assert asked.clusters is not None
    found = explain_cluster(workspace, person, asked.clusters, asked.name, session=session)
    answer = found.cluster == asked.name
    reason = _say(person, asked, answer)
    if found.cluster is None:
        reason += ": who never bought is in no cluster"
    elif not answer:
        reason += f": it is in {found.cluster}, whose centre is nearer"
    if found.flips_on:
        reason += f"; {_later(not answer)} from {found.flips_on} on"
    becomes = not answer if found.flips_on else None
    return Explanation(
        asked.name, asked.kind, person.contact_id, person.as_of, _STATUS[answer], reason, None, found.centres,
        found.flips_on, becomes, found.notes,
    )  # fmt: skip


_STATUS: dict[Answer, Literal["in", "out", "unknown"]] = {True: "in", False: "out", None: "unknown"}


def _say(person: Person, asked: Asked, answer: Answer) -> str:
    what = asked.name or "the segment of this rule"
    day = person.as_of.day
    if answer is None:
        return f"Whether {person.contact_id} is in {what} is not known as of {day}"
    return f"{person.contact_id} is {'' if answer else 'not '}in {what} as of {day}"


def _later(answer: Answer) -> str:
    how = {True: "in", False: "out", None: "unknown"}[answer]
    return f"by time alone {how}"
