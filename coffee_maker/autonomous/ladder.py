"""What happened, as letters to the channels: who is told what, and when.

A question climbs: each channel has a rung, and is told only when nobody has answered for so long.
In quiet hours only what is critical goes out, and what was settled by a person, who is awake.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta, tzinfo

from coffee_maker.domain.events import (
    ChannelFailed,
    ChannelRecovered,
    Entry,
    QuestionAnswered,
    QuestionAsked,
    QuestionParked,
)
from coffee_maker.domain.letter import Letter
from coffee_maker.domain.message import About, Card
from coffee_maker.domain.question import AnsweredBy, Question, Severity

# What happened longer ago than that when it is read is history, and no news for anybody.
NEWS_HOURS = 24

ASKED_KINDS = (QuestionAsked.kind, QuestionParked.kind, QuestionAnswered.kind)

_SPOT_SECONDS = 1.0  # it takes some milliseconds; only a question of an earlier session is older
_AUTOMATIC = (AnsweredBy.NEVER, AnsweredBy.RULE, AnsweredBy.AUTO_APPROVE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """When a channel is told: questions after so long, and from which severity on."""

    channel: str
    after_seconds: float = 0
    from_severity: Severity = Severity.ROUTINE
    notices: bool = True

    def takes(self, severity: Severity) -> bool:
        """True for a question of this severity."""
        return severity.rank >= self.from_severity.rank


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """From one time of day to another, across midnight if need be. `zone`: where people are, by
    default where this machine is.
    """

    begin: time
    end: time
    zone: tzinfo | None = None

    def covers(self, moment: datetime) -> bool:
        """True where it is quiet then, by the clock on the wall."""
        wall = moment.astimezone(self.zone).time()
        if self.begin <= self.end:
            return self.begin <= wall < self.end
        return wall >= self.begin or wall < self.end

    def over(self, moment: datetime) -> datetime:
        """The same moment, or where that is quiet, the one when it ends; in UTC."""
        if not self.covers(moment):
            return moment
        day = moment.astimezone(self.zone).date()
        # An hour that the clock shows twice ends it the first time, one that it skips behind it.
        ends = sorted(
            self._at(datetime.combine(day + timedelta(days=later), self.end).replace(fold=fold))
            for later in (0, 1, 2)
            for fold in (0, 1)
        )
        return next(end for end in ends if end > moment and not self.covers(end))

    def _at(self, wall: datetime) -> datetime:
        local = wall.astimezone() if self.zone is None else wall.replace(tzinfo=self.zone)
        return local.astimezone(UTC)


def ask_letters(
    question: Question,
    card: Card,
    rungs: Sequence[Rung],
    *,
    now: datetime,
    quiet: QuietHours | None,
) -> Iterator[Letter]:
    """An open question, for every channel that takes it.

    A parked one is told anew, in place of how it was asked: what silence means has changed.
    """
    name = "parked" if question.parked else "ask"
    for rung in rungs:
        if rung.takes(question.severity):
            # A machine's time may have been set back: no question waits longer for its rung.
            begun = min(question.asked_at, now)
            due = begun + timedelta(seconds=rung.after_seconds)
            yield _letter(
                Letter(
                    id=f"{name}:{question.id}",
                    channel=rung.channel,
                    about=About.ASK,
                    due=due,
                    card=card,
                    task=question.task,
                    question=question.id,
                ),
                quiet,
                now,
            )


def settled_letters(
    question: Question,
    answered: QuestionAnswered,
    card: Card,
    outcome: str,
    rungs: Sequence[Rung],
    *,
    now: datetime,
    quiet: QuietHours | None,
) -> Iterator[Letter]:
    """The answer to a question, for every channel that may have been told of it."""
    for rung in rungs:
        if rung.takes(question.severity):
            letter = Letter(
                id=f"settled:{question.id}",
                channel=rung.channel,
                about=About.SETTLED,
                due=now,
                card=card,
                task=question.task,
                question=question.id,
                outcome=outcome,
            )
            by_person = answered.answer.by is AnsweredBy.PERSON
            yield letter if by_person else _letter(letter, quiet, now)


def notice_letters(
    entry: Entry, card: Card, rungs: Sequence[Rung], *, now: datetime, quiet: QuietHours | None
) -> Iterator[Letter]:
    """Something that nobody has to answer. Of a channel the other ones are told."""
    if now - entry.at > timedelta(hours=NEWS_HOURS):
        return
    about = entry.event
    itself = about.channel if isinstance(about, ChannelFailed | ChannelRecovered) else ""
    for rung in rungs:
        if rung.notices and rung.channel != itself:
            letter = Letter(
                id=f"event:{entry.id}",
                channel=rung.channel,
                about=About.NOTICE,
                due=now,
                card=card,
                task=entry.task,
            )
            yield _letter(letter, quiet, now)


def was_never_open(answered: QuestionAnswered) -> bool:
    """True where a rule answered on the spot, so that nobody can have been told."""
    return answered.answer.by in _AUTOMATIC and answered.waited_seconds < _SPOT_SECONDS


def _letter(letter: Letter, quiet: QuietHours | None, now: datetime) -> Letter:
    """Held back over quiet hours, unless it is critical."""
    if quiet is None or letter.severity is Severity.CRITICAL:
        return letter
    # What was due in quiet hours that are over is due now, and not at an end that was missed.
    return replace(letter, due=quiet.over(max(letter.due, now)))
