"""The wizard without its window: a suggestion, the choices of a person, and what follows from them."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from segment_lib.errors import InvalidOption, SegmentLibError
from segment_lib.loading.fields import CustomField, load_fields
from segment_lib.loading.plan import find_files
from segment_lib.loading.recipe import fillable, load_recipe
from segment_lib.loading.suggesting import ColumnSuggestion, MappingSuggestion, suggest_mapping, write_mapping
from segment_lib.loading.suggesting.evidence import Tabular
from segment_lib.show.mapping_choices import choose_field, propose_custom, read_cells
from segment_lib.show.mapping_trial import Trial, find_faults, try_mapping
from segment_lib.workspace import Workspace


class MappingSession:
    """A mapping that a person is working on.

    Parameters
    ----------
    source : a file, an inspected file, a DataFrame or an Arrow table.
    workspace : where the mapping would be written, and whose contacts a trial meets.
    table : contacts, interactions or campaign_assignments, where only one of them is wanted.

    Attributes
    ----------
    proposed : what `suggest_mapping` said.
    suggestion : the same after all choices so far.
    """

    def __init__(self, source: Tabular, *, workspace: Workspace | None = None, table: str | None = None) -> None:
        self.source = source
        self.workspace = workspace
        settings = None if workspace is None else workspace.settings
        self.region = (settings.country or None) if settings else None
        self.fields: Sequence[CustomField] = () if workspace is None else tuple(load_fields(workspace))
        self.proposed = suggest_mapping(
            source, table=table, region=self.region, currency=settings.currency if settings else None
        )
        self.suggestion: MappingSuggestion = self.proposed
        self._cells: pa.Table | None = None

    @property
    def cells(self) -> pa.Table:
        """Rows of the source, read once, when they are needed."""
        if self._cells is None:
            self._cells = read_cells(self.source)
        return self._cells

    def choose(self, column: str, field: str | None, *, table: str) -> None:
        """Give a column another field (`choose_field`); what was proposed first comes back as it was.

        Parameters
        ----------
        column : its header.
        field : a field, a new name, or None to leave the column out.
        table : which of the source's tables.
        """
        chosen = choose_field(
            self.suggestion, column, field, table=table, cells=self.cells, fields=self.fields, region=self.region
        )
        first = self._proposed(column, table)
        if first is not None and first.field == field:
            columns = tuple(first if one.column == column else one for one in chosen.table(table).columns)
            back = replace(chosen.table(table), columns=columns)
            chosen = replace(chosen, tables=tuple(back if one.table == table else one for one in chosen.tables))
        self.suggestion = chosen

    def own_field(self, column: str, *, table: str) -> str:
        """Return the name that a field of one's own would have for a column.

        Parameters
        ----------
        column : its header.
        table : which of the source's tables.

        Returns
        -------
        str
        """
        first = self._proposed(column, table)
        if first is not None and first.custom is not None:
            return first.custom.name
        taken = [one.field for each in self.suggestion.tables for one in each.columns if one.field]
        return propose_custom(column, table=table, cells=self.cells, taken=taken).name

    def faults(self) -> list[str]:
        """Return what is wrong with the mapping as a recipe (`find_faults`)."""
        return find_faults(self.suggestion, workspace=self.workspace)

    def count(self) -> list[Trial]:
        """Return what would become of the rows (`try_mapping`)."""
        return try_mapping(self.suggestion, workspace=self.workspace, source=self.source)

    def write(self, *, replace: bool = False) -> list[Path]:
        """Write the mapping into the definitions (`write_mapping`).

        Parameters
        ----------
        replace : whether sources and fields of the same names are replaced.

        Returns
        -------
        list of Path
            The files that were changed.

        Raises
        ------
        InvalidOption
            There is no workspace to write to, or the source is no file that could be imported again.
        InvalidDefinition
            The mapping is no valid recipe, or the names are taken.
        """
        if self.workspace is None:
            raise InvalidOption("`workspace` must be given to write a mapping, got none.")
        if isinstance(self.source, pd.DataFrame | pa.Table):
            raise InvalidOption("a mapping must be of a file to be written, got a table in memory: save it first.")
        return write_mapping(self.workspace, self.suggestion, replace=replace)

    def questions(self) -> list[str]:
        """Return what a person has to decide, and which source reads the file already."""
        known = [f"the file is read by the source `{name}` already" for name in self._readers()]
        return [*known, *self.suggestion.questions]

    def standard_fields(self, table: str) -> list[str]:
        """Return the fields that a column may fill in a table, the workspace's own behind the standard ones."""
        return [column.name for column in fillable(table, tuple(self.fields))]

    def _proposed(self, column: str, table: str) -> ColumnSuggestion | None:
        return next((one for one in self.proposed.table(table).columns if one.column == column), None)

    def _readers(self) -> list[str]:
        if self.workspace is None or not self.suggestion.file:
            return []
        file = Path(self.suggestion.file).resolve()
        try:
            sources = [one for one in load_recipe(self.workspace).sources if one.file is not None]
            return [one.name for one in sources if file in {path.resolve() for path in find_files(self.workspace, one)}]
        except SegmentLibError:
            return []  # a recipe that does not load is told of elsewhere


def describe_trials(trials: Sequence[Trial]) -> str:
    """Say what would become of the rows, in a sentence for each table and with the reasons.

    Parameters
    ----------
    trials : of `try_mapping`.

    Returns
    -------
    str
    """
    said = []
    for trial in trials:
        said.append(str(trial))
        reasons: dict[str, Any] = {"Refused": trial.reasons, "Skipped": trial.skips, "Kept without a cell": trial.notes}
        said += [
            f"{word}: {', '.join(f'{reason} ({number:,})' for reason, number in counts.items())}."
            for word, counts in reasons.items()
            if counts
        ]
    return " ".join(said) or "The source fills no table."
