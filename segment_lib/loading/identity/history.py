"""What was ever said about one contact: every value with its source, and which of them holds."""

import json
from typing import Any

import pandas as pd

from segment_lib.errors import NotFound
from segment_lib.loading.fields import columns_of, load_fields
from segment_lib.loading.identity.merging import load_merges
from segment_lib.workspace import Workspace

_STAMPS = ("import_id", "origin", "brought_at", "given_id", "contact_id")


def load_history(workspace: Workspace, contact_id: str) -> pd.DataFrame:
    """Return every value that was ever imported for a contact, the oldest first within a field.

    Parameters
    ----------
    workspace : whose.
    contact_id : the contact; what was said about contacts that were merged into it belongs to it.

    Returns
    -------
    pandas.DataFrame
        `field`, `value` (as text), `origin` (the source), `import_id`, `brought_at`, `contact_id` (of whom it was
        said), `holds` (whether it is the contact's value now).

    Raises
    ------
    NotFound
        There is no such contact.
    """
    found = [row for row in workspace.table("contacts").to_arrow().to_pylist() if row["contact_id"] == contact_id]
    if not found:
        raise NotFound(f"can't find the contact {contact_id!r} in {workspace.name}.")
    members, size = {contact_id}, 0
    merges = [row for row in load_merges(workspace) if row["undone_at"] is None]
    while len(members) > size:
        size = len(members)
        members |= {row["merged_id"] for row in merges if row["into_id"] in members}
    names = [c.name for c in columns_of("contact_versions", load_fields(workspace)) if c.name not in _STAMPS]
    rows = [
        {
            "field": name,
            "value": _text(version[name]),
            **{stamp: version[stamp] for stamp in ("origin", "import_id", "brought_at", "contact_id")},
            "holds": version[name] == found[0].get(name),
        }
        for version in workspace.table("contact_versions").to_arrow().to_pylist()
        if version["contact_id"] in members
        for name in names
        if version.get(name) is not None
    ]
    columns = ["field", "value", "origin", "import_id", "brought_at", "contact_id", "holds"]
    return pd.DataFrame(rows, columns=columns).sort_values(["field", "brought_at"], ignore_index=True)


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list) else str(value)
