"""Telling a service manager how the daemon does: sd_notify, systemd's protocol.

Lines of NAME=VALUE in one datagram each, to the socket named by NOTIFY_SOCKET; sd_notify(3) and
sd_watchdog_enabled(3) describe both.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Mapping

from coffee_maker.domain.events import (
    DaemonStopped,
    NoticeGiven,
    TaskDelivered,
    TaskFailed,
    TaskParked,
    TaskStarted,
    TaskUnchanged,
)
from coffee_maker.domain.ports import Clock, Journal
from coffee_maker.domain.sentences import sentence
from coffee_maker.domain.visible import one_line

SIGN_OF_LIFE_SECONDS = 10.0  # often, so that a watchdog's whole time is left for one slow look
STATUS_LENGTH = 200

_TOLD = (TaskStarted, TaskDelivered, TaskParked, TaskUnchanged, TaskFailed, NoticeGiven)
_KINDS = tuple(event.kind for event in (*_TOLD, DaemonStopped))


class Supervision:
    """A service and a reader of the daemon's: all of it happens in the loop, nothing in a thread.

    So the sign of life that the watchdog waits for comes only while the loop really turns. A
    manager that cannot be reached is no reason to end, and raises nothing.
    """

    def __init__(
        self, address: str, journal: Journal, clock: Clock, *, watchdog_seconds: float | None
    ) -> None:
        self._address, self._journal, self._clock = address, journal, clock
        self._every = watchdog_seconds and min(SIGN_OF_LIFE_SECONDS, watchdog_seconds / 4)
        self._next = 0.0
        self._reached = 0
        self._stopping = False

    def start(self) -> None:
        """The daemon runs."""
        self._reached = self._journal.last()
        self._next = self._clock.monotonic()
        self._tell("READY=1", "STATUS=looking for work")

    def pump(self) -> None:
        """The loop turns; what it does shows in the status."""
        self._sign_of_life()
        newest = self._journal.last()
        if newest <= self._reached:
            return
        for entry in self._journal.read(after=self._reached, kinds=_KINDS):
            if isinstance(entry.event, DaemonStopped):
                self._stop()
            task = f"{entry.task}: " if entry.task else ""
            self._tell(f"STATUS={one_line(task + sentence(entry.event), STATUS_LENGTH)}")
            self._reached = entry.id
        self._reached = max(self._reached, newest)

    def close(self) -> None:
        """The daemon ends."""
        self._stop()

    def _sign_of_life(self) -> None:
        now = self._clock.monotonic()
        if self._every is not None and now >= self._next:
            self._next = now + self._every
            self._tell("WATCHDOG=1")

    def _stop(self) -> None:
        if not self._stopping:
            self._stopping = True
            self._tell("STOPPING=1")

    def _tell(self, *lines: str) -> None:
        with (
            contextlib.suppress(OSError),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager,
        ):
            manager.settimeout(0)  # a manager that does not read must not hold the loop up
            manager.sendto("\n".join(lines).encode(), self._address)


def supervision(
    environment: Mapping[str, str], journal: Journal, clock: Clock
) -> Supervision | None:
    """The one that started us, by the variables it set; None where nobody wants to be told."""
    address = environment.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return None
    if address.startswith("@"):  # Linux's abstract sockets begin with a NUL
        address = f"\0{address[1:]}"
    return Supervision(address, journal, clock, watchdog_seconds=_watchdog_seconds(environment))


def _watchdog_seconds(environment: Mapping[str, str]) -> float | None:
    if environment.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    with contextlib.suppress(ValueError):
        microseconds = int(environment.get("WATCHDOG_USEC", ""))
        return microseconds / 1e6 if microseconds > 0 else None
    return None
