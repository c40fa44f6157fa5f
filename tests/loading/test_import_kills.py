"""Imports that are killed, that meet one another, and that are watched: tables are as before or as after."""

import json
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml

from segment_lib.engine import run_sql
from segment_lib.loading import import_files
from segment_lib.workspace import open_workspace

KILLS = 20
SEED = 20261031
SOURCES: list[dict[str, Any]] = [
    {
        "name": "crm",
        "file": "raw/contacts.csv",
        "table": "contacts",
        "columns": {"contact_id": "ID", "city": "City", "labels": "Tags"},
    },
    {
        "name": "shop",
        "file": "raw/orders*.csv",
        "table": "interactions",
        "unknown_contacts": "create",
        "columns": {
            "interaction_id": "Line",
            "contact_id": "Customer",
            "occurred_at": "Date",
            "kind": {"value": "purchase"},
            "amount": "Amount",
        },
    },
    {
        "name": "tests",
        "file": "raw/tests.csv",
        "table": "campaign_assignments",
        "columns": {
            "campaign": "Campaign",
            "contact_id": "Customer",
            "arm": "Arm",
            "assigned_at": {"value": "2026-02-10"},
        },
    },
]
CONTACTS = "ID,City,Tags\n01,Faro,VIP\n02,Porto,\n"
HEADER = "Line,Customer,Date,Amount\n"
BEFORE = {
    "contacts.csv": CONTACTS,
    "orders.csv": HEADER + "1,01,2026-02-01,10\n2,02,2026-02-02,20\n3,01,soon,30\n",
    "tests.csv": "Campaign,Customer,Arm\nSpring,01,treatment\n",
}
# New people, a changed city, a label less; a corrected amount, a mended row, strangers, a line that is none.
AFTER = {
    "contacts.csv": "ID,City,Tags\n01,Lagos,Blog\n02,Porto,\n03,Beja,VIP\n",
    "orders.csv": HEADER + "1,01,2026-02-01,11\n2,02,2026-02-02,20\n3,01,2026-02-03,30\n4,03,2026-02-04,40\nbroken\n",
    "orders_more.csv": HEADER + "5,09,2026-02-05,50\n6,01,soon,60\n",
    "tests.csv": "Campaign,Customer,Arm\nSpring,01,treatment\nSpring,03,control\n",
}

IMPORT = """
import sys
from segment_lib.loading import import_files
from segment_lib.workspace import open_workspace
shop = open_workspace(sys.argv[1])
print("ready", flush=True)
import_files(shop)
print("done", flush=True)
"""
# All rows of all tables but for the times of imports, as a fresh process sees them; one line a workspace.
READ = """
import json, sys
from segment_lib.vocabulary import TABLES
from segment_lib.workspace import open_workspace
for folder in sys.argv[1:]:
    shop, found = open_workspace(folder), {}
    for name in TABLES:
        times = {"imported_at", "brought_at"} | ({"assigned_at", "removed_at"} if name == "labels" else set())
        rows = shop.table(name).to_arrow().to_pylist()
        found[name] = sorted(json.dumps({k: v for k, v in r.items() if k not in times}, default=str) for r in rows)
    print(json.dumps(found))
"""


