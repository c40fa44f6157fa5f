"""The contacts as a CRM knows them: names, addresses, who they are, what they allow."""

from datetime import timedelta
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from segment_lib.loading.synthetic.buying_types import CODE, LAPSED, LIFESTYLES, NEVER_BOUGHT, per_type
from segment_lib.loading.synthetic.names import (
    COMPANY_FORMS,
    DOMAINS,
    INTERESTS,
    MEN,
    OCCUPATIONS,
    SOURCES,
    SURNAMES,
    WOMEN,
)
from segment_lib.loading.synthetic.people import NO, UNKNOWN, YES, People
from segment_lib.loading.synthetic.places import CITIES, COUNTRIES
from segment_lib.loading.synthetic.shop_calendar import ShopCalendar, to_utc

_Texts = npt.NDArray[np.object_]

_LETTERS: Final = np.array(list("ABDEFGHJLNPQRSTUWXYZ"), dtype=object)
_ANSWERED_SHARE: Final = {"income": 0.62, "occupation": 0.7, "lifestyle": 0.66, "interests": 0.55, "gender": 0.93}
_RELATIONSHIPS: Final = ("prospect", "client", "debtor", "supplier", "collaborator")
_INTEREST_OF_LIFESTYLE: Final = np.array([1, 5, 0, 2])


def contact_ids(n: int, *, first: int = 1) -> _Texts:
    """Give contact ids, numbered from `first`.

    Examples
    --------
    >>> contact_ids(2).tolist()
    ['C0000001', 'C0000002']
    """
    return np.array([f"C{number:07d}" for number in range(first, first + n)], dtype=object)


def describe_contacts(people: People, calendar: ShopCalendar, rng: np.random.Generator) -> pd.DataFrame:
    """Draw what the CRM knows of each contact.

    Demographics, place, lifestyle and consent depend on the buying type, moderately.

    Returns
    -------
    One row per contact with the library's column names; what is not known is missing.
    """
    n = len(people)
    city = _draw_cities(people, rng)
    country = np.array([c.country for c in CITIES], dtype=object)[city]
    language = pd.Series(country).map({c.code: c.language for c in COUNTRIES}).to_numpy(dtype=object)
    is_woman = rng.random(n) < 0.56
    first_name, last_name = _draw_names(language, is_woman, rng)
    lifestyle = _draw_lifestyles(people, rng)
    return pd.DataFrame(
        {
            "contact_id": contact_ids(n),
            "first_name": first_name,
            "last_name": last_name,
            "email": _make_emails(first_name, last_name, rng),
            "phone": _make_phones(country, rng),
            "company": _draw_companies(people, last_name, language, rng),
            "country": country,
            "region": np.array([c.region for c in CITIES], dtype=object)[city],
            "city": np.array([c.name for c in CITIES], dtype=object)[city],
            "postal_code": _draw_postcodes(city, rng),
            "language": language,
            "birth_date": _draw_birth_dates(people, calendar, rng),
            "gender": _known(np.where(is_woman, "female", "male"), _asked(people, "gender", rng)),
            "household_size": _draw_household_sizes(people, rng),
            "income": _draw_incomes(people, rng),
            "occupation": _known(rng.choice(np.array(OCCUPATIONS), size=n), _asked(people, "occupation", rng)),
            "relationships": _draw_relationships(people, rng),
            "acquired_at": to_utc(people.created_second),
            "source": rng.choice(np.array(SOURCES), size=n, p=[0.34, 0.2, 0.16, 0.06, 0.12, 0.05, 0.07]),
            "email_consent": _as_consent(people.email_consent),
            "phone_consent": _as_consent(_draw_consent(n, 0.45, rng)),
            "sms_consent": _as_consent(_draw_consent(n, 0.3, rng)),
            "lifestyle": _known(np.array(LIFESTYLES)[lifestyle], _asked(people, "lifestyle", rng)),
            "interests": _draw_interests(lifestyle, _asked(people, "interests", rng), rng),
            "preferred_channel": _draw_channels(people, rng),
            "renewal_date": _draw_renewals(people, calendar, rng),
        }
    )


