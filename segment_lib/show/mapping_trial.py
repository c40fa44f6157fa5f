"""A mapping on trial: is it a valid recipe, and what would become of the rows? Nothing is written."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from segment_lib.engine import open_connection
from segment_lib.errors import InvalidDefinition, SegmentLibError
from segment_lib.loading.casting import add_cleaners
from segment_lib.loading.fields import load_fields
from segment_lib.loading.importing import import_options, read_ledger, staging_folder
from segment_lib.loading.plan import make_job, make_mapping, read_options
from segment_lib.loading.recipe import load_recipe
from segment_lib.loading.sources import inspect_source
from segment_lib.loading.staging import stage_file
from segment_lib.loading.suggesting import MappingSuggestion, write_mapping
from segment_lib.loading.suggesting.evidence import Tabular
from segment_lib.loading.writing import Tables, write_file
from segment_lib.show.words import count_words, format_count, join_words
from segment_lib.storage import Store
from segment_lib.workspace import Workspace

_PLACE = re.compile(r"^(import|fields)\.yml(:\d+)?: ")


class _TakenBack(Exception):
    """Ends a transaction that was only tried."""


@dataclass(frozen=True)
class Trial:
    """What would become of the rows of one source and table.

    Attributes
    ----------
    source, table : which.
    read, accepted, refused, skipped : rows.
    reasons : why rows would be refused, with their number.
    skips : why rows would be left out.
    notes : faults of cells that would cost no row.
    """

    source: str
    table: str
    read: int
    accepted: int
    refused: int
    skipped: int
    reasons: dict[str, int]
    skips: dict[str, int]
    notes: dict[str, int]

    def __str__(self) -> str:
        """Return the counts as a sentence."""
        parts = [
            f"{format_count(self.accepted)} of {count_words(self.read, 'rows')} would be accepted",
            f"{format_count(self.refused)} refused",
            f"{format_count(self.skipped)} skipped",
        ]
        return f"{self.table}: {join_words(parts)}."


@dataclass(frozen=True)
class _Beside(Workspace):
    """Definitions of its own, on the tables of another workspace."""

    store: Store

    @property
    def tables(self) -> Store:
        """Where the tables are kept."""
        return self.store


def find_faults(suggestion: MappingSuggestion, *, workspace: Workspace | None = None) -> list[str]:
    """Tell what is wrong with a mapping as a recipe.

    Parameters
    ----------
    suggestion : as it stands.
    workspace : whose definitions it would join.

    Returns
    -------
    list of str
        Empty where it can be written and imported.
    """
    try:
        with _workspace_with(suggestion, workspace):
            return []
    except InvalidDefinition as error:
        return [_PLACE.sub("", line) for line in str(error).splitlines() if line.strip()]
    except SegmentLibError as error:
        return [str(error)]


def try_mapping(
    suggestion: MappingSuggestion, *, workspace: Workspace | None = None, source: Tabular | None = None
) -> list[Trial]:
    """Import a source by a mapping that is not written yet, count what becomes of its rows, and take it all back.

    Parameters
    ----------
    suggestion : as it stands.
    workspace : whose contacts the rows would meet; without one nobody is known.
    source : the table that was suggested for, where it was no file.

    Returns
    -------
    list of Trial
        One for each table that the source fills, contacts first.

    Raises
    ------
    SegmentLibError
        The mapping is no valid recipe, or the file cannot be read by it.
    """
    with _workspace_with(suggestion, workspace, source) as (trial, names):
        recipe = load_recipe(trial)
        mine = sorted((one for one in recipe.sources if one.name in names), key=lambda one: one.table != "contacts")
        now = datetime.now(UTC)
        with trial.locked("import"), staging_folder(trial) as folder:
            ledger = read_ledger(trial)
            with open_connection(import_options(trial, folder)) as connection:
                add_cleaners(connection)
                staged = []
                for one in mine:
                    needed = make_mapping(trial, recipe, one, now).needed()
                    file = inspect_source(trial.folder / str(one.file), read_options(one), needed=needed)
                    job = make_job(trial, recipe, one, file, ledger, now=now)
                    staged.append(stage_file(connection, replace(job, import_id=f"trial_{one.name}"), folder=folder))
                found = []
                try:
                    with trial.tables.transaction():
                        tables = Tables(connection, trial.tables, tuple(load_fields(trial)), recipe.survivors)
                        tables.open()
                        for each in staged:
                            counted = write_file(tables, each, brought_at=now)
                            found.append(
                                _trial(
                                    each.job.source.name, each.job.source.table, counted, _reasons(tables, each.name)
                                )
                            )
                        raise _TakenBack
                except _TakenBack:
                    pass
    return found


def _reasons(tables: Tables, name: str) -> dict[str, int]:
    rows = tables.connection.sql(
        f"""select regexp_replace(reason, ': .*$', '', 's') as why, count(*) as n from (
            select unnest(reasons) as reason from {name}_refused where outcome = 'refused')
        group by why order by n desc, why"""
    ).fetchall()
    return dict(rows)


def _trial(source: str, table: str, counted: dict[str, Any], reasons: dict[str, int]) -> Trial:
    read, accepted, refused, skipped = (
        int(counted[f"rows_{outcome}"]) for outcome in ("read", "accepted", "quarantined", "skipped")
    )
    return Trial(source, table, read, accepted, refused, skipped, reasons, counted["skip_reasons"], counted["notes"])


@contextmanager
def _workspace_with(
    suggestion: MappingSuggestion, workspace: Workspace | None, source: Tabular | None = None
) -> Iterator[tuple[Workspace, Sequence[str]]]:
    """Offer a workspace with the mapping in its recipe and the tables of the given one, and the new sources' names."""
    with TemporaryDirectory() as made:
        folder = Path(made).resolve() / "trial"
        if workspace is None:
            (folder / "definitions").mkdir(parents=True)
            (folder / "definitions" / "workspace.yml").write_text("name: Trial\ntime_zone: UTC\n", encoding="utf-8")
            store = Store(folder / "tables")
        else:
            copytree(workspace.folder / "definitions", folder / "definitions")
            store = workspace.tables
        trial = _Beside(folder, store)
        placed = _placed(suggestion, folder, source)
        write_mapping(trial, placed, replace=True)
        yield trial, [one["name"] for one in placed.recipe()["sources"]]


def _placed(suggestion: MappingSuggestion, folder: Path, source: Tabular | None) -> MappingSuggestion:
    """Return the suggestion for a file that is there: a table in memory is written down."""
    if isinstance(source, pd.DataFrame | pa.Table):
        path = folder / "given.parquet"
        pq.write_table(
            source if isinstance(source, pa.Table) else pa.Table.from_pandas(source, preserve_index=False), path
        )
        file = str(path)
    elif suggestion.file:
        file = str(Path(suggestion.file).resolve())
    else:
        return suggestion
    tables = [replace(one, settings={**one.settings, "file": file}) for one in suggestion.tables]
    return replace(suggestion, tables=tuple(tables))
