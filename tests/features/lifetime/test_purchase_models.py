"""Models of repeat purchases: likelihoods against high precision, gradients, fits, storage, bad input."""

import itertools
from typing import Any

import mpmath as mp
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from segment_lib.errors import InvalidOption, MissingColumns, NoData
from segment_lib.features.lifetime.bgnbd import BetaGeoModel
from segment_lib.features.lifetime.dropout import purchases_until_dropout
from segment_lib.features.lifetime.histories import Histories, Vector, count_equal, distinct, read_histories
from segment_lib.features.lifetime.mbgnbd import ModifiedBetaGeoModel
from segment_lib.features.lifetime.paretonbd import ParetoNBDModel
from segment_lib.features.lifetime.purchase_model import PurchaseModel

MODELS: tuple[type[PurchaseModel], ...] = (BetaGeoModel, ModifiedBetaGeoModel, ParetoNBDModel)
EVERY_MODEL = pytest.mark.parametrize("kind", MODELS, ids=lambda kind: kind.__name__)
TRUTHS: dict[type[PurchaseModel], dict[str, float]] = {
    BetaGeoModel: {"r": 0.24, "alpha": 4.4, "a": 0.79, "b": 2.4},
    ModifiedBetaGeoModel: {"r": 0.53, "alpha": 6.2, "a": 0.89, "b": 1.6},
    ParetoNBDModel: {"r": 0.55, "alpha": 10.6, "s": 0.61, "beta": 11.7},
}
# Day-old customers, buyers of the last day, one who bought on one day alone, and thousands of purchases.
EXTREMES = [
    (0, 0.0, 0.0), (0, 0.0, 0.14), (0, 0.0, 300.0), (1, 0.14, 0.14), (1, 5.0, 300.0), (2, 39.0, 39.0), (5, 20.0, 39.0),
    (7, 0.0, 100.0), (40, 30.0, 30.1), (3000, 290.0, 300.0), (3000, 300.0, 300.0),
]  # fmt: skip


def summary_of(rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["frequency", "recency", "age"])


def log_likelihood(model: PurchaseModel, theta: Vector, histories: Histories) -> tuple[float, Vector]:
    """What `fit` climbs, with its gradient."""
    params = np.exp(theta)
    value, gradient = model._alive_likelihood(params, histories)
    mortal = histories.take(model._may_be_dead(histories))
    odds, slopes = model._death_odds(params, mortal)
    return value + float(mortal.weight @ np.logaddexp(0, odds)), gradient + slopes @ (mortal.weight * expit(odds))


def exact_bg(params: Vector, x: int, recency: float, age: float, chances: int) -> mp.mpf:
    """The likelihood as the papers write it, in high precision."""
    r, alpha, a, b = map(mp.mpf, params.tolist())
    k = x + chances
    buying = mp.gamma(r + x) * alpha**r / mp.gamma(r)
    alive = mp.beta(a, b + k) / mp.beta(a, b) / (alpha + age) ** (r + x)
    dead = mp.beta(a + 1, b + k - 1) / mp.beta(a, b) / (alpha + mp.mpf(recency)) ** (r + x) if k else mp.mpf(0)
    return mp.log(buying * (alive + dead))


def exact_pareto(params: Vector, x: int, recency: float, age: float) -> mp.mpf:
    """The likelihood with hypergeometric functions, in one of two forms."""
    r, alpha, s, beta = map(mp.mpf, params.tolist())
    total, larger, other = r + s + x, max(alpha, beta), s + 1 if alpha >= beta else r + x

    def part(time: float) -> mp.mpf:
        z = abs(alpha - beta) / (larger + mp.mpf(time))
        return mp.hyp2f1(total, other, total + 1, z) / (larger + mp.mpf(time)) ** total

    alive = 1 / ((alpha + mp.mpf(age)) ** (r + x) * (beta + mp.mpf(age)) ** s)
    dead = s / total * (part(recency) - part(age))
    return mp.log(mp.gamma(r + x) * alpha**r * beta**s / mp.gamma(r) * (alive + dead))


