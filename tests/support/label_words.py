"""Short ways to say what tests of labels look at: instants, who carries what, and what a rule answers."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from segment_lib import Workspace
from segment_lib.segments.labels import LabelRulesReport, apply_label_rules, label_history, labels_at
from segment_lib.vocabulary import LABELS, arrow_schema

Answers = Mapping[str, bool | None]
MakeWorkspace = Callable[..., Workspace]


def at(text: str) -> datetime:
    """An instant in UTC, written as `2026-10-31` or `2026-10-31T14:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def carried(workspace: Workspace, day: str) -> dict[str, str]:
    """Who carries what at the end of a day: `a Client` to its sources."""
    rows = labels_at(workspace, as_of=workspace.as_of(day)).itertuples()
    return {f"{row.contact_id} {row.label}": row.sources for row in rows}


def events(workspace: Workspace, **which: str) -> list[str]:
    """What happened, as `01-05 12:00 a Client put on (manual, Eva)`, in UTC."""
    rows = label_history(workspace, **which).fillna({"by": "nobody"}).itertuples()
    return [f"{row.at:%m-%d %H:%M} {row.contact_id} {row.label} {row.event} ({row.source}, {row.by})" for row in rows]


def counts(report: LabelRulesReport, label: str) -> dict[str, int]:
    """The outcomes of a label that are not 0."""
    [row] = report.table[report.table["label"] == label].drop(columns=["label", "written"]).to_dict("records")
    return {name: count for name, count in row.items() if count}


def put(workspace: Workspace, **row: object) -> None:
    """Put a row into the table as it is."""
    workspace.append("labels", pa.Table.from_pylist([row], schema=arrow_schema(LABELS)))


class Rules:
    """Applies rules whose answers a test gives, in place of those that are computed."""

    def __init__(self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
        self.workspace, self.monkeypatch = workspace, monkeypatch

    def apply(self, day: str, answers: Answers | None = None, *, dry_run: bool = False) -> LabelRulesReport:
        """Apply every rule with these answers, by contact; the same for all labels."""

        def answer(*_: object, rules: Mapping[str, object], **__: object) -> tuple[None, pa.Table]:
            ids = pa.array(sorted(answers or {}), pa.string())
            values = pa.array([(answers or {})[one] for one in ids.to_pylist()], pa.bool_())
            return None, pa.table({"contact_id": ids, **dict.fromkeys(rules, values)})

        with self.monkeypatch.context() as patched:
            patched.setattr("segment_lib.segments.labels.applying.answer_rules", answer)
            return apply_label_rules(self.workspace, as_of=self.workspace.as_of(day), dry_run=dry_run)
