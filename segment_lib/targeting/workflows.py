"""Workflows: a trigger and its actions, each occasion acted on once, whatever is repeated or cut off."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd
import pyarrow as pa
from pydantic import Field, field_validator, model_validator

from segment_lib.asof import AsOf, add_months, parse_window
from segment_lib.definitions import Definition
from segment_lib.engine import run_sql
from segment_lib.errors import InvalidDefinition, InvalidOption, suggest
from segment_lib.segments.labels.definitions import load_labels
from segment_lib.segments.labels.rows import expiry_of
from segment_lib.segments.results import Segmentation
from segment_lib.segments.segmentation import segment_contacts
from segment_lib.sql import identifier, literal
from segment_lib.targeting.audiences import replace_csv
from segment_lib.targeting.playbook import file_name
from segment_lib.vocabulary import JOURNAL, LABELS, arrow_schema
from segment_lib.workspace import Workspace

ENTERED = "entered:"
# The journal's row of a day that was looked at: of no workflow and no contact.
EVERY_WORKFLOW, SEEN = "", "seen:"


class Trigger(Definition):
    """What makes a workflow act: entering a segment, or a date in a field."""

    entering: str | None = None
    date: str | None = None
    days_before: int = Field(default=0, ge=0, le=366)
    every_year: bool = False

    @model_validator(mode="after")
    def _one_kind(self) -> "Trigger":
        if (self.entering is None) == (self.date is None):
            raise ValueError("must have exactly one of `entering` (a segment) and `date` (a field).")
        return self


class Action(Definition):
    """What is done: a label is put on the contact, or a task is written into a file."""

    label: str | None = None
    expires_after: str | None = None
    task: str | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> "Action":
        if (self.label is None) == (self.task is None):
            raise ValueError("must have exactly one of `label` and `task`.")
        if self.expires_after is not None:
            try:
                parse_window(self.expires_after)
            except InvalidOption as error:
                raise ValueError(str(error)) from None
        return self


class Workflow(Definition):
    """A trigger and what follows."""

    name: str = Field(min_length=1)
    trigger: Trigger
    actions: list[Action] = Field(min_length=1)


class WorkflowsFile(Definition):
    """The file workflows.yml."""

    workflows: list[Workflow] = []

    @field_validator("workflows")
    @classmethod
    def _names_differ(cls, workflows: list[Workflow]) -> list[Workflow]:
        names = [file_name(workflow.name) for workflow in workflows]
        for workflow in workflows:
            if names.count(file_name(workflow.name)) > 1:
                raise ValueError(f"every workflow must have a name of its own, got `{workflow.name}` twice.")
        return workflows


@dataclass(frozen=True)
class Occasion:
    """One reason to act for one contact."""

    workflow: str
    contact_id: str
    occasion: str


@dataclass(frozen=True)
class WorkflowReport:
    """What the workflows of a day came to.

    `table` has `workflow`, `trigger`, and contacts: `due`, `acted` (by this run), `known` (acted on before).
    """

    table: pd.DataFrame
    note: str = ""


def load_workflows(workspace: Workspace) -> WorkflowsFile:
    """Return the workspace's workflows; none where workflows.yml is not there."""
    return (
        workspace.definition("workflows", WorkflowsFile) if workspace.has_definition("workflows") else WorkflowsFile()
    )


