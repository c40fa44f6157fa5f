"""Tracking of purchase models, and the verdict: adequate, not adequate, or not to be told."""

import os
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from segment_lib.asof import AsOf
from segment_lib.errors import InvalidOption, NoData
from segment_lib.features.lifetime import BetaGeoModel, GammaGammaModel, ModifiedBetaGeoModel
from segment_lib.features.lifetime.adequacy import _choose, choose_purchase_model, judge_lifetime
from segment_lib.features.lifetime.adequacy_spend import correlate
from segment_lib.features.lifetime.chance import _log_likelihood, draw_models, draw_plausible, simulate_population
from segment_lib.features.lifetime.fitting import Convergence
from segment_lib.features.lifetime.tracking import Tracking, track_purchases
from segment_lib.features.lifetime.tracking_holdout import Expectation, _classes_of
from segment_lib.features.lifetime.verdict import weigh

DATA = Path(os.environ.get("SEGMENT_LIB_DATA", Path(__file__).parents[4] / "shared" / "data")) / "cdnow"
cdnow_there = pytest.mark.skipif(
    not (DATA / "CDNOW_sample.txt").is_file(), reason="the CDNOW sample is not here: SEGMENT_LIB_DATA names its folder"
)
LAST_DAY = AsOf.of("1998-06-30")
# Purchases seldom fall on one day, which the model knows nothing of.
TRUTH = BetaGeoModel.with_params(r=0.6, alpha=12.0, a=0.8, b=2.4)


@cache
def cdnow() -> pd.DataFrame:
    """Return the purchases of the CDNOW sample."""
    names = ["master_id", "contact_id", "day", "cds", "amount"]
    frame = pd.read_csv(DATA / "CDNOW_sample.txt", sep=r"\s+", header=None, names=names, dtype=str)
    return frame.assign(
        occurred_at=pd.to_datetime(frame["day"], format="%Y%m%d"), amount=frame["amount"].astype(float), kind="purchase"
    )


def simulated(
    customers: int = 1500, *, seed: int = 0, model: BetaGeoModel = TRUTH, weeks: int = 78, spend: bool = True
) -> pd.DataFrame:
    """Return purchases of customers who follow a model from their first day on."""
    chance = np.random.default_rng(seed)
    first = chance.integers(0, 26 * 7, customers) / 7
    made = model.simulate(customers, weeks - first, random_state=chance).to_pandas()
    who = np.repeat(np.arange(customers), made["frequency"])
    at = chance.uniform(size=len(who)) * made["recency"].to_numpy()[who]
    at[np.cumsum(made["frequency"])[made["frequency"] > 0] - 1] = made["recency"][made["frequency"] > 0]
    every = np.concatenate([np.arange(customers), who])
    day = np.floor(np.concatenate([first, first[who] + at]) * 7)
    mean = chance.gamma(4.0, 10.0, customers)
    return pd.DataFrame(
        {
            "contact_id": every.astype(str),
            "kind": "purchase",
            "occurred_at": pd.Timestamp("1997-01-01") + pd.to_timedelta(day, unit="D"),
            "amount": chance.gamma(6.0, mean[every] / 6.0) if spend else np.nan,
        }
    )


@cache
def well_behaved() -> Tracking:
    return track_purchases(simulated(), as_of=LAST_DAY, holdout="39 weeks")


@cdnow_there
def test_published_figures_of_cdnow() -> None:
    tracking = track_purchases(cdnow(), as_of=LAST_DAY, holdout="39 weeks")
    assert tracking.calibration_end.isoformat() == "1997-09-30"
    assert tracking.holdout.actual == 1882
    assert tracking.model.log_likelihood_ == pytest.approx(-9582.43, abs=5e-3)
    parts = tracking.weeks.groupby("part")["actual"].sum()
    assert parts.to_dict() == {"calibration": 2457, "holdout": 1882}
    assert len(tracking.weeks) == 78
    assert tracking.quarters["actual"].sum() == 1882
    assert tracking.classes["customers"].tolist()[0] == 2357 - 946
    assert "39 weeks held out: 1,882 repeat purchases made, 1,653 expected (-12.1%" in repr(tracking)


