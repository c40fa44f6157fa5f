"""What the ways in pandas and in Polars share: names of the columns that are alike, and the bands of ages."""

from datetime import UTC, datetime

END = datetime(2026, 10, 31, 23, tzinfo=UTC)
# First instants of the last 30, 90, 180, 275, 365 and 730 days in Madrid.
START = {
    30: datetime(2026, 10, 1, 22, tzinfo=UTC),
    90: datetime(2026, 8, 2, 22, tzinfo=UTC),
    180: datetime(2026, 5, 4, 22, tzinfo=UTC),
    275: datetime(2026, 1, 29, 23, tzinfo=UTC),
    365: datetime(2025, 10, 31, 23, tzinfo=UTC),
    730: datetime(2024, 10, 31, 23, tzinfo=UTC),
}
# Kind, name of its count, and the windows that are counted.
KINDS = {
    "email_sent": ("emails_sent", (90,)),
    "email_open": ("email_opens", (90,)),
    "email_click": ("email_clicks", (90,)),
    "visit": ("visits", (30, 90)),
    "support_request": ("support_requests", (90, 365)),
    "quote_request": ("quote_requests", (365,)),
    "call": ("calls", (365,)),
    "subscription": ("", ()),
    "campaign_response": ("", ()),
    "refund": ("", ()),
    "survey": ("", ()),
}
SHARES = {
    "email_open_rate": ("email_opens", "emails_sent"),
    "email_open_rate_90d": ("email_opens_90d", "emails_sent_90d"),
    "email_click_rate": ("email_clicks", "emails_sent"),
    "click_to_open_rate": ("email_clicks", "email_opens"),
    "visits_for_purchase": ("visits", "purchases"),
    "support_for_purchase": ("support_requests", "purchases"),
    "campaign_share": ("campaign_orders", "purchases"),
    "average_order": ("total_spend", "purchases"),
    "average_order_365d": ("spend_365d", "purchases_365d"),
    "refund_share": ("refunded", "total_spend"),
    "price_index": ("priced_spend", "usual_spend"),
    "discount_share": ("spend_below_price", "priced_spend"),
}
# Columns that are 0 where there is no row.
COUNTS = [
    name for count, windows in KINDS.values() if count for name in (count, *(f"{count}_{days}d" for days in windows))
]
COUNTS += [f"purchases{window}" for window in ("", "_30d", "_90d", "_365d", "_before_90d")]
COUNTS += [
    "purchase_days",
    "active_months_365d",
    "zero_orders",
    "campaign_orders",
    "categories_bought",
    "products_bought",
]
COUNTS += ["purchase_channels", "new_categories_365d", "popular_categories", "survey_scores", "promoter_scores"]
COUNTS += ["detractor_scores", "refunds", "interactions", "interactions_90d"]
MONEY = ["total_spend", "spend_30d", "spend_90d", "spend_365d", "spend_before_90d", "spend_before_365d"]
MONEY += ["same_season_spend", "refunded", "priced_spend", "usual_spend", "spend_below_price"]
AGES, AGE_BANDS = [17, 24, 34, 44, 54, 64], ["under 18", "18-24", "25-34", "35-44", "45-54", "55-64", "65 and over"]
