"""Numbers, money, ids, truth values and missing markers: what is read, and what is not."""

import math
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import cache
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segment_lib.engine import open_connection
from segment_lib.errors import InvalidOption
from segment_lib.loading.cleaning import (
    MISSING,
    boolean_sql,
    currency_sql,
    identifier_sql,
    missing_markers,
    missing_sql,
    normalised_sql,
    number_sql,
)


@cache
def engine() -> duckdb.DuckDBPyConnection:
    return open_connection()


@pytest.fixture(scope="module", autouse=True)
def _close_engine() -> Iterator[None]:
    yield
    engine().close()
    engine.cache_clear()


def read(sql: str, text: str | None) -> Any:
    """What an expression over the column `cell` makes of one text."""
    return read_all(sql, [text])[0]


def read_all(sql: str, texts: Sequence[str | None]) -> list[Any]:
    """What an expression makes of many texts, read from a table so that nothing is folded."""
    engine().register("cells", pa.table({"place": range(len(texts)), "cell": pa.array(texts, pa.string())}))
    return [row[0] for row in engine().sql(f"select {sql} from cells order by place").fetchall()]


POINT = [
    ("0", 0.0), ("007", 7.0), ("12.50", 12.5), (".5", 0.5), ("5.", 5.0), ("-5", -5.0), ("+5", 5.0), ("1e5", 1e5),
    ("1E-2", 0.01),
    ("$90,000", 90000.0), ("$ 90,000.50", 90000.5), ("90,000 $", 90000.0), ("1,234,567.89", 1234567.89), ("US$ 5", 5.0),
    ("USD 1,000", 1000.0), ("1,000 USD", 1000.0), ("£1,234", 1234.0), ("€ 1.23", 1.23), ("$5 CAD", 5.0), ("$.50", 0.5),
    ("CHF 1'234.50", 1234.5), ("CHF 1’234.50", 1234.5), ("1 234.50", 1234.5), ("1\u00a0234.50", 1234.5),
    ("1\u202f234", 1234.0),
    ("1\u2009234\u2009567", 1234567.0), ("(45.00)", -45.0), ("($45.00)", -45.0), ("$(45.00)", -45.0),
    ("(45) EUR", -45.0),
    ("45-", -45.0), ("45.00- EUR", -45.0), ("-$5", -5.0), ("$-5", -5.0), ("$ -5", -5.0), ("- 5", -5.0), ("−5", -5.0),
    ("–5", -5.0),
    ("12 %", 12.0), ("12.5%", 12.5), ("Fr. 12.50", 12.5), ("Fr.12.50", 12.5), ("kr. 12", 12.0), ("12 kr", 12.0),
    ("Rs. 100", 100.0),
    ("12.-", 12.0), ("CHF 12.--", 12.0), ("12.–", 12.0), ("1,00,000.50", 100000.5), ("12,34,567", 1234567.0),
    ("R$5", 5.0),
    ("1234567", 1234567.0), ("zł 5", 5.0), ("5 zł", 5.0),
    ("1.234,56", None), ("1,23", None), ("12,3456", None), ("1,234,56", None), ("0,123", None), ("1234,567", None),
    ("12abc", None),
    ("abc", None), ("12 try", None), ("5 ALLES", None), ("nan", None), ("NaN", None), ("inf", None),
    ("-Infinity", None),
    ("1_000", None), ("+-5", None), ("--5", None), ("-5-", None), ("(5", None), ("5)", None), (")5(", None),
    ("-(5)", None),
    ("1 23", None), ("12 34 56", None), ("1.2.3", None), ("5-3", None), ("0x10", None), ("1e400", None), ("", None),
    ("-", None),
    ("$", None), ("USD", None), ("USD 5 EUR", None), ("٣", None), ("½", None), ("5 5", None), ("1,234.5.6", None),
    ("%", None),
    ("#5", None), ("5€5", None), ("1e", None), ("e5", None), (".", None), (None, None),
]  # fmt: skip
COMMA = [
    ("1.234,56", 1234.56), ("1 234,56 €", 1234.56), ("1\u00a0234,56\u00a0€", 1234.56), ("12,5", 12.5), ("12", 12.0),
    (",5", 0.5),
    ("1.234", 1234.0), ("1.234.567", 1234567.0), ("€ 1.234", 1234.0), ("-1.234,5", -1234.5), ("1'234,5", 1234.5),
    ("12,-", 12.0),
    ("R$ 5,00", 5.0), ("kr. 1.234,50", 1234.5), ("1.234,50 kr.", 1234.5), ("(1.234,50 €)", -1234.5), ("12,5 %", 12.5),
    ("1,5e3", 1500.0), ("EUR 99,90", 99.9), ("99,90 EUR", 99.9), ("45,00-", -45.0), ("1234,567", 1234.567),
    ("1,234.56", None), ("12.5", None), ("1.23", None), ("0.123", None), ("1,234,567", None), ("1.2345", None),
    ("1_0", None),
    ("12,5,5", None), ("+-5", None), ("nan", None), ("inf", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), POINT)
