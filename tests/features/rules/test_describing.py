"""A rule as a sentence: read aloud by hand, in both languages, and never a crash."""

import re
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from texts_of_rules import MUTATIONS, RULES, mutate

from segment_lib.errors import InvalidOption, InvalidRule
from segment_lib.features import CATALOGUE
from segment_lib.features.predicted import LIFETIME_COLUMNS
from segment_lib.features.rules.describing import describe
from segment_lib.features.rules.functions import FUNCTIONS
from segment_lib.features.rules.names_of_columns import CONTACT_COLUMNS, INTERACTION_COLUMNS, KINDS, RELATIONSHIPS
from segment_lib.features.rules.names_of_features import FEATURES, SAME_AS
from segment_lib.features.rules.nouns import LANGUAGES, Language, read_noun
from segment_lib.features.rules.phrases import PHRASES
from segment_lib.features.rules.reading import read_rule
from segment_lib.loading.suggesting.word_values import KINDS as KINDS_OF_FILES
from segment_lib.vocabulary import CONTACTS, INTERACTIONS
from segment_lib.vocabulary import RELATIONSHIPS as ALL_RELATIONSHIPS

# Rule, English, Spanish; read aloud by hand.
SENTENCES = [
    tuple(block.split("\n"))
    for block in (Path(__file__).parent / "sentences.txt").read_text(encoding="utf-8").strip().split("\n\n")
]
ENGLISH_WORDS = re.compile(r"\b(who|whose|the|in the|last|orders?|days?|than|and|or|is|are|have|with)\b")


@pytest.mark.parametrize(("rule", "english", "spanish"), SENTENCES)
def test_sentences_are_as_read_aloud(rule: str, english: str, spanish: str) -> None:
    assert describe(rule) == english
    assert describe(rule, language="es") == spanish


def test_there_are_sentences_for_every_function_and_operator() -> None:
    rules = " ".join(rule for rule, _, _ in SENTENCES)
    assert [f.name for f in FUNCTIONS if f"{f.name}(" not in rules] == []
    operators = ["=", "<>", "<", "<=", ">", ">=", "in (", "not in (", "between", "not between", "like", "ilike",
                 "is null", "is not null", "is true", "is not true", "is not false", "+", "-", "*", "/", "not (",
                 "until =>", "within =>", "where =>", "then_where =>"]  # fmt: skip
    assert [operator for operator in operators if operator not in rules] == []


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_function_has_words_of_its_own(function: object, language: Language) -> None:
    example = function.example  # type: ignore[attr-defined]
    for rule in (example, f"not ({example})"):
        sentence = describe(rule, language=language)
        assert "“" not in sentence
        assert "«" not in sentence


def test_every_phrase_is_there_in_both_languages_with_the_same_parts() -> None:
    # Endings, articles and forms of a noun are of one language alone.
    forms = {"o", "a", "el", "ningún", "singular", "plural", "noun", "nouns", "done", "did", "p", "n"}
    for key, phrases in PHRASES.items():
        assert set(phrases) == set(LANGUAGES), key
        used = {
            language: {name for _, name, _, _ in string.Formatter().parse(text) if name}
            for language, text in phrases.items()
        }
        assert used["en"] - forms == used["es"] - forms, key


def test_everything_standard_has_a_name_in_both_languages() -> None:
    assert set(CONTACT_COLUMNS) == {column.name for column in CONTACTS}
    assert set(INTERACTION_COLUMNS) == {column.name for column in INTERACTIONS}
    assert set(RELATIONSHIPS) == set(ALL_RELATIONSHIPS)
    assert set(KINDS) == {"any", *KINDS_OF_FILES.values()}
    features = {feature.name for feature in CATALOGUE} | {column.name for column in LIFETIME_COLUMNS}
    assert set(FEATURES) | set(SAME_AS) == features
    assert set(FEATURES).isdisjoint(SAME_AS)
    for names in (CONTACT_COLUMNS, INTERACTION_COLUMNS, RELATIONSHIPS, KINDS):
        for name, nouns in names.items():
            assert set(nouns) == set(LANGUAGES), name
            assert all(read_noun(noun).singular for noun in nouns.values()), name


