"""What a recipe says of one column, and the policies that it declares for rows."""

from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from segment_lib.definitions import Definition
from segment_lib.errors import InvalidOption, InvalidRule
from segment_lib.loading.cleaning import date_sql
from segment_lib.sql import parse_expression


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
    before the cents; with a comma, points and blanks separate thousands. `missing` are texts that stand for nothing.
    `row: true` is the number of the row, for files that have no ids. `clean: identifier` writes 17850.0 as 17850.
    `region` is the country of telephone numbers that name none.
    """

    source: str | None = Field(default=None, alias="from")
    value: str | None = None
    sql: str | None = None
    row: bool = False
    format: str | None = None
    time_zone: str | None = None
    decimal: Literal[".", ","] | None = None
    remove: str | None = None
    split: str | None = None
    values: dict[str, str | None] = {}
    only_listed: bool = False
    lookup: Lookup | None = None
    missing: list[str] = []
    clean: Literal["identifier"] | None = None
    region: str | None = Field(default=None, pattern="^[A-Z]{2}$")

    @field_validator("time_zone")
    @classmethod
    def _zone_exists(cls, zone: str | None) -> str | None:
        try:
            _ = ZoneInfo(zone) if zone else None
        except (KeyError, ValueError, OSError):
            raise ValueError(f"must be a zone's name such as UTC or Europe/Madrid, got {zone!r}.") from None
        return zone

    @field_validator("format")
    @classmethod
    def _format_is_read(cls, format: str | None) -> str | None:
        try:
            _ = date_sql("''", format) if format else None
        except InvalidOption as error:
            raise ValueError(str(error)) from None
        return format

    @model_validator(mode="after")
    def _one_origin(self) -> "FieldRule":
        if sum(origin is not None for origin in (self.source, self.value, self.sql, self.row or None)) != 1:
            raise ValueError("must have exactly one of `from`, `value`, `sql` and `row`.")
        for option in ("remove", "values", "only_listed", "lookup", "missing", "clean", "region"):
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


class Renaming(Policy):
    """Rows that become another kind: cancellations a refund, postage a fee. A purchase below zero is netted so."""

    kind: str = Field(min_length=1)


class Database(Definition):
    """Rows of a table or query; `connection` names the environment variable that says where."""

    connection: str = Field(pattern="^[A-Za-z_][A-Za-z0-9_]*$")
    query: str = Field(min_length=1)


def as_rule(given: Any) -> Any:
    """Take `email: E-mail address` for `email: {from: E-mail address}`."""
    return {"from": given} if isinstance(given, str) else given
