"""How many purchases customers make while they are alive: at a steady rate each, Gamma distributed among them."""

import numpy as np
from scipy.special import gammaln

from segment_lib.features.lifetime.histories import Vector


def negative_binomial(n: int, r: float, alpha: float, t: Vector) -> Vector:
    """Return the probability of `n` purchases in a time, of customers who live all through it."""
    with np.errstate(divide="ignore"):
        # 0 times minus infinity is no number.
        bought = n * np.log(t / (alpha + t)) if n else np.zeros_like(t)
    return np.asarray(np.exp(gammaln(r + n) - gammaln(r) - gammaln(n + 1) - r * np.log1p(t / alpha) + bought))
