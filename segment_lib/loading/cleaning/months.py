"""Names of months in the languages of the CRMs, turned into the English ones that the engine reads."""

from segment_lib.loading.cleaning.names import plain
from segment_lib.sql import literal

# English, German, French, Spanish, Italian, Portuguese, Dutch; lower case, without accents, abbreviations included.
MONTHS = (
    ("Jan", "january jan januar janner jän jaenner jänner janvier janv enero ene gennaio gen janeiro januari"),
    ("Feb", "february feb februar fevrier fevr fev febrero febbraio fevereiro februari"),
    ("Mar", "march mar marz maerz mrz mars marzo marco maart mrt"),
    ("Apr", "april apr avril avr abril abr aprile"),
    ("May", "may mai mayo maggio mag maio mei"),
    ("Jun", "june jun juni juin junio giugno giu junho"),
    ("Jul", "july jul juli juillet juil julio luglio lug julho"),
    ("Aug", "august aug aout agosto ago augustus"),
    ("Sep", "september sep sept septembre septiembre setiembre settembre set setembro"),
    ("Oct", "october oct oktober okt octobre octubre ottobre ott outubro out"),
    ("Nov", "november nov novembre noviembre novembro"),
    ("Dec", "december dec dezember dez decembre diciembre dic dicembre dezembro"),
)
FULL = {short: words.split()[0].capitalize() for short, words in MONTHS}
_MONTH_WORDS = [word for _, words in MONTHS for word in words.split()]
_WEEKDAYS = (
    "monday mon tuesday tue tues wednesday wed thursday thu thur thurs friday fri saturday sat sunday sun "
    "montag mo dienstag di mittwoch mi donnerstag do freitag fr samstag sa sonnabend sonntag so "
    "lundi lun mardi mercredi mer jeudi jeu vendredi ven samedi sam dimanche dim "
    "lunes martes miercoles mie jueves jue viernes vie sabado sab domingo dom "
    "lunedi martedi mercoledi giovedi gio venerdi sabato "
    "segunda terca quarta qua quinta qui sexta sex segunda-feira terca-feira quarta-feira quinta-feira sexta-feira "
    "maandag ma dinsdag woensdag wo donderdag vrijdag vr zaterdag za zondag zo"
)


def words_pattern(words: list[str]) -> str:
    """Return a pattern (RE2, no groups) for one of the words as a whole word.

    Examples
    --------
    >>> words_pattern(["may", "mayo"])
    '\\\\b(?:mayo|may)\\\\b'
    """
    # Longest first: an alternation takes the first that fits.
    return rf"\b(?:{'|'.join(sorted(set(words), key=lambda word: (-len(word), word)))})\b"


def plain_sql(text: str) -> str:
    """Return SQL for a date with words in lower case and without accents, ordinals and weekdays.

    Parameters
    ----------
    text : SQL expression of type text, trimmed.

    Returns
    -------
    str

    Examples
    --------
    >>> import duckdb
    >>> duckdb.sql("select " + plain_sql("'Mardi, 1er Août 2023'")).fetchall()[0][0]
    '1 août 2023'
    """
    # `sept 5th`, `1er`; the day of the week says nothing that the date does not.
    lower = f"replace(lower({text}), 'ç', 'c')"
    ordinals = rf"regexp_replace({lower}, '\b([0-9]{{1,2}})(st|nd|rd|th|er|º|ª)\b', '\1')"
    weekdays = f"^{words_pattern(_WEEKDAYS.split())}[.]?,?[ ]*"
    return f"regexp_replace({ordinals}, {literal(weekdays)}, '')"


def english_months_sql(text: str, *, full: bool) -> str:
    """Return SQL for a date whose month is spelled in English, as `Jan` or as `January`.

    Parameters
    ----------
    text : SQL expression of type text, trimmed.
    full : whether the whole name is wanted.

    Returns
    -------
    str
        Words of the date are in lower case, weekdays and ordinals are gone.

    Examples
    --------
    >>> import duckdb
    >>> duckdb.sql("select " + english_months_sql("'5. März 2024'", full=False)).fetchall()[0][0]
    '5. Mar 2024'
    """
    plain = f"strip_accents({plain_sql(text)})"
    pattern = words_pattern(_MONTH_WORDS)
    # A map, not a `case`: the engine would look for the word again for every branch.
    pairs = ", ".join(
        f"{literal(word)}: {literal(FULL[short] if full else short)}"
        for short, words in MONTHS
        for word in words.split()
    )
    english = f"(map {{{pairs}}})[regexp_extract({plain}, {literal(pattern)})]"
    return f"regexp_replace({plain}, {literal(pattern + '[.]?')}, {english})"


def is_month(word: str) -> bool:
    """Return whether a word is the name of a month.

    Examples
    --------
    >>> is_month("März"), is_month("Sunday")
    (True, False)
    """
    return plain(word) in _MONTH_WORDS


def is_weekday(word: str) -> bool:
    """Return whether a word is the name of a day of the week.

    Examples
    --------
    >>> is_weekday("miércoles"), is_weekday("May")
    (True, False)
    """
    return plain(word).replace(" ", "-") in _WEEKDAYS.split()
