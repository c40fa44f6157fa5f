"""An accepted suggestion in a workspace's definitions: other text stays, and what does not load is not written."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from segment_lib import Workspace, import_files, open_workspace
from segment_lib.errors import InvalidDefinition, InvalidOption
from segment_lib.loading.fields import load_fields
from segment_lib.loading.recipe import load_recipe
from segment_lib.loading.suggesting import MappingSuggestion, suggest_mapping, write_mapping
from segment_lib.loading.suggesting.yaml_list import add_entries

PEOPLE = "Customer ID,Email,Plan,Created at\n1,a@b.example,gold,31/01/2024\n2,c@d.example,basic,01/02/2024\n" + "".join(
    f"{i},p{i}@b.example,{('gold', 'basic')[i % 2]},{i:02}/03/2024\n" for i in range(3, 20)
)
IMPORT = """\
# Our own words.
sources:
  - name: shop   # the old one
    file: raw/shop.csv
    table: contacts
    columns: {contact_id: id}
  # What comes last.

# Ranges stand below.
ranges:
  contacts_age: {from: "0"}
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    folder = tmp_path / "shop"
    (folder / "definitions").mkdir(parents=True)
    (folder / "raw").mkdir()
    (folder / "definitions" / "workspace.yml").write_text("name: Shop\ntime_zone: Europe/Madrid\n", encoding="utf-8")
    (folder / "raw" / "people.csv").write_text(PEOPLE, encoding="utf-8")
    return open_workspace(folder)


@pytest.fixture
def suggestion(workspace: Workspace) -> MappingSuggestion:
    return suggest_mapping(workspace.folder / "raw" / "people.csv")


def text(workspace: Workspace, name: str) -> str:
    return (workspace.folder / "definitions" / f"{name}.yml").read_text(encoding="utf-8")


def test_a_suggestion_is_written_and_imports(workspace: Workspace, suggestion: MappingSuggestion) -> None:
    changed = write_mapping(workspace, suggestion)
    assert sorted(path.name for path in changed) == ["fields.yml", "import.yml"]
    [source] = load_recipe(workspace).sources
    assert (source.name, source.file, source.columns["acquired_at"].format) == ("people", "raw/people.csv", "%d/%m/%Y")
    [field] = load_fields(workspace)
    assert (field.name, field.type, field.choices) == ("plan", "choice", ["basic", "gold"])
    [result] = import_files(workspace).results
    assert (result.rows_read, result.rows_accepted) == (19, 19)


def test_comments_and_other_keys_stay_as_they_are(workspace: Workspace, suggestion: MappingSuggestion) -> None:
    given = IMPORT.replace("contacts_age", "birth_date").replace('"0"', '"1900-01-01"')
    (workspace.folder / "definitions" / "import.yml").write_text(given, encoding="utf-8")
    write_mapping(workspace, suggestion)
    after = text(workspace, "import").splitlines()
    assert [line for line in given.splitlines() if line not in after] == []
    assert [source.name for source in load_recipe(workspace).sources] == ["shop", "people"]


def test_a_source_that_is_there_is_refused_unless_it_is_to_be_replaced(
    workspace: Workspace, suggestion: MappingSuggestion
) -> None:
    write_mapping(workspace, suggestion)
    before = text(workspace, "import")
    with pytest.raises(InvalidDefinition, match="a source `people` is there"):
        write_mapping(workspace, suggestion)
    assert text(workspace, "import") == before
    assert write_mapping(workspace, suggestion, replace=True) == []
    assert text(workspace, "import") == before


def test_replacing_changes_one_source_alone(workspace: Workspace, suggestion: MappingSuggestion) -> None:
    write_mapping(workspace, suggestion)
    write_mapping(workspace, replace(suggestion, tables=(replace(suggestion.tables[0], source="second"),)))
    table = replace(suggestion.tables[0], fixed={"country": {"value": "ES"}})
    write_mapping(workspace, replace(suggestion, tables=(table,)), replace=True)
    first, second = load_recipe(workspace).sources
    assert (first.name, first.columns["country"].value) == ("people", "ES")
    assert "country" not in second.columns


def test_a_field_that_is_something_else_is_refused(workspace: Workspace, suggestion: MappingSuggestion) -> None:
    (workspace.folder / "definitions" / "fields.yml").write_text(
        "fields:\n- {name: plan, type: number, family: financial}\n", encoding="utf-8"
    )
    with pytest.raises(InvalidDefinition, match="`plan` is there as a number"):
        write_mapping(workspace, suggestion)
    assert not (workspace.folder / "definitions" / "import.yml").exists()