def find_occasions(workflow: Workflow, before: Segmentation, now: Segmentation) -> list[Occasion]:
    """Return the occasions of a workflow between two days.

    Parameters
    ----------
    workflow : its trigger.
    before, now : of two days, by the same definitions.

    Returns
    -------
    list of Occasion
        Ordered by contact. Who entered a segment has the occasion `entered:<day>`; a date that lies at most
        `days_before` ahead and did not on the earlier day has `date:<date>`.

    Raises
    ------
    InvalidDefinition
        The trigger names a segment or a date field that does not exist.
    """
    trigger = workflow.trigger
    if trigger.entering is not None:
        names = [segment.name for segment in now.segments]
        if trigger.entering not in names:
            raise _unknown(workflow, "a segment", trigger.entering, names)
        earlier = set(before.members_of(trigger.entering))
        return [
            Occasion(workflow.name, contact, f"{ENTERED}{now.as_of.day}")
            for contact in sorted(set(now.members_of(trigger.entering)) - earlier)
        ]
    assert trigger.date is not None
    dates = [field.name for field in now.features.schema if pa.types.is_date(field.type)]
    if trigger.date not in dates:
        raise _unknown(workflow, "a date field", trigger.date, dates)
    rows = run_sql(
        f"select contact_id, {identifier(trigger.date)} as day from features where day is not null order by contact_id",
        {"features": now.features},
    ).to_pylist()
    ahead = timedelta(days=trigger.days_before)
    # From the first day that the earlier run had not reached: no date falls between two runs.
    first, last = before.as_of.day + ahead + timedelta(days=1), now.as_of.day + ahead
    found = []
    for row in rows:
        for day in _days_of(row["day"], first, last, every_year=trigger.every_year):
            found.append(Occasion(workflow.name, row["contact_id"], f"date:{day}"))
    return found


def run_workflows(
    workspace: Workspace, before: Segmentation, now: Segmentation, *, workflows: Sequence[Workflow], act: bool = True
) -> WorkflowReport:
    """Act on every occasion that has not been acted on, and record it in the journal.

    Parameters
    ----------
    workspace : whose journal, labels and tasks.
    before, now : of two days, by the same definitions.
    workflows : from `load_workflows`.
    act : whether to act, or only to show what would be done.

    Returns
    -------
    WorkflowReport

    Notes
    -----
    Occasions are written to the journal as `planned` first, then acted on, then marked `done`. Labels and task files
    are made from the journal, each once, so a run that is cut off is completed by the next one, and
    nothing is done twice, whichever day is compared with. On a day before the last one acted on nothing is done: its
    occasions have passed. The journal notes each day that was looked at, and occasions count from the last such day,
    so a night that failed half-way loses none; `before` is where the first run counts from.
    """
    with workspace.locked("workflows"):
        journal = workspace.table("journal").to_pandas()
        before = _last_seen(workspace, journal, before, now)
        latest = journal["as_of"].max() if len(journal) else None
        past = latest is not None and now.as_of.day < latest
        known = {Occasion(*row) for row in journal[["workflow", "contact_id", "occasion"]].itertuples(index=False)}
        # Who was acted on for entering since the earlier day has not entered a second time.
        since, today = f"{ENTERED}{before.as_of.day}", f"{ENTERED}{now.as_of.day}"
        recent = [o for o in known if o.occasion.startswith(ENTERED) and o.occasion > since]
        known |= {Occasion(o.workflow, o.contact_id, today) for o in recent}
        rows, fresh = [], []
        for workflow in workflows:
            due = find_occasions(workflow, before, now)
            new = [occasion for occasion in due if occasion not in known]
            done = [] if past or not act else new
            fresh += done
            rows.append((workflow.name, _trigger_words(workflow), len(due), len(done), len(due) - len(new)))
        if fresh:
            workspace.append("journal", _journal(fresh, now.as_of, "planned"))
        if act:
            _carry_out(workspace, workflows)
        seen = Occasion(EVERY_WORKFLOW, "", f"{SEEN}{now.as_of.day}")
        if act and not past and seen not in known:
            workspace.append("journal", _journal([seen], now.as_of, "done"))
    note = f"Workflows have acted for {latest}; {now.as_of.day} lies before it and is only shown." if past else ""
    return WorkflowReport(pd.DataFrame(rows, columns=["workflow", "trigger", "due", "acted", "known"]), note)


