"""What happens between shop and contacts beside orders: quotes, support, calls, visits, surveys."""

from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt

from segment_lib.loading.synthetic.buying_types import CODE, GIFT_GIVERS, LAPSED, per_type
from segment_lib.loading.synthetic.events import CHANNEL, KIND, Events, join_events, make_events
from segment_lib.loading.synthetic.orders import Orders
from segment_lib.loading.synthetic.people import People
from segment_lib.loading.synthetic.shop_calendar import DAY, ShopCalendar, draw_time_of_day

SUBJECTS: Final = (
    "Quote for a recurring delivery",
    "Quote for gift baskets",
    "Where is my order?",
    "Fruit arrived bruised",
    "Change of delivery address",
    "Question about an invoice",
    "Reminder of an open offer",
    "Advice on the season",
    "Looked around the shop",
    "Visited before ordering",
    "How was your order?",
    "Read the help pages",
)
_WHERE_IS_IT, _BRUISED, _ADDRESS, _INVOICE, _REMINDER, _ADVICE, _LOOKED, _BEFORE_ORDER, _HOW_WAS_IT, _HELP = range(
    2, 12
)

_SURVEYED_SHARE: Final = 0.1
_VISIT_BEFORE_ORDER_SHARE: Final = 0.17
_SUPPORT_AFTER_ORDER_SHARE: Final = 0.035
_SUPPORT_BEFORE_REFUND_SHARE: Final = 0.5
_COMPLAINT_BEFORE_LEAVING_SHARE: Final = 0.4
_CALLS_PER_YEAR: Final = 0.14
_VISITS_PER_YEAR: Final = 0.45
_QUOTE_BEFORE_ORDER_SHARE: Final = 0.06
_QUOTES_PER_YEAR: Final = {True: 0.6, False: 0.025}
_SCORE_SPREAD: Final = 0.85
# What is read on a visit without an order: help, by whom the shop is new to, or who has just asked for support.
_NEEDS_HELP_DAYS: Final = 21
_HELP_SHARE: Final = {True: 0.7, False: 0.1}


def draw_touches(
    orders: Orders,
    lines: Events,
    refunds: Events,
    people: People,
    calendar: ShopCalendar,
    rng: np.random.Generator,
    *,
    activity: float = 1.0,
) -> Events:
    """Draw all touches; none is before the contact's entry into the CRM or after the last day."""
    touches = join_events(
        [
            _draw_visits(orders, people, calendar, rng, activity),
            _draw_surveys(orders, people, calendar, rng),
            _draw_support(orders, refunds, people, calendar, rng),
            _draw_calls(people, calendar, rng, activity),
            _draw_quotes(orders, lines, people, calendar, rng, activity),
        ]
    )
    known = touches.second >= people.created_second[touches.contact]
    within = (touches.second >= calendar.first_second) & (touches.second <= calendar.last_second)
    return touches.take(known & within)


def turn_to_help(touches: Events, orders: Orders, rng: np.random.Generator) -> Events:
    """Give the touches with some visits spent on the help pages, most of them soon after a first order or a request.

    Numbers, times and everything else of the visits stay as they were drawn.
    """
    asked = touches.kind == KIND["support_request"]
    first_contact, place = np.unique(orders.contact, return_index=True)
    contact = np.concatenate([first_contact, touches.contact[asked]])
    second = np.concatenate([orders.second[place], touches.second[asked]])
    looked = np.flatnonzero(touches.subject == _LOOKED)
    soon = _soon_after(touches.contact[looked], touches.second[looked], contact, second)
    helped = rng.random(len(looked)) < np.where(soon, _HELP_SHARE[True], _HELP_SHARE[False])
    subject = touches.subject.copy()
    subject[looked[helped]] = _HELP
    return replace(touches, subject=subject)


def _soon_after(
    contact: npt.NDArray[np.int64],
    second: npt.NDArray[np.int64],
    cause_contact: npt.NDArray[np.int64],
    cause_second: npt.NDArray[np.int64],
) -> npt.NDArray[np.bool_]:
    """Tell for each event whether the contact had a cause in the days before it."""
    # One number for contact and time, so that one search finds the last cause before each event.
    width = int(max(second.max(initial=0), cause_second.max(initial=0))) + 1
    cause = np.sort(cause_contact * width + cause_second)
    at = contact * width + second
    before = np.searchsorted(cause, at, side="right") - 1
    last = np.where(before >= 0, cause[np.maximum(before, 0)] if len(cause) else -1, -1)
    return (last >= contact * width) & (at - last <= _NEEDS_HELP_DAYS * DAY)


