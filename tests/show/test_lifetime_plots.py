"""Pictures and words of lifetime models and contracts: what they say, and that every input can be drawn."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from segment_lib.errors import InvalidOption, MissingColumns
from segment_lib.features.contractual.retention import retention_from_counts
from segment_lib.features.contractual.survival import SurvivalComparison, curves, median_survival
from segment_lib.features.lifetime.verdict import Aspect, LifetimeVerdict
from segment_lib.show.lifetime_alive import describe_alive, plot_alive
from segment_lib.show.lifetime_classes import (
    describe_frequency_classes,
    plot_frequency_classes,
    table_frequency_classes,
)
from segment_lib.show.lifetime_lines import mark_times, text_colour
from segment_lib.show.lifetime_retention import describe_retention, plot_retention, table_retention
from segment_lib.show.lifetime_say import (
    say_lifetime,
    say_purchase_models,
    say_survival,
    table_adequacy,
    table_purchase_models,
)
from segment_lib.show.lifetime_tracking import describe_tracking, plot_tracking
from segment_lib.show.style import PAPER, SEGMENT_COLOURS, contrast
from segment_lib.show.survival import describe_survival, plot_survival, table_medians

NAN = float("nan")


def survival(**groups: list[int]) -> pd.DataFrame:
    """Return curves from days at which contracts ended; a negative number is one that was watched for so long."""
    rows = []
    for group, days in groups.items():
        for length in days:
            rows.append((group, abs(length), int(length > 0), 1))
    counts = pd.DataFrame(rows, columns=["group", "time_days", "ended", "leaving"])
    summed = counts.groupby(["group", "time_days"], as_index=False).sum()
    return curves(summed, time="time_days", confidence=0.95)


SURVIVAL = survival(
    Gold=[*range(300, 700, 10), *[-700] * 40], Basic=[*range(10, 400, 5), *[-700] * 10], Trial=[*range(5, 60, 2)]
)
RETENTION = retention_from_counts([1000, 631, 468, 382, 326, 289, 262, 241])
WEEKS = pd.DataFrame(
    {
        "week_end": [date(2026, 1, 4) + timedelta(days=7 * week) for week in range(20)],
        "part": ["calibration"] * 12 + ["holdout"] * 8,
        "days": 7,
        "actual": [10] * 12 + [5] * 8,
        "expected": [10.0] * 12 + [6.0] * 8,
        "low": [4.0] * 12 + [5.5] * 4 + [2.0] * 4,
        "high": [16.0] * 12 + [10.0] * 8,
    }
).assign(
    cumulative_actual=lambda frame: frame["actual"].cumsum(),
    cumulative_expected=lambda frame: frame["expected"].cumsum(),
    cumulative_low=lambda frame: frame["low"].cumsum(),
    cumulative_high=lambda frame: frame["high"].cumsum(),
)
CLASSES = pd.DataFrame(
    [("0", 1411, 0.24, 0.22, 0.19, 0.26), ("1", 439, 0.7, 0.52, 0.41, 0.64), ("2+", 507, 2.9, 2.6, 2.1, 3.1)],
    columns=["frequency_class", "customers", "actual", "expected", "low", "high"],
)
CUSTOMERS = pd.DataFrame(
    {
        "frequency": [0] * 20 + [1] * 20 + [9] * 20,
        "recency": [0.0] * 20 + [10.0] * 20 + [29.0] * 20,
        "age": 30.0,
        "p_alive": [0.4] * 20 + [0.25] * 20 + [0.9] * 20,
    }
)
MODELS = pd.DataFrame(
    [("BG/NBD", -9582.4, 1653.0, -0.12, 0.12, True, True), ("Pareto/NBD", -9595.0, 3000.0, 0.6, 0.7, False, False)],
    columns=["model", "log_likelihood", "expected", "error", "share_misplaced", "adequate", "chosen"],
)


@dataclass(frozen=True)
class Chart:
    """A plot function, its alt text, an input, and what title and alt text have to say."""

    plot: Callable[..., Axes]
    describe: Callable[..., str]
    frame: pd.DataFrame
    title: str
    figures: tuple[str, ...]
    key: str
    arguments: dict[str, Any] = field(default_factory=dict)


CHARTS = {
    "survival": Chart(
        plot_survival,
        describe_survival,
        SURVIVAL,
        "Longest-lived: Gold, 100% still there after 50 days; shortest: Trial, 18%",
        ("Gold, 80 contracts", "Basic, 88 contracts", "Trial, 28 contracts: 10 days 89%"),
        "group",
    ),
    "retention": Chart(
        plot_retention,
        describe_retention,
        RETENTION,
        "63% renew the first time, 92% the 7th; 17% should be left after 12 years",
        ("1 year 63% (expected 93%)", "Expected after 12 years: 17%"),
        "group",
        {"projection": np.linspace(1, 0.17, 13).round(3).tolist(), "unit": "year"},
    ),
    "tracking": Chart(
        plot_tracking,
        describe_tracking,
        WEEKS,
        "160 repeat purchases made by 17 May 2026, 168 expected: 5% more",
        ("40 made and 48 expected after 22 March 2026", "of 8 weeks held out 4 within the range"),
        "part",
    ),
    "classes": Chart(
        plot_frequency_classes,
        describe_frequency_classes,
        CLASSES,
        "2 of 3 groups bought as expected; who had bought once again bought more: 0.70 each, not 0.52",
        ("never again (1,411) 0.24 made and 0.22 expected (0.19 to 0.26 by chance)", "2 times or more (507)"),
        "frequency_class",
    ),
    "alive": Chart(
        plot_alive,
        describe_alive,
        CUSTOMERS,
        "About 31 of 60 customers are still there: 52%",
        ("bought never again: 25 to 30 weeks 40%", "8 times or more: 0 to 6 90%"),
        "frequency",
    ),
}
each_chart = pytest.mark.parametrize("chart", CHARTS.values(), ids=CHARTS.keys())


@pytest.fixture(autouse=True)
def _close_figures() -> Iterator[None]:
    yield
    plt.close("all")


def title_of(ax: Axes) -> str:
    return " ".join(ax.get_title(loc="left").split())


def draw(chart: Chart, frame: pd.DataFrame) -> Axes:
    """Draw everything: some faults show only where a figure is rendered."""
    ax = chart.plot(frame, **chart.arguments)
    assert ax.figure is not None
    ax.figure.canvas.draw()
    return ax


@each_chart
def test_title_and_alt_text_state_the_finding(chart: Chart) -> None:
    assert title_of(draw(chart, chart.frame)) == chart.title
    text = chart.describe(chart.frame, **chart.arguments)
    assert text.startswith(chart.title)
    assert all(figure in text for figure in chart.figures), text


@each_chart
def test_input_settings_and_order_do_not_matter(chart: Chart) -> None:
    kept, settings = chart.frame.copy(deep=True), dict(mpl.rcParams)
    assert title_of(draw(chart, chart.frame.iloc[::-1])) == chart.title
    pd.testing.assert_frame_equal(chart.frame, kept)
    assert dict(mpl.rcParams) == settings


@each_chart
def test_nothing_is_said_where_there_is_nothing(chart: Chart) -> None:
    ax = draw(chart, chart.frame.iloc[:0])
    assert any(text.get_text() == "Nothing to show" for text in ax.texts)
    assert chart.describe(chart.frame.iloc[:0], **chart.arguments)


@each_chart
def test_each_row_can_be_drawn_alone(chart: Chart) -> None:
    for place in range(0, len(chart.frame), max(1, len(chart.frame) // 3)):
        frame = chart.frame.iloc[[place]]
        assert title_of(draw(chart, frame))
        assert chart.describe(frame, **chart.arguments)
        plt.close("all")


@each_chart
def test_missing_and_zero_numbers_can_be_drawn(chart: Chart) -> None:
    numbers = [name for name in chart.frame.select_dtypes("number").columns if name not in ("period", "days")]
    for value in (NAN, 0.0):
        frame = chart.frame.assign(**dict.fromkeys(numbers, value))
        assert title_of(draw(chart, frame))
        assert chart.describe(frame, **chart.arguments)
        plt.close("all")


@each_chart
def test_nullable_columns_are_drawn_alike(chart: Chart) -> None:
    assert title_of(draw(chart, chart.frame.convert_dtypes())) == chart.title


@each_chart
def test_a_missing_column_is_named(chart: Chart) -> None:
    with pytest.raises(MissingColumns, match=f"`{chart.key}`"):
        chart.plot(chart.frame.drop(columns=chart.key), **chart.arguments)


@each_chart
def test_given_axes_are_drawn_on(chart: Chart) -> None:
    figure, (_, mine) = plt.subplots(1, 2, figsize=(14, 6))
    assert chart.plot(chart.frame, **chart.arguments, ax=mine) is mine
    figure.canvas.draw()
    assert len(plt.get_fignums()) == 1


@each_chart
def test_all_text_lies_inside_the_figure(chart: Chart) -> None:
    ax = draw(chart, chart.frame)
    assert ax.figure is not None
    width, height = ax.figure.bbox.width, ax.figure.bbox.height
    texts = [ax._left_title, *ax.texts, *(text for panel in ax.child_axes for text in panel.texts)]  # type: ignore[attr-defined]
    for text in texts:
        extent = text.get_window_extent()
        assert extent.x0 >= -1, text.get_text()
        assert extent.x1 <= width + 1, text.get_text()
        assert extent.y0 >= -1, text.get_text()
        assert extent.y1 <= height + 1, text.get_text()


def test_one_group_of_contracts_says_when_half_have_ended() -> None:
    frame = SURVIVAL[SURVIVAL["group"] == "Basic"]
    title = title_of(plot_survival(frame, noun="boxes"))
    assert title == "Half of the boxes end within 33 weeks; 11% of boxes are still there after 18 months"
    assert any(text.get_text() == "Still watched" for text in plot_survival(frame).texts)


def test_groups_that_differ_are_named() -> None:
    frame = SURVIVAL[SURVIVAL["group"] != "Trial"]
    assert title_of(plot_survival(frame)) == (
        "Longest-lived: Gold, 69% still there after 18 months; shortest: Basic, 11%"
    )


def test_curves_end_where_few_are_watched_and_small_groups_are_not_drawn() -> None:
    frame = survival(Many=[*range(10, 200, 2)], Few=[3, 4])
    assert "Few" not in describe_survival(frame)
    assert "2 contracts" not in describe_survival(frame)
    line = next(line for line in plot_survival(frame).lines if len(line.get_xdata()) > 2)  # type: ignore[arg-type]
    assert max(line.get_xdata()) <= 190  # type: ignore[arg-type]


def test_twelve_groups_with_long_names_are_cut_to_eight() -> None:
    groups = {f"{place} $ of a_rather^long name % that <is> long": [*range(5, 300 - place, 3)] for place in range(12)}
    ax = plot_survival(survival(**groups))
    ax.figure.canvas.draw()  # type: ignore[union-attr]
    assert any("the 8 largest groups" in text.get_text().replace("\n", " ") for text in ax.texts)


def test_a_group_keeps_its_colour() -> None:
    ax = plot_survival(SURVIVAL, colours={"Gold": "#123456"})
    assert "#123456" in {line.get_color() for line in ax.lines}


def test_several_groups_of_retention_are_refused() -> None:
    with pytest.raises(InvalidOption, match="must be of one group, got 2"):
        plot_retention(pd.concat([RETENTION, RETENTION.assign(group="other")]))


def test_retention_without_projection_says_what_is_left() -> None:
    assert title_of(plot_retention(RETENTION, unit="year")) == (
        "63% renew the first time, 92% the 7th; 24% are left after 7 years"
    )
    assert "63%   63%" in repr(table_retention(RETENTION, unit="year"))


def test_cells_of_few_customers_are_blank() -> None:
    frame = pd.concat([CUSTOMERS, CUSTOMERS.iloc[:1].assign(age=50.0)])
    ax = plot_alive(frame)
    assert not any(text.get_text() == "1" for text in ax.texts)


def test_round_times_and_readable_colours() -> None:
    assert mark_times(20).unit == "days"
    assert mark_times(200).labels == ("0", "8", "16", "24")
    assert mark_times(4000).words(1) == "2 years"
    assert mark_times(100_000).labels[0] == "0"
    assert len(mark_times(100_000).labels) <= 8
    assert all(contrast(text_colour(colour), PAPER) >= 4.5 for colour in SEGMENT_COLOURS)


def verdict(*aspects: Aspect, adequate: bool, spend: bool) -> LifetimeVerdict:
    reason, spend_reason = "" if adequate else "the model is off", "" if spend else "spend goes with frequency"
    finding = "Adequate: in the 39 weeks held out 1,882." if adequate else f"Not adequate: {reason}."
    return LifetimeVerdict("BetaGeoModel", adequate, reason, spend, spend_reason, finding, aspects)


def test_an_inadequate_model_tells_no_numbers() -> None:
    said = repr(say_lifetime(verdict(adequate=False, spend=False), CUSTOMERS))
    assert said.startswith("- Not adequate: the model is off.")
    assert "not shown" in said
    assert "still there" not in said


def test_an_adequate_model_tells_who_is_still_there_and_what_it_cannot_tell() -> None:
    doubt = Aspect("differences", "cannot tell", "the data hardly say how large `a` is", needed=False)
    said = repr(say_lifetime(verdict(doubt, adequate=True, spend=False), CUSTOMERS))
    assert "About 31 of 60 customers are still there (52%); 40 have more likely gone than not." in said
    assert "how large" in said
    assert "Expected values in money are therefore not shown" in said


def test_aspects_and_models_as_tables() -> None:
    table = table_adequacy(verdict(Aspect("fit", "failed", "it did not converge"), adequate=False, spend=False))
    assert "It did not converge." in repr(table)
    assert 'class="miss"' in table.html
    models = table_purchase_models(MODELS)
    assert "12% fewer" in repr(models)
    assert "−9,582.4" in repr(models)
    assert "Not adequate for these customers: Pareto/NBD." in repr(say_purchase_models(MODELS, "BG/NBD: it is"))
    assert "never again" in repr(table_frequency_classes(CLASSES))


def test_contracts_in_words() -> None:
    medians = median_survival(SURVIVAL)
    said = repr(say_survival(medians, SurvivalComparison(pd.DataFrame(), 20.0, 2, 0.00004)))
    assert "Basic: half of the contracts end within 225 days (95% interval" in said
    assert "by chance alone with a probability of less than 0.001" in said
    assert "these data cannot tell" in repr(say_survival(medians, SurvivalComparison(pd.DataFrame(), 1.0, 2, 0.6)))
    lasting = median_survival(survival(Gold=[10, -500, -500, -500]))
    assert "more than half of the contracts last longer than any has been watched" in repr(say_survival(lasting))
    assert "225" in repr(table_medians(medians, SURVIVAL))
    assert repr(say_survival(medians.iloc[:0])) == "- There are no contracts yet."