@cdnow_there
def test_the_sum_of_expectations_is_that_of_each_customer_and_of_the_cohorts() -> None:
    tracking = track_purchases(cdnow(), as_of=LAST_DAY, holdout="39 weeks")
    each = tracking.model.predict_purchases(39.0, tracking.summary)
    assert tracking.holdout.expected == pytest.approx(each.sum())
    assert tracking.quarters["expected"].sum() == pytest.approx(each.sum())
    assert tracking.classes["expected"] @ tracking.classes["customers"] == pytest.approx(each.sum())
    ages = tracking.summary["age"].to_numpy()
    course = tracking.weeks.set_index(tracking.weeks["week_end"].astype(str))["cumulative_expected"]
    assert course["1997-09-30"] == pytest.approx(tracking.model.expected_purchases(ages).sum())
    assert course["1998-06-30"] == pytest.approx(tracking.model.expected_purchases(ages + 39).sum())


@cdnow_there
def test_verdict_on_cdnow_in_words() -> None:
    verdict = judge_lifetime(track_purchases(cdnow(), as_of=LAST_DAY, holdout="39 weeks"))
    assert verdict.adequate
    assert verdict.spend_adequate
    assert verdict.reason == verdict.spend_reason == ""
    assert verdict.finding.startswith(
        "Adequate: in the 39 weeks held out 1,882 repeat purchases were made and 1,653 expected (12% fewer)"
    )
    correlation = next(aspect for aspect in verdict.aspects if aspect.name == "spend apart from frequency").figures
    assert correlation["correlation"] == pytest.approx(0.114, abs=5e-4)
    assert correlation["low"] < correlation["correlation"] < correlation["high"] < 0.3


@pytest.mark.slow
@cdnow_there
def test_choice_for_cdnow_says_why() -> None:
    choice = choose_purchase_model(cdnow(), as_of=LAST_DAY, holdout="39 weeks")
    assert choice.chosen == "BG/NBD"
    assert "as likely as MBG/NBD, and nearer to the holdout; more likely than Pareto/NBD" in choice.reason
    published = {"BG/NBD": -9582.43, "MBG/NBD": -9582.13, "Pareto/NBD": -9594.98}
    found = choice.table.set_index("model")["log_likelihood"].to_dict()
    assert found == pytest.approx(published, abs=6e-3)
    assert choice.table["chosen"].tolist() == [True, False, False]


def test_a_true_model_is_adequate() -> None:
    verdict = judge_lifetime(well_behaved())
    assert verdict.adequate
    assert verdict.spend_adequate
    assert {aspect.outcome for aspect in verdict.aspects} == {"passed"}


@pytest.mark.slow
def test_ranges_are_as_wide_as_repeated_worlds_differ() -> None:
    scores, weeks, classes = [], [], []
    for seed in range(10):
        tracking = track_purchases(simulated(800, seed=seed, spend=False), as_of=LAST_DAY, holdout="39 weeks")
        held = tracking.holdout
        if not tracking.model.converged_:
            continue
        scores.append((held.actual - held.expected) / (held.high - held.expected) * 1.96)
        later = tracking.weeks[tracking.weeks["part"] == "holdout"]
        weeks.append(later["actual"].between(later["low"], later["high"]).mean())
        classes.append(tracking.classes["actual"].between(tracking.classes["low"], tracking.classes["high"]).mean())
    assert len(scores) >= 7
    assert 0.5 <= np.std(scores) <= 1.6
    assert abs(np.mean(scores)) < 0.8
    assert 0.88 <= np.mean(weeks) <= 1.0
    assert 0.85 <= np.mean(classes) <= 1.0


def test_customers_who_all_leave_make_a_model_inadequate() -> None:
    rows = simulated()
    gone = rows[rows["occurred_at"] < pd.Timestamp("1997-11-15")]
    verdict = judge_lifetime(track_purchases(gone, as_of=LAST_DAY, holdout="39 weeks"))
    assert not verdict.adequate
    assert not verdict.spend_adequate
    assert "more than chance" in verdict.reason
    assert verdict.finding.startswith("Not adequate: in the 39 weeks held out")
    assert verdict.spend_reason == verdict.reason


