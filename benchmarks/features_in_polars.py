"""The catalogue's features as of 2026-10-31 in Madrid, in Polars: lazy, texts as numbers, masks rather than filters."""

from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

DAY = date(2026, 10, 31)
ZONE = "Europe/Madrid"
COLUMNS = ["contact_id", "occurred_at", "kind", "channel", "order_id", "product", "category", "quantity", "amount"]
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
# Kind, name of the count, name of the moment, and the windows that are counted.
KINDS = (
    ("email_sent", "emails_sent", (90,)),
    ("email_open", "email_opens", (90,)),
    ("email_click", "email_clicks", (90,)),
    ("visit", "visits", (30, 90)),
    ("support_request", "support_requests", (90, 365)),
    ("quote_request", "quote_requests", (365,)),
    ("call", "calls", (365,)),
    ("subscription", "", ()),
    ("campaign_response", "", ()),
)
moment, amount, times = pl.col("occurred_at"), pl.col("amount"), pl.col("times")
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
    "overdue_ratio": ("recency_days", "median_gap_days"),
}


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
    categories, popular, n_categories = _categories(bought)
    parts = [
        _every(rows),
        *(_of_kind(rows, *kind) for kind in KINDS),
        _surveys(rows),
        _refunds(rows),
        _spend(bought),
        _baskets(orders),
        _rhythm(orders),
        *_times(orders),
        categories,
        _products(bought),
        _values(bought, "channel", count="channels_used"),
    ]
    table = people.lazy()
    for part in pl.collect_all([part.lazy() for part in parts]):
        table = table.join(part.lazy(), on="person", how="left", maintain_order="left")
    known = (
        pl.col("acquired_at").is_null() | (pl.col("acquired_at") < END) | pl.col("first_interaction_at").is_not_null()
    )
    return _derive(table.filter(known), popular, n_categories, highest).collect()


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
            moment.max().alias("last_survey_at"),
            score.count().alias("survey_scores"),
            (score >= 9).sum().alias("promoter_scores"),
            (score <= 6).sum().alias("detractor_scores"),
        )
    )


def _refunds(rows: pl.DataFrame) -> pl.LazyFrame:
    refunds = rows.lazy().filter(pl.col("kind") == "refund")
    # A row without an order is an order of its own.
    orders = pl.col("order_id").drop_nulls().n_unique() + pl.col("order_id").null_count()
    return refunds.group_by("person").agg(
        (amount.sum() / 10_000).alias("refunded"), moment.max().alias("last_refund_at"), orders.alias("refunds")
    )


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


def _by_value(bought: pl.DataFrame, column: str, *more: pl.Expr) -> pl.LazyFrame:
    """Return one row for each contact and value, with the place of the value in the order of texts."""
    lines = bought.lazy().filter(pl.col(column).is_not_null())
    return lines.group_by("person", column).agg(pl.len().cast(pl.Int64).alias("times"), *more)


def _ranked(values: pl.LazyFrame, column: str) -> tuple[pl.LazyFrame, pl.DataFrame]:
    """Return the values with their place in the order of texts beside them, and the names by place."""
    names = values.select(pl.col(column).unique()).collect()
    names = (
        names.sort(pl.col(column).cast(pl.String)).with_row_index("place").with_columns(pl.col("place").cast(pl.Int64))
    )
    return values.join(names.lazy(), on=column), names


def _favourite(column: str, count: str) -> list[pl.Expr]:
    best = (times * 1_048_576 + 1_048_575 - pl.col("place")).max()
    return [
        (1_048_575 - best % 1_048_576).alias("place"),
        (times.max() / times.sum()).alias(f"favourite_{column}_share"),
        pl.len().alias(count),
    ]


def _named(table: pl.LazyFrame, column: str, names: pl.DataFrame) -> pl.LazyFrame:
    names = names.select("place", pl.col(column).cast(pl.String).alias(f"favourite_{column}"))
    return table.join(names.lazy(), on="place", how="left").drop("place")


def _values(bought: pl.DataFrame, column: str, *, count: str) -> pl.LazyFrame:
    values, names = _ranked(_by_value(bought, column).collect().lazy(), column)
    return _named(values.group_by("person").agg(*_favourite(column, count)), column, names)


def _categories(bought: pl.DataFrame) -> tuple[pl.LazyFrame, list[str], int]:
    values = _by_value(bought, "category", moment.min().alias("first_at")).collect().lazy()
    values, names = _ranked(values, "category")
    popular = (
        values.group_by("category", "place")
        .agg(pl.len().alias("n"))
        .sort(["n", "place"], descending=[True, False])
        .collect()
    )
    bits = popular.lazy().with_row_index("rank").filter(pl.col("rank") < 62)
    bits = bits.select("category", pl.lit(2).cast(pl.Int64).pow(pl.col("rank")).alias("bit"))
    table = (
        values.join(bits, on="category", how="left")
        .group_by("person")
        .agg(
            *_favourite("category", "categories_bought"),
            pl.col("first_at").max().alias("new_category_at"),
            (pl.col("first_at") >= START[365]).sum().alias("new_categories_365d"),
            # A contact has each category once: the sum of the bits is their union.
            pl.col("bit").sum().alias("popular_categories"),
        )
    )
    return _named(table, "category", names), popular["category"].cast(pl.String).to_list(), len(popular)


