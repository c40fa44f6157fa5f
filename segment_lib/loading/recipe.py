"""The recipe of an import: which file fills which table, column by column, and by which declared policies."""

from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from segment_lib.definitions import Definition
from segment_lib.errors import InvalidRule, list_names, suggest
from segment_lib.sql import columns_of as columns_in
from segment_lib.sql import parse_expression
from segment_lib.vocabulary import CONTACTS, INTERACTIONS, TABLES, Column, ColumnType, Family
from segment_lib.workspace import Workspace

Target = Literal["contacts", "interactions", "campaign_assignments"]
REQUIRED: dict[str, tuple[str, ...]] = {
    "contacts": ("contact_id",),
    "interactions": ("contact_id", "occurred_at", "kind"),
    "campaign_assignments": ("campaign", "contact_id", "arm", "assigned_at"),
}
ARMS = ("treatment", "control")
# Which types of columns an option of a column is for.
OPTIONS = {
    "format": ("date", "timestamp"),
    "time_zone": ("timestamp",),
    "decimal": ("number", "integer"),
    "split": ("text list",),
}


class CustomField(Definition):
    """A column of the workspace's own."""

    name: str = Field(pattern="^[a-z][a-z0-9_]*$")
    type: ColumnType
    family: Family
    table: Literal["contacts", "interactions"] = "contacts"
    unit: str = ""
    meaning: str = ""


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
            if sum(other.name == field.name for other in fields) > 1:
                raise ValueError(f"`{field.name}` stands twice.")
        return fields


class Lookup(Definition):
    """Where a code is looked up: `value` of the row of `file` whose `key` equals it.

    `unknown` says what becomes of a row whose code is not there: `quarantine`, or an `empty` cell.
    """

    file: str
    key: str
    value: str
    unknown: Literal["quarantine", "empty"] = "quarantine"


class FieldRule(Definition):
    """How one column is filled: from a column of the file, by an expression over such, or with one value.

    `time_zone` is the zone of times that are written without one, where it is not the workspace's. `values` turns words
    of the file into ours, or into nothing, capitals aside; in a list it does so part by part. `decimal` is the mark
    before the cents; with a comma, points and blanks separate thousands.
    """

    source: str | None = Field(default=None, alias="from")
    value: str | None = None
    sql: str | None = None
    format: str | None = None
    time_zone: str | None = None
    decimal: Literal[".", ","] | None = None
    remove: str | None = None
    split: str | None = None
    values: dict[str, str | None] = {}
    only_listed: bool = False
    lookup: Lookup | None = None

    @field_validator("time_zone")
    @classmethod
    def _zone_exists(cls, zone: str | None) -> str | None:
        try:
            _ = ZoneInfo(zone) if zone else None
        except (KeyError, ValueError, OSError):
            raise ValueError(f"must be a zone's name such as UTC or Europe/Madrid, got {zone!r}.") from None
        return zone

    @model_validator(mode="after")
    def _one_origin(self) -> "FieldRule":
        if sum(origin is not None for origin in (self.source, self.value, self.sql)) != 1:
            raise ValueError("must have exactly one of `from`, `value` and `sql`.")
        for option in ("remove", "values", "only_listed", "lookup"):
            if self.source is None and getattr(self, option):
                raise ValueError(f"`{option}` is for cells of the file and must stand beside `from`.")
        if self.only_listed and not self.values:
            raise ValueError("`only_listed` must stand beside `values`, which lists them.")
        if self.sql is not None:
            try:
                parse_expression(self.sql)
            except InvalidRule as error:
                raise ValueError(str(error)) from None
        return self


class Policy(Definition):
    """A condition over the target's columns, and what is said of the rows that meet it."""

    reason: str = Field(min_length=1)
    where: str

    @field_validator("where")
    @classmethod
    def _parses(cls, where: str) -> str:
        try:
            parse_expression(where)
        except InvalidRule as error:
            raise ValueError(str(error)) from None
        return where


def _as_rule(given: Any) -> Any:
    """Take `email: E-mail address` for `email: {from: E-mail address}`."""
    return {"from": given} if isinstance(given, str) else given


class Source(Definition):
    """One file (or a pattern that several files meet) and the table that it fills."""

    name: str = Field(pattern="^[A-Za-z0-9_-]+$")
    file: str = Field(min_length=1)
    table: Target
    delimiter: str = Field(default=",", pattern=r'^[^"\r\n]$')
    encoding: Literal["utf-8", "latin-1", "utf-16"] = "utf-8"
    columns: dict[str, Annotated[FieldRule, BeforeValidator(_as_rule)]]
    skip: list[Policy] = []
    reject: list[Policy] = []
    unknown_contacts: Literal["quarantine", "create"] = "quarantine"

    @field_validator("columns")
    @classmethod
    def _columns_exist(cls, columns: dict[str, FieldRule], info: ValidationInfo) -> dict[str, FieldRule]:
        table = info.data.get("table")
        if table is None:
            return columns
        known = {column.name: column for column in columns_of(table, (info.context or {}).get("fields", ()))}
        known.pop("import_id", None)  # written by the import itself
        unknown = [name for name in columns if name not in known]
        missing = [name for name in REQUIRED[table] if name not in columns]
        if unknown:
            raise ValueError(
                f"{list_names(f'`{name}`' for name in unknown)} is no column of {table} and no field of fields.yml."
                f"{suggest(unknown[0], known)}"
            )
        if missing:
            raise ValueError(f"{table} must have {list_names(f'`{name}`' for name in missing)}.")
        for name, rule in columns.items():
            for option, types in OPTIONS.items():
                if getattr(rule, option) is not None and known[name].type not in types:
                    raise ValueError(
                        f"`{option}` is for a {' or '.join(types)}, and `{name}` is a {known[name].type}; leave it out."
                    )
        return columns

    @field_validator("skip", "reject")
    @classmethod
    def _policies_name_columns(cls, policies: list[Policy], info: ValidationInfo) -> list[Policy]:
        filled = info.data.get("columns")
        for policy in policies:
            for column in columns_in(parse_expression(policy.where)):
                if filled is not None and column.name not in filled:
                    hint = suggest(column.name, filled)
                    raise ValueError(f"`{policy.where}` must name columns that are filled, got `{column.name}`.{hint}")
        return policies


class ImportFile(Definition):
    """The file import.yml."""

    sources: list[Source] = []

    @field_validator("sources")
    @classmethod
    def _names_differ(cls, sources: list[Source]) -> list[Source]:
        names = [source.name for source in sources]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"every source must have a name of its own, got `{name}` twice.")
        return sources


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
    own = (Column(f.name, f.type, f.family, f.meaning, f.unit) for f in fields if f.table == table)
    return (*TABLES[table], *own)


def load_fields(workspace: Workspace) -> list[CustomField]:
    """Return the workspace's custom fields; none where fields.yml is not there."""
    if not workspace.has_definition("fields"):
        return []
    return workspace.definition("fields", FieldsFile).fields


def load_recipe(workspace: Workspace) -> ImportFile:
    """Return the workspace's import recipe, checked against the standard columns and its custom fields."""
    return workspace.definition("import", ImportFile, context={"fields": load_fields(workspace)})
