"""The command that tells which starter segments the data can support, and writes the chosen ones."""

import click

from segment_lib.cli.telling import say_next, telling


@click.command("suggest-segments")
@click.argument("workspace")
@click.option("--as-of", required=True, metavar="DAY", help="The day whose contacts are looked at: 2026-10-31.")
@click.option("--goal", metavar="G", help="A goal of goals.yml, or an objective such as 'keep customers'.")
@click.option("--write", multiple=True, metavar="NAME", help="Write this one into segments.yml; may be given again.")
@click.option("--rules", is_flag=True, help="Show what each is for, and its rule.")
@telling
def suggest_starters(workspace: str, as_of: str, goal: str | None, write: tuple[str, ...], rules: bool) -> None:
    """Tell which ready-made segments the data of WORKSPACE can support, with counts."""
    from segment_lib.segments.starters import suggest_segments, write_segments
    from segment_lib.workspace import open_workspace

    opened = open_workspace(workspace)
    day = opened.as_of(as_of)
    if write:
        path = write_segments(opened, write, goal=goal or "")
        click.echo(f"Wrote {', '.join(write)} to {path.name}.")
        say_next("check", workspace)
        return
    found = suggest_segments(opened, goal, as_of=day)
    click.echo(repr(found))
    if rules:
        for one in found:
            rule = one.starter.rule.replace("\n", "\n    ")
            click.echo(f"\n{one.name} ({', '.join(one.starter.objectives)})\n  {one.starter.why}\n    {rule}")
    if found.ready:
        options = ["--goal", goal] if goal else []
        say_next(
            "suggest-segments", workspace, "--as-of", as_of, *options, "--write", found.ready[0],
            why="adds it to segments.yml",
        )  # fmt: skip
