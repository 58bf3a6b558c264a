"""`coffee-maker review`: the pull requests that are kept here, for those who have no forge."""

import json
import re
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from coffee_maker.cli.options import json_option, repo_option
from coffee_maker.domain.change import PullRequest, PullRequestState
from coffee_maker.domain.visible import one_line, visible

if TYPE_CHECKING:
    from coffee_maker.git.local_review import LocalReview

_COLOUR = re.compile(r"(\x1b\[[0-9;]*[mK])")
_SHADES = {
    PullRequestState.OPEN: "green",
    PullRequestState.MERGED: "magenta",
    PullRequestState.CLOSED: "red",
}


def _as_number(context: click.Context, parameter: click.Parameter, given: str) -> int:
    """A pull request's number as people write it: 3, or #3. Raises click.BadParameter."""
    text = given.removeprefix("#")
    if text.isascii() and text.isdecimal() and int(text) > 0:
        return int(text)
    raise click.BadParameter(
        f"{one_line(given)!r} is not the number of a pull request; "
        "`coffee-maker review list` shows them",
        ctx=context,
        param=parameter,
    )


_number = click.argument("number", callback=_as_number)


@click.group()
def review() -> None:
    """Pull requests that are kept here: look at them, merge or reject them.

    \b
    Example: coffee-maker review list
             coffee-maker review diff 1
             coffee-maker review merge 1
    """


@review.command("list")
@repo_option
@json_option
@click.pass_context
def list_(context: click.Context, *, repo: Path | None, as_json: bool) -> None:
    """All of them, newest first."""
    pulls = _review(context, repo).all()
    if as_json:
        click.echo(json.dumps([asdict(pull) for pull in pulls], ensure_ascii=False, indent=2))
    elif not pulls:
        click.echo("No pull requests yet: `coffee-maker run --once` makes one.")
    else:
        for pull in pulls:
            click.echo(_line(pull))


@review.command()
@_number
@repo_option
@json_option
@click.pass_context
def show(context: click.Context, *, number: int, repo: Path | None, as_json: bool) -> None:
    """What one says: title, branches, text."""
    pull = _review(context, repo).show(number)
    if as_json:
        click.echo(json.dumps(asdict(pull), ensure_ascii=False, indent=2))
        return
    click.echo(_line(pull))
    click.echo(f"\n{visible(pull.body)}")
    if pull.state is PullRequestState.OPEN:
        click.echo(f"coffee-maker review diff {number}    see what it changes")
        click.echo(f"coffee-maker review merge {number}   merge it into {one_line(pull.target)}")


@review.command()
@_number
@repo_option
@click.pass_context
def diff(context: click.Context, *, number: int, repo: Path | None) -> None:
    """What one changes, as git shows it. Piped, it is a patch that `git apply` takes."""
    on_terminal = sys.stdout.isatty()
    text = _review(context, repo).diff(number, colour=on_terminal)
    if on_terminal:
        click.echo_via_pager(_shown(text.decode("utf-8", "replace")), color=True)
    else:
        click.echo(text, nl=False)


@review.command()
@_number
@repo_option
@click.pass_context
def merge(context: click.Context, *, number: int, repo: Path | None) -> None:
    """Merge one into its target branch, with a merge commit. Nothing is ever forced."""
    merged = _review(context, repo).merge(number)
    target = one_line(merged.target)
    if merged.commit is None:
        click.echo(f"Pull request {number} is merged into {target} already.")
    else:
        click.echo(f"Merged pull request {number} into {target}: {merged.commit[:12]}")


@review.command()
@_number
@click.option("--reason", required=True, help="Why; it is kept with the pull request.")
@repo_option
@click.pass_context
def reject(context: click.Context, *, number: int, reason: str, repo: Path | None) -> None:
    """Close one without merging it."""
    pull = _review(context, repo).reject(number, reason)
    click.echo(f"Rejected pull request {number}; the branch {one_line(pull.branch)} stays.")


@review.command()
@_number
@repo_option
@click.pass_context
def reopen(context: click.Context, *, number: int, repo: Path | None) -> None:
    """Open a rejected one again; it gets a new number."""
    pull = _review(context, repo).reopen(number)
    click.echo(f"Opened again as pull request {pull.number}: {pull.url}")


def _review(context: click.Context, repo: Path | None) -> "LocalReview":
    from coffee_maker.git.local_review import LocalReview

    given = context.find_object(LocalReview)
    if given is not None:
        return given
    from coffee_maker.rooms import open_review

    return open_review(repo)


def _line(pull: PullRequest) -> str:
    state = click.style(f"{pull.state:<6}", fg=_SHADES[pull.state])
    draft = "draft: " if pull.draft else ""
    ways = f"({one_line(pull.branch)} → {one_line(pull.target)})"
    return f"#{pull.number:<4} {state}  {draft}{one_line(pull.title)}  {ways}"


def _shown(text: str) -> str:
    """A coloured diff whose content cannot act on the terminal: only colours are let through."""
    parts = _COLOUR.split(text)
    return "".join(part if i % 2 else visible(part) for i, part in enumerate(parts))
