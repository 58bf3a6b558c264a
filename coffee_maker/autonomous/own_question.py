"""Questions of whoever embeds the daemon, in the shape of all others."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from coffee_maker.domain.errors import ConfigError
from coffee_maker.domain.question import Option, Question, QuestionKind, Severity

_MARK = "embedder/"
_SECONDS = 300.0
_REFUSALS = frozenset({"no", "n", "deny", "skip", "stop", "cancel"})
_NOBODY = "Nobody answered in time."


def own_question(notification: Mapping[str, Any], now: datetime) -> Question:
    """A notification, as the founding documents write it, as a question. Raises ConfigError.

    `question` is the text. May be given: `options` (labels), `timeout` (seconds), `title` and
    `priority` for its heading, `context` (names and values; `severity` in it counts), and
    `default`, what silence means: else an option that refuses, else that nobody answered.
    """
    text = str(notification.get("question") or "")
    if not text:
        raise ConfigError("a notification asks nothing", cure='give it a text under "question"')
    options = tuple(Option(label=str(label)) for label in notification.get("options") or ())
    refusals = (o.label for o in options if o.label.strip().casefold() in _REFUSALS)
    context = {str(k): str(v) for k, v in dict(notification.get("context") or {}).items()}
    severity = _severity(context.pop("severity", Severity.IMPORTANT))
    heading = (str(notification.get(name) or "") for name in ("priority", "title"))
    context["title"] = " · ".join(part for part in heading if part)
    seconds = float(notification.get("timeout") or _SECONDS)
    return Question(
        id=f"{_MARK}{uuid4()}",
        task="",  # a task's own questions end with its session
        kind=QuestionKind.CHOICE if options else QuestionKind.TEXT,
        text=text,
        options=options,
        severity=severity,
        context=context,
        asked_at=now,
        deadline=now + timedelta(seconds=seconds),
        safe_default=str(notification.get("default") or next(refusals, _NOBODY)),
    )


def is_own(question: Question) -> bool:
    """True for one that was made here, for which no session waits."""
    return question.id.startswith(_MARK)


def _severity(said: str) -> Severity:
    try:
        return Severity(said)
    except ValueError:
        known = ", ".join(Severity)
        raise ConfigError(f'there is no severity "{said}"', cure=f"write {known}") from None
