"""What people and programs write where they have nothing to say."""

import re
from collections.abc import Sequence

from segment_lib.sql import literal

MISSING = (
    # Marks alone.
    "-", "--", "---", "–", "—", ".", "..", "...", "?", "??", "/",
    # What programs write: SQL, Python, pandas, R, JavaScript, spreadsheets and pivot tables.
    "null", "none", "nil", "nan", "na", "n/a", "n.a.", "n.a", "<na>", "nat", "undefined", "(null)", "<null>", "\\n",
    "[null]", "#n/a", "#n/a!", "#value!", "#ref!", "#name?", "#null!", "#div/0!", "#num!", "#nv", "#wert!", "#bezug!",
    "(blank)", "(empty)", "(none)", "blank", "empty", "(leer)", "(vide)", "(en blanco)", "(vuoto)", "(vazio)",
    # Freshsales and web forms export the prompt of a list that nobody opened.
    "select", "--select--", "-- select --", "- select -", "please select", "select...", "select one", "choose",
    "choose one",
    "seleccionar", "seleccione", "bitte wählen", "bitte auswählen", "sélectionner", "choisir", "selezionare",
    "seleziona",
    "selecione", "selecteer",
    # Words, each in English, German, French, Spanish, Italian, Portuguese, Dutch and Polish. Not "no", "other" or "0":
    # these are answers.
    "unknown", "not known", "not specified", "unspecified", "not provided", "not given", "not available",
    "not applicable",
    "not set", "no data", "no value", "missing", "(not set)", "(unknown)",
    "unbekannt", "keine angabe", "k.a.", "k. a.", "nicht angegeben", "nicht verfügbar", "fehlt",
    "inconnu", "inconnue", "non renseigné", "non précisé", "non spécifié", "non disponible", "n.d.", "n/d", "s/o",
    "desconocido", "desconocida", "no especificado", "sin especificar", "no disponible", "sin datos", "no consta",
    "s/d",
    "sconosciuto", "sconosciuta", "non specificato", "non disponibile", "n.p.",
    "desconhecido", "desconhecida", "não especificado", "não informado", "não disponível", "sem dados",
    "onbekend", "niet opgegeven", "niet beschikbaar", "n.v.t.", "nvt",
    "nieznany", "nieznane", "nieznana", "nie podano", "brak", "brak danych",
)  # fmt: skip

# Markers that are right values of a field: Namibia and Nauru have the codes NA, and people are called Null, Nil and Na.
_MEANT = {
    "country": ("na",),
    "language": ("na",),
    "first_name": ("na", "nat"),
    "last_name": ("na", "null", "nil", "nat", "none", "missing"),
    "boolean": ("nil", "na"),
}


def missing_markers(field: str) -> tuple[str, ...]:
    """Return the default markers of a field: `MISSING` without those that are right values of it.

    Parameters
    ----------
    field : name of a standard field; the others have all of `MISSING`.

    Returns
    -------
    tuple of str

    Examples
    --------
    >>> "na" in missing_markers("city"), "na" in missing_markers("country")
    (True, False)
    """
    meant = _MEANT.get(field, ())
    return tuple(marker for marker in MISSING if marker not in meant)


def missing_sql(text: str, markers: Sequence[str]) -> str:
    """Return SQL for a text that is null where the whole of it is one of the markers.

    Parameters
    ----------
    text : SQL expression of type text, trimmed.
    markers : what stands for nothing; upper and lower case are alike.

    Returns
    -------
    str

    Examples
    --------
    >>> import duckdb
    >>> duckdb.sql("select " + missing_sql("'N/A'", MISSING) + ", " + missing_sql("'Nadia'", MISSING)).fetchall()
    [(None, 'Nadia')]
    """
    words = sorted({marker.strip().lower() for marker in markers} - {""})
    if not words:
        return text
    longest = max(len(word) for word in words)
    # A pattern, not `in`: of a long list the engine makes a join, through which all cells of the row have to go.
    pattern = literal("(?i)" + "|".join(map(re.escape, words)))
    return f"case when length({text}) <= {longest} and regexp_full_match({text}, {pattern}) then null else {text} end"
