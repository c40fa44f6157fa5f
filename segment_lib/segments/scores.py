"""RFM scores of a workspace's contacts: cut points as stored or fitted, and the columns beside the features."""

import pyarrow as pa

from segment_lib.asof import AsOf
from segment_lib.definitions import definition_hash
from segment_lib.errors import InvalidOption
from segment_lib.segments.definitions import RfmDefinition
from segment_lib.segments.models import load_model
from segment_lib.segments.rfm.cut_points import RfmCutPoints, fit_rfm_cut_points
from segment_lib.segments.rfm.scoring import score_rfm
from segment_lib.workspace import Workspace


def cut_points_hash(rfm: RfmDefinition) -> str:
    """Return the version of what cut points are fitted for: another name of a group is no other cut point."""
    return definition_hash({"bins": rfm.scheme.bins}, rfm.scheme.cut_points)


def stored_cut_points(workspace: Workspace, rfm: RfmDefinition, as_of: AsOf) -> RfmCutPoints | None:
    """Return the cut points that were stored for a definition by a day, if any were."""
    text = load_model(workspace, "rfm", cut_points_hash(rfm), as_of.day)
    return RfmCutPoints.from_json(text) if text else None


def fit_cut_points(features: pa.Table, rfm: RfmDefinition) -> RfmCutPoints:
    """Fit cut points by the rule of a definition."""
    return fit_rfm_cut_points(features, bins=rfm.scheme.bins, rule=rfm.scheme.cut_points)


def score_groups(features: pa.Table, rfm: RfmDefinition, cut_points: RfmCutPoints) -> pa.Table:
    """Score contacts and name their groups, by the groups of a definition."""
    return score_rfm(features, cut_points=cut_points, groups=rfm.scheme.named_groups, match=rfm.scheme.match)


def add_columns(features: pa.Table, more: pa.Table) -> pa.Table:
    """Put columns beside features; both are ordered by contact.

    Raises
    ------
    InvalidOption
        A column is there already.
    """
    for name in more.column_names:
        if name != "contact_id":
            if name in features.column_names:
                raise InvalidOption(f"a field of contacts must not be called like our column `{name}`; rename it.")
            features = features.append_column(name, more[name])
    return features
