"""What goes out to people, and what comes back.

A channel never sees a question itself: it gets a `Card`, in which secrets are replaced already,
and passes on a `Reply`, which it does not judge but for who sent it.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from coffee_maker.domain.question import Severity


class About(StrEnum):
    """What a message is for."""

    ASK = "ask"
    SETTLED = "settled"  # the question of an earlier message has its answer
    NOTICE = "notice"  # nothing is to be answered
    DIGEST = "digest"  # several of them at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """One answer that can be given by a click; `value` is what a person would have typed."""

    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A question or a notice, ready to be shown: plain text, no secret in it, lines cut.

    It is data that strangers may have written: whoever shows it escapes it. `code` is the short
    name that `coffee-maker inbox answer CODE` takes. `deadline` is in UTC. `own_words`: an answer
    that is no button is one as well.
    """

    heading: str
    text: str
    task: str = ""
    title: str = ""
    code: str = ""
    details: tuple[tuple[str, str], ...] = ()
    diff: str = ""
    buttons: tuple[Button, ...] = ()
    own_words: bool = False
    severity: Severity = Severity.ROUTINE
    silence: str = ""
    deadline: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One thing to be told on one channel.

    `id` is the same when it is tried again. `question`: the id of the question it is about.
    `outcome` says how it was settled. `link` leads to a page on which this one may be answered.
    `reference` is what the channel gave for the question's earlier message, `thread` what it gave
    for the task's; both are empty the first time.
    """

    id: str
    about: About
    card: Card
    question: str = ""
    outcome: str = ""
    link: str = ""
    cards: tuple[Card, ...] = ()
    reference: str = ""
    thread: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What a channel needs to find its message again, in its own words."""

    reference: str = ""
    thread: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Somebody answered. `question`: its id or its code. `who`: as the channel knows them.

    `refusal`: why this person, or this way, may not answer; empty where they may.
    """

    question: str
    text: str
    channel: str
    who: str
    refusal: str = ""


class Received(StrEnum):
    """What became of a reply."""

    ACCEPTED = "accepted"
    LATE = "late"  # it was settled already
    INVALID = "invalid"  # it is no answer to this question
    REFUSED = "refused"  # this person may not answer
    UNKNOWN = "unknown"  # there is no such question


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What to tell whoever replied: `message` is whole sentences, free of secrets."""

    received: Received
    message: str
