"""One daemon a project."""

import os
import signal
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from coffee_maker.birth import birth
from coffee_maker.domain.errors import StoreError

if TYPE_CHECKING:
    from filelock import FileLock


class DaemonLock:
    """Held while a daemon runs; the system lets go of it when the process ends, however it ends.

    A file that was left behind is no lock: what counts is whether somebody holds it.
    """

    def __init__(self, state_dir: Path) -> None:
        self._folder = state_dir
        self._pid_file = state_dir / "daemon.pid"
        self._lock: FileLock | None = None

    def __enter__(self) -> Self:
        """Take it. Raises StoreError that names the one who has it."""
        from filelock import FileLock, Timeout

        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # A moment's patience: whoever asks for the `holder` has it for an instant, too.
        self._lock = FileLock(self._folder / "daemon.lock", timeout=0.5)
        try:
            self._lock.acquire()
        except Timeout:
            raise StoreError(
                f"another daemon (process {self._pid()}) looks after this project already",
                cure="watch it with `coffee-maker events --follow`, or end it first",
            ) from None
        pid = os.getpid()
        self._pid_file.write_text(f"{pid}\n{birth(pid)}\n")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pid_file.unlink(missing_ok=True)
        if self._lock is not None:
            self._lock.release()

    def holder(self) -> int | None:
        """The process that holds it, or None where nobody does."""
        if self._pid() is None:
            return None
        from filelock import FileLock, Timeout

        try:
            with FileLock(self._folder / "daemon.lock", timeout=0):
                return None
        except Timeout:
            return self._pid()

    def end(self) -> int | None:
        """Ask the process that holds it to end, by SIGTERM; its id, or None where nobody does.

        Raises StoreError, and asks nobody, where the process with that id is another one.
        """
        pid = self.holder()
        if pid is None:
            return None
        if self._birth() != birth(pid):
            raise StoreError(
                f"process {pid} is not the daemon that holds {self._folder}",
                cure="it may run in a container, or on another machine: end it there",
            )
        try:
            os.kill(pid, signal.SIGTERM)
        except ProcessLookupError:
            return None
        except PermissionError as error:
            raise StoreError(
                f"the daemon (process {pid}) belongs to somebody else", cure="ask them to end it"
            ) from error
        return pid

    def _pid(self) -> int | None:
        try:
            return int(self._lines()[0])
        except (IndexError, ValueError):
            return None

    def _birth(self) -> str:
        return "".join(self._lines()[1:2])

    def _lines(self) -> list[str]:
        try:
            return self._pid_file.read_text().splitlines()
        except OSError:
            return []
