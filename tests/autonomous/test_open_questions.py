"""Who answers what, and what becomes of a question that nobody has answered yet."""

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from coffee_maker.autonomous.open_questions import OpenQuestions, SessionParked, withdraw_open
from coffee_maker.domain.events import AnswerDelivered, QuestionAsked
from coffee_maker.domain.facts import Facts
from coffee_maker.domain.policy import GO_ON, NOBODY, Policy
from coffee_maker.domain.ports import QuestionBox
from coffee_maker.domain.question import (
    ALLOW,
    DENY,
    Answer,
    AnsweredBy,
    Option,
    Question,
    QuestionKind,
    ToolCall,
)
from coffee_maker.domain.rules import ASK, CALL, Rule
from coffee_maker.domain.session import Asking
from coffee_maker.store.store import Store
from tests.support.fakes import FakeClock

TASK = "PRIORITY 1"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def store(tmp_path: Path, clock: FakeClock) -> Iterator[Store]:
    with Store(tmp_path / "journal.db", clock) as opened:
        yield opened


def opened(
    store: Store,
    clock: FakeClock,
    rules: Sequence[Rule] = (),
    measure: Callable[[frozenset[str]], Facts] = lambda needs: Facts(),
    box: QuestionBox | None = None,
    **options: Any,
) -> OpenQuestions:
    return OpenQuestions(
        box=box or store.questions,
        clock=clock,
        policy=Policy(rules, **options),
        measure=measure,
        park_days=7,
    )


def permission(command: str = "make", tool: str = "Bash") -> Asking:
    call = ToolCall(id="t1", tool=tool, input={"command": command})
    return Asking(
        id="s/t1", kind=QuestionKind.PERMISSION, text=f"{tool}: {command}", tool_call=call
    )


def text(words: str) -> Asking:
    return Asking(id="s/text-1", kind=QuestionKind.TEXT, text=words)


CHOICE = Asking(
    id="s/c1",
    kind=QuestionKind.CHOICE,
    text="Which database?",
    options=(Option(label="SQLite"), Option(label="PostgreSQL")),
)


def take(questions: OpenQuestions, asking: Asking) -> Answer | None:
    return questions.take(asking, task=TASK, context={})


def test_a_rule_answers_at_once_and_is_named(store: Store, clock: FakeClock) -> None:
    """The user's rule speaks, nobody is asked, and the journal has question and answer."""
    rule = Rule(name="make", answer=ALLOW, source="coffee_maker.toml", tool="Bash(make:*)")

    answer = take(opened(store, clock, rules=[rule]), permission())

    assert Answer(value=ALLOW, by=AnsweredBy.RULE, rule="make") == answer
    assert ["question.asked", "question.answered"] == [e.event.kind for e in store.journal.read()]
    assert () == store.questions.open()


def test_what_routine_is_needs_no_one(store: Store, clock: FakeClock) -> None:
    """Editing and committing in its own clone is what the clone is for."""
    answer = take(opened(store, clock), permission("git commit -m x"))

    assert answer is not None
    assert ALLOW == answer.value


def test_a_users_denial_outranks_what_is_routine(store: Store, clock: FakeClock) -> None:
    """A deny rule wins over the built-in allowances."""
    rule = Rule(name="no", answer=DENY, source="x", tool="Bash(git commit:*)", message="never")

    answer = take(opened(store, clock, rules=[rule]), permission("git commit -m x"))

    assert Answer(value=DENY, by=AnsweredBy.RULE, rule="no", message="never") == answer


def test_without_a_rule_a_person_is_asked(store: Store, clock: FakeClock) -> None:
    """The question stands open until somebody answers, and the answer comes out once."""
    questions = opened(store, clock)

    assert take(questions, permission("rm -rf build")) is None
    assert questions.is_waiting
    assert [] == questions.settled()

    given = Answer(value=ALLOW, by=AnsweredBy.PERSON, who="ana", channel="terminal")
    (question,) = store.questions.open()
    assert store.questions.answer(question.id, given)
    assert [("s/t1", given)] == questions.settled()
    assert [] == questions.settled()
    assert not questions.is_waiting


