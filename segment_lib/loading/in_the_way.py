"""What keeps an import from being taken back, told with what to do first."""

from typing import Any

from segment_lib.errors import NotFound, SegmentLibError, list_names
from segment_lib.loading.plan import is_mended
from segment_lib.loading.settling import LEFT, LEFT_ROW
from segment_lib.loading.writing import Tables
from segment_lib.sql import literal


class InTheWay(SegmentLibError, RuntimeError):
    """An import can't be taken back while others need it."""


def find_import(ledger: list[dict[str, Any]], import_id: str) -> dict[str, Any]:
    """Return an import that stands."""
    for row in ledger:
        if row["import_id"] == import_id:
            if row["undone_at"] is not None:
                raise NotFound(
                    f"the import {import_id} of {row['file']} was taken back on {row['undone_at']:%Y-%m-%d}."
                )
            return row
    last = list_names([f"{row['import_id']} ({row['file']})" for row in reversed(ledger)])
    raise NotFound(f"can't find the import {import_id!r}. The last ones: {last or 'none'}.")


def refuse_if_needed(ledger: list[dict[str, Any]], row: dict[str, Any]) -> None:
    """Refuse what nobody could restore: rows that were not kept, because this import was there."""
    if row["replaces"]:
        raise InTheWay(
            f"the import {row['import_id']} of {row['file']} followed an edit of the recipe and replaced rows of "
            f"{list_names(row['replaces'])}, which can't be restored. Put the recipe back and run the import instead."
        )
    later = [
        other
        for other in ledger
        if other["imported_at"] > row["imported_at"]
        and other["undone_at"] is None
        and (LEFT in (other["skip_reasons"] or "") or LEFT_ROW in (other["skip_reasons"] or ""))
        and other["target"] == row["target"]
    ]
    if later:
        names = list_names([f"{other['import_id']} ({other['file']})" for other in later])
        raise InTheWay(
            f"rows of {names} were left out, by the policy `on_known: skip`, since they were known already; without "
            f"the import {row['import_id']} they may be missing. Take {'it' if len(later) == 1 else 'them'} back first."
        )


def refuse_if_mended(tables: Tables, ledger: list[dict[str, Any]], row: dict[str, Any]) -> None:
    """Refuse while mended rows of the file stand: imported again, they would be there twice."""
    standing = [other["import_id"] for other in ledger if other["undone_at"] is None]
    query = f"select distinct resolved_by from stored_quarantine where import_id = {literal(row['import_id'])}"
    found = [one for (one,) in tables.connection.sql(query).fetchall() if one in standing and is_mended(one)]
    if found:
        raise InTheWay(
            f"refused rows of {row['file']} were mended and imported by {list_names(found)}. Take that back first."
        )
