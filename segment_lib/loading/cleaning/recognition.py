"""What the values of a column look like: evidence for a mapping, not a decision."""

import ipaddress
import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache

from segment_lib.loading.cleaning.booleans import NO, YES
from segment_lib.loading.cleaning.countries import country_code
from segment_lib.loading.cleaning.currencies import currency_codes, currency_pattern
from segment_lib.loading.cleaning.date_shapes import shape_of
from segment_lib.loading.cleaning.emails import clean_email
from segment_lib.loading.cleaning.languages import language_code
from segment_lib.loading.cleaning.missing import MISSING
from segment_lib.loading.cleaning.numbers import written_pattern

_DIGITS = str.maketrans("0123456789", "9999999999")
_INTEGER = re.compile(r"[-+]?[0-9]+([.]0+)?")
_PHONE = re.compile(r"(?i)(?:tel[.:]* ?)?'?[+(]?[0-9][0-9 ()./\-\u00a0\u2011]*(?:(?: ?x| ?ext[.]? ?| ?#)[0-9]{1,6})?")
_ID = re.compile(r"[\w\-:.#/]*[0-9][\w\-:.#/]*", re.ASCII)
_URL = re.compile(r"(?i)(?:https?://|www[.])\S+|(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?[.])+[a-z]{2,}(?:/\S*)?")
_NAME = re.compile(r"[^\W\d_][\w’'.\-]*(?:,? [^\W\d_][\w’'.\-]*){0,5}")
_POSTAL_CODE = re.compile(
    r"(?i)(?:[a-z]{1,2}-)?(?:[0-9]{4,6}(?:-[0-9]{3,4})?(?:[.]0)?|[0-9]{2,3}[ -][0-9]{2,4}|[0-9]{4} ?[a-z]{2}"
    r"|[a-z]{1,2}[0-9][a-z0-9]? ?[0-9][a-z]{2}|[a-z][0-9][a-z][ -]?[0-9][a-z][0-9])"
)
_QUOTED_LIST = re.compile(r'"[^"]*"(?:\s*,\s*"[^"]*")*')


def looks_like(values: Sequence[str]) -> dict[str, float]:
    """Return for each kind of value the share of a sample that reads as it, missing markers left out.

    A value may count for several kinds: `34001` is a number, an integer, an id and a postal code, `NO` a word for no
    and the code of Norway, while `No` and `no` are answers alone. The kinds are:

    - `email`, `country`, `language`: what `clean_email`, `country_code` and `language_code` read;
    - `phone`: 7 to 15 digits with the marks of phone numbers, an extension included, and no date, address or decimals;
    - `date`: written with a year, month and day in any order, a time included; numbers of seconds or days do not count;
    - `number`: read with a decimal point or comma; `money`: with a currency too, or with exactly two decimals;
    - `currency`: a code of ISO 4217; `integer`: digits, `.0` after them included; `boolean`: words for yes and no;
    - `id`: one word with a digit, and no date, decimals or address;
    - `postal code`: in the forms of Europe, America and Japan; `ip`: version 4 or 6; `url`: with or without `https://`;
    - `text list`: several short parts between `;`, `|` or `,`, or quoted as Mailchimp does;
    - `name`: up to six words of letters, each beginning with a capital.

    Parameters
    ----------
    values : a sample of the column's cells.

    Returns
    -------
    dict of str to float
        0 for all kinds where nothing but missing markers is given.

    Examples
    --------
    >>> found = looks_like(["a@b.es", "n/a", "not yet"])
    >>> found["email"], found["date"]
    (0.5, 0.0)
    """
    counts = Counter(text for value in values if (text := value.strip()) and text.lower() not in _missing())
    total = sum(counts.values())
    return {
        kind: sum(count for text, count in counts.items() if test(text)) / total if total else 0.0
        for kind, test in _TESTS.items()
    }


@cache
def _missing() -> frozenset[str]:
    # `NA` may be Namibia: it neither counts for nor against a column of countries.
    return frozenset(MISSING)


@cache
def _written(mark: str) -> re.Pattern[str]:
    return re.compile(written_pattern(mark))


