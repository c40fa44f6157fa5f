"""The file segments.yml: smart views, RFM groups and clusters."""

from pydantic import Field, field_validator, model_validator

from segment_lib.definitions import Definition
from segment_lib.segments.rfm import RfmGroup, default_groups, say_codes, uncovered_codes

# The row of a campaign's table that is of no segment.
EVERYBODY = "Everybody assigned"
CLUSTER_FEATURES = ["recency_days", "purchases", "average_order", "purchases_365d", "refund_share"]


class SmartView(Definition):
    """A saved rule."""

    name: str = Field(min_length=1, max_length=60)
    rule: str = Field(min_length=1)
    description: str = ""

    @field_validator("name")
    @classmethod
    def _is_free(cls, name: str) -> str:
        if name == EVERYBODY:
            raise ValueError(f"`{EVERYBODY}` is how reports call all contacts of a campaign; choose another name.")
        return name


class RfmDefinition(Definition):
    """How customers are scored by recency, frequency and money, and what the groups are called."""

    bins: int = Field(default=5, ge=2, le=10)
    groups: list[RfmGroup] = []
    never_bought: str = "Never bought"

    @model_validator(mode="after")
    def _groups_cover(self) -> "RfmDefinition":
        if self.bins != 5 and not self.groups:
            raise ValueError("with other than 5 bins, `groups` must be given.")
        gaps = uncovered_codes(self.named_groups, bins=self.bins)
        if gaps:
            raise ValueError(
                f"every pair of scores must lie in exactly one group; in none or several: {say_codes(gaps)}."
            )
        names = [*(group.name for group in self.named_groups), self.never_bought]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"every RFM group must have a name of its own, got `{name}` twice.")
        return self

    @property
    def named_groups(self) -> list[RfmGroup]:
        """The groups, ours where none are given."""
        return self.groups or default_groups()


class ClusterDefinition(Definition):
    """How customers are clustered: on which features, and with how many groups."""

    features: list[str] = Field(default=CLUSTER_FEATURES, min_length=2)
    candidates: list[int] = Field(default=[3, 4, 5, 6, 7], min_length=1)
    n_clusters: int | None = Field(default=None, ge=2, le=50)
    random_state: int = 0

    @field_validator("candidates")
    @classmethod
    def _sensible(cls, candidates: list[int]) -> list[int]:
        if min(candidates) < 2 or max(candidates) > 50:
            raise ValueError(f"must lie between 2 and 50, got {candidates}.")
        return sorted(set(candidates))


class SegmentsFile(Definition):
    """The file segments.yml."""

    smart_views: list[SmartView] = []
    rfm: RfmDefinition | None = RfmDefinition()
    clusters: ClusterDefinition | None = ClusterDefinition()

    @field_validator("smart_views")
    @classmethod
    def _names_differ(cls, views: list[SmartView]) -> list[SmartView]:
        names = [view.name for view in views]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"every smart view must have a name of its own, got `{name}` twice.")
        return views

    @model_validator(mode="after")
    def _kinds_differ(self) -> "SegmentsFile":
        groups = {group.name for group in self.rfm.named_groups} | {self.rfm.never_bought} if self.rfm else set()
        for view in self.smart_views:
            if view.name in groups:
                raise ValueError(f"the smart view `{view.name}` is called like an RFM group; choose another name.")
        return self
