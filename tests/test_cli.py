"""The command `segment-lib`: what it prints, and with what it exits."""

import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner, Result
from nbformat import write
from nbformat.v4 import new_code_cell, new_notebook

from segment_lib import runner
from segment_lib.cli import main
from segment_lib.errors import NotFound, RowsLost, RunFailed, SegmentLibError
from segment_lib.loading import load_fields, load_recipe
from segment_lib.scaffold import TEMPLATES
from segment_lib.workspace import new_workspace, open_workspace


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
        *("report", "new", "suggest", "check", "import", "imports", "quarantine", "mend", "undo"),
        *("duplicates", "merge", "unmerge", "label", "suggest-segments", "preview", "explain", "sql"),
        *("lint", "impact", "history", "overlap", "reference", "sample"),
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
    ("error", "message"),
    [
        (PermissionError(13, "Permission denied", "tables/contacts"), "tables/contacts: Permission denied."),
        (OSError(28, "No space left on device"), ": No space left on device."),
        (OSError("Generic LocalFileSystem error: unable to write.\nCaused by 7"), "unable to write."),
        (duckdb.IOException("IO Error: Could not write x: No space left on device"), "x: No space left on device."),
    ],
)
def test_what_the_system_refuses_is_told_in_one_line(
    error: Exception, message: str, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(monkeypatch, error)
    told = run("report", "data/tiny", "--as-of", "2026-10-31")
    assert told.exit_code == 1
    assert told.stderr.startswith("segment-lib: can't read or write")
    assert told.stderr.endswith(f"{message}\n")
    assert told.stderr.count("\n") == 1


def test_rows_that_were_lost_are_no_fault_of_the_input(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(monkeypatch, RowsLost("orders.csv", "accepted 3 rows, found 2 rows"))
    told = run("report", "data/tiny", "--as-of", "2026-10-31")
    assert told.exit_code == 1
    assert told.stderr.endswith("Nothing was written.\n")


@pytest.mark.skipif(sys.platform == "win32", reason="limits of a process are those of Unix")
def test_disk_that_takes_no_more_leaves_the_tables_as_they_were(shop: Path) -> None:
    rows = "".join(f"L{number},1,2026-01-01,{number}\n" for number in range(20_000))
    (shop / "data" / "shop" / "raw" / "orders.csv").write_text(ORDERS + rows, encoding="utf-8")
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000)); "
    work = "from segment_lib.cli import main; main(['import', 'data/shop'])"
    told = subprocess.run([sys.executable, "-c", limit + work], cwd=shop, capture_output=True, text=True, check=False)
    assert told.returncode == 1, told.stderr
    assert re.fullmatch(r"segment-lib: can't read or write.*File too large.*\n", told.stderr)
    assert ids(shop) == {}


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
    assert told.exit_code == 0
    assert told.output.startswith("import.yml names no file yet.\nNext: segment-lib suggest FILE")


# A shop by its own files, from the first look at them to what is taken back.

CONTACTS = """Customer,E-mail,First name,Last name,Birth date
1,ana@a.es,Ana,Robles,1980-05-17
2,ana@a.es,Ana,Robles,1980-05-17
3,luis@b.es,Luis,Gil,1975-02-03
"""
ORDERS = "Order,Customer,Date,Amount\nA,1,2026-01-01,10\nB,2,soon,20\nC,9,2026-01-03,5.5\nD,3,2026-01-04,40\n"
RECIPE = """sources:
  - name: crm
    file: raw/contacts.csv
    table: contacts
    columns: {contact_id: Customer, email: E-mail, first_name: First name, last_name: Last name, birth_date: Birth date}
  - name: shop
    file: raw/orders.csv
    table: interactions
    columns: {interaction_id: Order, contact_id: Customer, occurred_at: Date, kind: {value: purchase}, amount: Amount}
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with the workspace `shop`, whose recipe is written and whose files are there."""
    monkeypatch.chdir(tmp_path)
    folder = new_workspace("shop").folder
    (folder / "raw" / "contacts.csv").write_text(CONTACTS, encoding="utf-8")
    (folder / "raw" / "orders.csv").write_text(ORDERS, encoding="utf-8")
    (folder / "definitions" / "import.yml").write_text(RECIPE, encoding="utf-8")
    return tmp_path


def ids(shop: Path) -> dict[str, str]:
    rows = open_workspace(shop / "data" / "shop").table("imports").to_arrow().to_pylist()
    return {row["file"]: row["import_id"] for row in rows}


def test_dry_run_tells_all_and_writes_nothing(shop: Path) -> None:
    told = run("import", "data/shop", "--dry-run")
    assert told.exit_code == 0, told.output
    assert "Nothing was written" in told.output
    assert told.output.endswith("Next: segment-lib import data/shop   (does it)\n")
    assert ids(shop) == {}


