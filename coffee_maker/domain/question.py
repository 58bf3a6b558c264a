"""What the agent asks, what it is about to do, and what it was told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

ALLOW = "allow"
DENY = "deny"


class QuestionKind(StrEnum):
    """Where a question comes from, which decides how its answer is delivered."""

    PERMISSION = "permission"  # answered `allow` or `deny`
    CHOICE = "choice"  # answered with one label, or several joined by ", "
    TEXT = "text"  # answered with free text, typed into the session
    LIMIT = "limit"
    UNREADABLE = "unreadable"  # a screen nobody recognised; always a person's


class Severity(StrEnum):
    """How much hangs on the answer."""

    ROUTINE = "routine"
    IMPORTANT = "important"
    CRITICAL = "critical"


class AnsweredBy(StrEnum):
    """Whose voice it was."""

    NEVER = "never"  # a rule that no other voice can outrank
    RULE = "rule"
    AUTO_APPROVE = "auto-approve"
    PERSON = "person"
    DEADLINE = "deadline"
    NOBODY = "nobody"  # the session that asked ended first


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """A tool the agent is about to use, with its arguments as it gave them: data, never trusted."""

    id: str
    tool: str
    input: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One of the answers offered."""

    label: str
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question, in the one shape that every rule, person and channel sees.

    `id` is unique for ever; `deadline` is in UTC; `safe_default` is what silence means: `deny` for
    permissions, a text or label otherwise.
    `multiple`: several options may be chosen.
    """

    id: str
    task: str
    kind: QuestionKind
    text: str
    safe_default: str
    asked_at: datetime
    deadline: datetime
    options: tuple[Option, ...] = ()
    multiple: bool = False
    severity: Severity = Severity.ROUTINE
    tool_call: ToolCall | None = None
    context: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was answered and by whom.

    `value` is `allow` or `deny` for a permission, a label or labels for a choice, and the text
    itself otherwise. `message` goes with a denial, so that the agent learns why. `rule` names the
    rule that spoke; `who` and `channel` name the person and the way they were reached.
    """

    value: str
    by: AnsweredBy
    message: str = ""
    rule: str = ""
    who: str = ""
    channel: str = ""
