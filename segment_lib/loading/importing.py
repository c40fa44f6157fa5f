"""Imports: every row of every file is accepted, quarantined with its reasons, or skipped by a declared policy."""

import getpass
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pyarrow as pa

from segment_lib.engine import EngineOptions, open_connection
from segment_lib.errors import NotFound, RowsLost, list_names
from segment_lib.loading.casting import add_cleaners
from segment_lib.loading.fields import load_fields
from segment_lib.loading.plan import Job, fresh_jobs, plan_jobs
from segment_lib.loading.recipe import ImportFile, keys_of, load_recipe
from segment_lib.loading.results import ImportReport, ImportResult, known_result
from segment_lib.loading.staging import stage_file
from segment_lib.loading.totals import ledger_json
from segment_lib.loading.writing import Tables, write_file
from segment_lib.sql import literal
from segment_lib.vocabulary import IMPORTS, arrow_schema
from segment_lib.workspace import Workspace

# Beyond this an import uses the disk: it has to work on a laptop, beside JupyterLab.
MEMORY_LIMIT = "1500MB"


class _DryRun(Exception):
    """Ends the transaction of an import that is only tried."""


def import_files(workspace: Workspace, *, dry_run: bool = False, again: Collection[str] = ()) -> ImportReport:
    """Bring every file that import.yml names into the tables; a file that is known already changes nothing.

    Parameters
    ----------
    workspace : whose recipe and raw files.
    dry_run : whether to tell all of it and write nothing.
    again : ids of imports that were taken back and shall be made again.

    Returns
    -------
    ImportReport

    Raises
    ------
    InvalidDefinition
        import.yml or fields.yml has faults.
    NotFound
        No import of an id of `again` was taken back.
    InvalidFile, MissingColumns
        A file is absent, unreadable or lacks a column. Nothing is written then, of no file.
    RowsLost
        A table does not hold what was accepted. Nothing was written, of no file.

    Notes
    -----
    All files are read and judged before the first table is written, contacts before their interactions; then all tables
    change as one. After an edit of the recipe the files that are there are imported again, and replace what they had
    brought before.
    """
    recipe = load_recipe(workspace)
    with workspace.locked("import"), staging_folder(workspace) as folder:
        ledger = read_ledger(workspace)
        _check_again(again, ledger)
        jobs = list(plan_jobs(workspace, recipe, ledger, now=datetime.now(UTC)))
        fresh = fresh_jobs(jobs, ledger, again=again)
        done = run_jobs(workspace, recipe, fresh, ledger, folder=folder, dry_run=dry_run) if fresh else {}
    return ImportReport(tuple(_results(jobs, done, ledger)), dry_run)


def run_jobs(
    workspace: Workspace,
    recipe: ImportFile,
    jobs: Sequence[Job],
    ledger: Sequence[Mapping[str, Any]],
    *,
    folder: Path,
    dry_run: bool = False,
) -> dict[str, ImportResult]:
    """Stage some files and write them in one transaction; the caller holds the lock `import`.

    Parameters
    ----------
    workspace : whose tables.
    recipe : import.yml.
    jobs : the files, contacts first.
    ledger : rows of the table `imports`.
    folder : for temporary files, from `staging_folder`.
    dry_run : whether to take everything back at the end.

    Returns
    -------
    dict
        The results by import id.
    """
    with open_connection(import_options(workspace, folder)) as connection:
        add_cleaners(connection)
        staged = [stage_file(connection, job, folder=folder) for job in jobs]
        done: dict[str, ImportResult] = {}
        # Imports are told apart by their instants: each is later than all before it.
        start = max([datetime.now(UTC), *(row["imported_at"] + timedelta(microseconds=1) for row in ledger)])
        try:
            with workspace.tables.transaction():
                fields = tuple(load_fields(workspace))
                keys = tuple(dict.fromkeys(key for source in recipe.sources for key in keys_of(source, fields)))
                tables = Tables(connection, workspace.tables, fields, recipe.survivors, keys)
                tables.open()
                rows = []
                for place, one in enumerate(staged):
                    instant = start + timedelta(microseconds=place)
                    counted = write_file(tables, one, brought_at=instant)
                    done[one.job.import_id] = _result(one.job, counted, one.statements)
                    rows.append(_ledger_row(done[one.job.import_id], instant))
                tables.fold()
                connection.register("ledger_rows", pa.Table.from_pylist(rows, schema=arrow_schema(IMPORTS)))
                mine = ", ".join(map(literal, done))
                tables.rewrite("imports", gone=f"import_id in ({mine})", fresh="from ledger_rows")
                if dry_run:
                    raise _DryRun
        except _DryRun:
            pass
    return done