@pytest.mark.parametrize(
    ("asking", "expected"),
    [(permission("rm -rf build"), DENY), (CHOICE, NOBODY), (text("Shall I?"), NOBODY)],
)
def test_silence_is_safe(store: Store, clock: FakeClock, asking: Asking, expected: str) -> None:
    """At the deadline the safe default counts, and never the first option."""
    questions = opened(store, clock, deadline_seconds=300)
    take(questions, asking)

    clock.sleep(299)
    assert [] == questions.settled()

    clock.sleep(1)
    ((_, answer),) = questions.settled()
    assert (expected, AnsweredBy.DEADLINE) == (answer.value, answer.by)


@pytest.mark.parametrize(
    ("asking", "expected"),
    [(permission("rm -rf build"), ALLOW), (CHOICE, GO_ON), (text("Shall I go on?"), GO_ON)],
)
def test_auto_approve_says_yes(
    store: Store, clock: FakeClock, asking: Asking, expected: str
) -> None:
    """It allows, and lets the agent choose; it does not take the first option."""
    answer = take(opened(store, clock, auto_approve=True), asking)

    assert Answer(value=expected, by=AnsweredBy.AUTO_APPROVE) == answer


@pytest.mark.parametrize(
    "words",
    [
        "I found an API key in .env. Should I commit it?",
        "Should I delete the production database?",
        "This is a breaking change. Go on?",
        "Shall I merge this to main?",
        "May I force-push?",
    ],
)
def test_what_is_critical_is_a_persons_even_with_auto_approve(
    store: Store, clock: FakeClock, words: str
) -> None:
    """No rule and no auto-approve answers what may do harm beyond the clone."""
    allow_all = Rule(name="all", answer="yes", source="x", kind=QuestionKind.TEXT)

    assert take(opened(store, clock, auto_approve=True, rules=[allow_all]), text(words)) is None


def test_an_unreadable_screen_is_always_a_persons(store: Store, clock: FakeClock) -> None:
    """Nothing is guessed about a screen that nobody recognised."""
    unreadable = Asking(id="s/u", kind=QuestionKind.UNREADABLE, text="???")

    assert take(opened(store, clock, auto_approve=True), unreadable) is None


def test_a_rule_may_hand_over_to_a_person(store: Store, clock: FakeClock) -> None:
    """`ask` keeps auto-approve out of it."""
    rule = Rule(name="deploys", answer=ASK, source="x", tool="Bash(make:*)")

    assert take(opened(store, clock, auto_approve=True, rules=[rule]), permission()) is None


def test_an_answer_at_the_agents_own_terminal_closes_the_question(
    store: Store, clock: FakeClock
) -> None:
    """Whoever answers first has answered; the question is open nowhere else."""
    questions = opened(store, clock)
    take(questions, permission("rm -rf build"))

    questions.withdraw("s/t1")

    assert () == store.questions.open()
    assert not questions.is_waiting


HIS = Answer(value=ALLOW, by=AnsweredBy.PERSON, who="ana", channel="inbox")
PARKS = Rule(name="parks", answer="park", source="x", tool="Bash(make:*)")
TESTED = Rule(name="tested", answer=ALLOW, source="x", tool="Bash(make:*)", tests_passed=True)


def test_a_rules_answer_is_never_seen_open(store: Store, clock: FakeClock) -> None:
    """Question and answer are one step: no channel can ask about what is settled."""
    take(opened(store, clock), permission("git add -A"))

    ids = [entry.id for entry in store.journal.read()]
    assert ["question.asked", "question.answered"] == [e.event.kind for e in store.journal.read()]
    assert [1, 2] == ids


