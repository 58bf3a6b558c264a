"""How often something may be tried."""

from collections import deque

from coffee_maker.domain.ports import Clock

_KEYS_AT_MOST = 1000


class Attempts:
    """At most `limit` failures in so many `seconds` for each key; used by one thread at a time."""

    def __init__(self, clock: Clock, *, limit: int, seconds: float) -> None:
        self._clock, self._limit, self._seconds = clock, limit, seconds
        self._failures: dict[str, deque[float]] = {}

    def wait_seconds(self, key: str) -> float:
        """How long this key has to wait before it may try again; 0 where it may now."""
        failures = self._failures.get(key)
        if failures is None or len(failures) < self._limit:
            return 0.0
        return max(0.0, failures[0] + self._seconds - self._clock.monotonic())

    def failed(self, key: str) -> None:
        """Note a failure. Only the newest `limit` of a key, and the newest keys, are kept."""
        failures = self._failures.pop(key, None) or deque(maxlen=self._limit)
        failures.append(self._clock.monotonic())
        self._failures[key] = failures
        while len(self._failures) > _KEYS_AT_MOST:
            del self._failures[next(iter(self._failures))]