def _is_number(text: str) -> bool:
    exponent = r"[-+]?[0-9]+([.][0-9]*)?[eE][-+]?[0-9]+"
    return any(_written(mark).fullmatch(text) for mark in ".,") or bool(re.fullmatch(exponent, text))


def _is_money(text: str) -> bool:
    return _is_number(text) and bool(re.search(rf"{currency_pattern()}|[.,][0-9]{{2}}\D*$", text))


def _is_date(text: str) -> bool:
    shape = shape_of(text.translate(_DIGITS)) if len(text) <= 48 else None
    if shape is None or shape.kind in ("excel", "unix", "unix ms"):
        return False
    if shape.kind == "spelled":
        return True
    if shape.kind == "compact":
        first, last = (text[:4], text[4:6], text[6:8]), (text[4:8], text[:2], text[2:4])
        return any("1900" <= year < "2200" and _is_day(one, two) for year, one, two in (first, last))
    a, b, c = re.findall("[0-9]+", text)[:3]
    return _is_day(b, c) if shape.kind == "year first" else _is_day(a, b) or (shape.kind == "short" and _is_day(b, c))


def _is_day(one: str, two: str) -> bool:
    """Return whether two numbers are a day and a month in either order."""
    low, high = sorted((int(one), int(two)))
    return 1 <= low <= 12 and high <= 31


def _is_ip(text: str) -> bool:
    try:
        return bool(ipaddress.ip_address(text))
    except ValueError:
        return False


def _is_decimal(text: str) -> bool:
    return bool(re.fullmatch(r"[-+]?[0-9]*[.,][0-9]+", text)) and not _INTEGER.fullmatch(text)


def _is_phone(text: str) -> bool:
    digits = re.sub(r"\D", "", re.sub(r"(?i)(x|ext|#).*", "", re.sub("[.]0$", "", text)))
    fits = 7 <= len(digits) <= 17 and _PHONE.fullmatch(text)
    return bool(fits) and not (_is_date(text) or _is_ip(text) or _is_decimal(text))


def _is_id(text: str) -> bool:
    return bool(_ID.fullmatch(text)) and len(text) <= 64 and not (_is_date(text) or _is_decimal(text) or _is_ip(text))


def _is_url(text: str) -> bool:
    return "@" not in text.split("/", 1)[0] and bool(_URL.fullmatch(text))


def _is_text_list(text: str) -> bool:
    if text.startswith('"'):
        return bool(_QUOTED_LIST.fullmatch(text))
    mark = next((mark for mark in (";", "|", ",") if mark in text), "")
    parts = [part.strip() for part in text.split(mark)] if mark else []
    filled = [part for part in parts if part]
    prose = any(len(part) > 40 or part.endswith((".", "!", "?")) for part in filled)
    return len(filled) > 1 and not prose and not (_is_number(text) or _is_date(text))


def _is_answer(text: str) -> bool:
    # `NO` in capitals may be Norway, `No` is what a column of answers holds.
    return not text.isupper() and (text.lower() in YES or text.lower() in NO)


def _is_name(text: str) -> bool:
    return len(text) <= 60 and text[0].isupper() and text.count(" ") < 6 and bool(_NAME.fullmatch(text))


_TESTS: dict[str, Callable[[str], bool]] = {
    "email": lambda text: clean_email(text) is not None,
    "phone": _is_phone,
    "country": lambda text: country_code(text) is not None and not _is_answer(text),
    "language": lambda text: language_code(text) is not None and not _is_answer(text),
    "date": _is_date,
    "money": _is_money,
    "number": _is_number,
    "currency": lambda text: text in currency_codes(),
    "integer": lambda text: _INTEGER.fullmatch(text) is not None,
    "boolean": lambda text: text.lower() in YES or text.lower() in NO,
    "id": _is_id,
    "url": _is_url,
    "postal code": lambda text: _POSTAL_CODE.fullmatch(text) is not None,
    "ip": _is_ip,
    "text list": _is_text_list,
    "name": _is_name,
}
