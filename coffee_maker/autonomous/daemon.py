"""The loop round the line: next task, work, rest."""

import os
import signal
import threading
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from coffee_maker import __version__, plugins
from coffee_maker.autonomous.message_handler import MessageHandler
from coffee_maker.autonomous.notifier import Notifier
from coffee_maker.autonomous.open_questions import withdraw_open
from coffee_maker.autonomous.outcome import failure
from coffee_maker.autonomous.plan import Plan, Planner
from coffee_maker.autonomous.rest import nothing_to_do
from coffee_maker.domain.errors import CoffeeMakerError, RemoteError, RoadmapError
from coffee_maker.domain.events import (
    DaemonPaused,
    DaemonResumed,
    DaemonStarted,
    DaemonStopped,
    Entry,
    NoticeGiven,
    QuestionAnswered,
    TaskDelivered,
    TaskFailed,
    TaskParked,
    TaskRetried,
    TaskRolledBack,
    TaskSkipped,
    TaskStarted,
    TaskUnchanged,
)
from coffee_maker.domain.pause import KINDS, after_entry, pause
from coffee_maker.domain.ports import Clock, Executor, Journal, QuestionBox, Running

LOOK_SECONDS = 0.1  # how often the journal and the channels are looked at while a task runs

_BY_ITSELF = (TaskDelivered, TaskParked, TaskUnchanged, TaskFailed)
_OUTCOMES = (*_BY_ITSELF, TaskSkipped)

# What a rest ends for: there may be something else to do now than when it began.
_NEWS = (QuestionAnswered, DaemonPaused, DaemonResumed, TaskRetried, TaskRolledBack, TaskSkipped)


class Mode(StrEnum):
    """When to stop."""

    WATCH = "watch"  # never: when everything is done, wait for the roadmap to change
    UNTIL_DONE = "until done"
    ONCE = "once"


class Watcher(Protocol):
    """Somebody who looks on: the live view, plain lines, JSON lines."""

    def show(self, entry: Entry) -> None:
        """Something happened."""

    def tick(self) -> None:
        """Time has passed."""


class NobodyWatches:
    """For a daemon that runs where nobody looks."""

    def show(self, entry: Entry) -> None:
        """Nothing is shown."""

    def tick(self) -> None:
        """Nothing moves."""


class Service(Protocol):
    """Something that runs beside the daemon, in threads of its own."""

    def start(self) -> None:
        """Raises CoffeeMakerError where it cannot; the daemon goes on without it and says so."""

    def close(self) -> None:
        """End it, within some seconds. Closing what never started does no harm."""


