"""What there is to compute from: kinds of interactions, and the columns that describe contacts."""

import pandas as pd

from segment_lib.asof import AsOf
from segment_lib.engine import query_frame
from segment_lib.features.catalogue import CATALOGUE
from segment_lib.features.own import FeaturesFile, load_catalogue
from segment_lib.loading.fields import columns_of, load_fields
from segment_lib.sql import literal
from segment_lib.vocabulary import Column
from segment_lib.workspace import Workspace


def count_kinds(workspace: Workspace, *, as_of: AsOf) -> pd.DataFrame:
    """Count the interactions of each kind up to a day.

    Parameters
    ----------
    workspace : whose interactions.
    as_of : the day seen from.

    Returns
    -------
    pandas.DataFrame
        `kind`, `interactions`, `contacts`, `scored` (with a score), `first`, `last` (local days), most frequent first.
    """
    zone = literal(as_of.zone)
    return query_frame(
        f"""select kind, count(*) as interactions, count(distinct contact_id) as contacts, count(score) as scored,
            cast(min(occurred_at) at time zone {zone} as date) as first,
            cast(max(occurred_at) at time zone {zone} as date) as last
        from interactions where occurred_at < TIMESTAMPTZ '{as_of.end.isoformat()}'
        group by kind order by interactions desc, kind""",
        {"interactions": workspace.table("interactions")},
        options=workspace.engine_options,
    )


def profile_columns(workspace: Workspace) -> list[Column]:
    """Return everything that describes a contact: standard fields, the workspace's own, and features of both."""
    fields = load_fields(workspace)
    own = workspace.definition("features", FeaturesFile).features if workspace.has_definition("features") else []
    named = {feature.name for feature in CATALOGUE} | {feature.name for feature in own}
    features = [feature.column for feature in load_catalogue(workspace) if feature.name in named]
    return [*columns_of("contacts", fields), *features]
