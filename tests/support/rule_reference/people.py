"""Functions and features of a contact that are no condition on interactions."""

import hashlib
import math
from collections.abc import Iterable, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any

from rule_reference import rows as of_rows
from rule_reference.days import first_day, local_day
from rule_reference.rows import Row
from segment_lib.asof import AsOf

EARTH_KM = 6371.0088
# Features of the library's catalogue that rules of the reference may name.
FEATURES = (
    "average_order", "customer_days", "first_purchase_at", "interactions", "last_interaction_at", "last_purchase_at",
    "net_spend", "purchases", "purchases_90d", "quiet_days", "recency_days", "refunded", "total_spend",
)  # fmt: skip


def is_known(contact: Row, interactions: Sequence[Row], as_of: AsOf) -> bool:
    """Tell whether a contact was acquired, or did something, by the end of the day, or nothing says when it came."""
    acquired = contact.get("acquired_at")
    by_then = acquired is None or local_day(acquired, as_of.zone) <= as_of.day
    return by_then or bool(known_rows(interactions, as_of))


def known_rows(interactions: Iterable[Row], as_of: AsOf) -> list[Row]:
    """Return the rows up to the end of the day."""
    return [row for row in interactions if of_rows.day_of(row, as_of.zone) <= as_of.day]


def carries(labels: Iterable[Row], contact_id: str, name: str, as_of: AsOf) -> bool:
    """Tell whether a label was put on by the end of the day, and neither taken off nor expired by then."""

    def by_then(instant: datetime | None) -> bool:
        return instant is not None and local_day(instant, as_of.zone) <= as_of.day

    return any(
        by_then(label["assigned_at"]) and not by_then(label.get("removed_at")) and not by_then(label.get("expires_at"))
        for label in labels
        if label["contact_id"] == contact_id and label["label"] == name
    )


def among(number: float | None, numbers: Iterable[float | None], percent: Fraction, *, top: bool) -> bool | None:
    """Tell whether a number is at least (at most) the one at place ceil(n * p / 100) from above (below)."""
    if number is None:
        return None
    ordered = sorted((n for n in numbers if n is not None), reverse=top)
    edge = ordered[math.ceil(len(ordered) * percent / 100) - 1]
    return number >= edge if top else number <= edge


def drawn(contact_id: str, percent: Fraction, draw: str) -> bool:
    """Tell whether a contact is in a part drawn by chance, always the same."""
    digits = hashlib.md5(f"{draw}:{contact_id}".encode()).hexdigest()[:8]
    return int(digits, 16) < percent / 100 * 16**8


def distance_km(latitude: float, longitude: float, to_latitude: float, to_longitude: float) -> float:
    """Distance on the sphere, by the angle between the two places."""
    one, other, turn = math.radians(latitude), math.radians(to_latitude), math.radians(to_longitude - longitude)
    cosine = math.sin(one) * math.sin(other) + math.cos(one) * math.cos(other) * math.cos(turn)
    return EARTH_KM * math.acos(max(-1.0, min(1.0, cosine)))


def feature(name: str, interactions: Sequence[Row], as_of: AsOf) -> Any:
    """Return the value of a feature of the catalogue, as docs/features.md has it."""
    known = known_rows(interactions, as_of)
    bought, returned = of_rows.of_kind(known, "purchase"), of_rows.of_kind(known, "refund")
    when, bought_at = [row["occurred_at"] for row in known], [row["occurred_at"] for row in bought]
    since = {"recency_days": (bought, max), "customer_days": (bought, min), "quiet_days": (known, max)}
    if name in since:
        rows, pick = since[name]
        return of_rows.days_since(rows, as_of.day, as_of.zone, pick)
    lately = [row for row in bought if of_rows.day_of(row, as_of.zone) >= first_day(as_of.day, "90 days")]
    return {
        "average_order": of_rows.average("purchase", bought, None),
        "first_purchase_at": min(bought_at, default=None),
        "interactions": len(known),
        "last_interaction_at": max(when, default=None),
        "last_purchase_at": max(bought_at, default=None),
        "net_spend": of_rows.total(bought, None) - of_rows.total(returned, None),
        "purchases": of_rows.count("purchase", bought),
        "purchases_90d": of_rows.count("purchase", lately),
        "refunded": of_rows.total(returned, None),
        "total_spend": of_rows.total(bought, None),
    }[name]
