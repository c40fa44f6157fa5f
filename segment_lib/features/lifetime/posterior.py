"""Draws of the parameters by all that the likelihood says, not by its peak alone."""

import numpy as np

from segment_lib.features.lifetime.fitting import FARTHEST, Likelihood
from segment_lib.features.lifetime.histories import Matrix, Vector

# Proposals that find out where the likelihood lies, twice, and those that the draws are taken from.
SEARCHING, FINAL = 400, 1500
# Degrees of freedom and scale of the proposals: wider than what they are weighed by.
TAILS, WIDER = 4, 1.2


def draw_posterior(
    likelihood: Likelihood, peak: Vector, covariance: Matrix, n_draws: int, chance: np.random.Generator
) -> Matrix:
    """Return draws of log parameters, each as likely as the likelihood makes it.

    Parameters
    ----------
    likelihood : of logarithms of parameters.
    peak : where it is highest.
    covariance : what it would be if the likelihood were normal; NaN for parameters to leave at the peak.
    n_draws : how many.
    chance : generator.

    Returns
    -------
    array
        Draws by parameters.

    Notes
    -----
    Sampling, importance resampling: proposals from a t distribution, weighed by likelihood over density, and drawn by
    weight. With few customers the likelihood is far from normal: skewed, with long tails. The prior is flat for the
    logarithms of the parameters.
    """
    held = ~np.isnan(np.diag(covariance))
    centre, spread = peak[held], covariance[np.ix_(held, held)]
    for proposals in (SEARCHING, SEARCHING):
        tried, weights = _weigh(likelihood, peak, held, centre, spread, proposals, chance)
        # The square root of the weights: a few lucky proposals must not narrow the next ones.
        weights = np.sqrt(weights) / np.sqrt(weights).sum()
        centre = weights @ tried
        spread = np.cov(tried.T, aweights=weights, ddof=0).reshape(spread.shape)
    tried, weights = _weigh(likelihood, peak, held, centre, spread, FINAL, chance)
    # Evenly spaced along the cumulated weights: each draw stands for the same share of them.
    places = (np.arange(n_draws) + chance.random()) / n_draws
    chosen = np.searchsorted(np.cumsum(weights), places).clip(0, FINAL - 1)
    draws = np.tile(peak, (n_draws, 1))
    draws[:, held] = tried[chance.permutation(chosen)]
    return draws


def _weigh(
    likelihood: Likelihood, peak: Vector, held: "np.ndarray[tuple[int, ...], np.dtype[np.bool_]]", centre: Vector,
    spread: Matrix, proposals: int, chance: np.random.Generator,
) -> tuple[Matrix, Vector]:  # fmt: skip
    """Return proposals around a centre, and their weights, which sum to 1."""
    size = len(centre)
    steps = chance.standard_normal((proposals, size))
    steps /= np.sqrt(chance.chisquare(TAILS, proposals) / TAILS)[:, None]
    tried = centre + steps @ (WIDER * np.linalg.cholesky(spread + 1e-12 * np.eye(size))).T
    log_weights = np.full(proposals, -np.inf)
    theta = peak.copy()
    for i in np.flatnonzero((np.abs(tried - peak[held]) < FARTHEST).all(axis=1)):
        theta[held] = tried[i]
        value = likelihood.objective(theta)[0]
        if np.isfinite(value):
            # The density of the t distribution, but for what is the same for all.
            log_weights[i] = value + (TAILS + size) / 2 * np.log1p((steps[i] ** 2).sum() / TAILS)
    weights = np.exp(log_weights - log_weights.max())
    return tried, weights / weights.sum()
