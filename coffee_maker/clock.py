"""The real clock."""

import time
from datetime import UTC, datetime


class RealClock:
    """The port `Clock`, by the machine's own clocks."""

    def now(self) -> datetime:
        """The time of day, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait; not at all for a negative time."""
        time.sleep(max(0.0, seconds))
