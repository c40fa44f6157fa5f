"""Is a lifetime model adequate? A verdict in words, aspect by aspect, so that no number stands where none should."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from segment_lib.asof import AsOf
from segment_lib.engine import EngineOptions, Table
from segment_lib.errors import InvalidOption
from segment_lib.features.lifetime.adequacy_purchases import TOTAL, judge_purchases
from segment_lib.features.lifetime.adequacy_spend import judge_spend
from segment_lib.features.lifetime.bgnbd import BetaGeoModel
from segment_lib.features.lifetime.gamma_gamma import GammaGammaModel
from segment_lib.features.lifetime.mbgnbd import ModifiedBetaGeoModel
from segment_lib.features.lifetime.paretonbd import ParetoNBDModel
from segment_lib.features.lifetime.purchase_model import PurchaseModel
from segment_lib.features.lifetime.purchases import Unit
from segment_lib.features.lifetime.tracking import Tracking, track_purchases
from segment_lib.features.lifetime.verdict import Aspect, LifetimeVerdict

# Log-likelihoods nearer than this do not tell models apart.
LEAD = 2.0
NAMES = {"BetaGeoModel": "BG/NBD", "ModifiedBetaGeoModel": "MBG/NBD", "ParetoNBDModel": "Pareto/NBD"}


def judge_lifetime(
    tracking: Tracking,
    *,
    model: PurchaseModel | None = None,
    spend_model: GammaGammaModel | None = None,
    tolerance: float = 0.2,
) -> LifetimeVerdict:
    """Judge whether a purchase model, and Gamma-Gamma for spend, describe these customers well enough.

    Parameters
    ----------
    tracking : from `track_purchases`.
    model : the model of the same kind that predictions come from, fitted to the whole history.
    spend_model : the spend model that predictions come from.
    tolerance : by how much, as a share of what was bought, a forecast may be off in total; half as much again by
        frequency, twice as much in a quarter. One that is further off stands where chance may have made the difference.

    Returns
    -------
    LifetimeVerdict

    Raises
    ------
    InvalidOption
        `tolerance` is not above 0, or `model` is of another kind than the one tracked.

    Notes
    -----
    An aspect fails only where a difference is both larger than is tolerated and larger than chance would bring: so
    neither a small business is refused for noise, nor a large one for a difference that is sure and small.
    """
    if not tolerance > 0:
        raise InvalidOption(f"`tolerance` must be above 0, such as 0.2, got {tolerance}.")
    if model is not None and type(model) is not type(tracking.model):
        raise InvalidOption(
            f"`model` must be a {type(tracking.model).__name__} as the one tracked, got a {type(model).__name__}."
        )
    purchases = judge_purchases(tracking, model, tolerance)
    spend = judge_spend(tracking, spend_model, tolerance)
    reason = _reason(purchases)
    spend_reason = reason or _reason(spend)
    total = next(aspect for aspect in purchases if aspect.name == TOTAL)
    words = f"Adequate: {total.finding}." if not reason else f"Not adequate: {reason}."
    if spend_reason and not reason:
        words += f" Spend is another matter: {spend_reason}."
    return LifetimeVerdict(
        type(tracking.model).__name__, not reason, reason, not spend_reason, spend_reason, words, (*purchases, *spend)
    )


def _reason(aspects: list[Aspect]) -> str:
    """Return what stands against the numbers: failures before doubts, two at most."""
    against = [aspect for aspect in aspects if not aspect.stands]
    ordered = sorted(against, key=lambda aspect: aspect.outcome != "failed")
    return "; ".join(aspect.finding for aspect in ordered[:2])


@dataclass(frozen=True)
class ModelChoice:
    """Which purchase model to use, and why.

    Parameters
    ----------
    chosen : name of the model.
    reason : in words.
    table : model, log_likelihood, expected, error, share_misplaced, converged, adequate,
        reason (why not), chosen; the chosen one first.
    trackings, verdicts : of each model, by its name.
    """

    chosen: str
    reason: str
    table: pd.DataFrame
    trackings: dict[str, Tracking]
    verdicts: dict[str, LifetimeVerdict]

    def __repr__(self) -> str:
        return f"{self.reason}\n{self.table.to_string(index=False)}"


def choose_purchase_model(
    interactions: Table,
    *,
    as_of: AsOf,
    holdout: str,
    models: Sequence[PurchaseModel] | None = None,
    unit: Unit = "weeks",
    tolerance: float = 0.2,
    random_state: int = 0,
    options: EngineOptions | None = None,
) -> ModelChoice:
    """Try several purchase models on one history, and choose one.

    Parameters
    ----------
    interactions, as_of, holdout, unit, random_state, options : as in `track_purchases`.
    models : what to try; BG/NBD, MBG/NBD and Pareto/NBD where not given.
    tolerance : as in `judge_lifetime`.

    Returns
    -------
    ModelChoice

    Raises
    ------
    InvalidOption
        No model is given, or two of one kind.

    Notes
    -----
    The models have four parameters each, so their likelihoods compare directly. Adequate models come first; among them
    the likelihood decides; where logarithms are less than 2 apart, the holdout does.
    """
    tried = [BetaGeoModel(), ModifiedBetaGeoModel(), ParetoNBDModel()] if models is None else list(models)
    names = [NAMES.get(type(model).__name__, type(model).__name__) for model in tried]
    if not names or len(set(names)) < len(names):
        raise InvalidOption(f"`models` must be of different kinds, one at least, got {names}.")
    trackings = {
        name: track_purchases(
            interactions,
            as_of=as_of,
            holdout=holdout,
            model=model,
            unit=unit,
            random_state=random_state,
            options=options,
        )
        for name, model in zip(names, tried, strict=True)
    }
    verdicts = {name: judge_lifetime(tracking, tolerance=tolerance) for name, tracking in trackings.items()}
    rows = []
    for name, tracking in trackings.items():
        misplaced = next(a for a in verdicts[name].aspects if "share_misplaced" in a.figures).figures["share_misplaced"]
        rows.append(
            {
                "model": name,
                "log_likelihood": tracking.model.log_likelihood_,
                "expected": tracking.holdout.expected,
                "error": tracking.holdout.error,
                "share_misplaced": misplaced,
                "converged": tracking.model.converged_,
                "adequate": verdicts[name].adequate,
                "reason": verdicts[name].reason,
            }
        )
    table = pd.DataFrame(rows)
    chosen, reason = _choose(table, next(iter(trackings.values())))
    table["chosen"] = table["model"] == chosen
    return ModelChoice(
        chosen,
        reason,
        table.sort_values("chosen", ascending=False, kind="stable", ignore_index=True),
        trackings,
        verdicts,
    )


def _choose(table: pd.DataFrame, tracking: Tracking) -> tuple[str, str]:
    """Return the model to use, and why."""
    able = table[table["adequate"]] if table["adequate"].any() else table[table["converged"]]
    able = able if len(able) else table
    near = able[able["log_likelihood"] >= able["log_likelihood"].max() - LEAD]
    row = near.loc[near["error"].abs().idxmin()]
    said = (
        f"{row['model']}: in the {tracking.span} held out {tracking.holdout.actual:,.0f} repeat purchases were made, "
        f"{row['expected']:,.0f} expected"
    )
    if not table["adequate"].any():
        return str(row["model"]), f"No model is adequate; the nearest is {said}."
    others = [str(name) for name in table["model"] if name != row["model"]]
    refused = [str(name) for name in table.loc[~table["adequate"], "model"]]
    ties = [str(name) for name in near["model"] if name != row["model"]]
    beaten = [name for name in others if name not in refused and name not in ties]
    why = [
        f"as likely as {' and '.join(ties)}, and nearer to the holdout" if ties else "",
        f"more likely than {' and '.join(beaten)}" if beaten else "",
        f"{' and '.join(refused)} {'is' if len(refused) == 1 else 'are'} not adequate" if refused else "",
    ]
    return str(row["model"]), f"{said}; {'; '.join(part for part in why if part) or 'no other was tried'}."
