"""What the segment builder shows: its state as plain values, and the same as a page without anything to press."""

from typing import Any

import pandas as pd
from jinja2 import Environment

from segment_lib.errors import SegmentLibError
from segment_lib.features.rules.nouns import Language
from segment_lib.segments.explaining import Condition, Explanation, Funnel, Passed
from segment_lib.segments.explaining.results import WORDS
from segment_lib.segments.impact import Impact
from segment_lib.segments.preview import Preview
from segment_lib.show.builder_session import BuilderSession
from segment_lib.show.style import ACCENT, AMBER, GREY, INK, LINE, PAPER, SOFT, WARN, WASH
from segment_lib.show.tables import ReportTable, table_html
from segment_lib.show.words import count_words, format_count, format_money, format_share, join_words

_LANGUAGES: tuple[Language, ...] = ("en", "es")
EMPTY = "There is no condition yet."
_JOINS = {"and": "all of", "or": "any of", "not": "not"}
_COLOURS = {"in": ACCENT, "out": GREY, "unknown": AMBER}

PAGE = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(
    """<style>
.segment-builder { color:{{ ink }}; background:{{ paper }}; max-width:60rem; padding:.2rem 0 }
.segment-builder p { margin:.35rem 0; color:{{ ink }} }
.segment-builder .soft { color:{{ soft }}; font-size:.92em }
.segment-builder pre { background:{{ wash }}; color:{{ ink }}; border:1px solid {{ line }}; border-radius:6px;
  padding:.6rem .8rem; margin:.5rem 0; white-space:pre-wrap; font:13px/1.5 ui-monospace, Menlo, Consolas, monospace }
.segment-builder pre.fault { border-left:4px solid {{ warn }}; overflow-x:auto; white-space:pre }
.segment-builder .answers { display:flex; height:.9rem; border-radius:3px; overflow:hidden; margin:.6rem 0;
  print-color-adjust:exact; -webkit-print-color-adjust:exact }
.segment-builder .table { overflow-x:auto }
.segment-builder .answers span { display:block; height:100% }
</style>
<div class="segment-builder">
<p>{% if name %}<strong>{{ name }}</strong>: {% endif %}{{ sentence }}</p>
{% if rule %}<pre>{{ rule }}</pre>{% endif %}
{% if fault %}<pre class="fault">{{ fault }}</pre>{% endif %}
{% if counts %}
<div class="answers" aria-hidden="true">
{% for part in bar %}<span style="width:{{ part.percent }}%;background:{{ part.colour }}"></span>{% endfor %}
</div>
{% for line in counts %}<p{% if not loop.first %} class="soft"{% endif %}>{{ line }}</p>{% endfor %}
{% endif %}
<div class="table">{{ table | safe }}</div>
</div>
"""
)


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
        `stale` (whether that is an older one), `conditions`, `joint`, `sentences`, `views` (names that are taken).
    """
    blank = not session.rule.strip()
    return {
        "rule": session.rule,
        "fault": "" if blank else found.fault,
        "counts": count_state(session.counted) if session.counted and not blank else None,
        "stale": bool(found.fault),
        "conditions": session.conditions,
        "joint": session.joint,
        # What does not compile is not said either: it may name what there is not.
        "sentences": {one: "" if found.fault else session.sentence(one) for one in _LANGUAGES},
        "views": [view.name for view in session.views],
    }


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


def funnel_state(funnel: Funnel) -> dict[str, Any]:
    """Return what each condition lets through, in the order of the rule's conditions.

    Parameters
    ----------
    funnel : of a rule.

    Returns
    -------
    dict
        `conditions` (each with `said`, and `parts` where it is made of others), `said` (on which of them most hangs).
    """
    top = funnel.tree
    chain = top.parts if top.how in ("and", "or") else (top,)
    return {"conditions": [_passed_state(one, top.how) for one in chain], "said": _say_deciding(funnel)}


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
    """Say in sentences what an edit of a smart view would do.

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
        f"{count_words(groups[group]['contacts'], 'contacts')} would {group}"
        f" ({format_money(groups[group]['revenue_12m'], found.currency, digits=0)} in 365 days,"
        f" {format_count(groups[group]['reachable_any'])} reachable)"
        for group in ("enter", "leave")
        if groups[group]["contacts"]
    ]
    said = [f"{found.segment} would go from {format_count(before)} to {count_words(after, 'contacts')}"]
    said.append(join_words(moves) or "nobody would enter or leave")
    others = [
        f"{row['segment']} from {format_count(row['before'])} to {format_count(row['after'])}"
        for row in found.others.to_dict("records")
        if row["enter"] or row["leave"]
    ]
    if others:
        said.append(f"with it {join_words(others)}")
    return "; ".join(said) + "."


