"""The library of starter segments: complete, canonical, readable, and free of what linting finds."""

from collections import Counter
from collections.abc import Callable
from typing import get_args

import pytest

from segment_lib import Workspace
from segment_lib.errors import NotFound
from segment_lib.features.catalogue import CATALOGUE
from segment_lib.features.rules.describing import describe
from segment_lib.features.rules.layout import format_rule
from segment_lib.goals import Objective
from segment_lib.segments import rfm_table
from segment_lib.segments.linting import lint_rules
from segment_lib.segments.starters import Starter, load_starters
from segment_lib.segments.starters.library import find_starter

STARTERS = load_starters()
each_starter = pytest.mark.parametrize("starter", STARTERS, ids=lambda starter: starter.name)
RENEWAL = {"fields": [{"name": "renewal_date", "type": "date", "family": "behavioural"}]}


def test_every_objective_has_starters_that_serve_it_first() -> None:
    first = Counter(starter.objectives[0] for starter in STARTERS)
    assert len(STARTERS) >= 40
    assert {objective: first[objective] >= 4 for objective in get_args(Objective)} == dict.fromkeys(
        get_args(Objective), True
    )


def test_no_two_starters_share_a_name_or_a_rule() -> None:
    assert len({starter.name.casefold() for starter in STARTERS}) == len(STARTERS)
    assert len({starter.rule for starter in STARTERS}) == len(STARTERS)


def test_starters_are_not_called_like_rfm_groups() -> None:
    groups = {group.name.casefold() for name in ("ours", "klaviyo", "rfm") for group in rfm_table(name).named_groups}
    assert {starter.name.casefold() for starter in STARTERS} & {*groups, "never bought"} == set()


@each_starter
def test_a_rule_stands_in_its_canonical_layout(starter: Starter) -> None:
    assert format_rule(starter.rule) == starter.rule


@each_starter
def test_a_rule_can_be_read_aloud_in_both_languages(starter: Starter) -> None:
    for language in ("en", "es"):
        sentence = describe(starter.rule, language=language)  # type: ignore[arg-type]
        assert sentence.startswith("Conta")
        assert sentence.endswith(".")


@each_starter
def test_why_is_one_sentence_that_says_what_to_do(starter: Starter) -> None:
    assert starter.why.count(".") == 1
    assert starter.why.endswith(".")
    assert " - " in starter.why
    assert len(starter.why) <= 120


@each_starter
def test_kinds_of_data_are_joined_by_and(starter: Starter) -> None:
    """What stands in an `or` would be needed without being needed; only rows that are there in any case may."""
    assert " or " not in starter.rule.replace("(never('purchase') or", "").replace("(never('call') or", "").replace(
        "or subject", ""
    )


def test_linting_finds_nothing_in_any_starter(tiny_workspace: Callable[..., Workspace]) -> None:
    views = [starter.as_view().model_dump(exclude_defaults=True) for starter in STARTERS]
    workspace = tiny_workspace(segments={"smart_views": views, "rfm": None, "clusters": None}, fields=RENEWAL)
    assert [str(finding) for finding in lint_rules(workspace) if finding.severity != "note"] == []


def test_starters_need_no_predictions_and_name_no_amount_of_money() -> None:
    money = {feature.name for feature in CATALOGUE if feature.unit == "money"}
    for starter in STARTERS:
        assert "p_alive" not in starter.rule
        for name in money:
            assert f"{name} > " not in starter.rule.replace(f"{name} > 0", "")


def test_a_starter_is_found_whatever_its_capitals_and_the_nearest_is_suggested() -> None:
    assert find_starter("win BACK").name == "Win back"
    with pytest.raises(NotFound, match=r"can't find a starter segment called 'Win bak'.* Did you mean `Win back`\?"):
        find_starter("Win bak")
