"""A small history with the features that it gives, so that every feature can be read with a value."""

from datetime import date, datetime
from functools import cache

import pyarrow as pa

from segment_lib.asof import AsOf
from segment_lib.features.assembly import build_features
from segment_lib.features.catalogue import CATALOGUE

EXAMPLE_DAY = AsOf.of("2026-10-31", zone="Europe/Madrid")
EXAMPLE_CONTACT = "ana"
# Times are those of the clock on the wall, as in a file without zones.
_PEOPLE = (
    {
        "contact_id": EXAMPLE_CONTACT,
        "acquired_at": datetime.fromisoformat("2025-05-01 12:00"),
        "birth_date": date(1990, 11, 1),
        "household_size": 3,
        "relationships": ["client", "supplier"],
    },
    {"contact_id": "ben", "acquired_at": datetime.fromisoformat("2026-01-01 12:00")},
    {"contact_id": "cleo", "acquired_at": datetime.fromisoformat("2026-01-01 12:00")},
)
_PURCHASES = (
    # contact, time, order, product, category, channel, pieces, amount, campaign
    ("ana", "2025-06-14 11:00", "A1", "Orange", "Fruit", "web", 2, 12.00, None),
    ("ana", "2025-12-05 18:30", "A2", "Orange", "Fruit", "shop", 1, 6.00, None),
    ("ana", "2025-12-05 18:30", "A2", "Cake", "Pastry", "shop", 1, 9.00, None),
    ("ana", "2026-06-20 12:00", "A3", "Almonds", "Nuts", "web", 2, 16.00, "Summer"),
    ("ana", "2026-10-02 10:00", "A4", "Orange", "Fruit", "web", 4, 19.00, None),
    ("ben", "2026-02-07 12:00", "B1", "Orange", "Fruit", "web", 2, 13.00, None),
    ("ben", "2026-02-07 12:00", "B1", "Brie", "Cheese", "web", 1, 7.00, None),
    ("cleo", "2026-03-07 12:00", "C1", "Orange", "Fruit", "shop", 1, 6.00, None),
    ("cleo", "2026-03-07 12:00", "C1", "Gouda", "Cheese", "shop", 1, 6.00, None),
)
_OTHERS = (
    # time, kind, order, amount, score; all of Ana
    ("2025-06-15 09:00", "subscription", None, None, None),
    ("2026-03-02 10:00", "quote_request", None, None, None),
    ("2026-03-03 16:00", "call", None, None, None),
    ("2026-06-20 11:50", "campaign_response", None, None, None),
    ("2026-09-28 09:00", "email_sent", None, None, None),
    ("2026-09-28 20:10", "email_open", None, None, None),
    ("2026-09-28 20:11", "email_click", None, None, None),
    ("2026-10-05 12:00", "support_request", None, None, None),
    ("2026-10-06 12:00", "refund", "A4", 4.75, None),
    ("2026-10-12 17:45", "visit", None, None, None),
    ("2026-10-20 12:00", "survey", None, None, 9),
)


def example_contacts() -> pa.Table:
    """Return the three contacts of the example.

    Returns
    -------
    pyarrow.Table
    """
    return pa.Table.from_pylist(list(_PEOPLE))


def example_interactions() -> pa.Table:
    """Return what happened in the example, in order of time.

    Returns
    -------
    pyarrow.Table
        Twenty rows, sixteen of them of the contact whose features are shown.

    Examples
    --------
    >>> example_interactions().filter(pa.compute.field("contact_id") == "ana").num_rows
    16
    """
    rows: list[dict[str, object]] = [
        {
            "contact_id": contact_id,
            "occurred_at": datetime.fromisoformat(at),
            "kind": "purchase",
            **{"order_id": order, "product": product, "category": category, "channel": channel},
            **{"quantity": quantity, "amount": amount, "campaign": campaign, "score": None},
        }
        for contact_id, at, order, product, category, channel, quantity, amount, campaign in _PURCHASES
    ]
    rows += [
        {
            "contact_id": EXAMPLE_CONTACT,
            "occurred_at": datetime.fromisoformat(at),
            "kind": kind,
            **{"order_id": order, "amount": amount, "score": score},
        }
        for at, kind, order, amount, score in _OTHERS
    ]
    return pa.Table.from_pylist(rows).sort_by([("occurred_at", "ascending"), ("contact_id", "ascending")])


def example_values() -> dict[str, object]:
    """Return the value of every feature of the catalogue for Ana of the example.

    Returns
    -------
    dict
        Name to value, in the order of the catalogue; nothing is `None`.

    Examples
    --------
    >>> values = example_values()
    >>> values["purchases"], values["total_spend"], values["favourite_category"]
    (4, 62.0, 'Fruit')
    """
    return dict(_values())


@cache
def _values() -> tuple[tuple[str, object], ...]:
    table = build_features(example_interactions(), as_of=EXAMPLE_DAY, contacts=example_contacts())
    [row] = [row for row in table.to_pylist() if row["contact_id"] == EXAMPLE_CONTACT]
    return tuple((feature.name, row[feature.name]) for feature in CATALOGUE)
