"""Which tables a source fills: people, what happened, both, or neither."""

from collections.abc import Mapping
from dataclasses import dataclass

from segment_lib.loading.suggesting.evidence import ColumnEvidence, Evidence, is_per_contact
from segment_lib.loading.suggesting.scoring import Assignment, assign_fields, fields_of

PERSON = (
    "first_name", "last_name", "email", "phone", "company", "country", "region", "city", "postal_code", "language",
    "birth_date", "gender", "household_size", "income", "occupation", "relationships", "source", "email_consent",
    "phone_consent", "sms_consent", "labels",
)  # fmt: skip
# What only a person or an organisation has.
INDIVIDUAL = (
    "first_name",
    "last_name",
    "birth_date",
    "gender",
    "household_size",
    "income",
    "occupation",
    "relationships",
)
EVENT = (
    "order_id",
    "amount",
    "quantity",
    "product",
    "kind",
    "interaction_id",
    "campaign",
    "subject",
    "score",
    "category",
)
NAMING = ("contact_id", "email", "phone")
# What belongs to a contact hardly ever changes from row to row.
STEADY = 0.9
# Weak names, such as `Title` for a subject, don't make an event of a row.
SURE = 0.7
Assigned = dict[str, Assignment]


@dataclass(frozen=True)
class Layout:
    """The tables that a source fills, the fields of each, by which columns; and what has to be asked."""

    tables: dict[str, Assigned]
    contact: ColumnEvidence | None
    questions: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()


def choose_layout(evidence: Evidence, table: str | None, assigned: Mapping[str, Assigned] | None = None) -> Layout:
    """Choose the tables that a source fills.

    Parameters
    ----------
    evidence : the source's columns.
    table : the one table that the analyst wants filled, or None.
    assigned : fields by table where they are known already.

    Returns
    -------
    Layout
    """
    every = dict(assigned or {})
    for name in ("contacts", "interactions", "campaign_assignments"):
        every.setdefault(name, assign_fields(evidence.columns, name, {}))
    people, events, arms = (fields_of(every[t]) for t in ("contacts", "interactions", "campaign_assignments"))
    contact = _contact(evidence, events if table != "contacts" else people, people)
    if table is not None:
        return Layout({table: every[table]}, contact, _asked(table, fields_of(every[table])))
    if {"campaign", "contact_id", "arm"} <= set(arms) and _few(evidence, arms["arm"]):
        return Layout({"campaign_assignments": every["campaign_assignments"]}, contact)
    if contact is None:
        things = [field for field in ("product", "campaign", "order_id") if field in events]
        if things and not set(INDIVIDUAL) & set(people):
            question = (
                f"no column names a contact, but `{events[things[0]]}` names a {things[0]}: use the file in a `lookup`"
            )
            return Layout({}, None, (question,))
        return Layout({"contacts": every["contacts"]}, None, _asked("contacts", people))
    sure = {
        field for field, column in events.items()
        if column != contact.column and (a := every["interactions"][column].chosen) and a.score >= SURE
    }  # fmt: skip
    if _describes_people(evidence, people) and not sure & {"order_id", "amount", "quantity"}:
        return Layout({"contacts": every["contacts"]}, contact, (), ("every row describes another person",))
    one_each = contact.is_unique and not sure & {"order_id", "interaction_id"}
    happened = [field for field in EVENT if field in sure]
    person = [field for field in PERSON if field in people and people[field] != contact.column]
    if "occurred_at" in events and happened and not one_each:
        steady = [
            field for field in person
            if field not in ("relationships", "labels")
            and people[field] not in _strong(events)
            and is_per_contact(evidence, contact, evidence.column(people[field])) >= STEADY
        ]  # fmt: skip
        what = f"a date (`{events['occurred_at']}`) and {happened[0]} (`{events[happened[0]]}`)"
        why = f"rows have {what}: they are interactions"
        if steady:
            both = {"contacts": every["contacts"], "interactions": every["interactions"]}
            return Layout(both, contact, (), (why, f"and they describe people: {', '.join(steady)}"))
        return Layout({"interactions": every["interactions"]}, contact, (), (why,))
    if not contact.is_unique and not person and happened:
        return Layout({"interactions": every["interactions"]}, contact, _asked("interactions", events))
    why = f"every row is another contact (`{contact.column}`)" if contact.is_unique else "rows describe people"
    return Layout({"contacts": every["contacts"]}, contact, _asked("contacts", people), (why,))


def _contact(evidence: Evidence, first: Mapping[str, str], second: Mapping[str, str]) -> ColumnEvidence | None:
    for fields in (first, second):
        for naming in NAMING:
            if naming in fields:
                return evidence.column(fields[naming])
    return None


def _describes_people(evidence: Evidence, people: Mapping[str, str]) -> bool:
    keys = [people[field] for field in ("contact_id", "email") if field in people]
    return bool(set(INDIVIDUAL) & set(people)) and any(evidence.column(key).is_unique for key in keys)


def _strong(events: Mapping[str, str]) -> set[str]:
    """Return the columns that are an event's whatever else they could be."""
    return {column for field, column in events.items() if field not in NAMING}


def _few(evidence: Evidence, column: str) -> bool:
    return 0 < evidence.column(column).distinct <= 10


def _asked(table: str, fields: Mapping[str, str]) -> tuple[str, ...]:
    asked = []
    if table == "contacts" and not {"contact_id", "email", "phone"} & set(fields):
        asked.append("no column names the contact: say which one is `contact_id`, or give every row a number first")
    if table != "contacts" and not set(NAMING) & set(fields):
        asked.append("no column names the contact: say which one is `contact_id`")
    if table == "interactions" and "occurred_at" not in fields:
        asked.append("no column says when it happened: say which one is `occurred_at`, or look it up in another file")
    return tuple(asked)
