"""What data a rule needs is read from what it was compiled to."""

import pytest

from segment_lib.features.catalogue import CATALOGUE
from segment_lib.features.rules import compile_rule
from segment_lib.segments.starters.needs import Needs, Rows, needs_of
from segment_lib.vocabulary import CONTACTS, INTERACTIONS

TYPES = {column.name: column.type for column in CONTACTS} | {feature.name: feature.type for feature in CATALOGUE}
ROWS = {column.name: column.type for column in INTERACTIONS}


def needs(text: str) -> Needs:
    rule = compile_rule(text, columns=TYPES, interaction_columns=ROWS)
    return needs_of(rule, CATALOGUE, contact_columns=[c.name for c in CONTACTS], interaction_columns=list(ROWS))


@pytest.mark.parametrize(
    ("rule", "kinds", "columns", "fields"),
    [
        ("count('visit') > 1", ["visit"], [], []),
        ("never('refund', within => '1 year') and ever('any')", ["refund", "any"], [], []),
        ("recency_days > 3", ["purchase"], [], []),
        ("average_order > 3", ["purchase"], ["purchase.amount"], []),
        ("average('survey', score) < 3", ["survey"], ["survey.score"], []),
        ("smallest('purchase') < 3", ["purchase"], ["purchase.amount"], []),
        ("largest_order > 3", ["purchase"], ["purchase.amount"], []),
        ("basket_size > 3", ["purchase"], ["purchase.quantity"], []),
        ("refund_share > 0.1", ["refund", "purchase"], ["purchase.amount", "refund.amount"], []),
        ("satisfaction > 3", ["survey"], ["survey.score"], []),
        ("favourite('visit', channel) = 'web'", ["visit"], ["visit.channel"], []),
        ("favourite_category = 'Fig'", ["purchase"], ["purchase.category"], []),
        ("discount_share > 0.5", ["purchase"], ["purchase.amount", "purchase.product", "purchase.quantity"], []),
        ("campaign_share > 0.5", ["purchase"], ["purchase.campaign"], []),
        ("overdue_ratio > 2", ["purchase"], [], []),
        ("regularly('visit', 3)", ["visit"], [], []),
        ("resumed('call', '90 days', where => channel = 'web')", ["call"], ["call.channel"], []),
        ("distinct_values('purchase', product) > 2", ["purchase"], ["purchase.product"], []),
        ("top_percent(spend_365d, 10)", ["purchase"], ["purchase.amount"], []),
        ("age_years > 30 or anniversary(birth_date, within => '7 days')", [], [], ["birth_date"]),
        ("has_relationship('client') and email_consent is null", [], [], ["email_consent", "relationships"]),
        ("distance_km(latitude, longitude, 41.39, 2.17) < 5", [], [], ["latitude", "longitude"]),
        ("has_label('Client')", [], [], []),
        ("random_percent(10)", [], [], []),
    ],
)
def test_kinds_columns_and_fields_are_found(rule: str, kinds: list[str], columns: list[str], fields: list[str]) -> None:
    found = needs(rule)
    assert sorted(found.kinds) == sorted(kinds)
    assert sorted(found.columns) == columns
    assert list(found.fields) == fields


def test_both_sides_of_what_follows_are_needed_with_their_conditions() -> None:
    found = needs("followed_by('call', 'survey', where => channel = 'web', then_where => score <= 2)")
    assert set(found.rows) == {
        Rows("call"),
        Rows("call", "channel"),
        Rows("call", condition="(channel = 'web')"),
        Rows("survey"),
        Rows("survey", "score"),
        Rows("survey", condition="(score <= 2)"),
    }


def test_a_condition_is_asked_for_without_its_window() -> None:
    found = needs("ever('visit', within => '90 days', until => '3 days', where => subject = 'in_last(''1 day'')')")
    [condition] = [row.condition for row in found.rows if row.condition]
    assert condition.startswith("true and ")
    assert found.windows == ("90 days",)


def test_how_far_back_a_rule_looks_is_told_of_features_too() -> None:
    assert needs("spend_365d > 5 and count('call', within => '2 years') > 1").windows == ("2 years", "365 days")
    assert needs("total_spend > 5").windows == ()
