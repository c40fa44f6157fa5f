"""Features in Polars that are computed from others: days since, shares, trends, bands."""

from datetime import date

import polars as pl
from features_names import AGE_BANDS, AGES, COUNTS, KINDS, MONEY, SHARES

DAY = date(2026, 10, 31)
ZONE = "Europe/Madrid"
OVERDUE = ("overdue_ratio", ("recency_days", "median_gap_days"))


def _days_ago(moment: str) -> pl.Expr:
    return (pl.lit(DAY) - pl.col(moment).dt.convert_time_zone(ZONE).dt.date()).dt.total_days()


def _share(upper: str, lower: str) -> pl.Expr:
    return pl.when(pl.col(lower) != 0).then(pl.col(upper).cast(pl.Float64) / pl.col(lower))


def derive(table: pl.LazyFrame, popular: list[str], n_categories: int, highest: float) -> pl.LazyFrame:
    """Add what is computed from the counts and sums of a contact."""
    birth = pl.col("birth_date")
    later = birth.dt.month().cast(pl.Int32) * 100 + birth.dt.day() > DAY.month * 100 + DAY.day
    age = pl.when(birth <= DAY).then(DAY.year - birth.dt.year() - later)
    size, bits = pl.col("household_size"), pl.col("popular_categories")
    now, before = pl.col("spend_90d"), pl.col("spend_before_90d")
    weight = now.abs() + before.abs() + pl.col("average_order").abs()
    missing = (~bits & (bits + 1)).cast(pl.Float64).log(2).round().cast(pl.Int64)
    return (
        table.with_columns(pl.col(COUNTS).fill_null(0).cast(pl.Int64), pl.col(MONEY).fill_null(0.0))
        .with_columns(
            pl.min_horizontal("acquired_at", "first_interaction_at").alias("known_at"), age.alias("age_years")
        )
        .with_columns(
            _days_ago("known_at").alias("tenure_days"),
            _days_ago("last_interaction_at").alias("quiet_days"),
            _days_ago("last_purchase_at").alias("recency_days"),
            _days_ago("first_purchase_at").alias("customer_days"),
            _days_ago("new_category_at").alias("days_since_new_category"),
            *(_days_ago(f"last_{name}_at").alias(f"days_since_{name}") for name in KINDS),
            pl.col("relationships").list.len().fill_null(0).alias("relationship_count"),
            pl.col("age_years").cut(AGES, labels=AGE_BANDS).cast(pl.String).alias("age_group"),
            pl.when(size > 0)
            .then(size.cut([1, 2, 4], labels=["1", "2", "3-4", "5 and more"]).cast(pl.String))
            .alias("household_band"),
            (pl.col("total_spend") - pl.col("refunded")).alias("net_spend"),
            (n_categories - pl.col("categories_bought")).alias("categories_missing"),
            missing.replace_strict(
                range(min(len(popular), 62)), popular[:62], default=None, return_dtype=pl.String
            ).alias("next_category"),
            (pl.col("gap_upper_quartile") - pl.col("gap_lower_quartile")).alias("gap_spread_days"),
            (
                (pl.col("purchases_90d") - pl.col("purchases_before_90d"))
                / (pl.col("purchases_90d") + pl.col("purchases_before_90d") + 1)
            ).alias("purchase_trend"),
        )
        .with_columns(_share(*pair).alias(name) for name, pair in [*SHARES.items(), OVERDUE])
        .with_columns(
            pl.when(pl.col("customer_days").is_not_null())
            .then(pl.max_horizontal(pl.col("tenure_days") - pl.col("customer_days"), 0))
            .alias("days_to_first_purchase"),
            pl.when(weight != 0).then((now - before) / weight).alias("spend_trend"),
            pl.when(pl.col("customer_days") != 0)
            .then(pl.col("net_spend") / (pl.col("customer_days") / 30.4375))
            .alias("spend_per_month"),
            pl.when(pl.col("purchases") != 1)
            .then((pl.col("customer_days") - pl.col("recency_days")) / (pl.col("purchases") - 1))
            .alias("days_between_orders"),
            (pl.col("recency_days") - pl.col("median_gap_days")).alias("overdue_days"),
            pl.when((pl.col("survey_scores") != 0) & pl.lit(5 < (highest or 0) <= 10))
            .then(100.0 * (pl.col("promoter_scores") - pl.col("detractor_scores")) / pl.col("survey_scores"))
            .alias("nps"),
        )
        .drop("known_at", "person")
    )