def test_a_season_is_found_by_quarter_though_the_total_is_right() -> None:
    tracking = well_behaved()
    quarters = tracking.quarters.assign(actual=tracking.quarters["expected"] * [0.3, 1.7, 1.0])
    found = judge_lifetime(replace(tracking, quarters=quarters))
    assert not found.adequate
    assert "the quarter that is furthest off, number 1 of 3" in found.reason


def test_classes_are_looked_at_though_the_total_is_right() -> None:
    tracking = well_behaved()
    classes = tracking.classes.copy()
    swapped = classes["expected"].to_numpy() * np.where(np.arange(len(classes)) < 3, 2.0, 0.6)
    verdict = judge_lifetime(replace(tracking, classes=classes.assign(actual=swapped)))
    assert not verdict.adequate
    assert "by past frequency, forecasts are off by" in verdict.reason


def test_too_few_repeat_buyers_are_said_to_be_too_few() -> None:
    verdict = judge_lifetime(track_purchases(simulated(80, seed=3), as_of=LAST_DAY, holdout="39 weeks"))
    assert not verdict.adequate
    assert "at least 50 are needed to tell how customers differ" in verdict.reason


def test_small_differences_are_no_fault_and_noise_is_none() -> None:
    assert weigh(Expectation(100_000, 95_000, 94_500, 95_500), "words", 0.2)[0] == "passed"
    assert weigh(Expectation(100, 140, 90, 190), "words", 0.2)[0] == "passed"
    assert weigh(Expectation(100, 140, 110, 170), "words", 0.2)[0] == "failed"
    assert weigh(Expectation(5, 4, 0, 9), "words", 0.2)[0] == "cannot tell"
    assert weigh(Expectation(5, 4, np.nan, np.nan), "words", 0.2)[0] == "cannot tell"
    assert weigh(Expectation(0, 0, 0, 0), "words", 0.2)[0] == "cannot tell"
    assert weigh(Expectation(0, 400, 350, 450), "words", 0.2)[0] == "failed"


def test_a_fit_that_ran_to_the_edge_is_refused_with_its_reason() -> None:
    tracking = well_behaved()
    model = BetaGeoModel().fit(tracking.summary)
    model.converged_ = False
    model.convergence_ = Convergence(False, "`a` ran to the edge.", 0.0, 0.0, 3, 3, 10, ("a",))
    verdict = judge_lifetime(tracking, model=model)
    assert not verdict.adequate
    assert verdict.reason == "the fit of the purchase model did not converge: `a` ran to the edge"


def test_customers_who_never_leave_are_said_to_tell_nothing_of_leaving() -> None:
    tracking = well_behaved()
    loyal = BetaGeoModel().fit(tracking.summary)
    loyal.params_ = loyal.params_ | {"a": 1e-4}
    loyal.converged_ = False
    aspect = next(a for a in judge_lifetime(tracking, model=loyal).aspects if a.name == "differences between customers")
    assert "no customer seems to have left" in aspect.finding
    assert aspect.stands


@cache
def hardly_held() -> BetaGeoModel:
    """Return a fit that holds how many leave after a purchase, and hardly how much customers differ in that."""
    alike = BetaGeoModel.with_params(r=0.7, alpha=12.0, a=20.0, b=80.0)
    for seed in range(20):
        ages = np.random.default_rng(seed).uniform(30, 60, 800)
        model = BetaGeoModel().fit(alike.simulate(800, ages, random_state=seed))
        if model.converged_ and model.standard_errors_["a"] / model.params_["a"] > 2:
            return model
    raise AssertionError("no seed gave such a fit")


def test_parameters_that_are_hardly_held_are_drawn_by_their_likelihood() -> None:
    model = hardly_held()
    drawn = draw_plausible(model, 60, random_state=0)
    leaving = drawn[:, 2] / (drawn[:, 2] + drawn[:, 3])
    fitted = model.params_["a"] / (model.params_["a"] + model.params_["b"])
    assert np.quantile(leaving, [0.05, 0.95]) == pytest.approx([fitted, fitted], rel=0.6)
    heights = [_log_likelihood(model, row) for row in drawn]
    assert min(heights) > model.log_likelihood_ - 15
    assert _log_likelihood(model, model.parameter_values()) == pytest.approx(model.log_likelihood_)


