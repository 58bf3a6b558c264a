"""`coffee-maker roadmap`: what the roadmap says, what comes next, what is wrong with it."""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from coffee_maker.cli.options import json_option, repo_option
from coffee_maker.domain.errors import RoadmapError
from coffee_maker.domain.roadmap import Priority, Roadmap
from coffee_maker.domain.visible import one_line

_HEADER = ("ID", "STATUS", "BOXES", "TITLE", "ESTIMATE", "WAITS FOR")
_STYLES = {"done": "green", "in progress": "yellow", "blocked": "red", "optional": "dim"}

path_argument = click.argument(
    "path", required=False, default=None, type=click.Path(dir_okay=False, path_type=Path)
)


@click.group()
def roadmap() -> None:
    """Read the roadmap: show, next, check.

    PATH is the roadmap's file. Without it: the one in the settings, else ROADMAP.md or
    docs/ROADMAP.md, in this folder (or that of --repo) or at the top of its repository.

    \b
    Example of a roadmap:
      ## PRIORITY 1: Greet people by name
      **Status**: 📝 Planned
      - [ ] `greet(name)` returns "Hello, <name>!"
    \b
      ## PRIORITY 2: Greet in French
      **Status**: 📝 Planned
      **Depends on**: PRIORITY 1
      - [ ] `greet(name, language="fr")`
    """


@roadmap.command()
@path_argument
@repo_option
@json_option
def show(*, path: Path | None, repo: Path | None, as_json: bool) -> None:
    """Show every priority: its status, check boxes and dependencies.

    \b
    Examples:
      coffee-maker roadmap show
      coffee-maker roadmap show docs/ROADMAP.md --json | jq '.priorities[].id'
    """
    read = _read(_place(path, repo))
    if as_json:
        _print_json(_facts(read))
    elif sys.stdout.isatty():
        _print_table(read)
    else:
        click.echo("\n".join(_aligned([_HEADER, *_rows(read)])))
    if read.problems and not as_json:
        count = len(read.problems)
        noun = "problem" if count == 1 else "problems"
        click.echo(f"{count} {noun}: see `coffee-maker roadmap check`", err=True)


@roadmap.command("next")
@path_argument
@repo_option
@json_option
def next_priority(*, path: Path | None, repo: Path | None, as_json: bool) -> None:
    """Show the priority that is to be worked on next, and what the others wait for.

    This looks at the document alone; `coffee-maker run --dry-run` also knows what was delivered.

    \b
    Example:
      coffee-maker roadmap next
    """
    from coffee_maker.roadmap.choice import choose, waiting

    read = _read(_place(path, repo))
    chosen, others = choose(read), waiting(read)
    if as_json:
        _print_json(
            {
                "path": read.path,
                "next": _priority(chosen) if chosen else None,
                "waiting": [{"id": priority.id, "reason": reason} for priority, reason in others],
            }
        )
        return
    click.echo("\n".join(_told(read, chosen)))
    for priority, reason in others:
        click.echo(f"  {one_line(priority.id)}: {one_line(reason)}")


@roadmap.command()
@path_argument
@repo_option
def check(*, path: Path | None, repo: Path | None) -> None:
    """Say what a person should mend in the roadmap; exit code 1 where there is anything.

    \b
    Example:
      coffee-maker roadmap check && git push
    """
    where = _place(path, repo)
    try:
        read = _read(where)
    except RoadmapError as error:
        if not error.line:
            raise
        click.echo(f"{where}:{error.line}: {one_line(str(error))}; {one_line(error.cure)}")
        raise click.exceptions.Exit(1) from error
    for problem in read.problems:
        click.echo(f"{where}:{problem.line}: {one_line(problem.message)}")
    if read.problems:
        raise click.exceptions.Exit(1)
    count = len(read.priorities)
    click.echo(f"{where}: {count} {'priority' if count == 1 else 'priorities'}, no problem")


def _read(path: Path) -> Roadmap:
    from coffee_maker.roadmap.parser import RoadmapParser

    return RoadmapParser().read(path)


def _place(path: Path | None, repo: Path | None) -> Path:
    """The file that is meant, as seen from the current folder. Raises RoadmapError."""
    if path is None:
        return _usual_place(Path.cwd() if repo is None else repo.absolute())
    return path if repo is None else repo / path


def _usual_place(here: Path) -> Path:
    from coffee_maker.config import find_roadmap, load_settings

    seen_from = Path.cwd()
    top = next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), here)
    for folder in (here, top):
        found = folder / find_roadmap(folder, load_settings(folder))
        if found.exists():
            return found.relative_to(seen_from) if found.is_relative_to(seen_from) else found
    raise RoadmapError(
        f"there is no roadmap in {here}: neither ROADMAP.md nor docs/ROADMAP.md",
        cure="name the roadmap's file, or run `coffee-maker init` to begin with a sample",
    )


def _facts(read: Roadmap) -> dict[str, Any]:
    return {
        "path": read.path,
        "priorities": [_priority(priority) for priority in read.priorities],
        "problems": [{"line": p.line, "message": p.message} for p in read.problems],
    }


def _priority(priority: Priority) -> dict[str, Any]:
    return {
        "id": priority.id,
        "title": priority.title,
        "status": str(priority.status),
        "line": priority.line,
        "depends_on": list(priority.depends_on),
        "deliverables": [
            {"text": box.text, "done": box.done, "line": box.line} for box in priority.deliverables
        ],
        "estimate": priority.estimate,
    }


def _print_json(facts: dict[str, Any]) -> None:
    click.echo(json.dumps(facts, ensure_ascii=False, indent=2))


def _rows(read: Roadmap) -> Iterator[tuple[str, ...]]:
    for priority in read.priorities:
        boxes = priority.deliverables
        yield (
            one_line(priority.id),
            str(priority.status),
            f"{sum(box.done for box in boxes)}/{len(boxes)}" if boxes else "-",
            one_line(priority.title, 60),
            one_line(priority.estimate or "-", 24),
            one_line(", ".join(priority.depends_on) or "-"),
        )


def _aligned(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        yield "  ".join(cells).rstrip()


def _print_table(read: Roadmap) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*(header.capitalize() for header in _HEADER), box=None, pad_edge=False)
    for row in _rows(read):
        style = _STYLES.get(row[1], "")
        table.add_row(*(Text(c, style=style if i == 1 else "") for i, c in enumerate(row)))
    Console().print(table)


def _told(read: Roadmap, chosen: Priority | None) -> Iterator[str]:
    if chosen is None:
        yield f"Nothing to work on in {read.path}."
        return
    yield f"{one_line(chosen.id)}: {one_line(chosen.title)}"
    yield f"  {read.path}:{chosen.line}, {chosen.status}, estimate {chosen.estimate or 'unknown'}"
    for box in chosen.deliverables:
        yield f"  [{'x' if box.done else ' '}] {one_line(box.text)}"
