"""Tables of a report, as HTML that reads well in a notebook, in print, on a phone and aloud."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from jinja2 import Environment
from markupsafe import Markup

from segment_lib.checks import check_columns
from segment_lib.show.style import GOOD, INK, LINE, PAPER, SOFT, WARN
from segment_lib.show.words import UNKNOWN, as_float, format_count, format_field, format_number, is_missing

BAR_WIDTH = 7.0  # em, of the longest bar of a column

Format = Callable[[Any], str]
# From the whole row to a class: ok, miss, soft, or empty.
Tone = Callable[[Mapping[str, Any]], str]

# Colours are set on paper of the table's own, so that it can be read in a dark JupyterLab too. The class stands twice,
# to outweigh JupyterLab's own rules for tables.
TABLE_STYLE = f"""
@ {{ width:100%; border-collapse:collapse; font-size:.93rem; font-variant-numeric:tabular-nums;
  color:{INK}; background:{PAPER}; margin:.5rem 0 }}
@ caption {{ caption-side:top; text-align:left; color:{SOFT}; background:{PAPER}; font-size:.88rem;
  padding:0 0 .5rem }}
@ tr {{ background:{PAPER} }}
@ th, @ td {{ text-align:left; vertical-align:middle; padding:.45rem .6rem;
  border:0; border-bottom:1px solid {LINE}; white-space:normal; max-width:none }}
@ thead th {{ font-weight:600; color:{SOFT}; font-size:.82rem; border-bottom:2px solid {LINE};
  vertical-align:bottom }}
@ tbody th {{ font-weight:400; color:{INK} }}
@ .n {{ text-align:right; white-space:nowrap }}
@ .bars {{ white-space:nowrap }}
@ .bar {{ display:inline-block; height:.65em; border-radius:2px; margin-right:.45em;
  print-color-adjust:exact; -webkit-print-color-adjust:exact }}
@ .dot {{ display:inline-block; width:.7em; height:.7em; border-radius:50%; margin-right:.5em;
  print-color-adjust:exact; -webkit-print-color-adjust:exact }}
@ .ok {{ color:{GOOD} }} @ .miss {{ color:{WARN} }}
@ .soft {{ color:{SOFT} }}
""".replace("@", "table.report-table.report-table")

TEMPLATE = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(
    """<style>{{ style }}</style>
