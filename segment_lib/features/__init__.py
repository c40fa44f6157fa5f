"""Features: interactions become one row a contact, as of a day."""

from segment_lib.features.assembly import build_features, days_of, features_sql, load_features
from segment_lib.features.catalogue import CATALOGUE, Feature, table_features
from segment_lib.features.inventory import count_kinds, profile_columns

__all__ = [
    "CATALOGUE",
    "Feature",
    "build_features",
    "count_kinds",
    "days_of",
    "features_sql",
    "load_features",
    "profile_columns",
    "table_features",
]
