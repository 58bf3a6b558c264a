"""A journal as long use leaves it: `python -m tests.support.filled_journal PATH COUNT`."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from pathlib import Path

from coffee_maker.clock import RealClock
from coffee_maker.domain.events import (
    AgentDid,
    Event,
    PhaseEntered,
    SessionOpened,
    TaskDelivered,
    TaskStarted,
    TokensCounted,
    ToolChecked,
)
from coffee_maker.domain.question import Question, QuestionKind
from coffee_maker.domain.usage import CountedAnswer, TokenCount
from coffee_maker.store.store import Store

EVENTS_PER_TASK = 1000
AT_ONCE = 20_000  # events in one transaction: nobody waits for these to be durable


def fill(store: Store, count: int) -> None:
    """Append so many events: tasks of a thousand each, the last under way, one open question."""
    told = islice(_story(), count)
    for _ in range(0, count, AT_ONCE):
        with store._database.writing():
            for task, event in islice(told, AT_ONCE):
                store.journal.write(event, task=task)
    now = datetime.now(UTC)
    store.questions.put(
        Question(
            id="open",
            task=f"PRIORITY {(count - 1) // EVENTS_PER_TASK}",
            kind=QuestionKind.PERMISSION,
            text="May I run the tests?",
            safe_default="deny",
            asked_at=now,
            deadline=now + timedelta(minutes=5),
        )
    )


def typical() -> ToolChecked:
    """The event there are most of."""
    return ToolChecked(
        tool="Bash", subject="python -m pytest -q tests/store", allowed=True, rule="auto: run tests"
    )


def _story() -> Iterator[tuple[str, Event]]:
    number = 0
    while True:
        task = f"PRIORITY {number}"
        yield task, TaskStarted(title="Cache prices", attempt=1, agent="claude")
        for phase in ("workspace", "tests on the base", "Claude at work"):
            yield task, PhaseEntered(phase=phase)
        yield task, SessionOpened(session=f"{number}", resumed=False)
        for turn, kind in islice(enumerate(cycle("ttatk")), EVENTS_PER_TASK - 7):
            yield task, _step(number, turn, kind)
        yield task, PhaseEntered(phase="push and pull request")
        yield task, TaskDelivered(pull_request="1", branch="b", seconds=900, waited_seconds=4)
        number += 1


def _step(number: int, turn: int, kind: str) -> Event:
    if kind == "t":
        return typical()
    if kind == "a":
        return AgentDid(text="Reads coffee_maker/store/journal.py")
    figures = TokenCount(input=12, output=340 + turn, cache_write_5m=900, cache_read=45_000)
    return TokensCounted(
        attempt=1,
        answer=CountedAnswer(
            key=f"msg_{number}_{turn}",
            model="claude-opus-4-5",
            tokens=figures,
            at=datetime.now(UTC),
            session=f"{number}",
        ),
    )


if __name__ == "__main__":
    with Store(Path(sys.argv[1]), RealClock()) as made:
        fill(made, int(sys.argv[2]))
        print(made.journal.last())