def read_ledger(workspace: Workspace) -> list[dict[str, Any]]:
    """Return the rows of the table `imports` with the columns of today, the oldest first.

    Parameters
    ----------
    workspace : whose.

    Returns
    -------
    list of dict
    """
    empty = {column.name: None for column in IMPORTS}
    rows = [empty | row for row in workspace.table("imports").to_arrow().to_pylist()]
    return sorted(rows, key=lambda row: row["imported_at"])


def import_options(workspace: Workspace, folder: Path) -> EngineOptions:
    """Return how much of the machine an import may use; what does not fit into memory goes to the folder."""
    chosen = workspace.engine_options
    return EngineOptions(chosen.memory_limit or MEMORY_LIMIT, chosen.threads, str(folder))


@contextmanager
def staging_folder(workspace: Workspace) -> Iterator[Path]:
    """Make a folder for the temporary files of an import; those that a killed one has left are removed.

    Yields
    ------
    Path
    """
    base = workspace.folder / "tables" / ".staging"
    # Whoever is here holds the lock: nobody else's import is running.
    shutil.rmtree(base, ignore_errors=True)
    base.mkdir(parents=True)
    folder = Path(mkdtemp(dir=base))
    try:
        yield folder
    finally:
        shutil.rmtree(base, ignore_errors=True)


def _check_again(again: Collection[str], ledger: Sequence[Mapping[str, Any]]) -> None:
    """Refuse ids of imports that were not taken back: they would be passed over in silence."""
    undone = [row["import_id"] for row in ledger if row["undone_at"] is not None]
    if missing := [one for one in again if one not in undone]:
        raise NotFound(
            f"can't find {list_names(missing)} among the imports that were taken back: {list_names(undone) or 'none'}."
        )


def _result(job: Job, counted: Mapping[str, Any], statements: tuple[str, ...]) -> ImportResult:
    result = ImportResult(
        import_id=job.import_id,
        source=job.source.name,
        file=job.file.path.name,
        target=job.source.table,
        recipe_hash=job.recipe_hash,
        content_hash=job.content_hash,
        statements=statements,
        header=job.file.columns,
        **counted,
    )
    if not result.balances:
        raise RowsLost(result.file, f"read {result.rows_read:,}, accounted for {result.rows_accounted:,}")
    return result


def _ledger_row(result: ImportResult, instant: datetime) -> dict[str, Any]:
    values = {column.name: getattr(result, column.name, None) for column in IMPORTS}
    lists = {"statements": list(result.statements), "header": list(result.header), "replaces": list(result.replaces)}
    return ledger_json(values) | lists | {"imported_at": instant, "imported_by": user_name()}


def user_name() -> str:
    """Return who is at work, or nothing where the machine does not know."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""


def _results(
    jobs: Iterable[Job], done: Mapping[str, ImportResult], ledger: Iterable[dict[str, Any]]
) -> Iterator[ImportResult]:
    """Yield what became of every file; a copy of a file that was imported brings nothing more."""
    known = {row["import_id"]: row for row in ledger}
    # A file that was taken back is known by its content, whatever the recipe has become.
    contents = {(row["source"], row["content_hash"]): row for row in known.values()}
    seen: set[str] = set()
    for job in jobs:
        if job.import_id not in done:
            yield known_result(known.get(job.import_id) or contents[job.source.name, job.content_hash])
        elif job.import_id in seen:
            yield replace(done[job.import_id], file=job.file.path.name, status="known")
        else:
            yield done[job.import_id]
        seen.add(job.import_id)
