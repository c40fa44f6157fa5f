"""Refused rows out of the quarantine, mended by a person, and in again: only those rows."""

import csv
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from segment_lib.engine import query_frame
from segment_lib.errors import InvalidFile, InvalidOption, NotFound, list_names
from segment_lib.loading.importing import ImportReport, known_result, read_ledger, run_jobs, staging_folder
from segment_lib.loading.mapping import WHERE_FROM
from segment_lib.loading.plan import MENDED, make_job, make_mapping
from segment_lib.loading.recipe import load_recipe
from segment_lib.loading.sources import ReadOptions, inspect_source
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
    path : the file.
    dry_run : whether to tell all of it and write nothing.

    Returns
    -------
    ImportReport
        Its rows are no longer open where they came from; one that is refused again is open with its new cells.

    Raises
    ------
    InvalidFile
        It was not exported from this workspace's quarantine, or holds rows of several sources.
    """
    recipe, file = load_recipe(workspace), Path(path)
    with workspace.locked("import"), staging_folder(workspace) as folder:
        ledger = read_ledger(workspace)
        plain = folder / file.name
        origins = _without_guards(file, plain)
        sources = {row["source"] for row in ledger if row["import_id"] in {one for one, _ in origins}}
        found = [source for source in recipe.sources if source.name in sources]
        if len(found) != 1 or len(sources) != 1:
            raise InvalidFile(
                f"{file.name} must hold rows of one source of import.yml, got {list_names(sorted(sources)) or 'none'}."
            )
        options = {"delimiter": ",", "encoding": "utf-8", "header_row": 1, "sheet": None, "member": None}
        source = found[0].model_copy(update=options)
        needed = make_mapping(workspace, recipe, source, datetime.now(UTC)).needed()
        mended = inspect_source(plain, ReadOptions(delimiter=",", encoding="utf-8", header_row=1), needed=needed)
        job = make_job(workspace, recipe, source, mended, ledger, now=datetime.now(UTC))
        # It is no other version of the recipe, nor of any file: nothing gives way to it, nor it to the next file.
        recipe_hash = make_job(workspace, recipe, found[0], mended, ledger, now=datetime.now(UTC)).recipe_hash
        job = replace(
            job,
            import_id=MENDED + job.import_id,
            recipe_hash=recipe_hash,
            older=(),
            earlier=(),
            resolves=tuple(origins),
        )
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


def _without_guards(file: Path, plain: Path) -> list[tuple[str, int]]:
    """Write the file without the apostrophes that guard its cells; return where its rows came from."""
    origins = []
    try:
        with file.open(encoding="utf-8-sig", newline="") as given, plain.open("w", encoding="utf-8", newline="") as out:
            reader, writer = csv.reader(given), csv.writer(out)
            header = next(reader, [])
            if tuple(header[:4]) != WHERE_FROM:
                raise InvalidFile(f"{file.name} must begin with the columns {list_names(WHERE_FROM)} of an export.")
            writer.writerow(header)
            for row in reader:
                if any(row):
                    cells = [cell[1:] if cell.startswith("'") else cell for cell in row]
                    writer.writerow(cells)
                    origins.append((cells[0], int(cells[1])))
    except FileNotFoundError:
        raise NotFound(f"can't find the file {file}.") from None
    except (UnicodeDecodeError, csv.Error, ValueError, IndexError) as error:
        raise InvalidFile(f"{file.name} must be a CSV file in UTF-8 as it was exported: {error}.") from None
    return origins
