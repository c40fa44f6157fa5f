"""Lifetime value where nobody says good-bye: who is still a customer, what they will buy, what that is worth."""

from segment_lib.features.lifetime.bgnbd import BetaGeoModel
from segment_lib.features.lifetime.fitting import Convergence
from segment_lib.features.lifetime.gamma_gamma import GammaGammaModel
from segment_lib.features.lifetime.intervals import draw_parameters, prediction_quantiles
from segment_lib.features.lifetime.mbgnbd import ModifiedBetaGeoModel
from segment_lib.features.lifetime.paretonbd import ParetoNBDModel
from segment_lib.features.lifetime.predictions import predict_lifetime
from segment_lib.features.lifetime.purchase_model import PurchaseModel
from segment_lib.features.lifetime.purchases import holdout_purchases, summarise_purchases

__all__ = [
    "BetaGeoModel",
    "Convergence",
    "GammaGammaModel",
    "ModifiedBetaGeoModel",
    "ParetoNBDModel",
    "PurchaseModel",
    "draw_parameters",
    "holdout_purchases",
    "predict_lifetime",
    "prediction_quantiles",
    "summarise_purchases",
]
