"""Repeat purchases week by week: those made, and those that a model expects of customers from their first day on."""

from datetime import date, timedelta

import numpy as np
import pandas as pd

from segment_lib.features.lifetime.chance import Population, spread_of, with_range
from segment_lib.features.lifetime.histories import Vector
from segment_lib.features.lifetime.purchase_model import PurchaseModel

WEEK = 7


def track_weeks(
    models: list[PurchaseModel],
    days: pd.DataFrame,
    population: Population,
    *,
    calibration_end: date,
    as_of: date,
    unit_days: int,
) -> pd.DataFrame:
    """Return actual and expected repeat purchases, in weeks counted from the boundary in both directions.

    Parameters
    ----------
    models : the fitted one, then those drawn.
    days : day, joined (customers who first bought), repeats (their repeat purchases).
    population : made-up customers.
    calibration_end, as_of : last days of the two parts.
    unit_days : days of the models' unit.

    Returns
    -------
    pandas.DataFrame
        As `Tracking.weeks`.
    """
    start = days["day"].min()
    length, boundary = (as_of - start).days, (calibration_end - start).days
    every = [*range(boundary % WEEK, boundary + 1, WEEK), *range(boundary + WEEK, length, WEEK), length]
    ends = np.array([end for end in every if end > 0])
    places = np.array([(day - start).days for day in days["day"]])
    joined, bought = (
        np.bincount(places, days[name].to_numpy(float), minlength=length + 1).astype(float)
        for name in ("joined", "repeats")
    )
    cumulative = bought.cumsum()[ends]
    # Drawn models tell how wide a range is: for them it is enough to know the course once a week.
    steps = [1, *[WEEK] * (len(models) - 1)]
    courses = np.array(
        [_expected_course(model, joined, unit_days, step=step)[ends] for model, step in zip(models, steps, strict=True)]
    )
    weekly, total, so_far = [], [], np.zeros(len(population.age))
    for single in population.per_span((ends - boundary) / unit_days):
        so_far += single
        weekly.append(single.var())
        total.append(so_far.var())
    frame = pd.DataFrame(
        {
            "week_end": [start + timedelta(days=int(end)) for end in ends],
            "part": np.where(ends <= boundary, "calibration", "holdout"),
            "days": np.diff(ends, prepend=0),
            "actual": np.diff(cumulative, prepend=0).astype(int),
            "expected": np.diff(courses[0], prepend=0),
            "cumulative_actual": cumulative.astype(int),
            "cumulative_expected": courses[0],
        }
    )
    customers = float(joined.sum())
    by_fit = spread_of(np.diff(courses, axis=1, prepend=0)), spread_of(courses)
    frame = with_range(frame, np.sqrt(customers * np.array(weekly) + by_fit[0] ** 2))
    return with_range(frame, np.sqrt(customers * np.array(total) + by_fit[1] ** 2), prefix="cumulative_")


def _expected_course(model: PurchaseModel, joined: Vector, unit_days: int, *, step: int) -> Vector:
    """Return the repeat purchases to expect up to each day, of customers who joined day by day."""
    from scipy.signal import fftconvolve

    days = np.arange(len(joined))
    known = np.arange(0, len(joined) - 1 + step, step)
    alone = np.interp(days, known, model.expected_purchases(known / unit_days))
    course: Vector = np.maximum(fftconvolve(joined, alone)[: len(joined)], 0.0)
    return course
