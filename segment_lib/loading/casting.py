"""One cell as SQL: what the recipe makes of its text, and the typed value or nothing where it is unreadable."""

from typing import Any

import duckdb

from segment_lib.loading.cleaning import (
    boolean_sql,
    clean_email,
    clean_phone,
    country_code,
    date_sql,
    identifier_sql,
    language_code,
    missing_markers,
    missing_sql,
    normalised_sql,
    number_sql,
    timestamp_sql,
)
from segment_lib.loading.column_rules import FieldRule
from segment_lib.loading.fields import CustomField
from segment_lib.loading.recipe import KEYS, Source
from segment_lib.sql import literal
from segment_lib.vocabulary import CONTACTS, SQL_TYPES, Column

# Larger amounts cannot be summed exactly: see `segment_lib.features.assembly`.
LARGEST = "1e13"
# Most addresses look like this, and a pattern is many times cheaper than the library that judges the others.
_PLAIN_EMAIL = r"[a-z0-9]+([._+-][a-z0-9]+)*@[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*\.[a-z]{2,}"
_WHOLE = r"[+-]?[0-9]+"
WORDS = {"email": "e-mail address", "phone": "telephone number", "country": "country", "language": "language"}


def add_cleaners(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the cleaners that SQL cannot express known to a connection, as functions over texts."""
    cleaners: tuple[tuple[str, Any, int], ...] = (
        ("clean_email", clean_email, 1),
        ("country_code", country_code, 1),
        ("language_code", language_code, 1),
        ("clean_phone", lambda text, region: clean_phone(text, region or None), 2),
    )
    for name, function, arguments in cleaners:
        texts: list[Any] = ["VARCHAR"] * arguments
        connection.create_function(name, function, texts, "VARCHAR", null_handling="special")  # type: ignore[call-overload]


def plain_value_sql(column: Column, rule: FieldRule, source: Source, given: str, zone: str) -> str | None:
    """Return the SQL that reads the commonest way of writing a value, straight from the cell of a file.

    Parameters
    ----------
    column : which the cell fills.
    rule : how.
    source : of import.yml.
    given : SQL of the cell.
    zone : of times that name none.

    Returns
    -------
    str, or None
        Null where the cell is written in another way: then all that people write is tried, at ten times the price.
        None where the rule asks for more than reading.
    """
    if (
        source.table == "contacts"
        or rule.remove
        or rule.lookup
        or rule.missing
        or source.missing
        or rule.source is None
    ):
        return None
    local = f"at time zone {literal(rule.time_zone or zone)}"
    match column.type:
        case "number" if rule.decimal in (None, "."):
            number = f"try_cast({given} as double)"
            odd = f"contains({given}, '_') or contains({given}, '+-')"
            return f"case when isfinite({number}) and not ({odd}) then {number} end"
        case "timestamp" if rule.format in (None, "iso"):
            return f"case when strlen({given}) = 19 then try_strptime({given}, '%Y-%m-%d %H:%M:%S') {local} end"
        case "text" if rule.values and not rule.clean and column.name not in WORDS:
            listed = rule.model_copy(update={"only_listed": True})
            return _by_values(given, listed)
    return None


def normal_sql(column: Column, given: str, source: Source) -> str:
    """Return the SQL of a cell's text, normalised.

    Parameters
    ----------
    column : which the cell fills.
    given : SQL of the cell as it stands in the file, or found by a lookup; short, for it is repeated.
    source : of contacts, as of what leads to them, every cell is looked at closely. Of what happens in millions of
        rows, a cell of plain letters without blanks around it is taken as it is, which costs a fifth.

    Returns
    -------
    str
    """
    # An id has to come out alike in every table.
    if column.name != "contact_id" and (source.table == "contacts" or column.name in KEYS or column in CONTACTS):
        return normalised_sql(given)
    plain = f"strlen({given}) = length({given}) and {given} between '!' and '~~' and {given}[-1] between '!' and '~'"
    return f"case when {plain} then {given} else {normalised_sql(given)} end"


def text_sql(column: Column, rule: FieldRule, source: Source, text: str) -> str:
    """Return the SQL of a cell's text without what the rule cuts out and without markers of missing values.

    Parameters
    ----------
    column : which the cell fills.
    rule : how.
    source : whose markers of missing values hold beside the rule's.
    text : SQL of the normalised text; short, for it is repeated.

    Returns
    -------
    str
    """
    if rule.remove:
        text = f"nullif(trim(regexp_replace({text}, {literal(rule.remove)}, '', 'g')), '')"
    markers = [*source.missing, *rule.missing]
    # A product may be called Select, and None may be an answer; a city and whatever is no text is neither.
    if column.type not in ("text", "text list") or column in CONTACTS:
        kept = {word.lower() for word in rule.values}
        known = missing_markers("boolean" if column.type == "boolean" else column.name)
        markers += [marker for marker in known if marker not in kept]
    if column.type in ("number", "integer", "date", "timestamp") and not any(m[:1].isdigit() for m in markers):
        return f"case when {text} >= '0' and {text} < ':' then {text} else {missing_sql(text, markers)} end"
    return missing_sql(text, markers)


def listed_sql(column: Column, rule: FieldRule, text: str) -> str:
    """Return SQL that tells whether a text is among the words that the rule lists."""
    words = ", ".join(literal(word.lower()) for word in rule.values)
    if column.type == "text list":
        return f"coalesce(len(list_filter({_parts(text, rule)}, lambda part: lower(part) not in ({words}))), 0) = 0"
    return f"coalesce(lower({text}) in ({words}), {text} is null)"


def our_words_sql(column: Column, rule: FieldRule, text: str) -> str:
    """Return SQL for a text in our words; a list is translated part by part, later."""
    return text if column.type == "text list" else _by_values(text, rule)


def value_sql(column: Column, rule: FieldRule, field: CustomField | None, text: str, zone: str, region: str) -> str:
    """Return the SQL of the typed value of a text, null where it is unreadable.

    Parameters
    ----------
    column : which is filled.
    rule : how.
    field : the custom field of this name, if it is one.
    text : SQL of the text, from `text_sql`.
    zone : of times that name none.
    region : country of telephone numbers that name none, or nothing.

    Returns
    -------
    str
    """
    match column.type:
        case "text":
            return _text_value(column, rule, field, text, region)
        case "number":
            return number_sql(text, decimal=rule.decimal or ".")
        case "integer":
            # 2.0 is a whole number to whoever exported it, 2.5 is a fault; long ones do not fit a double.
            number = number_sql(text, decimal=rule.decimal or ".")
            return (
                f"case when regexp_full_match({text}, {literal(_WHOLE)}) then try_cast({text} as bigint) "
                f"when {number} = trunc({number}) then try_cast({number} as bigint) end"
            )
        case "boolean":
            return boolean_sql(text)
        case "text list":
            parts = f"list_transform({_parts(text, rule)}, lambda part: {_by_values('part', rule)})"
            present = f"list_filter({parts}, lambda part: part is not null)"
            if field is not None and field.choices:
                strange = f"list_filter({parts}, lambda part: {_chosen('part', field)} is null)"
                present = f"list_transform({present}, lambda part: {_chosen('part', field)})"
                return f"case when {text} is not null and coalesce(len({strange}), 0) = 0 then {present} end"
            # A contact without a tag has none, which is an answer; other lists that are empty are not known.
            return (
                f"coalesce({present}, [])"
                if column.name == "labels"
                else f"case when {text} is not null then {present} end"
            )
        case "date":
            return date_sql(text, rule.format or "iso")
        case "timestamp":
            return timestamp_sql(text, rule.format or "iso", rule.time_zone or zone)


def empty_column(column: Column) -> str:
    """Return a typed null for a column that a source does not fill."""
    return f"cast(null as {SQL_TYPES[column.type]})"


def _text_value(column: Column, rule: FieldRule, field: CustomField | None, text: str, region: str) -> str:
    if field is not None and field.choices:
        return _chosen(text, field)
    match column.name:
        case "email":
            plain = f"regexp_full_match(lower({text}), {literal(_PLAIN_EMAIL)})"
            return f"case when {plain} then lower({text}) when {text} is not null then clean_email({text}) end"
        case "phone" if rule.region or region:
            return f"case when {text} is not null then clean_phone({text}, {literal(rule.region or region)}) end"
        case "phone":
            # Without a country a local number cannot be completed; it is kept as it is written.
            return f"case when {text} is not null then coalesce(clean_phone({text}, ''), {text}) end"
        case "country":
            return f"case when {text} is not null then country_code({text}) end"
        case "language":
            return f"case when {text} is not null then language_code({text}) end"
    return identifier_sql(text) if rule.clean == "identifier" else text


def _chosen(text: str, field: CustomField) -> str:
    cases = " ".join(f"when {literal(choice.lower())} then {literal(choice)}" for choice in field.choices)
    return f"case lower({text}) {cases} end"


def _parts(text: str, rule: FieldRule) -> str:
    """Return the parts of a list that are not blank; quotes around a part are no part of it."""
    parts = f"string_split({text}, {literal(rule.split or ';')})"
    trimmed = f"list_transform({parts}, lambda part: nullif(trim(part, ' \t\"'), ''))"
    return f"list_filter({trimmed}, lambda part: part is not null)"


def _by_values(text: str, rule: FieldRule) -> str:
    """Return a text in our words; other texts stay, unless only listed ones are wanted."""
    if not rule.values:
        return text
    ours = ((word.lower(), "null" if to is None else literal(to)) for word, to in rule.values.items())
    cases = " ".join(f"when {literal(word)} then {to}" for word, to in ours)
    return f"case lower({text}) {cases} {'' if rule.only_listed else f'else {text}'} end"
