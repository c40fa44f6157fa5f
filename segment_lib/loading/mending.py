"""Refused rows out of the quarantine, mended by a person, and in again: only those rows."""

import csv
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from segment_lib.engine import open_connection, query_frame
from segment_lib.errors import InvalidFile, InvalidOption, MissingColumns, NotFound, list_names
from segment_lib.loading.importing import (
    import_options,
    read_ledger,
    run_jobs,
    staging_folder,
)
from segment_lib.loading.mapping import WHERE_FROM
from segment_lib.loading.plan import MENDED, make_job, plan_source
from segment_lib.loading.recipe import load_recipe
from segment_lib.loading.results import ImportReport, known_result
from segment_lib.loading.sources import ReadOptions, SourceFile, inspect_source, read_source
from segment_lib.workspace import Workspace

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def export_quarantine(
    workspace: Workspace,
    path: Path | str,
    *,
    source: str | None = None,
    outcome: Literal["refused", "kept"] = "refused",
) -> int:
    """Write the open rows of the quarantine to a CSV file, as they were read, for a person to mend.

    Parameters
    ----------
    workspace : whose.
    path : the file to write; it must not be there.
    source : name of a source in import.yml; needed where rows of several are open, since their columns differ.
    outcome : the rows that were `refused`, or those that were `kept` without a cell.

    Returns
    -------
    int
        How many rows were written.

    Raises
    ------
    InvalidOption
        Rows of several sources are open and none is chosen, or the file is there.
    NotFound
        No row is open.

    Notes
    -----
    Cells that a spreadsheet would take for a formula get an apostrophe before them, which `import_mended` takes away.
    A line that was no row stands as it is in `quarantine line`; its cells are to be filled in.
    """
    rows = query_frame(
        f"""select import_id, source, row_number, raw_row, reasons from quarantine
        where outcome = '{"kept" if outcome == "kept" else "refused"}' and resolved_by is null
        order by source, import_id, row_number""",
        {"quarantine": workspace.table("quarantine")},
    ).to_dict("records")
    open_sources = sorted({row["source"] for row in rows})
    chosen = [row for row in rows if source in (None, row["source"])]
    if not chosen:
        raise NotFound(
            f"can't find open rows{f' of `{source}`' if source else ''} in the quarantine of {workspace.name}."
        )
    if len({row["source"] for row in chosen}) > 1:
        raise InvalidOption(f"`source` must be given, since rows of {list_names(open_sources)} are open.")
    named = next((one for one in load_recipe(workspace).sources if one.name == chosen[0]["source"]), None)
    has_ids = named is None or named.table != "interactions" or "interaction_id" in named.columns
    if outcome == "kept" and not has_ids:
        raise InvalidOption(
            f"rows of `{chosen[0]['source']}` have no id, so a mended one would come beside the one that was kept. "
            "Map an `interaction_id`, or have such rows refused by `bad_cells: refuse`."
        )
    target = Path(path)
    if target.exists():
        raise InvalidOption(f"{target} is there already; choose another name.")
    cells = [_cells(row["raw_row"]) for row in chosen]
    columns = list(dict.fromkeys(name for row in cells for name in row if name not in WHERE_FROM)) or _columns(
        workspace, str(chosen[0]["source"])
    )
    with target.open("x", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*WHERE_FROM, *columns])
        for row, given in zip(chosen, cells, strict=True):
            line = "" if given else row["raw_row"]
            origin = [row["import_id"], row["row_number"], "; ".join(row["reasons"]), line]
            writer.writerow([_guarded(str(value)) for value in (*origin, *(given.get(c) or "" for c in columns))])
    return len(chosen)


