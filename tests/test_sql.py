"""Expressions that users write: what is understood, what is refused, and where the message points."""

import string
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segment_lib.engine import open_connection
from segment_lib.errors import InvalidRule
from segment_lib.sql import columns_of, identifier, literal, parse_expression, point_at

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)


@pytest.mark.parametrize(
    "text",
    [
        "country in ('ES', 'PT') and total_spend > 500",
        "not (a is null or b <> 'x') and c between 1 and 2",
        "name ilike 'o''hara%'",
        '"Total spend" >= -1.5 * (b + c) / 2',
        "a = true",
    ],
)
def test_plain_expression_is_understood_and_written_back(text: str) -> None:
    tree = parse_expression(text)
    assert parse_expression(tree.sql("duckdb")) == tree


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a rule must not be empty"),
        (" \n ", "a rule must not be empty"),
        ("-- all of them", "a rule must be one expression, got 0"),
        ("a = 1; b = 2", "a rule must be one expression, got 2"),
        ("a = 1; drop table contacts", "this is not expected here"),
        ("select 1", "this is not expected here"),
        ("a > (select 1)", "a query in brackets is not allowed in a rule"),
        ("a in (select 1)", "`in` must be followed by a list in brackets"),
        ("a in b", "`in` must be followed by a list in brackets"),
        ("exists (select 1)", "`exists` is not allowed in a rule"),
        ("a = 1 union select 2", "this is not expected here"),
        ("drop table contacts", "this is not expected here"),
        ("count(*) > 1", "`count` is not allowed in a rule"),
        ("read_text('secret') = 'x'", "`anonymous` is not allowed in a rule|`readtext` is not allowed in a rule"),
        ("a::int = 1", "`cast` is not allowed in a rule"),
        ("a = $$x$$", "is not allowed in a rule"),
        ("contacts.a = 1", "a column must be named without a table: `contacts.a`"),
        ("a b", "this is not expected here"),
        ("$1 = 1", "`placeholder` is not allowed in a rule"),
        ("a = 'x", "can't understand this rule"),
        ("a = 1 and", "can't understand this rule: something is missing after this place"),
        ("a = 1 )", "can't understand this rule"),
        ("(" * 100 + "a" + ")" * 100, "a rule must be at most 60"),
        ("(" * 1900 + "a", "a rule must be at most 60"),
        ("a" + " + a" * 900, "a rule must be at most 60"),
        ("a" * 4001, "a rule must have at most 4000 characters, got 4001"),
    ],
)
def test_anything_but_one_small_expression_is_refused(text: str, message: str) -> None:
    with pytest.raises(InvalidRule, match=message):
        parse_expression(text)


def test_long_chain_of_conditions_is_not_deep() -> None:
    text = " and ".join(f"a <> {number}" for number in range(300))
    assert len(columns_of(parse_expression(text))) == 300


def test_message_points_at_the_line_of_the_fault() -> None:
    with pytest.raises(InvalidRule, match=r"(?s)can't understand this rule.*\n   and b =\n {8,}\^"):
        parse_expression("a = 1\n and b =\n")


def test_carets_stand_below_the_place_and_end_with_the_line() -> None:
    assert point_at("a = 1\nbb = 2", 6, 7) == "  bb = 2\n  ^^"
    assert point_at("abc", 1, 99) == "  abc\n   ^^"


@settings(max_examples=15)
@given(texts=st.lists(TEXTS, min_size=1, max_size=30))
def test_literals_come_back_from_the_engine_as_they_were(texts: list[str]) -> None:
    with open_connection() as connection:
        assert connection.sql(f"select {', '.join(map(literal, texts))}").fetchall() == [tuple(texts)]


@settings(max_examples=15)
@given(name=TEXTS.filter(bool))
def test_identifier_comes_back_from_the_engine_as_it_was(name: str) -> None:
    with open_connection() as connection:
        assert connection.sql(f"select 1 as {identifier(name)}").columns == [name]


@given(text=st.text(string.printable, max_size=60))
def test_any_text_is_understood_or_refused_as_a_rule(text: str) -> None:
    # Whatever else is raised fails the test: a user's text is never an error of ours.
    with suppress(InvalidRule):
        parse_expression(text)
