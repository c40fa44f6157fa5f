"""The catalogue of features: every one a record of SQL, computed as of a day."""

from segment_lib.features.catalogue.engagement import ENGAGEMENT
from segment_lib.features.catalogue.people import PEOPLE
from segment_lib.features.catalogue.preferences import PREFERENCES
from segment_lib.features.catalogue.purchases import PURCHASES
from segment_lib.features.catalogue.rhythm import RHYTHM
from segment_lib.features.catalogue.spend import SPEND
from segment_lib.features.record import Feature

CATALOGUE: tuple[Feature, ...] = (*PEOPLE, *PURCHASES, *SPEND, *RHYTHM, *PREFERENCES, *ENGAGEMENT)

__all__ = ["CATALOGUE"]
