"""A conversation with the agent about one task, kept up across limits, crashes and busy hours."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

from coffee_maker.autonomous.exchange import Ending, Exchange
from coffee_maker.autonomous.prompt import GO_ON
from coffee_maker.domain.change import Workspace
from coffee_maker.domain.errors import ClaudeError, ClaudeUnusable
from coffee_maker.domain.events import SessionClosed, SessionOpened
from coffee_maker.domain.ports import Clock, CodingAgent, CodingSession, Journal
from coffee_maker.domain.session import Failed, FailureKind, Lost, Paused, Ready, TurnEnded

LOST_AT_MOST = 2  # times in a row that a session may die before we stop reviving it
BUSY_AT_MOST = 6
BUSY_SECONDS = 20.0  # doubled each time
UNTOLD_PAUSE = timedelta(minutes=15)  # when a limit does not say how long it lasts
AFTER_RESET = timedelta(seconds=30)  # clocks differ

StartExchange = Callable[[CodingSession, str], Exchange]


class Conversation:
    """Use it as a context manager: at the end nothing of the agent runs any more.

    `session` is that of an attempt that was cut off, to go on with; empty for a new one.
    """

    def __init__(
        self,
        *,
        agent: CodingAgent,
        workspace: Workspace,
        start_exchange: StartExchange,
        journal: Journal,
        clock: Clock,
        session: str = "",
    ) -> None:
        self._agent, self._workspace = agent, workspace
        self._start_exchange = start_exchange
        self._journal, self._clock = journal, clock
        self._id = session or str(uuid.uuid4())
        self._begun = bool(session)
        self._first_prompt = ""
        self._session: CodingSession | None = None
        self._exchange: Exchange | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._close()

    def begin(self, first_prompt: str) -> str:
        """Give the task, or go on with it in a session that was cut off; see `ask`."""
        self._first_prompt = first_prompt
        return self.ask(GO_ON if self._begun else first_prompt)

    def ask(self, text: str) -> str:
        """Say something; the agent's last message of the turn. Raises ClaudeError, SessionParked.

        Limits are waited out, a busy service is tried again, a lost session is resumed, and one
        that cannot be resumed is begun anew: the workspace still holds what was done.
        """
        lost = busy = 0
        while True:
            match self._turn(text):
                case TurnEnded(text=answer):
                    return answer
                case Paused(until=until):
                    self._close()
                    self._sleep_until((until or self._clock.now() + UNTOLD_PAUSE) + AFTER_RESET)
                case Failed(kind=FailureKind.OVERLOADED) if busy < BUSY_AT_MOST:
                    self._clock.sleep(BUSY_SECONDS * 2.0**busy)
                    busy += 1
                case Failed() as failure:
                    raise _stopped(failure)
                case Lost() as loss if lost >= LOST_AT_MOST:
                    raise ClaudeError(
                        f"the agent ended by itself (exit code {loss.exit_code})\n{loss.screen}",
                        cure="run it by hand in the workspace to see why",
                    )
                case Lost():
                    self._begun = self._exchange is not None and self._exchange.was_heard
                    self._close()
                    lost += 1
            text = GO_ON if self._begun else self._first_prompt

    def _turn(self, text: str) -> Ending:
        if self._exchange is None:
            self._exchange = self._open()
            started = self._exchange.until_ready()
            if not isinstance(started, Ready):
                return started
        ending = self._exchange.turn(text)
        self._begun = self._begun or self._exchange.was_heard
        return ending

    def _open(self) -> Exchange:
        if not self._begun:
            self._id = str(uuid.uuid4())
        self._session = self._agent.open(self._workspace, session=self._id, resume=self._begun)
        self._journal.append(
            SessionOpened(session=self._id, resumed=self._begun), task=self._workspace.task
        )
        return self._start_exchange(self._session, self._id)

    def _close(self) -> None:
        if self._session is None:
            return
        self._session.close()
        if self._exchange is not None:
            self._exchange.drain()
        self._session = self._exchange = None
        self._journal.append(SessionClosed(session=self._id), task=self._workspace.task)

    def _sleep_until(self, time: datetime) -> None:
        while (left := (time - self._clock.now()).total_seconds()) > 0:
            self._clock.sleep(min(left, 60.0))  # in pieces: the machine may have been asleep


def _stopped(failure: Failed) -> ClaudeError:
    if failure.kind in (FailureKind.LOGIN, FailureKind.BILLING):
        cure = "run `claude`, then /login" if failure.kind is FailureKind.LOGIN else "see /status"
        return ClaudeUnusable(f"Claude Code cannot work: {failure.message}", cure=cure)
    return ClaudeError(
        f"Claude Code gave up ({failure.kind}): {failure.message}",
        cure="make the task smaller, or look at the workspace and run it again",
    )
