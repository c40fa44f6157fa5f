"""What customers spend, as a summary tells it: checked, and whether it goes with how often they buy."""

import numpy as np

from segment_lib.errors import InvalidOption
from segment_lib.features.lifetime.histories import Summary, Vector, numbers_of


def read_spends(summary: Summary) -> tuple[Vector, Vector]:
    """Return checked frequencies and mean spends, NaN where a spend is missing."""
    frequency, spend = numbers_of(summary, ["frequency", "monetary_value"], empty=["monetary_value"])
    if (frequency < 0).any() or (frequency != np.floor(frequency)).any():
        raise InvalidOption("`frequency` must be a whole number from 0.")
    return frequency, spend


def known_spends(summary: Summary) -> Vector:
    """Return the mean spend of the repeat purchases of each customer, NaN where it is not known; 0 where below.

    Parameters
    ----------
    summary : one row a customer, with `frequency` and `monetary_value`.

    Returns
    -------
    array
    """
    frequency, spend = read_spends(summary)
    return np.asarray(np.where(frequency > 0, np.maximum(spend, 0.0), np.nan))


def correlation_of(frequency: Vector, spend: Vector, weight: Vector) -> float:
    """Return the correlation of frequency and spend, NaN where one of them does not vary."""
    if not (np.ptp(frequency) > 0 and np.ptp(spend) > 0):
        return float("nan")
    covariance = np.cov(frequency, spend, aweights=weight, ddof=0)
    return float(covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1]))
