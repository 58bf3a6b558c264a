"""Brings what happens to people: through the ladder into the outbox, and to the window."""

import time as stopwatch
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from typing import Any

from coffee_maker.autonomous.courier import Courier
from coffee_maker.autonomous.ladder import (
    QuietHours,
    Rung,
    ask_letters,
    notice_letters,
    settled_letters,
    was_never_open,
)
from coffee_maker.autonomous.message_handler import MessageHandler, VoiceFailed
from coffee_maker.autonomous.notification_queue import Link, NotificationQueue, no_link
from coffee_maker.autonomous.own_question import is_own, own_question
from coffee_maker.autonomous.window_view import WindowView
from coffee_maker.domain.cards import Redact, compose_card, notice_card, outcome
from coffee_maker.domain.events import (
    ChannelFailed,
    ChannelRecovered,
    DaemonStopped,
    Entry,
    NoticeGiven,
    QuestionAnswered,
    QuestionAsked,
    QuestionParked,
    ReplyTurnedAway,
    TaskDelivered,
    TaskFailed,
    TaskParked,
    TaskUnchanged,
)
from coffee_maker.domain.letter import Letter
from coffee_maker.domain.message import Received
from coffee_maker.domain.ports import Channel, Clock, Journal, Outbox, QuestionBox, Receive
from coffee_maker.domain.question import DENY, PARK, Answer, AnsweredBy, Question, Severity

READER = "notifier"
CLOSE_SECONDS = 2.0
_STRANGERS_AT_MOST = 1000  # remembered: a person, on a channel, at a question

_QUESTIONS = (QuestionAsked.kind, QuestionParked.kind, QuestionAnswered.kind)
_NOTICES = (
    TaskDelivered.kind,
    TaskParked.kind,
    TaskFailed.kind,
    TaskUnchanged.kind,
    ChannelFailed.kind,
    ChannelRecovered.kind,
    ReplyTurnedAway.kind,
    DaemonStopped.kind,
)


@dataclass(frozen=True, kw_only=True)
class ChannelPlan:
    """A channel with its rung of the ladder."""

    channel: Channel
    after_seconds: float = 0
    from_severity: Severity = Severity.ROUTINE
    notices: bool = True

    @property
    def rung(self) -> Rung:
        return Rung(
            channel=self.channel.name,
            after_seconds=self.after_seconds,
            from_severity=self.from_severity,
            notices=self.notices,
        )


