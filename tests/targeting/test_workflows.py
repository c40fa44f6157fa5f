"""Workflows: every occasion acted on once - on reruns, between runs, after a crash, in leap years."""

import csv
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from itertools import pairwise

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from segment_lib import Segmentation, Workspace, open_workspace, segment_contacts
from segment_lib.errors import InvalidDefinition
from segment_lib.targeting import Workflow, WorkflowReport, find_occasions, load_workflows, run_workflows, workflows
from segment_lib.vocabulary import LABELS, arrow_schema

MakeWorkspace = Callable[..., Workspace]
MakeSegmentation = Callable[..., Segmentation]

WELCOME = Workflow.model_validate(
    {
        "name": "Welcome", "trigger": {"entering": "Buyers"},
        "actions": [{"label": "Welcome series", "expires_after": "60 days"}, {"task": "Send a card"}],
    }
)  # fmt: skip
CALL = Workflow.model_validate(
    {"name": "Call", "trigger": {"date": "renewal_date", "days_before": 14}, "actions": [{"task": "=Call"}]}
)
BIRTHDAY = Workflow.model_validate(
    {"name": "Birthday", "trigger": {"date": "birth_date", "every_year": True}, "actions": [{"label": "Birthday"}]}
)
People = dict[str, str]
Run = Callable[..., WorkflowReport]


@pytest.fixture
def workspace(tiny_workspace: MakeWorkspace) -> Workspace:
    return tiny_workspace(time_zone="Europe/Madrid")


@pytest.fixture
def run(make_segmentation: MakeSegmentation) -> Run:
    """A function that runs workflows over people who enter `Buyers` on a day, if they do."""

    def run(
        workspace: Workspace,
        people: People,
        day: str,
        *,
        since: str,
        only: Sequence[Workflow] = (WELCOME,),
        act: bool = True,
        renewals: dict[str, date] | None = None,
    ) -> WorkflowReport:
        def seen(one: str) -> Segmentation:
            rows = [{"contact_id": name, "renewal_date": (renewals or {}).get(name)} for name in people]
            return make_segmentation(rows, {"Buyers": [n for n, first in people.items() if "" < first <= one]}, day=one)

        return run_workflows(workspace, seen(since), seen(day), workflows=only, act=act)

    return run


def counts(report: WorkflowReport) -> list[tuple[str, int, int, int]]:
    return [tuple(row) for row in report.table[["workflow", "due", "acted", "known"]].itertuples(index=False)]


def labels(workspace: Workspace) -> list[tuple[str, str, str, str | None]]:
    """Who carries which label, from when until when."""
    rows = workspace.table("labels").to_arrow().to_pylist()
    return sorted(
        (row["contact_id"], row["label"], f"{row['assigned_at']:%m-%dT%H}",
         f"{row['expires_at']:%m-%dT%H}" if row["expires_at"] else None)
        for row in rows
    )  # fmt: skip


def tasks(workspace: Workspace) -> dict[str, list[tuple[str, ...]]]:
    found = {}
    for path in sorted((workspace.folder / "tasks").rglob("*.*")):
        with path.open(encoding="utf-8", newline="") as lines:
            found[f"{path.parent.name}/{path.name}"] = [tuple(row.values()) for row in csv.DictReader(lines)]
    return found


def journal(workspace: Workspace) -> list[tuple[str, str, str, str]]:
    rows = [row for row in workspace.table("journal").to_arrow().to_pylist() if row["workflow"]]
    return sorted((row["workflow"], row["contact_id"], row["occasion"], row["status"]) for row in rows)


# Entering a segment.


def test_who_entered_is_acted_on_once_whatever_is_repeated(workspace: Workspace, run: Run) -> None:
    people = {"old": "2026-08-01", "new": "2026-08-30", "later": "2026-09-05", "never": ""}
    report = run(workspace, people, "2026-09-01", since="2026-08-15")
    assert counts(report) == [("Welcome", 1, 1, 0)]
    assert report.table["trigger"].tolist() == ["entering Buyers"]
    # 1 September begins in Madrid at 22:00 UTC the day before; 60 days later the clock has gone back.
    assert labels(workspace) == [("new", "Welcome series", "08-31T22", "10-30T23")]
    assert tasks(workspace) == {"2026-09-01/welcome.csv": [("new", "entered:2026-09-01", "Send a card")]}
    assert journal(workspace) == [("Welcome", "new", "entered:2026-09-01", "done")]
    again = run(workspace, people, "2026-09-01", since="2026-08-15")
    assert counts(again) == [("Welcome", 1, 0, 1)]
    assert len(labels(workspace)) == len(journal(workspace)) == 1
    assert counts(run(workspace, people, "2026-09-10", since="2026-09-01")) == [("Welcome", 1, 1, 0)]
    assert [contact for contact, *_ in labels(workspace)] == ["later", "new"]