@pytest.mark.parametrize("name", sorted(SAME_AS))
def test_feature_that_is_a_call_is_named_as_the_catalogue_means_it(name: str) -> None:
    formula = {feature.name: feature.formula for feature in CATALOGUE}[name]
    call = SAME_AS[name]
    kind = re.search(r"'(\w+)'", call)
    if kind and kind[1] not in ("any", "purchase"):
        assert kind[1] in formula or f"{kind[1]}_at" in formula
    for window in re.findall(r"'(\d+ days)'", call):
        assert window in formula or f"{window.split()[0]}d" in formula


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_feature_and_column_makes_sentences(language: Language) -> None:
    columns = [*(feature.column for feature in CATALOGUE), *LIFETIME_COLUMNS, *CONTACTS]
    for column in columns:
        for condition in ("> 2", "= 1", "in (1, 2)", "not between 1 and 3", "is null", "= 'x'", "> '2026-01-31'"):
            sentence = describe(f"{column.name} {condition}", language=language)
            assert "_" not in sentence
            if language == "es":
                assert not ENGLISH_WORDS.search(sentence.replace("NPS", "")), sentence


def test_number_of_a_noun_follows_the_number() -> None:
    for rule, words in {
        "count('visit') = 1": "exactly one visit.",
        "count('visit') > 1": "more than one visit.",
        "count('visit') <= 2": "at most 2 visits.",
        "count('visit') between 0 and 1": "between 0 and 1 visits.",
        "days_since('visit') = 1": "was 1 day ago.",
        "count('visit', within => '1 week') >= 1": "at least one visit in the last week.",
        "count('visit', within => '1 day') = 0": "no visits in the last day.",
    }.items():
        assert describe(rule).endswith(words)


def test_gender_of_a_noun_shows_in_spanish() -> None:
    for rule, words in {
        "count('visit') = 1": "exactamente una visita.",
        "count('call', within => '2 weeks') = 0": "no han tenido ninguna llamada en las últimas 2 semanas.",
        "count('call', within => '1 year') = 0": "no han tenido ninguna llamada en el último año.",
        "days_since_first('visit') < 3": "cuya primera visita fue hace menos de 3 días.",
        "smallest('purchase') < 3": "cuyo pedido más pequeño es de menos de 3.",
        "stopped('call', '1 week')": "han tenido llamadas, pero ninguna en la última semana.",
    }.items():
        assert describe(rule, language="es").endswith(words)


def test_spanish_o_changes_before_its_own_sound() -> None:
    assert describe("country in ('PT', 'HN')", language="es").endswith("en Portugal u Honduras.")
    assert describe("household_size in (7, 8)", language="es").endswith("7 u 8.")
    assert describe("household_size in (7, 110)", language="es").endswith("7 o 110.")


def test_names_of_a_workspace_are_used() -> None:
    names = {"training": "sesión de formación", "vip_level": "categoría de cliente", "total_spend": "facturación"}
    assert describe("count('training') > 2 and vip_level = 'Gold' and total_spend > 5", language="es", names=names) == (
        "Contactos que han tenido más de 2 sesiones de formación, cuya categoría de cliente es Gold y cuya facturación "
        "es de más de 5."
    )
    assert describe("ever('training') and is_vip", names={"training": "course", "is_vip": "important"}) == (
        "Contacts who have had a course and are marked as important."
    )


def test_unknown_names_are_read_with_blanks() -> None:
    assert describe("count('safety_training') >= 2 or vip_level is null") == (
        "Contacts who either have had at least 2 safety trainings or have no vip level."
    )
    assert describe('"odd {name}" = 1') == "Contacts whose odd {name} is 1."


def test_texts_are_told_on_one_line() -> None:
    assert describe("city = 'New\n  York'") == "Contacts who are in New York."
    assert describe("city = ''") == "Contacts whose town is an empty text."


def test_same_condition_twice_is_told_once() -> None:
    assert describe("ever('visit') and (count('visit') > 0 and ever('visit'))") == (
        "Contacts who have made a visit and have made at least one visit."
    )


