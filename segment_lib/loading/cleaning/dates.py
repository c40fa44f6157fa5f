"""Dates and times as texts, read by one declared format."""

import re

from segment_lib.errors import InvalidOption
from segment_lib.loading.cleaning.months import english_months_sql, plain_sql
from segment_lib.sql import literal

_DAY = r"\d{4}[-/]\d{1,2}[-/]\d{1,2}"
_TIME = r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?"
_OFFSET = r"(Z|UTC|GMT|[+-]\d{2}(:?\d{2})?)"
_LOCAL = f"{_DAY}([ T]{_TIME})?"
_ZONED = f"{_DAY}[ T]{_TIME} ?{_OFFSET}"
# The commonest forms, of years that stay within four digits in every zone.
_PLAIN_DAY = "(?:1[1-9]|[2-8][0-9])[0-9]{2}-[0-9]{2}-[0-9]{2}"
_PLAIN_TIME = "[0-9]{2}:[0-9]{2}:[0-9]{2}"
_NUMBERS = {"excel": r"\d{1,7}([.]\d+)?", "unix": r"-?\d{1,11}([.]\d+)?", "unix ms": r"-?\d{1,14}"}
_DIRECTIVES = "aAbBdfHIjmMpSyYzZ"
# Plain digits: as long as the format says, or `2024012` would be a day.
_WIDTHS = {"%Y": 4, "%y": 2, "%m": 2, "%d": 2, "%H": 2, "%M": 2, "%S": 2}


def date_sql(text: str, format: str) -> str:
    """Return SQL for the day that a text names, null where the format does not read it to its end.

    Parameters
    ----------
    text : SQL expression of type text, trimmed.
    format : directives of `strptime`; `iso`, `excel` (serial numbers), `unix`, `unix ms`; or several joined by `|`, of
        which the first that reads a text counts. Names of months may be in English, German, French, Spanish, Italian,
        Portuguese or Dutch; names of weekdays are not compared with the date. `%y` is 1969 to 2068.

    Returns
    -------
    str
        Of a text with a time and an offset, the day is the one written. Years are 1000 to 9999; 31 February is null.

    Raises
    ------
    InvalidOption
        The format holds a directive that is not read.

    Examples
    --------
    >>> import duckdb
    >>> str(duckdb.sql("select " + date_sql("'31/01/2024'", "%d/%m/%Y")).fetchall()[0][0])
    '2024-01-31'
    """
    return _first([_one_date(text, one) for one in _formats(format)])


def timestamp_sql(text: str, format: str, zone: str) -> str:
    """Return SQL for the instant (timestamp with time zone) that a text names, null where the format does not read it.

    Parameters
    ----------
    text : SQL expression of type text, trimmed.
    format : as in `date_sql`; with `%z` or `%Z` the text itself says its zone.
    zone : the zone of times that name none, for example `Europe/Madrid`.

    Returns
    -------
    str
        An hour that the clock leaps over in spring is read with the offset from before the leap, so 02:30 is 03:30; one
        that it strikes twice in autumn is the second one. A day without a time begins at midnight.

    Raises
    ------
    InvalidOption
        The format holds a directive that is not read.

    Examples
    --------
    >>> import duckdb
    >>> read = timestamp_sql("'2024-10-24 17:43:26 UTC'", "iso", "Europe/Madrid")
    >>> duckdb.sql(f"select epoch({read})").fetchall()[0][0]
    1729791806.0
    """
    return _first([_one_instant(text, one, zone) for one in _formats(format)])


def _formats(format: str) -> list[str]:
    formats = [one.strip() for one in format.split("|")]
    for one in formats:
        unknown = [
            found for found in re.findall(r"%(.?)", one.replace("%%", "")) if found not in _DIRECTIVES or not found
        ]
        plain = one not in {"iso", *_NUMBERS} and not re.search(f"%[{_DIRECTIVES}]", one)
        if unknown or plain:
            what = f"`%{unknown[0]}`" if unknown else f"`{one}`"
            names = ", ".join(["iso", *_NUMBERS])
            rule = f"a format of dates must be {names} or directives such as %d/%m/%Y, joined by |"
            raise InvalidOption(f"{rule}, got {what} in `{format}`.")
    return formats


def _first(reads: list[str]) -> str:
    return reads[0] if len(reads) == 1 else f"coalesce({', '.join(reads)})"


def _in_range(value: str) -> str:
    return f"case when year({value}) between 1000 and 9999 then {value} end"


def _plain_first(text: str, pattern: str, plain: str, other: str) -> str:
    """Return SQL that spares the commonest form the checks that the others need."""
    return f"case when regexp_full_match({text}, {literal(pattern)}) then {plain} else {_in_range(other)} end"


