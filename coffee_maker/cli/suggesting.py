"""Suggested rules: shown, and taken into the settings or dismissed by a person, one by one."""

import json
import os
from collections.abc import Iterator, Sequence
from datetime import date

import click

from coffee_maker.domain.errors import ConfigError
from coffee_maker.domain.suggestions import Suggestion, suggest
from coffee_maker.domain.visible import one_line, visible
from coffee_maker.project import Project

_DISMISSED = "dismissed_suggestions.json"


def suggestions(project: Project) -> list[Suggestion]:
    """What past answers imply, without what was dismissed and what holds a secret."""
    from coffee_maker.cli.past_questions import past_questions
    from coffee_maker.gates.secrets import redact
    from coffee_maker.rooms import project_store
    from coffee_maker.settings_rules import policy_of

    with project_store(project) as store:
        past = past_questions(store.journal)
    dismissed = _dismissed(project)
    return [
        one
        for one in suggest(past, policy_of(project.settings))
        if one.key not in dismissed and not any(redact(v) != v for v in _texts(one))
    ]


def listed(found: Sequence[Suggestion]) -> Iterator[str]:
    """For people: each as it would stand in the file, with what speaks for it."""
    for number, one in enumerate(found, start=1):
        yield f"{number}."
        yield from _lines(one)
        yield ""
    yield "Take one into your settings:  coffee-maker questions suggest --accept N"
    yield "Never see it again:           coffee-maker questions suggest --dismiss N"


def record(one: Suggestion, number: int) -> dict[str, object]:
    """For programs."""
    return {
        "number": number,
        "rule": dict(one.fields),
        "times": one.times,
        "first": one.first.isoformat(),
        "last": one.last.isoformat(),
        "people": list(one.people),
        "examples": list(one.examples),
    }


def accept(project: Project, one: Suggestion) -> None:
    """Write it into the settings file. Raises ConfigError."""
    from coffee_maker.settings_edit import add_rule

    today = date.today()  # noqa: DTZ011 - the day on the wall of whoever accepts
    comment = f"{today}: suggested from past answers, and accepted. {_sentence(one.evidence)}"
    file = add_rule(project.folder, one.fields, comment)
    click.echo(f"Added to {file.name}; it counts from the next task on:")
    click.echo("\n".join(_lines(one)))


def dismiss(project: Project, one: Suggestion) -> None:
    """Never suggest it again. Raises ConfigError."""
    file = project.state_dir / _DISMISSED
    temporary = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(json.dumps(sorted(_dismissed(project) | {one.key})))
        temporary.replace(file)
    except OSError as error:
        raise ConfigError(f"{file} cannot be written: {error.strerror}") from error
    click.echo("It will not be suggested again.")


def ask_for_each(project: Project, found: Sequence[Suggestion]) -> None:
    """In a terminal: one after the other, and nothing is taken without a yes."""
    for number, one in enumerate(found, start=1):
        click.echo(f"{number} of {len(found)}")
        click.echo("\n".join(_lines(one)))
        choice = click.Choice(["y", "n", "d", "q"])
        said = click.prompt("Add it? yes, no, dismiss for ever, quit", type=choice, default="n")
        if said == "q":
            return
        if said in ("y", "d"):
            (accept if said == "y" else dismiss)(project, one)
        click.echo()


def _lines(one: Suggestion) -> Iterator[str]:
    from coffee_maker.settings_edit import rule_block

    yield from (
        f"    {line}" for line in visible(rule_block("questions.rules", one.fields)).splitlines()
    )
    yield f"  {_sentence(one.evidence)}"
    yield from (f"    seen: {one_line(example, 100)}" for example in one.examples)


def _sentence(evidence: str) -> str:
    return f"{evidence[:1].upper()}{evidence[1:]}."


def _texts(one: Suggestion) -> Iterator[str]:
    yield from (value for value in one.fields.values() if isinstance(value, str))
    yield from one.examples


def _dismissed(project: Project) -> frozenset[str]:
    try:
        keys = json.loads((project.state_dir / _DISMISSED).read_text())
    except (OSError, ValueError):
        return frozenset()
    return (
        frozenset(key for key in keys if isinstance(key, str))
        if isinstance(keys, list)
        else frozenset()
    )


def numbered(found: Sequence[Suggestion], number: int) -> Suggestion:
    """The suggestion with this number. Raises click.BadParameter."""
    if 1 <= number <= len(found):
        return found[number - 1]
    there = f"1 to {len(found)}" if found else "none at all"
    raise click.BadParameter(f"there is no suggestion {number}; there is {there}")
