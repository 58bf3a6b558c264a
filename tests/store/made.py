"""Questions, answers and letters for the tests of the store."""

from datetime import UTC, datetime, timedelta

from coffee_maker.domain.letter import Letter
from coffee_maker.domain.message import About, Card
from coffee_maker.domain.question import Answer, AnsweredBy, Question, QuestionKind, Severity

ASKED_AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
YES = Answer(value="allow", by=AnsweredBy.PERSON, who="Ana", channel="terminal")
NO = Answer(value="deny", by=AnsweredBy.DEADLINE)


def question(id: str = "q1", text: str = "May I run the tests?") -> Question:
    return Question(
        id=id,
        task="PRIORITY 1",
        kind=QuestionKind.PERMISSION,
        text=text,
        safe_default="deny",
        asked_at=ASKED_AT,
        deadline=ASKED_AT + timedelta(minutes=5),
    )


def letter(
    question: str = "q1",
    *,
    about: About = About.ASK,
    channel: str = "slack",
    after_seconds: float = 0,
    severity: Severity = Severity.ROUTINE,
) -> Letter:
    return Letter(
        id=f"{about}:{question}",
        channel=channel,
        about=about,
        due=ASKED_AT + timedelta(seconds=after_seconds),
        card=Card(heading="A question", text=f"{about} {question}?", severity=severity),
        task="PRIORITY 1",
        question=question,
    )
