"""The question box, on each kind of database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings

from coffee_maker.domain.errors import StoreError
from coffee_maker.domain.events import (
    AnswerDelivered,
    QuestionAnswered,
    QuestionAsked,
    QuestionParked,
    ReplyTurnedAway,
)
from coffee_maker.domain.question import PARK, Answer, Question, question_code
from coffee_maker.store.store import Store
from tests.store.made import ASKED_AT, NO, YES, question
from tests.support.clocks import SteppedClock
from tests.support.facts import facts

MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def refused(id: str = "q1", received: str = "invalid") -> ReplyTurnedAway:
    return ReplyTurnedAway(
        question=id, channel="slack", who="U1", received=received, reason="neither yes nor no"
    )


def told(store: Store) -> list[object]:
    """The journal's events of the questions' task."""
    return [entry.event for entry in store.journal.read(task="PRIORITY 1")]


def test_a_question_waits_until_it_is_answered(store: Store, clock: SteppedClock) -> None:
    """It is open, then settled with its answer, and the journal tells both and the wait."""
    store.questions.put(question())
    assert (question(),) == store.questions.open()
    assert store.questions.answer_to("q1") is None
    clock.sleep(42.5)

    assert store.questions.answer("q1", YES) is True
    assert () == store.questions.open()
    assert store.questions.answer_to("q1") == YES
    asked, answered = store.journal.read(task="PRIORITY 1")
    assert QuestionAsked(question=question()) == asked.event
    assert QuestionAnswered(question="q1", answer=YES, waited_seconds=42.5) == answered.event


def test_the_first_answer_wins(store: Store) -> None:
    """A second one is turned away and leaves no trace."""
    store.questions.put(question())

    assert store.questions.answer("q1", YES) is True
    assert store.questions.answer("q1", NO) is False
    assert store.questions.answer_to("q1") == YES
    assert 2 == store.journal.last()


def test_an_unknown_question_has_no_answer(store: Store) -> None:
    """Nothing is settled, nothing is known, nothing is written."""
    for id_ in ("q1", "", "q\0", "q\udce9"):
        assert store.questions.answer(id_, YES) is False
        assert store.questions.answer_to(id_) is None
    assert 0 == store.journal.last()


def test_a_question_that_is_asked_again_stays_as_it_is(store: Store) -> None:
    """Open or settled, the first wording and the answer stay, and nothing is told twice."""
    store.questions.put(question())
    store.questions.put(question(text="May I, now?"))
    assert (question(),) == store.questions.open()
    store.questions.answer("q1", YES)
    store.questions.put(question())

    assert () == store.questions.open()
    assert store.questions.answer_to("q1") == YES
    assert 2 == store.journal.last()


def test_open_questions_are_oldest_first(store: Store) -> None:
    """In the order in which they were put, whatever they are called."""
    for id_ in ("c", "a", "b"):
        store.questions.put(question(id_))
    store.questions.answer("a", NO)

    assert ["c", "b"] == [open_.id for open_ in store.questions.open()]


def test_waiting_is_never_negative(store: Store) -> None:
    """A clock that was set back makes a wait of zero seconds."""
    store.questions.put(replace(question(), asked_at=ASKED_AT + timedelta(hours=1)))
    store.questions.answer("q1", YES)
    *_, answered = store.journal.read()

    assert QuestionAnswered(question="q1", answer=YES, waited_seconds=0.0) == answered.event


def test_box_and_journal_never_disagree(store: Store) -> None:
    """Where one of the two cannot be written, neither is."""
    store.questions.put(question())
    store._database.change("ALTER TABLE questions RENAME COLUMN answered TO gone")
    with pytest.raises(StoreError):
        store.questions.answer("q1", YES)
    store._database.change("ALTER TABLE questions RENAME COLUMN asked TO gone_too")
    with pytest.raises(StoreError):
        store.questions.put(question("q2"))

    assert 1 == store.journal.last()
    assert store.questions.answer_to("q1") is None


def test_a_question_answered_at_once_is_never_open(store: Store, clock: SteppedClock) -> None:
    """Asked and answered follow each other in the journal; the agent is still to hear of it."""
    clock.sleep(0.25)
    store.questions.put(question(), NO)

    assert () == store.questions.open()
    assert store.questions.answer_to("q1") == NO
    assert store.questions.answer("q1", YES) is False
    assert ((question(), NO),) == store.questions.undelivered("PRIORITY 1")
    assert [
        QuestionAsked(question=question()),
        QuestionAnswered(question="q1", answer=NO, waited_seconds=0.25),
    ] == told(store)


def test_an_open_question_stays_open_when_it_is_put_with_an_answer(store: Store) -> None:
    """Only `answer` settles what is there already."""
    store.questions.put(question())
    store.questions.put(question(), YES)

    assert (question(),) == store.questions.open()
    assert 1 == store.journal.last()


def test_a_question_is_found_by_its_id_and_by_its_code(store: Store) -> None:
    """Open or settled; a code also as people type it."""
    store.questions.put(question("q1"))
    store.questions.put(question("q2"), YES)
    code = question_code("q2")

    assert question("q1") == store.questions.find("q1")
    for name in ("q2", code, f" {code.upper()}\n"):
        assert question("q2") == store.questions.find(name)
    for name in ("", "q3", "Q1", "q\0", "q\udce9", "%", code[:-1]):
        assert store.questions.find(name) is None


def test_of_two_questions_with_one_code_the_newest_is_found(store: Store) -> None:
    """And an id that looks like another question's code is that id."""
    older, newer = _same_code()
    store.questions.put(question(newer))
    store.questions.put(question(older))
    store.questions.put(question(question_code("q1")))
    store.questions.put(question("q1"))

    assert question(older) == store.questions.find(question_code(newer))
    assert question(question_code("q1")) == store.questions.find(question_code("q1"))


