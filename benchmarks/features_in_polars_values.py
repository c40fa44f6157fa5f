"""Features in Polars of what was bought by value: favourites, variety, categories that are new, usual prices."""

import polars as pl
from features_names import START

moment, amount, times = pl.col("occurred_at"), pl.col("amount"), pl.col("times")


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


def values_of(bought: pl.DataFrame, column: str, *, count: str) -> pl.LazyFrame:
    values, names = _ranked(_by_value(bought, column).collect().lazy(), column)
    return _named(values.group_by("person").agg(*_favourite(column, count)), column, names)


def categories(bought: pl.DataFrame) -> tuple[pl.LazyFrame, list[str], int]:
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


def products(bought: pl.DataFrame) -> pl.LazyFrame:
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
