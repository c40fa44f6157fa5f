"""The recipe of an import: which file fills which table, column by column, and by which declared policies."""

import codecs
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from segment_lib.definitions import Definition
from segment_lib.errors import list_names, suggest
from segment_lib.loading.column_rules import Database, FieldRule, Policy, Renaming, as_rule
from segment_lib.loading.fields import CustomField, columns_of, load_fields
from segment_lib.sql import columns_of as columns_in
from segment_lib.sql import parse_expression
from segment_lib.vocabulary import Column
from segment_lib.workspace import Workspace

Target = Literal["contacts", "interactions", "campaign_assignments"]
# A row of contacts needs one of the keys of its source, any other row a contact besides these.
REQUIRED: dict[str, tuple[str, ...]] = {
    "contacts": (),
    "interactions": ("occurred_at", "kind"),
    "campaign_assignments": ("campaign", "arm", "assigned_at"),
}
ARMS = ("treatment", "control")
# Which types of columns an option of a column is for.
OPTIONS = {
    "format": ("date", "timestamp"),
    "time_zone": ("timestamp",),
    "decimal": ("number", "integer"),
    "split": ("text list",),
    "clean": ("text",),
    "region": ("text",),
}
LABELS_COLUMN = Column("labels", "text list", "relationship", "Labels that the file puts on the contact")
# By these a row may find its contact, beside unique custom fields.
KEYS = ("contact_id", "email", "phone")


class Source(Definition):
    """One file (or a pattern that several files meet, or a query) and the table that it fills.

    Delimiter, encoding, sheet and header are found by evidence where they are not declared. `keys` are the columns by
    which a row finds its contact, in this order. `on_known` says what becomes of rows that are known already,
    `bad_cells` what becomes of a row with an unreadable cell that it can do without: by default a contact is kept and
    the cell left empty, any other row is refused.
    """

    name: str = Field(pattern="^[A-Za-z0-9_-]+$")
    file: str | None = Field(default=None, min_length=1)
    database: Database | None = None
    sheet: str | None = None
    member: str | None = None
    header_row: int | None = Field(default=None, ge=0)
    table: Target
    delimiter: str | None = Field(default=None, pattern=r'^([^"\r\n]|whitespace)$')
    encoding: str | None = None
    keys: list[str] = []
    missing: list[str] = []
    columns: dict[str, Annotated[FieldRule, BeforeValidator(as_rule)]]
    skip: list[Policy] = []
    reject: list[Policy] = []
    rename: list[Renaming] = []
    on_known: Literal["update", "skip"] = "update"
    bad_cells: Literal["refuse", "empty"] | None = None
    unknown_contacts: Literal["quarantine", "create", "anonymous"] = "quarantine"
    currencies: Literal["refuse", "convert", "apart"] = "refuse"

    @field_validator("encoding")
    @classmethod
    def _codec_exists(cls, encoding: str | None) -> str | None:
        try:
            return codecs.lookup(encoding).name and encoding if encoding else None
        except LookupError:
            raise ValueError(f"must be a text encoding such as utf-8 or cp1252, got {encoding!r}.") from None

    @field_validator("columns")
    @classmethod
    def _columns_exist(cls, columns: dict[str, FieldRule], info: ValidationInfo) -> dict[str, FieldRule]:
        table = info.data.get("table")
        if table is None:
            return columns
        known = {column.name: column for column in fillable(table, (info.context or {}).get("fields", ()))}
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

    @model_validator(mode="after")
    def _origin_and_keys(self, info: ValidationInfo) -> "Source":
        if (self.file is None) == (self.database is None):
            raise ValueError(f"the source `{self.name}` must have exactly one of `file` and `database`.")
        several = self.file is not None and any(mark in self.file for mark in "*?[")
        if several and any(rule.row for rule in self.columns.values()):
            raise ValueError("`row` numbers the rows of one file, so `file` must not be a pattern of several.")
        usable = key_columns((info.context or {}).get("fields", ()))
        for key in self.keys:
            if key not in usable or key not in self.columns:
                raise ValueError(f"`keys` must name {list_names(usable)} that `columns` fills, got `{key}`.")
        if not any(key in self.columns for key in usable):
            raise ValueError(f"{self.table} must have `contact_id`, or another key of a contact: {list_names(usable)}.")
        return self

    @field_validator("skip", "reject", "rename")
    @classmethod
    def _policies_name_columns(cls, policies: list[Policy], info: ValidationInfo) -> list[Policy]:
        filled = info.data.get("columns")
        for policy in policies:
            for column in columns_in(parse_expression(policy.where)):
                if filled is not None and column.name not in filled:
                    hint = suggest(column.name, filled)
                    raise ValueError(f"`{policy.where}` must name columns that are filled, got `{column.name}`.{hint}")
        return policies