def builder_page(session: BuilderSession) -> ReportTable:
    """Write a rule as a page without anything to press: for reports, and wherever no window can be shown.

    Parameters
    ----------
    session : the rule.

    Returns
    -------
    ReportTable
        It names no contact; what is paid and who may be reached is withheld of groups that are too small.
    """
    found = session.preview()
    state = rule_state(session, found)
    sentence = state["sentences"]["en"] if session.rule.strip() else EMPTY
    counts = None if found.fault else state["counts"]
    small = 0 < found.inside < session.workspace.settings.smallest_group
    money = ["Too few to tell what they paid and how many may be reached."]
    lines = (
        [counts["said"], *(money if small else [counts["money"], counts["reach"]]), *counts["notes"]] if counts else []
    )
    table = None if found.fault else _funnel_table(session)
    html = PAGE.render(
        name=session.name,
        sentence=sentence,
        rule=session.rule,
        fault=state["fault"],
        counts=[f"As of {session.as_of.day}: {lines[0]}", *lines[1:]] if lines else [],
        bar=[{"percent": percent, "colour": _COLOURS[name]} for name, percent in counts["bar"]] if counts else [],
        table=table.html if table else "",
        **{"ink": INK, "paper": PAPER, "soft": SOFT, "wash": WASH, "line": LINE, "warn": WARN},
    )
    head = f"{session.name}: {sentence}" if session.name else sentence
    text = [head, session.rule, state["fault"], "\n".join(lines), table.text if table else ""]
    return ReportTable(html, "\n\n".join(filter(None, text)))


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


def _say_deciding(funnel: Funnel) -> str:
    most = funnel.deciding
    if most is None:
        return ""
    word = "more" if funnel.tree.how == "and" else "fewer"
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
    return {"what": _what(part), "said": said, "parts": inner}


def _condition_state(part: Condition) -> dict[str, Any]:
    flips = f"{WORDS[part.becomes]} from {part.flips_on} on" if part.flips_on else ""
    return {
        "answer": WORDS[part.answer],
        "what": _what(part),
        "why": part.why,
        "flips": flips,
        "parts": [_condition_state(one) for one in part.parts],
    }


def _what(part: Passed | Condition) -> str:
    return f"is in {part.segment}" if part.how == "segment" else _JOINS.get(part.how, part.text)


def _funnel_table(session: BuilderSession) -> ReportTable | None:
    try:
        funnel = session.funnel()
    except SegmentLibError:
        return None
    rows = [
        {
            "condition": "· " * depth + _what(part),
            "alone": part.inside,
            "unknown": part.unknown,
            "after": part.after,
            "decides": part.decides,
        }
        for depth, part in funnel.tree.walk()
    ]
    return table_html(
        pd.DataFrame(rows),
        caption="How many contacts each condition lets through by itself, for how many it is unknown, how many are in "
        f"after it in the order of the rule, and how many its absence would change. {_say_deciding(funnel)}".rstrip(),
        heads={"alone": "Lets through", "after": "In order", "decides": "Without it"},
    )