def test_comparing_with_an_earlier_day_does_not_act_twice(workspace: Workspace, run: Run) -> None:
    people = {"new": "2026-08-30", "later": "2026-09-05"}
    run(workspace, people, "2026-09-01", since="2026-08-15")
    report = run(workspace, people, "2026-09-10", since="2026-08-01")
    assert counts(report) == [("Welcome", 2, 1, 1)]
    assert [(contact, occasion) for _, contact, occasion, _ in journal(workspace)] == [
        ("later", "entered:2026-09-10"), ("new", "entered:2026-09-01"),
    ]  # fmt: skip
    assert list(tasks(workspace)["2026-09-10/welcome.csv"]) == [("later", "entered:2026-09-10", "Send a card")]


def test_who_left_and_entered_again_is_acted_on_again(
    make_segmentation: MakeSegmentation, workspace: Workspace
) -> None:
    days = {"2026-09-01": "", "2026-09-02": "a", "2026-09-03": "", "2026-09-04": "a"}
    found = [make_segmentation([{"contact_id": "a"}], {"Buyers": ids}, day=day) for day, ids in days.items()]
    acted = [
        counts(run_workflows(workspace, before, now, workflows=(WELCOME,)))[0][2] for before, now in pairwise(found)
    ]
    assert acted == [1, 0, 1]


def test_day_that_gets_more_contacts_acts_on_those_alone(workspace: Workspace, run: Run) -> None:
    people = {"a": "2026-08-30", "b": ""}
    run(workspace, people, "2026-09-01", since="2026-08-15")
    people["b"] = "2026-08-31"
    assert counts(run(workspace, people, "2026-09-01", since="2026-08-15")) == [("Welcome", 2, 1, 1)]
    assert [contact for contact, *_ in labels(workspace)] == ["a", "b"]
    assert [row[0] for row in tasks(workspace)["2026-09-01/welcome.csv"]] == ["a", "b"]


def test_earlier_day_is_only_shown(workspace: Workspace, run: Run) -> None:
    people = {"a": "2026-08-30", "b": "2026-08-10"}
    run(workspace, people, "2026-09-01", since="2026-08-15")
    report = run(workspace, people, "2026-08-15", since="2026-08-01")
    assert counts(report) == [("Welcome", 1, 0, 0)]
    assert report.note == "Workflows have acted for 2026-09-01; 2026-08-15 lies before it and is only shown."
    assert [contact for contact, *_ in labels(workspace)] == ["a"]


def test_showing_does_nothing(workspace: Workspace, run: Run) -> None:
    people = {"a": "2026-08-30"}
    assert counts(run(workspace, people, "2026-09-01", since="2026-08-15", act=False)) == [("Welcome", 1, 0, 0)]
    assert (labels(workspace), journal(workspace), tasks(workspace)) == ([], [], {})


def test_two_workflows_do_not_disturb_one_another(workspace: Workspace, run: Run) -> None:
    twin = WELCOME.model_copy(update={"name": 'It\'s "the" other'})
    people = {"a": "2026-08-30"}
    report = run(workspace, people, "2026-09-01", since="2026-08-15", only=(WELCOME, twin))
    assert counts(report) == [("Welcome", 1, 1, 0), ('It\'s "the" other', 1, 1, 0)]
    run(workspace, people, "2026-09-01", since="2026-08-15", only=(WELCOME, twin))
    assert len(labels(workspace)) == len(journal(workspace)) == 2
    assert list(tasks(workspace)) == ["2026-09-01/it_s_the_other.csv", "2026-09-01/welcome.csv"]


# Labels.


def test_label_that_was_taken_off_by_hand_stays_off(workspace: Workspace, run: Run) -> None:
    people = {"a": "2026-08-30", "b": ""}
    run(workspace, people, "2026-09-01", since="2026-08-15")
    [row] = workspace.table("labels").to_arrow().to_pylist()
    taken_off = {**row, "removed_at": datetime(2026, 9, 2, tzinfo=UTC)}
    workspace.replace("labels", pa.Table.from_pylist([taken_off], schema=arrow_schema(LABELS)))
    people["b"] = "2026-08-31"
    assert counts(run(workspace, people, "2026-09-01", since="2026-08-15")) == [("Welcome", 2, 1, 1)]
    rows = workspace.table("labels").to_arrow().to_pylist()
    assert {row["contact_id"]: row["removed_at"] is None for row in rows} == {"a": False, "b": True}


