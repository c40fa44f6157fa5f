"""Whether a purchase model describes these customers: enough of them, a fit that holds, forecasts that came true."""

import numpy as np

from segment_lib.features.lifetime.chance import DRAWS, Z, draw_plausible
from segment_lib.features.lifetime.purchase_model import PurchaseModel
from segment_lib.features.lifetime.tracking import Tracking
from segment_lib.features.lifetime.tracking_holdout import Expectation
from segment_lib.features.lifetime.verdict import WIDEST_CHANCE, Aspect, judge_fit, off, weigh

ENOUGH_REPEAT_BUYERS = 50
# A factor of seven to either side: the data do not say how large such a parameter is.
LOOSEST = 2.0
LARGEST = 100.0
EVERYBODY_ALIVE = 0.99
# Standard deviation of a probability: it may as well be a third more or a third less.
UNSURE = 0.15
LOOKED_AT = 1_000
RARE = 0.01
TOTAL = "holdout in total"


def judge_purchases(tracking: Tracking, model: PurchaseModel | None, tolerance: float) -> list[Aspect]:
    """Judge a purchase model, aspect by aspect.

    Parameters
    ----------
    tracking : of the model.
    model : the same kind, fitted to the whole history, if predictions come from it.
    tolerance : as in `judge_lifetime`.

    Returns
    -------
    list of Aspect
    """
    models = [tracking.model, *([model] if model is not None else [])]
    return [
        _judge_buyers(tracking),
        judge_fit(models, "fit of the purchase model"),
        _judge_differences(models[-1]),
        _judge_total(tracking, tolerance),
        _judge_course(tracking, tolerance),
        _judge_classes(tracking, tolerance),
    ]


def _judge_buyers(tracking: Tracking) -> Aspect:
    frequency = tracking.summary["frequency"].to_numpy()
    again = int((frequency > 0).sum())
    enough = again >= ENOUGH_REPEAT_BUYERS
    finding = f"{again:,} of {len(frequency):,} customers bought again before the holdout"
    if not enough:
        finding += f"; at least {ENOUGH_REPEAT_BUYERS} are needed to tell how customers differ"
    return Aspect(
        "repeat buyers",
        "passed" if enough else "failed",
        finding,
        {"customers": len(frequency), "repeat_buyers": again},
    )


def _judge_differences(model: PurchaseModel) -> Aspect:
    """Look for a model that has turned into a simpler one, or that does not know who is alive."""
    name = "differences between customers"
    alive = float(np.average(model.probability_alive()))
    loose = {key: model.standard_errors_[key] / value for key, value in model.params_.items()}
    unsure = _doubt_of_alive(model)
    figures = {"mean_p_alive": alive, "spread_of_p_alive": unsure, "loosest_log_error": max(loose.values())}
    if unsure > UNSURE:
        words = f"models that fit about as well differ by {unsure:.0%} in how probable it is that a customer is alive"
        return Aspect(name, "cannot tell", words, figures)
    shapes = {"r": "how often they buy", "s": "how long they stay"}
    said = [
        f"customers do not seem to differ in {shapes[key]}" for key in shapes if model.params_.get(key, 0.0) > LARGEST
    ]
    unheld = [f"`{key}`" for key, error in loose.items() if not error < LOOSEST]
    if alive > EVERYBODY_ALIVE:
        said.append("no customer seems to have left: the probability to be alive tells them apart by nothing")
    elif unheld:
        what = " and ".join(unheld)
        said.append(f"the data hardly say how large {what} {'is' if len(unheld) == 1 else 'are'}, and need not")
    if said:
        return Aspect(name, "cannot tell", "; ".join(said), figures, needed=False)
    return Aspect(
        name, "passed", f"the data hold all parameters; {alive:.0%} of customers are taken to be alive", figures
    )


