"""A suggestion as people read it: a table of text, and the same as HTML with everything escaped."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from segment_lib.loading.suggesting.suggestion import ColumnSuggestion, MappingSuggestion

WIDEST = 34


def suggestion_text(suggestion: MappingSuggestion) -> str:
    """Return a suggestion as lines of text.

    Parameters
    ----------
    suggestion : of `suggest_mapping`.

    Returns
    -------
    str
    """
    lines = [_headline(suggestion)]
    for table in suggestion.tables:
        lines += ["", f"{table.table} (source `{table.source}`)"]
        for one in table.columns:
            what, why = _field(one), "; ".join(one.reasons)
            lines.append(f"  {_cut(one.column):<{WIDEST}} {what:<28} {one.score:4.2f}  {why[:90]}".rstrip())
        lines += [f"  {'(no column)':<{WIDEST}} {name:<28}       {dict(rule)}" for name, rule in table.fixed.items()]
    lines += [f"? {question}" for question in suggestion.questions]
    return "\n".join(lines)


def suggestion_html(suggestion: MappingSuggestion) -> str:
    """Return a suggestion as HTML tables; what comes from the file is escaped.

    Parameters
    ----------
    suggestion : of `suggest_mapping`.

    Returns
    -------
    str
    """
    parts = [f"<p>{escape(_headline(suggestion))}</p>"]
    heads = "".join(f"<th scope='col'>{name}</th>" for name in ("column", "field", "score", "why", "example"))
    for table in suggestion.tables:
        rows = "".join(_html_row(one) for one in table.columns)
        rows += "".join(
            f"<tr><td></td><td>{escape(name)}</td><td></td><td>{escape(str(dict(rule)))}</td><td></td></tr>"
            for name, rule in table.fixed.items()
        )
        caption = escape(f"{table.table} (source {table.source})")
        parts.append(f"<table><caption>{caption}</caption><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>")
    if suggestion.questions:
        parts.append("<ul>" + "".join(f"<li>{escape(question)}</li>" for question in suggestion.questions) + "</ul>")
    return "".join(parts)


def _headline(suggestion: MappingSuggestion) -> str:
    which = f", recognised as {suggestion.preset}" if suggestion.preset else ""
    rows = f"{suggestion.rows:,} rows" if suggestion.complete else f"the first {suggestion.rows:,} rows"
    tables = " and ".join(table.table for table in suggestion.tables) or "no table of contacts or interactions"
    return f"{suggestion.name}: {tables}{which}; {rows} looked at"


def _field(one: ColumnSuggestion) -> str:
    if one.field is None:
        return "- left out"
    return f"{one.field} (new {one.custom.type})" if one.custom else one.field


def _html_row(one: ColumnSuggestion) -> str:
    example = ""
    if one.examples:
        raw, cleaned = one.examples[0]
        example = raw if raw == cleaned else f"{raw} → {'nothing' if cleaned is None else cleaned}"
    why = "; ".join([*one.reasons, *([one.conflict] if one.conflict else [])])
    cells = (one.column, _field(one), f"{one.score:.2f}", why, example)
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"


def _cut(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= WIDEST else plain[: WIDEST - 3] + "..."
