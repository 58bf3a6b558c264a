"""`coffee-maker channels`: the ways to reach you, and whether they work."""

import json
import time
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from coffee_maker.cli.options import json_option, repo_option
from coffee_maker.domain.answers import who_answered
from coffee_maker.domain.cards import compose_card, outcome
from coffee_maker.domain.errors import ChannelError, ConfigError
from coffee_maker.domain.message import About, Message, Sent
from coffee_maker.domain.question import (
    TEST,
    Answer,
    AnsweredBy,
    Option,
    Question,
    QuestionKind,
    Severity,
)
from coffee_maker.domain.visible import one_line
from coffee_maker.people import BUILDERS, answer_door, linker, make_channel
from coffee_maker.project import Project, open_project

if TYPE_CHECKING:
    from coffee_maker.domain.ports import Channel, QuestionBox

_POLL_SECONDS = 0.1


@click.group()
def channels() -> None:
    """The ways to reach you, and whether they work.

    \b
    Examples:
      coffee-maker channels list
      coffee-maker channels test slack
    """


@channels.command("list")
@repo_option
@json_option
def list_(*, repo: Path | None, as_json: bool) -> None:
    """Which are switched on, and when each is used.

    \b
    Example: coffee-maker channels list --json
    """
    chosen = open_project(repo).settings.channels
    rows = [_row(name, getattr(chosen, name)) for name in ("terminal", *BUILDERS)]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        state = click.style("on ", fg="green") if row["enabled"] else "off"
        after = f"after {row['after_seconds']:g} s" if row["after_seconds"] else "at once"
        when = f"{after}, from {row['from_severity']}" if row["enabled"] else ""
        click.echo(f"{row['channel']:<9} {state}  {when}".rstrip())
    if chosen.quiet_hours:
        click.echo(f"\nQuiet hours: {chosen.quiet_hours}; only critical questions go out then.")
    click.echo("\nSwitch one on under [channels.NAME], then: coffee-maker channels test NAME")


@channels.command()
@repo_option
@click.option("--timeout", type=float, default=300, metavar="SECONDS", show_default=True)
@click.argument("names", nargs=-1, metavar="[NAME]...")
def test(*, repo: Path | None, timeout: float, names: tuple[str, ...]) -> None:
    """Send a real question, and wait for the answer.

    Without NAME on each channel that is switched on; one that is named may be off.

    \b
    Example: coffee-maker channels test slack --timeout 60
    """
    from coffee_maker.rooms import project_store

    project = open_project(repo)
    wanted = names or tuple(
        name for name in BUILDERS if getattr(project.settings.channels, name).enabled
    )
    if not wanted:
        raise ConfigError(
            "no channel is switched on",
            cure="set `enabled = true` under [channels.desktop], say, or name one: "
            "coffee-maker channels test desktop",
        )
    with project_store(project) as store:
        well = [_try(name, project, store.questions, timeout) for name in wanted]
    if not all(well):
        raise SystemExit(1)


def _row(name: str, chosen: Any) -> dict[str, Any]:
    return {
        "channel": name,
        "enabled": chosen.enabled,
        "after_seconds": chosen.after_seconds,
        "from_severity": chosen.from_severity,
        "notices": chosen.notices,
    }


def _try(name: str, project: Project, box: "QuestionBox", timeout: float) -> bool:
    """Ask one question there; True where it was answered there."""
    from coffee_maker.gates.secrets import redact

    channel, question = make_channel(name, project), _question(timeout)
    card = compose_card(question, redact)
    link = linker(project)(question.id, name)
    message = Message(
        id=f"ask:{question.id}", about=About.ASK, card=card, question=question.id, link=link
    )
    box.put(question)
    try:
        channel.open(answer_door(box).receive)
        sent = channel.send(message)
        click.echo(f"{name}: sent. Answer it there within {timeout:g} s (Ctrl-C gives up) ...")
        answer = _wait(channel, box, question)
        _settle(channel, message, sent, outcome(answer, redact))
    except ChannelError as error:
        box.answer(question.id, Answer(value="", by=AnsweredBy.NOBODY))
        click.echo(f"{name}: {one_line(str(error))}" + (f"; {error.cure}" if error.cure else ""))
        return False
    except KeyboardInterrupt:
        box.answer(question.id, Answer(value="", by=AnsweredBy.NOBODY))
        raise
    finally:
        channel.close()
    there = answer.by is AnsweredBy.PERSON
    told = f"works: {who_answered(answer)} answered" if there else "nobody answered in time"
    click.echo(f"{name}: {one_line(told)}" + (f' "{one_line(answer.value)}"' if there else ""))
    return there


def _question(timeout: float) -> Question:
    now = datetime.now(UTC)
    return Question(
        id=f"{TEST}{uuid.uuid4().hex}",
        task="",
        kind=QuestionKind.CHOICE,
        text="This is a test of coffee_maker. Does it reach you?",
        options=(Option(label="It does"), Option(label="It does, but looks odd")),
        severity=Severity.IMPORTANT,
        safe_default="nobody answered",
        asked_at=now,
        deadline=now + timedelta(seconds=timeout),
        context={"title": "a test"},
    )


def _wait(channel: "Channel", box: "QuestionBox", question: Question) -> Answer:
    while True:
        channel.poll()
        answer = box.answer_to(question.id)
        if answer is not None:
            return answer
        if datetime.now(UTC) >= question.deadline:
            silence = Answer(value=question.safe_default, by=AnsweredBy.DEADLINE)
            box.answer(question.id, silence)
        time.sleep(_POLL_SECONDS)


def _settle(channel: "Channel", message: Message, sent: Sent, told: str) -> None:
    """The card there says what became of it, as it will for real questions."""
    settled = replace(
        message,
        id=message.id.replace("ask:", "settled:"),
        about=About.SETTLED,
        outcome=told,
        reference=sent.reference,
        thread=sent.thread,
    )
    channel.send(settled)
