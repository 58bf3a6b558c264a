"""Questions for tests."""

from datetime import datetime, timedelta

from coffee_maker.domain.question import DENY, Option, Question, QuestionKind, Severity
from tests.support.fakes import START


def question(
    id: str = "q1",
    *labels: str,
    kind: QuestionKind | None = None,
    at: datetime = START,
    severity: Severity = Severity.ROUTINE,
    **given: object,
) -> Question:
    """A permission, or with labels a choice; five minutes are left for it."""
    made: dict[str, object] = {
        "task": "PRIORITY 2",
        "text": "May I run `rm -rf build`?",
        "safe_default": DENY,
        "deadline": at + timedelta(minutes=5),
        "options": tuple(Option(label=label) for label in labels),
        "kind": kind or (QuestionKind.CHOICE if labels else QuestionKind.PERMISSION),
        **given,
    }
    return Question(id=id, asked_at=at, severity=severity, **made)  # type: ignore[arg-type]
