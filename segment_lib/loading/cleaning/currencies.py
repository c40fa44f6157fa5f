"""Currencies as they stand in a money cell: a sign or a code before or after the number."""

import re
from functools import cache

from segment_lib.sql import literal

# The dollar sign alone is the US dollar, the yen sign alone the yen: who means others declares the currency.
SIGNS = {
    "US$": "USD", "U$S": "USD", "$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "￥": "JPY", "CN¥": "CNY", "JP¥": "JPY",
    "A$": "AUD", "AU$": "AUD", "C$": "CAD", "CA$": "CAD", "NZ$": "NZD", "HK$": "HKD", "S$": "SGD", "SG$": "SGD",
    "R$": "BRL", "MX$": "MXN", "NT$": "TWD", "₹": "INR", "Rs.": "INR", "Rs": "INR", "₽": "RUB", "₩": "KRW", "₪": "ILS",
    "₫": "VND", "₴": "UAH", "₺": "TRY", "₦": "NGN", "₱": "PHP", "฿": "THB", "₡": "CRC", "₲": "PYG", "₵": "GHS",
    "₸": "KZT", "₾": "GEL", "₼": "AZN", "zł": "PLN", "Kč": "CZK", "Ft": "HUF", "lei": "RON", "лв": "BGN", "лв.": "BGN",
    "Fr.": "CHF", "SFr.": "CHF", "Fr": "CHF", "eur": "EUR", "Eur": "EUR", "euro": "EUR", "Euro": "EUR", "euros": "EUR",
    "Euros": "EUR", "usd": "USD", "gbp": "GBP", "chf": "CHF", "RMB": "CNY",
    # Danish, Norwegian, Swedish and Icelandic crowns: money, but nobody can tell which.
    "kr": None, "kr.": None, "Kr": None, "Kr.": None,
}  # fmt: skip
BLANK = "[ \N{NO-BREAK SPACE}\N{FIGURE SPACE}\N{THIN SPACE}\N{NARROW NO-BREAK SPACE}]"


@cache
def currency_codes() -> tuple[str, ...]:
    """Return the alphabetic codes of ISO 4217, in order.

    Examples
    --------
    >>> "EUR" in currency_codes()
    True
    """
    # Slow to import, and most who import this package clean nothing.
    import pycountry

    # Codes that begin with X are metals, funds and tests, but for the four shared currencies.
    shared = {"XAF", "XCD", "XOF", "XPF", "XCG"}
    codes = {currency.alpha_3 for currency in pycountry.currencies}
    return tuple(sorted(code for code in codes if code in shared or not code.startswith("X")))


@cache
def currency_pattern() -> str:
    """Return a pattern (RE2, no groups) for a sign or a code; codes in capitals, as `3 try` is no money.

    Examples
    --------
    >>> "EUR" in currency_pattern()
    True
    """
    # Longest first: an alternation takes the first that fits.
    signs = sorted(SIGNS, key=lambda sign: (-len(sign), sign))
    return "(?:" + "|".join([*(re.escape(sign) for sign in signs), *currency_codes()]) + ")"


def currency_sql(text: str) -> str:
    """Return SQL for the ISO 4217 code of the currency that a money cell names, null where it names none.

    Parameters
    ----------
    text : SQL expression of type text, trimmed.

    Returns
    -------
    str
        A code wins over a sign: `$5 CAD` is in Canadian dollars. `kr` is null, as four countries write it.

    Examples
    --------
    >>> import duckdb
    >>> cells = ["$90,000", "1.234,56 €", "CHF 1'234.50", "$5 CAD", "12"]
    >>> [duckdb.sql("select " + currency_sql(literal(cell))).fetchall()[0][0] for cell in cells]
    ['USD', 'EUR', 'CHF', 'CAD', None]
    """
    codes = {code: code for code in currency_codes()}
    signs = {sign.replace(".", ""): code for sign, code in SIGNS.items() if code}
    # What is left without digits and marks; `$CAD` of `$5 CAD` is a sign and a code.
    marks = "[-0-9.,()+−–—%'’´`" + BLANK[1:] + "+"
    word = f"regexp_replace({text}, {literal(marks)}, '', 'g')"
    both = f"case when {_looked_up(f'{word}[:-4]', signs)} is not null then {_looked_up(f'{word}[-3:]', codes)} end"
    found = f"coalesce({_looked_up(word, signs | codes)}, {both})"
    return f"case when try_cast({text} as double) is null and regexp_matches({text}, '[0-9]') then {found} end"


def _looked_up(key: str, words: dict[str, str]) -> str:
    # A map, not a `case`: the engine would work the key out again for every branch.
    pairs = ", ".join(f"{literal(word)}: {literal(code)}" for word, code in words.items())
    return f"(map {{{pairs}}})[{key}]"
