"""Who may type: the product, for as long as one message takes, or a person who took over."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from coffee_maker.domain.errors import ClaudeError
from coffee_maker.domain.session import HandedBack, TakenOver

# A person who walked away must not stop the line: after so long without a key it types again.
PATIENCE_SECONDS = 300.0


class Keyboard:
    """Of two sides, only one types at a time. Any thread may use it.

    `changes` are what became of it, oldest first: whoever tells people takes them out.
    """

    def __init__(
        self,
        *,
        patience_seconds: float = PATIENCE_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._patience, self._monotonic = patience_seconds, monotonic
        self._lock = threading.Lock()
        self._holder = ""
        self._is_ours = False
        self._typed_at = 0.0
        self.changes: deque[TakenOver | HandedBack] = deque()

    @property
    def holder(self) -> str:
        """The person who has it; empty where nobody has."""
        return self._holder

    def take(self, who: str) -> bool:
        """Give it to a person; False while we type, or another one has it."""
        with self._lock:
            if self._holder or self._is_ours:
                return False
            self._holder, self._typed_at = who, self._monotonic()
            self.changes.append(TakenOver(who=who))
            return True

    def typed(self, who: str) -> bool:
        """They press a key; False where it is theirs no more."""
        with self._lock:
            self._typed_at = self._monotonic()
            return self._holder == who

    def give_back(self, who: str) -> None:
        """They are done; nothing happens where they do not have it."""
        with self._lock:
            if self._holder == who:
                self._let_go("")

    def reserve(self) -> bool:
        """Have it for what we say next, until `done`; False while a person holds it.

        One who has not pressed a key for long loses it here.
        """
        with self._lock:
            if self._holder and self._monotonic() - self._typed_at >= self._patience:
                self._let_go(f"no key was pressed for {self._patience:.0f} seconds")
            self._is_ours = not self._holder
            return self._is_ours

    def done(self) -> None:
        """We have typed."""
        with self._lock:
            self._is_ours = False

    @contextmanager
    def ours(self) -> Iterator[None]:
        """Type something. Raises ClaudeError while a person holds it."""
        if not self.reserve():
            raise ClaudeError(
                f"{self._holder} holds the keyboard of this session",
                cure="leave it there with Ctrl-]",
            )
        try:
            yield
        finally:
            self.done()

    def _let_go(self, why: str) -> None:
        self.changes.append(HandedBack(who=self._holder, why=why))
        self._holder = ""
