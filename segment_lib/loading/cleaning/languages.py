"""Languages by their ISO 639-1 codes, from codes and names in the languages of the CRMs."""

from functools import lru_cache

from segment_lib.loading.cleaning.names import TRANSLATED_INTO, plain, translations

# Names that ISO writes otherwise, and forms that shops use.
_SYNONYMS = {
    "castilian": "es", "castellano": "es", "espanol castellano": "es", "greek": "el", "mandarin": "zh", "flemish": "nl",
    "farsi": "fa", "bokmal": "nb", "brazilian": "pt", "brazilian portuguese": "pt", "simplified chinese": "zh",
    "traditional chinese": "zh", "british english": "en", "american english": "en", "valencian": "ca", "moldovan": "ro",
    "iw": "he", "in": "id", "ji": "yi", "slovene": "sl", "swahili": "sw", "malay": "ms", "nepali": "ne",
    "griechisch": "el", "grec": "el", "griego": "el", "greco": "el", "grego": "el", "grieks": "el", "grecki": "el",
    "ελληνικα": "el",
    # Languages' own names.
    "english": "en", "deutsch": "de", "francais": "fr", "espanol": "es", "italiano": "it", "portugues": "pt",
    "nederlands": "nl", "polski": "pl", "svenska": "sv", "dansk": "da", "norsk": "no", "suomi": "fi", "cestina": "cs",
    "slovencina": "sk", "magyar": "hu", "romana": "ro", "русский": "ru", "украинська": "uk", "українська": "uk",
    "turkce": "tr", "日本語": "ja", "中文": "zh", "한국어": "ko", "العربية": "ar", "catala": "ca", "euskara": "eu",
    "galego": "gl",
}  # fmt: skip


@lru_cache(maxsize=1)
def _codes() -> dict[str, str]:
    # Slow to import, and most who import this package clean nothing.
    import pycountry

    found: dict[str, str] = {}
    known = [language for language in pycountry.languages if getattr(language, "alpha_2", None)]
    for locale in TRANSLATED_INTO:
        for language in known:
            for name in translations("iso639-3", locale, language.name):
                found.setdefault(plain(name), language.alpha_2)
    for language in known:
        names = [language.name, getattr(language, "common_name", ""), getattr(language, "bibliographic", "")]
        for name in [*names, language.alpha_3, language.alpha_2]:
            if name:
                found[plain(name)] = language.alpha_2
    return found | {plain(name): code for name, code in _SYNONYMS.items()}


@lru_cache(maxsize=4096)
def language_code(text: str) -> str | None:
    """Return the ISO 639-1 code of a language, or None where it is not known; never a guess.

    Parameters
    ----------
    text : a code of two or three letters, with or without a country (`pt-BR`), or a name in one of many languages.

    Returns
    -------
    str or None

    Examples
    --------
    >>> [language_code(text) for text in ("EN", "spa", "pt_BR", "Deutsch", "allemand", "Klingon")]
    ['en', 'es', 'pt', 'de', 'de', None]
    """
    codes = _codes()
    whole = plain(text)
    if whole in codes:
        return codes[whole]
    # `en-US`, `zh_Hans_CN`, `de_AT.UTF-8`.
    first, *rest = plain(text.split(".", 1)[0].replace("_", "-").replace("-", " ")).split() or [""]
    regional = len(first) in (2, 3) and len(rest) in (1, 2) and all(len(part) in (2, 3, 4) for part in rest)
    return codes.get(first) if regional else codes.get(plain(text.split("(", 1)[0]))
