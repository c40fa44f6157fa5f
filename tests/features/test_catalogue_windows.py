"""Windows and kinds of the catalogue: every record counts its own kind in the window that its name says."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from segment_lib.asof import AsOf
from segment_lib.features import CATALOGUE, build_features
from segment_lib.features.query import with_needed
from segment_lib.vocabulary import INTERACTIONS, arrow_schema

AS_OF = AsOf.of("2026-10-31", zone="Europe/Madrid")
# The first second of each window and the second before it, by the local clock of summer or winter.
EDGES = {
    30: ("2026-10-01T22:00:00", "2026-10-01T21:59:59"),
    90: ("2026-08-02T22:00:00", "2026-08-02T21:59:59"),
    180: ("2026-05-04T22:00:00", "2026-05-04T21:59:59"),
    275: ("2026-01-29T23:00:00", "2026-01-29T22:59:59"),
    365: ("2025-10-31T23:00:00", "2025-10-31T22:59:59"),
    730: ("2024-10-31T23:00:00", "2024-10-31T22:59:59"),
}
# So many rows of each kind stand at every edge, so that no kind can be taken for another.
TIMES = {
    **{"purchase": 1, "email_sent": 2, "email_open": 3, "email_click": 4, "visit": 5, "support_request": 6},
    **{"quote_request": 7, "call": 8, "subscription": 9, "campaign_response": 10, "refund": 11, "survey": 12},
}
# A window holds one row of its own edge and both of every shorter window.
EXPECTED = {
    "purchases_30d": 1,
    "purchases_90d": 3,
    "purchases_365d": 9,
    "purchases_before_90d": 2,  # the row of 180 days and the one before 90
    "purchases": 12,
    "spend_30d": 1.0,
    "spend_90d": 3.0,
    "spend_365d": 9.0,
    "spend_before_90d": 2.0,
    "spend_before_365d": 2.0,  # the row of 730 days and the one before 365
    "same_season_spend": 2.0,  # the row of 365 days and the one before 275
    "new_categories_365d": 9,
    # 2 October; 1 October; 3 and 2 August; 5 and 4 May; 30 and 29 January; 1 November, the first of the 365.
    "active_months_365d": 5,
    "interactions_90d": 3 * 78,
    "interactions": 12 * 78,
    "emails_sent_90d": 3 * 2,
    "emails_sent": 12 * 2,
    "email_opens_90d": 3 * 3,
    "email_opens": 12 * 3,
    "email_clicks_90d": 3 * 4,
    "email_clicks": 12 * 4,
    "visits_30d": 5,
    "visits_90d": 3 * 5,
    "visits": 12 * 5,
    "support_requests_90d": 3 * 6,
    "support_requests_365d": 9 * 6,
    "support_requests": 12 * 6,
    "quote_requests_365d": 9 * 7,
    "quote_requests": 12 * 7,
    "calls_365d": 9 * 8,
    "calls": 12 * 8,
    "refunds": 12 * 11,
    "survey_scores": 12 * 12,
}


@pytest.fixture(scope="module")
def values() -> dict[str, object]:
    instants = [datetime.fromisoformat(at).replace(tzinfo=UTC) for edges in EDGES.values() for at in edges]
    # A microsecond tells the kinds apart.
    rows = [
        {"contact_id": "ana", "occurred_at": at.replace(microsecond=place), "kind": kind, "score": 5.0}
        | ({"amount": 1.0, "category": at.isoformat()} if kind == "purchase" else {})
        for place, (kind, times) in enumerate(TIMES.items())
        for at in instants
        for _ in range(times)
    ]
    table = build_features(
        pa.Table.from_pylist(rows, schema=arrow_schema(INTERACTIONS)),
        as_of=AS_OF,
        features=with_needed([*EXPECTED, *(f"last_{kind}_at" for kind in TIMES)], CATALOGUE),
    )
    [row] = table.to_pylist()
    return dict(row)


@pytest.mark.parametrize("name", EXPECTED)
def test_feature_counts_its_kind_in_its_window(values: dict[str, object], name: str) -> None:
    assert values[name] == EXPECTED[name]


@pytest.mark.parametrize("kind", TIMES)
def test_last_of_a_kind_is_the_latest_of_that_kind(values: dict[str, object], kind: str) -> None:
    place = list(TIMES).index(kind)
    assert values[f"last_{kind}_at"] == datetime(2026, 10, 1, 22, microsecond=place, tzinfo=UTC)


def test_every_windowed_feature_is_held_here() -> None:
    windowed = {f.name for f in CATALOGUE if "in_" in f.where or "start_of" in f.where or "as_of_day" in f.where}
    assert windowed - EXPECTED.keys() == set()