def _at_random_times(
    yearly: npt.NDArray[np.float64], calendar: ShopCalendar, rng: np.random.Generator
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    contact = np.repeat(np.arange(len(yearly)), rng.poisson(yearly * calendar.n_days / 365.25))
    day = rng.integers(0, calendar.n_days, len(contact))
    return contact, calendar.first_second + day * DAY + draw_time_of_day(len(contact), rng)


def _days_later(
    second: npt.NDArray[np.int64], first: int, last: int, calendar: ShopCalendar, rng: np.random.Generator
) -> npt.NDArray[np.int64]:
    day = calendar.day_of(second) + rng.integers(first, last + 1, len(second))
    return calendar.first_second + day * DAY + draw_time_of_day(len(second), rng)


def _some(n: int, share: float, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    return np.flatnonzero(rng.random(n) < share)


def _draw_visits(
    orders: Orders, people: People, calendar: ShopCalendar, rng: np.random.Generator, activity: float
) -> Events:
    contact, second = _at_random_times(activity * _VISITS_PER_YEAR * (0.5 + people.open_probability), calendar, rng)
    looked = make_events(contact, second, "visit", channel="web", subject=np.full(len(contact), _LOOKED))
    chosen = _some(len(orders), _VISIT_BEFORE_ORDER_SHARE, rng)
    before = orders.second[chosen] - rng.integers(60, 3000, len(chosen))
    subject = np.full(len(chosen), _BEFORE_ORDER)
    return join_events([looked, make_events(orders.contact[chosen], before, "visit", channel="web", subject=subject)])


def _draw_surveys(orders: Orders, people: People, calendar: ShopCalendar, rng: np.random.Generator) -> Events:
    chosen = _some(len(orders), _SURVEYED_SHARE, rng)
    contact = orders.contact[chosen]
    mean = per_type("satisfaction")[people.buying_type[contact]]
    score = np.clip(np.round(rng.normal(mean, _SCORE_SPREAD)), 1, 5)
    second = _days_later(orders.second[chosen], 3, 10, calendar, rng)
    return make_events(
        contact, second, "survey", channel="email", score=score, subject=np.full(len(contact), _HOW_WAS_IT)
    )


def _draw_support(
    orders: Orders, refunds: Events, people: People, calendar: ShopCalendar, rng: np.random.Generator
) -> Events:
    asked = _some(len(orders), _SUPPORT_AFTER_ORDER_SHARE, rng)
    about_refund = _some(len(refunds), _SUPPORT_BEFORE_REFUND_SHARE, rng)
    leaves = people.buying_type == CODE[LAPSED.name]
    complained = np.flatnonzero(leaves & (rng.random(len(people)) < _COMPLAINT_BEFORE_LEAVING_SHARE))
    last_days = calendar.first_second + (people.end_day[complained] - 20) * DAY
    contact = np.concatenate([orders.contact[asked], refunds.contact[about_refund], complained])
    second = np.concatenate(
        [
            _days_later(orders.second[asked], 1, 6, calendar, rng),
            _days_later(refunds.second[about_refund], -2, -1, calendar, rng),
            _days_later(last_days, 0, 19, calendar, rng),
        ]
    )
    everyday = rng.choice([_WHERE_IS_IT, _BRUISED, _ADDRESS, _INVOICE], p=[0.5, 0.15, 0.2, 0.15], size=len(asked))
    complaints = rng.choice([_WHERE_IS_IT, _BRUISED], p=[0.3, 0.7], size=len(about_refund) + len(complained))
    channel = np.where(rng.random(len(contact)) < 0.35, CHANNEL["phone"], CHANNEL["email"]).astype(np.int64)
    return make_events(
        contact, second, "support_request", channel=channel, subject=np.concatenate([everyday, complaints])
    )


def _draw_calls(people: People, calendar: ShopCalendar, rng: np.random.Generator, activity: float) -> Events:
    yearly = activity * _CALLS_PER_YEAR * np.where(people.organisation, 4.0, 1.0)
    contact, second = _at_random_times(yearly, calendar, rng)
    subject = rng.choice([_REMINDER, _ADVICE], size=len(contact))
    return make_events(contact, second, "call", channel="phone", subject=subject)


def _draw_quotes(
    orders: Orders,
    lines: Events,
    people: People,
    calendar: ShopCalendar,
    rng: np.random.Generator,
    activity: float,
) -> Events:
    yearly = activity * np.where(people.organisation, _QUOTES_PER_YEAR[True], _QUOTES_PER_YEAR[False])
    lost_contact, lost_second = _at_random_times(yearly, calendar, rng)
    lost_amount = np.round(rng.lognormal(5.4, 0.6, len(lost_contact)), 2)
    asks = people.organisation[orders.contact] | (people.buying_type[orders.contact] == CODE[GIFT_GIVERS.name])
    won = np.flatnonzero(asks & (rng.random(len(orders)) < _QUOTE_BEFORE_ORDER_SHARE))
    basket = np.bincount(lines.order, weights=lines.amount, minlength=len(orders))
    contact = np.concatenate([lost_contact, orders.contact[won]])
    amount = np.concatenate([lost_amount, np.round(basket[won] * rng.uniform(0.95, 1.3, len(won)), 2)])
    second = np.concatenate([lost_second, _days_later(orders.second[won], -20, -2, calendar, rng)])
    channel = rng.choice([CHANNEL["web"], CHANNEL["phone"], CHANNEL["email"]], size=len(contact)).astype(np.int64)
    subject = np.where(people.buying_type[contact] == CODE[GIFT_GIVERS.name], 1, rng.integers(0, 2, len(contact)))
    return make_events(contact, second, "quote_request", channel=channel, amount=amount, subject=subject)
