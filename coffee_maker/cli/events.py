"""`coffee-maker events`: everything that happened, in order."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from coffee_maker.cli.options import json_option, repo_option
from coffee_maker.domain.events import Entry
from coffee_maker.domain.sentences import sentence
from coffee_maker.domain.visible import visible

if TYPE_CHECKING:
    from coffee_maker.store.store import Store

FOLLOWED = 10  # entries shown before those to come, as `tail -f` does

Show = Callable[[Entry], None]


@click.command()
@repo_option
@click.option("--task", help="Only what belongs to this task.")
@click.option("--last", type=click.IntRange(min=0), metavar="N", help="Only the newest N.")
@click.option("--follow", is_flag=True, help=f"Wait for more; begins with the last {FOLLOWED}.")
@json_option
def events(
    *, repo: Path | None, task: str | None, last: int | None, follow: bool, as_json: bool
) -> None:
    """Everything that happened, in order: one sentence, or one line of JSON, for each.

    \b
    Examples:
      coffee-maker events --last 20
      coffee-maker events --task 3 --follow
      coffee-maker events --json | jq 'select(.kind == "question.answered")'
    """
    from coffee_maker.rooms import open_store

    show = _as_json() if as_json else _as_sentences()
    with open_store(repo) as store:
        _tell(store, show, task=task, last=FOLLOWED if follow and last is None else last, on=follow)


def _tell(store: "Store", show: Show, *, task: str | None, last: int | None, on: bool) -> None:
    from coffee_maker.cli.task_name import known_task

    of_task = None if task is None else known_task(task, store.journal.newest())
    after = 0 if last is None else store.journal.before_newest(last, task=of_task)
    read = store.journal.follow if on else store.journal.read
    if not store.journal.last():
        told = "waiting for it" if on else "`coffee-maker run --once` does the next task"
        click.echo(f"Nothing has happened yet: {told}.", err=True)  # not where programs read
    try:
        for entry in read(after=after, task=of_task):
            show(entry)
    except KeyboardInterrupt:
        return  # how following ends


def _as_json() -> Show:
    from coffee_maker.store.codec import entry_line

    return lambda entry: click.echo(entry_line(entry))


def _as_sentences() -> Show:
    if not sys.stdout.isatty():
        return lambda entry: click.echo("".join(_parts(entry)))

    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)

    def show(entry: Entry) -> None:
        at, task, told = _parts(entry)
        console.print(Text.assemble((at, "dim"), (task, "bold"), told))

    return show


def _parts(entry: Entry) -> tuple[str, str, str]:
    """When, in local time, which task, and what."""
    task = f"{visible(entry.task, keep='')}: " if entry.task else ""
    return f"{entry.at.astimezone():%Y-%m-%d %H:%M:%S}  ", task, sentence(entry.event)
