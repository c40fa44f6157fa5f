"""The fields of contacts as they were known on a day, where imports since have changed them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow.parquet as pq

from segment_lib.asof import AsOf
from segment_lib.engine import StoredTable, add_table, open_connection
from segment_lib.loading.fields import columns_of, load_fields
from segment_lib.loading.identity.folding import fold_contacts
from segment_lib.loading.identity.merging import load_merges
from segment_lib.loading.identity.resolving import add_roots
from segment_lib.loading.recipe import load_recipe
from segment_lib.sql import identifier
from segment_lib.workspace import Workspace


@dataclass(frozen=True)
class _Then(Workspace):
    """A workspace whose contacts are those of another day."""

    contacts: StoredTable

    def table(self, name: str, *, version: int | None = None) -> StoredTable:
        return self.contacts if name == "contacts" else super().table(name, version=version)


@contextmanager
def workspace_as_known(workspace: Workspace, as_of: AsOf) -> Iterator[tuple[Workspace, int]]:
    """Lend a workspace whose contacts have the fields that were known by the end of a day.

    Parameters
    ----------
    workspace : whose.
    as_of : the day.

    Yields
    ------
    tuple of Workspace and int
        The workspace, to be read, and how many contacts have older fields. Those of whom nothing had been imported by
        then, and those of whom nothing has been since, are as they are now.
    """
    with TemporaryDirectory() as folder, open_connection(workspace.engine_options) as connection:
        for name in ("contacts", "contact_versions"):
            add_table(connection, name, workspace.table(name))
        end = f"TIMESTAMPTZ '{as_of.end.isoformat()}'"
        add_roots(connection, [row for row in load_merges(workspace) if row["undone_at"] is None])
        connection.execute(
            f"""create temp view versions as from contact_versions where brought_at < {end};
            create temp table changed as
            select coalesce(root, contact_id) as contact_id from contact_versions left join roots using (contact_id)
            group by 1 having bool_or(brought_at < {end}) and bool_or(brought_at >= {end})"""
        )
        [(older,)] = connection.sql("select count(*) from changed join contacts using (contact_id)").fetchall()
        if not older:
            yield workspace, 0
            return
        fields = load_fields(workspace)
        present = set(workspace.table("contact_versions").column_names) & set(workspace.table("contacts").column_names)
        columns = [column for column in columns_of("contacts", fields) if column.name in present]
        # An address that says no says so for everybody who has it.
        sharing = """from changed union select coalesce(root, others.contact_id) from versions as others
            left join roots using (contact_id) where email in (select email from versions as mine
            left join roots on roots.contact_id = mine.contact_id
            where coalesce(root, mine.contact_id) in (from changed))"""
        fold_contacts(connection, columns, load_recipe(workspace).survivors, affected=sharing)
        values = ", ".join(
            f"folded_contacts.{identifier(c.name)} as {identifier(c.name)}" for c in columns if c.name != "contact_id"
        )
        rows = connection.sql(
            f"""select contacts.* replace ({values}) from contacts join changed using (contact_id)
            join folded_contacts using (contact_id)
            union all by name select contacts.* from contacts where contact_id not in (from changed)"""
        ).to_arrow_table()
        path = Path(folder) / "contacts.parquet"
        pq.write_table(rows, path)
        yield _Then(workspace.folder, StoredTable("contacts", (str(path),), workspace.table("contacts").schema)), older