@pytest.mark.parametrize(
    ("expires_after", "day", "expires"),
    [
        (None, "2026-09-01", None),
        ("1 day", "2026-10-25", "10-25T23"),  # a day of 25 hours
        ("2 weeks", "2026-09-01", "09-14T22"),
        ("1 month", "2026-01-31", "02-27T23"),  # the last day of February
        ("1 year", "2028-02-29", "02-27T23"),
    ],
)
def test_label_ends_at_the_beginning_of_a_local_day(
    workspace: Workspace,
    make_segmentation: MakeSegmentation,
    expires_after: str | None,
    day: str,
    expires: str,
) -> None:
    workflow = Workflow.model_validate(
        {**WELCOME.model_dump(), "actions": [{"label": "Hello", "expires_after": expires_after}]}
    )
    before = make_segmentation([{"contact_id": "a"}], {"Buyers": ""}, day="2025-01-01")
    now = make_segmentation([{"contact_id": "a"}], {"Buyers": "a"}, day=day)
    run_workflows(workspace, before, now, workflows=(workflow,))
    [(contact, label, _, until)] = labels(workspace)
    assert (contact, label, until) == ("a", "Hello", expires)
    [row] = workspace.table("labels").to_arrow().to_pylist()
    assert (row["source"], row["by"], row["removed_at"]) == ("workflow", "Welcome", None)


# Dates.


def occasions(make: MakeSegmentation, workflow: Workflow, dates: list[date | None], since: str, day: str) -> list[str]:
    field = workflow.trigger.date
    rows = [{"contact_id": f"c{i}", field: one} for i, one in enumerate(dates)]
    before, now = make([{"contact_id": "x"}], {}, day=since), make(rows, {}, day=day)
    return [f"{found.contact_id} {found.occasion}" for found in find_occasions(workflow, before, now)]


def test_date_is_due_from_so_many_days_before(make_segmentation: MakeSegmentation) -> None:
    dates = [date(2026, 11, 14), date(2026, 11, 15), date(2026, 10, 31), None, date(2026, 11, 13)]
    found = occasions(make_segmentation, CALL, dates, "2026-10-30", "2026-10-31")
    assert found == ["c0 date:2026-11-14"]
    assert occasions(make_segmentation, CALL, dates, "2026-10-31", "2026-11-01") == ["c1 date:2026-11-15"]


@settings(max_examples=10)
@given(days=st.lists(st.integers(0, 60), min_size=2, max_size=6, unique=True), due=st.integers(-5, 90))
def test_no_date_falls_between_two_runs_and_none_comes_twice(
    make_segmentation: MakeSegmentation, days: list[int], due: int
) -> None:
    first = date(2026, 1, 1).toordinal()
    runs = [str(date.fromordinal(first + day)) for day in sorted(days)]
    dates = [date.fromordinal(first + due)]
    found = [one for since, day in pairwise(runs) for one in occasions(make_segmentation, CALL, dates, since, day)]
    assert len(found) == (min(days) < due - 14 <= max(days))


@pytest.mark.parametrize(
    ("born", "day", "found"),
    [
        (date(1990, 10, 31), "2026-10-31", ["c0 date:2026-10-31"]),
        (date(1990, 11, 1), "2026-10-31", []),
        (date(2000, 2, 29), "2026-02-28", ["c0 date:2026-02-28"]),  # on the 28th in other years
        (date(2000, 2, 29), "2026-03-01", []),
        (date(2000, 2, 29), "2028-02-28", []),
        (date(2000, 2, 29), "2028-02-29", ["c0 date:2028-02-29"]),
        (date(2026, 10, 31), "2026-10-31", ["c0 date:2026-10-31"]),
        (date(2027, 10, 31), "2026-10-31", []),  # a year before the first time
        (date(2000, 1, 1), "2027-01-01", ["c0 date:2027-01-01"]),
    ],
)
def test_anniversary_comes_every_year(
    make_segmentation: MakeSegmentation, born: date, day: str, found: list[str]
) -> None:
    since = str(date.fromordinal(date.fromisoformat(day).toordinal() - 1))
    assert occasions(make_segmentation, BIRTHDAY, [born], since, day) == found


