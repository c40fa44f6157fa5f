"""Orders, their lines, and refunds."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from segment_lib.loading.synthetic.buying_types import per_type
from segment_lib.loading.synthetic.events import CHANNEL, Events, make_events
from segment_lib.loading.synthetic.people import People
from segment_lib.loading.synthetic.products import PRICES, draw_products
from segment_lib.loading.synthetic.shop_calendar import DAY, ShopCalendar, draw_days, draw_time_of_day

_YEARLY_PRICE_RISE: Final = 0.03
_YEARLY_ORDER_GROWTH: Final = 0.06
_SHOP_SHARE: Final = 0.06
_FULL_REFUND_SHARE: Final = 0.7


@dataclass(frozen=True)
class Orders:
    """One place per order: who ordered (number within the block), and when (local second)."""

    contact: npt.NDArray[np.int64]
    second: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.contact)

    def in_time_order(self) -> "Orders":
        """Sort by time, then contact."""
        places = np.lexsort((self.contact, self.second))
        return Orders(self.contact[places], self.second[places])

    def with_more(self, contact: npt.NDArray[np.int64], second: npt.NDArray[np.int64]) -> "Orders":
        """Add orders and sort again."""
        return Orders(np.concatenate([self.contact, contact]), np.concatenate([self.second, second])).in_time_order()


def draw_orders(people: People, calendar: ShopCalendar, rng: np.random.Generator) -> Orders:
    """Draw when the contacts order of their own accord.

    Numbers of orders are Poisson around the contact's own rate, and days follow the type's season, the week and
    the shop's growth. Types with even gaps place each order in its own part of the time; the others anywhere.
    """
    seasons = [calendar.cumulative_intensity(season, _YEARLY_ORDER_GROWTH) for season in per_type("season")]
    count = rng.poisson(people.orders_per_year * _exposure(people, seasons))
    # Customers of before the data begin show at least one order, or nobody could know that they are customers.
    is_old = people.is_buyer & (people.first_order_second < 0)
    count = np.where(is_old, np.maximum(count, 1), count)
    count = np.where(people.end_day > people.start_day, count, 0)
    contact = np.repeat(np.arange(len(people)), count)
    second = calendar.first_second + _draw_order_days(people, contact, count, seasons, rng) * DAY
    second = second + draw_time_of_day(len(contact), rng)
    came = np.flatnonzero(people.first_order_second >= 0)
    return Orders(contact, second).with_more(came, people.first_order_second[came])


def _exposure(people: People, seasons: list[npt.NDArray[np.float64]]) -> npt.NDArray[np.float64]:
    cumulative = np.stack(seasons)
    end = np.maximum(people.end_day, people.start_day)
    return np.asarray(cumulative[people.buying_type, end] - cumulative[people.buying_type, people.start_day])


def _draw_order_days(
    people: People,
    contact: npt.NDArray[np.int64],
    count: npt.NDArray[np.int64],
    seasons: list[npt.NDArray[np.float64]],
    rng: np.random.Generator,
) -> npt.NDArray[np.int64]:
    position = rng.random(len(contact))
    nth = np.arange(len(contact)) - np.repeat(np.cumsum(count) - count, count)
    buying_type = people.buying_type[contact]
    is_even = per_type("even_gaps")[buying_type] > 0
    position = np.where(is_even, (nth + position) / count[contact], position)
    day = np.zeros(len(contact), dtype=np.int64)
    for code, cumulative in enumerate(seasons):
        chosen = buying_type == code
        who = contact[chosen]
        day[chosen] = draw_days(cumulative, people.start_day[who], people.end_day[who], position[chosen])
    return day


def fill_baskets(orders: Orders, people: People, calendar: ShopCalendar, rng: np.random.Generator) -> Events:
    """Draw the lines of each order: product, quantity, amount; and the order's channel."""
    order_type = people.buying_type[orders.contact]
    n_lines = 1 + rng.poisson(per_type("extra_lines")[order_type])
    order = np.repeat(np.arange(len(orders)), n_lines)
    contact, second, buying_type = orders.contact[order], orders.second[order], order_type[order]
    day = calendar.day_of(second)
    product = draw_products(buying_type, calendar.month[day], rng)
    mean_extra = per_type("extra_quantity")[buying_type] + people.extra_units[contact]
    quantity = (1 + rng.poisson(mean_extra)).astype(np.float64)
    price = PRICES[product] * (1 + _YEARLY_PRICE_RISE * day / 365.25)
    discount = np.minimum(per_type("discount")[buying_type] * rng.exponential(size=len(order)), 0.4)
    return make_events(
        contact,
        second,
        "purchase",
        channel=_draw_channels(order_type, rng)[order],
        order=order,
        product=product,
        quantity=quantity,
        amount=np.round(price * quantity * (1 - np.round(discount, 2)), 2),
    )


def _draw_channels(buying_type: npt.NDArray[np.int64], rng: np.random.Generator) -> npt.NDArray[np.int64]:
    position = rng.random(len(buying_type))
    by_phone = per_type("phone_share")[buying_type]
    rest = np.where(position < by_phone + _SHOP_SHARE, CHANNEL["shop"], CHANNEL["web"])
    return np.where(position < by_phone, CHANNEL["phone"], rest).astype(np.int64)


def draw_refunds(lines: Events, people: People, calendar: ShopCalendar, rng: np.random.Generator) -> Events:
    """Draw which lines are refunded, some days later, in full or in part; the amounts are negative."""
    wanted = rng.random(len(lines)) < per_type("refund_share")[people.buying_type[lines.contact]]
    returned = lines.take(wanted)
    n = len(returned)
    day = calendar.day_of(returned.second) + rng.integers(3, 22, n)
    second = calendar.first_second + day * DAY + draw_time_of_day(n, rng)
    share = np.where(rng.random(n) < _FULL_REFUND_SHARE, 1.0, 0.5)
    refunds = make_events(
        returned.contact,
        second,
        "refund",
        channel=returned.channel,
        order=returned.order,
        product=returned.product,
        quantity=returned.quantity,
        amount=-np.round(returned.amount * share, 2),
    )
    return refunds.take(second <= calendar.last_second)
