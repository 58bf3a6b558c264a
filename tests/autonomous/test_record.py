"""What the journal tells of a task that was begun more than once."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pytest

from coffee_maker.autonomous.record import Record
from coffee_maker.domain.attempt_times import AttemptTime
from coffee_maker.domain.events import (
    AgentDid,
    CommitFound,
    Event,
    GateChecked,
    QuestionAnswered,
    QuestionAsked,
    TaskParked,
    TaskStarted,
    ToolChecked,
)
from coffee_maker.domain.gate import GateResult, Verdict
from coffee_maker.domain.question import Answer, AnsweredBy, Question, QuestionKind
from coffee_maker.prices import load_prices
from coffee_maker.store.store import Store
from tests.support.clocks import SteppedClock

TASK = "PRIORITY 1"
PARKED = TaskParked(reason="tests fail", cure="look", evidence="")


class Told:
    """A journal that is written one second at a time, and its record."""

    def __init__(self, folder: Path) -> None:
        self.clock = SteppedClock()
        self.store = Store(folder / "journal.db", self.clock)
        self.record = Record(self.store.journal, load_prices())

    def tell(self, *events: Event) -> None:
        for event in events:
            self.store.journal.append(event, task=TASK)
            self.clock.sleep(1)


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Told]:
    made = Told(tmp_path)
    yield made
    made.store.close()


def started(attempt: int) -> Event:
    return TaskStarted(title="t", attempt=attempt, agent="a")


def checked(verdict: Verdict, round: int, gate: str = "tests") -> Event:
    return GateChecked(result=GateResult(gate=gate, verdict=verdict, summary=""), round=round)


def refused(tool: str, subject: str, *, allowed: bool = False) -> Event:
    return ToolChecked(tool=tool, subject=subject, allowed=allowed, rule="r")


def asked(told: Told, id: str) -> Event:
    now = told.clock.now()
    question = Question(
        id=id,
        task=TASK,
        kind=QuestionKind.TEXT,
        text=id,
        safe_default="no",
        asked_at=now,
        deadline=now + timedelta(minutes=5),
    )
    return QuestionAsked(question=question)


def answered(id: str, waited: float) -> Event:
    answer = Answer(value="yes", by=AnsweredBy.PERSON)
    return QuestionAnswered(question=id, answer=answer, waited_seconds=waited)


def test_the_time_is_that_of_the_attempt_and_waiting_a_part_of_it(told: Told) -> None:
    """Neither an earlier attempt counts, nor is forgotten what this one did before a restart."""
    told.tell(started(1), asked(told, "a"), answered("a", 300), PARKED)
    told.tell(started(2), asked(told, "b"), answered("b", 1), AgentDid(text="reads"))
    told.clock.sleep(3600)
    told.tell(started(2), AgentDid(text="writes"))

    found = told.record.time(TASK, 2, told.clock.now())

    assert AttemptTime(task=TASK, attempt=2, wall_seconds=3 + 2, waited_seconds=1) == found


def test_questions_name_the_attempt_that_asked(told: Told) -> None:
    """Also where the answer came when the next one had begun."""
    told.tell(started(1), asked(told, "a"), started(2), answered("a", 1))
    told.tell(asked(told, "b"), answered("b", 1))

    found = told.record.questions(TASK)

    assert [("a", 1), ("b", 2)] == [(one.question.id, one.attempt) for one in found]


def test_rounds_are_those_of_the_attempt_in_order(told: Told) -> None:
    """An attempt that was cut off counts on, though its worker began with round 1 again."""
    told.tell(started(1), checked(Verdict.FAILED, 1), PARKED)
    told.tell(started(2), checked(Verdict.FAILED, 1), checked(Verdict.PASSED, 1, "secrets"))
    told.tell(started(2), checked(Verdict.PASSED, 1), checked(Verdict.PASSED, 1, "secrets"))

    found = told.record.rounds(TASK, 2)

    assert [["failed", "passed"], ["passed", "passed"]] == [
        [str(result.verdict) for result in results] for results in found
    ]


def test_refused_calls_are_told_and_allowed_ones_are_not(told: Told) -> None:
    """A command stands as it would be typed; another tool is named."""
    told.tell(started(1), refused("Bash", "git push --force"), PARKED, started(2))
    told.tell(refused("Bash", "git push"), refused("Bash", "ls", allowed=True))
    told.tell(refused("Write", "/etc/passwd"))

    assert ("git push", "Write /etc/passwd") == told.record.refused(TASK, 2)


def test_a_commit_is_journalled_without_its_diff() -> None:
    """A diff may be megabytes, and git has it already."""
    assert {"sha", "subject"} == {field.name for field in fields(CommitFound)}
