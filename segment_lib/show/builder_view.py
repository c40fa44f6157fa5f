"""What the segment builder shows: the rule, its counts and reasons as plain values and sentences."""

from typing import Any

from segment_lib.features.rules.nouns import Language
from segment_lib.segments.explaining import Condition, Explanation, Funnel, Passed
from segment_lib.segments.explaining.results import WORDS
from segment_lib.segments.impact import Impact
from segment_lib.segments.preview import Preview
from segment_lib.show.builder_session import BuilderSession
from segment_lib.show.words import count_words, format_count, format_money, format_share, join_words

_LANGUAGES: tuple[Language, ...] = ("en", "es")
# Of a line that a fault quotes, as much is shown as has place beside other things.
_WIDTH, _BEFORE = 60, 20
_JOINS = {"and": "all of", "or": "any of", "not": "not"}


def rule_state(session: BuilderSession, found: Preview) -> dict[str, Any]:
    """Return what the window shows of a rule, in values that JSON can hold.

    Parameters
    ----------
    session : the rule.
    found : its preview.

    Returns
    -------
    dict
        `rule`, `fault` (empty where there is none, or no rule yet), `counts` (of the last rule without a fault),
        `stale` (whether that is an older one), `conditions`, `joint`, `sentences`.
    """
    blank = not session.rule.strip()
    return {
        "rule": session.rule,
        "fault": "" if blank else crop_fault(found.fault),
        "counts": count_state(session.counted) if session.counted and not blank else None,
        "stale": bool(found.fault),
        "conditions": session.conditions,
        "joint": session.joint,
        # What does not compile is not said either: it may name what there is not.
        "sentences": {one: "" if found.fault else session.sentence(one) for one in _LANGUAGES},
    }


def crop_fault(fault: str) -> str:
    """Return a fault whose quoted lines are cut to what stands around the place that carets point at.

    Parameters
    ----------
    fault : of a rule.

    Returns
    -------
    str

    Examples
    --------
    >>> print(crop_fault("can't find it.\\n  " + "a = 1 and " * 9 + "b = 2\\n  " + " " * 90 + "^"))
    can't find it.
      …a = 1 and a = 1 and b = 2
                           ^
    """
    lines = fault.split("\n")
    for place, line in enumerate(lines):
        if place and line.strip() and not line.strip(" ^"):
            marks, quoted = line[2:], lines[place - 1][2:]
            start = max(0, marks.index("^") - _BEFORE) if len(marks) > _WIDTH else 0
            stop = start + _WIDTH
            lines[place - 1] = f"  {'…' * bool(start)}{quoted[start:stop]}{'…' * (len(quoted) > stop)}"
            lines[place] = f"  {' ' * bool(start)}{marks[start:stop]}"
    return "\n".join(lines)


def count_state(found: Preview) -> dict[str, Any]:
    """Return the counts of a preview as parts of a bar and as sentences.

    Parameters
    ----------
    found : without a fault.

    Returns
    -------
    dict
        `said`, `money`, `reach`, `notes`, `bar` (name and per cent of in, out, unknown).
    """
    parts = {"in": found.inside, "out": found.outside, "unknown": found.unknown}
    said = ", ".join(f"{format_count(n)} {name}" for name, n in parts.items())
    share = f" ({format_share(found.inside / found.contacts, digits=1)} in)" if found.contacts else ""
    return {
        "said": f"{said}, of {count_words(found.contacts, 'contacts')}{share}.",
        "money": _say_money(found),
        "reach": f"{format_count(found.may_email)} may be e-mailed, {format_count(found.may_call)} may be called.",
        "notes": list(found.notes),
        "bar": [[name, round(100 * n / max(found.contacts, 1), 2)] for name, n in parts.items()],
    }


