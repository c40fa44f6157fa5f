"""What linting says of rules whoever the contacts are."""

from collections.abc import Mapping

import pytest
from rule_tables import CONTACT_COLUMNS, compiled, named_features

from segment_lib.segments.linting.by_logic import find_by_logic
from segment_lib.segments.linting.fields import Fields
from segment_lib.segments.linting.findings import Finding
from segment_lib.segments.linting.reading import read_rules


def lint(rules: Mapping[str, str], **more: object) -> list[Finding]:
    types = {column.name: column.type for column in CONTACT_COLUMNS}
    fields = Fields(types, {feature.name: feature for feature in named_features()})
    return find_by_logic(read_rules(rules, compile_all=compiled, fields=fields, **more))  # type: ignore[arg-type]


def kinds(rule: str) -> list[tuple[str, str, str]]:
    return [(finding.severity, finding.kind, finding.part) for finding in lint({"it": rule})]


@pytest.mark.parametrize(
    "rule",
    [
        "income > 5 and income < 3",
        "income > 5 and income <= 5",
        "kids > 1 and kids < 2",
        "kids > 1.2 and kids < 1.8",
        "income between 5 and 3",
        "country = 'ES' and country = 'PT'",
        "country = 'ES' and country <> 'ES'",
        "country in ('ES', 'PT') and country in ('FR', 'IT')",
        "country > 'ES' and country < 'AD'",
        "country = 'ES' and country is null",
        "income > 5 and not income > 3",
        "agreed and not agreed",
        "agreed = true and agreed is false",
        "birth_date > '2000-01-01' and birth_date < '2000-01-02'",
        "seen >= '2026-01-02' and '2026-01-01' >= seen",
        "income > kids and kids >= income",
        "income <> income",
        "ever('call') and never('call')",
        "ever('purchase', within => '90 days') and count('purchase', within => '90 days') = 0",
        "stopped('purchase', '30 days') and ever('purchase', within => '30 days')",
        "purchases >= 1 and count('purchase') = 0",
        "recency_days > 5 and days_since('purchase') < 5",
        "count('call') < 0",
        "count('call') is null",
        "days_since('call') < 0",
        "active_months('call', 6) > 6",
        "random_percent(10) and not random_percent(20)",
        "(income > 5 or income < 3) and income between 3 and 5",
        "not (income > 5 or income <= 5)",
        "(income > 5) is true and (income > 5) is null",
        "-5 > kids and kids = -5",
    ],
)
def test_rules_that_nobody_can_meet_are_errors(rule: str) -> None:
    assert [kind[:2] for kind in kinds(rule)] == [("error", "never true")]


@pytest.mark.parametrize(
    ("rule", "who"),
    [
        ("income > 5 or income <= 5", " for whom it is not unknown"),
        ("income > 5 or income <= 5 or income is null", ""),
        ("country = 'ES' or country <> 'ES'", " for whom it is not unknown"),
        ("purchases >= 0", ""),
        ("not (country = 'ES' and country = 'PT')", " for whom it is not unknown"),
        ("(country = 'ES') is not null or country is null", ""),
        ("ever('call') or never('call')", ""),
        ("contact_id is not null", ""),
    ],
)
def test_rules_that_everybody_meets_are_errors_unknown_apart(rule: str, who: str) -> None:
    [finding] = lint({"it": rule})
    assert (finding.severity, finding.kind) == ("error", "always true")
    assert finding.sentence == f"everybody{who} is in it."


@pytest.mark.parametrize(
    "rule",
    [
        "income > 5 and income < 6",
        "kids > 1 and kids < 3",
        "income > 5 and kids < 3",
        "country = 'ES' or country = 'PT'",
        "country = 'ES' and city = 'PT'",
        "country > 'ES' and country < 'ESA'",
        # A text between two others that begins with the first one.
        "country > 'E' and country < 'E0'",
        "days_until(birth_date) < 0",
        "total('call') < 0",
        "count('call') > 5 and count('call', within => '90 days') < 3",
        "income > 0.1 and income < 0.10000000000000000001",
        "income >= 0.10000000000000000001 and income <= 0.1",
        "income > 5 and income is not null",
        "recency_days < 5 and last_purchase_at > '2026-01-01'",
        "income > kids and kids > 2",
        "top_percent(income, 10) and top_percent(income, 20)",
        "has_label('Influencer') and not has_label('influencer')",
        "country like 'E%' and country like '%S'",
        "days_since_first('call') < 5 and not days_since('call') > 300",
        "seen > acquired_at and seen < '2026-01-01'",
    ],
)
def test_rules_that_may_be_meant_are_left_alone(rule: str) -> None:
    assert kinds(rule) == []


