"""A fixed corpus: rules that use every function and option, over tables of edges; for two engines and the reference."""

from datetime import UTC, date, datetime

from rule_tables import Row, Tables

from segment_lib import AsOf

# The last day of a month two days after the clock went forward, a leap day, a day that begins at one o'clock, and one
# that never was.
DAYS = (
    AsOf.of("2026-03-31", zone="Europe/Madrid"),
    AsOf.of("2024-02-29", zone="Europe/Madrid"),
    AsOf.of("2018-11-04", zone="America/Sao_Paulo"),
    AsOf.of("2011-12-30", zone="Pacific/Apia"),
)


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _row(contact: str, when: str, kind: str | None, order: str | None = None, **more: object) -> Row:
    return {"contact_id": contact, "occurred_at": _at(when), "kind": kind, "order_id": order, **more}


def _bought(contact: str, when: str, amount: float | None, order: str | None = None, **more: object) -> Row:
    return _row(contact, when, "purchase", order, amount=amount, **more)


INTERACTIONS: list[Row] = [
    # Ana: the edges of 1 March and 31 March 2026 in Madrid, the night of 29 March, an order of two days.
    _bought("ana", "2026-02-28T22:59:59.999999", 10.0, "1", category="Fig", product="f1", weight=1),
    _bought("ana", "2026-02-28T23:00:00", 20.0, "2", category="Fig", product="f2", weight=2),
    _bought("ana", "2026-03-29T00:59:59", 5.0, "3", category="Pineapple", product="p1"),
    _bought("ana", "2026-03-29T01:00:00", -2.5, "3", category="Pineapple", product="p1", due=date(2026, 3, 31)),
    _bought("ana", "2026-03-31T21:59:59.999999", None, None, category="É", gift=True),
    _bought("ana", "2026-03-31T22:00:00", 1000.0, "4", category="Never", gift=True),
    _row("ana", "2026-03-29T01:00:00", "refund", "3", amount=2.5),
    _row("ana", "2026-03-30T10:00:00", "survey", score=3.0, subject="a_b"),
    _row("ana", "2026-03-30T10:00:00", "survey", score=9.0, subject="a%b"),
    _row("ana", "2026-03-30T10:00:01", "survey", score=None, subject="\\"),
    _row("ana", "2026-03-30T10:00:00", None, subject="of no kind"),
    # Ben: one purchase in each month back from 31 March 2026, the last of them a year ago.
    *[
        _bought("ben", f"{day}T12:00:00", 25.0, f"b{n}", category=("Fig", "Kiwi")[n % 2], weight=n)
        for n, day in enumerate(("2026-03-01", "2026-02-28", "2026-01-31", "2025-12-31", "2025-11-30", "2025-03-31"))
    ],
    _row("ben", "2026-01-02T09:00:00", "quote_request", category="Fig", planned_at=_at("2026-01-02T23:30:00")),
    _row("ben", "2025-11-30T12:00:00", "quote_request", category="Kiwi", planned_at=_at("2025-11-29T23:30:00")),
    # Eva: 29 February 2024 and the days a month, a year and 30 days before it; an order without any amount.
    _bought("eva", "2024-02-28T23:00:00", 0.0, "1", category="Kiwi"),
    _bought("eva", "2024-02-29T22:59:59", 7.25, "2", category="Fig"),
    _bought("eva", "2024-01-29T22:59:59", None, "3"),
    _bought("eva", "2024-01-29T23:00:00", 12.5, "4", category="fig"),
    _bought("eva", "2023-02-28T22:59:59", 3.0, "5", category="fig"),
    _bought("eva", "2023-02-28T23:00:00", 4.0, None, category=""),
    _row("eva", "2024-02-29T12:00:00", "call", amount=6.0, weight=3, due=date(2024, 2, 29)),
    _row("eva", "2024-02-29T12:00:00", "call", weight=None, due=None),
    # Gil, in São Paulo: 4 November 2018 began at one o'clock, which is three o'clock of UTC.
    _bought("gil", "2018-11-04T02:59:59.999999", 40.0, "1", category="Fig", product="z"),
    _bought("gil", "2018-11-04T03:00:00", 50.0, "2", category="Kiwi", product="a"),
    _bought("gil", "2018-11-05T01:59:59", 60.0, "2", category="Kiwi", product="a"),
    _bought("gil", "2018-11-05T02:00:00", 70.0, "3", category="Kiwi", product="a"),
    _row("gil", "2018-10-04T12:00:00", "refund", None, amount=100.0),
    _row("gil", "2018-11-04T03:00:00", "quote_request", category="Kiwi"),
    # Lia, in Apia: no 30 December 2011 between 29 and 31 December.
    _bought("lia", "2011-12-30T09:59:59", 8.0, "1", category="Taro"),
    _bought("lia", "2011-12-30T10:00:00", 16.0, "2", category="Taro"),
    _bought("lia", "2011-11-30T10:00:00", 4.0, "3", category="Taro"),
    _row("lia", "2011-12-29T09:00:00", "quote_request"),
    # Max: purchases of less than nothing, at one instant; his calls are of a kind with a quote.
    _bought("max", "2018-11-03T12:00:00", -5.0, "1", category="Kiwi", weight=-1),
    _bought("max", "2018-11-03T12:00:00", 5.0, "2", category="Fig", weight=1),
    _row("max", "2018-11-03T12:00:00", "o'brien", amount=1.0),
]
CONTACTS: list[Row] = [
    {"contact_id": "ana", "country": "ES", "income": 100.0, "kids": 2, "birth_date": date(1990, 4, 1), "agreed": True,
     "relationships": ["client", None], "interests": ["Cooking", None], "latitude": 41.39, "longitude": 2.17,
     "seen": _at("2026-03-30T22:30:00")},
    {"contact_id": "ben", "country": "PT", "income": 100.0, "kids": 0, "birth_date": date(2000, 2, 29), "agreed": False,
     "relationships": ["supplier", "client"], "interests": ["cooking"], "latitude": 38.72, "longitude": -9.14,
     "seen": _at("2025-03-31T22:30:00")},
    {"contact_id": "eva", "country": "es", "income": -3.5, "kids": None, "birth_date": date(1996, 2, 28),
     "relationships": None, "interests": None, "latitude": 0.0, "longitude": 180.0,
     "acquired_at": _at("2020-02-29T12:00:00")},
    {"contact_id": "gil", "country": "BR", "income": 0.0, "kids": 1, "birth_date": date(2018, 11, 4), "agreed": None,
     "relationships": ["prospect"], "interests": ["O'Hara", "É"], "latitude": -23.55, "longitude": None,
     "acquired_at": _at("2018-11-05T02:00:00"), 'odd "name"': 7.0},
    {"contact_id": "lia", "country": None, "income": 55.25, "kids": -1, "birth_date": date(2027, 1, 1), "agreed": True,
     "relationships": ["debtor"], "interests": ["É"], "latitude": -13.85, "longitude": -171.75},
    {"contact_id": "max", "country": "a\\b", "income": 100.0, "kids": 3, "birth_date": date(1899, 12, 31)},
    {"contact_id": "no news", "country": "É", "income": None, "acquired_at": _at("2011-12-30T09:59:59.999999")},
    {"contact_id": "not yet", "country": "ES", "income": 9999.0, "acquired_at": _at("2026-03-31T22:00:00")},
    {"contact_id": "ñandú '1", "country": "", "income": 55.25, "seen": _at("2018-11-04T02:30:00")},
]  # fmt: skip


