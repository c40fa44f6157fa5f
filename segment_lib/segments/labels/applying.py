"""Labels by rule, as of a day: put on, taken off and renewed in one step for every label, and reported."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import duckdb
import pandas as pd
import pyarrow as pa

from segment_lib.asof import AsOf
from segment_lib.features.rules import CompiledRule
from segment_lib.segments.evaluation import answer_rules
from segment_lib.segments.labels.deciding import COUNTS, add_decisions, add_fresh_rows, add_rules
from segment_lib.segments.labels.definitions import LabelsFile, load_labels
from segment_lib.segments.labels.ordering import compile_label_rules, order_labels
from segment_lib.segments.labels.reading import label_conflicts
from segment_lib.segments.labels.rows import carried_sql, instant_sql, open_labels, replace_rows, whole_rows
from segment_lib.sql import literal
from segment_lib.workspace import Workspace


@dataclass(frozen=True)
class LabelRulesReport:
    """What the rules of labels came to on a day.

    `table` has one row a label with a rule, in contacts: `put_on`; `stayed`, who met the rule and carried it already;
    `taken_off`; `expired`, whose time ended since the run before and who were not given it again; `unknown`, for whom
    the rule has no answer, so that nothing changed; `kept_by_hand` and `kept_by_others`, who carry it without meeting
    the rule; `off_by_hand`, who meet it, but a person took it off; `carried`, who carry it afterwards; and `written`,
    whether this is done or only shown. `conflicts` is that of `label_conflicts`, `notes` are sentences.
    """

    as_of: AsOf
    table: pd.DataFrame
    conflicts: pd.DataFrame
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Return the changes of each label in a line, then what deserves a look."""
        lines = [f"Labels by rule as of {self.as_of.day}"]
        for row in self.table.to_dict("records"):
            told = ", ".join(
                f"{row[name]:,} {words}" for name, words in COUNTS.items() if row[name] or name == "put_on"
            )
            lines.append(
                f"  {row['label']}: {told}; {row['carried']:,} carry it{'' if row['written'] else ' (only shown)'}"
            )
        if not len(self.table):
            lines.append("  no label has a rule")
        if len(self.conflicts):
            groups = self.conflicts.groupby("group").size().to_dict()
            lines += [f"  conflicts in the group {name}: {count:,} contacts" for name, count in groups.items()]
        return "\n".join([*lines, *(f"  {note}" for note in self.notes)])


def apply_label_rules(workspace: Workspace, *, as_of: AsOf, dry_run: bool = False) -> LabelRulesReport:
    """Let every label's rule put it on and take it off, as of a day.

    Parameters
    ----------
    workspace : whose labels.yml.
    as_of : the day seen from: nothing later is known, what people said on later days neither.
    dry_run : whether to tell all of it and write nothing. A label whose rule asks for another is then judged by how
        that one is stored.

    Returns
    -------
    LabelRulesReport

    Raises
    ------
    InvalidDefinition
        labels.yml or one of its rules has faults, or labels ask for one another in a circle; nothing is written.
    NoData
        Nothing has been imported, or nothing had happened by that day.

    Notes
    -----
    A rule takes off only what a rule has put on, and puts on only what a person has not taken off. Where its answer is
    unknown it does nothing: nobody loses a label because a field went empty, though one that expires is not renewed.
    Who carries the label already by hand, import or workflow gets no second one.

    The instant of all changes is the beginning of the day. A day before the last one that a label's rule was applied
    for is only shown for that label, so nothing that later days have seen is rewritten; earlier days are filled in by
    going through them from the oldest. What people did after the day stands: what they took off later ends then.

    Each step is one atomic commit on fresh state: edits made meanwhile stay, and a run that is cut off is completed by
    the next one of the same day. Rules are computed before the tables are locked, so nobody waits for them.
    """
    definitions = load_labels(workspace)
    compiled = compile_label_rules(workspace, definitions)
    tables = []
    with workspace.locked("labels"):
        for step in order_labels({name: rule.labels for name, rule in compiled.items()}):
            rules = {name: compiled[name] for name in step}
            tables.append(_apply_step(workspace, definitions, rules, as_of=as_of, dry_run=dry_run))
    columns = ["label", *COUNTS, "carried", "written"]
    table = pd.concat(tables, ignore_index=True)[columns] if tables else pd.DataFrame(columns=columns)
    # In the order of the file, whatever was settled first.
    table = table.set_index("label").loc[list(compiled)].reset_index()
    notes = _notes(workspace, definitions, as_of)
    return LabelRulesReport(as_of, table, label_conflicts(workspace, as_of=as_of), tuple(notes))


