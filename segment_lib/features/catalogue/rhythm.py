"""Regularity: the gaps between the days on which somebody buys, and what is overdue by that rhythm."""

from segment_lib.features.record import Feature


def _gap(name: str, sql: str, meaning: str) -> Feature:
    return Feature(name, sql, "days", "behavioural", meaning, level="purchase days", where="gap_days is not null")


def _contact(name: str, sql: str, unit: str, meaning: str) -> Feature:
    return Feature(name, sql, unit, "behavioural", meaning, level="contact")


RHYTHM: tuple[Feature, ...] = (
    _contact("days_between_orders",
             "(days_since(first_purchase_at) - days_since(last_purchase_at)) / nullif(purchases - 1.0, 0)", "days",
             "Mean gap between orders; nothing below two orders"),
    _gap("median_gap_days", "quantile_cont(gap_days, 0.5)", "Median gap between days with a purchase"),
    _gap("gap_lower_quartile", "quantile_cont(gap_days, 0.25)", "A quarter of the gaps is at most this long"),
    _gap("gap_upper_quartile", "quantile_cont(gap_days, 0.75)", "A quarter of the gaps is at least this long"),
    _gap("longest_gap_days", "max(gap_days)", "Longest gap between days with a purchase"),
    _contact("gap_spread_days", "gap_upper_quartile - gap_lower_quartile", "days",
             "Spread of the gaps: the middle half of them lies this far apart"),
    _contact("overdue_days", "recency_days - median_gap_days", "days",
             "Days past the contact's own median gap; negative is not yet due"),
    _contact("overdue_ratio", "recency_days / nullif(median_gap_days, 0)", "",
             "Days since the last purchase for the contact's own median gap; above 1 is overdue"),
)  # fmt: skip