def _label(contact: str, label: str, on: str, off: str | None = None, expires: str | None = None) -> Row:
    return {"contact_id": contact, "label": label, "source": "manual", "assigned_at": _at(on),
            "removed_at": _at(off) if off else None, "expires_at": _at(expires) if expires else None}  # fmt: skip


LABELS: list[Row] = [
    _label("ana", "Influencer", "2026-03-31T21:59:59.999999"),
    _label("ben", "Influencer", "2026-03-31T22:00:00"),
    _label("eva", "Influencer", "2024-01-01T00:00:00", off="2024-02-29T22:59:59.999999"),
    _label("eva", "O'Hara", "2024-01-01T00:00:00", off="2024-02-29T23:00:00"),
    _label("gil", "Influencer", "2018-01-01T00:00:00", expires="2018-11-05T02:00:00"),
    _label("gil", "O'Hara", "2018-01-01T00:00:00", expires="2018-11-05T01:59:59.999999"),
    # Taken off, and put on again.
    # Capitals make another label.
    _label("ben", "influencer", "2011-01-01T00:00:00"),
    _label("max", "Influencer", "2011-01-01T00:00:00", off="2011-02-01T00:00:00"),
    _label("max", "Influencer", "2011-12-30T09:59:59"),
    _label("lia", "Influencer", "2011-01-01T00:00:00", off="2027-01-01T00:00:00", expires="2011-12-30T10:00:00"),
]
CORPUS_TABLES = tuple(Tables(day, CONTACTS, INTERACTIONS, LABELS) for day in DAYS)

