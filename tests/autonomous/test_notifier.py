"""From the journal to people, and their answers back: the whole way, on a real store."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import time as time_of_day
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from coffee_maker.autonomous.input_handler import InputHandler
from coffee_maker.autonomous.message_handler import MessageHandler
from coffee_maker.autonomous.notifier import ChannelPlan, Notifier
from coffee_maker.domain.errors import ConfigError
from coffee_maker.domain.events import (
    ChannelFailed,
    MessageSent,
    NoticeGiven,
    QuestionAnswered,
    ReplyTurnedAway,
    TaskDelivered,
)
from coffee_maker.domain.message import About, Received
from coffee_maker.domain.question import DENY, PARK, Answer, AnsweredBy, Severity
from coffee_maker.store.store import Store
from tests.support.clocks import SteppedClock
from tests.support.fake_channel import FakeChannel, down
from tests.support.fakes import START
from tests.support.questions import question

DELIVERED = TaskDelivered(pull_request="u", branch="b", seconds=1, waited_seconds=0)


def wait_for(true: Callable[[], object], seconds: float = 10) -> bool:
    """True as soon as it is so."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.005)
    return bool(true())


class House:
    """A store, channels, and a notifier over them."""

    def __init__(self, folder: Path) -> None:
        self.clock = SteppedClock(START)
        self.store = Store(folder / "journal.db", self.clock)
        self.door = InputHandler(self.store.questions, self.clock, redact=str)
        self.notifiers: list[Notifier] = []

    def notifier(self, *plans: FakeChannel | ChannelPlan, **given: Any) -> Notifier:
        made = Notifier(
            self.store.questions,
            self.store.journal,
            self.store.outbox,
            self.clock,
            channels=[
                plan if isinstance(plan, ChannelPlan) else ChannelPlan(channel=plan)
                for plan in plans
            ],
            receive=self.door.receive,
            redact=lambda text: text.replace("hunter2", "[password]"),
            **given,
        )
        self.notifiers.append(made)
        made.start()
        return made

    def answer_to(self, id: str = "q1") -> Answer:
        answer = self.store.questions.answer_to(id)
        assert answer is not None
        return answer

    def close(self) -> None:
        for notifier in self.notifiers:
            notifier.close()
        self.store.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.close()


def test_a_question_reaches_every_channel_and_one_answer_settles_all(house: House) -> None:
    """The first answer wins; every other card says who answered what, and where."""
    slack, mail = FakeChannel("slack"), FakeChannel("email")
    notifier = house.notifier(slack, mail)
    house.store.questions.put(question(text="May I use hunter2?"))
    notifier.attend()
    assert wait_for(lambda: slack.sent and mail.sent)

    assert Received.ACCEPTED is slack.reply("q1", "no").received
    assert Received.LATE is mail.reply("q1", "yes").received
    notifier.attend()

    assert wait_for(lambda: slack.about(About.SETTLED) and mail.about(About.SETTLED))
    assert 'answered "no" by Ana via slack' == mail.about(About.SETTLED)[0].outcome
    assert "hunter2" not in repr((slack.sent, mail.sent))