@pytest.mark.parametrize(
    ("rule", "severity", "kind", "part"),
    [
        ("income > 5 and income > 3", "warning", "changes nothing", "income > 3"),
        ("income > 3 or income > 5", "warning", "changes nothing", "income > 5"),
        ("country = 'ES' and country in ('ES', 'PT')", "warning", "changes nothing", "country in ('ES', 'PT')"),
        ("kids = 2 and country = 'ES' and kids = 2", "warning", "changes nothing", "kids = 2"),
        ("(income > 5 and kids > 2) or income > 5", "warning", "changes nothing", "income > 5 and kids > 2"),
        ("random_percent(10) and random_percent(50)", "warning", "changes nothing", "random_percent(50)"),
        ("birth_date < '2000-01-01' and birth_date <= '2010-05-05'", "warning", "changes nothing",
         "birth_date <= '2010-05-05'"),
        ("country = 'ES' or (income > 5 and income < 3)", "warning", "never true", "income > 5 and income < 3"),
        ("country = 'ES' and (income > 5 or income <= 5)", "warning", "always true", "income > 5 or income <= 5"),
        ("country = 'ES' and purchases >= 0", "warning", "always true", "purchases >= 0"),
        ("not (country = 'ES' and purchases < 0)", "error", "always true", "not (country = 'ES' and purchases < 0)"),
    ],
)  # fmt: skip
def test_parts_that_do_nothing_are_named(rule: str, severity: str, kind: str, part: str) -> None:
    assert kinds(rule) == [(severity, kind, part)]


def test_a_condition_that_only_tells_unknown_from_false_is_no_part_that_does_nothing() -> None:
    # Without it the same contacts are in, but those without a country are unknown and not out.
    assert kinds("country is not null and country = 'ES'") == []


def test_what_excludes_one_another_is_named_and_marked() -> None:
    [finding] = lint({"it": "country = 'ES'\nand income > 5\nand income < 3"})
    assert finding.sentence == "nobody can be in it: `income > 5` and `income < 3` exclude one another."
    assert finding.place == "  and income < 3\n      ^^^^^^^^^^"


def test_a_part_is_marked_with_its_not_and_its_last_bracket() -> None:
    [finding] = lint({"it": "ever('call') and not never('call')"})
    assert finding.place.count("^") == len("not never('call')")


def test_other_segments_and_parents_are_looked_into() -> None:
    rules = {"Rich": "income > 5", "Poor": "in_segment('Rich') and income < 3", "Young": "income < 3"}
    found = lint(rules, parents={"Young": "Rich"})
    assert [(f.segment, f.kind) for f in found] == [("Poor", "never true"), ("Young", "never true")]
    assert found[0].sentence == "nobody can be in it: `in_segment('Rich')` and `income < 3` exclude one another."
    assert found[1].sentence == "nobody can be in it: `income < 3` and `income > 5` of its parent exclude one another."


def test_a_condition_that_the_parent_asks_for_already_changes_nothing() -> None:
    found = lint({"Rich": "income > 5", "Child": "income > 3 and kids > 1"}, parents={"Child": "Rich"})
    assert [(f.segment, f.kind, f.part) for f in found] == [("Child", "changes nothing", "income > 3")]


def test_a_contact_is_in_one_rfm_group_at_most() -> None:
    types = {column.name: column.type for column in CONTACT_COLUMNS}
    fields = Fields(types, {feature.name: feature for feature in named_features()})
    rules = {"A": "in_segment('Best') and in_segment('Worst')", "B": "not in_segment('Best') or in_segment('Best')"}
    read = read_rules(rules, compile_all=compiled, fields=fields, groups=["Best", "Worst"], never_bought="Never")
    assert [(f.segment, f.kind) for f in find_by_logic(read)] == [("A", "never true"), ("B", "always true")]


def test_rules_that_differ_in_words_alone_are_the_same() -> None:
    rules = {
        "A": "country = 'ES' and kids > 2",
        "B": "(kids >= 3) AND country in ('ES')",
        "C": "not (country <> 'ES' or kids <= 2)",
        "D": "country = 'ES' and kids > 3",
    }
    found = lint(rules)
    assert [(f.segment, f.kind) for f in found] == [("B", "same rule"), ("C", "same rule")]
    assert found[0].sentence == "its rule has the same answers as that of `A`, whoever the contacts are."


def test_long_rules_are_read_and_what_is_too_much_is_passed_over() -> None:
    chain = " or ".join(f"(kids = {n} and income > {n})" for n in range(100))
    tangle = " and ".join(f"(kids = {n} or income > {n})" for n in range(100))
    assert [
        f.kind for f in lint({"A": chain, "B": tangle, "C": f"({tangle}) and kids is null and income is null"})
    ] == ["never true"]
