"""The main job as a user does it: a workspace, one command, a report; and each mistake told in one line."""

import csv
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from segment_lib import Workspace, open_workspace
from segment_lib.runner import Report, run_report
from segment_lib.show.record import read_records

ROOT = Path(__file__).parents[1]
DAY = "2026-10-31"


def command(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "segment_lib.cli", *arguments], cwd=cwd, capture_output=True, text=True, check=False
    )


def copy_shop(folder: Path) -> Path:
    for part in ("definitions", "raw"):
        shutil.copytree(ROOT / "data" / "sample_shop" / part, folder / part)
    return folder


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Report]:
    """The sample shop, copied, after one run; the tables are as the run left them."""
    base = tmp_path_factory.mktemp("main_job")
    folder = copy_shop(base / "shop")
    report = run_report(folder, as_of=DAY, reports=base / "reports", progress=False)
    return open_workspace(folder), report


def test_report_holds_pages_notebooks_and_particulars(reported: tuple[Workspace, Report]) -> None:
    _, report = reported
    stems = ["01_goals", "02_import", "03_segmentation", "04_refinement"]
    expected = {"index.html", "run.json", *(f"{s}.html" for s in stems), *(f"{s}.ipynb" for s in stems)}
    assert {path.name for path in report.folder.iterdir()} == expected


def test_pages_load_nothing_and_run_nothing(reported: tuple[Workspace, Report]) -> None:
    for page in reported[1].folder.glob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert "Content-Security-Policy" in text
        assert "<script" not in text, page.name
        assert re.findall(r"(?:src|href)=[\"'](?:https?:)?//[^\"']*", text) == [], page.name


def test_every_picture_has_a_text_for_who_cannot_see_it(reported: tuple[Workspace, Report]) -> None:
    pictures = 0
    for page in reported[1].folder.glob("*.html"):
        for image in re.findall(r"<img [^>]*>", page.read_text(encoding="utf-8")):
            pictures += 1
            (alt,) = re.findall(r'alt="([^"]*)"', image)
            assert len(alt) > 20, page.name
    assert pictures >= 12


def test_figures_of_the_first_page_are_those_of_the_tables(reported: tuple[Workspace, Report]) -> None:
    workspace, report = reported
    notebook = nbformat.read(report.folder / "04_refinement.ipynb", as_version=4)
    summary = read_records(notebook)["summary"]
    members = workspace.table("memberships").to_pandas()
    sizes = members[members["as_of"].astype(str) == DAY].groupby("segment").size()
    for row in summary["segments"]:
        assert row["contacts"] == sizes.get(row["segment"], 0), row["segment"]
    interactions = workspace.table("interactions").to_pandas()
    last_year = interactions["occurred_at"] >= pd.Timestamp("2025-11-01", tz="Europe/Madrid")
    revenue = interactions.loc[last_year & (interactions["kind"] == "purchase"), "amount"].sum()
    by_label = {figure["label"]: figure["value"] for figure in summary["headline"]}
    assert by_label["Revenue, twelve months"] == f"€{revenue:,.0f}"
    assert by_label["Contacts"] == f"{workspace.table('contacts').num_rows:,}"


def test_run_json_says_what_the_report_was_computed_from(reported: tuple[Workspace, Report]) -> None:
    workspace, report = reported
    run = json.loads((report.folder / "run.json").read_text(encoding="utf-8"))
    assert run["status"] == "complete"
    assert run["as_of"] == DAY
    assert run["compared_with"] == "2026-09-30"
    assert run["tables"]["interactions"]["rows"] == workspace.table("interactions").num_rows
    assert set(run["definitions"]) == {path.name for path in (workspace.folder / "definitions").glob("*.yml")}
    (row,) = workspace.table("runs").to_arrow().to_pylist()
    assert (str(row["as_of"]), row["status"], json.loads(row["details"])["tables"]) == (DAY, "complete", run["tables"])
    assert set(run["stages"]) >= {"01_goals", "02_import", "03_segmentation", "04_refinement"}


def test_report_holds_no_addresses(reported: tuple[Workspace, Report]) -> None:
    workspace, report = reported
    contacts = workspace.table("contacts").to_pandas()
    addresses = [*contacts["email"].dropna().head(300), *contacts["phone"].dropna().head(300)]
    for path in report.folder.iterdir():
        text = path.read_text(encoding="utf-8")
        assert [address for address in addresses if address in text] == [], path.name


