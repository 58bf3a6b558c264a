"""`coffee-maker config`: the settings as they are read."""

import click

from coffee_maker.cli.options import repo_option


@click.command()
@repo_option
@click.option("--sample", is_flag=True, help="Print a commented file with every setting.")
def config(*, repo: object, sample: bool) -> None:
    """Print the settings that differ from their defaults.

    With --sample: a settings file with every setting, its meaning and its default.

    \b
    Example: coffee-maker config --sample > coffee_maker.toml
    """
    from pathlib import Path

    from coffee_maker.config import load_settings
    from coffee_maker.project import project_folder
    from coffee_maker.settings_text import changed, template

    if sample:
        click.echo(template(), nl=False)
        return
    folder = project_folder(repo if isinstance(repo, Path) else None)
    lines = list(changed(load_settings(folder)))
    click.echo("\n".join(lines) if lines else "Every setting has its default value.")
