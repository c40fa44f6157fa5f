"""Lifetime value of a workspace's customers: fitted, judged, kept for a while, and predicted for a day."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

import pyarrow as pa

from segment_lib.asof import AsOf
from segment_lib.definitions import definition_hash
from segment_lib.engine import run_sql
from segment_lib.errors import NoData
from segment_lib.features.predicted import LIFETIME_COLUMNS
from segment_lib.segments.definitions import LifetimeDefinition
from segment_lib.segments.models import load_model, save_model
from segment_lib.vocabulary import ARROW_TYPES
from segment_lib.workspace import Workspace

if TYPE_CHECKING:
    # SciPy and scikit-learn are slow to import, and most who import this package fit nothing.
    from segment_lib.features.lifetime.adequacy import ModelChoice
    from segment_lib.features.lifetime.gamma_gamma import GammaGammaModel
    from segment_lib.features.lifetime.purchase_model import PurchaseModel
    from segment_lib.features.lifetime.tracking import Tracking
    from segment_lib.features.lifetime.verdict import LifetimeVerdict

Unit = Literal["weeks", "days"]
LONGEST_HOLDOUT_WEEKS = 52


@dataclass(frozen=True)
class LifetimeFit:
    """What predictions come from, as it is stored.

    `reason` says why nothing is predicted, `spend_reason` why no money is; both are empty where predictions stand.
    """

    fitted_on: date
    unit: Unit
    finding: str
    reason: str = ""
    spend_reason: str = ""
    purchases: "PurchaseModel | None" = None
    spend: "GammaGammaModel | None" = None

    def to_json(self) -> str:
        """Return the text that is stored."""
        words = {"unit": self.unit, "finding": self.finding, "reason": self.reason, "spend_reason": self.spend_reason}
        models = {"purchases": self.purchases, "spend": self.spend}
        texts = {name: json.loads(model.to_json()) if model else None for name, model in models.items()}
        return json.dumps({"fitted_on": self.fitted_on.isoformat(), **words, **texts})

    @classmethod
    def from_json(cls, text: str) -> "LifetimeFit":
        """Return what was stored."""
        from segment_lib.features.lifetime.gamma_gamma import GammaGammaModel

        stored = json.loads(text)
        kinds = {model.__name__: model for model in _models().values()}
        purchases, spend = stored.pop("purchases"), stored.pop("spend")
        return cls(
            **stored | {"fitted_on": date.fromisoformat(stored["fitted_on"])},
            purchases=kinds[purchases["model"]].from_json(json.dumps(purchases)) if purchases else None,
            spend=GammaGammaModel.from_json(json.dumps(spend)) if spend else None,
        )


@dataclass(frozen=True)
class LifetimeStudy:
    """A fit with the evidence for and against it; without purchases enough there is only the reason in the fit."""

    fit: LifetimeFit
    summary: pa.Table
    choice: "ModelChoice | None" = None
    verdict: "LifetimeVerdict | None" = None

    @property
    def tracking(self) -> "Tracking | None":
        """How the chosen model did in the part of the history that it was not shown."""
        return self.choice.trackings[self.choice.chosen] if self.choice else None


def study_lifetime(workspace: Workspace, *, as_of: AsOf, definition: LifetimeDefinition | None = None) -> LifetimeStudy:
    """Fit models of lifetime value to a workspace's purchases, and judge them by a part that they are not shown.

    Parameters
    ----------
    workspace : whose purchases.
    as_of : the day seen from.
    definition : which model and how it is judged; the defaults where not given.

    Returns
    -------
    LifetimeStudy

    Notes
    -----
    Where no holdout is given it is the last third of the history in whole weeks, a year at most.
    """
    from segment_lib.features.lifetime.adequacy import choose_purchase_model, judge_lifetime
    from segment_lib.features.lifetime.gamma_gamma import GammaGammaModel
    from segment_lib.features.lifetime.purchases import summarise_purchases

    wanted = definition or LifetimeDefinition()
    interactions, options = workspace.table("interactions"), workspace.engine_options
    summary = summarise_purchases(interactions, as_of=as_of, unit=wanted.unit, options=options)
    try:
        choice = choose_purchase_model(
            interactions,
            as_of=as_of,
            holdout=wanted.holdout or _third_of(summary, wanted.unit),
            models=None if wanted.model == "choose" else [_models()[wanted.model]()],
            unit=wanted.unit,
            tolerance=wanted.tolerance,
            options=options,
        )
        purchases = type(choice.trackings[choice.chosen].model)().fit(summary)
    except NoData as error:
        return LifetimeStudy(LifetimeFit(as_of.day, wanted.unit, str(error), reason=str(error)), summary)
    try:
        spend = GammaGammaModel().fit(summary)
    except NoData:
        spend = None
    tracking = choice.trackings[choice.chosen]
    verdict = judge_lifetime(tracking, model=purchases, spend_model=spend, tolerance=wanted.tolerance)
    fit = LifetimeFit(as_of.day, wanted.unit, verdict.finding, verdict.reason, verdict.spend_reason, purchases, spend)
    return LifetimeStudy(fit, summary, choice, verdict)


def predict_for(
    workspace: Workspace, fit: LifetimeFit, *, as_of: AsOf, quantiles: Mapping[str, tuple[str, float]] | None = None
) -> pa.Table:
    """Predict lifetime value for everybody who had bought by a day.

    Parameters
    ----------
    workspace : whose purchases.
    fit : from `study_lifetime`; fitted to no later day than `as_of` unless the past is looked at with today's model.
    as_of : the day seen from.
    quantiles : column name to prediction and quantile, for `probably` in rules.

    Returns
    -------
    pyarrow.Table
        `contact_id` and `LIFETIME_COLUMNS`, then a column for each quantile; null where `lifetime_status` says why.
    """
    from segment_lib.features.lifetime.predictions import predict_lifetime
    from segment_lib.features.lifetime.purchases import summarise_purchases

    extra = dict(quantiles or {})
    summary = summarise_purchases(
        workspace.table("interactions"), as_of=as_of, unit=fit.unit, options=workspace.engine_options
    )
    if fit.purchases is None:
        columns = [(column.name, ARROW_TYPES[column.type]) for column in LIFETIME_COLUMNS]
        columns += [(name, pa.float64()) for name in extra]
        empty = {name: pa.nulls(summary.num_rows, type) for name, type in columns}
        empty["lifetime_status"] = pa.repeat(pa.scalar(fit.reason), summary.num_rows)
        return pa.table({"contact_id": summary["contact_id"], **empty})
    spend = None if fit.spend_reason else fit.spend
    found = predict_lifetime(summary, fit.purchases, spend, unit=fit.unit, extra=extra, withheld=fit.reason)  # type: ignore[arg-type]
    if fit.spend_reason and not fit.reason:
        place = found.column_names.index("lifetime_status")
        words = pa.repeat(pa.scalar(f"no value in money: {fit.spend_reason}"), found.num_rows)
        found = found.set_column(place, "lifetime_status", words)
    return found


def load_lifetime(workspace: Workspace, definition: LifetimeDefinition, as_of: AsOf) -> LifetimeFit | None:
    """Return the stored fit that is in use on a day: none that is older than `refit_days`, or that lacked purchases."""
    text = load_model(workspace, "lifetime", definition_hash(definition), as_of.day)
    fit = LifetimeFit.from_json(text) if text else None
    usable = fit is not None and fit.purchases is not None
    return fit if fit and usable and (as_of.day - fit.fitted_on).days <= definition.refit_days else None


def current_lifetime(workspace: Workspace, definition: LifetimeDefinition | None, as_of: AsOf) -> LifetimeFit:
    """Return the stored fit that is in use on a day, or fit one."""
    wanted = definition or LifetimeDefinition()
    return load_lifetime(workspace, wanted, as_of) or study_lifetime(workspace, as_of=as_of, definition=wanted).fit


def save_lifetime(workspace: Workspace, definition: LifetimeDefinition, fit: LifetimeFit) -> None:
    """Store a fit under the day that it was fitted on."""
    save_model(workspace, "lifetime", definition_hash(definition), fit.fitted_on, fit.to_json())


def _models() -> "dict[str, type[PurchaseModel]]":
    from segment_lib.features.lifetime.bgnbd import BetaGeoModel
    from segment_lib.features.lifetime.mbgnbd import ModifiedBetaGeoModel
    from segment_lib.features.lifetime.paretonbd import ParetoNBDModel

    return {"BG/NBD": BetaGeoModel, "MBG/NBD": ModifiedBetaGeoModel, "Pareto/NBD": ParetoNBDModel}


def _third_of(summary: pa.Table, unit: Unit) -> str:
    longest = run_sql("select max(age) as age from summary", {"summary": summary})["age"][0].as_py() or 0.0
    weeks = int(longest * (1 / 7 if unit == "days" else 1) / 3)
    return f"{min(max(weeks, 1), LONGEST_HOLDOUT_WEEKS)} weeks"
