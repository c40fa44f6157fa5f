"""Rules: what they say is what they select, and nothing but conditions gets through."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from segment_lib.asof import AsOf
from segment_lib.errors import InvalidDefinition, InvalidRule
from segment_lib.features import build_features
from segment_lib.segments import CompiledRule, compile_rule, evaluate_views, needed_features
from segment_lib.vocabulary import INTERACTIONS, ColumnType, arrow_schema

AS_OF = AsOf.of("2026-10-31", zone="Europe/Madrid")
COLUMNS: dict[str, ColumnType] = {
    "country": "text",
    "spend": "number",
    "kids": "integer",
    "born": "date",
    "seen": "timestamp",
    "agreed": "boolean",
    "relationships": "text list",
    'odd "name"': "number",
}
INTERACTION_COLUMNS: dict[str, ColumnType] = {column.name: column.type for column in INTERACTIONS}
PEOPLE_SCHEMA = pa.schema(
    [
        ("contact_id", pa.string()),
        ("country", pa.string()),
        ("spend", pa.float64()),
        ("kids", pa.int64()),
        ("born", pa.date32()),
        ("seen", pa.timestamp("us", tz="UTC")),
        ("agreed", pa.bool_()),
        ("relationships", pa.list_(pa.string())),
        ('odd "name"', pa.float64()),
    ]
)
Row = dict[str, Any]


def compiled(text: str) -> CompiledRule:
    return compile_rule(text, columns=COLUMNS, interaction_columns=INTERACTION_COLUMNS)


def select(
    rules: Mapping[str, CompiledRule],
    people: list[Row],
    interactions: Sequence[Row] = (),
    as_of: AsOf = AS_OF,
) -> dict[str, list[bool | None]]:
    """What each rule says of each contact, in order of `contact_id`."""
    features = build_features(
        pa.Table.from_pylist(list(interactions), schema=arrow_schema(INTERACTIONS)),
        as_of=as_of,
        contacts=pa.Table.from_pylist(people, schema=PEOPLE_SCHEMA),
        features=needed_features(rules),
    )
    return {name: column for name, column in evaluate_views(features, rules).to_pydict().items() if name in rules}


def answer(text: str, *, interactions: Sequence[Row] = (), as_of: AsOf = AS_OF, **person: object) -> bool | None:
    """What a rule says of one contact."""
    return select({"x": compiled(text)}, [{"contact_id": "a", **person}], interactions, as_of)["x"][0]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def happened(when: str, kind: str, **more: object) -> Row:
    return {"contact_id": "a", "occurred_at": at(when), "kind": kind, **more}


# Examples, by hand.


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("country in ('ES', 'PT') and spend > 500", True),
        ("country = 'PT' or country = 'ES' and spend < 5", False),
        ("(country = 'ES' or country = 'PT') and not kids = 3", True),
        ("country not in ('PT', 'FR')", True),
        ("country ilike 'e_' and country not like 'e_'", True),
        ("born between '1990-01-01' and '1990-12-31'", True),
        ("seen = '2026-10-31'", True),
        ("agreed is false and not agreed", True),
        ("has_relationship('client') and not has_relationship('supplier')", True),
        ("spend - 100 * kids / 2 = 500", True),
        ("-spend < -500", True),
        ('"odd ""name""" = 7', True),
        ("kids / (kids - 2) > 0", None),
        ("kids / 0 > 1 or kids / 0 <= 1", None),
        ("null is null", True),
        ("true and null", None),
        ("COUNT('call') = 0 AND NOT EVER('call')", True),
    ],
)
def test_rule_reads_as_sql(text: str, expected: bool | None) -> None:
    assert (
        answer(
            text,
            country="ES",
            spend=600.0,
            kids=2,
            born=date(1990, 6, 1),
            seen=at("2026-10-30T23:30"),  # half past midnight of the 31st
            agreed=False,
            relationships=["client", "debtor"],
            **{'odd "name"': 7.0},
        )
        is expected
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("country = 'ES'", None),
        ("country <> 'ES'", None),
        ("not country = 'ES'", None),
        ("country = 'ES' or spend is null", True),
        ("country = 'ES' and spend is not null", False),
        ("agreed", None),
        ("agreed is true", False),
        ("has_relationship('client')", None),
        ("days_since('call') > 30", None),
        ("count('call') = 0", True),
        ("not ever('call')", True),
        ("total('purchase') = 0", True),
    ],
)
def test_what_is_empty_is_unknown_and_what_never_happened_is_zero(text: str, expected: bool | None) -> None:
    assert answer(text) is expected


