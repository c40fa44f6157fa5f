"""Taking one import back: what only it has brought goes, what others brought too stays as theirs."""

from dataclasses import dataclass
from datetime import UTC
from typing import Any

from segment_lib.engine import open_connection
from segment_lib.errors import list_names
from segment_lib.loading.fields import load_fields
from segment_lib.loading.importing import import_options, read_ledger, staging_folder, user_name
from segment_lib.loading.in_the_way import InTheWay, find_import, refuse_if_mended, refuse_if_needed
from segment_lib.loading.recipe import ImportFile, load_recipe
from segment_lib.loading.results import say_rows
from segment_lib.loading.rows import ROW_KEYS
from segment_lib.loading.writing import Tables
from segment_lib.sql import literal
from segment_lib.workspace import Workspace


@dataclass(frozen=True)
class UndoReport:
    """What became of the rows of an import that was taken back, by table."""

    import_id: str
    file: str
    removed: dict[str, int]
    handed_over: dict[str, int]
    restored: dict[str, int]

    def __repr__(self) -> str:
        """Return one line a table."""
        lines = [f"Import {self.import_id} of {self.file} was taken back."]
        for table in sorted({*self.removed, *self.handed_over, *self.restored}):
            lines.append(
                f"  {table}: {say_rows(self.removed.get(table, 0))} removed, {self.handed_over.get(table, 0):,} kept "
                f"that later imports brought too, {self.restored.get(table, 0):,} older versions restored"
            )
        return "\n".join(lines)


def undo_import(workspace: Workspace, import_id: str) -> UndoReport:
    """Take one import back, also when later ones stand on it.

    Parameters
    ----------
    workspace : whose.
    import_id : from the ledger, see `segment_lib.loading.load_imports`.

    Returns
    -------
    UndoReport

    Raises
    ------
    NotFound
        There is no such import, or it was taken back before.
    InTheWay
        Others need it: the message names them, and what to do first. Nothing has changed.

    Notes
    -----
    Afterwards the tables are as if the file had never been imported: a row that a later file held too becomes a row of
    that import, a row that had replaced an older version gives way to it again. `import_files` leaves the file alone
    from then on, unless it is asked for with `again`.
    """
    recipe = load_recipe(workspace)
    with workspace.locked("import"), staging_folder(workspace) as folder:
        ledger = read_ledger(workspace)
        row = find_import(ledger, import_id)
        refuse_if_needed(ledger, row)
        with open_connection(import_options(workspace, folder)) as connection, workspace.tables.transaction():
            tables = Tables(connection, workspace.tables, tuple(load_fields(workspace)), recipe.survivors)
            tables.open()
            report = UndoReport(import_id, row["file"], {}, {}, {})
            refuse_if_mended(tables, ledger, row)
            _add_times(tables, ledger, import_id)
            _undo_versions(tables, report)
            _undo_rows(tables, report, "interactions")
            _undo_rows(tables, report, "campaign_assignments")
            _keep_contacts(tables, recipe, ledger, row)
            own = literal(import_id)
            # What it had judged anew waits again, unless a later import has judged the same row since.
            tables.rewrite(
                "quarantine",
                gone=f"import_id = {own} or resolved_by = {own}",
                fresh=f"""select row.* replace (next.resolved_by as resolved_by)
                from stored_quarantine as row left join (
                    select raw_row, max(resolved_by) as resolved_by from stored_quarantine where import_id = {own}
                    group by raw_row) as next on next.raw_row = row.raw_row
                where row.resolved_by = {own} and row.import_id <> {own}""",
            )
            tables.rewrite("sightings", gone=f"import_id = {own} or {_used_sightings()}")
            tables.fold()
            undone = f"select * replace (now() as undone_at, {literal(user_name())} as undone_by) "
            tables.rewrite(
                "imports", gone=f"import_id = {own}", fresh=f"{undone} from stored_imports where import_id = {own}"
            )
    return report


