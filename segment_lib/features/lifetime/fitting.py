"""Maximum likelihood: several starts, analytic gradients, and an honest word on how it went."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from threadpoolctl import threadpool_limits

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
NOWHERE = 1e300


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


@dataclass(frozen=True)
class Likelihood:
    """A log-likelihood with its gradient, and the sum of the weights behind it, which scales tolerances."""

    objective: Objective
    total: float


def maximise(
    likelihood: Likelihood, *, rough: Likelihood | None, starts: Sequence[Vector], centre: Vector, names: Sequence[str],
    n_starts: int, max_iterations: int,
) -> Fit:  # fmt: skip
    """Find the highest log-likelihood from the best of several starts.

    Parameters
    ----------
    likelihood : what to maximise, for logarithms of parameters.
    rough : the same of some of the data, where these are many: the starts climb on it, and the best goes on from there.
    starts : candidates; the best are climbed from.
    centre : logarithms of the parameters' scales, around which the search is bounded.
    names : what the parameters are called.
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
    # Matrices are of four columns: threads would wait for one another longer than they compute.
    with threadpool_limits(limits=1):
        return _maximise(likelihood, rough or likelihood, starts, centre, names, n_starts, max_iterations)


def _maximise(
    likelihood: Likelihood, first: Likelihood, starts: Sequence[Vector], centre: Vector, names: Sequence[str],
    n_starts: int, max_iterations: int,
) -> Fit:  # fmt: skip
    low, high = centre - FARTHEST, centre + FARTHEST
    inside = [np.clip(start, low, high) for start in starts]
    heights = [_negative(first, start)[0] for start in inside]
    order = [int(i) for i in np.argsort(heights, kind="stable") if heights[i] < NOWHERE][:n_starts]
    if not order:
        raise NoData("can't find parameters with a finite likelihood. Are the times of the summary in days or weeks?")
    climbs = [_climb(first, inside[i], low, high, max_iterations) for i in order]
    best = min(climbs, key=lambda climb: climb.height)
    agreeing = sum((climb.height - best.height) * first.total < AGREEMENT for climb in climbs)
    if first is not likelihood:
        best = _approach(likelihood, first, best.theta, low, high, max_iterations)
        climbs.append(best)
    theta, covariance, gain, definite = _polish(likelihood.objective, best.theta, low, high)
    value, gradient = likelihood.objective(theta)
    edge = tuple(name for name, at in zip(names, _at_edge(theta, low, high), strict=True) if at)
    slope = float(np.abs(gradient).max() / likelihood.total)
    message = _message(edge, definite, gain, slope, best.iterations >= max_iterations)
    iterations = sum(climb.iterations for climb in climbs)
    convergence = Convergence(not message, message or "converged", slope, gain, len(order), agreeing, iterations, edge)
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


@dataclass(frozen=True)
class _Climb:
    theta: Vector
    height: float
    iterations: int


def _climb(likelihood: Likelihood, start: Vector, low: Vector, high: Vector, max_iterations: int) -> _Climb:
    found = minimize(
        lambda theta: _negative(likelihood, theta), start, jac=True, method="L-BFGS-B",
        bounds=list(zip(low, high, strict=True)),
        options={"maxiter": max_iterations, "maxfun": 4 * max_iterations, "ftol": 1e-13, "gtol": 1e-8},
    )  # fmt: skip
    return _Climb(np.asarray(found.x), float(found.fun), int(found.nit))


def _approach(
    likelihood: Likelihood, rough: Likelihood, theta: Vector, low: Vector, high: Vector, max_iterations: int
) -> _Climb:
    """Go from the peak of some of the data to that of all: the curvature of the former scales the steps."""
    curved = -hessian(rough.objective, theta) * (likelihood.total / rough.total)
    if not _at_edge(theta, low, high).any() and np.linalg.eigvalsh(curved)[0] > 0:
        value, gradient = likelihood.objective(theta)
        for steps in range(10):
            step = np.linalg.solve(curved, gradient)
            if gradient @ step < GAIN / 100:
                return _Climb(theta, -value / likelihood.total, steps)
            higher, slope = likelihood.objective(np.clip(theta + step, low, high))
            if not higher > value:
                break
            theta, value, gradient = np.clip(theta + step, low, high), higher, slope
    return _climb(likelihood, theta, low, high, max_iterations)


def _negative(likelihood: Likelihood, theta: Vector) -> tuple[float, Vector]:
    value, gradient = likelihood.objective(theta)
    if not (np.isfinite(value) and np.isfinite(gradient).all()):
        # A line search steps back from here.
        return NOWHERE, np.zeros_like(theta)
    return -value / likelihood.total, -gradient / likelihood.total


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
