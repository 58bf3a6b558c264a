"""`coffee-maker work`: one task, in the process that the daemon starts for it."""

import os
import signal
import sys
import threading
from pathlib import Path

import click


@click.command(hidden=True)
@click.argument("project", type=click.Path(exists=True, file_okay=False, path_type=Path))
def work(project: Path) -> None:
    """Read settings and a task from standard input; work until the task ends, or stdin does."""
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the daemon's to handle
    settings = sys.stdin.buffer.readline()
    from coffee_maker.wiring import worker

    ready = worker(project, settings)
    task = sys.stdin.buffer.readline().decode().strip()
    if not task:
        return  # there is none: the daemon rests, or is gone
    threading.Thread(target=_end_with_the_daemon, daemon=True).start()
    sys.exit(0 if ready.work_on(task) else 1)


def _stop(*_: object) -> None:
    """Unwind, so that the session is closed on the way."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise SystemExit(128 + signal.SIGTERM)


def _end_with_the_daemon() -> None:
    # Not by sys.stdin: a thread that waits inside it keeps the interpreter from ending.
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
