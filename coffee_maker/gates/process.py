"""Run a command to its end or a time limit, after which nothing that it started runs any more.

A child may leave the process group, the session and even the family (daemons are adopted by init).
So three signs are followed: the group, the descendants seen while it ran, and a marker that every
process inherits in its environment.
"""

import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil

from coffee_maker.processes import Mark, descendants, end_all

KEPT_BYTES = 200_000
_POLL_SECONDS = 0.05
_FAMILY_SECONDS = 1.0  # a look at all processes costs milliseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How it ended. `exit_code` is None where the time limit came first, negative for a signal.

    `output` is both streams as they came, only the last part of it where it was `cut`.
    """

    exit_code: int | None
    output: str
    cut: bool
    seconds: float


class Tail:
    """The last so many bytes of a stream."""

    def __init__(self, limit: int) -> None:
        self._limit, self._bytes, self.cut = limit, bytearray(), False

    def add(self, chunk: bytes) -> None:
        self._bytes += chunk
        if len(self._bytes) > self._limit:
            del self._bytes[: -self._limit]
            self.cut = True

    @property
    def text(self) -> str:
        """What is kept, from the beginning of a line on."""
        kept = bytes(self._bytes)
        if self.cut:
            kept = kept.partition(b"\n")[2] or kept
        return kept.decode("utf-8", "replace")


def run(
    argv: Sequence[str],
    *,
    cwd: Path,
    environment: Mapping[str, str],
    marker: str,
    timeout_seconds: float,
    kept_bytes: int = KEPT_BYTES,
    meanwhile: Callable[[], None] = lambda: None,
) -> Ended:
    """Run it without input. Raises OSError where it cannot be started.

    `environment[marker]` must be unique to this run. `meanwhile` is called some times a second.
    """
    began = time.monotonic()
    child = subprocess.Popen(  # its own session: a signal to the group meets nobody else
        argv,
        cwd=cwd,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    family = Family(child.pid, (marker, environment[marker]))
    tail = Tail(kept_bytes)
    stream = _stream(child)
    watch = _watch(family, meanwhile)
    try:
        code = _follow(child, stream, tail, watch, began + timeout_seconds)
    finally:
        family.end()
        child.wait()
        with stream:
            _drain(stream, tail)
    return Ended(exit_code=code, output=tail.text, cut=tail.cut, seconds=time.monotonic() - began)


def _watch(family: "Family", meanwhile: Callable[[], None]) -> Callable[[], None]:
    """What is done several times a second, and now and then."""
    looked = time.monotonic()

    def watch() -> None:
        nonlocal looked
        meanwhile()
        if time.monotonic() - looked >= _FAMILY_SECONDS:
            family.look()
            looked = time.monotonic()

    return watch


def _follow(
    child: "subprocess.Popen[bytes]",
    stream: IO[bytes],
    tail: Tail,
    watch: Callable[[], None],
    end: float,
) -> int | None:
    """Keep what it says until it ends; its exit code, or None at the time limit."""
    speaks = True
    while (code := child.poll()) is None:
        left = end - time.monotonic()
        if left <= 0:
            return None
        wait = min(_POLL_SECONDS, left)
        if speaks:
            speaks = _read(stream, tail, wait)
        else:
            with suppress(subprocess.TimeoutExpired):
                child.wait(wait)
        watch()
    return code


def _read(stream: IO[bytes], tail: Tail, wait: float) -> bool:
    """Take what is there within so many seconds; False when the stream has ended."""
    if not select.select([stream], [], [], wait)[0]:
        return True
    with suppress(BlockingIOError):
        chunk = os.read(stream.fileno(), 65536)
        tail.add(chunk)
        return bool(chunk)
    return True


def _drain(stream: IO[bytes], tail: Tail) -> None:
    end = time.monotonic() + 1
    while time.monotonic() < end and select.select([stream], [], [], 0)[0]:
        if not _read(stream, tail, 0):
            return


def _stream(child: "subprocess.Popen[bytes]") -> IO[bytes]:
    if child.stdout is None:
        raise ValueError("started without a pipe")
    os.set_blocking(child.stdout.fileno(), False)
    return child.stdout


class Family:
    """All processes that a process started, also those that it no longer knows."""

    def __init__(self, leader: int, mark: Mark) -> None:
        self._leader, self._mark = leader, mark
        self._seen: set[psutil.Process] = set()

    def look(self) -> None:
        """Remember the descendants of now; whoever becomes a daemon later is known already."""
        self._seen.update(descendants(self._leader))

    def end(self) -> None:
        """Kill them, and what they start meanwhile."""
        self.look()
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._leader, signal.SIGKILL)
        end_all(self._mark, self._seen)
