"""The plan of an import: which file is read by which source, and which of them have been read already."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from segment_lib.definitions import definition_hash
from segment_lib.errors import InvalidFile, MissingColumns
from segment_lib.loading.fields import load_fields
from segment_lib.loading.mapping import Mapping
from segment_lib.loading.recipe import ImportFile, Source, fillable
from segment_lib.loading.same_source import check_header, check_name
from segment_lib.loading.sources import ReadOptions, SourceFile, inspect_query, inspect_source
from segment_lib.loading.suggesting import compare_headers
from segment_lib.workspace import Workspace

Ledger = Sequence[dict[str, Any]]
# Ids of imports of mended rows begin so: they are no version of a file, nor of the recipe.
MENDED = "mended_"


@dataclass(frozen=True)
class SourcePlan:
    """What all files of one source share: its columns as SQL, and the files of its lookups, inspected once."""

    source: Source
    mapping: Mapping
    lookups: dict[str, SourceFile]
    recipe_hash: str
    lookup_hashes: list[str]


@dataclass(frozen=True)
class Job:
    """One file to be read by one source of the recipe.

    `earlier` are the imports that this source has made of whatever file; `older` are those of them that another version
    of the recipe made. `reread` are those of the older ones that read this very content. `resolves` are rows of
    the quarantine, by import and number, that it holds mended.
    """

    source: Source
    mapping: Mapping
    file: SourceFile
    lookups: dict[str, SourceFile]
    recipe_hash: str
    content_hash: str
    import_id: str
    earlier: tuple[str, ...] = ()
    older: tuple[str, ...] = ()
    reread: tuple[str, ...] = ()
    resolves: tuple[tuple[str, int], ...] = ()

    @property
    def name(self) -> str:
        """The prefix of its temporary tables."""
        return f"import_{self.import_id}"


def plan_jobs(workspace: Workspace, recipe: ImportFile, ledger: Ledger, *, now: datetime) -> Iterator[Job]:
    """Inspect every file that the sources name.

    Parameters
    ----------
    workspace : whose files.
    recipe : import.yml.
    ledger : rows of the table `imports`.
    now : the instant of the import.

    Yields
    ------
    Job
        In the order of the sources, the files of a pattern by their names.

    Raises
    ------
    InvalidFile, MissingColumns
        A file is absent, unreadable or lacks a column.
    InvalidDefinition
        A source was renamed.
    """
    names = {source.name for source in recipe.sources}
    known = {row["import_id"] for row in ledger}
    headers = _last_headers(ledger)
    for source in recipe.sources:
        plan = plan_source(workspace, recipe, source, now=now)
        files = [None] if source.database is not None else find_files(workspace, source)
        if any(rule.row for rule in source.columns.values()) and len(files) > 1:
            raise InvalidFile(
                f"the source `{source.name}` numbers its rows, so it must have one file, got {len(files)}."
            )
        for path in files:
            if path is None:
                assert source.database is not None
                database = source.database
                file = inspect_query(source.name, database.query, database.connection, needed=plan.mapping.needed())
            else:
                if not any(row["source"] == source.name for row in ledger):
                    check_name(source, path, names, ledger)
                file = _inspect(path, source, plan.mapping.needed(), headers.get(source.name))
            job = make_job(plan, file, ledger)
            if job.import_id not in known:
                statement = check_header(source, file, headers.get(source.name))
                job = replace(job, file=replace(file, statements=(*file.statements, *statement)))
                headers[source.name] = file.columns
            yield job


def plan_source(workspace: Workspace, recipe: ImportFile, source: Source, *, now: datetime) -> SourcePlan:
    """Return what all files of a source share.

    Parameters
    ----------
    workspace : whose recipe it is.
    recipe : import.yml.
    source : one of its sources.
    now : the instant of the import.

    Returns
    -------
    SourcePlan
    """
    mapping = make_mapping(workspace, recipe, source, now)
    types = [(column.name, column.type) for column in mapping.mapped]
    choices = [
        (field.name, field.choices) for field in mapping.fields if field.choices and field.name in source.columns
    ]
    ranges = [(name, bounds.model_dump(mode="json")) for name, bounds in mapping.ranges]
    recipe_hash = definition_hash(source, types, choices, ranges, mapping.zone, mapping.currency, mapping.region)
    lookups = {
        name: inspect_source(workspace.folder / rule.lookup.file, needed=[rule.lookup.key, rule.lookup.value])
        for name, rule in source.columns.items()
        if rule.lookup
    }
    if source.currencies == "convert":
        lookups["rates"] = inspect_source(workspace.folder / (recipe.rates or ""), needed=["day", "currency", "rate"])
    return SourcePlan(source, mapping, lookups, recipe_hash, [lookup.content_hash() for lookup in lookups.values()])


def make_job(plan: SourcePlan, file: SourceFile, ledger: Ledger) -> Job:
    """Return what is to be done with one inspected file.

    Parameters
    ----------
    plan : of the source that reads it.
    file : inspected.
    ledger : rows of the table `imports`.

    Returns
    -------
    Job
    """
    source, recipe_hash = plan.source, plan.recipe_hash
    mine = [row for row in ledger if row["source"] == source.name and not is_mended(row["import_id"])]
    content_hash = file.content_hash()
    base = definition_hash(recipe_hash, [content_hash, *plan.lookup_hashes])
    import_id = _import_id(base, file.path.name, mine)
    others = [row for row in mine if row["import_id"] != import_id]
    older = [row for row in others if row["recipe_hash"] != recipe_hash]
    return Job(
        source,
        plan.mapping,
        file,
        plan.lookups,
        recipe_hash,
        content_hash,
        import_id,
        earlier=tuple(row["import_id"] for row in others),
        older=tuple(row["import_id"] for row in older),
        reread=tuple(row["import_id"] for row in older if row["content_hash"] == content_hash),
    )


def _import_id(base: str, file: str, mine: Ledger) -> str:
    """Return the id of an import of a file: what was replaced since and comes again is another import."""
    standing = [row for row in mine if row["file"] == file and row["undone_at"] is None]
    same = [row["import_id"] for row in mine if row["import_id"].split("_")[0] == base]
    if not same:
        return base
    last = standing[-1]["import_id"] if standing else same[-1]
    return str(last) if last.split("_")[0] == base else f"{base}_{len(same) + 1}"


def make_mapping(workspace: Workspace, recipe: ImportFile, source: Source, now: datetime) -> Mapping:
    """Return a source's columns as SQL, with the workspace's zone, currency, custom fields and ranges."""
    fields, settings = load_fields(workspace), workspace.settings
    columns = fillable(source.table, fields)
    own = tuple(field for field in fields if field.name in {column.name for column in columns})
    ranges = tuple((name, bounds) for name, bounds in sorted(recipe.ranges.items()) if name in source.columns)
    return Mapping(source, columns, settings.time_zone, settings.currency, own, ranges, settings.country, now)


def read_options(source: Source) -> ReadOptions:
    """Return how a source declares its files to be written."""
    return ReadOptions(source.delimiter, source.encoding, source.sheet, source.member, source.header_row)


def find_files(workspace: Workspace, source: Source) -> list[Path]:
    """Return the files that a source names, by a name or by a pattern such as `raw/orders_*.csv`.

    Parameters
    ----------
    workspace : in whose folder they are, unless the name is absolute.
    source : of import.yml.

    Returns
    -------
    list of Path
        Sorted by name.

    Raises
    ------
    InvalidFile
        There is none.
    """
    assert source.file is not None
    exact = workspace.folder / source.file
    if exact.is_dir():
        found = sorted(path for path in exact.iterdir() if path.is_file() and not path.name.startswith("."))
        if not found:
            raise InvalidFile(f"the folder {source.file} of the source `{source.name}` must hold files, got none.")
        return found
    if exact.exists():
        return [exact]
    anchor = exact.anchor if Path(source.file).is_absolute() else workspace.folder
    # Neither folders nor what systems and spreadsheets leave beside a file.
    matching = Path(anchor).glob(str(exact.relative_to(anchor)))
    found = sorted(path for path in matching if path.is_file() and not path.name.startswith((".", "~$")))
    if not found:
        raise InvalidFile(f"can't find the file {source.file} of the source `{source.name}` in {workspace.folder}.")
    return found


def fresh_jobs(jobs: Iterable[Job], ledger: Ledger, *, again: Collection[str] = ()) -> list[Job]:
    """Return the jobs whose file or recipe is new, contacts first, so that their interactions find them.

    Parameters
    ----------
    jobs : from `plan_jobs`.
    ledger : rows of the table `imports`.
    again : ids of imports that were taken back and shall be made again.

    Returns
    -------
    list of Job
        Files of the same content once.
    """
    asked = {(row["source"], row["content_hash"]) for row in ledger if row["import_id"] in again}
    undone = {(row["source"], row["content_hash"]) for row in ledger if row["undone_at"] is not None} - asked
    standing = {row["import_id"] for row in ledger if row["undone_at"] is None}
    back = {(row["source"], row["content_hash"]) for row in ledger if row["undone_at"] is None}
    fresh: dict[str, Job] = {}
    for job in jobs:
        content = (job.source.name, job.content_hash)
        # What was taken back stays so until it is asked for, whatever the recipe has become.
        if job.import_id not in standing and (content not in undone or content in back):
            fresh.setdefault(job.import_id, job)
    return sorted(fresh.values(), key=lambda job: job.source.table != "contacts")


def is_mended(import_id: str) -> bool:
    """Tell whether an import was of rows that a person had mended."""
    return import_id.startswith(MENDED)


def _last_headers(ledger: Ledger) -> dict[str, tuple[str, ...]]:
    """Return the header of every source's last file that stands."""
    return {
        row["source"]: tuple(row["header"])
        for row in ledger
        if row["header"] and row["undone_at"] is None and not is_mended(row["import_id"])
    }


def _inspect(path: Path, source: Source, needed: Sequence[str], before: Sequence[str] | None) -> SourceFile:
    """Inspect a file; where columns are missing that were there, say what has become of them, and guess nothing."""
    try:
        return inspect_source(path, read_options(source), needed=needed)
    except MissingColumns as error:
        if before is None:
            raise
        diff = compare_headers(before, inspect_source(path, read_options(source)).columns)
        message = f"{error} The header is not what it was: {diff}. Change import.yml to the new names."
        raise MissingColumns(message) from None
