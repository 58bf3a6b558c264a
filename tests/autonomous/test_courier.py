"""One channel's queue and its messenger, on a real store."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coffee_maker.autonomous.courier import (
    FIRST_SECONDS,
    LONGEST_SECONDS,
    RETRY_AFTER_AT_MOST,
    TOLD_AFTER,
    Courier,
    _Step,
    pause,
)
from coffee_maker.autonomous.notification_queue import CARDS_AT_MOST, NotificationQueue
from coffee_maker.domain.cards import compose_card
from coffee_maker.domain.errors import ChannelError, StoreError
from coffee_maker.domain.events import (
    ChannelFailed,
    ChannelRecovered,
    MessageSent,
    NoticeGiven,
)
from coffee_maker.domain.letter import Letter
from coffee_maker.domain.message import About, Card, Message, Sent
from coffee_maker.domain.question import DENY, Answer, AnsweredBy, Severity
from coffee_maker.store.store import Store
from tests.channels.conformance import FakeDoor
from tests.support.clocks import SteppedClock
from tests.support.fake_channel import FakeChannel, down, misconfigured
from tests.support.fakes import START
from tests.support.questions import question


def wait_for(true: Callable[[], object], seconds: float = 10) -> bool:
    """True as soon as it is so."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.005)
    return bool(true())


class Post:
    """A store, a channel, its queue and its courier."""

    def __init__(self, folder: Path, name: str = "slack") -> None:
        self.clock = SteppedClock(START)
        self.store = Store(folder / "journal.db", self.clock)
        self.channel = FakeChannel(name)
        self.queue = self.new_queue()
        self.courier = self.new_courier()

    def new_queue(self) -> NotificationQueue:
        return NotificationQueue(
            self.store.outbox,
            self.store.questions,
            self.clock,
            self.channel.name,
            digest_at=5,
            link=lambda question, channel: f"https://x.test/{channel}/{question}",
        )

    def new_courier(self) -> Courier:
        return Courier(
            self.channel,
            self.queue,
            self.store.journal,
            self.clock,
            FakeDoor(),
            chance=lambda: 0.5,
            redact=lambda text: text.replace("hunter2" * 100, "[secret]"),
        )

    def ask(
        self, id: str = "q1", severity: Severity = Severity.ROUTINE, *, after: float = 0
    ) -> Letter:
        asked = question(id, severity=severity)
        self.store.questions.put(asked)
        letter = Letter(
            id=f"ask:{id}",
            channel=self.channel.name,
            about=About.ASK,
            due=START + timedelta(seconds=after),
            card=compose_card(asked, str),
            task=asked.task,
            question=id,
        )
        self.queue.add(letter)
        return letter

    def answer(self, id: str = "q1") -> None:
        answer = Answer(value=DENY, by=AnsweredBy.PERSON, who="Ana", channel="web")
        assert self.store.questions.answer(id, answer)
        self.queue.add(
            Letter(
                id=f"settled:{id}",
                channel=self.channel.name,
                about=About.SETTLED,
                due=self.clock.now(),
                card=compose_card(question(id), str),
                task="PRIORITY 2",
                question=id,
                outcome='answered "no" by Ana via web',
            )
        )

    def tell(self, number: int, severity: Severity = Severity.ROUTINE) -> None:
        card = Card(heading=f"Notice {number}", text="", severity=severity)
        self.queue.add(
            Letter(
                id=f"event:{number}",
                channel=self.channel.name,
                about=About.NOTICE,
                due=START,
                card=card,
            )
        )

    def round(self) -> tuple[_Step, float]:
        return self.courier._round()

    def sent(self) -> list[str]:
        return [message.id for message in self.channel.sent]

    def told(self, *kinds: str) -> list[str]:
        return [entry.event.kind for entry in self.store.journal.read(kinds=kinds)]


OUTAGES = (ChannelFailed.kind, ChannelRecovered.kind)


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    made = Post(tmp_path)
    yield made
    made.store.close()


# The queue


def test_the_most_severe_goes_first(post: Post) -> None:
    """And of those that are alike the oldest."""
    post.ask("q1")
    post.ask("q2", Severity.CRITICAL)
    post.ask("q3", Severity.IMPORTANT)
    post.round()

    assert ["ask:q2", "ask:q3", "ask:q1"] == post.sent()


