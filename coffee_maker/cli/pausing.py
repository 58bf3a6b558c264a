"""`coffee-maker pause`, `resume` and `stop`: a person changes their mind about the daemon."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from coffee_maker.cli.options import repo_option
from coffee_maker.domain.errors import UndoError
from coffee_maker.domain.visible import one_line

if TYPE_CHECKING:
    from coffee_maker.store.daemon_lock import DaemonLock

_LOOK_SECONDS = 0.1
_PATIENCE_SECONDS = 40.0  # a session is closed in twenty, what is to be told in some more


@click.command()
@repo_option
def pause(*, repo: Path | None) -> None:
    """Begin no new task until `resume`. The task under way is ended as usual.

    It lasts across restarts: a daemon that is started meanwhile does nothing but wait.
    """
    from coffee_maker.channels.login import login_name
    from coffee_maker.domain.events import DaemonPaused
    from coffee_maker.domain.pause import KINDS
    from coffee_maker.domain.pause import pause as paused
    from coffee_maker.domain.under_way import KINDS as WORK
    from coffee_maker.domain.under_way import under_way
    from coffee_maker.rooms import open_store

    daemon = _daemon(repo)
    with open_store(repo) as store:
        before = paused(store.journal.read(kinds=KINDS))
        if before is None:
            store.journal.append(DaemonPaused(by=login_name()))
        task = under_way(store.journal.read(kinds=WORK)) if daemon else ""
    click.echo(
        f"It is {before}" if before else "Paused: no new task is begun until `coffee-maker resume`."
    )
    if task:
        click.echo(f"{one_line(task)} is under way, and ends as usual.")


@click.command()
@repo_option
def resume(*, repo: Path | None) -> None:
    """Begin new tasks again."""
    from coffee_maker.channels.login import login_name
    from coffee_maker.domain.events import DaemonResumed
    from coffee_maker.domain.pause import KINDS
    from coffee_maker.domain.pause import pause as paused
    from coffee_maker.rooms import open_store

    daemon = _daemon(repo)
    with open_store(repo) as store:
        before = paused(store.journal.read(kinds=KINDS))
        if before is not None:
            store.journal.append(DaemonResumed(by=login_name()))
    who = (
        f"The daemon (process {daemon}) goes on." if daemon else "No daemon runs: coffee-maker run"
    )
    click.echo(f"{'Resumed.' if before else 'It was not paused.'} {who}")


@click.command()
@repo_option
def stop(*, repo: Path | None) -> None:
    """End the daemon that runs; the next start goes on with the task under way.

    Asked a second time while it still closes its session, the daemon ends at once.
    """
    from coffee_maker.domain.under_way import KINDS as WORK
    from coffee_maker.domain.under_way import OUTCOMES, under_way
    from coffee_maker.project import open_project
    from coffee_maker.rooms import project_store
    from coffee_maker.store.daemon_lock import DaemonLock

    project = open_project(repo)
    lock = DaemonLock(project.state_dir)
    with project_store(project) as store:
        begun = store.journal.last()
        task = under_way(store.journal.read(kinds=WORK))
        pid = lock.end()
        if pid is None:
            click.echo("No daemon runs here.")
            return
        if not _has_ended(lock):
            raise UndoError(
                f"the daemon (process {pid}) still closes what it has open",
                cure="ask it again, and it ends at once: coffee-maker stop",
            )
        told = list(store.journal.read(after=begun, task=task)) if task else []
    click.echo(f"The daemon (process {pid}) has ended.")
    if task and not any(isinstance(entry.event, OUTCOMES) for entry in told):
        click.echo(f"{one_line(task)} was under way: `coffee-maker run` goes on with it.")
    for entry in told:
        if isinstance(entry.event, OUTCOMES):
            from coffee_maker.domain.sentences import sentence

            click.echo(f"{one_line(task)}: {sentence(entry.event)}")


def _has_ended(lock: "DaemonLock") -> bool:
    end = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < end:
        if lock.holder() is None:
            return True
        time.sleep(_LOOK_SECONDS)
    return False


def _daemon(repo: Path | None) -> int | None:
    from coffee_maker.project import open_project
    from coffee_maker.store.daemon_lock import DaemonLock

    return DaemonLock(open_project(repo).state_dir).holder()