def test_a_resumed_session_takes_up_what_was_answered_meanwhile(
    store: Store, clock: FakeClock
) -> None:
    """Under another id, at once, and only once."""
    before = opened(store, clock)
    take(before, permission("rm -rf build"))
    before.let_go()
    (question,) = store.questions.open()
    store.questions.answer(question.id, HIS)
    after = opened(store, clock)

    assert take(after, replace(permission("rm -rf build"), id="s2/x")) == HIS
    after.deliver("s2/x")

    assert take(after, replace(permission("rm -rf build"), id="s2/y")) is None
    assert question.id not in [one.id for one in store.questions.open()]


def test_a_resumed_session_takes_up_what_is_still_open(store: Store, clock: FakeClock) -> None:
    """Nobody is asked twice, and the deadline is that of the first asking."""
    before = opened(store, clock)
    take(before, permission("rm -rf build"))
    before.let_go()
    clock.sleep(200)
    after = opened(store, clock)

    assert take(after, replace(permission("rm -rf build"), id="s2/x")) is None
    assert 1 == len(store.questions.open())
    clock.sleep(100)
    assert [("s2/x", DENY)] == [(asked, answer.value) for asked, answer in after.settled()]


def test_two_that_are_the_same_are_two(store: Store, clock: FakeClock) -> None:
    """Two sub-agents that ask the same thing at once each have a question and an answer."""
    questions = opened(store, clock)
    take(questions, permission("rm -rf build"))
    take(questions, replace(permission("rm -rf build"), id="s/t2"))

    assert 2 == len(store.questions.open())


def test_rules_that_were_written_meanwhile_count(store: Store, clock: FakeClock) -> None:
    """An open question is answered by today's rules, and closed everywhere."""
    before = opened(store, clock)
    take(before, permission())
    before.let_go()
    rule = Rule(name="make", answer=ALLOW, source="x", tool="Bash(make:*)")

    answer = take(opened(store, clock, rules=[rule]), replace(permission(), id="s2/x"))

    assert Answer(value=ALLOW, by=AnsweredBy.RULE, rule="make") == answer
    assert () == store.questions.open()


def test_a_rule_that_parks_closes_the_session_at_once(store: Store, clock: FakeClock) -> None:
    """What else is open is parked with it, each with its own last word."""
    questions = opened(store, clock, rules=[PARKS])
    take(questions, replace(CHOICE, id="s/c"))

    with pytest.raises(SessionParked) as parked:
        take(questions, permission())

    assert ["Bash: make", CHOICE.text] == [one.text for one in parked.value.questions]
    assert {(CHOICE.text, True, NOBODY), ("Bash: make", True, DENY)} == {
        (one.text, one.parked, one.safe_default) for one in store.questions.open()
    }
    assert {clock.now() + timedelta(days=7)} == {one.deadline for one in store.questions.open()}


def test_an_answer_in_the_moment_of_parking_is_not_lost(store: Store, clock: FakeClock) -> None:
    """The session that would have been closed for it is given it instead."""
    box = _AnsweredAtTheLastMoment(store.questions, HIS)
    questions = opened(store, clock, box=box, silence="park")
    take(questions, permission("rm -rf build"))
    (question,) = store.questions.open()
    clock.sleep(300)

    assert [("s/t1", HIS)] == questions.settled()
    assert not questions.is_waiting
    assert question.id in box.tried


def test_an_answer_to_another_question_while_parking_is_not_lost(
    store: Store, clock: FakeClock
) -> None:
    """It came too late for the session, and in time for the next one."""
    questions = opened(store, clock, rules=[PARKS])
    take(questions, CHOICE)
    (choice,) = store.questions.open()
    given = Answer(value="SQLite", by=AnsweredBy.PERSON, who="ana")
    store.questions.answer(choice.id, given)

    with pytest.raises(SessionParked) as parked:
        take(questions, permission())
    questions.let_go()

    assert choice.id in [one.id for one in parked.value.questions]
    assert given == take(opened(store, clock), replace(CHOICE, id="s2/c"))


