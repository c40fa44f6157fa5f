"""Commands about imports: what was brought, what was refused, and how either is put right."""

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from segment_lib.cli.telling import say_next, telling, warn

if TYPE_CHECKING:
    from segment_lib.loading import ImportReport
    from segment_lib.workspace import Workspace

OUTCOMES = (("accepted", "accepted"), ("quarantined", "refused"), ("skipped", "skipped"))


@click.command("import")
@click.argument("workspace")
@click.option("--dry-run", is_flag=True, help="Tell all of it and write nothing.")
@click.option("--again", multiple=True, metavar="ID", help="Make an import that was taken back again; repeatable.")
@telling
def import_(workspace: str, dry_run: bool, again: tuple[str, ...]) -> None:
    """Import WORKSPACE's raw files into its tables; what is known already changes nothing."""
    from segment_lib.loading import import_files, load_recipe
    from segment_lib.workspace import open_workspace

    opened = open_workspace(workspace)
    if not load_recipe(opened).sources:
        click.echo("import.yml names no file yet.")
        say_next("suggest", "FILE", "--workspace", workspace, "--write", why="proposes what its columns are")
        return
    report = import_files(opened, dry_run=dry_run, again=again)
    click.echo(repr(report))
    made = {result.import_id for result in report.results if result.status == "new"}
    for one in again:
        if one not in made:
            warn(f"warning: {one} was not made again: its file or its recipe is no longer what it was.")
    for result in report.results:
        if not result.rows_accepted and not result.rows_skipped:
            warn(f"warning: not one row of {result.file} was accepted for {result.target}.")
        if result.status == "undone":
            say_next("import", workspace, "--again", result.import_id, why=f"brings {result.file} back")
    if dry_run:
        say_next("import", workspace, why="does it")
    elif not _tell_open_rows(opened, workspace):
        say_next("report", workspace, "--as-of", "DAY")


@click.command()
@click.argument("workspace")
@telling
def imports(workspace: str) -> None:
    """Show every import of WORKSPACE: who, when, rows and amounts by outcome, and whether it was taken back."""
    from segment_lib.loading.importing import read_ledger
    from segment_lib.workspace import open_workspace

    opened = open_workspace(workspace)
    rows = read_ledger(opened)
    if not rows:
        click.echo(f"{opened.name}: nothing was imported yet.")
        say_next("import", workspace)
        return
    zone = ZoneInfo(opened.settings.time_zone)
    texts = [
        [row["import_id"], _moment(row["imported_at"], zone), row["imported_by"] or "", row["file"], row["target"]]
        for row in rows
    ]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    heads = ("import", "when", "who", "file", "table")
    numbers = ("read", "accepted", "refused", "skipped", "updated")
    click.echo(_line(heads, widths) + "".join(f"{name:>10}" for name in numbers))
    for row, cells in zip(rows, texts, strict=True):
        counts = [row[f"rows_{name}"] or 0 for name in ("read", "accepted", "quarantined", "skipped", "updated")]
        click.echo(_line(cells, widths) + "".join(f"{count:>10,}" for count in counts))
        for currency, amounts in json.loads(row["amounts"] or "{}").items():
            click.echo(f"    {currency or 'no currency'}: {_balance(amounts)}")
        if row["undone_at"] is not None:
            click.echo(f"    taken back {_moment(row['undone_at'], zone)} by {row['undone_by']}")
    say_next("undo", workspace, "ID", why="takes one back")


@click.command()
@click.argument("workspace")
@click.option("--export", type=click.Path(dir_okay=False, path_type=Path), help="Write the open rows to this CSV file.")
@click.option("--source", metavar="NAME", help="Rows of this source of import.yml alone.")
@click.option("--kept", is_flag=True, help="Rows that were kept without a cell or flagged, not those refused.")
@telling
def quarantine(workspace: str, export: Path | None, source: str | None, kept: bool) -> None:
    """Count WORKSPACE's refused rows by reason, or export them to be mended."""
    from segment_lib.loading import export_quarantine
    from segment_lib.workspace import open_workspace

    opened = open_workspace(workspace)
    if export is not None:
        written = export_quarantine(opened, export, source=source, outcome="kept" if kept else "refused")
        click.echo(f"Wrote {_rows(written)} to {export}. Mend the cells, and leave the first four columns as they are.")
        say_next("mend", workspace, str(export), why="brings them in")
        return
    counted = _count_open(opened, kept=kept, source=source)
    if not counted:
        click.echo(f"{opened.name}: no {'row with a faulty cell' if kept else 'refused row'} is open.")
        return
    for row in counted:
        click.echo(f"{row['rows']:>9,}  {row['source']}  {row['file']}: {row['reason']}")
    words = [*(["--kept"] if kept else []), "--source", str(counted[0]["source"]), "--export", "rows.csv"]
    say_next("quarantine", workspace, *words, why="writes them out, to be mended")


