"""Whether Gamma-Gamma describes what is spent: apart from how often, with a fit that holds, and as the holdout was."""

import numpy as np

from segment_lib.errors import NoData
from segment_lib.features.lifetime.chance import Z
from segment_lib.features.lifetime.gamma_gamma import GammaGammaModel
from segment_lib.features.lifetime.histories import Vector
from segment_lib.features.lifetime.tracking import Tracking
from segment_lib.features.lifetime.tracking_holdout import Expectation
from segment_lib.features.lifetime.verdict import Aspect, judge_fit, off, weigh

HIGHEST_CORRELATION = 0.3


def judge_spend(tracking: Tracking, model: GammaGammaModel | None, tolerance: float) -> list[Aspect]:
    """Judge Gamma-Gamma: what it supposes, its fit, and the spend of the holdout.

    Parameters
    ----------
    tracking : of the purchase model, with its summary.
    model : the spend model that predictions come from, if there is one.
    tolerance : as in `judge_lifetime`.

    Returns
    -------
    list of Aspect
    """
    try:
        fitted = GammaGammaModel().fit(tracking.summary)
    except NoData as error:
        return [Aspect("spend", "failed", str(error).rstrip("."))]
    frequency, spend = (tracking.summary[name].to_numpy().astype(float) for name in ("frequency", "monetary_value"))
    known = (frequency > 0) & (spend > 0)
    aspects = [
        _judge_independence(frequency[known], spend[known]),
        judge_fit([fitted, *([model] if model is not None else [])], "fit of the spend model"),
    ]
    bought, value = (tracking.summary[name].to_numpy().astype(float) for name in ("holdout_purchases", "holdout_value"))
    priced = (bought > 0) & np.isfinite(value)
    each = fitted.expected_spend(tracking.summary)
    if priced.any() and np.isfinite(each).all():
        expected, made = float((bought * each)[priced].sum()), float(value[priced].sum())
        reach = Z * float(np.sqrt(((value - bought * each)[priced] ** 2).sum()))
        held = Expectation(made, expected, expected - reach, expected + reach)
        words = f"for the purchases made in the holdout {made:,.0f} was paid and {expected:,.0f} expected ({off(held)})"
        figures = {"actual": made, "expected": expected, "error": held.error}
        aspects.append(Aspect("spend in the holdout", *weigh(held, words, tolerance), figures, needed=False))
    return aspects


def _judge_independence(frequency: Vector, spend: Vector) -> Aspect:
    estimate, low, high = correlate(frequency, spend)
    figures = {"correlation": estimate, "low": low, "high": high}
    name = "spend apart from frequency"
    if not np.isfinite(estimate):
        words = "frequency or mean spend is the same for all: whether they go together cannot be told"
        return Aspect(name, "cannot tell", words, figures, needed=False)
    words = f"frequency and mean spend correlate by {_two(estimate)} (95% interval {_two(low)} to {_two(high)})"
    if low > HIGHEST_CORRELATION or high < -HIGHEST_CORRELATION:
        more = "more" if estimate > 0 else "less"
        return Aspect(
            name, "failed", f"{words}: frequent buyers spend {more} at a time, which Gamma-Gamma rules out", figures
        )
    if max(abs(low), abs(high)) > HIGHEST_CORRELATION and abs(estimate) > HIGHEST_CORRELATION / 2:
        return Aspect(name, "cannot tell", f"{words}: it may be too much for Gamma-Gamma", figures, needed=False)
    return Aspect(name, "passed", words, figures)


def _two(value: float) -> str:
    """Write a correlation; what is nearly nothing has no sign."""
    return f"{round(value, 2) + 0.0:.2f}"


def correlate(one: Vector, other: Vector) -> tuple[float, float, float]:
    """Return the correlation of two variables and its 95% interval, whatever their distributions.

    Parameters
    ----------
    one, other : values, pairwise.

    Returns
    -------
    tuple of float
        Correlation, low and high; NaN where one of them does not vary or there are fewer than four pairs.

    Notes
    -----
    Fisher's transformation with a standard error from the influence of every pair: spend is too skewed for the one that
    supposes normal distributions.

    Examples
    --------
    >>> estimate, low, high = correlate(np.arange(50.0), np.arange(50.0) ** 2)
    >>> round(estimate, 2), bool(low > 0.9)
    (0.97, True)
    """
    if len(one) < 4 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return np.nan, np.nan, np.nan
    a, b = (one - one.mean()) / one.std(), (other - other.mean()) / other.std()
    r = float(np.clip((a * b).mean(), -1 + 1e-12, 1 - 1e-12))
    influence = a * b - r / 2 * (a**2 + b**2)
    error = float(influence.std()) / np.sqrt(len(a)) / (1 - r**2)
    return r, float(np.tanh(np.arctanh(r) - Z * error)), float(np.tanh(np.arctanh(r) + Z * error))
