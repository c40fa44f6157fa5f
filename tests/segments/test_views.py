"""Smart views: all rules of a table at once, with who is in, out and unknown."""

import pyarrow as pa
import pytest

from segment_lib.errors import InvalidDefinition
from segment_lib.features import CATALOGUE
from segment_lib.segments import compile_views, evaluate_views, needed_features
from segment_lib.vocabulary import CONTACTS, Column

PEOPLE = pa.table(
    {
        "contact_id": ["c", "a", "b"],
        "total_spend": [900.0, 5.0, None],
        "country": ["ES", None, "PT"],
    }
)


def test_every_rule_is_a_column_of_in_out_and_unknown_ordered_by_contact() -> None:
    views = compile_views({"Big": "total_spend > 500", "Spanish": "country = 'ES'"})
    assert evaluate_views(PEOPLE, views).to_pydict() == {
        "contact_id": ["a", "b", "c"],
        "Big": [False, None, True],
        "Spanish": [None, False, True],
    }


def test_negation_keeps_unknown_unknown() -> None:
    views = compile_views({"Small": "not total_spend > 500", "Abroad": "country <> 'ES'"})
    answers = evaluate_views(PEOPLE, views).to_pydict()
    assert answers["Small"] == [True, None, False]
    assert answers["Abroad"] == [None, True, False]


def test_names_may_be_any_text_and_differ_by_case_alone() -> None:
    rules = {'Big "spenders"; --': "total_spend > 500", "big": "total_spend > 1", "Big": "total_spend > 5000"}
    answers = evaluate_views(PEOPLE, compile_views(rules))
    assert answers.column_names == ["contact_id", *rules]
    assert answers['Big "spenders"; --'].to_pylist() == [False, None, True]
    assert answers["big"].to_pylist() == [True, None, True]
    assert answers["Big"].to_pylist() == [False, None, False]


def test_no_rules_give_the_contacts() -> None:
    assert evaluate_views(PEOPLE, {}).to_pydict() == {"contact_id": ["a", "b", "c"]}


def test_faults_of_all_rules_are_told_at_once() -> None:
    rules = {"Good": "total_spend > 5", "Worse": "totl_spend > 5", "Worst": "country >", "contact_id": "true"}
    with pytest.raises(InvalidDefinition, match=r"(?s)Worse: .*mean `total_spend`.*Worst: can't understand") as caught:
        compile_views(rules)
    assert len(caught.value.faults) == 3
    assert caught.value.faults[2] == "contact_id: a rule must not be called like the key of contacts."


def test_rules_know_custom_fields_and_every_feature() -> None:
    shoes = Column("shoe_size", "number", "demographic", "Size of the shoes")
    compile_views({"Large": "shoe_size > 45"}, contact_columns=(*CONTACTS, shoes))
    compile_views({feature.name: f"{feature.name} is null" for feature in CATALOGUE})
    with pytest.raises(InvalidDefinition, match="can't find a column `shoe_size`"):
        compile_views({"Large": "shoe_size > 45"})


def test_features_that_several_rules_need_are_computed_once() -> None:
    views = compile_views(
        {
            "Often": "count('purchase', within => '30 days') > 3",
            "Seldom": "count('purchase', within => '30 days') = 1 and days_since('call') > 5",
        }
    )
    needed = needed_features(views)
    assert len(needed) == 3  # the count, the last call, the days since it
    assert [feature.level for feature in needed] == ["interactions", "interactions", "contact"]