def test_a_number_with_a_decimal_point(text: str | None, expected: float | None) -> None:
    assert read(number_sql("cell"), text) == expected


@pytest.mark.parametrize(("text", "expected"), COMMA)
def test_a_number_with_a_decimal_comma(text: str, expected: float | None) -> None:
    assert read(number_sql("cell", decimal=","), text) == expected


def test_another_decimal_mark_is_refused() -> None:
    with pytest.raises(InvalidOption, match=re.escape("`decimal` must be one of ., ,, got ';'")):
        number_sql("cell", decimal=";")


WAYS = [
    (".", ","),
    (".", " "),
    (".", "\u00a0"),
    (".", "'"),
    (".", ""),
    (",", "."),
    (",", " "),
    (",", "\u202f"),
    (",", ""),
]


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.decimals(min_value=-10_000_000, max_value=10_000_000, places=2),
            st.sampled_from(["{}", "€ {}", "{} €", "{} EUR", "CHF {}", "$ {}"]),
            st.sampled_from(["-{}", "−{}", "{}-", "({})"]),
        ),
        min_size=1,
        max_size=40,
    ),
    st.sampled_from(WAYS),
)
def test_a_number_written_as_in_any_country_is_read_back(
    numbers: list[tuple[Decimal, str, str]], way: tuple[str, str]
) -> None:
    mark, thousands = way
    texts = []
    for number, money, negative in numbers:
        digits = f"{abs(number):,.2f}".replace(",", "T").replace(".", mark).replace("T", thousands)
        text = money.format(digits)
        texts.append(negative.format(text) if number < 0 else text)
    assert read_all(number_sql("cell", decimal=mark), texts) == [float(number) for number, _, _ in numbers]


def plain_reference(text: str) -> float | None:
    """A row-by-row reader of numbers with a point, without currencies: an independent second opinion."""
    body, signs = text, 0
    if body[:1] in ("-", "+"):
        body, signs = body[1:], signs + 1
    if body[-1:] == "-":
        body, signs = body[:-1], signs + 2
    if signs > 2:
        return None
    groups = body.split(".", 1)[0].split(",")
    decimals = body.split(".", 1)[1] if "." in body else ""
    whole = "".join(groups)
    if not all(letter in "0123456789" for letter in whole + decimals) or not whole + decimals:
        return None
    if body.endswith(".") and (signs > 1 or len(groups) > 1):
        return None
    if len(groups) > 1:
        western = 1 <= len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])
        indian = len(groups) > 2 and 1 <= len(groups[0]) <= 2 and len(groups[-1]) == 3
        indian = indian and all(len(group) == 2 for group in groups[1:-1])
        if groups[0].startswith("0") or not (western or indian):
            return None
    value = float(f"{whole or '0'}.{decimals or '0'}")
    return -value if signs == 2 or text.startswith("-") else value


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text("01239.,-+", min_size=1, max_size=9), min_size=1, max_size=60))
def test_random_signs_and_digits_are_read_as_by_the_reference(texts: list[str]) -> None:
    # `12.-` is a price.
    texts = [text for text in texts if not re.search("[0-9][.,]-", text)]
    assert read_all(number_sql("cell"), texts) == [plain_reference(text) for text in texts]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12), max_size=40))
def test_no_text_breaks_an_expression_or_becomes_infinite(texts: list[str]) -> None:
    for sql in (number_sql("cell"), number_sql("cell", decimal=",")):
        assert all(found is None or math.isfinite(found) for found in read_all(sql, texts))
    for sql in (currency_sql("cell"), identifier_sql("cell"), boolean_sql("cell"), normalised_sql("cell")):
        assert len(read_all(sql, texts)) == len(texts)