def _add_times(tables: Tables, ledger: list[dict[str, Any]], import_id: str) -> None:
    """Make the table `times` of imports that stand, but for the one that is taken back, and `gone_import` of that."""
    connection = tables.connection
    connection.execute("create or replace temp table times (import_id varchar, instant timestamptz)")
    for row in ledger:
        if row["undone_at"] is None:
            instant = f"{literal(row['imported_at'].astimezone(UTC).isoformat())}::timestamptz"
            connection.execute(f"insert into times values ({literal(row['import_id'])}, {instant})")
    connection.execute(
        f"""create or replace temp table gone_import as from times where import_id = {literal(import_id)}"""
    )
    connection.execute(f"delete from times where import_id = {literal(import_id)}")
    connection.execute("create or replace temp table used (import_id varchar, target varchar, row_key varchar)")


def _used_sightings() -> str:
    return "(import_id, target, row_key) in (select (import_id, target, row_key) from used)"


def _undo_versions(tables: Tables, report: UndoReport) -> None:
    """Take statements about contacts back; those that a later file of the source repeated become its own."""
    connection, own = tables.connection, literal(report.import_id)
    key = "origin || chr(31) || contact_id"
    # Only until the source said something else: from then on its files repeated that.
    connection.execute(
        f"""create or replace temp table heirs as
        with mine as (select *, {key} as _key from stored_contact_versions where import_id = {own}),
        nexts as (
            select mine._key, min(later.brought_at) as instant from mine join stored_contact_versions as later
            on later.origin || chr(31) || later.contact_id = mine._key and later.brought_at > mine.brought_at
            group by all
        )
        select mine._key, arg_min(times.import_id, times.instant) as import_id, min(times.instant) as instant
        from mine join stored_sightings as seen on seen.target = 'contacts' and seen.row_key = mine._key
        join times on times.import_id = seen.import_id left join nexts on nexts._key = mine._key
        where times.instant < coalesce(nexts.instant, timestamptz 'infinity') group by all"""
    )
    [(rows, heirs)] = connection.sql(
        f"""select count(distinct v.contact_id), count(distinct heirs._key) from stored_contact_versions as v
        left join heirs on heirs._key = {key} where v.import_id = {own}"""
    ).fetchall()
    if not rows:
        return
    connection.execute("insert into used select import_id, 'contacts', _key from heirs")
    connection.execute(
        f"""insert into touched_contacts select coalesce(root, v.contact_id) from stored_contact_versions as v
        left join roots using (contact_id) where import_id = {own}"""
    )
    connection.execute(
        f"""create or replace temp table inherited as
        select v.* replace (heirs.import_id as import_id, heirs.instant as brought_at) from stored_contact_versions as v
        join heirs on heirs._key = {key} where v.import_id = {own}"""
    )
    tables.rewrite("contact_versions", gone=f"import_id = {own}", fresh="from inherited")
    report.removed["contacts"], report.handed_over["contacts"] = rows - heirs, heirs


def _undo_rows(tables: Tables, report: UndoReport, table: str) -> None:
    """Take interactions or assignments back, and older versions out of the history again."""
    connection, own, key = tables.connection, literal(report.import_id), ROW_KEYS[table]
    _add_row_heirs(tables, report.import_id, f"stored_{table}", table, until="timestamptz 'infinity'")
    [(rows, heirs)] = connection.sql(
        f"""select count(*), count(heirs._key) from stored_{table} left join heirs on heirs._key = {key}
        where stored_{table}.import_id = {own}"""
    ).fetchall()
    connection.execute(
        f"""create or replace temp table staying as
        select s.* replace (heirs.import_id as import_id) from stored_{table} as s
        join heirs on heirs._key = {key} where s.import_id = {own}"""
    )
    restored = 0
    if table == "interactions":
        # Older versions return where the import's own is the one that stands, and gives up its place.
        standing = f"select interaction_id from stored_interactions where import_id = {own}"
        gone = f"superseded_by = {own} and interaction_id in ({standing} except select interaction_id from staying)"
        connection.execute(
            f"""create or replace temp table returned as
            select * exclude (superseded_by) from stored_superseded where {gone}"""
        )
        # Elsewhere they stay in the history, before whatever came after the import's version.
        connection.execute(
            f"""create or replace temp table still_superseded as
            select s.* replace (coalesce(heirs.import_id, next.superseded_by) as superseded_by)
            from stored_superseded as s left join heirs on heirs._key = s.interaction_id
            left join stored_superseded as next
                on next.interaction_id = s.interaction_id and next.import_id = {own}
            where s.superseded_by = {own} and coalesce(heirs.import_id, next.superseded_by) is not null"""
        )
        [(restored,)] = connection.sql("select count(*) from returned").fetchall()
        connection.execute("insert into staying by name from returned")
        tables.rewrite("superseded", gone=f"superseded_by = {own}", fresh="from still_superseded")
        _undo_history(tables, report.import_id)
    connection.execute(f"insert into used select import_id, {literal(table)}, _key from heirs")
    if rows or restored:
        tables.rewrite(table, gone=f"import_id = {own}", fresh="from staying")
        report.removed[table], report.handed_over[table] = rows - heirs, heirs
        report.restored[table] = restored