def test_share_of_nothing_is_unknown_not_more_than_half() -> None:
    assert answer("total('refund') / total('purchase') > 0.5") is None
    assert answer("count('call', where => amount / quantity > 5) > 0", interactions=[
        happened("2026-10-01T12:00", "call", amount=0.0, quantity=0.0)]) is False  # fmt: skip


def test_rows_of_one_order_count_once_and_rows_without_an_order_each() -> None:
    rows = [
        happened("2026-10-01T12:00", "purchase", order_id="1", amount=10.0),
        happened("2026-10-01T12:00", "purchase", order_id="1", amount=5.0),
        happened("2026-10-02T12:00", "purchase", amount=1.0),
        happened("2026-10-02T12:00", "purchase", amount=1.0),
    ]
    assert answer("count('purchase') = 3 and count('any') = 4 and total('purchase') = 17", interactions=rows) is True


def test_instants_compare_with_days_by_the_local_day() -> None:
    half_past_midnight = at("2026-10-30T23:30")
    assert answer("seen < '2026-10-31'", seen=half_past_midnight) is False
    assert answer("seen <= '2026-10-31'", seen=half_past_midnight) is True
    assert answer("'2026-10-30' < seen and seen in ('2026-10-31')", seen=half_past_midnight) is True
    assert answer("born = seen", born=date(2026, 10, 31), seen=half_past_midnight) is True
    assert answer("seen >= '2026-10-31'", seen=half_past_midnight, as_of=AsOf.of("2026-10-31")) is False
    rows = [happened("2026-10-30T23:30", "call")]
    assert answer("ever('call', where => occurred_at = '2026-10-31')", interactions=rows) is True


def test_kinds_and_filters_may_hold_quotes_and_our_own_words() -> None:
    rows = [happened("2026-10-01T12:00", kind, subject="money(x)") for kind in ("o'brien", "as_of_day", "x') or (1=1")]
    assert answer("count('o''brien') = 1", interactions=rows) is True
    assert answer("count('as_of_day') = 1 and ever('x'') or (1=1')", interactions=rows) is True
    assert answer("count('any', where => subject = 'money(x)') = 3", interactions=rows) is True
    assert answer("count('any', where => subject = 'in_last(''1 day'')') = 0", interactions=rows) is True
    assert answer("count('nobody'' or ''1''=''1') = 0", interactions=rows) is True


def test_comments_are_left_out() -> None:
    rule = compiled("spend > 5 /* or true */ -- and so on")
    assert rule.condition == "spend > 5"
    inside = compiled("count('call', where => category = 'x' /* or true */) > 1")
    assert "or true" not in inside.features[0].sql.lower()
    assert answer("spend > 5 -- or true", spend=1.0) is False


def test_one_call_written_twice_is_one_feature() -> None:
    rule = compiled("count('call', within => '90 days') > 1 or COUNT('call', within => '90 day') < 5")
    assert len(rule.features) == 1
    other = compiled("count('call', within=>'90 Days') > 7")
    assert needed_features({"a": rule, "b": other}) == list(rule.features)
    assert rule.features == other.features


def test_compiled_rule_names_its_columns() -> None:
    rule = compiled("country = 'ES' and seen > '2026-01-01' and ever('call')")
    assert {name for name in rule.columns if name in COLUMNS} == {"country", "seen"}


# Faults.

