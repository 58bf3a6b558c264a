"""One daemon a project."""

import os
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

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
        self._pid_file.write_text(str(os.getpid()))
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

    def _pid(self) -> int | None:
        try:
            return int(self._pid_file.read_text())
        except (OSError, ValueError):
            return None
