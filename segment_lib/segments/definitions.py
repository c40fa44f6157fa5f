"""The file segments.yml: smart views, RFM groups and clusters."""

from functools import cached_property
from typing import Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from segment_lib.asof import parse_window
from segment_lib.definitions import Definition
from segment_lib.errors import NotFound
from segment_lib.segments.rfm.cut_points import CutPointRule
from segment_lib.segments.rfm.groups import RfmGroup
from segment_lib.segments.rfm.tables import Match, RfmTable, rfm_table
from segment_lib.sql import literal

# The row of a campaign's table that is of no segment.
EVERYBODY = "Everybody assigned"
# How the group of contacts without an RFM group is defined.
NEVER_BOUGHT = "recency_days is null"
CLUSTER_FEATURES = ["recency_days", "purchases", "average_order", "purchases_365d", "refund_share"]


class SmartView(Definition):
    """A saved rule.

    Parameters
    ----------
    name, rule : what it is called, and who is in it.
    description : one sentence for whoever reads the report.
    goal : the goal of goals.yml that it serves.
    owner : who answers for it.
    parent : another smart view or RFM group; members are members of that too.
    """

    name: str = Field(min_length=1, max_length=60)
    rule: str = Field(min_length=1)
    description: str = ""
    goal: str = ""
    owner: str = ""
    parent: str = ""

    @property
    def whole_rule(self) -> str:
        """The rule with that of the parent."""
        if not self.parent:
            return self.rule
        # On lines of its own: a rule may end with a comment.
        return f"in_segment({literal(self.parent)}) and (\n{self.rule}\n)"

    @field_validator("name")
    @classmethod
    def _is_free(cls, name: str) -> str:
        if name == EVERYBODY:
            raise ValueError(f"`{EVERYBODY}` is how reports call all contacts of a campaign; choose another name.")
        return name


class SegmentGroup(Definition):
    """Segments that are one division of the contacts, such as a life cycle: what must hold is checked against the data.

    Parameters
    ----------
    name : of the division.
    segments : of any kind.
    exclusive : whether nobody may be in two of them.
    exhaustive : whether everybody must be in one of them; `within` says who is meant, if not all contacts.
    within : a smart view or RFM group.
    """

    name: str = Field(min_length=1)
    segments: list[str] = Field(min_length=2)
    exclusive: bool = True
    exhaustive: bool = False
    within: str = ""


class RfmDefinition(Definition):
    """How customers are scored by recency, frequency and money, and what the groups are called.

    Parameters
    ----------
    table : `ours`, `klaviyo` or `rfm` (that of the R package); ours without it.
    bins : number of scores; the table's without it.
    cut_points : where scores change; as the table has it without it.
    groups : groups of your own in place of a table.
    match : `once` or `first`, for groups of your own: whether a code may lie in several, of which the first wins.
    others : name of the codes that no group holds.
    never_bought : name of the group of contacts without a purchase; null where groups are of customers alone.
    """

    table: str | None = None
    bins: int | None = Field(default=None, ge=2, le=10)
    cut_points: CutPointRule | None = None
    groups: list[RfmGroup] = []
    match: Match | None = None
    others: str = Field(default="Others", min_length=1)
    never_bought: str | None = Field(default="Never bought", min_length=1)

    @model_validator(mode="after")
    def _holds_together(self) -> "RfmDefinition":
        if self.groups and self.table:
            raise ValueError("either `table` or `groups` must be given, got both.")
        if self.match and not self.groups:
            raise ValueError("`match` must stand with `groups`: a table has its own.")
        try:
            scheme = self.scheme
        except ValidationError as invalid:
            raise ValueError(" ".join(str(fault["ctx"]["error"]) for fault in invalid.errors())) from None
        except NotFound as unknown:
            raise ValueError(str(unknown)) from None
        if self.never_bought in [group.name for group in scheme.named_groups]:
            raise ValueError(f"every RFM group must have a name of its own, got `{self.never_bought}` twice.")
        return self

    @cached_property
    def scheme(self) -> RfmTable:
        """The groups and the rule of the cut points that are used, with what is not given taken from the table."""
        if self.groups:
            rule = self.cut_points or CutPointRule()
            return RfmTable(
                bins=self.bins or 5, groups=self.groups, match=self.match or "once", others=self.others, cut_points=rule
            )
        table = rfm_table(self.table or "ours")
        if self.bins not in (None, table.bins):
            hint = "leave out `bins`, or give `groups` of your own"
            raise ValueError(f"the table `{self.table or 'ours'}` has {table.bins} scores, got {self.bins}; {hint}.")
        return RfmTable(
            bins=table.bins, groups=table.groups, match=table.match, others=self.others,
            cut_points=self.cut_points or table.cut_points, source=table.source,
        )  # fmt: skip

    @property
    def named_groups(self) -> list[RfmGroup]:
        """The groups, with that of the codes that no other holds."""
        return self.scheme.named_groups

    @property
    def names(self) -> list[str]:
        """Names of all groups, that of contacts who never bought at the end where there is one."""
        names = [group.name for group in self.named_groups]
        return names if self.never_bought is None else [*names, self.never_bought]


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


class LifetimeDefinition(Definition):
    """How lifetime value is predicted: which model of purchases, and how long a part of the history judges it.

    `refit_days` says for how long a stored fit serves rules; a study of the models always fits anew.
    """

    model: Literal["choose", "BG/NBD", "MBG/NBD", "Pareto/NBD"] = "choose"
    unit: Literal["weeks", "days"] = "weeks"
    holdout: str = ""
    tolerance: float = Field(default=0.2, gt=0)
    refit_days: int = Field(default=30, ge=0)

    @field_validator("holdout")
    @classmethod
    def _is_a_window(cls, holdout: str) -> str:
        if holdout:
            parse_window(holdout)
        return holdout


class SegmentsFile(Definition):
    """The file segments.yml."""

    smart_views: list[SmartView] = []
    groups: list[SegmentGroup] = []
    rfm: RfmDefinition | None = Field(default_factory=RfmDefinition)
    clusters: ClusterDefinition | None = ClusterDefinition()
    lifetime: LifetimeDefinition | None = None

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
        groups = self.rfm.names if self.rfm else []
        for view in self.smart_views:
            if view.name in groups:
                raise ValueError(f"the smart view `{view.name}` is called like an RFM group; choose another name.")
        return self
