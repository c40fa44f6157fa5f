"""How lately and how often they buy: recency, frequency, windows, baskets."""

from segment_lib.features.record import COUNT_ORDERS, Feature


def _orders(name: str, where: str, meaning: str) -> Feature:
    return Feature(name, COUNT_ORDERS, "purchases", "behavioural", meaning, "integer", kind="purchase",
                   where=where, zero=True)  # fmt: skip


PURCHASES: tuple[Feature, ...] = (
    Feature("first_purchase_at", "min(occurred_at)", "", "behavioural",
            "First purchase", "timestamp", kind="purchase"),
    Feature("last_purchase_at", "max(occurred_at)", "", "behavioural",
            "Last purchase", "timestamp", kind="purchase"),
    Feature("recency_days", "days_since(last_purchase_at)", "days", "behavioural",
            "Days since the last purchase; nothing for who never bought", "integer", "contact"),
    Feature("customer_days", "days_since(first_purchase_at)", "days", "relationship",
            "Days since the first purchase; nothing for who never bought", "integer", "contact"),
    Feature("days_to_first_purchase",
            "case when customer_days is not null then greatest(tenure_days - customer_days, 0) end",
            "days", "relationship",
            "Days from becoming known to the first purchase", "integer", "contact"),
    _orders("purchases", "", "Orders so far; the rows of one order count once"),
    _orders("purchases_30d", "in_last('30 days')", "Orders in the last 30 days"),
    _orders("purchases_90d", "in_last('90 days')", "Orders in the last 90 days"),
    _orders("purchases_365d", "in_last('365 days')", "Orders in the last 365 days"),
    _orders("purchases_before_90d", "in_window('180 days', '90 days')", "Orders in the 90 days before the last 90"),
    Feature("purchase_days", "count(*)", "days", "behavioural",
            "Days on which something was bought", "integer", "purchase days", zero=True),
    Feature("active_months_365d", "count(distinct date_trunc('month', day))", "months", "behavioural",
            "Calendar months with a purchase in the last 365 days", "integer", "purchase days",
            where="day > as_of_day - 365", zero=True),
    Feature("purchase_trend", "(purchases_90d - purchases_before_90d) / (purchases_90d + purchases_before_90d + 1.0)",
            "", "behavioural",
            "Orders of the last 90 days against the 90 before, from -1 (stopped) to 1 (took off); near 0 where few",
            level="contact"),
    Feature("basket_size", "avg(units)", "pieces", "behavioural",
            "Mean pieces of an order", level="orders"),
    Feature("basket_lines", "avg(lines)", "lines", "behavioural",
            "Mean lines of an order", level="orders"),
    Feature("largest_basket", "max(units)", "pieces", "behavioural",
            "Pieces of the largest order", level="orders"),
    Feature("campaign_orders", COUNT_ORDERS, "purchases", "behavioural",
            "Orders that a campaign is noted for", "integer", kind="purchase", where="campaign is not null",
            zero=True),
    Feature("campaign_share", "campaign_orders / nullif(purchases, 0)", "share", "behavioural",
            "Part of the orders that a campaign is noted for", level="contact"),
)  # fmt: skip
