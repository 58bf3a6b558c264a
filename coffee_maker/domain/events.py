"""Everything that can happen, as facts in the past tense.

The journal holds nothing but these; whatever else is known (the state of a task, what a day cost,
who answered a question) is read out of them. A new reader never needs a new writer.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, get_args

from coffee_maker.domain.gate import GateResult, TestOutcome
from coffee_maker.domain.question import Answer, Question
from coffee_maker.domain.usage import CountedAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonStarted:
    """A daemon began to look after a roadmap."""

    roadmap: str
    pid: int
    version: str
    kind: ClassVar[str] = "daemon.started"


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonStopped:
    reason: str
    kind: ClassVar[str] = "daemon.stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonPaused:
    """No new task is begun until it is resumed, by whichever daemon."""

    by: str
    kind: ClassVar[str] = "daemon.paused"


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonResumed:
    by: str
    kind: ClassVar[str] = "daemon.resumed"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskStarted:
    title: str
    attempt: int
    agent: str
    kind: ClassVar[str] = "task.started"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseEntered:
    """The straight line reached its next step; `phase` is one of `work.Phase`."""

    phase: str
    kind: ClassVar[str] = "phase.entered"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceReady:
    path: str
    branch: str
    target: str
    base_commit: str
    kind: ClassVar[str] = "workspace.ready"


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineMeasured:
    """The project's tests ran on a base commit, before the agent began."""

    commit: str
    outcome: TestOutcome
    kind: ClassVar[str] = "baseline.measured"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOpened:
    session: str
    resumed: bool
    kind: ClassVar[str] = "session.opened"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionReady:
    session: str
    version: str
    kind: ClassVar[str] = "session.ready"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionClosed:
    session: str
    kind: ClassVar[str] = "session.closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptSent:
    session: str
    text: str
    kind: ClassVar[str] = "prompt.sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolChecked:
    """A tool call was let through or refused; `subject` is the argument that counts."""

    tool: str
    subject: str
    allowed: bool
    rule: str
    kind: ClassVar[str] = "tool.checked"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentDid:
    """One line on what the agent does, for people who watch."""

    text: str
    kind: ClassVar[str] = "agent.did"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokensCounted:
    """An answer of the model was counted; a later event with the same key replaces this one."""

    attempt: int
    answer: CountedAnswer
    kind: ClassVar[str] = "tokens.counted"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionAsked:
    question: Question
    kind: ClassVar[str] = "question.asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionAnswered:
    question: str
    answer: Answer
    waited_seconds: float
    kind: ClassVar[str] = "question.answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionParked:
    """Its session is closed and costs nothing; until then (UTC) its answer reopens it."""

    question: str
    until: datetime
    kind: ClassVar[str] = "question.parked"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerDelivered:
    """The agent has the answer."""

    question: str
    kind: ClassVar[str] = "answer.delivered"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyTurnedAway:
    """Somebody replied, and it did not count; `received` is one of `message.Received`."""

    question: str
    channel: str
    who: str
    received: str
    reason: str
    kind: ClassVar[str] = "reply.turned_away"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSent:
    """Something was told on a channel; `about` is one of `message.About`."""

    message: str
    about: str
    channel: str
    question: str = ""
    kind: ClassVar[str] = "message.sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelFailed:
    """A channel stopped working; what is to be told there is kept and tried again."""

    channel: str
    error: str
    cure: str
    kind: ClassVar[str] = "channel.failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelRecovered:
    channel: str
    kind: ClassVar[str] = "channel.recovered"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyboardTaken:
    """A person types at the agent's own terminal; the product keeps off it."""

    session: str
    who: str
    kind: ClassVar[str] = "keyboard.taken"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyboardReleased:
    """`why` is empty where the person gave it back."""

    session: str
    who: str
    why: str
    kind: ClassVar[str] = "keyboard.released"


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnFinished:
    text: str
    kind: ClassVar[str] = "turn.finished"


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitReached:
    until: datetime | None
    message: str
    kind: ClassVar[str] = "limit.reached"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitFound:
    """A commit of the agent's, or of the daemon's for what the agent had left uncommitted."""

    sha: str
    subject: str
    kind: ClassVar[str] = "commit.found"


@dataclass(frozen=True, slots=True, kw_only=True)
class GateChecked:
    result: GateResult
    round: int
    kind: ClassVar[str] = "gate.checked"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadmapTicked:
    commit: str
    deliverables: tuple[str, ...]
    kind: ClassVar[str] = "roadmap.ticked"


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchPushed:
    branch: str
    commit: str
    kind: ClassVar[str] = "branch.pushed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequestOpened:
    number: int
    url: str
    branch: str
    draft: bool
    kind: ClassVar[str] = "pull_request.opened"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDelivered:
    pull_request: str
    branch: str
    seconds: float
    waited_seconds: float
    kind: ClassVar[str] = "task.delivered"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskParked:
    """The task waits for a person; the line goes on with what does not depend on it.

    `questions`: those whose answers reopen it; empty where a person must act first.
    """

    reason: str
    cure: str
    evidence: str
    questions: tuple[str, ...] = ()
    kind: ClassVar[str] = "task.parked"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskUnchanged:
    """The agent ended without a diff: an outcome of its own, never success."""

    text: str
    kind: ClassVar[str] = "task.unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFailed:
    """The attempt broke. `transient`: trying again may help.

    `stops_the_line`: no other task can work before a person has acted.
    """

    error: str
    message: str
    cure: str
    transient: bool
    stops_the_line: bool
    kind: ClassVar[str] = "task.failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSkipped:
    """A person put the task aside, until somebody retries it."""

    by: str
    reason: str
    kind: ClassVar[str] = "task.skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRetried:
    """A person gave the task another turn.

    `superseded`: the address of its pull request that was closed, and is no decision any more.
    """

    by: str
    superseded: str = ""
    kind: ClassVar[str] = "task.retried"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRolledBack:
    """What the task had made is gone: pull request, branch, workspace. It is open again.

    `superseded`: the address of the pull request that was closed; empty where there was none.
    """

    by: str
    branch: str
    superseded: str = ""
    kind: ClassVar[str] = "task.rolled_back"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeGiven:
    """Something a person should know that changes nothing by itself."""

    message: str
    kind: ClassVar[str] = "notice.given"


Event = (
    DaemonStarted
    | DaemonStopped
    | DaemonPaused
    | DaemonResumed
    | TaskStarted
    | PhaseEntered
    | WorkspaceReady
    | BaselineMeasured
    | SessionOpened
    | SessionReady
    | SessionClosed
    | PromptSent
    | ToolChecked
    | AgentDid
    | TokensCounted
    | QuestionAsked
    | QuestionAnswered
    | QuestionParked
    | AnswerDelivered
    | ReplyTurnedAway
    | MessageSent
    | ChannelFailed
    | ChannelRecovered
    | KeyboardTaken
    | KeyboardReleased
    | TurnFinished
    | LimitReached
    | CommitFound
    | GateChecked
    | RoadmapTicked
    | BranchPushed
    | PullRequestOpened
    | TaskDelivered
    | TaskParked
    | TaskUnchanged
    | TaskFailed
    | TaskSkipped
    | TaskRetried
    | TaskRolledBack
    | NoticeGiven
)

EVENT_TYPES: dict[str, type[Event]] = {event.kind: event for event in get_args(Event)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An event as the journal holds it: `id` is the order, `at` is in UTC, `task` may be empty."""

    id: int
    at: datetime
    task: str
    event: Event
