"""Chosen starters in segments.yml: behind what is there, whole or not at all."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from segment_lib import Workspace
from segment_lib.cli.commands import main
from segment_lib.errors import InvalidDefinition, InvalidOption, NotFound
from segment_lib.segments import load_segments
from segment_lib.segments.starters import load_starters, write_segments

Make = Callable[..., Workspace]
OURS = """\
# What we look at, since the spring.
smart_views:
  - name: Big   # ask Eva
    rule: total_spend > 500
  # not yet:
  # - name: Small

rfm: null   # later
clusters: null
"""
GOAL = {
    "name": "Keep them",
    "objective": "keep customers",
    "question": "Who leaves?",
    "criteria": ["behavioural"],
    "kpis": [{"name": "Kept", "measure": "retention", "horizon_days": 90}],
}


@pytest.fixture
def workspace(tiny_workspace: Make) -> Workspace:
    made = tiny_workspace(goals={"goals": [GOAL]})
    file(made).write_text(OURS, encoding="utf-8")
    return made


def file(workspace: Workspace) -> Path:
    return workspace.folder / "definitions" / "segments.yml"


def test_what_stands_there_stays_and_the_chosen_stand_behind_it(workspace: Workspace) -> None:
    assert write_segments(workspace, ["Win back", "Quote without order"], goal="Keep them") == file(workspace)
    text = file(workspace).read_text(encoding="utf-8")
    kept = [line for line in OURS.splitlines() if line.strip()]
    assert [line for line in text.splitlines() if line in kept and line.strip()] == kept
    views = {view.name: view for view in load_segments(workspace).smart_views}
    assert list(views) == ["Big", "Win back", "Quote without order"]
    starters = {starter.name: starter for starter in load_starters()}
    for name in ("Win back", "Quote without order"):
        assert views[name].rule == starters[name].rule
        assert views[name].description == starters[name].why
        assert views[name].goal == "Keep them"


def test_all_starters_can_be_written_at_once_and_load(tiny_workspace: Make) -> None:
    fields = {"fields": [{"name": "renewal_date", "type": "date", "family": "behavioural"}]}
    workspace = tiny_workspace(fields=fields)
    write_segments(workspace, [starter.name for starter in load_starters()])
    views = load_segments(workspace).smart_views
    assert [(view.name, view.rule, view.goal) for view in views] == [(s.name, s.rule, "") for s in load_starters()]


def test_a_workspace_without_the_file_gets_one(tiny_workspace: Make) -> None:
    workspace = tiny_workspace()
    file(workspace).unlink()
    write_segments(workspace, ["win back"])
    assert [view.name for view in load_segments(workspace).smart_views] == ["Win back"]


def test_a_name_given_twice_is_written_once(workspace: Workspace) -> None:
    write_segments(workspace, ["Win back", "WIN BACK"])
    assert [view.name for view in load_segments(workspace).smart_views] == ["Big", "Win back"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (OURS.replace("total_spend", "totl_spend"), "Did you mean `total_spend`"),
        (OURS.replace("rule: total", "rul: total"), "unknown key `rul`"),
        (OURS.replace("smart_views:", "smart_views: ["), "must be valid YAML"),
        ("smart_views: [{name: Big, rule: total_spend > 500}]\n", "got one in brackets"),
    ],
)
def test_a_file_with_faults_is_left_as_it_is(workspace: Workspace, text: str, message: str) -> None:
    file(workspace).write_text(text, encoding="utf-8")
    with pytest.raises(InvalidDefinition, match=message):
        write_segments(workspace, ["Win back"])
    assert file(workspace).read_text(encoding="utf-8") == text
    assert [path.name for path in file(workspace).parent.iterdir() if "new" in path.name] == []


def test_what_is_there_or_cannot_be_is_refused_and_nothing_is_written(workspace: Workspace) -> None:
    write_segments(workspace, ["Win back"])
    before = file(workspace).read_text(encoding="utf-8")
    with pytest.raises(InvalidDefinition, match="a smart view `Win back` is there; give another name to that one"):
        write_segments(workspace, ["Repeat buyers", "Win back"])
    with pytest.raises(InvalidDefinition, match="can't find a column `renewal_date`"):
        write_segments(workspace, ["Repeat buyers", "Renewal soon"])
    with pytest.raises(NotFound, match="can't find a starter segment called 'Nobody'"):
        write_segments(workspace, ["Repeat buyers", "Nobody"])
    with pytest.raises(NotFound, match="can't find a goal called 'Kep them'"):
        write_segments(workspace, ["Repeat buyers"], goal="Kep them")
    for nothing in ([], "Win back"):
        with pytest.raises(InvalidOption, match="`names` must be a list of starter segments"):
            write_segments(workspace, nothing)
    assert file(workspace).read_text(encoding="utf-8") == before


def test_an_objective_is_no_goal_to_be_written(workspace: Workspace) -> None:
    write_segments(workspace, ["Win back"], goal="keep customers")
    assert load_segments(workspace).smart_views[-1].goal == ""


def test_processes_that_write_at_once_lose_nothing(workspace: Workspace) -> None:
    names = [starter.name for starter in load_starters() if "renewal" not in starter.rule][:3]
    script = (
        "import sys; from segment_lib import open_workspace; from segment_lib.segments.starters import write_segments;"
        "write_segments(open_workspace(sys.argv[1]), [sys.argv[2]])"
    )
    running = [subprocess.Popen([sys.executable, "-c", script, str(workspace.folder), name]) for name in names]
    assert [process.wait(timeout=120) for process in running] == [0] * len(names)
    views = [view.name for view in load_segments(workspace).smart_views]
    assert views[0] == "Big"
    assert sorted(views[1:]) == sorted(names)
    assert "# ask Eva" in file(workspace).read_text(encoding="utf-8")


def test_the_command_shows_and_writes(tiny_workspace: Make) -> None:
    rows = [
        {"contact_id": "a", "kind": "purchase", "occurred_at": f"2026-0{month}-01", "amount": 5.0}
        for month in (1, 2, 3)
    ]
    workspace = tiny_workspace(contacts=["a"], interactions=rows, goals={"goals": [GOAL]})
    arguments = ["suggest-segments", str(workspace.folder), "--as-of", "2026-10-31", "--goal", "Keep them"]
    shown = CliRunner().invoke(main, [*arguments, "--rules"])
    assert shown.exit_code == 0, shown.output
    assert "Starter segments for `Keep them`" in shown.output
    assert "\n    purchases >= 3 and recency_days between 181 and 730\n" in shown.output
    assert "--write 'Win back'" in shown.output
    written = CliRunner().invoke(main, [*arguments, "--write", "Win back"])
    assert written.output.startswith("Wrote Win back to segments.yml.")
    assert [(view.name, view.goal) for view in load_segments(workspace).smart_views] == [("Win back", "Keep them")]
    again = CliRunner().invoke(main, [*arguments, "--write", "Win back"])
    assert (again.exit_code, "is there" in again.output) == (2, True)
