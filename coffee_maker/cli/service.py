"""`coffee-maker service`: the daemon in the background, from log-in on."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from coffee_maker.cli.options import repo_option
from coffee_maker.domain.errors import CoffeeMakerError, StoreError

if TYPE_CHECKING:
    from coffee_maker.service.description import Description
    from coffee_maker.service.manager import Manager


@click.group()
def service() -> None:
    """Run the daemon in the background: by systemd, or by launchd on macOS.

    It is a service of your own user: nothing of it needs root.
    """


@service.command()
@repo_option
@click.option("--print", "only_print", is_flag=True, help="Print the description; do nothing.")
def install(*, repo: Path | None, only_print: bool) -> None:
    """Have this project's daemon started now, at every log-in, and again where it fails.

    Whatever this shell's PATH finds, the service finds. Run it again after an update that moved
    coffee_maker, or when the PATH has changed.
    """
    daemon = _daemon(repo)
    if only_print:
        click.echo(_described(daemon), nl=False)
        return
    manager = _manager(daemon)
    installed = manager.file(daemon).exists()
    if not installed:
        _refuse_a_second(daemon)
    manager.install(daemon)
    click.echo(f"{daemon.name} is {'started anew' if installed else 'started'}.")
    click.echo(f"its description:   {manager.file(daemon)}")
    click.echo(manager.next_steps(daemon))


@service.command()
@repo_option
def status(*, repo: Path | None) -> None:
    """What the service manager says about it. Exit code 1 where it does not run."""
    daemon = _daemon(repo)
    manager = _manager(daemon)
    if not manager.file(daemon).exists():
        click.echo("This project has no service: coffee-maker service install")
        sys.exit(1)
    found = manager.status(daemon)
    click.echo(found.text.rstrip())
    sys.exit(0 if found.runs else 1)


@service.command()
@repo_option
def uninstall(*, repo: Path | None) -> None:
    """Stop it and forget it. What the daemon knows stays; `coffee-maker run` goes on with it."""
    daemon = _daemon(repo)
    manager = _manager(daemon)
    if not manager.file(daemon).exists():
        click.echo("This project has no service.")
        return
    manager.uninstall(daemon)
    click.echo(f"{daemon.name} is stopped and removed.")


def _daemon(repo: Path | None) -> Description:
    from coffee_maker.project import open_project
    from coffee_maker.service.description import describe

    project = open_project(repo)
    return describe(project.folder, project.state_dir, os.environ)


def _described(daemon: Description) -> str:
    if sys.platform == "darwin":
        from coffee_maker.service.launchd import plist

        return plist(daemon)
    from coffee_maker.service.systemd import unit

    return unit(daemon)


def _manager(daemon: Description) -> Manager:
    """Raises CoffeeMakerError where there is none, with what to run instead."""
    if sys.platform == "darwin":
        from coffee_maker.service.launchd import Launchd

        return Launchd()
    from coffee_maker.service.systemd import SystemdUser, runs_here

    if not runs_here():
        run, state = shlex.join(daemon.command), shlex.quote(str(daemon.state_dir))
        raise CoffeeMakerError(
            "systemd does not run on this machine, so it cannot look after a service",
            cure=f"mkdir -p {state} && nohup {run} >>{state}/daemon.log 2>&1 &",
        )
    return SystemdUser(os.environ)


def _refuse_a_second(daemon: Description) -> None:
    from coffee_maker.store.daemon_lock import DaemonLock

    holder = DaemonLock(daemon.state_dir).holder()
    if holder is not None:
        raise StoreError(
            f"a daemon (process {holder}) looks after this project already",
            cure="end it first: it goes on as the service where it was",
        )
