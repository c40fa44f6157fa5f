-- The catalogue's features as of 2026-10-31 in Madrid, written for this one day as somebody who knows DuckDB well would:
-- no `count(distinct ...)`, an order is one row before it is counted; a contact's category is one row before the most
-- frequent is chosen; the boundaries of the windows are literals. {interactions} and {contacts} are Parquet files.
with known as (
    from read_parquet('{interactions}') where occurred_at < timestamptz '2026-10-31 23:00:00+00'
), orders as (
    select contact_id, order_id, max(occurred_at) as latest, count(*) as lines,
        count(*) filter (occurred_at >= timestamptz '2026-10-01 22:00:00+00') as lines_30d,
        count(*) filter (occurred_at >= timestamptz '2026-08-02 22:00:00+00') as lines_90d,
        count(*) filter (occurred_at >= timestamptz '2025-10-31 23:00:00+00') as lines_365d
    from known where kind = 'purchase' group by contact_id, order_id
), counts as (
    -- A line without an order is an order of its own.
    select contact_id, sum(if(order_id is null, lines, 1)) as purchases,
        sum(if(order_id is null, lines_30d, (lines_30d > 0)::bigint)) as purchases_30d,
        sum(if(order_id is null, lines_90d, (lines_90d > 0)::bigint)) as purchases_90d,
        sum(if(order_id is null, lines_365d, (lines_365d > 0)::bigint)) as purchases_365d
    from orders group by contact_id
), categories as (
    select contact_id, category, count(*) as n
    from known where kind = 'purchase' and category is not null group by contact_id, category
), favourites as (
    select contact_id, arg_min(category, {{'n': -n, 'category': category}}) as favourite_category
    from categories group by contact_id
), lines as (
    select contact_id, min(occurred_at) as first_interaction_at, max(occurred_at) as last_interaction_at,
        min(occurred_at) filter (kind = 'purchase') as first_purchase_at,
        max(occurred_at) filter (kind = 'purchase') as last_purchase_at,
        sum(amount::decimal(18, 4)) filter (kind = 'purchase') as total_spend,
        sum(amount::decimal(18, 4)) filter (
            kind = 'purchase' and occurred_at >= timestamptz '2026-10-01 22:00:00+00') as spend_30d,
        sum(amount::decimal(18, 4)) filter (
            kind = 'purchase' and occurred_at >= timestamptz '2026-08-02 22:00:00+00') as spend_90d,
        sum(amount::decimal(18, 4)) filter (
            kind = 'purchase' and occurred_at >= timestamptz '2025-10-31 23:00:00+00') as spend_365d,
        sum(amount::decimal(18, 4)) filter (kind = 'refund') as refunded,
        count(*) filter (kind = 'email_sent') as emails_sent,
        count(*) filter (kind = 'email_open') as email_opens,
        count(*) filter (kind = 'email_click') as email_clicks,
        count(*) filter (kind = 'visit') as visits,
        count(*) filter (kind = 'visit' and occurred_at >= timestamptz '2026-08-02 22:00:00+00') as visits_90d,
        count(*) filter (kind = 'support_request') as support_requests,
        count(*) filter (
            kind = 'support_request' and occurred_at >= timestamptz '2025-10-31 23:00:00+00') as support_requests_365d,
        count(*) filter (kind = 'quote_request') as quote_requests,
        count(*) filter (kind = 'call') as calls,
        avg(score::decimal(18, 4)) filter (kind = 'survey') as satisfaction
    from known group by contact_id
), joined as (
    select contacts.*, lines.* exclude (contact_id), favourite_category,
        (first_purchase_at at time zone 'Europe/Madrid')::date as first_purchase_on,
        (last_purchase_at at time zone 'Europe/Madrid')::date as last_purchase_on,
        coalesce(counts.purchases, 0) as purchases, coalesce(purchases_30d, 0) as purchases_30d,
        coalesce(purchases_90d, 0) as purchases_90d, coalesce(purchases_365d, 0) as purchases_365d
    from read_parquet('{contacts}') as contacts
        left join lines using (contact_id) left join counts using (contact_id) left join favourites using (contact_id)
    where acquired_at is null or acquired_at < timestamptz '2026-10-31 23:00:00+00' or lines.contact_id is not null
)
select {columns}, first_interaction_at, last_interaction_at, first_purchase_at, last_purchase_at,
    date '2026-10-31' - (least(acquired_at, first_interaction_at) at time zone 'Europe/Madrid')::date as tenure_days,
    date '2026-10-31' - last_purchase_on as recency_days,
    date '2026-10-31' - (last_interaction_at at time zone 'Europe/Madrid')::date as quiet_days,
    purchases::bigint as purchases, purchases_30d::bigint as purchases_30d, purchases_90d::bigint as purchases_90d,
    purchases_365d::bigint as purchases_365d,
    (last_purchase_on - first_purchase_on) / nullif(purchases::double - 1, 0) as days_between_orders,
    coalesce(total_spend, 0)::double as total_spend, coalesce(spend_30d, 0)::double as spend_30d,
    coalesce(spend_90d, 0)::double as spend_90d, coalesce(spend_365d, 0)::double as spend_365d,
    coalesce(total_spend, 0)::double / nullif(purchases, 0)::double as average_order,
    coalesce(refunded, 0)::double as refunded,
    coalesce(refunded, 0)::double / nullif(total_spend, 0)::double as refund_share,
    favourite_category, coalesce(emails_sent, 0) as emails_sent, coalesce(email_opens, 0) as email_opens,
    coalesce(email_clicks, 0) as email_clicks, email_opens / nullif(emails_sent, 0) as email_open_rate,
    email_clicks / nullif(emails_sent, 0) as email_click_rate, coalesce(visits, 0) as visits,
    coalesce(visits_90d, 0) as visits_90d, coalesce(support_requests, 0) as support_requests,
    coalesce(support_requests_365d, 0) as support_requests_365d, coalesce(quote_requests, 0) as quote_requests,
    coalesce(calls, 0) as calls, satisfaction,
    2026 - year(birth_date) - (month(birth_date) = 11 or month(birth_date) = 12)::int as age_years
from joined order by contact_id
