"""Imports: every row of every file is accepted, quarantined with its reasons, or skipped by a declared policy."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb
import pandas as pd
import pyarrow as pa

from segment_lib.definitions import definition_hash
from segment_lib.engine import add_table, open_connection
from segment_lib.errors import InvalidFile
from segment_lib.loading.mapping import Mapping, cell, check_recipe_columns
from segment_lib.loading.reading import InputFile, inspect_file, read_rows
from segment_lib.loading.recipe import Source, columns_of, load_fields, load_recipe
from segment_lib.loading.tables import (
    settle_assignments,
    settle_contacts,
    settle_interactions,
    target_columns,
)
from segment_lib.sql import literal
from segment_lib.vocabulary import IMPORTS, QUARANTINE, arrow_schema
from segment_lib.workspace import Workspace


@dataclass(frozen=True)
class ImportResult:
    """What became of one file."""

    import_id: str
    file: str
    target: str
    recipe_hash: str
    rows_read: int
    rows_accepted: int
    rows_quarantined: int
    rows_skipped: int
    skip_reasons: dict[str, int]
    known: bool = False

    @property
    def balances(self) -> bool:
        """Tell whether every row is accounted for."""
        return self.rows_read == self.rows_accepted + self.rows_quarantined + self.rows_skipped


@dataclass(frozen=True)
class ImportReport:
    """What became of all files of a workspace."""

    results: tuple[ImportResult, ...]

    def __repr__(self) -> str:
        """Return one line a file."""
        lines = [f"{'file':<28}{'table':<22}{'read':>10}{'accepted':>10}{'refused':>9}{'skipped':>9}"]
        for result in self.results:
            lines.append(
                f"{result.file:<28}{result.target:<22}{result.rows_read:>10,}{result.rows_accepted:>10,}"
                f"{result.rows_quarantined:>9,}{result.rows_skipped:>9,}{'  known, unchanged' if result.known else ''}"
            )
        return "\n".join(lines)

    def to_pandas(self) -> pd.DataFrame:
        """Return one row a file."""
        return pd.DataFrame([vars(result) for result in self.results])


@dataclass(frozen=True)
class _Job:
    """One file to be read by one source of the recipe."""

    name: str
    source: Source
    mapping: Mapping
    file: InputFile
    lookups: dict[str, InputFile]
    recipe_hash: str
    import_id: str


def import_files(workspace: Workspace) -> ImportReport:
    """Bring every file that import.yml names into the tables; a file that is known already changes nothing.

    Parameters
    ----------
    workspace : whose recipe and raw files.

    Returns
    -------
    ImportReport

    Raises
    ------
    InvalidDefinition
        import.yml or fields.yml has faults.
    InvalidFile, MissingColumns
        A file is absent, unreadable or lacks a column. Nothing is written then, of no file.

    Notes
    -----
    All files are read and judged before the first table is written. A row of the table `imports` is written last for
    each file, so an import that was cut off is made again by the next one, and replaces what it left.
    """
    fields = load_fields(workspace)
    jobs = list(_plan(workspace, load_recipe(workspace).sources))
    with workspace.locked("import"):
        known = {row["import_id"]: row for row in workspace.table("imports").to_arrow().to_pylist()}
        fresh = [job for job in jobs if job.import_id not in known]
        done: dict[str, ImportResult] = {}
        if fresh:
            with open_connection(workspace.engine_options) as connection:
                for table in ("contacts", "interactions", "campaign_assignments"):
                    add_table(connection, f"stored_{table}", workspace.table(table))
                target_columns(connection, "contacts", columns_of("contacts", fields))
                for job in fresh:
                    done[job.import_id] = _stage(connection, job)
                _write(workspace, connection, fresh, done)
    return ImportReport(tuple(done.get(job.import_id) or _known(known[job.import_id]) for job in jobs))


def _plan(workspace: Workspace, sources: Iterable[Source]) -> Iterable[_Job]:
    fields = load_fields(workspace)
    for source in sources:
        mapping = Mapping(
            source, columns_of(source.table, fields), workspace.settings.time_zone, workspace.settings.currency
        )
        check_recipe_columns(mapping)
        mapping.check_policies()
        paths = sorted(workspace.folder.glob(source.file))
        if not paths:
            raise InvalidFile(f"can't find the file {source.file} of the source `{source.name}` in {workspace.folder}.")
        recipe_hash = definition_hash(
            source,
            [vars(column) for column in mapping.columns],
            workspace.settings.time_zone,
            workspace.settings.currency,
        )
        lookups = {
            name: inspect_file(workspace.folder / rule.lookup.file, [rule.lookup.key, rule.lookup.value])
            for name, rule in source.columns.items()
            if rule.lookup
        }
        for path in paths:
            file = inspect_file(path, mapping.needed(), delimiter=source.delimiter, encoding=source.encoding)
            hashes = [file.content_hash(), *(lookup.content_hash() for lookup in lookups.values())]
            import_id = definition_hash(recipe_hash, hashes)
            yield _Job(f"import_{import_id}", source, mapping, file, lookups, recipe_hash, import_id)


def _stage(connection: duckdb.DuckDBPyConnection, job: _Job) -> ImportResult:
    """Read and judge one file into temporary tables; nothing of the workspace is changed."""
    name, table = job.name, job.source.table
    read_rows(connection, job.file, name=name)
    for column, lookup in job.lookups.items():
        rule = job.source.columns[column].lookup
        assert rule is not None
        read_rows(connection, lookup, name=f"{name}_table_{column}")
        connection.execute(
            f"""create or replace temp table {name}_lookup_{column} as
            select {cell(rule.key)} as key, first({cell(rule.value)} order by row_number) as value
            from {name}_table_{column}_raw group by all having key is not null"""
        )
    connection.execute(f"create or replace temp table {name}_judged as {job.mapping.staging_sql(name)}")
    settle = {
        "contacts": settle_contacts,
        "interactions": settle_interactions,
        "campaign_assignments": settle_assignments,
    }[table]
    settle(connection, job.mapping, name, job.import_id)
    connection.execute(
        f"""create or replace temp table {name}_refused as
        select {literal(job.import_id)} as import_id, {literal(job.file.path.name)} as file, {literal(table)} as target,
            raw.row_number, to_json(raw)::varchar as raw_row, reasons
        from {name}_judged as judged join {name}_raw as raw on judged.row_number = raw.row_number
        where skip_reason is null and len(reasons) > 0
        union all select {literal(job.import_id)}, {literal(job.file.path.name)}, {literal(table)},
            row_number, line, [reason] from {name}_ragged order by row_number"""
    )
    skips = dict(
        connection.sql(
            f"select skip_reason, count(*) from {name}_judged where skip_reason is not null group by 1 order by 1"
        ).fetchall()
    )
    [counts] = connection.sql(
        f"""select (select count(*) from {name}_raw) + (select count(*) from {name}_ragged),
            (select count(*) from {name}_judged where skip_reason is null and len(reasons) = 0),
            (select count(*) from {name}_refused)"""
    ).fetchall()
    connection.execute(f"drop table {name}_raw")
    read, accepted, quarantined = counts
    result = ImportResult(
        job.import_id,
        job.file.path.name,
        table,
        job.recipe_hash,
        read,
        accepted,
        quarantined,
        sum(skips.values()),
        skips,
    )
    if not result.balances:
        raise AssertionError(f"rows are lost: {result}")
    return result


def _write(
    workspace: Workspace,
    connection: duckdb.DuckDBPyConnection,
    jobs: list[_Job],
    done: dict[str, ImportResult],
) -> None:
    contacts = connection.sql("from all_contacts order by contact_id").to_arrow_table()
    if contacts.num_rows:
        workspace.replace("contacts", contacts)
    for job in jobs:
        mine = f"import_id = {literal(job.import_id)}"
        if job.source.table == "interactions":
            rows = connection.sql(f"from {job.name}_accepted").to_arrow_table()
            if rows.num_rows:
                workspace.replace("interactions", rows, where=mine)
        if job.source.table == "campaign_assignments":
            workspace.append("campaign_assignments", connection.sql(f"from {job.name}_accepted").to_arrow_table())
        refused = connection.sql(f"from {job.name}_refused").to_arrow_table().cast(arrow_schema(QUARANTINE))
        if refused.num_rows:
            workspace.replace("quarantine", refused, where=mine)
        workspace.append("imports", _ledger_row(done[job.import_id]))


def _ledger_row(result: ImportResult) -> pa.Table:
    row = {
        **{column.name: getattr(result, column.name, None) for column in IMPORTS},
        "imported_at": datetime.now(UTC),
        "skip_reasons": json.dumps(result.skip_reasons, ensure_ascii=False),
    }
    return pa.Table.from_pylist([row], schema=arrow_schema(IMPORTS))


def _known(row: dict[str, object]) -> ImportResult:
    names = [column.name for column in IMPORTS if column.name not in ("imported_at", "skip_reasons")]
    return ImportResult(
        **{name: row[name] for name in names},  # type: ignore[arg-type]
        skip_reasons=json.loads(str(row["skip_reasons"])),
        known=True,
    )