@pytest.mark.parametrize("params", [(0.24, 4.4, 0.79, 2.4), (0.05, 60.0, 0.02, 0.3), (8.0, 0.3, 30.0, 40.0)])
@EVERY_MODEL
def test_likelihood_is_that_of_the_papers_to_ten_digits(kind: type[PurchaseModel], params: tuple[float, ...]) -> None:
    with mp.workdps(60):
        for x, recency, age in EXTREMES:
            histories = read_histories(summary_of([(x, recency, age)]))
            ours, _ = log_likelihood(kind(), np.log(params), histories)
            exact = (
                exact_pareto(np.asarray(params), x, recency, age)
                if kind is ParetoNBDModel
                else exact_bg(np.asarray(params), x, recency, age, int(kind is ModifiedBetaGeoModel))
            )
            assert ours == pytest.approx(float(exact), rel=1e-10, abs=1e-10)


@pytest.mark.parametrize("beta", [0.5, 10.0, 10.0 + 1e-9, 200.0])
def test_pareto_likelihood_holds_for_scales_apart_alike_and_equal(beta: float) -> None:
    params = np.array([0.55, 10.0, 0.6, beta])
    with mp.workdps(60):
        for x, recency, age in [(0, 0.0, 39.0), (3, 20.0, 39.0), (40, 8.0, 39.0), (1500, 60.0, 300.0)]:
            ours, _ = log_likelihood(ParetoNBDModel(), np.log(params), read_histories(summary_of([(x, recency, age)])))
            assert ours == pytest.approx(float(exact_pareto(params, x, recency, age)), rel=1e-10)


@EVERY_MODEL
def test_gradient_is_that_of_finite_differences(kind: type[PurchaseModel]) -> None:
    chance, histories = np.random.default_rng(0), read_histories(summary_of(EXTREMES))
    for attempt in range(60):
        theta = chance.uniform(-5, 5, 4)
        if attempt % 10 == 0:
            theta[3] = theta[1]
        value, gradient = log_likelihood(kind(), theta, histories)
        rises = [
            (log_likelihood(kind(), theta + step, histories)[0] - log_likelihood(kind(), theta - step, histories)[0])
            for step in 1e-5 * np.eye(4)
        ]
        # The likelihood's own rounding is the larger, the larger it is.
        assert gradient == pytest.approx(np.array(rises) / 2e-5, rel=1e-5, abs=1e-10 * abs(value) + 1e-5)


def test_purchases_until_dropout_is_the_hypergeometric_form() -> None:
    grid = itertools.product(
        (0.3, 1.0, 5.0, 200.0), (0.05, 2.4, 30.0, 3000.0), (0.05, 0.8, 20.0, 3000.0), (1e-3, 0.3, 20.0)
    )
    with mp.workdps(40):
        for a, c, shape, growth in grid:
            if shape * growth > 1e4:
                continue
            # The published form has a pole where a is 1.
            near = mp.mpf(a) + mp.mpf(10) ** -25
            exact = (near + c - 1) / (near - 1) * (1 - mp.hyp2f1(shape, near - 1, near + c - 1, -mp.mpf(growth)))
            ours = purchases_until_dropout(a, np.array([c]), np.array([shape]), np.array([growth]))
            assert ours[0] == pytest.approx(float(exact), rel=2e-6)


@EVERY_MODEL
def test_expected_purchases_are_the_mean_of_their_probabilities(kind: type[PurchaseModel]) -> None:
    model = kind.with_params(**TRUTHS[kind])
    chances = np.array([model.probability_of(n, [0.0, 13.0, 52.0]) for n in range(500)])
    assert chances.sum(axis=0) == pytest.approx(np.ones(3), abs=1e-9)
    assert np.arange(500) @ chances == pytest.approx(model.expected_purchases([0.0, 13.0, 52.0]), rel=1e-6)


@EVERY_MODEL
def test_simulated_customers_are_those_of_the_model(kind: type[PurchaseModel]) -> None:
    model = kind.with_params(**TRUTHS[kind])
    made = model.simulate(200_000, 39.0, random_state=1).to_pandas()
    # Within four standard errors.
    mean, error = made["frequency"].mean(), made["frequency"].std() / 200_000**0.5
    assert abs(mean - model.expected_purchases(39.0)) < 4 * error
    for n in (0, 1, 4):
        share = model.probability_of(n, 39.0)
        assert abs((made["frequency"] == n).mean() - share) < 4 * (share * (1 - share) / 200_000) ** 0.5
    assert (made["recency"] <= made["age"]).all()
    assert made.equals(model.simulate(200_000, 39.0, random_state=1).to_pandas())


