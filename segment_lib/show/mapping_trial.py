"""A mapping on trial: is it a valid recipe, and what would become of the rows? Nothing is written."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from segment_lib.errors import InvalidDefinition, SegmentLibError
from segment_lib.loading.importing import read_ledger, run_jobs, staging_folder
from segment_lib.loading.plan import make_job, plan_source, read_options
from segment_lib.loading.recipe import load_recipe
from segment_lib.loading.results import ImportResult
from segment_lib.loading.sources import inspect_source
from segment_lib.loading.suggesting import MappingSuggestion, write_mapping
from segment_lib.loading.suggesting.evidence import Tabular
from segment_lib.show.words import count_words, format_count, join_words
from segment_lib.storage import Store
from segment_lib.workspace import Workspace

_PLACE = re.compile(r"^(import|fields)\.yml(:\d+)?: ")


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
            ledger, jobs = read_ledger(trial), []
            for place, one in enumerate(mine):
                plan = plan_source(trial, recipe, one, now=now)
                file = inspect_source(trial.folder / str(one.file), read_options(one), needed=plan.mapping.needed())
                jobs.append(replace(make_job(plan, file, ledger), import_id=f"trial{place}"))
            done = run_jobs(trial, recipe, jobs, ledger, folder=folder, dry_run=True)
    return [_trial(result) for result in done.values()]


def _trial(result: ImportResult) -> Trial:
    """Return the counts of a dry run, the most frequent reason first."""
    reasons = dict(sorted(result.refusals.items(), key=lambda reason: (-reason[1], reason[0])))
    return Trial(
        source=result.source,
        table=result.target,
        read=result.rows_read,
        accepted=result.rows_accepted,
        refused=result.rows_quarantined,
        skipped=result.rows_skipped,
        reasons=reasons,
        skips=result.skip_reasons,
        notes=result.notes,
    )


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
