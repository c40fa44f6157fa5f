"""Figures: what their titles and alt texts say, and that every input can be drawn."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from segment_lib import show
from segment_lib.errors import MissingColumns
from segment_lib.show.flows import plan_flows, spread_apart, sum_flows
from segment_lib.show.style import SEGMENT_COLOURS, contrast, ink_on

NAN = float("nan")

CELLS = pd.DataFrame(
    [(5, 5, 184, 380.0, "Champions"), (1, 1, 900, 20.0, "Dormant"), (3, 3, 200, 600.0 - 400.0, "Loyal")],
    columns=["recency_score", "frequency_score", "contacts", "revenue", "rfm_group"],
)
SUMMARY = pd.DataFrame(
    [
        ("Dormant", "RFM group", 430, 0.43, 13.0, 0.13, 0.5),
        ("Champions", "RFM group", 80, 0.08, 38.0, 0.38, 0.71),
        ("Loyal", "RFM group", 190, 0.19, 31.0, 0.31, NAN),
    ],
    columns=["segment", "kind", "contacts", "contact_share", "revenue_12m", "revenue_share", "reachable_email"],
)
PROFILE = pd.DataFrame(
    [
        ("Champions", "total_spend", "", "financial", 812.0, 94.0, "difference", 1.8, 1.6, 2.0),
        ("Champions", "recency_days", "", "interaction", 12.0, 200.0, "difference", -1.1, -1.3, -0.9),
        ("Champions", "age_years", "", "demographic", 41.0, 40.0, "difference", 0.05, -0.1, 0.2),
        ("Champions", "country", "ES", "geographic", 0.48, 0.2, "lift", 2.4, 2.0, 2.9),
        ("Champions", "country", "PT", "geographic", 0.0, 0.2, "lift", 0.0, NAN, NAN),
        ("Loyal", "total_spend", "", "financial", 120.0, 100.0, "difference", 0.2, NAN, NAN),
    ],
    columns=[
        *("segment", "field", "level", "family", "members_value", "rest_value"),
        *("effect", "estimate", "low", "high"),
    ],
)
FLOWS = pd.DataFrame(
    [
        ("Loyal", "Loyal", 300),
        ("Loyal", "At risk", 33),
        ("At risk", "Loyal", 8),
        ("At risk", "At risk", 250),
        ("(not there yet)", "Loyal", 94),
    ],
    columns=["from_segment", "to_segment", "contacts"],
)
MOVEMENT = pd.DataFrame(
    [("Champions", 181, 172, 12, 9, 184), ("At risk", 271, 249, 63, 22, 312)],
    columns=["segment", "before", "stayed", "entered", "left", "now"],
)
PERFORMANCE = pd.DataFrame(
    [
        ("Champions", 184, 0.64, 0.57, 0.71, "reached"),
        ("New buyers", 402, 0.182, 0.151, 0.217, "missed"),
        ("At risk", 312, 0.22, 0.17, 0.28, "cannot tell"),
        ("Tiny", 4, NAN, NAN, NAN, "too few"),
    ],
    columns=["segment", "members", "estimate", "low", "high", "verdict"],
).assign(kpi="Second purchase", measure="conversion", target=0.25)
LIFT = pd.DataFrame(
    [
        ("September e-mail", "New buyers", 200, 202, 0.22, 0.18, 0.041, 0.012, 0.07, "works"),
        ("September e-mail", "Loyal", 100, 99, 0.3, 0.294, 0.006, -0.039, 0.051, "cannot tell"),
        ("September e-mail", "Tiny", 3, 2, NAN, NAN, NAN, NAN, NAN, "too few"),
    ],
    columns=[
        *("campaign", "segment", "treated", "control", "treated_rate"),
        *("control_rate", "lift", "low", "high", "verdict"),
    ],
)
SCORES = pd.DataFrame(
    [(2, 0.28, 0.99, 9.0, False), (3, 0.39, 0.92, 5.0, True), (4, NAN, 0.5, 4.0, False)],
    columns=["n_clusters", "silhouette", "stability", "inertia", "chosen"],
)
COVERAGE = pd.DataFrame(
    [
        ("country", "geographic", 0.93, False),
        ("birth_date", "demographic", 0.32, True),
        ("recency_days", "interaction", 1.0, True),
        ("gender", "demographic", NAN, False),
    ],
    columns=["field", "family", "filled_share", "used_by_goal"],
)
OVERLAP = pd.DataFrame(
    [("Champions", "Active", 60, 0.62), ("Active", "Champions", 60, 0.4), ("Champions", "Champions", 97, 1.0)],
    columns=["segment_a", "segment_b", "both", "share_of_a"],
)
IMPORTS = pd.DataFrame(
    [("customers.csv", "contacts", 1000, 980, 15, 5), ("empty.csv", "contacts", 0, 0, 0, 0)],
    columns=["file", "target", "rows_read", "rows_accepted", "rows_quarantined", "rows_skipped"],
)


@dataclass(frozen=True)
class Chart:
    """A plot function, its alt text, an input, and what title and alt text have to say."""

    plot: Callable[..., Axes]
    describe: Callable[..., str]
    frame: pd.DataFrame
    title: str
    figures: tuple[str, ...]
    name: str = "segment"
    arguments: dict[str, Any] = field(default_factory=dict)


CHARTS = {
    "rfm_heatmap": Chart(
        show.plot_rfm_heatmap,
        show.describe_rfm_heatmap,
        CELLS,
        "184 contacts who bought just now and buy very often bring 63% of revenue",
        ("1,284 contacts", "184", "63%"),
        name="rfm_group",
    ),
    "segment_sizes": Chart(
        show.plot_segment_sizes,
        show.describe_segment_sizes,
        SUMMARY,
        "Champions: 8% of customers bring 38% of revenue",
        ("Champions 8% of customers, 38% of revenue", "Dormant 43%"),
        arguments={"who": "customers"},
    ),
    "profile": Chart(
        show.plot_profile,
        show.describe_profile,
        PROFILE,
        "Champions: higher total spend, lower recency (days) and 2.4× as often country: ES",
        ("Total spend 812 against 94", "Country: ES 48% against 20%"),
        name="level",
        arguments={"segment": "Champions"},
    ),
    "profile_overview": Chart(
        show.plot_profile_overview,
        show.describe_profile_overview,
        PROFILE,
        "The clearest difference: Champions, Total spend +1.8",
        ("Champions Total spend +1.8", "Loyal Total spend +0.2"),
    ),
    "movement": Chart(
        show.plot_movement,
        show.describe_movement,
        FLOWS,
        "The biggest move: 33 contacts from Loyal to At risk, 10% of Loyal",
        ("550 of 685 contacts", "94 from (not there yet) to Loyal"),
        name="to_segment",
    ),
    "entered_left": Chart(
        show.plot_entered_left,
        show.describe_entered_left,
        MOVEMENT,
        "At risk grew most: by 41 to 312",
        ("At risk +63 and −22 (now 312)", "Champions +12 and −9"),
    ),
    "performance": Chart(
        show.plot_performance,
        show.describe_performance,
        PERFORMANCE,
        "Second purchase: Champions reached the target of 25%; New buyers missed it",
        ("Champions 64% (57% to 71%), reached", "Tiny –, too few"),
        arguments={"kpi": "Second purchase"},
    ),
    "lift": Chart(
        show.plot_lift,
        show.describe_lift,
        LIFT,
        "September e-mail worked for New buyers only",
        ("New buyers +4.1 (+1.2 to +7.0), 22.0% against 18.0%", "Tiny –"),
    ),
    "cluster_counts": Chart(
        show.plot_cluster_counts,
        show.describe_cluster_counts,
        SCORES,
        "3 clusters: best separated (silhouette 0.39, stability 0.92)",
        ("2: 0.28 and 0.99", "4: – and 0.50"),
        name="",
    ),
    "coverage": Chart(
        show.plot_coverage,
        show.describe_coverage,
        COVERAGE,
        "Of 2 fields that the goals need, Birth date is the emptiest: filled for 32%",
        ("4 fields", "Birth date 32%"),
        name="field",
    ),
    "overlap": Chart(
        show.plot_overlap,
        show.describe_overlap,
        OVERLAP,
        "62% of “Champions” are also in “Active”",
        ("62% of Champions in Active (60)", "2 segments"),
        name="segment_b",
    ),
    "import_balance": Chart(
        show.plot_import_balance,
        show.describe_import_balance,
        IMPORTS,
        "98.0% of 1,000 rows were accepted; 15 wait in quarantine",
        ("customers.csv 980 accepted, 15 quarantined, 5 skipped",),
        name="file",
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
def test_title_states_the_finding(chart: Chart) -> None:
    assert title_of(draw(chart, chart.frame)) == chart.title


@each_chart
def test_alt_text_holds_the_figures(chart: Chart) -> None:
    text = chart.describe(chart.frame, **chart.arguments)
    assert all(figure in text for figure in chart.figures), text


@each_chart
def test_drawing_leaves_the_input_and_the_settings_as_they_were(chart: Chart) -> None:
    kept, settings = chart.frame.copy(deep=True), dict(mpl.rcParams)
    draw(chart, chart.frame)
    chart.describe(chart.frame, **chart.arguments)
    pd.testing.assert_frame_equal(chart.frame, kept)
    assert dict(mpl.rcParams) == settings


@each_chart
def test_order_of_the_rows_does_not_matter_to_the_title(chart: Chart) -> None:
    assert title_of(draw(chart, chart.frame.iloc[::-1])) == chart.title


@each_chart
def test_nothing_is_said_where_there_is_nothing(chart: Chart) -> None:
    ax = draw(chart, chart.frame.iloc[:0])
    assert any(text.get_text() == "Nothing to show" for text in ax.texts)
    assert chart.describe(chart.frame.iloc[:0], **chart.arguments)


@each_chart
def test_each_row_can_be_drawn_alone(chart: Chart) -> None:
    for place in range(len(chart.frame)):
        frame = chart.frame.iloc[[place]]
        assert title_of(draw(chart, frame))
        assert chart.describe(frame, **chart.arguments)
        plt.close("all")


@each_chart
def test_missing_and_zero_numbers_can_be_drawn(chart: Chart) -> None:
    keys = ("recency_score", "frequency_score", "n_clusters")
    numbers = [name for name in chart.frame.select_dtypes("number").columns if name not in keys]
    for value in (NAN, 0.0):
        frame = chart.frame.assign(**dict.fromkeys(numbers, value))
        assert title_of(draw(chart, frame))
        assert chart.describe(frame, **chart.arguments)
        plt.close("all")


@each_chart
def test_nullable_columns_are_drawn_alike(chart: Chart) -> None:
    assert title_of(draw(chart, chart.frame.convert_dtypes())) == chart.title


@pytest.mark.parametrize("chart", [chart for chart in CHARTS.values() if chart.name])
def test_twelve_long_and_odd_names_can_be_drawn(chart: Chart) -> None:
    names = [f"{place} $ of a_rather^long name % that costs $5 & <more> than one line" for place in range(12)]
    wide = chart.frame.iloc[[0] * 12].assign(**{chart.name: names})
    draw(chart, wide)


@each_chart
def test_a_missing_column_is_named(chart: Chart) -> None:
    needed = [name for name in chart.frame.columns if name != "rfm_group"]
    with pytest.raises(MissingColumns, match=f"`{needed[0]}`"):
        chart.plot(chart.frame.drop(columns=needed[0]), **chart.arguments)


@each_chart
def test_given_axes_are_drawn_on(chart: Chart) -> None:
    figure, (_, mine) = plt.subplots(1, 2, figsize=(14, 5))
    assert chart.plot(chart.frame, **chart.arguments, ax=mine) is mine
    figure.canvas.draw()
    assert len(plt.get_fignums()) == 1


@each_chart
def test_title_lies_inside_the_figure(chart: Chart) -> None:
    ax = draw(chart, chart.frame)
    assert ax.figure is not None
    title = ax._left_title.get_window_extent()  # type: ignore[attr-defined]
    width, height = ax.figure.bbox.width, ax.figure.bbox.height
    assert title.x0 >= 0
    assert title.x1 <= width
    assert title.y1 <= height


def test_bars_without_revenue_name_the_largest_segment() -> None:
    frame = SUMMARY.assign(revenue_12m=0.0, revenue_share=NAN)
    assert title_of(show.plot_segment_sizes(frame)).startswith("Dormant is the largest segment: 43% of contacts")


def test_segments_of_several_kinds_stand_under_headings() -> None:
    frame = pd.concat([SUMMARY, SUMMARY.iloc[:1].assign(segment="Pineapple lovers", kind="smart view")])
    texts = {text.get_text() for text in show.plot_segment_sizes(frame).texts}
    assert {"RFM group", "Smart view"} <= texts


def test_satisfaction_is_written_in_points() -> None:
    frame = PERFORMANCE.assign(measure="satisfaction", estimate=4.2, low=4.0, high=4.4, target=4.0, verdict="reached")
    assert "4.20" in show.describe_performance(frame, "Second purchase")
    assert "%" not in title_of(show.plot_performance(frame, "Second purchase"))


def test_undecided_performance_is_said_to_be_undecided() -> None:
    title = title_of(show.plot_performance(PERFORMANCE.iloc[[2]], "Second purchase"))
    assert title == "Second purchase: these data cannot tell who reaches the target of 25%"


def test_verdicts_differ_in_shape_as_well_as_in_colour() -> None:
    ax = show.plot_performance(PERFORMANCE, "Second purchase")
    points = [line for line in ax.lines if len(line.get_xdata()) == 1]
    shapes = {(line.get_marker(), line.get_markerfacecolor() == "#ffffff") for line in points}
    assert len(shapes) == 3


def test_campaign_without_a_clear_lift_is_not_said_to_work() -> None:
    assert title_of(show.plot_lift(LIFT.iloc[1:])) == "September e-mail: these data cannot tell whether it worked"


def test_harm_is_said() -> None:
    frame = LIFT.iloc[:1].assign(lift=-0.04, low=-0.07, high=-0.01, verdict="harms")
    assert title_of(show.plot_lift(frame)) == "September e-mail did harm among New buyers"


def test_newcomers_are_the_biggest_move_only_where_nobody_else_moved() -> None:
    frame = FLOWS[FLOWS["from_segment"] == "(not there yet)"]
    assert title_of(show.plot_movement(frame)) == "Only newcomers moved: 94 contacts into Loyal"


def test_moves_are_coloured_by_direction_where_the_order_is_known() -> None:
    ax = show.plot_movement(FLOWS, order=["Loyal", "At risk"])
    colours = {mpl.colors.to_hex(patch.get_facecolor()) for patch in ax.patches}
    assert {"#0b6e6e", "#b45309"} <= colours


def test_bands_and_small_moves_account_for_every_contact() -> None:
    rng = np.random.default_rng(5)
    names = [f"Group {place}" for place in range(8)]
    frame = pd.DataFrame(
        [(a, b, int(rng.integers(0, 50))) for a in names for b in names],
        columns=["from_segment", "to_segment", "contacts"],
    )
    plan = plan_flows(sum_flows(frame), names)
    assert sum(band.contacts for band in plan.bands) + plan.small_contacts == frame["contacts"].sum()
    assert all(plan.now[name][1] == frame.loc[frame["to_segment"] == name, "contacts"].sum() for name in names)


def test_spread_heights_keep_their_order_and_their_gap() -> None:
    spread = spread_apart([3.0, 1.0, 1.1, 1.2], 1.0)
    assert sorted(range(4), key=lambda place: spread[place]) == [1, 2, 3, 0]
    assert np.diff(sorted(spread)).min() >= 1 - 1e-9


def test_a_segment_keeps_its_colour_when_another_is_added_behind() -> None:
    few, more = show.segment_colours(["a", "b"]), show.segment_colours(["a", "b", "c"])
    assert few.items() <= more.items()


def test_eight_segments_have_eight_colours_and_the_rest_greys() -> None:
    colours = show.segment_colours([str(place) for place in range(12)])
    assert len(set(list(colours.values())[:8])) == 8
    for colour in list(colours.values())[8:]:
        assert np.ptp(mpl.colors.to_rgb(colour)) < 0.2


def test_segment_colours_stay_apart_under_colour_blindness() -> None:
    # Machado, Oliveira and Fernandes (2009), severity 1.
    matrices = {
        "deuteranopia": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
        "protanopia": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    }
    for matrix in matrices.values():
        seen = [_lab(np.array(matrix) @ _linear(colour)) for colour in SEGMENT_COLOURS]
        nearest = min(np.linalg.norm(seen[i] - seen[j]) for i in range(8) for j in range(i))
        assert nearest > 18


def _linear(colour: str) -> np.ndarray:
    rgb = np.array(mpl.colors.to_rgb(colour))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def _lab(linear: np.ndarray) -> np.ndarray:
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = to_xyz @ np.clip(linear, 0, 1) / np.array([0.9505, 1, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("colour", SEGMENT_COLOURS)
def test_text_on_any_colour_can_be_read(colour: str) -> None:
    assert contrast(colour, ink_on(colour)) >= 4.5