def funnel_state(funnel: Funnel, *, has_parent: bool = False) -> dict[str, Any]:
    """Return what each condition lets through, in the order of the rule's conditions.

    Parameters
    ----------
    funnel : of a rule.
    has_parent : whether it is of a rule with that of its parent, which is the first condition then and is left out.

    Returns
    -------
    dict
        `conditions` (each with `said`, and `parts` where it is made of others), `said` (on which of them most hangs).
    """
    top = funnel.tree
    joint, chain = top.how, top.parts if top.how in ("and", "or") else (top,)
    if has_parent:
        chain = top.parts[1:]
        if len(chain) == 1 and chain[0].how == "or":
            # What each of them adds was counted outside of the parent too.
            joint, chain = "", chain[0].parts
    return {"conditions": [_passed_state(one, joint) for one in chain], "said": say_deciding(funnel)}


def explanation_state(found: Explanation) -> dict[str, Any]:
    """Return why a contact is in or out.

    Parameters
    ----------
    found : of a rule.

    Returns
    -------
    dict
        `contact`, `status`, `reason`, `notes`, `tree` (`answer` as yes, no or unknown, `what`, `why`, `flips`,
        `parts`).
    """
    return {
        "contact": found.contact_id,
        "status": found.status,
        "reason": found.reason.rstrip(".") + ".",
        "notes": list(found.notes),
        "tree": _condition_state(found.tree) if found.tree else None,
    }


def say_impact(found: Impact) -> str:
    """Say in a sentence what an edit of a smart view changes.

    Parameters
    ----------
    found : of `measure_impact`.

    Returns
    -------
    str
    """
    groups = {row["group"]: row for row in found.table.to_dict("records")}
    before, after = groups["before"]["contacts"], groups["after"]["contacts"]
    moves = [
        f"{count_words(groups[group]['contacts'], 'contacts')} {group}{'s' * (groups[group]['contacts'] == 1)}"
        f" ({format_money(groups[group]['revenue_12m'], found.currency, digits=0)} in 365 days,"
        f" {format_count(groups[group]['reachable_any'])} reachable)"
        for group in ("enter", "leave")
        if groups[group]["contacts"]
    ]
    said = [f"{found.segment} goes from {format_count(before)} to {count_words(after, 'contacts')}"]
    said.append(join_words(moves) or "nobody enters or leaves")
    others = [
        f"{row['segment']} from {format_count(row['before'])} to {format_count(row['after'])}"
        for row in found.others.to_dict("records")
        if row["enter"] or row["leave"]
    ]
    if others:
        said.append(f"with it {join_words(others)}")
    return "; ".join(said) + "."


def _say_money(found: Preview) -> str:
    said = [
        f"{format_share(share, digits=1)} {when} ({format_money(amount, found.currency, digits=0)})"
        for amount, share, when in (
            (found.spend_365d, found.share_365d, "in 365 days"),
            (found.total_spend, found.share_total, "ever"),
        )
        if share is not None
    ]
    return f"Share of revenue: {join_words(said)}." if said else "Nobody has paid anything yet."


def say_deciding(funnel: Funnel) -> str:
    """Say on which condition most hangs; empty where none changes anything."""
    most = funnel.deciding
    if most is None:
        return ""
    joint = next(part.how for _, part in funnel.tree.walk() if most in part.parts)
    word = "more" if joint == "and" else "fewer"
    return f"Most hangs on {most.text}: without it {format_count(most.decides)} {word}."


def _passed_state(part: Passed, joint: str) -> dict[str, Any]:
    said = f"lets {format_count(part.inside)} through"
    if part.unknown:
        said += f", unknown for {format_count(part.unknown)}"
    if joint in ("and", "or") and part.decides:
        said += f"; without it {format_count(part.decides)} {'more' if joint == 'and' else 'fewer'}"
    elif joint in ("and", "or"):
        said += "; without it nothing changes"
    inner = [_passed_state(one, "") for one in part.parts]
    return {"what": say_part(part), "said": said, "parts": inner}


def _condition_state(part: Condition) -> dict[str, Any]:
    flips = f"{WORDS[part.becomes]} from {part.flips_on} on" if part.flips_on else ""
    return {
        "answer": WORDS[part.answer],
        "what": say_part(part),
        "why": part.why,
        "flips": flips,
        "parts": [_condition_state(one) for one in part.parts],
    }


def say_part(part: Passed | Condition) -> str:
    """Return what a part of a rule asks for: its text, or what joins its parts."""
    return f"is in {part.segment}" if part.how == "segment" else _JOINS.get(part.how, part.text)