class Range(Definition):
    """What values are possible: from a number or day to another; `today` and `now` are those of the import.

    `then` says what becomes of others: `flag` keeps and counts them, `empty` leaves the cell empty, `refuse` refuses
    the row.
    """

    lowest: str | None = Field(default=None, alias="from")
    highest: str | None = Field(default=None, alias="to")
    then: Literal["flag", "empty", "refuse"] = "flag"

    @model_validator(mode="after")
    def _bounds(self) -> "Range":
        if self.lowest is None and self.highest is None:
            raise ValueError("must have `from`, `to` or both.")
        return self


class ImportFile(Definition):
    """The file import.yml.

    `ranges` are possible values of a column, in whatever source. `survivors` say which value of a contact's field
    holds where sources differ: `latest` (without it), `earliest`, `longest`, or sources in the order in which they are
    trusted. `rates` is a CSV file with `day`, `currency` and `rate`, what one unit is worth in the workspace's.
    """

    sources: list[Source] = []
    ranges: dict[str, Range] = {}
    survivors: dict[str, Literal["latest", "earliest", "longest"] | list[str]] = {}
    rates: str | None = None

    @field_validator("sources")
    @classmethod
    def _names_differ(cls, sources: list[Source]) -> list[Source]:
        names = [source.name for source in sources]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"every source must have a name of its own, got `{name}` twice.")
        return sources

    @model_validator(mode="after")
    def _names_exist(self, info: ValidationInfo) -> "ImportFile":
        fields = (info.context or {}).get("fields", ())
        contacts = {column.name for column in columns_of("contacts", fields)} - {"contact_id"}
        known = contacts | {column.name for column in columns_of("interactions", fields)}
        for section, names, allowed in (("ranges", self.ranges, known), ("survivors", self.survivors, contacts)):
            for name in names:
                if name not in allowed:
                    raise ValueError(f"{section}: can't find a column `{name}`.{suggest(name, allowed)}")
        trusted = {name for rule in self.survivors.values() if isinstance(rule, list) for name in rule}
        for name in sorted(trusted - {source.name for source in self.sources}):
            raise ValueError(f"survivors: can't find a source `{name}`.{suggest(name, [s.name for s in self.sources])}")
        if self.rates is None and any(source.currencies == "convert" for source in self.sources):
            raise ValueError("`currencies: convert` needs `rates`, a file with day, currency and rate.")
        return self


def key_columns(fields: tuple[CustomField, ...] | list[CustomField]) -> tuple[str, ...]:
    """Return the columns by which a row may find its contact, unique custom fields behind the standard ones."""
    return (*KEYS, *(field.name for field in fields if field.unique))


def keys_of(source: Source, fields: tuple[CustomField, ...] | list[CustomField]) -> tuple[str, ...]:
    """Return the columns by which a source finds its contacts; the first that has an answer counts."""
    if source.keys:
        return tuple(source.keys)
    if "contact_id" in source.columns:
        return ("contact_id",)
    return tuple(name for name in key_columns(fields) if name in source.columns)


def fillable(table: str, fields: tuple[CustomField, ...] | list[CustomField]) -> tuple[Column, ...]:
    """Return the columns that a source of a table may fill: the table's own, and those that lead to the contact.

    Parameters
    ----------
    table : name of the target.
    fields : the workspace's custom fields.

    Returns
    -------
    tuple of Column
    """
    written = ("import_id", "merged_from", "original_amount", "original_currency")
    own = tuple(column for column in columns_of(table, fields) if column.name not in written)
    if table == "contacts":
        return (*own, LABELS_COLUMN)
    names = {column.name for column in own}
    contacts = {column.name: column for column in columns_of("contacts", fields)}
    return (*own, *(contacts[key] for key in key_columns(fields) if key not in names))


def load_recipe(workspace: Workspace) -> ImportFile:
    """Return the workspace's import recipe, checked against the standard columns and its custom fields."""
    return workspace.definition("import", ImportFile, context={"fields": load_fields(workspace)})
