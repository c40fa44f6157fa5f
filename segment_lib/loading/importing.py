"""Imports: every row of every file is accepted, quarantined with its reasons, or skipped by a declared policy."""

import getpass
import json
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pandas as pd
import pyarrow as pa

from segment_lib.engine import EngineOptions, open_connection
from segment_lib.loading.casting import add_cleaners
from segment_lib.loading.fields import load_fields
from segment_lib.loading.plan import Job, fresh_jobs, plan_jobs
from segment_lib.loading.recipe import ImportFile, load_recipe
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


@dataclass(frozen=True)
class ImportResult:
    """What became of one file.

    `status` is `new`, `known` (imported before, unchanged) or `undone` (taken back, and not imported again by itself).
    """

    import_id: str
    source: str
    file: str
    target: str
    recipe_hash: str
    content_hash: str
    rows_read: int
    rows_accepted: int
    rows_quarantined: int
    rows_skipped: int
    rows_updated: int
    skip_reasons: dict[str, int]
    policies: dict[str, int]
    refusals: dict[str, int]
    notes: dict[str, int]
    amounts: dict[str, dict[str, str]]
    statements: tuple[str, ...]
    header: tuple[str, ...]
    replaces: tuple[str, ...] = ()
    status: str = "new"

    @property
    def known(self) -> bool:
        """Tell whether the file brought nothing, since it was imported before."""
        return self.status != "new"

    @property
    def balances(self) -> bool:
        """Tell whether every row is accounted for."""
        return self.rows_read == self.rows_accepted + self.rows_quarantined + self.rows_skipped


@dataclass(frozen=True)
class ImportReport:
    """What became of all files of a workspace; after a dry run, what would become of them."""

    results: tuple[ImportResult, ...]
    dry_run: bool = False

    def __repr__(self) -> str:
        """Return one line a file."""
        lines = [f"{'file':<28}{'table':<22}{'read':>10}{'accepted':>10}{'refused':>9}{'skipped':>9}"]
        words = {"new": "", "known": "  known, unchanged", "undone": "  undone, not imported again"}
        for result in self.results:
            lines.append(
                f"{result.file[:27]:<27} {result.target:<22}{result.rows_read:>10,}{result.rows_accepted:>10,}"
                f"{result.rows_quarantined:>9,}{result.rows_skipped:>9,}{words[result.status]}"
            )
            lines += [f"    {statement}" for statement in result.statements if not result.known]
            lines += [f"    {count:,} rows refused: {reason}" for reason, count in result.refusals.items()]
            lines += [f"    {count:,} rows kept without a cell: {note}" for note, count in result.notes.items()]
        return "\n".join([*lines, *(["Nothing was written: this was a dry run."] if self.dry_run else [])])

    def to_pandas(self) -> pd.DataFrame:
        """Return one row a file."""
        return pd.DataFrame([vars(result) for result in self.results])


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
    InvalidFile, MissingColumns
        A file is absent, unreadable or lacks a column. Nothing is written then, of no file.

    Notes
    -----
    All files are read and judged before the first table is written, contacts before their interactions; then all tables
    change as one. After an edit of the recipe the files that are there are imported again, and replace what they had
    brought before.
    """
    recipe = load_recipe(workspace)
    with workspace.locked("import"), staging_folder(workspace) as folder:
        ledger = read_ledger(workspace)
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
                tables = Tables(connection, workspace.tables, tuple(load_fields(workspace)), recipe.survivors)
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
        raise AssertionError(f"rows are lost: {result}")
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


def known_result(row: Mapping[str, Any]) -> ImportResult:
    """Return what the ledger knows of an import."""
    counts = ("skip_reasons", "policies", "refusals", "notes", "amounts")
    values: dict[str, Any] = {
        field.name: row.get(field.name) for field in fields(ImportResult) if field.name != "status"
    }
    values |= {name: json.loads(row[name] or "{}") for name in counts}
    values |= {name: tuple(row[name] or ()) for name in ("statements", "header", "replaces")}
    return ImportResult(**values, status="known" if row["undone_at"] is None else "undone")