def test_a_priority_may_be_given(post: Post) -> None:
    """Under the founding names: add, empty, get_next, mark_complete."""
    assert post.queue.empty()
    post.tell(1)
    letter = post.ask("q1")
    post.queue.add(
        Letter(
            id="event:2",
            channel="",
            about=About.NOTICE,
            due=START,
            card=Card(heading="h", text=""),
        ),
        priority=Severity.CRITICAL,
    )
    taken = post.queue.get_next()

    assert taken is not None
    assert "event:2" == taken.id
    assert not post.queue.empty()

    post.queue.mark_complete(taken.id, Sent())
    following = post.queue.get_next()
    assert following is not None
    assert following.letters[0].id in {"event:1", letter.id}


def test_a_question_carries_its_link_and_its_task_s_thread(post: Post) -> None:
    """The second of a task goes into the thread that the first one opened."""
    post.ask("q1")
    post.round()
    post.ask("q2")
    post.round()
    first, second = post.channel.sent

    assert "https://x.test/slack/q1" == first.link
    assert ("", "slack/PRIORITY 2") == (first.thread, second.thread)


def test_an_answer_brings_the_message_up_to_date(post: Post) -> None:
    """By the reference that the channel gave for it, with who answered what."""
    post.ask()
    post.round()
    post.answer()
    post.round()
    settled = post.channel.sent[1]

    assert About.SETTLED is settled.about
    assert "slack/ask:q1" == settled.reference
    assert 'answered "no" by Ana via web' == settled.outcome


def test_a_channel_without_references_hears_of_answers_too(post: Post) -> None:
    """A mail that asked is followed by one that says it is over; with no made-up reference."""

    class Mail(FakeChannel):
        def send(self, message: Message) -> Sent:
            super().send(message)
            return Sent()

    post.channel = Mail("slack")
    post.courier = post.new_courier()
    post.ask()
    post.round()
    post.answer()
    post.round()

    assert ["ask:q1", "settled:q1"] == post.sent()
    assert ["", ""] == [message.reference for message in post.channel.sent]


def test_nothing_stale_is_told(post: Post) -> None:
    """A question that was answered before it was due here is no news, nor is its answer."""
    post.ask("q1", after=60)
    post.answer("q1")
    post.round()
    post.clock.sleep(61)
    post.round()

    assert [] == post.sent()
    assert post.queue.next_due() is None


def test_a_parked_question_takes_the_place_of_how_it_was_asked(post: Post) -> None:
    """Only what is true now is told."""
    post.ask("q1", after=60)
    post.store.questions.park("q1", START + timedelta(days=7), DENY)
    post.clock.sleep(61)
    post.round()

    assert [] == post.sent()


def test_a_flood_is_one_message(post: Post) -> None:
    """Five that are due at once are told together; what is critical stands for itself."""
    for number in range(5):
        post.ask(f"q{number}")
    post.tell(1)
    post.ask("grave", Severity.CRITICAL)
    post.round()
    grave, digest = post.channel.sent

    assert ("ask:grave", About.DIGEST) == (grave.id, digest.about)
    assert "5 questions and 1 notice" == digest.card.heading
    assert 6 == len(digest.cards)


def test_four_are_no_flood(post: Post) -> None:
    """Each can be answered where it stands."""
    for number in range(4):
        post.ask(f"q{number}")
    post.round()

    assert [About.ASK] * 4 == [message.about for message in post.channel.sent]


def test_a_digest_is_not_written_over(post: Post) -> None:
    """It belongs to many questions; the answer to one of them is a message of its own."""
    for number in range(5):
        post.ask(f"q{number}")
    post.round()
    post.answer("q3")
    post.round()
    digest, settled = post.channel.sent

    assert (About.DIGEST, About.SETTLED) == (digest.about, settled.about)
    assert "" == settled.reference


def test_a_great_flood_is_several_messages(post: Post) -> None:
    """No message grows without end, and nothing is left out."""
    for number in range(CARDS_AT_MOST + 10):
        post.ask(f"q{number}")
    post.round()

    assert [CARDS_AT_MOST, 10] == [len(message.cards) for message in post.channel.sent]


# The courier


@given(st.integers(1, 10_000), st.floats(0, 1), st.none() | st.floats(0, 1e9))
def test_pauses_grow_and_end(failures: int, chance: float, retry_after: float | None) -> None:
    """From a second to five minutes, and never shorter than the far side asks for."""
    seconds = pause(failures, down(retry_after), chance)

    assert FIRST_SECONDS <= seconds <= max(LONGEST_SECONDS, RETRY_AFTER_AT_MOST)
    if retry_after is None:
        assert seconds <= LONGEST_SECONDS
    else:
        assert seconds >= min(retry_after, RETRY_AFTER_AT_MOST)


