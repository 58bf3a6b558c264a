"""Every event as one sentence for people, safe to print whatever stands in it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from coffee_maker.domain.amounts import duration
from coffee_maker.domain.answers import who_answered
from coffee_maker.domain.events import (
    AgentDid,
    AnswerDelivered,
    BaselineMeasured,
    BranchPushed,
    ChannelFailed,
    ChannelRecovered,
    CommitFound,
    DaemonPaused,
    DaemonResumed,
    DaemonStarted,
    DaemonStopped,
    Event,
    GateChecked,
    KeyboardReleased,
    KeyboardTaken,
    LimitReached,
    MessageSent,
    NoticeGiven,
    PhaseEntered,
    PromptSent,
    PullRequestOpened,
    QuestionAnswered,
    QuestionAsked,
    QuestionParked,
    ReplyTurnedAway,
    RoadmapTicked,
    SessionClosed,
    SessionOpened,
    SessionReady,
    TaskDelivered,
    TaskFailed,
    TaskParked,
    TaskRetried,
    TaskRolledBack,
    TaskSkipped,
    TaskStarted,
    TaskUnchanged,
    TokensCounted,
    ToolChecked,
    TurnFinished,
    WorkspaceReady,
)
from coffee_maker.domain.question import AnsweredBy
from coffee_maker.domain.visible import one_line

LIMIT = 300  # characters; what may be long stands last in a sentence


def sentence(event: Event) -> str:
    """One line that says what happened, without control characters, cut where it is long."""
    known = next(_SENTENCES[kind] for kind in type(event).__mro__ if kind in _SENTENCES)
    told = known.format(e=event) if isinstance(known, str) else known(event)
    return one_line(told, LIMIT)


def _baseline(event: BaselineMeasured) -> str:
    outcome, commit = event.outcome, event.commit[:10]
    if not outcome.ran and outcome.output:
        return f"Nothing was tested on the base {commit}: {outcome.output}"
    if not outcome.ran:
        return f"No test command was found for the base {commit}"
    if outcome.passed:
        return f"The tests pass on the base {commit}: {outcome.command}"
    how = "ran out of time" if outcome.timed_out else "fail"
    return f"The tests {how} on the base {commit} already: {outcome.command}"


def _session_opened(event: SessionOpened) -> str:
    return f"A session was {'resumed' if event.resumed else 'opened'}: {event.session}"


def _tool_checked(event: ToolChecked) -> str:
    about = f": {event.subject}" if event.subject else ""
    if event.allowed:  # by the never list alone: a rule or a person may still refuse it
        return f"Claude wants to use {event.tool} (not on the never list){about}"
    rule = f" by {event.rule}" if event.rule else ""
    return f"{event.tool} was refused{rule}{about}"


def _tokens_counted(event: TokensCounted) -> str:
    tokens = event.answer.tokens
    figures = (
        f"{tokens.input:,} tokens in, {tokens.output:,} out, "
        f"{tokens.cache_write:,} written to the cache, {tokens.cache_read:,} read from it"
    )
    return f"{event.answer.model} answered: {figures}"


def _question_answered(event: QuestionAnswered) -> str:
    answer = event.answer
    if answer.by is AnsweredBy.NOBODY:
        return "A question was withdrawn: the session that asked has ended"
    waited = f" after {duration(event.waited_seconds)}" if event.waited_seconds >= 1 else ""
    return f"Answered by {who_answered(answer)}{waited}: {answer.value}"


def _question_parked(event: QuestionParked) -> str:
    return f"A question was parked: its answer counts until {_local(event.until)}"


def _gate_checked(event: GateChecked) -> str:
    again = f", round {event.round}" if event.round > 1 else ""
    return f"Gate {event.result.gate} {event.result.verdict}{again}: {event.result.summary}"


def _limit_reached(event: LimitReached) -> str:
    until = f" until {_local(event.until)}" if event.until else ""
    return f"The account's limit is reached{until}: {event.message}"


def _keyboard_released(event: KeyboardReleased) -> str:
    if event.why:
        return f"The agent's keyboard was taken back from {event.who}: {event.why}"
    return f"{event.who} handed the agent's keyboard back"


def _roadmap_ticked(event: RoadmapTicked) -> str:
    ticked = "; ".join(event.deliverables) or "the status alone"
    return f"The roadmap was ticked in {event.commit[:10]}: {ticked}"


def _pull_request_opened(event: PullRequestOpened) -> str:
    draft = "draft " if event.draft else ""
    return f"The {draft}pull request {event.number} is open: {event.url}"


def _task_delivered(event: TaskDelivered) -> str:
    waited = event.waited_seconds
    waiting = f", {duration(waited)} of it waiting for a person" if waited >= 1 else ""
    where = event.pull_request or f"the branch {event.branch}, without a pull request"
    return f"Delivered in {duration(event.seconds)}{waiting}: {where}"


def _task_parked(event: TaskParked) -> str:
    return f"Parked: {event.reason}{_cure(event.cure)}"


def _task_failed(event: TaskFailed) -> str:
    stops = ", and no other task can go on" if event.stops_the_line else ""
    return f"Failed{stops}: {event.message}{_cure(event.cure)}"


def _task_skipped(event: TaskSkipped) -> str:
    return f"Skipped by {event.by}" + (f": {event.reason}" if event.reason else "")


def _task_rolled_back(event: TaskRolledBack) -> str:
    closed = f", closed: {event.superseded}" if event.superseded else ""
    return f"Rolled back by {event.by}: {event.branch or 'it had no branch'} is gone{closed}"


def _channel_failed(event: ChannelFailed) -> str:
    return f"{event.channel} could not be used: {event.error}{_cure(event.cure)}"


def _local(moment: datetime) -> str:
    """By the clock on the wall, as every line of the log is."""
    try:
        return f"{moment.astimezone():%Y-%m-%d %H:%M}"
    except (OverflowError, ValueError):  # at either end of the calendar there is no other zone
        return f"{moment:%Y-%m-%d %H:%M} UTC"


def _cure(cure: str) -> str:
    return f" — what to do: {cure}" if cure else ""


# A template, filled in with the event as `e`, or a function where words depend on it.
_SENTENCES: dict[type[Any], str | Callable[[Any], str]] = {
    DaemonStarted: "The daemon (process {e.pid}, version {e.version}) looks after {e.roadmap}",
    DaemonStopped: "The daemon stopped: {e.reason}",
    DaemonPaused: "Paused by {e.by}: no new task is begun",
    DaemonResumed: "Resumed by {e.by}",
    TaskStarted: "Attempt {e.attempt} began with {e.agent}: {e.title}",
    PhaseEntered: "Next step: {e.phase}",
    WorkspaceReady: "A private clone for {e.target} is ready on {e.branch}: {e.path}",
    BaselineMeasured: _baseline,
    SessionOpened: _session_opened,
    SessionReady: "The agent is ready, in version {e.version}",
    SessionClosed: "The session was closed: {e.session}",
    PromptSent: "The agent was told: {e.text}",
    ToolChecked: _tool_checked,
    AgentDid: "The agent works: {e.text}",
    TokensCounted: _tokens_counted,
    QuestionAsked: "The agent asks: {e.question.text}",
    QuestionAnswered: _question_answered,
    QuestionParked: _question_parked,
    AnswerDelivered: "The agent has the answer",
    ReplyTurnedAway: "A reply on {e.channel} did not count: {e.reason}",
    MessageSent: "Told on {e.channel} ({e.about})",
    ChannelFailed: _channel_failed,
    ChannelRecovered: "{e.channel} works again",
    KeyboardTaken: "{e.who} took over the agent's keyboard",
    KeyboardReleased: _keyboard_released,
    TurnFinished: "The agent ended its turn: {e.text}",
    LimitReached: _limit_reached,
    CommitFound: "Commit {e.sha:.10}: {e.subject}",
    GateChecked: _gate_checked,
    RoadmapTicked: _roadmap_ticked,
    BranchPushed: "{e.branch} was pushed at {e.commit:.10}",
    PullRequestOpened: _pull_request_opened,
    TaskDelivered: _task_delivered,
    TaskParked: _task_parked,
    TaskUnchanged: "The agent ended without a change: {e.text}",
    TaskFailed: _task_failed,
    TaskSkipped: _task_skipped,
    TaskRetried: "Given another turn by {e.by}",
    TaskRolledBack: _task_rolled_back,
    NoticeGiven: "{e.message}",
}
