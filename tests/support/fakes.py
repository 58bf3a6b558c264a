"""Hand-written stand-ins for our own Protocols: time, and an agent's session."""

from collections import deque
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from coffee_maker.domain.change import Workspace
from coffee_maker.domain.question import Answer
from coffee_maker.domain.session import Observation, Ready

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

    def observe(self, timeout_seconds: float) -> Observation | None:
        if self._seen:
            return self._seen.popleft()
        self._clock.sleep(timeout_seconds)
        return None

    def tell(self, observation: Observation) -> None:
        """One more thing to be seen."""
        self._seen.append(observation)

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
