"""Features: interactions become one row a contact, as of a day."""

from segment_lib.features.assembly import build_features, features_at
from segment_lib.features.batches import write_features
from segment_lib.features.catalogue import CATALOGUE
from segment_lib.features.inventory import count_kinds, known_columns, profile_columns
from segment_lib.features.listing import table_features
from segment_lib.features.of_workspace import days_of, load_features
from segment_lib.features.own import FeaturesFile, OwnFeature, compile_features, load_catalogue
from segment_lib.features.query import features_sql
from segment_lib.features.record import Feature

__all__ = [
    "CATALOGUE",
    "Feature",
    "FeaturesFile",
    "OwnFeature",
    "build_features",
    "compile_features",
    "count_kinds",
    "days_of",
    "features_at",
    "features_sql",
    "known_columns",
    "load_catalogue",
    "load_features",
    "profile_columns",
    "table_features",
    "write_features",
]
