"""The report's pages: an overview, a chapter for every notebook, and the list of all reports.

Pages stand alone: styles and figures are inside them, nothing is loaded and nothing runs, and the page's policy tells
the browser so. Whatever comes from data is escaped.
"""

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import ChainableUndefined, Environment, FileSystemLoader

from segment_lib.show.html_tables import passive_html, report_tables
from segment_lib.show.record import RECORD

# nbformat and nbconvert take seconds to import: whoever renders no chapter is spared them.
if TYPE_CHECKING:
    from nbformat import NotebookNode

TEMPLATES = Path(__file__).parent / "templates"
# Cells that hold no finding.
HIDDEN_TAGS = frozenset({"parameters", "injected-parameters", "remove-output", "remove-cell", "setup"})
_VERDICTS = {"reached": "reached", "missed": "missed", "cannot tell": "untold"}
_HEADING = re.compile(r"^(#{1,2})\s+(.+?)\s*#*\s*$")


@dataclass(frozen=True)
class Site:
    """What the pages of one report share: the business, the day, and the chapters by their notebooks' names."""

    business: str
    as_of: date
    chapters: tuple[str, ...]


def chapter_name(stem: str) -> str:
    """Return how a notebook is called in the navigation.

    Parameters
    ----------
    stem : its file name without the ending.

    Returns
    -------
    str

    Examples
    --------
    >>> chapter_name("03_segmentation")
    '3 Segmentation'
    """
    number, _, name = stem.partition("_")
    words = (name or number).replace("_", " ").capitalize()
    return f"{number.lstrip('0')} {words}" if name and number.isdigit() else words


def render_overview(summary: Mapping[str, Any] | None, *, site: Site, run: Mapping[str, Any]) -> str:
    """Return the report's first page.

    Parameters
    ----------
    summary : what the last notebook recorded under `summary`; parts that are missing are left out.
    site : business, day and chapters.
    run : what run.json says, for the foot.

    Returns
    -------
    str
        HTML.
    """
    return _environment().get_template("index.html.j2").render(summary=summary or {}, site=site, run=run, css=_css())


def render_history(runs: Sequence[Mapping[str, Any]], *, business: str) -> str:
    """Return the list of all reports of a workspace.

    Parameters
    ----------
    runs : what each run.json says, with `link`, in the order to be shown.
    business : whose reports they are.

    Returns
    -------
    str
        HTML.
    """
    return _environment().get_template("history.html.j2").render(runs=runs, business=business, css=_css())


def render_chapter(notebook: "NotebookNode", *, stem: str, site: Site) -> str:
    """Return an executed notebook as a page without code.

    Parameters
    ----------
    notebook : with its outputs; not changed.
    stem : its file name without the ending.
    site : business, day and chapters.

    Returns
    -------
    str
        HTML.
    """
    from nbformat import NotebookNode

    title, cells = _split_title(_shown_cells(notebook))
    place = site.chapters.index(stem)
    names = [(other, chapter_name(other)) for other in site.chapters]
    page = {
        "title": title or chapter_name(stem),
        "stem": stem,
        "business": site.business,
        "day": _day(site.as_of),
        "chapters": names,
        "previous": names[place - 1] if place else None,
        "next": names[place + 1] if place + 1 < len(names) else None,
        "css": _css(),
    }
    body = NotebookNode({**notebook, "cells": list(_parts(cells))})  # type: ignore[no-untyped-call]
    for number, cell in enumerate(body.cells):
        cell.id = f"cell-{number}"
    text, _ = _exporter().from_notebook_node(body, resources={"page": page})
    return str(text)


def _shown_cells(notebook: "NotebookNode") -> list["NotebookNode"]:
    """Return copies of the cells that a page shows; records are for the runner, not for the page."""
    shown = [deepcopy(cell) for cell in notebook.cells if not HIDDEN_TAGS & set(cell.metadata.get("tags", []))]
    for cell in shown:
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if RECORD not in output.get("data", {})]
    return shown


def _split_title(cells: list["NotebookNode"]) -> tuple[str, list["NotebookNode"]]:
    """Take the first heading of the first level out of the cells: it becomes the page's own."""
    for cell in cells:
        if cell.cell_type == "markdown":
            lines = cell.source.splitlines()
            for place, line in enumerate(lines):
                heading = _HEADING.match(line)
                if heading and heading[1] == "#":
                    cell.source = "\n".join(lines[:place] + lines[place + 1 :]).strip()
                    return re.sub(r"[*_`]", "", heading[2]), cells
    return "", cells


