"""The contacts as buyers: type, when they came and went, how often they buy, how they take letters."""

from dataclasses import dataclass, fields
from typing import Final

import numpy as np
import numpy.typing as npt

from segment_lib.loading.synthetic.buying_types import (
    BUYING_TYPES,
    CODE,
    LAPSED,
    NEVER_BOUGHT,
    NEW_BUYERS,
    per_type,
)
from segment_lib.loading.synthetic.shop_calendar import DAY, ShopCalendar, draw_days, draw_time_of_day

NEW_BUYER_DAYS: Final = 90
LAPSED_DAYS: Final = 200
_SHORTEST_LAPSED_LIFE_DAYS: Final = 150
_ESTABLISHED_DAYS: Final = 120
_OLD_CUSTOMERS: Final = {LAPSED.name: 0.5, NEW_BUYERS.name: 0.0, NEVER_BOUGHT.name: 0.2}
_OLD_CUSTOMERS_ELSEWHERE: Final = 0.28
_ACQUISITION_GROWTH: Final = 0.25
# From December 2025 to early March 2026 the shop advertised: more first purchases than season explains.
_ADVERTISING_FACTOR: Final = 7.0

YES: Final = 1
NO: Final = 0
UNKNOWN: Final = -1


@dataclass(frozen=True)
class People:
    """One place per contact.

    Parameters
    ----------
    buying_type : place in `BUYING_TYPES`.
    created_second : local second at which the contact entered the CRM.
    first_order_second : local second of the first order, or -1 for customers of before the data begin and non-buyers.
    start_day, end_day : days between which further orders may fall; the end is not included.
    orders_per_year : the contact's own rate.
    organisation : a restaurant, office or the like.
    extra_units : mean number of units that an organisation orders beyond what a household does; 0 for households.
    email_consent : 1 yes, 0 no, -1 unknown.
    open_probability, click_probability : for one letter; for one opened letter.
    """

    buying_type: npt.NDArray[np.int64]
    created_second: npt.NDArray[np.int64]
    first_order_second: npt.NDArray[np.int64]
    start_day: npt.NDArray[np.int64]
    end_day: npt.NDArray[np.int64]
    orders_per_year: npt.NDArray[np.float64]
    organisation: npt.NDArray[np.bool_]
    extra_units: npt.NDArray[np.float64]
    email_consent: npt.NDArray[np.int64]
    open_probability: npt.NDArray[np.float64]
    click_probability: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.buying_type)

    def in_order_of_creation(self) -> "People":
        """Sort by the time of entry into the CRM, as its ids are given."""
        places = np.argsort(self.created_second, kind="stable")
        return People(**{field.name: getattr(self, field.name)[places] for field in fields(self)})

    @property
    def is_buyer(self) -> npt.NDArray[np.bool_]:
        """Whether the type is one that buys."""
        return np.asarray(self.buying_type != CODE[NEVER_BOUGHT.name])


def draw_people(n: int, calendar: ShopCalendar, rng: np.random.Generator, *, activity: float = 1.0) -> People:
    """Draw contacts.

    Parameters
    ----------
    n : number of contacts.
    calendar : the days of the data.
    rng : source of chance.
    activity : factor on how often contacts buy.
    """
    shares = per_type("share")
    buying_type = rng.choice(len(BUYING_TYPES), size=n, p=shares / shares.sum()).astype(np.int64)
    is_old = rng.random(n) < _old_customer_share()[buying_type]
    start_day = np.where(is_old, 0, _draw_arrival_days(buying_type, calendar, rng))
    has_first_order = ~is_old & (buying_type != CODE[NEVER_BOUGHT.name])
    arrival_second = calendar.first_second + start_day * DAY + draw_time_of_day(n, rng)
    organisation = rng.random(n) < per_type("organisation")[buying_type]
    people = People(
        buying_type=buying_type,
        created_second=_draw_created_seconds(arrival_second, is_old, has_first_order, rng),
        first_order_second=np.where(has_first_order, arrival_second, -1),
        start_day=np.where(has_first_order, np.minimum(start_day + 1, calendar.n_days), start_day),
        end_day=_draw_end_days(buying_type, start_day, calendar, rng),
        orders_per_year=activity * per_type("orders_per_year")[buying_type] * _draw_spread(buying_type, rng),
        organisation=organisation,
        # A few large kitchens dominate spend.
        extra_units=np.where(organisation, np.minimum(0.65 * rng.lognormal(0.0, 1.0, n), 9.0), 0.0),
        email_consent=_draw_consent(per_type("consent")[buying_type], rng),
        open_probability=np.minimum(per_type("open_rate")[buying_type] * rng.gamma(5.0, 0.2, n), 0.95),
        click_probability=np.minimum(per_type("click_rate")[buying_type] * rng.gamma(5.0, 0.2, n), 0.9),
    )
    return people.in_order_of_creation()


