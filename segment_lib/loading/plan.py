"""The plan of an import: which file is read by which source, and which of them have been read already."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segment_lib.definitions import definition_hash
from segment_lib.errors import InvalidDefinition, InvalidFile
from segment_lib.loading.mapping import Mapping
from segment_lib.loading.reading import InputFile, inspect_file
from segment_lib.loading.recipe import Source, columns_of, load_fields
from segment_lib.workspace import Workspace

Ledger = Sequence[dict[str, Any]]


@dataclass(frozen=True)
class Job:
    """One file to be read by one source of the recipe.

    `earlier` are the imports that this source has made of whatever file; `older` are those of them that another version
    of the recipe made.
    """

    source: Source
    mapping: Mapping
    file: InputFile
    lookups: dict[str, InputFile]
    recipe_hash: str
    import_id: str
    earlier: tuple[str, ...] = ()
    older: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The prefix of its temporary tables."""
        return f"import_{self.import_id}"


def plan_jobs(workspace: Workspace, sources: Sequence[Source], ledger: Ledger) -> Iterator[Job]:
    """Inspect every file that the sources name.

    Parameters
    ----------
    workspace : whose files.
    sources : of import.yml.
    ledger : rows of the table `imports`.

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
    fields, settings = load_fields(workspace), workspace.settings
    names = {source.name for source in sources}
    for source in sources:
        columns = columns_of(source.table, fields)
        mapping = Mapping(source, columns, settings.time_zone, settings.currency)
        types = [(column.name, column.type) for column in columns]
        recipe_hash = definition_hash(source, types, settings.time_zone, settings.currency)
        mine = [row for row in ledger if row["source"] == source.name]
        lookups = {
            name: inspect_file(workspace.folder / rule.lookup.file, [rule.lookup.key, rule.lookup.value])
            for name, rule in source.columns.items()
            if rule.lookup
        }
        for path in find_files(workspace, source):
            if not mine:
                _check_name(source, path, names, ledger)
            file = inspect_file(path, mapping.needed(), delimiter=source.delimiter, encoding=source.encoding)
            contents = [file.content_hash(), *(lookup.content_hash() for lookup in lookups.values())]
            import_id = definition_hash(recipe_hash, contents)
            earlier = tuple(row["import_id"] for row in mine if row["import_id"] != import_id)
            older = tuple(row["import_id"] for row in mine if row["recipe_hash"] != recipe_hash)
            yield Job(source, mapping, file, lookups, recipe_hash, import_id, earlier, older)


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
    exact = workspace.folder / source.file
    if exact.exists():
        return [exact]
    anchor = exact.anchor if Path(source.file).is_absolute() else workspace.folder
    found = sorted(Path(anchor).glob(str(exact.relative_to(anchor))))
    if not found:
        raise InvalidFile(f"can't find the file {source.file} of the source `{source.name}` in {workspace.folder}.")
    return found


def fresh_jobs(jobs: Iterable[Job], ledger: Ledger) -> list[Job]:
    """Return the jobs whose file or recipe is new, contacts first, so that their interactions find them.

    Parameters
    ----------
    jobs : from `plan_jobs`.
    ledger : rows of the table `imports`.

    Returns
    -------
    list of Job
        Files of the same content once. A recipe that was changed and changed back is new: what another version wrote
        has to be replaced.
    """
    known = {row["import_id"] for row in ledger}
    latest = {row["source"]: row["recipe_hash"] for row in sorted(ledger, key=lambda row: row["imported_at"])}
    fresh: dict[str, Job] = {}
    for job in jobs:
        if job.import_id not in known or latest[job.source.name] != job.recipe_hash:
            fresh.setdefault(job.import_id, job)
    return sorted(fresh.values(), key=lambda job: job.source.table != "contacts")


def _check_name(source: Source, path: Path, names: set[str], ledger: Ledger) -> None:
    """Check that a new source is no old one by another name: ids begin with the name, so its rows would come twice."""
    for row in ledger:
        if row["source"] not in {None, *names} and (row["target"], row["file"]) == (source.table, path.name):
            raise InvalidDefinition(
                [
                    f"import.yml: the source `{source.name}` must be called `{row['source']}`, as it was when "
                    f"{path.name} was imported into {source.table}; otherwise its rows would be brought twice."
                ]
            )