def test_audiences_hold_only_who_consents_and_is_not_held_out(reported: tuple[Workspace, Report]) -> None:
    workspace, _ = reported
    contacts = workspace.table("contacts").to_pandas().set_index("contact_id")
    assigned = workspace.table("campaign_assignments").to_pandas()
    with (workspace.folder / "audiences" / DAY / "come_back.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    sent = {row["contact_id"] for row in rows}
    play = assigned[assigned["campaign"] == "Come back"]
    assert sent == set(play.loc[play["arm"] == "treatment", "contact_id"])
    assert len(sent) > 100
    assert contacts.loc[sorted(sent), "email_consent"].eq(True).all()
    assert sent.isdisjoint(play.loc[play["arm"] == "control", "contact_id"])


def test_second_run_of_the_same_day_says_the_same_and_acts_on_nothing_twice(
    reported: tuple[Workspace, Report],
) -> None:
    workspace, report = reported
    tables = ("contacts", "interactions", "imports", "models", "journal", "labels", "campaign_assignments")
    before = {name: workspace.table(name).to_pandas() for name in tables}
    pages = {path.name: path.read_text(encoding="utf-8") for path in report.folder.glob("0*.html")}
    again = run_report(workspace.folder, as_of=DAY, reports=report.folder.parents[1], progress=False)
    for name, table in before.items():
        pd.testing.assert_frame_equal(workspace.table(name).to_pandas(), table)
    assert again.folder == report.folder
    unchanged = [name for name, text in pages.items() if (again.folder / name).read_text(encoding="utf-8") == text]
    # Only the chapter on workflows may differ: what was acted on is known now.
    assert set(unchanged) >= {"01_goals.html", "02_import.html", "03_segmentation.html"}


# Mistakes


def make_shop(folder: Path, *, contacts: str = "id,land\na,ES\nb,PT\n", orders: str | None = None) -> Path:
    """A small workspace of one's own, as `segment-lib new` and an editor would make it."""
    (folder / "definitions").mkdir(parents=True)
    (folder / "raw").mkdir()
    files = {
        "workspace": "name: Small shop\n",
        "goals": """goals:
  - name: Sell more
    objective: sell more
    question: Who comes back?
    criteria: [behavioural]
    kpis: [{name: Bought, measure: conversion, horizon_days: 30}]
""",
        "segments": "smart_views: [{name: Big, rule: total_spend > 100}]\nclusters: null\n",
        "import": """sources:
  - name: people
    file: raw/people.csv
    table: contacts
    columns: {contact_id: id, country: land}
  - name: orders
    file: raw/orders.csv
    table: interactions
    columns: {contact_id: id, occurred_at: day, kind: {value: purchase}, amount: amount}
""",
    }
    for name, text in files.items():
        (folder / "definitions" / f"{name}.yml").write_text(text, encoding="utf-8")
    (folder / "raw" / "people.csv").write_text(contacts, encoding="utf-8")
    sold = orders if orders is not None else "id,day,amount\na,2026-01-05,120\nb,2026-01-06,10\n"
    (folder / "raw" / "orders.csv").write_text(sold, encoding="utf-8")
    return folder


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


MISTAKES = {
    "missing file": (lambda f: (f / "raw/orders.csv").unlink(), "can't find the file raw/orders.csv"),
    "empty file": (lambda f: (f / "raw/orders.csv").write_text(""), "orders.csv must have a header and rows"),
    "wrong delimiter": (
        lambda f: (
            replace(f / "definitions/import.yml", "file: raw/orders.csv", 'file: raw/orders.csv\n    delimiter: ","'),
            (f / "raw/orders.csv").write_text("id;day;amount\na;2026-01-05;1\n"),
        ),
        "Is the delimiter ';'",
    ),
    "unknown column in the mapping": (
        lambda f: replace(f / "definitions/import.yml", "occurred_at: day", "occurred_at: date"),
        "can't find column `date` in orders.csv",
    ),
    "unknown field in the mapping": (
        lambda f: replace(f / "definitions/import.yml", "country: land", "contry: land"),
        "Did you mean `country`",
    ),
    "YAML typo": (
        lambda f: replace(f / "definitions/import.yml", "    file: raw/people.csv", "   file: raw/people.csv"),
        "import.yml:",
    ),
    "misspelt key": (
        lambda f: replace(f / "definitions/goals.yml", "question:", "qestion:"),
        "Did you mean `question`",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistake_is_one_clear_error_and_nothing_is_written(mistake: str, tmp_path: Path) -> None:
    make_mistake, message = MISTAKES[mistake]
    folder = make_shop(tmp_path / "small_shop")
    make_mistake(folder)
    action = "check" if mistake == "misspelt key" else "import"
    done = command(action, str(folder))
    assert done.returncode == 2, done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert [path for path in folder.glob("tables/*") if path.is_dir()] == []


def test_delimiter_that_nobody_declared_is_found(tmp_path: Path) -> None:
    folder = make_shop(tmp_path / "small_shop", orders="id;day;amount\na;2026-01-05;120\n")
    done = command("import", str(folder))
    assert done.returncode == 0, done.stderr
    assert "delimiter ';', by evidence" in done.stdout


def test_unreadable_date_is_quarantined_with_its_reason(tmp_path: Path) -> None:
    folder = make_shop(tmp_path / "small_shop", orders="id,day,amount\na,2026-01-05,120\nb,yesterday,10\n")
    assert command("import", str(folder)).returncode == 0
    (row,) = open_workspace(folder).table("quarantine").to_arrow().to_pylist()
    assert row["reasons"] == ["`day` is no readable timestamp: yesterday"]
    assert row["row_number"] == 2


def test_unknown_column_in_a_rule_points_at_the_place_before_anything_runs(tmp_path: Path) -> None:
    folder = make_shop(tmp_path / "small_shop")
    replace(folder / "definitions/segments.yml", "total_spend > 100", "total_spnd > 100")
    done = command("report", str(folder), "--as-of", "2026-01-31", "--reports", str(tmp_path / "reports"))
    assert done.returncode == 2
    assert "can't find a column `total_spnd`. Did you mean `total_spend`?" in done.stderr
    assert "^^^^^^^^^^" in done.stderr
    assert not (tmp_path / "reports").exists()
    assert not (folder / "tables").exists()


def test_day_before_all_data_is_told_and_no_report_appears(tmp_path: Path) -> None:
    folder = make_shop(tmp_path / "small_shop")
    done = command("report", str(folder), "--as-of", "2020-01-31", "--reports", str(tmp_path / "reports"))
    assert done.returncode == 2
    assert "go from 2026-01-05 to 2026-01-06" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "reports" / "small_shop" / "2020-01-31").exists()


def test_day_that_is_none_is_refused() -> None:
    done = command("report", "data/sample_shop", "--as-of", "31.10.2026")
    assert done.returncode == 2
    assert "`as_of` must be a day in the form 2026-10-31, got '31.10.2026'" in done.stderr


def test_new_workspace_becomes_a_report_by_its_files_and_suggestions_alone(tmp_path: Path) -> None:
    made = command("new", "data/my_shop", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    folder = tmp_path / "data" / "my_shop"
    people = [
        f"c{n},c{n}@mail.example,{('ES', 'PT')[n % 2]},{('yes', 'no', '')[n % 3]},2025-01-{n % 28 + 1:02}"
        for n in range(80)
    ]
    (folder / "raw" / "contacts.csv").write_text("\n".join(["Customer,E-mail,Country,Newsletter,Since", *people]))
    lines = [f"l{n},o{n // 2},c{n % 60},2025-{n % 12 + 1:02}-{n % 27 + 1:02},Fruit,{5 + n % 40}" for n in range(600)]
    (folder / "raw" / "orders.csv").write_text("\n".join(["Line,Order,Customer,Date,Category,Amount", *lines]))
    for file in ("contacts", "orders"):
        suggested = command("suggest", str(folder / "raw" / f"{file}.csv"), "--workspace", str(folder), "--write")
        assert suggested.returncode == 0, suggested.stderr
    assert command("check", str(folder)).stdout.strip() == "my_shop: no faults."
    done = command("report", str(folder), "--as-of", "2025-12-31", "--reports", str(tmp_path / "reports"))
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "reports" / "my_shop" / "2025-12-31" / "index.html").read_text(encoding="utf-8")
    assert "My shop: customer segments" in page
