"""Pareto/NBD: purchases at a steady rate of each customer's own, and death at any time, at a rate of its own."""

from typing import Any, ClassVar

import numpy as np
from scipy.special import digamma, exprel, gammaln, logsumexp

from segment_lib.features.lifetime.buying import negative_binomial
from segment_lib.features.lifetime.histories import Histories, Matrix, Vector, newcomers
from segment_lib.features.lifetime.purchase_model import PurchaseModel

NODES = 32
# How far the integrand falls before the rest of it is left out, in natural logarithms.
DEPTH = 40.0


class ParetoNBDModel(PurchaseModel):
    """The Pareto/NBD model: a customer may stop for good at any time, between purchases too.

    Rates of purchase are Gamma distributed with shape `r` and scale `alpha` (a time), rates of death with shape `s` and
    scale `beta` (a time).

    Notes
    -----
    Schmittlein, Morrison and Colombo (1987), Counting your customers: who are they and what will they do next?
    Management Science 33(1). The likelihood of having died is an integral over the time of death. It is mostly written
    as a difference of hypergeometric functions, in one form for `alpha` above `beta` and another below, whose digits
    cancel for frequent buyers; here it is integrated as it stands, by Gauss-Legendre nodes over the logarithm of time,
    in one form for all.

    Examples
    --------
    >>> import pandas as pd
    >>> model = ParetoNBDModel.with_params(r=0.553, alpha=10.578, s=0.606, beta=11.669)
    >>> customer = pd.DataFrame({"frequency": [2], "recency": [30.43], "age": [38.86]})
    >>> round(float(model.probability_alive(customer)[0]), 2)
    0.87
    """

    parameter_names: ClassVar[tuple[str, ...]] = ("r", "alpha", "s", "beta")
    time_parameters: ClassVar[tuple[str, ...]] = ("alpha", "beta")

    def _starts(self, rate: float, time: float) -> list[Vector]:
        deaths = ((0.5, 0.4), (1.5, 1.0), (0.2, 0.1), (5.0, 10.0))
        return [np.array([r, r / (rate * 1.5), s, time * beta]) for r in (0.4, 1.2, 4.0) for s, beta in deaths]

    def _may_be_dead(self, histories: Histories) -> "np.ndarray[Any, np.dtype[np.bool_]]":
        # Nobody dies in no time, nor in one too short for its logarithm.
        return np.asarray(histories.age - histories.recency > 1e-200)

    def _alive_likelihood(self, params: Vector, histories: Histories) -> tuple[float, Vector]:
        r, alpha, s, beta = params
        total = float(histories.weight.sum())
        x, buyers = histories.by_frequency
        age, aged, bought = histories.by_age
        log_end, log_life = np.log(alpha + age), np.log1p(age / beta)
        value = (
            buyers @ (gammaln(r + x) - gammaln(r))
            + total * r * np.log(alpha)
            - (r * aged + bought) @ log_end
            - s * (aged @ log_life)
        )
        gradient = np.array(
            [
                buyers @ (digamma(r + x) - digamma(r)) + total * np.log(alpha) - aged @ log_end,
                total * r / alpha - ((r * aged + bought) / (alpha + age)).sum(),
                -(aged @ log_life),
                s * (aged @ (age / (beta * (beta + age)))),
            ]
        )
        return float(value), gradient * params

    def _death_odds(self, params: Vector, histories: Histories) -> tuple[Vector, Matrix]:
        r, alpha, s, beta = params
        shape = r + histories.frequency
        time, log_width = _death_times(alpha, beta, shape, s, histories)
        age = histories.age[:, None]
        # Against the likelihood of being alive: both as ratios, so that nothing overflows.
        buying = np.log((alpha + age) / (alpha + time))
        living = np.log((beta + age) / (beta + time))
        density = shape[:, None] * buying + s * living - np.log(beta + time) + log_width
        mass = logsumexp(density, axis=1)
        share = np.exp(density - mass[:, None])
        slopes = np.empty((4, len(shape)))
        slopes[0] = r * np.einsum("ij,ij->i", share, buying)
        slopes[1] = alpha * shape * np.einsum("ij,ij->i", share, 1 / (alpha + age) - 1 / (alpha + time))
        slopes[2] = 1 + s * np.einsum("ij,ij->i", share, living)
        slopes[3] = beta * np.einsum("ij,ij->i", share, s / (beta + age) - (s + 1) / (beta + time))
        return np.log(s) + mass, slopes

    def _purchases_if_alive(self, params: Vector, frequency: Vector, age: Vector, t: Vector) -> Vector:
        r, alpha, s, beta = params
        further = np.log1p(t / (beta + age))
        # (1 - e^-(s-1)u) / (s-1), which is u where s is 1.
        living = (beta + age) * further * exprel(-(s - 1) * further)
        return np.asarray((r + frequency) / (alpha + age) * living)

    def _probability_of(self, params: Vector, n: int, t: Vector) -> Vector:
        r, alpha, s, beta = params
        times, log_width = _death_times(alpha, beta, np.zeros(t.size), s, newcomers(t))
        dying = np.exp(np.log(s) + s * np.log(beta) - (s + 1) * np.log(beta + times) + log_width)
        alive = (beta / (beta + t)) ** s * negative_binomial(n, r, alpha, t)
        return np.asarray(alive + np.einsum("ij,ij->i", dying, negative_binomial(n, r, alpha, times)))

    def _simulate(self, params: Vector, age: Vector, chance: np.random.Generator) -> tuple[Vector, Vector]:
        r, alpha, s, beta = params
        rate = chance.gamma(r, 1 / alpha, len(age))
        # A rate of death may be too small for a number, and the life without end.
        death = np.maximum(chance.gamma(s, 1 / beta, len(age)), 1e-300)
        life = np.minimum(chance.exponential(1.0, len(age)) / death, age)
        bought = chance.poisson(rate * life)
        share = chance.beta(np.maximum(bought, 1), 1.0)
        return bought.astype(float), np.where(bought > 0, share * life, 0.0)


def _death_times(alpha: float, beta: float, shape: Vector, s: float, histories: Histories) -> tuple[Matrix, Matrix]:
    """Return times of death between the last purchase and the end, and the logarithm of what each stands for."""
    since, until = histories.recency, histories.age
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        # Beyond any of these the integrand is below e^-40 of what it is after the last purchase.
        for scale, power in ((alpha, shape), (beta, s + 1), (max(alpha, beta), shape + s + 1)):
            until = np.minimum(until, since + (scale + since) * np.expm1(DEPTH / power))
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    shortest = min(alpha, beta) + since
    log_span = np.log1p((until - since) / shortest)
    after = log_span[:, None] * (nodes + 1) / 2
    times = since[:, None] + shortest[:, None] * np.expm1(after)
    with np.errstate(divide="ignore"):
        log_width = np.log(shortest * log_span / 2)[:, None] + np.log(weights) + after
    return times, log_width