FAULTS = [
    ("", "must not be empty"),
    ("   ", "must not be empty"),
    ("contry = 'ES'", r"can't find a column `contry`. Did you mean `country`\?\n  contry = 'ES'\n  \^{6}$"),
    ("spend > 5 and cuontry = 'ES'", r"Did you mean `country`\?\n  spend.*\n {16}\^{7}$"),
    ("spend > 5\nand cuontry = 'ES'", r"Did you mean `country`\?\n  and cuontry = 'ES'\n {6}\^{7}$"),
    ("COUNTRY = 'ES'", "can't find a column `COUNTRY`. Did you mean `country`"),
    ('country = "ES"', "can't find a column `ES`. A text stands in single quotes: 'ES'"),
    ("country = 'evr' and evr('x')", r"can't find a function `evr`.*mean `ever`\?\n  country.*\n {22}\^{3}$"),
    ("count('call', where => categry = 'x') > 1", r"`categry`. Did you mean `category`\?\n.*\n {25}\^{7}$"),
    ("count('call', whithin => '90 days') > 1", "`until` and `where`, each once, got `whithin`.*mean `within`"),
    ("count('call', within => '1 day', within => '90 days') > 1", "each once, got one twice"),
    ("count('call', within => 90) > 1", "must be a window in quotes such as '90 days', got `90`"),
    ("count('call', within => '90 fortnights') > 1", "a window must look like '90 days'"),
    ("count('call', within => '0 days') > 1", "a window must look like '90 days'"),
    ("count('call', within => '99999 years') > 1", "a window must begin after the year 1, got '99999 years'"),
    ("count() > 1", "must be given one name in quotes first"),
    ("count('') > 1", "must be given one name in quotes first"),
    ("count(country) > 1", "must be given one name in quotes first"),
    ("count('a', 'b') > 1", "takes no more than that"),
    ("count(null) > 1", "must be given one name in quotes first"),
    ("count('call', where => amount) > 1", "`where` must be a condition"),
    ("count('call', where => ever('x')) > 1", "is not allowed in a rule"),
    ("has_relationship('clinet')", "must be given one of prospect, client"),
    ("has_relationship('client', within => '90 days')", "takes no options, got `within`"),
    ("spend > 5 and within => 3", "can't understand this rule"),
    ("spend", "must be a condition that is true or false, got a number"),
    ("'ES'", "must be a condition that is true or false, got a text"),
    ("null", "must be a condition that is true or false, got a nothing"),
    ("count('call')", "must be a condition that is true or false, got a number"),
    ("country > 5", r"only like compares with like: `country` is a text and `5` a number.\n  country > 5\n  \^{7}$"),
    ("kids = 1 and country = 'x' and spend = 'y'", r"`spend` is a number and `'y'` a text.\n.*\n {33}\^{5}$"),
    ("kids > 1 and count('call') = 'x'", r"`count\('call'\)` is a number and `'x'` a text.\n.*\n {15}\^{5}$"),
    ("relationships = 'client'", "only like compares with like: `relationships` is a list"),
    ("country = null", "nothing equals null; write `country is null`"),
    ("country in ('ES', null)", "nothing equals null"),
    ("spend in ()", "`in` must be followed by at least one value"),
    ("country in 'ES'", "`in` must be followed by a list in brackets"),
    ("country + 1 > 2", "sums and products are of numbers; `country` is a text"),
    ("-country > 2", "a minus stands before numbers"),
    ("not kids", r"`not` turns a condition round; `kids` is a number.\n  not kids\n {6}\^{4}$"),
    ("kids and agreed", "`and` joins conditions; `kids` is a number"),
    ("kids like '1%'", "`like` compares texts"),
    ("born > 'yesterday'", "a day must look like '2026-10-31', got 'yesterday'"),
    ("born > '20261031'", "a day must look like '2026-10-31', got '20261031'"),
    ("born > '2026-W44-6'", "a day must look like '2026-10-31', got '2026-W44-6'"),
    ("seen between '2026-01-01' and '2026-02-30'", "a day must look like '2026-10-31', got '2026-02-30'"),
    ("spend is 5", "`is` must be followed by null, true or false"),
    ("country is country", "`is` must be followed by null, true or false"),
    ("spend is true", "`is true` and `is false` are of conditions; `spend` is a number"),
    ("kids = 1 = agreed", "a comparison inside another one must stand in brackets: `kids = 1`"),
    ("1 < kids < 5", "a comparison inside another one must stand in brackets: `1 < kids`"),
    ("kids > 1 >", "can't understand this rule"),
    ("country = 'a' and", "can't understand this rule"),
    ("(((kids > 1", "can't understand this rule"),
    ("'a", "can't understand this rule"),
    ("kids > 1 kids < 5", "can't understand this rule|two things side by side"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), FAULTS)
def test_fault_is_told_at_its_place(text: str, said: str) -> None:
    with pytest.raises(InvalidRule, match=said):
        compiled(text)


