"""Numbers and money as people write them, read strictly: what could mean two things is not read."""

from segment_lib.checks import check_option
from segment_lib.loading.cleaning.currencies import BLANK, currency_pattern
from segment_lib.sql import literal


def number_sql(text: str, *, decimal: str = ".") -> str:
    """Return SQL for the number (double) that a text holds, null where it is none.

    Read are currency signs and codes before or after, one sign before or after, brackets for negative, thousands in
    groups of three (or as in India) parted by blanks, apostrophes or the mark that is not `decimal`, and a per cent
    sign, which is dropped: `12 %` is 12. Not read are `12abc`, `1,23` where the decimal mark is a point, `nan`, `inf`.

    Parameters
    ----------
    text : SQL expression of type text, trimmed.
    decimal : the mark before the decimals, `.` or `,`; the same for the whole column.

    Returns
    -------
    str

    Raises
    ------
    InvalidOption
        The decimal mark is neither.

    Examples
    --------
    >>> import duckdb
    >>> cells = ["$90,000", "(45.00)", "CHF 1'234.50", "1.234,56"]
    >>> [duckdb.sql("select " + number_sql(literal(cell))).fetchall()[0][0] for cell in cells]
    [90000.0, -45.0, 1234.5, None]
    >>> duckdb.sql("select " + number_sql("'1.234,56'", decimal=",")).fetchall()[0][0]
    1234.56
    """
    check_option(decimal, (".", ","), name="decimal")
    # The engine reads `1_000`, `+-5` and `inf` too; all else that it reads is a number as programs write it.
    if decimal == ".":
        plain, strange = f"try_cast({text} as double)", f"(contains({text}, '_') or contains({text}, '+-'))"
    else:
        plain, strange = f"try_cast(replace({text}, ',', '.') as double)", f"regexp_matches({text}, '[._]|[+]-')"
    simple = f"-?[$€£]?{BLANK}?{number_pattern(decimal)}{BLANK}?[$€£%]?"
    return (
        f"case when isfinite({plain}) and not {strange} then {plain} "
        f"when regexp_full_match({text}, {literal(simple)}) then {_digits(text, decimal)} "
        f"else {_written(text, decimal)} end"
    )


def number_pattern(decimal: str) -> str:
    """Return a pattern (RE2, no groups) for digits with thousands and decimals, without sign and currency.

    Examples
    --------
    >>> import re
    >>> [bool(re.fullmatch(number_pattern("."), text)) for text in ("1,234.50", "1,23", ".5")]
    [True, False, True]
    """
    comma = "[.]" if decimal == "," else ","
    point = "," if decimal == "," else "[.]"
    grouped = "|".join(
        [
            rf"[1-9][0-9]{{0,2}}(?:{comma}[0-9]{{3}})+",
            rf"[1-9][0-9]{{0,2}}(?:{BLANK}[0-9]{{3}})+",
            r"[1-9][0-9]{0,2}(?:['’´`][0-9]{3})+",
            rf"[1-9][0-9]?(?:{comma}[0-9]{{2}})+{comma}[0-9]{{3}}",
        ]
    )
    return rf"(?:(?:{grouped}|[0-9]+)(?:{point}[0-9]+)?|{point}[0-9]+)"


def written_pattern(decimal: str) -> str:
    """Return a pattern (RE2, no groups) for a whole cell: a number with signs and a currency.

    Examples
    --------
    >>> import re
    >>> [bool(re.fullmatch(written_pattern("."), text)) for text in ("- $1,234.50", "1,23")]
    [True, False]
    """
    currency, blanks = currency_pattern(), f"{BLANK}*"
    before, after = f"[-+(−–]?{blanks}{currency}?{blanks}[-+(−–]?{blanks}", f"{blanks}[-)−–]?"
    return f"{before}{number_pattern(decimal)}{after}{blanks}(?:{currency}|%)?{after}"


def _written(text: str, decimal: str) -> str:
    """Return SQL for a number that the engine does not read by itself."""
    # `12,-` and `12.--` are whole amounts, not negative ones.
    whole = f"regexp_replace({text}, '([0-9])[.,][-–—]{{1,2}}', '\\1')"
    # Two signs, one bracket alone, or two currencies are no number.
    signed = r"[^-+()−–]*([-+−–][^-+()−–]*|\([^-+()−–]*\)[^-+()−–]*)?"
    readable = (
        f"regexp_full_match({whole}, {literal(written_pattern(decimal))}) and regexp_full_match({whole}, '{signed}') "
        f"and not regexp_matches({whole}, '[A-Z]{{3}}.*[A-Z]{{3}}')"
    )
    # The point of `Fr.` is none of the number's.
    number = _digits(f"translate(regexp_replace({whole}, '([a-zв])[.]', '\\1'), '-', '')", decimal)
    return f"case when {readable} then case when regexp_matches({whole}, '[-−–(]') then -{number} else {number} end end"


def _digits(text: str, decimal: str) -> str:
    """Return SQL for the number that is left of a text without thousands and signs, a leading minus excepted."""
    digits = f"regexp_replace({text}, '[^-0-9{decimal}]+', '', 'g')"
    pointed = digits if decimal == "." else f"replace({digits}, ',', '.')"
    return f"try_cast({pointed} as double)"
