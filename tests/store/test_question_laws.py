"""Laws of the question box: one answer each, and a journal that tells how every one stands."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coffee_maker.clock import RealClock
from coffee_maker.domain.events import (
    AnswerDelivered,
    Event,
    QuestionAnswered,
    QuestionAsked,
    QuestionParked,
    ReplyTurnedAway,
)
from coffee_maker.domain.question import Answer, AnsweredBy, Question
from coffee_maker.store.questions import SqlQuestionBox
from coffee_maker.store.store import Store
from tests.store.made import ASKED_AT, question
from tests.store.workers import PROCESSES, answer_many, in_processes
from tests.support.clocks import SteppedClock

QUESTIONS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """How one question stands."""

    question: Question
    answer: Answer | None = None
    delivered: bool = False
    invalid: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """Something that somebody does to the question of a number, with a value of its own."""

    does: str
    number: int
    value: int


STEPS = st.lists(
    st.builds(
        Step,
        st.sampled_from(("put", "put answered", "answer", "park", "deliver", "turn away")),
        st.integers(0, 2),
        st.integers(0, 2),
    ),
    min_size=15,
    max_size=40,
)


class Model:
    """What a question box is, in memory: questions by their ids."""

    def __init__(self) -> None:
        self.stands: dict[str, Stand] = {}

    def take(self, step: Step, name: str) -> object:
        """Do it; what the box is to say to it."""
        known = self.stands.get(name)
        if step.does.startswith("put"):
            given = answer(step.value) if step.does == "put answered" else None
            self.stands.setdefault(name, Stand(question=asked(name), answer=given))
            return None
        if known is None:
            return 0 if step.does == "turn away" else False
        changed = _changed(known, step)
        self.stands[name] = changed or known
        return self.stands[name].invalid if step.does == "turn away" else changed is not None


def _changed(known: Stand, step: Step) -> Stand | None:
    """How it stands afterwards; None where nothing is to be done."""
    match step.does:
        case "answer" if known.answer is None:
            return replace(known, answer=answer(step.value))
        case "park" if known.answer is None:
            return replace(known, question=parked(known.question, step.value))
        case "deliver" if known.answer is not None and not known.delivered:
            return replace(known, delivered=True)
        case "turn away":
            return replace(known, invalid=known.invalid + int(received(step.value) == "invalid"))
        case _:
            return None


def take(box: SqlQuestionBox, step: Step, name: str) -> object:
    """Do the same to the real box; what it says."""
    match step.does:
        case "put" | "put answered":
            box.put(asked(name), answer(step.value) if step.does == "put answered" else None)
            return None
        case "answer":
            return box.answer(name, answer(step.value))
        case "park":
            changed = parked(asked(name), step.value)
            return box.park(name, changed.deadline, changed.safe_default)
        case "deliver":
            return box.deliver(name)
        case _:
            return box.turn_away(turned_away(name, step.value))


def asked(name: str) -> Question:
    return replace(question(name), task=name.partition(":")[0])


def answer(value: int) -> Answer:
    return Answer(value=f"answer {value}", by=AnsweredBy.PERSON)


def parked(question: Question, value: int) -> Question:
    until = ASKED_AT + timedelta(days=1 + value)
    return replace(question, parked=True, deadline=until, safe_default="deny")


def received(value: int) -> str:
    return ("invalid", "late", "refused")[value]


def turned_away(name: str, value: int) -> ReplyTurnedAway:
    return ReplyTurnedAway(
        question=name, channel="slack", who="U1", received=received(value), reason="x"
    )


def folded(events: Iterable[Event]) -> dict[str, Stand]:
    """How every question stands, by the journal alone."""
    stands: dict[str, Stand] = {}
    for event in events:
        match event:
            case QuestionAsked(question=question):
                stands[question.id] = Stand(question=question)
            case QuestionParked(question=id_, until=until):
                known = stands[id_]
                waiting = replace(known.question, parked=True, deadline=until)
                stands[id_] = replace(known, question=waiting)
            case QuestionAnswered(question=id_, answer=answer):
                assert stands[id_].answer is None
                stands[id_] = replace(stands[id_], answer=answer)
            case AnswerDelivered(question=id_):
                assert not stands[id_].delivered
                stands[id_] = replace(stands[id_], delivered=True)
            case ReplyTurnedAway(question=id_, received="invalid") if id_ in stands:
                stands[id_] = replace(stands[id_], invalid=stands[id_].invalid + 1)
    return stands


@given(steps=STEPS)
@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_is_done_in_whatever_order(store: Store, steps: list[Step]) -> None:
    """Box, tables and journal agree with a simple model, at every step and at the end."""
    begin = store.journal.last()
    task, model = f"T{begin}", Model()
    for step in steps:
        name = f"{task}:{step.number}"
        assert model.take(step, name) == take(store.questions, step, name)
    stands = model.stands
    waiting = [one.question for one in stands.values() if one.answer is None]
    events = [entry.event for entry in store.journal.read(after=begin)]

    assert waiting == [one for one in store.questions.open() if one.task == task]
    assert {id_: one.question for id_, one in stands.items()} == {
        id_: store.questions.find(id_) for id_ in stands
    }
    assert {id_: one.answer for id_, one in stands.items()} == {
        id_: store.questions.answer_to(id_) for id_ in stands
    }
    assert tuple(
        (one.question, one.answer) for one in stands.values() if not one.delivered
    ) == store.questions.undelivered(task)
    assert stands == folded(events)
    assert store.journal.verify() is None


def test_eight_processes_answer_two_hundred_questions(where: str) -> None:
    """Each question gets exactly one answer, from the process that was told that it won."""
    with Store(where, SteppedClock()) as store:
        for number in range(QUESTIONS):
            store.questions.put(question(f"q{number}"))
    won = in_processes(answer_many, where, QUESTIONS)
    with Store(where, RealClock()) as store:
        answers = [store.questions.answer_to(f"q{number}") for number in range(QUESTIONS)]
        told = folded(entry.event for entry in store.journal.read())

        assert list(range(QUESTIONS)) == sorted(number for mine in won for number in mine)
        assert [
            next(f"by {n}" for n in range(PROCESSES) if number in won[n])
            for number in range(QUESTIONS)
        ] == [answer.value for answer in answers if answer]
        assert answers == [told[f"q{number}"].answer for number in range(QUESTIONS)]
        assert 2 * QUESTIONS == store.journal.last()
        assert () == store.questions.open()
        assert store.journal.verify() is None