def test_choices_that_a_field_does_not_have_yet_are_added(workspace: Workspace, suggestion: MappingSuggestion) -> None:
    (workspace.folder / "definitions" / "fields.yml").write_text(
        "fields:\n- {name: plan, type: choice, family: financial, choices: [gold, silver], meaning: Ours}\n",
        encoding="utf-8",
    )
    write_mapping(workspace, suggestion)
    [field] = load_fields(workspace)
    assert (field.choices, field.meaning, field.family) == (["gold", "silver", "basic"], "Ours", "financial")


def test_a_field_with_the_name_of_another_tables_field_is_called_otherwise(
    workspace: Workspace, suggestion: MappingSuggestion
) -> None:
    (workspace.folder / "definitions" / "fields.yml").write_text(
        "fields:\n- {name: plan, type: choice, family: financial, table: interactions}\n", encoding="utf-8"
    )
    skip = [{"reason": "no plan", "where": "plan is null"}]
    table = replace(suggestion.tables[0], settings={**suggestion.tables[0].settings, "skip": skip})
    write_mapping(workspace, replace(suggestion, tables=(table,)))
    [source] = load_recipe(workspace).sources
    assert source.columns["contact_plan"].source == "Plan"
    assert source.skip[0].where == "contact_plan is null"
    assert [field.name for field in load_fields(workspace)] == ["plan", "contact_plan"]


def test_a_recipe_that_does_not_load_is_not_written(workspace: Workspace, suggestion: MappingSuggestion) -> None:
    table = replace(suggestion.tables[0], fixed={"no_such_field": {"value": "x"}})
    with pytest.raises(InvalidDefinition, match="no_such_field"):
        write_mapping(workspace, replace(suggestion, tables=(table,)))
    assert sorted(path.name for path in (workspace.folder / "definitions").iterdir()) == ["workspace.yml"]


def test_a_suggestion_without_a_table_is_refused(workspace: Workspace) -> None:
    products = suggest_mapping(pd.DataFrame({"product_id": ["1", "2"], "brand": ["a", "b"]}))
    with pytest.raises(InvalidOption, match="must fill a table"):
        write_mapping(workspace, products)


def test_words_that_yaml_would_take_for_something_else_come_back_as_they_are(workspace: Workspace) -> None:
    header = "NO: yes # {x}"
    people = pd.DataFrame({"Customer ID": ["1", "2"], "Email": ["a@b.es", "c@d.es"], header: ["null", "010"]})
    people = pd.concat([people] * 3).assign(**{"Customer ID": [str(i) for i in range(6)]})
    found = suggest_mapping(people)
    write_mapping(workspace, found)
    assert header in {rule.source for rule in load_recipe(workspace).sources[0].columns.values()}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "sources:\n  - {name: x}\n"),
        ("sources: []\n", "sources:\n  - {name: x}\n"),
        ("sources:\n", "sources:\n  - {name: x}\n"),
        ("sources: []  # none\nrates: r.csv\n", "sources:  # none\n  - {name: x}\nrates: r.csv\n"),
        ("sources:\n- name: a\n  note: |\n    two\n\n    lines\n\n# end\n",
         "sources:\n- name: a\n  note: |\n    two\n\n    lines\n- {name: x}\n\n# end\n"),
        ("sources:\r\n  - name: a\r\n", "sources:\r\n  - name: a\r\n  - {name: x}\r\n"),
        ("sources:\n  - {name: a,\n     b: c}   # why\nrates: r.csv",
         "sources:\n  - {name: a,\n     b: c}   # why\n  - {name: x}\nrates: r.csv\n"),
        ("sources:\n  - name: x\n    old: 1\n\n  # next\n  - name: y\n",
         "sources:\n  - {name: x}\n\n  # next\n  - name: y\n"),
    ],
)  # fmt: skip
def test_entries_are_put_where_the_list_ends(before: str, after: str) -> None:
    assert add_entries(before, "sources", [{"name": "x"}], name="import.yml") == after


@pytest.mark.parametrize(
    ("before", "words"),
    [
        ("sources: [{name: a}]\n", "got one in brackets"),
        ("sources: 5\n", "`sources` must be a list"),
        ("{sources: []}\n", "a key on every line"),
        ("sources: [\n", "must be valid YAML"),
        ("- a\n", "must be a mapping"),
    ],
)
def test_a_file_in_which_nothing_can_be_put_is_refused(before: str, words: str) -> None:
    with pytest.raises(InvalidDefinition, match=words):
        add_entries(before, "sources", [{"name": "x"}], name="import.yml")