def _carry_out(workspace: Workspace, workflows: Sequence[Workflow]) -> None:
    """Do what the journal has planned; every step can be repeated without doing it twice."""
    journal = workspace.table("journal").to_pandas()
    planned = journal[journal["status"] == "planned"]
    for workflow in workflows:
        for day in sorted(planned.loc[planned["workflow"] == workflow.name, "as_of"].unique()):
            mine = journal[(journal["workflow"] == workflow.name) & (journal["as_of"] == day)]
            for action in workflow.actions:
                if action.label is not None:
                    _put_label(workspace, workflow, action, day, mine["contact_id"])
            tasks = [action.task for action in workflow.actions if action.task is not None]
            if tasks:
                _write_tasks(workspace, workflow, tasks, day, mine)
            where = f"workflow = {literal(workflow.name)} and as_of = DATE '{day}'"
            done = mine.assign(status="done")
            workspace.replace("journal", _arrow(done, JOURNAL), where=where)


def _last_seen(workspace: Workspace, journal: pd.DataFrame, before: Segmentation, now: Segmentation) -> Segmentation:
    """Return the segmentation of the last day that workflows have looked at, where `before` is later than that."""
    days = journal.loc[(journal["workflow"] == EVERY_WORKFLOW) & (journal["as_of"] < now.as_of.day), "as_of"]
    if days.empty or days.max() >= before.as_of.day:
        return before
    return segment_contacts(workspace, as_of=workspace.as_of(days.max()), models=now.models)


def _write_tasks(workspace: Workspace, workflow: Workflow, tasks: list[str], day: date, mine: pd.DataFrame) -> None:
    each = mine[["contact_id", "occasion"]].sort_values("contact_id")
    rows = pd.concat([each.assign(task=task) for task in tasks]).sort_values("contact_id", kind="stable")
    replace_csv(workspace.folder / "tasks" / str(day) / f"{file_name(workflow.name)}.csv", rows)


def _put_label(workspace: Workspace, workflow: Workflow, action: Action, day: date, contacts: Iterable[str]) -> None:
    """Put a label on those contacts on whom this workflow has not yet put it for the same day."""
    assigned, label = workspace.as_of(day), action.label or ""
    declared = load_labels(workspace).by_name.get(label)
    expires = expiry_of(assigned, action.expires_after or (declared.expires_after if declared else None))
    at = assigned.instant(day)
    carrying = run_sql(
        f"""select contact_id from labels where "by" = {literal(workflow.name)}
        and label = {literal(label)} and assigned_at = TIMESTAMPTZ '{at.isoformat()}'""",
        {"labels": workspace.table("labels")},
    )
    rows = [
        {"contact_id": contact, "label": label, "source": "workflow", "assigned_at": at, "expires_at": expires,
         "by": workflow.name, "reason": _trigger_words(workflow)}
        for contact in sorted(set(contacts) - set(carrying["contact_id"].to_pylist()))
    ]  # fmt: skip
    workspace.append("labels", pa.Table.from_pylist(rows, schema=arrow_schema(LABELS)))


def _trigger_words(workflow: Workflow) -> str:
    trigger = workflow.trigger
    return f"entering {trigger.entering}" if trigger.entering else f"{trigger.days_before} days before {trigger.date}"


def _days_of(day: date, first: date, last: date, *, every_year: bool) -> list[date]:
    """Return the day, or its anniversaries, that lie between two days; 29 February falls on the 28th in other years."""
    days = (
        [add_months(day, 12 * (year - day.year)) for year in range(first.year, last.year + 1)] if every_year else [day]
    )
    return [one for one in days if first <= one <= last and one >= day]


def _journal(occasions: Iterable[Occasion], as_of: AsOf, status: str) -> pa.Table:
    rows = [{**vars(occasion), "as_of": as_of.day, "status": status} for occasion in occasions]
    return pa.Table.from_pylist(rows, schema=arrow_schema(JOURNAL))


def _arrow(frame: pd.DataFrame, columns: tuple) -> pa.Table:  # type: ignore[type-arg]
    return pa.Table.from_pandas(frame, schema=arrow_schema(columns), preserve_index=False)


def _unknown(workflow: Workflow, what: str, name: str, options: list[str]) -> InvalidDefinition:
    fault = f"workflows.yml: the workflow `{workflow.name}` must name {what}, got `{name}`.{suggest(name, options)}"
    return InvalidDefinition([re.sub(r"\s+", " ", fault)])
