"""How long each attempt at a task took, and how much of it a person was waited for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from coffee_maker.domain.events import (
    Entry,
    QuestionAnswered,
    TaskDelivered,
    TaskFailed,
    TaskParked,
    TaskStarted,
    TaskUnchanged,
)
from coffee_maker.domain.question import AnsweredBy

_ENDS = (TaskDelivered, TaskParked, TaskUnchanged, TaskFailed)

# The events that this fold reads; whoever feeds it need read no others.
KINDS = tuple(event.kind for event in (TaskStarted, QuestionAnswered, *_ENDS))


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptTime:
    """Seconds from begin to end, and seconds in which questions waited for a person.

    An answer that comes after the end (the task was parked) counts for the attempt that asked.
    """

    task: str
    attempt: int
    wall_seconds: float = 0.0
    waited_seconds: float = 0.0


@dataclass(slots=True)
class _Begun:
    """The attempt at a task that was begun last; `end` is None while it is under way."""

    attempt: int
    start: datetime
    seen: datetime
    end: datetime | None = None


def attempt_times(
    entries: Iterable[Entry], last_seen: Mapping[str, datetime]
) -> tuple[AttemptTime, ...]:
    """One per attempt, in the order of their beginning.

    An attempt that was cut off, or is under way, ends with what was last seen of it; `last_seen`
    holds the time of each task's newest entry of any kind.
    """
    times: dict[tuple[str, int], AttemptTime] = {}
    begun: dict[str, _Begun] = {}
    for entry in entries:
        now = begun.get(entry.task)
        if isinstance(entry.event, TaskStarted):
            if now:
                _add(times, entry.task, now)
            begun[entry.task] = _Begun(entry.event.attempt, entry.at, entry.at)
            times.setdefault(
                (entry.task, entry.event.attempt),
                AttemptTime(task=entry.task, attempt=entry.event.attempt),
            )
        elif now:
            _go_on(times, now, entry)
    for task, now in begun.items():
        now.seen = max(now.seen, last_seen.get(task, now.seen))
        _add(times, task, now)
    return tuple(times.values())


def _go_on(times: dict[tuple[str, int], AttemptTime], now: _Begun, entry: Entry) -> None:
    now.seen = entry.at
    match entry.event:
        case QuestionAnswered(answer=answer, waited_seconds=waited):
            if answer.by in {AnsweredBy.PERSON, AnsweredBy.DEADLINE}:
                known = times[entry.task, now.attempt]
                times[entry.task, now.attempt] = replace(
                    known, waited_seconds=known.waited_seconds + waited
                )
        case _:
            now.end = now.end or entry.at


def _add(times: dict[tuple[str, int], AttemptTime], task: str, now: _Begun) -> None:
    known = times[task, now.attempt]
    seconds = max(0.0, ((now.end or now.seen) - now.start).total_seconds())
    times[task, now.attempt] = replace(known, wall_seconds=known.wall_seconds + seconds)
