"""Renewals counted, and the shifted beta-geometric model against published figures."""

from datetime import date

import mpmath
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import approx_fprime
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from segment_lib.asof import AsOf, add_months
from segment_lib.errors import InvalidOption, MissingColumns, NoData
from segment_lib.features.contractual import ShiftedBetaGeometric, retention_curve, retention_from_counts
from segment_lib.features.contractual.shifted_beta_geometric import _likelihood, _read

# Fader and Hardie (2007), table 1: subscribers left after each year, of a thousand; the seven years of the fit.
REGULAR = [1000, 631, 468, 382, 326, 289, 262, 241]
HIGH_END = [1000, 869, 743, 653, 593, 551, 517, 491]


def contracts(*spans: tuple[str, str | None]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "contact_id": [str(place) for place in range(len(spans))],
            "started_on": pd.to_datetime([start for start, _ in spans]),
            "ended_on": pd.to_datetime([end for _, end in spans]),
        }
    )


def test_renewals_are_due_on_the_last_day_of_a_shorter_month() -> None:
    table = contracts(("2026-01-31", "2026-02-28"), ("2026-01-31", "2026-03-01"), ("2026-01-31", None))
    curve = retention_curve(table, as_of=AsOf.of("2026-03-31"), period="1 month")
    assert curve[["at_risk", "ended", "censored"]].values.tolist() == [[3, 0, 0], [3, 1, 0], [2, 1, 1]]
    assert curve["retention_rate"].tolist()[1:] == pytest.approx([2 / 3, 1 / 2])


def test_an_end_in_a_running_period_is_not_counted_before_the_renewal_is_due() -> None:
    table = contracts(("2026-01-01", "2026-02-10"), ("2026-01-01", None))
    before = retention_curve(table, as_of=AsOf.of("2026-02-20"), period="1 month")
    assert before[["at_risk", "ended", "censored"]].values.tolist() == [[2, 0, 0], [2, 0, 2]]
    after = retention_curve(table, as_of=AsOf.of("2026-03-01"), period="1 month")
    assert after["ended"].tolist() == [0, 0, 1]


@pytest.mark.parametrize("period", ["1 month", "3 months", "1 year", "1 week", "30 days"])
def test_counts_are_those_of_a_walk_from_renewal_to_renewal(period: str) -> None:
    rng, today = np.random.default_rng(5), date(2025, 9, 30)
    starts = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 700, 300), "D")
    ends = (starts + pd.to_timedelta(rng.integers(0, 400, 300), "D")).where(rng.random(300) < 0.7)
    number, unit = int(period.split()[0]), period.split()[1].rstrip("s")

    def due(start: date, k: int) -> date:
        if unit in ("month", "year"):
            return add_months(start, number * k * (12 if unit == "year" else 1))
        return (pd.Timestamp(start) + pd.Timedelta(days=number * k * (7 if unit == "week" else 1))).date()

    expected: dict[tuple[int, bool], int] = {}
    for start, end in zip(starts.date, ends, strict=True):
        if start > today:
            continue
        seen = failed = 0
        while due(start, seen + 1) <= today:
            seen += 1
        if not pd.isna(end) and end.date() <= today:
            failed = 1
            while due(start, failed) < end.date():
                failed += 1
        key = (failed, True) if 0 < failed <= seen else (seen, False)
        expected[key] = expected.get(key, 0) + 1
    table = pd.DataFrame({"contact_id": [str(i) for i in range(300)], "started_on": starts, "ended_on": ends})
    curve = retention_curve(table, as_of=AsOf.of(today), period=period)
    found = {(row.period, True): row.ended for row in curve.itertuples() if row.ended}
    found |= {(row.period, False): row.censored for row in curve.itertuples() if row.censored}
    assert found == expected


def test_curves_are_by_group() -> None:
    table = contracts(("2026-01-01", "2026-01-20"), ("2026-01-01", None)).assign(plan=["basic", "gold"])
    curve = retention_curve(table, as_of=AsOf.of("2026-02-15"), period="1 month", by="plan")
    assert curve[["group", "survival"]].values.tolist() == [["basic", 1], ["basic", 0], ["gold", 1], ["gold", 1]]


