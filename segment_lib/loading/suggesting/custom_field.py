"""A column that fits no standard field becomes a field of the workspace's own: with a type, a family and choices."""

import re
from collections import Counter
from dataclasses import dataclass

from segment_lib.loading.suggesting.evidence import ColumnEvidence
from segment_lib.loading.suggesting.wording import field_name, split_words, word_set

_DATES = word_set(
    "date day datum fecha data am at on when time timestamp dt until since deadline birthday closed created"
)
_IDS = word_set(
    "id ids no nr number nummer numero num code key sku upc ean isbn zip plz reference ref uuid guid phone "
    "tel fax iban vat nif cif siret"
)
_COUNTS = word_set("num count anzahl nombre cantidad visits orders purchases employees days week year age month")
_MONEY = word_set(
    "price prices amount value spend spent revenue cost costs fee fees disc discount tax taxes vat total "
    "subtotal salary budget payment paid profit margin income balance mnt monto montant betrag preis kosten "
    "umsatz rabatt wert importe precio coste ingreso descuento gasto prix cout remise importo prezzo sconto "
    "costo preco valor desconto custo bedrag prijs korting eur usd gbp euro dollar money shipping tip "
    "refunded turnover clv ltv"
)
_FAMILIES = {
    "identity": "phone mobile fax email url website facebook twitter linkedin instagram domain ip id name "
        "username external",
    "geographic": "address street suburb territory latitude longitude lat lon lng zone store place location "
        "district area strasse direccion adresse indirizzo endereco adres zip",
    "relationship": "owner stage status lead lifecycle account pipeline deal source segment group tier cohort created "
        "modified updated vip supplier agent salesperson",
    "demographic": "age marital education kids children kid teen home year birth industry employees job household "
        "gender ethnicity religion civil familie kinder beruf estado",
    "preference": "like likes prefer preferred preference favourite favorite interest interests opt wants wish "
        "consent",
    "psychographic": "lifestyle attitude opinion motive personality belief",
    "behavioural": "recency frequency visit visits purchases orders num last accepted response conversion session "
        "platform event device cart browser channel activity seen opened clicked rating score week",
}  # fmt: skip
_CHOICES_AT_MOST = 40
_REPEATED = 4
_LONGEST_CHOICE = 60
_LIST_MARKS = (";", "|", ",")


@dataclass(frozen=True)
class CustomProposal:
    """A field for fields.yml: name, type, family, choices (where the type has them), meaning and unit."""

    name: str
    type: str
    family: str
    choices: tuple[str, ...] = ()
    meaning: str = ""
    unit: str = ""


def propose_field(column: ColumnEvidence, table: str, *, instant: str | None, taken: frozenset[str]) -> CustomProposal:
    """Propose a field of the workspace's own for a column.

    Parameters
    ----------
    column : the evidence.
    table : contacts or interactions.
    instant : date or timestamp where the values read as such, otherwise None.
    taken : names of fields that are in use.

    Returns
    -------
    CustomProposal
    """
    kind, choices = _type(column, instant)
    family = _family(column, table, kind)
    name = field_name(column.column, taken)
    meaning = f"The column {column.column} of the file"
    return CustomProposal(name, kind, family, choices, meaning, "money" if kind == "money" else "")


def may_be_date(column: ColumnEvidence) -> bool:
    """Tell whether a column's values may be days: digits alone are days only where the header says so."""
    digits = max(column.share("number"), column.share("integer"))
    if digits > 0.5 and not _DATES & set(split_words(column.column)):
        return False
    return column.share("date") >= 0.8


def list_mark(column: ColumnEvidence) -> str:
    """Return what separates the parts of a list of texts, or an empty text where the column holds none.

    Parameters
    ----------
    column : the evidence.

    Returns
    -------
    str
        A list repeats its parts from row to row; a sentence with a comma does not.
    """
    for mark in _LIST_MARKS:
        parts = Counter(part.strip() for value in column.sample for part in value.split(mark))
        several = sum(mark in value for value in column.sample)
        longest = max(map(len, parts), default=0)
        enough = several >= max(2, len(column.sample) // 20) or (mark == ";" and several > 0)
        # Parts that combine freely are a list; `$1,000 and more` and `York, UK` are one thing with a comma.
        free = mark != "," or (column.distinct > len(parts) and not any(part[:1].isdigit() for part in parts))
        if enough and free and longest <= _LONGEST_CHOICE and len(parts) * 2 <= sum(parts.values()):
            return mark
    return ""


def _type(column: ColumnEvidence, instant: str | None) -> tuple[str, tuple[str, ...]]:
    words = split_words(column.column)
    values = [value for value, _ in column.common]
    if column.filled and _is_boolean(column, values):
        return "boolean", ()
    if instant:
        return instant, ()
    is_id = bool(_IDS & set(words)) and not _is_count(words)
    numeric = column.filled > 0 and column.share("number") >= 0.98
    if numeric and not is_id:
        whole = all(re.fullmatch(r"[+-]?\d+(\.0+)?", value) for value in column.sample)
        if (_MONEY & set(words) and not _is_count(words)) or _has_currency(column):
            return "money", ()
        return ("integer" if whole else "number"), ()
    parts = "" if numeric else list_mark(column)
    if parts:
        found = sorted({part.strip() for value in column.sample for part in value.split(parts)} - {""})
        return ("multi-choice", tuple(found)) if len(found) <= _CHOICES_AT_MOST else ("text list", ())
    few = column.distinct <= min(_CHOICES_AT_MOST, column.filled // _REPEATED)
    if (
        few
        and column.filled
        and max(map(len, values)) <= _LONGEST_CHOICE
        and not (numeric and is_id and "code" not in words)
    ):
        return "choice", tuple(sorted(values))
    return "text", ()


def _has_currency(column: ColumnEvidence) -> bool:
    marked = sum(bool(re.search("[$€£¥]|^[A-Z]{3} |[0-9] ?[A-Z]{3}$", value)) for value in column.sample)
    return marked >= 0.9 * len(column.sample)


def _is_boolean(column: ColumnEvidence, values: list[str]) -> bool:
    if column.share("boolean") < 1 or column.distinct > 3:
        return False
    # One whole number alone may count something.
    return column.distinct > 1 or not column.share("integer") or column.filled < column.rows


def _is_count(words: tuple[str, ...]) -> bool:
    return words[:2] == ("number", "of") or (bool(_COUNTS & set(words)) and not {"id", "code"} & set(words))


def _family(column: ColumnEvidence, table: str, kind: str) -> str:
    words = set(split_words(column.column))
    for look in ("email", "phone", "url", "ip"):
        if column.share(look) > 0.8 and look != "phone":
            return "relationship" if "owner" in words or "by" in words else "identity"
    if table == "interactions":
        return "financial" if kind == "money" else "interaction"
    if kind == "money":
        return "financial"
    for family, known in _FAMILIES.items():
        if words & set(known.split()):
            return family
    return "behavioural" if kind in ("integer", "number", "boolean", "date", "timestamp") else "demographic"
