"""The catalogue to leaf through: every feature once, found by family and by text, escaped, without script."""

import re

import pytest

from segment_lib.errors import InvalidOption, NoData
from segment_lib.features import CATALOGUE, Feature
from segment_lib.show.catalogue_table import table_catalogue


def names_in(html: str) -> list[str]:
    return re.findall(r'<th scope="row">(\w+)</th>', html)


def test_every_feature_is_shown_once_in_the_closed_part_of_its_family() -> None:
    html = table_catalogue().html
    assert sorted(names_in(html)) == sorted(feature.name for feature in CATALOGUE)
    assert html.count("<details><summary>") == len({feature.family for feature in CATALOGUE})
    assert "<script" not in html


def test_family_shows_its_features_alone() -> None:
    shown = table_catalogue(family="demographic")
    assert names_in(shown.html) == ["age_years", "age_group", "household_band"]
    assert "<details open><summary>demographic</summary>" in shown.html
    assert "Demographic features (3), each with its value for Ana of the example." in shown.text


def test_text_is_found_in_names_meanings_and_formulas_whatever_its_capitals() -> None:
    assert names_in(table_catalogue(containing="Refund_").html) == [
        "last_refund_at",
        "refund_share",
        "days_since_refund",
    ]
    assert names_in(table_catalogue(containing="Birth_Date").html) == ["age_years"]
    assert names_in(table_catalogue(family="demographic", containing="household").html) == ["household_band"]


def test_own_feature_is_shown_escaped() -> None:
    own = Feature("odd", "count(*)", where="product = '<b>'", meaning="<script>alert(1)</script>")
    html = table_catalogue([own]).html
    assert "&lt;script&gt;" in html
    assert "<script" not in html
    assert "<b>" not in html


def test_unknown_family_and_text_that_nothing_has_are_refused() -> None:
    with pytest.raises(InvalidOption, match=r"`family` must be one of behavioural, .*, got 'finance'"):
        table_catalogue(family="finance")
    with pytest.raises(NoData, match="can't find a feature with 'zebra' in its name"):
        table_catalogue(containing="zebra")