def _same_code() -> tuple[str, str]:
    """Two ids with one code: some 40,000 are enough to find them among 900 million codes."""
    seen: dict[str, str] = {}
    for number in range(1_000_000):
        code = question_code(f"x{number}")
        if code in seen:
            return seen[code], f"x{number}"
        seen[code] = f"x{number}"
    raise AssertionError("codes are longer than they were")


def test_a_parked_question_waits_on(store: Store, clock: SteppedClock) -> None:
    """It is open with its new deadline, and its answer counts from when it was asked."""
    store.questions.put(question())
    clock.sleep(300)
    assert store.questions.park("q1", MONDAY, "deny") is True
    parked = replace(question(), parked=True, deadline=MONDAY, safe_default="deny")

    assert (parked,) == store.questions.open()
    assert parked == store.questions.find("q1") == store.questions.find(parked.code)
    assert ((parked, None),) == store.questions.undelivered("PRIORITY 1")
    clock.sleep(86_100)
    assert store.questions.answer("q1", YES) is True
    assert ((parked, YES),) == store.questions.undelivered("PRIORITY 1")
    assert [
        QuestionAsked(question=question()),
        QuestionParked(question="q1", until=MONDAY),
        QuestionAnswered(question="q1", answer=YES, waited_seconds=86_400.0),
    ] == told(store)


def test_parking_again(store: Store) -> None:
    """In the same way it is not told again; until another day it is."""
    store.questions.put(question())
    for until in (MONDAY, MONDAY, MONDAY + timedelta(days=1)):
        assert store.questions.park("q1", until, PARK) is True

    (parked,) = store.questions.open()
    assert MONDAY + timedelta(days=1) == parked.deadline
    assert PARK == parked.safe_default
    assert 3 == store.journal.last()


def test_what_is_settled_is_not_parked(store: Store) -> None:
    """Nor is what is unknown; neither leaves a trace."""
    store.questions.put(question(), YES)

    assert store.questions.park("q1", MONDAY, "deny") is False
    assert store.questions.park("q2", MONDAY, "deny") is False
    assert question() == store.questions.find("q1")
    assert 2 == store.journal.last()


def test_an_answer_is_delivered_once(store: Store) -> None:
    """Not before there is one, and never of a question that is unknown."""
    store.questions.put(question())
    assert store.questions.deliver("q1") is False
    store.questions.answer("q1", YES)

    assert [True, False, False] == [store.questions.deliver(id_) for id_ in ("q1", "q1", "q2")]
    assert () == store.questions.undelivered("PRIORITY 1")
    assert AnswerDelivered(question="q1") == told(store)[-1]
    assert 3 == store.journal.last()


def test_undelivered_questions_of_a_task(store: Store) -> None:
    """Settled or not, oldest first, and only of that task."""
    store.questions.put(question("c"))
    store.questions.put(question("a"), YES)
    store.questions.put(question("b"), NO)
    store.questions.put(replace(question("d"), task="PRIORITY 10"), NO)
    store.questions.deliver("b")

    waiting = store.questions.undelivered("PRIORITY 1")
    assert [("c", None), ("a", YES)] == [(open_.id, answer) for open_, answer in waiting]
    assert () == store.questions.undelivered("")


def test_replies_that_do_not_count_are_counted(store: Store) -> None:
    """Only the invalid ones, each question for itself, also when it is settled; all are told."""
    store.questions.put(question("q1"))
    store.questions.put(question("q2"))

    counts = [
        store.questions.turn_away(away)
        for away in (refused(), refused("q2"), refused("q1", "late"), refused(), refused("q2"))
    ]
    store.questions.answer("q1", NO)
    counts.append(store.questions.turn_away(refused()))

    assert [1, 1, 1, 2, 2, 3] == counts
    assert refused() == told(store)[-1]


def test_a_reply_to_an_unknown_question_is_journalled(store: Store) -> None:
    """Under no task, and it counts for nothing."""
    assert [0, 0] == [
        store.questions.turn_away(refused("gone", how)) for how in ("unknown", "invalid")
    ]

    first, second = store.journal.read(task="")
    assert [refused("gone", "unknown"), refused("gone")] == [first.event, second.event]


@given(asked=facts(Question), answer=facts(Answer))
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_question_and_answer_come_back(store: Store, asked: Question, answer: Answer) -> None:
    """What was put and what was answered are read back equal, whatever stands in them."""
    is_new = store.questions.answer_to(asked.id) is None
    store.questions.put(asked)
    shown = store.questions.open()
    settled = store.questions.answer(asked.id, answer)

    assert is_new is settled
    assert not settled or (asked in shown and answer == store.questions.answer_to(asked.id))