def _doubt_of_alive(model: PurchaseModel) -> float:
    """Return by how much models that fit about as well differ in P(alive), for a customer on average."""
    if not model.converged_:
        return float("nan")
    histories = model.histories_
    share = histories.weight / histories.weight.sum()
    some = histories.take(np.random.default_rng(0).choice(len(histories), LOOKED_AT, p=share))
    drawn = draw_plausible(model, DRAWS, random_state=0)
    return float(np.mean(np.std([model.alive_at(params, some) for params in drawn], axis=0)))


def _judge_total(tracking: Tracking, tolerance: float) -> Aspect:
    held = tracking.holdout
    figures = {"actual": held.actual, "expected": held.expected, "low": held.low, "high": held.high}
    words = (
        f"in the {tracking.span} held out {held.actual:,.0f} repeat purchases were made and {held.expected:,.0f} "
        f"expected ({off(held)})"
    )
    return Aspect(TOTAL, *weigh(held, words, tolerance), figures | {"error": held.error})


def _judge_course(tracking: Tracking, tolerance: float) -> Aspect:
    """Compare quarters of the holdout, for predictions are made for a quarter ahead."""
    from scipy.stats import norm

    parts = []
    for row in tracking.quarters.to_dict("records"):
        # The worst of several is allowed to be further off than one alone.
        reach = (row["high"] - row["expected"]) / Z * float(norm.ppf(1 - 0.025 / len(tracking.quarters)))
        low = row["expected"] - reach
        parts.append(
            Expectation(row["actual"], row["expected"], max(low, 0.0) if low == low else low, row["expected"] + reach)
        )
    worst = max(parts, key=lambda part: abs(part.error))
    place = parts.index(worst) + 1
    words = (
        f"the quarter that is furthest off, number {place} of {len(parts)}, had {worst.actual:,.0f} repeat purchases, "
        f"{worst.expected:,.0f} expected ({off(worst)})"
    )
    figures = {"quarter": place, "actual": worst.actual, "expected": worst.expected, "error": worst.error}
    return Aspect("holdout by quarter", *weigh(worst, words, 2 * tolerance), figures, needed=False)


def _judge_classes(tracking: Tracking, tolerance: float) -> Aspect:
    """Compare frequency classes: a total may be right while frequent buyers are missed and rare ones are overrated."""
    from scipy.stats import chi2

    name, classes = "holdout by frequency", tracking.classes[tracking.classes["customers"] > 0]
    size, actual, expected, high = (
        classes[column].to_numpy(float) for column in ("customers", "actual", "expected", "high")
    )
    gap = actual - expected
    statistic = float(np.sum((gap / (high - expected) * Z) ** 2))
    p_value = float(chi2.sf(statistic, len(classes)))
    made = float(size @ actual)
    share = float(size @ np.abs(gap)) / made if made else np.inf
    worst = int(np.argmax(size * np.abs(gap)))
    figures = {"share_misplaced": share, "chi_square": statistic, "p_value": p_value}
    words = (
        f"by past frequency, forecasts are off by {share:.0%} of purchases in sum, most for "
        f"{_who(str(classes['frequency_class'].iloc[worst]))}: {actual[worst]:.2f} made each, "
        f"{expected[worst]:.2f} expected"
    )
    if not (tracking.holdout.chance <= WIDEST_CHANCE and np.isfinite(p_value) and np.isfinite(share)):
        return Aspect(name, "cannot tell", f"{words}; chance is too large to tell", figures, needed=False)
    if share > 1.5 * tolerance and p_value < RARE:
        return Aspect(name, "failed", words, figures, needed=False)
    return Aspect(name, "passed", words, figures, needed=False)


def _who(frequency_class: str) -> str:
    """Say who the customers of a class are."""
    if frequency_class in ("0", "1"):
        return ("those who had never bought again", "those who had bought again once")[int(frequency_class)]
    more = " or more" if frequency_class.endswith("+") else ""
    return f"those who had bought again {frequency_class.rstrip('+')} times{more}"