def _apply_step(
    workspace: Workspace, definitions: LabelsFile, rules: Mapping[str, CompiledRule], *, as_of: AsOf, dry_run: bool
) -> pd.DataFrame:
    """Evaluate rules that do not ask for one another, then decide and write on what stands at that moment."""
    _, answers = answer_rules(workspace, as_of=as_of, rules=rules)
    with workspace.tables.transaction(), open_labels(workspace) as connection:
        connection.register("answers", _long(answers))
        add_rules(connection, {name: definitions.by_name[name] for name in rules}, as_of)
        add_decisions(connection, as_of)
        counts = "".join(
            f"count(*) filter (outcome = {literal(name)}) as {name}, " for name in COUNTS if name != "expired"
        )
        table: pd.DataFrame = (
            connection.sql(
                f"""select label, {counts} count(*) filter (ran_out and not carries) as expired,
                    count(*) filter (carries) as carried, is_latest and not {dry_run} as written
                from rules left join decisions using (label) group by label, is_latest"""
            )
            .to_arrow_table()
            .to_pandas()
        )
        if not dry_run:
            add_fresh_rows(connection, as_of)
            replace_rows(connection, workspace)
            _note_day(workspace, connection, as_of)
    return table


def _long(answers: pa.Table) -> pa.Table:
    """Return one row for each contact and rule."""
    contacts = answers["contact_id"]
    parts = [
        pa.table({"contact_id": contacts, "label": pa.repeat(pa.scalar(name), len(contacts)), "answer": answers[name]})
        for name in answers.column_names
        if name != "contact_id"
    ]
    return pa.concat_tables(parts)


def _note_day(workspace: Workspace, connection: duckdb.DuckDBPyConnection, as_of: AsOf) -> None:
    """Note that rules were applied for a day, also where nothing changed: no earlier day may change what it saw."""
    start = instant_sql(as_of.instant(as_of.day))
    rows = connection.sql(
        f"""select '' as contact_id, label, 'rule' as source, {start} as assigned_at, {start} as removed_at,
            'labels.yml' as "by", rule as reason
        from rules anti join (from looked_at where day_start = {start}) as noted using (label)
        where is_latest order by label"""
    ).to_arrow_table()
    workspace.append("labels", whole_rows(rows))


def _notes(workspace: Workspace, definitions: LabelsFile, as_of: AsOf) -> Iterator[str]:
    with open_labels(workspace) as connection:
        zone = literal(as_of.zone)
        last = connection.sql(
            f"select label, cast(max(day_start) at time zone {zone} as date) as day from looked_at group by label"
        ).fetchall()
        carrying = connection.sql(
            f"""select label, count(distinct contact_id) from labels
            where source = 'rule' and {carried_sql(as_of.end)} group by label order by label"""
        ).fetchall()
    for name, day in sorted(last):
        if name in definitions.rules and day > as_of.day:
            yield f"`{name}` was applied for {day}; {as_of.day} lies before it and is only shown."
    for name, contacts in carrying:
        if name not in definitions.rules:
            yield f"`{name}` has no rule any more; {contacts:,} contacts that a rule gave it to keep it."
