"""Tables: well-formed HTML, everything escaped, numbers as a reader expects them."""

from collections.abc import Callable
from html.parser import HTMLParser

import pandas as pd
import pytest

from segment_lib import show
from segment_lib.errors import MissingColumns
from segment_lib.show import ReportTable, table_html

NAN = float("nan")
EVIL = "<script>alert('x')</script>"

SUMMARY = pd.DataFrame(
    [("New", "RFM group", 17, 0.17, 11.0, 0.11, NAN), (EVIL, "RFM group", 1440, 0.08, 412650.4, 0.38, 0.71)],
    columns=["segment", "kind", "contacts", "contact_share", "revenue_12m", "revenue_share", "reachable_email"],
)
PERFORMANCE = pd.DataFrame(
    [
        (EVIL, "Second purchase", "conversion", 402, 0.182, 0.151, 0.217, 0.25, "missed"),
        ("Tiny", "Stars", "satisfaction", 4, 4.25, NAN, NAN, NAN, "too few"),
    ],
    columns=["segment", "kpi", "measure", "members", "estimate", "low", "high", "target", "verdict"],
)
MOVEMENT = pd.DataFrame(
    [("New", 5, 4, 1, 1, 5), (EVIL, 271, 249, 63, 22, 312)],
    columns=["segment", "before", "stayed", "entered", "left", "now"],
)
PROFILE = pd.DataFrame(
    [
        ("Champions", "total_spend", "", "financial", 812.0, 94.0, "difference", 1.8, 1.6, 2.0),
        ("Champions", "country", EVIL, "geographic", 0.48, 0.2, "lift", 1.1, 0.9, 1.3),
    ],
    columns=[
        *("segment", "field", "level", "family", "members_value", "rest_value"),
        *("effect", "estimate", "low", "high"),
    ],
)
FUNNEL = pd.DataFrame(
    [("Win back", "At risk", "email", 312, 181, 170, 160, 16, 144, ""), (EVIL, "New", "sms", 9, 0, 0, 0, 0, 0, "none")],
    columns=[
        *("play", "segment", "channel", "matched", "consenting", "not_suppressed"),
        *("eligible", "holdout", "sent", "note"),
    ],
)
COVERAGE = pd.DataFrame(
    [("birth_date", "demographic", 0.32, True), (EVIL, "geographic", NAN, False)],
    columns=["field", "family", "filled_share", "used_by_goal"],
)
IMPORTS = pd.DataFrame(
    [(EVIL, "contacts", 1000, 980, 15, 5)],
    columns=["file", "target", "rows_read", "rows_accepted", "rows_quarantined", "rows_skipped"],
)
REASONS = pd.DataFrame(
    [("a.csv", "contacts", "no key", 3), ("b.csv", "contacts", EVIL, 1200)],
    columns=["file", "target", "reason", "rows"],
)
ASSESSMENT = pd.DataFrame(
    [("Second purchase", "sell more", "behavioural", "supported", "12 fields"), (EVIL, "x", "y", "out of reach", EVIL)],
    columns=["goal", "objective", "criterion", "verdict", "reason"],
)

TABLES: dict[str, tuple[Callable[[pd.DataFrame], ReportTable], pd.DataFrame]] = {
    "segments": (lambda frame: show.table_segments(frame, currency="EUR"), SUMMARY),
    "performance": (show.table_performance, PERFORMANCE),
    "movement": (show.table_movement, MOVEMENT),
    "profile": (lambda frame: show.table_profile(frame, "Champions"), PROFILE),
    "audiences": (show.table_audiences, FUNNEL),
    "coverage": (show.table_coverage, COVERAGE),
    "imports": (show.table_imports, IMPORTS),
    "quarantine": (show.table_quarantine, REASONS),
    "goals": (show.table_goals, ASSESSMENT),
}
each_table = pytest.mark.parametrize(("write", "frame"), TABLES.values(), ids=TABLES.keys())


