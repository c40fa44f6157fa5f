"""Whom a text means: a contact by its id, by an id that was merged into it, or by its e-mail address."""

from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa

from segment_lib.engine import add_table, open_connection
from segment_lib.loading.cleaning.emails import clean_email
from segment_lib.loading.identity.resolving import add_roots
from segment_lib.workspace import Workspace


@dataclass(frozen=True)
class Person:
    """A contact that was found, with the merged contact that was asked for, if one was; or why none was found."""

    contact_id: str = ""
    merged_from: str | None = None
    fault: str = ""


def find_people(workspace: Workspace, texts: Iterable[str]) -> dict[str, Person]:
    """Return whom texts mean.

    Parameters
    ----------
    workspace : whose contacts.
    texts : ids of contacts, of contacts that were merged into others, or e-mail addresses.

    Returns
    -------
    dict of str to Person
        For every text. An id goes before an address; an address that several contacts share means none of them.
    """
    asked = list(dict.fromkeys(texts))
    emails = {text: clean_email(text) for text in asked if "@" in text}
    table = pa.table(
        {
            "asked": pa.array(asked, pa.string()),
            "id": pa.array([text.strip() for text in asked], pa.string()),
            "email": pa.array([emails.get(text) for text in asked], pa.string()),
        }
    )
    with open_connection(workspace.engine_options) as connection:
        add_table(connection, "contacts", workspace.table("contacts"))
        add_table(connection, "merges", workspace.table("merges"))
        merges = connection.sql("select merged_id, into_id from merges where undone_at is null").to_arrow_table()
        add_roots(connection, merges.to_pylist())
        connection.register("asked_for", table)
        known = "(select distinct contact_id from contacts where contact_id in (select id from asked_for))"
        rows = connection.sql(
            f"""select asked, mine.contact_id, roots.root, coalesce(addressed.contacts, 0) as contacts, addressed.first
            from asked_for left join {known} as mine on mine.contact_id = asked_for.id
            left join roots on roots.contact_id = asked_for.id
            left join (select email, count(*) as contacts, min(contact_id) as first from contacts
                where email in (select email from asked_for) group by email) as addressed using (email)"""
        ).fetchall()
    return {text: _person(text, *found) for text, *found in rows}


def find_contact(workspace: Workspace, text: str) -> str:
    """Return the id of the contact that a text means, or the text itself where no contact is meant.

    Parameters
    ----------
    workspace : whose contacts.
    text : as for `find_people`.

    Returns
    -------
    str
        Of a contact that is not there any more, the id as it is: its labels are history still.
    """
    return find_people(workspace, [text])[text].contact_id or text.strip()


def _person(text: str, own: str | None, root: str | None, contacts: int, first: str | None) -> Person:
    if own is not None:
        return Person(own)
    if root is not None:
        return Person(root, text.strip())
    if contacts == 1 and first is not None:
        return Person(first)
    if contacts:
        return Person(fault=f"the address {text.strip()} is of {contacts} contacts; name one by its id")
    return Person(fault=f"can't find the contact {text.strip()!r}")
