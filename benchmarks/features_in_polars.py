"""The catalogue's features as of 2026-10-31 in Madrid, in Polars: lazy, texts as numbers, masks rather than filters."""

from datetime import date
from pathlib import Path

import polars as pl
from features_in_polars_derived import derive
from features_in_polars_values import categories, products, values_of
from features_names import END, KINDS, START

DAY = date(2026, 10, 31)
ZONE = "Europe/Madrid"
COLUMNS = ["contact_id", "occurred_at", "kind", "channel", "order_id", "product", "category", "quantity", "amount"]
moment, amount, times = pl.col("occurred_at"), pl.col("amount"), pl.col("times")


def build_features(interactions: Path, contacts: Path) -> pl.DataFrame:
    """Compute the features, one row a contact, ordered by contact.

    Parameters
    ----------
    interactions, contacts : Parquet files.

    Returns
    -------
    polars.DataFrame
    """
    people = pl.read_parquet(contacts).sort("contact_id").with_row_index("person")
    rows, highest = _rows(interactions, people.select("contact_id", "person"))
    bought = rows.filter(pl.col("kind") == "purchase").drop("kind", "score")
    orders = _orders(bought)
    tastes, popular, n_categories = categories(bought)
    parts = [
        _every(rows),
        *(_of_kind(rows, kind, *counted) for kind, counted in KINDS.items()),
        _surveys(rows),
        _refunds(rows),
        _spend(bought),
        _baskets(orders),
        _rhythm(orders),
        *_times(orders),
        tastes,
        products(bought),
        values_of(bought, "channel", count="purchase_channels"),
    ]
    table = people.lazy()
    for part in pl.collect_all([part.lazy() for part in parts]):
        table = table.join(part.lazy(), on="person", how="left", maintain_order="left")
    known = (
        pl.col("acquired_at").is_null() | (pl.col("acquired_at") < END) | pl.col("first_interaction_at").is_not_null()
    )
    return derive(table.filter(known), popular, n_categories, highest).collect()


def _rows(interactions: Path, people: pl.DataFrame) -> tuple[pl.DataFrame, float]:
    """Read what is known by the day, contacts as numbers and texts as categories in their order."""
    known = pl.scan_parquet(interactions).filter(moment < END)
    highest = known.filter(pl.col("kind") == "survey").select(pl.col("score").max()).collect(engine="streaming").item()
    rows = (
        known.select(*COLUMNS, "campaign", "score")
        .with_columns(
            pl.col("kind", "channel", "product", "category").cast(pl.Categorical),
            # Money in whole ten-thousandths: sums are exact.
            (amount * 10_000).round().cast(pl.Int64),
            pl.col("campaign").is_not_null(),
        )
        .join(people.lazy(), on="contact_id")
        .drop("contact_id")
        .collect(engine="streaming")
    )
    return rows, highest


def _within(days: int, until: int = 0) -> pl.Expr:
    return (moment >= START[days]) & (moment < START[until]) if until else moment >= START[days]


def _every(rows: pl.DataFrame) -> pl.LazyFrame:
    return (
        rows.lazy()
        .group_by("person")
        .agg(
            pl.len().alias("interactions"),
            _within(90).sum().alias("interactions_90d"),
            moment.min().alias("first_interaction_at"),
            moment.max().alias("last_interaction_at"),
        )
    )


def _of_kind(rows: pl.DataFrame, kind: str, count: str, windows: tuple[int, ...]) -> pl.LazyFrame:
    counts = [pl.len().alias(count)] if count else []
    counts += [_within(days).sum().alias(f"{count}_{days}d") for days in windows]
    last = moment.max().alias(f"last_{kind}_at")
    return rows.lazy().filter(pl.col("kind") == kind).group_by("person").agg(*counts, last)


def _surveys(rows: pl.DataFrame) -> pl.LazyFrame:
    score = pl.col("score")
    return (
        rows.lazy()
        .filter(pl.col("kind") == "survey")
        .sort("occurred_at", "score", nulls_last=False)
        .group_by("person", maintain_order=True)
        .agg(
            score.mean().alias("satisfaction"),
            score.drop_nulls().last().alias("last_satisfaction"),
            score.count().alias("survey_scores"),
            (score >= 9).sum().alias("promoter_scores"),
            (score <= 6).sum().alias("detractor_scores"),
        )
    )


def _refunds(rows: pl.DataFrame) -> pl.LazyFrame:
    refunds = rows.lazy().filter(pl.col("kind") == "refund")
    # A row without an order is an order of its own.
    orders = pl.col("order_id").drop_nulls().n_unique() + pl.col("order_id").null_count()
    return refunds.group_by("person").agg((amount.sum() / 10_000).alias("refunded"), orders.alias("refunds"))


def _spend(bought: pl.DataFrame) -> pl.LazyFrame:
    masks = {
        "total_spend": pl.lit(True),
        **{f"spend_{days}d": _within(days) for days in (30, 90, 365)},
        "spend_before_90d": _within(180, 90),
        "spend_before_365d": _within(730, 365),
        "same_season_spend": _within(365, 275),
    }
    return (
        bought.lazy()
        .with_columns(pl.when(mask).then(amount).otherwise(0).alias(name) for name, mask in masks.items())
        .group_by("person")
        .agg(
            moment.min().alias("first_purchase_at"),
            moment.max().alias("last_purchase_at"),
            *(pl.col(name).sum() / 10_000 for name in masks),
        )
    )


