"""Runs of real notebooks in real kernels: whole or nothing."""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from segment_lib.errors import InvalidFile, InvalidOption, NotFound, RunFailed, SegmentLibError
from segment_lib.runner import NOTEBOOKS, Report, find_notebooks, read_parameter, run_report
from segment_lib.runner.parameters import check_parameters, imported_modules, read_parameters
from segment_lib.runner.publishing import Shelf

DAY = date(2026, 10, 31)
PARAMETERS = """
workspace: str = "data/sample_shop"  # folder
as_of: str = "2026-10-31"  # day
n_segments: int = 5  # groups that marketing can serve
threshold: float = 0.5
code: str = ""
channels: list[str] | None = None
deep = False
"""
GOALS = """
goals:
  - name: Sell more
    objective: sell more
    question: Who comes back?
    criteria: [behavioural]
    kpis: [{name: Bought, measure: conversion, horizon_days: 30}]
"""
SPEAKS = "from segment_lib.show.record import record\nimport sys"
# Told apart from every other kernel on the machine by what it works on.
RECORDS = """
record("seen", {"python": sys.executable, "as_of": as_of, "workspace": workspace, "n": n_segments, "code": code})
record("provenance", {"tables": {"contacts": {"version": 2, "rows": 7}}, "definitions": {"goals.yml": "abc"}})
"""
SUMMARY = """
record("summary", {"business": "Tiny shop", "compared_with": "2026-09-30", "changes": ["**More** contacts."]})
record("provenance", {"tables": {"interactions": {"version": 5, "rows": 70}}, "smallest_group": 5})
"""


def write_notebooks(folder: Path, **cells: list[str]) -> Path:
    """Write the four notebooks, with further cells of code for some of them."""
    folder.mkdir(parents=True, exist_ok=True)
    for stem in NOTEBOOKS:
        parameters = new_code_cell(PARAMETERS.strip(), metadata={"tags": ["parameters"]})
        further = [new_code_cell(source) for source in cells.get(f"n{stem}", [])]
        notebook = new_notebook(cells=[new_markdown_cell(f"# About {stem}"), parameters, *further])
        notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(notebook, folder / f"{stem}.ipynb")
    return folder


def write_workspace(folder: Path, name: str = "tiny") -> Path:
    definitions = folder / "data" / name / "definitions"
    definitions.mkdir(parents=True)
    (definitions / "workspace.yml").write_text("name: Tiny shop\n", encoding="utf-8")
    (definitions / "import.yml").write_text("sources: []\n", encoding="utf-8")
    (definitions / "goals.yml").write_text(GOALS, encoding="utf-8")
    return folder / "data" / name


def write_good_report(root: Path, name: str = "tiny") -> Path:
    """What an earlier run left: a report that a failure must not touch."""
    report = root / "reports" / name / "2026-10-31"
    report.mkdir(parents=True)
    (report / "index.html").write_text("good", encoding="utf-8")
    earlier = {"as_of": "2026-10-31", "status": "complete", "seconds": 9, "finished_at": "2026-11-01T00:00:00+00:00"}
    (report / "run.json").write_text(json.dumps(earlier), encoding="utf-8")
    return report


def files_on(shelf: Path) -> set[str]:
    return {path.name for path in shelf.iterdir() if path.name != ".lock"}


def kernels_of(parent: int) -> set[int]:
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 2) for line in listed.splitlines()]
    return {int(pid) for pid, owner, command in rows if int(owner) == parent and "ipykernel_launcher" in command}


