"""What is to be told on one channel, in the order in which it matters."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from coffee_maker.domain.letter import Letter, thread_key
from coffee_maker.domain.message import About, Card, Message, Sent
from coffee_maker.domain.ports import Clock, Outbox, QuestionBox
from coffee_maker.domain.question import Severity

CARDS_AT_MOST = 50  # in one digest

# Kept as the reference of a question that was told on a channel that gave none of its own, so that
# it is known later that it was told.
_TOLD = "(told)"

Link = Callable[[str, str], str]


def no_link(question: str, channel: str) -> str:  # noqa: ARG001 - the shape of a `Link`
    """Where no page can be reached from outside."""
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One message, and the letters that it tells."""

    message: Message
    letters: tuple[Letter, ...]

    @property
    def id(self) -> str:
        return self.message.id


class NotificationQueue:
    """The outbox of one channel, as messages: what is stale is left out, a flood is one message.

    What is taken stays in the outbox until `mark_complete`, so that a crash loses nothing: it is
    taken again, under the same id. Every method raises StoreError.
    """

    def __init__(
        self,
        outbox: Outbox,
        box: QuestionBox,
        clock: Clock,
        channel: str,
        *,
        digest_at: int = 5,
        link: Link = no_link,
    ) -> None:
        self._outbox, self._box, self._clock = outbox, box, clock
        self._channel, self._digest_at, self._link = channel, digest_at, link
        self._taken: dict[str, Notification] = {}

    def add(self, notification: Letter, priority: Severity | None = None) -> None:
        """Put a letter to this channel in, as severe as it is or as `priority` says."""
        card = notification.card
        if priority is not None:
            card = replace(card, severity=priority)
        self._outbox.put([replace(notification, channel=self._channel, card=card)])

    def empty(self) -> bool:
        """True where nothing is to be told now."""
        return not self._fresh()

    def next_due(self) -> datetime | None:
        """When there will be something; None where nothing waits."""
        return self._outbox.next_due(self._channel)

    def get_next(self) -> Notification | None:
        """The most severe message that is due, the oldest of several; None for none."""
        fresh = self._fresh()
        if not fresh:
            return None
        first = fresh[0]
        many = [letter for letter in fresh if self._may_be_gathered(letter)]
        if first in many and len(many) >= self._digest_at:
            taken = self._digest(many[:CARDS_AT_MOST])
        else:
            taken = self._single(first)
        self._taken = {taken.id: taken}
        return taken

    def mark_complete(self, id: str, response: Sent) -> None:
        """It was told, and this is what the channel gave. Nothing happens for an unknown id."""
        done = self._taken.pop(id, None)
        if done is None:
            return
        about = done.message.about
        if about is About.DIGEST:
            # A digest belongs to many questions, so none of them may be written over it later.
            response = replace(response, reference=_TOLD, thread="")
        self._outbox.sent(
            done.letters, about, replace(response, reference=response.reference or _TOLD)
        )

    def put_off(self, notification: Notification, seconds: float) -> None:
        """Sending it failed: not before so many seconds again."""
        until = self._clock.now() + timedelta(seconds=seconds)
        self._outbox.put_off(notification.letters, until)

    def give_up(self, notification: Notification) -> None:
        """It cannot be told here."""
        self._outbox.drop(notification.letters)

    def _fresh(self) -> list[Letter]:
        """What is due; what is stale is dropped on the way."""
        due = self._outbox.due(self._channel, self._clock.now())
        fresh: list[Letter] = []
        stale: list[Letter] = []
        for letter in due:
            (stale if self._is_stale(letter) else fresh).append(letter)
        if stale:
            self._outbox.drop(stale)
        return fresh

    def _is_stale(self, letter: Letter) -> bool:
        if letter.about is About.SETTLED:
            return not self._outbox.reference(self._channel, letter.question)
        if letter.about is not About.ASK or not letter.question:
            return False
        question = self._box.find(letter.question)
        if question is None or self._box.answer_to(question.id) is not None:
            return True
        # Since it was parked, another letter tells it, with what silence means now.
        return question.parked and letter.id == f"ask:{question.id}"

    def _single(self, letter: Letter) -> Notification:
        reference = self._reference(letter.question) if letter.question else ""
        message = Message(
            id=letter.id,
            about=letter.about,
            card=letter.card,
            question=letter.question,
            outcome=letter.outcome,
            link=self._link(letter.question, self._channel) if letter.question else "",
            reference=reference,
            thread=self._reference(thread_key(letter.task)) if letter.task else "",
        )
        return Notification(message=message, letters=(letter,))

    def _digest(self, letters: Sequence[Letter]) -> Notification:
        said = "\n".join(letter.id for letter in letters)
        name = hashlib.sha256(said.encode(errors="replace")).hexdigest()[:16]
        message = Message(
            id=f"digest:{name}",
            about=About.DIGEST,
            card=_summary(letters),
            cards=tuple(letter.card for letter in letters),
        )
        return Notification(message=message, letters=tuple(letters))

    def _may_be_gathered(self, letter: Letter) -> bool:
        """False for what is critical, and for what brings an earlier message up to date."""
        if letter.about is About.SETTLED or letter.severity is Severity.CRITICAL:
            return False
        return not (letter.question and self._reference(letter.question))

    def _reference(self, key: str) -> str:
        known = self._outbox.reference(self._channel, key)
        return "" if known == _TOLD else known


def _summary(letters: Sequence[Letter]) -> Card:
    asked = sum(letter.about is About.ASK for letter in letters)
    told = len(letters) - asked
    parts = [_count(asked, "question"), _count(told, "notice")]
    heading = " and ".join(part for part in parts if part)
    severity = max((letter.severity for letter in letters), key=lambda one: one.rank)
    text = "`coffee-maker inbox list` shows all that is open." if asked else ""
    return Card(heading=heading, text=text, severity=severity)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}" if number else ""
