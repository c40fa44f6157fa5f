"""Averages over customers' probabilities of dropping out, which are Beta distributed."""

import numpy as np
from scipy.special import betaln, expit, log_expit

from segment_lib.features.lifetime.histories import Matrix, Vector

NODES = 48
# Decades below the peak that are still summed, in natural logarithms.
DEPTH = 40.0
# Nodes are even in the log-odds near the peak, and ever wider apart beyond this distance from it.
NEAR = 3.0
# Rows whose nodes are in memory at once.
CHUNK = 20_000


def purchases_until_dropout(a: float, c: Vector, shape: Vector, growth: Vector) -> Vector:
    """Return the mean of (1 - (1 + p z)^-R) / p over p, which is Beta(a, c).

    Parameters
    ----------
    a : first parameter of the Beta distribution, of dropping out.
    c : second parameter, of going on, one a row.
    shape : R, shape of the Gamma distribution of rates.
    growth : z, time ahead over the scale of that distribution.

    Returns
    -------
    array
        Purchases to expect, one number a row.

    Notes
    -----
    With rate l and dropout p after each purchase, a customer makes (1 - exp(-l p t)) / p purchases on average; the mean
    over l ~ Gamma(R) is the function above. Its closed form, a hypergeometric function with a pole at a = 1, loses its
    digits for frequent buyers. A trapezoid rule over the log-odds of p does not: ends of the function that are known
    exactly, at p = 0 and p = 1, are taken out first, so that both tails fall off whatever a and c are.

    Examples
    --------
    Every purchase is the last one: all that can happen is one purchase, with probability 1 - (1 + 1)^-2.

    >>> float(purchases_until_dropout(1e9, np.array([1e-9]), np.array([2.0]), np.array([1.0])).round(6)[0])
    0.75
    """
    first, last = shape * growth, -np.expm1(-shape * np.log1p(growth))
    kinds, kind = np.unique(c, return_inverse=True)
    # The function may bend far to the left of where the distribution has its peak.
    odds, spacing = _nodes(a, kinds, extra=float(np.log1p(first.max(initial=0.0))))
    p, q = expit(odds), expit(-odds)
    weight = spacing * np.exp(a * log_expit(odds) + kinds[:, None] * log_expit(-odds) - betaln(a, kinds)[:, None])
    result = (first * c + last * a) / (a + c)
    for start in range(0, len(c), CHUNK):
        rows = slice(start, start + CHUNK)
        at = kind[rows]
        value = -np.expm1(-shape[rows, None] * np.log1p(p[at] * growth[rows, None])) / p[at]
        value -= first[rows, None] * q[at] + last[rows, None] * p[at]
        result[rows] += np.einsum("ij,ij->i", weight[at], value)
    # Rounding must not tell of fewer purchases than none.
    return np.asarray(np.maximum(result, 0.0))


def _nodes(a: float, c: Vector, *, extra: float) -> tuple[Matrix, Matrix]:
    """Return log-odds and what each stands for, Beta distributions by nodes."""
    centre = np.log((a + 1) / (c + 1))
    low, high = _left_end(np.full_like(c, a), c, extra), -_left_end(c, np.full_like(c, a), extra)
    ends = np.arcsinh((low - centre) / NEAR), np.arcsinh((high - centre) / NEAR)
    even = np.linspace(*ends, NODES, axis=1)
    step = (ends[1] - ends[0]) / (NODES - 1)
    return centre[:, None] + NEAR * np.sinh(even), step[:, None] * NEAR * np.cosh(even)


def _left_end(a: Vector, c: Vector, extra: float) -> Vector:
    """Return the log-odds left of the peak at which p^(a+1) (1-p)^(c+1) has fallen by the depth."""

    def height(odds: Vector) -> Vector:
        return np.asarray((a + 1) * log_expit(odds) + (c + 1) * log_expit(-odds))

    wanted = height(np.log((a + 1) / (c + 1))) - DEPTH - extra
    end = wanted / (a + 1)
    for _ in range(8):
        # The curve is concave and lies below its tangents: Newton's steps come from the left and never pass the end.
        end = end - (height(end) - wanted) / ((a + 1) - (a + c + 2) * expit(end))
    return np.asarray(end)
