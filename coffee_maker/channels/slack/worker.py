"""A thread that does one thing after another, so that whoever hands it over need not wait."""

import logging
import queue
import threading
from collections.abc import Callable

_JOIN_SECONDS = 5.0

_logger = logging.getLogger(__name__)


class Worker:
    """What is put is done in that order; what fails is logged and holds nothing else up."""

    def __init__(self, name: str) -> None:
        self._waiting: queue.SimpleQueue[Callable[[], object] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)

    def open(self) -> None:
        self._thread.start()

    def put(self, work: Callable[[], object]) -> None:
        """Never waits."""
        self._waiting.put(work)

    def close(self) -> None:
        """Do what was put so far, then end; gives up on it after some seconds."""
        self._waiting.put(None)
        if self._thread.is_alive():
            self._thread.join(_JOIN_SECONDS)

    def _work(self) -> None:
        while (work := self._waiting.get()) is not None:
            try:
                work()
            except Exception:  # the next answer must be heard, whatever this one was
                _logger.exception("what Slack sent could not be dealt with")
