"""Lifetime features of every customer, with bounds, ready to be joined to others."""

from collections.abc import Mapping
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa

from segment_lib.checks import check_columns, check_option
from segment_lib.errors import InvalidOption
from segment_lib.features.lifetime.fitted import FittedByLikelihood
from segment_lib.features.lifetime.gamma_gamma import GammaGammaModel
from segment_lib.features.lifetime.histories import Histories, Matrix, Summary, Vector, distinct, read_histories
from segment_lib.features.lifetime.intervals import check_quantiles, chunks, draw_parameters, quantiles_of
from segment_lib.features.lifetime.purchase_model import PurchaseModel
from segment_lib.features.lifetime.purchases import DAYS, Unit
from segment_lib.features.lifetime.spends import known_spends

Prediction = Literal["p_alive", "expected_purchases_90d", "expected_value_12m"]
PREDICTIONS: tuple[Prediction, ...] = ("p_alive", "expected_purchases_90d", "expected_value_12m")
SHORT_DAYS, LONG_DAYS = 90, 365


def predict_lifetime(
    summary: Summary,
    purchases_model: PurchaseModel,
    spend_model: GammaGammaModel | None = None,
    *,
    unit: Unit = "weeks",
    quantiles: tuple[float, float] = (0.05, 0.95),
    extra: Mapping[str, tuple[Prediction, float]] | None = None,
    n_draws: int = 200,
    random_state: int = 0,
    withheld: str = "",
) -> pa.Table:
    """Predict who is still a customer, what they will buy in 90 days, and what they will spend in 12 months.

    Parameters
    ----------
    summary : one row a customer, as `summarise_purchases` returns it.
    purchases_model : fitted, in the unit of the summary.
    spend_model : fitted; without it, `expected_value_12m` is null.
    unit : what `recency` and `age` are measured in.
    quantiles : of the lower and the upper bound.
    extra : further bounds: column name to prediction and quantile, such as `{"p_alive_q900": ("p_alive", 0.9)}`.
    n_draws : draws of the parameters that the bounds come from.
    random_state : seed of the draws.
    withheld : why no number is to be told, such as the verdict that the model is inadequate; it becomes the status.

    Returns
    -------
    pyarrow.Table
        In the order of the summary: `contact_id`, `p_alive`, `expected_purchases_90d`, `expected_value_12m`, each with
        `_low` and `_high`, the columns of `extra`, and `lifetime_status`: empty where the numbers stand, otherwise why
        numbers are null.

    Raises
    ------
    MissingColumns
        The summary lacks a column.
    InvalidOption
        A quantile or the name of a prediction can't be.

    Notes
    -----
    Bounds say how well the data hold the expectation, not how much one customer's purchases vary around it. Twelve
    months are 365 days; money is not discounted.
    """
    check_option(unit, DAYS, name="unit")
    wanted = _wanted(quantiles, extra or {})
    ids = _contact_ids(summary)
    histories, place, spend = _different(summary, with_spend=spend_model is not None)
    reasons = {"purchases": withheld or _doubt(purchases_model, "purchases"), "spend": ""}
    if spend_model is not None and not reasons["purchases"]:
        reasons["spend"] = _doubt(spend_model, "spend") or _endless(spend_model)
    result = {name: np.full(len(histories), np.nan) for name, _, _ in wanted}
    if not reasons["purchases"]:
        model = None if reasons["spend"] else spend_model
        horizons = (SHORT_DAYS / DAYS[unit], LONG_DAYS / DAYS[unit])
        _fill(result, wanted, histories, spend, purchases_model, model, horizons, n_draws, random_state)
    columns: dict[str, pa.Array] = {"contact_id": ids}
    for name, values in result.items():
        columns[name] = pa.array(values[place], mask=np.isnan(values)[place])
    status = reasons["purchases"] or reasons["spend"]
    columns["lifetime_status"] = pa.array([status], pa.string()).take(pa.array(np.zeros(len(place), dtype=np.int64)))
    return pa.table(columns)


# A column, its prediction, and its quantile; None for the prediction at the fitted parameters.
Wanted = list[tuple[str, Prediction, float | None]]


