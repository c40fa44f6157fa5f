"""The UpSet form, and the tables of linting and of history."""

from collections.abc import Iterator
from datetime import date

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from segment_lib import AsOf
from segment_lib.segments.changes import COUNTS, Changes
from segment_lib.segments.linting import Finding, Lint
from segment_lib.segments.overlap import Overlap, overlap_of
from segment_lib.show.lint_table import say_lint, table_lint
from segment_lib.show.overlap_plot import describe_overlap_sets, plot_overlap_sets
from segment_lib.show.segment_history import table_changes_explained, table_segment_history, table_spells


@pytest.fixture(autouse=True)
def _close_figures() -> Iterator[None]:
    yield
    plt.close("all")


def overlap(segments: int = 3) -> Overlap:
    """Contact n is in the segments whose bits it has: of eight contacts, one is in each combination of three."""
    names = [f"Segment ${number}" for number in range(segments)]
    rows = [(name, f"c{n}") for n in range(40) for bit, name in enumerate(names) if n >> (bit % 5) & 1]
    members = pd.DataFrame(rows, columns=["segment", "contact_id"]).astype("str")
    return overlap_of(members, pd.DataFrame({"contact_id": [f"c{n}" for n in range(40)]}), segments=names)


def texts(ax: plt.Axes) -> list[str]:
    return [text.get_text() for text in ax.texts]


@pytest.mark.parametrize("segments", [1, 2, 3, 8, 15])
def test_every_number_of_segments_can_be_drawn(segments: int) -> None:
    ax = plot_overlap_sets(overlap(segments))
    assert [label.get_text() for label in ax.get_yticklabels()] == [f"Segment ${n}" for n in range(segments)]
    ax.get_figure().canvas.draw()


def test_the_title_states_the_finding_and_the_subtitle_who_is_in_none() -> None:
    # Of 40 contacts five have none of the three lowest bits, five each one alone: 20 are in two or more.
    ax = plot_overlap_sets(overlap())
    title = ax.get_title(loc="left").replace("\n", " ")
    assert title == "50% of contacts are in two segments or more; most often in “Segment $0” and “Segment $1”"
    assert any("5 contacts of 40 in none" in text.replace("\n", " ") for text in texts(ax))
    assert texts(ax).count("5") == 7
    assert texts(ax).count("20") == 3


def test_small_combinations_are_left_out_and_counted() -> None:
    ax = plot_overlap_sets(overlap(), most=2)
    assert any("5 smaller combinations are not shown" in text.replace("\n", " ") for text in texts(ax))
    nothing = plot_overlap_sets(overlap(), smallest_group=6)
    assert "No combination of segments has enough contacts to be shown." in texts(nothing)
    members = pd.DataFrame({"segment": ["A", "B", "B"], "contact_id": ["x", "y", "z"]})
    small = plot_overlap_sets(overlap_of(members, members), smallest_group=2)
    assert "< 2" in texts(small)


def test_the_alternative_text_says_the_same() -> None:
    assert describe_overlap_sets(overlap(), most=1) == (
        "50% of contacts are in two segments or more; most often in “Segment $0” and “Segment $1”. "
        "Matrix of 3 segments under bars; in exactly: Segment $0 (5). In none of them: 5 contacts of 40."
    )
    nobody = overlap_of(
        pd.DataFrame({"segment": [], "contact_id": []}).astype("str"), pd.DataFrame({"contact_id": ["a"]})
    )
    assert describe_overlap_sets(nobody) == "How segments overlap: there is no combination of segments to show."
    assert "There are no segments to compare." in texts(plot_overlap_sets(nobody))


def test_without_overlap_the_title_says_so() -> None:
    members = pd.DataFrame({"segment": ["A", "B"], "contact_id": ["x", "y"]})
    ax = plot_overlap_sets(overlap_of(members, members))
    assert ax.get_title(loc="left") == "No contact is in two of these segments"


def test_a_chart_can_be_drawn_into_given_axes() -> None:
    _, ax = plt.subplots(figsize=(8, 5))
    assert plot_overlap_sets(overlap(), ax=ax) is ax


def test_findings_of_linting_are_a_table_and_a_sentence() -> None:
    one = Finding("A", "never true", "error", "nobody can be in it.", "Correct the rule.", "  a < 0\n  ^^^^^", "a < 0")
    two = Finding("<b>B</b>", "unused", "note", "nothing uses it.", "Remove it.")
    lint = Lint(2, (one, two), date(2026, 10, 31))
    table = table_lint(lint)
    assert "&lt;b&gt;B&lt;/b&gt;" in table.html
    assert "seen from 31 October 2026." in table.text
    assert say_lint(lint) == (
        "In the rules of 2 smart views there are 1 error and 1 note; first of all A: nobody can be in it."
    )
    assert "1 more are not shown." in table_lint(lint, most=1).text
    assert "Nothing to show." in table_lint(Lint(0, ())).text


def test_names_in_the_sentence_on_linting_are_shown_as_they_are() -> None:
    finding = Finding("<b>B*", "unused", "note", "`net_spend` stands in A[1].", "Remove it.")
    assert say_lint(Lint(1, (finding,))) == (
        r"In the rules of 1 smart view there are 1 note; first of all \<b\>B\*: net\_spend stands in A\[1\]."
    )


def test_history_and_spells_are_tables() -> None:
    history = pd.DataFrame(
        {
            "as_of": [date(2026, 1, 31), date(2026, 2, 28)], "members": pd.array([2, 3], "Int64"),
            "entered": pd.array([None, 2], "Int64"), "left": pd.array([None, 1], "Int64"),
            "stayed": pd.array([None, 1], "Int64"), "definition_hash": ["x", "y"], "definition_changed": [False, True],
        }
    )  # fmt: skip
    lines = table_segment_history(history, segment="Loyal").text.splitlines()
    assert lines[2].split()[:3] == ["28", "February", "2026"]
    assert lines[2].endswith("changed")
    assert "–" in lines[3]
    spells = pd.DataFrame({"segment": ["Loyal"], "entered": [date(2026, 1, 31)], "left": [None], "runs": [2]})
    assert "still in" in table_spells(spells).text


def test_why_segments_changed_is_a_table_without_small_segments() -> None:
    rows = pd.DataFrame([dict.fromkeys(COUNTS, 7), dict.fromkeys(COUNTS, 2)]).astype("Int64")
    table = rows.assign(segment=["Many", "Few"], definition=["changed", "same"], note="")
    changes = Changes(AsOf.of("2026-01-31"), AsOf.of("2026-02-28"), table)
    text = table_changes_explained(changes, smallest_group=5).text
    assert "Why segments changed from 31 January 2026 to 28 February 2026." in text
    assert "Many" in text
    assert "Few" not in text
