"""Tasks in processes of their own."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from coffee_maker.autonomous.capped_log import CappedLog

STOP_SECONDS = 20.0  # long enough for an agent to be closed


class WorkerProcess:
    """A worker under way. It ends by itself when this process is gone: its stdin closes."""

    def __init__(self, process: subprocess.Popen[bytes], log: CappedLog) -> None:
        self._process, self._log = process, log

    def wait(self, timeout_seconds: float) -> bool:
        """True when it has ended, within so many seconds."""
        self._log.trim()
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

    def kill(self) -> None:
        """End it and all that it has started, this instant. Safe in a signal's handler."""
        from coffee_maker.claude.environment import MARKER as OF_A_SESSION
        from coffee_maker.gates.environment import MARKER as OF_A_TEST_RUN
        from coffee_maker.processes import end_family

        end_family(self._process.pid, OF_A_SESSION, OF_A_TEST_RUN)

    def _close(self) -> None:
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()


class LocalProcesses:
    """Starts `command`, one process a task, and tells it on standard input what to do.

    First the settings, where no other user of the machine can see them, then the task: so that a
    worker can be started, and import all it needs, before it is known which task is next. What
    goes wrong before the journal is open is written into `log`, of which the newest part is kept.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        settings: bytes,
        environment: Mapping[str, str] | None = None,
        log: Path,
    ) -> None:
        self._command, self._settings, self._log = tuple(command), settings, CappedLog(log)
        self._environment = environment  # None: our own
        self._ready: subprocess.Popen[bytes] | None = None

    def prepare(self) -> None:
        """Have a worker ready; see the port."""
        if self._ready is None or self._ready.poll() is not None:
            self._ready = self._spawn()

    def release(self) -> None:
        """Let the worker that was made ready end: it does when nothing more will be told to it."""
        if self._ready is not None:
            WorkerProcess(self._ready, self._log).stop()
            self._ready = None

    def start(self, task: str) -> WorkerProcess:
        """Begin to work on a task."""
        self.prepare()
        process, self._ready = self._ready, None
        if process is None:
            raise RuntimeError("there is no worker, although one was just prepared")
        _tell(process, task.encode())
        return WorkerProcess(process, self._log)

    def _spawn(self) -> subprocess.Popen[bytes]:
        with self._log.open() as log:
            process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env=self._environment,
            )
        _tell(process, self._settings)
        return process


def _tell(process: subprocess.Popen[bytes], line: bytes) -> None:
    """Write a line; a worker that is gone already is found out by whoever waits for it."""
    if process.stdin is not None:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(line + b"\n")
            process.stdin.flush()
