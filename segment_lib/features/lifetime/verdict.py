"""What a verdict on a lifetime model is made of, and how a forecast is weighed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from segment_lib.features.lifetime.fitted import FittedByLikelihood
from segment_lib.features.lifetime.tracking_holdout import Expectation

Outcome = Literal["passed", "failed", "cannot tell"]

# Where chance alone moves a total by more than half of it, a holdout judges nothing.
WIDEST_CHANCE = 0.5


@dataclass(frozen=True)
class Aspect:
    """One thing that was looked at.

    Parameters
    ----------
    name : what was looked at.
    outcome : passed, failed or cannot tell.
    finding : in words.
    figures : what it rests on.
    needed : whether predictions are withheld unless it is passed; otherwise only where it failed.
    """

    name: str
    outcome: Outcome
    finding: str
    figures: Mapping[str, float] = field(default_factory=dict)
    needed: bool = True

    @property
    def stands(self) -> bool:
        """Whether predictions may be shown as far as this goes."""
        return self.outcome == "passed" or (self.outcome == "cannot tell" and not self.needed)


@dataclass(frozen=True)
class LifetimeVerdict:
    """Whether the numbers of a lifetime model may be shown.

    Parameters
    ----------
    model : name of the purchase model.
    adequate : whether `p_alive` and expected purchases may be shown.
    reason : why not; empty where they may.
    spend_adequate : whether expected values in money may be shown; never where purchases may not.
    spend_reason : why not; empty where they may.
    finding : the verdict in a sentence or two.
    aspects : what was looked at.
    """

    model: str
    adequate: bool
    reason: str
    spend_adequate: bool
    spend_reason: str
    finding: str
    aspects: tuple[Aspect, ...]

    def __repr__(self) -> str:
        lines = [f"  {aspect.outcome:<12}{aspect.name}: {aspect.finding}" for aspect in self.aspects]
        return "\n".join([self.finding, *lines])


def judge_fit(models: Sequence[FittedByLikelihood], name: str) -> Aspect:
    """Judge whether fits can be relied on; the last is the one that predictions come from."""
    figures = {"log_likelihood": models[-1].log_likelihood_, "gradient_norm": models[-1].convergence_.gradient_norm}
    for one in models:
        if not one.converged_:
            words = f"the {name} did not converge: {one.convergence_.message.rstrip('.')}"
            return Aspect(name, "failed", words, figures)
    best = models[-1].convergence_
    return Aspect(name, "passed", f"{best.agreeing} of {best.starts} starts ended at one maximum", figures)


def weigh(held: Expectation, words: str, tolerance: float) -> tuple[Outcome, str]:
    """Weigh a difference against what is tolerated, and against chance."""
    if np.isnan(held.chance):
        return "cannot tell", f"{words}; how far chance reaches is not known, for the fit does not tell its errors"
    if held.chance > WIDEST_CHANCE:
        return "cannot tell", f"{words}; chance alone moves so small a number by more than half, which judges nothing"
    range_words = f"{held.low:,.0f} to {held.high:,.0f}"
    if held.within_chance:
        return "passed", f"{words}; chance alone would leave {range_words}"
    if abs(held.error) <= tolerance:
        return "passed", f"{words}, more than chance ({range_words}), and within the {tolerance:.0%} tolerated"
    return "failed", f"{words}, more than chance ({range_words}) and the {tolerance:.0%} tolerated"


def off(held: Expectation) -> str:
    """Say how far expected is from actual."""
    if not np.isfinite(held.error):
        return "none made"
    if abs(held.error) < 0.005:
        return "as many"
    return f"{abs(held.error):.0%} {'more' if held.error > 0 else 'fewer'}"
