"""The group of all commands, and those about workspaces and reports."""

from importlib.metadata import version
from pathlib import Path

import click

from segment_lib.cli.identity_commands import duplicates, merge, unmerge
from segment_lib.cli.import_commands import import_, imports, mend, quarantine, undo
from segment_lib.cli.label_commands import label
from segment_lib.cli.segment_commands import explain, preview, sql
from segment_lib.cli.segments_commands import history, impact, lint, overlap
from segment_lib.cli.starter_commands import suggest_starters
from segment_lib.cli.suggest_command import suggest
from segment_lib.cli.telling import telling, warn


class _Commands(click.Group):
    """Commands in the order in which they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


def _print_version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        click.echo(f"segment-lib {version('segment_lib')}")
        context.exit()


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the version and exit.",
)
def main() -> None:
    """Customer segmentation: from raw files to segments, plans and evidence."""


@main.command()
@click.argument("workspace")
@click.option("--as-of", required=True, metavar="DAY", help="The day that everything is seen from: 2026-10-31.")
@click.option("--reports", type=click.Path(file_okay=False, path_type=Path), help="Folder for reports.  [reports/]")
@click.option(
    "-p", "--parameter", "given", multiple=True, metavar="NAME=VALUE", help="A further parameter of the notebooks."
)
@click.option("--quiet", is_flag=True, help="Show no progress.")
@telling
def report(workspace: str, as_of: str, reports: Path | None, given: tuple[str, ...], quiet: bool) -> None:
    """Run the notebooks on WORKSPACE and write the report.

    A run that fails leaves the last good report as it is, and keeps the notebook with its error.
    """
    from segment_lib.runner import NOTEBOOKS, find_notebooks, read_parameter, run_report
    from segment_lib.runner.checking import check_definitions
    from segment_lib.workspace import open_workspace

    check_definitions(open_workspace(workspace))
    folder = find_notebooks()
    paths = [folder / f"{name}.ipynb" for name in NOTEBOOKS]
    made = run_report(
        workspace,
        as_of=as_of,
        # What is typed starts in the working directory, as with every command.
        reports=reports.absolute() if reports else "reports",
        notebooks=folder,
        progress=not quiet,
        parameters=dict(read_parameter(text, notebooks=paths) for text in given),
    )
    click.echo(f"Report: {made.index} ({made.seconds:.0f} s)")


@main.command()
@click.argument("name")
@telling
def new(name: str) -> None:
    """Make a new workspace; a bare NAME goes into data/."""
    from segment_lib.workspace import new_workspace

    folder = new_workspace(name).folder
    shown = folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder
    click.echo(
        f"Made the workspace {shown}. docs/reference.md lists every field, key and word of a rule. Next:\n"
        f"  1. copy your files into {shown / 'raw'}\n"
        f"  2. segment-lib suggest {shown / 'raw' / 'FILE'} --workspace {shown} --write\n"
        f"     for each of them, contacts first, and read through {shown / 'definitions' / 'import.yml'}\n"
        f"  3. segment-lib check {shown}\n"
        f"  4. segment-lib import {shown}\n"
        f"  5. segment-lib report {shown} --as-of DAY"
    )


main.add_command(suggest)


@main.command()
@click.argument("workspace")
@telling
def check(workspace: str) -> None:
    """Check all of WORKSPACE's definitions and tell every fault at once.

    Files that are absent, or lack a column that import.yml names, are told as warnings, and so are rules of segments
    that nobody or everybody meets, and conditions that change nothing.
    """
    from segment_lib.runner.checking import check_definitions, check_segments, check_sources
    from segment_lib.workspace import open_workspace

    opened = open_workspace(workspace)
    check_definitions(opened)
    warnings = [*check_sources(opened), *check_segments(opened)]
    for warning in warnings:
        warn(f"warning: {warning}")
    click.echo(f"{opened.name}: no faults{f', warnings: {len(warnings)}' if warnings else ''}.")


for command in (
    *(import_, imports, quarantine, mend, undo, duplicates, merge, unmerge, label),
    *(suggest_starters, preview, explain, sql, lint, impact, history, overlap),
):
    main.add_command(command)


@main.command()
@telling
def reference() -> None:
    """Print every field, feature, key and word that definitions may use."""
    from segment_lib.reference import reference_page

    click.echo(reference_page(), nl=False)


@main.command()
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("data", "sample_shop"),
    show_default=True,
    help="The workspace that gets the files.",
)
@click.option("--seed", type=int, default=2026, show_default=True, help="Another seed makes another shop.")
@telling
def sample(folder: Path, seed: int) -> None:
    """Write the sample shop's raw files anew; the same seed gives the same files."""
    from segment_lib.loading.synthetic import add_dirt, make_shop, write_shop

    written = write_shop(add_dirt(make_shop(random_state=seed), random_state=seed), folder)
    click.echo("\n".join(f"{path}  {path.stat().st_size / 1024:,.0f} KiB" for path in written))
