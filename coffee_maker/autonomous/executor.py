"""Tasks in processes of their own."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

STOP_SECONDS = 20.0  # long enough for an agent to be closed


class WorkerProcess:
    """A worker under way. It ends by itself when this process is gone: its stdin closes."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def wait(self, timeout_seconds: float) -> bool:
        """True when it has ended, within so many seconds."""
        try:
            self._process.wait(timeout_seconds)
        except subprocess.TimeoutExpired:
            return False
        self._close()
        return True

    def stop(self) -> None:
        """Ask it to close its session and end; make it, where it does not."""
        self._process.terminate()
        if not self.wait(STOP_SECONDS):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._close()

    def _close(self) -> None:
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()


class LocalProcesses:
    """Starts `command TASK`, one process a task.

    The worker reads its settings from standard input, where no other user of the machine can see
    them, and writes what goes wrong before the journal is open into `log`.
    """

    def __init__(self, command: Sequence[str], *, settings: bytes, log: Path) -> None:
        self._command, self._settings, self._log = tuple(command), settings, log

    def start(self, task: str) -> WorkerProcess:
        """Begin to work on a task."""
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab") as log:
            process = subprocess.Popen(
                [*self._command, task],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        if process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                process.stdin.write(self._settings + b"\n")
                process.stdin.flush()
        return WorkerProcess(process)