class Notifier:
    """Tells people what they should know, on every channel at its time, and takes their answers.

    `attend` is called often, by one thread; it sends nothing itself and waits for no channel.
    `window` is a channel that is used by that thread: it shows what is open, at once. Functions of
    `handler` are asked before anybody is told. `link` gives the address of a question's page on a
    channel; `quiet` are times of day of this machine.
    """

    def __init__(
        self,
        box: QuestionBox,
        journal: Journal,
        outbox: Outbox,
        clock: Clock,
        *,
        receive: Receive,
        redact: Redact,
        channels: Sequence[ChannelPlan] = (),
        window: Channel | None = None,
        handler: MessageHandler | None = None,
        link: Link = no_link,
        quiet: tuple[time, time] | None = None,
        digest_at: int = 5,
    ) -> None:
        self._box, self._journal, self._outbox, self._clock = box, journal, outbox, clock
        self._handler = handler
        self._view = WindowView(window, box, journal, redact) if window is not None else None
        self._receive, self._redact = receive, redact
        self._quiet = QuietHours(begin=quiet[0], end=quiet[1]) if quiet else None
        self._channels = tuple(plan.channel for plan in channels)
        self._rungs = tuple(plan.rung for plan in channels)
        self._queues = [
            NotificationQueue(outbox, box, clock, c.name, digest_at=digest_at, link=link)
            for c in self._channels
        ]
        self._couriers: list[Courier] = []
        self._seen = 0
        self._open: dict[str, Question] = {}
        self._asked_voices: set[str] = set()
        self._strangers: dict[tuple[str, str, str], int] = {}  # the newest stand last
        self._is_started = False

    def start(self) -> None:
        """Begin: open questions are told to whoever was not told yet; of all else, only what
        happens from the first start ever. Raises StoreError.
        """
        if self._is_started:
            return
        self._is_started = True
        known = self._outbox.cursor(READER) if self._rungs else 0
        self._seen = known or self._journal.last()
        for channel in self._channels:
            if getattr(channel, "forgets", False):
                self._outbox.again(channel.name)
        if self._view is not None:
            self._view.open(self._receive)
        self._look_at_questions()
        if self._rungs:
            letters = [letter for q in self._open.values() for letter in self._asks(q)]
            self._outbox.put(letters, reader=READER, upto=self._seen)
        self._couriers = [
            Courier(channel, queue, self._journal, self._clock, self._receive, redact=self._redact)
            for channel, queue in zip(self._channels, self._queues, strict=True)
        ]
        for courier in self._couriers:
            courier.start()

    def attend(self) -> None:
        """Look once; made for being called several times a second."""
        self.start()
        last = self._journal.last()
        if last > self._seen:
            self._read(last)
        self._settle_overdue()
        if self._view is not None:
            self._view.poll()

    def close(self) -> None:
        """Tell what is due already, for two seconds at most; what is left is told next time."""
        if not self._is_started:
            return
        self._is_started = False
        for courier in self._couriers:
            courier.end()
        end = stopwatch.monotonic() + CLOSE_SECONDS
        for courier in self._couriers:
            courier.join(end - stopwatch.monotonic())
        self._couriers = []
        if self._view is not None:
            self._view.close()

    def send(self, notification: Mapping[str, Any]) -> str:
        """Ask people something that no agent asked; the question's id, to wait for its answer with.

        `own_question` says what a notification is made of. It goes out when `attend` is called
        next, as a running daemon does all the time. Raises ConfigError, StoreError.
        """
        question = own_question(notification, self._clock.now())
        self._box.put(question)
        return question.id

    def _read(self, last: int) -> None:
        """Deal with what is new in the journal, and note in one transaction that it is done."""
        entries = list(self._journal.read(after=self._seen, kinds=(*_QUESTIONS, *_NOTICES)))
        if any(entry.event.kind in _QUESTIONS for entry in entries):
            self._look_at_questions()
        upto = max([last, *(entry.id for entry in entries)])
        if self._rungs:
            letters = [letter for entry in entries for letter in self._letters(entry)]
            self._outbox.put(letters, reader=READER, upto=upto)
            if letters:
                for courier in self._couriers:
                    courier.wake()
        self._seen = upto

    def _letters(self, entry: Entry) -> Iterator[Letter]:
        match entry.event:
            case QuestionAsked(question=asked):
                yield from self._asks_again(asked.id)
            case QuestionParked(question=id):
                yield from self._asks_again(id)
            case QuestionAnswered():
                yield from self._settlings(entry.event)
            case ReplyTurnedAway(received=Received.REFUSED) as away if self._was_told_of(
                entry, away
            ):
                return  # whoever chats in a thread makes one notice, not one with every message
            case _:
                card = notice_card(entry, self._redact)
                if card is not None:
                    now = self._clock.now()
                    yield from notice_letters(entry, card, self._rungs, now=now, quiet=self._quiet)

    def _was_told_of(self, entry: Entry, away: ReplyTurnedAway) -> bool:
        """True for all but the first refusal of a person at a question."""
        stranger = (away.channel, away.who, away.question)
        first = self._strangers.pop(stranger, entry.id)  # the same again where storing it failed
        self._strangers[stranger] = first
        if len(self._strangers) > _STRANGERS_AT_MOST:
            del self._strangers[next(iter(self._strangers))]
        return first != entry.id

    def _asks_again(self, id: str) -> Iterator[Letter]:
        question = self._open.get(id)
        if question is not None:
            yield from self._asks(question)

    def _asks(self, question: Question) -> Iterator[Letter]:
        if question.is_test:
            return
        card = compose_card(question, self._redact)
        now = self._clock.now()
        yield from ask_letters(question, card, self._rungs, now=now, quiet=self._quiet)

    def _settlings(self, answered: QuestionAnswered) -> Iterator[Letter]:
        if was_never_open(answered):
            return
        question = self._box.find(answered.question)
        if question is not None and not question.is_test:
            yield from settled_letters(
                question,
                answered,
                compose_card(question, self._redact),
                outcome(answered.answer, self._redact),
                self._rungs,
                now=self._clock.now(),
                quiet=self._quiet,
            )

    def _look_at_questions(self) -> None:
        """What is open now, after the functions of whoever embeds us have had their say."""
        self._open = {
            question.id: question for question in self._box.open() if not question.is_test
        }
        for question in list(self._open.values()):
            if self._by_voice(question):
                del self._open[question.id]
        self._asked_voices &= self._open.keys()
        if self._view is not None:
            self._view.show({q.id: q for q in self._open.values() if not q.is_test})

    def _by_voice(self, question: Question) -> bool:
        """True where a function has settled it. Each is asked once; then people are."""
        if self._handler is None or not question.voice or question.id in self._asked_voices:
            return False
        self._asked_voices.add(question.id)
        try:
            answer = self._handler.respond(question)
        except VoiceFailed as error:
            said = NoticeGiven(message=f"{error}; a person is asked instead")
            self._journal.append(said, task=question.task)
            return False
        if answer is None:
            return False
        self._box.answer(question.id, answer)
        return True

    def _settle_overdue(self) -> None:
        """A question that no session waits for has nobody else who would watch its deadline."""
        now = self._clock.now()
        for question in list(self._open.values()):
            alone = question.parked or question.is_test or is_own(question)
            if alone and now >= question.deadline:
                self._box.answer(question.id, _by_deadline(question))
                del self._open[question.id]


def _by_deadline(question: Question) -> Answer:
    # Parking a second time is no answer; where nothing else was said, no is the safe one.
    value = DENY if question.safe_default == PARK else question.safe_default
    return Answer(value=value, by=AnsweredBy.DEADLINE)
