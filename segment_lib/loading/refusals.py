"""Rows that were refused, or kept with faulty cells: as they stand in the file, with every reason."""

import duckdb

from segment_lib.loading.plan import MENDED
from segment_lib.loading.settling import texts
from segment_lib.loading.staging import Staged
from segment_lib.sql import literal

WAS_MENDED = "stands as it was before it was mended; the mended version is there"


def settle_quarantine(connection: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    """Make `{name}_refused`, rows of the table `quarantine`, and `resolved`, earlier ones that were judged anew.

    Parameters
    ----------
    connection : has the view `stored_quarantine` and what the staging and settling of the file has left.
    staged : a file.
    """
    name, job = staged.name, staged.job
    connection.execute("create or replace temp table resolved (import_id varchar, row_number bigint)")
    for import_id, number in job.resolves:
        connection.execute("insert into resolved values (?, ?)", [import_id, number])
    earlier = f"source = {literal(job.source.name)} and import_id in ({texts(job.earlier)})"
    refused_before = f"from stored_quarantine where {earlier}"
    if connection.sql(f"select 1 {refused_before} limit 1").fetchall():
        _judge_anew(connection, staged, refused_before)
    late = (
        f"select row_number from {name}_verdicts where reason is not null "
        f"and row_number not in (select _row_number from {name}_staged where _raw is not null or _skip is not null) "
        f"union select _row_number from {name}_staged "
        "where _raw is null and _skip is null and (_reasons is not null or _notes is not null)"
    )
    # The rows of a big file are not kept as text; the few that were refused late are read again.
    if connection.sql(f"select 1 from ({late}) limit 1").fetchall():
        raws = f"select row_number, raw_row from ({staged.raw_rows()}) where row_number in ({late})"
    else:
        raws = "select null::bigint as row_number, null::varchar as raw_row where false"
    origin = f"{literal(job.import_id)} as import_id, {literal(job.source.name)} as source"
    connection.execute(
        f"""create or replace temp table {name}_refused as
        with raws as ({raws}), verdicts as (
            select row_number, list(reason order by reason) as reasons from {name}_verdicts
            where reason is not null group by row_number
        ), rows as (
            select _row_number as row_number, _raw as raw_row, _reasons as reasons, _notes as notes
            from {name}_staged where _skip is null and (_reasons is not null or _notes is not null)
            union all by name select row_number, raw_row from raws
        ), said as (
            select row_number, any_value(raw_row) as raw_row,
                coalesce(any_value(rows.reasons), []) || coalesce(any_value(verdicts.reasons), []) as reasons,
                any_value(notes) as notes
            from rows left join verdicts using (row_number) where row_number not in (
                select row_number from {name}_verdicts where skip is not null
                    and row_number not in (select row_number from verdicts))
            group by row_number
        )
        select {origin}, {literal(job.file.path.name)} as file, {literal(job.source.table)} as target, * from (
            select row_number, case when len(reasons) > 0 then 'refused' else 'kept' end as outcome, raw_row,
                reasons || coalesce(notes, []) as reasons from said
            union all by name
            select row_number, 'refused' as outcome, line as raw_row, [reason] as reasons from {name}_ragged
        ) where outcome = 'refused' or raw_row not in (
            select raw_row from stored_quarantine where source = {literal(job.source.name)}
                and raw_row is not null and starts_with(coalesce(resolved_by, ''), {literal(MENDED)})
        ) order by row_number"""
    )


def _judge_anew(connection: duckdb.DuckDBPyConnection, staged: Staged, refused_before: str) -> None:
    """Settle refused rows that an earlier file of this source held too; skip those that were mended since."""
    name = staged.name
    connection.execute(
        f"""create or replace temp table {name}_again as
        select row_number, raw_row from ({staged.raw_rows()}) where raw_row in (select raw_row {refused_before})
        union all select row_number, line from {name}_ragged where line in (select raw_row {refused_before})"""
    )
    mended = f"starts_with(resolved_by, {literal(MENDED)})"
    connection.execute(
        f"""insert into resolved select import_id, row_number {refused_before}
        and not coalesce({mended}, false) and raw_row in (select raw_row from {name}_again)"""
    )


def skip_mended(connection: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    """Skip rows that stand in the file as they were refused before, and of which a mended version is there.

    Parameters
    ----------
    connection : has the view `stored_quarantine`.
    staged : a file, before its rows are settled.
    """
    name, source = staged.name, literal(staged.job.source.name)
    mended = f"from stored_quarantine where source = {source} and starts_with(resolved_by, {literal(MENDED)})"
    if connection.sql(f"select 1 {mended} limit 1").fetchall():
        connection.execute(
            f"""insert into {name}_verdicts select row_number, {literal(WAS_MENDED)}, null
            from ({staged.raw_rows()}) where raw_row in (select raw_row {mended})"""
        )
