"""`coffee-maker init`: the first files."""

from pathlib import Path

import click

from coffee_maker.cli.options import repo_option

SAMPLE = """\
# Roadmap

Each priority below becomes one pull request. Change this text, commit and push it; then run
`coffee-maker run`.

## PRIORITY 1: Say hello

**Status**: 📝 Planned
**Estimate**: 1 hour

A first small task, to see how it goes.

- [ ] A function `hello(name)` that returns a greeting
- [ ] A test for it

## PRIORITY 2: Say goodbye

**Status**: 📝 Planned
**Depends on**: PRIORITY 1

- [ ] A function `goodbye(name)`, beside `hello`
- [ ] A test for it
"""


@click.command()
@repo_option
def init(*, repo: Path | None) -> None:
    """Write a commented coffee_maker.toml, and a sample roadmap if there is none.

    Nothing that exists is changed.
    """
    from coffee_maker.config import (
        FILE_NAME,
        find_roadmap,
        load_settings,
        settings_file,
    )
    from coffee_maker.project import project_folder
    from coffee_maker.settings_text import template

    folder = project_folder(repo)
    _write(settings_file(folder) or folder / FILE_NAME, template())
    roadmap = find_roadmap(folder, load_settings(folder))
    _write(folder / roadmap, SAMPLE)
    click.echo(
        f"\nNext: put your work into {roadmap}, commit and push it, then `coffee-maker doctor`."
    )


def _write(path: Path, text: str) -> None:
    if path.exists():
        click.echo(f"kept   {path}")
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    click.echo(f"wrote  {path}")
