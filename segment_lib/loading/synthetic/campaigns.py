"""Two campaigns with randomly drawn control groups, and the effects that are planted in them."""

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from segment_lib.loading.synthetic.orders import Orders
from segment_lib.loading.synthetic.people import YES, People
from segment_lib.loading.synthetic.shop_calendar import DAY, ShopCalendar, draw_time_of_day

OUTCOME_DAYS: Final = 60
_ASSIGNED_AT_HOUR: Final = 9
_LATEST_RESPONSE_DAY: Final = 45


@dataclass(frozen=True)
class Campaign:
    """A campaign by e-mail with a control group.

    Parameters
    ----------
    name : as in the files.
    day : local day of the random assignment, at nine o'clock.
    audience : `one_recent_purchase` (exactly one order, at most 90 days ago) or `nothing_lately` (ordered before,
        but not for 180 days); both with e-mail consent.
    treatment_share : share of the audience that gets the e-mail.
    response : probability that the e-mail causes one order which would not have been made.
    subject : subject line of the e-mail.
    """

    name: str
    day: date
    audience: Literal["one_recent_purchase", "nothing_lately"]
    treatment_share: float
    response: float
    subject: str


CAMPAIGNS: Final = (
    Campaign(
        name="second_basket_2026_03",
        day=date(2026, 3, 16),
        audience="one_recent_purchase",
        treatment_share=0.5,
        response=0.36,
        subject="Your second box: delivery is on us",
    ),
    Campaign(
        name="win_back_2026_07",
        day=date(2026, 7, 13),
        audience="nothing_lately",
        treatment_share=0.5,
        response=0.004,
        subject="We miss you: 10% off until Sunday",
    ),
)


@dataclass(frozen=True)
class Trial:
    """What a campaign did: one place per contact of its audience.

    Parameters
    ----------
    campaign : the campaign.
    contact : numbers within the block.
    treated : whether the contact is in the treatment arm.
    would_order : whether the contact orders within 60 days without the e-mail.
    responded : whether the e-mail caused an order (treatment arm only).
    assigned_second : local second of the assignment.
    """

    campaign: Campaign
    contact: npt.NDArray[np.int64]
    treated: npt.NDArray[np.bool_]
    would_order: npt.NDArray[np.bool_]
    responded: npt.NDArray[np.bool_]
    assigned_second: int

    @property
    def ordered(self) -> npt.NDArray[np.bool_]:
        """Whether the contact did order within 60 days."""
        return self.would_order | self.responded


def campaigns_within(calendar: ShopCalendar) -> tuple[Campaign, ...]:
    """Give the campaigns that the calendar leaves room for: half a year before, the outcome's days after.

    Examples
    --------
    >>> [campaign.name for campaign in campaigns_within(ShopCalendar(date(2024, 1, 1), date(2026, 8, 1)))]
    ['second_basket_2026_03']
    """
    return tuple(
        campaign for campaign in CAMPAIGNS if 180 <= calendar.offset_of(campaign.day) <= calendar.n_days - OUTCOME_DAYS
    )


def run_campaign(
    campaign: Campaign, orders: Orders, people: People, calendar: ShopCalendar, rng: np.random.Generator
) -> tuple[Trial, Orders]:
    """Assign the audience to two arms at random and let the treated respond.

    Returns
    -------
    The trial, and the orders with those that the campaign caused.
    """
    assigned = calendar.first_second + calendar.offset_of(campaign.day) * DAY + _ASSIGNED_AT_HOUR * 3600
    contact = _find_audience(campaign, orders, people, assigned)
    treated = np.zeros(len(contact), dtype=bool)
    treated[rng.permutation(len(contact))[: round(len(contact) * campaign.treatment_share)]] = True
    within = (orders.second > assigned) & (orders.second <= assigned + OUTCOME_DAYS * DAY)
    responded = treated & (rng.random(len(contact)) < campaign.response)
    trial = Trial(campaign, contact, treated, np.isin(contact, orders.contact[within]), responded, assigned)
    n = int(responded.sum())
    midnight = assigned - _ASSIGNED_AT_HOUR * 3600
    second = midnight + rng.integers(2, _LATEST_RESPONSE_DAY + 1, n) * DAY + draw_time_of_day(n, rng)
    return trial, orders.with_more(contact[responded], second)


def _find_audience(campaign: Campaign, orders: Orders, people: People, assigned: int) -> npt.NDArray[np.int64]:
    earlier = orders.second <= assigned
    n_orders = np.bincount(orders.contact[earlier], minlength=len(people))
    latest = np.full(len(people), -1, dtype=np.int64)
    np.maximum.at(latest, orders.contact[earlier], orders.second[earlier])
    days_since = (assigned - latest) / DAY
    if campaign.audience == "one_recent_purchase":
        chosen = (n_orders == 1) & (days_since <= 90)
    else:
        chosen = (n_orders > 0) & (days_since >= 180)
    return np.flatnonzero(chosen & (people.email_consent == YES))
