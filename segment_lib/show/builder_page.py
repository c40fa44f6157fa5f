"""The segment builder as a page without anything to press."""

import pandas as pd
from jinja2 import Environment

from segment_lib.errors import SegmentLibError
from segment_lib.show.builder_session import BuilderSession
from segment_lib.show.builder_view import rule_state, say_deciding, say_part
from segment_lib.show.style import ACCENT, AMBER, GREY, INK, LINE, PAPER, SOFT, WARN, WASH
from segment_lib.show.tables import ReportTable, table_html

EMPTY = "There is no condition yet."
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


def _funnel_table(session: BuilderSession) -> ReportTable | None:
    try:
        funnel = session.funnel()
    except SegmentLibError:
        return None
    rows = [
        {
            "condition": "· " * depth + say_part(part),
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
        f"after it in the order of the rule, and how many its absence would change. {say_deciding(funnel)}".rstrip(),
        heads={"alone": "Lets through", "after": "In order", "decides": "Without it"},
    )