CURRENCIES = [
    ("$90,000", "USD"), ("90 $", "USD"), ("1.234,56 €", "EUR"), ("€5", "EUR"), ("£5", "GBP"), ("CHF 1'234.50", "CHF"),
    ("Fr. 5", "CHF"),
    ("5 USD", "USD"), ("USD5", "USD"), ("$5 CAD", "CAD"), ("US$5", "USD"), ("C$ 5", "CAD"), ("R$ 5,00", "BRL"),
    ("5 zł", "PLN"),
    ("-€5", "EUR"), ("(£5.00)", "GBP"), ("5 euros", "EUR"), ("¥500", "JPY"), ("₹1,00,000", "INR"), ("12.- CHF", "CHF"),
    ("12", None), ("12.50", None), ("5 kr", None), ("12abc", None), ("USD 5 EUR", None), ("3 XXX", None), ("EUR", None),
    ("12 %", None), ("", None), ("hello 5 USD", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), CURRENCIES)
def test_the_currency_of_a_money_cell(text: str, expected: str | None) -> None:
    assert read(currency_sql("cell"), text) == expected


IDENTIFIERS = [
    ("17850.0", "17850"), ("17850.000", "17850"), ("17850", "17850"), ("00420", "00420"), ("007.0", "007"),
    ("-1.0", "-1"),
    ("1.7850E4", "1.7850E4"), ("12.50", "12.50"), ("1.2.0", "1.2.0"), ("A1.0", "A1.0"), ("'00420", "00420"),
    ("' 42", "42"),
    ('="00420"', "00420"), ('=""', None), ("  x ", "x"), ("AB 12", "AB 12"), (".0", ".0"), ("", None), ("'", None),
    (None, None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), IDENTIFIERS)
def test_an_id_is_what_it_was_before_it_became_a_number(text: str | None, expected: str | None) -> None:
    assert read(identifier_sql("cell"), text) == expected


ANSWERS = [
    ("yes", True), ("YES", True), ("Ja", True), ("sí", True), ("SÍ", True), ("si", True), ("oui", True),
    ("sim", True), ("tak", True),
    ("1", True), ("1.0", True), ("TRUE", True), ("x", True), ("on", True), ("Checked", True), ("Subscribed", True),
    ("opted in", True),
    ("WAHR", True), ("no", False), ("Nein", False), ("non", False), ("não", False), ("nee", False), ("nie", False),
    ("0", False),
    ("false", False), ("off", False), ("unchecked", False), ("Unsubscribed", False), ("Opted-out", False),
    ("FALSO", False),
    ("maybe", None), ("2", None), ("", None), ("yes please", None), (None, None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), ANSWERS)
def test_words_for_yes_and_no(text: str | None, expected: bool | None) -> None:
    assert read(boolean_sql("cell"), text) is expected


NORMALISED = [
    ("abc", "abc"), ("  abc  ", "abc"), ("a  b", "a  b"), ("\ta\n", "a"), ("a\tb", "a b"), ("a\u00a0b", "a b"),
    ("\u00a0", None),
    ("", None), ("   ", None), ("Jose\u0301", "José"), ("a\u200bb", "ab"), ("\ufeffid", "id"), ("a\u2003b", "a b"),
    ("a\x1fb", "a b"),
    ("\u200e5", "5"), ("👩\u200d🔬", "👩\u200d🔬"), ("ﬁ", "ﬁ"), (None, None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), NORMALISED)
def test_text_is_composed_and_has_plain_blanks(text: str | None, expected: str | None) -> None:
    assert read(normalised_sql("cell"), text) == expected


GAPS = [
    ("N/A", None), ("n/a", None), ("NULL", None), ("Select", None), ("-", None), ("#N/A", None), ("Unbekannt", None),
    ("Desconocido", None), ("(blank)", None), ("NaN", None), ("nada", "nada"), ("Nadia", "Nadia"), ("0", "0"),
    ("no", "no"),
    ("-1", "-1"), ("other", "other"), ("unknown person", "unknown person"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), GAPS)
def test_a_whole_cell_is_a_missing_marker(text: str, expected: str | None) -> None:
    assert read(missing_sql("cell", MISSING), text) == expected


def test_declared_markers_count_and_none_leave_the_text() -> None:
    assert read(missing_sql("cell", ["-1", "It's"]), "it's") is None
    assert missing_sql("cell", []) == "cell"


def test_namibia_and_mister_null_are_not_missing() -> None:
    assert read(missing_sql("cell", missing_markers("country")), "NA") == "NA"
    assert read(missing_sql("cell", missing_markers("last_name")), "Null") == "Null"
    assert read(missing_sql("cell", missing_markers("city")), "NA") is None
