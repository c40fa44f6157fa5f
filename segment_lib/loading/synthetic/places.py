"""Countries, regions and cities of the sample shop's contacts, with the form of their postcodes and telephones."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Country:
    """A country of the shop.

    Parameters
    ----------
    code : ISO 3166-1 alpha-2.
    language : ISO 639-1.
    share : share of contacts.
    postcode : `#` is a digit to draw, `@` a letter to draw, `*` the city's own beginning.
    phone : beginning of the telephone number; as far as a country reserves numbers for fiction, from those.
    phone_digits : number of digits that follow.
    """

    code: str
    language: str
    share: float
    postcode: str
    phone: str
    phone_digits: int


@dataclass(frozen=True)
class City:
    """A city: its beginning of postcodes, its weight among its country's cities, and whether it is in Spain's south."""

    country: str
    region: str
    name: str
    postcode_start: str
    weight: float
    is_south: bool = False


COUNTRIES: Final = (
    Country("ES", "es", 0.68, "*###", "+346000", 5),
    Country("PT", "pt", 0.09, "*##-###", "+3519100", 5),
    Country("FR", "fr", 0.08, "*###", "+3363998", 4),
    Country("DE", "de", 0.07, "*###", "+493023125", 3),
    Country("IT", "it", 0.05, "*###", "+393200", 6),
    Country("GB", "en", 0.03, "*# #@@", "+447700900", 3),
)

CITIES: Final = (
    City("ES", "Madrid", "Madrid", "28", 5.0),
    City("ES", "Cataluña", "Barcelona", "08", 3.2),
    City("ES", "Comunidad Valenciana", "Valencia", "46", 3.0),
    City("ES", "Comunidad Valenciana", "Alicante", "03", 1.4),
    City("ES", "Andalucía", "Sevilla", "41", 1.8, True),
    City("ES", "Andalucía", "Málaga", "29", 1.8, True),
    City("ES", "Andalucía", "Granada", "18", 1.0, True),
    City("ES", "Andalucía", "Almería", "04", 0.7, True),
    City("ES", "Región de Murcia", "Murcia", "30", 1.1, True),
    City("ES", "Aragón", "Zaragoza", "50", 1.1),
    City("ES", "País Vasco", "Bilbao", "48", 1.2),
    City("ES", "Galicia", "A Coruña", "15", 0.8),
    City("ES", "Illes Balears", "Palma", "07", 0.9),
    City("ES", "Castilla y León", "Ávila", "05", 0.3),
    City("PT", "Lisboa", "Lisboa", "11", 3.0),
    City("PT", "Norte", "Porto", "40", 2.0),
    City("PT", "Algarve", "Faro", "80", 1.0),
    City("FR", "Île-de-France", "Paris", "75", 3.0),
    City("FR", "Provence-Alpes-Côte d'Azur", "Nice", "06", 1.2),
    City("FR", "Occitanie", "Toulouse", "31", 1.2),
    City("FR", "Auvergne-Rhône-Alpes", "Bourg-en-Bresse", "01", 0.5),
    City("DE", "Berlin", "Berlin", "10", 2.0),
    City("DE", "Bayern", "München", "80", 2.0),
    City("DE", "Sachsen", "Leipzig", "04", 0.8),
    City("DE", "Nordrhein-Westfalen", "Köln", "50", 1.2),
    City("IT", "Lombardia", "Milano", "20", 2.0),
    City("IT", "Lazio", "Roma", "00", 2.0),
    City("IT", "Emilia-Romagna", "Bologna", "40", 0.9),
    City("GB", "England", "London", "SW1", 2.0),
    City("GB", "England", "Manchester", "M1", 0.8),
    City("GB", "Scotland", "Edinburgh", "EH1", 0.7),
)
