"""What is known of one contact as of a day: its row, its interactions and its labels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from segment_lib.asof import AsOf
from segment_lib.engine import StoredTable, add_table, open_connection
from segment_lib.loading.fields import columns_of, load_fields
from segment_lib.sql import identifier, literal
from segment_lib.vocabulary import LABELS, SQL_TYPES, Column
from segment_lib.workspace import Workspace


@dataclass(frozen=True)
class Person:
    """One contact as of a day.

    Parameters
    ----------
    contact_id : the key.
    as_of : the day seen from.
    contact : its row; none where there is no such contact.
    interactions : those that had happened by then, the latest first.
    labels : those that had been put on by then; what happened to them later is left out.
    columns : which columns the tables have.
    """

    contact_id: str
    as_of: AsOf
    contact: pa.Table
    interactions: pa.Table
    labels: pa.Table
    columns: Mapping[str, Sequence[Column]]

    @property
    def is_there(self) -> bool:
        """Whether there is such a contact."""
        return bool(self.contact.num_rows)

    @property
    def is_known(self) -> bool:
        """Whether the contact was known by the day."""
        return self.is_there and bool(
            self.interactions.num_rows or self.acquired_at is None or self.acquired_at < self.as_of.end
        )

    @property
    def acquired_at(self) -> datetime | None:
        """When the contact first became known, as its row says."""
        found: datetime | None = self.contact["acquired_at"][0].as_py()
        return found


def load_person(workspace: Workspace, contact_id: str, *, as_of: AsOf) -> Person:
    """Read one contact's rows, and no others.

    Parameters
    ----------
    workspace : whose.
    contact_id : the key.
    as_of : the day seen from.

    Returns
    -------
    Person
    """
    fields = load_fields(workspace)
    columns = {name: columns_of(name, fields) for name in ("contacts", "interactions")} | {"labels": LABELS}
    end = f"TIMESTAMPTZ '{as_of.end.isoformat()}'"
    queries = {
        "contacts": "",
        "interactions": f"and occurred_at < {end} order by occurred_at desc, interaction_id",
        "labels": f"and assigned_at < {end} order by assigned_at desc, label",
    }
    with open_connection(workspace.engine_options) as connection:
        found = {}
        for name, more in queries.items():
            stored = workspace.table(name)
            add_table(connection, name, stored)
            # What happened to a label after the day is not known on it.
            later = f" replace (case when removed_at < {end} then removed_at end as removed_at)"
            listed = f"*{later if name == 'labels' else ''}{_missing(stored, columns[name])}"
            query = f"select {listed} from {name} where contact_id = {literal(contact_id)} {more}"
            found[name] = connection.sql(query).to_arrow_table()
    return Person(contact_id, as_of, found["contacts"], found["interactions"], found["labels"], columns)


def _missing(stored: StoredTable, columns: Sequence[Column]) -> str:
    """Return the columns that a table was written without."""
    return "".join(
        f", cast(null as {SQL_TYPES[column.type]}) as {identifier(column.name)}"
        for column in columns
        if column.name not in stored.column_names
    )
