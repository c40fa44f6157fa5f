"""The latent buying types of the sample shop: what an analysis of its data should find again."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

CATEGORIES: Final = ("Citrus", "Pineapple", "Tropical", "Berries", "Vegetables", "Olive oil", "Gift boxes")
LIFESTYLES: Final = ("health-minded", "family", "gourmet", "convenience")


@dataclass(frozen=True)
class BuyingType:
    """One way of buying: the parameters that every contact of the type draws from.

    Parameters
    ----------
    name : the planted segment's name.
    share : share of all contacts, 0 to 1.
    orders_per_year : mean rate of orders while active; the contacts' own rates are gamma distributed around it.
    rate_shape : shape of that gamma distribution; larger means more alike.
    even_gaps : orders come at rather even intervals (a monthly box) and not independently of one another.
    season : relative propensity to order in January ... December.
    categories : relative taste for each of `CATEGORIES`.
    extra_lines, extra_quantity : means of the Poisson number of lines beyond the first, units beyond the first.
    price_taste : exponent on price within a category; negative prefers what is cheap.
    discount : mean share taken off the list price.
    refund_share : probability that a line is refunded.
    satisfaction : mean of the survey score, 1 to 5.
    open_rate, click_rate : probability that a letter is opened; that an opened letter is clicked.
    consent : probability that e-mail consent is given.
    organisation : probability that the contact is a restaurant, office or the like.
    subscriber : probability that the contact holds a box subscription.
    age, income, household : means in years, EUR a year, persons.
    south : factor on living in the south of Spain.
    lifestyles : relative frequency of each of `LIFESTYLES`.
    phone_share : probability that an order is made by telephone.
    """

    name: str
    share: float
    orders_per_year: float
    rate_shape: float
    even_gaps: bool
    season: tuple[float, ...]
    categories: tuple[float, ...]
    extra_lines: float
    extra_quantity: float
    price_taste: float
    discount: float
    refund_share: float
    satisfaction: float
    open_rate: float
    click_rate: float
    consent: float
    organisation: float
    subscriber: float
    age: float
    income: float
    household: float
    south: float
    lifestyles: tuple[float, ...]
    phone_share: float


_EVEN_YEAR: Final = (1.0, 0.95, 1.0, 1.0, 1.0, 0.95, 0.85, 0.7, 0.95, 1.05, 1.15, 1.4)
_GIFT_YEAR: Final = (0.15, 0.1, 0.1, 0.15, 0.3, 0.1, 0.05, 0.05, 0.1, 0.2, 1.7, 9.0)
_PINEAPPLE_YEAR: Final = (0.8, 0.8, 0.9, 1.0, 1.1, 1.3, 1.3, 1.0, 0.9, 0.8, 0.8, 1.3)

RESTAURANTS_AND_REGULARS: Final = BuyingType(
    name="restaurants and regulars", share=0.03, orders_per_year=13.0, rate_shape=8.0, even_gaps=True,
    season=_EVEN_YEAR, categories=(3.0, 0.5, 1.0, 1.0, 3.0, 1.4, 0.25), extra_lines=0.9, extra_quantity=0.4,
    price_taste=0.4, discount=0.05, refund_share=0.012, satisfaction=4.5, open_rate=0.62, click_rate=0.42,
    consent=0.86, organisation=0.55, subscriber=0.25, age=46, income=52_000, household=2.6, south=1.0,
    lifestyles=(1.0, 1.0, 3.0, 0.7), phone_share=0.28,
)  # fmt: skip
STEADY_HOUSEHOLDS: Final = BuyingType(
    name="steady households", share=0.1, orders_per_year=8.2, rate_shape=6.0, even_gaps=True,
    season=_EVEN_YEAR, categories=(3.5, 0.35, 0.8, 1.2, 3.5, 0.8, 0.1), extra_lines=0.45, extra_quantity=0.06,
    price_taste=0.2, discount=0.02, refund_share=0.018, satisfaction=4.2, open_rate=0.5, click_rate=0.3,
    consent=0.8, organisation=0.02, subscriber=0.5, age=43, income=41_000, household=3.7, south=0.9,
    lifestyles=(1.2, 4.0, 0.6, 1.0), phone_share=0.1,
)  # fmt: skip
GIFT_GIVERS: Final = BuyingType(
    name="gift givers", share=0.09, orders_per_year=1.4, rate_shape=9.0, even_gaps=False,
    season=_GIFT_YEAR, categories=(0.8, 0.2, 0.2, 0.1, 0.1, 1.0, 6.0), extra_lines=0.3, extra_quantity=0.2,
    price_taste=0.5, discount=0.0, refund_share=0.015, satisfaction=4.3, open_rate=0.3, click_rate=0.15,
    consent=0.68, organisation=0.12, subscriber=0.0, age=59, income=56_000, household=2.0, south=0.7,
    lifestyles=(0.5, 0.8, 3.0, 1.2), phone_share=0.35,
)  # fmt: skip
PINEAPPLE_LOVERS: Final = BuyingType(
    name="pineapple lovers", share=0.1, orders_per_year=4.2, rate_shape=5.0, even_gaps=False,
    season=_PINEAPPLE_YEAR, categories=(0.6, 8.0, 1.2, 0.5, 0.4, 0.15, 0.05), extra_lines=0.35, extra_quantity=0.12,
    price_taste=0.1, discount=0.02, refund_share=0.02, satisfaction=4.4, open_rate=0.55, click_rate=0.35,
    consent=0.82, organisation=0.02, subscriber=0.12, age=33, income=30_000, household=2.0, south=2.6,
    lifestyles=(5.0, 0.8, 0.8, 0.8), phone_share=0.04,
)  # fmt: skip
NEW_BUYERS: Final = BuyingType(
    name="new buyers", share=0.065, orders_per_year=2.2, rate_shape=3.0, even_gaps=False,
    season=_EVEN_YEAR, categories=(2.5, 0.8, 1.2, 0.8, 1.8, 0.8, 0.3), extra_lines=0.45, extra_quantity=0.05,
    price_taste=0.0, discount=0.08, refund_share=0.03, satisfaction=4.0, open_rate=0.52, click_rate=0.3,
    consent=0.84, organisation=0.04, subscriber=0.06, age=39, income=36_000, household=2.6, south=1.0,
    lifestyles=(1.4, 1.2, 0.9, 1.4), phone_share=0.07,
)  # fmt: skip
LAPSED: Final = BuyingType(
    name="lapsed", share=0.2, orders_per_year=6.2, rate_shape=5.0, even_gaps=False,
    season=_EVEN_YEAR, categories=(3.0, 0.6, 1.0, 1.0, 2.2, 0.8, 0.2), extra_lines=0.4, extra_quantity=0.06,
    price_taste=0.1, discount=0.02, refund_share=0.035, satisfaction=2.9, open_rate=0.34, click_rate=0.16,
    consent=0.7, organisation=0.05, subscriber=0.0, age=47, income=37_000, household=2.6, south=0.9,
    lifestyles=(1.0, 1.2, 0.9, 1.6), phone_share=0.13,
)  # fmt: skip
BARGAIN_HUNTERS: Final = BuyingType(
    name="bargain hunters", share=0.115, orders_per_year=4.0, rate_shape=4.0, even_gaps=False,
    season=_EVEN_YEAR, categories=(2.2, 1.0, 1.5, 1.6, 1.4, 1.0, 0.1), extra_lines=0.15, extra_quantity=0.0,
    price_taste=-1.4, discount=0.14, refund_share=0.21, satisfaction=3.2, open_rate=0.44, click_rate=0.38,
    consent=0.8, organisation=0.01, subscriber=0.0, age=37, income=25_000, household=2.2, south=1.2,
    lifestyles=(0.8, 0.8, 0.4, 3.0), phone_share=0.05,
)  # fmt: skip
NEVER_BOUGHT: Final = BuyingType(
    name="never bought", share=0.3, orders_per_year=0.0, rate_shape=1.0, even_gaps=False,
    season=_EVEN_YEAR, categories=(1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0), extra_lines=0.0, extra_quantity=0.0,
    price_taste=0.0, discount=0.0, refund_share=0.0, satisfaction=3.6, open_rate=0.26, click_rate=0.12,
    consent=0.62, organisation=0.12, subscriber=0.0, age=42, income=35_000, household=2.4, south=1.0,
    lifestyles=(1.0, 1.0, 1.0, 1.0), phone_share=0.0,
)  # fmt: skip

BUYING_TYPES: Final = (
    RESTAURANTS_AND_REGULARS,
    STEADY_HOUSEHOLDS,
    GIFT_GIVERS,
    PINEAPPLE_LOVERS,
    NEW_BUYERS,
    LAPSED,
    BARGAIN_HUNTERS,
    NEVER_BOUGHT,
)
CODE: Final = {buying_type.name: code for code, buying_type in enumerate(BUYING_TYPES)}


def per_type(parameter: str) -> npt.NDArray[np.float64]:
    """Give one parameter of every buying type, in the order of `BUYING_TYPES`.

    Examples
    --------
    >>> float(per_type("share").sum().round(6))
    1.0
    >>> per_type("categories").shape
    (8, 7)
    """
    return np.array([getattr(buying_type, parameter) for buying_type in BUYING_TYPES], dtype=np.float64)
