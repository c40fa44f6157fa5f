"""Rows that were refused, or kept with faulty cells: as they stand in the file, with every reason."""

import duckdb

from segment_lib.loading.plan import MENDED
from segment_lib.loading.settling import texts
from segment_lib.loading.staging import Staged
from segment_lib.sql import literal

WAS_MENDED = "stands as it was before it was mended; the mended version is there"


def skip_mended(connection: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    """Skip rows that stand in the file as they were refused before, and of which a mended version is there.

    Parameters
    ----------
    connection : has the view `stored_quarantine`; it gets `{name}_waiting`, rows of it that the file may hold again,
        and `{name}_again`, those of the file that it does.
    staged : a file, before its rows are settled.
    """
    name, job = staged.name, staged.job
    mended = f"coalesce(starts_with(resolved_by, {literal(MENDED)}), false)"
    connection.execute(
        f"""create or replace temp table {name}_waiting as
        select import_id, row_number, raw_row, {mended} as was_mended,
            outcome = 'kept' as was_kept
        from stored_quarantine
        where source = {literal(job.source.name)} and raw_row is not null
            and ({mended} or (resolved_by is null and import_id in ({texts(job.earlier)})))"""
    )
    waiting = connection.sql(f"select count(*), count(*) filter (where was_mended) from {name}_waiting").fetchall()
    connection.execute(f"create or replace temp table {name}_again (row_number bigint, raw_row varchar)")
    if waiting == [(0, 0)]:
        return
    # Numbers are for verdicts alone; without them a large file is read by all processors.
    number = "row_number" if waiting[0][1] else "null"
    connection.execute(
        f"""insert into {name}_again select {number}, raw_row from ({staged.raw_rows()})
        where raw_row in (select raw_row from {name}_waiting)"""
    )
    connection.execute(
        f"""insert into {name}_verdicts select row_number, {literal(WAS_MENDED)}, null from {name}_again
        where raw_row in (select raw_row from {name}_waiting where was_mended)"""
    )


def settle_quarantine(connection: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    """Make `{name}_refused`, rows of the table `quarantine`, and `resolved`, earlier ones that were judged anew.

    Parameters
    ----------
    connection : has the view `stored_quarantine`, what `skip_mended` made, and what the staging and settling of the
        file has left.
    staged : a file.
    """
    name, job = staged.name, staged.job
    connection.execute(
        f"""create or replace temp table {name}_late as
        select row_number from {name}_verdicts where reason is not null and row_number not in (
            select _row_number from {name}_staged where _raw is not null or _skip is not null)
        union select _row_number from {name}_staged
        where _raw is null and _skip is null and (_reasons is not null or _notes is not null)"""
    )
    # The rows of a big file are not kept as text; the few that were refused late are read again.
    if connection.sql(f"select 1 from {name}_late limit 1").fetchall():
        raws = staged.raw_rows(among=f"select row_number from {name}_late")
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
    _resolve(connection, staged)


def _resolve(connection: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    """Make the table `resolved` of refused rows that the file holds mended, or as an earlier file of the source did."""
    name, origins = staged.name, staged.job.resolves
    # A row that is known, fault and all, has mended nothing: its fault would be open nowhere.
    connection.execute(
        f"""create or replace temp table {name}_still_faulty as
        select _row_number as row_number, _raw as raw_row from {name}_staged
        where _notes is not null and _row_number not in (select row_number from {name}_refused)"""
    )
    connection.execute(
        f"""create or replace temp table resolved as select import_id, row_number from {name}_waiting
        where not was_mended and (raw_row in (select raw_row from {name}_again)
            or raw_row in (select line from {name}_ragged))
            and not (was_kept and raw_row in (select raw_row from {name}_still_faulty where raw_row is not null))"""
    )
    connection.execute(
        f"""insert into resolved select import_id, row_number from (
            select unnest(?::varchar[]) as import_id, unnest(?::bigint[]) as row_number,
                unnest(range(1, ?::bigint)) as place)
        where place not in (select row_number from {name}_still_faulty)""",
        [[import_id for import_id, _ in origins], [number for _, number in origins], len(origins) + 1],
    )
