"""Facts that take time, found out beside the session, which must not wait for them."""

import os
import queue
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from coffee_maker.domain.facts import Facts
from coffee_maker.processes import descendants, end_all

_GRACE_SECONDS = 0.5
_END_SECONDS = 10.0
_NO_MARK = ("COFFEE_MAKER_MEASURING", "")

T = TypeVar("T")


class Measuring(Generic[T]):
    """Measures for one at a time, in the order of asking, in one background thread.

    It is begun when it is first needed. What cannot be measured comes out as `Facts()`.
    """

    def __init__(self, measure: Callable[[frozenset[str]], Facts]) -> None:
        self._measure = measure
        self._asked: dict[str, T] = {}
        self._todo: queue.SimpleQueue[tuple[str, frozenset[str]] | None] = queue.SimpleQueue()
        self._found: queue.SimpleQueue[tuple[str, Facts]] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._others = frozenset(descendants(os.getpid()))  # which are not the measurement's

    def __bool__(self) -> bool:
        """True while something is still to come out of `done`."""
        return bool(self._asked)

    def add(self, id: str, asked: T, needs: frozenset[str]) -> None:
        """Have what `needs` names measured."""
        self._asked[id] = asked
        self._todo.put((id, needs))
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="measuring", daemon=True)
            self._thread.start()

    def done(self) -> list[tuple[T, Facts]]:
        """What has been measured since the last call; never waits."""
        found = []
        while not self._found.empty():
            name, facts = self._found.get()
            asked = self._asked.pop(name, None)
            if asked is not None:
                found.append((asked, facts))
        return found

    def drop(self, id: str) -> None:
        """Nobody wants to know any more."""
        self._asked.pop(id, None)

    def drop_all(self) -> None:
        """Nobody wants to know anything any more."""
        self._asked.clear()

    def close(self) -> None:
        """End what is being measured, since nobody wants to know: nothing of it runs afterwards.

        It takes some seconds at most. Programs that were started since it began are killed for it.
        """
        self.drop_all()
        if self._thread is None:
            return
        self._todo.put(None)
        self._thread.join(_GRACE_SECONDS)
        end = time.monotonic() + _END_SECONDS
        while self._thread.is_alive() and time.monotonic() < end:
            end_all(_NO_MARK, set(descendants(os.getpid())) - self._others)
            self._thread.join(_GRACE_SECONDS)
        self._thread = None

    def _run(self) -> None:
        while (wanted := self._todo.get()) is not None:
            name, needs = wanted
            if name in self._asked:
                self._others = frozenset(descendants(os.getpid()))
                self._found.put((name, self._facts(needs)))

    def _facts(self, needs: frozenset[str]) -> Facts:
        try:
            return self._measure(needs)
        except Exception:  # noqa: BLE001 - what is not known is asked of a person; the line goes on
            return Facts()
