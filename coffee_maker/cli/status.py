"""`coffee-maker status`: what is done, under way and waiting."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from coffee_maker.cli.options import json_option, repo_option
from coffee_maker.domain.events import (
    Entry,
    LimitReached,
    PhaseEntered,
    PullRequestOpened,
    TaskDelivered,
    TaskFailed,
    TaskParked,
    TaskStarted,
    TaskUnchanged,
)
from coffee_maker.domain.visible import one_line

_OUTCOMES = (TaskDelivered, TaskParked, TaskUnchanged, TaskFailed)
_KINDS = tuple(e.kind for e in (*_OUTCOMES, TaskStarted, PhaseEntered, LimitReached))


@click.command()
@repo_option
@json_option
def status(*, repo: Path | None, as_json: bool) -> None:
    """What is done, under way and waiting.

    \b
    Examples:
      coffee-maker status
      coffee-maker status --json | jq .questions
    """
    facts = gather(repo, datetime.now(UTC))
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(_lines(facts)))


def gather(repo: Path | None, now: datetime) -> dict[str, Any]:
    """Everything that `status` says, as JSON would; read from the store alone."""
    from coffee_maker.project import open_project
    from coffee_maker.store.daemon_lock import DaemonLock
    from coffee_maker.wiring import open_store

    project = open_project(repo)
    with open_store(repo) as store:
        newest = store.journal.newest(_KINDS)
        opened = store.journal.newest((PullRequestOpened.kind,))
        questions = store.questions.open()
    return {
        "project": str(project.folder),
        "state": str(project.state_dir),
        "daemon": DaemonLock(project.state_dir).holder(),
        "tasks": [_task(entry, opened.get(task), now) for task, entry in newest.items()],
        "questions": [
            {"id": q.id, "task": q.task, "text": q.text, "deadline": q.deadline.isoformat()}
            for q in questions
        ],
    }


def _task(entry: Entry, opened: Entry | None, now: datetime) -> dict[str, Any]:
    state, detail, cure = "under way", "", ""
    match entry.event:
        case TaskDelivered():
            state = "delivered"
        case TaskParked(reason=reason, cure=cure):
            state, detail = "parked", reason
        case TaskUnchanged(text=text):
            state, detail = "unchanged", text
        case TaskFailed(message=message, cure=cure):
            state, detail = "failed", message
        case PhaseEntered(phase=phase):
            detail = phase
        case LimitReached(message=message):
            detail = message
    pull_request = (
        opened.event.url if opened and isinstance(opened.event, PullRequestOpened) else None
    )
    return {
        "task": entry.task,
        "state": state,
        "detail": detail,
        "cure": cure,
        "since": entry.at.isoformat(),
        "seconds_ago": round((now - entry.at).total_seconds()),
        "pull_request": pull_request,
    }


def _lines(facts: dict[str, Any]) -> Iterator[str]:
    pid = facts["daemon"]
    running = f"running (process {pid})" if pid else "not running: coffee-maker run"
    yield f"Project:  {facts['project']}"
    yield f"Daemon:   {running}"
    yield f"State:    {facts['state']}"
    yield ""
    if not facts["tasks"]:
        yield "No task was begun yet."
    width = max((len(task["task"]) for task in facts["tasks"]), default=0)
    for task in facts["tasks"]:
        told = task["pull_request"] if task["state"] == "delivered" else one_line(task["detail"])
        yield f"{task['task']:<{width}}  {task['state']:<10} {told or ''}".rstrip()
        if task["cure"]:
            yield f"{'':<{width}}  {'':<10} {one_line(task['cure'])}"
    for question in facts["questions"]:
        yield f"\n{question['task']} asks: {one_line(question['text'])}"
