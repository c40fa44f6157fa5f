"""What the tests of suggestions share."""

from collections.abc import Callable, Mapping

import pytest

from segment_lib.loading.fields import FieldsFile
from segment_lib.loading.recipe import ImportFile
from segment_lib.loading.suggesting import MappingSuggestion

Fields = Mapping[str, Mapping[str, str | None]]


@pytest.fixture(scope="session")
def fields_by_table() -> Callable[[MappingSuggestion], dict[str, dict[str, str]]]:
    """A function that returns, for each table of a suggestion, field to column."""

    def read(suggestion: MappingSuggestion) -> dict[str, dict[str, str]]:
        return {t.table: {one.field: one.column for one in t.columns if one.field} for t in suggestion.tables}

    return read


@pytest.fixture(scope="session")
def check_recipe() -> Callable[[MappingSuggestion], ImportFile]:
    """A function that checks a suggestion's recipe by the models of import.yml and fields.yml."""

    def check(suggestion: MappingSuggestion) -> ImportFile:
        recipe = suggestion.recipe()
        fields = FieldsFile.model_validate({"fields": recipe["fields"]}).fields
        return ImportFile.model_validate({"sources": recipe["sources"]}, context={"fields": fields})

    return check


@pytest.fixture(scope="session")
def answers() -> Callable[[MappingSuggestion], dict[str, str]]:
    """A function that returns for each column what it is said to be: `contacts.email`, `contacts.custom money`, `-`."""

    def read(suggestion: MappingSuggestion) -> dict[str, str]:
        found: dict[str, list[str]] = {}
        for table in suggestion.tables:
            for one in table.columns:
                what = f"custom {one.custom.type}" if one.custom else one.field
                found.setdefault(one.column, []).extend([f"{table.table}.{what}"] if what else [])
        return {column: " + ".join(sorted(what)) or "-" for column, what in found.items()}

    return read
