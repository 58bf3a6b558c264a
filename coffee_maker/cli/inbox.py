"""`coffee-maker inbox`: what waits for a person's answer, from any terminal."""

import json
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from coffee_maker.cli.options import json_option, repo_option
from coffee_maker.domain.errors import CoffeeMakerError
from coffee_maker.domain.message import Received, Reply
from coffee_maker.domain.visible import one_line, visible

if TYPE_CHECKING:
    from coffee_maker.domain.cards import Redact

CHANNEL = "inbox"
FROM_STDIN = "-"
STDIN_LIMIT = 100_000  # bytes; more than any answer that counts
PIPED_WIDTH = 160
# What stands behind the code is the answer, also where it looks like an option.
_WORDS = {"ignore_unknown_options": True, "allow_interspersed_args": False}


def _codes(
    context: click.Context,
    parameter: click.Parameter,  # noqa: ARG001 - click's own
    begun: str,
) -> list[CompletionItem]:
    """For the shell: the codes of what is open."""
    from coffee_maker.rooms import open_store

    above = context.parent.params.get("repo") if context.parent else None
    try:
        with open_store(context.params.get("repo") or above) as store:
            return [
                CompletionItem(question.code, help=one_line(question.text, 60))
                for question in store.questions.open()
                if question.code.startswith(begun.lower())
            ]
    except CoffeeMakerError:
        return []


_code = click.argument("code", shell_complete=_codes)


@click.group(invoke_without_command=True)
@repo_option
@click.pass_context
def inbox(context: click.Context, *, repo: Path | None) -> None:
    """What waits for your answer. Works from any terminal, also while no daemon runs.

    \b
    Examples:
      coffee-maker inbox
      coffee-maker inbox show abc234
      coffee-maker inbox answer abc234 no, leave the key out
      coffee-maker inbox watch
    """
    context.obj = repo
    if context.invoked_subcommand is None:
        context.invoke(list_, repo=repo, as_json=False)


@inbox.command("list")
@repo_option
@json_option
@click.pass_obj
def list_(above: Path | None, /, *, repo: Path | None, as_json: bool) -> None:
    """All open questions, oldest first.

    Each with its code, and how long it still waits.

    \b
    Example: coffee-maker inbox list --json
    """
    from coffee_maker.cli.inbox_text import question_data, table
    from coffee_maker.rooms import open_store

    with open_store(repo or above) as store:
        questions = store.questions.open()
    if not questions:
        click.echo("[]" if as_json else "Nothing waits for your answer.")
        return
    now, redact = datetime.now(UTC), _redact()
    if as_json:
        listed = [question_data(question, now, redact) for question in questions]
        click.echo(json.dumps(listed, ensure_ascii=False, indent=2))
        return
    lines = [*table(questions, now, _width(), redact), "", "coffee-maker inbox show CODE"]
    click.echo("\n".join(lines))


@inbox.command()
@repo_option
@json_option
@_code
@click.pass_obj
def show(above: Path | None, /, *, repo: Path | None, as_json: bool, code: str) -> None:
    """One question with all that is known of it.

    \b
    Example: coffee-maker inbox show abc234
    """
    from coffee_maker.cli.inbox_text import answer_data, question_data, question_text
    from coffee_maker.rooms import open_store

    now, redact = datetime.now(UTC), _redact()
    with open_store(repo or above) as store:
        question = store.questions.find(code)
        answer = store.questions.answer_to(question.id) if question else None
    if question is None:
        click.echo(_unknown(code), err=True)
        sys.exit(1)
    if as_json:
        told = question_data(question, now, redact) | answer_data(answer, redact)
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        click.echo(question_text(question, answer, now, _box_width(), redact))


@inbox.command(context_settings=_WORDS)
@repo_option
@_code
@click.argument("words", nargs=-1, required=True, type=click.UNPROCESSED)
@click.pass_obj
def answer(above: Path | None, /, *, repo: Path | None, code: str, words: tuple[str, ...]) -> None:
    """Answer a question.

    With yes, or no and a reason; with an option's number; or in your own words. Quotes are not
    needed. `-` reads the answer from the standard input. The first answer wins, wherever it comes
    from; the exit code is 0 where yours did, and else 1.

    \b
    Examples:
      coffee-maker inbox answer abc234 yes
      coffee-maker inbox answer abc234 no, use the staging key
      coffee-maker inbox answer abc234 - < answer.txt
    """
    from coffee_maker.channels.login import login_name
    from coffee_maker.people import answer_door
    from coffee_maker.rooms import open_store

    text = _from_stdin() if words == (FROM_STDIN,) else " ".join(words)
    reply = Reply(question=code, text=text, channel=CHANNEL, who=login_name())
    with open_store(repo or above) as store:
        receipt = answer_door(store.questions).receive(reply)
    accepted = receipt.received is Received.ACCEPTED
    click.echo(visible(receipt.message), err=not accepted)
    sys.exit(0 if accepted else 1)


@inbox.command()
@repo_option
@click.pass_obj
def watch(above: Path | None, /, *, repo: Path | None) -> None:
    """Show questions as they come, and take your answers. Ctrl-C leaves.

    \b
    Example: coffee-maker inbox watch
    """
    from coffee_maker.cli.inbox_watch import InboxWatch
    from coffee_maker.clock import RealClock
    from coffee_maker.people import answer_door
    from coffee_maker.rooms import open_store

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise click.UsageError("watch needs a terminal; programs use `list --json` and `answer`")
    with open_store(repo or above) as store:
        watching = InboxWatch(
            store.questions,
            store.journal,
            RealClock(),
            keyboard=sys.stdin,
            write=lambda text: click.echo(text, nl=False),
            receive=answer_door(store.questions).receive,
            redact=_redact(),
        )
        try:
            watching.run()
        except KeyboardInterrupt:
            click.echo()


def _from_stdin() -> str:
    """Whatever it is: what is no text becomes an answer that is none, not a crash."""
    given = sys.stdin.buffer.read(STDIN_LIMIT)
    return given.decode("utf-8", errors="replace")


def _redact() -> "Redact":
    from coffee_maker.gates.secrets import redact

    return redact


def _unknown(code: str) -> str:
    return f'There is no question "{one_line(code, 60)}": coffee-maker inbox list shows them.'


def _width() -> int:
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else PIPED_WIDTH


def _box_width() -> int:
    from coffee_maker.channels.prompt_box import WIDTH

    return max(16, min(WIDTH, _width() - 4))