@EVERY_MODEL
def test_predictions_average_to_those_of_new_customers(kind: type[PurchaseModel]) -> None:
    # What is expected of each after week 26 is, on average, what a new customer buys in the same weeks.
    model = kind.with_params(**TRUTHS[kind])
    predicted = model.predict_purchases(13, model.simulate(150_000, 26.0, random_state=3))
    assert predicted.mean() == pytest.approx(
        float(model.expected_purchases(39.0) - model.expected_purchases(26.0)), rel=0.03
    )


@EVERY_MODEL
def test_every_fit_to_simulated_customers_reaches_the_likelihood_of_the_truth(kind: type[PurchaseModel]) -> None:
    chance = np.random.default_rng(11)
    for _ in range(10):
        values = np.array(list(TRUTHS[kind].values())) * np.exp(chance.uniform(-0.8, 0.8, 4))
        truth = kind.with_params(**dict(zip(kind.parameter_names, values, strict=True)))
        summary = truth.simulate(600, np.round(chance.uniform(5, 60, 600)), random_state=chance)
        model = kind().fit(summary)
        at_truth, _ = log_likelihood(truth, np.log(values), read_histories(summary))
        assert model.log_likelihood_ >= at_truth - 1e-6
        # Not every small set of customers tells all four parameters; then that is said.
        assert model.converged_ or "edge" in model.convergence_.message or "no peak" in model.convergence_.message


@EVERY_MODEL
def test_weights_are_repeated_rows_and_order_changes_nothing(kind: type[PurchaseModel]) -> None:
    summary = kind.with_params(**TRUTHS[kind]).simulate(300, 30.0, random_state=4).to_pandas()
    weights = np.arange(300) % 4
    repeated = summary.loc[summary.index.repeat(weights)].sample(frac=1, random_state=2)
    weighted, plain = kind().fit(summary, sample_weight=weights), kind().fit(repeated)
    assert weighted.params_ == pytest.approx(plain.params_, rel=1e-6)
    assert weighted.log_likelihood_ == pytest.approx(plain.log_likelihood_, rel=1e-12)
    shuffled = summary.sample(frac=1, random_state=5)
    first, second = kind().fit(summary), kind().fit(shuffled)
    assert first.params_ == second.params_
    assert first.predict_purchases(13)[shuffled.index].tolist() == second.predict_purchases(13).tolist()


@EVERY_MODEL
def test_unit_of_time_changes_times_alone(kind: type[PurchaseModel]) -> None:
    weeks = kind.with_params(**TRUTHS[kind]).simulate(800, 40.0, random_state=8).to_pandas()
    days = weeks.assign(recency=weeks["recency"] * 7, age=weeks["age"] * 7)
    by_week, by_day = kind().fit(weeks), kind().fit(days)
    scaled = {name: value * (7 if name in kind.time_parameters else 1) for name, value in by_week.params_.items()}
    assert by_day.params_ == pytest.approx(scaled, rel=1e-4)
    assert by_day.predict_purchases(91) == pytest.approx(by_week.predict_purchases(13), rel=1e-4)


positive = st.floats(-6, 6).map(np.exp)
history = st.one_of(
    st.tuples(st.just(0), st.just(0.0), st.floats(0, 600)),
    st.tuples(st.integers(1, 5000), st.floats(0, 1), st.floats(0, 600)).map(lambda h: (h[0], h[1] * h[2], h[2])),
)


