"""An interaction as a JSON document, in the shape that the interaction log has always had."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from coffee_maker.domain.facts import Facts
from coffee_maker.domain.interactions import Interaction
from coffee_maker.domain.question import Answer, AnsweredBy

Redact = Callable[[str], str]

TYPES = {
    AnsweredBy.NEVER: "auto_response",
    AnsweredBy.RULE: "auto_response",
    AnsweredBy.AUTO_APPROVE: "auto_response",
    AnsweredBy.PERSON: "user_response",
    AnsweredBy.DEADLINE: "timeout",
    AnsweredBy.INVALID: "invalid",
    AnsweredBy.NOBODY: "withdrawn",
}


def record(one: Interaction, answer: Answer, redact: Redact) -> dict[str, Any]:
    """One settled exchange as JSON can hold it; `redact` has seen every text in it."""
    question = one.question
    written = {
        "timestamp": instant(one.asked_at),
        "priority": f"{question.task}: {one.title}" if one.title else question.task,
        "phase": one.phase,
        "interaction_type": TYPES[answer.by],
        "question_from_claude": question.text,
        "context": _context(question.facts, question.context),
        "response_from_python": answer.value,
        "response_method": method(answer),
        "user_notified": bool(one.told) or answer.by is AnsweredBy.PERSON,
        "notification_sent_to": list(one.told),
        "response_time_seconds": round(one.waited_seconds, 3),
        "timed_out": answer.by is AnsweredBy.DEADLINE,
        "message": answer.message,
        "answered_by": answer.who,
        "kind": str(question.kind),
        "severity": str(question.severity),
        "options": [option.label for option in question.options],
        "safe_default": question.safe_default,
        "attempt": one.attempt,
        "parked": one.parked_at is not None,
        "replies_turned_away": [
            {"channel": away.channel, "who": away.who, "why": away.reason}
            for away in one.turned_away
        ],
        "tool": question.tool_call.tool if question.tool_call else "",
        "tool_input": dict(question.tool_call.input) if question.tool_call else {},
        "diff": question.diff,
    }
    # Names of ours, which a scan for secrets might take for one.
    return redacted(written, redact) | {"question_id": question.id, "code": question.code}


def method(answer: Answer) -> str:
    """By which voice, or which way, an answer came: "auto_respond_rule: NAME", "user via slack"."""
    match answer.by:
        case AnsweredBy.RULE:
            return f"auto_respond_rule: {answer.rule}"
        case AnsweredBy.NEVER:
            return f"never_rule: {answer.rule}"
        case AnsweredBy.PERSON:
            return f"user via {answer.channel}" if answer.channel else "user"
        case AnsweredBy.AUTO_APPROVE:
            return "auto_approve"
        case AnsweredBy.INVALID:
            return "safe default after invalid answers"
        case _:
            return "deadline" if answer.by is AnsweredBy.DEADLINE else "withdrawn"


def instant(at: datetime) -> str:
    """A moment as the log writes it: UTC, to the second."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def redacted(written: Mapping[str, Any], redact: Redact) -> dict[str, Any]:
    """The same, with every text in it, at any depth, as `redact` leaves it."""
    return {redact(str(name)): _redacted(value, redact) for name, value in written.items()}


def _redacted(value: Any, redact: Redact) -> Any:
    match value:
        case str():
            return redact(value)
        case Mapping():
            return redacted(value, redact)
        case Sequence() | set() | frozenset():
            return [_redacted(one, redact) for one in value]
        case None | bool() | int() | float():
            return value
        case _:
            return redact(str(value))


def _context(facts: Facts, context: Mapping[str, str]) -> dict[str, Any]:
    measured = {
        "tests_passed": facts.tests_passed,
        "changes_valid": facts.changes_valid,
        "branch_ready": facts.branch_ready,
        "changed_lines": facts.changed_lines,
        "inside_workspace": facts.inside_workspace,
        "files_modified": list(facts.files_modified),
        "branch": facts.branch,
    }
    told = {name: text for name, text in context.items() if name != "title"}
    # What was measured is not overridden by what somebody said of it.
    return told | {k: v for k, v in measured.items() if v != "" or k not in told}