def test_counts_that_grow_or_are_broken_are_refused() -> None:
    for alive in ([10, 11], [10], [10, 5.5], [0, 0], [10, -1]):
        with pytest.raises(InvalidOption, match="must hold two or more whole numbers that never grow"):
            retention_from_counts(alive)


@pytest.mark.parametrize(
    ("alive", "alpha", "beta", "log_likelihood"),
    [(REGULAR, 0.704, 1.182, -1680.27), (HIGH_END, 0.668, 3.806, -1611.16)],
)
def test_published_parameters(alive: list[float], alpha: float, beta: float, log_likelihood: float) -> None:
    model = ShiftedBetaGeometric().fit(retention_from_counts(alive))
    assert model.params_ == pytest.approx({"alpha": alpha, "beta": beta}, abs=5e-4)
    assert model.log_likelihood_ == pytest.approx(log_likelihood, abs=5e-3)
    assert model.converged_
    assert model.convergence_.agreeing == model.convergence_.starts
    assert (model.n_contracts_, model.periods_) == (1000, 7)


def test_survival_and_retention_rate_by_hand() -> None:
    model = ShiftedBetaGeometric()
    model.params_ = {"alpha": 1.0, "beta": 1.0}
    assert model.predict_survival([0, 1, 2, 3]) == pytest.approx([1, 1 / 2, 1 / 3, 1 / 4])
    assert model.predict_retention_rate([1, 2, 3]) == pytest.approx([1 / 2, 2 / 3, 3 / 4])
    # 1/2 and 1/3 are left after one and two: 1/2 / 2 + 1/3 / 4.
    assert model.expected_renewals(0, discount_rate=1.0, horizon=2) == pytest.approx(1 / 4 + 1 / 12)
    assert model.expected_renewals(0) == np.inf
    model.params_ = {"alpha": 3.0, "beta": 2.0}
    assert model.expected_renewals([0, 4]) == pytest.approx([1.0, 3.0])


@settings(max_examples=50, deadline=None)
@given(st.floats(0.05, 50), st.floats(0.05, 50), st.integers(0, 40), st.floats(0.001, 0.5))
def test_residual_lifetime_is_the_sum_of_what_is_left(alpha: float, beta: float, renewals: int, rate: float) -> None:
    model = ShiftedBetaGeometric()
    model.params_ = {"alpha": alpha, "beta": beta}
    exact = mpmath.hyp2f1(1, beta + renewals + 1, alpha + beta + renewals + 1, 1 / mpmath.mpf(1 + rate))
    exact *= (beta + renewals) / (alpha + beta + renewals) / (1 + rate)
    whole = float(model.expected_renewals(renewals, discount_rate=rate))
    assert whole == pytest.approx(float(exact), rel=1e-8)
    long = float(model.expected_renewals(renewals, discount_rate=rate, horizon=30_000))
    assert long == pytest.approx(whole, rel=1e-6)
    assert float(model.expected_renewals(renewals, discount_rate=rate, horizon=3)) <= whole * (1 + 1e-12)


def test_gradient_and_curvature_are_those_of_finite_differences() -> None:
    data = _read(retention_from_counts(REGULAR))
    for theta in (np.array([-0.3, 0.2]), np.array([1.5, -1.0])):
        _, slope, curvature = _likelihood(theta, *data)
        assert slope == pytest.approx(approx_fprime(theta, lambda x: _likelihood(x, *data)[0], 1e-7), rel=1e-4)
        rough = np.array([approx_fprime(theta, lambda x, i=i: _likelihood(x, *data)[1][i], 1e-7) for i in (0, 1)])
        assert curvature == pytest.approx(rough, rel=1e-4)


