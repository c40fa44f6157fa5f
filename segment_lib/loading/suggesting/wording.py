"""Headers as words: `E-Mail-Adresse`, `InvoiceNo` and `Dt_Customer` become words that can be compared."""

import re
import unicodedata
from functools import lru_cache

_LETTERS = str.maketrans({"ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "æ": "ae", "œ": "oe", "’": "'"})
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_BREAKS = re.compile(r"[\W_]+")
LONGEST = 200


@lru_cache(maxsize=8192)
def split_words(header: str) -> tuple[str, ...]:
    """Return the words of a header, in lower case and without accents.

    Parameters
    ----------
    header : as the file has it.

    Returns
    -------
    tuple of str

    Examples
    --------
    >>> split_words("E-Mail-Adresse"), split_words("InvoiceNo"), split_words("Código postal")
    (('e', 'mail', 'adresse'), ('invoice', 'no'), ('codigo', 'postal'))
    """
    plain = unicodedata.normalize("NFKD", header[:LONGEST].translate(_LETTERS))
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return tuple(word for word in _BREAKS.split(_CAMEL.sub(" ", letters).lower()) if word)


def plain_words(header: str) -> str:
    """Return the words of a header with single blanks between them.

    Examples
    --------
    >>> plain_words("  Kunden-Nr. ")
    'kunden nr'
    """
    return " ".join(split_words(header))


def word_set(words: str) -> frozenset[str]:
    """Return words that are written with blanks between them as a set.

    Examples
    --------
    >>> sorted(word_set("price cost"))
    ['cost', 'price']
    """
    return frozenset(words.split())


def field_name(header: str, taken: frozenset[str] = frozenset()) -> str:
    """Return a name for a field of the workspace's own, made of a header's words.

    Parameters
    ----------
    header : as the file has it.
    taken : names that are in use.

    Returns
    -------
    str
        Begins with a letter; where the name is taken, a number follows.

    Examples
    --------
    >>> field_name("Notes/Description"), field_name("2nd choice"), field_name("名前")
    ('notes_description', 'field_2nd_choice', 'field')
    """
    name = "_".join(re.sub(r"[^a-z0-9]", "", word) for word in split_words(header)).strip("_")
    name = re.sub(r"_+", "_", name)[:60].strip("_")
    if not name or not name[0].isalpha():
        name = f"field_{name}".strip("_")
    free, number = name, 2
    while free in taken:
        free, number = f"{name}_{number}", number + 1
    return free