<table class="report-table">
<caption>{{ caption }}</caption>
<thead><tr>
{% for head in heads %}
<th scope="col"{% if head.numeric %} class="n"{% endif %}>{{ head.text }}</th>
{% endfor %}
</tr></thead>
<tbody>
{% for row in rows %}
<tr>
{% for cell in row %}
<{{ cell.tag }}{% if cell.tag == "th" %} scope="row"{% endif %}{% if cell.kind %} class="{{ cell.kind }}"{% endif %}>
{%- if cell.dot %}<span class="dot" style="background:{{ cell.dot }}"></span>{% endif %}
{%- if cell.bar %}<span class="bar" style="width:{{ cell.width }}em;background:{{ cell.bar }}"></span>{% endif %}
{{- cell.text }}</{{ cell.tag }}>
{% endfor %}
</tr>
{% else %}
<tr><td class="soft" colspan="{{ heads | length }}">Nothing to show.</td></tr>
{% endfor %}
</tbody>
</table>
"""
)


@dataclass(frozen=True)
class ReportTable:
    """A table that shows itself: as HTML in a notebook, as text elsewhere.

    Parameters
    ----------
    html : the table.
    text : the same for reading on a terminal.
    """

    html: str = field(repr=False)
    text: str

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return self.html


@dataclass(frozen=True)
class _Head:
    text: str
    numeric: bool


@dataclass(frozen=True)
class _Cell:
    text: str
    tag: str
    kind: str
    dot: str = ""
    bar: str = ""
    width: str = ""


def table_html(
    frame: pd.DataFrame,
    *,
    caption: str,
    heads: Mapping[str, str] | None = None,
    formats: Mapping[str, Format] | None = None,
    bars: Mapping[str, str | Sequence[str]] | None = None,
    dots: Mapping[str, str] | None = None,
    tones: Mapping[str, Tone] | None = None,
    right: Sequence[str] = (),
) -> ReportTable:
    """Write a table as HTML: first column as row heads, numbers to the right, all text escaped, no script.

    Parameters
    ----------
    frame : the table; every column is shown, in its order.
    caption : one sentence: what the table shows.
    heads : column to the text above it; without one the name in words.
    formats : column to what writes a value; without one whole numbers with separators, others with three figures.
    bars : column to the colour of a bar before each number, or a colour for each row; the longest is the largest value.
    dots : value of the first column to the colour of a dot before it.
    tones : column to what decides from a row whether its text is `ok`, `miss` or `soft`.
    right : columns of texts to align as numbers are.

    Returns
    -------
    ReportTable

    Raises
    ------
    MissingColumns
        A format, bar or tone is for a column that is absent.

    Examples
    --------
    >>> table_html(pd.DataFrame({"segment": ["Loyal"], "contacts": [1440]}), caption="Segments")
    Segments
    Segment  Contacts
    Loyal       1,440
    """
    formats, bars, tones = formats or {}, bars or {}, tones or {}
    names = [str(name) for name in frame.columns]
    check_columns(names, [*formats, *bars, *tones, *right], table="the table")
    numeric = {name: pd.api.types.is_numeric_dtype(dtype) for name, dtype in zip(names, frame.dtypes, strict=True)}
    numeric |= {name: name in right for name in names if name in right or pd.api.types.is_bool_dtype(frame[name])}
    top = [_Head((heads or {}).get(name, format_field(name)), numeric[name] and name not in bars) for name in names]
    longest = {
        name: max((abs(value) for value in map(as_float, frame[name]) if value == value), default=0.0) for name in bars
    }
    rows = []
    for place, values in enumerate(frame.itertuples(index=False, name=None)):
        record = dict(zip(names, values, strict=True))
        rows.append(
            [
                _Cell(
                    text=_write(value, formats.get(name)),
                    tag="th" if column == 0 else "td",
                    kind=_kind(
                        top[column].numeric, name in bars, tones[name](record) if name in tones else None, value
                    ),
                    dot=(dots or {}).get(str(value), "") if column == 0 else "",
                    **_bar(bars.get(name), place, value, longest.get(name, 0.0)),
                )
                for column, (name, value) in enumerate(record.items())
            ]
        )
    html = TEMPLATE.render(caption=caption, heads=top, rows=rows, style=Markup(TABLE_STYLE))
    return ReportTable(html, _write_text(caption, top, rows))


def _kind(numeric: bool, has_bar: bool, tone: str | None, value: Any) -> str:
    """Return the classes of a cell: how it is aligned, and what it says."""
    align = "bars" if has_bar else "n" if numeric else ""
    said = "soft" if tone is None and is_missing(value) else tone
    return " ".join(filter(None, (align, said)))


def _write(value: Any, format_value: Format | None) -> str:
    if is_missing(value):
        return UNKNOWN
    if format_value is not None:
        return format_value(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if pd.api.types.is_integer(value):
        return format_count(value)
    return format_number(value) if pd.api.types.is_float(value) else str(value)


def _bar(colours: str | Sequence[str] | None, place: int, value: Any, longest: float) -> dict[str, str]:
    """Return colour and width of the bar of a cell; none for nothing."""
    number = as_float(value) if colours is not None else 0.0
    if colours is None or not number > 0 or not longest:
        return {}
    colour = colours if isinstance(colours, str) else colours[place]
    return {"bar": colour, "width": f"{BAR_WIDTH * number / longest:.2f}"}


def _write_text(caption: str, heads: Sequence[_Head], rows: Sequence[Sequence[_Cell]]) -> str:
    """Write the table in columns of equal width for a terminal."""
    lines = [[head.text for head in heads], *[[cell.text for cell in row] for row in rows]]
    widths = [max(len(line[place]) for line in lines) for place in range(len(heads))]
    aligned = [
        "  ".join(
            text.rjust(width) if head.numeric else text.ljust(width)
            for text, width, head in zip(line, widths, heads, strict=True)
        ).rstrip()
        for line in lines
    ]
    return "\n".join([caption, *aligned, *([] if rows else ["Nothing to show."])])