@pytest.mark.parametrize("seed", range(10))
def test_fit_reaches_the_likelihood_of_the_truth_with_staggered_starts(seed: int) -> None:
    rng = np.random.default_rng(seed)
    alpha, beta = np.exp(rng.uniform(-1, 1.5, 2))
    ends, due = rng.geometric(rng.beta(alpha, beta, 3000).clip(1e-9)), rng.integers(1, 12, 3000)
    at_risk = [(np.minimum(ends, due) >= k).sum() for k in range(1, 12)]
    ended = [((ends == k) & (due >= k)).sum() for k in range(1, 12)]
    curve = pd.DataFrame({"period": range(1, 12), "at_risk": at_risk, "ended": ended})
    model = ShiftedBetaGeometric().fit(curve)
    truth = _likelihood(np.log([alpha, beta]), *_read(curve))[0]
    assert model.log_likelihood_ >= truth
    assert model.converged_
    gap = (np.log([model.params_["alpha"], model.params_["beta"]]) - np.log([alpha, beta])) / np.sqrt(
        np.diag(model.covariance_)
    )
    assert np.all(np.abs(gap) < 4)


@pytest.mark.parametrize(
    ("alive", "message"),
    [
        ([1000, 600], "only one renewal was seen"),
        ([1000, 900, 810, 729], "every contract seems to end with the same probability"),
        ([1000, 950, 800, 500], "every contract seems to end with the same probability"),
        ([1000, 500, 500, 500], "contracts seem to be of two kinds alone"),
    ],
)
def test_what_data_cannot_tell_is_said(alive: list[float], message: str) -> None:
    model = ShiftedBetaGeometric().fit(retention_from_counts(alive))
    assert not model.converged_
    assert message in model.convergence_.message
    assert np.isnan(model.standard_errors_["alpha"])


def test_contracts_that_do_not_differ_are_projected_all_the_same() -> None:
    model = ShiftedBetaGeometric().fit(retention_from_counts([1000, 900, 810, 729]))
    assert model.predict_survival([3, 10]) == pytest.approx([0.729, 0.9**10], abs=1e-6)


def test_data_without_ends_or_renewals_are_refused() -> None:
    for alive, message in (([10, 10], "no contract has ended yet"), ([10, 0], "no contract was ever renewed")):
        with pytest.raises(NoData, match=message):
            ShiftedBetaGeometric().fit(retention_from_counts(alive))
    young = retention_curve(contracts(("2026-01-01", None)), as_of=AsOf.of("2026-01-05"), period="1 month")
    with pytest.raises(NoData, match="due for its first renewal"):
        ShiftedBetaGeometric().fit(young)


def test_wrong_arguments_are_refused() -> None:
    curve = retention_from_counts(REGULAR)
    with pytest.raises(MissingColumns, match="`at_risk`"):
        ShiftedBetaGeometric().fit(curve.drop(columns="at_risk"))
    with pytest.raises(InvalidOption, match="must be of one group, got 2"):
        ShiftedBetaGeometric().fit(pd.concat([curve, curve.assign(group="other")]))
    with pytest.raises(InvalidOption, match="between 0 and `at_risk`"):
        ShiftedBetaGeometric().fit(curve.assign(ended=2000))
    with pytest.raises(InvalidOption, match=r"must be 1, 2, ... and each once"):
        ShiftedBetaGeometric().fit(pd.concat([curve, curve]))
    with pytest.raises(InvalidOption, match="must be a DataFrame"):
        ShiftedBetaGeometric().fit([1, 2])
    model = ShiftedBetaGeometric().fit(curve)
    with pytest.raises(InvalidOption, match="must be whole and 0 or more"):
        model.predict_survival([-1])
    with pytest.raises(InvalidOption, match="the first renewal is number 1"):
        model.predict_retention_rate([0])
    with pytest.raises(InvalidOption, match="`discount_rate` must be 0 or more"):
        model.expected_renewals(0, discount_rate=-0.1)
    with pytest.raises(NotFittedError, match="not fitted"):
        clone(model).predict_survival([1])