def _products(bought: pl.DataFrame) -> pl.LazyFrame:
    values, names = _ranked(
        _by_value(bought, "product", amount.sum(), pl.col("quantity").sum()).collect().lazy(), "product"
    )
    quantity, paid, usual = pl.col("quantity"), amount / 10_000, pl.col("usual_price")
    prices = (
        values.filter((quantity > 0) & (amount > 0))
        .group_by("product")
        .agg((paid / quantity).median().alias("usual_price"))
    )
    priced = (usual > 0) & (quantity > 0) & (amount >= 0)
    masks = {
        "priced_spend": pl.when(priced).then(amount),
        "usual_spend": pl.when(priced).then((quantity * usual * 10_000).round().cast(pl.Int64)),
        "spend_below_price": pl.when(priced & (amount <= (0.95 * quantity * usual * 10_000).round())).then(amount),
    }
    table = (
        values.join(prices, on="product", how="left")
        .with_columns(mask.alias(name) for name, mask in masks.items())
        .group_by("person")
        .agg(*_favourite("product", "products_bought"), *(pl.col(name).sum() / 10_000 for name in masks))
    )
    return _named(table, "product", names)


def _days_ago(moment: str) -> pl.Expr:
    return (pl.lit(DAY) - pl.col(moment).dt.convert_time_zone(ZONE).dt.date()).dt.total_days()


def _share(upper: str, lower: str) -> pl.Expr:
    return pl.when(pl.col(lower) != 0).then(pl.col(upper).cast(pl.Float64) / pl.col(lower))


def _derive(table: pl.LazyFrame, popular: list[str], n_categories: int, highest: float) -> pl.LazyFrame:
    counted = [
        name for _, count, windows in KINDS for name in [count, *(f"{count}_{days}d" for days in windows)] if name
    ]
    orders = [f"purchases{window}" for window in ("", "_30d", "_90d", "_365d", "_before_90d")]
    bought = ["purchase_days", "active_months_365d", "zero_orders", "campaign_orders", "categories_bought"]
    bought += ["products_bought", "channels_used", "new_categories_365d", "popular_categories"]
    scores = ["survey_scores", "promoter_scores", "detractor_scores"]
    spent = ["total_spend", "spend_30d", "spend_90d", "spend_365d", "spend_before_90d", "spend_before_365d"]
    spent += ["same_season_spend", "refunded", "priced_spend", "usual_spend", "spend_below_price"]
    counts = [*counted, *orders, *bought, *scores, "refunds", "interactions", "interactions_90d"]
    birth = pl.col("birth_date")
    age = pl.when(birth <= DAY).then(DAY.year - birth.dt.year() - (birth.dt.month().cast(pl.Int32) * 100 + birth.dt.day() > 1031))
    size, bits = pl.col("household_size"), pl.col("popular_categories")
    moments = (*(kind for kind, *_ in KINDS), "refund", "survey")
    now, before = pl.col("spend_90d"), pl.col("spend_before_90d")
    weight = now.abs() + before.abs() + pl.col("average_order").abs()
    missing = (~bits & (bits + 1)).cast(pl.Float64).log(2).round().cast(pl.Int64)
    return (
        table.with_columns(pl.col(counts).fill_null(0).cast(pl.Int64), pl.col(spent).fill_null(0.0))
        .with_columns(
            pl.min_horizontal("acquired_at", "first_interaction_at").alias("known_at"), age.alias("age_years")
        )
        .with_columns(
            _days_ago("known_at").alias("tenure_days"),
            _days_ago("last_interaction_at").alias("quiet_days"),
            _days_ago("last_purchase_at").alias("recency_days"),
            _days_ago("first_purchase_at").alias("customer_days"),
            _days_ago("new_category_at").alias("days_since_new_category"),
            *(_days_ago(f"last_{name}_at").alias(f"days_since_{name}") for name in moments),
            pl.col("relationships").list.len().fill_null(0).alias("relationship_count"),
            pl.col("age_years")
            .cut(
                [17, 24, 34, 44, 54, 64],
                labels=["under 18", "18-24", "25-34", "35-44", "45-54", "55-64", "65 and over"],
            )
            .cast(pl.String)
            .alias("age_band"),
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
        .with_columns(_share(upper, lower).alias(name) for name, (upper, lower) in SHARES.items())
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