def wait_until(condition: Any, *, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def is_running(pid: int) -> bool:
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    # A zombie has ended; whoever is its parent now has not looked yet.
    return bool(state.strip()) and not state.strip().startswith("Z")


def start_report(root: Path, *options: str) -> subprocess.Popen[str]:
    """Run the command in a process of its own, and return once its first notebook is at work."""
    command = [sys.executable, "-m", "segment_lib.cli", "report", "data/tiny", "--as-of", "2026-10-31", *options]
    process = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    wait_until(lambda: (root / "data" / "tiny" / "sleeping").exists() or process.poll() is not None, seconds=60)
    assert process.poll() is None, process.communicate()
    return process


SLEEPS = ["from pathlib import Path", "Path(workspace, 'sleeping').touch()\nimport time\ntime.sleep(300)"]


# A run that succeeds


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("a {strange} place")
    write_workspace(folder)
    write_notebooks(
        folder / "notebooks",
        n01_goals=[SPEAKS, RECORDS],
        n02_import=["import warnings\nwarnings.warn('not for the page')\nprint('2 files read')"],
        n03_segmentation=["sorted(name for name in globals() if name[0] != '_' and name in ('sys', 'json'))"],
        n04_refinement=[SPEAKS, SUMMARY],
    )
    write_good_report(folder)
    return folder


@pytest.fixture(scope="module")
def report(root: Path) -> Report:
    # A kernel of the same name that a user registered long ago, for a Python that is gone.
    rogue = root / "jupyter" / "kernels" / "python3"
    rogue.mkdir(parents=True)
    spec = {"argv": ["/nowhere/python", "-m", "ipykernel_launcher", "-f", "{connection_file}"], "language": "python"}
    (rogue / "kernel.json").write_text(json.dumps({**spec, "display_name": "old"}), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_DATA_DIR", str(root / "jupyter"))
        patch.setenv("JUPYTER_PATH", str(root / "jupyter"))
        patch.chdir(root / "notebooks")
        return run_report(
            "data/tiny", as_of="2026-10-31", parameters={"n_segments": 7, "code": "01067"}, progress=False
        )


def test_report_replaces_the_one_of_the_same_day(root: Path, report: Report) -> None:
    assert report.folder == root / "reports" / "tiny" / "2026-10-31"
    assert report.index.read_text(encoding="utf-8") != "good"
    assert files_on(root / "reports" / "tiny") == {"2026-10-31", "index.html"}


def test_report_holds_pages_executed_notebooks_and_particulars(report: Report) -> None:
    pages = {f"{stem}.{ending}" for stem in NOTEBOOKS for ending in ("html", "ipynb")}
    assert files_on(report.folder) == pages | {"index.html", "run.json"}
    assert "<strong>More</strong> contacts." in report.index.read_text(encoding="utf-8")


def test_kernel_is_this_python_whatever_a_user_has_registered(report: Report, root: Path) -> None:
    seen = recorded(report, "01_goals")["seen"]
    assert seen["python"] == sys.executable
    assert seen == {**seen, "as_of": "2026-10-31", "workspace": str(root / "data" / "tiny"), "n": 7, "code": "01067"}


def test_no_kernel_outlives_the_run(report: Report) -> None:
    assert report.seconds > 0
    assert kernels_of(os.getpid()) == set()


def test_modules_imported_ahead_leave_no_name_behind(report: Report) -> None:
    # 03_segmentation imports nothing, and neither do the kernels of others leak into it.
    notebook = nbformat.read(report.folder / "03_segmentation.ipynb", as_version=4)
    assert notebook.cells[-1].outputs[0].data["text/plain"] == "[]"


def test_executed_notebook_has_no_warning_from_the_kernel_itself(report: Report) -> None:
    for stem in ("01_goals", "03_segmentation", "04_refinement"):
        outputs = [output for cell in code_cells(report, stem) for output in cell.outputs]
        assert [output for output in outputs if output.get("name") == "stderr"] == []


def test_pages_show_what_was_printed_and_no_warning(report: Report) -> None:
    html = (report.folder / "02_import.html").read_text(encoding="utf-8")
    assert "2 files read" in html
    assert "not for the page" not in html
    assert "warnings" not in html


def test_particulars_join_what_the_notebooks_recorded(report: Report) -> None:
    run = json.loads((report.folder / "run.json").read_text(encoding="utf-8"))
    assert run["status"] == "complete"
    assert run["as_of"] == "2026-10-31"
    assert run["compared_with"] == "2026-09-30"
    assert run["tables"] == {"contacts": {"version": 2, "rows": 7}, "interactions": {"version": 5, "rows": 70}}
    assert run["definitions"] == {"goals.yml": "abc"}
    assert run["smallest_group"] == 5
    assert run["parameters"] == {"n_segments": 7, "code": "01067"}
    assert set(run["stages"]) == {*NOTEBOOKS, "pages"}
    assert run["started_at"] <= run["finished_at"]
    assert run["libraries"]["papermill"] != "unknown"


def test_list_of_reports_links_to_the_day(root: Path, report: Report) -> None:
    html = (root / "reports" / "tiny" / "index.html").read_text(encoding="utf-8")
    assert 'href="2026-10-31/index.html"' in html
    assert "Tiny shop: all reports" in html
    assert f"{report.seconds:.0f} s" in html


def recorded(report: Report, stem: str) -> dict[str, Any]:
    from segment_lib.show.record import read_records

    return read_records(nbformat.read(report.folder / f"{stem}.ipynb", as_version=4))


def code_cells(report: Report, stem: str) -> list[nbformat.NotebookNode]:
    notebook = nbformat.read(report.folder / f"{stem}.ipynb", as_version=4)
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


# Runs that fail


def test_error_of_the_input_stops_the_run_and_leaves_the_good_report(tmp_path: Path) -> None:
    write_workspace(tmp_path)
    raises = "from segment_lib.errors import NoData\nraise NoData('there is nothing before 1999-01-01.')"
    write_notebooks(tmp_path / "notebooks", n02_import=[raises])
    good = write_good_report(tmp_path)
    with pytest.raises(RunFailed, match=r"^02_import stopped: there is nothing before 1999-01-01\.") as failure:
        run_report(tmp_path / "data" / "tiny", as_of=DAY, notebooks=tmp_path / "notebooks", progress=False)
    assert isinstance(failure.value.__cause__, SegmentLibError)
    assert "\n" not in str(failure.value)
    assert (good / "index.html").read_text(encoding="utf-8") == "good"
    kept = tmp_path / "reports" / "tiny" / "failed" / "2026-10-31"
    assert str(kept / "02_import.ipynb") in str(failure.value)
    assert files_on(kept) == {"02_import.ipynb", "run.json"}
    outputs = [cell.get("outputs", []) for cell in nbformat.read(kept / "02_import.ipynb", as_version=4).cells]
    assert any(output.get("ename") == "NoData" for cell in outputs for output in cell)
    assert files_on(tmp_path / "reports" / "tiny") == {"2026-10-31", "failed", "index.html"}
    listed = (tmp_path / "reports" / "tiny" / "index.html").read_text(encoding="utf-8")
    assert 'href="failed/2026-10-31/02_import.ipynb"' in listed
    assert 'href="2026-10-31/index.html"' in listed
    assert kernels_of(os.getpid()) == set()


def test_error_of_the_notebook_is_told_with_its_cell_and_a_dead_kernel_as_such(tmp_path: Path) -> None:
    write_workspace(tmp_path)
    notebooks = write_notebooks(tmp_path / "notebooks", n01_goals=["1 / 0"])
    with pytest.raises(
        RunFailed, match=r"^01_goals stopped: ZeroDivisionError: division by zero \(in cell 3\)"
    ) as error:
        run_report(tmp_path / "data" / "tiny", as_of=DAY, notebooks=notebooks, progress=False)
    assert not isinstance(error.value.__cause__, SegmentLibError)
    write_notebooks(notebooks, n01_goals=["import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"])
    with pytest.raises(RunFailed, match=r"^01_goals stopped: its kernel died"):
        run_report(tmp_path / "data" / "tiny", as_of=DAY, notebooks=notebooks, progress=False)
    assert files_on(tmp_path / "reports" / "tiny") == {"failed", "index.html"}
    assert kernels_of(os.getpid()) == set()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a process without telling it")
def test_terminated_run_ends_its_kernels_and_leaves_the_good_report(tmp_path: Path) -> None:
    write_workspace(tmp_path)
    write_notebooks(tmp_path / "notebooks", n01_goals=SLEEPS)
    good = write_good_report(tmp_path)
    process = start_report(tmp_path)
    kernels = kernels_of(process.pid)
    assert kernels
    process.send_signal(signal.SIGTERM)
    _, told = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "segment-lib: 01_goals stopped: ended by the signal SIGTERM." in told
    assert "Traceback" not in told
    assert [pid for pid in kernels if is_running(pid)] == []
    assert (good / "index.html").read_text(encoding="utf-8") == "good"
    assert files_on(good.parent) == {"2026-10-31", "failed", "index.html"}
    assert files_on(good.parent / "failed" / "2026-10-31") == {"01_goals.ipynb", "run.json"}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_killed_run_leaves_no_kernel_and_the_next_one_clears_up(tmp_path: Path) -> None:
    write_workspace(tmp_path)
    write_notebooks(tmp_path / "notebooks", n01_goals=SLEEPS)
    good = write_good_report(tmp_path)
    process = start_report(tmp_path, "--quiet")
    kernels = kernels_of(process.pid)
    assert kernels
    process.kill()
    process.communicate(timeout=30)
    wait_until(lambda: not any(is_running(pid) for pid in kernels), seconds=30)
    assert (good / "index.html").read_text(encoding="utf-8") == "good"
    shelf = Shelf(good.parent)
    assert len([name for name in files_on(shelf.folder) if name.startswith(".running-")]) == 1
    with shelf.staging(DAY) as staging:
        assert [name for name in files_on(shelf.folder) if name.startswith(".running-")] == [staging.folder.name]
    assert files_on(shelf.folder) == {"2026-10-31"}


# Putting reports in place


def publish(shelf: Shelf, text: str) -> None:
    with shelf.staging(DAY) as staging:
        (staging.folder / "index.html").write_text(text, encoding="utf-8")
        with shelf.locked():
            staging.publish()


def test_crash_between_the_two_renames_is_mended_by_the_next_run(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "tiny")
    publish(shelf, "good")
    shelf.day(DAY).rename(shelf.folder / ".old-2026-10-31-abcdef")
    with shelf.staging(DAY):
        assert (shelf.day(DAY) / "index.html").read_text(encoding="utf-8") == "good"
    assert files_on(shelf.folder) == {"2026-10-31"}


def test_crash_before_the_older_report_was_removed_is_mended_by_the_next_run(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "tiny")
    publish(shelf, "new")
    (shelf.folder / ".old-2026-10-31-abcdef").mkdir()
    with shelf.staging(DAY):
        pass
    assert (shelf.day(DAY) / "index.html").read_text(encoding="utf-8") == "new"
    assert files_on(shelf.folder) == {"2026-10-31"}


def test_failed_rename_brings_the_older_report_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = Shelf(tmp_path / "tiny")
    publish(shelf, "good")
    rename = Path.rename

    def break_second(path: Path, target: Path) -> Path:
        if path.name.startswith(".running-"):
            raise KeyboardInterrupt
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", break_second)
    with pytest.raises(KeyboardInterrupt):
        publish(shelf, "new")
    assert (shelf.day(DAY) / "index.html").read_text(encoding="utf-8") == "good"
    assert files_on(shelf.folder) == {"2026-10-31"}


def test_runs_of_several_processes_for_one_day_do_not_harm_one_another(tmp_path: Path) -> None:
    script = """
import sys
from datetime import date
from pathlib import Path
from segment_lib.runner.publishing import Shelf
shelf, name = Shelf(Path(sys.argv[1])), sys.argv[2]
for turn in range(6):
    with shelf.staging(date(2026, 10, 31)) as staging:
        for file in ("index.html", "run.json"):
            (staging.folder / file).write_text(f'"{name}-{turn}"')
        with shelf.locked():
            staging.publish()
            assert (shelf.day(date(2026, 10, 31)) / "index.html").read_text() == f'"{name}-{turn}"'
"""
    shelf = Shelf(tmp_path / "tiny")
    publish(shelf, "good")
    processes = [
        subprocess.Popen([sys.executable, "-c", script, str(shelf.folder), name], stderr=subprocess.PIPE, text=True)
        for name in ("one", "two")
    ]
    told = [process.communicate(timeout=60)[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], told
    assert files_on(shelf.folder) == {"2026-10-31"}
    texts = {(shelf.day(DAY) / file).read_text(encoding="utf-8") for file in ("index.html", "run.json")}
    assert len(texts) == 1


def test_failure_is_listed_until_a_later_run_of_its_day_succeeds(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "tiny")
    with shelf.staging(DAY) as staging:
        (staging.folder / "02_import.ipynb").write_text("{}", encoding="utf-8")
        run = {"as_of": "2026-10-31", "status": "failed", "finished_at": "2026-11-01T01:00:00+00:00"}
        staging.keep_failure(staging.folder / "02_import.ipynb", run)
    assert [run["link"] for run in shelf.runs()] == ["failed/2026-10-31/02_import.ipynb"]
    publish(shelf, "new")
    later = {"as_of": "2026-10-31", "status": "complete", "finished_at": "2026-11-01T02:00:00+00:00"}
    (shelf.day(DAY) / "run.json").write_text(json.dumps(later), encoding="utf-8")
    assert [run["link"] for run in shelf.runs()] == ["2026-10-31/index.html"]


def test_unreadable_particulars_of_one_report_do_not_hide_the_others(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "tiny")
    for day, text in (("2026-09-30", "{"), ("2026-08-31", '{"as_of": "2026-08-31", "status": "complete"}')):
        (shelf.folder / day).mkdir(parents=True)
        (shelf.folder / day / "run.json").write_text(text, encoding="utf-8")
    assert [(run["as_of"], run["status"]) for run in shelf.runs()] == [
        ("2026-09-30", "unknown"),
        ("2026-08-31", "complete"),
    ]


# Parameters


@pytest.fixture
def notebooks(tmp_path: Path) -> list[Path]:
    folder = write_notebooks(
        tmp_path / "notebooks", n01_goals=["import os\nfrom segment_lib import errors\nimport os.path"]
    )
    return [folder / f"{stem}.ipynb" for stem in NOTEBOOKS]


def test_unknown_parameter_is_told_before_anything_runs(tmp_path: Path, notebooks: list[Path]) -> None:
    workspace = write_workspace(tmp_path)
    with pytest.raises(InvalidOption, match=r"can't find the parameter `n_segment`.*Did you mean `n_segments`\?"):
        run_report(workspace, as_of=DAY, notebooks=notebooks[0].parent, parameters={"n_segment": 3})
    assert not (tmp_path / "reports").exists()


def test_cell_of_parameters_is_read_with_its_types(notebooks: list[Path]) -> None:
    assert [str(parameter) for parameter in read_parameters(notebooks[0]).values()] == [
        "workspace: str",
        "as_of: str",
        "n_segments: int",
        "threshold: float",
        "code: str",
        "channels: list | None",
        "deep: bool",
    ]


@pytest.mark.parametrize(
    "given",
    [{"n_segments": 3}, {"threshold": 1}, {"channels": ["email"]}, {"channels": None}, {"deep": True}, {"code": "1"}],
)
def test_parameter_of_the_declared_type_is_accepted(given: dict[str, Any], notebooks: list[Path]) -> None:
    check_parameters(given, notebooks)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"n_segments": "3"}, "`n_segments` must be int, got '3'"),
        ({"n_segments": True}, "`n_segments` must be int, got True"),
        ({"n_segments": 3.0}, "`n_segments` must be int, got 3.0"),
        ({"code": 1067}, "`code` must be str, got 1067"),
        ({"channels": "email"}, "`channels` must be list or None, got 'email'"),
        ({"threshold": float("nan")}, "`threshold` must be float, got nan"),
        ({"as_of": "2026-01-01"}, "`as_of` is given by the run itself"),
        ({"deep": 1, "nonsense": 2}, "(?s)`deep` must be bool, got 1.*can't find the parameter `nonsense`"),
    ],
)
def test_parameter_that_does_not_fit_is_refused(given: dict[str, Any], message: str, notebooks: list[Path]) -> None:
    with pytest.raises(InvalidOption, match=message):
        check_parameters(given, notebooks)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("code=01067", "01067"),
        ("code=a=b", "a=b"),
        ("n_segments=3", 3),
        ("threshold=1", 1.0),
        ("deep=yes", True),
        ("channels=none", None),
        ('channels=["email"]', ["email"]),
    ],
)
def test_written_parameter_is_read_as_the_declared_type(text: str, value: Any, notebooks: list[Path]) -> None:
    name, read = read_parameter(text, notebooks=notebooks)
    assert (name, read, type(read)) == (text.partition("=")[0], value, type(value))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("n_segments", "must look like name=value, got 'n_segments'"),
        ("n_segments=three", "`n_segments` must be int, got 'three'"),
        ("deep=perhaps", "`deep` must be bool, got 'perhaps'"),
        ("kode=1", "can't find the parameter `kode`.*Did you mean `code`"),
    ],
)
def test_written_parameter_that_cannot_be_read_is_refused(text: str, message: str, notebooks: list[Path]) -> None:
    with pytest.raises(InvalidOption, match=message):
        read_parameter(text, notebooks=notebooks)


def test_modules_that_a_notebook_imports_are_found(notebooks: list[Path]) -> None:
    assert imported_modules(notebooks[0]) == ("os", "segment_lib", "os.path")
    assert imported_modules(notebooks[1]) == ()


def test_file_that_is_no_notebook_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.ipynb").write_text("[]", encoding="utf-8")
    with pytest.raises(InvalidFile, match=r"x\.ipynb must be a notebook"):
        read_parameters(tmp_path / "x.ipynb")


def test_missing_notebook_is_told(tmp_path: Path) -> None:
    write_notebooks(tmp_path)
    (tmp_path / "03_segmentation.ipynb").unlink()
    with pytest.raises(NotFound, match=r"can't find the notebook 03_segmentation\.ipynb"):
        find_notebooks(tmp_path)
