"""Numbers, days and names as a reader expects them: 5,012; €412,650; 61.3%; 31 October 2026."""

import math
import re
from collections.abc import Sequence
from datetime import date
from typing import Any, SupportsFloat, SupportsInt

import pandas as pd

MINUS = "−"
UNKNOWN = "–"
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
CURRENCY_SIGNS = {"EUR": "€", "GBP": "£", "USD": "$", "JPY": "¥", "INR": "₹"}
CLOCKS = {"d": "day", "w": "week", "m": "month", "y": "year"}
UNITS = ("days", "weeks", "months", "years", "hours", "minutes", "points")
SPELLINGS = {"email": "e-mail", "sms": "SMS", "rfm": "RFM", "nps": "NPS", "id": "ID", "url": "URL"}

Number = SupportsFloat | SupportsInt | None


def is_missing(value: Any) -> bool:
    """Tell whether a single value is missing, as any library writes it.

    Parameters
    ----------
    value : number, text, `None`, not-a-number or `pandas.NA`.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_missing(None), is_missing(float("nan")), is_missing(0), is_missing("")
    (True, True, False, False)
    """
    return value is None or bool(pd.isna(value))


def as_float(value: Any) -> float:
    """Return a number as a float, and whatever is missing as not-a-number.

    Parameters
    ----------
    value : number of any library, `None` or `pandas.NA`.

    Returns
    -------
    float

    Examples
    --------
    >>> as_float(3), as_float(None)
    (3.0, nan)
    """
    return math.nan if is_missing(value) else float(value)


def _write(value: Number, digits: int, *, before: str = "", after: str = "", signed: bool = False) -> str:
    """Write a number with thousands separated and a true minus sign; a zero has no sign."""
    number = as_float(value)
    if math.isnan(number):
        return UNKNOWN
    text = f"{abs(number):,.{digits}f}"
    is_zero = not any(character in "123456789" for character in text)
    sign = "" if is_zero else MINUS if number < 0 else "+" if signed else ""
    return f"{sign}{before}{text}{after}"


def format_count(count: Number, *, signed: bool = False) -> str:
    """Write a whole number.

    Parameters
    ----------
    count : the number; missing is written as a dash.
    signed : whether a plus stands before a gain.

    Returns
    -------
    str

    Examples
    --------
    >>> format_count(5012), format_count(-9), format_count(12, signed=True), format_count(None)
    ('5,012', '−9', '+12', '–')
    """
    return _write(count, 0, signed=signed)


def format_number(value: Number, *, signed: bool = False) -> str:
    """Write a number with about three figures that matter.

    Parameters
    ----------
    value : the number; missing is written as a dash.
    signed : whether a plus stands before a gain.

    Returns
    -------
    str

    Examples
    --------
    >>> format_number(1234.5), format_number(41.26), format_number(2.345), format_number(3.0)
    ('1,234', '41.3', '2.35', '3')
    """
    number = as_float(value)
    size = abs(number)
    digits = 0 if size >= 100 or number == round(number, 9) // 1 else 1 if size >= 10 else 2
    return _write(number, digits, signed=signed)


def format_money(amount: Number, currency: str = "", *, digits: int | None = None) -> str:
    """Write an amount of money.

    Parameters
    ----------
    amount : the amount; missing is written as a dash.
    currency : ISO 4217 code; empty where it is not known.
    digits : figures after the point; without it two for small broken amounts and none for others.

    Returns
    -------
    str

    Examples
    --------
    >>> format_money(412650, "EUR"), format_money(-18.5, "GBP"), format_money(1200, "CHF")
    ('€412,650', '−£18.50', 'CHF 1,200')
    """
    number = as_float(amount)
    if digits is None:
        digits = 2 if abs(number) < 100 and round(number, 2) % 1 else 0
    sign = CURRENCY_SIGNS.get(currency, f"{currency} " if currency else "")
    return _write(number, digits, before=sign)


