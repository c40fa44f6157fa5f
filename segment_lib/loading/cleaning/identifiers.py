"""Ids: names of things, which programs like to turn into numbers."""


def identifier_sql(text: str) -> str:
    """Return SQL for an id as it was before a spreadsheet or a data frame made a number of it.

    `17850.0` is 17850; the apostrophe and the formula (`="007"`) that keep a spreadsheet from counting go. Leading
    zeros and everything else stay, also `1.7850E4`, whose digits may be lost already.

    Parameters
    ----------
    text : SQL expression of type text, trimmed.

    Returns
    -------
    str

    Examples
    --------
    >>> import duckdb
    >>> texts = ("'17850.0'", "'00420'", "'12.50'")
    >>> duckdb.sql("select " + ", ".join(map(identifier_sql, texts))).fetchall()
    [('17850', '00420', '12.50')]
    """
    formula = f"""starts_with({text}, '="') and ends_with({text}, '"') and length({text}) > 2"""
    # Only cells that end in a zero are looked at closely.
    integral = f"ends_with({text}, '0') and regexp_full_match({text}, '-?[0-9]+[.]0+')"
    return (
        f"nullif(case when {integral} then split_part({text}, '.', 1) "
        f"when starts_with({text}, '''') then trim({text}[2:]) "
        f"when {formula} then trim({text}[3:length({text}) - 1]) else trim({text}) end, '')"
    )
