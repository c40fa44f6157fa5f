"""The shifted beta-geometric model: renewals where every contract has a chance of ending of its own."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import minimize
from scipy.special import betaln, hyp2f1
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from segment_lib.checks import check_columns
from segment_lib.errors import InvalidOption, NoData

Numbers = npt.NDArray[np.float64]
STARTS = ((1.0, 1.0), (0.5, 5.0), (5.0, 20.0), (0.2, 0.2))
# In logarithms: a thousand million and its inverse. Beyond, contracts do not differ, or each is sure of its fate.
EDGE = 20.7
STEEP = 1e-5


@dataclass(frozen=True)
class SBGConvergence:
    """How a fit ended.

    Parameters
    ----------
    message : empty where all is well, else what is wrong, in words.
    gradient_norm : largest slope of the log-likelihood by contract, in log parameters; zero at a maximum.
    starts : how many points the search started from.
    agreeing : how many of them ended in the same place.
    iterations : of the best.
    """

    message: str
    gradient_norm: float
    starts: int
    agreeing: int
    iterations: int


class ShiftedBetaGeometric(BaseEstimator):  # type: ignore[misc]
    """Project how many contracts are renewed, from those that were (sBG).

    Each contract ends at a renewal with a probability of its own, the same every time; over contracts the probability
    has a beta distribution. Retention rates rise with age because those who are likely to leave leave first.

    Attributes
    ----------
    params_ : `alpha` and `beta` of the distribution of the probability to end.
    log_likelihood_, standard_errors_, covariance_ : of the fit; the covariance is of the log parameters.
    converged_, convergence_ : whether the fit can be relied on, and why not.
    n_contracts_, periods_ : how many contracts, and how many renewals of theirs were seen.

    Notes
    -----
    One retention rate cannot tell how much contracts differ: two periods are needed, and more are better. Where
    contracts do not differ, `alpha` and `beta` run off together; their ratio, and so the projection, still stands, but
    the fit says so and is not called converged.

    References
    ----------
    Fader and Hardie (2007), "How to project customer retention", Journal of Interactive Marketing 21(1).

    Examples
    --------
    >>> from segment_lib.features.contractual.retention import retention_from_counts
    >>> model = ShiftedBetaGeometric().fit(retention_from_counts([1000, 631, 468, 382, 326, 289, 262, 241]))
    >>> {name: round(value, 3) for name, value in model.params_.items()}
    {'alpha': 0.704, 'beta': 1.182}
    >>> model.predict_survival([7, 12]).round(3)
    array([0.239, 0.17 ])
    """

    params_: dict[str, float]
    log_likelihood_: float
    standard_errors_: dict[str, float]
    covariance_: Numbers
    converged_: bool
    convergence_: SBGConvergence
    n_contracts_: int
    periods_: int

    def fit(self, X: pd.DataFrame, y: object = None) -> Self:
        """Fit the model to renewals by maximum likelihood.

        Parameters
        ----------
        X : one group's rows of `retention_curve`, or of `retention_from_counts`: `period`, `at_risk`, `ended`.
        y : not used.

        Returns
        -------
        ShiftedBetaGeometric

        Raises
        ------
        MissingColumns
            A column is absent.
        InvalidOption
            Several groups were given, or counts that cannot be.
        NoData
            No renewal was due yet, or no contract has ended, or all ended at their first renewal.
        """
        period, at_risk, ended = _read(X)
        total = float(at_risk.sum())

        def _negative(theta: Numbers) -> tuple[float, Numbers]:
            value, slope, _ = _likelihood(theta, period, at_risk, ended)
            return -value / total, -slope / total

        found = [
            minimize(_negative, np.log(start), jac=True, method="L-BFGS-B", bounds=[(-EDGE, EDGE)] * 2,
                     options={"ftol": 1e-15, "gtol": 1e-11, "maxiter": 2000})
            for start in STARTS
        ]  # fmt: skip
        best = min(found, key=lambda one: float(one.fun))
        theta = _polish(best.x, period, at_risk, ended)
        value, slope, curvature = _likelihood(theta, period, at_risk, ended)
        agreeing = sum(abs(float(one.fun) * total + value) <= 1e-6 * max(1.0, abs(value)) for one in found)
        steepness = float(np.max(np.abs(slope))) / total
        alpha, beta = np.exp(theta)
        self.params_ = {"alpha": float(alpha), "beta": float(beta)}
        self.log_likelihood_ = value
        self.n_contracts_, self.periods_ = int(at_risk[period == 1][0]), int(period.max())
        message = _judge(theta, steepness, curvature, periods=int(np.unique(period).size))
        self.converged_ = not message
        self.covariance_ = np.full((2, 2), np.nan)
        if self.converged_:
            self.covariance_[:] = np.linalg.inv(-curvature)
        errors = np.sqrt(np.diag(self.covariance_)) * np.exp(theta)
        self.standard_errors_ = {"alpha": float(errors[0]), "beta": float(errors[1])}
        self.convergence_ = SBGConvergence(message, steepness, len(found), agreeing, int(best.nit))
        return self

    def predict_survival(self, periods: npt.ArrayLike) -> Numbers:
        """Return the share of contracts that is left after some renewals.

        Parameters
        ----------
        periods : numbers of renewals, 0 or more.

        Returns
        -------
        numpy.ndarray of float
        """
        alpha, beta, k = self._parameters(periods)
        survival: Numbers = np.exp(betaln(alpha, beta + k) - betaln(alpha, beta))
        return survival

    def predict_retention_rate(self, periods: npt.ArrayLike) -> Numbers:
        """Return the share that renews, of those who are asked for the k-th time.

        Parameters
        ----------
        periods : which renewals, 1 or more.

        Returns
        -------
        numpy.ndarray of float
        """
        alpha, beta, k = self._parameters(periods)
        if np.any(k < 1):
            raise InvalidOption("`periods` must be 1 or more: the first renewal is number 1.")
        rate: Numbers = (beta + k - 1) / (alpha + beta + k - 1)
        return rate

    def expected_renewals(
        self, renewals: npt.ArrayLike = 0, *, discount_rate: float = 0.0, horizon: int | None = None
    ) -> Numbers:
        """Return how many further renewals are expected of contracts renewed so often (residual lifetime).

        Parameters
        ----------
        renewals : how often each has been renewed so far.
        discount_rate : of a renewal that is a period later, for each period: 0.01 is 1 per cent.
        horizon : how many further renewals to count; without it, all there will ever be.

        Returns
        -------
        numpy.ndarray of float
            The next renewal is discounted by one period. Infinite without discount and horizon where `alpha` is at most
            1: then some contracts never end.
        """
        alpha, beta, k = self._parameters(renewals)
        if not discount_rate >= 0:
            raise InvalidOption(f"`discount_rate` must be 0 or more, got {discount_rate}.")
        b, factor = beta + k, 1 / (1 + discount_rate)
        if horizon is not None:
            if horizon < 0:
                raise InvalidOption(f"`horizon` must be 0 or more, got {horizon}.")
            steps = np.arange(1, horizon + 1)
            left = np.exp(betaln(alpha, b[..., None] + steps) - betaln(alpha, b)[..., None])
            total: Numbers = (left * factor**steps).sum(axis=-1)
            return total
        if discount_rate == 0:
            return np.asarray(b / (alpha - 1)) if alpha > 1 else np.full_like(b, np.inf)
        value: Numbers = factor * b / (alpha + b) * hyp2f1(1.0, b + 1, alpha + b + 1, factor)
        return value

    def _parameters(self, periods: npt.ArrayLike) -> tuple[float, float, Numbers]:
        check_is_fitted(self, "params_")
        k = np.asarray(periods, dtype=float)
        if not np.all(np.isfinite(k) & (k >= 0) & (k % 1 == 0)):
            raise InvalidOption(f"numbers of renewals must be whole and 0 or more, got {k.ravel()[:5].tolist()}.")
        return self.params_["alpha"], self.params_["beta"], k


def _read(curve: pd.DataFrame) -> tuple[Numbers, Numbers, Numbers]:
    """Return period, at risk and ended of the renewals that were due, checked."""
    if not isinstance(curve, pd.DataFrame):
        raise InvalidOption(f"renewals must be a DataFrame from `retention_curve`, got {type(curve).__name__}.")
    check_columns(curve.columns, ["period", "at_risk", "ended"], table="renewals")
    if "group" in curve and curve["group"].nunique() > 1:
        raise InvalidOption(f"renewals must be of one group, got {curve['group'].nunique()}; fit a model for each.")
    rows: Any = curve[curve["period"] >= 1][["period", "at_risk", "ended"]].to_numpy(dtype=float)
    period, at_risk, ended = rows[rows[:, 1] > 0].T
    if not np.all(np.isfinite(rows)) or np.any(ended < 0) or np.any(ended > at_risk):
        raise InvalidOption("`ended` must lie between 0 and `at_risk` in every period, got a number outside.")
    if not period.size:
        raise NoData("no contract has been due for its first renewal yet: nothing to fit.")
    if np.unique(period).size != period.size or period.min() != 1:
        raise InvalidOption("`period` must be 1, 2, ... and each once.")
    if not ended.sum():
        raise NoData("no contract has ended yet: how long contracts last cannot be told.")
    if np.all(ended == at_risk):
        raise NoData("no contract was ever renewed: there is no retention to project.")
    return period, at_risk, ended


def _likelihood(theta: Numbers, period: Numbers, at_risk: Numbers, ended: Numbers) -> tuple[float, Numbers, Numbers]:
    """Return log-likelihood, gradient and Hessian in log parameters.

    A contract asked for the k-th time leaves with probability alpha / (alpha + beta + k - 1), whatever came before.
    """
    alpha, beta = np.exp(theta)
    kept, before = at_risk - ended, period - 1
    whole = alpha + beta + before
    value = float(np.sum(ended * np.log(alpha / whole) + kept * np.log((beta + before) / whole)))
    by_alpha = float(np.sum(ended / alpha - at_risk / whole))
    by_beta = float(np.sum(kept / (beta + before) - at_risk / whole))
    both = float(np.sum(at_risk / whole**2))
    second = np.array(
        [
            [both - float(np.sum(ended)) / alpha**2, both],
            [both, both - float(np.sum(kept / (beta + before) ** 2))],
        ]
    )
    scale = np.array([alpha, beta])
    slope = np.array([by_alpha, by_beta]) * scale
    return value, slope, second * np.outer(scale, scale) + np.diag(slope)


def _polish(theta: Numbers, period: Numbers, at_risk: Numbers, ended: Numbers) -> Numbers:
    """Take a few of Newton's steps, as long as they gain."""
    value, slope, curvature = _likelihood(theta, period, at_risk, ended)
    for _ in range(20):
        if np.linalg.eigvalsh(curvature).max() >= 0:
            break
        candidate = theta - np.linalg.solve(curvature, slope)
        if np.any(np.abs(candidate) > EDGE):
            break
        new = _likelihood(candidate, period, at_risk, ended)
        if not new[0] > value:
            break
        theta, (value, slope, curvature) = candidate, new
    return theta


def _judge(theta: Numbers, steepness: float, curvature: Numbers, *, periods: int) -> str:
    """Return why a fit cannot be relied on, or nothing."""
    if periods < 2:
        return (
            "only one renewal was seen: one retention rate cannot tell how much contracts differ; wait for the second."
        )
    # Where alpha + beta is this large, chances of leaving spread by two tenths of a point at most.
    if np.exp(theta).sum() > 1e5 or np.any(np.abs(theta) > EDGE - 0.1):
        if theta.min() > 0:
            return "retention does not rise with age: every contract seems to end with the same probability."
        return "contracts seem to be of two kinds alone: those that end at once and those that never do."
    if np.linalg.eigvalsh(curvature).max() >= 0 or steepness > STEEP:
        return f"the search stopped before a maximum: slope {steepness:.1e} for each contract."
    return ""
