"""Hand-written stand-ins for our own Protocols: time, an agent's session, work done elsewhere."""

from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from coffee_maker.domain.change import Workspace
from coffee_maker.domain.errors import CoffeeMakerError
from coffee_maker.domain.events import Event, TaskStarted
from coffee_maker.domain.ports import Journal
from coffee_maker.domain.question import Answer
from coffee_maker.domain.session import HandedBack, Observation, Ready, TakenOver

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


class FakeClock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.slept: list[float] = []

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        self.slept.append(seconds)


class FakeSession:
    """A session that was written down beforehand; an observation is seen once."""

    def __init__(self, seen: Iterable[Observation], clock: FakeClock) -> None:
        self._seen = deque(seen)
        self._clock = clock
        self.said: list[str] = []
        self.answered: list[tuple[str, Answer]] = []
        self.closed = 0
        self._is_taken = False

    def observe(self, timeout_seconds: float) -> Observation | None:
        if self._seen:
            seen = self._seen.popleft()
            self._is_taken = self._is_taken and not isinstance(seen, HandedBack)
            self._is_taken = self._is_taken or isinstance(seen, TakenOver)
            return seen
        self._clock.sleep(timeout_seconds)
        return None

    def tell(self, observation: Observation) -> None:
        """One more thing to be seen."""
        self._seen.append(observation)

    def listens(self) -> bool:
        is_next = bool(self._seen) and isinstance(self._seen[0], TakenOver)
        return not self._is_taken and not is_next

    def say(self, text: str) -> None:
        self.said.append(text)

    def answer(self, id: str, answer: Answer) -> bool:
        self.answered.append((id, answer))
        return True

    def close(self) -> None:
        self.closed += 1


class FakeAgent:
    """Opens the sessions it was given, one after the other."""

    name = "fake"

    def __init__(self, clock: FakeClock, *sessions: Sequence[Observation]) -> None:
        self._waiting = deque(sessions)
        self._clock = clock
        self.opened: list[tuple[str, bool]] = []
        self.sessions: list[FakeSession] = []
        self.greets = True  # False: the next session is not ready before what it was given

    def open(self, workspace: Workspace, *, session: str, resume: bool) -> FakeSession:
        self.opened.append((session, resume))
        greeting = [Ready(version="0")] if self.greets else []
        self.greets = True
        made = FakeSession([*greeting, *self._waiting.popleft()], self._clock)
        self.sessions.append(made)
        return made


class FakeRepository:
    """A project that is nothing but a roadmap on its base branch; an error in `fails` is raised."""

    base_branch = "main"

    def __init__(self, roadmap: str) -> None:
        self.roadmap = roadmap
        self.fails: list[CoffeeMakerError] = []
        self.looks = 0

    def notices(self, roadmap: str) -> tuple[str, ...]:
        return ()

    def refresh(self) -> None:
        self.looks += 1
        if self.fails:
            raise self.fails.pop(0)

    def read(self, branch: str, path: str) -> str | None:
        return self.roadmap

    def contains(self, branch: str, other: str) -> bool:
        return False

    def checkout(self, commit: str) -> AbstractContextManager[Path]:
        raise NoSuchPart

    def commit_file(self, branch: str, path: str, text: str, message: str) -> str:
        raise NoSuchPart

    def push(self, branch: str) -> str:
        raise NoSuchPart

    def delete_branch(self, branch: str, pushed: str = "") -> None:
        raise NoSuchPart

    def merged_as(self, commit: str, branch: str) -> str | None:
        raise NoSuchPart


class NoSuchPart(AssertionError):
    """The fake was asked for more than it has."""


class FakeExecutor:
    """Runs nothing: what each start brings about is written into the journal at once."""

    def __init__(self, journal: Journal, *outcomes: Event | None) -> None:
        self._journal, self._outcomes = journal, deque(outcomes)
        self.started: list[str] = []

    def prepare(self) -> None: ...

    def release(self) -> None: ...

    def start(self, task: str) -> "FakeRunning":
        self.started.append(task)
        started = TaskStarted(title="x", attempt=len(self.started), agent="fake")
        self._journal.append(started, task=task)
        outcome = self._outcomes.popleft() if self._outcomes else None
        if outcome is not None:
            self._journal.append(outcome, task=task)
        return FakeRunning()


class FakeRunning:
    """A task that is over as soon as it is begun."""

    def wait(self, timeout_seconds: float) -> bool:
        return True

    def stop(self) -> None: ...

    def kill(self) -> None: ...
