"""What the wizard shows: the state of a mapping as plain values, and the same as a page without anything to press."""

import re
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment

from segment_lib.loading.suggesting import ColumnSuggestion, TableSuggestion
from segment_lib.show.import_masking import show_pair
from segment_lib.show.mapping_choices import CHOSEN
from segment_lib.show.mapping_session import MappingSession
from segment_lib.show.tables import ReportTable, table_html

# Their values are words of a list, which tell nothing about anybody.
WORDS = (
    *("country", "language", "gender", "kind", "channel", "currency", "relationships", "arm", "source"),
    *("email_consent", "phone_consent", "sms_consent"),
)
SURE = 0.75
LEFT_OUT = "left out"
# A value in backquotes ends with them; any other may hold blanks, and ends with the clause.
_EXAMPLE = re.compile(r",?\s*e\.g\. (?:`[^`]*`\.?|[^;]*)")

PAGE = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(
    """<div class="mapping">
<p>{{ headline }}</p>
{% if statements %}<p class="soft">{{ statements | join("; ") }}</p>{% endif %}
{% for table in tables %}{{ table | safe }}{% endfor %}
{% if questions %}<p><strong>To be decided</strong></p><ul>{% for one in questions %}<li>{{ one }}</li>{% endfor %}</ul>
{% endif %}
<details><summary>The recipe</summary><pre>{{ recipe }}</pre></details>
</div>
"""
)


def session_state(session: MappingSession) -> dict[str, Any]:
    """Return what the wizard's window shows of a mapping, in values that JSON can hold.

    Parameters
    ----------
    session : the mapping.

    Returns
    -------
    dict
        `headline`, `statements`, `questions`, `faults`, `recipe`, `tables` (each with `columns` and `fixed`).
    """
    suggestion = session.suggestion
    return {
        "headline": headline(session),
        "statements": list(suggestion.statements),
        "questions": session.questions(),
        "faults": session.faults(),
        "recipe": suggestion.to_yaml(),
        "tables": [
            {
                "table": table.table,
                "source": table.source,
                "columns": [_column_state(one) for one in table.columns],
                "fixed": [f"{name}: {_rule(rule)}" for name, rule in table.fixed.items()],
            }
            for table in suggestion.tables
        ],
    }


def headline(session: MappingSession) -> str:
    """Say what the source is taken for and how much of it was looked at.

    Parameters
    ----------
    session : the mapping.

    Returns
    -------
    str
    """
    one = session.suggestion
    kind = " and ".join(table.table for table in one.tables) or "neither contacts nor interactions"
    preset = f", recognised as {one.preset}" if one.preset else ""
    rows = f"all {one.rows:,} rows" if one.complete else f"the first {one.rows:,} rows"
    return f"{Path(one.file).name or 'The table'} would fill {kind}{preset}; {rows} were looked at."


def mapping_page(session: MappingSession) -> ReportTable:
    """Write a mapping as a page without anything to press: for reports, and wherever no window can be shown.

    Parameters
    ----------
    session : the mapping.

    Returns
    -------
    ReportTable
        Examples are masked, except where they are words of a list.
    """
    suggestion = session.suggestion
    tables = [_table(one) for one in suggestion.tables]
    html = PAGE.render(
        headline=headline(session),
        statements=suggestion.statements,
        tables=[table.html for table in tables],
        questions=[without_values(one) for one in session.questions()],
        recipe=suggestion.to_yaml(),
    )
    questions = [f"? {without_values(one)}" for one in session.questions()]
    return ReportTable(html, "\n\n".join([headline(session), *(table.text for table in tables), *questions]))


def without_values(sentence: str) -> str:
    """Return a sentence without the values that it gives as examples.

    Parameters
    ----------
    sentence : a reason or a question of a suggestion.

    Returns
    -------
    str

    Examples
    --------
    >>> without_values("day, month, year, e.g. 03/04/1985; all of them")
    'day, month, year; all of them'
    """
    return _EXAMPLE.sub("", sentence)


def _column_state(one: ColumnSuggestion) -> dict[str, Any]:
    return {
        "column": one.column,
        "field": one.field or "",
        "score": round(one.score, 2) if one.field else 0.0,
        "by_hand": one.reasons[:1] == (CHOSEN,),
        "reasons": list(one.reasons),
        "examples": [[before, after] for before, after in _pairs(one)],
        "conflict": one.conflict,
        "custom": f"new field of type {one.custom.type}, {one.custom.family}" if one.custom else "",
        "candidates": [[other.field, round(other.score, 2)] for other in one.alternatives],
        "options": ", ".join(f"{name}: {_rule(value)}" for name, value in one.options.items()),
    }


def _table(table: TableSuggestion) -> ReportTable:
    rows: list[dict[str, Any]] = [
        {
            "column": one.column,
            "field": _field(one),
            "score": one.score if one.field and one.score else float("nan"),
            "examples": "; ".join(_examples(one)),
            "why": "; ".join(filter(None, [*map(without_values, one.reasons), one.conflict])),
        }
        for one in table.columns
    ]
    rows += [
        {"column": "–", "field": name, "score": float("nan"), "examples": "", "why": _rule(rule)}
        for name, rule in table.fixed.items()
    ]
    return table_html(
        pd.DataFrame(rows, columns=["column", "field", "score", "examples", "why"]),
        caption=f"What each column would be in {table.table}, as the source {table.source} of the recipe. Examples are "
        "shown by their shape: letters as x, digits as 9.",
        heads={"score": "How surely", "examples": "Before → after"},
        formats={"score": lambda score: f"{score:.2f}"},
        tones={
            "field": lambda row: "soft" if row["field"] == LEFT_OUT else "",
            "why": lambda row: "soft",
            "score": lambda row: "miss" if row["score"] < SURE else "",
        },
    )


def _field(one: ColumnSuggestion) -> str:
    if one.field is None:
        return LEFT_OUT
    return f"{one.field} (new, {one.custom.type})" if one.custom else one.field


def _examples(one: ColumnSuggestion) -> list[str]:
    words = one.field in WORDS or (one.custom is not None and one.custom.type in ("choice", "multi-choice", "boolean"))
    pairs = [pair for pair in _pairs(one) if pair[0].strip()]
    changed = [pair for pair in pairs if pair[0] != pair[1]] or pairs[:1]
    shown = [show_pair(before, after, masked=not words) for before, after in changed]
    return list(dict.fromkeys(shown))[:2]


def _pairs(one: ColumnSuggestion) -> list[tuple[str, str | None]]:
    """Return the examples; a number is as it was written where it is the same one: 3 is not 3.0 to a reader."""
    if "clean" in one.options:
        return list(one.examples)
    return [(before, before if _same_number(before, after) else after) for before, after in one.examples]


def _same_number(before: str, after: str | None) -> bool:
    try:
        return after is not None and float(before) == float(after)
    except ValueError:
        return False


def _rule(rule: Any) -> str:
    if isinstance(rule, dict):
        return ", ".join(f"{name}: {_rule(value)}" for name, value in rule.items())
    return ", ".join(map(str, rule)) if isinstance(rule, list | tuple) else str(rule)
