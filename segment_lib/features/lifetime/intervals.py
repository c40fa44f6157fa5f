"""How sure the predictions are: draws of the parameters, carried through to every customer."""

from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from segment_lib.checks import check_option
from segment_lib.errors import InvalidOption, NoData
from segment_lib.features.lifetime.fitted import FittedByLikelihood
from segment_lib.features.lifetime.histories import Matrix, Summary, read_histories
from segment_lib.features.lifetime.purchase_model import PurchaseModel

Method = Literal["normal", "bootstrap"]
Quantity = Literal["probability_alive", "purchases"]

# Histories whose draws are in memory at once: 200 draws of them take 6 MB.
CHUNK = 4_000
# A draw further away than this factor is of a parameter that the data do not hold; it must not overflow.
FARTHEST = float(np.log(1e6))


def draw_parameters(model: FittedByLikelihood, n_draws: int, *, random_state: int, method: Method = "normal") -> Matrix:
    """Return parameters that the data could as well have come from.

    Parameters
    ----------
    model : fitted.
    n_draws : how many.
    random_state : seed.
    method : "normal" draws logarithms of parameters from a normal distribution with the covariance of the fit;
        "bootstrap" fits the model anew to data simulated from it, for the same customers, once for each draw.

    Returns
    -------
    array
        Draws by parameters, in the order of `params_`.

    Raises
    ------
    NoData
        The model is not fitted, its likelihood has no peak, or it was stored and has no data for a bootstrap.

    Notes
    -----
    "normal" costs nothing beyond the fit. In simulations of 500 to 2,000 customers its intervals for predictions held
    the truth about as often as those of the bootstrap, which takes one fit a draw.
    """
    check_option(method, ("normal", "bootstrap"), name="method")
    if n_draws < 1:
        raise InvalidOption(f"`n_draws` must be 1 or more, got {n_draws}.")
    chance = np.random.default_rng(random_state)
    centre = np.log(model.parameter_values())
    if not hasattr(model, "covariance_"):
        raise NoData("the model must be fitted to say how sure it is; its parameters were given.")
    if method == "bootstrap":
        return np.asarray([model.refit_to_simulated(chance) for _ in range(n_draws)])
    held = ~np.isnan(np.diag(model.covariance_))
    if not held.any():
        raise NoData(f"can't say how sure the parameters are: {model.convergence_.message}")
    # A parameter at the edge stays there.
    draws = np.zeros((n_draws, len(centre)))
    root = np.linalg.cholesky(model.covariance_[np.ix_(held, held)])
    draws[:, held] = chance.standard_normal((n_draws, int(held.sum()))) @ root.T
    return np.asarray(np.exp(centre + np.clip(draws, -FARTHEST, FARTHEST)))


def prediction_quantiles(
    model: PurchaseModel,
    summary: Summary,
    what: Quantity,
    t: float | None = None,
    *,
    quantiles: Sequence[float],
    draws: Matrix,
) -> Matrix:
    """Return quantiles of what a model says of each customer, over draws of its parameters.

    Parameters
    ----------
    model : of purchases.
    summary : one row a customer.
    what : "probability_alive", or "purchases" to expect in the time `t`.
    t : time ahead, in the unit of the summary.
    quantiles : between 0 and 1.
    draws : from `draw_parameters`.

    Returns
    -------
    array
        Rows of the summary by quantiles.

    Notes
    -----
    These are bounds of an expectation, as the parameters are not known for sure. What one customer will do varies much
    more: of customers who are expected to buy once, many buy twice or never. Equal histories are computed once, and few
    of them at a time, so that memory stays small.
    """
    check_option(what, ("probability_alive", "purchases"), name="what")
    check_quantiles(quantiles)
    if (what == "purchases") != (t is not None):
        raise InvalidOption('`t` must be given for "purchases", and for nothing else.')
    histories = read_histories(summary)
    result = np.empty((len(histories), len(quantiles)))
    for rows in chunks(len(histories)):
        some = histories.take(rows)
        values = np.empty((len(some), len(draws)))
        for i, params in enumerate(draws):
            alive = model.alive_at(params, some)
            values[:, i] = alive if t is None else alive * model.purchases_at(params, some, t)
        result[rows] = quantiles_of(values, quantiles)
    return result[histories.place]


def quantiles_of(values: Matrix, quantiles: Sequence[float]) -> Matrix:
    """Return quantiles of each row, interpolated between neighbours.

    Parameters
    ----------
    values : rows by draws; the rows are sorted in place.
    quantiles : between 0 and 1.

    Returns
    -------
    array
        Rows by quantiles.

    Examples
    --------
    >>> quantiles_of(np.array([[3.0, 1.0, 2.0]]), [0.5, 0.75]).tolist()
    [[2.0, 2.5]]
    """
    # Several times as fast as numpy.quantile, which partitions along the other axis.
    values.sort(axis=1)
    place = np.asarray(quantiles, dtype=float) * (values.shape[1] - 1)
    below = np.floor(place).astype(int)
    share: npt.NDArray[np.float64] = place - below
    above = np.minimum(below + 1, values.shape[1] - 1)
    lower = values[:, below]
    # Not lower + share * (above - lower): infinite draws have no difference.
    return np.where(share == 0, lower, lower * (1 - share) + values[:, above] * share)


def check_quantiles(quantiles: Sequence[float]) -> None:
    """Check that quantiles lie between 0 and 1.

    Raises
    ------
    InvalidOption
        One does not.
    """
    wrong = [value for value in quantiles if not 0 <= value <= 1]
    if wrong:
        raise InvalidOption(f"a quantile must lie between 0 and 1, got {wrong[0]}.")


def chunks(length: int) -> Iterator[slice]:
    """Return slices that cover a length, each of a size that fits into memory."""
    return (slice(start, start + CHUNK) for start in range(0, length, CHUNK))
