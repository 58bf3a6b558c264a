"""The question box, on each kind of database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings

from coffee_maker.clock import RealClock
from coffee_maker.domain.errors import StoreError
from coffee_maker.domain.events import QuestionAnswered, QuestionAsked
from coffee_maker.domain.question import Answer, AnsweredBy, Question, QuestionKind
from coffee_maker.store.store import Store
from tests.store.workers import PROCESSES, answer_many, in_processes
from tests.support.clocks import SteppedClock
from tests.support.facts import facts

ASKED_AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
YES = Answer(value="allow", by=AnsweredBy.PERSON, who="Ana", channel="terminal")
NO = Answer(value="deny", by=AnsweredBy.DEADLINE)


def question(id: str = "q1", text: str = "May I run the tests?") -> Question:
    return Question(
        id=id,
        task="PRIORITY 1",
        kind=QuestionKind.PERMISSION,
        text=text,
        safe_default="deny",
        asked_at=ASKED_AT,
        deadline=ASKED_AT + timedelta(minutes=5),
    )


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


def test_eight_processes_answer_a_hundred_questions(where: str) -> None:
    """Each question gets exactly one answer, from the process that was told that it won."""
    with Store(where, SteppedClock()) as store:
        for number in range(100):
            store.questions.put(question(f"q{number}"))
    won = in_processes(answer_many, where, 100)
    with Store(where, RealClock()) as store:
        answers = [store.questions.answer_to(f"q{number}") for number in range(100)]
        told = [entry.event for entry in store.journal.read(kinds=[QuestionAnswered.kind])]

        assert list(range(100)) == sorted(number for mine in won for number in mine)
        assert [
            next(f"by {n}" for n in range(PROCESSES) if number in won[n]) for number in range(100)
        ] == [answer.value for answer in answers if answer]
        assert 100 == len(told)
        assert () == store.questions.open()
        assert store.journal.verify() is None