def test_groups_inside_groups_can_be_told_apart() -> None:
    a, b, c, d, e = (f"has_label('{name}')" for name in "ABCDE")
    assert describe(f"({a} or {b}) and {c}") == (
        "Contacts who either are labelled A or are labelled B; and who are labelled C."
    )
    assert (
        describe(f"{a} or {b} and {c}") == "Contacts who either are labelled A; or are labelled B and are labelled C."
    )
    assert describe(f"({a} or {b}) and ({c} or {d})") == (
        "Contacts who either are labelled A or are labelled B; and who either are labelled C or are labelled D."
    )
    assert describe(f"({a} and ({b} or {c})) or ({d} and {e})") == (
        "Contacts who either both are labelled A, and either are labelled B or are labelled C; "
        "or are labelled D and are labelled E."
    )
    assert describe(f"not ({a} and {b}) and not ({c} or {d})") == (
        "Contacts who either are not labelled A or are not labelled B; who are not labelled C; "
        "and who are not labelled D."
    )


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("country = ", "something is missing"),
        ("conut('visit') > 1", "can't find a function `conut`.*Did you mean `count`"),
        ("count('visit', within => 'soon') > 1", "must look like '90 days'"),
        ("stopped('visit', 'soon')", "must look like '90 days'"),
        ("a = b = c", "must stand in brackets"),
        ("", "must not be empty"),
    ],
)
def test_bad_rules_are_refused(rule: str, message: str) -> None:
    with pytest.raises(InvalidRule, match=message):
        describe(rule)


def test_other_languages_are_refused() -> None:
    with pytest.raises(InvalidOption, match="language"):
        describe("a = 1", language="de")  # type: ignore[arg-type]


def test_long_and_deep_rules_are_told() -> None:
    assert describe(" and ".join(f"a = {n}" for n in range(250))).count("whose a is") == 250
    assert describe("not (" * 28 + "a = 1 or b = 2" + ")" * 28).startswith("Contacts either whose a is 1")


# Properties

NAMED = [*SAME_AS, *FEATURES, *CONTACT_COLUMNS, "custom_field", '"odd {name}"']
CALLS = st.sampled_from([function.example for function in FUNCTIONS])
VALUES = st.sampled_from(
    ["0", "1", "2", "-3", "0.5", "1e20", "'x'", "'2026-01-31'", "'%a'", "''", "'{n}'", "a * 2", "null"]
)
COMPARED = st.one_of(
    st.tuples(st.sampled_from(["=", "<>", "<", ">=", "like", "not ilike"]), VALUES).map(lambda x: f" {x[0]} {x[1]}"),
    st.tuples(st.sampled_from(["between", "not between"]), VALUES, VALUES).map(lambda x: f" {x[0]} {x[1]} and {x[2]}"),
    st.tuples(st.sampled_from(["in", "not in"]), VALUES, VALUES).map(lambda x: f" {x[0]} ({x[1]}, {x[2]})"),
    st.sampled_from([" is null", " is not null", " is true", " is not false"]),
)
CONDITIONS = st.recursive(
    st.one_of(CALLS, st.tuples(st.sampled_from(NAMED), COMPARED).map("".join),
              st.tuples(CALLS.map(lambda call: f"({call})"), COMPARED).map("".join)),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda x: f"({x[0]}) {x[1]} ({x[2]})"),
        inner.map(lambda x: f"not ({x})"),
    ),
    max_leaves=6,
)  # fmt: skip


def _is_a_sentence(rule: str) -> None:
    for language, start in (("en", "Contacts "), ("es", "Contactos ")):
        sentence = describe(rule, language=language)  # type: ignore[arg-type]
        assert sentence.startswith(start)
        assert sentence.endswith(".")
        assert "\n" not in sentence
        assert "  " not in sentence


@given(CONDITIONS)
def test_every_rule_becomes_a_sentence(rule: str) -> None:
    _is_a_sentence(rule)


@given(RULES, MUTATIONS)
def test_what_parses_becomes_a_sentence_and_all_else_is_a_fault_of_the_rule(
    text: str, mutations: list[tuple[int, int, str]]
) -> None:
    mutated = mutate(text, mutations)
    try:
        read_rule(mutated)
        _is_a_sentence(mutated)
    except InvalidRule:
        return
