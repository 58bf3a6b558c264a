"""Every question with its answer and all that happened in between, read out of the journal."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from coffee_maker.domain.events import (
    AnswerDelivered,
    Entry,
    MessageSent,
    PhaseEntered,
    QuestionAnswered,
    QuestionAsked,
    QuestionParked,
    ReplyTurnedAway,
    TaskStarted,
)
from coffee_maker.domain.message import About
from coffee_maker.domain.question import Answer, Question

KINDS = tuple(
    event.kind
    for event in (
        TaskStarted,
        PhaseEntered,
        QuestionAsked,
        MessageSent,
        ReplyTurnedAway,
        QuestionParked,
        QuestionAnswered,
        AnswerDelivered,
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """One exchange. All times are in UTC, and as the journal noted them.

    `title`, `attempt` and `phase` are the task's at the moment of asking; empty and 0 where the
    journal does not tell. `told`: the channels on which it was asked, in that order.
    `turned_away`: replies that did not count. `parked_at`: since when no session waits for it.
    """

    question: Question
    asked_at: datetime
    title: str = ""
    attempt: int = 0
    phase: str = ""
    told: tuple[str, ...] = ()
    turned_away: tuple[ReplyTurnedAway, ...] = ()
    parked_at: datetime | None = None
    parked_until: datetime | None = None
    answer: Answer | None = None
    answered_at: datetime | None = None
    waited_seconds: float = 0.0
    delivered: bool = False


@dataclass(frozen=True, slots=True)
class _Work:
    """What is known of a task while it is worked on."""

    title: str = ""
    attempt: int = 0
    phase: str = ""


Change = Callable[[Interaction], Interaction]


class Interactions:
    """Takes the journal's entries in order, once each; entries of other kinds are passed over."""

    def __init__(self) -> None:
        self._found: dict[str, Interaction] = {}
        self._work: dict[str, _Work] = {}

    def all(self) -> tuple[Interaction, ...]:
        """In the order in which they were asked."""
        return tuple(self._found.values())

    def take(self, entry: Entry) -> Interaction | None:
        """Note one entry; the interaction that it settles, where it does."""
        match entry.event:
            case TaskStarted(title=title, attempt=attempt):
                self._work[entry.task] = _Work(title, attempt)
            case PhaseEntered(phase=phase):
                work = self._work.get(entry.task, _Work())
                self._work[entry.task] = replace(work, phase=phase)
            case QuestionAsked(question=question):
                self._ask(question, entry)
            case QuestionAnswered(question=id):
                return self._change(id, _settled(entry.event, entry.at))
            case _:
                self._go_on(entry)
        return None

    def forget(self, id: str) -> None:
        """Nothing more is to be known of this question."""
        self._found.pop(id, None)

    def _ask(self, question: Question, entry: Entry) -> None:
        work = self._work.get(entry.task, _Work())
        self._found[question.id] = Interaction(
            question=question,
            asked_at=entry.at,
            title=work.title or question.context.get("title", ""),
            attempt=work.attempt,
            phase=work.phase,
        )

    def _go_on(self, entry: Entry) -> None:
        match entry.event:
            case MessageSent(question=id, about=About.ASK | About.DIGEST, channel=channel):
                self._change(id, _told(channel))
            case ReplyTurnedAway(question=id) as away:
                self._change(id, lambda one: replace(one, turned_away=(*one.turned_away, away)))
            case QuestionParked(question=id, until=until):
                self._change(
                    id,
                    lambda one: replace(
                        one, parked_at=one.parked_at or entry.at, parked_until=until
                    ),
                )
            case AnswerDelivered(question=id):
                self._change(id, lambda one: replace(one, delivered=True))

    def _change(self, id: str, change: Change) -> Interaction | None:
        if id not in self._found:
            return None
        self._found[id] = change(self._found[id])
        return self._found[id]


def interactions(entries: Iterable[Entry]) -> tuple[Interaction, ...]:
    """All of them, in the order in which they were asked; in one pass."""
    found = Interactions()
    for entry in entries:
        found.take(entry)
    return found.all()


def _settled(event: QuestionAnswered, at: datetime) -> Change:
    return lambda one: replace(
        one, answer=event.answer, answered_at=at, waited_seconds=event.waited_seconds
    )


def _told(channel: str) -> Change:
    return lambda one: one if channel in one.told else replace(one, told=(*one.told, channel))
