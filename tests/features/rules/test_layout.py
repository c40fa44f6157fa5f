"""One canonical layout of a rule: what it looks like, and that it never changes what a rule means."""

import pytest
from hypothesis import example, given
from sqlglot import exp, tokenize
from texts_of_rules import MUTATIONS, RULES, mutate

from segment_lib.errors import InvalidRule
from segment_lib.features.rules.layout import WIDTH, format_rule
from segment_lib.features.rules.reading import arguments_of, name_of_call, parts_of, read_rule
from segment_lib.sql import LONGEST

# As it is written, and as it is laid out.
LAID_OUT = {
    "country='ES'": "country = 'ES'",
    "Country IN ('ES','PT') AND Total_Spend>500": "Country in ('ES', 'PT') and Total_Spend > 500",
    "a != 1 or b == 2": "a <> 1 or b = 2",
    "EVER ( 'visit' )": "ever('visit')",
    "\"Count\"('visit') > 1": "count('visit') > 1",
    "count(where=>amount>1,within=>'9 days','visit')>1": "count('visit', within => '9 days', where => amount > 1) > 1",
    "f(then_where => a, WITHIN => '3 days')": "f(then_where => a, within => '3 days')",
    "followed_by('a','b',then_where=>x, where=>y,within=>'3 days')": "followed_by('a', 'b', within => '3 days', "
    "where => y, then_where => x)",
    "((a = 1)) and (b = 2 and (c = 3 or (d = 4)))": "a = 1 and b = 2 and (c = 3 or d = 4)",
    "(a and b) or c": "a and b or c",
    "not (a = 1)": "not a = 1",
    "not (a and b)": "not (a and b)",
    "not a in (1)": "a not in (1)",
    "not (a between 1 and 2)": "a not between 1 and 2",
    "not a not like 'x'": "not a not like 'x'",
    "a is not null and b notnull and c isnull": "a is not null and b is not null and c is null",
    "a IS NOT TRUE or b IS FALSE": "a is not true or b is false",
    "a between symmetric 2 and 1": "a between symmetric 2 and 1",
    "(a > 1) = (b > 1)": "(a > 1) = (b > 1)",
    "a > 1 is null": "(a > 1) is null",
    "a in ((1), (b = c))": "a in (1, (b = c))",
    "(a * b) + c - (d - 1) > (-(5))": "a * b + c - (d - 1) > -5",
    "a + (b + c) > 1": "a + (b + c) > 1",
    "(a + b) * 2 > -(-c)": "(a + b) * 2 > -(-c)",
    "-(a + b) < 1": "-(a + b) < 1",
    "a = 1E3 and b = 0.10 and c = .5": "a = 1E3 and b = 0.10 and c = 0.5",
    "name = 'O''Hara' and \"odd \"\"name\" = 1": "name = 'O''Hara' and \"odd \"\"name\" = 1",
    '"plain" = 1': '"plain" = 1',
    "a = 1;": "a = 1",
    "a in ()": "a in ()",
    "probably(p_alive<0.4,0.9)": "probably(p_alive < 0.4, 0.9)",
}


@pytest.mark.parametrize("text", LAID_OUT)
def test_layout_is_worked_out_by_hand(text: str) -> None:
    assert format_rule(text) == LAID_OUT[text]
    assert format_rule(LAID_OUT[text]) == LAID_OUT[text]


def test_long_rule_is_broken_before_its_joints_and_inner_groups_are_indented() -> None:
    text = (
        "country in ('ES', 'PT') and (regularly('purchase', 6) or average_order(within => '6 months') > 200 "
        "and total('purchase') > 50) and not (ever('refund') or has_label('Influencer') or has_label('Staff') or "
        "total('refund', within => '12 months') > 100)"
    )
    assert format_rule(text) == (
        "country in ('ES', 'PT')\n"
        "and (\n"
        "  regularly('purchase', 6)\n"
        "  or average_order(within => '6 months') > 200 and total('purchase') > 50\n"
        ")\n"
        "and not (\n"
        "  ever('refund')\n"
        "  or has_label('Influencer')\n"
        "  or has_label('Staff')\n"
        "  or total('refund', within => '12 months') > 100\n"
        ")"
    )


def test_long_chain_of_and_inside_or_is_indented() -> None:
    text = " and ".join(f"custom_field_number_{n} = {n}" for n in range(4)) + " or country = 'ES'"
    assert format_rule(text).split("\n") == [
        "custom_field_number_0 = 0",
        "  and custom_field_number_1 = 1",
        "  and custom_field_number_2 = 2",
        "  and custom_field_number_3 = 3",
        "or country = 'ES'",
    ]