def test_of_three_channels_at_once_one_wins(house: House) -> None:
    """Twenty questions, answered everywhere at the same moment: each exactly once."""
    channels = [FakeChannel(name) for name in ("slack", "email", "web")]
    house.notifier(*channels)
    assert wait_for(lambda: all(channel.opened for channel in channels))
    for number in range(20):
        house.store.questions.put(question(f"q{number}"))
    received: list[Received] = []
    begin = threading.Barrier(3)

    def click(channel: FakeChannel, text: str) -> None:
        begin.wait()
        received.extend(channel.reply(f"q{n}", text).received for n in range(20))

    threads = [
        threading.Thread(target=click, args=pair)
        for pair in zip(channels, ("yes", "no", "yes"), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (20, 40) == (received.count(Received.ACCEPTED), received.count(Received.LATE))
    assert 20 == len(list(house.store.journal.read(kinds=(QuestionAnswered.kind,))))


def test_a_dead_channel_slows_nobody(house: House) -> None:
    """It hangs and fails; attending takes no time, and the other one is told at once."""
    dead, alive = FakeChannel("slack"), FakeChannel("email")
    dead.hangs = threading.Event()
    notifier = house.notifier(dead, alive)
    took: list[float] = []
    for number in range(5):
        house.store.questions.put(question(f"q{number}", severity=Severity.CRITICAL))
        begun = time.monotonic()
        notifier.attend()
        took.append(time.monotonic() - begun)
        assert wait_for(lambda number=number: len(alive.sent) == number + 1, 2)  # type: ignore[misc]
    begun = time.monotonic()
    notifier.close()

    assert max(took) < 0.5
    assert [] == dead.sent
    assert time.monotonic() - begun < 2.5
    dead.hangs.set()


def test_an_outage_is_told_on_the_other_channels(house: House) -> None:
    """Not on the one that is out, and not over and over."""
    dead, alive = FakeChannel("slack"), FakeChannel("email")
    dead.dead = down()
    notifier = house.notifier(dead, alive)
    house.store.journal.append(ChannelFailed(channel="slack", error="e", cure="c"))
    notifier.attend()

    assert wait_for(lambda: alive.sent)
    assert ["slack cannot be reached"] == [message.card.heading for message in alive.sent]
    dead_letters = house.store.outbox.due("slack", house.clock.now())
    assert () == dead_letters


def test_who_may_not_answer_is_told_of_once(house: House) -> None:
    """Per person and question, however much is said in a thread; the journal has every time."""
    slack = FakeChannel("slack")
    notifier = house.notifier(slack)
    for who, to in (("eve", "q1"), ("eve", "q1"), ("mallory", "q1"), ("eve", "q2"), ("eve", "q1")):
        refusal = f"{who} may not answer"
        away = ReplyTurnedAway(
            question=to, channel="slack", who=who, received=Received.REFUSED, reason=refusal
        )
        house.store.journal.append(away)
        notifier.attend()

    assert wait_for(lambda: len(slack.sent) >= 3)
    notifier.close()
    told = [message.card.text.split()[0] for message in slack.sent]
    assert ["eve", "mallory", "eve"] == told
    assert 5 == len(list(house.store.journal.read(kinds=(ReplyTurnedAway.kind,))))


def test_only_what_happens_from_the_first_start_is_told(house: House) -> None:
    """History is no news; what is open still is."""
    house.store.journal.append(DELIVERED, task="PRIORITY 1")
    house.store.questions.put(question("open"))
    slack = FakeChannel("slack")
    notifier = house.notifier(slack)
    house.store.journal.append(DELIVERED, task="PRIORITY 2")
    notifier.attend()

    assert wait_for(lambda: len(slack.sent) == 2)
    assert {"Claude asks for permission", "Delivered: PRIORITY 2"} == {
        message.card.heading for message in slack.sent
    }


def test_what_happened_while_nobody_looked_is_told_later(house: House) -> None:
    """The cursor outlives the process; nothing is told twice."""
    slack = FakeChannel("slack")
    first = house.notifier(slack)
    house.store.questions.put(question("q1"))
    first.attend()
    assert wait_for(lambda: slack.sent)
    first.close()
    house.store.journal.append(DELIVERED, task="PRIORITY 1")
    house.store.questions.put(question("q2"))
    second = house.notifier(slack)
    second.attend()

    assert wait_for(lambda: len(slack.sent) == 3)
    ids = [message.id for message in slack.sent]
    assert len(set(ids)) == 3
    assert 3 == len(list(house.store.journal.read(kinds=(MessageSent.kind,))))


def test_a_channel_that_forgets_is_told_again(house: House) -> None:
    """Notifications on a screen are gone with the process that showed them."""
    desktop, slack = FakeChannel("desktop", forgets=True), FakeChannel("slack")
    first = house.notifier(desktop, slack)
    house.store.questions.put(question())
    first.attend()
    assert wait_for(lambda: desktop.sent and slack.sent)
    first.close()
    house.notifier(desktop, slack)

    assert wait_for(lambda: len(desktop.sent) == 2)
    assert 1 == len(slack.sent)


def test_the_ladder_is_climbed_while_nobody_answers(house: House) -> None:
    """The second rung is told when its time has come, and not at all after an answer."""
    now, later = FakeChannel("desktop"), FakeChannel("slack")
    notifier = house.notifier(now, ChannelPlan(channel=later, after_seconds=60))
    house.store.questions.put(question("q1"))
    house.store.questions.put(question("q2"))
    notifier.attend()
    assert wait_for(lambda: len(now.sent) == 2)
    assert [] == later.sent

    now.reply("q1", "no")
    house.clock.sleep(61)
    notifier.attend()

    assert wait_for(lambda: later.sent)
    assert ["ask:q2"] == [message.id for message in later.sent]


def test_quiet_hours_hold_back_what_is_not_critical(house: House) -> None:
    """All day long, here: what is critical goes out all the same."""
    slack = FakeChannel("slack")
    local = START.astimezone()
    begin, end = (local - timedelta(hours=1)).time(), (local + timedelta(hours=1)).time()
    notifier = house.notifier(slack, quiet=(begin, end))
    house.store.questions.put(question("calm", severity=Severity.IMPORTANT))
    house.store.questions.put(question("grave", severity=Severity.CRITICAL))
    notifier.attend()

    assert wait_for(lambda: slack.sent)
    assert ["ask:grave"] == [message.id for message in slack.sent]
    assert START + timedelta(hours=1) == house.store.outbox.next_due("slack")
    assert isinstance(begin, time_of_day)


def test_a_parked_question_is_told_anew_and_ends_at_its_deadline(house: House) -> None:
    """By its safe default, because no session watches it any more."""
    slack = FakeChannel("slack")
    notifier = house.notifier(slack)
    house.store.questions.put(question(safe_default=PARK))
    notifier.attend()
    assert wait_for(lambda: slack.sent)
    house.store.questions.park("q1", START + timedelta(days=7), DENY)
    notifier.attend()
    assert wait_for(lambda: len(slack.sent) == 2)
    house.clock.sleep(timedelta(days=7).total_seconds())
    notifier.attend()

    assert [("ask:q1", ""), ("parked:q1", "slack/ask:q1")] == [
        (message.id, message.reference) for message in slack.sent[:2]
    ]
    assert (DENY, AnsweredBy.DEADLINE) == (house.answer_to().value, house.answer_to().by)


def test_the_deadline_of_a_question_with_a_session_is_the_sessions(house: House) -> None:
    """It may park it; nobody interferes."""
    notifier = house.notifier(FakeChannel("slack"))
    house.store.questions.put(question())
    notifier.attend()
    house.clock.sleep(1_000)
    notifier.attend()

    assert house.store.questions.answer_to("q1") is None


def test_functions_answer_before_anybody_is_told(house: House) -> None:
    """A person hears of nothing but what is theirs."""
    slack = FakeChannel("slack")
    handler = MessageHandler({"commit?": lambda _: "yes", "push?": lambda _: None})
    notifier = house.notifier(slack, handler=handler)
    house.store.questions.put(question("q1", voice="commit?"))
    house.store.questions.put(question("q2", voice="push?"))
    notifier.attend()
    notifier.attend()

    assert wait_for(lambda: slack.sent)
    assert ["ask:q2"] == [message.id for message in slack.sent]
    assert ("commit?", AnsweredBy.RULE) == (house.answer_to().rule, house.answer_to().by)


def test_a_function_that_raises_has_a_person_asked_and_is_told_of(house: House) -> None:
    """Once, not ten times a second."""
    calls: list[object] = []

    def breaks(context: object) -> str:
        calls.append(context)
        raise ValueError("oops")

    slack = FakeChannel("slack")
    notifier = house.notifier(slack, handler=MessageHandler({"k": breaks}))
    house.store.questions.put(question(voice="k"))
    for _ in range(3):
        notifier.attend()
    (notice,) = house.store.journal.read(kinds=(NoticeGiven.kind,))

    assert wait_for(lambda: slack.sent)
    assert 1 == len(calls)
    assert isinstance(notice.event, NoticeGiven)
    assert "ValueError('oops'); a person is asked instead" in notice.event.message


def test_the_window_shows_what_is_open_and_how_it_was_settled(house: House) -> None:
    """At once, in the thread that attends, whatever the ladder says."""
    window, slack = FakeChannel("terminal"), FakeChannel("slack")
    notifier = house.notifier(slack, window=window)
    house.store.questions.put(question())
    notifier.attend()
    assert ["ask:q1"] == [message.id for message in window.sent]

    assert wait_for(lambda: slack.sent)
    slack.reply("q1", "no")
    notifier.attend()

    assert 'answered "no" by Ana via slack' == window.sent[1].outcome
    assert 2 == len(window.sent)


def test_attending_reads_nothing_while_nothing_happens(house: House) -> None:
    """Ten times a second, for days: the store is asked for its newest id, and for nothing else."""
    notifier = house.notifier(FakeChannel("slack"))
    notifier.attend()
    calls: list[str] = []
    rows = house.store.questions.open

    class Watched:
        def open(self) -> object:
            calls.append("open")
            return rows()

    notifier._box = Watched()  # type: ignore[assignment]
    for _ in range(100):
        notifier.attend()

    assert [] == calls


def test_whoever_embeds_it_may_ask_something(house: House) -> None:
    """As the founding documents write it; silence is safe there too."""
    slack = FakeChannel("slack")
    notifier = house.notifier(slack)
    notification = {
        "title": "Input Required",
        "priority": "PRIORITY 2: Analytics",
        "question": "I found an API key in .env. Should I commit it?",
        "options": ["yes", "no", "skip"],
        "timeout": 300,
        "context": {"file": ".env", "branch": "feature/x", "severity": "critical"},
    }
    asked_id = notifier.send(notification)
    notifier.attend()
    assert wait_for(lambda: slack.sent)
    (asked,) = slack.sent

    assert Severity.CRITICAL is asked.card.severity
    assert ["yes", "no", "skip"] == [button.value for button in asked.card.buttons]
    assert "means: no" in asked.card.silence
    house.clock.sleep(301)
    notifier.attend()
    response = house.door.wait_for_input(asked_id)
    assert ("no", True) == (response.value, response.timed_out)


@pytest.mark.parametrize("given", [{}, {"question": "?", "context": {"severity": "huge"}}])
def test_a_notification_that_cannot_be_read_is_said(house: House, given: dict[str, Any]) -> None:
    """Nothing is asked then."""
    with pytest.raises(ConfigError):
        house.notifier().send(given)
    assert () == house.store.questions.open()


def test_starting_and_closing_twice_does_no_harm(house: House) -> None:
    """And it can be started again."""
    slack = FakeChannel("slack")
    notifier = house.notifier(slack)
    notifier.start()
    assert wait_for(lambda: slack.opened)
    notifier.close()
    notifier.close()
    assert 1 == slack.closed

    notifier.start()
    house.store.questions.put(question())
    notifier.attend()
    assert wait_for(lambda: slack.sent)


def test_a_question_that_tries_one_channel_is_no_business_of_the_others(house: House) -> None:
    """Neither the test nor its answer is told anywhere else."""
    slack = FakeChannel("slack")
    notifier = house.notifier(slack)

    house.store.questions.put(question("test/1"))
    notifier.attend()
    house.store.questions.answer("test/1", Answer(value="x", by=AnsweredBy.PERSON, who="ana"))
    house.store.questions.put(question("q1"))
    notifier.attend()

    assert wait_for(lambda: slack.sent)
    assert ["q1"] == [message.question for message in slack.sent]
