"""Countries by their ISO 3166-1 codes, from codes and names in the languages of the CRMs."""

from functools import lru_cache

from segment_lib.loading.cleaning.names import TRANSLATED_INTO, plain, translations

# What people and exports write that ISO does not; names are compared without case, accents and punctuation.
_SYNONYMS = {
    "GB": "uk; great britain; britain; england; scotland; wales; northern ireland; u k; "
    "united kingdom of great britain; gbr; "
    "united kingdom uk; the united kingdom; grossbritannien; grande bretagne; gran bretana; gran bretagna; "
    "gra bretanha; "
    "groot brittannie; inglaterra; angleterre; inghilterra; engeland; schottland; ecosse; escocia; "
    "vereinigtes konigreich; "
    "royaume uni; reino unido; regno unito; wielka brytania",
    "US": "usa; u s; u s a; america; united states of america; the united states; us of a; estados unidos; eeuu; "
    "ee uu; "
    "etats unis; etats unis d amerique; stati uniti; stati uniti d america; vereinigte staaten; "
    "vereinigte staaten von amerika; amerika; verenigde staten; estados unidos de america; eua; stany zjednoczone",
    "IE": "eire; republic of ireland; irish republic; rep of ireland; southern ireland",
    "XK": "kosovo; xkx; xk; republic of kosovo; kosova; kosovo republic",
    "RU": "russia; russian federation; russland; russie; rusia; rossiya; rusland; россия",
    "KR": "south korea; korea south; republic of korea; korea republic of; s korea; rok; sudkorea; coree du sud; "
    "corea del sur; corea del sud; coreia do sul; zuid korea; republica de corea",
    "KP": "north korea; korea north; dprk; nordkorea; coree du nord; corea del norte; corea del nord; coreia do norte",
    "CI": "ivory coast; cote d ivoire; cote divoire; elfenbeinkuste; costa de marfil; costa d avorio; costa do marfim",
    "NL": "holland; the netherlands; niederlande; pays bas; paises bajos; paesi bassi; paises baixos; hollande; "
    "holanda; olanda; "
    "nederland",
    "CZ": "czech republic; czechia; the czech republic; tschechien; tschechische republik; republique tcheque; "
    "chequia; "
    "republica checa; repubblica ceca; tsjechie; czech rep",
    "MK": "macedonia; north macedonia; fyrom; former yugoslav republic of macedonia; mazedonien; macedoine",
    "SZ": "swaziland; eswatini", "MM": "burma; myanmar; birma; birmanie; birmania", "CV": "cape verde; cabo verde; "
    "kap verde",
    "TL": "east timor; timor leste", "VN": "vietnam; viet nam", "LA": "laos", "BO": "bolivia", "BN": "brunei",
    "VE": "venezuela", "TZ": "tanzania", "SY": "syria", "IR": "iran; persia", "MD": "moldova; moldavia",
    "TW": "taiwan; taiwan roc; republic of china; chinese taipei", "PS": "palestine; palestinian territory; "
    "palestinian territories; "
    "state of palestine",
    "VA": "vatican; vatican city; holy see", "CD": "dr congo; democratic republic of the congo; drc; congo kinshasa; "
    "zaire",
    "CG": "congo; republic of the congo; congo brazzaville", "GM": "the gambia; gambia", "BS": "the bahamas; bahamas",
    "FM": "micronesia", "FK": "falkland islands; islas malvinas", "TR": "turkey; turkiye; republic of turkey",
    "CN": "china; people s republic of china; peoples republic of china; prc; mainland china; p r china",
    "HK": "hong kong; hong kong sar; hongkong", "MO": "macau; macao", "AE": "uae; u a e; emirates; "
    "united arab emirates; "
    "vae; eau", "SA": "ksa; saudi", "ZA": "south africa; rsa", "NZ": "nz; new zealand; aotearoa",
    "BA": "bosnia; bosnia herzegovina; bosnia hercegovina", "TT": "trinidad; trinidad tobago", "AG": "antigua",
    "KN": "st kitts and nevis; st kitts", "LC": "st lucia", "VC": "st vincent and the grenadines; st vincent",
    "SH": "st helena; saint helena", "PM": "st pierre and miquelon", "BL": "st barths; st barthelemy",
    "MF": "st martin; saint martin",
    "RE": "reunion",
    "VG": "british virgin islands; bvi", "VI": "us virgin islands; u s virgin islands; usvi; "
    "united states virgin islands", "CW": "curacao",
    "ST": "sao tome",
    "DE": "germany; brd; bundesrepublik deutschland; federal republic of germany; west germany; deutschland",
    "ES": "espana; spain; kingdom of spain", "CH": "schweiz; suisse; svizzera; svizra; swiss", "AT": "osterreich; "
    "oesterreich",
    "GR": "greece; hellas; griechenland", "SK": "slovak republic; slovakia", "BY": "byelorussia; belorussia; belarus",
    "BE": "belgie; belgique; belgien", "AX": "aland islands", "IM": "isle of man", "CK": "cook islands",
    "KG": "kirghizia; kyrgyzstan", "PG": "papua new guinea; png", "BR": "brasil", "SJ": "svalbard; "
    "svalbard and jan mayen islands", "PN": "pitcairn islands", "LY": "libyan arab jamahiriya",
    "IT": "italia",
    "FR": "metropolitan france",
    "SX": "sint maarten; st maarten", "JE": "channel islands jersey", "GG": "channel islands guernsey",
}  # fmt: skip


@lru_cache(maxsize=1)
def _codes() -> dict[str, str]:
    # Slow to import, and most who import this package clean nothing.
    import pycountry

    found: dict[str, str] = {}
    claims: dict[str, set[str]] = {}
    for locale in TRANSLATED_INTO:
        for country in pycountry.countries:
            english = [country.name, getattr(country, "common_name", ""), getattr(country, "official_name", "")]
            for name in english:
                for translated in translations("iso3166-1", locale, name) if name else ():
                    claims.setdefault(plain(translated), set()).add(country.alpha_2)
    # A name that means one country here and another there is not understood.
    found.update({name: next(iter(codes)) for name, codes in claims.items() if len(codes) == 1})
    for country in pycountry.countries:
        english = [country.name, getattr(country, "common_name", ""), getattr(country, "official_name", "")]
        # `Korea, Republic of` is the Republic of Korea.
        turned = [" ".join(reversed(name.split(", "))) for name in english if name.count(", ") == 1]
        for name in [*english, *turned, country.alpha_3, country.alpha_2]:
            if name:
                found[plain(name)] = country.alpha_2
    found.update({plain(name): code for code, names in _SYNONYMS.items() for name in names.split(";")})
    found.pop("", None)
    return found


@lru_cache(maxsize=4096)
def country_code(text: str) -> str | None:
    """Return the ISO 3166-1 code of a country, or None where it is not known; never a guess.

    Parameters
    ----------
    text : a code of two or three letters, or a name in one of many languages; case, accents and punctuation do not
        count.

    Returns
    -------
    str or None
        Kosovo is XK, which ISO leaves to users. England, Scotland, Wales and Northern Ireland are GB.

    Examples
    --------
    >>> [country_code(text) for text in ("España", "UK", "NA", "DEU", "Elfenbeinküste", "European Community")]
    ['ES', 'GB', 'NA', 'DE', 'CI', None]
    """
    codes, name = _codes(), plain(text)
    bare = name.removeprefix("the ")
    return codes.get(name) or codes.get(bare) or codes.get(plain(text.split("(", 1)[0]))