def test_rule_of_exactly_the_width_stays_on_one_line() -> None:
    text = f"a = 1 and b = '{'x' * (WIDTH - 16)}'"
    assert len(text) == WIDTH
    assert format_rule(text) == text
    assert format_rule(text.replace("x'", "xx'")).split("\n")[0] == "a = 1"


def test_comments_stay_with_their_conditions() -> None:
    text = (
        "-- who they are\ncountry = 'ES' -- Spain\n/* or the\n   neighbours */ or (country = 'PT' -- Portugal\n"
        "-- and only there\n and city is not null) -- last\n-- the end"
    )
    assert format_rule(text).split("\n") == [
        "-- who they are",
        "country = 'ES' -- Spain",
        "-- or the",
        "-- neighbours",
        "or country = 'PT' -- Portugal",
        "  -- and only there",
        "  -- the end",
        "  and city is not null -- last",
    ]


def test_comment_in_the_middle_of_a_condition_is_kept() -> None:
    assert format_rule("not -- why\n ever(-- what\n 'visit')") == "-- why\n-- what\nnot ever('visit')"
    assert format_rule("a = -- value\n 1") == "a = 1 -- value"
    assert format_rule("a between 1 -- low\n and 2 or b") == "a between 1 and 2 -- low\nor b"


def test_dashes_in_a_text_are_no_comment() -> None:
    assert format_rule("a = '-- x' and b = '/*'") == "a = '-- x' and b = '/*'"


@pytest.mark.parametrize("text", ["a = b = c", "a = not b", "1 + not a", "a between (b) and c < 1 = d"])
def test_what_could_be_read_in_two_ways_is_refused(text: str) -> None:
    with pytest.raises(InvalidRule, match="must stand in brackets"):
        format_rule(text)


def test_faults_are_those_of_the_parser() -> None:
    with pytest.raises(InvalidRule, match="must not be empty"):
        format_rule(" ")
    with pytest.raises(InvalidRule, match="a query in brackets is not allowed"):
        format_rule("a > (select 1)")
    with pytest.raises(InvalidRule, match="half of a character"):
        format_rule("a = '\ud800'")


def test_rule_that_would_grow_too_long_is_refused() -> None:
    text = "a=1or " * 600 + "a=1"
    assert len(text) <= LONGEST
    with pytest.raises(InvalidRule, match="laid out it has"):
        format_rule(text)


def test_chain_of_hundreds_and_sixty_brackets_are_laid_out() -> None:
    chain = " and ".join(["a = 1"] * 350)
    assert format_rule(chain) == chain.replace(" and ", "\nand ")
    deep = "not (" * 28 + "a and b" + ")" * 28
    assert format_rule(deep) == "not " * 27 + "not (a and b)"


# Properties


def _meaning(node: exp.Expr) -> object:
    """A tree without brackets, the nesting of chains, the order of options and capitals of functions."""
    node = node.unnest()
    if isinstance(node, exp.And | exp.Or):
        return (node.key, *(_meaning(part) for part in parts_of(node)))
    if isinstance(node, exp.Count | exp.Anonymous):
        plain, named = arguments_of(node)
        return (name_of_call(node), [_meaning(a) for a in plain], sorted([n, repr(_meaning(v))] for n, v in named))
    if isinstance(node, exp.Like | exp.ILike) and node.args.get("negate"):
        return ("not", (node.key, _meaning(node.this), _meaning(node.expression)))
    parts = {
        name: _meaning(value)
        if isinstance(value, exp.Expr)
        else [_meaning(v) for v in value]
        if isinstance(value, list)
        else value
        for name, value in node.args.items()
        if value not in (None, [], False)
    }
    return (node.key, *(parts.values() if node.key in ("not", "like", "ilike") else parts.items()))


def _words(text: str) -> list[str]:
    comments = [comment for token in tokenize(text, dialect="duckdb") for comment in token.comments]
    return sorted(line.strip() for comment in comments for line in comment.replace("\r", "\n").strip().split("\n"))


def _check(text: str) -> None:
    try:
        tree = read_rule(text)
        laid_out = format_rule(text)
    except InvalidRule:
        return
    assert _meaning(read_rule(laid_out)) == _meaning(tree)
    assert format_rule(laid_out) == laid_out
    assert [w for w in _words(laid_out) if w] == [w for w in _words(text) if w]


@given(RULES)
@example("'two\nlines' or -- words\n a")
def test_layout_changes_no_meaning_and_is_stable(text: str) -> None:
    _check(text)


@given(RULES, MUTATIONS)
def test_layout_of_mutated_texts_changes_no_meaning_and_is_stable(
    text: str, mutations: list[tuple[int, int, str]]
) -> None:
    _check(mutate(text, mutations))
