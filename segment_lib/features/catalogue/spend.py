"""What they spend: totals, windows, orders, trend, refunds, prices."""

from segment_lib.features.record import COUNT_ORDERS, Feature

# Pieces and what was paid for them are both known, so that the two sums are of the same purchases; a gift counts.
PRICED = "usual_price > 0 and quantity > 0 and amount >= 0"


def _spend(name: str, where: str, meaning: str) -> Feature:
    return Feature(name, "sum(money(amount))", "money", "financial", meaning, kind="purchase", where=where, zero=True)


def _contact(name: str, sql: str, unit: str, meaning: str) -> Feature:
    return Feature(name, sql, unit, "financial", meaning, level="contact")


def _order(name: str, sql: str, meaning: str, *, where: str = "") -> Feature:
    return Feature(name, sql, "money", "financial", meaning, level="orders", where=where)


SPEND: tuple[Feature, ...] = (
    _spend("total_spend", "", "What the contact has paid for, refunds not deducted"),
    _spend("spend_30d", "in_last('30 days')", "Spend in the last 30 days"),
    _spend("spend_90d", "in_last('90 days')", "Spend in the last 90 days"),
    _spend("spend_365d", "in_last('365 days')", "Spend in the last 365 days"),
    _spend("spend_before_90d", "in_window('180 days', '90 days')", "Spend in the 90 days before the last 90"),
    _spend("spend_before_365d", "in_window('730 days', '365 days')", "Spend in the 365 days before the last 365"),
    _spend("same_season_spend", "in_window('365 days', '275 days')",
           "Spend of a year ago in the 90 days that lie ahead now"),
    _contact("average_order", "total_spend / nullif(purchases, 0)", "money", "Spend for an order"),
    _contact("average_order_365d", "spend_365d / nullif(purchases_365d, 0)", "money",
             "Spend for an order in the last 365 days"),
    _order("largest_order", "max(amount)", "Amount of the largest order"),
    _order("smallest_order", "min(amount)", "Amount of the smallest order"),
    Feature("zero_orders", "count(*)", "purchases", "financial", "Orders that come to 0 or less, such as samples",
            "integer", "orders", where="amount <= 0", zero=True),
    # One average order weighs against the sums, so that a single small order is no boom.
    _contact("spend_trend", "(spend_90d - spend_before_90d) / "
             "nullif(abs(spend_90d) + abs(spend_before_90d) + abs(average_order), 0)", "",
             "Spend of the last 90 days against the 90 before, from -1 (stopped) to 1 (took off); near 0 where little"),
    Feature("refunded", "sum(money(amount))", "money", "financial", "What was paid back", kind="refund", zero=True),
    Feature("refunds", COUNT_ORDERS, "refunds", "financial", "Orders with a refund", "integer", kind="refund",
            zero=True),
    Feature("last_refund_at", "max(occurred_at)", "", "financial", "Last refund", "timestamp", kind="refund"),
    _contact("net_spend", "total_spend - refunded", "money", "Spend less refunds"),
    _contact("refund_share", "refunded / nullif(total_spend, 0)", "share", "Part of the spend that was paid back"),
    _contact("spend_per_month", "net_spend / nullif(customer_days / 30.4375, 0)", "money",
             "Spend less refunds for a month since the first purchase; nothing on the first day"),
    Feature("priced_spend", "sum(amount)", "money", "financial",
            "Spend on products whose usual price is known", level="product", where=PRICED, zero=True),
    Feature("usual_spend", "sum(cast(quantity * usual_price as decimal(38, 4)))", "money", "financial",
            "What the same pieces usually cost", level="product", where=PRICED, zero=True),
    Feature("spend_below_price", "sum(amount)", "money", "financial",
            "Spend on products that were got at least 5% below their usual price", level="product",
            where=f"{PRICED} and amount <= round(0.95 * quantity * usual_price, 4)", zero=True),
    _contact("price_index", "priced_spend / nullif(usual_spend, 0)", "",
             "Prices paid for what they usually are: below 1 the contact buys cheaper than others"),
    _contact("discount_share", "spend_below_price / nullif(priced_spend, 0)", "share",
             "Part of the spend that was at least 5% below the usual price"),
)  # fmt: skip
