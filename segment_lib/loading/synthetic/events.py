"""The columns in which the model keeps what happened, before ids and text are put on."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
import numpy.typing as npt

KINDS: Final = (
    "purchase",
    "refund",
    "quote_request",
    "support_request",
    "call",
    "visit",
    "survey",
    "email_sent",
    "email_open",
    "email_click",
)
CHANNELS: Final = ("web", "phone", "shop", "email")
KIND: Final = {kind: code for code, kind in enumerate(KINDS)}
CHANNEL: Final = {channel: code for code, channel in enumerate(CHANNELS)}


@dataclass(frozen=True)
class Events:
    """Equally long columns, one place per event. Texts are codes; -1 and NaN stand for "none".

    Parameters
    ----------
    contact : number of the contact within its block.
    second : local time in seconds since 1970-01-01 00:00:00 on the local clock.
    kind, channel : places in `KINDS` and `CHANNELS`.
    order, product, campaign, subject : numbers, or -1.
    quantity, amount, score : units, EUR, points 1 to 5, or NaN.
    """

    contact: npt.NDArray[np.int64]
    second: npt.NDArray[np.int64]
    kind: npt.NDArray[np.int64]
    channel: npt.NDArray[np.int64]
    order: npt.NDArray[np.int64]
    product: npt.NDArray[np.int64]
    campaign: npt.NDArray[np.int64]
    subject: npt.NDArray[np.int64]
    quantity: npt.NDArray[np.float64]
    amount: npt.NDArray[np.float64]
    score: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.contact)

    def take(self, places: npt.NDArray[np.int64] | npt.NDArray[np.bool_]) -> "Events":
        """Give the events at the places, or where the mask is true."""
        return Events(**{field.name: getattr(self, field.name)[places] for field in fields(self)})

    def in_time_order(self) -> "Events":
        """Sort by time; events of one second keep their order."""
        return self.take(np.argsort(self.second, kind="stable"))


def make_events(
    contact: npt.NDArray[np.int64],
    second: npt.NDArray[np.int64],
    kind: str,
    *,
    channel: npt.NDArray[np.int64] | str,
    order: npt.NDArray[np.int64] | None = None,
    product: npt.NDArray[np.int64] | None = None,
    campaign: npt.NDArray[np.int64] | None = None,
    subject: npt.NDArray[np.int64] | None = None,
    quantity: npt.NDArray[np.float64] | None = None,
    amount: npt.NDArray[np.float64] | None = None,
    score: npt.NDArray[np.float64] | None = None,
) -> Events:
    """Make events of one kind; what is not given is "none".

    Examples
    --------
    >>> visits = make_events(np.array([0, 1]), np.array([60, 61]), "visit", channel="web")
    >>> visits.order.tolist(), KINDS[visits.kind[0]]
    ([-1, -1], 'visit')
    """
    n = len(contact)
    none, unknown = np.full(n, -1, dtype=np.int64), np.full(n, np.nan)
    return Events(
        contact=contact,
        second=second,
        kind=np.full(n, KIND[kind], dtype=np.int64),
        channel=np.full(n, CHANNEL[channel], dtype=np.int64) if isinstance(channel, str) else channel,
        order=none if order is None else order,
        product=none if product is None else product,
        campaign=none if campaign is None else campaign,
        subject=none if subject is None else subject,
        quantity=unknown if quantity is None else quantity,
        amount=unknown if amount is None else amount,
        score=unknown if score is None else score,
    )


def join_events(parts: Sequence[Events]) -> Events:
    """Put several sets of events after one another."""
    return Events(**{f.name: np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Events)})