_TEXTS = (
    # Columns and operators.
    "country not in ('ES', 'es') or country is null",
    "not (country <> 'ES')",
    "country like '_S' or country like '%\\%'",
    "country ilike 'e_' or country not ilike '%É%'",
    "country > 'E' and country <= 'a'",
    "kids between 0 and 2 and not kids between 1 and 1",
    "income / kids > 40 or kids / 0 = 1",
    "income * 0.5 - kids + 1 >= 28.625",
    "-income < -54 or - kids > 0",
    "agreed or agreed is null",
    "agreed is not true and agreed is not null",
    "agreed = (kids > 1)",
    "birth_date < '1990-04-02' and birth_date <> '1899-12-31'",
    "seen = '2026-03-31' or seen < '2018-11-04'",
    "'2025-04-01' <= seen and acquired_at is null",
    "seen between '2018-11-03' and '2018-11-04'",
    "seen > last_purchase_at or last_purchase_at = first_purchase_at",
    "birth_date > seen or birth_date = last_purchase_at",
    "\"odd \"\"name\"\"\" = 7 or kids = 2 and null is null",
    "true and (kids = 2 or null)",
    # Features by their names.
    "recency_days <= 1 and purchases >= 1",
    "total_spend > 40 and average_order < 30",
    "net_spend < total_spend or refunded > 0",
    "customer_days - recency_days > 30 or quiet_days = 0",
    # Functions of interactions.
    "count('purchase', within => '1 month') between 1 and 2",
    "count('any', within => '1 day') = 2 or count('o''brien') = 1",
    "count('purchase', within => '12 months', until => '1 month', where => category = 'Fig') > 0",
    "count('refund', where => amount > 2.5 or order_id is null) = 1",
    "total('purchase') > 20",
    "total('purchase', weight, within => '13 months') = 15",
    "total('any', amount, until => '1 day') < 10",
    "total('purchase', where => amount <> 0) = 0",
    "average('purchase') > 5",
    "average('purchase', amount) > 5",
    "average('call') = 6",
    "average('survey', score, within => '2 days', where => subject like 'a_b') = 6 or average('call', weight) = 3",
    "average('refund', until => '30 days') > 50 or average('refund') > 50",
    "largest('purchase') = 20 or largest('purchase', amount) = 60",
    "largest('purchase', within => '1 month', until => '1 day', where => gift is null) = 20",
    "smallest('purchase') = 0",
    "smallest('purchase', amount, within => '14 years') < 0 or smallest('survey', score) = 3",
    "smallest('call', weight, where => due = '2024-02-29') = 3 or smallest('purchase', until => '1 day') = -5",
    "distinct_values('purchase', category) >= 2",
    "distinct_values('any', order_id, within => '2 months', until => '7 days', where => amount is not null) = 1",
    "days_since('purchase') <= 1",
    "days_since('purchase', until => '1 day', where => category is not null) between 1 and 30",
    "days_since('any', within => '7 days') > 0",
    "days_since_first('purchase') > 365",
    "days_since_first('purchase', within => '1 month', until => '1 day', where => amount > 0) = 30",
    "ever('call') or ever('purchase', within => '1 day')",
    "ever('any', within => '3 months', until => '4 weeks', where => kind <> 'purchase')",
    "ever('any', where => occurred_at = '2018-11-04' and occurred_at >= '2018-11-04')",
    "ever('quote_request', where => planned_at > occurred_at and planned_at < '2026-01-04')",
    "never('refund', within => '32 days')",
    "never('purchase', until => '1 month', where => amount > 5)",
    "active_months('purchase', 6) >= 3",
    "active_months('purchase', 60, where => category = 'Kiwi') = 1",
    "active_months('any', 1) = 1",
    "regularly('purchase', 5)",
    "regularly('purchase', 2, where => amount >= 0)",
    "stopped('purchase', '1 day')",
    "stopped('purchase', '1 month', where => category in ('Fig', 'fig'))",
    "resumed('purchase', '30 days')",
    "resumed('purchase', '1 month', within => '13 months', where => amount < 30)",
    "resumed('any', '3 months', where => amount is null or amount > 3)",
    "resumed('purchase', '8 months', within => '1 year')",
    "followed_by('quote_request', 'purchase')",
    "followed_by('quote_request', 'purchase', within => '1 month', where => category = 'Fig')",
    "followed_by('purchase', 'purchase', within => '28 days')",
    "followed_by('purchase', 'refund', then_where => amount > 2, where => category = 'Pineapple')",
    "followed_by('survey', 'survey', where => score = 9, then_where => score is null)",
    "average_order() > 10",
    "average_order(within => '12 months', until => '1 day', where => category = 'Kiwi') = 25",
    "favourite('purchase', category) = 'Fig'",
    "favourite('any', category, within => '13 months', until => '1 month', where => amount > 0) in ('Fig', 'Kiwi')",
    "share_of('purchase', where => category = 'Fig') >= 0.5",
    "share_of('purchase', weight, where => category = 'Kiwi', within => '2 years') > 0.5",
    "share_of('any', where => amount > 0, until => '1 day') < 0.75",
    # Functions of contacts.
    "has_label('Influencer')",
    "has_label('influencer')",
    "not has_label('O''Hara')",
    "in_segment('Two orders') or in_segment('Well off here')",
    "not in_segment('Labelled') and kids is not null",
    "has_relationship('client')",
    "not has_relationship('supplier')",
    "includes(interests, 'Cooking') or includes(interests, 'O''Hara')",
    "not includes(relationships, 'client')",
    "top_percent(income, 14)",
    "top_percent(total('purchase'), 33.3)",
    "bottom_percent(income, 50)",
    "bottom_percent(recency_days, 1) or bottom_percent(- recency_days, 1)",
    "random_percent(50)",
    "random_percent(33.3, 'spring')",
    "anniversary(birth_date, within => '1 day')",
    "anniversary(birth_date, within => '1 month')",
    "anniversary(acquired_at, within => '1 year') or anniversary(birth_date, within => '5 weeks')",
    "days_until(birth_date) < 0",
    "days_until(seen) between -1 and 0",
    "distance_km(latitude, longitude, 41.39, 2.17) < 1100",
)  # fmt: skip
_NAMED = {
    "Well off here": "country in ('ES', 'PT') and income > 50",
    "Labelled": "has_label('Influencer') and not in_segment('Well off here')",
    "Two orders": "count('purchase') >= 2",
}
CORPUS = _NAMED | {f"rule {place:03d}": text for place, text in enumerate(_TEXTS, start=1)}