def _parts(cells: list["NotebookNode"]) -> Iterator["NotebookNode"]:
    """Yield the cells so that every heading of the second level begins one, marked with the part that it opens."""
    opened = False
    for cell in cells:
        texts = _split_at_headings(cell.source) if cell.cell_type == "markdown" else [("", "")]
        for heading, text in texts:
            piece = _markdown(text) if cell.cell_type == "markdown" else cell
            if heading or not opened:
                piece.metadata["part"] = {"name": _slug(heading), "closes": opened}
                opened = True
            if cell.cell_type == "code" or text.strip():
                yield piece
    if not opened:
        empty = _markdown("")
        empty.metadata["part"] = {"name": "", "closes": False}
        yield empty


def _split_at_headings(source: str) -> list[tuple[str, str]]:
    """Split markdown before its headings of the second level, those in fenced code excepted."""
    pieces: list[tuple[str, list[str]]] = [("", [])]
    fenced = False
    for line in source.splitlines():
        fenced ^= line.lstrip().startswith(("```", "~~~"))
        heading = None if fenced else _HEADING.match(line)
        if heading and heading[1] == "##":
            pieces.append((heading[2], []))
        pieces[-1][1].append(line)
    return [(heading, "\n".join(lines)) for heading, lines in pieces if heading or "".join(lines).strip()]


def _markdown(text: str) -> "NotebookNode":
    from nbformat import NotebookNode

    return NotebookNode(cell_type="markdown", metadata=NotebookNode(), source=text)  # type: ignore[no-untyped-call]


def _slug(heading: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-")


@cache
def _css() -> str:
    return (TEMPLATES / "report.css").read_text(encoding="utf-8")


@cache
def _exporter() -> Any:
    from nbconvert import HTMLExporter

    options = {"template_name": "chapter", "extra_template_basedirs": [str(TEMPLATES)], "anchor_link_text": ""}
    exporter: Any = HTMLExporter(**options)  # type: ignore[no-untyped-call]
    exporter.register_filter("passive", passive_html)
    exporter.register_filter("report_tables", report_tables)
    return exporter


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, undefined=ChainableUndefined
    )
    environment.filters.update(
        bar=_bar,
        chapter=chapter_name,
        colour=_colour,
        count=lambda value: "–" if _absent(value) else f"{value:,}",
        day=_day,
        emphasised=emphasise,
        instant=lambda text: f"{_day(text[:10])}, {text[11:16]} UTC" if text else "–",
        labelled=lambda kpis, label: next((kpi for kpi in kpis or [] if kpi.get("label") == label), {}),
        longest_share=lambda segments: max(
            [s.get(k) or 0 for s in segments for k in ("contact_share", "revenue_share") if not s.get("folded")] or [0]
        ),
        percent=_percent,
        seconds=lambda value: "–" if _absent(value) else f"{value:.0f} s",
        signed=lambda value, sign: "–" if _absent(value) else f"{sign}{value:,}" if value else "0",
        verdict_class=lambda verdict: _VERDICTS.get(verdict, ""),
    )
    return environment


def emphasise(sentence: str) -> str:
    """Return a sentence as HTML: **bold** and *italic* count, everything else is text.

    Parameters
    ----------
    sentence : Markdown of which only these two are known.

    Returns
    -------
    str
        HTML, escaped.

    Examples
    --------
    >>> emphasise("**At risk** grew; 3 < 4 * 5 * 6")
    '<strong>At risk</strong> grew; 3 &lt; 4 * 5 * 6'
    >>> emphasise("**win" + chr(92) + "_back**")
    '<strong>win_back</strong>'
    """
    text = re.sub(r"\*\*(?=\S)(.+?)(?<=\S)\*\*", r"<strong>\1</strong>", html.escape(str(sentence)))
    text = re.sub(r"(?<![\w*\\])\*(?=[^\s*])(.+?)(?<=[^\s*])\*(?![\w*])", r"<em>\1</em>", text)
    return re.sub(r"\\(&lt;|&gt;|[\\`*_\[\]#|])", r"\1", text)


def _absent(value: Any) -> bool:
    return value is None or isinstance(value, ChainableUndefined)


def _day(value: date | str) -> str:
    day = date.fromisoformat(value) if isinstance(value, str) else value
    return f"{day.day} {day:%B} {day.year}"


def _percent(share: float | None) -> str:
    if _absent(share) or share is None:
        return "–"
    return "<1%" if 0 < share < 0.005 else f"{share:.0%}"


def _bar(share: float | None, longest: float) -> str:
    return f"{0 if _absent(share) or not share or not longest else 100 * share / longest:.1f}%"


def _colour(value: Any) -> str:
    """Return a colour that is one, so that nothing else gets into a style."""
    return value if isinstance(value, str) and re.fullmatch(r"#[0-9A-Fa-f]{3,8}", value) else "#9aa5b4"