def _one_date(text: str, format: str) -> str:
    if format == "iso":
        day = f"try_cast(regexp_extract({text}, {literal('^' + _DAY)}) as date)"
        strict = f"regexp_full_match(upper({text}), {literal(f'{_LOCAL}|{_ZONED}')})"
        return _plain_first(text, _PLAIN_DAY, f"try_cast({text} as date)", f"case when {strict} then {day} end")
    if format in _NUMBERS:
        return f"cast({_numbered(text, format)} as date)"
    if format == "%Y-%m-%d":
        slow = f"cast(try_strptime({text}, '%Y-%m-%d') as date)"
        return _plain_first(text, _PLAIN_DAY, f"try_cast({text} as date)", slow)
    zoned = re.search(r" ?(?<!%)(?:%%)*%[zZ]$", format)
    if zoned:
        # The day as written, if the whole can be read.
        bare = rf"regexp_replace({text}, '(?i)[ ]?([a-z]+(/[a-z_/]+)?|[+-][0-9]{{2}}:?([0-9]{{2}})?)$', '')"
        read = _strptime(text, format)
        day = _strptime(bare, format[: zoned.start()])
        return _in_range(f"case when {read} is not null then cast({day} as date) end")
    utc = " at time zone 'UTC'" if _has_zone(format) else ""
    return _in_range(f"cast({_strptime(text, format)}{utc} as date)")


def _one_instant(text: str, format: str, zone: str) -> str:
    local = f"at time zone {literal(zone)}"
    clock = f"try_cast({text} as timestamp) {local}"
    if format == "iso":
        return _plain_first(text, f"{_PLAIN_DAY}(?: {_PLAIN_TIME})?", clock, _iso_instant(text, local))
    if format in _NUMBERS:
        # Seconds are counted from 1970 in UTC; a spreadsheet shows the clock on the wall.
        zone_of_clock = local if format == "excel" else "at time zone 'UTC'"
        return f"({_numbered(text, format)} {zone_of_clock})"
    if format == "%Y-%m-%d %H:%M:%S":
        slow = f"try_strptime({text}, {literal(format)}) {local}"
        return _plain_first(text, f"{_PLAIN_DAY} {_PLAIN_TIME}", clock, slow)
    read = _strptime(text, format)
    return _in_range(read if _has_zone(format) else f"({read} {local})")


def _iso_instant(text: str, local: str) -> str:
    # The engine reads `10:00 PM` and `10:00 UTC` as 10:00 of whatever zone, so a time must look like one to its end.
    written = f"upper({text})"
    clock = f"try_cast(regexp_extract({written}, {literal('^' + _LOCAL)}) as timestamp)"
    offset = f"regexp_replace(regexp_extract({written}, {literal(_OFFSET + '$')}), '^[A-Z]+', '+00')"
    return (
        f"case when regexp_full_match({written}, {literal(_LOCAL)}) then {clock} {local} "
        f"when regexp_full_match({written}, {literal(_ZONED)}) "
        f"then try_cast(cast({clock} as varchar) || {offset} as timestamptz) end"
    )


def _numbered(text: str, format: str) -> str:
    """Return SQL for a timestamp that is written as a number."""
    read = f"regexp_full_match({text}, {literal(_NUMBERS[format])})"
    number = f"try_cast({text} as double)"
    if format == "excel":
        # Spreadsheets believe in 29 February 1900, which is number 60. Their fractions are exact to the second.
        first = f"case when {number} < 60 then timestamp '1899-12-31' else timestamp '1899-12-30' end"
        instant = f"({first}) + to_seconds(round({number} * 86400))"
        inside = f"{number} >= 1 and {number} < 2958466 and trunc({number}) <> 60"
    else:
        micros = f"cast(round({number} * {1_000_000 if format == 'unix' else 1_000}) as bigint)"
        instant = f"make_timestamp({micros})"
        seconds = number if format == "unix" else f"{number} / 1000"
        inside = f"{seconds} between -30610224000 and 253402300799"
    return f"case when {read} and {inside} then {instant} end"


def _strptime(text: str, format: str) -> str:
    """Return SQL for a timestamp, with a zone where the format has one; null where it does not read the whole text."""
    if not re.search("%[aAbB]", format):
        words = text
    elif re.search("%[bB]", format):
        words = english_months_sql(text, full="%B" in format)
        format = re.sub("%[aA][.]?,? *", "", format)
        # Words around the month, such as Spanish `de`, are in lower case and without accents as those of the text.
        format = re.sub(r"(%.)|([^%]+)", lambda found: found[1] or found[2].lower(), format)
        format = re.sub("(%[bB])[.]", r"\1", format)
    else:
        words = plain_sql(text)
        format = re.sub("%[aA][.]?,? *", "", format)
    if "%p" in format:
        words = rf"regexp_replace({words}, '(?i)([ap])[.][ ]?m[.]?', '\1m')"
    if re.search("%[zZ]$", format):
        words = f"regexp_replace({words}, '(?i)([0-9 ])z$', '\\1{'+00' if format.endswith('%z') else 'UTC'}')"
    read = f"try_strptime({words}, {literal(format)})"
    directives = re.findall("%.", format)
    if "".join(directives) == format and all(one in _WIDTHS for one in directives):
        return f"case when strlen({text}) = {sum(_WIDTHS[one] for one in directives)} then {read} end"
    return read


def _has_zone(format: str) -> bool:
    return re.search("%[zZ]", format.replace("%%", "")) is not None
