"""The command `segment-lib`: what it prints, and with what it exits."""

import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from nbformat import write
from nbformat.v4 import new_code_cell, new_notebook

from segment_lib import runner
from segment_lib.cli import main
from segment_lib.errors import NotFound, RunFailed, SegmentLibError
from segment_lib.workspace import new_workspace


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a workspace, and the four notebooks, whose parameters are all that they have."""
    for stem in runner.NOTEBOOKS:
        source = "workspace: str = ''\nas_of: str = ''\nn_segments: int = 5\ncode: str = ''"
        cell = new_code_cell(source, metadata={"tags": ["parameters"]})
        (tmp_path / "notebooks").mkdir(exist_ok=True)
        write(new_notebook(cells=[cell]), tmp_path / "notebooks" / f"{stem}.ipynb")
    monkeypatch.chdir(tmp_path)
    new_workspace("tiny")
    return tmp_path


def stand_in(monkeypatch: pytest.MonkeyPatch, outcome: BaseException | None = None) -> list[dict[str, Any]]:
    """Let `run_report` note what it is asked for, and do nothing or fail."""
    asked: list[dict[str, Any]] = []

    def run_report(workspace: str, **options: Any) -> runner.Report:
        asked.append({"workspace": workspace, **options})
        if outcome:
            raise outcome
        return runner.Report(Path("reports/tiny/2026-10-31"), 12.4)

    monkeypatch.setattr(runner, "run_report", run_report)
    return asked


def test_help_names_every_command_in_the_order_of_use() -> None:
    shown = run("--help")
    assert shown.exit_code == 0
    commands = [line.split()[0] for line in shown.output.partition("Commands:")[2].splitlines() if line.strip()]
    assert [name for name in commands if name in main.commands] == [
        "report",
        "new",
        "import",
        "check",
        "reference",
        "sample",
    ]


def test_command_loads_nothing_heavy_of_its_own() -> None:
    script = """
import sys, segment_lib
before = set(sys.modules)
import segment_lib.cli
print({"papermill", "nbclient", "nbconvert", "nbformat", "matplotlib", "sklearn"} & (set(sys.modules) - before))
"""
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "set()"


def test_version_is_the_packages() -> None:
    try:
        expected = version("segment_lib")
    except PackageNotFoundError:
        pytest.skip("the package is not installed")
    assert run("--version").output == f"segment-lib {expected}\n"


def test_report_tells_where_it_is_and_how_long_it_took(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = stand_in(monkeypatch)
    told = run("report", "data/tiny", "--as-of", "2026-10-31", "-p", "n_segments=7", "-p", "code=01067", "--quiet")
    assert told.exit_code == 0, told.output
    assert told.output == f"Report: {Path('reports/tiny/2026-10-31/index.html')} (12 s)\n"
    (options,) = asked
    assert options["parameters"] == {"n_segments": 7, "code": "01067"}
    assert options["progress"] is False
    assert options["notebooks"] == project / "notebooks"


def test_folder_for_reports_starts_in_the_working_directory(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = stand_in(monkeypatch)
    (project / "deeper").mkdir()
    monkeypatch.chdir(project / "deeper")
    assert run("report", "data/tiny", "--as-of", "2026-10-31", "--reports", "out").exit_code == 0
    assert asked[0]["reports"] == project / "deeper" / "out"


def failure(cause: BaseException | None) -> RunFailed:
    error = RunFailed("02_import stopped: no purchases.")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (NotFound("can't find it."), 2),
        (failure(SegmentLibError("no purchases.")), 2),
        (failure(ZeroDivisionError()), 1),
        (failure(None), 1),
    ],
)
def test_exit_code_tells_whether_the_input_is_at_fault(
    error: SegmentLibError, code: int, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(monkeypatch, error)
    told = run("report", "data/tiny", "--as-of", "2026-10-31")
    assert told.exit_code == code
    assert told.stderr == f"segment-lib: {error}\n"
    assert told.stdout == ""


def test_unexpected_error_keeps_its_traceback(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(monkeypatch, ZeroDivisionError("a fault of ours"))
    told = run("report", "data/tiny", "--as-of", "2026-10-31")
    assert isinstance(told.exception, ZeroDivisionError)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--as-of", "31.10.2026"], "`as_of` must be a day in the form 2026-10-31, got '31.10.2026'."),
        (["--as-of", "2026-10-31", "-p", "n_segment=3"], "Did you mean `n_segments`?"),
        (["--as-of", "2026-10-31", "-p", "n_segments=x"], "`n_segments` must be int, got 'x'."),
    ],
)
def test_wrong_input_is_told_in_one_message_before_anything_runs(
    arguments: list[str], message: str, project: Path
) -> None:
    told = run("report", "data/tiny", *arguments)
    assert told.exit_code == 2
    assert told.stderr.startswith("segment-lib: ")
    assert message in told.stderr
    assert not (project / "reports").exists()


def test_report_of_a_workspace_that_is_not_there_is_told(project: Path) -> None:
    told = run("report", "data/nowhere", "--as-of", "2026-10-31")
    assert told.exit_code == 2
    assert told.stderr.startswith("segment-lib: can't find the workspace 'data/nowhere'")


def test_report_outside_a_project_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("segment_lib.runner.reporting.__file__", str(tmp_path / "a" / "b" / "c.py"))
    new_workspace("tiny")
    told = run("report", "data/tiny", "--as-of", "2026-10-31")
    assert told.exit_code == 2
    assert "can't find the folder notebooks/" in told.stderr


def test_new_workspace_is_made_and_can_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    told = run("new", "my_shop")
    assert told.exit_code == 0, told.output
    assert (tmp_path / "data" / "my_shop" / "raw").is_dir()
    assert f"segment-lib report {Path('data', 'my_shop')} --as-of DAY" in told.output
    again = run("new", "my_shop")
    assert again.exit_code == 2
    assert "already there" in again.stderr


def test_check_of_a_workspace_that_is_not_there_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    told = run("check", "data/nowhere")
    assert told.exit_code == 2
    assert told.stderr.startswith("segment-lib: can't find the workspace 'data/nowhere'")


def test_import_without_files_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run("new", "my_shop")
    told = run("import", "data/my_shop")
    assert told.exit_code in {0, 2}, told.exception
    assert told.output


@pytest.mark.slow
def test_sample_is_the_same_for_the_same_seed(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        assert run("sample", "--folder", str(tmp_path / folder), "--seed", "5").exit_code == 0
    files = sorted(path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*.gz"))
    assert files
    assert all((tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes() for file in files)
