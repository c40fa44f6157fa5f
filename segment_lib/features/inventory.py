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

# Steps towards other features, and what says nearly the same as another one: they would crowd a profile.
NOT_PROFILED = frozenset(
    (
        "purchases_before_90d", "spend_before_90d", "spend_before_365d", "purchase_days", "purchases_30d",
        "spend_30d", "interactions_90d", "smallest_order", "priced_spend", "usual_spend", "spend_below_price",
        "gap_lower_quartile", "gap_upper_quartile", "longest_gap_days", "popular_categories", "emails_sent_90d",
        "email_opens_90d", "email_clicks_90d", "email_open_rate_90d", "visits_30d", "support_requests_90d",
        "survey_scores", "promoter_scores", "detractor_scores", "days_since_email_sent", "campaign_orders",
        "next_category", "favourite_product_share", "active_months_365d"
    )
)  # fmt: skip


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
    """Return what describes a contact: standard fields, the workspace's own, and the features of both that say most."""
    return [column for column in known_columns(workspace) if column.name not in NOT_PROFILED]


def known_columns(workspace: Workspace) -> list[Column]:
    """Return every column of a workspace's contacts: standard fields, its own, and features of both."""
    fields = load_fields(workspace)
    own = workspace.definition("features", FeaturesFile).features if workspace.has_definition("features") else []
    named = {feature.name for feature in CATALOGUE} | {feature.name for feature in own}
    features = [feature.column for feature in load_catalogue(workspace) if feature.name in named]
    return [*columns_of("contacts", fields), *features]
