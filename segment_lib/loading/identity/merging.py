"""Two contacts that are one: merged because somebody says so, and taken apart again."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from segment_lib.engine import open_connection
from segment_lib.errors import InvalidOption, NotFound, list_names
from segment_lib.loading.fields import columns_of, load_fields
from segment_lib.loading.identity.resolving import add_roots
from segment_lib.loading.importing import import_options, staging_folder, user_name
from segment_lib.loading.recipe import load_recipe
from segment_lib.loading.writing import Tables
from segment_lib.vocabulary import MERGES, arrow_schema
from segment_lib.workspace import Workspace

# Whatever carries a contact's id, but for what is computed anew with every run.
CARRIERS = ("interactions", "campaign_assignments", "labels")


def merge_contacts(
    workspace: Workspace,
    pairs: Iterable[tuple[str, str]],
    *,
    by: str = "",
    reason: str = "",
    probability: float | None = None,
) -> int:
    """Make one contact of two, several times.

    Parameters
    ----------
    workspace : whose.
    pairs : of the contact that is merged and the one into which it is.
    by : who decided it; the user where not given.
    reason : why.
    probability : how probable it was that both are one, if that was computed.

    Returns
    -------
    int
        How many contacts were merged.

    Raises
    ------
    NotFound
        A contact is not there, or is part of another already.
    InvalidOption
        A contact would be merged into itself, or twice.

    Notes
    -----
    The fields of both are put together as the survivors of import.yml say. Interactions, assignments and labels point
    to the remaining contact and remember, in `merged_from`, whose they were, so that `unmerge_contacts` restores them.
    Later files that hold the merged contact find the remaining one.
    """
    wanted = list(pairs)
    merged = [pair[0] for pair in wanted]
    if (
        any(left == right for left, right in wanted)
        or len(set(merged)) < len(merged)
        or set(merged) & {p[1] for p in wanted}
    ):
        raise InvalidOption("every contact must be merged once, and into one that is not merged itself.")
    now = datetime.now(UTC)
    rows = [
        {
            "merged_id": left,
            "into_id": right,
            "merged_at": now,
            "by": by or user_name(),
            "probability": probability,
            "reason": reason,
        }
        for left, right in wanted
    ]
    with workspace.locked("import"):
        known = set(workspace.table("contacts").to_arrow()["contact_id"].to_pylist())
        missing = sorted({one for pair in wanted for one in pair} - known)
        if missing:
            raise NotFound(
                f"can't find the contacts {list_names(missing)}; merged ones go by the contact that they are in."
            )
        if rows:
            _apply(workspace, pa.Table.from_pylist(rows, schema=arrow_schema(MERGES)), [], merged)
    return len(wanted)


def unmerge_contacts(workspace: Workspace, merged_ids: Sequence[str]) -> int:
    """Take merged contacts apart again; every interaction, assignment and label goes back to whose it was.

    Parameters
    ----------
    workspace : whose.
    merged_ids : contacts that were merged into others.

    Returns
    -------
    int
        How many were taken apart.

    Raises
    ------
    NotFound
        One of them is not merged.
    """
    with workspace.locked("import"):
        standing = {row["merged_id"] for row in load_merges(workspace) if row["undone_at"] is None}
        missing = sorted(set(merged_ids) - standing)
        if missing:
            raise NotFound(
                f"can't find a merge of {list_names(missing)}. Merged: {list_names(sorted(standing)) or 'nobody'}."
            )
        if merged_ids:
            _apply(workspace, None, list(merged_ids), list(merged_ids))
    return len(set(merged_ids))


def load_merges(workspace: Workspace) -> list[dict[str, Any]]:
    """Return all merges, those that were taken back too, the oldest first."""
    rows: list[dict[str, Any]] = workspace.table("merges").to_arrow().to_pylist()
    return sorted(rows, key=lambda row: row["merged_at"])


def _apply(workspace: Workspace, added: pa.Table | None, undone: list[str], changed: list[str]) -> None:
    """Write merges, and let everything point to whom it belongs now."""
    recipe = load_recipe(workspace)
    with (
        staging_folder(workspace) as folder,
        open_connection(import_options(workspace, folder)) as connection,
        workspace.tables.transaction(),
    ):
        tables = Tables(connection, workspace.tables, tuple(load_fields(workspace)), recipe.survivors)
        tables.open()
        connection.execute("create or replace temp table old_roots as from roots")
        connection.register("changed_ids", pa.table({"contact_id": pa.array(changed, pa.string())}))
        if added is not None:
            connection.register("added_merges", added)
            tables.rewrite("merges", fresh="from added_merges")
        if undone:
            chosen = "merged_id in (select contact_id from changed_ids) and undone_at is null"
            again = f"select * replace (now() as undone_at) from stored_merges where {chosen}"
            connection.execute(f"create or replace temp table closed_merges as {again}")
            tables.rewrite("merges", gone=chosen, fresh="from closed_merges")
        merges = connection.sql("from stored_merges where undone_at is null").to_arrow_table().to_pylist()
        add_roots(connection, merges)
        _repoint(tables)
        connection.execute(
            """insert into touched_contacts
            select contact_id from moved union select old_root from moved union select new_root from moved"""
        )
        tables.fold()


def _repoint(tables: Tables) -> None:
    """Let rows point to the contact that theirs is part of now, remembering whose they were."""
    connection = tables.connection
    connection.execute(
        """create or replace temp table moved as
        select contact_id, coalesce(old.root, contact_id) as old_root, coalesce(new.root, contact_id) as new_root
        from (select contact_id from old_roots union select contact_id from roots) as everybody
        left join old_roots as old using (contact_id) left join roots as new using (contact_id)
        where old_root <> new_root"""
    )
    for table in CARRIERS:
        columns = {column.name for column in columns_of(table, tables.fields)}
        assert {"contact_id", "merged_from"} <= columns
        theirs = "coalesce(merged_from, contact_id) in (select contact_id from moved)"
        if not tables.any(f"from stored_{table} where {theirs}"):
            continue
        connection.execute(
            f"""create or replace temp table repointed as select rows.* replace (
                moved.new_root as contact_id,
                case when moved.new_root <> moved.contact_id then moved.contact_id end as merged_from)
            from stored_{table} as rows join moved
            on moved.contact_id = coalesce(rows.merged_from, rows.contact_id)"""
        )
        tables.rewrite(table, gone=theirs, fresh="from repointed")
