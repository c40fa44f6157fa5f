"""The command that proposes what the columns of a file are, and writes what was accepted."""

from pathlib import Path

import click

from segment_lib.cli.telling import say_next, telling


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--workspace", metavar="W", help="Whose currency and country hold, and whose definitions are written.")
@click.option("--table", metavar="T", help="Only this table: contacts, interactions or campaign_assignments.")
@click.option("--region", metavar="ES", help="Country of telephone numbers that name none.  [the workspace's]")
@click.option("--write", is_flag=True, help="Add the recipe to the workspace's import.yml and fields.yml.")
@click.option("--replace", is_flag=True, help="With --write: replace sources and fields of the same names.")
@telling
def suggest(
    file: Path, workspace: str | None, table: str | None, region: str | None, write: bool, replace: bool
) -> None:
    """Propose what every column of FILE is, with the evidence, and a recipe to import it."""
    from segment_lib.errors import InvalidDefinition, InvalidOption
    from segment_lib.loading import suggest_mapping, write_mapping
    from segment_lib.workspace import open_workspace

    if write and not workspace:
        raise InvalidOption("`--write` must stand beside `--workspace`, which says where.")
    if replace and not write:
        raise InvalidOption("`--replace` must stand beside `--write`.")
    opened = open_workspace(workspace) if workspace else None
    found = suggest_mapping(
        file,
        table=table,
        region=region or (opened.settings.country if opened else "") or None,
        currency=opened.settings.currency if opened else None,
    )
    click.echo(repr(found))
    for statement in found.statements:
        click.echo(f"found: {statement}")
    if write and opened is not None and workspace is not None:
        try:
            written = write_mapping(opened, found, replace=replace)
        except InvalidDefinition as error:
            raise InvalidDefinition([one.replace("`replace=True`", "`--replace`") for one in error.faults]) from None
        names = " and ".join(path.name for path in written)
        click.echo(
            f"\nWrote {', '.join(one.source for one in found.tables)} to {names or 'no file: it is there already'}."
        )
        if found.questions:
            click.echo(f"Answer the questions above (?) in import.yml first: {len(found.questions)}.")
        say_next("check", workspace)
    elif found.tables:
        click.echo(f"\n{found.to_yaml()}")
        whose = workspace or "data/my_shop"
        say_next("suggest", str(file), "--workspace", whose, "--write", why="adds this to import.yml and fields.yml")
