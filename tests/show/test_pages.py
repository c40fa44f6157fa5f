"""The report's pages: what they say, and that they stand alone."""

import base64
import re
from datetime import date
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import nbformat
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from segment_lib.errors import InvalidOption
from segment_lib.show.html_tables import report_tables
from segment_lib.show.pages import Site, chapter_name, emphasise, render_chapter, render_history, render_overview
from segment_lib.show.record import RECORD, figure_png, read_records, record, show_figure

CHAPTERS = ("01_goals", "02_import", "03_segmentation", "04_refinement")
SITE = Site("Sample & Sons", date(2026, 10, 31), CHAPTERS)
RUN = {
    "status": "complete",
    "package": "0.1.0",
    "seconds": 21.4,
    "finished_at": "2026-11-01T03:04:05+00:00",
    "tables": {"contacts": {"version": 3, "rows": 5012}},
    "definitions": {"segments.yml": "0123456789ab"},
    "smallest_group": 7,
}
DOT = base64.b64encode(b"\x89PNG").decode()


class Page(HTMLParser):
    """What the tests ask of a page: its tags with their attributes, and the text of its headings."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.headings: list[tuple[str, str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append((tag, ""))

    def handle_data(self, data: str) -> None:
        if self.headings and self.headings[-1][1] == "":
            self.headings[-1] = (self.headings[-1][0], data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def assert_stands_alone(html: str) -> Page:
    page = Page(html)
    assert not {"script", "link", "iframe", "object", "embed", "base", "form"} & {tag for tag, _ in page.tags}
    loaded = [
        value for _, attributes in page.tags for key, value in attributes.items() if key in {"src", "srcset", "data"}
    ]
    assert all(value and value.startswith("data:image/") for value in loaded)
    assert "url(" not in html
    assert "@import" not in html
    (policy,) = [meta["content"] for meta in page.all("meta") if meta.get("http-equiv") == "Content-Security-Policy"]
    assert policy is not None
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'unsafe-inline'")
    assert all(image.get("alt") for image in page.all("img"))
    assert [level for level, _ in page.headings].count("h1") == 1
    levels = [int(level[1]) for level, _ in page.headings]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    return page


def a_segment(name: str, **changed: Any) -> dict[str, Any]:
    return {
        "segment": name,
        "kind": "smart view",
        "definition": "total_spend > 500 and country = 'ES'",
        "colour": "#0b6e6e",
        "contacts": 1234,
        "contact_share": 0.25,
        "revenue_share": 0.5,
        "reachable": {"email": 0.61, "phone": 0.2},
        "kpis": [{"label": "Bought again", "display": "18% (target 25%)", "verdict": "missed"}],
        "entered": 12,
        "left": 9,
        "folded": False,
        **changed,
    }


SUMMARY: dict[str, Any] = {
    "business": "Sample & Sons",
    "as_of": "2026-10-31",
    "compared_with": "2026-09-30",
    "goal": {"name": "Second purchase", "question": "who comes back?"},
    "headline": [{"label": "Contacts", "value": "5,012", "change": "+94", "direction": "up"}],
    "changes": ["**At risk** grew by *41*; <script>alert(1)</script>"],
    "segment_caption": "Shares do not add up.",
    "kpi_labels": ["Bought again"],
    "segments": [a_segment("Big spenders"), a_segment("Tiny", folded=True, contacts=3)],
    "figures": [{"title": "8% bring 38%", "note": "by group", "png": DOT, "alt": "Bars of revenue share"}],
    "audiences": [
        {"play": "Win back", "segment": "At risk", "channel": "email", "matched": 1312, "eligible": 181, "holdout": 18}
        | {"sent": 163, "note": "131 without consent"}
    ],
    "decide": ["Repeat the e-mail?"],
}


def a_notebook(*cells: nbformat.NotebookNode) -> nbformat.NotebookNode:
    return new_notebook(cells=[new_markdown_cell("# Who they are\nA first sentence."), *cells])


def html_output(html: str) -> nbformat.NotebookNode:
    return new_output("display_data", data={"text/html": html, "text/plain": "x"})


# The overview


def test_overview_stands_alone_and_its_headings_are_in_order() -> None:
    page = assert_stands_alone(render_overview(SUMMARY, site=SITE, run=RUN))
    assert [text for level, text in page.headings if level == "h2"] == [
        "What changed",
        "Segments",
        "Audiences",
        "Decide",
    ]


def test_overview_escapes_what_comes_from_data_and_keeps_emphasis() -> None:
    html = render_overview(SUMMARY, site=SITE, run=RUN)
    assert "<strong>At risk</strong> grew by <em>41</em>; &lt;script&gt;" in html
    assert "Sample &amp; Sons: customer segments" in html
    assert "total_spend &gt; 500 and country = &#39;ES&#39;" in html


def test_overview_shows_sizes_shares_targets_and_moves_of_a_segment() -> None:
    html = render_overview(SUMMARY, site=SITE, run=RUN)
    assert '<td class="n">1,234</td>' in html
    # The longest bar is the greatest share; the other is drawn in proportion.
    assert "width:50.0%" in html
    assert "width:100.0%;background:#0b6e6e" in html
    assert '<td class="n missed">18% (target 25%)<span class="unseen"> target missed</span>' in html
    assert '<td class="n">+12</td><td class="n">−9</td>' in html


def test_overview_shows_nothing_of_a_folded_segment_but_that_it_is_small() -> None:
    html = render_overview({**SUMMARY, "segments": [a_segment("Tiny", folded=True, contacts=3)]}, site=SITE, run=RUN)
    assert "under 7" in html
    assert "61%" not in html
    assert '<td class="n">3</td>' not in html


def test_overview_tells_where_its_figures_come_from() -> None:
    html = render_overview(SUMMARY, site=SITE, run=RUN)
    assert "Contacts version 3 (5,012 rows)" in html
    assert "segment_lib 0.1.0" in html
    assert "21 s" in html
    assert "groups under 7 contacts are not shown" in html
    assert "<code>0123456789ab</code>" in html
    assert "1 November 2026, 03:04 UTC" in html


def test_overview_links_to_chapters_and_earlier_reports() -> None:
    page = Page(render_overview(SUMMARY, site=SITE, run=RUN))
    links = [link["href"] for link in page.all("a")]
    assert [f"{stem}.html" for stem in CHAPTERS] == [link for link in links if link and link[0] == "0"]
    assert "../index.html" in links


@pytest.mark.parametrize(
    "summary", [None, {}, {"segments": [{"segment": "Bare"}], "audiences": [{}], "headline": [{}]}]
)
def test_overview_leaves_out_what_the_summary_lacks(summary: dict[str, Any] | None) -> None:
    page = assert_stands_alone(render_overview(summary, site=SITE, run={"status": "complete"}))
    assert page.headings[0] == ("h1", "Sample & Sons: customer segments")


def test_colour_that_is_none_does_not_reach_the_styles() -> None:
    summary = {"segments": [a_segment("Odd", colour="red;background:url(http://x)")]}
    assert "http://" not in render_overview(summary, site=SITE, run=RUN)


@pytest.mark.parametrize(
    ("sentence", "html"),
    [
        ("2 * 3 * 4", "2 * 3 * 4"),
        ("**bold** and *not* bold", "<strong>bold</strong> and <em>not</em> bold"),
        ("[link](http://x) `code`", "[link](http://x) `code`"),
        ("<b>", "&lt;b&gt;"),
    ],
)
def test_sentences_know_bold_and_italic_and_nothing_else(sentence: str, html: str) -> None:
    assert emphasise(sentence) == html


# The list of reports


def test_history_lists_runs_with_links_and_tells_why_one_failed() -> None:
    runs = [
        {"as_of": "2026-10-31", "status": "failed", "seconds": 9.6, "link": "failed/x.ipynb", "message": "a < b"},
        {"as_of": "2026-09-30", "status": "complete", "seconds": 21, "link": "2026-09-30/index.html"},
    ]
    html = render_history(runs, business="Sample & Sons")
    page = assert_stands_alone(html)
    assert [link["href"] for link in page.all("a")][1:] == ["failed/x.ipynb", "2026-09-30/index.html"]
    assert "30 September 2026" in html
    assert "a &lt; b" in html


# Chapters


def test_chapter_shows_findings_without_code_and_stands_alone() -> None:
    png = new_output(
        "display_data",
        data={"image/png": DOT, "text/plain": "ignored"},
        metadata={"image/png": {"alt": 'Bars: "Loyal" 5', "width": 700}},
    )
    notebook = a_notebook(
        new_code_cell(
            "secret = 1", metadata={"tags": ["parameters"]}, outputs=[new_output("stream", text="concealed 1")]
        ),
        new_code_cell("secret = 2", metadata={"tags": ["setup"]}, outputs=[new_output("stream", text="concealed 2")]),
        new_code_cell("secret = 3", metadata={"tags": ["injected-parameters"]}),
        new_code_cell("secret = 4", metadata={"tags": ["remove-output"]}, outputs=[html_output("concealed 4")]),
        new_code_cell("secret = 5", outputs=[png, new_output("stream", name="stderr", text="concealed warning")]),
        new_code_cell("secret = 6", outputs=[new_output("stream", name="stdout", text="5 < 6 read")]),
        new_markdown_cell("## Decide\n- Go on?"),
    )
    html = render_chapter(notebook, stem="03_segmentation", site=SITE)
    page = assert_stands_alone(html)
    assert "secret" not in html
    assert "concealed" not in html
    assert "5 &lt; 6 read" in html
    assert [image["alt"] for image in page.all("img")] == ['Bars: "Loyal" 5']
    assert page.headings == [("h1", "Who they are"), ("h2", "Decide")]
    assert [link["href"] for link in page.all("a") if link.get("rel")] == ["02_import.html", "04_refinement.html"]
    assert "03_segmentation.ipynb" in [link["href"] for link in page.all("a")]


def test_sections_of_a_chapter_are_named_after_their_headings() -> None:
    notebook = a_notebook(
        new_markdown_cell("## In short\n- One."),
        new_markdown_cell("## Two\n```\n## no heading\n```\ntext\n\n## Decide\n- Three?"),
        new_code_cell("1", outputs=[html_output("<p>four</p>")]),
    )
    html = render_chapter(notebook, stem="01_goals", site=SITE)
    sections = re.findall(r'<section class="part ?([^"]*)">', html)
    assert sections == ["", "in-short", "two", "decide"]
    assert html.count("</section>") == 4
    # What follows the last heading stands in its box.
    assert html.index("<p>four</p>") > html.index('class="part decide"')


def test_notebook_without_cells_or_title_makes_a_page() -> None:
    page = assert_stands_alone(render_chapter(new_notebook(), stem="01_goals", site=SITE))
    assert page.headings == [("h1", "1 Goals")]


def test_nothing_active_survives_in_a_chapter() -> None:
    notebook = a_notebook(
        new_markdown_cell("<script src='http://x/a.js'></script>text <iframe src='http://x'></iframe>"),
        new_code_cell("1", outputs=[html_output("<b>five</b><script>alert(1)</script><link href='http://x'>")]),
        new_code_cell("2", outputs=[new_output("display_data", data={"application/javascript": "alert(2)"})]),
        new_code_cell("3", outputs=[new_output("error", ename="E", evalue="x", traceback=["secret place"])]),
    )
    html = render_chapter(notebook, stem="01_goals", site=SITE)
    assert_stands_alone(html)
    assert "<b>five</b>" in html
    assert "alert" not in html
    assert "secret" not in html


def test_rendering_leaves_the_notebook_as_it_was() -> None:
    notebook = a_notebook(new_markdown_cell("## A\ntext\n## B"), new_code_cell("1", outputs=[html_output("x")]))
    before = nbformat.writes(notebook)
    render_chapter(notebook, stem="01_goals", site=SITE)
    assert nbformat.writes(notebook) == before


@pytest.mark.parametrize(
    ("stem", "name"), [("01_goals", "1 Goals"), ("10_what_next", "10 What next"), ("notes", "Notes")]
)
def test_chapter_is_called_by_its_number_and_name(stem: str, name: str) -> None:
    assert chapter_name(stem) == name


# Tables


def test_numbers_of_a_pandas_table_stand_right_under_their_heading() -> None:
    frame = pd.DataFrame({"segment": ["Loyal", "New"], "contacts": [184, 2], "share": ["38%", "7%"]})
    html = report_tables(frame.to_html())
    assert '<table class="report-table dataframe">' in html
    assert html.count('<td class="n">') == 4
    assert '<th scope="col">segment</th>' in html
    assert '<th scope="col" class="n">contacts</th>' in html
    assert '<th scope="row">0</th>' in html
    assert "border=" not in html
    assert "style=" not in html


def test_row_headers_over_several_rows_do_not_shift_the_numbers() -> None:
    frame = pd.DataFrame({"a": ["x", "x", "y"], "b": ["u", "v", "u"], "n": [1, 2, 3], "text": ["p", "q", "r"]})
    html = report_tables(frame.set_index(["a", "b"]).to_html())
    assert re.findall(r'<td class="n">(\d)</td>', html) == ["1", "2", "3"]
    assert "<td>q</td>" in html


def test_styled_table_keeps_its_own_styles() -> None:
    html = report_tables(pd.DataFrame({"n": [1.5]}).style.format(precision=1).to_html())
    assert "report-table" in html
    assert re.search(r'<td id="T_\w+" class="n data row0 col0"\s*>1.5</td>', html)


# Records and figures


def test_records_of_a_notebook_are_read_and_the_later_wins() -> None:
    outputs = [
        new_output("display_data", data={RECORD: {"name": name, "value": value}})
        for name, value in [("summary", {"contacts": 1}), ("other", 2), ("summary", {"contacts": 3})]
    ]
    notebook = a_notebook(new_code_cell("", outputs=outputs))
    assert read_records(notebook) == {"summary": {"contacts": 3}, "other": 2}
    assert "vnd.segment-lib" not in render_chapter(notebook, stem="01_goals", site=SITE)


@pytest.mark.parametrize("value", [float("nan"), {"a": {1, 2}}, object()])
def test_record_of_what_json_cannot_hold_is_refused(value: Any) -> None:
    with pytest.raises(InvalidOption, match="record `summary` must hold what JSON can hold"):
        record("summary", value)


def test_figure_without_a_text_is_refused() -> None:
    figure, _ = plt.subplots()
    with pytest.raises(InvalidOption, match="`alt` must say"):
        show_figure(figure, alt=" ")
    plt.close(figure)


def test_shown_figure_is_closed_and_the_same_figure_gives_the_same_bytes() -> None:
    figure, axes = plt.subplots(figsize=(3, 2))
    axes.plot([1, 2])
    assert figure_png(figure) == figure_png(figure)
    show_figure(figure, alt="A line that rises.")
    assert figure.number not in plt.get_fignums()  # type: ignore[attr-defined]
