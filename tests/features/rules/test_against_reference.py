"""Rules select whom a row-by-row evaluation selects, which was written from docs/rules.md and from nothing else."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from hypothesis import given, settings
from rule_corpus import CORPUS, CORPUS_TABLES
from rule_strategies import Case, Choices, cases, choose_case
from rule_tables import (
    Answers,
    Row,
    Tables,
    answers_in_one_query,
    compiled,
    differences,
    library_answers,
    reference_answers,
)

from segment_lib import AsOf
from segment_lib.features.rules import FUNCTIONS
from segment_lib.segments import CompiledRule, compile_views, evaluate_views

Way = Callable[[Tables, dict[str, CompiledRule]], Answers]
# By way of a table of features, and in one query from the tables.
WAYS = (library_answers, answers_in_one_query)


def check(tables: Tables, rules: dict[str, str], answers: Way = library_answers) -> None:
    """The same members and the same unknowns."""
    said = differences(tables, rules, answers(tables, compiled(rules)), reference_answers(tables, rules))
    assert not said, said


@settings(max_examples=40)
@given(case=cases())
def test_rules_select_whom_the_reference_selects(case: Case) -> None:
    check(*case)


def check_many(seed: int, many: int) -> None:
    """So many tables, with up to 24 rules each; chosen in a tenth of the time that hypothesis takes."""
    for n in range(many):
        check(*choose_case(Choices(random.Random(f"{seed} {n}").randrange), 24), WAYS[n % 2])


def test_hundreds_of_rules_select_whom_the_reference_selects() -> None:
    check_many(1, 50)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 7))
def test_thousands_of_rules_select_whom_the_reference_selects(seed: int) -> None:
    check_many(seed, 400)


# The corpus.


@pytest.mark.parametrize("answers", WAYS)
@pytest.mark.parametrize("tables", CORPUS_TABLES, ids=lambda tables: f"{tables.as_of.day} {tables.as_of.zone}")
def test_corpus_selects_whom_the_reference_selects(tables: Tables, answers: Way) -> None:
    check(tables, CORPUS, answers)


def test_corpus_uses_every_function_and_every_option() -> None:
    text = " ".join(CORPUS.values())
    assert len(CORPUS) >= 60
    # What `probably` says comes from a fitted model, not from rows.
    wanted = [(f.name, option) for f in FUNCTIONS if f.name != "probably" for option in ("", *f.options)]
    assert not [
        (name, option)
        for name, option in wanted
        if not any(f"{name}(" in rule and (f"{option} =>" in rule or not option) for rule in CORPUS.values())
    ]
    operators = "<>|<=|>=| between | in (| not in (| like | ilike | is null| is not true| + | - | * | / |-income|null"
    assert not [operator for operator in operators.split("|") if operator not in text]


def test_corpus_tells_contacts_apart() -> None:
    answers = [reference_answers(tables, CORPUS) for tables in CORPUS_TABLES]
    # A rule that says the same of all contacts on all days would show no fault.
    constant = [name for name in CORPUS if len({v for one in answers for v in one[name].values()}) < 2]
    assert not constant


# Where docs/rules.md is easily read in two ways.


def told(text: str, *rows: Row, as_of: AsOf, **contact: object) -> bool | None:
    """What the library says of one contact, and the reference says too."""
    own = [{"contact_id": "a", **row} for row in rows]
    tables = Tables(as_of, [{"contact_id": "a", **contact}], own)
    check(tables, {"x": text})
    return library_answers(tables, compiled({"x": text}))["x"]["a"]


MADRID = AsOf.of("2026-10-31", zone="Europe/Madrid")


def row(when: str, kind: str, **more: object) -> Row:
    return {"occurred_at": datetime.fromisoformat(when).replace(tzinfo=UTC), "kind": kind, **more}


def test_interaction_does_not_follow_itself() -> None:
    bought = row("2026-10-01T12:00", "purchase")
    assert told("followed_by('purchase', 'any')", bought, as_of=MADRID) is False
    assert told("followed_by('any', 'purchase')", bought, as_of=MADRID) is False
    called = row("2026-10-01T12:00", "call")
    for text in ("followed_by('any', 'purchase')", "followed_by('purchase', 'any')", "followed_by('any', 'any')"):
        assert told(text, bought, called, as_of=MADRID) is False
    # One of another kind at the same instant does follow.
    both = "followed_by('purchase', 'call') and followed_by('call', 'purchase')"
    assert told(both, bought, called, as_of=MADRID) is True
    assert told("followed_by('purchase', 'purchase')", bought, bought, as_of=MADRID) is False


def test_instant_is_compared_with_each_value_by_itself() -> None:
    earlier, later = row("2026-10-30T08:00", "purchase"), datetime(2026, 10, 30, 7, tzinfo=UTC)
    assert told("seen between last_purchase_at and '2026-10-31'", earlier, as_of=MADRID, seen=later) is False
    assert told("seen in (last_purchase_at, '2026-10-29')", earlier, as_of=MADRID, seen=later) is False
    assert told("seen in (last_purchase_at, '2026-10-30')", earlier, as_of=MADRID, seen=later) is True
    assert told("seen < last_purchase_at", earlier, as_of=MADRID, seen=later) is True


def test_orders_without_amounts_have_an_average_of_nought_and_no_largest() -> None:
    bought = row("2026-10-01T12:00", "purchase")
    assert told("average('purchase') = 0 and average_order() = 0", bought, as_of=MADRID) is True
    assert told("largest('purchase') is null and average('purchase', amount) is null", bought, as_of=MADRID) is True
    assert told("share_of('purchase', where => amount is null) is null", bought, as_of=MADRID) is True
    assert told("average('purchase') is null", as_of=MADRID) is True


def test_months_of_an_anniversary_are_those_of_the_calendar() -> None:
    january = AsOf.of("2026-01-31", zone="Europe/Madrid")
    # Until the day before the last of February, as `within => '1 month'` began on 28 January as of 27 February.
    for birth, expected in (
        ((1990, 1, 31), True),
        ((1990, 2, 27), True),
        ((1990, 2, 28), False),
        ((1990, 1, 30), False),
    ):
        born = datetime(*birth, tzinfo=UTC).date()
        assert told("anniversary(birth_date, within => '1 month')", as_of=january, birth_date=born) is expected
    leap = datetime(2000, 2, 29, tzinfo=UTC).date()
    for day, expected in (("2026-02-28", True), ("2026-03-01", False), ("2028-02-28", False), ("2028-02-29", True)):
        as_of = AsOf.of(day, zone="Europe/Madrid")
        assert told("anniversary(birth_date, within => '1 day')", as_of=as_of, birth_date=leap) is expected
    today = january.day
    assert told("anniversary(birth_date, within => '1 day')", as_of=january, birth_date=today) is False


@pytest.mark.parametrize(
    ("contacts", "percent", "members"),
    [(100, "7", 7), (50, "14", 7), (100, "14", 14), (100, "28", 28), (100, "29", 29), (200, "0.5", 1), (200, "0.6", 2),
     (3, "33.3", 1), (3, "33.4", 2), (3, "66.6", 2), (7, "100", 7), (1000, "0.1", 1), (1000, "1.1", 11), (25, "56", 14),
     (1, "0.0001", 1)],
)  # fmt: skip
def test_percent_of_contacts_is_exact(contacts: int, percent: str, members: int) -> None:
    # Floating point takes 7% of 100 for more than 7, and 29% for less than 29.
    rules = compile_views({"top": f"top_percent(income, {percent})", "low": f"bottom_percent(income, {percent})"})
    numbers = [float(n) for n in range(contacts)]
    people = pa.table({"contact_id": [f"{n:04d}" for n in range(contacts)], "income": numbers})
    answers = evaluate_views(people, rules).to_pydict()
    assert answers["top"] == [n >= contacts - members for n in range(contacts)]
    assert answers["low"] == [n < members for n in range(contacts)]


def test_percent_counts_only_contacts_with_a_number_and_equal_ones_alike() -> None:
    numbers = [5.0, 5.0, 5.0, 1.0, None, None, None, None]
    people = pa.table({"contact_id": list("abcdefgh"), "income": numbers})
    answers = evaluate_views(people, compile_views({"top": "top_percent(income, 25)"}))
    assert answers["top"].to_pylist() == [True, True, True, False, None, None, None, None]


def test_segments_whose_names_differ_by_capitals_are_two() -> None:
    # To the engine `Big` and `big` are one column.
    rules = {
        "Big": "kids > 2",
        "big": "kids > 5",
        "kids": "in_segment('Big') and not in_segment('big')",
        'odd "name"': "in_segment('kids') or in_segment('BIG too')",
        "BIG too": "in_segment('big')",
        "rule_0": "in_segment('odd \"name\"') and in_segment('BIG too')",
    }
    people = [{"contact_id": f"p{n}", "kids": n} for n in (1, 3, 6)]
    check(Tables(MADRID, people), rules)


def test_text_may_look_like_the_column_of_a_segment() -> None:
    rules = {"x": "in_segment('y')", "y": "country = '\"_in_segment y\"' or country = '\"_in_segment x\"'"}
    check(
        Tables(MADRID, [{"contact_id": "a", "country": "ES"}, {"contact_id": "b", "country": '"_in_segment y"'}]), rules
    )


def test_day_that_never_was_is_passed_over_by_windows() -> None:
    apia = AsOf.of("2011-12-31", zone="Pacific/Apia")
    last_of_29th = datetime(2011, 12, 30, 9, 59, 59, tzinfo=UTC)
    early, late = ({"occurred_at": last_of_29th + timedelta(seconds=n), "kind": "call"} for n in (0, 1))
    assert told("ever('call', within => '2 days')", early, as_of=apia) is False
    assert told("ever('call', within => '3 days') and days_since('call') = 2", early, as_of=apia) is True
    assert told("ever('call', within => '1 day') and days_since('call') = 0", late, as_of=apia) is True
