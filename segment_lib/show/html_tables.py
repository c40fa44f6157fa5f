"""Tables of pandas, as HTML, in the look of the report."""

import re

_TABLE = re.compile(r"<table\b([^>]*)>(.*?)</table>", re.DOTALL | re.IGNORECASE)
_ROW = re.compile(r"<tr\b.*?</tr>", re.DOTALL | re.IGNORECASE)
_CELL = re.compile(r"<(t[hd])\b([^>]*)>(.*?)</\1>", re.DOTALL | re.IGNORECASE)
_NUMBER = re.compile(r"\s*(?:[-+−]?[€$£]?\s*\d[\d.,\s]*\s*[%€$£]?|NaN|nan|None|<NA>|–|)\s*")
_SCOPED_STYLE = re.compile(r"<style scoped>.*?</style>", re.DOTALL | re.IGNORECASE)
# A report loads nothing and runs nothing; the page's policy says so to the browser, and this to everything else.
_ACTIVE = re.compile(
    r"<script\b.*?</script\s*>|</?(?:script|iframe|object|embed|link|meta|base|form)\b[^>]*>", re.DOTALL | re.IGNORECASE
)


def passive_html(html: str) -> str:
    """Return HTML without anything that runs or loads.

    Parameters
    ----------
    html : what a cell gave out.

    Returns
    -------
    str

    Examples
    --------
    >>> passive_html("<b>5</b><script>alert(1)</script>")
    '<b>5</b>'
    """
    return _ACTIVE.sub("", html)


def report_tables(html: str) -> str:
    """Give the tables in a piece of HTML the report's look: a box to scroll in, scopes, numbers to the right.

    Parameters
    ----------
    html : what pandas or a Styler wrote; other HTML passes unchanged.

    Returns
    -------
    str

    Examples
    --------
    >>> print(report_tables("<table><tr><td>5</td></tr></table>"))
    <div class="table-box" tabindex="0"><table class="report-table"><tr><td class="n">5</td></tr></table></div>
    """
    return _TABLE.sub(_restyle, _SCOPED_STYLE.sub("", html))


def _restyle(table: re.Match[str]) -> str:
    attributes, inner = table.groups()
    attributes = re.sub(r"\s*\bborder=(\"\d*\"|'\d*'|\d+)", "", attributes)
    numeric = _numeric_columns(inner)
    head, split, body = inner.partition("</thead>")
    if not split:
        head, body = "", inner
    head = _ROW.sub(lambda row: _mark_cells(row[0], numeric, scope="col"), head)
    body = _ROW.sub(lambda row: _mark_cells(row[0], numeric, scope="row"), body)
    return (
        f'<div class="table-box" tabindex="0"><table{_with_class(attributes, "report-table")}>'
        f"{head}{split}{body}</table></div>"
    )


def _numeric_columns(inner: str) -> set[int]:
    """Return the places, counted from the right end, of the columns that hold nothing but numbers."""
    values: dict[int, list[str]] = {}
    for row in _ROW.findall(inner):
        cells = _CELL.findall(row)
        for place, (tag, _, text) in enumerate(cells, start=-len(cells)):
            if tag.lower() == "td":
                values.setdefault(place, []).append(re.sub(r"<[^>]+>|&nbsp;", "", text).replace("&lt;NA&gt;", ""))
    return {place for place, texts in values.items() if all(map(_NUMBER.fullmatch, texts)) and any(texts)}


def _mark_cells(row: str, numeric: set[int], *, scope: str) -> str:
    row = re.sub(r"(<tr\b[^>]*?)\s*style=\"text-align: right;\"", r"\1", row)
    # Places count from the right end, where a row header that spans rows does not shift them; a cell over several
    # columns would, so such a row keeps its alignment.
    spans = "colspan=" in row
    place = -len(_CELL.findall(row)) - 1

    def mark(cell: re.Match[str]) -> str:
        nonlocal place
        place += 1
        tag, attributes, text = cell.groups()
        if tag.lower() == "th" and "scope=" not in attributes and text.strip() not in {"", "&nbsp;"}:
            attributes += f' scope="{scope}"'
        if place in numeric and not spans:
            attributes = _with_class(attributes, "n")
        return f"<{tag}{attributes}>{text}</{tag}>"

    return _CELL.sub(mark, row)


def _with_class(attributes: str, name: str) -> str:
    """Add a class to the attributes of a tag."""
    kept = attributes.rstrip()
    if re.search(r"\bclass=\"", kept):
        return re.sub(r"\bclass=\"", f'class="{name} ', kept, count=1)
    return f'{kept} class="{name}"'
