"""What, where and when they like to buy: favourites, variety, what is new to them and what they lack."""

from typing import get_args

from segment_lib.features.record import Feature, Level
from segment_lib.vocabulary import ColumnType

# Of equally frequent values the first in order, so that chance decides nothing.
MOST_FREQUENT = "arg_min(value, place - 1099511627776 * times)"
MOST_FREQUENT_NUMBER = "arg_min(value, value - 100 * times)"


def _favourite(level: Level, meaning: str, type: ColumnType = "text") -> Feature:
    assert level in get_args(Level)
    sql = MOST_FREQUENT_NUMBER if type == "integer" else MOST_FREQUENT
    return Feature(f"favourite_{level}", sql, "", "preference", meaning, type, level)


def _share(level: Level, meaning: str) -> Feature:
    return Feature(f"favourite_{level}_share", "max(times) / sum(times)", "share", "preference", meaning, level=level)


def _count(name: str, level: Level, unit: str, meaning: str, *, where: str = "") -> Feature:
    return Feature(name, "count(*)", unit, "preference", meaning, "integer", level, where=where, zero=True)


PREFERENCES: tuple[Feature, ...] = (
    _favourite("category", "Category that most purchase rows are of"),
    _share("category", "Part of the purchase rows that are of the favourite category"),
    _favourite("product", "Product that most purchase rows are of"),
    _share("product", "Part of the purchase rows that are of the favourite product"),
    _favourite("channel", "Channel that most purchase rows came by"),
    _share("channel", "Part of the purchase rows that came by the favourite channel"),
    _favourite("weekday", "Day of the week of most orders, 1 is Monday", "integer"),
    _favourite("hour", "Hour of the day of most orders, by the local clock", "integer"),
    _favourite("quarter", "Quarter of the year of most orders", "integer"),
    _share("quarter", "Part of the orders that fall in the favourite quarter"),
    _count("categories_bought", "category", "categories", "Different categories bought"),
    _count("products_bought", "product", "products", "Different products bought"),
    _count("purchase_channels", "channel", "channels", "Different channels that purchases came by"),
    Feature("new_category_at", "max(first_at)", "", "preference",
            "When something of a category was bought for the first time, most lately", "timestamp", "category"),
    Feature("days_since_new_category", "days_since(new_category_at)", "days", "preference",
            "Days since the contact last tried a category", "integer", "contact"),
    _count("new_categories_365d", "category", "categories",
           "Categories bought for the first time in the last 365 days", where="first_at >= start_of('365 days')"),
    Feature("categories_missing", "categories_sold() - categories_bought", "categories", "preference",
            "Categories that others buy and the contact never bought", "integer", "contact"),
    # One bit for each of the 62 most popular categories that the contact bought; a 64th bit would not fit a bigint.
    Feature("popular_categories", "bit_or(bit_of(least(popularity, 62)))", "", "preference",
            "Which of the most popular categories were bought, one bit each", "integer", "category",
            where="popularity <= 62", zero=True),
    Feature("next_category", "category_ranked(nullif(lowest_missing_bit(popular_categories), 63))", "", "preference",
            "The category that most others buy and the contact never bought, of the 62 most popular", "text",
            "contact"),
)  # fmt: skip
