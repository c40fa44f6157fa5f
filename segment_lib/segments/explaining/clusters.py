"""Why a contact is in a cluster: the centres and how far they are."""

from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from segment_lib.asof import AsOf
from segment_lib.definitions import definition_hash
from segment_lib.features.rules import CompiledRule
from segment_lib.segments.clusters import ClusterModel
from segment_lib.segments.definitions import ClusterDefinition
from segment_lib.segments.explaining.groups import explain_centres
from segment_lib.segments.explaining.held import hold_others
from segment_lib.segments.explaining.language import language_of
from segment_lib.segments.explaining.person import Person
from segment_lib.segments.explaining.results import Centre
from segment_lib.segments.explaining.timeline import Timeline, horizon
from segment_lib.segments.models import load_model
from segment_lib.segments.preview_session import PreviewSession
from segment_lib.workspace import Workspace

LASTING = "the centres of clusters are taken as lasting"
_EVERY = 100


@dataclass(frozen=True)
class ClusterStanding:
    """The cluster of a contact, if it has one, the centres, and when the nearest is another one."""

    cluster: str | None
    centres: tuple[Centre, ...]
    flips_on: date | None
    notes: tuple[str, ...]


def stored_clusters(workspace: Workspace, definition: ClusterDefinition | None, as_of: AsOf) -> ClusterModel | None:
    """Return the clustering that is stored for a definition by a day, if one is."""
    text = load_model(workspace, "clusters", definition_hash(definition), as_of.day) if definition else None
    return ClusterModel.from_json(text) if text else None


def explain_cluster(
    workspace: Workspace, person: Person, model: ClusterModel, cluster: str, *, session: PreviewSession | None = None
) -> ClusterStanding:
    """Explain in which cluster a contact is that is known on the day.

    Parameters
    ----------
    workspace : whose.
    person : the contact.
    model : the fitted clustering.
    cluster : that is asked about.
    session : of the day; spares computing what it holds.

    Returns
    -------
    ClusterStanding
        It flips on the first later day on which the contact is in this cluster and was not, or the other way round.
    """
    needed = (*model.features, "recency_days")
    rules = [CompiledRule("", "true", (), needed)]
    records = language_of(workspace).records(rules)
    held = hold_others(workspace, person.contact_id, as_of=person.as_of, rules=rules, records=records, session=session)
    timeline = Timeline(person, {}, records, needed, held)
    own = model.assign(timeline.today)[0]
    if not isinstance(own, str):
        # Who never bought is in none, whatever time goes by.
        return ClusterStanding(None, (), None, ())
    flips_on, days = None, timeline.days_to_look_at(horizon(person.as_of))
    for start in range(0, len(days), _EVERY):
        features = timeline.features(days[start : start + _EVERY])
        found = _changed(features, model, cluster, own)
        if found is not None:
            flips_on = found
            break
    notes = tuple(dict.fromkeys([LASTING, *held.notes.values()]))
    return ClusterStanding(own, explain_centres(timeline.today, model), flips_on, notes)


def _changed(features: pa.Table, model: ClusterModel, cluster: str, own: str) -> date | None:
    names = model.assign(features)
    days = [
        day
        for day, name in zip(features["as_of"].to_pylist(), names, strict=True)
        if (name == cluster) != (own == cluster)
    ]
    return days[0] if days else None
