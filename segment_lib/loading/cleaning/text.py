"""Text as it should be compared and shown: composed letters, plain blanks, nothing around it."""

# Blanks of every width, and control characters: a no-break space looks like a blank and is not equal to one.
_BLANKS = r"[\x00-\x1f\x7f\x{80}-\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]"  # fmt: skip
# Marks without width, left by web pages and byte order marks. Joiners stay: Persian and emoji are spelled with them.
_INVISIBLE = r"[\x{200b}\x{200e}\x{200f}\x{202a}-\x{202e}\x{2060}\x{2066}-\x{2069}\x{feff}]"


def normalised_sql(text: str) -> str:
    """Return SQL for a text in composed letters (NFC) with plain blanks, trimmed; null where nothing is left.

    Parameters
    ----------
    text : SQL expression of type text.

    Returns
    -------
    str
        Every control character and blank of another width is a blank, marks without width are gone. Runs of blanks
        inside stay as they are.

    Examples
    --------
    >>> import duckdb
    >>> duckdb.sql("select " + normalised_sql("' Jose' || chr(769) || chr(160) || 'Ruiz' || chr(9)")).fetchall()
    [('José Ruiz',)]
    """
    # Nearly all cells hold printable ASCII alone: one look spares them three rewritings.
    blanks = f"regexp_replace({text}, '{_BLANKS}', ' ', 'g')"
    mended = f"nfc_normalize(regexp_replace({blanks}, '{_INVISIBLE}', '', 'g'))"
    return f"nullif(trim(case when regexp_matches({text}, '[^ -~]') then {mended} else {text} end), '')"