class Reader(HTMLParser):
    """Reads a table back, and notices tags that do not match."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.rows: list[list[str]] = []
        self.caption = ""
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.tags.append((tag, dict(attrs)))
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "caption" in self.open:
            self.caption += data
        elif {"td", "th"} & set(self.open):
            self.rows[-1][-1] += data


def read(table: ReportTable) -> Reader:
    return Reader(table._repr_html_())


@each_table
def test_html_is_well_formed_and_tells_what_it_is(
    write: Callable[[pd.DataFrame], ReportTable], frame: pd.DataFrame
) -> None:
    page = read(write(frame))
    assert page.caption
    assert ("table", {"class": "report-table"}) in page.tags
    assert all(attributes.get("scope") in ("col", "row") for tag, attributes in page.tags if tag == "th")
    assert {len(row) for row in page.rows} == {len(page.rows[0])}


@each_table
def test_text_is_escaped_and_nothing_runs_or_loads(
    write: Callable[[pd.DataFrame], ReportTable], frame: pd.DataFrame
) -> None:
    table = write(frame)
    page = read(table)
    assert "<script" not in table.html
    assert any(EVIL in cell for row in page.rows for cell in row)
    assert {tag for tag, _ in page.tags} <= {"style", "table", "caption", "thead", "tbody", "tr", "th", "td", "span"}
    assert not any(name.startswith("on") or name in ("src", "href") for _, given in page.tags for name in given)


@each_table
def test_input_stays_and_an_empty_table_says_so(
    write: Callable[[pd.DataFrame], ReportTable], frame: pd.DataFrame
) -> None:
    kept = frame.copy(deep=True)
    write(frame)
    pd.testing.assert_frame_equal(frame, kept)
    empty = write(frame.iloc[:0])
    assert "Nothing to show." in empty.html
    assert "Nothing to show." in repr(empty)


@each_table
def test_nullable_columns_read_alike(write: Callable[[pd.DataFrame], ReportTable], frame: pd.DataFrame) -> None:
    assert write(frame.convert_dtypes()).html == write(frame).html


@each_table
def test_a_missing_column_is_named(write: Callable[[pd.DataFrame], ReportTable], frame: pd.DataFrame) -> None:
    with pytest.raises(MissingColumns, match=f"`{frame.columns[0]}`"):
        write(frame.drop(columns=frame.columns[0]))


def test_segments_show_money_shares_and_a_dash_for_the_unknown() -> None:
    page = read(show.table_segments(SUMMARY, currency="EUR", who="customers"))
    assert page.rows[1] == [EVIL, "1,440", "8%", "€412,650", "38%", "71%"]
    assert page.rows[2][-1] == "–"
    assert page.rows[0][1] == "Customers"


def test_performance_keeps_points_apart_from_per_cent() -> None:
    page = read(show.table_performance(PERFORMANCE))
    assert page.rows[1][3:] == ["18.2%", "15.1 to 21.7%", "25.0%", "missed"]
    assert page.rows[2][3:] == ["4.25", "–", "–", "too few"]


def test_movement_is_signed_and_sorted_by_net() -> None:
    page = read(show.table_movement(MOVEMENT))
    assert page.rows[1][3:] == ["+63", "−22", "312", "+41"]


def test_profile_greys_what_may_be_no_difference() -> None:
    table = show.table_profile(PROFILE, "Champions")
    assert '<td class="n">+1.8 SD</td>' in table.html
    assert '<td class="n soft">1.1×</td>' in table.html


def test_audiences_do_without_the_optional_columns() -> None:
    page = read(show.table_audiences(FUNNEL.drop(columns=["not_suppressed", "note"])))
    assert page.rows[1] == ["Win back", "At risk", "E-mail", "312", "181", "160", "16", "144"]


def test_bars_are_as_long_as_their_numbers() -> None:
    table = table_html(pd.DataFrame({"name": ["a", "b", "c"], "n": [10, 5, 0]}), caption="Bars", bars={"n": "#0b6e6e"})
    assert [given["style"] for tag, given in read(table).tags if tag == "span"] == [
        "width:7.00em;background:#0b6e6e",
        "width:3.50em;background:#0b6e6e",
    ]


def test_a_segment_has_the_colour_it_is_given() -> None:
    assert "background:#123456" in show.table_segments(SUMMARY, colours={"New": "#123456"}).html


def test_on_a_terminal_a_table_is_text_with_numbers_to_the_right() -> None:
    table = table_html(pd.DataFrame({"file": ["a.csv", "b.csv"], "rows": [5, 1200]}), caption="Files")
    assert repr(table).splitlines() == ["Files", "File    Rows", "a.csv      5", "b.csv  1,200"]


def test_goals_out_of_reach_stand_out() -> None:
    html = show.table_goals(ASSESSMENT).html
    assert '<td class="ok">supported</td>' in html
    assert '<td class="miss">out of reach</td>' in html