@settings(max_examples=60)
@given(
    st.sampled_from(MODELS),
    st.tuples(positive, positive, positive, positive),
    st.lists(history, min_size=1, max_size=6),
)
def test_predictions_are_finite_and_grow_with_time(kind: Any, params: tuple[float, ...], rows: list[Any]) -> None:
    model = kind.with_params(**dict(zip(kind.parameter_names, params, strict=True)))
    summary = summary_of(rows)
    alive = model.probability_alive(summary)
    assert np.isfinite(alive).all()
    assert ((alive >= 0) & (alive <= 1)).all()
    ahead = np.array([model.predict_purchases(t, summary) for t in (0.0, 0.1, 1.0, 30.0, 500.0)])
    assert np.isfinite(ahead).all()
    assert (ahead[0] == 0).all()
    assert (np.diff(ahead, axis=0) >= -1e-7 * (1 + ahead[1:])).all()
    expected = model.expected_purchases([0.0, 0.1, 1.0, 30.0, 500.0])
    assert (np.diff(expected) >= -1e-7 * (1 + expected[1:])).all()
    value, gradient = log_likelihood(model, np.log(params), read_histories(summary))
    assert np.isfinite(value)
    assert np.isfinite(gradient).all()


def test_longer_silence_makes_a_customer_less_likely_alive() -> None:
    silent = summary_of([(5, 20.0, age) for age in (20.0, 25.0, 35.0, 60.0, 200.0)])
    for kind in MODELS:
        assert (np.diff(kind.with_params(**TRUTHS[kind]).probability_alive(silent)) < 0).all()


def test_who_never_bought_again_is_alive_for_bg_nbd_and_in_doubt_for_the_others() -> None:
    once = summary_of([(0, 0.0, 50.0)])
    alive = [float(kind.with_params(**TRUTHS[kind]).probability_alive(once)[0]) for kind in MODELS]
    assert alive[0] == 1.0
    assert max(alive[1:]) < 0.6


def test_modified_bg_nbd_drops_out_at_once_by_the_share_of_a() -> None:
    model = ModifiedBetaGeoModel.with_params(r=1.0, alpha=1.0, a=1.0, b=3.0)
    # At age 0, one chance to drop out has gone by: b / (a + b) are alive.
    assert model.probability_alive(summary_of([(0, 0.0, 0.0)])).tolist() == pytest.approx([0.75])


@EVERY_MODEL
def test_stored_model_predicts_the_same(kind: type[PurchaseModel]) -> None:
    summary = kind.with_params(**TRUTHS[kind]).simulate(400, 30.0, random_state=6)
    model = kind(n_starts=2).fit(summary)
    stored = kind.from_json(model.to_json())
    assert stored.predict_purchases(5, summary).tolist() == pytest.approx(
        model.predict_purchases(5).tolist(), rel=1e-12
    )
    assert (stored.convergence_, stored.standard_errors_) == (model.convergence_, model.standard_errors_)
    assert (stored.n_starts, stored.to_json()) == (2, model.to_json())
    with pytest.raises(NoData, match="has no histories of its own: give a `summary`"):
        stored.probability_alive()


def test_text_of_another_model_or_of_none_is_refused() -> None:
    text = BetaGeoModel.with_params(**TRUTHS[BetaGeoModel]).to_json()
    with pytest.raises(InvalidOption, match="must be of a ParetoNBDModel, got a BetaGeoModel"):
        ParetoNBDModel.from_json(text)
    with pytest.raises(InvalidOption, match="must be one that `to_json` returned"):
        BetaGeoModel.from_json("{}")


@EVERY_MODEL
def test_model_without_a_fit_says_so(kind: type[PurchaseModel]) -> None:
    with pytest.raises(NoData, match="must be fitted first"):
        kind().predict_purchases(5)
    with pytest.raises(NoData, match="must be fitted first"):
        kind().expected_purchases(5)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([(-1, 0.0, 5.0)], "`frequency` must be 0 or more, got -1 in row 1"),
        ([(1.5, 1.0, 5.0)], "`frequency` must be a whole number, got 1.5 in row 1"),
        ([(1, 1.0, 5.0), (1, 6.0, 5.0), (2, 9.0, 5.0)], "`recency` must be at most `age`, got 6 in row 2, and 1 more"),
        ([(0, 1.0, 5.0)], "`recency` must be 0 where `frequency` is 0, got 1 in row 1"),
        ([(1, 1.0, float("nan"))], "`age` must be a number, got nan in row 1"),
        ([(1, float("inf"), 5.0)], "`recency` must be a number, got inf in row 1"),
        ([("2", 1.0, 5.0)], "`frequency` must be numbers"),
        ([(True, 1.0, 5.0)], "`frequency` must be numbers"),
    ],
)
def test_values_that_can_not_be_are_refused(rows: list[Any], message: str) -> None:
    with pytest.raises(InvalidOption, match=message):
        BetaGeoModel().fit(summary_of(rows))