def _undo_history(tables: Tables, import_id: str) -> None:
    """Take the import's rows out of the history: the chain of versions closes over the gap."""
    connection, own = tables.connection, literal(import_id)
    if not tables.any(f"from stored_superseded where import_id = {own}"):
        return
    until = "(select min(instant) from times where times.import_id = stored_superseded.superseded_by)"
    connection.execute("create or replace temp table heirs_before as from heirs")
    _add_row_heirs(tables, import_id, "stored_superseded", "interactions", until=until)
    connection.execute("insert into used select import_id, 'interactions', _key from heirs")
    connection.execute(
        f"""create or replace temp table history as
        select s.* replace (heirs.import_id as import_id) from stored_superseded as s
        join heirs on heirs._key = s.interaction_id where s.import_id = {own}"""
    )
    tables.rewrite("superseded", gone=f"import_id = {own}", fresh="from history")
    connection.execute("create or replace temp table heirs as from heirs_before")


def _add_row_heirs(tables: Tables, import_id: str, rows: str, table: str, *, until: str) -> None:
    """Make the table `heirs` of the import's rows that a later file held as they stand: the earliest such import."""
    key = ROW_KEYS[table]
    tables.connection.execute(
        f"""create or replace temp table heirs as
        with mine as (select {key} as _key, {until} as until from {rows} where import_id = {literal(import_id)})
        select mine._key, arg_min(times.import_id, times.instant) as import_id
        from mine join stored_sightings as seen on seen.target = {literal(table)} and seen.row_key = mine._key
        join times on times.import_id = seen.import_id
        where times.instant > (select instant from gone_import)
            and times.instant < coalesce(mine.until, timestamptz 'infinity')
        group by mine._key"""
    )


def _keep_contacts(tables: Tables, recipe: ImportFile, ledger: list[dict[str, Any]], row: dict[str, Any]) -> None:
    """Make contacts anew whose rows would have made them, and refuse where rows would be left without their contact."""
    connection = tables.connection
    creating = {source.name for source in recipe.sources if source.unknown_contacts == "create"}
    sources = {other["import_id"]: other["source"] for other in ledger}
    connection.execute(
        """create or replace temp table orphans as
        select coalesce(merged_from, contact_id) as contact_id, import_id, occurred_at as happened
        from stored_interactions
        where contact_id is not null and coalesce(merged_from, contact_id) not in (select contact_id from versions)
        union all by name
        select coalesce(merged_from, contact_id) as contact_id, import_id, null::timestamptz as happened
        from stored_campaign_assignments
        where coalesce(merged_from, contact_id) not in (select contact_id from versions)"""
    )
    waiting = dict(
        connection.sql("select import_id, count(*) from orphans where import_id is not null group by 1").fetchall()
    )
    stuck = {one: rows for one, rows in waiting.items() if sources.get(one) not in creating}
    if stuck:
        files = {other["import_id"]: other["file"] for other in ledger}
        names = list_names([f"{rows:,} rows of {one} ({files.get(one, 'unknown')})" for one, rows in stuck.items()])
        raise InTheWay(
            f"{names} are of contacts whom only the import {row['import_id']} of {row['file']} knows. Take "
            f"{'it' if len(stuck) == 1 else 'them'} back first."
        )
    if waiting:
        tables.rewrite(
            "contact_versions",
            fresh="""select arg_min(times.import_id, times.instant) as import_id,
                arg_min(imports.source, times.instant) as origin, min(times.instant) as brought_at,
                orphans.contact_id, min(orphans.happened) as acquired_at
            from orphans join times using (import_id) join stored_imports as imports using (import_id)
            group by orphans.contact_id""",
        )
        connection.execute("insert into touched_contacts select contact_id from orphans")
