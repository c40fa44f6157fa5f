"""Repeat purchases of a holdout, given each customer's history: by frequency class, by quarter, in total."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from segment_lib.features.lifetime.chance import Population, Z, spread_of, with_range
from segment_lib.features.lifetime.histories import Vector, read_histories
from segment_lib.features.lifetime.purchase_model import PurchaseModel

HIGHEST_CLASS = 7
# Customers of a class, below which it is put together with the one before it.
SMALLEST_CLASS = 20
# Customers that show how far the fit strays, for all of them.
LOOKED_AT = 2_000


@dataclass(frozen=True)
class Expectation:
    """What was bought, what a model expected, and the range in which chance would leave what was bought.

    Parameters
    ----------
    actual, expected : purchases, or money.
    low, high : 95 of 100 such numbers would lie between, were the model true; chance of purchases and of the fit.
    """

    actual: float
    expected: float
    low: float
    high: float

    @property
    def error(self) -> float:
        """What the model is off by, as a share of what was bought: −0.1 is a tenth too few."""
        return self.expected / self.actual - 1 if self.actual else (np.inf if self.expected else 0.0)

    @property
    def chance(self) -> float:
        """How far chance reaches upwards, as a share of what was expected; NaN where that is not known."""
        return (self.high - self.expected) / self.expected if self.expected else np.inf

    @property
    def within_chance(self) -> bool:
        """Whether chance alone may have made the difference."""
        return self.low <= self.actual <= self.high


def track_holdout(
    models: list[PurchaseModel], summary: pa.Table, population: Population, bounds: Vector, made: Vector
) -> tuple[pd.DataFrame, pd.DataFrame, Expectation]:
    """Return the holdout by frequency class, by span, and in total.

    Parameters
    ----------
    models : the fitted one, then those drawn.
    summary : a row a customer, with `holdout_purchases`.
    population : made-up customers.
    bounds : ends of the spans, from the boundary; the last is the end of the holdout.
    made : repeat purchases of each span.

    Returns
    -------
    tuple of DataFrame, DataFrame and Expectation
    """
    fitted, customers = models[0], summary.num_rows
    actual = summary["holdout_purchases"].to_numpy().astype(float)
    place, names = _classes_of(summary["frequency"].to_numpy())
    count = len(names)
    sizes = np.bincount(place, minlength=count)
    course = [fitted.predict_purchases(float(bound), summary) for bound in bounds]
    stray = _strays(fitted, population, bounds)
    spread = _spread_by_class(stray.sum(axis=0), population, count)
    # A class that the model hardly knows: purchases at random.
    expected = np.bincount(place, course[-1], minlength=count)
    spread = np.where(np.isfinite(spread), spread, expected / np.maximum(sizes, 1))

    rows = np.random.default_rng(0).permutation(customers)[:LOOKED_AT]
    by_class, by_span = _draws(models, summary.take(rows), place[rows], bounds, count)
    by_class, by_span = by_class * customers / len(rows), by_span * customers / len(rows)

    classes = pd.DataFrame({"frequency_class": names, "customers": sizes})
    classes["actual"], classes["expected"] = np.bincount(place, actual, minlength=count), expected
    classes = with_range(classes, np.sqrt(sizes * spread + spread_of(by_class) ** 2))
    figures = ["actual", "expected", "low", "high"]
    classes[figures] = classes[figures].div(classes["customers"].where(classes["customers"] > 0), axis=0)

    spans = pd.DataFrame({"actual": made, "expected": np.diff([one.sum() for one in course], prepend=0)})
    spans = with_range(spans, np.sqrt(customers * (stray**2).mean(axis=1) + spread_of(by_span) ** 2))

    total = float(expected.sum())
    reach = Z * float(np.sqrt((sizes * spread).sum() + spread_of(by_class.sum(axis=1)) ** 2))
    low = float(np.maximum(total - reach, 0.0))
    return classes, spans, Expectation(float(actual.sum()), total, low, total + reach)


def _classes_of(frequency: Vector) -> tuple[npt.NDArray[np.int64], list[str]]:
    """Return the class of each customer, and the names; the highest classes are put together until they are large."""
    highest = HIGHEST_CLASS
    while highest > 1 and np.sum(frequency >= highest) < SMALLEST_CLASS:
        highest -= 1
    return np.minimum(frequency, highest).astype(np.int64), [*map(str, range(highest)), f"{highest}+"]


def _strays(model: PurchaseModel, population: Population, bounds: Vector) -> Vector:
    """Return how far made-up customers stray from what their histories make one expect, spans by customers."""
    histories = population.summarise()
    course = [model.predict_purchases(float(bound), histories) for bound in bounds]
    # What lies before the boundary is the first of the spans.
    later = list(population.per_span(np.concatenate([[0.0], bounds])))[1:]
    return np.asarray(np.array(later) - np.diff(course, axis=0, prepend=0))


def _spread_by_class(stray: Vector, population: Population, count: int) -> Vector:
    """Return the variance of single customers of each class, NaN where hardly any was made up."""
    [frequency] = population.per_span(np.zeros(1))
    place = np.minimum(frequency, count - 1).astype(int)
    seen = np.bincount(place, minlength=count)
    squares = np.bincount(place, stray**2, minlength=count)
    spread: Vector = np.divide(squares, seen, out=np.full(count, np.nan), where=seen >= SMALLEST_CLASS)
    return spread


def _draws(
    models: list[PurchaseModel], part: pa.Table, place: npt.NDArray[np.int64], bounds: Vector, count: int
) -> tuple[Vector, Vector]:
    """Return what each model expects of some customers: models by classes, and models by spans."""
    histories = read_histories(part)
    kind, weight = np.zeros(len(histories), dtype=np.int64), histories.weight
    kind[histories.place] = place
    by_class, by_span = [], []
    for model in models:
        params = model.parameter_values()
        expected = weight * model.alive_at(params, histories)
        course = [expected * model.purchases_at(params, histories, float(bound)) for bound in bounds]
        by_class.append(np.bincount(kind, course[-1], minlength=count))
        by_span.append(np.diff([one.sum() for one in course], prepend=0))
    return np.array(by_class), np.array(by_span)
