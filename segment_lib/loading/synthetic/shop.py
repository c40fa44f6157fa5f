"""The sample shop: contacts, interactions, campaigns, and the truth about them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from segment_lib.checks import check_day
from segment_lib.errors import InvalidOption
from segment_lib.loading.synthetic.details import contact_ids, describe_contacts
from segment_lib.loading.synthetic.model import Block, activity_for, random_stream, simulate
from segment_lib.loading.synthetic.shop_calendar import ShopCalendar, to_utc
from segment_lib.loading.synthetic.tables import FirstNumbers, tabulate_interactions
from segment_lib.loading.synthetic.truth import describe_truth, tabulate_truth


@dataclass(frozen=True)
class Shop:
    """A made-up business and what is true of it.

    Parameters
    ----------
    contacts : one row per contact, with the library's column names.
    interactions : the library's table of interactions, by time.
    assignments : campaign, contact_id, arm (treatment or control), assigned_at (UTC).
    true_contacts : contact_id, planted_segment and the like: what an analysis should find again.
    facts : seed, sizes, planted segments and effects; all of it fits JSON.
    """

    contacts: pd.DataFrame
    interactions: pa.Table
    assignments: pd.DataFrame
    true_contacts: pd.DataFrame
    facts: Mapping[str, Any]

    def __repr__(self) -> str:
        days = f"{self.facts['first_day']} to {self.facts['last_day']}"
        return f"Shop: {len(self.contacts):,} contacts, {self.interactions.num_rows:,} interactions, {days}"


def make_shop(
    *,
    n_contacts: int = 5000,
    interactions_per_contact: float = 20.0,
    random_state: int = 2026,
    first_day: date | str = "2024-01-01",
    last_day: date | str = "2026-10-31",
) -> Shop:
    """Make a small mail-order house for fruit and fine food, with planted segments and campaign effects.

    Parameters
    ----------
    n_contacts : number of contacts.
    interactions_per_contact : mean number of interactions over the whole time; reached within a few percent, from 3 up.
    random_state : seed; the same seed gives the same shop.
    first_day, last_day : local days (Europe/Madrid), both included, at least 400 days apart.

    Returns
    -------
    Shop
        Clean tables; `add_dirt` makes the files of a real export of them.

    Raises
    ------
    InvalidOption
        A size is not positive, or the days are too near.

    Notes
    -----
    Each contact has one of eight buying types. Its rate of buying is gamma distributed around the type's; the
    number of its orders is Poisson (the NBD model of Ehrenberg, 1959), their days follow the season.

    Examples
    --------
    >>> make_shop(n_contacts=50, random_state=1).contacts["country"].mode()[0]
    'ES'
    """
    check_sizes(n_contacts=n_contacts, n_interactions=n_contacts * interactions_per_contact)
    calendar = ShopCalendar(check_day(first_day, name="first_day"), check_day(last_day, name="last_day"))
    activity = activity_for(interactions_per_contact, calendar)
    block = simulate(n_contacts, calendar, random_state=random_state, activity=activity)
    contacts = describe_contacts(block.people, calendar, random_stream("details", random_state=random_state))
    facts = describe_truth(block, contacts, calendar)
    sizes = {"n_contacts": n_contacts, "n_interactions": len(block.lines) + len(block.touches) + len(block.emails)}
    return Shop(
        contacts=contacts,
        interactions=tabulate_interactions(block, calendar, FirstNumbers()),
        assignments=_tabulate_assignments(block),
        true_contacts=tabulate_truth(block, calendar),
        facts={"seed": random_state, **sizes, **facts},
    )


def check_sizes(*, n_contacts: int, n_interactions: float) -> None:
    """Check that numbers of contacts and interactions are positive.

    Parameters
    ----------
    n_contacts : number of contacts.
    n_interactions : number of interactions.

    Raises
    ------
    InvalidOption
        One of them is not.
    """
    if n_contacts < 1:
        raise InvalidOption(f"`n_contacts` must be at least 1, got {n_contacts}.")
    if n_interactions <= 0:
        raise InvalidOption(f"the number of interactions must be positive, got {n_interactions:g}.")


def _tabulate_assignments(block: Block) -> pd.DataFrame:
    ids = contact_ids(len(block.people))
    parts = [
        pd.DataFrame(
            {
                "campaign": trial.campaign.name,
                "contact_id": ids[trial.contact],
                "arm": np.where(trial.treated, "treatment", "control"),
                "assigned_at": to_utc(np.full(len(trial.contact), trial.assigned_second)),
            }
        )
        for trial in block.trials
    ]
    if not parts:
        return pd.DataFrame(columns=["campaign", "contact_id", "arm", "assigned_at"])
    return pd.concat(parts, ignore_index=True)
