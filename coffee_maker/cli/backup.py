"""`coffee-maker backup`: a checked copy of everything that the store holds."""

from datetime import UTC, datetime
from pathlib import Path

import click

from coffee_maker.cli.options import repo_option

KEPT = 7


@click.command()
@repo_option
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Into this new file, which is never removed; else into the state directory's backups.",
)
@click.option(
    "--keep",
    type=click.IntRange(min=1),
    default=KEPT,
    show_default=True,
    metavar="N",
    help="How many of those in the state directory stay.",
)
def backup(*, repo: Path | None, output: Path | None, keep: int) -> None:
    """Copy the journal, the questions and the local pull requests into one SQLite file.

    The daemon may run meanwhile. The copy is opened and its chain is walked before it counts.
    Workspaces and branches are not in it: branches that were pushed are on the remote.

    \b
    To go back to one, with the daemon stopped, in the state directory:
      rm -f journal.db-wal journal.db-shm && cp backups/journal-….db journal.db
    """
    from coffee_maker.project import open_project
    from coffee_maker.rooms import project_store
    from coffee_maker.store.backup import FOLDER, dated, outdated

    project = open_project(repo)
    folder = project.state_dir / FOLDER
    path = output.absolute() if output else dated(folder, datetime.now(UTC))
    with project_store(project) as store:
        found = store.back_up(path)
    entries = "1 entry" if found.count == 1 else f"{found.count:,} entries"
    click.echo(f"{path}\n{entries}, {path.stat().st_size / 1e6:.1f} MB; its chain is whole.")
    if output is None:
        for name in outdated((file.name for file in folder.iterdir()), keep):
            (folder / name).unlink(missing_ok=True)
            click.echo(f"removed {name}")
