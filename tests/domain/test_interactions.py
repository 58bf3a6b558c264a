"""The journal read as exchanges, and what they add up to; on a real journal."""

from datetime import UTC, date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coffee_maker.domain.events import Entry
from coffee_maker.domain.interactions import KINDS, Interaction, interactions
from coffee_maker.domain.metrics import ChannelTimes, metrics
from coffee_maker.domain.question import ALLOW, Answer, AnsweredBy, Question, QuestionKind
from coffee_maker.store.store import Store
from tests.support.asked import BEGAN, a_day
from tests.support.clocks import SteppedClock
from tests.support.facts import events


@pytest.fixture
def found(tmp_path: Path) -> dict[str, Interaction]:
    clock = SteppedClock(BEGAN)
    with Store(tmp_path / "store.db", clock) as store:
        a_day(store, clock)
        read = interactions(store.journal.read(kinds=KINDS))
    return {one.question.id: one for one in read}


def test_every_question_is_one_interaction(found: dict[str, Interaction]) -> None:
    """In the order in which they were asked."""
    assert ["ready", "key", "which", "late", "gone", "parked", "open"] == list(found)


def test_what_happened_to_a_question_is_with_it(found: dict[str, Interaction]) -> None:
    """Where the task stood, who was told, what did not count, who answered, and after how long."""
    key = found["key"]

    assert ("Analytics & Observability", 1, "implementation") == (key.title, key.attempt, key.phase)
    assert ("terminal", "slack") == key.told
    assert ['"maybe" is neither yes nor no'] == [away.reason for away in key.turned_away]
    assert ("deny", "Ana", 90.0) == (
        key.answer.value if key.answer else "",
        key.answer.who if key.answer else "",
        key.waited_seconds,
    )
    assert (False, True) == (key.delivered, found["ready"].delivered)


def test_a_parked_question_knows_since_when_and_until(found: dict[str, Interaction]) -> None:
    """And it still gets its answer."""
    parked = found["parked"]

    assert parked.parked_at is not None
    assert parked.parked_until == parked.parked_at + timedelta(days=7)
    assert parked.answer is not None


def test_an_open_question_has_no_answer(found: dict[str, Interaction]) -> None:
    """Nor anything that comes with one; its task's title is the question's own."""
    one = found["open"]

    assert (None, None, 0.0, "") == (one.answer, one.answered_at, one.waited_seconds, one.title)


@given(st.lists(events(), max_size=30))
def test_no_order_of_events_breaks_the_fold(happened: list[object]) -> None:
    """Answers without questions and the like are passed over, not stumbled upon."""
    entries = [
        Entry(id=n, at=BEGAN, task="T", event=event)  # type: ignore[arg-type]
        for n, event in enumerate(happened, start=1)
    ]

    read = interactions(entries)

    assert len(read) <= len(happened)
    assert metrics(read, UTC).asked == len(read)


def test_the_sums_of_a_day(found: dict[str, Interaction]) -> None:
    """Every voice is counted, and people's speed by the channel on which they answered."""
    sums = metrics(list(found.values()), UTC)

    assert (7, 1, 1, 1) == (sums.asked, sums.open, sums.parked, sums.turned_away)
    assert {
        AnsweredBy.PERSON: 3,
        AnsweredBy.RULE: 1,
        AnsweredBy.DEADLINE: 1,
        AnsweredBy.NOBODY: 1,
    } == dict(sums.answered_by)
    assert 90.0 == sums.median_seconds
    assert (
        ChannelTimes(channel="email", answers=1, median_seconds=8 * 3600.0 + 60),
        ChannelTimes(channel="inbox", answers=1, median_seconds=20.0),
        ChannelTimes(channel="slack", answers=1, median_seconds=90.0),
    ) == sums.channels
    assert [(date(2025, 10, 9), 7)] == [(day.day, day.asked) for day in sums.days]


def test_blocked_time_ends_where_a_question_is_parked(found: dict[str, Interaction]) -> None:
    """90 s for a key, 20 s for a choice, 300 s until the deadline, 60 s until it was parked."""
    assert 470.0 == metrics(list(found.values()), UTC).blocked_seconds


def test_two_questions_at_once_block_once() -> None:
    """A task stands still for as long as any of its questions waits; tasks add up."""
    both = [_waited("T", 0, 60), _waited("T", 30, 90), _waited("U", 0, 10), _waited("T", 200, 210)]

    assert 90.0 + 10.0 + 10.0 == metrics(both, UTC).blocked_seconds


def test_nothing_asked_is_no_error() -> None:
    """A new project has sums as well."""
    assert (0, None, 0.0, ()) == (
        (none := metrics([], UTC)).asked,
        none.median_seconds,
        none.blocked_seconds,
        none.days,
    )


def _waited(task: str, begin: float, end: float) -> Interaction:
    asked = BEGAN + timedelta(seconds=begin)
    return Interaction(
        question=Question(
            id=f"{task}{begin}",
            task=task,
            kind=QuestionKind.PERMISSION,
            text="May I?",
            safe_default="deny",
            asked_at=asked,
            deadline=asked,
        ),
        asked_at=asked,
        answer=Answer(value=ALLOW, by=AnsweredBy.PERSON),
        answered_at=BEGAN + timedelta(seconds=end),
        waited_seconds=end - begin,
    )
