"""Spend, bounds of predictions and the table of lifetime features."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy.stats import gamma

from segment_lib.errors import InvalidOption, MissingColumns, NoData
from segment_lib.features.lifetime.bgnbd import BetaGeoModel
from segment_lib.features.lifetime.fitting import Likelihood
from segment_lib.features.lifetime.gamma_gamma import GammaGammaModel
from segment_lib.features.lifetime.histories import Vector
from segment_lib.features.lifetime.intervals import draw_parameters, prediction_quantiles, quantiles_of
from segment_lib.features.lifetime.mbgnbd import ModifiedBetaGeoModel
from segment_lib.features.lifetime.posterior import draw_posterior
from segment_lib.features.lifetime.predictions import predict_lifetime

TRUTH = {"r": 0.24, "alpha": 4.4, "a": 0.79, "b": 2.4}
SPEND = {"p": 6.0, "q": 4.0, "gamma": 15.0}


@pytest.fixture(scope="module")
def customers() -> pd.DataFrame:
    """600 made-up customers of one age, with what they spend."""
    made = BetaGeoModel.with_params(**TRUTH).simulate(600, 39.0, random_state=1).to_pandas()
    spend = GammaGammaModel.with_params(**SPEND).simulate(made["frequency"], random_state=2)
    return made.assign(monetary_value=spend["monetary_value"].to_pandas())


@pytest.fixture(scope="module")
def fitted(customers: pd.DataFrame) -> tuple[BetaGeoModel, GammaGammaModel]:
    return BetaGeoModel().fit(customers), GammaGammaModel().fit(customers)


# Spend


def spends(*rows: tuple[int, float | None]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["frequency", "monetary_value"])


def test_expected_spend_lies_between_the_own_mean_and_that_of_all() -> None:
    model = GammaGammaModel.with_params(p=2.0, q=3.0, gamma=10.0)
    # p * gamma / (q - 1) = 10 for all; (q - 1) / (p x + q - 1) of it, and the rest of the own mean: 1/2, 1/6.
    expected = model.expected_spend(spends((0, None), (1, 40.0), (5, 40.0), (1, 10.0), (2, None), (1, 0.0)))
    assert expected.tolist() == pytest.approx([10.0, 25.0, 35.0, 10.0, 10.0, 5.0])
    assert model.population_mean_ == 10.0


def test_mean_spend_is_infinite_where_few_spend_without_measure() -> None:
    model = GammaGammaModel.with_params(p=2.0, q=0.9, gamma=10.0)
    assert model.population_mean_ == float("inf")
    assert model.expected_spend(spends((0, None), (1, 10.0))).tolist() == pytest.approx([np.inf, 2 * 20 / 1.9])


def test_gamma_gamma_gradient_and_truth() -> None:
    chance, truth = np.random.default_rng(3), GammaGammaModel.with_params(**SPEND)
    frequency = chance.integers(1, 20, 400).astype(float)
    table = truth.simulate(frequency, random_state=4)
    model = GammaGammaModel().fit(table)
    assert model.converged_
    spend, ones = np.asarray(table["monetary_value"]), np.ones(400)
    # From the truth, whose likelihood can't be higher, the same peak is reached.
    again = model._climb(frequency, spend, ones, [np.log(list(SPEND.values()))])
    assert again.log_likelihood == pytest.approx(model.log_likelihood_, abs=1e-6)
    assert model.params_ == pytest.approx(dict(zip(SPEND, np.exp(again.log_params), strict=True)), rel=1e-4)
    for name, value in SPEND.items():
        assert abs(np.log(model.params_[name] / value)) < 4 * model.standard_errors_[name] / model.params_[name]


def test_gamma_gamma_counts_weights_as_rows_and_leaves_out_who_paid_nothing() -> None:
    frequency = np.arange(60) % 7
    table = GammaGammaModel.with_params(**SPEND).simulate(frequency, random_state=5).to_pandas()
    free = spends((3, 0.0), (2, None), (1, -5.0))
    weights = 1 + np.arange(60) % 3
    weighted = GammaGammaModel().fit(table, sample_weight=weights)
    repeated = GammaGammaModel().fit(pd.concat([table.loc[table.index.repeat(weights)], free]))
    assert weighted.params_ == pytest.approx(repeated.params_, rel=1e-5)
    assert weighted.correlation_ == pytest.approx(repeated.correlation_)
    assert (weighted.n_left_out_, repeated.n_left_out_) == (0, 3)


def test_customers_who_all_pay_the_same_leave_a_parameter_at_the_edge() -> None:
    model = GammaGammaModel().fit(spends(*[(2, 10.0)] * 30))
    assert not model.converged_
    assert np.isnan(model.correlation_)
    assert GammaGammaModel.from_json(model.to_json()).to_json() == model.to_json()


def test_spends_that_nothing_can_be_fitted_to_are_refused() -> None:
    with pytest.raises(NoData, match="at least two customers with repeat purchases of a mean spend above 0, got 1"):
        GammaGammaModel().fit(spends((1, 5.0), (0, None), (2, 0.0)))
    with pytest.raises(InvalidOption, match="`monetary_value` must be numbers"):
        GammaGammaModel().fit(pd.DataFrame({"frequency": [1, 2], "monetary_value": ["5", "6"]}))
    with pytest.raises(InvalidOption, match="`frequency` must be a whole number from 0"):
        GammaGammaModel().fit(spends((-1, 5.0), (2, 6.0)))
    with pytest.raises(MissingColumns, match="can't find column `monetary_value`"):
        GammaGammaModel().fit(pd.DataFrame({"frequency": [1, 2]}))
    with pytest.raises(NoData, match="must be fitted first"):
        GammaGammaModel().expected_spend(spends((1, 5.0)))


def test_value_is_purchases_times_spend_and_less_when_discounted() -> None:
    customers = pd.DataFrame(
        {"frequency": [0, 3], "recency": [0.0, 20.0], "age": [30.0, 30.0], "monetary_value": [None, 50.0]}
    )
    purchases, spend = BetaGeoModel.with_params(**TRUTH), GammaGammaModel.with_params(**SPEND)
    plain = spend.predict_value(purchases, customers, 52)
    assert plain == pytest.approx(purchases.predict_purchases(52, customers) * spend.expected_spend(customers))
    discounted = spend.predict_value(purchases, customers, 52, discount_rate=0.1)
    # The purchases of each day, worth what they are on that day.
    days = np.arange(0, 52 * 7 + 1) / 7
    by_then = np.array([purchases.predict_purchases(day, customers) for day in days])
    worth = 1.1 ** (-(days[1:] + days[:-1]) / 2 * 7 / 365.25)
    expected = (np.diff(by_then, axis=0) * worth[:, None]).sum(axis=0) * spend.expected_spend(customers)
    assert discounted == pytest.approx(expected, rel=1e-6)
    with pytest.raises(InvalidOption, match=r"`discount_rate` must be 0 or more, got -0\.1"):
        spend.predict_value(purchases, customers, 52, discount_rate=-0.1)


# Bounds


def test_draws_have_the_covariance_of_the_fit(fitted: tuple[BetaGeoModel, GammaGammaModel]) -> None:
    for model in fitted:
        draws = np.log(draw_parameters(model, 20_000, random_state=0, method="normal"))
        assert draws.mean(axis=0) == pytest.approx(np.log(model.parameter_values()), abs=0.03)
        assert np.cov(draws.T) == pytest.approx(model.covariance_, rel=0.1, abs=2e-3)
        assert draw_parameters(model, 5, random_state=7).tolist() == draw_parameters(model, 5, random_state=7).tolist()


def test_all_ways_to_draw_agree_where_customers_are_many() -> None:
    made = BetaGeoModel.with_params(**TRUTH).simulate(8_000, 39.0, random_state=1).to_pandas()
    spend = GammaGammaModel.with_params(**SPEND).simulate(made["frequency"], random_state=2)
    for model in (BetaGeoModel().fit(made), GammaGammaModel().fit(spend)):
        expected = np.sqrt(np.diag(model.covariance_))
        for method, n_draws, off in (("posterior", 1000, 1.2), ("bootstrap", 40, 1.6)):
            draws = np.log(draw_parameters(model, n_draws, random_state=0, method=method))  # type: ignore[arg-type]
            assert (draws.std(axis=0) < off * expected).all()
            assert (draws.std(axis=0) > expected / off).all()
            assert (abs(draws.mean(axis=0) - np.log(model.parameter_values())) < expected / 2).all()


def test_posterior_is_that_of_a_known_likelihood() -> None:
    # log of a rate, of 4 events in a time of 2: Gamma(4, 2) under a flat prior for the logarithm.
    def objective(theta: Vector) -> tuple[float, Vector]:
        return float(4 * theta[0] - 2 * np.exp(theta[0])), 4 - 2 * np.exp(theta)

    peak, covariance = np.log([2.0]), np.array([[0.25]])
    draws = np.exp(draw_posterior(Likelihood(objective, 4.0), peak, covariance, 4000, np.random.default_rng(0)))
    quantiles = np.quantile(draws, [0.05, 0.5, 0.95])
    assert quantiles == pytest.approx(gamma.ppf([0.05, 0.5, 0.95], 4, scale=0.5), rel=0.06)


def test_bounds_hold_the_truth_about_as_often_as_they_say() -> None:
    truth, chance = ModifiedBetaGeoModel.with_params(r=0.53, alpha=6.2, a=0.89, b=1.6), np.random.default_rng(6)
    probe = pd.DataFrame({"frequency": [0, 2, 8], "recency": [0.0, 20.0, 30.0], "age": 39.0})
    held = []
    for _ in range(40):
        model = ModifiedBetaGeoModel(n_starts=1).fit(truth.simulate(1000, 39.0, random_state=chance))
        draws = draw_parameters(model, 100, random_state=0)
        alive = prediction_quantiles(model, probe, "probability_alive", quantiles=(0.05, 0.95), draws=draws)
        bought = prediction_quantiles(model, probe, "purchases", 13, quantiles=(0.05, 0.95), draws=draws)
        for bounds, value in ((alive, truth.probability_alive(probe)), (bought, truth.predict_purchases(13, probe))):
            held.append((bounds[:, 0] <= value) & (value <= bounds[:, 1]))
    # 90% is meant; 40 fits tell the mean to five points, and bounds that are off by a cause are far outside.
    assert 0.8 <= np.mean(held) <= 0.98


def test_quantiles_are_those_of_numpy() -> None:
    values = np.random.default_rng(0).normal(size=(5, 41))
    expected = np.quantile(values, [0.0, 0.05, 0.5, 1.0], axis=1).T
    assert quantiles_of(values.copy(), [0.0, 0.05, 0.5, 1.0]) == pytest.approx(expected)


def test_bounds_are_those_of_each_row_alone(
    customers: pd.DataFrame, fitted: tuple[BetaGeoModel, GammaGammaModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    model, _ = fitted
    draws = draw_parameters(model, 20, random_state=0)
    options: dict[str, Any] = {"quantiles": (0.1, 0.9), "draws": draws}
    together = prediction_quantiles(model, customers[:50], "purchases", 13, **options)
    alone = [prediction_quantiles(model, customers[i : i + 1], "purchases", 13, **options)[0] for i in (0, 7, 49)]
    assert together[[0, 7, 49]] == pytest.approx(np.array(alone))
    monkeypatch.setattr("segment_lib.features.lifetime.intervals.CHUNK", 7)
    assert prediction_quantiles(model, customers[:50], "purchases", 13, **options) == pytest.approx(together)


def test_what_can_not_be_drawn_is_refused(fitted: tuple[BetaGeoModel, GammaGammaModel]) -> None:
    model, _ = fitted
    with pytest.raises(NoData, match="its parameters were given"):
        draw_parameters(BetaGeoModel.with_params(**TRUTH), 5, random_state=0)
    with pytest.raises(NoData, match="no histories of its own"):
        draw_parameters(BetaGeoModel.from_json(model.to_json()), 5, random_state=0, method="bootstrap")
    with pytest.raises(InvalidOption, match="`n_draws` must be 1 or more, got 0"):
        draw_parameters(model, 0, random_state=0)
    one = pd.DataFrame({"frequency": [1], "recency": [1.0], "age": [2.0]})
    draws = draw_parameters(model, 2, random_state=0)
    with pytest.raises(InvalidOption, match=r"a quantile must lie between 0 and 1, got 1\.5"):
        prediction_quantiles(model, one, "probability_alive", quantiles=(1.5,), draws=draws)
    with pytest.raises(InvalidOption, match="`t` must be given for"):
        prediction_quantiles(model, one, "purchases", quantiles=(0.5,), draws=draws)


# The table


def test_table_has_predictions_within_their_bounds(
    customers: pd.DataFrame, fitted: tuple[BetaGeoModel, GammaGammaModel]
) -> None:
    purchases, spend = fitted
    table = predict_lifetime(customers, purchases, spend, extra={"p_alive_q900": ("p_alive", 0.9)}).to_pandas()
    assert table["contact_id"].tolist() == customers["contact_id"].tolist()
    assert table["p_alive"].to_numpy() == pytest.approx(purchases.probability_alive(customers))
    assert table["expected_purchases_90d"].to_numpy() == pytest.approx(purchases.predict_purchases(90 / 7, customers))
    value = spend.predict_value(purchases, customers, 365 / 7)
    assert table["expected_value_12m"].to_numpy() == pytest.approx(value)
    for name in ("p_alive", "expected_purchases_90d", "expected_value_12m"):
        assert (table[f"{name}_low"] <= table[name] + 1e-9).mean() > 0.99
        assert (table[f"{name}_high"] >= table[name] - 1e-9).mean() > 0.99
    assert table["p_alive_q900"].between(table["p_alive_low"], table["p_alive_high"]).all()
    assert set(table["lifetime_status"]) == {""}


def test_table_in_days_is_that_in_weeks(customers: pd.DataFrame, fitted: tuple[BetaGeoModel, GammaGammaModel]) -> None:
    days = customers.assign(recency=customers["recency"] * 7, age=customers["age"] * 7)
    weekly = predict_lifetime(customers, *fitted, n_draws=5).to_pandas()
    daily = predict_lifetime(days, BetaGeoModel().fit(days), fitted[1], unit="days", n_draws=5).to_pandas()
    assert daily["expected_value_12m"].to_numpy() == pytest.approx(weekly["expected_value_12m"].to_numpy(), rel=1e-3)


def test_arrow_and_pandas_give_the_same_table_and_rows_of_any_order(
    customers: pd.DataFrame, fitted: tuple[BetaGeoModel, GammaGammaModel]
) -> None:
    table = predict_lifetime(customers, *fitted, n_draws=10)
    assert predict_lifetime(pa.Table.from_pandas(customers, preserve_index=False), *fitted, n_draws=10).equals(table)
    shuffled = customers.sample(frac=1, random_state=0)
    again = predict_lifetime(shuffled, *fitted, n_draws=10).to_pandas().set_index(shuffled.index).sort_index()
    pd.testing.assert_frame_equal(again, table.to_pandas())


def test_without_a_model_of_spend_values_alone_are_null(
    customers: pd.DataFrame, fitted: tuple[BetaGeoModel, GammaGammaModel]
) -> None:
    table = predict_lifetime(customers[:3].drop(columns="monetary_value"), fitted[0], n_draws=5).to_pandas()
    assert table["expected_value_12m"].isna().all()
    assert table[["p_alive", "p_alive_low", "expected_purchases_90d_high"]].notna().all(axis=None)
    assert set(table["lifetime_status"]) == {""}


def test_numbers_are_withheld_with_the_reason(
    customers: pd.DataFrame, fitted: tuple[BetaGeoModel, GammaGammaModel]
) -> None:
    def told(table: pa.Table) -> tuple[set[str], int]:
        frame = table.to_pandas()
        return set(frame["lifetime_status"]), int(frame[["p_alive", "expected_value_12m"]].notna().sum().sum())

    some = customers[:4]
    assert told(predict_lifetime(some, *fitted, withheld="holdout missed by 40%")) == ({"holdout missed by 40%"}, 0)
    alike = pd.DataFrame({"frequency": [4] * 50, "recency": 10.0, "age": 10.0})
    [status], numbers = told(predict_lifetime(some, BetaGeoModel().fit(alike), fitted[1]))
    assert status.startswith("the model of purchases did not converge: ")
    assert numbers == 0
    same = GammaGammaModel().fit(spends(*[(2, 10.0)] * 30))
    [status], numbers = told(predict_lifetime(some, fitted[0], same, n_draws=5))
    assert status.startswith("the model of spend did not converge: ")
    assert numbers == 4
    [status], numbers = told(predict_lifetime(some, BetaGeoModel.with_params(**TRUTH)))
    assert (status, numbers) == ("the model of purchases was not fitted to data: nothing says how sure it is.", 0)


def test_arguments_of_the_table_that_can_not_be_are_refused(
    customers: pd.DataFrame, fitted: tuple[BetaGeoModel, GammaGammaModel]
) -> None:
    with pytest.raises(InvalidOption, match="`quantiles` must be a lower and an upper one"):
        predict_lifetime(customers, *fitted, quantiles=(0.9, 0.1))
    with pytest.raises(InvalidOption, match="a column of `extra` must have a name of its own, got `p_alive_low`"):
        predict_lifetime(customers, *fitted, extra={"p_alive_low": ("p_alive", 0.2)})
    with pytest.raises(InvalidOption, match="`q` must be one of p_alive, expected_purchases_90d, expected_value_12m"):
        predict_lifetime(customers, *fitted, extra={"q": ("p_dead", 0.2)})  # type: ignore[dict-item]
    with pytest.raises(MissingColumns, match="can't find column `contact_id` in summary"):
        predict_lifetime(customers.drop(columns="contact_id"), *fitted)
    with pytest.raises(NoData, match="must be fitted first"):
        predict_lifetime(customers, BetaGeoModel())
