"""How a column's cells become values: formats, decimal marks, lists, words; decided from all values at once."""

import re
from dataclasses import dataclass, field
from typing import Any

from segment_lib.loading.cleaning import decide_date_format, decide_decimal
from segment_lib.loading.suggesting.custom_field import list_mark
from segment_lib.loading.suggesting.evidence import ColumnEvidence, Evidence
from segment_lib.loading.suggesting.value_match import OPEN_ENDED
from segment_lib.loading.suggesting.word_values import values_for
from segment_lib.vocabulary import TABLES

TYPES: dict[str, dict[str, str]] = {
    table: {column.name: column.type for column in TABLES[table]}
    for table in ("contacts", "interactions", "campaign_assignments")
}
TYPES["contacts"] |= {"labels": "text list", "email_consent_at": "timestamp"}
TYPES["interactions"] |= {"email": "text", "phone": "text"}
WORDS = ("kind", "relationships", "email_consent", "phone_consent", "sms_consent")
_DATES = ("date", "timestamp")
_NUMBERS = ("number", "integer", "money")
_WITH_TIME = re.compile(r"%[HIMSpzZfXT]|^unix|^iso .*time")
_DECIMAL_ZERO = re.compile(r"\d+\.0+")
_ISO = re.compile(r"iso|(%Y-%m-%d|%Y/%m/%d)([ T]%H:%M(:%S(\.%f)?)?)?( ?%z)?")


@dataclass(frozen=True)
class Reading:
    """The options of a column's rule, what they rest on, and what has to be asked first."""

    options: dict[str, Any] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()


def read_options(
    evidence: Evidence, column: ColumnEvidence, name: str, kind: str, *, region: str | None = None
) -> Reading:
    """Find the options with which a column's cells are read as a field.

    Parameters
    ----------
    evidence : the source.
    column : the column's evidence.
    name : the field.
    kind : the field's type.
    region : country of telephone numbers that name none.

    Returns
    -------
    Reading
    """
    if not column.filled:
        return Reading()
    if kind in _DATES:
        return _dates(evidence, column)
    if kind in _NUMBERS:
        return _numbers(evidence, column)
    options: dict[str, Any] = {}
    if kind in ("text list", "multi-choice"):
        mark = list_mark(column)
        if mark and mark != ";":
            options["split"] = mark
    if name in WORDS:
        words = [word for word, _ in column.common]
        if mark := options.get("split", ";" if name == "relationships" else ""):
            words = list(dict.fromkeys(part.strip() for word in words for part in word.split(mark) if part.strip()))
        values = values_for(name, words)
        if name.endswith("consent"):
            values = {word: ours for word, ours in values.items() if column.share("boolean") < 1}
        if values:
            options["values"] = values
    if kind == "text" and name != "phone" and _mostly(column, _DECIMAL_ZERO):
        options["clean"] = "identifier"
    if name == "phone":
        return _phones(column, options, region)
    return Reading(options)


def instant_type(evidence: Evidence, column: ColumnEvidence) -> str | None:
    """Return date or timestamp where a column's values can be read as such, otherwise None.

    Parameters
    ----------
    evidence : the source.
    column : the column's evidence.

    Returns
    -------
    str or None
    """
    decision = decide_date_format(evidence.connection, evidence.values(column))
    timed = sum(bool(re.search(r"\d:\d\d", value)) for value in column.sample)
    if decision.format is None and not decision.fault:
        return None
    return "timestamp" if timed or (decision.format or "").startswith("unix") else "date"


def _dates(evidence: Evidence, column: ColumnEvidence) -> Reading:
    decision = decide_date_format(evidence.connection, evidence.values(column))
    if decision.fault or decision.format is None:
        return Reading(questions=(f"`{column.column}`: {decision.fault or decision.evidence}",))
    parts = [part.strip() for part in decision.format.split("|")]
    options = {} if all(_ISO.fullmatch(part) for part in parts) else {"format": decision.format}
    return Reading(options, (_scope(evidence, decision.evidence),))


def _numbers(evidence: Evidence, column: ColumnEvidence) -> Reading:
    decision = decide_decimal(evidence.connection, evidence.values(column))
    options: dict[str, Any] = {}
    open_ended = {value: match[1] for value, _ in column.common if (match := OPEN_ENDED.fullmatch(value))}
    if open_ended:
        options["values"] = open_ended
    if decision.fault:
        return Reading(options, (), (f"`{column.column}`: {decision.fault}",))
    if decision.format == ",":
        return Reading({**options, "decimal": ","}, (_scope(evidence, decision.evidence),))
    return Reading(options)


def _phones(column: ColumnEvidence, options: dict[str, Any], region: str | None) -> Reading:
    local = sum(not value.lstrip("( '").startswith(("+", "00")) for value in column.sample)
    if region:
        return Reading({**options, "region": region})
    if not local:
        return Reading(options)
    asked = (
        f"`{column.column}`: {local:,} of {len(column.sample):,} numbers name no country: say the `region` they are of"
    )
    return Reading(options, (), (asked,))


def _mostly(column: ColumnEvidence, pattern: re.Pattern[str]) -> bool:
    found = sum(bool(pattern.fullmatch(value)) for value in column.sample)
    return bool(column.sample) and found >= 0.5 * len(column.sample)


def _scope(evidence: Evidence, said: str) -> str:
    return said if evidence.complete else f"{said} (from the first {evidence.rows:,} rows)"
