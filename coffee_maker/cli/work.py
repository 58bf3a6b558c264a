"""`coffee-maker work`: one task, in the process that the daemon starts for it."""

import os
import signal
import sys
import threading
from pathlib import Path

import click


@click.command(hidden=True)
@click.argument("project", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("task")
def work(project: Path, task: str) -> None:
    """Read the settings from standard input and work on TASK until it ends, or stdin does."""
    settings = sys.stdin.buffer.readline()
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the daemon's to handle
    threading.Thread(target=_end_with_the_daemon, daemon=True).start()
    from coffee_maker.wiring import worker

    sys.exit(0 if worker(project, settings).work_on(task) else 1)


def _stop(*_: object) -> None:
    """Unwind, so that the session is closed on the way."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise SystemExit(128 + signal.SIGTERM)


def _end_with_the_daemon() -> None:
    # Not by sys.stdin: a thread that waits inside it keeps the interpreter from ending.
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
