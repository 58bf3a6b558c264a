"""Any webhook: one JSON object per message, signed so that the far side knows whose it is.

The object always has the same keys::

    id        the same when it is sent again; also in the header `Idempotency-Key`
    version   1; it grows when a key changes its meaning, not when one is added
    about     "ask", "settled", "notice" or "digest"
    question  {id, code, heading, text, task, title, options [{label, value}], own_words, severity,
               deadline, silence, details [{name, value}], diff, answer_with}; null for the others
    notice    {heading, text, task, title, severity, details}; null where it is about a question
    digest    for "digest" a list of objects like `question`, without ids
    outcome   how it was settled, in words; empty before
    link      a page on which a person may answer; may be empty
    sent_at   UTC, ISO 8601

With a secret, `X-Coffee-Maker-Signature: t=SECONDS,v1=HEX` is sent as well: HEX is the HMAC-SHA256,
under the secret, of the text `SECONDS.BODY`, where BODY is the body's bytes as they came. Whoever
checks it compares in constant time and turns away what is older than some minutes.
"""

import hashlib
import hmac
from urllib.parse import quote

from coffee_maker.channels.webhooks.posting import TIMEOUT_SECONDS, Poster, as_json
from coffee_maker.channels.webhooks.text import command_for, link_of
from coffee_maker.clock import RealClock
from coffee_maker.domain.message import About, Card, Message, Sent
from coffee_maker.domain.ports import Clock, Receive

SIGNATURE = "X-Coffee-Maker-Signature"
_ABOUT_A_QUESTION = (About.ASK, About.SETTLED)


class Webhook:
    """Posts every message; answers come in by other ways."""

    name = "webhook"

    def __init__(
        self,
        url: str,
        secret: str = "",
        *,
        clock: Clock | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self._poster = Poster(url, whose="the webhook", timeout_seconds=timeout_seconds)
        self._secret, self._clock = secret, clock or RealClock()

    def open(self, receive: Receive) -> None:
        """Nothing comes in here."""

    def send(self, message: Message) -> Sent:
        """Post it. Raises ChannelError."""
        now = self._clock.now()
        body = as_json(payload(message, now.isoformat(timespec="seconds")))
        headers = {"Idempotency-Key": quote(message.id, safe=":/")}
        if self._secret:
            headers[SIGNATURE] = signature(self._secret, int(now.timestamp()), body)
        self._poster.send(body, headers=headers)
        return Sent(reference=message.id)

    def poll(self) -> None:
        """Nothing comes in here."""

    def close(self) -> None:
        """Nothing is held open."""


def signature(secret: str, seconds: int, body: bytes) -> str:
    """The header's value for a body sent at this time (seconds since 1970)."""
    signed = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256)
    return f"t={seconds},v1={signed.hexdigest()}"


def payload(message: Message, sent_at: str) -> dict[str, object]:
    """The object, as the head of this file describes it."""
    asks = message.about in _ABOUT_A_QUESTION
    told = message.about is About.NOTICE
    question = {"id": message.question, **_question(message.card)} if asks else None
    return {
        "id": message.id,
        "version": 1,
        "about": str(message.about),
        "question": question,
        "notice": _common(message.card) if told else None,
        "digest": [_question(card) for card in message.cards],
        "outcome": message.outcome,
        "link": link_of(message),
        "sent_at": sent_at,
    }


def _question(card: Card) -> dict[str, object]:
    return {
        "code": card.code,
        **_common(card),
        "options": [{"label": button.label, "value": button.value} for button in card.buttons],
        "own_words": card.own_words,
        "deadline": card.deadline.isoformat(timespec="seconds") if card.deadline else None,
        "silence": card.silence,
        "diff": card.diff,
        "answer_with": command_for(card),
    }


def _common(card: Card) -> dict[str, object]:
    return {
        "heading": card.heading,
        "text": card.text,
        "task": card.task,
        "title": card.title,
        "severity": str(card.severity),
        "details": [{"name": name, "value": value} for name, value in card.details],
    }