def _old_customer_share() -> npt.NDArray[np.float64]:
    return np.array([_OLD_CUSTOMERS.get(buying_type.name, _OLD_CUSTOMERS_ELSEWHERE) for buying_type in BUYING_TYPES])


def _draw_spread(buying_type: npt.NDArray[np.int64], rng: np.random.Generator) -> npt.NDArray[np.float64]:
    shape = per_type("rate_shape")[buying_type]
    return np.asarray(rng.gamma(shape) / shape)


def _draw_arrival_days(
    buying_type: npt.NDArray[np.int64], calendar: ShopCalendar, rng: np.random.Generator
) -> npt.NDArray[np.int64]:
    first, last = np.zeros(len(BUYING_TYPES), dtype=np.int64), np.full(len(BUYING_TYPES), calendar.n_days)
    last -= _ESTABLISHED_DAYS
    last[CODE[LAPSED.name]] = calendar.n_days - LAPSED_DAYS - _SHORTEST_LAPSED_LIFE_DAYS
    last[CODE[NEVER_BOUGHT.name]] = calendar.n_days
    first[CODE[NEW_BUYERS.name]], last[CODE[NEW_BUYERS.name]] = calendar.n_days - NEW_BUYER_DAYS, calendar.n_days
    position = rng.random(len(buying_type))
    day = np.zeros(len(buying_type), dtype=np.int64)
    for code, season in enumerate(per_type("season")):
        chosen = buying_type == code
        n = int(chosen.sum())
        day[chosen] = draw_days(
            _arrival_intensity(season, calendar), np.full(n, first[code]), np.full(n, last[code]), position[chosen]
        )
    return day


def _arrival_intensity(season: npt.NDArray[np.float64], calendar: ShopCalendar) -> npt.NDArray[np.float64]:
    daily = np.diff(calendar.cumulative_intensity(season, _ACQUISITION_GROWTH))
    days = np.arange(calendar.n_days) + np.datetime64(calendar.first_day)
    advertised = (days >= np.datetime64("2025-12-01")) & (days <= np.datetime64("2026-03-10"))
    return np.concatenate([[0.0], np.cumsum(np.where(advertised, daily * _ADVERTISING_FACTOR, daily))])


def _draw_end_days(
    buying_type: npt.NDArray[np.int64],
    start_day: npt.NDArray[np.int64],
    calendar: ShopCalendar,
    rng: np.random.Generator,
) -> npt.NDArray[np.int64]:
    latest = calendar.n_days - LAPSED_DAYS
    earliest = np.minimum(start_day + _SHORTEST_LAPSED_LIFE_DAYS, latest)
    stop = earliest + np.floor(rng.random(len(start_day)) * (latest - earliest + 1)).astype(np.int64)
    return np.where(buying_type == CODE[LAPSED.name], np.maximum(stop, 1), calendar.n_days)


def _draw_created_seconds(
    arrival_second: npt.NDArray[np.int64],
    is_old: npt.NDArray[np.bool_],
    has_first_order: npt.NDArray[np.bool_],
    rng: np.random.Generator,
) -> npt.NDArray[np.int64]:
    n = len(arrival_second)
    at_checkout = rng.integers(180, 2400, n)
    weeks_before = rng.integers(1, 60, n) * DAY
    years_before = rng.integers(30, 1100, n) * DAY
    before = np.where(rng.random(n) < 0.7, at_checkout, weeks_before)
    return arrival_second - np.where(is_old, years_before, np.where(has_first_order, before, 0))


def _draw_consent(yes: npt.NDArray[np.float64], rng: np.random.Generator) -> npt.NDArray[np.int64]:
    position = rng.random(len(yes))
    refused = yes + (1 - yes) * 0.6
    return np.where(position < yes, YES, np.where(position < refused, NO, UNKNOWN)).astype(np.int64)
