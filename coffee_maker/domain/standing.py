"""How each task stands, told by the journal alone."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from coffee_maker.domain.events import (
    Entry,
    Event,
    PullRequestOpened,
    SessionOpened,
    TaskDelivered,
    TaskFailed,
    TaskParked,
    TaskRetried,
    TaskRolledBack,
    TaskSkipped,
    TaskStarted,
    TaskUnchanged,
    WorkspaceReady,
)

# The events that this fold reads; whoever feeds it need read no others.
KINDS = tuple(
    event.kind
    for event in (
        TaskStarted,
        WorkspaceReady,
        SessionOpened,
        PullRequestOpened,
        TaskDelivered,
        TaskParked,
        TaskUnchanged,
        TaskFailed,
        TaskSkipped,
        TaskRetried,
        TaskRolledBack,
    )
)

TRIES = 3  # attempts that may end in a transient failure before the task waits for a person


class State(StrEnum):
    """Where a task is on its way."""

    UNDER_WAY = "under way"
    DELIVERED = "delivered"
    PARKED = "parked"
    UNCHANGED = "unchanged"
    FAILED = "failed"
    SKIPPED = "skipped"  # by a person, until they retry it
    RENEWED = "open again"  # retried or rolled back: its turn comes, as a new attempt
    MERGED = "merged"  # these two are a reviewer's word: the journal does not know them
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One task's way so far. `session` is the agent's, of the newest attempt; empty before it.

    `attempt` is the newest one's number, 0 before the first. `target`: what `branch` builds on.
    `questions`: those whose answers a parked one waits for. `superseded`: the addresses of closed
    pull requests that are no decision any more.
    """

    task: str
    state: State
    title: str = ""
    attempt: int = 0
    failures: int = 0
    stopped_the_line: bool = False
    branch: str = ""
    target: str = ""
    session: str = ""
    pull_request: str = ""
    reason: str = ""
    cure: str = ""
    questions: tuple[str, ...] = ()
    superseded: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        """True where the next step is ours: it was cut off, or broke in a way that may pass.

        What stopped the whole line was no fault of the task: whoever starts again has mended it.
        """
        passing = self.stopped_the_line or 0 < self.failures < TRIES
        ours = self.state in (State.UNDER_WAY, State.RENEWED)
        return ours or (self.state is State.FAILED and passing)


def standings(entries: Iterable[Entry]) -> dict[str, Standing]:
    """Every task that was ever begun, in the order of its first beginning."""
    known: dict[str, Standing] = {}
    for entry in entries:
        before = known.get(entry.task, Standing(task=entry.task, state=State.UNDER_WAY))
        known[entry.task] = _after(before, entry)
    return known


def _after(standing: Standing, entry: Entry) -> Standing:
    changes: dict[str, Any] = {}
    match entry.event:
        case TaskStarted(title=title, attempt=attempt):
            changes = {"state": State.UNDER_WAY, "title": title, "attempt": attempt}
            changes |= {"reason": "", "cure": "", "questions": ()}
        case WorkspaceReady(branch=branch, target=target):
            changes = {"branch": branch, "target": target}
        case SessionOpened(session=session):
            changes = {"session": session}
        case PullRequestOpened(url=url):
            changes = {"pull_request": url}
        case TaskDelivered(branch=branch):
            changes = {"state": State.DELIVERED, "failures": 0, "branch": branch}
        case TaskParked(reason=reason, cure=cure, questions=questions):
            changes = {"state": State.PARKED, "reason": reason, "cure": cure, "failures": 0}
            changes |= {"questions": questions}
        case TaskUnchanged(text=text):
            changes = {"state": State.UNCHANGED, "reason": text, "failures": 0}
        case TaskFailed(message=message, cure=cure, stops_the_line=stops):
            changes = {"state": State.FAILED, "reason": message, "cure": cure}
            changes |= {"failures": _failures(standing, entry.event), "stopped_the_line": stops}
        case _:
            changes = _decided(standing, entry.event)
    return replace(standing, **changes)


def _decided(standing: Standing, event: Event) -> dict[str, Any]:
    """What a person made of it."""
    match event:
        case TaskSkipped(reason=reason):
            return {"state": State.SKIPPED, "reason": reason, "cure": "", "questions": ()}
        case TaskRetried(superseded=closed):
            return _renewed(standing, closed)
        case TaskRolledBack(superseded=closed):
            gone = {"branch": "", "target": "", "session": "", "pull_request": ""}
            return _renewed(standing, closed) | gone
    return {}


def _renewed(standing: Standing, closed: str) -> dict[str, Any]:
    changes: dict[str, Any] = {"state": State.RENEWED, "failures": 0, "stopped_the_line": False}
    changes |= {"reason": "", "cure": "", "questions": ()}
    more = (closed,) if closed else ()
    return changes | {"superseded": standing.superseded + more}


def _failures(standing: Standing, failed: TaskFailed) -> int:
    if failed.stops_the_line:
        return standing.failures
    return standing.failures + 1 if failed.transient else 0
