-- The fifty smart views of views_50.yml as of 2026-10-31 in Europe/Madrid, as a careful analyst would write them: every
-- kind read once, orders put together first, one row a contact at the end. The session's zone is Europe/Madrid, so that a
-- day written as a literal begins at its midnight there.
with people as (
    select contact_id, row_number() over (order by contact_id) as person from contacts
),
known as (
    select * from interactions where occurred_at < timestamptz '2026-11-01'
),
purchases as (
    select person, order_id, occurred_at, category, channel, quantity, cast(amount as decimal(18, 4)) as amount
    from known join people using (contact_id) where kind = 'purchase'
),
orders as (
    select person, order_id, sum(amount) as amount,
        bool_or(occurred_at >= timestamptz '2026-09-02') as in_60d,
        bool_or(occurred_at >= timestamptz '2026-08-01') as in_3m,
        bool_or(occurred_at >= timestamptz '2026-05-01') as in_6m,
        bool_or(occurred_at >= timestamptz '2024-11-01') as in_24m,
        bool_or(cast(occurred_at as date) between date '2025-12-01' and date '2025-12-24') as at_christmas
    from purchases where order_id is not null group by person, order_id
    union all
    select person, null, amount, occurred_at >= timestamptz '2026-09-02', occurred_at >= timestamptz '2026-08-01',
        occurred_at >= timestamptz '2026-05-01', occurred_at >= timestamptz '2024-11-01',
        cast(occurred_at as date) between date '2025-12-01' and date '2025-12-24'
    from purchases where order_id is null
),
by_order as (
    select person, count(*) as orders, count(*) filter (where in_60d) as orders_60d,
        count(*) filter (where in_3m) as orders_3m, count(*) filter (where in_6m) as orders_6m,
        count(*) filter (where in_24m) as orders_24m, count(*) filter (where at_christmas) as orders_christmas,
        max(amount) as largest_order
    from orders group by person
),
by_row as (
    select person, sum(amount) as total,
        sum(amount) filter (where occurred_at >= timestamptz '2026-08-01') as total_3m,
        sum(amount) filter (where occurred_at >= timestamptz '2026-05-01') as total_6m,
        sum(amount) filter (where occurred_at >= timestamptz '2025-11-01') as total_12m,
        sum(amount) filter (where occurred_at >= timestamptz '2025-11-01' and occurred_at < timestamptz '2026-05-01') as total_before,
        sum(amount) filter (where category = 'Pineapple') as pineapple,
        sum(amount) filter (where category = 'Gift boxes') as gifts,
        sum(amount) filter (where channel = 'phone') as by_phone,
        count(distinct category) as categories,
        min(occurred_at) as first_at, max(occurred_at) as last_at, max(quantity) as pieces,
        count(*) filter (where channel <> 'web') as not_web,
        bit_or(case when occurred_at >= timestamptz '2026-10-01' then 1 when occurred_at >= timestamptz '2026-09-01' then 2
            when occurred_at >= timestamptz '2026-08-01' then 4 when occurred_at >= timestamptz '2026-07-01' then 8
            when occurred_at >= timestamptz '2026-06-01' then 16 when occurred_at >= timestamptz '2026-05-01' then 32
            when occurred_at >= timestamptz '2026-04-01' then 64 when occurred_at >= timestamptz '2026-03-01' then 128
            when occurred_at >= timestamptz '2026-02-01' then 256 when occurred_at >= timestamptz '2026-01-01' then 512
            when occurred_at >= timestamptz '2025-12-01' then 1024 when occurred_at >= timestamptz '2025-11-01' then 2048
            else 0 end) as months
    from purchases group by person
),
favourites as (
    select person, arg_min(category, (-times, category)) as category
    from (select person, category, count(*) as times from purchases where category is not null group by all) group by person
),
days as (
    select distinct person, cast(occurred_at as date) as day from purchases
),
comebacks as (
    select distinct person
    from (select person, day, lag(day) over (partition by person order by day) as before from days)
    where day - before >= 180 and day >= date '2026-09-02'
),
followed as (
    select contact_id, bool_or(kind = 'quote_request' and next_day - day <= 30) as quote_won,
        bool_or(kind = 'visit' and next_day - day <= 2) as visit_won
    from (
        select contact_id, kind, cast(occurred_at as date) as day,
            cast(min(case when kind = 'purchase' then occurred_at end) over
                (partition by contact_id order by occurred_at desc range between unbounded preceding and current row)
            as date) as next_day
        from known where kind in ('quote_request', 'visit', 'purchase')
    ) where kind <> 'purchase' group by contact_id
),
refunds as (
    select contact_id, count(distinct order_id) + count(*) filter (where order_id is null) as refunds,
        bool_or(occurred_at >= timestamptz '2026-08-03') as in_90d
    from known where kind = 'refund' group by contact_id
),
others as (
    select contact_id,
        bool_or(kind = 'quote_request') as quoted,
        bool_or(kind = 'quote_request' and occurred_at >= timestamptz '2025-11-01') as quoted_12m,
        count(*) filter (where kind = 'support_request' and occurred_at >= timestamptz '2025-11-01') as helped_12m,
        bool_or(kind = 'survey' and score <= 2 and occurred_at >= timestamptz '2025-11-01') as unhappy_12m,
        avg(score) filter (where kind = 'survey') as mean_score, min(score) filter (where kind = 'survey') as lowest_score,
        count(*) filter (where kind = 'email_open' and occurred_at >= timestamptz '2026-08-03') as opens_90d,
        bool_or(kind = 'email_open' and occurred_at >= timestamptz '2026-05-01') as opened_6m,
        count(*) filter (where kind = 'email_click' and occurred_at >= timestamptz '2025-11-01') as clicks_12m,
        count(*) filter (where kind = 'email_sent' and occurred_at >= timestamptz '2026-05-01') as sent_6m,
        count(*) filter (where kind = 'visit' and occurred_at >= timestamptz '2026-08-03') as visits_90d,
        bool_or(kind = 'call' and occurred_at >= timestamptz '2026-05-01') as called_6m
    from known where kind not in ('purchase', 'refund') group by contact_id
),
heard_of as (
    select distinct contact_id from known
),
joined as (
    select contacts.*, by_order.* exclude (person), by_row.* exclude (person), favourites.category as favourite,
        comebacks.person is not null as resumed, coalesce(quote_won, false) as quote_won,
        coalesce(visit_won, false) as visit_won, coalesce(refunds, 0) as refunds, coalesce(refunds.in_90d, false) as refunded_90d,
        others.* exclude (contact_id), date '2026-10-31' - cast(last_at as date) as recency,
        cast(total as double) / nullif(orders, 0) as average_order
    from contacts join people using (contact_id)
        left join by_order using (person) left join by_row using (person) left join favourites using (person)
        left join comebacks using (person) left join followed using (contact_id) left join refunds using (contact_id)
        left join others using (contact_id) left join heard_of on heard_of.contact_id = contacts.contact_id
    where acquired_at is null or acquired_at < timestamptz '2026-11-01' or heard_of.contact_id is not null
),
cuts as (
    select -quantile_disc(-coalesce(total, 0), 0.1) as top_tenth, quantile_disc(average_order, 0.25) as lowest_quarter
    from joined
)
select contact_id,
    coalesce(orders, 0) >= 1 and orders = orders_60d as "New buyers",
    coalesce(months & 7, 0) = 7 and cast(total_3m as double) / nullif(orders_3m, 0) > 60 as "Active buyers",
    coalesce(orders_6m, 0) = 1 as "Rare buyers",
    coalesce(orders, 0) >= 2 as "Repeat buyers",
    coalesce(orders, 0) = 1 as "One order",
    recency > 180 and coalesce(orders_24m, 0) >= 3 as "Going quiet",
    average_order > 100 as "High bill",
    average_order < 20 as "Low bill",
    coalesce(total_12m, 0) > 1000 as "Big year",
    coalesce(total, 0) >= top_tenth as "Top tenth",
    average_order <= lowest_quarter as "Lowest quarter",
    case when total > 0 then coalesce(pineapple, 0) > 0.5 * total end as "Pineapple lovers",
    coalesce(gifts, 0) > 0.5 * coalesce(total, 0) as "Gift givers",
    coalesce(categories, 0) >= 5 as "Many categories",
    favourite = 'Berries' as "Berries first",
    coalesce(recency >= 180, false) as "Stopped",
    resumed as "Resumed",
    quote_won as "Quote won",
    coalesce(quoted, false) and not quote_won as "Quote lost",
    coalesce(helped_12m > 0 and unhappy_12m, false) as "Helped and unhappy",
    coalesce(helped_12m, 0) >= 2 as "Often helped",
    mean_score < 3 as "Unhappy",
    lowest_score >= 4 as "Happy",
    refunds > 0.2 * coalesce(orders, 0) as "Sends back",
    refunded_90d as "Sent back lately",
    coalesce(opens_90d, 0) >= 3 as "Openers",
    coalesce(clicks_12m, 0) >= 2 as "Clickers",
    coalesce(sent_6m, 0) >= 3 and not coalesce(opened_6m, false) as "Dormant subscribers",
    last_at is null and (coalesce(quoted_12m, false) or coalesce(clicks_12m, 0) >= 2) as "Interested",
    coalesce(visits_90d, 0) >= 3 and coalesce(last_at < timestamptz '2026-08-03', true) as "Window shoppers",
    visit_won as "Visit, then order",
    last_at is not null and not_web = 0 as "Web alone",
    case when total > 0 then coalesce(by_phone, 0) > 0.5 * total end as "By telephone",
    coalesce(called_6m, false) as "Called",
    coalesce(orders, 0) = 1 and recency between 30 and 90 as "Second order due",
    coalesce(total_6m, 0) > 1.5 * coalesce(total_before, 0) as "Growing",
    coalesce(total_6m, 0) < 0.5 * coalesce(total_before, 0) as "Shrinking",
    country in ('ES', 'PT') as "Iberia",
    email_consent is null or not email_consent as "No consent",
    month(birth_date) * 100 + day(birth_date) in (1031, 1101, 1102, 1103, 1104, 1105, 1106) as "Birthday week",
    household_size >= 3 and country = 'ES' as "Large households",
    cast(acquired_at as date) >= date '2026-10-01' as "New contacts",
    largest_order > 300 as "Large order",
    largest_order < 30 as "Small orders",
    substr(md5(concat('', ':', contact_id)), 1, 8) < '80000000' as "Half of all",
    coalesce(orders, 0) >= 2 and (email_consent is null or not email_consent) as "Repeat without consent",
    date '2026-10-31' - cast(first_at as date) > 365 and coalesce(bit_count(months), 0) >= 6 as "Loyal",
    coalesce(recency >= 180, false) and coalesce(total, 0) > 500 as "Worth a call",
    coalesce(orders_christmas, 0) >= 1 as "Christmas",
    pieces >= 10 as "In bulk"
from joined cross join cuts
order by contact_id
