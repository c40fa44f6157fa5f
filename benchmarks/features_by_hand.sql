-- The catalogue's features as of 2026-10-31 in Madrid, as somebody who knows DuckDB well would write them for this one day:
-- contacts become numbers, a row of each contact and kind holds all that is counted of that kind, nothing is counted
-- distinct, favourites are the maximum of one whole number, all quartiles come of one sorted list, and boundaries of
-- windows are literals. {interactions} and {contacts} are Parquet files, {columns} those of the contacts.
-- Summer time as literals, from the autumn before the first row: the zone's own calendar takes four times as long.
create or replace temp macro local_time(instant) as make_timestamp(epoch_us(instant) + case
    when instant >= timestamptz '2026-10-25 01:00:00+00' then 3600000000
    when instant >= timestamptz '2026-03-29 01:00:00+00' then 7200000000
    when instant >= timestamptz '2025-10-26 01:00:00+00' then 3600000000
    when instant >= timestamptz '2025-03-30 01:00:00+00' then 7200000000
    when instant >= timestamptz '2024-10-27 01:00:00+00' then 3600000000
    when instant >= timestamptz '2024-03-31 01:00:00+00' then 7200000000
    when instant >= timestamptz '2023-10-29 01:00:00+00' then 3600000000 end);
create or replace temp macro days_since(instant) as date '2026-10-31' - local_time(instant)::date;
with people as (
    select contact_id, (row_number() over ())::int as person from read_parquet('{contacts}')
), kinds as materialized (
    select contact_id, kind, count(*) as n,
        count(case when occurred_at >= timestamptz '2026-10-01 22:00:00+00' then 1 end) as n_30d,
        count(case when occurred_at >= timestamptz '2026-08-02 22:00:00+00' then 1 end) as n_90d,
        count(case when occurred_at >= timestamptz '2025-10-31 23:00:00+00' then 1 end) as n_365d,
        min(occurred_at) as first_at, max(occurred_at) as last_at
    from read_parquet('{interactions}') where occurred_at < timestamptz '2026-10-31 23:00:00+00'
    group by contact_id, kind
), everything as (
    select contact_id, sum(n)::bigint as n, sum(n_90d)::bigint as n_90d, min(first_at) as first_at,
        max(last_at) as last_at
    from kinds group by contact_id
), surveys as (
    select contact_id, avg(score::decimal(18, 4)) as satisfaction,
        arg_max(score, {{'at': occurred_at, 'score': score}}) filter (score is not null) as last_satisfaction,
        max(score) as highest, count(score) as scores, count(*) filter (score >= 9) as promoters,
        count(*) filter (score <= 6) as detractors
    from read_parquet('{interactions}')
    where kind = 'survey' and occurred_at < timestamptz '2026-10-31 23:00:00+00' group by contact_id
), refund_orders as (
    select contact_id, order_id, count(*) as lines, sum(amount::decimal(18, 4)) as amount
    from read_parquet('{interactions}')
    where kind = 'refund' and occurred_at < timestamptz '2026-10-31 23:00:00+00' group by contact_id, order_id
), refunds as (
    -- A line without an order is an order of its own.
    select contact_id, sum(if(order_id is null, lines, 1))::bigint as refunds, sum(amount) as refunded
    from refund_orders group by contact_id
), purchases as materialized (
    select person, occurred_at, order_id, category, product, channel, campaign, quantity,
        amount::decimal(18, 4) as amount
    from read_parquet('{interactions}') join people using (contact_id)
    where kind = 'purchase' and occurred_at < timestamptz '2026-10-31 23:00:00+00'
), spend as (
    select person, sum(amount) as total_spend,
        sum(case when occurred_at >= timestamptz '2026-10-01 22:00:00+00' then amount end) as spend_30d,
        sum(case when occurred_at >= timestamptz '2026-08-02 22:00:00+00' then amount end) as spend_90d,
        sum(case when occurred_at >= timestamptz '2025-10-31 23:00:00+00' then amount end) as spend_365d,
        sum(case when occurred_at >= timestamptz '2026-05-04 22:00:00+00'
            and occurred_at < timestamptz '2026-08-02 22:00:00+00' then amount end) as spend_before_90d,
        sum(case when occurred_at >= timestamptz '2024-10-31 23:00:00+00'
            and occurred_at < timestamptz '2025-10-31 23:00:00+00' then amount end) as spend_before_365d,
        sum(case when occurred_at >= timestamptz '2025-10-31 23:00:00+00'
            and occurred_at < timestamptz '2026-01-29 23:00:00+00' then amount end) as same_season_spend
    from purchases group by person
), orders as materialized (
    select person, sum(amount) as amount, sum(quantity) as units, count(*) as lines, count(campaign) as campaigns,
        min(occurred_at) as first_at, max(occurred_at) as last_at,
        count(case when occurred_at >= timestamptz '2026-05-04 22:00:00+00'
            and occurred_at < timestamptz '2026-08-02 22:00:00+00' then 1 end) as lines_before_90d,
        local_time(min(occurred_at)) as local_at
    from purchases where order_id is not null group by person, order_id
    union all
    select person, amount, quantity, 1, (campaign is not null)::bigint, occurred_at, occurred_at,
        (occurred_at >= timestamptz '2026-05-04 22:00:00+00'
            and occurred_at < timestamptz '2026-08-02 22:00:00+00')::bigint,
        local_time(occurred_at)
    from purchases where order_id is null
), order_counts as (
    select person, count(*) as purchases,
        count(case when last_at >= timestamptz '2026-10-01 22:00:00+00' then 1 end) as purchases_30d,
        count(case when last_at >= timestamptz '2026-08-02 22:00:00+00' then 1 end) as purchases_90d,
        count(case when last_at >= timestamptz '2025-10-31 23:00:00+00' then 1 end) as purchases_365d,
        count(case when lines_before_90d > 0 then 1 end) as purchases_before_90d,
        count(case when campaigns > 0 then 1 end) as campaign_orders,
        avg(units) as basket_size, avg(lines) as basket_lines, max(units) as largest_basket,
        max(amount) as largest_order, min(amount) as smallest_order,
        count(case when amount <= 0 then 1 end) as zero_orders
    from orders group by person
), weekdays as (
    -- Most orders first, of as many the earlier: the maximum of one number tells both.
    select key // 8 as person, max(n * 8 - key % 8) as best
    from (select person * 8::bigint + isodow(local_at) as key, count(*) as n from orders group by key) group by all
), hours as (
    select key // 32 as person, max(n * 32 - key % 32) as best
    from (select person * 32::bigint + hour(local_at) as key, count(*) as n from orders group by key) group by all
), quarters as (
    select key // 8 as person, max(n * 8 - key % 8) as best
    from (select person * 8::bigint + quarter(local_at) as key, count(*) as n from orders group by key) group by all
), days as (
    select person, day, day - lag(day) over (partition by person order by day) as gap
    from (select distinct person, local_at::date as day from orders)
), rhythm as (
    select person, count(*) as purchase_days, quantile_cont(gap, [0.25, 0.5, 0.75]) as quartiles, max(gap) as longest,
        bit_count(bit_or(case when day > date '2025-10-31'
            then 1::bigint << ((year(day) - 2025) * 12 + month(day) - 1)::int end)) as active_months_365d
    from days group by person
), contact_categories as materialized (
    select person, category, count(*) as n, min(occurred_at) as first_at
    from purchases where category is not null group by person, category
), categories as (
    select category, row_number() over (order by count(*) desc, category) as popularity,
        row_number() over (order by category) as place
    from contact_categories group by category
), sold as (
    select count(*) as n, list(category order by popularity) as popular, list(category order by place) as by_name
    from categories
), tastes as (
    select person, max(n * 1048576 - place) as best, sum(n) as n, count(*) as categories_bought,
        max(first_at) as new_category_at,
        count(case when first_at >= timestamptz '2025-10-31 23:00:00+00' then 1 end) as new_categories_365d,
        bit_or(case when popularity <= 62 then 1::bigint << (least(popularity, 62) - 1)::int end) as popular_categories
    from contact_categories join categories using (category) group by person
), contact_products as materialized (
    select person, product, count(*) as n, sum(amount) as amount, sum(quantity) as quantity
    from purchases where product is not null group by person, product
), products as (
    select product, row_number() over (order by product) as place,
        quantile_cont(amount::double / quantity, 0.5) filter (quantity > 0 and amount > 0) as usual_price
    from contact_products group by product
), product_names as (
    select list(product order by place) as by_name from products
), prices as (
    select person, max(n * 1048576 - place) as best, sum(n) as n, count(*) as products_bought,
        sum(case when priced then amount end) as priced_spend,
        sum(case when priced then (quantity * usual_price)::decimal(18, 4) end) as usual_spend,
        sum(case when priced and amount <= round(0.95 * quantity * usual_price, 4) then amount end) as spend_below_price
    from (
        select *, usual_price > 0 and quantity > 0 and amount >= 0 as priced
        from contact_products join products using (product)
    ) group by person
), contact_channels as materialized (
    select person, channel, count(*) as n from purchases where channel is not null group by person, channel
), channels as (
    select channel, row_number() over (order by channel) as place from contact_channels group by channel
), channel_names as (
    select list(channel order by place) as by_name from channels
), ways as (
    select person, max(n * 1048576 - place) as best, sum(n) as n, count(*) as purchase_channels
    from contact_channels join channels using (channel) group by person
), joined as (
    select contacts.*, everything.n as interactions, everything.n_90d as interactions_90d,
        everything.first_at as first_interaction_at, everything.last_at as last_interaction_at,
        purchase.first_at as first_purchase_at, purchase.last_at as last_purchase_at,
        spend.* exclude (person), order_counts.* exclude (person),
        coalesce(order_counts.purchases, 0) as orders_so_far, coalesce(refunds.refunds, 0) as refunds,
        coalesce(refunded, 0)::double as refunded, refund.last_at as last_refund_at,
        rhythm.* exclude (person),
        7 - (weekdays.best + 7) % 8 as favourite_weekday, 31 - (hours.best + 31) % 32 as favourite_hour,
        7 - (quarters.best + 7) % 8 as favourite_quarter, (quarters.best + 7) // 8 as quarter_orders,
        tastes.* exclude (person), sold.n as categories_sold, sold.popular, sold.by_name as category_names,
        prices.best as best_product, prices.n as product_lines, product_names.by_name as product_names,
        products_bought, priced_spend, usual_spend, spend_below_price,
        ways.best as best_channel, ways.n as channel_lines, channel_names.by_name as channel_names, purchase_channels,
        email_sent.n as sent, email_sent.n_90d as sent_90d, email_sent.last_at as last_email_sent_at,
        email_open.n as opens, email_open.n_90d as opens_90d, email_open.last_at as last_email_open_at,
        email_click.n as clicks, email_click.n_90d as clicks_90d, email_click.last_at as last_email_click_at,
        visit.n as visits, visit.n_30d as visits_30d, visit.n_90d as visits_90d, visit.last_at as last_visit_at,
        support.n as support, support.n_90d as support_90d, support.n_365d as support_365d,
        support.last_at as last_support_request_at,
        quote.n as quotes, quote.n_365d as quotes_365d, quote.last_at as last_quote_request_at,
        call.n as calls, call.n_365d as calls_365d, call.last_at as last_call_at,
        subscription.last_at as last_subscription_at, response.last_at as last_campaign_response_at,
        survey.last_at as last_survey_at, surveys.* exclude (contact_id, highest)
    from read_parquet('{contacts}') as contacts join people using (contact_id)
        left join everything using (contact_id)
        left join (from kinds where kind = 'purchase') as purchase using (contact_id)
        left join (from kinds where kind = 'refund') as refund using (contact_id)
        left join (from kinds where kind = 'email_sent') as email_sent using (contact_id)
        left join (from kinds where kind = 'email_open') as email_open using (contact_id)
        left join (from kinds where kind = 'email_click') as email_click using (contact_id)
        left join (from kinds where kind = 'visit') as visit using (contact_id)
        left join (from kinds where kind = 'support_request') as support using (contact_id)
        left join (from kinds where kind = 'quote_request') as quote using (contact_id)
        left join (from kinds where kind = 'call') as call using (contact_id)
        left join (from kinds where kind = 'subscription') as subscription using (contact_id)
        left join (from kinds where kind = 'campaign_response') as response using (contact_id)
        left join (from kinds where kind = 'survey') as survey using (contact_id)
        left join surveys using (contact_id) left join refunds using (contact_id)
        left join spend using (person) left join order_counts using (person) left join rhythm using (person)
        left join weekdays using (person) left join hours using (person) left join quarters using (person)
        left join tastes using (person) left join prices using (person) left join ways using (person)
        cross join sold cross join product_names cross join channel_names
    where acquired_at is null or acquired_at < timestamptz '2026-10-31 23:00:00+00' or everything.n is not null
), dated as (
    select *, local_time(last_purchase_at)::date as last_purchase_on,
        local_time(first_purchase_at)::date as first_purchase_on,
        days_since(least(acquired_at, first_interaction_at)) as tenure_days,
        if(birth_date <= date '2026-10-31', 2026 - year(birth_date) - (month(birth_date) > 10)::int, null) as age_years,
        coalesce(total_spend, 0)::double as spent, coalesce(spend_90d, 0)::double as spent_90d,
        coalesce(spend_365d, 0)::double as spent_365d, coalesce(spend_before_90d, 0)::double as spent_before_90d,
        coalesce(priced_spend, 0)::double as priced, coalesce(usual_spend, 0)::double as usual,
        coalesce(spend_below_price, 0)::double as below, coalesce(popular_categories, 0) as bits,
        (best + 1048575) // 1048576 as category_lines, (best_product + 1048575) // 1048576 as lines_of_best_product,
        (best_channel + 1048575) // 1048576 as lines_of_best_channel
    from joined
)
select {columns}, coalesce(interactions, 0) as interactions, coalesce(interactions_90d, 0) as interactions_90d,
    first_interaction_at, last_interaction_at, tenure_days,
    days_since(last_interaction_at) as quiet_days,
    coalesce(len(relationships), 0) as relationship_count, age_years,
    case when age_years < 18 then 'under 18' when age_years < 25 then '18-24' when age_years < 35 then '25-34'
        when age_years < 45 then '35-44' when age_years < 55 then '45-54' when age_years < 65 then '55-64'
        when age_years >= 65 then '65 and over' end as age_group,
    case when household_size = 1 then '1' when household_size = 2 then '2' when household_size in (3, 4) then '3-4'
        when household_size > 4 then '5 and more' end as household_band,
    first_purchase_at, last_purchase_at, date '2026-10-31' - last_purchase_on as recency_days,
    date '2026-10-31' - first_purchase_on as customer_days,
    if(first_purchase_on is null, null, greatest(tenure_days - (date '2026-10-31' - first_purchase_on), 0))
        as days_to_first_purchase,
    orders_so_far as purchases, coalesce(purchases_30d, 0) as purchases_30d,
    coalesce(purchases_90d, 0) as purchases_90d,
    coalesce(purchases_365d, 0) as purchases_365d, coalesce(purchases_before_90d, 0) as purchases_before_90d,
    coalesce(purchase_days, 0) as purchase_days, coalesce(active_months_365d, 0)::bigint as active_months_365d,
    (coalesce(purchases_90d, 0) - coalesce(purchases_before_90d, 0))
        / (coalesce(purchases_90d, 0) + coalesce(purchases_before_90d, 0) + 1.0::double) as purchase_trend,
    basket_size, basket_lines, largest_basket, coalesce(campaign_orders, 0) as campaign_orders,
    campaign_orders / nullif(orders_so_far, 0) as campaign_share, spent as total_spend,
    coalesce(spend_30d, 0)::double as spend_30d, spent_90d as spend_90d, spent_365d as spend_365d,
    spent_before_90d as spend_before_90d, coalesce(spend_before_365d, 0)::double as spend_before_365d,
    coalesce(same_season_spend, 0)::double as same_season_spend, spent / nullif(orders_so_far, 0) as average_order,
    spent_365d / nullif(purchases_365d, 0) as average_order_365d, largest_order::double as largest_order,
    smallest_order::double as smallest_order, coalesce(zero_orders, 0) as zero_orders,
    (spent_90d - spent_before_90d)
        / nullif(abs(spent_90d) + abs(spent_before_90d) + abs(spent) / nullif(orders_so_far, 0), 0)
        as spend_trend,
    refunded, refunds, last_refund_at, spent - refunded as net_spend, refunded / nullif(spent, 0) as refund_share,
    (spent - refunded) / nullif((date '2026-10-31' - first_purchase_on) / 30.4375::double, 0) as spend_per_month,
    priced as priced_spend, usual as usual_spend, below as spend_below_price, priced / nullif(usual, 0) as price_index,
    below / nullif(priced, 0) as discount_share,
    (last_purchase_on - first_purchase_on) / nullif(orders_so_far - 1, 0) as days_between_orders,
    quartiles[2] as median_gap_days, quartiles[1] as gap_lower_quartile, quartiles[3] as gap_upper_quartile,
    longest::double as longest_gap_days, quartiles[3] - quartiles[1] as gap_spread_days,
    date '2026-10-31' - last_purchase_on - quartiles[2] as overdue_days,
    (date '2026-10-31' - last_purchase_on) / nullif(quartiles[2], 0) as overdue_ratio,
    category_names[1048575 - (best + 1048575) % 1048576] as favourite_category,
    category_lines / n as favourite_category_share,
    product_names[1048575 - (best_product + 1048575) % 1048576] as favourite_product,
    lines_of_best_product / product_lines as favourite_product_share,
    channel_names[1048575 - (best_channel + 1048575) % 1048576] as favourite_channel,
    lines_of_best_channel / channel_lines as favourite_channel_share, favourite_weekday, favourite_hour,
    favourite_quarter, quarter_orders / nullif(orders_so_far, 0) as favourite_quarter_share,
    coalesce(categories_bought, 0) as categories_bought, coalesce(products_bought, 0) as products_bought,
    coalesce(purchase_channels, 0) as purchase_channels, new_category_at,
    days_since(new_category_at) as days_since_new_category,
    coalesce(new_categories_365d, 0) as new_categories_365d,
    categories_sold - coalesce(categories_bought, 0) as categories_missing, bits as popular_categories,
    popular[nullif(log2((~bits & (bits + 1))::double)::bigint + 1, 63)] as next_category,
    coalesce(sent, 0) as emails_sent, coalesce(sent_90d, 0) as emails_sent_90d, last_email_sent_at,
    days_since(last_email_sent_at) as days_since_email_sent,
    coalesce(opens, 0) as email_opens, coalesce(opens_90d, 0) as email_opens_90d, last_email_open_at,
    days_since(last_email_open_at) as days_since_email_open,
    coalesce(clicks, 0) as email_clicks, coalesce(clicks_90d, 0) as email_clicks_90d, last_email_click_at,
    days_since(last_email_click_at) as days_since_email_click,
    coalesce(opens, 0) / nullif(sent, 0) as email_open_rate,
    coalesce(opens_90d, 0) / nullif(sent_90d, 0) as email_open_rate_90d,
    coalesce(clicks, 0) / nullif(sent, 0) as email_click_rate,
    coalesce(clicks, 0) / nullif(opens, 0) as click_to_open_rate,
    coalesce(visits, 0) as visits, coalesce(visits_30d, 0) as visits_30d, coalesce(visits_90d, 0) as visits_90d,
    last_visit_at, days_since(last_visit_at) as days_since_visit,
    coalesce(visits, 0) / nullif(orders_so_far, 0) as visits_for_purchase,
    coalesce(support, 0) as support_requests, coalesce(support_90d, 0) as support_requests_90d,
    coalesce(support_365d, 0) as support_requests_365d, last_support_request_at,
    days_since(last_support_request_at) as days_since_support_request,
    coalesce(support, 0) / nullif(orders_so_far, 0) as support_for_purchase,
    coalesce(quotes, 0) as quote_requests, coalesce(quotes_365d, 0) as quote_requests_365d, last_quote_request_at,
    days_since(last_quote_request_at) as days_since_quote_request,
    coalesce(calls, 0) as calls, coalesce(calls_365d, 0) as calls_365d, last_call_at,
    days_since(last_call_at) as days_since_call,
    days_since(last_refund_at) as days_since_refund,
    last_subscription_at,
    days_since(last_subscription_at) as days_since_subscription,
    last_campaign_response_at,
    days_since(last_campaign_response_at) as days_since_campaign_response,
    satisfaction, last_satisfaction, last_survey_at,
    days_since(last_survey_at) as days_since_survey,
    coalesce(scores, 0) as survey_scores, coalesce(promoters, 0) as promoter_scores,
    coalesce(detractors, 0) as detractor_scores,
    if((select max(highest) > 5 and max(highest) <= 10 from surveys),
        100 * (promoters - detractors)::double / nullif(scores, 0), null) as nps
from dated order by contact_id
