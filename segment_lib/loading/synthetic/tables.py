"""The library's table of interactions, made from the model's codes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from segment_lib.loading.synthetic.buying_types import CATEGORIES
from segment_lib.loading.synthetic.campaigns import campaigns_within
from segment_lib.loading.synthetic.emails import LETTER_SUBJECTS, letter_name, letters_within
from segment_lib.loading.synthetic.events import CHANNELS, KINDS, Events, join_events
from segment_lib.loading.synthetic.model import Block
from segment_lib.loading.synthetic.products import CATEGORY_OF_PRODUCT, PRODUCT_NAMES
from segment_lib.loading.synthetic.shop_calendar import ShopCalendar, to_utc
from segment_lib.loading.synthetic.touches import SUBJECTS

CURRENCY: Final = "EUR"

INTERACTIONS_SCHEMA: Final = pa.schema(
    [
        ("interaction_id", pa.string()),
        ("contact_id", pa.string()),
        ("occurred_at", pa.timestamp("us", tz="UTC")),
        ("kind", pa.string()),
        ("channel", pa.string()),
        ("order_id", pa.string()),
        ("product", pa.string()),
        ("category", pa.string()),
        ("quantity", pa.float64()),
        ("amount", pa.float64()),
        ("currency", pa.string()),
        ("campaign", pa.string()),
        ("score", pa.float64()),
        ("subject", pa.string()),
    ]
)


@dataclass(frozen=True)
class FirstNumbers:
    """The numbers with which the ids of a block begin."""

    contact: int = 1
    order: int = 1
    line: int = 1
    touch: int = 1
    email: int = 1

    def after(self, block: Block) -> "FirstNumbers":
        """Give the numbers with which the next block begins."""
        return FirstNumbers(
            contact=self.contact + len(block.people),
            order=self.order + block.n_orders,
            line=self.line + len(block.lines),
            touch=self.touch + len(block.touches),
            email=self.email + len(block.emails),
        )


def tabulate_interactions(block: Block, calendar: ShopCalendar, first: FirstNumbers) -> pa.Table:
    """Put ids and texts on a block's events; rows are in time order."""
    streams = (block.lines, block.touches, block.emails)
    starts = (first.line, first.touch, first.email)
    events = join_events(streams)
    by_time = np.argsort(events.second, kind="stable")
    stream = np.repeat(np.arange(3), [len(part) for part in streams])
    number = np.concatenate([np.arange(len(part)) + start for part, start in zip(streams, starts, strict=True)])
    # Touches have subjects of their own; the letters' follow in the same list.
    subject = np.concatenate([block.lines.subject, block.touches.subject, block.emails.subject + len(SUBJECTS)])
    ids = _numbered(_texts(stream[by_time], ("L", "A", "E")), number[by_time])
    columns = _columns(events.take(by_time), subject[by_time], calendar, first)
    return pa.table([ids, *columns], schema=INTERACTIONS_SCHEMA)


def _columns(
    events: Events, subject: npt.NDArray[np.int64], calendar: ShopCalendar, first: FirstNumbers
) -> list[pa.Array]:
    campaigns, subjects = _campaign_names_and_subjects(calendar)
    category = np.where(events.product >= 0, CATEGORY_OF_PRODUCT[events.product], -1)
    return [
        _numbered("C", events.contact + first.contact, digits=7),
        pa.array(to_utc(events.second)).cast(pa.timestamp("us", tz="UTC")),
        _texts(events.kind, KINDS),
        _texts(events.channel, CHANNELS),
        _numbered("O", np.where(events.order >= 0, events.order + first.order, -1)),
        _texts(events.product, PRODUCT_NAMES),
        _texts(category, CATEGORIES),
        pa.array(events.quantity, from_pandas=True),
        pa.array(events.amount, from_pandas=True),
        _texts(np.where(np.isnan(events.amount), -1, 0), (CURRENCY,)),
        _texts(events.campaign, campaigns),
        pa.array(events.score, from_pandas=True),
        _texts(subject, (*SUBJECTS, *subjects)),
    ]


def _campaign_names_and_subjects(calendar: ShopCalendar) -> tuple[tuple[str, ...], tuple[str, ...]]:
    campaigns, letters = campaigns_within(calendar), letters_within(calendar)
    names = (*(campaign.name for campaign in campaigns), *(letter_name(day) for day in letters))
    subjects = (*(campaign.subject for campaign in campaigns), *(LETTER_SUBJECTS[day.month - 1] for day in letters))
    return names, subjects


def _texts(codes: npt.NDArray[np.int64], values: Sequence[str]) -> pa.Array:
    indices = pa.array(codes.astype(np.int32), mask=codes < 0)
    return pa.DictionaryArray.from_arrays(indices, pa.array(values)).cast(pa.string())


def _numbered(prefix: pa.Array | str, numbers: npt.NDArray[np.int64], *, digits: int = 8) -> pa.Array:
    padded = pc.utf8_lpad(pa.array(numbers, mask=numbers < 0).cast(pa.string()), digits, "0")
    return pc.binary_join_element_wise(prefix, padded, "")
