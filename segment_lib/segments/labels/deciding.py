"""What becomes of every contact's label on a day: the rule's answer beside what stands, as SQL over both."""

from collections.abc import Mapping

import duckdb
import pyarrow as pa

from segment_lib.asof import AsOf
from segment_lib.segments.labels.definitions import LabelDefinition
from segment_lib.segments.labels.hand import words_sql
from segment_lib.segments.labels.rows import carried_sql, expiry_of, instant_sql

# The outcomes that are counted, and how a report says them.
COUNTS = {
    "put_on": "put on",
    "stayed": "stayed",
    "taken_off": "taken off",
    "expired": "expired",
    "unknown": "unknown",
    "kept_by_hand": "kept by hand",
    "kept_by_others": "kept by imports or workflows",
    "off_by_hand": "off by hand",
}
_WHO = "'labels.yml'"


def add_rules(connection: duckdb.DuckDBPyConnection, labels: Mapping[str, LabelDefinition], as_of: AsOf) -> None:
    """Make the table `rules`: of each label its rule, when it would end, whether no later day was seen.

    Parameters
    ----------
    connection : from `open_labels`.
    labels : those with a rule, by name.
    as_of : the day.
    """
    schema = pa.schema([("label", pa.string()), ("rule", pa.string()), ("ends", pa.timestamp("us", tz="UTC"))])
    rows = [
        {"label": name, "rule": one.rule, "ends": expiry_of(as_of, one.expires_after)} for name, one in labels.items()
    ]
    connection.register("given_rules", pa.Table.from_pylist(rows, schema=schema))
    start, end = instant_sql(as_of.instant(as_of.day)), instant_sql(as_of.end)
    connection.execute(
        f"""create temp table rules as select label, rule, ends,
            coalesce(bool_and(day_start < {end}), true) as is_latest,
            max(day_start) filter (day_start < {start}) as seen
        from given_rules left join looked_at using (label) group by all"""
    )


def add_decisions(connection: duckdb.DuckDBPyConnection, as_of: AsOf) -> None:
    """Make the table `decisions`: one row for each contact and label with the outcome and what it means for rows.

    Parameters
    ----------
    connection : has `labels`, `rules` and `answers` (`contact_id`, `label`, `answer`).
    as_of : the day; of later ones only what a person took off is looked at, so that it stays off.
    """
    end, carried = instant_sql(as_of.end), carried_sql(as_of.end)
    connection.execute(
        f"""create temp table decisions as
        with stands as (
            select contact_id, label,
                bool_or(source = 'rule' and {carried} and removed_at is null and expires_at is distinct from ends)
                    as ends_otherwise,
                bool_or(coalesce(expires_at < {end} and expires_at > coalesce(seen, '-infinity'::timestamptz)
                    and (removed_at is null or removed_at >= expires_at), false)) as ran_out,
                arg_min(struct_pack(at := removed_at, who := removed_by, why := removal_reason), removed_at)
                    filter (removal_source = 'manual' and removed_at >= {end}) as later
            from labels join rules using (label) group by all
        )
        select label, contact_id, coalesce(ran_out, false) as ran_out, later,
            case
                when answer is null then case when answers.label is not null or by_rule then 'unknown' end
                when answer and (by_hand or by_others) then 'stayed'
                when answer and held_off then 'off_by_hand'
                when answer and by_rule then 'stayed'
                when answer then 'put_on'
                when by_hand then 'kept_by_hand'
                when by_others then 'kept_by_others'
                when by_rule then 'taken_off'
            end as outcome,
            coalesce(by_rule and (not answer or (answer and held_off)), false) as closes,
            coalesce(answer and by_rule and not held_off and ends_otherwise, false) as renews,
            coalesce(by_hand or by_others, false) or (coalesce(by_rule, false) and not closes)
                or coalesce(outcome = 'put_on', false) as carries
        from (from ({words_sql(as_of.end)}) join rules using (label)) as words
        full join answers using (contact_id, label) left join stands using (contact_id, label)"""
    )


def add_fresh_rows(connection: duckdb.DuckDBPyConnection, as_of: AsOf) -> None:
    """Make the table `fresh`: all rows of every contact and label of which some row changes, as they are afterwards.

    Parameters
    ----------
    connection : after `add_decisions`.
    as_of : the day, at whose beginning all changes take place.

    Notes
    -----
    A row that a person has ended on a later day ends at the beginning of this one where its rule says no; what the
    person did is kept as a row without length.
    """
    start, carried = instant_sql(as_of.instant(as_of.day)), carried_sql(as_of.end)
    changes = f"source = 'rule' and closes and {carried}"
    connection.execute(
        f"""create temp table fresh as
        with changing as (
            select contact_id, label, outcome, closes, renews, later, rule, ends
            from decisions join rules using (label) where is_latest and (closes or renews or outcome = 'put_on')
        ), standing as (from labels join changing using (contact_id, label))
        select * exclude (outcome, closes, renews, later, rule, ends) replace (
            case when {changes} then {start} else removed_at end as removed_at,
            case when {changes} then 'rule' else removal_source end as removal_source,
            case when {changes} then {_WHO} else removed_by end as removed_by,
            case when {changes} then 'no longer: ' || rule else removal_reason end as removal_reason,
            case when source = 'rule' and renews and removed_at is null and {carried} then ends else expires_at end
                as expires_at)
        from standing
        union all by name
        select * exclude (outcome, closes, renews, later, rule, ends) replace (removed_at as assigned_at)
        from standing where {changes} and removed_at is not null
        union all by name
        select contact_id, label, 'rule' as source, {start} as assigned_at, ends as expires_at, {_WHO} as "by",
            rule as reason, later.at as removed_at, case when later is not null then 'manual' end as removal_source,
            later.who as removed_by, later.why as removal_reason
        from changing where outcome = 'put_on'"""
    )
