"""Wall time and waiting time, read out of the journal's entries."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from coffee_maker.domain.attempt_times import AttemptTime, attempt_times, journalled_times
from coffee_maker.domain.events import (
    AgentDid,
    Entry,
    Event,
    QuestionAnswered,
    TaskDelivered,
    TaskParked,
    TaskStarted,
)
from coffee_maker.domain.question import Answer, AnsweredBy
from coffee_maker.store.store import Store
from tests.support.clocks import SteppedClock

BEGIN = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def started(attempt: int) -> Event:
    return TaskStarted(title="t", attempt=attempt, agent="a")


def answered(by: AnsweredBy, waited: float) -> Event:
    answer = Answer(value="allow", by=by)
    return QuestionAnswered(question="q", answer=answer, waited_seconds=waited)


DELIVERED = TaskDelivered(pull_request="1", branch="b", seconds=0, waited_seconds=0)
PARKED = TaskParked(reason="r", cure="", evidence="")


def times(
    *told: tuple[float, str, Event], last_seen: dict[str, float] | None = None
) -> tuple[AttemptTime, ...]:
    entries = [
        Entry(id=number, at=BEGIN + timedelta(seconds=at), task=task, event=event)
        for number, (at, task, event) in enumerate(told, start=1)
    ]
    seen = {task: BEGIN + timedelta(seconds=at) for task, at in (last_seen or {}).items()}
    return attempt_times(entries, seen)


def test_an_attempt_lasts_from_begin_to_end() -> None:
    """What happens to the task later on does not make it longer."""
    found = times((0, "1", started(1)), (90, "1", DELIVERED), last_seen={"1": 500})

    assert (AttemptTime(task="1", attempt=1, wall_seconds=90),) == found


def test_people_are_waited_for_and_rules_are_not() -> None:
    """Waiting for a person or in vain for one counts; a rule's answer does not."""
    found = times(
        (0, "1", started(1)),
        (10, "1", answered(AnsweredBy.RULE, 0.5)),
        (30, "1", answered(AnsweredBy.PERSON, 20)),
        (60, "1", answered(AnsweredBy.DEADLINE, 30)),
        (70, "1", DELIVERED),
    )

    assert (AttemptTime(task="1", attempt=1, wall_seconds=70, waited_seconds=50),) == found


def test_the_time_parked_is_no_time_of_the_attempt() -> None:
    """It was waited for a person until it was parked; afterwards nobody waited."""
    found = times(
        (0, "1", started(1)),
        (10, "1", PARKED),
        (86_400, "1", answered(AnsweredBy.PERSON, 86_396)),
        (90_000, "1", started(1)),
        (90_030, "1", DELIVERED),
        last_seen={"1": 90_030},
    )

    assert (AttemptTime(task="1", attempt=1, wall_seconds=40, waited_seconds=6),) == found


def test_too_many_answers_that_were_none_took_a_persons_time() -> None:
    """The safe default came after somebody had been waited for."""
    found = times(
        (0, "1", started(1)), (30, "1", answered(AnsweredBy.INVALID, 20)), (40, "1", DELIVERED)
    )

    assert (AttemptTime(task="1", attempt=1, wall_seconds=40, waited_seconds=20),) == found


def test_tasks_and_attempts_are_told_apart() -> None:
    """Also where they overlap; a cut off attempt ends with what was last seen of it."""
    found = times(
        (0, "1", started(1)),
        (5, "2", started(1)),
        (8, "1", answered(AnsweredBy.PERSON, 1)),
        (100, "1", started(2)),
        (130, "1", DELIVERED),
        last_seen={"1": 130, "2": 45},
    )

    assert (
        AttemptTime(task="1", attempt=1, wall_seconds=8, waited_seconds=1),
        AttemptTime(task="2", attempt=1, wall_seconds=40),
        AttemptTime(task="1", attempt=2, wall_seconds=30),
    ) == found


def test_an_attempt_that_is_taken_up_again_adds_up() -> None:
    """A worker that died and one that went on with the same attempt are one attempt."""
    found = times(
        (0, "1", started(1)),
        (20, "1", answered(AnsweredBy.RULE, 0)),
        (50, "1", started(1)),
        (60, "1", DELIVERED),
    )

    assert (AttemptTime(task="1", attempt=1, wall_seconds=30),) == found


def test_questions_that_wait_at_once_wait_once() -> None:
    """Waiting is a part of the time that an attempt took, never more than it."""
    found = times(
        (0, "1", started(1)),
        (50, "1", answered(AnsweredBy.PERSON, 10)),
        (60, "1", answered(AnsweredBy.PERSON, 60)),
        (61, "1", answered(AnsweredBy.PERSON, 2)),
        (70, "1", DELIVERED),
    )

    assert (AttemptTime(task="1", attempt=1, wall_seconds=70, waited_seconds=61),) == found


def test_a_stretch_that_was_cut_off_lasts_to_its_last_sign_of_life(tmp_path: Path) -> None:
    """Whatever kind of entry is the last: that took time, and what lies behind it did not."""
    clock = SteppedClock(BEGIN)
    with Store(tmp_path / "journal.db", clock) as store:
        for at, event in (
            (0, started(1)),
            (30, AgentDid(text="reads")),
            (500, started(1)),
            (510, DELIVERED),
        ):
            clock.sleep(at - clock.monotonic())
            store.journal.append(event, task="1")

        found = journalled_times(store.journal, {"1": clock.now()})

    assert (AttemptTime(task="1", attempt=1, wall_seconds=40),) == found
