"""Why we segment: objective, question, whom to reach, KPIs and what rules a segment out."""

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from segment_lib.definitions import Definition
from segment_lib.vocabulary import Family

Objective = Literal["sell more", "keep customers", "serve better", "save cost", "new line of business"]
Measure = Literal["conversion", "retention", "satisfaction"]
Share = Annotated[float, Field(ge=0, le=1)]


class Kpi(Definition):
    """A figure that says whether a segment does what the goal wants.

    `conversion`: share of the members, as seen `horizon_days` ago, who did `kind` since then.
    `retention`: the same among members who had done `kind` in the `horizon_days` before that.
    `satisfaction`: mean `score` of interactions of `kind` in the last `horizon_days`.
    """

    name: str = Field(min_length=1)
    measure: Measure
    kind: str = "purchase"
    horizon_days: int = Field(gt=0, le=3660)
    target: float | None = None

    @model_validator(mode="after")
    def _target_is_a_share(self) -> "Kpi":
        if self.target is not None and self.measure != "satisfaction" and not 0 <= self.target <= 1:
            raise ValueError(f"the target of a {self.measure} must be a share from 0 to 1, got {self.target:g}.")
        return self


class KnockOuts(Definition):
    """What a segment must fulfil to be worked with at all; checked for every segment of a run."""

    smallest_size: int = Field(default=1, ge=1)
    smallest_reachable_share: Share = 0.0
    largest_overlap: Share = 1.0


class Goal(Definition):
    """One reason to segment, with everything that decides whether it was worth it."""

    name: str = Field(min_length=1)
    objective: Objective
    question: str = Field(min_length=1)
    target_profile: str = ""
    criteria: list[Family] = Field(min_length=1)
    smallest_coverage: Share = 0.3
    kpis: list[Kpi] = Field(min_length=1)
    knock_outs: KnockOuts = KnockOuts()

    @field_validator("kpis")
    @classmethod
    def _names_differ(cls, kpis: list[Kpi]) -> list[Kpi]:
        _refuse_doubles([kpi.name for kpi in kpis], "KPI")
        return kpis


class GoalsFile(Definition):
    """The file goals.yml. The first goal leads: its KPIs and knock-outs judge the segments."""

    goals: list[Goal] = Field(min_length=1)

    @field_validator("goals")
    @classmethod
    def _names_differ(cls, goals: list[Goal]) -> list[Goal]:
        _refuse_doubles([goal.name for goal in goals], "goal")
        return goals

    @property
    def leading(self) -> Goal:
        """The goal that the run is judged by."""
        return self.goals[0]


def _refuse_doubles(names: list[str], what: str) -> None:
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"every {what} must have a name of its own, got `{name}` twice.")