def format_share(share: Number, *, digits: int = 0) -> str:
    """Write a share of one as per cent; a little is not written as nothing, nor nearly all as all.

    Parameters
    ----------
    share : 0 to 1; missing is written as a dash.
    digits : figures after the point.

    Returns
    -------
    str

    Examples
    --------
    >>> format_share(0.613), format_share(0.613, digits=1), format_share(0.002), format_share(0.999)
    ('61%', '61.3%', '<1%', '>99%')
    >>> format_share(0.005)
    '<1%'
    """
    number = as_float(share)
    step = 10.0**-digits
    percent = round(number * 100, 9)
    text = f"{percent:.{digits}f}"
    if percent > 0 and float(text) == 0:
        return f"<{step:.{digits}f}%"
    if percent < 100 and float(text) == 100:
        return f">{100 - step:.{digits}f}%"
    return _write(percent, digits, after="%")


def format_points(difference: Number, *, digits: int = 1, signed: bool = True) -> str:
    """Write the difference of two shares in percentage points, without the word.

    Parameters
    ----------
    difference : a difference of shares: 0.041 is 4.1 points.
    digits : figures after the point.
    signed : whether a plus stands before a gain.

    Returns
    -------
    str

    Examples
    --------
    >>> format_points(0.041), format_points(-0.06), format_points(0.0)
    ('+4.1', '−6.0', '0.0')
    """
    return _write(as_float(difference) * 100, digits, signed=signed)


def format_day(day: date) -> str:
    """Write a day in full.

    Parameters
    ----------
    day : the day.

    Returns
    -------
    str

    Examples
    --------
    >>> format_day(date(2026, 10, 31))
    '31 October 2026'
    """
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def format_field(name: str, level: str = "") -> str:
    """Write the name of a column for a reader, with its unit or window in brackets.

    Parameters
    ----------
    name : name of the column.
    level : one value of it.

    Returns
    -------
    str

    Examples
    --------
    >>> format_field("recency_days"), format_field("purchases_90d"), format_field("email_consent")
    ('Recency (days)', 'Purchases (90 days)', 'E-mail consent')
    >>> format_field("country", "ES")
    'Country: ES'
    """
    words = [word for word in name.split("_") if word]
    bracket = ""
    window = re.fullmatch(r"(\d+)([dwmy])", words[-1]) if len(words) > 1 else None
    if window:
        unit = CLOCKS[window[2]]
        bracket = f" ({window[1]} {unit}{'' if window[1] == '1' else 's'})"
    elif len(words) > 1 and words[-1] in UNITS:
        bracket = f" ({words[-1]})"
    spelled = " ".join(SPELLINGS.get(word, word) for word in (words[:-1] if bracket else words))
    return f"{spelled[:1].upper()}{spelled[1:]}{bracket}" + (f": {level}" if level else "")


def count_words(count: Number, plural: str) -> str:
    """Write how many there are, and the word for them, in the singular for one.

    Parameters
    ----------
    count : how many.
    plural : the regular plural.

    Returns
    -------
    str

    Examples
    --------
    >>> count_words(1, "contacts"), count_words(2318, "customers")
    ('1 contact', '2,318 customers')
    """
    return f"{format_count(count)} {plural.removesuffix('s') if as_float(count) == 1 else plural}"


def join_words(words: Sequence[str], *, most: int | None = None) -> str:
    """Join words as a sentence does.

    Parameters
    ----------
    words : what to join.
    most : how many to name; the rest are counted.

    Returns
    -------
    str

    Examples
    --------
    >>> join_words(["a", "b", "c"]), join_words(["a"]), join_words(["a", "b", "c", "d"], most=2)
    ('a, b and c', 'a', 'a, b and 2 more')
    """
    named = list(words)
    if most is not None and len(named) > most:
        named = [*named[:most], f"{len(named) - most} more"]
    return " and ".join([", ".join(named[:-1]), named[-1]]) if len(named) > 1 else "".join(named)