def test_long_pause_brings_every_anniversary_that_passed(make_segmentation: MakeSegmentation) -> None:
    found = occasions(make_segmentation, BIRTHDAY, [date(1990, 12, 24)], "2024-12-23", "2026-12-24")
    assert found == [f"c0 date:{year}-12-24" for year in (2024, 2025, 2026)]
    once = Workflow.model_validate({**BIRTHDAY.model_dump(), "trigger": {"date": "birth_date", "every_year": False}})
    assert occasions(make_segmentation, once, [date(1990, 12, 24)], "2024-12-23", "2026-12-24") == []


def test_dates_are_acted_on_once_and_tasks_hold_no_formula(workspace: Workspace, run: Run) -> None:
    people, renewals = {"a": "", "b": ""}, {"a": date(2026, 11, 10)}
    for day, since in (
        ("2026-10-31", "2026-10-20"),
        ("2026-10-31", "2026-10-20"),
        ("2026-10-31", "2026-10-01"),
        ("2026-11-05", "2026-10-20"),
    ):
        run(workspace, people, day, since=since, only=(CALL,), renewals=renewals)
    assert tasks(workspace) == {"2026-10-31/call.csv": [("a", "date:2026-11-10", "'=Call")]}
    assert journal(workspace) == [("Call", "a", "date:2026-11-10", "done")]


# Crashes.