DANGEROUS = [
    # queries and tables
    "spend > (select 1)", "country in (select country from contacts)", "exists (select 1)", "(select true)",
    "select true", "from contacts", "spend > 5 union select 1", "with a as (select 1) select * from a",
    "true; drop table contacts", "true; true", "spend > any(select 1)", "values (true)", "contacts.spend > 5",
    "main.contacts.spend > 5", "*", "columns(*) > 5", "#1 > 5",
    # statements
    "drop table contacts", "delete from contacts", "insert into contacts values (1)", "update contacts set spend = 1",
    "create table x as select 1", "copy contacts to 'x.csv'", "attach 'x.db'", "pragma version", "set threads = 1",
    "install httpfs", "load httpfs", "call x()", "describe contacts", "explain select 1", "export database 'x'",
    # functions
    "read_csv('x.csv')", "read_text('x') = 'x'", "getenv('HOME') = 'x'", "current_setting('x') = 'y'", "now() > seen",
    "today() > born", "current_date > born", "random() > 0.5", "coalesce(spend, 0) > 1", "if(true, true, false)",
    "case when true then true end", "upper(country) = 'ES'", "list_contains(relationships, 'client')", "sum(spend) > 1",
    "as_of_day > born", "day_of(seen) > born", "money(spend) > 1", "count(*) > 1", "count(distinct 'call') > 1",
    "count('call') over () > 1", "count('call') filter (where true) > 1", "count('call' order by 1) > 1",
    # casts and other types
    "country::integer > 1", "cast(spend as text) = '1'", "try_cast(spend as text) = '1'", "date '2026-01-01' < born",
    "interval '1 day' = 1", "[1, 2] = 3", "{'a': 1} = 3", "country[1] = 'E'", "(1, 2) = (1, 2)", "row(1) = 1",
    "lambda x: x", "x -> 5", "x'41' = country", "e'\\x41' = country", "$$ES$$ = country",
    # operators that are not spoken of
    "country || 'x' = 'y'", "kids % 2 = 0", "kids // 2 = 0", "kids ** 2 = 4", "kids & 1 = 1", "country ~ 'x'",
    "country similar to 'x'", "country glob 'x'", "country is distinct from 'x'", "country collate nocase = 'x'",
    "country like 'a' escape 'b'", "kids << 1 = 2", "not kids ! = 1",
    # parameters and what hides
    "? = 1", "$1 = 1", ":a = 1", "@spend > 1", "spend > 5 as x", "spend > 5, true", "spend > 5 limit 1",
    "-- spend > 5", "/* true */", "\x00", "\ud800", "count('\ud800') > 1", "spend\u2003> \uff15", "t\u043eue",
    "`spend` > 5",
]  # fmt: skip


@pytest.mark.parametrize("text", DANGEROUS, ids=ascii)
def test_what_is_no_condition_is_refused(text: str) -> None:
    with pytest.raises(InvalidRule, match=r"\w"):
        compiled(text)


def test_too_long_a_rule_is_refused() -> None:
    assert compiled("spend > 5" + " " * 3991)
    with pytest.raises(InvalidRule, match="at most 4000 characters, got 4001"):
        compiled("spend > 5" + " " * 3992)


@pytest.mark.parametrize("deep", ["(" * 61 + "true" + ")" * 61, "not " * 70 + "true", "- " * 70 + "5 > 3", "(" * 1900])
def test_too_deep_a_rule_is_refused(deep: str) -> None:
    with pytest.raises(InvalidRule, match=r"at most 60|can't understand"):
        compiled(deep)


@pytest.mark.parametrize("word", ["and", "or"])
def test_chain_of_hundreds_of_conditions_is_flat(word: str) -> None:
    chain = f" {word} ".join(["kids = 1"] * 300)
    assert answer(chain, kids=1) is True
    with pytest.raises(InvalidRule, match="is a number and `'x'` a text"):
        compiled(f"{chain} {word} kids = 'x'")


def test_product_beyond_every_number_names_its_rule() -> None:
    features = pa.table({"contact_id": ["a"], "kids": [3]})
    rules_of_two = {
        "Fine": compiled("kids = 3"),
        "Huge": compiled("kids * 9223372036854775807 * 9223372036854775807 > 0"),
    }
    with pytest.raises(InvalidDefinition, match=r"^Huge: can't be computed: Out of Range"):
        evaluate_views(features, rules_of_two)


WORDS = [
    "spend", "kids", "country", "born", "seen", "agreed", "relationships", "5", "0", "0.5", "-", "'ES'", "'2026-10-31'",
    "'90 days'", "null", "true", "false", "and", "or", "not", "is", "in", "between", "like", "=", "<>", ">", "<=", "+",
    "*", "/", "(", ")", ",", "count(", "total(", "days_since(", "ever(", "has_relationship('client')", "'call'",
    "within => '90 days'", "where =>", "=>", "amount > 1", "category", "--", "/*", "*/", ";", '"', "select", "::", ".",
]  # fmt: skip


@settings(max_examples=150)
@given(words=st.lists(st.sampled_from(WORDS), min_size=1, max_size=9))
@example(words=["not", "agreed", "is", "null"])
@example(words=["kids", "between", "5", "and", "5", "is", "null"])
@example(words=["agreed", "=", "not", "agreed"])
def test_any_words_are_refused_or_can_be_computed(words: list[str]) -> None:
    try:
        rule = compiled(" ".join(words))
    except InvalidRule:
        return
    assert select({"x": rule}, [{"contact_id": "a", "kids": 1}])["x"][0] in (True, False, None)


@settings(max_examples=100)
@given(text=st.text(max_size=40))
def test_any_text_is_refused_or_understood(text: str) -> None:
    try:
        rule = compiled(text)
    except InvalidRule:
        return
    assert isinstance(rule, CompiledRule)
