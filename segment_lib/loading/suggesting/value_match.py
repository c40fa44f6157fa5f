"""What a column's values say about a field that its header may name: how many read as such, and in which words."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from segment_lib.loading.suggesting.evidence import ColumnEvidence
from segment_lib.loading.suggesting.word_values import CONSENTS, GENDERS, KINDS, RELATIONSHIPS
from segment_lib.loading.suggesting.wording import plain_words

# Below this share the values contradict the header.
CONTRADICTED = 0.5
OPEN_ENDED = re.compile(r"(\d+)\s*\+")
_KINDS_AT_MOST = 80
_FEW_ROWS = 20
_COUNTED = ((315_532_800, 2_840_140_800), (315_532_800_000, 2_840_140_800_000), (29_221, 58_440))


@dataclass(frozen=True)
class ValueMatch:
    """The share of the values that read as a field needs it, or None where values can't tell; and a sentence."""

    share: float | None
    reason: str = ""


def match_values(field: str, column: ColumnEvidence) -> ValueMatch:
    """Return what a column's values say about a field.

    Parameters
    ----------
    field : a field of any table.
    column : the column's evidence.

    Returns
    -------
    ValueMatch
        A share below one half contradicts whatever the header says.
    """
    if not column.filled:
        return ValueMatch(None, "the column has no values")
    if field in _READ:
        share, what = _READ[field]
        found = share(column)
        return ValueMatch(found, f"{_percent(found)} of {len(column.sample):,} values read as {what}")
    strange = _stranger(field, column)
    if strange:
        return ValueMatch(
            0.0, f"{_percent(column.share(strange))} of {len(column.sample):,} values read as {_article(strange)}"
        )
    return ValueMatch(None)


def _look(*looks: str) -> Callable[[ColumnEvidence], float]:
    return lambda column: max(column.share(look) for look in looks)


def _words(known: frozenset[str]) -> Callable[[ColumnEvidence], float]:
    return lambda column: _mean(plain_words(value) in known for value in column.sample)


def _whole_numbers(column: ColumnEvidence) -> float:
    # "5+" is a number of people to whoever wrote it.
    return _mean(bool(OPEN_ENDED.fullmatch(value)) for value in column.sample) + column.share("integer")


def _currency(column: ColumnEvidence) -> float:
    return _mean(value.upper() in _currencies() for value in column.sample)


@cache
def _currencies() -> frozenset[str]:
    # Slow to import, and most who import this package read no currencies.
    import pycountry

    return frozenset(currency.alpha_3 for currency in pycountry.currencies)


def _consent(column: ColumnEvidence) -> float:
    known = _words(frozenset(CONSENTS))(column)
    return max(column.share("boolean"), known)


def _relationship(column: ColumnEvidence) -> float:
    # Not every stage has a word of ours.
    known = frozenset(RELATIONSHIPS)
    return _mean(any(plain_words(part) in known for part in re.split(r"[;,|]", value)) for value in column.sample)


def _kind(column: ColumnEvidence) -> float:
    if (
        column.share("number") > CONTRADICTED
        or column.share("date") > CONTRADICTED
        or column.share("email") > CONTRADICTED
    ):
        return 0.0
    if column.distinct > _KINDS_AT_MOST or (column.is_unique and column.rows > _FEW_ROWS):
        return 0.0
    return max(0.7, _words(frozenset(KINDS))(column))


def _event_id(column: ColumnEvidence) -> float:
    if column.share("date") > 0.9 and column.share("integer") < CONTRADICTED:
        return 0.0
    return column.distinct / column.filled if column.filled == column.rows else 0.0


def _date(column: ColumnEvidence) -> float:
    # Seconds or milliseconds since 1970, or a spreadsheet's days since 1900: between 1980 and 2060.
    counted = _mean(
        bool(
            value.isdecimal()
            and value.isascii()
            and len(value) < 14
            and any(low <= int(value) <= high for low, high in _COUNTED)
        )
        for value in column.sample
    )
    return max(column.share("date"), counted)


def _number(column: ColumnEvidence) -> float:
    # A number that reads as a day, such as 19970101, is a day.
    return max(column.share("number"), column.share("money"))


_READ: dict[str, tuple[Callable[[ColumnEvidence], float], str]] = {
    "email": (_look("email"), "an e-mail address"),
    "phone": (_look("phone"), "a telephone number"),
    "country": (_look("country"), "a country"),
    "language": (_look("language"), "a language"),
    "postal_code": (_look("postal code"), "a postal code"),
    "birth_date": (_date, "a date"),
    "acquired_at": (_date, "a date"),
    "occurred_at": (_date, "a date"),
    "assigned_at": (_date, "a date"),
    "email_consent_at": (_date, "a date"),
    "income": (_number, "a number"),
    "amount": (_number, "a number"),
    "quantity": (_number, "a number"),
    "score": (_number, "a number"),
    "household_size": (_whole_numbers, "a whole number"),
    "currency": (_currency, "a currency's code"),
    "gender": (_words(GENDERS), "a gender"),
    "relationships": (_relationship, "a stage of a relationship"),
    "kind": (_kind, "one of a few kinds"),
    "email_consent": (_consent, "yes or no"),
    "phone_consent": (_consent, "yes or no"),
    "sms_consent": (_consent, "yes or no"),
    "interaction_id": (_event_id, "an id of its own"),
}
# What values of a field are not, where most of them are.
_IDS = ("date", "boolean", "url")
_TEXTS = ("email", "date", "number", "boolean", "url", "ip")
_NOT: dict[str, tuple[str, ...]] = {
    "contact_id": _IDS,
    "order_id": (*_IDS, "email"),
    "product": ("email", "date", "boolean"),
    "campaign": ("email", "date", "boolean"),
    "subject": ("date", "number", "boolean"),
    "labels": ("email", "date", "number", "boolean"),
}


def _stranger(field: str, column: ColumnEvidence) -> str:
    for look in _NOT.get(field, _TEXTS):
        # An id may look like a day in digits, and a small one like yes and no.
        digits = (
            look in ("date", "boolean")
            and column.share("integer") > CONTRADICTED
            and field in ("contact_id", "order_id", "product", "campaign")
        )
        if column.share(look) >= 0.8 and not digits:
            return look
    return ""


def _article(look: str) -> str:
    words = {"boolean": "yes or no", "email": "an e-mail address", "ip": "an IP address", "url": "a web address"}
    return words.get(look, f"a {look}")


def _mean(found: object) -> float:
    every = list(found)  # type: ignore[call-overload]
    return sum(every) / len(every) if every else 0.0


def _percent(share: float) -> str:
    return f"{share:.0%}" if share in (0, 1) or 0.005 < share < 0.995 else f"{share:.1%}"