def _orders(bought: pl.DataFrame) -> pl.DataFrame:
    """Return one row an order."""
    lines = bought.lazy().select(
        "person", "order_id", "occurred_at", "amount", "quantity", "campaign", _within(180, 90).alias("before_90d")
    )
    grouped = (
        lines.filter(pl.col("order_id").is_not_null())
        .group_by("person", "order_id")
        .agg(
            moment.min(),
            moment.max().alias("last_at"),
            amount.sum(),
            pl.col("quantity").sum(),
            pl.col("campaign").any(),
            pl.col("before_90d").any(),
            pl.len().cast(pl.Int64).alias("lines"),
        )
    )
    alone = lines.filter(pl.col("order_id").is_null()).with_columns(
        moment.alias("last_at"), pl.lit(1).cast(pl.Int64).alias("lines")
    )
    return (
        pl.concat([grouped, alone.select(grouped.collect_schema().names())])
        .drop("order_id")
        .with_columns(moment.dt.convert_time_zone(ZONE).alias("local_at"))
        .collect()
    )


def _baskets(orders: pl.DataFrame) -> pl.LazyFrame:
    last = pl.col("last_at")
    return (
        orders.lazy()
        .group_by("person")
        .agg(
            pl.len().alias("purchases"),
            *((last >= START[days]).sum().alias(f"purchases_{days}d") for days in (30, 90, 365)),
            pl.col("before_90d").sum().alias("purchases_before_90d"),
            pl.col("campaign").sum().alias("campaign_orders"),
            pl.col("quantity").mean().alias("basket_size"),
            pl.col("lines").mean().alias("basket_lines"),
            pl.col("quantity").max().alias("largest_basket"),
            (amount.max() / 10_000).alias("largest_order"),
            (amount.min() / 10_000).alias("smallest_order"),
            (amount <= 0).sum().alias("zero_orders"),
        )
    )


def _rhythm(orders: pl.DataFrame) -> pl.LazyFrame:
    """Return what the gaps between purchase days tell; quartiles are looked up in gaps that are sorted once."""
    day = pl.col("day")
    gap = pl.when(pl.col("person") == pl.col("person").shift()).then((day - day.shift()).dt.total_days())
    months = pl.when(day > DAY.replace(year=DAY.year - 1)).then(day.dt.year().cast(pl.Int32) * 12 + day.dt.month())
    days = (
        orders.lazy()
        .select("person", pl.col("local_at").dt.date().alias("day"))
        .unique()
        .sort("person", "day")
        .with_columns(gap.alias("gap"), months.alias("month"))
        # Months are in order, so that a month is new where it is not that of the row before.
        .with_columns(
            (
                pl.col("month").is_not_null()
                & ~pl.struct("person", "month").eq_missing(pl.struct("person", "month").shift())
            ).alias("new_month")
        )
        .collect()
    )
    gaps = days.lazy().select("person", "gap").drop_nulls().sort("person", "gap").collect()
    values, n = gaps["gap"].cast(pl.Float64), pl.col("n").cast(pl.Int64)
    quartiles = (
        gaps.lazy()
        .group_by("person", maintain_order=True)
        .agg(pl.len().alias("n"), pl.col("gap").max().alias("longest_gap_days"))
    )
    quartiles = quartiles.with_columns((n.cum_sum() - n).alias("start")).collect()
    for name, share in (("median_gap_days", 0.5), ("gap_lower_quartile", 0.25), ("gap_upper_quartile", 0.75)):
        place = quartiles["start"] + (quartiles["n"].cast(pl.Int64) - 1) * share
        lower = place.floor().cast(pl.Int64)
        upper = place.ceil().cast(pl.Int64)
        value = values.gather(lower) + (values.gather(upper) - values.gather(lower)) * (place - lower)
        quartiles = quartiles.with_columns(value.alias(name))
    return (
        days.lazy()
        .group_by("person")
        .agg(pl.len().alias("purchase_days"), pl.col("new_month").sum().alias("active_months_365d"))
        .join(quartiles.drop("n", "start").lazy(), on="person", how="left")
    )


def _times(orders: pl.DataFrame) -> list[pl.LazyFrame]:
    local = pl.col("local_at").dt
    found = []
    for name, value in (("weekday", local.weekday()), ("hour", local.hour()), ("quarter", local.quarter())):
        # Most orders first, of as many the earlier: the highest of one number tells both.
        best = (times.cast(pl.Int64) * 32 + 31 - pl.col("value")).max()
        share = [(times.max() / times.sum()).alias("favourite_quarter_share")] if name == "quarter" else []
        found.append(
            orders.lazy()
            .group_by("person", value.cast(pl.Int64).alias("value"))
            .agg(pl.len().alias("times"))
            .group_by("person")
            .agg((31 - best % 32).alias(f"favourite_{name}"), *share)
        )
    return found
