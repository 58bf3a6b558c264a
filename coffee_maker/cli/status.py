"""`coffee-maker status`: what is done, under way and waiting."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from coffee_maker.cli.options import json_option, repo_option
from coffee_maker.domain.change import PullRequest, PullRequestState
from coffee_maker.domain.events import (
    Entry,
    LimitReached,
    PhaseEntered,
    PullRequestOpened,
    TaskDelivered,
    TaskFailed,
    TaskParked,
    TaskRetried,
    TaskRolledBack,
    TaskSkipped,
    TaskStarted,
    TaskUnchanged,
)
from coffee_maker.domain.pause import KINDS as PAUSES
from coffee_maker.domain.pause import Pause, pause
from coffee_maker.domain.visible import one_line, visible

if TYPE_CHECKING:
    from coffee_maker.store.store import Store

_OUTCOMES = (TaskDelivered, TaskParked, TaskUnchanged, TaskFailed)
_DECISIONS = (TaskSkipped, TaskRetried, TaskRolledBack)
_KINDS = tuple(e.kind for e in (*_OUTCOMES, *_DECISIONS, TaskStarted, PhaseEntered, LimitReached))
_WITH_A_STORY = frozenset({"parked", "failed", "unchanged"})


@click.command()
@repo_option
@click.option("--task", metavar="ID", help="All about this one, with what its gates found.")
@json_option
def status(*, repo: Path | None, task: str | None, as_json: bool) -> None:
    """What is done, under way and waiting.

    \b
    Examples:
      coffee-maker status
      coffee-maker status --task 2          why was it parked?
      coffee-maker status --json | jq .questions
    """
    from coffee_maker.rooms import open_store

    facts = gather(repo, datetime.now(UTC))
    if task is None:
        click.echo(_json(facts) if as_json else "\n".join(_lines(facts)))
        return
    with open_store(repo) as store:
        click.echo("\n".join(_story(store, facts, task, as_json=as_json)))


def gather(repo: Path | None, now: datetime) -> dict[str, Any]:
    """Everything that `status` says, as JSON would; read from the store alone."""
    from coffee_maker.project import open_project
    from coffee_maker.rooms import open_store
    from coffee_maker.store.daemon_lock import DaemonLock

    project = open_project(repo)
    daemon = DaemonLock(project.state_dir).holder()
    with open_store(repo) as store:
        newest = store.journal.newest(_KINDS)
        opened = store.journal.newest((PullRequestOpened.kind,))
        kept = {pull.url: pull for pull in store.pull_requests.all()}
        taken_back = store.journal.newest((TaskRolledBack.kind,))
        questions = store.questions.open()
        paused = pause(store.journal.read(kinds=PAUSES))
    # Of a pull request that was taken back only the history tells.
    opened = {t: e for t, e in opened.items() if t not in taken_back or e.id > taken_back[t].id}
    tasks = [_task(entry, opened.get(task), now) for task, entry in newest.items()]
    for task in tasks:
        _hear_reviewers(task, kept)
        if task["state"] == "under way" and not daemon:
            task |= {"state": "interrupted", "cure": "`coffee-maker run` goes on with it"}
    return {
        "project": str(project.folder),
        "state": str(project.state_dir),
        "daemon": daemon,
        "paused": {"since": paused.since.isoformat(), "by": paused.by} if paused else None,
        "tasks": tasks,
        "questions": [
            {
                "id": q.id,
                "code": q.code,
                "parked": q.parked,
                "task": q.task,
                "text": q.text,
                "deadline": q.deadline.isoformat(),
                "seconds_left": round((q.deadline - now).total_seconds()),
                "safe_default": q.safe_default,
            }
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
            cure = (
                "mark it done in the roadmap if it is, else say there what is missing, then "
                f'coffee-maker run --task "{entry.task}"'
            )
        case TaskFailed(message=message, cure=cure):
            state, detail = "failed", message
        case TaskSkipped(reason=detail):
            state, cure = "skipped", f'coffee-maker retry "{entry.task}"'
        case TaskRetried():
            state, detail = "open again", "retried: its turn comes"
        case TaskRolledBack():
            state, detail = "open again", "rolled back: its turn comes"
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


def _hear_reviewers(task: dict[str, Any], kept: dict[str, PullRequest]) -> None:
    """What became of a pull request that is kept here; one opened again has a new number."""
    first = kept.get(task["pull_request"])
    if task["state"] != "delivered" or first is None:
        return
    of_branch = [pull for pull in kept.values() if pull.branch == first.branch]
    newest = max(of_branch, key=lambda pull: (pull.state is PullRequestState.OPEN, pull.number))
    task["pull_request"] = newest.url
    if newest.state is PullRequestState.MERGED:
        task["state"] = "merged"
    elif newest.state is PullRequestState.CLOSED:
        cure = f"`coffee-maker review reopen {newest.number}` opens it again"
        task |= {"state": "rejected", "cure": cure}


def _lines(facts: dict[str, Any]) -> Iterator[str]:
    pid = facts["daemon"]
    running = f"running (process {pid})" if pid else "not running: coffee-maker run"
    yield f"Project:  {facts['project']}"
    yield f"Daemon:   {running}"
    if paused := facts["paused"]:
        since = datetime.fromisoformat(paused["since"])
        yield f"          {Pause(since=since, by=one_line(paused['by']))}"
    yield f"State:    {facts['state']}"
    yield ""
    if not facts["tasks"]:
        yield "No task was begun yet."
    width = max((len(task["task"]) for task in facts["tasks"]), default=0)
    for task in facts["tasks"]:
        told = one_line(task["detail"]) or task["pull_request"]
        yield f"{task['task']:<{width}}  {task['state']:<11} {told or ''}".rstrip()
        margin = " " * (width + 14)
        if task["cure"]:
            yield from (f"{margin}{line}" for line in visible(task["cure"]).splitlines())
        if task["state"] in _WITH_A_STORY:
            if task["state"] == "failed":
                yield f'{margin}run it again: coffee-maker run --task "{task["task"]}"'
            yield f'{margin}see why: coffee-maker status --task "{task["task"]}"'
    for question in facts["questions"]:
        yield ""
        yield from _question(question, pid)
    yield "\nWhat comes next, and what waits for what: coffee-maker run --dry-run"


def _question(question: dict[str, Any], pid: int | None) -> Iterator[str]:
    from coffee_maker.domain.amounts import duration

    yield f"{question['task']} asks: {one_line(question['text'])}"
    left, default = question["seconds_left"], one_line(question["safe_default"], 60)
    if question["parked"]:
        yield f"  parked: the answer reopens its session, within {duration(left)}"
    elif not pid:
        yield "  nobody waits for the answer now, but it counts: `coffee-maker run` goes on with it"
    elif left > 0:
        yield f"  {duration(left)} left, then the answer is: {default}"
    else:
        yield f"  its time is over, the answer is: {default}"
    yield f"  answer it: coffee-maker inbox answer {question['code']} ..."


def _story(store: "Store", facts: dict[str, Any], wanted: str, *, as_json: bool) -> Iterator[str]:
    from coffee_maker.cli.story import evidence, story_lines
    from coffee_maker.cli.task_name import known_task
    from coffee_maker.prices import load_prices

    tasks = {task["task"]: task for task in facts["tasks"]}
    name = known_task(wanted, tasks)
    told = tasks[name] | {"evidence": evidence(store.journal, name)}
    if as_json:
        yield _json(told)
    else:
        yield from story_lines(store.journal, load_prices(), told)


def _json(facts: dict[str, Any]) -> str:
    return json.dumps(facts, ensure_ascii=False, indent=2)
