"""The one door: which reply counts, and what everybody else is told."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coffee_maker.autonomous.input_handler import (
    JOURNALLED_AT_MOST,
    TEXT_LIMIT,
    InputHandler,
    _clean,
    what_answers,
)
from coffee_maker.domain.errors import ConfigError
from coffee_maker.domain.events import ReplyTurnedAway
from coffee_maker.domain.message import Received, Reply
from coffee_maker.domain.question import (
    ALLOW,
    DENY,
    PARK,
    Answer,
    AnsweredBy,
    Question,
    QuestionKind,
)
from coffee_maker.store.store import Store
from tests.support.clocks import SteppedClock
from tests.support.fakes import START
from tests.support.questions import question


@dataclass
class Door:
    """The handler, on a real store."""

    store: Store
    clock: SteppedClock
    handler: InputHandler

    def asks(self, *asked: Question) -> None:
        for one in asked:
            self.store.questions.put(one)

    def says(
        self, text: str, *, to: str = "q1", who: str = "Ana", refusal: str = "", via: str = "slack"
    ) -> tuple[Received, str]:
        receipt = self.handler.receive(
            Reply(question=to, text=text, channel=via, who=who, refusal=refusal)
        )
        return receipt.received, receipt.message

    def away(self) -> list[ReplyTurnedAway]:
        entries = self.store.journal.read(kinds=(ReplyTurnedAway.kind,))
        return [e.event for e in entries if isinstance(e.event, ReplyTurnedAway)]


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    clock = SteppedClock(START)
    store = Store(tmp_path / "journal.db", clock)
    yield Door(store, clock, InputHandler(store.questions, clock))
    store.close()


def test_a_parked_tasks_receipt_is_true_without_a_daemon(door: Door) -> None:
    """It promises nothing that only a running daemon would do."""
    door.asks(question(parked=True))

    goes_on = "The task goes on with it as soon as `coffee-maker run` is running."
    assert (Received.ACCEPTED, f'Your answer counts: "yes". {goes_on}') == door.says("yes")


def test_the_first_answer_counts(door: Door) -> None:
    """With who gave it, where, and why; it is thanked for."""
    door.asks(question())

    assert (Received.ACCEPTED, 'Your answer counts: "no".') == door.says("no, use make")
    assert Answer(
        value=DENY, by=AnsweredBy.PERSON, message="use make", who="Ana", channel="slack"
    ) == door.store.questions.answer_to("q1")


def test_a_code_names_the_question_as_well(door: Door) -> None:
    """It is what people type."""
    door.asks(question())

    assert Received.ACCEPTED is door.says("yes", to=question().code)[0]


def test_whoever_comes_late_hears_who_was_first(door: Door) -> None:
    """Nothing changes by it, and it is journalled."""
    door.asks(question())
    door.says("no")
    received, message = door.says("yes", who="Ben", via="email")

    assert Received.LATE is received
    assert 'answered "no" by Ana via slack' in message
    assert [("email", "Ben", "late")] == [(a.channel, a.who, a.received) for a in door.away()]
    answer = door.store.questions.answer_to("q1")
    assert answer is not None
    assert DENY == answer.value


def test_a_reply_after_the_deadline_counts_while_nothing_else_did(door: Door) -> None:
    """The store decides, and it decides once."""
    door.asks(question())
    door.clock.sleep(301)

    assert Received.ACCEPTED is door.says("yes")[0]


def test_rubbish_is_told_why_three_times_then_the_safe_default_counts(door: Door) -> None:
    """Each time with what would be an answer, and how many tries are left."""
    door.asks(question())
    told = [door.says(text) for text in ("perhaps", "hm", "maybe")]

    assert [Received.INVALID] * 3 == [received for received, _ in told]
    assert '"perhaps" is neither yes nor no.' == told[0][1].split(" Answer")[0]
    assert "Answer yes or no; behind a no you may say why. 2 tries are left; " in told[0][1]
    assert "1 try is left; then the safe default counts: no." in told[1][1]
    assert "the safe default counts: no" in told[2][1]
    answer = door.store.questions.answer_to("q1")
    assert answer is not None
    assert (DENY, AnsweredBy.INVALID) == (answer.value, answer.by)
    assert Received.LATE is door.says("yes")[0]


def test_an_empty_line_uses_up_no_try(door: Door) -> None:
    """Whoever presses Enter to wake a window has refused nothing."""
    door.asks(question())
    for _ in range(4):
        received, told = door.says(" ")
        assert (Received.INVALID, False) == (received, "left" in told)

    assert Received.ACCEPTED is door.says("yes")[0]


def test_the_tries_are_those_of_all_processes_together(door: Door) -> None:
    """Two on the web and one in the window make three."""
    door.asks(question())
    other = Door(door.store, door.clock, InputHandler(door.store.questions, door.clock))
    door.says("?")
    other.says("?")

    assert "safe default counts" in door.says("?")[1]


def test_where_silence_parks_rubbish_settles_nothing(door: Door) -> None:
    """The deadline will park it; until then a real answer still counts."""
    door.asks(question(safe_default=PARK))
    for _ in range(4):
        received, told = door.says("?")
        assert (Received.INVALID, False) == (received, "left" in told)

    assert Received.ACCEPTED is door.says("yes")[0]


def test_retries_may_be_forbidden(door: Door) -> None:
    """Then the first that is none brings the safe default."""
    door.handler = InputHandler(door.store.questions, door.clock, retry_on_invalid=False)
    door.asks(question())

    assert "safe default counts" in door.says("?")[1]


def test_whoever_may_not_answer_learns_nothing(door: Door) -> None:
    """The refusal comes before the question, known or not, open or not."""
    door.asks(question())
    known = door.says("yes", who="Eve", refusal="You are not among those who may answer")
    unknown = door.says("yes", to="q2", who="Eve", refusal="You are not among those who may answer")

    assert (Received.REFUSED, "You are not among those who may answer.") == known == unknown
    assert ["q1", "q2"] == [away.question for away in door.away()]
    assert door.store.questions.answer_to("q1") is None


def test_an_unknown_question_is_named_and_journalled(door: Door) -> None:
    """Without what would act on a terminal."""
    received, message = door.says("yes", to="\x1b[2Jabc")

    assert Received.UNKNOWN is received
    assert '"\\x1b[2Jabc"' in message
    assert 1 == len(door.away())


def test_a_flood_of_rubbish_does_not_fill_the_journal(door: Door) -> None:
    """Each is told; so many per channel and minute are kept, and no more."""
    for number in range(JOURNALLED_AT_MOST + 20):
        assert Received.UNKNOWN is door.says("yes", to=f"no{number}")[0]
    assert JOURNALLED_AT_MOST == len(door.away())

    door.says("yes", to="no", via="email")
    assert JOURNALLED_AT_MOST + 1 == len(door.away())

    door.clock.sleep(61)
    door.says("yes", to="no")
    assert JOURNALLED_AT_MOST + 2 == len(door.away())


def test_nothing_of_the_question_is_in_a_receipt(door: Door) -> None:
    """Labels may hold secrets, and a receipt goes out unread."""
    door.asks(question("q1", "AKIAZ7QK3PLM2XVN4RTB", "b"))

    assert "AKIA" not in door.says("9")[1]
    assert "AKIA" not in door.says("1")[1]


def test_what_is_an_answer_is_said_for_each_kind() -> None:
    """In words that hold nothing of the question."""
    assert "number from 1 to 2, an option" in what_answers(question("q", "a", "b"))
    assert "several numbers" in what_answers(question("q", "a", "b", multiple=True))
    assert "own words" in what_answers(question(kind=QuestionKind.TEXT))


@given(st.text())
def test_a_replys_text_is_harmless(text: str) -> None:
    """No control characters, no halves of a pair, and not endless."""
    cleaned = _clean(text * 3)

    assert all(sign >= " " or sign in "\n\t" for sign in cleaned)
    assert not any("\x7f" <= sign <= "\x9f" for sign in cleaned)
    cleaned.encode()


def test_a_book_is_cut(door: Door) -> None:
    """Ten thousand characters are an answer, the rest is not kept."""
    door.asks(question(kind=QuestionKind.TEXT))
    door.says("x" * 1_000_000)
    answer = door.store.questions.answer_to("q1")

    assert answer is not None
    assert TEXT_LIMIT == len(answer.value)


def test_waiting_ends_with_the_answer(door: Door) -> None:
    """What a person would have typed, and after how long."""
    door.asks(question())
    door.clock.sleep(1)
    door.says("yes")
    response = door.handler.wait_for_input("q1")

    assert ("yes", True, False) == (response.value, response.valid, response.timed_out)


def test_waiting_ends_with_the_time(door: Door) -> None:
    """Then the safe default is what counts, and nothing was settled by waiting."""
    door.asks(question())
    response = door.handler.wait_for_input("q1", timeout=20)

    assert ("no", False, True) == (response.value, response.valid, response.timed_out)
    assert 20 == pytest.approx(response.elapsed_time)
    assert door.store.questions.answer_to("q1") is None


def test_a_validation_rule_holds_for_what_comes_in_meanwhile(tmp_path: Path) -> None:
    """What it does not take is asked again; what it takes is the answer."""
    with_rule = threading.Event()

    class Clock(SteppedClock):
        def sleep(self, seconds: float) -> None:
            with_rule.set()
            threading.Event().wait(0.005)

    clock = Clock(START)
    store = Store(tmp_path / "journal.db", clock)
    handler = InputHandler(
        store.questions, clock, validation_rules={"yes/no": lambda said: said in {"yes", "no"}}
    )
    store.questions.put(question(kind=QuestionKind.TEXT))
    received: list[Received] = []

    def answer() -> None:
        with_rule.wait()
        for text in ("perhaps", "yes"):
            reply = Reply(question="q1", text=text, channel="web", who="Ana")
            received.append(handler.receive(reply).received)

    person = threading.Thread(target=answer)
    person.start()
    response = handler.wait_for_input("q1", validation="yes/no")
    person.join()
    store.close()

    assert ("yes", True) == (response.value, response.valid)
    assert [Received.INVALID, Received.ACCEPTED] == received


def test_waiting_for_nothing_is_an_error(door: Door) -> None:
    """A name that is not known, of a question or of a rule, is said at once."""
    door.asks(question())
    with pytest.raises(ConfigError):
        door.handler.wait_for_input("q2")
    with pytest.raises(ConfigError, match="no validation rule"):
        door.handler.wait_for_input("q1", validation="colour")


def test_of_many_at_once_one_counts(door: Door) -> None:
    """Whoever loses hears who has won."""
    door.asks(*(question(f"q{n}", deadline=START + timedelta(hours=1)) for n in range(5)))
    receipts: list[Received] = []

    def click(way: str, text: str) -> None:
        receipts.extend(door.says(text, to=f"q{n}", via=way)[0] for n in range(5))

    threads = [
        threading.Thread(target=click, args=(f"way{n}", text))
        for n, text in enumerate(("yes", "no", "yes", "no"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert 5 == receipts.count(Received.ACCEPTED)
    assert 15 == receipts.count(Received.LATE)
    assert {ALLOW, DENY} >= {
        answer.value for n in range(5) if (answer := door.store.questions.answer_to(f"q{n}"))
    }


def test_of_a_secret_that_was_typed_not_even_the_half_is_kept(door: Door) -> None:
    """It is replaced before the reason is cut, in which half of it would not be recognised."""
    token = "github_pat_" + "11ABCDEFG0" + "aB3dE5fG7h" * 7 + "xY"
    door.asks(question())
    received, said = door.says(f"it is {token}")

    assert Received.INVALID is received
    assert token[:20] not in f"{said} {door.away()}"
