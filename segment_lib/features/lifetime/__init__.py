"""Lifetime value where nobody says good-bye: who is still a customer, what they will buy, what that is worth."""

from segment_lib.features.lifetime.bgnbd import BetaGeoModel
from segment_lib.features.lifetime.mbgnbd import ModifiedBetaGeoModel
from segment_lib.features.lifetime.purchases import holdout_purchases, summarise_purchases

__all__ = ["BetaGeoModel", "ModifiedBetaGeoModel", "holdout_purchases", "summarise_purchases"]
