"""What segmentation returns: segments, who is in them, and the models that were used."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd
import pyarrow as pa

from segment_lib.asof import AsOf
from segment_lib.errors import NotFound
from segment_lib.segments.clusters import SCORES, ClusterModel
from segment_lib.segments.definitions import NEVER_BOUGHT, SegmentsFile
from segment_lib.segments.lifetime import LifetimeFit
from segment_lib.segments.rfm.cut_points import RfmCutPoints

Kind = Literal["smart view", "RFM group", "cluster"]


@dataclass(frozen=True)
class Segment:
    """One segment: its name, its kind, what it means and which version of its definition was used."""

    name: str
    kind: Kind
    definition: str
    definition_hash: str
    meaning: str = ""


@dataclass(frozen=True)
class Models:
    """What was fitted: kept, so that groups mean the same from run to run."""

    cut_points: RfmCutPoints | None = None
    clusters: ClusterModel | None = None
    lifetime: LifetimeFit | None = None


@dataclass(frozen=True)
class Segmentation:
    """Everything about one day: features, segments and who is in them.

    `features` has one row a contact, with scores and group names where RFM is used; `members` has `segment` and
    `contact_id`; `counts` has `segment`, `members`, `outside`, `unknown`.
    """

    as_of: AsOf
    features: pa.Table
    segments: tuple[Segment, ...]
    members: pa.Table
    counts: pd.DataFrame
    models: Models
    # Models of another day that were given: they are not those of this day.
    lent: Models = Models()
    # What the definitions were when this was computed: files may be edited before it is stored.
    definitions: SegmentsFile = field(default_factory=SegmentsFile, compare=False)
    contents: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, compare=False)

    def __repr__(self) -> str:
        """Return one line a segment."""
        lines = [f"Segmentation as of {self.as_of.day}: {self.features.num_rows:,} contacts"]
        for segment, row in zip(self.segments, self.counts.to_dict("records"), strict=True):
            unknown = f", {row['unknown']:,} unknown" if row["unknown"] else ""
            lines.append(f"  {segment.kind:<11}{segment.name:<44}{row['members']:>7,}{unknown}")
        return "\n".join(lines)

    @property
    def cluster_scores(self) -> pd.DataFrame:
        """How the counts of clusters did that were compared; empty without clusters."""
        clusters = self.models.clusters
        return clusters.score_table() if clusters else pd.DataFrame(columns=[*SCORES, "chosen"])

    @property
    def never_bought(self) -> str | None:
        """Name of the RFM group of contacts who never bought; nothing where they are in none."""
        return next((one.name for one in self.segments if one.definition == NEVER_BOUGHT), None)

    def members_of(self, segment: str) -> list[str]:
        """Return the contacts of one segment.

        Raises
        ------
        NotFound
            There is no such segment.
        """
        if segment not in {one.name for one in self.segments}:
            raise NotFound(f"can't find a segment called {segment!r}.")
        selected = self.members.filter(pa.compute.equal(self.members["segment"], segment))
        return list(selected["contact_id"].to_pylist())