def test_import_tells_how_many_rows_wait_and_what_to_do(shop: Path) -> None:
    told = run("import", "data/shop")
    assert told.exit_code == 0, told.output
    assert "Refused and kept in the quarantine: 2 rows.\nNext: segment-lib quarantine data/shop" in told.output


def test_ledger_shows_rows_and_amounts_by_outcome(shop: Path) -> None:
    assert "nothing was imported yet" in run("imports", "data/shop").output
    run("import", "data/shop")
    lines = run("imports", "data/shop").output.splitlines()
    orders = next(line for line in lines if "orders.csv" in line)
    assert orders.split()[0] == ids(shop)["orders.csv"]
    assert orders.split()[-5:] == ["4", "2", "2", "0", "0"]
    assert "    EUR: 75.50 read = 50.00 accepted + 25.50 refused" in lines


def test_refused_rows_are_counted_exported_mended_and_brought_in(shop: Path) -> None:
    assert run("quarantine", "data/shop").output == "shop: no refused row is open.\n"
    run("import", "data/shop")
    counted = run("quarantine", "data/shop").output
    assert "1  shop  orders.csv: `Date` is no readable timestamp\n" in counted
    assert "--source shop --export rows.csv" in counted
    told = run("quarantine", "data/shop", "--export", "rows.csv")
    assert told.output.startswith("Wrote 2 rows to rows.csv.")
    text = (shop / "rows.csv").read_text(encoding="utf-8-sig")
    (shop / "rows.csv").write_text(text.replace(",soon,", ",2026-01-02,").replace("C,9", "C,3"), encoding="utf-8")
    assert "Nothing was written" in run("mend", "data/shop", "rows.csv", "--dry-run").output
    told = run("mend", "data/shop", "rows.csv")
    assert told.exit_code == 0, told.output
    assert told.output.endswith("No refused row is open any more.\n")
    mended = ids(shop)["rows.csv"]
    told = run("undo", "data/shop", mended)
    assert told.output.endswith("Next: segment-lib mend data/shop rows.csv   (brings the mended rows in again)\n")
    assert run("quarantine", "data/shop").output.count("orders.csv") == 2


def test_kept_rows_are_told_apart_from_refused_ones(shop: Path) -> None:
    (shop / "data/shop/raw/contacts.csv").write_text(CONTACTS.replace("luis@b.es", "luis"), encoding="utf-8")
    run("import", "data/shop")
    assert "contacts.csv" not in run("quarantine", "data/shop").output
    kept = run("quarantine", "data/shop", "--kept").output
    assert "1  crm  contacts.csv: `E-mail` is no readable e-mail address" in kept
    assert "--kept --source crm --export rows.csv" in kept
    assert run("quarantine", "data/shop", "--source", "shop", "--kept").output == (
        "shop: no row with a faulty cell is open.\n"
    )


def test_import_is_taken_back_and_made_again_when_asked_for(shop: Path) -> None:
    run("import", "data/shop")
    orders = ids(shop)["orders.csv"]
    told = run("undo", "data/shop", orders)
    assert told.exit_code == 0, told.output
    assert f"Next: segment-lib import data/shop --again {orders}" in told.output
    assert "    taken back 20" in run("imports", "data/shop").output
    assert f"--again {orders}   (brings orders.csv back)" in run("import", "data/shop").output
    assert "orders.csv" in run("import", "data/shop", "--again", orders).output
    assert "taken back" not in run("imports", "data/shop").output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["undo", "data/shop", "nope"], "can't find the import 'nope'"),
        (["import", "data/shop", "--again", "nope"], "can't find nope among the imports that were taken back: none."),
        (["mend", "data/shop", "nope.csv"], "can't find the file nope.csv"),
        (["quarantine", "data/shop", "--export", "rows.csv"], "can't find open rows in the quarantine of shop"),
        (["merge", "data/shop", "1", "8"], "can't find the contacts 1, 8"),
        (["unmerge", "data/shop", "1"], "can't find a merge of 1. Merged: nobody."),
        (["suggest", "nope.csv"], "can't find the file nope.csv"),
        (["suggest", "data/shop/raw/orders.csv", "--write"], "`--write` must stand beside `--workspace`"),
        (["suggest", "data/shop/raw/orders.csv", "--replace"], "`--replace` must stand beside `--write`"),
        (["suggest", "data/shop/raw/orders.csv", "--table", "order"], "`table` must be "),
        (["suggest", "data/shop/raw/orders.csv", "--region", "es"], "`region` must be two capital letters"),
    ],
)
def test_wrong_input_is_told_with_exit_code_2(arguments: list[str], message: str, shop: Path) -> None:
    told = run(*arguments)
    assert told.exit_code == 2, told.output
    assert told.stderr.startswith(f"segment-lib: {message}")


