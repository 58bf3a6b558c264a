"""One live session with Claude Code, read as one stream of observations.

Three sources, in this order of trust: hooks (their HTTP answer is the decision), the transcript
(tokens), the screen (start-up, liveness, the last resort).
"""

import select
import time
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from coffee_maker.claude.composer import Composer
from coffee_maker.claude.environment import MARKER
from coffee_maker.claude.hooks import HookRequest, HookServer
from coffee_maker.claude.keyboard import Keyboard
from coffee_maker.claude.keys import KEY_OPTIONS, Keys
from coffee_maker.claude.limits import ending
from coffee_maker.claude.live import Live
from coffee_maker.claude.payloads import doing, event_of, is_still_busy, text_in
from coffee_maker.claude.pending import Pending
from coffee_maker.claude.screen import ScreenKind, View, plain_text, read_screen, version_on
from coffee_maker.claude.startup import StartUp
from coffee_maker.claude.terminal import Terminal
from coffee_maker.claude.transcripts import Transcripts
from coffee_maker.domain.errors import ClaudeError
from coffee_maker.domain.question import Answer, QuestionKind
from coffee_maker.domain.session import (
    Asking,
    Doing,
    HandedBack,
    Lost,
    Noticed,
    Observation,
    Ready,
    TakenOver,
    TurnEnded,
    Used,
)
from coffee_maker.processes import descendants, end_all

_LOOK_SECONDS = 0.1  # between two looks at the screen or the transcript that nothing prompted
_INTERRUPTED_SECONDS = 3.0
_HANG_UP_SECONDS = 1.5
_LEFT_OVER = (Used, TakenOver, HandedBack, Noticed)  # told after the end as well


class State(StrEnum):
    """Where a session stands; `TRANSITIONS` says what can follow what."""

    STARTING = "starting"
    IDLE = "idle"
    WORKING = "working"
    LOST = "lost"
    CLOSED = "closed"


TRANSITIONS: Mapping[State, frozenset[State]] = {
    State.STARTING: frozenset({State.IDLE, State.LOST, State.CLOSED}),
    State.IDLE: frozenset({State.WORKING, State.LOST, State.CLOSED}),
    # Working again: a prompt that nobody here said, by a person at the terminal or a sub-agent.
    State.WORKING: frozenset({State.WORKING, State.IDLE, State.LOST, State.CLOSED}),
    State.LOST: frozenset({State.CLOSED}),
    State.CLOSED: frozenset({State.CLOSED}),
}


