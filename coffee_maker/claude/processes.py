"""Ending a session's processes: its children, and whatever they hid."""

import contextlib
import os
import signal
import time
from collections.abc import Iterable

import psutil

from coffee_maker.claude.environment import MARKER

_ROUNDS = 10
_GONE_SECONDS = 1.0


def descendants(pid: int) -> list[psutil.Process]:
    """A process and all its children, as far as they can be seen now."""
    try:
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    except psutil.Error:
        return []


def marked(session: str) -> list[psutil.Process]:
    """Processes that carry the session's mark: also those that detached themselves."""
    return [process for process in psutil.process_iter() if _is_marked(process, session)]


def end_all(session: str, known: Iterable[psutil.Process] = ()) -> None:
    """Kill every process of a session; when this returns, none of them runs.

    Looks again until nothing is found, since a process may fork while it is being looked for.
    """
    found = set(known)
    for _ in range(_ROUNDS):
        found = {process for process in found | set(marked(session)) if is_alive(process)}
        found = {process for process in found if process.pid != os.getpid()}
        if not found:
            return
        for process in found:
            _kill(process)
        _wait(found)


def is_alive(process: psutil.Process) -> bool:
    """True while it runs. A zombie does not: it only waits for its parent to read its exit code."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _is_marked(process: psutil.Process, session: str) -> bool:
    try:
        return process.environ().get(MARKER) == session and is_alive(process)
    except (psutil.Error, OSError):
        return False


def _wait(killed: Iterable[psutil.Process]) -> None:
    end = time.monotonic() + _GONE_SECONDS
    while any(is_alive(process) for process in killed) and time.monotonic() < end:
        time.sleep(0.005)


def _kill(process: psutil.Process) -> None:
    # It may have been faster, or not be ours to end.
    with contextlib.suppress(psutil.Error, OSError):
        process.send_signal(signal.SIGKILL)
