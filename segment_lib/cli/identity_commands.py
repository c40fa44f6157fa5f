"""Commands about who is who: contacts that are probably one person, merged by hand and taken apart again."""

import click

from segment_lib.cli.telling import say_next, telling


@click.command()
@click.argument("workspace")
@click.option("--threshold", type=float, default=0.9, show_default=True, help="The lowest probability that is shown.")
@click.option("--most", type=click.IntRange(min=1), default=20, show_default=True, help="How many pairs are shown.")
@telling
def duplicates(workspace: str, threshold: float, most: int) -> None:
    """Show pairs of WORKSPACE's contacts that are probably one person, with reasons; nothing is merged."""
    from segment_lib.loading import propose_duplicates
    from segment_lib.workspace import open_workspace

    opened = open_workspace(workspace)
    contacts = opened.table("contacts")
    if not contacts.num_rows:
        click.echo(f"{opened.name}: there are no contacts yet.")
        say_next("import", workspace)
        return
    found = propose_duplicates(contacts, threshold=threshold)
    click.echo(
        f"{len(found.pairs):,} pairs are probably one person, among {found.n_contacts:,} contacts "
        f"(probability at least {threshold:g}, by {', '.join(found.columns)})."
    )
    for pair in found.pairs.head(most).to_dict("records"):
        ids = f"{pair['contact_id_left']} = {pair['contact_id_right']}"
        click.echo(f"  {pair['probability']:.3f}  {ids}: {pair['reasons']}")
    if len(found.pairs) > most:
        click.echo(f"  ... and {len(found.pairs) - most:,} more; `--most {len(found.pairs)}` shows all")
    if len(found.left_out):
        group = found.left_out.iloc[0]
        click.echo(f"  not compared: who shares only {group['shared']}, as {group['largest']:,} contacts do")
    if len(found.pairs):
        first = found.pairs.iloc[0]
        say_next(
            "merge", workspace, first["contact_id_right"], first["contact_id_left"], why="makes the first pair one"
        )


@click.command()
@click.argument("workspace")
@click.argument("merged")
@click.argument("into")
@click.option("--reason", default="", help="Why; it is kept with the merge.")
@telling
def merge(workspace: str, merged: str, into: str, reason: str) -> None:
    """Make the contact MERGED part of the contact INTO, with all that it did."""
    from segment_lib.loading import merge_contacts
    from segment_lib.workspace import open_workspace

    merge_contacts(open_workspace(workspace), [(merged, into)], reason=reason)
    click.echo(f"Merged {merged} into {into}; what {merged} did, and later files that hold it, belong to {into} now.")
    say_next("unmerge", workspace, merged, why="takes them apart again")


@click.command()
@click.argument("workspace")
@click.argument("merged")
@telling
def unmerge(workspace: str, merged: str) -> None:
    """Take the contact MERGED out of the contact that it was merged into; what it did goes with it."""
    from segment_lib.loading import unmerge_contacts
    from segment_lib.workspace import open_workspace

    unmerge_contacts(open_workspace(workspace), [merged])
    click.echo(f"{merged} is a contact of its own again, with all that it did.")
