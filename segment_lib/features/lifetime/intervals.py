"""How sure the predictions are: draws of the parameters, carried through to every customer."""

from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from segment_lib.checks import check_option
from segment_lib.errors import InvalidOption, NoData
from segment_lib.features.lifetime.fitted import FittedByLikelihood
from segment_lib.features.lifetime.fitting import FARTHEST
from segment_lib.features.lifetime.histories import Matrix, Summary, read_histories
from segment_lib.features.lifetime.posterior import draw_posterior
from segment_lib.features.lifetime.purchase_model import PurchaseModel

Method = Literal["posterior", "normal", "bootstrap"]
Quantity = Literal["probability_alive", "purchases"]

# Histories whose draws are in memory at once: 200 draws of them take 6 MB.
CHUNK = 4_000
# Up to so many customers the likelihood may be far from normal.
FEW = 10_000


def draw_parameters(
    model: FittedByLikelihood, n_draws: int, *, random_state: int, method: Method | None = None
) -> Matrix:
    """Return parameters that the data could as well have come from.

    Parameters
    ----------
    model : fitted.
    n_draws : how many.
    random_state : seed.
    method : "posterior" draws parameters as likely as the likelihood makes them; "normal" takes it for normal, with the
        covariance of the fit; "bootstrap" fits the model anew to data simulated from it, for the same customers, once
        for each draw. Where not given, "posterior" up to 10,000 customers, "normal" beyond and for stored models.

    Returns
    -------
    array
        Draws by parameters, in the order of `params_`.

    Raises
    ------
    NoData
        The model is not fitted, its likelihood has no peak, or it was stored and has no data that a method needs.

    Notes
    -----
    In simulations of 500 customers, intervals meant to hold the truth in 90 of 100 cases held it in 82 to 89 by the
    posterior, depending on the prediction, in 69 to 92 by the normal distribution, and in 76 to 86 by the bootstrap,
    which takes several times as long. With 2,000 customers the posterior held it in 82 to 93, with 4,000 the normal
    distribution in 88 to 95.
    """
    if method is not None:
        check_option(method, ("posterior", "normal", "bootstrap"), name="method")
    if n_draws < 1:
        raise InvalidOption(f"`n_draws` must be 1 or more, got {n_draws}.")
    chance = np.random.default_rng(random_state)
    centre = np.log(model.parameter_values())
    if not hasattr(model, "covariance_"):
        raise NoData("the model must be fitted to say how sure it is; its parameters were given.")
    chosen = method or ("posterior" if model.n_customers_ <= FEW and model.has_data else "normal")
    if chosen == "bootstrap":
        return np.asarray([model.refit_to_simulated(chance) for _ in range(n_draws)])
    held = ~np.isnan(np.diag(model.covariance_))
    if not held.any():
        raise NoData(f"can't say how sure the parameters are: {model.convergence_.message}")
    if chosen == "posterior":
        return np.exp(draw_posterior(model.likelihood(), centre, model.covariance_, n_draws, chance))
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
