"""A day's questions and answers in a journal, as the line leaves them."""

from datetime import UTC, datetime, timedelta

from coffee_maker.domain.events import PhaseEntered, ReplyTurnedAway, TaskStarted
from coffee_maker.domain.facts import Facts
from coffee_maker.domain.letter import Letter
from coffee_maker.domain.message import About, Card, Received, Sent
from coffee_maker.domain.question import (
    ALLOW,
    DENY,
    Answer,
    AnsweredBy,
    Option,
    Question,
    QuestionKind,
    Severity,
    ToolCall,
)
from coffee_maker.store.store import Store
from tests.support.clocks import SteppedClock

BEGAN = datetime(2025, 10, 9, 14, 23, 45, tzinfo=UTC)
TASK = "PRIORITY 2"
RULE = Answer(value="yes", by=AnsweredBy.RULE, rule="commit now?")
NOBODY = Answer(value="", by=AnsweredBy.NOBODY)


def by(channel: str, value: str = ALLOW, who: str = "Ana") -> Answer:
    return Answer(value=value, by=AnsweredBy.PERSON, who=who, channel=channel)


def question(id: str, clock: SteppedClock, task: str = TASK, **given: object) -> Question:
    """One that is asked now, with five minutes to answer it."""
    usual = {
        "kind": QuestionKind.PERMISSION,
        "text": "Bash: rm -rf build",
        "safe_default": DENY,
        "tool_call": ToolCall(id="t", tool="Bash", input={"command": "rm -rf build"}),
        "severity": Severity.IMPORTANT,
        "context": {"title": "Analytics & Observability"},
    }
    return Question(
        id=id,
        task=task,
        asked_at=clock.now(),
        deadline=clock.now() + timedelta(minutes=5),
        **(usual | given),  # type: ignore[arg-type]
    )


def start(store: Store, task: str = TASK, title: str = "Analytics & Observability") -> None:
    store.journal.append(TaskStarted(title=title, attempt=1, agent="Claude Code"), task=task)
    store.journal.append(PhaseEntered(phase="implementation"), task=task)


def told(store: Store, question: Question, *channels: str) -> None:
    """It has reached people on these channels."""
    for channel in channels:
        letter = Letter(
            id=f"ask:{question.id}",
            channel=channel,
            about=About.ASK,
            due=question.asked_at,
            card=Card(heading="h", text="t"),
            task=question.task,
            question=question.id,
        )
        store.outbox.put([letter])
        store.outbox.sent([letter], About.ASK, Sent())


def a_day(store: Store, clock: SteppedClock) -> None:
    """By rule, by people on two channels, by the deadline, withdrawn, parked, and one open."""
    start(store)
    ready = question(
        "ready",
        clock,
        kind=QuestionKind.TEXT,
        text="Tests passed. Should I commit these changes?",
        tool_call=None,
        facts=Facts(
            tests_passed=True,
            changes_valid=True,
            files_modified=("coffee_maker/analytics/exporter.py",),
            branch="feature/analytics-export-langfuse",
        ),
    )
    store.questions.put(ready, RULE)
    store.questions.deliver("ready")
    clock.sleep(30)
    key = question("key", clock, severity=Severity.CRITICAL, text="Commit sk-live-0123 too?")
    store.questions.put(key)
    told(store, key, "terminal", "slack")
    clock.sleep(50)
    store.questions.turn_away(
        ReplyTurnedAway(
            question="key",
            channel="slack",
            who="U9",
            received=Received.INVALID,
            reason='"maybe" is neither yes nor no',
        )
    )
    clock.sleep(40)
    store.questions.answer("key", by("slack", DENY))
    _others(store, clock)


def _others(store: Store, clock: SteppedClock) -> None:
    options = (Option(label="SQLite ☕"), Option(label="PostgreSQL"))
    which = question(
        "which", clock, kind=QuestionKind.CHOICE, text="Which\ndatabase?", options=options
    )
    store.questions.put(which)
    clock.sleep(20)
    store.questions.answer("which", by("inbox", "SQLite ☕", "ben"))
    store.questions.put(question("late", clock))
    told(store, question("late", clock), "terminal")
    clock.sleep(300)
    store.questions.answer("late", Answer(value=DENY, by=AnsweredBy.DEADLINE))
    store.questions.put(question("gone", clock))
    store.questions.answer("gone", NOBODY)
    store.questions.put(question("parked", clock, "PRIORITY 3", severity=Severity.CRITICAL))
    clock.sleep(60)
    store.questions.park("parked", clock.now() + timedelta(days=7), DENY)
    clock.sleep(8 * 3600)
    store.questions.answer("parked", by("email"))
    store.questions.put(question("open", clock, "PRIORITY 3", context={}))
