"""Commands about segments together: lint, the impact of an edit, history, overlap."""

import click

from segment_lib.cli.telling import say_next, telling
from segment_lib.errors import InvalidOption

_DAY = "2026-10-31"


@click.command()
@click.argument("workspace")
@click.option("--as-of", metavar="DAY", help="The day whose contacts are looked at.  [the last interaction's]")
@telling
def lint(workspace: str, as_of: str | None) -> None:
    """Tell what is probably not meant in the smart views of WORKSPACE, by logic and by the data."""
    from segment_lib.segments.linting import lint_segments
    from segment_lib.workspace import open_workspace

    opened = open_workspace(workspace)
    click.echo(repr(lint_segments(opened, as_of=opened.as_of(as_of) if as_of else None)))


@click.command()
@click.argument("workspace")
@click.argument("segment")
@click.argument("rule")
@click.option("--as-of", required=True, metavar="DAY", help=f"The day that everything is seen from: {_DAY}.")
@click.option("--list", "group", metavar="GROUP", help="List the ids of a group: enter, leave, become unknown ...")
@telling
def impact(workspace: str, segment: str, rule: str, as_of: str, group: str | None) -> None:
    """Tell what RULE in the place of SEGMENT's would do in WORKSPACE: who enters, who leaves; nothing is saved."""
    from segment_lib.segments.impact import measure_impact
    from segment_lib.workspace import open_workspace

    opened = open_workspace(workspace)
    found = measure_impact(opened, segment, rule, as_of=opened.as_of(as_of))
    click.echo(repr(found))
    if group is not None:
        click.echo("\n".join(found.members(group)))  # type: ignore[arg-type]


@click.command()
@click.argument("workspace")
@click.argument("segment", required=False)
@click.option("--contact", metavar="ID", help="In which segments this contact has been, and since when.")
@click.option("--as-of", metavar="DAY", help="Who would have been in SEGMENT on this day, by today's definition.")
@click.option("--between", nargs=2, metavar="DAY DAY", help="Why segments changed between two runs.  [the last two]")
@telling
def history(
    workspace: str, segment: str | None, contact: str | None, as_of: str | None, between: tuple[str, str] | None
) -> None:
    """Tell how SEGMENT moved from run to run, or a contact; without either, why all segments changed."""
    from segment_lib.segments.changes import explain_changes, stored_days
    from segment_lib.segments.history import members, membership_of, segment_history
    from segment_lib.show.segment_history import table_segment_history, table_spells
    from segment_lib.workspace import open_workspace

    if sum(given is not None for given in (segment, contact, between)) > 1:
        raise InvalidOption("one of SEGMENT, --contact and --between must be given, got more.")
    if as_of is not None and segment is None:
        raise InvalidOption("--as-of must stand with a SEGMENT.")
    opened = open_workspace(workspace)
    if segment is not None and as_of is not None:
        found = members(opened, segment, as_of=opened.as_of(as_of))
        click.echo(repr(found))
        click.echo("\n".join(found.contact_ids.to_pylist()))
        return
    if segment is not None:
        click.echo(table_segment_history(segment_history(opened, segment), segment=segment).text)
        say_next("history", workspace, segment, "--as-of", "DAY", why="who was in it on any day")
        return
    if contact is not None:
        click.echo(table_spells(membership_of(opened, contact)).text)
        return
    days = between or [str(day) for day in stored_days(opened)[-2:]]
    if len(days) < 2:
        raise InvalidOption(f"two runs must be stored to tell what changed, got {len(days)}: `segment-lib report`.")
    click.echo(repr(explain_changes(opened, opened.as_of(days[0]), opened.as_of(days[1]))))


@click.command()
@click.argument("workspace")
@click.option("--as-of", required=True, metavar="DAY", help=f"The day that everything is seen from: {_DAY}.")
@telling
def overlap(workspace: str, as_of: str) -> None:
    """Tell how the smart views of WORKSPACE overlap, who is in none, and where its divisions do not hold."""
    from segment_lib.segments.divisions import check_divisions
    from segment_lib.segments.overlap import overlap_of
    from segment_lib.segments.own import load_segments
    from segment_lib.segments.segmentation import segment_contacts
    from segment_lib.workspace import open_workspace

    opened = open_workspace(workspace)
    found = segment_contacts(opened, as_of=opened.as_of(as_of), whole_catalogue=False)
    views = [segment.name for segment in found.segments if segment.kind == "smart view"]
    click.echo(repr(overlap_of(found.members, found.features.select(["contact_id"]), segments=views)))
    for sentence in check_divisions(found, load_segments(opened))["sentence"]:
        click.echo(f"  {sentence}")
