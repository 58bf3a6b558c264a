"""Ending processes for good: a process's children, and whatever they hid.

A child may leave the process group, the session and even the family (daemons are adopted by init).
What it takes along is its environment: so every process that must not survive carries a mark, a
variable with a value that nothing else has.
"""

import contextlib
import os
import time
from collections.abc import Iterable

import psutil

Mark = tuple[str, str]  # a variable's name and its value

_END_SECONDS = 5.0  # how long we chase what does not want to end
_GONE_SECONDS = 0.2


def descendants(pid: int) -> list[psutil.Process]:
    """A process and all its children, as far as they can be seen now."""
    try:
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    except psutil.Error:
        return []


def marked(mark: Mark) -> list[psutil.Process]:
    """Living processes that carry the mark: also those that detached themselves."""
    return [process for process in psutil.process_iter() if _is_marked(process, mark)]


def end_all(mark: Mark, known: Iterable[psutil.Process] = ()) -> None:
    """Kill every marked process and every known one; when this returns, none of them runs.

    Looks again until nothing is found, since a process may fork while it is being looked for; it
    gives up after some seconds, which only the system's own refusal can take.
    """
    found = set(known)
    end = time.monotonic() + _END_SECONDS
    while time.monotonic() < end:
        found = {process for process in found | set(marked(mark)) if is_alive(process)}
        found = {process for process in found if process.pid != os.getpid()}
        if not found:
            return
        for process in found:
            # It may have been faster, or not be ours to end.
            with contextlib.suppress(psutil.Error, OSError):
                process.kill()
        _wait(found)


def end_family(pid: int, *marks: str) -> None:
    """Kill a process and its children, and whatever carries their value of these variables.

    A value that we carry ourselves, because we were started inside such a family, is no mark.
    """
    known = descendants(pid)
    found = {(mark, _value(process, mark)) for mark in marks for process in known}
    end_all(("", ""), known)
    for mark, value in found:
        if value and value != os.environ.get(mark):
            end_all((mark, value))


def is_alive(process: psutil.Process) -> bool:
    """True while it runs. A zombie does not: it only waits for its parent to read its exit code."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _is_marked(process: psutil.Process, mark: Mark) -> bool:
    name, value = mark
    return bool(name) and _value(process, name) == value and is_alive(process)


def _value(process: psutil.Process, name: str) -> str | None:
    try:
        return process.environ().get(name)
    except (psutil.Error, OSError):
        return None


def _wait(killed: Iterable[psutil.Process]) -> None:
    end = time.monotonic() + _GONE_SECONDS
    while any(is_alive(process) for process in killed) and time.monotonic() < end:
        time.sleep(0.005)