def test_all_faults_are_named_at_once() -> None:
    with pytest.raises(InvalidOption, match=r"(?s)frequency.*recency.*age"):
        BetaGeoModel().fit(summary_of([(-1, 0.0, 5.0), (1, -2.0, 5.0), (1, 0.0, -5.0)]))


def test_data_that_nothing_can_be_fitted_to_are_refused() -> None:
    with pytest.raises(NoData, match="at least one customer"):
        BetaGeoModel().fit(summary_of([]))
    with pytest.raises(NoData, match="there must be repeat purchases"):
        BetaGeoModel().fit(summary_of([(0, 0.0, 5.0)]))
    with pytest.raises(NoData, match="an age above 0"):
        BetaGeoModel().fit(summary_of([(1, 0.0, 0.0)]))
    with pytest.raises(MissingColumns, match="can't find column `age` in summary"):
        BetaGeoModel().fit(summary_of([(1, 1.0, 2.0)]).rename(columns={"age": "T"}))
    with pytest.raises(InvalidOption, match="a weight must be a number from 0, got -1 in row 1"):
        BetaGeoModel().fit(summary_of([(1, 1.0, 2.0)]), sample_weight=np.array([-1.0]))


def test_arguments_that_can_not_be_are_refused() -> None:
    model = BetaGeoModel.with_params(**TRUTHS[BetaGeoModel])
    with pytest.raises(InvalidOption, match="`t` must be 0 or more, got -1"):
        model.expected_purchases([3.0, -1.0])
    with pytest.raises(InvalidOption, match="`t` must be one number"):
        model.predict_purchases(np.array([1.0, 2.0]), summary_of([(1, 1.0, 2.0)]))  # type: ignore[arg-type]
    with pytest.raises(InvalidOption, match="parameters must be r, alpha, a, b, each above 0"):
        BetaGeoModel.with_params(r=1.0, alpha=1.0, a=1.0)
    with pytest.raises(InvalidOption, match="`n_starts` must be a whole number from 1, got 0"):
        BetaGeoModel(n_starts=0).fit(summary_of([(1, 1.0, 2.0)]))


def test_customers_who_all_buy_alike_leave_parameters_at_the_edge_and_it_is_said() -> None:
    model = BetaGeoModel().fit(summary_of([(4, 10.0, 10.0)] * 50))
    assert not model.converged_
    assert model.convergence_.message
    assert np.isfinite(list(model.params_.values())).all()


def test_too_few_iterations_are_no_convergence() -> None:
    summary = BetaGeoModel.with_params(**TRUTHS[BetaGeoModel]).simulate(500, 30.0, random_state=0)
    model = BetaGeoModel(max_iterations=1, n_starts=1).fit(summary)
    assert not model.converged_
    assert "iterations ran out" in model.convergence_.message


def test_equal_histories_are_counted_once_in_a_fixed_order() -> None:
    columns = np.array([3.0, 1.0, 3.0]), np.array([1.0, 1.0, 1.0]), np.array([5.0, 4.0, 5.0])
    histories = count_equal(*columns)
    assert (histories.frequency.tolist(), histories.weight.tolist(), histories.place.tolist()) == (
        [1.0, 3.0], [1.0, 2.0], [1, 0, 1]
    )  # fmt: skip
    values = np.random.default_rng(0).integers(0, 5, (3, 400)).astype(float)
    rows, place = distinct(*values)
    assert np.array(rows).T.tolist() == np.unique(values.T, axis=0).tolist()
    assert np.array(rows)[:, place].tolist() == values.tolist()


def test_model_follows_scikit_learn() -> None:
    from sklearn.base import clone

    model = clone(BetaGeoModel(n_starts=1, max_iterations=50))
    assert model.get_params() == {"n_starts": 1, "max_iterations": 50}
    summary = summary_of([(1, 1.0, 5.0), (0, 0.0, 5.0), (3, 4.0, 5.0)] * 20)
    before = summary.copy()
    assert model.fit(summary) is model
    pd.testing.assert_frame_equal(summary, before)
