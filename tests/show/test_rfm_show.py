"""RFM in pictures, tables and sentences: what titles and texts say, and that every input can be drawn."""

from collections.abc import Iterator

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from segment_lib.errors import MissingColumns
from segment_lib.segments.rfm import (
    RfmCutPoints,
    RfmGroup,
    lint_rfm_groups,
    measure_rfm_flows,
    measure_rfm_scores,
    rfm_table,
    summarise_rfm_flows,
)
from segment_lib.show.rfm_economics import describe_rfm_economics, plot_rfm_economics, table_rfm_economics
from segment_lib.show.rfm_map import describe_rfm_heatmap, plot_rfm_heatmap
from segment_lib.show.rfm_tables import (
    say_rfm_movement,
    say_rfm_scores,
    say_rfm_table,
    table_rfm_flows,
    table_rfm_rules,
    table_rfm_scores,
)

NAN = float("nan")
ECONOMICS = pd.DataFrame(
    [
        ("Dormant", 600, 0.6, 0.0, 0.0, 30.0, 18000.0, 0.15, 700, 25.7, 400.0),
        ("Champions", 100, 0.1, 41000.0, 0.5, 900.0, 90000.0, 0.75, 1500, 60.0, 9.0),
        ("Recent", 300, 0.3, 41000.0, 0.5, 40.0, 12000.0, 0.1, 300, 40.0, 20.0),
    ],
    columns=[
        *("rfm_group", "customers", "customer_share", "revenue_365d", "revenue_share", "spend_per_customer"),
        *("total_spend", "spend_share", "purchases", "average_order", "median_recency_days"),
    ],
)
CELLS = pd.DataFrame(
    [(3, 3, 40, 900.0, "Best"), (3, 1, 10, 100.0, "New"), (1, 1, 50, 0.0, "Gone"), (1, 3, NAN, NAN, "Gone")],
    columns=["recency_score", "frequency_score", "contacts", "revenue", "rfm_group"],
)


@pytest.fixture(autouse=True)
def _close_figures() -> Iterator[None]:
    yield
    plt.close("all")


def title_of(ax: Axes) -> str:
    assert ax.figure is not None
    ax.figure.canvas.draw()
    return " ".join(ax.get_title(loc="left").split())


def texts_of(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts]


# What groups are worth.


def test_title_of_the_economics_states_share_against_revenue() -> None:
    # Of equal revenue the larger group first.
    assert title_of(plot_rfm_economics(ECONOMICS)) == (
        "Recent: 30% of customers bring 50% of revenue, 1.7 times their share"
    )
    without = ECONOMICS.assign(revenue_365d=0.0, revenue_share=NAN)
    assert title_of(plot_rfm_economics(without)) == (
        "Dormant is the largest group: 60% of customers; no revenue in 365 days"
    )
    assert "Nothing to show" in texts_of(plot_rfm_economics(ECONOMICS.iloc[:0]))


def test_alt_text_of_the_economics_holds_the_figures() -> None:
    text = describe_rfm_economics(ECONOMICS, currency="EUR")
    assert "1,000 customers in 3 groups" in text
    assert "Champions 10% of customers, 50% of revenue, €900 a customer" in text
    assert "no contact has bought" in describe_rfm_economics(ECONOMICS.iloc[:0])


def test_table_of_the_economics_is_sorted_by_revenue_and_shows_reach_where_it_is() -> None:
    lines = repr(table_rfm_economics(ECONOMICS, currency="EUR")).splitlines()
    assert [line.split("  ")[0] for line in lines[2:]] == ["Recent", "Champions", "Dormant"]
    assert "E-mail" not in lines[1]
    assert "E-mail" in repr(table_rfm_economics(ECONOMICS.assign(reachable_email=0.5)))
    with pytest.raises(MissingColumns, match="`spend_share` in summary"):
        table_rfm_economics(ECONOMICS.drop(columns="spend_share"))


@pytest.mark.parametrize("value", [NAN, 0.0])
def test_economics_without_figures_can_be_drawn(value: float) -> None:
    numbers = ECONOMICS.select_dtypes("number").columns
    frame = ECONOMICS.assign(**dict.fromkeys(numbers, value))
    assert title_of(plot_rfm_economics(frame))
    assert describe_rfm_economics(frame)
    assert repr(table_rfm_economics(frame))


def test_given_axes_are_drawn_on_and_the_input_is_left_alone() -> None:
    kept = ECONOMICS.copy(deep=True)
    figure, mine = plt.subplots(figsize=(9, 4))
    assert plot_rfm_economics(ECONOMICS, ax=mine) is mine
    figure.canvas.draw()
    pd.testing.assert_frame_equal(ECONOMICS, kept)


# The heat map.


def test_heat_map_of_three_scores_has_three_rows_and_names_its_groups() -> None:
    ax = plot_rfm_heatmap(CELLS, bins=3)
    assert title_of(ax) == "40 contacts who bought just now and buy very often bring 90% of revenue"
    assert {"Best", "New", "Gone"} <= set(texts_of(ax))
    assert len(ax.get_yticks()) == 3
    assert texts_of(ax).count("") == 6  # five cells of nobody, one of too few to tell