def make(folder: Path, files: dict[str, str]) -> Path:
    for part in ("definitions", "raw"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    (folder / "definitions" / "workspace.yml").write_text("name: Shop\n", encoding="utf-8")
    (folder / "definitions" / "import.yml").write_text(yaml.safe_dump({"sources": SOURCES}), encoding="utf-8")
    for name, text in files.items():
        (folder / "raw" / name).write_text(text, encoding="utf-8")
    return folder


def start(code: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-W", "error", "-c", code, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def read(folders: Sequence[Path]) -> list[dict[str, list[str]]]:
    process = start(READ, *folders)
    answer, _ = process.communicate(timeout=300)
    assert process.returncode == 0
    return [json.loads(line) for line in answer.splitlines() if line.startswith("{")]


def run_for(folder: Path, seconds: float | None) -> float:
    """Import, kill the process after some seconds, and return how long the import ran."""
    process = start(IMPORT, folder)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    begun = time.monotonic()
    if seconds is None:
        assert process.stdout.readline() == "done\n"
    else:
        time.sleep(seconds)
        process.kill()
    ran = time.monotonic() - begun
    process.communicate(timeout=300)
    return ran


@pytest.mark.slow
def test_import_that_is_killed_at_any_moment_leaves_before_or_after_and_is_made_again(tmp_path: Path) -> None:
    whole = make(tmp_path / "whole", BEFORE)
    import_files(open_workspace(whole))
    [before] = read([whole])
    make(whole, AFTER)
    cut = [shutil.copytree(whole, tmp_path / f"cut_{number}") for number in range(KILLS)]
    # Two at a time, as it is measured: the moments are spread over the whole of a run.
    with ThreadPoolExecutor(2) as pool:
        duration = max(
            pool.map(lambda folder: run_for(folder, None), [whole, shutil.copytree(whole, tmp_path / "beside")])
        )
        chance = random.Random(SEED)
        moments = [duration * (number + chance.random()) / KILLS for number in range(KILLS)]
        list(pool.map(run_for, cut, moments))
    [after, *found] = read([whole, *cut])
    assert after != before
    assert [state for state in found if state not in (before, after)] == []
    # Some were killed in the middle of writing: without that the test would prove little.
    assert any((folder / "tables" / ".transaction.json").exists() for folder in cut)
    with ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(lambda folder: import_files(open_workspace(folder)), cut))
    assert all(result.balances for report in reports for result in report.results)
    assert not any((folder / "tables" / ".transaction.json").exists() for folder in cut)
    assert [state == after for state in read(cut)] == [True] * KILLS


def test_two_imports_at_once_both_land_and_nothing_twice(tmp_path: Path) -> None:
    shop = make(tmp_path / "shop", {**BEFORE, "orders_0.csv": HEADER + "10,01,2026-02-01,1\n"})
    first = start(IMPORT, shop)
    assert first.stdout is not None
    assert first.stdout.readline() == "ready\n"
    # The second has a file that the first may have missed.
    (shop / "raw" / "orders_1.csv").write_text(HEADER + "11,02,2026-02-01,1\n10,01,2026-02-01,1\n", encoding="utf-8")
    second = start(IMPORT, shop)
    for process in (first, second):
        process.communicate(timeout=300)
        assert process.returncode == 0
    workspace = open_workspace(shop)
    tables = {name: workspace.table(name) for name in ("interactions", "imports", "contacts", "quarantine")}
    ids = run_sql("select interaction_id as id from interactions order by 1", tables)["id"].to_pylist()
    assert ids == ["shop:1", "shop:10", "shop:11", "shop:2"]
    assert run_sql("select count(*) as n, count(distinct file) as files from imports", tables).to_pylist() == [
        {"n": 5, "files": 5}
    ]
    assert tables["contacts"].num_rows == 2
    assert tables["quarantine"].num_rows == 1
    assert all(result.known for result in import_files(workspace).results)


def test_who_reads_during_an_import_sees_before_or_after(tmp_path: Path) -> None:
    folder = make(tmp_path / "shop", BEFORE)
    shop = open_workspace(folder)
    import_files(shop)
    make(folder, AFTER)
    process, seen, is_over = start(IMPORT, folder), list[tuple[int, int, str]](), False
    while not is_over:
        is_over = process.poll() is not None
        # Interactions first: who reads contacts before them may meet new interactions of people he has just missed.
        interactions = shop.table("interactions").to_arrow()
        contacts = {row["contact_id"]: row["city"] for row in shop.table("contacts").to_arrow().to_pylist()}
        assert set(interactions["contact_id"].to_pylist()) <= set(contacts)
        assert (len(contacts), contacts["01"]) in {(2, "Faro"), (4, "Lagos")}
        seen.append((interactions.num_rows, len(contacts), contacts["01"]))
    process.communicate()
    assert process.returncode == 0
    assert {rows for rows, _, _ in seen} == {2, 5}
    assert seen == sorted(seen)
    assert seen[-1] == (5, 4, "Lagos")