def test_a_dead_channel_loses_nothing(post: Post) -> None:
    """It is tried again, told of once, and what waited goes out when it is back."""
    post.channel.dead = down()
    post.ask("q1", Severity.IMPORTANT)
    post.ask("q2")
    for _ in range(8):
        step, seconds = post.round()
        assert _Step.FAILED is step
        post.clock.sleep(seconds + 1)
    assert [ChannelFailed.kind] == post.told(*OUTAGES)

    post.channel.dead = None
    post.clock.sleep(LONGEST_SECONDS)
    post.round()

    assert {"ask:q1", "ask:q2"} == set(post.sent())
    assert list(OUTAGES) == post.told(*OUTAGES)


def test_after_an_outage_nothing_stale_is_told(post: Post) -> None:
    """What was answered meanwhile is neither asked nor settled there."""
    post.channel.dead = down()
    post.ask("q1")
    post.ask("q2")
    post.round()
    post.answer("q1")
    post.channel.dead = None
    post.clock.sleep(LONGEST_SECONDS)
    post.round()

    assert ["ask:q2"] == post.sent()


def test_too_many_requests_wait_as_long_as_they_are_told(post: Post) -> None:
    """429 with Retry-After is no outage, and no request comes sooner."""
    post.channel.fails = [down(retry_after=17.0)]
    post.ask()
    step, seconds = post.round()

    assert (_Step.FAILED, 17.0) == (step, seconds)
    post.clock.sleep(16)
    assert _Step.IDLE is post.round()[0]
    assert 1 == post.channel.tries

    post.clock.sleep(1)
    post.round()
    assert ["ask:q1"] == post.sent()
    assert [] == post.told(*OUTAGES)


def test_a_channel_that_comes_and_goes_is_not_told_each_time(post: Post) -> None:
    """Ten short outages within a few minutes are one event and its end."""
    for number in range(10):
        post.channel.fails = [down() for _ in range(TOLD_AFTER)]
        post.ask(f"q{number}", Severity.CRITICAL)
        for _ in range(TOLD_AFTER + 1):
            _, seconds = post.round()
            post.clock.sleep(min(seconds, 8))

    assert 1 <= post.told(*OUTAGES).count(ChannelFailed.kind) <= 2
    assert 10 == len(set(post.sent()))


def test_what_a_person_must_mend_is_told_at_once(post: Post) -> None:
    """And tried again every five minutes only, in case they did."""
    post.channel.dead = misconfigured()
    post.ask()
    step, seconds = post.round()
    failed = [e.event for e in post.store.journal.read(kinds=(ChannelFailed.kind,))]

    assert (_Step.FAILED, LONGEST_SECONDS) == (step, seconds)
    assert [
        ChannelFailed(channel="slack", error="the token is not valid", cure="set another one")
    ] == failed

    post.clock.sleep(LONGEST_SECONDS)
    post.round()
    assert 2 == post.channel.tries
    assert [ChannelFailed.kind] == post.told(*OUTAGES)


class Picky(FakeChannel):
    """Does not take one message, whatever is tried."""

    def send(self, message: Message) -> Sent:
        if message.question == "poison":
            self.tries += 1
            raise ChannelError("invalid_blocks")
        return super().send(message)


def test_one_message_that_is_refused_does_not_stop_the_others(post: Post) -> None:
    """It is not the channel that is wrong: it gets one more try, then it is given up and told."""
    post.channel = Picky("slack")
    post.courier = post.new_courier()
    post.ask("poison", Severity.CRITICAL)
    post.ask("q1")
    post.round()

    assert ["ask:q1"] == post.sent()
    assert [] == post.told(*OUTAGES)

    post.clock.sleep(LONGEST_SECONDS)
    post.round()
    assert post.queue.next_due() is None
    assert [NoticeGiven.kind] == post.told(NoticeGiven.kind)


def test_an_error_nobody_thought_of_is_one_of_the_channel(post: Post) -> None:
    """A stranger's channel may raise anything; the courier goes on."""
    post.channel.dead = ZeroDivisionError("oops")
    post.ask()
    post.round()
    (entry,) = post.store.journal.read(kinds=(ChannelFailed.kind,))

    assert isinstance(entry.event, ChannelFailed)
    assert "ZeroDivisionError: oops" == entry.event.error


