"""Commands about segments: what a rule would select, why somebody is in a segment, and its SQL."""

import click

from segment_lib.cli.telling import INPUT_AT_FAULT, say_next, telling

_as_of = click.option("--as-of", required=True, metavar="DAY", help="The day that everything is seen from: 2026-10-31.")


@click.command()
@click.argument("workspace")
@click.argument("rule")
@_as_of
@click.option("--members", is_flag=True, help="List the ids of the members.")
@telling
def preview(workspace: str, rule: str, as_of: str, members: bool) -> None:
    """Tell whom RULE would select among WORKSPACE's contacts; nothing is saved."""
    from segment_lib.segments.preview import preview as preview_rule
    from segment_lib.workspace import open_workspace

    opened = open_workspace(workspace)
    found = preview_rule(opened, rule, as_of=opened.as_of(as_of))
    click.echo(repr(found))
    if members:
        click.echo("\n".join(found.members))
    say_next("explain", workspace, rule, "--as-of", as_of, why="tells what each condition lets through")


@click.command()
@click.argument("workspace")
@click.argument("segment")
@click.option("--contact", default=None, help="Whom to explain: an id or an e-mail address; without it the conditions.")
@_as_of
@telling
def explain(workspace: str, segment: str, contact: str | None, as_of: str) -> None:
    """Tell what each condition of SEGMENT lets through, or why a contact is in it or not, and until when.

    SEGMENT is the name of a smart view, RFM group or cluster of WORKSPACE, or a rule.
    """
    from segment_lib.segments.explaining import explain as explain_segment
    from segment_lib.workspace import open_workspace

    opened = open_workspace(workspace)
    day = opened.as_of(as_of)
    if contact is None:
        click.echo(repr(explain_segment(opened, segment, as_of=day)))
        return
    found = explain_segment(opened, segment, contact, as_of=day)
    click.echo(repr(found))
    if found.status == "no such contact":
        raise SystemExit(INPUT_AT_FAULT)


@click.command()
@click.argument("workspace")
@click.argument("segment")
@_as_of
@click.option("--engine", type=click.Choice(["duckdb", "spark"]), default="duckdb", show_default=True)
@telling
def sql(workspace: str, segment: str, as_of: str, engine: str) -> None:
    """Print the query whose result are the members of SEGMENT, a smart view, RFM group or rule of WORKSPACE."""
    from segment_lib.segments.sql_of import show_sql
    from segment_lib.workspace import open_workspace

    opened = open_workspace(workspace)
    click.echo(show_sql(opened, segment, as_of=opened.as_of(as_of), engine=engine))  # type: ignore[arg-type]