def test_probable_duplicates_are_shown_merged_and_taken_apart(shop: Path) -> None:
    assert "there are no contacts yet" in run("duplicates", "data/shop").output
    run("import", "data/shop")
    told = run("duplicates", "data/shop", "--threshold", "0.5")
    assert "1 = 2: same e-mail, same birth date" in told.output
    assert "Next: segment-lib merge data/shop 2 1" in told.output
    assert run("merge", "data/shop", "2", "1", "--reason", "one e-mail").exit_code == 0
    tables = open_workspace(shop / "data" / "shop")
    assert sorted(tables.table("contacts").to_arrow()["contact_id"].to_pylist()) == ["1", "3"]
    assert [row["reason"] for row in tables.table("merges").to_arrow().to_pylist()] == ["one e-mail"]
    told = run("unmerge", "data/shop", "2")
    assert told.output == "2 is a contact of its own again, with all that it did.\n"
    assert tables.table("contacts").num_rows == 3


def test_threshold_outside_what_is_possible_is_told(shop: Path) -> None:
    run("import", "data/shop")
    told = run("duplicates", "data/shop", "--threshold", "7")
    assert told.exit_code == 2
    assert "`threshold` must be above 0 and at most 1, got 7.0." in told.stderr


def test_suggestion_is_shown_with_its_reasons_and_written_when_asked_for(shop: Path) -> None:
    folder = shop / "data" / "shop"
    (folder / "definitions" / "import.yml").write_text("sources: []  # none yet\n", encoding="utf-8")
    told = run("suggest", "data/shop/raw/contacts.csv")
    assert told.exit_code == 0, told.output
    assert "the header `E-mail` is an English name of email" in told.output
    assert "# import.yml\nsources:\n  - name: contacts\n" in told.output
    assert "sources: []  # none yet" in (folder / "definitions" / "import.yml").read_text(encoding="utf-8")
    for file in ("contacts", "orders"):
        written = run("suggest", f"data/shop/raw/{file}.csv", "--workspace", "data/shop", "--write")
        assert written.exit_code == 0, written.output
        assert "Next: segment-lib check data/shop" in written.output
    assert run("check", "data/shop").output == "shop: no faults.\n"
    assert "contacts.csv " in run("import", "data/shop").output
    again = run("suggest", "data/shop/raw/orders.csv", "--workspace", "data/shop", "--write")
    assert again.exit_code == 2
    assert "give another name, or say `--replace`." in again.stderr
    replaced = run("suggest", "data/shop/raw/orders.csv", "--workspace", "data/shop", "--write", "--replace")
    assert replaced.exit_code == 0, replaced.output


def test_file_that_explains_codes_is_told_and_cannot_be_written(shop: Path) -> None:
    (shop / "codes.csv").write_text("product_id,product_category\n1,Fruit\n2,Wine\n", encoding="utf-8")
    told = run("suggest", "codes.csv")
    assert told.exit_code == 0
    assert "use the file in a `lookup`" in told.output
    written = run("suggest", "codes.csv", "--workspace", "data/shop", "--write")
    assert written.exit_code == 2
    assert "must fill a table, got none for codes" in written.stderr


def test_absent_file_is_a_warning_of_check_and_no_fault(shop: Path) -> None:
    (shop / "data/shop/raw/orders.csv").unlink()
    told = run("check", "data/shop")
    assert told.exit_code == 0
    assert told.stdout == "shop: no faults, warnings: 1.\n"
    assert told.stderr.startswith("segment-lib: warning: can't find the file raw/orders.csv of the source `shop`")


def test_file_of_which_nothing_is_accepted_is_a_warning(shop: Path) -> None:
    (shop / "data/shop/raw/orders.csv").write_text("Order,Customer,Date,Amount\nA,9,2026-01-01,1\n", encoding="utf-8")
    told = run("import", "data/shop")
    assert told.exit_code == 0
    assert told.stderr == "segment-lib: warning: not one row of orders.csv was accepted for interactions.\n"


@pytest.mark.parametrize("name", ["import", "fields"])
def test_examples_in_the_comments_of_a_new_workspace_are_right(name: str, shop: Path) -> None:
    path = shop / "data" / "shop" / "definitions" / f"{name}.yml"
    text = TEMPLATES[f"definitions/{name}.yml"]
    head, _, body = text.partition(": []\n")
    shown = [line[1:] if line.startswith("#  ") else line for line in body.splitlines()]
    text = "\n".join([f"{head}:", *shown]).replace("survivors: {}", "survivors:")
    path.write_text(text, encoding="utf-8")
    opened = open_workspace(shop / "data" / "shop")
    assert [source.name for source in load_recipe(opened).sources] == ["crm", "orders" if name == "import" else "shop"]
    assert len(load_fields(opened)) == (2 if name == "fields" else 0)


@pytest.mark.slow
def test_sample_is_the_same_for_the_same_seed(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        assert run("sample", "--folder", str(tmp_path / folder), "--seed", "5").exit_code == 0
    files = sorted(path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*.gz"))
    assert files
    assert all((tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes() for file in files)
