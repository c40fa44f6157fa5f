"""The reference page and the page of features say what the code knows."""

import ast
import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from segment_lib import reference
from segment_lib.features import CATALOGUE, OwnFeature
from segment_lib.loading.column_rules import Database, FieldRule, Lookup, Policy, Renaming
from segment_lib.loading.fields import CustomField
from segment_lib.loading.recipe import ImportFile, Range, Source
from segment_lib.reference import ABOUT_TABLES, SHOWN_IN_FULL, fill_features_page, reference_page
from segment_lib.segments.definitions import SegmentGroup, SegmentsFile, SmartView
from segment_lib.segments.labels import LabelDefinition
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
        (OwnFeature, reference.FEATURE_KEYS),
        (SmartView, reference.VIEW_KEYS),
        (SegmentGroup, reference.GROUP_KEYS),
        (SegmentsFile, reference.SEGMENTS_KEYS),
        (LabelDefinition, reference.LABEL_KEYS),
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


# docs/features.md

FEATURES_PAGE = (ROOT / "docs" / "features.md").read_text(encoding="utf-8")
DECISION_TESTS = ("test_decisions.py", "test_catalogue_others.py", "test_assembly.py")


def test_features_page_is_what_the_code_says() -> None:
    # fill_features_page writes the page anew.
    assert fill_features_page(FEATURES_PAGE) == FEATURES_PAGE
    listed = re.findall(r"^\| `(\w+)` \|", FEATURES_PAGE, re.MULTILINE)
    assert sorted(listed) == sorted(feature.name for feature in CATALOGUE)


def test_no_cell_of_the_features_page_breaks_its_table() -> None:
    rows = [line for line in FEATURES_PAGE.splitlines() if line.startswith("|")]
    assert {line.replace("\\|", "").count("|") for line in rows} == {6, 12}


def test_every_decision_is_held_by_tests_and_every_test_of_decisions_holds_one() -> None:
    _, _, decisions = FEATURES_PAGE.partition("\n## Decisions\n")
    entries = decisions.split("\n### ")[1:]
    named = {entry.splitlines()[0]: set(re.findall(r"\btest_\w+", entry)) for entry in entries}
    assert [title for title, tests in named.items() if not tests] == []
    written = {name: _tests(ROOT / "tests" / "features" / name) for name in DECISION_TESTS}
    said = set().union(*named.values())
    assert said - set().union(*written.values()) == set()
    assert (written["test_decisions.py"] | written["test_catalogue_others.py"]) - said == set()


def _tests(path: Path) -> set[str]:
    nodes = ast.parse(path.read_text(encoding="utf-8")).body
    return {node.name for node in nodes if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}
