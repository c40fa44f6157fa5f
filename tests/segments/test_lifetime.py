"""Lifetime value in a workspace: fitted, judged, kept, predicted, asked for in rules, withheld where not adequate."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from segment_lib import Models, Segmentation, Workspace, save_segmentation, segment_contacts
from segment_lib.engine import run_sql
from segment_lib.features.predicted import LIFETIME_COLUMNS
from segment_lib.segments import LifetimeFit, LifetimeStudy, predict_for, study_lifetime
from segment_lib.segments.definitions import LifetimeDefinition
from segment_lib.segments.lifetime import load_lifetime, save_lifetime

MakeWorkspace = Callable[..., Workspace]
DAY = "2026-10-31"
NAMES = [column.name for column in LIFETIME_COLUMNS]


@pytest.fixture(scope="module")
def study(sample_shop: Workspace) -> LifetimeStudy:
    return study_lifetime(sample_shop, as_of=sample_shop.as_of(DAY), definition=LifetimeDefinition(model="MBG/NBD"))


def test_fit_is_stored_without_loss(study: LifetimeStudy) -> None:
    again = LifetimeFit.from_json(study.fit.to_json())
    assert again.to_json() == study.fit.to_json()
    assert again.purchases is not None
    assert study.fit.purchases is not None
    assert again.purchases.params_ == study.fit.purchases.params_
    assert (again.fitted_on, again.unit, again.finding) == (study.fit.fitted_on, "weeks", study.fit.finding)


def test_study_shows_the_part_that_was_held_out(study: LifetimeStudy) -> None:
    assert study.tracking is not None
    assert study.verdict is not None
    # Two years and ten months: a third of them in whole weeks.
    assert study.tracking.span == "49 weeks"
    assert study.tracking.holdout.actual > 1000
    assert study.fit.reason == study.verdict.reason


def test_every_customer_has_predictions_or_a_reason(sample_shop: Workspace, study: LifetimeStudy) -> None:
    quantiles = {"p_alive_q900": ("p_alive", 0.9)}
    fit = replace(study.fit, reason="")
    predicted = predict_for(sample_shop, fit, as_of=sample_shop.as_of(DAY), quantiles=quantiles).to_pandas()
    assert set(predicted) == {"contact_id", *NAMES, "p_alive_q900"}
    assert len(predicted) == study.summary.num_rows
    assert (predicted["p_alive_low"] <= predicted["p_alive_q900"]).all()
    assert predicted["p_alive"].between(0, 1).all()
    withheld = predict_for(
        sample_shop, replace(study.fit, reason="it is not adequate"), as_of=sample_shop.as_of(DAY), quantiles=quantiles
    )
    assert set(withheld["lifetime_status"].to_pylist()) == {"it is not adequate"}
    assert all(withheld[name].null_count == withheld.num_rows for name in [*NAMES[:-1], "p_alive_q900"])


def test_where_spend_does_not_stand_only_money_is_withheld(sample_shop: Workspace, study: LifetimeStudy) -> None:
    fit = replace(study.fit, reason="", spend_reason="spend goes with frequency")
    predicted = predict_for(sample_shop, fit, as_of=sample_shop.as_of(DAY))
    assert predicted["p_alive"].null_count == 0
    assert predicted["expected_value_12m"].null_count == predicted.num_rows
    assert predicted["lifetime_status"][0].as_py() == "no value in money: spend goes with frequency"


def test_rules_ask_for_predictions_and_earlier_days_use_the_model_given(
    sample_shop: Workspace, study: LifetimeStudy
) -> None:
    fit = replace(study.fit, reason="")
    target = "p_alive < 0.4 and not probably(p_alive < 0.4, 0.99)"
    now: Segmentation = segment_contacts(sample_shop, as_of=sample_shop.as_of(DAY), target=target, lifetime=fit)
    assert now.models.lifetime == fit
    inside = run_sql(
        "select count(*) as n, min(p_alive) as low, max(p_alive) as high from f where in_target", {"f": now.features}
    ).to_pylist()[0]
    assert inside["high"] < 0.4
    assert inside["n"] > 0
    before = sample_shop.as_of(DAY).back(90)
    past = segment_contacts(sample_shop, as_of=before, models=now.models, target=target, whole_catalogue=False)
    assert past.models.lifetime == fit
    never = run_sql("select count(*) as n from f where purchases = 0 and in_target is not null", {"f": now.features})
    assert never["n"][0].as_py() == 0


def test_too_few_purchases_give_a_reason_and_no_number(tiny_workspace: MakeWorkspace) -> None:
    once = {"contact_id": "ana", "kind": "purchase", "occurred_at": "2026-10-01T12:00:00+00:00", "amount": 5.0}
    views = {"smart_views": [{"name": "Here", "rule": "p_alive > 0.5"}], "rfm": None, "clusters": None}
    workspace = tiny_workspace(contacts=["ana", "ben"], interactions=[once], segments=views)
    found = segment_contacts(workspace, as_of=workspace.as_of(DAY), models=Models())
    assert found.counts.to_dict("records") == [{"segment": "Here", "members": 0, "outside": 0, "unknown": 2}]
    assert found.models.lifetime is not None
    assert found.models.lifetime.purchases is None
    [ana, ben] = found.features.to_pylist()
    assert ana["lifetime_status"] == found.models.lifetime.reason != ""
    assert ben["lifetime_status"] is None


def test_fit_is_used_for_a_while_and_never_before_its_day(tiny_workspace: MakeWorkspace, study: LifetimeStudy) -> None:
    workspace, definition = tiny_workspace(contacts=["ana"]), LifetimeDefinition(refit_days=30)
    save_lifetime(workspace, definition, study.fit)
    for day, kept in (("2026-10-30", False), (DAY, True), ("2026-11-30", True), ("2026-12-01", False)):
        found = load_lifetime(workspace, definition, workspace.as_of(day))
        assert (found is not None) == kept, day
    assert load_lifetime(workspace, LifetimeDefinition(model="BG/NBD"), workspace.as_of(DAY)) is None


def test_run_that_is_saved_is_the_model_of_the_next(tiny_workspace: MakeWorkspace, study: LifetimeStudy) -> None:
    once = {"contact_id": "ana", "kind": "purchase", "occurred_at": "2026-10-01T12:00:00+00:00", "amount": 5.0}
    views = {"smart_views": [], "rfm": None, "clusters": None, "lifetime": {"model": "BG/NBD"}}
    workspace = tiny_workspace(contacts=["ana"], interactions=[once], segments=views)
    found = segment_contacts(workspace, as_of=workspace.as_of(DAY), lifetime=study.fit)
    save_segmentation(workspace, found)
    later = segment_contacts(workspace, as_of=workspace.as_of("2026-11-05"))
    assert later.models.lifetime is not None
    assert later.models.lifetime.to_json() == study.fit.to_json()
