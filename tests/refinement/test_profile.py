"""Profiles: standardised differences and lifts, by hand."""

from collections.abc import Callable
from math import exp, sqrt

import numpy as np
import pandas as pd
import pytest

from segment_lib import Segmentation
from segment_lib.refinement import profile_segments
from segment_lib.vocabulary import Column

MakeSegmentation = Callable[..., Segmentation]
Z = 1.959964  # of the standard normal distribution, 97.5%
AGE = Column("age", "integer", "demographic", "Age", "years")
COUNTRY = Column("country", "text", "geographic", "Country")
NAME = Column("first_name", "text", "identity", "Given name")


def people(ages: list[float | None], countries: list[str | None] | None = None) -> list[dict[str, object]]:
    texts = countries or [None] * len(ages)
    return [
        {"contact_id": f"c{i:02}", "age": age, "country": country, "first_name": "Ana"}
        for i, (age, country) in enumerate(zip(ages, texts, strict=True))
    ]


def first(n: int, *, start: int = 0) -> list[str]:
    return [f"c{i:02}" for i in range(start, start + n)]


def test_difference_is_in_pooled_standard_deviations(make_segmentation: MakeSegmentation) -> None:
    # Members 1 to 5: mean 3, variance 2.5. The others 3 to 7: mean 5, variance 2.5. So d = -2 / sqrt(2.5).
    found = make_segmentation(people([1, 2, 3, 4, 5, 3, 4, 5, 6, 7]), {"Young": first(5)})
    [row] = profile_segments(found, columns=[AGE]).to_dict("records")
    assert (row["segment"], row["field"], row["level"], row["family"]) == ("Young", "age", "", "demographic")
    assert (row["effect"], row["unit"]) == ("difference", "years")
    assert (row["members_value"], row["rest_value"]) == (pytest.approx(3), pytest.approx(5))
    assert row["estimate"] == pytest.approx(-1.264911)
    error = sqrt(10 / 25 + 1.6 / 20)
    assert row["low"] == pytest.approx(-1.264911 - Z * error, abs=1e-5)
    assert row["high"] == pytest.approx(-1.264911 + Z * error, abs=1e-5)


def test_lift_is_the_ratio_of_shares_with_a_log_interval(make_segmentation: MakeSegmentation) -> None:
    # 6 of 10 members are Spanish, 5 of 20 others: 0.6 / 0.25.
    countries: list[str | None] = ["ES"] * 6 + ["PT"] * 4 + ["ES"] * 5 + ["PT"] * 15
    found = make_segmentation(people([30] * 30, countries), {"Few": first(10)})
    table = profile_segments(found, columns=[COUNTRY])
    [row] = table.query("level == 'ES'").to_dict("records")
    assert (row["effect"], row["members_value"], row["rest_value"], row["unit"]) == ("lift", 0.6, 0.25, "share")
    assert row["estimate"] == pytest.approx(2.4)
    error = sqrt(1 / 6 - 1 / 10 + 1 / 5 - 1 / 20)
    assert row["low"] == pytest.approx(2.4 * exp(-Z * error), abs=1e-5)
    assert row["high"] == pytest.approx(2.4 * exp(Z * error), abs=1e-5)
    assert table["level"].tolist() == ["ES"]  # only 4 members are Portuguese


def test_wider_confidence_gives_wider_intervals(make_segmentation: MakeSegmentation) -> None:
    found = make_segmentation(people([1, 2, 3, 4, 5, 3, 4, 5, 6, 7]), {"Young": first(5)})
    narrow, wide = (profile_segments(found, columns=[AGE], confidence=c).iloc[0] for c in (0.8, 0.99))
    assert wide["low"] < narrow["low"] < narrow["high"] < wide["high"]
    assert wide["estimate"] == narrow["estimate"]


