"""What the agent asks, what it is about to do, and what it was told."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from coffee_maker.domain.facts import Facts

TEST = "test/"  # how the id of a question begins that a channel is tried with
ALLOW = "allow"
DENY = "deny"
PARK = "park"


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

    @property
    def rank(self) -> int:
        """0 for the least."""
        return list(Severity).index(self)


class AnsweredBy(StrEnum):
    """Whose voice it was."""

    NEVER = "never"  # a rule that no other voice can outrank
    RULE = "rule"
    AUTO_APPROVE = "auto-approve"
    PERSON = "person"
    DEADLINE = "deadline"
    INVALID = "invalid"  # the safe default, after as many answers that were none as are allowed
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

    `id` is unique for ever; `key` is the same when the same task asks the same thing again, in
    another session or after a crash. `deadline` is in UTC; `safe_default` is what silence means:
    `deny` for permissions, a text or label otherwise, `PARK` where the question is then parked.
    `parked`: the session that asked is closed, and the answer will reopen it.
    `multiple`: several options may be chosen. `voice`: the rule whose Python function is to answer
    before anybody is asked; empty for none. `diff`: what the call would change, as a unified diff.
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
    key: str = ""
    parked: bool = False
    voice: str = ""
    diff: str = ""
    facts: Facts = field(default_factory=Facts)

    @property
    def is_test(self) -> bool:
        """True where one channel is being tried: the others have no business with it."""
        return self.id.startswith(TEST)

    @property
    def code(self) -> str:
        """A short name that a person can type; unique enough among what is open at a time."""
        return question_code(self.id)


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


# No letters that look like figures: people read it out and type it in.
_CODE_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"
_CODE_LENGTH = 6


def question_code(id: str) -> str:
    """The short name of a question: six signs made of its id."""
    number = int.from_bytes(hashlib.sha256(id.encode(errors="replace")).digest()[:8])
    signs = []
    for _ in range(_CODE_LENGTH):
        number, sign = divmod(number, len(_CODE_SIGNS))
        signs.append(_CODE_SIGNS[sign])
    return "".join(signs)


def question_key(
    task: str, kind: QuestionKind, text: str, call: ToolCall | None, options: tuple[Option, ...]
) -> str:
    """What makes two questions the same one: the task, what is asked, and about which call."""
    about = (call.tool, sorted((k, repr(v)) for k, v in call.input.items())) if call else ()
    said = repr((task, str(kind), text, about, [option.label for option in options]))
    return hashlib.sha256(said.encode(errors="replace")).hexdigest()[:32]
