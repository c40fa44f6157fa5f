"""A transaction of imports: staged files become rows of the tables, one after the other, all or none of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb

from segment_lib.engine import add_table
from segment_lib.loading.fields import CustomField, columns_of
from segment_lib.loading.identity.folding import Survivors, fold_contacts
from segment_lib.loading.identity.resolving import add_known_contacts, add_roots
from segment_lib.loading.refusals import settle_quarantine, skip_mended
from segment_lib.loading.rows import ROW_KEYS, settle_assignments, settle_interactions
from segment_lib.loading.settling import find_contacts, settle_contacts, texts
from segment_lib.loading.staging import Staged
from segment_lib.loading.totals import check_stored, count_rows
from segment_lib.sql import identifier, literal
from segment_lib.storage import Store
from segment_lib.vocabulary import SQL_TYPES, Column, arrow_schema

TABLES_USED = (
    "contact_versions", "contacts", "interactions", "superseded", "campaign_assignments", "quarantine", "sightings",
    "labels", "imports", "merges",
)  # fmt: skip


@dataclass(frozen=True)
class Tables:
    """The tables of a workspace on a connection, as views `stored_{name}` of what they are at the moment.

    It lives inside a transaction of the store. `keys` are the columns by which any source finds its contacts.
    """

    connection: duckdb.DuckDBPyConnection
    store: Store
    fields: tuple[CustomField, ...]
    survivors: Survivors
    keys: tuple[str, ...] = ()

    def open(self) -> None:
        """Make all views, and what resolving contacts needs."""
        for name in TABLES_USED:
            self.refresh(name)
        self._add_versions()
        merges = self.connection.sql("from stored_merges where undone_at is null").to_arrow_table().to_pylist()
        add_roots(self.connection, merges)
        add_known_contacts(self.connection, self.keys)
        self.connection.execute("create or replace temp table refused_contacts (value varchar)")
        self.connection.execute("create or replace temp table touched_contacts (contact_id varchar)")

    def refresh(self, name: str) -> None:
        """Make the view of one table what the table is by now."""
        table = self.store.table(name)
        self.connection.execute(f"drop view if exists stored_{name}")
        try:
            self.connection.execute(f"drop view if exists given_{name}")
        except duckdb.CatalogException:
            self.connection.unregister(f"given_{name}")
        add_table(self.connection, f"given_{name}", table)
        values = ", ".join(
            f"try_cast({identifier(c.name)} as {SQL_TYPES[c.type]}) as {identifier(c.name)}"
            if c.name in table.column_names
            else f"cast(null as {SQL_TYPES[c.type]}) as {identifier(c.name)}"
            for c in columns_of(name, self.fields)
        )
        self.connection.execute(f"create temp view stored_{name} as select {values} from given_{name}")

    def rewrite(self, name: str, *, gone: str = "", fresh: str = "") -> None:
        """Take rows out of a table and bring others in; one that would stay as it is is left alone."""
        columns = columns_of(name, self.fields)
        comes = fresh and (self.any(fresh) or not self._is_there(name, columns))
        if comes or (gone and self.any(f"from stored_{name} where {gone}")):
            self.store.rewrite(self.connection, name, columns, gone=gone, fresh=fresh)
            self.refresh(name)

    def _is_there(self, name: str, columns: Sequence[Column]) -> bool:
        """Tell whether a table has been written, with all columns in the types that they have by now."""
        schema = self.store.table(name).schema
        same = (f.name in schema.names and schema.field(f.name).type == f.type for f in arrow_schema(tuple(columns)))
        return self.store.exists(name) and all(same)

    def any(self, query: str) -> bool:
        """Tell whether a query has rows."""
        return bool(self.connection.sql(f"select 1 from ({query}) limit 1").fetchall())

    def fold(self) -> None:
        """Put the touched contacts, and their labels, together anew from all that was said about them."""
        if not self.any("from touched_contacts"):
            return
        contacts = columns_of("contacts", self.fields)
        touched = "contact_id in (select contact_id from touched_contacts)"
        if self.any(f"from other_contacts where {touched}"):
            # What stood there before any import is a statement like others, and is kept as one.
            before = "'' as import_id, '' as origin, timestamptz '1970-01-01 00:00:00+00' as brought_at"
            self.rewrite("contact_versions", fresh=f"select *, {before} from other_contacts where {touched}")
            self.connection.execute(f"delete from other_contacts where {touched}")
        self.connection.execute(
            """insert into touched_contacts select distinct coalesce(roots.root, other.contact_id)
            from versions as mine left join roots as own on own.contact_id = mine.contact_id
            join versions as other on other.email = mine.email left join roots on roots.contact_id = other.contact_id
            where coalesce(own.root, mine.contact_id) in (select contact_id from touched_contacts)"""
        )
        fold_contacts(self.connection, contacts, self.survivors, affected="from touched_contacts")
        gone = "contact_id in (select contact_id from affected)"
        self.rewrite("contacts", gone=gone, fresh="from folded_contacts order by contact_id")
        old = f"source = 'import' and {gone}"
        if self.any("from folded_labels") or self.any(f"from stored_labels where {old}"):
            # What a person took off since stays off, with who and why. Older rows do not tell who took them off.
            ended = "coalesce(folded.removed_at, stored.older)"
            own = f"hand.at <= coalesce({ended}, hand.at)"
            self.connection.execute(
                f"""create or replace temp table kept_labels as
                select distinct folded.* replace (least({ended}, hand.at) as removed_at),
                    case when {own} then 'manual' when folded.removed_at is not null then 'import' end
                        as removal_source,
                    case when {own} then hand.who when folded.removed_at is not null then folded."by" end
                        as removed_by,
                    case when {own} then hand.why end as removal_reason
                from folded_labels as folded left join (
                    select contact_id, label, "by", assigned_at,
                        max(removed_at) filter (removal_source is null) as older,
                        arg_min(struct_pack(at := removed_at, who := removed_by, why := removal_reason), removed_at)
                            filter (removal_source = 'manual') as hand
                    from stored_labels where {old} group by all
                ) as stored using (contact_id, label, "by", assigned_at)"""
            )
            self.rewrite("labels", gone=old, fresh="from kept_labels")
        self.connection.execute("truncate touched_contacts")

    def _add_versions(self) -> None:
        """Make the view of all statements; contacts that were not imported are a statement of their own."""
        self.connection.execute(
            """create or replace temp table other_contacts as from stored_contacts where contact_id not in (
                select contact_id from stored_contact_versions
                union all select given_id from stored_contact_versions where given_id is not null
                union all select into_id from stored_merges)"""
        )
        self.connection.execute(
            """create or replace temp view versions as from stored_contact_versions union all by name (
                select *, '' as import_id, '' as origin, timestamptz '1970-01-01 00:00:00+00' as brought_at
                from other_contacts)"""
        )


def write_file(tables: Tables, staged: Staged, *, brought_at: datetime) -> dict[str, Any]:
    """Write what one staged file brings.

    Parameters
    ----------
    tables : opened, inside a transaction.
    staged : the file.
    brought_at : the instant of its import, later than that of every import before.

    Returns
    -------
    dict
        The counts and control totals of the ledger.

    Raises
    ------
    RowsLost
        What the table holds is not what was accepted.
    """
    connection, name, job = tables.connection, staged.name, staged.job
    table, own = job.source.table, literal(job.import_id)
    tables.rewrite("sightings", gone=f"import_id = {own}")
    skip_mended(connection, staged)
    if table == "contacts":
        settle_contacts(connection, staged, brought_at=brought_at, keys=tables.keys)
        updated, replaces = _write_versions(tables, staged)
    else:
        find_contacts(connection, staged, brought_at=brought_at)
        if tables.any("select 1 from duckdb_tables() where table_name = " + literal(f"{name}_versions")):
            _write_versions(tables, staged)
        settle = {"interactions": settle_interactions, "campaign_assignments": settle_assignments}[table]
        settle(connection, staged, columns_of(table, tables.fields))
        updated, replaces = _write_rows(tables, staged)
    settle_quarantine(connection, staged)
    resolved = "(import_id, row_number) in (select (import_id, row_number) from resolved)"
    again = f"select * replace ({own} as resolved_by) from stored_quarantine where {resolved}"
    connection.execute(f"create or replace temp table settled as {again}")
    tables.rewrite(
        "quarantine",
        gone=f"import_id = {own} or {resolved}",
        fresh=f"from settled union all by name from {name}_refused",
    )
    if tables.any(f"from {name}_sightings"):
        fresh = f"select {own} as import_id, {literal(table)} as target, row_key from {name}_sightings order by row_key"
        tables.rewrite("sightings", fresh=fresh)
    counted = count_rows(connection, staged) | {"rows_updated": updated, "replaces": replaces}
    check_stored(connection, staged, counted)
    return counted


def _write_versions(tables: Tables, staged: Staged) -> tuple[int, tuple[str, ...]]:
    """Write what a file says about contacts; return how many were known before, and which imports gave way."""
    connection, name, own = tables.connection, staged.name, literal(staged.job.import_id)
    [(updated,)] = connection.sql(
        f"select count(distinct contact_id) from {name}_versions where contact_id in (select contact_id from versions)"
    ).fetchall()
    gone = f"import_id = {own}"
    replaces: tuple[str, ...] = ()
    if staged.job.source.table == "contacts" and tables.any(f"from {name}_giving_way"):
        gone += f" or (import_id, contact_id) in (select (import_id, contact_id) from {name}_giving_way)"
        query = f"select distinct import_id from {name}_giving_way order by 1"
        replaces = tuple(row[0] for row in connection.sql(query).fetchall())
    connection.execute(
        f"""insert into touched_contacts select coalesce(roots.root, one.contact_id) from (
            select contact_id from {name}_versions union select contact_id from stored_contact_versions where {gone}
        ) as one left join roots on roots.contact_id = one.contact_id"""
    )
    tables.rewrite("contact_versions", gone=gone, fresh=f"from {name}_versions")
    return int(updated), replaces


def _write_rows(tables: Tables, staged: Staged) -> tuple[int, tuple[str, ...]]:
    """Write interactions or assignments; return how many are a newer version of a row, and which imports gave way."""
    connection, name, job = tables.connection, staged.name, staged.job
    table, key, own = job.source.table, ROW_KEYS[job.source.table], literal(job.import_id)
    leaving = []
    if tables.any(f"from stored_{table} where import_id = {own}"):
        leaving.append(f"import_id = {own}")
    replaces: tuple[str, ...] = ()
    given_up = f"(import_id in ({texts(job.older)}) and {key} in (select row_key from {name}_replaced))"
    if tables.any(f"from {name}_replaced"):
        leaving.append(given_up)
        query = f"select distinct import_id from stored_{table} where {given_up} order by 1"
        replaces = tuple(row[0] for row in connection.sql(query).fetchall())
    newer = f"{key} in (select row_key from {name}_newer)"
    [(updated,)] = connection.sql(f"select count(*) from {name}_newer").fetchall()
    if table == "interactions":
        others = f"not coalesce({' or '.join(leaving)}, false)" if leaving else "true"
        connection.execute(
            f"""create or replace temp table superseded_now as
            select *, {own} as superseded_by from stored_interactions where {newer} and {others}"""
        )
        gone = f"import_id = {own} or superseded_by = {own} or {given_up}"
        tables.rewrite("superseded", gone=gone, fresh="from superseded_now")
    if updated:
        leaving.append(newer)
    tables.rewrite(table, gone=" or ".join(leaving), fresh=f"from {name}_accepted")
    return int(updated), replaces