def test_heat_map_of_value_says_so() -> None:
    cells = CELLS.rename(columns={"frequency_score": "value_score"})
    assert title_of(plot_rfm_heatmap(cells, bins=3)) == (
        "40 contacts who bought just now and are worth very much bring 90% of revenue"
    )
    text = describe_rfm_heatmap(cells, bins=3)
    assert "100 contacts by recency and value" in text
    assert "50 bought just now (50%), 50 long ago (50%)" in text
    with pytest.raises(MissingColumns, match="`frequency_score` in cells"):
        plot_rfm_heatmap(CELLS.drop(columns="frequency_score"))


# Thresholds.

SCORED = pd.DataFrame(
    {
        "recency_days": [3, 181, 365, 366, None],
        "purchases": [1, 1, 9, None, 0],
        "total_spend": [5.0, 50.0, 50.5, None, 0.0],
        "recency_score": [3, 2, 2, 1, None],
        "frequency_score": [1, 1, 3, 1, None],
        "monetary_score": [1, 2, 3, 1, None],
    }
)
CUTS = RfmCutPoints(3, (180.0, 365.0), (1.0, 1.0), (5.0, 50.25))


def test_thresholds_are_written_with_the_customers_of_each_score() -> None:
    table = table_rfm_scores(measure_rfm_scores(SCORED, cut_points=CUTS), currency="EUR")
    rows = [" | ".join(part.strip() for part in line.split("  ") if part.strip()) for line in repr(table).split("\n")]
    assert rows[2:] == [
        "3 | up to 180 | 1 | 2 or more | 1 | over €50.25 | 1",
        "2 | 181 to 365 | 2 | nobody can | 0 | over €5 up to €50.25 | 1",
        "1 | 366 or more | 1 | up to 1 | 3 | up to €5 | 2",
    ]


def test_thresholds_that_count_from_the_cut_point_on_are_written_so() -> None:
    cuts = RfmCutPoints(3, (115.0, 297.4), (4.0, 5.0), (255.8, 382.0), "from")
    text = repr(table_rfm_scores(measure_rfm_scores(SCORED, cut_points=cuts)))
    for part in ("up to 114", "115 to 297", "298 or more", "5 or more", "up to 3", "from 255.80 below 382"):
        assert part in text


def test_scores_of_nobody_and_missing_values_are_said() -> None:
    scores = measure_rfm_scores(SCORED, cut_points=CUTS)
    assert say_rfm_scores(scores).sentences == (
        "Nobody scores 2 for orders: 75% of customers share score 1, and equal values score alike.",
        "Unknown orders of 1 customer count as 0.",
        "Unknown spend of 1 customer count as 0.",
    )
    full = scores.assign(customers=1, unknown=0)
    assert say_rfm_scores(full).sentences == ("Every score has customers, and no customer's value is missing.",)


# Rules, the linter, moves.


def test_table_of_rules_shows_meaning_and_customers() -> None:
    table = table_rfm_rules(
        {"Best": "recency_days <= 9 and purchases >= 3", "None": "false"},
        groups={"Best": RfmGroup(name="Best", recency=(2, 2), meaning="come often")},
        counts={"Best": np.int64(1200)},
    )
    assert "Best   come often      1,200  recency_days <= 9 and purchases >= 3" in repr(table)
    assert "recency_days &lt;= 9" in table.html


def test_linter_is_said_with_its_quotes() -> None:
    said = say_rfm_table(lint_rfm_groups(rfm_table("rfm").groups, 5))
    assert len(said.sentences) == 2 + 9
    assert said.sentences[2] == "Of `Potential Loyalist`, `Champions` takes code 555."
    odd = say_rfm_table(lint_rfm_groups([RfmGroup(name="<b>*A*", recency=(2, 2))], 2))
    assert "<b>" not in odd.sentences[-1]


def test_moves_are_listed_with_their_shares_and_said() -> None:
    before = pd.DataFrame({"contact_id": list("abcd"), "rfm_group": ["Good", "Good", "Good", "Bad"]})
    now = pd.DataFrame({"contact_id": list("abcde"), "rfm_group": ["Good", "Bad", "Bad", "Bad", "Good"]})
    flows = measure_rfm_flows(before, now)
    lines = repr(table_rfm_flows(flows)).splitlines()
    assert lines[2].split() == ["Good", "Bad", "2", "67%", "67%"]
    assert lines[3].split() == ["(not", "there", "yet)", "Good", "1", "100%", "50%"]
    assert say_rfm_movement(summarise_rfm_flows(flows)).sentences == (
        "**Bad** grew by 2 to 3; 2 came, most of them from Good.",
        "**Good** shrank by 1 to 2; 2 left (67%), most of them for Bad; 1 came, most of them from (not there yet).",
    )
    still = measure_rfm_flows(now, now)
    assert say_rfm_movement(summarise_rfm_flows(still)).sentences == ("Nobody moved between groups.",)
    assert "Nothing to show." in repr(table_rfm_flows(still))