def _known(values: npt.NDArray[np.str_], mask: npt.NDArray[np.bool_]) -> _Texts:
    known = values.astype(object)
    known[~mask] = None
    return known


def _asked(people: People, question: str, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    return np.asarray(~people.organisation & (rng.random(len(people)) < _ANSWERED_SHARE[question]))


def _draw_rows(weights: npt.NDArray[np.float64], rng: np.random.Generator) -> npt.NDArray[np.int64]:
    cumulative = np.cumsum(weights / weights.sum(axis=1, keepdims=True), axis=1)
    place = (rng.random(len(weights))[:, None] > cumulative).sum(axis=1)
    return np.asarray(np.minimum(place, weights.shape[1] - 1), dtype=np.int64)


def _draw_cities(people: People, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    share = {country.code: country.share for country in COUNTRIES}
    total = {code: sum(city.weight for city in CITIES if city.country == code) for code in share}
    weight = np.array([share[city.country] * city.weight / total[city.country] for city in CITIES])
    south = np.array([city.is_south for city in CITIES])
    factors = np.where(south, per_type("south")[:, None], 1.0)
    return _draw_rows((weight * factors)[people.buying_type], rng)


def _draw_lifestyles(people: People, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    return _draw_rows(per_type("lifestyles")[people.buying_type], rng)


def _draw_names(language: _Texts, is_woman: npt.NDArray[np.bool_], rng: np.random.Generator) -> tuple[_Texts, _Texts]:
    first, last = np.empty(len(language), dtype=object), np.empty(len(language), dtype=object)
    for code, surnames in SURNAMES.items():
        spoken = language == code
        for given, mask in ((WOMEN, spoken & is_woman), (MEN, spoken & ~is_woman)):
            first[mask] = rng.choice(np.array(given[code].split(), dtype=object), size=int(mask.sum()))
        pool = np.array(surnames.split(), dtype=object)
        last[spoken] = rng.choice(pool, size=int(spoken.sum()))
        if code == "es":
            last[spoken] += " " + rng.choice(pool, size=int(spoken.sum()))
    return first, last


def _make_emails(first_name: _Texts, last_name: _Texts, rng: np.random.Generator) -> _Texts:
    name = pd.Series(first_name + "." + last_name).str.replace(" ", "").str.lower()
    plain = name.str.normalize("NFKD").str.encode("ascii", "ignore").str.decode("ascii")
    domain = pd.Series(rng.choice(np.array(DOMAINS, dtype=object), size=len(plain)))
    nth = (plain + "@" + domain).groupby(plain + "@" + domain).cumcount()
    number = nth.map(lambda count: "" if count == 0 else str(count + 1))
    return (plain + number + "@" + domain).to_numpy(dtype=object)


def _make_phones(country: _Texts, rng: np.random.Generator) -> _Texts:
    phone = np.empty(len(country), dtype=object)
    for place in COUNTRIES:
        there = np.flatnonzero(country == place.code)
        # Scattered over the range without repeats until it is used up.
        numbers = rng.permutation(10**place.phone_digits)
        digits = np.resize(numbers, len(there))
        phone[there] = [f"{place.phone}{number:0{place.phone_digits}d}" for number in digits.tolist()]
    return phone


def _draw_companies(people: People, last_name: _Texts, language: _Texts, rng: np.random.Generator) -> _Texts:
    company = np.full(len(people), None, dtype=object)
    choice = rng.random(len(people))
    for place in np.flatnonzero(people.organisation):
        forms = COMPANY_FORMS[language[place]]
        company[place] = forms[int(choice[place] * len(forms))].format(last_name[place].split()[0])
    return company


def _draw_postcodes(city: npt.NDArray[np.int64], rng: np.random.Generator) -> _Texts:
    form = {country.code: country.postcode for country in COUNTRIES}
    forms = [form[place.country].replace("*", place.postcode_start) for place in CITIES]
    digits = rng.integers(0, 10, (len(city), 8))
    letters = rng.choice(_LETTERS, size=(len(city), 8))

    def fill(text: str, row: int) -> str:
        return "".join(
            str(digits[row, place]) if sign == "#" else letters[row, place] if sign == "@" else sign
            for place, sign in enumerate(text)
        )

    return np.array([fill(forms[number], row) for row, number in enumerate(city)], dtype=object)


def _draw_birth_dates(people: People, calendar: ShopCalendar, rng: np.random.Generator) -> _Texts:
    mean = per_type("age")[people.buying_type]
    age = np.clip(rng.normal(mean, 10.5), 18.5, 91.0)
    known = ~people.organisation & (rng.random(len(people)) < 0.78)
    days = (age * 365.25).astype(np.int64).tolist()
    return np.array(
        [calendar.last_day - timedelta(days=lived) if told else None for lived, told in zip(days, known, strict=True)],
        dtype=object,
    )


def _draw_household_sizes(people: People, rng: np.random.Generator) -> pd.arrays.IntegerArray:
    size = np.minimum(1 + rng.poisson(per_type("household")[people.buying_type] - 1), 8)
    known = ~people.organisation & (rng.random(len(people)) < 0.7)
    return pd.arrays.IntegerArray(size.astype(np.int64), ~known)


def _draw_incomes(people: People, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    median = per_type("income")[people.buying_type] * 0.95
    income = np.round(median * rng.lognormal(0.0, 0.33, len(people)), -2)
    return np.where(_asked(people, "income", rng), income, np.nan)


def _draw_relationships(people: People, rng: np.random.Generator) -> _Texts:
    n = len(people)
    buys = people.is_buyer
    debtor_share = np.where(people.organisation, 0.09, 0.012) * np.where(
        people.buying_type == CODE[LAPSED.name], 3.0, 1.0
    )
    supplier_share = np.where(people.organisation, 0.08, 0.001)
    chosen = np.column_stack(
        [
            ~buys,
            buys,
            buys & (rng.random(n) < debtor_share),
            rng.random(n) < supplier_share,
            rng.random(n) < 0.009,
        ]
    )
    # Some of the organisations that never bought are suppliers and nothing else.
    only_supplier = people.organisation & (people.buying_type == CODE[NEVER_BOUGHT.name]) & chosen[:, 3]
    chosen[only_supplier, 0] = False
    return np.array(
        [[name for name, is_so in zip(_RELATIONSHIPS, row, strict=True) if is_so] for row in chosen.tolist()] + [None],
        dtype=object,
    )[:-1]


def _draw_consent(n: int, yes: float, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    return rng.choice(np.array([YES, NO, UNKNOWN]), size=n, p=[yes, (1 - yes) * 0.7, (1 - yes) * 0.3])


def _as_consent(codes: npt.NDArray[np.int64]) -> pd.arrays.BooleanArray:
    return pd.arrays.BooleanArray(codes == YES, codes == UNKNOWN)


def _draw_interests(lifestyle: npt.NDArray[np.int64], asked: npt.NDArray[np.bool_], rng: np.random.Generator) -> _Texts:
    chosen = rng.random((len(lifestyle), len(INTERESTS))) < 0.16
    likely = rng.random(len(lifestyle)) < 0.6
    chosen[np.flatnonzero(likely), _INTEREST_OF_LIFESTYLE[lifestyle[likely]]] = True
    chosen[~asked] = False
    return np.array(
        [[name for name, is_so in zip(INTERESTS, row, strict=True) if is_so] for row in chosen.tolist()] + [None],
        dtype=object,
    )[:-1]


def _draw_channels(people: People, rng: np.random.Generator) -> _Texts:
    weights = np.column_stack(
        [
            0.2 + people.open_probability,
            0.1 + 1.6 * per_type("phone_share")[people.buying_type],
            np.full(len(people), 0.12),
        ]
    )
    choice = np.array(["email", "phone", "sms"])[_draw_rows(weights, rng)]
    return _known(choice, rng.random(len(people)) < 0.8)


def _draw_renewals(people: People, calendar: ShopCalendar, rng: np.random.Generator) -> _Texts:
    subscribes = rng.random(len(people)) < per_type("subscriber")[people.buying_type]
    ahead = rng.integers(1, 366, len(people)).tolist()
    return np.array(
        [
            calendar.last_day + timedelta(days=days) if is_so else None
            for days, is_so in zip(ahead, subscribes.tolist(), strict=True)
        ],
        dtype=object,
    )
