"""Countries and languages by the names that people say."""

import gettext
import re
from functools import cache

from segment_lib.features.rules.nouns import Language

# Where the name of ISO 3166-1 or its translation is not what people say.
_COUNTRIES: dict[str, dict[Language, str]] = {
    "BQ": {"en": "the Caribbean Netherlands", "es": "Caribe Neerlandés"},
    "CD": {"en": "the Democratic Republic of the Congo", "es": "República Democrática del Congo"},
    "CI": {"en": "Ivory Coast", "es": "Costa de Marfil"},
    "DZ": {"en": "Algeria", "es": "Argelia"},
    "FK": {"en": "the Falkland Islands", "es": "Islas Malvinas"},
    "NE": {"en": "Niger", "es": "Níger"},
    "PS": {"en": "Palestine", "es": "Palestina"},
    "RU": {"en": "Russia", "es": "Rusia"},
    "SH": {"en": "Saint Helena", "es": "Santa Elena"},
    "SR": {"en": "Suriname", "es": "Surinam"},
    "TN": {"en": "Tunisia", "es": "Túnez"},
    "VG": {"en": "the British Virgin Islands", "es": "Islas Vírgenes Británicas"},
    "VI": {"en": "the U.S. Virgin Islands", "es": "Islas Vírgenes de Estados Unidos"},
    "XK": {"en": "Kosovo", "es": "Kosovo"},
}
_WITH_THE = ("AE", "BS", "CF", "CG", "DO", "FM", "GB", "GM", "IM", "MV", "NL", "PH", "US", "VA")
_LANGUAGES: dict[str, dict[Language, str]] = {"el": {"en": "Greek", "es": "griego"}}


@cache
def country_name(code: str, language: Language) -> str | None:
    """Return the name of a country by its code of two letters, or None where there is no such code.

    Parameters
    ----------
    code : ISO 3166-1 alpha-2, in capitals.
    language : of the name.

    Returns
    -------
    str or None

    Examples
    --------
    >>> country_name("US", "en"), country_name("US", "es"), country_name("QQ", "en")
    ('the United States', 'Estados Unidos', None)
    """
    # Slow to import, and only sentences about countries need it.
    import pycountry

    if code in _COUNTRIES:
        return _COUNTRIES[code][language]
    country = pycountry.countries.get(alpha_2=code) if re.fullmatch("[A-Z]{2}", code) else None
    if country is None:
        return None
    name: str = getattr(country, "common_name", country.name)
    if language == "es":
        name = gettext.translation("iso3166-1", pycountry.LOCALES_DIR, languages=["es"], fallback=True).gettext(name)
    # `Virgin Islands, British` are the British Virgin Islands.
    name = " ".join(reversed(re.sub(r"\s*\(.*\)", "", name).split(", ")))
    takes_the = language == "en" and (code in _WITH_THE or name.endswith(("Islands", "Territories", "Territory")))
    return f"the {name}" if takes_the else name


@cache
def language_name(code: str, language: Language) -> str | None:
    """Return the name of a language by its code of two letters, or None where there is no such code.

    Parameters
    ----------
    code : ISO 639-1, in small letters.
    language : of the name.

    Returns
    -------
    str or None

    Examples
    --------
    >>> language_name("de", "en"), language_name("de", "es")
    ('German', 'alemán')
    """
    import pycountry

    if code in _LANGUAGES:
        return _LANGUAGES[code][language]
    found = pycountry.languages.get(alpha_2=code) if re.fullmatch("[a-z]{2}", code) else None
    if found is None:
        return None
    name: str = found.name
    if language == "es":
        name = gettext.translation("iso639-3", pycountry.LOCALES_DIR, languages=["es"], fallback=True).gettext(name)
        name = name.split(";")[0].lower()
    return re.sub(r"\s*\(.*\)", "", name)