class ClaudeSession:
    """See `CodingSession`. One thread may use it.

    All of a turn's `Used` come before its TurnEnded, Paused or Failed. After `close()`,
    `observe(0)` still gives what was left to count, then None.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        session: str,
        cwd: Path,
        environment: Mapping[str, str],
        hooks: HookServer,
        settings: Path,
        transcript: Path,
        task: str,
        recordings: Path | None,
        sockets: Path | None,
        ready_seconds: float,
        still_seconds: float,
    ) -> None:
        self._id, self._cwd, self._settings = session, cwd, settings
        self._still_seconds = still_seconds
        self._hooks = hooks
        self._terminal = Terminal(command, cwd=cwd, environment=environment)
        hooks.start()
        self._keyboard = Keyboard()
        self._live = Live(
            self._terminal,
            self._keyboard,
            session=session,
            task=task,
            recordings=recordings,
            sockets=sockets,
        )
        self._live.start()
        self._transcripts = Transcripts(transcript)
        self._pending = Pending(str(cwd))
        self._keys = Keys(self._terminal)
        self._start_up = StartUp(self._keys, ready_seconds=ready_seconds)
        self._composer = Composer(self._terminal)
        self._out: deque[Observation] = deque()
        self._state = State.STARTING
        self._ending: Observation | None = None
        self._heard = 0
        self._is_background_busy = False
        self._unreadable = 0
        self._shown: tuple[str, ...] = ()  # the unreadable screen that was asked about last
        self._looked_at = 0.0

    @property
    def pid(self) -> int:
        """The program's process, which leads a process group of its own."""
        return self._terminal.pid

    @property
    def screen(self) -> str:
        """What a person would see, as of the last look."""
        return plain_text(self._terminal.lines)

    def type_key(self, name: str) -> bool:
        """Press a key as a person at the terminal would; False where there is no such key."""
        return self._keys.press(name)

    def observe(self, timeout_seconds: float) -> Observation | None:
        end = time.monotonic() + timeout_seconds
        while True:
            if self._state in (State.LOST, State.CLOSED):
                return self._left_over(end)
            self._pump()
            if self._out:
                return self._out.popleft()
            left = end - time.monotonic()
            if left <= 0:
                return None
            self._wait(left)

    def listens(self) -> bool:
        if self._state is State.IDLE:
            self._pump()  # a person may have begun a turn while nobody observed
        if self._out or self._state is State.WORKING:
            return False
        return self._state is not State.IDLE or self._keyboard.reserve()

    def say(self, text: str) -> None:
        with self._keyboard.ours():
            if self._state is not State.IDLE:
                raise ClaudeError(f"the session is {self._state}, not waiting for a prompt")
            heard = self._heard
            self._enter(State.WORKING)
            self._transcripts.begin_turn()
            self._composer.send(text, pump=self._pump_hooks, heard=lambda: self._heard > heard)

    def answer(self, id: str, answer: Answer) -> bool:
        if self._unreadable and id == self._unreadable_id():
            return self._press(answer)
        return self._pending.answer(id, answer)

    def close(self) -> None:
        if self._state is State.CLOSED:
            return
        self._enter(State.CLOSED)
        self._pending.refuse_all("The session was closed.")
        known = descendants(self._terminal.pid)
        if self._terminal.exit_code() is None:
            # Both versions write their last lines on it (2.1.329 its totals), 0.2 s faster than on
            # /exit, and also in the middle of a turn.
            self._terminal.hang_up()
            self._terminal.wait(_HANG_UP_SECONDS)
        self._live.leave()
        self._terminal.end()
        self._live.close()
        end_all((MARKER, self._id), known)
        self._hooks.close()
        self._count()
        self._hear_of_people()
        self._out = deque(seen for seen in self._out if isinstance(seen, _LEFT_OVER))
        self._settings.unlink(missing_ok=True)

    # -- what comes in --------------------------------------------------------------------------

    def _pump(self) -> None:
        self._hear_of_people()
        hooked = self._pump_hooks()
        printed = self._terminal.drain()
        now = time.monotonic()
        is_due = now - self._looked_at >= _LOOK_SECONDS
        has_ended = self._ending is not None and self._transcripts.is_complete()
        if hooked or is_due or has_ended:
            self._count()
        if is_due or (printed and self._state is State.STARTING):
            self._looked_at = now
            self._look()
        if has_ended:
            self._finish_turn()
        if self._terminal.at_end and not self._out:
            self._lose()

    def _pump_hooks(self) -> bool:
        """Take in what the hooks brought; also used while a prompt is being typed."""
        came = False
        for request in self._hooks.arrivals():
            came = True
            self._out.extend(self._hooked(request))
        return came

    def _hooked(self, request: HookRequest) -> Sequence[Observation]:
        if request.gone:
            return self._pending.give_up(request)
        payload = request.payload
        self._transcripts.follow(text_in(payload, "transcript_path"))
        match event_of(payload):
            case "PreToolUse":
                called = self._pending.call(request)
                return (Doing(text=doing(called.call, str(self._cwd))), called)
            case "PermissionRequest":
                return self._pending.ask(request)
            case "PostToolUse" | "PostToolUseFailure":
                return self._pending.settle(text_in(payload, "tool_use_id"))
            case "UserPromptSubmit":
                self._heard += 1
                self._is_background_busy = False
                if self._state is State.IDLE:  # a person at the terminal
                    self._enter(State.WORKING)
            case "Stop":
                self._is_background_busy = is_still_busy(payload)
                if not self._is_background_busy:
                    self._end_turn(TurnEnded(text=text_in(payload, "last_assistant_message")))
            case "StopFailure":
                message = text_in(payload, "last_assistant_message")
                now = datetime.now().astimezone()
                self._end_turn(ending(text_in(payload, "error"), message, now))
        return ()

    def _end_turn(self, seen: Observation) -> None:
        if self._state is State.WORKING:
            self._ending = seen
            self._transcripts.end_turn()

    def _finish_turn(self) -> None:
        """Let the turn end; its last answer has been counted."""
        if self._ending is not None:
            self._out.append(self._ending)
            self._ending = None
            self._enter(State.IDLE)

    def _hear_of_people(self) -> None:
        while self._keyboard.changes:
            self._out.append(self._keyboard.changes.popleft())
        while self._live.notices:
            self._out.append(Noticed(text=self._live.notices.popleft()))

    def _count(self) -> None:
        self._out.extend(Used(answer=answer) for answer in self._transcripts.read_new())

    # -- what the screen says -------------------------------------------------------------------

    def _look(self) -> None:
        view = read_screen(self._terminal.lines)
        if self._keyboard.holder and view.kind is not ScreenKind.PROMPT:
            return  # what they make of it is theirs
        if self._state is State.STARTING:
            if self._start_up.step(view):
                self._enter(State.IDLE)
                self._out.append(Ready(version=version_on(self._terminal.lines)))
            elif not self._start_up.is_acting(view):
                self._ask_if_stuck()
                if not self._shown:
                    self._start_up.check_time()
        elif self._state is State.WORKING and not self._pending and self._ending is None:
            if self._was_interrupted(view):
                self._end_turn(TurnEnded(text=""))
            elif view.kind in (ScreenKind.DIALOG, ScreenKind.API_KEY, ScreenKind.LOGIN):
                self._ask_if_stuck()

    def _was_interrupted(self, view: View) -> bool:
        """A person pressed Escape at the terminal, or refused a tool there: no hook tells of it."""
        return (
            view.idle
            and not view.working
            and not self._is_background_busy
            and self._terminal.still_seconds >= _INTERRUPTED_SECONDS
        )

    def _ask_if_stuck(self) -> None:
        lines = self._terminal.lines
        if self._terminal.still_seconds < self._still_seconds or lines == self._shown:
            return
        self._shown = lines
        self._unreadable += 1
        self._out.append(
            Asking(
                id=self._unreadable_id(),
                kind=QuestionKind.UNREADABLE,
                text=plain_text(lines),
                options=KEY_OPTIONS,
            )
        )

    def _unreadable_id(self) -> str:
        return f"screen-{self._unreadable}"

    def _press(self, answer: Answer) -> bool:
        if self._terminal.lines != self._shown:
            return False  # it has changed since: the answer was for another screen
        if not self._keyboard.reserve():
            self._shown = ()  # asked about again when the person has left it as it is
            return False
        if not self._keys.press(answer.value):
            self._terminal.end()
        self._keyboard.done()
        return True

    # -- how it ends ----------------------------------------------------------------------------

    def _lose(self) -> None:
        self._terminal.wait(_HANG_UP_SECONDS)
        self._pump_hooks()
        self._count()
        if self._state is State.STARTING:
            self._look()  # what it said before it ended may be a person's business
        self._out.append(
            Lost(exit_code=self._terminal.exit_code(), screen=plain_text(self._terminal.lines))
        )
        self._pending.refuse_all("The session is over.")
        self._enter(State.LOST)

    def _left_over(self, end: float) -> Observation | None:
        if self._out:
            return self._out.popleft()
        if self._state is State.LOST:
            time.sleep(max(0.0, end - time.monotonic()))
        return None

    def _enter(self, state: State) -> None:
        if state not in TRANSITIONS[self._state]:
            raise ClaudeError(f"a session that is {self._state} cannot become {state}")
        self._state = state

    def _wait(self, left: float) -> None:
        """Sleep until something comes in or the next look is due."""
        pause = 0.01 if self._ending is not None else _LOOK_SECONDS
        watched = [self._terminal.fd, self._hooks.wake.fileno()]
        select.select(watched, [], [], min(left, pause))