def test_a_model_that_does_not_know_who_is_alive_shows_nothing() -> None:
    tracking = well_behaved()
    unsure = BetaGeoModel().fit(tracking.summary)
    unsure.covariance_ = unsure.covariance_ * 400
    unsure.standard_errors_ = {key: value * 0.1 for key, value in unsure.params_.items()}
    verdict = judge_lifetime(tracking, model=unsure)
    assert not verdict.adequate
    assert "models that fit about as well differ by" in verdict.reason


def test_customers_who_do_not_differ_in_how_often_they_buy_are_said_not_to() -> None:
    tracking = well_behaved()
    alike = BetaGeoModel().fit(tracking.summary)
    alike.params_ = alike.params_ | {"r": 5_000.0, "alpha": 100_000.0}
    aspect = next(a for a in judge_lifetime(tracking, model=alike).aspects if a.name == "differences between customers")
    assert "customers do not seem to differ in how often they buy" in aspect.finding


def test_spend_that_goes_with_frequency_rules_gamma_gamma_out_and_nothing_else() -> None:
    rows = simulated()
    often = rows["contact_id"].map(rows["contact_id"].value_counts())
    verdict = judge_lifetime(
        track_purchases(rows.assign(amount=rows["amount"] * often**1.5), as_of=LAST_DAY, holdout="39 weeks")
    )
    assert verdict.adequate
    assert not verdict.spend_adequate
    assert "frequent buyers spend more at a time, which Gamma-Gamma rules out" in verdict.spend_reason
    assert "Spend is another matter" in verdict.finding


def test_purchases_without_amounts_have_no_value() -> None:
    verdict = judge_lifetime(track_purchases(simulated(spend=False), as_of=LAST_DAY, holdout="39 weeks"))
    assert verdict.adequate
    assert not verdict.spend_adequate
    assert "repeat purchases of a mean spend above 0" in verdict.spend_reason


def test_verdict_prints_every_aspect() -> None:
    text = repr(judge_lifetime(well_behaved(), spend_model=GammaGammaModel().fit(well_behaved().summary)))
    assert text.count("\n") == 9
    assert "passed      repeat buyers:" in text


def test_correlation_and_its_interval() -> None:
    chance = np.random.default_rng(0)
    inside = 0
    for _ in range(200):
        one = chance.gamma(0.5, size=400)
        other = np.exp(0.3 * one + chance.normal(size=400))
        _, low, high = correlate(one, other)
        inside += low <= 0.24 <= high
    assert inside >= 150
    normal = np.mean([_covers(chance) for _ in range(300)])
    assert 0.91 <= normal <= 0.99
    assert np.isnan(correlate(np.ones(10), np.arange(10.0))).all()


def _covers(chance: np.random.Generator) -> bool:
    one = chance.normal(size=300)
    _, low, high = correlate(one, 0.5 * one + np.sqrt(0.75) * chance.normal(size=300))
    return low <= 0.5 <= high


def test_made_up_customers_have_the_histories_of_the_model() -> None:
    population = simulate_population(TRUTH, np.full(10, 40.0), 39.0, random_state=1)
    summary = population.summarise()
    assert summary["frequency"].mean() == pytest.approx(float(TRUTH.expected_purchases(40.0)), rel=0.05)
    [before, later] = population.per_span(np.array([0.0, 39.0]))
    assert (before == summary["frequency"]).all()
    expected = TRUTH.predict_purchases(39.0, summary)
    assert later.mean() == pytest.approx(expected.mean(), rel=0.06)
    never = summary["frequency"] == 0
    assert later[never].mean() == pytest.approx(expected[never].mean(), rel=0.15)
    assert (summary["recency"] <= summary["age"]).all()
    assert (summary.loc[never, "recency"] == 0).all()


def test_models_drawn_lie_around_the_fit() -> None:
    fitted = well_behaved().model
    drawn = np.array([np.log(list(model.params_.values())) for model in draw_models(fitted, random_state=0)])
    assert drawn.mean(axis=0) == pytest.approx(np.log(list(fitted.params_.values())), abs=0.5)
    assert drawn.std(axis=0) == pytest.approx(np.sqrt(np.diag(fitted.covariance_)), rel=0.3)


