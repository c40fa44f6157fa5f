"""Any text at all is a rule or is refused: in time, without an error of the engine, and without anything being done."""

import random
from collections.abc import Sequence
from pathlib import Path
from time import process_time

import pytest
from rule_corpus import CORPUS, CORPUS_TABLES
from rule_strategies.choices import Choices
from rule_strategies.mutations import choose_text
from rule_tables import Tables, compiled, library_answers

from segment_lib.errors import InvalidDefinition
from segment_lib.features.rules import FUNCTIONS, CompiledRule

RULES = [*(text for text in CORPUS.values() if "in_segment" not in text), *(function.example for function in FUNCTIONS)]
# Seconds of processor time that a text may take; a promise to whoever types, not a measure of speed.
LONGEST = 1.0
TOGETHER = 60
TABLES = Tables(
    CORPUS_TABLES[0].as_of, CORPUS_TABLES[0].contacts[:3], CORPUS_TABLES[0].interactions[:14], CORPUS_TABLES[0].labels
)


def understood(text: str) -> CompiledRule | None:
    """The rule, if it is one; refused means by an error of rules and by no other."""
    try:
        return compiled({"rule": text})["rule"]
    except InvalidDefinition:
        return None


def evaluate(rules: Sequence[CompiledRule]) -> None:
    """Evaluate rules together, and one by one where that fails: but for a number beyond all others, none does."""
    named = {f"rule {place}": rule for place, rule in enumerate(rules)}
    try:
        library_answers(TABLES, named)
    except Exception:
        for name, rule in named.items():
            try:
                library_answers(TABLES, {name: rule})
            except InvalidDefinition:
                pass
            except Exception as error:
                raise AssertionError(f"compiled, but cannot be evaluated: {rule.text!r}") from error


def check_texts(seed: int, many: int) -> None:
    """Compile so many texts and evaluate those that are rules."""
    choices = Choices(random.Random(seed).randrange)
    slowest, found = (0.0, ""), dict[str, CompiledRule]()
    for _ in range(many):
        text = choose_text(choices, RULES)
        begun = process_time()
        rule = understood(text)
        slowest = max(slowest, (process_time() - begun, text))
        if rule is not None:
            found[rule.condition + repr(rule.features)] = rule
    assert slowest[0] < LONGEST, f"{slowest[0]:.2f} seconds: {slowest[1]!r}"
    rules = list(found.values())
    # Most of what was changed is still a rule or is none; either alone would test little.
    assert 0.02 * many < len(rules) < 0.9 * many
    for start in range(0, len(rules), TOGETHER):
        evaluate(rules[start : start + TOGETHER])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in that holds one file which no rule may read, beside which none may appear."""
    (tmp_path / "secret.csv").write_text("secret\n1\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def check_untouched(folder: Path) -> None:
    """Nothing was written, and the tables are what they were."""
    assert [path.name for path in folder.iterdir()] == ["secret.csv"]
    assert (folder / "secret.csv").read_text() == "secret\n1\n"


def test_any_text_is_a_rule_or_refused(folder: Path) -> None:
    before = TABLES.arrow
    check_texts(2, 20_000)
    check_untouched(folder)
    assert TABLES.arrow == before


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3, 7))
def test_a_hundred_thousand_texts_are_rules_or_refused(folder: Path, seed: int) -> None:
    check_texts(seed, 20_000)
    check_untouched(folder)


BOMBS = {
    "brackets": "(" * 1_990 + "true" + ")" * 1_990,
    "open brackets": "(" * 4_000,
    "closed brackets": ")" * 4_000,
    "open calls": "count(" * 660,
    "calls in calls": "count('any', where => " * 150 + "true" + ") > 1" * 100,
    "parts of parts": "top_percent(" * 250 + "income" + ", 10)" * 180,
    "not": "not " * 990 + "agreed",
    "not in brackets": "not (" * 600 + "agreed" + ")" * 600,
    "minus": "-" * 3_900 + "income > 5",
    "minus apart": "- " * 1_900 + "income > 5",
    "sum": "+".join(["kids"] * 780) + " > 5",
    "sum of one letter": "a+" * 1_990 + "a",
    "product": " * ".join(["1.5"] * 650) + " > income",
    "quotient": " / ".join(["kids"] * 560) + " > 1",
    "and": " and ".join(["kids = 1"] * 300),
    "and or": " and agreed or ".join(["kids = 1"] * 170),
    "is true": "agreed" + " is true" * 480,
    "is true in brackets": "(" * 300 + "agreed" + " is true)" * 300,
    "is null in brackets": "(" * 390 + "kids" + " is null)" * 390,
    "compared": " = ".join(["kids"] * 560),
    "in": "kids in (" + ", ".join(str(n) for n in range(800)) + ")",
    "between": "kids between " + " and ".join(["1"] * 600),
    "quotes": "'" * 3_999,
    "quotes of a text": "country = '" + "''" * 1_990 + "'",
    "like": "country like '" + "%a" * 1_900 + "'",
    "open likes": "country like '" + "%" * 3_900 + "'",
    "name": "a" * 3_990,
    "kind": "ever('" + "x" * 3_980 + "')",
    "many calls": " or ".join(f"ever('k{n}')" for n in range(240)),
    "many windows": " + ".join(f"count('any', within => '{n} days')" for n in range(1, 95)) + " > 3",
    "many cuts": " or ".join(f"top_percent(kids, {n})" for n in range(1, 100)),
    "many followed": " or ".join(f"followed_by('a', 'b', within => '{n} days')" for n in range(1, 70)),
    "many favourites": " or ".join(f"favourite('k{n}', category) = 'x'" for n in range(90)),
    "digits": "kids > " + "9" * 3_900,
    "digits behind the point": "kids > 0." + "9" * 3_900,
    "exponent": "kids > 1e" + "9" * 300,
    "window": "ever('any', within => '" + "9" * 3_000 + " days')",
    "months": "active_months('any', " + "6" * 3_000 + ") > 1",
    "percent": "random_percent(0." + "0" * 3_900 + "1)",
    "comments": "/*" * 1_990,
    "comments in comments": "/* " * 900 + "true" + " */" * 100,
    "lines": "\n" * 3_980 + "kids > 1",
    "semicolons": ";" * 4_000,
    "commas": "kids in (" + "," * 3_900 + ")",
    "arrows": "ever('any'" + ", where => true" * 280 + ")",
    "dots": "a" + ".a" * 1_990,
    "lists": "[" * 1_990 + "]" * 1_990,
    "structs": "{'a':" * 790 + "1",
    "casts": "kids" + "::integer" * 440,
    "cases": "case when true then " * 190 + "1" + " end" * 40,
    "queries": "(select " * 490,
    "queries in queries": "exists (select 1 where " * 170,
    "bits": "~" * 3_990 + "kids",
    "lambdas": "lambda x: " * 390 + "x",
    "arguments": "distance_km(" + ", ".join(["1"] * 1_300) + ")",
    "accents": "country = 'e" + "\u0301" * 3_900 + "'",
}


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in BOMBS.items()])
def test_text_that_is_made_to_be_slow_is_refused_or_evaluated(folder: Path, text: str) -> None:
    begun = process_time()
    rule = understood(text)
    understanding = process_time() - begun
    assert understanding < LONGEST, f"{understanding:.2f} seconds to understand it"
    # A query over hundreds of kinds of interactions is planned for longer than a test may take.
    if rule is not None and len(rule.features) < 200:
        evaluate([rule])
    check_untouched(folder)


def test_percent_that_is_half_a_number_is_refused() -> None:
    assert understood("random_percent(5e)") is None
