"""What RFM groups are worth: size, revenue, spend and reach of each."""

import pandas as pd

from segment_lib.checks import check_columns
from segment_lib.engine import Table, query_frame, run_sql

NEEDED = ("rfm_group", "recency_days", "purchases", "total_spend", "spend_365d")


def summarise_rfm_groups(scored: Table) -> pd.DataFrame:
    """Return size, revenue, spend and reach of every RFM group, those with most revenue first.

    Parameters
    ----------
    scored : features with `rfm_group` of `score_rfm`, `recency_days`, `purchases`, `total_spend` and `spend_365d`;
        contacts without a group have no part in it.

    Returns
    -------
    pandas.DataFrame
        `rfm_group`, `customers`, `customer_share`, `revenue_365d` (money), `revenue_share`, `total_spend` (money, all
        time), `spend_share`, `spend_per_customer` (all time), `purchases`, `average_order` (spend for an order),
        `median_recency_days`; where `scored` has `email` and `email_consent` also `reachable_email`, the share that
        has given consent and an address. A share of nothing is missing.

    Raises
    ------
    MissingColumns
        A column is absent.

    Examples
    --------
    >>> scored = pd.DataFrame({"rfm_group": ["Best", "Best", None], "recency_days": [3, 5, None],
    ...     "purchases": [2, 4, 0], "total_spend": [20.0, 70.0, 0.0], "spend_365d": [20.0, 30.0, 0.0]})
    >>> summarise_rfm_groups(scored)[["customers", "revenue_365d", "spend_per_customer", "average_order"]]
       customers  revenue_365d  spend_per_customer  average_order
    0          2          50.0                45.0           15.0
    """
    names = run_sql("select * from scored limit 0", {"scored": scored}).column_names
    check_columns(names, NEEDED, table="scored")
    reach = ""
    if {"email", "email_consent"} <= set(names):
        reach = ", avg(coalesce(email_consent and email is not null, false)::int) as reachable_email"
    return query_frame(
        f"""with groups as (
            select rfm_group, count(*) as customers, coalesce(sum(spend_365d), 0)::double as revenue_365d,
                coalesce(sum(total_spend), 0)::double as total_spend, coalesce(sum(purchases), 0)::bigint as purchases,
                median(recency_days)::double as median_recency_days{reach}
            from scored where rfm_group is not null group by rfm_group)
        select rfm_group, customers, customers / sum(customers) over () as customer_share,
            revenue_365d, revenue_365d / nullif(sum(revenue_365d) over (), 0) as revenue_share,
            total_spend, total_spend / nullif(sum(total_spend) over (), 0) as spend_share,
            total_spend / customers as spend_per_customer, purchases,
            total_spend / nullif(purchases, 0) as average_order, median_recency_days
            {", reachable_email" if reach else ""}
        from groups order by revenue_365d desc, total_spend desc, rfm_group""",
        {"scored": scored},
    )