def test_missing_values_are_left_out_of_both_sides(make_segmentation: MakeSegmentation) -> None:
    ages: list[float | None] = [1, 2, 3, 4, 5, None, 3, 4, 5, 6, 7, None]
    found = make_segmentation(people(ages), {"Young": first(6)})
    [row] = profile_segments(found, columns=[AGE]).to_dict("records")
    assert row["estimate"] == pytest.approx(-1.264911)
    countries: list[str | None] = [*["ES"] * 6, *["PT"] * 4, *["ES"] * 5, *["PT"] * 15, None, None]
    holes = make_segmentation(people([30] * 32, countries), {"Few": [*first(10), "c30"]})
    assert profile_segments(holes, columns=[COUNTRY])["estimate"].tolist() == pytest.approx([2.4])


def test_too_few_on_one_side_say_nothing(make_segmentation: MakeSegmentation) -> None:
    found = make_segmentation(people([1, 2, 3, 4, 5, 3, 4, 5, 6, 7]), {"Four": first(4), "Six": first(6)})
    assert profile_segments(found, columns=[AGE]).empty


def test_field_that_is_the_same_for_all_is_left_out(make_segmentation: MakeSegmentation) -> None:
    found = make_segmentation(people([40] * 12, ["ES"] * 12), {"Six": first(6)})
    assert profile_segments(found, columns=[AGE, COUNTRY]).empty


def test_names_and_texts_of_many_values_are_left_out(make_segmentation: MakeSegmentation) -> None:
    towns: list[str | None] = [f"Town {i // 5}" for i in range(160)]  # 32 towns
    rows = [{**row, "contact_id": f"c{i:02}"} for i, row in enumerate(people([30] * 160, towns))]
    found = make_segmentation(rows, {"Half": [str(row["contact_id"]) for row in rows[:80]]})
    assert profile_segments(found, columns=[COUNTRY, NAME]).empty


def test_columns_that_the_features_lack_are_left_out(make_segmentation: MakeSegmentation) -> None:
    found = make_segmentation(people([1, 2, 3, 4, 5, 3, 4, 5, 6, 7]), {"Young": first(5)})
    ghost = Column("ghost", "number", "financial", "Not there")
    assert profile_segments(found, columns=[ghost, AGE])["field"].tolist() == ["age"]
    assert profile_segments(found, columns=[]).empty


def test_large_amounts_lose_no_digits(make_segmentation: MakeSegmentation) -> None:
    small = make_segmentation(people([1, 2, 3, 4, 5, 3, 4, 5, 6, 7]), {"Young": first(5)})
    large = make_segmentation(people([1e9 + a for a in (1, 2, 3, 4, 5, 3, 4, 5, 6, 7)]), {"Young": first(5)})
    one, other = (profile_segments(found, columns=[AGE]).iloc[0] for found in (small, large))
    assert other["estimate"] == pytest.approx(one["estimate"], rel=1e-6)
    assert other["members_value"] == pytest.approx(1e9 + 3)


def test_every_segment_is_compared_with_its_own_rest(make_segmentation: MakeSegmentation) -> None:
    rng = np.random.default_rng(2)
    ages = rng.normal(40, 9, 60).round(2).tolist()
    found = make_segmentation(people(ages), {"One": first(20), "Two": first(30, start=10), "Empty": []})
    table = profile_segments(found, columns=[AGE]).set_index("segment")
    assert table.index.tolist() == ["One", "Two"]
    for name, inside in (("One", range(20)), ("Two", range(10, 40))):
        members = np.array([ages[i] for i in inside])
        rest = np.array([age for i, age in enumerate(ages) if i not in inside])
        n, m = len(members), len(rest)
        pooled = sqrt(((n - 1) * members.var(ddof=1) + (m - 1) * rest.var(ddof=1)) / (n + m - 2))
        assert table.loc[name, "estimate"] == pytest.approx((members.mean() - rest.mean()) / pooled)


def test_order_of_members_is_nothing(make_segmentation: MakeSegmentation) -> None:
    rows = people([1, 2, 3, 4, 5, 3, 4, 5, 6, 7], ["ES", "PT"] * 5)
    one = profile_segments(make_segmentation(rows, {"Young": first(5)}), columns=[AGE, COUNTRY])
    other = profile_segments(make_segmentation(rows[::-1], {"Young": first(5)[::-1]}), columns=[AGE, COUNTRY])
    pd.testing.assert_frame_equal(one, other)
