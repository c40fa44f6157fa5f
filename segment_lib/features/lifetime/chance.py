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
# Standard error of a logarithm from which on the normal distribution is not relied on.
LOOSE = 0.7
# How far, in logarithms, draws go along what is not held at all; and how many are weighed.
WIDEST = 4.0
FARTHEST = 12.0
PROPOSALS = 600
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
    """Draw models that fit about as well; none where the fit did not converge.

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
    drawn = draw_plausible(model, DRAWS, random_state=random_state)
    return [type(model).with_params(**dict(zip(model.params_, map(float, row), strict=True))) for row in drawn]


def draw_plausible(model: PurchaseModel, n_draws: int, *, random_state: int) -> Vector:
    """Draw parameters that the data could as well have come from, also where the data hardly hold some of them.

    Parameters
    ----------
    model : fitted, and converged.
    n_draws : how many.
    random_state : seed.

    Returns
    -------
    array
        Draws by parameters, in the order of `params_`.

    Notes
    -----
    Logarithms of the parameters are drawn from the normal distribution of the fit. Where the data hardly hold one of
    them, that distribution tells nothing far away: draws are then weighted by how likely they make the data.
    """
    if max(model.standard_errors_[name] / value for name, value in model.params_.items()) < LOOSE:
        return draw_parameters(model, n_draws, random_state=random_state, method="normal")
    return _draw_by_likelihood(model, n_draws, np.random.default_rng(random_state))


def _draw_by_likelihood(model: PurchaseModel, n_draws: int, chance: np.random.Generator) -> Vector:
    """Draw widely along what is not held, and keep draws in proportion to the likelihood."""
    centre = np.log(model.parameter_values())
    values, directions = np.linalg.eigh(model.covariance_)
    scale = np.sqrt(np.clip(values, 0.0, WIDEST**2))
    steps = chance.standard_normal((PROPOSALS, len(centre)))
    # The fit itself is among them: one draw at least is likely.
    steps[0] = 0.0
    logs = centre + np.clip((steps * scale) @ directions.T, -FARTHEST, FARTHEST)
    heights = np.array([_log_likelihood(model, np.exp(row)) for row in logs]) + (steps**2).sum(axis=1) / 2
    weight = np.exp(np.where(np.isfinite(heights), heights, -np.inf) - np.nanmax(heights))
    return np.asarray(np.exp(logs[chance.choice(PROPOSALS, n_draws, p=weight / weight.sum())]))


def _log_likelihood(model: PurchaseModel, params: Vector) -> float:
    histories = model.histories_
    mortal = histories.take(model._may_be_dead(histories))
    with np.errstate(all="ignore"):
        value, _ = model._alive_likelihood(params, histories)
        odds, _ = model._death_odds(params, mortal)
        return value + float(mortal.weight @ np.logaddexp(0, odds))


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
