"""Commands about labels: put on and taken off by hand or from a file, applied by rule, listed, and their history."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from segment_lib.cli.telling import say_next, telling, warn
from segment_lib.errors import InvalidOption

if TYPE_CHECKING:
    from segment_lib.segments.labels import LabelEdit
    from segment_lib.workspace import Workspace

_REASON = click.option("--reason", default="", help="Why; it is kept with the label.")
_AT = click.option("--at", metavar="INSTANT", help="When, in the workspace's zone: 2026-10-31T14:00.  [now]")


class _Commands(click.Group):
    """Commands in the order in which they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


@click.group(cls=_Commands)
def label() -> None:
    """Put labels on contacts, take them off, and see who carries what, since when and why."""


@label.command()
@click.argument("workspace")
@click.argument("name")
@click.argument("contacts", nargs=-1, required=True)
@_REASON
@click.option("--expires-after", metavar="WINDOW", help="How long it lasts: 90 days.  [as labels.yml has it]")
@_AT
@telling
def add(
    workspace: str, name: str, contacts: tuple[str, ...], reason: str, expires_after: str | None, at: str | None
) -> None:
    """Put the label NAME on CONTACTS of WORKSPACE: ids or e-mail addresses. No rule takes it off."""
    from segment_lib.segments.labels import add_label
    from segment_lib.workspace import open_workspace

    opened = open_workspace(workspace)
    edit = add_label(opened, contacts, name, now=_instant(opened, at), reason=reason, expires_after=expires_after)
    _tell(edit, f"carry {name} now", "carried it by hand before")
    say_next("label", "remove", workspace, name, contacts[0], why="takes it off again")


@label.command()
@click.argument("workspace")
@click.argument("name")
@click.argument("contacts", nargs=-1, required=True)
@_REASON
@_AT
@telling
def remove(workspace: str, name: str, contacts: tuple[str, ...], reason: str, at: str | None) -> None:
    """Take the label NAME off CONTACTS of WORKSPACE, whoever put it on. No rule puts it on again."""
    from segment_lib.segments.labels import remove_label
    from segment_lib.workspace import open_workspace

    opened = open_workspace(workspace)
    edit = remove_label(opened, contacts, name, now=_instant(opened, at), reason=reason)
    _tell(edit, f"carry {name} no more", "did not carry it")
    say_next("label", "release", workspace, name, contacts[0], why="leaves it to the label's rule again")


@label.command()
@click.argument("workspace")
@click.argument("name")
@click.argument("contacts", nargs=-1, required=True)
@_REASON
@_AT
@telling
def release(workspace: str, name: str, contacts: tuple[str, ...], reason: str, at: str | None) -> None:
    """Leave it to the rule of the label NAME again whether CONTACTS of WORKSPACE carry it."""
    from segment_lib.segments.labels import release_label
    from segment_lib.workspace import open_workspace

    opened = open_workspace(workspace)
    edit = release_label(opened, contacts, name, now=_instant(opened, at), reason=reason)
    _tell(edit, f"are left to the rule of {name}", "were so before")
    say_next("label", "apply", workspace, "--as-of", "DAY")


@label.command("list")
@click.argument("workspace")
@click.option("--as-of", metavar="DAY", help="At the end of this day.  [today]")
@click.option("--label", "name", metavar="NAME", help="Name the contacts that carry this label.")
@click.option("--contact", metavar="ID", help="Name the labels of this contact: its id or e-mail address.")
@click.option("--most", type=click.IntRange(min=1), default=50, show_default=True, help="How many lines are shown.")
@telling
def list_(workspace: str, as_of: str | None, name: str | None, contact: str | None, most: int) -> None:
    """Count who carries which label of WORKSPACE, with conflicts; contacts are named where one asks for them."""
    from segment_lib.segments.labels import find_contact, label_conflicts, labels_at
    from segment_lib.workspace import open_workspace

    opened = open_workspace(workspace)
    day = opened.as_of(as_of or datetime.now(ZoneInfo(opened.settings.time_zone)).date())
    carried, conflicts = labels_at(opened, as_of=day), label_conflicts(opened, as_of=day)
    if name is not None or contact is not None:
        if name is not None:
            carried = carried[carried["label"] == name]
        if contact is not None:
            carried = carried[carried["contact_id"] == find_contact(opened, contact)]
        lines = [
            f"{row['contact_id']}  {row['label']}  since {_day(opened, row['since'])} by {row['sources']}"
            f"{_until(opened, row['expires_at'])}{': ' + row['reason'] if row['reason'] else ''}"
            for row in carried.astype(object).where(carried.notna(), None).to_dict("records")
        ]
        _show(lines, most, nothing=f"{opened.name}: nobody of that kind carries a label on {day.day}.")
        return
    counts = carried.groupby("label").size()
    _show(
        [f"{count:>9,}  {label}" for label, count in counts.items()],
        most,
        nothing=f"{opened.name}: nobody carries a label on {day.day}.",
    )
    for (group, wins), rows in conflicts.groupby(["group", "wins"]):
        warn(f"warning: {len(rows):,} contacts carry several labels of the group {group}; {wins} would win.")
    if len(counts):
        say_next("label", "list", workspace, "--label", str(counts.index[0]), why="names who carries it")


