"""What the interactions of a period add up to."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from itertools import groupby
from statistics import median

from coffee_maker.domain.interactions import Interaction
from coffee_maker.domain.question import AnsweredBy

# Whoever waited for these waited for a person.
_WAITED_FOR = (AnsweredBy.PERSON, AnsweredBy.DEADLINE, AnsweredBy.INVALID)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelTimes:
    """How people answered on one channel: how often, and how fast at the median."""

    channel: str
    answers: int
    median_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What was asked on one day, and whose the answers are that it has by now."""

    day: date
    asked: int
    answered_by: tuple[tuple[AnsweredBy, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """Sums over some interactions.

    `answered_by` holds every voice that spoke, the most frequent first. `parked`: how many were
    parked at some time. `turned_away`: replies that did not count. `median_seconds`: of people's
    answers, None where there is none. `blocked_seconds`: how long sessions stood still for want
    of a person; two questions of a task that wait at once count once, and parked ones do not.
    """

    asked: int
    open: int
    parked: int
    turned_away: int
    answered_by: tuple[tuple[AnsweredBy, int], ...]
    median_seconds: float | None
    channels: tuple[ChannelTimes, ...]
    blocked_seconds: float
    days: tuple[Day, ...]


def metrics(found: Sequence[Interaction], zone: tzinfo | None) -> Metrics:
    """The sums; days begin at midnight in `zone`, None being this machine's own."""
    people = [one for one in found if one.answer and one.answer.by is AnsweredBy.PERSON]
    return Metrics(
        asked=len(found),
        open=sum(one.answer is None for one in found),
        parked=sum(one.parked_at is not None for one in found),
        turned_away=sum(len(one.turned_away) for one in found),
        answered_by=_voices(found),
        median_seconds=median(one.waited_seconds for one in people) if people else None,
        channels=_channels(people),
        blocked_seconds=_blocked(found),
        days=_days(found, zone),
    )


def _voices(found: Iterable[Interaction]) -> tuple[tuple[AnsweredBy, int], ...]:
    return tuple(Counter(one.answer.by for one in found if one.answer).most_common())


def _channels(people: Iterable[Interaction]) -> tuple[ChannelTimes, ...]:
    seconds: dict[str, list[float]] = {}
    for one in people:
        channel = one.answer.channel if one.answer else ""
        seconds.setdefault(channel, []).append(one.waited_seconds)
    times = (
        ChannelTimes(channel=channel, answers=len(all_), median_seconds=median(all_))
        for channel, all_ in seconds.items()
    )
    return tuple(sorted(times, key=lambda one: (-one.answers, one.channel)))


def _days(found: Iterable[Interaction], zone: tzinfo | None) -> tuple[Day, ...]:
    def day(one: Interaction) -> date:
        return one.asked_at.astimezone(zone).date()

    ordered = sorted(found, key=lambda one: one.asked_at)
    by_day = ((when, list(those)) for when, those in groupby(ordered, key=day))
    return tuple(
        Day(day=when, asked=len(those), answered_by=_voices(those)) for when, those in by_day
    )


def _blocked(found: Iterable[Interaction]) -> float:
    spans: dict[str, list[tuple[datetime, datetime]]] = {}
    for one in found:
        end = one.parked_at or one.answered_at
        waited = one.answer is None or one.answer.by in _WAITED_FOR
        if end is not None and waited:
            spans.setdefault(one.question.task, []).append((one.asked_at, end))
    return sum(_covered(sorted(of_task)) for of_task in spans.values())


def _covered(spans: Sequence[tuple[datetime, datetime]]) -> float:
    """Seconds within any of these, which are in the order of their begin."""
    seconds = 0.0
    reached = spans[0][0]
    for begin, end in spans:
        seconds += max(0.0, (end - max(begin, reached)).total_seconds())
        reached = max(reached, end)
    return seconds
