"""Where the time of a delivery went."""

from datetime import UTC, datetime, timedelta

import pytest

from benchmarks.phases import START, durations, marks, median_durations
from coffee_maker.domain.events import (
    AgentDid,
    DaemonStarted,
    Entry,
    Event,
    PhaseEntered,
    SessionReady,
    TaskStarted,
)

BEGAN = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def entry(seconds: float, event: Event) -> Entry:
    return Entry(id=1, at=BEGAN + timedelta(seconds=seconds), task="", event=event)


def test_stretches_are_disjoint_and_together_all_of_it() -> None:
    """Events that begin nothing belong to the stretch they fall into; one that returns goes on."""
    entries = [
        entry(0.5, DaemonStarted(roadmap="ROADMAP.md", pid=1, version="0")),
        entry(1.0, TaskStarted(title="t", attempt=1, agent="a")),
        entry(1.5, PhaseEntered(phase="gates")),
        entry(2.0, SessionReady(session="s", version="1")),
        entry(2.5, AgentDid(text="Write a.py")),
        entry(4.0, PhaseEntered(phase="gates")),
    ]
    began = BEGAN.timestamp()
    found = durations(list(marks(entries)), began, began + 4.25)

    assert {
        START: 0.5,
        "plan and start of the worker": 0.5,
        "workspace": 0.5,
        "gates": 0.75,
        "Claude at work: its turns": 2.0,
    } == pytest.approx(found)


def test_the_median_is_taken_stretch_by_stretch() -> None:
    """A stretch that a run did not have took no time in it."""
    runs = [{"a": 1.0, "b": 5.0}, {"a": 3.0}, {"a": 2.0, "b": 4.0}]

    assert {"a": 2.0, "b": 4.0} == median_durations(runs)
