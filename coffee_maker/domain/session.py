"""What one live session with a coding agent lets the outside see.

A session is read as one stream of observations, whatever they were learned from (hooks, the
transcript, the screen). `ToolCalled` and `Asking` hold the agent until they are answered.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from coffee_maker.domain.question import Option, QuestionKind, ToolCall
from coffee_maker.domain.usage import CountedAnswer


class FailureKind(StrEnum):
    """Why a turn failed, as far as the next step differs."""

    LOGIN = "login"  # a person must log in or mend the key
    BILLING = "billing"  # a person must pay
    OVERLOADED = "overloaded"  # the other side is busy; later may do
    CONTEXT = "context"  # the conversation is too long
    REFUSED = "refused"  # the request or the model was refused
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """The agent has started and takes a prompt. `version` is what the program said of itself."""

    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCalled:
    """The agent is about to use a tool, asked or not; answer `call.id` with allow or deny."""

    call: ToolCall


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """The agent asks; answer `id`. The fields are those that `Question` will carry.

    `followed` is the same call with its paths as they really lead, where that is elsewhere.
    """

    id: str
    kind: QuestionKind
    text: str
    options: tuple[Option, ...] = ()
    multiple: bool = False
    tool_call: ToolCall | None = None
    followed: ToolCall | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A question was settled without us: someone at the agent's own terminal was first."""

    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing:
    """One line on what the agent does right now, for people to look at."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """Tokens of one answer of the model; the same key may come again with larger figures."""

    answer: CountedAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class Paused:
    """The account's limit is spent; `until` is in UTC, None where it was not said."""

    until: datetime | None
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnEnded:
    """The agent stopped and waits for the next prompt; `text` is its last message."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The turn ended in an error that the agent itself reported."""

    kind: FailureKind
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """The agent's process is gone, or nothing can be read from it. `screen` is what stood there."""

    exit_code: int | None
    screen: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenOver:
    """A person took the keyboard: nothing is said to the agent until they hand it back."""

    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedBack:
    """A person's keyboard is ours again; `why` is empty where they gave it back themselves."""

    who: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Noticed:
    """Something about the session that a person should know and that changes nothing."""

    text: str


Observation = (
    Ready
    | ToolCalled
    | Asking
    | Settled
    | Doing
    | Used
    | Paused
    | TurnEnded
    | Failed
    | Lost
    | TakenOver
    | HandedBack
    | Noticed
)