@label.command()
@click.argument("workspace")
@click.option("--contact", metavar="ID", help="Of this contact alone: its id or e-mail address.")
@click.option("--label", "name", metavar="NAME", help="Of this label alone.")
@click.option("--most", type=click.IntRange(min=1), default=50, show_default=True, help="How many lines are shown.")
@telling
def history(workspace: str, contact: str | None, name: str | None, most: int) -> None:
    """Show what happened to labels of WORKSPACE: when, to whom, by whom and why; the latest last."""
    from segment_lib.segments.labels import label_history
    from segment_lib.workspace import open_workspace

    opened = open_workspace(workspace)
    events = label_history(opened, contact=contact, label=name)
    if contact is None:
        # Of one contact what lies ahead is of interest; of all it would hide what happened.
        events = events[(events["event"] != "expires") | (events["at"] <= datetime.now(UTC))]
    shown = events.tail(most)
    if len(shown) < len(events):
        click.echo(f"  ... {len(events) - len(shown):,} earlier; `--most {len(events)}` shows all")
    for row in shown.astype(object).where(shown.notna(), None).to_dict("records"):
        moment = row["at"].astimezone(ZoneInfo(opened.settings.time_zone))
        who = f" by {row['by']}" if row["by"] else ""
        why = f": {row['reason']}" if row["reason"] else ""
        source = f" ({row['source']})" if row["source"] else ""
        click.echo(f"{moment:%Y-%m-%d %H:%M}  {row['contact_id']}  {row['label']}  {row['event']}{who}{source}{why}")
    if not len(events):
        click.echo(f"{opened.name}: there is no such history.")


@label.command()
@click.argument("workspace")
@click.option("--as-of", required=True, metavar="DAY", help="The day that rules are seen from: 2026-10-31.")
@click.option("--dry-run", is_flag=True, help="Tell all of it and write nothing.")
@telling
def apply(workspace: str, as_of: str, dry_run: bool) -> None:
    """Let the rules of WORKSPACE's labels.yml put labels on and take them off, as of a day."""
    from segment_lib.segments.labels import apply_label_rules
    from segment_lib.workspace import open_workspace

    opened = open_workspace(workspace)
    click.echo(repr(apply_label_rules(opened, as_of=opened.as_of(as_of), dry_run=dry_run)))
    if dry_run:
        say_next("label", "apply", workspace, "--as-of", as_of, why="does it")
    else:
        say_next("label", "list", workspace, "--as-of", as_of)


@label.command("import")
@click.argument("workspace")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--label", "name", default="", metavar="NAME", help="The label of rows that name none.")
@click.option("--remove", "off", is_flag=True, help="Take labels off instead of putting them on.")
@click.option("--refused", type=click.Path(dir_okay=False, path_type=Path), help="Write refused rows to this CSV file.")
@_REASON
@_AT
@telling
def import_(
    workspace: str, file: Path, name: str, off: bool, refused: Path | None, reason: str, at: str | None
) -> None:
    """Put labels on the contacts of FILE by hand: it has a column of ids or e-mail addresses, and may name labels."""
    from segment_lib.segments.labels import add_labels_from_file, remove_labels_from_file
    from segment_lib.workspace import open_workspace

    if refused is not None and refused.exists():
        raise InvalidOption(f"{refused} is there already; choose another name.")
    opened = open_workspace(workspace)
    go_through = remove_labels_from_file if off else add_labels_from_file
    report = go_through(opened, file, now=_instant(opened, at), label=name, reason=reason)
    click.echo(repr(report))
    if refused is not None and report.rows_refused:
        report.write_refused(refused)
        click.echo(f"Wrote the refused rows to {refused}. Mend the cells and label them again.")
    elif report.rows_refused:
        click.echo("`--refused rows.csv` writes the refused rows out; what was accepted changes nothing a second time.")


def _instant(workspace: "Workspace", at: str | None) -> datetime:
    if at is None:
        return datetime.now(UTC)
    try:
        given = datetime.fromisoformat(at)
    except ValueError:
        raise InvalidOption(f"`at` must be an instant in the form 2026-10-31T14:00, got {at!r}.") from None
    return given if given.tzinfo else given.replace(tzinfo=ZoneInfo(workspace.settings.time_zone))


def _tell(edit: "LabelEdit", changed: str, unchanged: str) -> None:
    click.echo(f"{len(edit.changed):,} contacts {changed}.")
    if edit.unchanged:
        click.echo(f"{len(edit.unchanged):,} {unchanged}: {', '.join(edit.unchanged[:12])}")


def _show(lines: list[str], most: int, *, nothing: str) -> None:
    click.echo("\n".join(lines[:most]) if lines else nothing)
    if len(lines) > most:
        click.echo(f"  ... and {len(lines) - most:,} more; `--most {len(lines)}` shows all")


def _day(workspace: "Workspace", instant: datetime) -> str:
    return f"{instant.astimezone(ZoneInfo(workspace.settings.time_zone)):%Y-%m-%d}"


def _until(workspace: "Workspace", instant: datetime | None) -> str:
    return f" until {_day(workspace, instant)}" if instant is not None else ""