def test_a_channel_that_cannot_be_opened_is_tried_again(post: Post) -> None:
    """What is to be told waits for it."""
    post.channel.unopened = down()
    post.ask()
    assert _Step.FAILED is post.round()[0]
    assert [] == post.sent()

    post.channel.unopened = None
    post.round()
    assert ["ask:q1"] == post.sent()


def test_a_crash_between_sending_and_noting_it_sends_again_under_the_same_id(post: Post) -> None:
    """At least once, and whoever gets it twice can tell."""

    class Killed(BaseException):
        """The process ends here."""

    def die(_: Message) -> None:
        raise Killed

    post.ask()
    post.channel.on_sent = die
    with pytest.raises(Killed):
        post.round()
    post.channel.on_sent = None
    post.queue = post.new_queue()
    post.courier = post.new_courier()
    post.round()

    assert ["ask:q1", "ask:q1"] == post.sent()
    assert [MessageSent.kind] == post.told(MessageSent.kind)


def test_it_is_idle_when_there_is_nothing_to_do(post: Post) -> None:
    """Until the next letter is due, or a minute, whatever comes first."""
    assert (_Step.IDLE, 60.0) == post.round()
    post.ask(after=30)
    assert (_Step.IDLE, 30.0) == post.round()


def test_a_courier_is_woken_for_what_is_new(post: Post) -> None:
    """It sends within milliseconds, and ends when it is told to."""
    post.courier.start()
    assert wait_for(lambda: post.channel.opened)
    post.ask()
    begun = time.monotonic()
    post.courier.wake()

    assert wait_for(post.sent)
    assert time.monotonic() - begun < 1
    post.courier.end()
    assert post.courier.join(2)
    assert 1 == post.channel.closed


def test_what_is_due_goes_out_before_the_end(post: Post) -> None:
    """The last event of a run is told, though nobody was woken for it."""
    post.courier.start()
    assert wait_for(lambda: post.channel.opened)
    post.tell(1)
    post.courier.end()

    assert post.courier.join(2)
    assert ["event:1"] == post.sent()


def test_a_channel_that_hangs_is_left_behind(post: Post) -> None:
    """Whoever ends the daemon waits for so long, and no longer."""
    post.channel.hangs = threading.Event()
    post.ask()
    post.courier.start()
    assert wait_for(lambda: post.channel.tries)
    post.courier.end()
    begun = time.monotonic()

    assert not post.courier.join(0.2)
    assert time.monotonic() - begun < 1
    post.channel.hangs.set()
    assert post.courier.join(5)


class Asked(FakeChannel):
    """Has a reply at hand whenever it is looked at, and nobody can note it."""

    def __init__(self) -> None:
        super().__init__("slack")
        self.polls = 0

    def poll(self) -> None:
        self.polls += 1
        raise StoreError("the journal is locked by another process")


def test_a_store_that_is_locked_ends_no_courier(post: Post) -> None:
    """A reply that comes while the database is locked costs the channel nothing but that reply."""
    channel = post.channel = Asked()
    post.courier = post.new_courier()
    post.courier.start()
    assert wait_for(lambda: channel.polls)
    post.tell(1)
    post.courier.wake()

    assert wait_for(post.sent)
    post.courier.end()
    assert post.courier.join(5)


def test_no_secret_of_a_channel_s_error_is_journalled(post: Post) -> None:
    """Not even the half of one that would be left where the error is cut."""
    post.channel.dead = ValueError(f"cannot post to https://x.test/{'hunter2' * 100}")
    post.ask()
    post.round()
    (entry,) = post.store.journal.read(kinds=(ChannelFailed.kind,))

    assert isinstance(entry.event, ChannelFailed)
    assert "ValueError: cannot post to https://x.test/[secret]" == entry.event.error


def test_a_channel_that_is_out_is_not_waited_for(post: Post) -> None:
    """It failed and hangs now: whoever ends is not kept by it, and what was due is still there."""
    post.channel.fails = [down()]
    post.ask()
    post.courier.start()
    assert wait_for(lambda: post.channel.tries == 1)
    post.channel.hangs = threading.Event()
    post.clock.sleep(LONGEST_SECONDS)
    assert wait_for(lambda: post.channel.tries == 2)
    post.courier.end()
    begun = time.monotonic()

    assert not post.courier.join(5)
    assert time.monotonic() - begun < 1
    assert ["ask:q1"] == [letter.id for letter in post.store.outbox.due("slack", post.clock.now())]
    post.channel.hangs.set()
    assert post.courier.join(5) or wait_for(lambda: post.channel.closed)