def test_a_parked_question_that_is_asked_again_parks_again(store: Store, clock: FakeClock) -> None:
    """Someone ran the task although it waits: the question stays one, and is never denied."""
    before = opened(store, clock, rules=[PARKS])
    with pytest.raises(SessionParked):
        take(before, permission())
    before.let_go()
    after = opened(store, clock)

    assert take(after, replace(permission(), id="s2/x")) is None
    clock.sleep(300)
    with pytest.raises(SessionParked):
        after.settled()
    assert 1 == len(store.questions.open())


def test_what_an_attempt_leaves_open_is_withdrawn(store: Store, clock: FakeClock) -> None:
    """But for what the task is parked on, and for what other tasks ask."""
    questions = opened(store, clock)
    take(questions, permission("rm -rf build"))
    take(questions, CHOICE)
    questions.take(replace(CHOICE, id="o/c"), task="PRIORITY 2", context={})
    first, second, other = store.questions.open()

    withdraw_open(store.questions, TASK, keep=[second.id])

    assert [second.id, other.id] == [one.id for one in store.questions.open()]
    answer = store.questions.answer_to(first.id)
    assert answer is not None
    assert AnsweredBy.NOBODY is answer.by


def test_what_nobody_answered_is_asked_again(store: Store, clock: FakeClock) -> None:
    """A withdrawn question is no answer for the next attempt."""
    take(opened(store, clock), permission("rm -rf build"))
    withdraw_open(store.questions, TASK)

    assert take(opened(store, clock), permission("rm -rf build")) is None
    assert 1 == len(store.questions.open())


class _AnsweredAtTheLastMoment:
    """A box in which a person is faster by a moment than whoever parks."""

    def __init__(self, box: QuestionBox, answer: Answer) -> None:
        self._box, self._answer = box, answer
        self.tried: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._box, name)

    def park(self, id: str, until: datetime, safe_default: str) -> bool:
        self.tried.append(id)
        self._box.answer(id, self._answer)
        return self._box.park(id, until, safe_default)


class SlowLook:
    """Facts that are there when the test says so."""

    def __init__(self, facts: Facts) -> None:
        self.facts, self.asked = facts, 0
        self.done = threading.Event()

    def __call__(self, needs: frozenset[str]) -> Facts:
        self.asked += 1
        assert self.done.wait(20)
        return self.facts


def until_settled(questions: OpenQuestions) -> list[tuple[str, Answer]]:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        found = questions.settled()
        if found:
            return found
        time.sleep(0.01)
    return []


def until_asked(store: Store, questions: OpenQuestions) -> Question:
    end = time.monotonic() + 20
    while not store.questions.open() and time.monotonic() < end:
        assert [] == questions.settled()
    (question,) = store.questions.open()
    return question


def test_facts_are_measured_while_others_are_answered(store: Store, clock: FakeClock) -> None:
    """A rule that hangs on the tests waits for them; a routine question beside it does not."""
    look = SlowLook(Facts(tests_passed=True))
    questions = opened(store, clock, [TESTED], look)

    assert take(questions, permission()) is None
    assert questions.is_waiting
    routine = take(questions, replace(permission("git add -A"), id="s/t2"))
    assert routine is not None
    assert ALLOW == routine.value
    assert [] == questions.settled()
    look.done.set()

    ((asked, answer),) = until_settled(questions)
    assert ("s/t1", ALLOW, "tested") == (asked, answer.value, answer.rule)
    questions.close()


@pytest.mark.parametrize("facts", [Facts(tests_passed=False), Facts()])
def test_facts_that_speak_against_it_or_are_not_known_ask_a_person(
    store: Store, clock: FakeClock, facts: Facts
) -> None:
    """And the question carries what was measured."""
    look = SlowLook(facts)
    look.done.set()
    questions = opened(store, clock, [TESTED], look)
    take(questions, permission())

    question = until_asked(store, questions)
    assert facts.tests_passed is question.facts.tests_passed
    store.questions.answer(question.id, HIS)
    assert [("s/t1", HIS)] == questions.settled()
    questions.close()


def test_a_measurement_that_breaks_asks_a_person(store: Store, clock: FakeClock) -> None:
    """The line goes on, whatever goes wrong beside it."""

    def broken(needs: frozenset[str]) -> Facts:
        raise OSError(needs)

    questions = opened(store, clock, [TESTED], broken)
    take(questions, permission())

    assert "Bash: make" == until_asked(store, questions).text
    questions.close()


