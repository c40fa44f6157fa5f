"""The reference page says what the code knows."""

from pathlib import Path

import pytest
from pydantic import BaseModel

from segment_lib import reference
from segment_lib.loading.column_rules import Database, FieldRule, Lookup, Policy, Renaming
from segment_lib.loading.fields import CustomField
from segment_lib.loading.recipe import ImportFile, Range, Source
from segment_lib.reference import ABOUT_TABLES, SHOWN_IN_FULL, reference_page
from segment_lib.vocabulary import TABLES
from segment_lib.workspace import Settings

ROOT = Path(__file__).parents[1]


def test_committed_page_is_what_the_code_says() -> None:
    assert (ROOT / "docs" / "reference.md").read_text(encoding="utf-8") == reference_page()


@pytest.mark.parametrize(
    ("model", "keys"),
    [
        (FieldRule, reference.KEYS),
        (Lookup, reference.LOOKUP_KEYS),
        (Source, reference.SOURCE_KEYS),
        (Renaming, reference.POLICY_KEYS),
        (Database, reference.DATABASE_KEYS),
        (ImportFile, reference.IMPORT_KEYS),
        (Range, reference.RANGE_KEYS),
        (CustomField, reference.FIELD_KEYS),
        (Settings, reference.WORKSPACE_KEYS),
    ],
)
def test_every_key_of_a_definition_is_explained_once(model: type[BaseModel], keys: tuple[tuple[str, str], ...]) -> None:
    known = {field.alias or name for name, field in model.model_fields.items()}
    assert {key for key, _ in keys} == known
    assert len(keys) == len(known)


def test_policies_have_the_keys_of_a_renaming_but_for_the_kind() -> None:
    assert {*Policy.model_fields, "kind"} == {*Renaming.model_fields}


def test_every_table_is_explained() -> None:
    assert ABOUT_TABLES.keys() == TABLES.keys()
    assert set(SHOWN_IN_FULL) <= set(TABLES)


def test_no_cell_of_the_page_breaks_its_table() -> None:
    rows = [line for line in reference_page().splitlines() if line.startswith("|")]
    heads = {line.count("|") for line in rows}
    assert heads == {3, 6}
