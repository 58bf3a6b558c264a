"""The thread that looks for replies for as long as it is asked to, whatever the server does."""

import threading
from collections.abc import Callable
from datetime import timedelta

from coffee_maker.channels.mail.folder import Found, MailFolder
from coffee_maker.domain.errors import ChannelError, CoffeeMakerError
from coffee_maker.domain.ports import Clock

# How far back a first look goes: longer than a daemon is down, or a question parked, as a rule.
DAYS_BACK = 30
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0  # seconds between attempts to connect
_OPEN_SECONDS = 3.0  # how long opening waits for what a person must mend
_CLOSE_SECONDS = 5.0

Connect = Callable[[], MailFolder]
Handle = Callable[[MailFolder, Found], None]


class MailWatch:
    """Calls `handle` with every mail that is not marked as done, in a thread of its own.

    A mail for which `handle` raises a CoffeeMakerError comes again, after a pause.
    """

    def __init__(self, connect: Connect, handle: Handle, clock: Clock) -> None:
        self._connect, self._handle, self._clock = connect, handle, clock
        self._stop, self._tried = threading.Event(), threading.Event()
        self._trouble: CoffeeMakerError | None = None
        self._validity, self._above = -1, 0
        self._thread: threading.Thread | None = None

    def open(self) -> None:
        """Begin. Raises ChannelError for what no waiting will mend, as far as known by then."""
        if self._thread is not None:
            return
        self._stop.clear()
        self._tried.clear()
        self._thread = threading.Thread(target=self._run, name="mail-replies", daemon=True)
        self._thread.start()
        self._tried.wait(_OPEN_SECONDS)
        if isinstance(self._trouble, ChannelError) and not self._trouble.transient:
            trouble = self._trouble
            self.close()
            raise trouble

    @property
    def trouble(self) -> str:
        """Why replies are not read at the moment; empty where they are."""
        return str(self._trouble) if self._trouble else ""

    def close(self) -> None:
        """End, within some seconds."""
        self._stop.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(_CLOSE_SECONDS)
        self._thread = None

    def _run(self) -> None:
        pause = FIRST_PAUSE
        while not self._stop.is_set():
            try:
                self._watch()
            except CoffeeMakerError as error:
                pause = FIRST_PAUSE if self._trouble is None else min(pause * 2, LONGEST_PAUSE)
                self._trouble = error
            self._tried.set()
            self._stop.wait(pause)

    def _watch(self) -> None:
        folder = self._connect()
        self._tried.set()
        try:
            if folder.validity != self._validity:
                self._validity, self._above = folder.validity, 0
            while not self._stop.is_set():
                self._look(folder)
                self._trouble = None
                folder.wait(self._stop)
        finally:
            folder.close()

    def _look(self, folder: MailFolder) -> None:
        since = (self._clock.now() - timedelta(days=DAYS_BACK)).date()
        for found in folder.found(above=self._above, since=since):
            if self._stop.is_set():
                return
            if not found.done:
                self._handle(folder, found)
            self._above = found.uid