class Reader(Protocol):
    """Somebody who reads along in the journal, at their own pace."""

    def pump(self) -> None:
        """Deal with what is new; made for being called several times a second."""


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What the daemon works with, built in `wiring`."""

    planner: Planner
    journal: Journal
    executor: Executor
    notifier: Notifier
    services: Sequence[Service] = ()
    readers: Sequence[Reader] = ()
    clock: Clock
    lock: AbstractContextManager[object]
    roadmap: str
    watch_seconds: float
    questions: QuestionBox | None = None  # those of a task that is skipped while it is under way


class EndedAtOnce(SystemExit):
    """Somebody asked twice: nothing is waited for any more."""


class DevDaemon:
    """Works through a roadmap, priority after priority.

    Arguments not given are taken from the project's settings file, which `coffee-maker config
    --sample` explains. `message_handler` answers by functions of yours: its rules come before those
    of the settings, its patterns beside them. `parts` is for those who build the rooms themselves.
    """

    def __init__(
        self,
        roadmap_path: str = "",
        *,
        auto_approve: bool | None = None,
        create_prs: bool | None = None,
        model: str | None = None,
        message_handler: MessageHandler | None = None,
        project: str = ".",
        watcher: Watcher | None = None,
        parts: Parts | None = None,
    ) -> None:
        # By name, because wiring stands above this floor and knows every concrete class.
        build = plugins.load("coffee_maker.wiring:daemon_parts")
        self._parts: Parts = parts or build(
            project,
            _overrides(
                roadmap=roadmap_path or None,
                questions={"auto_approve": auto_approve},
                git={"create_prs": create_prs},
                agent={"model": model},
            ),
            **({"handler": message_handler} if message_handler else {}),
        )
        self._watcher = watcher or NobodyWatches()
        self._journal = self._parts.journal
        self._shown = self._journal.last()
        self._stopping = threading.Event()
        self._planned = False
        self._is_news = False  # since the last look at the plan
        self._pause = pause(self._journal.read(kinds=KINDS))
        self._put_aside: dict[str, TaskSkipped] = {}  # by people, while we look on
        self._running: Running | None = None
        self._noticed: tuple[str, ...] = ()

    def run(self, *, mode: Mode = Mode.WATCH, task: str = "") -> bool:
        """Work until there is a reason to stop; True where no task waits for a person.

        With `task`, that one is worked on, and nothing else; with Mode.ONCE only the one that was
        worked on counts; one that watched and was stopped has ended well. Ctrl-C and SIGTERM end
        it cleanly, a second one at once.
        """
        with self._parts.lock:
            restore = self._listen_to_signals()
            self._note(
                DaemonStarted(roadmap=self._parts.roadmap, pid=os.getpid(), version=__version__)
            )
            reason = "a mistake in coffee_maker"
            try:
                self._open_doors()
                reason, well = self._loop(Mode.ONCE if task else mode, task)
            except CoffeeMakerError as error:
                reason = str(error)
                raise
            except EndedAtOnce:
                reason = "ended at once; `coffee-maker run` goes on where it was"
                raise
            except BrokenPipeError:
                reason = "whoever read its output has gone"
                self._watcher = NobodyWatches()
                raise
            finally:
                self._parts.executor.release()
                restore()
                self._note(DaemonStopped(reason=reason))
                try:
                    self._look()
                finally:
                    self._close_doors()
        return well

    def stop(self) -> None:
        """End soon: the task under way is closed so that the next start goes on with it."""
        self._stopping.set()

    def _open_doors(self) -> None:
        self._parts.notifier.start()
        for service in self._parts.services:
            try:
                service.start()
            except CoffeeMakerError as error:
                self._tell((f"{error} ({error.cure})" if error.cure else str(error),))

    def _close_doors(self) -> None:
        for service in self._parts.services:
            service.close()
        self._parts.notifier.close()

    def _loop(self, mode: Mode, task: str) -> tuple[str, bool]:
        well: dict[str, bool] = {}
        self._parts.executor.prepare()
        while not self._stopping.is_set():
            plan = self._plan(task, mode)
            if self._pause and mode is not Mode.WATCH:
                return str(self._pause), False
            if plan is None or plan.next is None or self._pause:
                if mode is not Mode.WATCH and plan is not None:
                    return nothing_to_do(plan), not plan.for_people
                self._rest()
                continue
            outcome = self._work_on(plan.next.id)
            if outcome is None:
                reason = f"stopped; `coffee-maker run` goes on with {plan.next.id}"
                return reason, _stopped_well(mode, well)
            well[plan.next.id] = isinstance(outcome, TaskDelivered)
            if self._stopping.is_set():
                break
            if isinstance(outcome, TaskFailed) and outcome.stops_the_line:
                return outcome.message, False
            if mode is Mode.ONCE:
                return "one task was asked for", well[plan.next.id]
            if isinstance(outcome, TaskFailed) and outcome.transient:
                self._is_news = False  # what came meanwhile is no reason to hurry
                self._rest()
            self._parts.executor.prepare()
        return "stopped by a person", _stopped_well(mode, well)

    def _plan(self, task: str, mode: Mode) -> Plan | None:
        """The plan, or None where there is none just now and waiting for one is what is wanted."""
        self._is_news = False
        if self._pause:
            self._tell((str(self._pause),))
            return None
        try:
            plan = self._parts.planner.look(task)
        except (RemoteError, RoadmapError) as error:
            if self._stopping.is_set() or self._may_pass(error, mode):
                self._tell((f"{error} ({error.cure})" if error.cure else str(error),))
                return None
            raise
        self._planned = True
        stuck = plan.next is None and plan.waiting and mode is Mode.WATCH
        self._tell((*plan.notices, nothing_to_do(plan)) if stuck else plan.notices)
        return plan

    def _may_pass(self, error: RemoteError | RoadmapError, mode: Mode) -> bool:
        """True for an outage, and for a roadmap that somebody is editing while we watch."""
        if isinstance(error, RoadmapError):
            return mode is Mode.WATCH and self._planned
        return error.transient and mode is not Mode.ONCE

    def _work_on(self, task: str) -> object:
        """Have a task worked on elsewhere, and look on. The outcome, None where it was stopped."""
        if task in self._put_aside:
            return self._put_aside[task]
        begun = self._journal.last()
        running = self._running = self._parts.executor.start(task)
        try:
            while not running.wait(LOOK_SECONDS):
                self._look()
                if self._stopping.is_set() or task in self._put_aside:
                    break
        finally:
            running.stop()
            self._running = None
            self._look()
        return self._outcome(task, begun)

    def _outcome(self, task: str, begun: int) -> object:
        told = [e.event for e in self._journal.read(after=begun, task=task)]
        ended = [event for event in told if isinstance(event, (TaskStarted, *_OUTCOMES))]
        skipped = self._put_aside.get(task)
        if skipped is not None and not (ended and isinstance(ended[-1], _BY_ITSELF)):
            # Said once more, behind all that the worker said: from here on nothing of it runs.
            if self._parts.questions is not None:
                withdraw_open(self._parts.questions, task)
            self._journal.append(skipped, task=task)
            self._look()
            return skipped
        self._put_aside.pop(task, None)
        if ended and isinstance(ended[-1], _OUTCOMES):
            return ended[-1]
        return None if self._stopping.is_set() else self._died(task)

    def _died(self, task: str) -> TaskFailed:
        error = CoffeeMakerError(
            "the worker ended without a word",
            cure="see worker.log in the state directory (`coffee-maker status` names it)",
        )
        error.transient = True  # killed for its memory, most likely; a few more tries are allowed
        self._journal.append(failure(error), task=task)
        self._look()
        return failure(error)

    def _rest(self) -> None:
        self._parts.executor.release()
        until = self._parts.clock.monotonic() + self._parts.watch_seconds
        while not self._stopping.is_set() and self._parts.clock.monotonic() < until:
            self._look()
            if self._is_news:
                return
            self._stopping.wait(min(1.0, self._parts.watch_seconds))

    def _look(self) -> None:
        if self._journal.last() > self._shown:
            for entry in self._journal.read(after=self._shown):
                self._watcher.show(entry)
                self._shown = entry.id
                self._take_in(entry)
        self._watcher.tick()
        self._parts.notifier.attend()
        for reader in self._parts.readers:
            reader.pump()

    def _take_in(self, entry: Entry) -> None:
        self._is_news |= isinstance(entry.event, _NEWS)
        self._pause = after_entry(self._pause, entry)
        if isinstance(entry.event, TaskSkipped):
            self._put_aside[entry.task] = entry.event
        elif isinstance(entry.event, TaskRetried | TaskRolledBack):
            self._put_aside.pop(entry.task, None)

    def _tell(self, notices: tuple[str, ...]) -> None:
        """Say what is new; what has passed meanwhile is said again when it comes back."""
        before, self._noticed = self._noticed, notices
        for message in notices:
            if message not in before:
                self._note(NoticeGiven(message=message))
        self._look()

    def _note(self, event: DaemonStarted | DaemonStopped | NoticeGiven) -> None:
        self._journal.append(event)

    def _listen_to_signals(self) -> Any:
        if threading.current_thread() is not threading.main_thread():
            return lambda: None
        kinds = (signal.SIGINT, signal.SIGTERM)
        before = [signal.signal(kind, self._asked_to_end) for kind in kinds]
        return lambda: [signal.signal(kind, old) for kind, old in zip(kinds, before, strict=True)]

    def _asked_to_end(self, number: int, _: object) -> None:
        if not self._stopping.is_set():
            self.stop()
            return
        running, self._running = self._running, None
        if running is not None:
            running.kill()
        raise EndedAtOnce(128 + number)


def _stopped_well(mode: Mode, well: Mapping[str, bool]) -> bool:
    """Who watches has no other end; a service manager would start it again after a bad one."""
    return mode is Mode.WATCH or all(well.values())


def _overrides(**given: Any) -> dict[str, Any]:
    """Only what was given: None means "as the settings say"."""
    kept: dict[str, Any] = {}
    for name, value in given.items():
        inner = _overrides(**value) if isinstance(value, dict) else value
        if inner is not None and inner != {}:
            kept[name] = inner
    return kept
