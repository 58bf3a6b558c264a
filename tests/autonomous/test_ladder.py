"""Who is told what, and when: laws of the ladder and of quiet hours."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coffee_maker.autonomous.ladder import (
    NEWS_HOURS,
    QuietHours,
    Rung,
    ask_letters,
    notice_letters,
    settled_letters,
    was_never_open,
)
from coffee_maker.domain.cards import compose_card
from coffee_maker.domain.events import (
    ChannelFailed,
    DaemonStopped,
    Entry,
    Event,
    QuestionAnswered,
)
from coffee_maker.domain.letter import Letter
from coffee_maker.domain.message import About, Card
from coffee_maker.domain.question import DENY, Answer, AnsweredBy, Question, Severity
from tests.support.fakes import START
from tests.support.questions import question

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = QuietHours(begin=time(22), end=time(7), zone=BERLIN)
RUNGS = (
    Rung(channel="desktop"),
    Rung(channel="slack", after_seconds=60, from_severity=Severity.IMPORTANT),
    Rung(channel="email", after_seconds=600, from_severity=Severity.CRITICAL, notices=False),
)
CARD = Card(heading="h", text="t")

TIMES = st.times()
MOMENTS = st.datetimes(
    min_value=datetime.fromisoformat("2026-01-01"),
    max_value=datetime.fromisoformat("2027-12-31"),
    timezones=st.just(UTC),
)


def asks(
    asked: Question, *, now: datetime = START, quiet: QuietHours | None = None
) -> list[Letter]:
    card = compose_card(asked, str)
    return list(ask_letters(asked, card, RUNGS, now=now, quiet=quiet))


@pytest.mark.parametrize(
    ("severity", "expected"),
    [
        (Severity.ROUTINE, [("desktop", 0)]),
        (Severity.IMPORTANT, [("desktop", 0), ("slack", 60)]),
        (Severity.CRITICAL, [("desktop", 0), ("slack", 60), ("email", 600)]),
    ],
)
def test_severity_chooses_the_channels_and_time_the_rungs(
    severity: Severity, expected: list[tuple[str, int]]
) -> None:
    """Desktop now, Slack after a minute, email after ten, as far as it is severe enough."""
    letters = asks(question(severity=severity))

    assert expected == [(one.channel, (one.due - START).total_seconds()) for one in letters]
    assert {"ask:q1"} == {one.id for one in letters}


def test_a_parked_question_is_told_under_another_name() -> None:
    """The outbox keeps each id once, and what silence means has changed."""
    assert ["parked:q1"] == [one.id for one in asks(question(parked=True))]


@given(MOMENTS, TIMES, TIMES, st.sampled_from([BERLIN, UTC, ZoneInfo("Asia/Kolkata"), None]))
def test_quiet_hours_end_soon_and_in_no_quiet_time(
    moment: datetime, begin: time, end: time, zone: ZoneInfo | None
) -> None:
    """Nothing goes out earlier than it is due, nor in quiet hours, nor is it held for ever."""
    quiet = QuietHours(begin=begin, end=end, zone=zone)
    over = quiet.over(moment)

    assert moment <= over
    assert not quiet.covers(over)
    assert over - moment <= timedelta(hours=49)
    assert quiet.covers(moment) == (over != moment)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-01-05T21:59:00+01:00", "2026-01-05T21:59:00+01:00"),
        ("2026-01-05T22:00:00+01:00", "2026-01-06T07:00:00+01:00"),
        ("2026-01-06T06:59:59+01:00", "2026-01-06T07:00:00+01:00"),
        ("2026-01-06T07:00:00+01:00", "2026-01-06T07:00:00+01:00"),
        ("2026-03-28T23:00:00+01:00", "2026-03-29T07:00:00+02:00"),  # an hour is skipped
        ("2026-10-24T23:00:00+02:00", "2026-10-25T07:00:00+01:00"),  # an hour comes twice
    ],
)
def test_a_night_ends_by_the_clock_on_the_wall(moment: str, expected: str) -> None:
    """Across midnight, and in the nights in which the clocks are changed."""
    assert datetime.fromisoformat(expected) == NIGHT.over(datetime.fromisoformat(moment))


def test_a_night_may_end_in_an_hour_that_is_skipped_or_comes_twice() -> None:
    """Behind the one, and at the first of the others that is left."""
    quiet = QuietHours(begin=time(22), end=time(2, 30), zone=BERLIN)
    skipped = quiet.over(datetime.fromisoformat("2026-03-28T23:00:00+01:00"))
    twice = quiet.over(datetime.fromisoformat("2026-10-24T23:00:00+02:00"))
    second = quiet.over(datetime.fromisoformat("2026-10-25T02:10:00+01:00"))

    assert datetime.fromisoformat("2026-03-29T03:30:00+02:00") == skipped
    assert datetime.fromisoformat("2026-10-25T02:30:00+02:00") == twice
    assert datetime.fromisoformat("2026-10-25T02:30:00+01:00") == second


def test_only_what_is_critical_wakes() -> None:
    """The rest is due when the night ends."""
    night = datetime(2026, 1, 5, 22, 30, tzinfo=UTC)
    morning = datetime(2026, 1, 6, 6, 0, tzinfo=UTC)
    calm = asks(question(at=night, severity=Severity.IMPORTANT), now=night, quiet=NIGHT)
    grave = asks(question(at=night, severity=Severity.CRITICAL), now=night, quiet=NIGHT)

    assert {morning} == {one.due for one in calm}
    assert night == grave[0].due


def test_a_rung_that_falls_into_the_night_waits_for_its_end() -> None:
    """Asked a minute before, due a minute after it began."""
    evening = datetime(2026, 1, 5, 20, 59, 30, tzinfo=UTC)
    letters = asks(question(at=evening, severity=Severity.IMPORTANT), now=evening, quiet=NIGHT)

    assert [evening, datetime(2026, 1, 6, 6, 0, tzinfo=UTC)] == [one.due for one in letters]


def settled(by: AnsweredBy, quiet: QuietHours | None = None) -> list[Letter]:
    answer = Answer(value=DENY, by=by)
    answered = QuestionAnswered(question="q1", answer=answer, waited_seconds=5)
    night = datetime(2026, 1, 5, 22, 30, tzinfo=UTC)
    letters = settled_letters(
        question(at=night), answered, CARD, "answered", RUNGS, now=night, quiet=quiet
    )
    return list(letters)


def test_an_answer_is_told_where_the_question_may_have_been() -> None:
    """At once, whoever answered it."""
    assert [("desktop", "settled:q1", About.SETTLED)] == [
        (one.channel, one.id, one.about) for one in settled(AnsweredBy.PERSON)
    ]


@pytest.mark.parametrize(
    ("by", "waited", "expected"),
    [
        (AnsweredBy.RULE, 0.01, True),
        (AnsweredBy.AUTO_APPROVE, 0.01, True),
        (AnsweredBy.RULE, 60, False),
        (AnsweredBy.PERSON, 0.01, False),
    ],
)
def test_nobody_hears_of_what_a_rule_answered_on_the_spot(
    by: AnsweredBy, waited: float, expected: bool
) -> None:
    """It was never open; one of an earlier session may have been."""
    answer = Answer(value=DENY, by=by)
    answered = QuestionAnswered(question="q1", answer=answer, waited_seconds=waited)

    assert expected == was_never_open(answered)


def test_in_the_night_only_a_persons_answer_is_told() -> None:
    """Whoever has just answered is awake; the deadline is nobody."""
    assert {22} == {one.due.hour for one in settled(AnsweredBy.PERSON, quiet=NIGHT)}
    assert {6} == {one.due.hour for one in settled(AnsweredBy.DEADLINE, quiet=NIGHT)}


def notices(event: Event, *, later: timedelta = timedelta(0)) -> list[str]:
    entry = Entry(id=17, at=START, task="", event=event)
    letters = notice_letters(entry, CARD, RUNGS, now=START + later, quiet=None)
    return [f"{one.channel} {one.id}" for one in letters]


def test_notices_go_where_they_are_wanted() -> None:
    """And what is wrong with a channel is told on the other ones."""
    stopped = DaemonStopped(reason="done")
    failed = ChannelFailed(channel="slack", error="e", cure="c")

    assert ["desktop event:17", "slack event:17"] == notices(stopped)
    assert ["desktop event:17"] == notices(failed)


def test_old_events_are_no_news() -> None:
    """As when channels were switched off for a month, and are used again."""
    assert [] == notices(DaemonStopped(reason="done"), later=timedelta(hours=NEWS_HOURS + 1))
