"""Before and after cleaning: what the cells of a file's first rows become, by the recipe and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from segment_lib.engine import open_connection
from segment_lib.errors import InvalidFile
from segment_lib.loading.casting import add_cleaners
from segment_lib.loading.column_rules import FieldRule
from segment_lib.loading.mapping import Mapping
from segment_lib.loading.plan import find_files, make_job, plan_source, read_options
from segment_lib.loading.recipe import ImportFile, Source, load_recipe
from segment_lib.loading.sources import SourceFile, inspect_query, inspect_source, preview_source
from segment_lib.loading.staging import Staged, stage_file
from segment_lib.sql import identifier, literal
from segment_lib.vocabulary import Column
from segment_lib.workspace import Workspace

PREVIEWED = 2_000
PAIRS = ("source", "file", "column", "field", "family", "before", "after", "rows", "changed")


@dataclass(frozen=True)
class CleaningPreview:
    """What the cells of some rows became.

    Attributes
    ----------
    pairs : one row for every different cell of a column: `source`, `file`, `column`, `field`, `family`, `before`,
        `after` (missing where nothing is left), `rows`, `changed`.
    rows : how many rows were looked at, by source.
    left_out : why a source was left out, a sentence each.
    """

    pairs: pd.DataFrame = field(repr=False)
    rows: dict[str, int]
    left_out: tuple[str, ...] = ()


def preview_cleaning(workspace: Workspace, *, now: datetime, rows: int = PREVIEWED) -> CleaningPreview:
    """Clean the first rows of every source's newest file, and compare each cell with what it becomes.

    Parameters
    ----------
    workspace : whose recipe and files; nothing of it is changed.
    now : the instant that ranges such as `to: today` are measured against.
    rows : how many of each file.

    Returns
    -------
    CleaningPreview
        It holds values of single people: for the analyst, not for a report.
    """
    recipe = load_recipe(workspace)
    tables: list[pd.DataFrame] = []
    looked: dict[str, int] = {}
    left_out = []
    for source in recipe.sources:
        file = _inspect(workspace, source)
        preview = preview_source(file, rows=rows)
        looked[source.name] = preview.num_rows
        try:
            tables.append(_clean(workspace, recipe, source, file, preview, now=now))
        except InvalidFile as error:
            # So few rows may leave open what all of them decide, such as the order of day and month.
            left_out.append(f"{source.name}: the first {preview.num_rows:,} rows alone can't be read: {error}")
    pairs = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=list(PAIRS))
    return CleaningPreview(pairs, looked, tuple(left_out))


def summarise_cleaning(pairs: pd.DataFrame) -> pd.DataFrame:
    """Count by column what cleaning did.

    Parameters
    ----------
    pairs : of `preview_cleaning`.

    Returns
    -------
    pandas.DataFrame
        `source`, `column`, `field`, `family`, `cells` (with a value), `cells_changed`, `cells_emptied` (of the changed,
        those that became nothing), `distinct_before`, `distinct_after`; columns with most changes first, source by
        source.
    """
    keys = ["source", "column", "field", "family"]
    counted = pairs.assign(
        cells=pairs["rows"],
        cells_changed=pairs["rows"].where(pairs["changed"].astype(bool), 0),
        cells_emptied=pairs["rows"].where(pairs["after"].isna(), 0),
    ).groupby(keys, sort=False, as_index=False)
    table = counted.agg(
        cells=("cells", "sum"),
        cells_changed=("cells_changed", "sum"),
        cells_emptied=("cells_emptied", "sum"),
        distinct_before=("before", "nunique"),
        distinct_after=("after", "nunique"),
    )
    order = {name: place for place, name in enumerate(dict.fromkeys(table["source"]))}
    ranked = table.assign(place=table["source"].map(order)).sort_values(
        ["place", "cells_changed"], ascending=[True, False], kind="stable", ignore_index=True
    )
    return ranked.drop(columns="place")


def compare_cells(connection: duckdb.DuckDBPyConnection, staged: Staged, preview: pa.Table) -> pa.Table:
    """Compare the cells of a staged file with what they became.

    Parameters
    ----------
    connection : has the view `{name}_staged`.
    staged : the file.
    preview : its rows as texts, in their order.

    Returns
    -------
    pyarrow.Table
        `column`, `field`, `family`, `before`, `after`, `rows`, `changed`; the most frequent first. Columns that are
        filled by a constant, an expression or a lookup are left out: there is nothing to compare.
    """
    names = [f"c{place}" for place in range(preview.num_columns)]
    connection.register("given_preview", preview.rename_columns(names))
    parts: list[str] = []
    for column in staged.mapping.mapped:
        rule = staged.mapping.source.columns[column.name]
        if rule.source is None or rule.lookup is not None:
            continue
        cell = names[preview.column_names.index(rule.source)]
        value = _as_text(column, f"staged.{identifier(column.name)}")
        same = _same(column, rule, f"file.{cell}", f"staged.{identifier(column.name)}", staged.mapping)
        parts.append(
            f"""select {len(parts)} as place, {literal(rule.source)} as "column", {literal(column.name)} as field,
                {literal(column.family)} as family, file.{cell} as before, {value} as after, count(*) as rows,
                not coalesce({same}, false) as changed
            from numbered as file join {staged.name}_staged as staged on staged._row_number = file.number
            where trim(file.{cell}) <> '' group by all"""
        )
    if not parts:
        return pa.table({name: pa.array([], pa.string()) for name in PAIRS[2:]})
    query = " union all ".join(parts)
    return connection.sql(
        f"""with numbered as (select row_number() over () as number, * from given_preview)
        select * exclude (place) from ({query}) order by place, rows desc, before, after"""
    ).to_arrow_table()


def newest_file(workspace: Workspace) -> Path | None:
    """Return the newest file of the recipe's first source that reads files, or nothing where there is none.

    Parameters
    ----------
    workspace : whose.

    Returns
    -------
    pathlib.Path or None
    """
    sources = [source for source in load_recipe(workspace).sources if source.file is not None]
    return find_files(workspace, sources[0])[-1] if sources else None


def _inspect(workspace: Workspace, source: Source) -> SourceFile:
    if source.database is not None:
        return inspect_query(source.name, source.database.query, source.database.connection)
    return inspect_source(find_files(workspace, source)[-1], read_options(source))


def _clean(
    workspace: Workspace, recipe: ImportFile, source: Source, file: SourceFile, preview: pa.Table, *, now: datetime
) -> pd.DataFrame:
    with TemporaryDirectory() as made, open_connection() as connection:
        folder = Path(made)
        small = folder / "preview.parquet"
        pq.write_table(preview, small)
        add_cleaners(connection)
        plan = plan_source(workspace, recipe, source, now=now)
        job = make_job(plan, inspect_source(small, needed=plan.mapping.needed()), ())
        staged = stage_file(connection, replace(job, import_id="preview"), folder=folder)
        pairs: pd.DataFrame = compare_cells(connection, staged, preview).to_pandas()
    pairs.insert(0, "source", source.name)
    pairs.insert(1, "file", file.path.name)
    return pairs


def _as_text(column: Column, value: str) -> str:
    if column.type == "text list":
        return f"nullif(array_to_string({value}, '; '), '')"
    if column.type == "timestamp":
        return f"replace(cast({value} as varchar), '+00', ' UTC')"
    return f"cast({value} as varchar)"


def _same(column: Column, rule: FieldRule, cell: str, value: str, mapping: Mapping) -> str:
    """Return the SQL of whether a cell says what it said, be a number written 12.50 or 12.5."""
    if column.type in ("number", "integer"):
        return f"try_cast({cell} as double) = {value}"
    if column.type == "boolean":
        return f"lower({cell}) = cast({value} as varchar)"
    if column.type == "date":
        return f"{cell} = cast({value} as varchar)"
    if column.type == "timestamp":
        zone = literal(rule.time_zone or mapping.zone)
        naive = f"try_cast({cell} as timestamp) at time zone {zone} = {value}"
        stands = f"regexp_matches({cell}, '^\\d{{4}}-\\d\\d-\\d\\d[T ]')"
        zoned = f"regexp_matches({cell}, '(Z|[+-]\\d\\d:?(\\d\\d)?)$')"
        return f"{stands} and case when {zoned} then try_cast({cell} as timestamptz) = {value} else {naive} end"
    if column.type == "text list":
        return f"{cell} = array_to_string({value}, {literal(rule.split or ';')})"
    return f"{cell} = {value}"


def changed_pairs(pairs: pd.DataFrame, *, fields: Sequence[str] = ()) -> pd.DataFrame:
    """Return the cells that became something else, the most frequent first.

    Parameters
    ----------
    pairs : of `preview_cleaning`.
    fields : only of these, where any are given.

    Returns
    -------
    pandas.DataFrame
    """
    chosen = pairs[pairs["changed"].astype(bool)]
    if fields:
        chosen = chosen[chosen["field"].isin(fields)]
    return chosen.sort_values("rows", ascending=False, kind="stable", ignore_index=True)
