"""Yes and no, in the words of people, programs and CRMs."""

from segment_lib.sql import literal

YES = (
    "yes", "y", "true", "t", "1", "1.0", "on", "x", "checked", "✓", "✔", "☑",
    "ja", "j", "wahr", "oui", "vrai", "sí", "si", "s", "sì", "verdadero", "vero", "sim", "verdadeiro", "waar",
    "tak", "prawda",
    "subscribed", "opted in", "opted-in", "opt in", "opt-in", "opted_in", "granted", "enabled",
)  # fmt: skip
NO = (
    "no", "n", "false", "f", "0", "0.0", "off", "unchecked", "✗", "✘", "☐",
    "nein", "falsch", "non", "faux", "falso", "não", "nao", "nee", "onwaar", "nie", "fałsz",
    "unsubscribed", "opted out", "opted-out", "opt out", "opt-out", "opted_out", "denied", "disabled",
)  # fmt: skip


def boolean_sql(text: str) -> str:
    """Return SQL for the truth value of a text, null where it is no word for yes or no.

    Parameters
    ----------
    text : SQL expression of type text, trimmed.

    Returns
    -------
    str

    Examples
    --------
    >>> import duckdb
    >>> cells = ["Yes", "NEIN", "opted out", "maybe"]
    >>> [duckdb.sql("select " + boolean_sql(literal(cell))).fetchall()[0][0] for cell in cells]
    [True, False, False, None]
    """
    yes, no = (", ".join(map(literal, words)) for words in (YES, NO))
    return f"case when lower({text}) in ({yes}) then true when lower({text}) in ({no}) then false end"
