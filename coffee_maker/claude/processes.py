"""Ending a session's processes: its children, and whatever they hid."""

import contextlib
import os
import signal
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
    found = list(known)
    for _ in range(_ROUNDS):
        found = [process for process in {*found, *marked(session)} if process.is_running()]
        found = [process for process in found if process.pid != os.getpid()]
        if not found:
            return
        for process in found:
            _kill(process)
        psutil.wait_procs(found, timeout=_GONE_SECONDS)
        found = []


def _is_marked(process: psutil.Process, session: str) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE and process.environ().get(MARKER) == session
    except (psutil.Error, OSError):
        return False


def _kill(process: psutil.Process) -> None:
    # It may have been faster, or not be ours to end.
    with contextlib.suppress(psutil.Error, OSError):
        process.send_signal(signal.SIGKILL)
