"""Which segment a text names, or that it is a rule."""

from dataclasses import dataclass

from segment_lib.asof import AsOf
from segment_lib.segments.clusters import ClusterModel
from segment_lib.segments.definitions import SegmentsFile
from segment_lib.segments.explaining.clusters import stored_clusters
from segment_lib.segments.explaining.results import Kind
from segment_lib.sql import literal
from segment_lib.workspace import Workspace


@dataclass(frozen=True)
class Asked:
    """What is asked about: a segment of some kind, or a bare rule.

    Parameters
    ----------
    name, kind : of the segment; of a bare rule the name is empty.
    rule : that says who is in it; empty for a cluster.
    clusters : the fitted clustering, of a cluster.
    """

    name: str
    kind: Kind
    rule: str = ""
    clusters: ClusterModel | None = None


def resolve_segment(workspace: Workspace, definitions: SegmentsFile, text: str, *, as_of: AsOf) -> Asked:
    """Return which segment a text names, or that it is a rule.

    Parameters
    ----------
    workspace : where clusterings are stored.
    definitions : its segments.yml.
    text : name of a smart view, RFM group or cluster; anything else is a rule.
    as_of : the day seen from.

    Returns
    -------
    Asked
    """
    for view in definitions.smart_views:
        if view.name == text:
            return Asked(text, "smart view", view.whole_rule)
    if definitions.rfm is not None and text in definitions.rfm.names:
        return Asked(text, "RFM group", f"in_segment({literal(text)})")
    clusters = stored_clusters(workspace, definitions.clusters, as_of)
    if clusters is not None and text in clusters.names:
        return Asked(text, "cluster", clusters=clusters)
    return Asked("", "rule", text)