def test_what_is_settled_at_the_terminal_needs_no_facts(store: Store, clock: FakeClock) -> None:
    """Nobody is asked about it when the measurement is done."""
    look = SlowLook(Facts())
    questions = opened(store, clock, [TESTED], look)
    take(questions, permission())

    questions.withdraw("s/t1")
    look.done.set()
    questions.close()

    assert [] == questions.settled()
    assert [] == list(store.journal.read())


def test_a_rules_function_is_named_on_the_question(store: Store, clock: FakeClock) -> None:
    """It runs elsewhere, and its answer comes like a person's."""
    rule = Rule(name="mine", answer=CALL, source="x", tool="Bash(make:*)")
    questions = opened(store, clock, [rule])
    take(questions, permission())

    assert "mine" == until_asked(store, questions).voice
    questions.close()


def test_a_question_shows_what_the_call_would_change(store: Store, clock: FakeClock) -> None:
    """The diff of an edit, and what is known for nothing."""
    rule = Rule(name="ask", answer=ASK, source="x", tool="Write")
    call = ToolCall(id="t1", tool="Write", input={"file_path": "a.py", "content": "x = 1\n"})
    asking = Asking(id="s/w", kind=QuestionKind.PERMISSION, text="Write: a.py", tool_call=call)
    facts = Facts(inside_workspace=True, branch="feature/x")
    opened(store, clock, [rule]).take(asking, task=TASK, context={}, facts=facts)

    (question,) = store.questions.open()
    assert "+x = 1" in question.diff
    assert facts == question.facts


class Scramble:
    """Sessions that come and go, and people who answer at any time."""

    def __init__(self, store: Store, clock: FakeClock, seed: int) -> None:
        self.store, self.clock, self.chance = store, clock, random.Random(seed)
        self.asked = [replace(permission(f"rm -rf {n}"), id=f"q{n}") for n in range(3)]
        self.delivered: list[str] = []
        self.session = 0
        self.open_session()

    def open_session(self) -> None:
        self.session += 1
        self.questions = opened(self.store, self.clock, silence="park")
        self.due: list[str] = []
        self.live: set[str] = set()

    def ask(self) -> None:
        one = self.chance.choice(self.asked)
        if one.id in self.live or one.id in self.delivered:
            return
        self.live.add(one.id)
        again = replace(one, id=f"{self.session}/{one.id}")
        if take(self.questions, again) is not None:
            self.due.append(again.id)

    def answer(self) -> None:
        for question in self.store.questions.open()[:1]:
            self.store.questions.answer(question.id, HIS)

    def wait(self) -> None:
        self.clock.sleep(200)

    def settle(self) -> None:
        self.due += [name for name, _ in self.questions.settled()]

    def deliver(self) -> None:
        for name in self.due:
            self.questions.deliver(name)
            self.delivered.append(name.partition("/")[2])
        self.due = []

    def close(self) -> None:
        self.questions.let_go()
        self.open_session()

    def step(self) -> None:
        steps = (self.ask, self.answer, self.wait, self.settle, self.deliver, self.close)
        try:
            self.chance.choice(steps)()
        except SessionParked:
            self.close()


@pytest.mark.parametrize("seed", range(40))
def test_however_it_comes_each_is_asked_once_and_told_once(
    store: Store, clock: FakeClock, seed: int
) -> None:
    """Whatever the order of it all: one question for each thing asked, and one delivery."""
    scramble = Scramble(store, clock, seed)
    for _ in range(60):
        scramble.step()

    events = [entry.event for entry in store.journal.read()]
    texts = [event.question.text for event in events if isinstance(event, QuestionAsked)]
    told = [event for event in events if isinstance(event, AnswerDelivered)]
    assert len(texts) == len(set(texts))
    assert len(scramble.delivered) == len(set(scramble.delivered)) == len(told)