def _wanted(quantiles: tuple[float, float], extra: Mapping[str, tuple[Prediction, float]]) -> Wanted:
    check_quantiles([*quantiles, *(quantile for _, quantile in extra.values())])
    low, high = quantiles
    if not low <= high:
        raise InvalidOption(f"`quantiles` must be a lower and an upper one, got {quantiles}.")
    wanted: Wanted = []
    for each in PREDICTIONS:
        wanted += [(each, each, None), (f"{each}_low", each, low), (f"{each}_high", each, high)]
    taken = {name for name, _, _ in wanted} | {"contact_id", "lifetime_status"}
    for name, (prediction, quantile) in extra.items():
        check_option(prediction, PREDICTIONS, name=name)
        if name in taken:
            raise InvalidOption(f"a column of `extra` must have a name of its own, got `{name}`.")
        wanted.append((name, prediction, quantile))
    return wanted


def _fill(
    result: dict[str, Vector], wanted: Wanted, histories: Histories, spend: Vector, purchases_model: PurchaseModel,
    spend_model: GammaGammaModel | None, horizons: tuple[float, float], n_draws: int, random_state: int,
) -> None:  # fmt: skip
    # The fitted parameters come first: the prediction itself.
    params = _with_fitted(purchases_model, n_draws, random_state)
    spend_params = _with_fitted(spend_model, n_draws, random_state + 1) if spend_model else params
    for rows in chunks(len(histories)):
        some = histories.take(rows)
        values: dict[Prediction, Matrix] = {name: np.empty((len(some), n_draws + 1)) for name in PREDICTIONS}
        for i, drawn in enumerate(params):
            alive = purchases_model.alive_at(drawn, some)
            values["p_alive"][:, i] = alive
            values["expected_purchases_90d"][:, i] = alive * purchases_model.purchases_at(drawn, some, horizons[0])
            if spend_model:
                bought = alive * purchases_model.purchases_at(drawn, some, horizons[1])
                each = spend_model.spend_at(spend_params[i], some.frequency, spend[rows])
                values["expected_value_12m"][:, i] = bought * each
        for prediction in PREDICTIONS if spend_model else PREDICTIONS[:2]:
            table = values[prediction]
            result[prediction][rows] = table[:, 0]
            bounds = [(name, quantile) for name, of, quantile in wanted if of == prediction and quantile is not None]
            found = quantiles_of(table[:, 1:], [quantile for _, quantile in bounds])
            for at, (name, _) in enumerate(bounds):
                result[name][rows] = found[:, at]


def _with_fitted(model: FittedByLikelihood, n_draws: int, random_state: int) -> Matrix:
    draws = draw_parameters(model, n_draws, random_state=random_state)
    return np.concatenate([model.parameter_values()[None], draws])


def _different(
    summary: Summary, *, with_spend: bool
) -> tuple[Histories, "np.ndarray[tuple[int, ...], np.dtype[np.int64]]", Vector]:
    """Return different histories, each with its spend if that is wanted, the place of every row, and the spends."""
    histories = read_histories(summary)
    if not with_spend:
        return histories, histories.place, np.zeros(len(histories))
    spend = known_spends(summary)
    (at, spend), place = distinct(histories.place.astype(float), np.nan_to_num(spend, nan=-1.0))
    return histories.take(at.astype(np.int64)), place, np.where(spend < 0, np.nan, spend)


def _contact_ids(summary: Summary) -> pa.Array:
    present = list(summary.columns) if isinstance(summary, pd.DataFrame) else summary.column_names
    check_columns(present, ["contact_id"], table="summary")
    ids = summary["contact_id"]
    return pa.array(ids) if isinstance(summary, pd.DataFrame) else ids


def _doubt(model: FittedByLikelihood, what: str) -> str:
    """Return why the fit of a model is not to be trusted, or an empty text."""
    model.parameter_values()
    if not hasattr(model, "convergence_"):
        return f"the model of {what} was not fitted to data: nothing says how sure it is."
    return "" if model.converged_ else f"the model of {what} did not converge: {model.convergence_.message}"


def _endless(model: GammaGammaModel) -> str:
    if np.isfinite(model.population_mean_):
        return ""
    return "the mean spend has no finite estimate: a few customers spend without measure (`q` is 1 or less)."
