"""What the wizard answers: for every column the field that it is, how surely, why, and what it would become."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from segment_lib.loading.suggesting.custom_field import CustomProposal
from segment_lib.loading.suggesting.display import suggestion_html, suggestion_text
from segment_lib.loading.suggesting.recipe_text import recipe_yaml, table_recipe
from segment_lib.loading.suggesting.scoring import Candidate


@dataclass(frozen=True)
class ColumnSuggestion:
    """What one column would be in one table.

    Attributes
    ----------
    column : its header.
    field : the field that it fills; None leaves it out.
    score : how surely, from 0 to 1.
    reasons : sentences.
    options : keys of its rule, such as format, decimal, split and values.
    alternatives : other fields that it may be, the surest first.
    custom : the field of the workspace's own, where it fits no standard one.
    examples : cells as they are and as they would become.
    conflict : who else was proposed for the field.
    """

    column: str
    field: str | None
    score: float
    reasons: tuple[str, ...] = ()
    options: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    alternatives: tuple[Candidate, ...] = ()
    custom: CustomProposal | None = None
    examples: tuple[tuple[str, str | None], ...] = ()
    conflict: str = ""


@dataclass(frozen=True)
class TableSuggestion:
    """What a source brings to one table.

    Attributes
    ----------
    source : the name of the source in import.yml.
    table : contacts, interactions or campaign_assignments.
    columns : every column of the file, in its order.
    fixed : rules of fields that no single column fills, such as `kind: {value: purchase}`.
    settings : further keys of the source, such as keys, missing and skip.
    """

    source: str
    table: str
    columns: tuple[ColumnSuggestion, ...]
    fixed: Mapping[str, Mapping[str, Any]] = dataclasses.field(default_factory=dict)
    settings: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def recipe(self) -> dict[str, Any]:
        """Return the table's part of a recipe: a source of import.yml and fields of fields.yml."""
        return table_recipe(self)


@dataclass(frozen=True)
class MappingSuggestion:
    """What a source would bring, with the evidence; nothing is done before `write_mapping`.

    Attributes
    ----------
    name, file : of the source.
    preset : the export that was recognised by its headers, or an empty text.
    rows : how many were looked at, and `complete` whether they were all.
    tables : one, or two where a file holds people and what they did; none for a file that only explains codes.
    questions : what a person has to decide.
    statements : what was found about the file as a whole.
    """

    name: str
    file: str
    preset: str
    rows: int
    complete: bool
    tables: tuple[TableSuggestion, ...]
    questions: tuple[str, ...] = ()
    statements: tuple[str, ...] = ()

    def table(self, name: str) -> TableSuggestion:
        """Return what the source brings to a table of this name."""
        return next(table for table in self.tables if table.table == name)

    def to_pandas(self) -> pd.DataFrame:
        """Return one row for every table and column: field, score, reasons, options, an example."""
        rows = [
            {
                "table": table.table,
                "column": one.column,
                "field": one.field or "",
                "custom_type": one.custom.type if one.custom else "",
                "score": round(one.score, 2),
                "reasons": "; ".join(one.reasons),
                "options": ", ".join(f"{key}: {value}" for key, value in one.options.items()),
                "raw": one.examples[0][0] if one.examples else "",
                "cleaned": (one.examples[0][1] or "") if one.examples else "",
                "conflict": one.conflict,
            }
            for table in self.tables
            for one in table.columns
        ]
        names = ["table", "column", "field", "custom_type", "score", "reasons", "options", "raw", "cleaned", "conflict"]
        return pd.DataFrame(rows, columns=names)

    def recipe(self) -> dict[str, Any]:
        """Return `sources` for import.yml and `fields` for fields.yml."""
        parts = [table.recipe() for table in self.tables]
        return {
            "sources": [part["source"] for part in parts],
            "fields": [one for part in parts for one in part["fields"]],
        }

    def to_yaml(self) -> str:
        """Return the recipe as the text of the two definition files."""
        return recipe_yaml(self.recipe())

    def __repr__(self) -> str:
        """Return the suggestion as a table of text."""
        return suggestion_text(self)

    def _repr_html_(self) -> str:
        return suggestion_html(self)