def test_small_classes_are_put_together() -> None:
    place, names = _classes_of(np.array([0] * 30 + [1] * 25 + [2] * 12 + [9] * 9, dtype=float))
    assert names == ["0", "1", "2+"]
    assert np.bincount(place).tolist() == [30, 25, 21]
    assert _classes_of(np.array([0.0, 1.0]))[1] == ["0", "1+"]


def test_weeks_are_counted_from_the_boundary_and_the_last_may_be_short() -> None:
    rows = simulated(400, spend=False)
    tracking = track_purchases(rows, as_of=LAST_DAY, holdout="100 days")
    held = tracking.weeks[tracking.weeks["part"] == "holdout"]
    assert held["days"].tolist() == [7] * 14 + [2]
    assert tracking.span == "100 days"
    assert len(tracking.quarters) == 1
    assert tracking.quarters["actual"].sum() == held["actual"].sum() == tracking.holdout.actual
    assert tracking.weeks["cumulative_actual"].is_monotonic_increasing
    assert tracking.weeks["cumulative_expected"].is_monotonic_increasing


def test_days_and_weeks_as_units_say_the_same() -> None:
    rows = simulated(400, spend=False)
    weeks, days = (track_purchases(rows, as_of=LAST_DAY, holdout="26 weeks", unit=unit) for unit in ("weeks", "days"))
    assert days.holdout.expected == pytest.approx(weeks.holdout.expected, rel=1e-3)
    assert days.weeks["expected"].to_numpy() == pytest.approx(weeks.weeks["expected"].to_numpy(), rel=1e-2)


def test_what_happens_after_the_day_changes_nothing() -> None:
    rows = simulated(400, spend=False)
    early = AsOf.of("1998-03-31")
    full = track_purchases(rows, as_of=early, holdout="13 weeks")
    cut = track_purchases(rows[rows["occurred_at"] < pd.Timestamp("1998-04-01")], as_of=early, holdout="13 weeks")
    assert full.holdout == cut.holdout
    pd.testing.assert_frame_equal(full.weeks, cut.weeks)


def test_the_model_given_is_left_as_it_is() -> None:
    given = ModifiedBetaGeoModel()
    tracking = track_purchases(simulated(400, spend=False), as_of=LAST_DAY, holdout="39 weeks", model=given)
    assert isinstance(tracking.model, ModifiedBetaGeoModel)
    assert not hasattr(given, "params_")


def test_wrong_arguments_are_refused() -> None:
    rows = simulated(300)
    with pytest.raises(NoData, match="nobody had bought anything by"):
        track_purchases(rows, as_of=LAST_DAY, holdout="2 years")
    with pytest.raises(InvalidOption, match="a window must look like"):
        track_purchases(rows, as_of=LAST_DAY, holdout="half")
    with pytest.raises(InvalidOption, match="`tolerance` must be above 0"):
        judge_lifetime(well_behaved(), tolerance=0)
    with pytest.raises(InvalidOption, match="must be a BetaGeoModel as the one tracked, got a ModifiedBetaGeoModel"):
        judge_lifetime(well_behaved(), model=ModifiedBetaGeoModel())
    with pytest.raises(InvalidOption, match="must be of different kinds, one at least"):
        choose_purchase_model(rows, as_of=LAST_DAY, holdout="39 weeks", models=[])


def choice_table(*rows: tuple[str, float, float, bool]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["model", "log_likelihood", "error", "adequate"])
    return frame.assign(expected=100.0, converged=True)


def test_the_likelihood_decides_among_adequate_models_and_the_holdout_between_equals() -> None:
    tracking = well_behaved()
    assert _choose(choice_table(("A", -100, 0.1, True), ("B", -110, 0.0, True)), tracking)[0] == "A"
    assert _choose(choice_table(("A", -100, 0.1, True), ("B", -101, 0.0, True)), tracking)[0] == "B"
    chosen, reason = _choose(choice_table(("A", -100, 0.5, False), ("B", -110, 0.0, True)), tracking)
    assert chosen == "B"
    assert "A is not adequate" in reason
    chosen, reason = _choose(choice_table(("A", -100, 0.5, False), ("B", -100, 0.9, False)), tracking)
    assert chosen == "A"
    assert reason.startswith("No model is adequate; the nearest is A")
