"""Custom fields: the columns that a workspace adds to contacts and interactions."""

from dataclasses import replace
from typing import Literal

import pyarrow as pa
from pydantic import Field, field_validator, model_validator

from segment_lib.definitions import Definition
from segment_lib.engine import StoredTable
from segment_lib.vocabulary import ARROW_TYPES, CONTACTS, INTERACTIONS, TABLES, Column, ColumnType, Family
from segment_lib.workspace import Workspace

FieldType = Literal[
    "text",
    "number",
    "integer",
    "date",
    "timestamp",
    "boolean",
    "text list",
    "choice",
    "multi-choice",
    "money",
]
STORED_AS: dict[FieldType, ColumnType] = {"choice": "text", "multi-choice": "text list", "money": "number"}
# Words of the tables themselves, and of the SQL of features.
TAKEN = ("labels", "origin", "brought_at", "given_id", "superseded_by", "import_id", "as_of", "as_of_day")
# Columns that stand beside the custom fields of these tables.
WITH_FIELDS = {
    "contacts": "contacts",
    "contact_versions": "contacts",
    "interactions": "interactions",
    "superseded": "interactions",
}


class CustomField(Definition):
    """A column of the workspace's own.

    `choice` is one of `choices`, `multi-choice` any of them; without `choices` every text is one. `unique` says that no
    two contacts share a value, so that rows may find their contact by it.
    """

    name: str = Field(pattern="^[a-z][a-z0-9_]*$")
    type: FieldType
    family: Family
    table: Literal["contacts", "interactions"] = "contacts"
    unit: str = ""
    meaning: str = ""
    choices: list[str] = []
    unique: bool = False

    @model_validator(mode="after")
    def _options_fit_the_type(self) -> "CustomField":
        if self.choices and self.type not in ("choice", "multi-choice"):
            raise ValueError(f"`choices` is for a choice or a multi-choice, and `{self.name}` is a {self.type}.")
        if self.unique and (self.type != "text" or self.table != "contacts"):
            raise ValueError(f"`unique` is for a text field of contacts, and `{self.name}` is a {self.type}.")
        return self

    @property
    def column(self) -> Column:
        """The column that holds it."""
        unit = self.unit or ("money" if self.type == "money" else "")
        return Column(self.name, STORED_AS.get(self.type) or self.type, self.family, self.meaning, unit)  # type: ignore[arg-type]


class FieldsFile(Definition):
    """The file fields.yml."""

    fields: list[CustomField] = []

    @field_validator("fields")
    @classmethod
    def _names_are_free(cls, fields: list[CustomField]) -> list[CustomField]:
        for field in fields:
            standard = CONTACTS if field.table == "contacts" else INTERACTIONS
            if field.name in {column.name for column in standard}:
                raise ValueError(f"`{field.name}` is a standard column of {field.table}; choose another name.")
            if field.name in TAKEN:
                raise ValueError(f"`{field.name}` is a word of the tables themselves; choose another name.")
            if sum(other.name == field.name for other in fields) > 1:
                raise ValueError(f"`{field.name}` stands twice.")
        return fields


def columns_of(table: str, fields: tuple[CustomField, ...] | list[CustomField]) -> tuple[Column, ...]:
    """Return the columns of a table, the workspace's own behind the standard ones.

    Parameters
    ----------
    table : name of the table.
    fields : the workspace's custom fields, of all tables.

    Returns
    -------
    tuple of Column
    """
    return (*TABLES[table], *(field.column for field in fields if field.table == WITH_FIELDS.get(table)))


def load_fields(workspace: Workspace) -> list[CustomField]:
    """Return the workspace's custom fields; none where fields.yml is not there."""
    if not workspace.has_definition("fields"):
        return []
    return workspace.definition("fields", FieldsFile).fields


def declared_table(workspace: Workspace, name: str) -> StoredTable:
    """Return a table as it stands, with every column that is declared, empty where it was written without.

    Parameters
    ----------
    workspace : whose.
    name : of the table.

    Returns
    -------
    StoredTable
        Also with fields that were declared after the last import.
    """
    stored = workspace.table(name)
    written = set(stored.column_names)
    more = [pa.field(c.name, ARROW_TYPES[c.type]) for c in columns_of(name, load_fields(workspace))]
    return replace(stored, schema=pa.schema([*stored.schema, *(one for one in more if one.name not in written)]))