@click.command()
@click.argument("workspace")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Tell all of it and write nothing.")
@telling
def mend(workspace: str, file: Path, dry_run: bool) -> None:
    """Import the rows of FILE, exported from WORKSPACE's quarantine and mended; no other row is touched."""
    from segment_lib.loading import import_mended
    from segment_lib.workspace import open_workspace

    opened = open_workspace(workspace)
    report: ImportReport = import_mended(opened, file, dry_run=dry_run)
    click.echo(repr(report))
    if dry_run:
        say_next("mend", workspace, str(file), why="does it")
    elif not _tell_open_rows(opened, workspace):
        click.echo("No refused row is open any more.")


@click.command()
@click.argument("workspace")
@click.argument("import_id")
@telling
def undo(workspace: str, import_id: str) -> None:
    """Take one import of WORKSPACE back, also when later ones stand on it; `imports` shows their ids."""
    from segment_lib.loading import undo_import
    from segment_lib.loading.plan import MENDED
    from segment_lib.workspace import open_workspace

    report = undo_import(open_workspace(workspace), import_id)
    click.echo(repr(report))
    if import_id.startswith(MENDED):
        say_next("mend", workspace, report.file, why="brings the mended rows in again")
    else:
        click.echo("Imports leave this file alone from now on.")
        say_next("import", workspace, "--again", import_id, why="brings it back")


def _tell_open_rows(opened: "Workspace", workspace: str) -> bool:
    """Tell how many refused rows wait to be mended; return whether there are any."""
    from segment_lib.engine import run_sql

    query = f"select count(*) as rows from quarantine where {_open()}"
    [found] = run_sql(query, {"quarantine": opened.table("quarantine")}).to_pylist()
    if not found["rows"]:
        return False
    click.echo(f"Refused and kept in the quarantine: {_rows(found['rows'])}.")
    say_next("quarantine", workspace, why="counts them by reason, and writes them out to be mended")
    return True


def _count_open(workspace: "Workspace", *, kept: bool, source: str | None) -> list[dict[str, Any]]:
    """Count the rows that `export_quarantine` would write, by source, file and reason without the cell's value."""
    from segment_lib.engine import run_sql

    query = f"""select source, file, regexp_replace(reason, '(: ).*$', '', 's') as reason, count(*) as rows
        from (select source, file, unnest(reasons) as reason from quarantine where {_open(kept, source)})
        group by all order by rows desc, source, file, reason"""
    counted: list[dict[str, Any]] = run_sql(query, {"quarantine": workspace.table("quarantine")}).to_pylist()
    return counted


def _open(kept: bool = False, source: str | None = None) -> str:
    from segment_lib.sql import literal

    chosen = f" and source = {literal(source)}" if source else ""
    return f"outcome = '{'kept' if kept else 'refused'}' and resolved_by is null{chosen}"


def _moment(instant: datetime, zone: ZoneInfo) -> str:
    return f"{instant.astimezone(zone):%Y-%m-%d %H:%M}"


def _balance(amounts: Mapping[str, str]) -> str:
    parts = [f"{Decimal(amounts[name]):,.2f} {word}" for name, word in OUTCOMES if name in amounts]
    return f"{Decimal(amounts['read']):,.2f} read = {' + '.join(parts)}"


def _line(cells: tuple[str, ...] | list[str], widths: list[int]) -> str:
    return "  ".join(f"{cell:<{max(width, 6)}}" for cell, width in zip(cells, widths, strict=True))


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"
