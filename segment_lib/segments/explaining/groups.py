"""Why a contact is in its RFM group or cluster: scores with their cut points, distances to centres."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from segment_lib.segments.clusters import ClusterModel
from segment_lib.segments.explaining.results import Centre, Score
from segment_lib.segments.rfm.cut_points import SCORED, RfmCutPoints

_MOST_FEATURES = 3


def explain_scores(row: Mapping[str, object], cut_points: RfmCutPoints) -> tuple[Score, ...]:
    """Return the scores of a contact, and how far it is to better ones.

    Parameters
    ----------
    row : values and scores of one contact.
    cut_points : what it was scored by.

    Returns
    -------
    tuple of Score
        None for who never bought.
    """
    if row["recency_days"] is None:
        return ()
    found = []
    for name, column in SCORED.items():
        value, score = row[column], row[f"{name}_score"]
        assert isinstance(score, int)
        low, high = cut_points.between(name, score, score)
        # Fewer days are better, of the others more is.
        edge = low if name == "recency" else high
        # What is missing is scored as 0.
        number = 0.0 if value is None else float(value)  # type: ignore[arg-type]
        to_next = None if edge is None else abs(number - edge)
        shown = None if value is None else number
        found.append(Score(name, column, shown, score, cut_points.bins, low, high, to_next))
    return tuple(found)


def explain_centres(features: pa.Table, model: ClusterModel) -> tuple[Centre, ...]:
    """Return how far the centres of clusters are from a contact, the nearest first.

    Parameters
    ----------
    features : of one contact.
    model : the fitted clustering.

    Returns
    -------
    tuple of Centre
        With the three features that say most: those that the contact and the centre differ in most; of the nearest
        those that set its centre apart most.
    """
    scaled = model.scaled(features.select(list(model.features)).to_pandas())[0]
    centres = np.asarray(model.centres)
    distances = np.sqrt(((centres - scaled) ** 2).sum(axis=1))
    found: list[Centre] = []
    for place in np.argsort(distances, kind="stable"):
        centre = centres[place]
        weight = np.abs(centre) if not found else np.abs(centre - scaled)
        most = np.argsort(-weight, kind="stable")[:_MOST_FEATURES]
        telling = tuple((model.features[i], float(scaled[i]), float(centre[i])) for i in most)
        found.append(Centre(model.names[place], float(distances[place]), telling))
    return tuple(found)
