"""How long each attempt at a task took, and how much of it a person was waited for."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from coffee_maker.domain.events import (
    Entry,
    QuestionAnswered,
    TaskDelivered,
    TaskFailed,
    TaskParked,
    TaskSkipped,
    TaskStarted,
    TaskUnchanged,
)
from coffee_maker.domain.ports import Journal
from coffee_maker.domain.question import AnsweredBy

_ENDS = (TaskDelivered, TaskParked, TaskUnchanged, TaskFailed, TaskSkipped)

_WAITED_FOR = (AnsweredBy.PERSON, AnsweredBy.DEADLINE, AnsweredBy.INVALID)

_KINDS = tuple(event.kind for event in (TaskStarted, QuestionAnswered, *_ENDS))


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptTime:
    """Seconds from begin to end, and seconds of them in which a question waited for a person.

    While a task is parked, or nobody works on it, no time of the attempt passes.
    """

    task: str
    attempt: int
    wall_seconds: float = 0.0
    waited_seconds: float = 0.0


@dataclass(slots=True)
class _Attempt:
    """From when to when it was worked on, and from when to when each question waited."""

    stretches: list[tuple[datetime, datetime]] = field(default_factory=list)
    waits: list[tuple[datetime, datetime]] = field(default_factory=list)


@dataclass(slots=True)
class _Stretch:
    """The work on a task that was begun last; `end` is None while it is under way."""

    attempt: _Attempt
    start: datetime
    seen: datetime
    end: datetime | None = None

    def close(self) -> None:
        self.attempt.stretches.append((self.start, max(self.start, self.end or self.seen)))


def journalled_times(
    journal: Journal, last_seen: Mapping[str, datetime], task: str | None = None
) -> tuple[AttemptTime, ...]:
    """`attempt_times` of every task, or of one, reading no more of the journal than is needed."""
    told = list(journal.read(task=task, kinds=_KINDS))
    # Only what was cut off ends with an entry of just any kind.
    for name in _begun_again(told):
        told = [entry for entry in told if entry.task != name]
        told += journal.read(task=name)
    return attempt_times(sorted(told, key=lambda entry: entry.id), last_seen)


def attempt_times(
    entries: Iterable[Entry], last_seen: Mapping[str, datetime]
) -> tuple[AttemptTime, ...]:
    """One per attempt, in the order of their beginning.

    An attempt that was cut off, or is under way, ends with what was last seen of it; `last_seen`
    holds the time of each task's newest entry of any kind.
    """
    attempts: dict[tuple[str, int], _Attempt] = {}
    now: dict[str, _Stretch] = {}
    for entry in entries:
        stretch = now.get(entry.task)
        if isinstance(entry.event, TaskStarted):
            if stretch:
                stretch.close()
            attempt = attempts.setdefault((entry.task, entry.event.attempt), _Attempt())
            now[entry.task] = _Stretch(attempt, entry.at, entry.at)
        elif stretch:
            _go_on(stretch, entry)
    for task, stretch in now.items():
        stretch.seen = max(stretch.seen, last_seen.get(task, stretch.seen))
        stretch.close()
    return tuple(
        AttemptTime(
            task=task,
            attempt=number,
            wall_seconds=sum((end - start).total_seconds() for start, end in attempt.stretches),
            waited_seconds=_covered(_within(attempt.waits, attempt.stretches)),
        )
        for (task, number), attempt in attempts.items()
    )


def _go_on(stretch: _Stretch, entry: Entry) -> None:
    stretch.seen = entry.at
    match entry.event:
        case QuestionAnswered(answer=answer, waited_seconds=waited):
            if answer.by in _WAITED_FOR:
                stretch.attempt.waits.append((entry.at - timedelta(seconds=waited), entry.at))
        case event if isinstance(event, _ENDS):
            stretch.end = stretch.end or entry.at


def _begun_again(entries: Iterable[Entry]) -> frozenset[str]:
    """The tasks of which a stretch was cut off, and begun again later."""
    under_way: set[str] = set()
    again: set[str] = set()
    for entry in entries:
        if isinstance(entry.event, _ENDS):
            under_way.discard(entry.task)
        elif isinstance(entry.event, TaskStarted):
            if entry.task in under_way:
                again.add(entry.task)
            under_way.add(entry.task)
    return frozenset(again)


def _within(
    spans: Iterable[tuple[datetime, datetime]], others: Sequence[tuple[datetime, datetime]]
) -> Iterator[tuple[datetime, datetime]]:
    """What two lists of spans have in common."""
    for begin, end in spans:
        for start, stop in others:
            if max(begin, start) < min(end, stop):
                yield max(begin, start), min(end, stop)


def _covered(spans: Iterable[tuple[datetime, datetime]]) -> float:
    """Seconds within any of them: two questions that wait at once wait no longer than one."""
    seconds = 0.0
    reached: datetime | None = None
    for begin, end in sorted(spans):
        new = begin if reached is None else max(begin, reached)
        seconds += max(0.0, (end - new).total_seconds())
        reached = max(new, end)
    return seconds
