"""Where a file holds people and what they did: which table each column goes to."""

from dataclasses import replace

from segment_lib.loading.suggesting.evidence import ColumnEvidence, Evidence, is_per_contact
from segment_lib.loading.suggesting.layout import NAMING, PERSON, STEADY, Assigned, Layout
from segment_lib.loading.suggesting.scoring import Assignment, Candidate, fields_of

# So many contacts with several rows can tell what never changes for one.
TELLING = 10
# These stand in both tables: whose row it is, and when.
SHARED = ("contact_id", "acquired_at", "occurred_at")


def settle_tables(layout: Layout, evidence: Evidence) -> Layout:
    """Give every column of a file of people and interactions to the table that it belongs to.

    Parameters
    ----------
    layout : of `choose_layout`.
    evidence : the source.

    Returns
    -------
    Layout
        Unchanged where the file fills one table.
    """
    if set(layout.tables) != {"contacts", "interactions"} or layout.contact is None:
        return layout
    people, events = dict(layout.tables["contacts"]), dict(layout.tables["interactions"])
    for name in people:
        one, other = people[name].chosen, events[name].chosen
        if one is not None and not _belongs(one, layout.contact, evidence, name):
            people[name] = replace(people[name], chosen=None)
            one = None
        if (
            one is None
            or other is None
            or one.field in SHARED
            or other.field in SHARED
            or name == layout.contact.column
        ):
            continue
        if one.field in NAMING and other.field in NAMING:
            # The contact's own columns say more of it than every row of theirs.
            events[name] = replace(events[name], chosen=None)
        elif one.score >= other.score and one.field in PERSON:
            events[name] = replace(events[name], chosen=None)
        else:
            people[name] = replace(people[name], chosen=None)
    _date_of_first(people, events)
    if "contact_id" in fields_of(events):
        for name, assignment in events.items():
            if assignment.chosen and assignment.chosen.field in ("email", "phone"):
                events[name] = replace(assignment, chosen=None)
    return replace(layout, tables={"contacts": people, "interactions": events})


def home_of(column: ColumnEvidence, layout: Layout, evidence: Evidence) -> str:
    """Return the table that a column of the workspace's own belongs to: contacts where it never changes for one.

    Parameters
    ----------
    column : the column's evidence.
    layout : the tables.
    evidence : the source.

    Returns
    -------
    str
    """
    if len(layout.tables) == 1 or layout.contact is None:
        return next(iter(layout.tables))
    steady = is_per_contact(evidence, layout.contact, column, least=TELLING) >= STEADY
    return "contacts" if steady else "interactions"


def _belongs(candidate: Candidate, contact: ColumnEvidence, evidence: Evidence, name: str) -> bool:
    if candidate.field in SHARED or name == contact.column:
        return True
    return is_per_contact(evidence, contact, evidence.column(name)) >= STEADY


def _date_of_first(people: Assigned, events: Assigned) -> None:
    """Let the day of the first interaction be the day on which a contact became known, where no column tells it."""
    dated = fields_of(events).get("occurred_at")
    known = fields_of(people).get("acquired_at")
    if dated is None or (known is not None and known != dated):
        return
    if known is None:
        when: Assignment = people[dated]
        score = events[dated].chosen
        reason = "a contact became known at the latest with its first interaction"
        people[dated] = replace(when, chosen=Candidate("acquired_at", score.score if score else 0.0, (reason,)))