def test_run_that_was_cut_off_is_completed_by_the_next_without_doubling(
    workspace: Workspace, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = {"a": "2026-08-30", "b": "2026-09-05"}

    def break_off(*_: object) -> None:
        raise OSError("the disk is full")

    # The label is put on first, then the task fails.
    with monkeypatch.context() as patched:
        patched.setattr(workflows, "_write_tasks", break_off)
        with pytest.raises(OSError, match="the disk is full"):
            run(workspace, people, "2026-09-01", since="2026-08-15")
    assert journal(workspace) == [("Welcome", "a", "entered:2026-09-01", "planned")]
    assert len(labels(workspace)) == 1
    assert tasks(workspace) == {}
    # Only showing leaves it as it is; the run of a later day does both days.
    run(workspace, people, "2026-09-10", since="2026-09-01", act=False)
    assert journal(workspace) == [("Welcome", "a", "entered:2026-09-01", "planned")]
    assert counts(run(workspace, people, "2026-09-10", since="2026-09-01")) == [("Welcome", 1, 1, 0)]
    assert [(contact, at) for contact, _, at, _ in labels(workspace)] == [("a", "08-31T22"), ("b", "09-09T22")]
    assert tasks(workspace) == {
        "2026-09-01/welcome.csv": [("a", "entered:2026-09-01", "Send a card")],
        "2026-09-10/welcome.csv": [("b", "entered:2026-09-10", "Send a card")],
    }
    assert {status for *_, status in journal(workspace)} == {"done"}


KILLED = """
import os, signal, sys
from segment_lib import open_workspace, segment_contacts
from segment_lib.targeting import load_workflows, run_workflows, workflows

workspace = open_workspace(sys.argv[1])
before, now = (segment_contacts(workspace, as_of=workspace.as_of(day)) for day in ("2026-08-15", "2026-09-01"))
write = workflows._write_tasks

def write_and_die(*given):
    write(*given)
    os.kill(os.getpid(), signal.SIGKILL)

workflows._write_tasks = write_and_die
run_workflows(workspace, before, now, workflows=load_workflows(workspace).workflows)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no SIGKILL")
def test_process_that_was_killed_before_its_journal_is_completed_by_the_next(
    tiny_workspace: MakeWorkspace, run: Run
) -> None:
    actions = [{"label": "Hello"}, {"task": "Send a card"}]
    workspace = tiny_workspace(
        contacts=["a"],
        interactions=[
            {"contact_id": "a", "occurred_at": "2026-01-01", "kind": "visit"},
            {"contact_id": "a", "occurred_at": "2026-08-30T12:00", "kind": "purchase"},
        ],
        segments={"smart_views": [{"name": "Buyers", "rule": "purchases >= 1"}], "rfm": None, "clusters": None},
        workflows={"workflows": [{"name": "Welcome", "trigger": {"entering": "Buyers"}, "actions": actions}]},
    )
    killed = subprocess.run([sys.executable, "-c", KILLED, str(workspace.folder)], check=False, timeout=120)
    assert killed.returncode == -signal.SIGKILL
    assert [status for *_, status in journal(workspace)] == ["planned"]
    own = load_workflows(open_workspace(workspace.folder)).workflows
    assert counts(run(workspace, {"a": "2026-08-30"}, "2026-09-01", since="2026-08-15", only=own)) == [
        ("Welcome", 1, 0, 1)
    ]
    assert [status for *_, status in journal(workspace)] == ["done"]
    assert len(labels(workspace)) == 1
    assert tasks(workspace) == {"2026-09-01/welcome.csv": [("a", "entered:2026-09-01", "Send a card")]}


# What is refused.


def test_trigger_of_an_unknown_segment_or_field_is_refused(make_segmentation: MakeSegmentation) -> None:
    person = {"contact_id": "a", "birth_date": date(1990, 1, 1), "at": datetime(2026, 1, 1, tzinfo=UTC)}
    found = make_segmentation([person], {"Buyers": "a"})
    wrong = {"entering": "Byers"}, {"date": "birthdate"}, {"date": "at"}
    said = (
        r"name a segment, got `Byers`. Did you mean `Buyers`",
        r"name a date field, got `birthdate`. Did you mean",
        "got `at`",
    )
    for trigger, match in zip(wrong, said, strict=True):
        workflow = Workflow.model_validate({**WELCOME.model_dump(), "trigger": trigger})
        with pytest.raises(InvalidDefinition, match=match):
            find_occasions(workflow, found, found)


@pytest.mark.parametrize(
    ("part", "match"),
    [
        ({"trigger": {}}, "exactly one of `entering`"),
        ({"trigger": {"entering": "A", "date": "b"}}, "exactly one of `entering`"),
        ({"actions": []}, "at least 1 item"),
        ({"actions": [{}]}, "exactly one of `label` and `task`"),
        ({"actions": [{"label": "a", "task": "b"}]}, "exactly one of `label` and `task`"),
        ({"actions": [{"label": "a", "expires_after": "soon"}]}, "a window must look like"),
    ],
)
def test_workflow_must_have_one_trigger_and_whole_actions(part: dict[str, object], match: str) -> None:
    with pytest.raises(ValidationError, match=match):
        Workflow.model_validate({**WELCOME.model_dump(), **part})


def test_names_that_would_share_a_file_are_refused(tiny_workspace: MakeWorkspace) -> None:
    both = [WELCOME.model_dump(exclude_none=True), {**WELCOME.model_dump(exclude_none=True), "name": "WELCOME!"}]
    with pytest.raises(InvalidDefinition, match="every workflow must have a name of its own, got `Welcome` twice"):
        load_workflows(tiny_workspace(workflows={"workflows": both}))
    assert load_workflows(tiny_workspace()).workflows == []


def test_night_that_stopped_before_the_workflows_loses_no_occasion(tiny_workspace: MakeWorkspace) -> None:
    """Memberships of 2 September were stored and the run then failed; the run of the 3rd compares with the 2nd."""
    welcome = {"name": "Welcome", "trigger": {"entering": "Buyers"}, "actions": [{"label": "new"}]}
    workspace = tiny_workspace(
        contacts=["a", "b"],
        interactions=[
            {"contact_id": "b", "occurred_at": "2026-08-01", "kind": "purchase"},
            {"contact_id": "a", "occurred_at": "2026-09-02T12:00", "kind": "purchase"},
        ],
        segments={"smart_views": [{"name": "Buyers", "rule": "purchases >= 1"}], "rfm": None, "clusters": None},
        workflows={"workflows": [welcome]},
    )
    seen = {day: segment_contacts(workspace, as_of=workspace.as_of(f"2026-09-0{day}")) for day in (1, 2, 3)}
    august = segment_contacts(workspace, as_of=workspace.as_of("2026-08-15"))
    only = load_workflows(workspace).workflows
    run_workflows(workspace, august, seen[1], workflows=only)
    assert counts(run_workflows(workspace, seen[2], seen[3], workflows=only)) == [("Welcome", 1, 1, 0)]
    assert [contact for contact, *_ in labels(workspace)] == ["a"]


def test_two_tasks_of_a_workflow_stand_in_one_file(make_segmentation: MakeSegmentation, workspace: Workspace) -> None:
    both = Workflow.model_validate(
        {"name": "Welcome", "trigger": {"entering": "Buyers"}, "actions": [{"task": "Call"}, {"task": "Send a card"}]}
    )
    found = [make_segmentation([{"contact_id": "a"}], {"Buyers": ids}, day=day) for day, ids in
             (("2026-09-01", ""), ("2026-09-02", "a"))]  # fmt: skip
    run_workflows(workspace, *found, workflows=(both,))
    assert [row[2] for row in tasks(workspace)["2026-09-02/welcome.csv"]] == ["Call", "Send a card"]
