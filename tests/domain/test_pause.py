"""Whether new tasks are begun, and which one is under way."""

from collections.abc import Sequence

import pytest

from coffee_maker.domain.events import (
    DaemonPaused,
    DaemonResumed,
    DaemonStarted,
    DaemonStopped,
    Entry,
    Event,
    TaskDelivered,
    TaskSkipped,
    TaskStarted,
)
from coffee_maker.domain.pause import Pause, pause
from coffee_maker.domain.under_way import under_way
from tests.support.fakes import START

BORN = DaemonStarted(roadmap="r", pid=1, version="1")
BEGUN = TaskStarted(title="x", attempt=1, agent="x")
DELIVERED = TaskDelivered(pull_request="u", branch="b", seconds=1, waited_seconds=0)
ANA, BEN, RESUMED = DaemonPaused(by="ana"), DaemonPaused(by="ben"), DaemonResumed(by="ana")


def entries(*events: tuple[str, Event]) -> list[Entry]:
    return [Entry(id=n, at=START, task=task, event=e) for n, (task, e) in enumerate(events, 1)]


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([], None),
        ([ANA], "ana"),
        ([ANA, BEN], "ana"),
        ([ANA, RESUMED], None),
        ([ANA, RESUMED, RESUMED, BEN], "ben"),
    ],
)
def test_the_first_to_pause_is_named_until_it_is_resumed(
    events: Sequence[Event], expected: str | None
) -> None:
    """Whoever pauses it once more changes nothing."""
    found = pause(entries(*[("", event) for event in events]))

    assert expected == (found.by if found else None)


def test_a_pause_says_how_it_ends() -> None:
    """In one sentence, in local time."""
    told = str(Pause(since=START, by="ana"))

    assert told == f"paused since {START.astimezone():%Y-%m-%d %H:%M} by ana: coffee-maker resume"


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([("", BORN)], ""),
        ([("", BORN), ("T", BEGUN)], "T"),
        ([("", BORN), ("T", BEGUN), ("T", DELIVERED)], ""),
        ([("", BORN), ("T", BEGUN), ("S", TaskSkipped(by="ana", reason=""))], "T"),
        ([("T", BEGUN), ("", BORN)], ""),
        ([("T", BEGUN), ("", DaemonStopped(reason="r"))], ""),
    ],
)
def test_only_this_daemons_newest_task_is_under_way(
    events: Sequence[tuple[str, Event]], expected: str
) -> None:
    """Not what an earlier one left, nor what has ended."""
    assert expected == under_way(entries(*events))
