"""What chance brings: made-up customers of a fitted model, and models that fit about as well."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from segment_lib.features.lifetime.histories import Vector
from segment_lib.features.lifetime.intervals import draw_parameters
from segment_lib.features.lifetime.purchase_model import PurchaseModel

SIMULATED = 10_000
DRAWS = 60
Z = 1.959963984540054


@dataclass(frozen=True)
class Population:
    """Made-up customers, with the time of every repeat purchase before and after the boundary.

    Parameters
    ----------
    age : of each customer at the boundary.
    who, at : customer of each repeat purchase, and its time from the boundary, negative before it.
    """

    age: Vector
    who: npt.NDArray[np.int64]
    at: Vector

    def per_span(self, bounds: Vector) -> Iterator[Vector]:
        """Yield the purchases of each customer after one bound and up to the next, from the beginning of time on.

        Parameters
        ----------
        bounds : times from the boundary, ascending.

        Yields
        ------
        array
        """
        span = np.searchsorted(bounds, self.at, side="left")
        order = np.argsort(span, kind="stable")
        starts = np.searchsorted(span[order], range(len(bounds) + 1))
        for start, end in itertools.pairwise(starts):
            yield np.bincount(self.who[order[start:end]], minlength=len(self.age)).astype(float)

    def summarise(self) -> pd.DataFrame:
        """Return frequency, recency and age of each customer at the boundary."""
        [frequency] = self.per_span(np.zeros(1))
        before, recency = self.at <= 0, np.zeros(len(self.age))
        np.maximum.at(recency, self.who[before], (self.age[self.who] + self.at)[before])
        return pd.DataFrame({"frequency": frequency, "recency": np.minimum(recency, self.age), "age": self.age})


def simulate_population(model: PurchaseModel, ages: Vector, ahead: float, *, random_state: int) -> Population:
    """Simulate customers of the fitted model from their first purchase to the end of the holdout.

    Parameters
    ----------
    model : fitted.
    ages : of real customers at the boundary, to draw from.
    ahead : time from the boundary to the end.
    random_state : seed.

    Returns
    -------
    Population

    Notes
    -----
    Between the first purchase and the last, the others of a customer lie anywhere: these models know no rhythm.
    """
    chance = np.random.default_rng(random_state)
    age = chance.choice(ages, SIMULATED)
    made = model.simulate(SIMULATED, age + ahead, random_state=chance)
    bought, last = made["frequency"].to_numpy().astype(int), made["recency"].to_numpy().astype(float)
    who = np.repeat(np.arange(SIMULATED), bought)
    at = chance.uniform(size=len(who)) * last[who]
    at[np.cumsum(bought)[bought > 0] - 1] = last[bought > 0]
    return Population(age, who, at - age[who])


def draw_models(model: PurchaseModel, *, random_state: int) -> list[PurchaseModel]:
    """Draw models from the normal distribution of the fitted log parameters; none where it did not converge.

    Parameters
    ----------
    model : fitted.
    random_state : seed.

    Returns
    -------
    list of PurchaseModel
    """
    if not model.converged_:
        return []
    drawn = draw_parameters(model, DRAWS, random_state=random_state)
    names = list(model.params_)
    return [type(model).with_params(**dict(zip(names, map(float, row), strict=True))) for row in drawn]


def spread_of(drawn: Vector) -> Vector:
    """Return the standard deviation over draws; not-a-number where there are none beside the fit itself."""
    spread: Vector = drawn.std(axis=0) if len(drawn) > 1 else np.full(drawn.shape[1:], np.nan)
    return spread


def with_range(frame: pd.DataFrame, error: Vector, *, prefix: str = "") -> pd.DataFrame:
    """Return a table with `low` and `high`, between which chance leaves 95 of 100 numbers.

    Parameters
    ----------
    frame : with `expected`, or `cumulative_expected` for a prefix `cumulative_`.
    error : standard deviation that chance brings.
    prefix : of the columns.

    Returns
    -------
    pandas.DataFrame
    """
    expected = frame[f"{prefix}expected"]
    return frame.assign(**{f"{prefix}low": np.maximum(expected - Z * error, 0), f"{prefix}high": expected + Z * error})