def import_mended(workspace: Workspace, path: Path | str, *, dry_run: bool = False) -> ImportReport:
    """Import the rows of an exported and mended file, by the recipe as it stands; no other row is touched.

    Parameters
    ----------
    workspace : whose quarantine it came from.
    path : the file, as a spreadsheet has saved it: CSV of any delimiter and encoding, or a workbook.
    dry_run : whether to tell all of it and write nothing.

    Returns
    -------
    ImportReport
        Its rows are no longer open where they came from; one that is refused again is open with its new cells. A row
        that is known as it stands, with a cell that still cannot be read, stays open.

    Raises
    ------
    NotFound
        The file is not there.
    InvalidFile
        It was not exported from this workspace's quarantine, or holds rows of several sources.
    """
    recipe, file = load_recipe(workspace), Path(path)
    with workspace.locked("import"), staging_folder(workspace) as folder:
        ledger = read_ledger(workspace)
        given, rows = _read_mended(workspace, file, folder)
        origins = [_origin(file, row) for row in rows]
        sources = {row["source"] for row in ledger if row["import_id"] in {one for one, _ in origins}}
        found = [source for source in recipe.sources if source.name in sources]
        if len(found) != 1 or len(sources) != 1:
            raise InvalidFile(
                f"{file.name} must hold rows of one source of import.yml, got {list_names(sorted(sources)) or 'none'}."
            )
        plan = plan_source(workspace, recipe, found[0], now=datetime.now(UTC))
        job = make_job(plan, _write_plain(given, rows, folder, needed=plan.mapping.needed()), ledger)
        # It is no other version of the recipe, nor of any file: nothing gives way to it, nor it to the next file.
        job = replace(job, import_id=MENDED + job.import_id, older=(), earlier=(), resolves=tuple(origins))
        standing = [row for row in ledger if row["import_id"] == job.import_id and row["undone_at"] is None]
        if standing:
            return ImportReport((known_result(standing[0]),), dry_run)
        done = run_jobs(workspace, recipe, [job], ledger, folder=folder, dry_run=dry_run)
    return ImportReport(tuple(done.values()), dry_run)


def _cells(raw_row: str) -> dict[str, str | None]:
    """Return the cells of a row as read; none for a line that was no row."""
    try:
        cells = json.loads(raw_row)
    except ValueError:
        return {}
    return cells if isinstance(cells, dict) else {}


def _columns(workspace: Workspace, source: str) -> list[str]:
    """Return the columns of a source's last file."""
    headers = [row["header"] for row in read_ledger(workspace) if row["source"] == source]
    return list(headers[-1] or []) if headers else []


def _guarded(cell: str) -> str:
    return "'" + cell if cell.startswith((*_FORMULA, "'")) else cell


def _read_mended(workspace: Workspace, file: Path, folder: Path) -> tuple[SourceFile, list[list[str | None]]]:
    """Return a mended file and its rows, however a spreadsheet has saved it; no row is left out but empty ones."""
    if not file.is_file():
        raise NotFound(f"can't find the file {file}.")
    begins = f"{file.name} must begin with the columns {list_names(WHERE_FROM)} of an export."
    try:
        given = inspect_source(file, needed=WHERE_FROM)
    except MissingColumns:
        raise InvalidFile(begins) from None
    if given.columns[: len(WHERE_FROM)] != WHERE_FROM:
        raise InvalidFile(begins)
    with open_connection(import_options(workspace, folder)) as connection:
        read = read_source(connection, given, name="mended", folder=folder, exact=True)
        if read.ragged:
            [(number, reason)] = connection.sql("select row_number, reason from mended_ragged limit 1").fetchall()
            raise InvalidFile(f"row {number} of {file.name} must have all cells of its row: {reason}.")
        cells = ", ".join(f"c{place}" for place in range(len(given.columns)))
        rows = connection.sql(f"select {cells} from {read.scan} order by row_number").fetchall()
    return given, [list(row) for row in rows if any(row)]


def _origin(file: Path, row: Sequence[str | None]) -> tuple[str, int]:
    """Return the import and the number of the refused row that a mended one was."""
    import_id, number = row[:2]
    if not import_id or not (number or "").isdecimal():
        raise InvalidFile(
            f"{file.name} must keep `{WHERE_FROM[0]}` and `{WHERE_FROM[1]}` as they were exported, "
            f"got {import_id or ''!r} and {number or ''!r}."
        )
    return import_id, int(number or "")


def _write_plain(
    given: SourceFile, rows: Sequence[Sequence[str | None]], folder: Path, *, needed: Sequence[str]
) -> SourceFile:
    """Write the rows without the apostrophes that guard their cells, a row a line; inspect what is written."""
    plain = folder / "mended.csv"
    with plain.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(given.columns)
        writer.writerows([cell[1:] if cell and cell.startswith("'") else cell for cell in row] for row in rows)
    found = inspect_source(plain, ReadOptions(delimiter=",", encoding="utf-8", header_row=1), needed=needed)
    # By its own name it is known in the ledger.
    return replace(found, path=plain.rename(folder / given.path.name), statements=given.statements)
