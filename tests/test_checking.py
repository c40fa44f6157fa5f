"""Faults that are told before anything runs, all of them at once."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from segment_lib import Workspace
from segment_lib.errors import InvalidDefinition
from segment_lib.loading import import_files
from segment_lib.runner.checking import check_definitions, check_sources

GOALS = {
    "goals": [
        {
            "name": "Sell more",
            "objective": "sell more",
            "question": "Who comes back?",
            "criteria": ["behavioural"],
            "kpis": [{"name": "Bought", "measure": "conversion", "horizon_days": 30}],
        }
    ]
}
FAULTS = {
    "a play for nobody": (
        {"playbook": {"plays": [{"name": "Hi", "segment": "Bgi", "message": "Hi", "channel": "email"}]}},
        "the play `Hi` must name a segment, got `Bgi`. Did you mean `Big`?",
    ),
    "a workflow on a field that is none": (
        {"workflows": {"workflows": [{"name": "W", "trigger": {"date": "birthdate"}, "actions": [{"task": "call"}]}]}},
        "must name a date field, got `birthdate`. Did you mean `birth_date`?",
    ),
    "clusters on a text": (
        {"segments": {"clusters": {"features": ["country", "purchases"]}}},
        "clusters must be made on numbers, got `country`.",
    ),
    "a field called like a feature": (
        {"fields": {"fields": [{"name": "recency_days", "type": "number", "family": "behavioural"}]}},
        "`recency_days` is the name of a feature; choose another.",
    ),
    "a file that nobody reads": ({"playbooks": {"plays": []}}, "playbooks.yml is not read. Files: "),
    "a target profile that is no rule": (
        {"goals": {"goals": [{**GOALS["goals"][0], "target_profile": "contry = 'ES'"}]}},
        "can't find a column `contry`. Did you mean `country`?",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_told_before_anything_runs(fault: str, tiny_workspace: Callable[..., Workspace]) -> None:
    definitions, message = FAULTS[fault]
    views = {"smart_views": [{"name": "Big", "rule": "total_spend > 100"}]}
    workspace = tiny_workspace(**{"import": {"sources": []}, "goals": GOALS, "segments": views, **definitions})
    with pytest.raises(InvalidDefinition) as told:
        check_definitions(workspace)
    assert message in str(told.value)
    assert len(told.value.faults) == 1


def test_faults_of_several_files_are_told_at_once(tiny_workspace: Callable[..., Workspace]) -> None:
    workspace = tiny_workspace(**{"import": {"surces": []}, "goals": {"goals": []}, "playbook": {"plas": []}})
    with pytest.raises(InvalidDefinition, match="Did you mean `sources`") as told:
        check_definitions(workspace)
    assert {fault.split(":")[0] for fault in told.value.faults} == {"import.yml", "goals.yml", "playbook.yml"}


# Files that do not fit the recipe: warnings, since the definitions themselves have no fault.

PEOPLE = {
    "name": "people",
    "file": "raw/people.csv",
    "table": "contacts",
    "columns": {"contact_id": "Id", "email": "E-mail"},
}


def with_files(make: Callable[..., Workspace], recipe: Mapping[str, Any], **files: str) -> Workspace:
    workspace = make(**{"import": recipe})
    (workspace.folder / "raw").mkdir(exist_ok=True)
    for name, text in files.items():
        (workspace.folder / "raw" / f"{name}.csv").write_text(text, encoding="utf-8")
    return workspace


def test_files_that_fit_their_recipe_are_no_warning(tiny_workspace: Callable[..., Workspace]) -> None:
    assert check_sources(with_files(tiny_workspace, {"sources": [PEOPLE]}, people="E-mail;Id\na@a.es;1\n")) == []


def test_absent_column_is_a_warning_with_its_likely_new_name(tiny_workspace: Callable[..., Workspace]) -> None:
    workspace = with_files(tiny_workspace, {"sources": [PEOPLE]}, people="Id,E-Mail Address,Town\n1,a@a.es,Faro\n")
    assert check_sources(workspace) == [
        "people.csv lacks `E-mail` of `people`. `E-mail` is probably `E-Mail Address`.",
    ]


def test_absent_column_that_is_like_no_other_is_a_warning_with_the_columns(
    tiny_workspace: Callable[..., Workspace],
) -> None:
    [warning] = check_sources(with_files(tiny_workspace, {"sources": [PEOPLE]}, people="Id,Town\n1,Faro\n"))
    assert warning.startswith("can't find column `E-mail` in people.csv. Columns: Id, Town.")


def test_header_that_has_changed_since_the_last_import_is_a_warning_with_the_difference(
    tiny_workspace: Callable[..., Workspace],
) -> None:
    workspace = with_files(tiny_workspace, {"sources": [PEOPLE]}, people="Id,E-mail,Town\n1,a@a.es,Faro\n")
    import_files(workspace)
    (workspace.folder / "raw" / "people.csv").write_text("Id,E-Mail Address\n1,a@a.es\n", encoding="utf-8")
    [warning] = check_sources(workspace)
    assert warning.startswith("people.csv has not the header that the last file of `people` had: ")
    assert "`E-mail` is now probably `E-Mail Address` (95%); missing: `Town`." in warning


def test_absent_files_unreadable_ones_and_lookups_are_all_told_at_once(
    tiny_workspace: Callable[..., Workspace],
) -> None:
    lookup = {"file": "raw/codes.csv", "key": "Code", "value": "Name"}
    calls = {
        "name": "calls",
        "file": "raw/calls.csv",
        "table": "interactions",
        "columns": {"contact_id": "Id", "occurred_at": "Day", "kind": {"from": "Code", "lookup": lookup}},
        "currencies": "convert",
    }
    recipe = {"sources": [PEOPLE, calls], "rates": "raw/rates.csv"}
    workspace = with_files(tiny_workspace, recipe, people="", codes="Code,Meaning\n1,call\n")
    warnings = check_sources(workspace)
    assert [one.split(".csv")[0].split()[-1].split("/")[-1] for one in warnings] == [
        "people",
        "calls",
        "codes",
        "rates",
    ]


def test_database_that_cannot_be_asked_is_a_warning(
    tiny_workspace: Callable[..., Workspace], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SHOP_DATABASE", raising=False)
    source = {key: value for key, value in PEOPLE.items() if key != "file"}
    source["database"] = {"connection": "SHOP_DATABASE", "query": "people"}
    [warning] = check_sources(with_files(tiny_workspace, {"sources": [source]}))
    assert "the environment variable SHOP_DATABASE must hold the address of a database" in warning
