"""Labels and real processes: edits made while rules are applied stay, and a run that is killed is completed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from label_words import MakeWorkspace, at, carried

from segment_lib import Workspace, open_workspace
from segment_lib.segments.labels import add_label, apply_label_rules, remove_label

PEOPLE = [f"c{number}" for number in range(6)]
# The rules have been computed; then it waits to be told to go on, and decides and writes.
APPLY = """
import sys
from segment_lib import open_workspace
from segment_lib.segments.labels import applying

shop = open_workspace(sys.argv[1])
compute = applying.answer_rules

def computed(*given, **options):
    answers = compute(*given, **options)
    print("computed", flush=True)
    sys.stdin.readline()
    return answers

applying.answer_rules = computed
print(applying.apply_label_rules(shop, as_of=shop.as_of("2026-01-05")).table["put_on"].sum(), flush=True)
"""
# Killed once the labels are written and before the day is noted, in the step of the label that is named.
KILLED = """
import os, signal, sys
from segment_lib import open_workspace
from segment_lib.segments.labels import applying

shop = open_workspace(sys.argv[1])
note = applying._note_day

def die(workspace, connection, as_of):
    if connection.sql("from rules where label = 'Friend'").fetchall():
        os.kill(os.getpid(), signal.SIGKILL)
    note(workspace, connection, as_of)

applying._note_day = die
applying.apply_label_rules(shop, as_of=shop.as_of("2026-01-05"))
"""
EDIT = """
import sys
from datetime import UTC, datetime
from segment_lib import open_workspace
from segment_lib.segments.labels import add_label, remove_label

shop = open_workspace(sys.argv[1])
for number in range(6):
    edit = add_label if number % 2 else remove_label
    edit(shop, f"c{number}", "Client", now=datetime(2026, 1, 5, 12, number, tzinfo=UTC), by=sys.argv[2])
"""


@pytest.fixture
def shop(tiny_workspace: MakeWorkspace) -> Workspace:
    return tiny_workspace(
        contacts=PEOPLE,
        interactions=[{"contact_id": one, "occurred_at": "2026-01-02", "kind": "purchase"} for one in PEOPLE],
        labels={
            "labels": [
                {"name": "Client", "rule": "purchases >= 1"},
                {"name": "Friend", "rule": "has_label('Client')"},
            ]
        },
    )


def start(code: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_edit_between_the_rules_answer_and_its_writing_stays(shop: Workspace) -> None:
    apply_label_rules(shop, as_of=shop.as_of("2026-01-03"))
    remove_label(shop, "c0", "Client", now=at("2026-01-04"))
    process = start(APPLY, shop.folder)
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline() == "computed\n"
    # While the run is on: it has seen c1 and c2 meet the rule.
    remove_label(shop, ["c1", "c2"], "Client", now=at("2026-01-05T12:00"), by="Eva")
    add_label(shop, "c0", "Client", now=at("2026-01-05T12:00"), by="Eva")
    process.stdin.write("\n")
    process.stdin.flush()
    assert process.stdout.readline() == "computed\n"
    process.communicate("\n", timeout=120)
    assert process.returncode == 0
    clients = {one: sources for one, sources in carried(shop, "2026-01-05").items() if one.endswith("Client")}
    assert clients == {"c0 Client": "manual", **{f"c{number} Client": "rule" for number in (3, 4, 5)}}
    # The label that asks for it was judged by what stood then.
    assert "c1 Friend" not in carried(shop, "2026-01-05")


def test_no_edit_of_several_processes_is_lost(shop: Workspace) -> None:
    apply_label_rules(shop, as_of=shop.as_of("2026-01-04"))
    processes = [start(EDIT, shop.folder, who) for who in ("Eva", "Max")]
    for _ in range(3):
        apply_label_rules(shop, as_of=shop.as_of("2026-01-05"))
    assert [process.wait(timeout=120) for process in processes] == [0, 0]
    report = apply_label_rules(shop, as_of=shop.as_of("2026-01-05"))
    clients = {one for one in carried(shop, "2026-01-05") if one.endswith("Client")}
    assert clients == {"c1 Client", "c3 Client", "c5 Client"}
    assert report.table.set_index("label")["off_by_hand"].to_dict() == {"Client": 3, "Friend": 0}
    for process in processes:
        process.communicate()


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no SIGKILL")
def test_run_that_was_killed_leaves_each_label_as_before_or_after_and_is_completed(shop: Workspace) -> None:
    process = start(KILLED, shop.folder)
    process.communicate(timeout=120)
    assert process.returncode == -signal.SIGKILL
    again = open_workspace(Path(shop.folder))
    # The first step is done; of the second one nothing is seen, though its rows had been written.
    assert set(carried(again, "2026-01-05")) == {f"{one} Client" for one in PEOPLE}
    add_label(again, "c0", "Friend", now=at("2026-01-05T12:00"))
    report = apply_label_rules(again, as_of=again.as_of("2026-01-05"))
    assert report.table.set_index("label")["put_on"].to_dict() == {"Client": 0, "Friend": 5}
    assert len(carried(again, "2026-01-05")) == 12
