"""The vocabulary says one thing about each word."""

import pytest

from segment_lib.engine import open_connection
from segment_lib.loading.recipe import REQUIRED
from segment_lib.vocabulary import (
    ARROW_TYPES,
    COLUMN_TYPES,
    CONTACTS,
    FAMILIES,
    INTERACTIONS,
    SQL_TYPES,
    TABLES,
    Column,
    arrow_schema,
)

COLUMNS = [pytest.param(table, column, id=f"{table}.{column.name}") for table in TABLES for column in TABLES[table]]


@pytest.mark.parametrize("table", TABLES)
def test_no_column_stands_twice_in_a_table(table: str) -> None:
    names = [column.name for column in TABLES[table]]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_column_has_a_plain_name_a_known_type_a_family_and_a_meaning(table: str, column: Column) -> None:
    # The engine and files of some systems do not tell capitals apart, and a leading underscore is the import's own.
    assert column.name.isidentifier()
    assert column.name == column.name.lower()
    assert not column.name.startswith("_")
    assert column.type in COLUMN_TYPES
    assert column.family in FAMILIES
    assert column.meaning


def test_every_type_is_known_to_storage_and_engine() -> None:
    assert set(COLUMN_TYPES) == set(ARROW_TYPES) == set(SQL_TYPES)


def test_arrow_and_sql_types_are_the_same_types() -> None:
    select = ", ".join(f'cast(null as {SQL_TYPES[kind]}) as "{kind}"' for kind in SQL_TYPES)
    with open_connection() as connection:
        schema = connection.sql(f"select {select}").to_arrow_table().schema
    assert {field.name: field.type for field in schema} == ARROW_TYPES


def test_a_word_means_the_same_type_in_every_table() -> None:
    types: dict[str, set[str]] = {}
    for columns in TABLES.values():
        for column in columns:
            types.setdefault(column.name, set()).add(column.type)
    assert {name: kinds for name, kinds in types.items() if len(kinds) > 1} == {}


def test_only_quantities_have_a_unit() -> None:
    with_unit = [c for columns in TABLES.values() for c in columns if c.unit]
    assert {column.type for column in with_unit} <= {"number", "integer"}


def test_columns_that_an_import_requires_exist() -> None:
    for table, names in REQUIRED.items():
        assert set(names) <= {column.name for column in TABLES[table]}


@pytest.mark.parametrize("channel", ["email", "phone", "sms"])
def test_every_channel_has_a_consent_that_may_be_unknown(channel: str) -> None:
    consent = {column.name: column for column in CONTACTS}[f"{channel}_consent"]
    assert consent.type == "boolean"
    assert arrow_schema(CONTACTS).field(consent.name).nullable


def test_tables_that_imports_fill_say_which_import_brought_a_row() -> None:
    brought = ("interactions", "campaign_assignments", "contact_versions", "superseded", "sightings")
    for table in (*brought, "quarantine", "imports"):
        assert "import_id" in {column.name for column in TABLES[table]}


def test_history_holds_whatever_a_row_holds() -> None:
    versions, superseded = ({column.name for column in TABLES[name]} for name in ("contact_versions", "superseded"))
    assert {column.name for column in CONTACTS} <= versions
    assert {column.name for column in INTERACTIONS} <= superseded


def test_whatever_belongs_to_a_contact_remembers_whose_it_was_before_a_merge() -> None:
    # What is computed anew with every run needs no memory.
    computed = {"memberships", "journal", "contacts", "contact_versions"}
    carriers = {name for name, columns in TABLES.items() if "contact_id" in {column.name for column in columns}}
    remembering = {name for name, columns in TABLES.items() if "merged_from" in {column.name for column in columns}}
    assert carriers - computed == remembering


def test_schema_has_the_columns_in_their_order() -> None:
    assert arrow_schema(INTERACTIONS).names == [column.name for column in INTERACTIONS]
