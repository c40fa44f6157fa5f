"""Names compared without regard to case, accents and punctuation, and their translations."""

import gettext
import re
import unicodedata
from collections.abc import Iterator
from functools import cache

# Languages whose names of countries and languages are understood; English comes first in any case.
TRANSLATED_INTO = (
    "de", "fr", "es", "it", "pt", "pt_BR", "nl", "pl", "ca", "gl", "eu", "sv", "da", "nb", "fi", "cs", "sk", "sl",
    "hr", "hu",
    "ro", "tr", "el", "ru", "uk", "bg", "sr", "lt", "lv", "et", "is", "he", "ar", "ja", "ko", "zh_CN", "zh_TW",
)  # fmt: skip
# Letters that do not come apart into a letter and a mark.
_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "ß": "ss", "ı": "i", "þ": "th"})


def plain(name: str) -> str:
    """Return a name in lower case, without accents and punctuation, for comparing.

    Examples
    --------
    >>> plain(" Côte d’Ivoire "), plain("TRINIDAD & TOBAGO")
    ('cote d ivoire', 'trinidad and tobago')
    """
    apart = unicodedata.normalize("NFKD", name.casefold()).translate(_LETTERS)
    bare = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return " ".join(re.sub(r"[\W_]+", " ", bare.replace("&", " and ")).split())


def translations(domain: str, locale: str, name: str) -> Iterator[str]:
    """Yield a name in another language as pycountry's catalogue has it, if it has.

    Parameters
    ----------
    domain : catalogue: `iso3166-1` for countries, `iso639-3` for languages.
    locale : the language.
    name : the English name.

    Yields
    ------
    str

    Examples
    --------
    >>> list(translations("iso3166-1", "de", "Spain"))
    ['Spanien']
    """
    # Some catalogues give several names, as `Castilian; Spanish`.
    translated = _catalogue(domain, locale).gettext(name)
    if translated != name:
        yield translated
        yield from (part for part in translated.split(";") if part.strip() and part != translated)


@cache
def _catalogue(domain: str, locale: str) -> gettext.NullTranslations:
    # Slow to import, and most who import this package clean nothing.
    import pycountry

    return gettext.translation(domain, pycountry.LOCALES_DIR, languages=[locale], fallback=True)
