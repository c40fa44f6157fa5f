"""Maximum likelihood: several starts, analytic gradients, and an honest word on how it went."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from segment_lib.errors import NoData
from segment_lib.features.lifetime.histories import Matrix, Vector

# A log-likelihood and its gradient for logarithms of the parameters.
Objective = Callable[[Vector], tuple[float, Vector]]

# Parameters are sought within this factor of 1, times and money within this factor of their own scale.
FARTHEST = float(np.log(1e6))
# What another Newton step may still add to the log-likelihood of a fit that is called converged.
GAIN = 1e-5
# Starts agree whose log-likelihoods differ by less: far less than what a ratio test could tell apart.
AGREEMENT = 1e-3
STEP = 1e-4


@dataclass(frozen=True)
class Convergence:
    """How a fit went.

    `gradient_norm` is the largest slope for one log parameter, a customer; `expected_gain` is what a further Newton
    step promises to add to the log-likelihood; `agreeing` of `starts` starts ended at this likelihood; `at_edge`
    names parameters that have run to the edge of what was searched.
    """

    converged: bool
    message: str
    gradient_norm: float
    expected_gain: float
    starts: int
    agreeing: int
    iterations: int
    at_edge: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fit:
    """Where the likelihood is highest: logarithms of the parameters, their covariance, and how it was found."""

    log_params: Vector
    log_likelihood: float
    covariance: Matrix
    convergence: Convergence


def maximise(
    objective: Objective, *, starts: Sequence[Vector], centre: Vector, names: Sequence[str], total: float,
    n_starts: int, max_iterations: int,
) -> Fit:  # fmt: skip
    """Find the highest log-likelihood from the best of several starts.

    Parameters
    ----------
    objective : returns log-likelihood and gradient for logarithms of parameters.
    starts : candidates; the best are climbed from.
    centre : logarithms of the parameters' scales, around which the search is bounded.
    names : what the parameters are called.
    total : sum of the weights, which scales the tolerances.
    n_starts : how many of the candidates to climb from.
    max_iterations : for each climb.

    Returns
    -------
    Fit

    Raises
    ------
    NoData
        The likelihood is finite nowhere.
    """
    from scipy.optimize import minimize

    low, high = centre - FARTHEST, centre + FARTHEST

    def negative(theta: Vector) -> tuple[float, Vector]:
        value, gradient = objective(theta)
        if not (np.isfinite(value) and np.isfinite(gradient).all()):
            # A line search steps back from here.
            return 1e300, np.zeros_like(theta)
        return -value / total, -gradient / total

    heights = [negative(np.clip(start, low, high))[0] for start in starts]
    order = [int(i) for i in np.argsort(heights, kind="stable") if heights[i] < 1e300][:n_starts]
    climbs = [
        minimize(
            negative, np.clip(starts[i], low, high), jac=True, method="L-BFGS-B",
            bounds=list(zip(low, high, strict=True)),
            options={"maxiter": max_iterations, "maxfun": 4 * max_iterations, "ftol": 1e-13, "gtol": 1e-8},
        )
        for i in order
    ]  # fmt: skip
    if not climbs:
        raise NoData("can't find parameters with a finite likelihood. Are the times of the summary in days or weeks?")
    best = min(climbs, key=lambda climb: float(climb.fun))
    theta, covariance, gain, definite = _polish(objective, np.asarray(best.x), low, high)
    value, gradient = objective(theta)
    edge = tuple(name for name, at in zip(names, _at_edge(theta, low, high), strict=True) if at)
    agreeing = sum(abs(float(climb.fun) * total + value) < AGREEMENT for climb in climbs)
    slope = float(np.abs(gradient).max() / total)
    message = _message(edge, definite, gain, slope, int(best.nit) >= max_iterations)
    iterations = sum(int(climb.nit) for climb in climbs)
    convergence = Convergence(not message, message or "converged", slope, gain, len(climbs), agreeing, iterations, edge)
    return Fit(theta, float(value), covariance, convergence)


def hessian(objective: Objective, theta: Vector) -> Matrix:
    """Return second derivatives of a log-likelihood by central differences of its analytic gradient.

    Parameters
    ----------
    objective : returns log-likelihood and gradient.
    theta : where.

    Returns
    -------
    array
        Symmetric, parameters by parameters.
    """
    rows = [
        (objective(theta + step)[1] - objective(theta - step)[1]) / (2 * STEP) for step in STEP * np.eye(len(theta))
    ]
    matrix = np.asarray(rows)
    return np.asarray((matrix + matrix.T) / 2)


def _polish(objective: Objective, theta: Vector, low: Vector, high: Vector) -> tuple[Vector, Matrix, float, bool]:
    """Take the last steps by Newton, and return the place, the covariance, the gain left, and whether it is a peak."""
    value, gradient = objective(theta)
    for _ in range(4):
        free = ~_at_edge(theta, low, high)
        curved = -hessian(objective, theta)[np.ix_(free, free)]
        covariance = np.full((len(theta), len(theta)), np.nan)
        try:
            np.linalg.cholesky(curved)
        except np.linalg.LinAlgError:
            return theta, covariance, np.inf, False
        covariance[np.ix_(free, free)] = np.linalg.inv(curved)
        step = np.zeros_like(theta)
        step[free] = covariance[np.ix_(free, free)] @ gradient[free]
        gain = float(gradient @ step / 2)
        if gain < GAIN / 100:
            break
        further = np.clip(theta + step, low, high)
        higher, slope = objective(further)
        if not (np.isfinite(higher) and higher > value):
            break
        theta, value, gradient = further, higher, slope
    return theta, covariance, gain, True


def _at_edge(theta: Vector, low: Vector, high: Vector) -> "np.ndarray[tuple[int, ...], np.dtype[np.bool_]]":
    return np.asarray((theta <= low + 1e-6) | (theta >= high - 1e-6))


def _message(edge: tuple[str, ...], definite: bool, gain: float, slope: float, exhausted: bool) -> str:
    if edge:
        named = " and ".join(f"`{name}`" for name in edge)
        return f"{named} ran to the edge: the data do not hold it to any finite value."
    if exhausted:
        return "the iterations ran out before the likelihood stopped growing: raise `max_iterations`."
    if not definite:
        return "the likelihood has no peak here: different parameters fit these data equally well."
    if gain >= GAIN:
        return f"a further step would raise the log-likelihood by {gain:.2g}; the slope is {slope:.2g} a customer."
    return ""
