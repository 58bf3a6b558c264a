"""Who answers what."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from coffee_maker.autonomous.message_handler import GO_ON, NOBODY, MessageHandler
from coffee_maker.domain.question import (
    ALLOW,
    DENY,
    Answer,
    AnsweredBy,
    Option,
    QuestionKind,
    ToolCall,
)
from coffee_maker.domain.rules import ASK, Rule
from coffee_maker.domain.session import Asking
from coffee_maker.store.store import Store
from tests.support.fakes import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def store(tmp_path: Path, clock: FakeClock) -> Iterator[Store]:
    with Store(tmp_path / "journal.db", clock) as opened:
        yield opened


def handler(store: Store, clock: FakeClock, **options: Any) -> MessageHandler:
    return MessageHandler(box=store.questions, clock=clock, **options)


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


def take(handler: MessageHandler, asking: Asking) -> Answer | None:
    return handler.take(asking, task="PRIORITY 1", context={})


def test_a_rule_answers_at_once_and_is_named(store: Store, clock: FakeClock) -> None:
    """The user's rule speaks, nobody is asked, and the journal has question and answer."""
    rule = Rule(name="make", answer=ALLOW, source="coffee_maker.toml", tool="Bash(make:*)")

    answer = take(handler(store, clock, rules=[rule]), permission())

    assert Answer(value=ALLOW, by=AnsweredBy.RULE, rule="make") == answer
    assert ["question.asked", "question.answered"] == [e.event.kind for e in store.journal.read()]
    assert () == store.questions.open()


def test_what_routine_is_needs_no_one(store: Store, clock: FakeClock) -> None:
    """Editing and committing in its own clone is what the clone is for."""
    answer = take(handler(store, clock), permission("git commit -m x"))

    assert answer is not None
    assert ALLOW == answer.value


def test_a_users_denial_outranks_what_is_routine(store: Store, clock: FakeClock) -> None:
    """A deny rule wins over the built-in allowances."""
    rule = Rule(name="no", answer=DENY, source="x", tool="Bash(git commit:*)", message="never")

    answer = take(handler(store, clock, rules=[rule]), permission("git commit -m x"))

    assert Answer(value=DENY, by=AnsweredBy.RULE, rule="no", message="never") == answer


def test_without_a_rule_a_person_is_asked(store: Store, clock: FakeClock) -> None:
    """The question stands open until somebody answers, and the answer comes out once."""
    handling = handler(store, clock)

    assert take(handling, permission("rm -rf build")) is None
    assert handling.is_waiting
    assert [] == handling.settled()

    given = Answer(value=ALLOW, by=AnsweredBy.PERSON, who="ana", channel="terminal")
    assert store.questions.answer("s/t1", given)
    assert [("s/t1", given)] == handling.settled()
    assert [] == handling.settled()
    assert not handling.is_waiting


@pytest.mark.parametrize(
    ("asking", "expected"),
    [(permission("rm -rf build"), DENY), (CHOICE, NOBODY), (text("Shall I?"), NOBODY)],
)
def test_silence_is_safe(store: Store, clock: FakeClock, asking: Asking, expected: str) -> None:
    """At the deadline the safe default counts, and never the first option."""
    handling = handler(store, clock, deadline_seconds=300)
    take(handling, asking)

    clock.sleep(299)
    assert [] == handling.settled()

    clock.sleep(1)
    ((_, answer),) = handling.settled()
    assert (expected, AnsweredBy.DEADLINE) == (answer.value, answer.by)


@pytest.mark.parametrize(
    ("asking", "expected"),
    [(permission("rm -rf build"), ALLOW), (CHOICE, GO_ON), (text("Shall I go on?"), GO_ON)],
)
def test_auto_approve_says_yes(
    store: Store, clock: FakeClock, asking: Asking, expected: str
) -> None:
    """It allows, and lets the agent choose; it does not take the first option."""
    answer = take(handler(store, clock, auto_approve=True), asking)

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
    allow_all = Rule(name="all", answer="yes", source="x")

    assert take(handler(store, clock, auto_approve=True, rules=[allow_all]), text(words)) is None


def test_an_unreadable_screen_is_always_a_persons(store: Store, clock: FakeClock) -> None:
    """Nothing is guessed about a screen that nobody recognised."""
    unreadable = Asking(id="s/u", kind=QuestionKind.UNREADABLE, text="???")

    assert take(handler(store, clock, auto_approve=True), unreadable) is None


def test_a_rule_may_hand_over_to_a_person(store: Store, clock: FakeClock) -> None:
    """`ask` keeps auto-approve out of it."""
    rule = Rule(name="deploys", answer=ASK, source="x", tool="Bash(make:*)")

    assert take(handler(store, clock, auto_approve=True, rules=[rule]), permission()) is None


def test_a_question_asked_again_gets_the_answer_it_had(store: Store, clock: FakeClock) -> None:
    """A resumed session that asks the same again does not trouble anybody twice."""
    take(handler(store, clock), CHOICE)
    given = Answer(value="SQLite", by=AnsweredBy.PERSON, who="ana")
    store.questions.answer(CHOICE.id, given)

    assert given == take(handler(store, clock), CHOICE)


def test_an_answer_at_the_agents_own_terminal_closes_the_question(
    store: Store, clock: FakeClock
) -> None:
    """Whoever answers first has answered; the question is open nowhere else."""
    handling = handler(store, clock)
    take(handling, permission("rm -rf build"))

    handling.withdraw("s/t1")

    assert () == store.questions.open()
    assert not handling.is_waiting
