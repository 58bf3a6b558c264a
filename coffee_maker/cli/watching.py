"""Looking on while the daemon works: JSON lines, plain lines, or a live view in a terminal."""

from collections.abc import Callable
from types import TracebackType
from typing import Self, TextIO

from coffee_maker.domain.events import (
    AgentDid,
    AnswerDelivered,
    BaselineMeasured,
    CommitFound,
    Entry,
    Event,
    GateChecked,
    PhaseEntered,
    PromptSent,
    QuestionAnswered,
    QuestionAsked,
    SessionClosed,
    SessionOpened,
    SessionReady,
    TokensCounted,
    ToolChecked,
    TurnFinished,
    WorkspaceReady,
)
from coffee_maker.domain.gate import Verdict
from coffee_maker.domain.question import AnsweredBy
from coffee_maker.domain.sentences import sentence

# What a person who only glances at the log need not read, line by line.
_QUIET = (
    AgentDid,
    AnswerDelivered,
    CommitFound,
    PhaseEntered,
    PromptSent,
    SessionClosed,
    SessionOpened,
    SessionReady,
    TokensCounted,
    TurnFinished,
    WorkspaceReady,
)

Write = Callable[[str], object]


def is_worth_a_line(event: Event) -> bool:
    """True for what a person wants to find in the log afterwards."""
    match event:
        case ToolChecked(allowed=allowed):
            return not allowed
        case BaselineMeasured(outcome=outcome):
            return not outcome.passed
        case GateChecked(result=result):
            return result.verdict is not Verdict.PASSED
        case QuestionAsked():
            return False  # its answer says it all; whoever must answer sees the whole question
        case QuestionAnswered(answer=answer):
            return answer.by is not AnsweredBy.RULE
        case _:
            return not isinstance(event, _QUIET)


def plain_line(entry: Entry) -> str:
    """One line of the log, in local time."""
    task = f"{entry.task}: " if entry.task else ""
    return f"{entry.at.astimezone():%H:%M:%S}  {task}{sentence(entry.event)}"


class Watching:
    """The plain view: one line for what matters. Also what the others have in common."""

    def __init__(self, write: Write) -> None:
        self._write = write

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Nothing is held open."""

    def show(self, entry: Entry) -> None:
        """Something happened."""
        if is_worth_a_line(entry.event):
            self._write(plain_line(entry) + "\n")

    def tick(self) -> None:
        """Nothing moves by itself."""

    def hold(self) -> None:
        """Nothing stands in the way of somebody who types."""

    def go_on(self) -> None:
        """Nothing was held."""


class JsonLines(Watching):
    """Every entry of the journal, as JSON."""

    def show(self, entry: Entry) -> None:
        """One line, everything in it."""
        from coffee_maker.store.codec import entry_line

        self._write(entry_line(entry) + "\n")


def watcher_for(stream: TextIO, *, as_json: bool) -> Watching:
    """The view that fits: JSON if asked for, a live one in a terminal, else plain lines."""

    def write(text: str) -> None:
        stream.write(text)
        stream.flush()

    if as_json:
        return JsonLines(write)
    if stream.isatty():
        from coffee_maker.cli.live_view import LiveView

        return LiveView(stream)
    return Watching(write)
