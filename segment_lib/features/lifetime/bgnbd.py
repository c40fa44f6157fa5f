"""BG/NBD: purchases at a steady rate of each customer's own, and a chance to drop out after each repeat purchase."""

from typing import Any, ClassVar

import numpy as np
from scipy.special import betainc, betaln, digamma, gammaln

from segment_lib.features.lifetime.buying import negative_binomial
from segment_lib.features.lifetime.dropout import purchases_until_dropout
from segment_lib.features.lifetime.histories import Histories, Matrix, Vector
from segment_lib.features.lifetime.purchase_model import PurchaseModel


class BetaGeoModel(PurchaseModel):
    """The BG/NBD model: a customer may drop out after any repeat purchase, not between purchases.

    Rates of purchase are Gamma distributed with shape `r` and scale `alpha` (a time); probabilities of dropping out are
    Beta distributed with `a` and `b`. Who never bought again counts as alive for sure: where this is wrong,
    `ModifiedBetaGeoModel` lets customers drop out at once.

    Notes
    -----
    Fader, Hardie and Lee (2005), "Counting your customers" the easy way: an alternative to the Pareto/NBD model.
    Marketing Science 24(2).

    Examples
    --------
    >>> import pandas as pd
    >>> model = BetaGeoModel.with_params(r=0.243, alpha=4.414, a=0.793, b=2.426)
    >>> customer = pd.DataFrame({"frequency": [2], "recency": [30.43], "age": [38.86]})
    >>> round(float(model.predict_purchases(39, customer)[0]), 2)
    1.23
    """

    parameter_names: ClassVar[tuple[str, ...]] = ("r", "alpha", "a", "b")
    time_parameters: ClassVar[tuple[str, ...]] = ("alpha",)

    # How many chances to drop out a customer has had by the first purchase.
    _chances: ClassVar[int] = 0

    def _starts(self, rate: float, time: float) -> list[Vector]:
        dropouts = ((0.6, 1.5), (1.0, 4.0), (0.1, 1.0), (5.0, 20.0))
        # The mean rate is r / alpha; dropped-out customers pull the observed one down, hence the factor.
        return [np.array([r, r / (rate * 1.5), a, b]) for r in (0.25, 0.8, 3.0) for a, b in dropouts]

    def _may_be_dead(self, histories: Histories) -> "np.ndarray[Any, np.dtype[np.bool_]]":
        return np.asarray(histories.frequency + self._chances > 0)

    def _alive_likelihood(self, params: Vector, histories: Histories) -> tuple[float, Vector]:
        r, alpha, a, b = params
        total = float(histories.weight.sum())
        x, buyers = histories.by_frequency
        chances = x + self._chances
        age, aged, bought = histories.by_age
        log_end = np.log(alpha + age)
        value = (
            buyers @ (gammaln(r + x) - gammaln(r) + betaln(a, b + chances) - betaln(a, b))
            + total * r * np.log(alpha)
            - (r * aged + bought) @ log_end
        )
        together = digamma(a + b) - digamma(a + b + chances)
        gradient = np.array(
            [
                buyers @ (digamma(r + x) - digamma(r)) + total * np.log(alpha) - aged @ log_end,
                total * r / alpha - ((r * aged + bought) / (alpha + age)).sum(),
                buyers @ together,
                buyers @ (together + digamma(b + chances) - digamma(b)),
            ]
        )
        return float(value), gradient * params

    def _death_odds(self, params: Vector, histories: Histories) -> tuple[Vector, Matrix]:
        r, alpha, a, b = params
        shape, end, last = r + histories.frequency, alpha + histories.age, alpha + histories.recency
        # log, not log1p: several times as fast, and no less exact beside the other terms.
        waited = np.log(end / last)
        survived = (b + self._chances - 1) + histories.frequency
        odds = shape * waited + np.log(a / survived)
        slopes = np.empty((4, len(shape)))
        np.multiply(waited, r, out=slopes[0])
        np.multiply(shape, alpha / end - alpha / last, out=slopes[1])
        slopes[2] = 1.0
        slopes[3] = -b / survived
        return odds, slopes

    def _purchases_if_alive(self, params: Vector, frequency: Vector, age: Vector, t: Vector) -> Vector:
        r, alpha, a, b = params
        return purchases_until_dropout(a, b + frequency + self._chances, r + frequency, t / (alpha + age))

    def _probability_of(self, params: Vector, n: int, t: Vector) -> Vector:
        r, alpha, a, b = params
        chances = n + self._chances
        alive = np.exp(betaln(a, b + chances) - betaln(a, b)) * negative_binomial(n, r, alpha, t)
        if not chances:
            return np.asarray(alive)
        # Dropped out at the n-th purchase: time was enough for n or more.
        enough = betainc(n, r, t / (alpha + t)) if n else np.ones_like(t)
        return np.asarray(alive + np.exp(betaln(a + 1, b + chances - 1) - betaln(a, b)) * enough)

    def _simulate(self, params: Vector, age: Vector, chance: np.random.Generator) -> tuple[Vector, Vector]:
        r, alpha, a, b = params
        rate = chance.gamma(r, 1 / alpha, len(age))
        # numpy draws no geometric number for a probability of 0, nor one beyond 2^63.
        dropout = np.maximum(chance.beta(a, b, len(age)), 1e-15)
        last = chance.geometric(dropout) - self._chances
        chances = chance.poisson(rate * age)
        bought = np.minimum(chances, last)
        # Of purchases at random in a time, the k-th of n comes after a Beta(k, n - k + 1) share of it.
        share = chance.beta(np.maximum(bought, 1), chances - bought + 1)
        return bought.astype(float), np.where(bought > 0, share * age, 0.0)
