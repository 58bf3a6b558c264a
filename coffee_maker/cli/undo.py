"""`coffee-maker skip`, `retry` and `rollback`: a person changes their mind about a task."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from coffee_maker.cli.options import repo_option
from coffee_maker.domain.errors import RoadmapError, UndoError
from coffee_maker.domain.visible import one_line, visible

if TYPE_CHECKING:
    from coffee_maker.autonomous.undo import Desk
    from coffee_maker.project import Project
    from coffee_maker.store.store import Store

_task = click.argument("task")


@click.command()
@_task
@click.option("--reason", default="", help="Why; `status` shows it.")
@repo_option
def skip(*, task: str, reason: str, repo: Path | None) -> None:
    """Put a task aside until it is retried. What depends on it waits.

    A daemon that works on it closes its session; its questions are withdrawn.

    \b
    Example: coffee-maker skip 3 --reason "the design is not settled"
    """
    from coffee_maker.autonomous import undo

    with _desk(repo, task) as (desk, name):
        let_go = undo.skip(desk, name, reason)
    click.echo(f"Skipped {one_line(name)}. Its turn comes again with: {_again('retry', name)}")
    if not let_go:
        raise UndoError(
            f"the daemon (process {desk.daemon}) has not let go of it yet",
            cure="`coffee-maker status` shows when it has",
        )


@click.command()
@_task
@repo_option
def retry(*, task: str, repo: Path | None) -> None:
    """Give a task another turn: one that was parked, failed, skipped or rejected.

    It is a new attempt on the same branch; what was done there is kept.

    \b
    Example: coffee-maker retry 3
    """
    from coffee_maker.autonomous import undo

    with _desk(repo, task) as (desk, name):
        undo.retry(desk, name)
        click.echo(f"{one_line(name)} has another turn. {_who_takes_it_up(desk)}")


@click.command()
@_task
@click.option("--yes", is_flag=True, help="Do not ask.")
@repo_option
def rollback(*, task: str, yes: bool, repo: Path | None) -> None:
    """Take back all that was made for a task; afterwards it is open again.

    Says what it will do, and asks first. What is merged is not touched. A rollback that was
    interrupted is ended by running it again.

    \b
    Examples:
      coffee-maker rollback 3
      coffee-maker rollback "PRIORITY 3" --yes
    """
    from coffee_maker.autonomous.rollback import rollback as steps_of

    with _desk(repo, task) as (desk, name):
        steps = steps_of(desk, name)
        if not steps:
            click.echo(f"Nothing of {one_line(name)} is there to be rolled back.")
            return
        click.echo(f"To roll back {one_line(name)}:")
        for step in steps:
            click.echo(f"  - {visible(step.words)}")
        _ask(name, yes=yes)
        for step in steps:
            step.act()
        click.echo(f"Rolled back {one_line(name)}. {_who_takes_it_up(desk)}")
    click.echo(f"It is not to be begun again? {_again('skip', name)}")


def _ask(name: str, *, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise UndoError(
            "nobody can be asked here, so nothing was done",
            cure=f"{_again('rollback', name)} --yes does it without asking",
        )
    click.confirm("Do it?", abort=True)


@contextmanager
def _desk(repo: Path | None, wanted: str) -> "Iterator[tuple[Desk, str]]":
    """What decisions are carried out with, and the task that is meant. Raises BadParameter."""
    from coffee_maker.channels.login import login_name
    from coffee_maker.cli.task_name import known_task
    from coffee_maker.project import open_project
    from coffee_maker.rooms import open_desk, project_store

    project = open_project(repo)
    with project_store(project) as store:
        name = known_task(wanted, _known(project, store), hint="TASK")
        yield open_desk(project, store, login_name()), name


def _known(project: "Project", store: "Store") -> list[str]:
    """Every task that was begun, or that the roadmap names now."""
    from coffee_maker.roadmap.file import read_text
    from coffee_maker.roadmap.parser import RoadmapParser

    names = list(store.journal.newest())
    with suppress(RoadmapError):  # what was begun once may be named without any roadmap
        text = read_text(project.folder / project.roadmap)
        names += [one.id for one in RoadmapParser().parse(text, project.roadmap).priorities]
    return list(dict.fromkeys(names))


def _who_takes_it_up(desk: "Desk") -> str:
    from coffee_maker.domain.pause import KINDS, pause

    if paused := pause(desk.journal.read(kinds=KINDS)):
        return f"The daemon is {paused}"
    if desk.daemon is not None:
        return f"The daemon (process {desk.daemon}) takes it up when its turn comes."
    return "No daemon runs: coffee-maker run"


def _again(command: str, name: str) -> str:
    return f'coffee-maker {command} "{one_line(name)}"'
