"""Imports: every row of every file is accepted, quarantined with its reasons, or skipped by a declared policy."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

from segment_lib.engine import StoredTable, open_connection
from segment_lib.errors import InvalidDefinition
from segment_lib.loading.mapping import cell
from segment_lib.loading.plan import Job, fresh_jobs, plan_jobs
from segment_lib.loading.reading import read_rows
from segment_lib.loading.recipe import columns_of, load_fields, load_recipe
from segment_lib.loading.tables import (
    KEYS,
    add_stored,
    changed_rows,
    settle_assignments,
    settle_contacts,
    settle_interactions,
    settle_quarantine,
)
from segment_lib.sql import identifier, literal
from segment_lib.vocabulary import IMPORTS, Column, arrow_schema
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
    source: str
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
                f"{result.file:<27} {result.target:<22}{result.rows_read:>10,}{result.rows_accepted:>10,}"
                f"{result.rows_quarantined:>9,}{result.rows_skipped:>9,}{'  known, unchanged' if result.known else ''}"
            )
        return "\n".join(lines)

    def to_pandas(self) -> pd.DataFrame:
        """Return one row a file."""
        return pd.DataFrame([vars(result) for result in self.results])


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
    All files are read and judged before the first table is written, contacts before their interactions. The table
    `imports` is written last, so an import that was cut off is made again by the next one, and replaces what it left.
    After an edit of the recipe the files that are there are imported again, and replace what they had brought before.
    """
    recipe = load_recipe(workspace)
    with workspace.locked("import"):
        ledger: list[dict[str, Any]] = _ledger(workspace).to_pylist()
        jobs = list(plan_jobs(workspace, recipe.sources, ledger))
        fresh = fresh_jobs(jobs, ledger)
        done: dict[str, ImportResult] = {}
        if fresh:
            columns = {name: columns_of(name, load_fields(workspace)) for name in ("contacts", *KEYS)}
            stored = {name: workspace.table(name) for name in columns}
            with open_connection(workspace.engine_options) as connection:
                for name, table in stored.items():
                    add_stored(connection, name, table, columns[name])
                connection.execute("create temp table all_contacts as from stored_contacts")
                for job in fresh:
                    done[job.import_id] = _stage(connection, job)
                _write(workspace, connection, stored, columns, fresh)
            workspace.replace(
                "imports", _ledger_rows(done.values()), where=f"import_id in ({', '.join(map(literal, done))})"
            )
    return ImportReport(tuple(_results(jobs, done, ledger)))


def _stage(connection: duckdb.DuckDBPyConnection, job: Job) -> ImportResult:
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
            from {name}_table_{column}_raw where {cell(rule.key)} is not null group by 1"""
        )
    try:
        connection.execute(f"create or replace temp table {name}_judged as {job.mapping.staging_sql(name)}")
    except (duckdb.ProgrammingError, duckdb.DataError) as error:
        fault = str(error).strip().split("\n", 1)[0]
        raise InvalidDefinition([f"import.yml: the source `{job.source.name}` can't be computed: {fault}"]) from None
    settle = {
        "contacts": settle_contacts,
        "interactions": settle_interactions,
        "campaign_assignments": settle_assignments,
    }[table]
    settle(connection, job)
    settle_quarantine(connection, job)
    skips = dict(
        connection.sql(
            f"select _skip_reason, count(*) from {name}_judged where _skip_reason is not null group by 1 order by 1"
        ).fetchall()
    )
    [(read, accepted, quarantined)] = connection.sql(
        f"""select (select count(*) from {name}_raw) + (select count(*) from {name}_ragged),
            (select count(*) from {name}_judged where _skip_reason is null and len(_reasons) = 0),
            (select count(*) from {name}_refused)"""
    ).fetchall()
    connection.execute(f"drop table {name}_raw")
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
        job.source.name,
    )
    if not result.balances:
        raise AssertionError(f"rows are lost: {result}")
    return result


def _write(
    workspace: Workspace,
    connection: duckdb.DuckDBPyConnection,
    stored: Mapping[str, StoredTable],
    columns: Mapping[str, Sequence[Column]],
    jobs: Sequence[Job],
) -> None:
    contacts = connection.sql("from all_contacts order by contact_id").to_arrow_table()
    if contacts.num_rows:
        workspace.replace("contacts", contacts)
    for name in KEYS:
        mine = [job for job in jobs if name in (job.source.table, "quarantine")]
        change = changed_rows(connection, name, stored[name], columns[name], mine)
        if change:
            workspace.replace(name, change[0], where=change[1])


def _ledger(workspace: Workspace) -> pa.Table:
    """Return the table `imports` with the columns of today."""
    columns = ", ".join(identifier(column.name) for column in IMPORTS)
    with open_connection() as connection:
        add_stored(connection, "imports", workspace.table("imports"), IMPORTS)
        return connection.sql(f"select {columns} from stored_imports order by imported_at").to_arrow_table()


def _ledger_rows(results: Iterable[ImportResult]) -> pa.Table:
    now = datetime.now(UTC)
    rows = [
        {
            **{column.name: getattr(result, column.name, None) for column in IMPORTS},
            "imported_at": now,
            "skip_reasons": json.dumps(result.skip_reasons, ensure_ascii=False),
        }
        for result in results
    ]
    return pa.Table.from_pylist(rows, schema=arrow_schema(IMPORTS))


def _results(
    jobs: Iterable[Job], done: Mapping[str, ImportResult], ledger: Iterable[dict[str, Any]]
) -> Iterator[ImportResult]:
    """Yield what became of every file; a copy of a file that was imported brings nothing more."""
    known = {row["import_id"]: row for row in ledger}
    seen: set[str] = set()
    for job in jobs:
        if job.import_id not in done:
            yield _known(known[job.import_id])
        elif job.import_id in seen:
            yield replace(done[job.import_id], file=job.file.path.name, known=True)
        else:
            yield done[job.import_id]
        seen.add(job.import_id)


def _known(row: dict[str, Any]) -> ImportResult:
    names = [column.name for column in IMPORTS if column.name not in ("imported_at", "skip_reasons")]
    return ImportResult(**{name: row[name] for name in names}, skip_reasons=json.loads(row["skip_reasons"]), known=True)
