"""Which task a daemon works on at this moment, told by the journal."""

from collections.abc import Iterable

from coffee_maker.domain.events import (
    DaemonStarted,
    DaemonStopped,
    Entry,
    TaskDelivered,
    TaskFailed,
    TaskParked,
    TaskSkipped,
    TaskStarted,
    TaskUnchanged,
)

OUTCOMES = (TaskDelivered, TaskParked, TaskUnchanged, TaskFailed, TaskSkipped)

# The events that this fold reads.
KINDS = tuple(event.kind for event in (DaemonStarted, DaemonStopped, TaskStarted, *OUTCOMES))


def under_way(entries: Iterable[Entry]) -> str:
    """The task's id, empty where there is none. Whether the daemon still lives, others know."""
    task = ""
    for entry in entries:
        match entry.event:
            case DaemonStarted() | DaemonStopped():
                task = ""
            case TaskStarted():
                task = entry.task
            case event if isinstance(event, OUTCOMES) and entry.task == task:
                task = ""
    return task
