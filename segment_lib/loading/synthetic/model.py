"""One block of contacts and all that happens to them: the model behind the shop and behind large tables."""

from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from segment_lib.loading.synthetic.campaigns import Trial, campaigns_within, run_campaign
from segment_lib.loading.synthetic.emails import draw_emails
from segment_lib.loading.synthetic.events import Events, join_events
from segment_lib.loading.synthetic.orders import draw_orders, draw_refunds, fill_baskets
from segment_lib.loading.synthetic.people import People, draw_people
from segment_lib.loading.synthetic.shop_calendar import ShopCalendar
from segment_lib.loading.synthetic.touches import draw_touches, turn_to_help

# Interactions of a contact, measured on 40,000 contacts for factors from 0.25 to 2: a straight line to within 1%.
# The first part is there whatever the factor, for every buyer has a first order.
_FIXED_INTERACTIONS: Final = 1.23
_INTERACTIONS_PER_YEAR: Final = 6.575
_LEAST_ACTIVITY: Final = 0.01

# In this order: the place of a name decides its chance, so new names stand at the end.
_STREAMS: Final = (
    "people",
    "orders",
    "campaigns",
    "baskets",
    "refunds",
    "touches",
    "emails",
    "details",
    "dirt",
    "help",
)


@dataclass(frozen=True)
class Block:
    """Contacts, numbered from 0, and their history.

    Parameters
    ----------
    people : the contacts.
    lines : order lines and refunds by time; orders are numbered by time from 0.
    touches : quotes, support, calls, visits, surveys by time.
    emails : e-mails sent, opened, clicked by time.
    trials : the campaigns with control groups.
    n_orders : number of orders.
    """

    people: People
    lines: Events
    touches: Events
    emails: Events
    trials: tuple[Trial, ...]
    n_orders: int


def random_stream(name: str, *, random_state: int, block: int = 0) -> np.random.Generator:
    """Give a source of chance of its own, so that a change in one part of the model leaves the others as they are.

    Examples
    --------
    >>> first = random_stream("orders", random_state=1).random()
    >>> first == random_stream("orders", random_state=1).random()
    True
    >>> first == random_stream("orders", random_state=1, block=1).random()
    False
    """
    return np.random.default_rng(np.random.SeedSequence(random_state, spawn_key=(block, _STREAMS.index(name))))


def activity_for(interactions_per_contact: float, calendar: ShopCalendar) -> float:
    """Give the factor on all rates that brings about a mean number of interactions per contact.

    Examples
    --------
    >>> from datetime import date
    >>> round(activity_for(20.0, ShopCalendar(date(2024, 1, 1), date(2026, 10, 31))), 2)
    1.01
    """
    at_factor_one = _INTERACTIONS_PER_YEAR * calendar.n_days / 365.25
    return max((interactions_per_contact - _FIXED_INTERACTIONS) / at_factor_one, _LEAST_ACTIVITY)


def simulate(
    n_contacts: int, calendar: ShopCalendar, *, random_state: int, block: int = 0, activity: float = 1.0
) -> Block:
    """Draw a block of contacts and their history.

    Parameters
    ----------
    n_contacts : number of contacts.
    calendar : the days of the data.
    random_state : seed of the whole; the same for all blocks.
    block : number of the block; other blocks, other contacts.
    activity : factor on all rates.
    """

    stream = partial(random_stream, random_state=random_state, block=block)
    people = draw_people(n_contacts, calendar, stream("people"), activity=activity)
    orders = draw_orders(people, calendar, stream("orders"))
    trials: list[Trial] = []
    for_campaigns = stream("campaigns")
    for campaign in campaigns_within(calendar):
        trial, orders = run_campaign(campaign, orders, people, calendar, for_campaigns)
        trials.append(trial)
    lines = fill_baskets(orders, people, calendar, stream("baskets"))
    refunds = draw_refunds(lines, people, calendar, stream("refunds"))
    touches = draw_touches(orders, lines, refunds, people, calendar, stream("touches"), activity=activity)
    touches = turn_to_help(touches, orders, stream("help"))
    emails = draw_emails(people, trials, calendar, stream("emails"), activity=activity)
    return Block(
        people=people,
        lines=join_events([lines, refunds]).in_time_order(),
        touches=touches.in_time_order(),
        emails=emails.in_time_order(),
        trials=tuple(trials),
        n_orders=len(orders),
    )
