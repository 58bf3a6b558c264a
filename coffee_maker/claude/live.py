"""A live session as others may watch it: recorded on the disk, and shown at a socket.

One thread beside the session's own does all of it, so that no disk and no viewer is ever waited
for. It also reads the terminal while the session's thread is busy elsewhere (tests of a gate run
for minutes), so that what is shown and recorded keeps its time.
"""

import contextlib
import os
import select
import socket
import threading
from collections import deque
from pathlib import Path

from coffee_maker.claude.frames import Kind
from coffee_maker.claude.keyboard import Keyboard
from coffee_maker.claude.live_path import bind, live_path, peer_uid, remove
from coffee_maker.claude.recording import Recorder
from coffee_maker.claude.terminal import COLUMNS, ROWS, Terminal
from coffee_maker.claude.viewer import Viewer

_FLUSH_SECONDS = 0.5
_GOODBYE_SECONDS = 0.5  # for viewers to take in the last of it
_VIEWERS_AT_MOST = 16


class Live:
    """Begins with `start`, ends with `close`; between them, nothing it meets is raised.

    `notices` are things a person should know, oldest first: whoever tells people takes them out.
    """

    def __init__(
        self,
        terminal: Terminal,
        keyboard: Keyboard,
        *,
        session: str,
        task: str,
        recordings: Path | None,
        sockets: Path | None,
    ) -> None:
        self._terminal, self._keyboard, self._session = terminal, keyboard, session
        self._task, self._recordings, self._sockets = task, recordings, sockets
        self._recorder: Recorder | None = None
        self._listener: socket.socket | None = None
        self._viewers: list[Viewer] = []
        self._wake, self._waker = socket.socketpair()
        self._wake.setblocking(False)  # noqa: FBT003 - the library's signature
        self._waker.setblocking(False)  # noqa: FBT003
        self._closing = False
        self._told = False
        self._thread = threading.Thread(target=self._serve, name="claude-live", daemon=True)
        self.notices: deque[str] = deque()

    def start(self) -> None:
        """From here on all that is printed is recorded and shown."""
        if self._recordings is not None:
            self._recorder = Recorder(
                self._recordings,
                self._session,
                size=(COLUMNS, ROWS),
                title=self._task,
                redraw=self._terminal.redraw,
                lock=self._terminal.lock,
            )
        if self._sockets is not None:
            try:
                self._listener = bind(live_path(self._sockets, self._session))
            except OSError as error:
                self.notices.append(f"this session cannot be watched: {error.strerror or error}")
        if self._recorder is not None or self._listener is not None:
            self._terminal.hearer = self._printed
            self._thread.start()

    def leave(self) -> None:
        """The terminal is about to go: nobody reads it here any more, and viewers are told."""
        self._closing = True
        self._ring()
        if self._thread.is_alive():
            self._thread.join()
        for viewer in list(self._viewers):
            self._drop(viewer)
        if self._listener is not None and self._sockets is not None:
            self._listener.close()
            self._listener = None
            with contextlib.suppress(OSError):
                remove(live_path(self._sockets, self._session))

    def close(self) -> None:
        """Write the rest of the recording."""
        if not self._closing:
            self.leave()
        if self._recorder is not None:
            self._recorder.close()
            self._look_for_trouble()
        self._terminal.hearer = None
        self._wake.close()
        self._waker.close()

    # -- called in whichever thread reads the terminal, with its lock held -----------------------

    def _printed(self, data: bytes) -> None:
        if self._recorder is not None:
            self._recorder.take(data)
        for viewer in self._viewers:
            if viewer.is_known:
                viewer.show(data)
        if self._viewers:
            self._ring()

    def _ring(self) -> None:
        with contextlib.suppress(OSError):  # full: it is awake already
            self._waker.send(b"!")

    # -- the thread of its own -------------------------------------------------------------------

    def _serve(self) -> None:
        while not self._closing:
            self._wait(_FLUSH_SECONDS)
            self._terminal.drain()
            self._accept()
            self._attend()
            if self._recorder is not None:
                self._recorder.flush()
                self._look_for_trouble()
        self._say_goodbye()

    def _wait(self, seconds: float) -> None:
        """Until something is to be done. Without viewers the terminal can wait as well."""
        typing = [v for v in self._viewers if v.has_keyboard and v.keys]
        reading: list[socket.socket | int] = [
            self._wake,
            *(v.connection for v in self._viewers if v.is_heard),
        ]
        if self._listener is not None:
            reading.append(self._listener)
        if self._viewers and not self._terminal.at_end:
            reading.append(self._terminal.fd)
        writing: list[socket.socket | int] = [v.connection for v in self._viewers if v.has_pending]
        if typing and not self._terminal.at_end:
            writing.append(self._terminal.fd)
        waiting = any(v.wants_keyboard and not v.has_keyboard for v in self._viewers)
        select.select(reading, writing, [], 0.05 if waiting else seconds)
        with contextlib.suppress(BlockingIOError):
            self._wake.recv(4096)

    def _accept(self) -> None:
        if self._listener is None:
            return
        try:
            connection, _ = self._listener.accept()
        except OSError:
            return
        try:
            uid = peer_uid(connection)
        except OSError:
            uid = -1
        if uid != os.getuid() or len(self._viewers) >= _VIEWERS_AT_MOST:
            connection.close()
            return
        with self._terminal.lock:
            self._viewers.append(Viewer(connection, uid))

    def _attend(self) -> None:
        for viewer in list(self._viewers):
            with self._terminal.lock:
                was_known = viewer.is_known
                viewer.read()
                if viewer.is_known and not was_known:
                    self._welcome(viewer)
                self._hand_over(viewer)
                self._type(viewer)
                viewer.send(self._terminal.redraw)
            if viewer.is_gone or (viewer.is_leaving and not viewer.has_pending):
                self._drop(viewer)

    def _welcome(self, viewer: Viewer) -> None:
        viewer.tell(Kind.WELCOME, session=self._session, columns=COLUMNS, rows=ROWS)
        viewer.show(self._terminal.redraw())

    def _hand_over(self, viewer: Viewer) -> None:
        if not viewer.wants_keyboard or viewer.is_leaving:
            return
        if viewer.has_keyboard:
            if self._keyboard.holder != viewer.who:
                self._refuse(viewer, "the keyboard was taken back, because nobody typed for long")
            return
        holder = self._keyboard.holder
        if self._keyboard.take(viewer.who):
            viewer.has_keyboard = True
            viewer.tell(Kind.NOTE, text="the keyboard is yours")
        elif holder:
            self._refuse(viewer, f"{holder} holds the keyboard")

    def _refuse(self, viewer: Viewer, why: str) -> None:
        viewer.wants_keyboard = viewer.has_keyboard = False
        viewer.keys.clear()
        viewer.tell(Kind.NOTE, text=f"{why}: you only watch")

    def _type(self, viewer: Viewer) -> None:
        if not (viewer.has_keyboard and viewer.keys) or self._terminal.at_end:
            return
        if self._keyboard.typed(viewer.who):
            del viewer.keys[: self._terminal.offer(bytes(viewer.keys[:4096]))]

    def _drop(self, viewer: Viewer) -> None:
        with self._terminal.lock:
            self._viewers.remove(viewer)
        if viewer.has_keyboard:
            self._keyboard.give_back(viewer.who)
        viewer.connection.close()

    def _say_goodbye(self) -> None:
        for viewer in self._viewers:
            viewer.tell(Kind.NOTE, text="the session has ended", last=True)
        for _ in range(10):
            waiting = [v for v in self._viewers if v.has_pending and not v.is_gone]
            if not waiting:
                return
            select.select([], [v.connection for v in waiting], [], _GOODBYE_SECONDS / 10)
            for viewer in waiting:
                viewer.send(self._terminal.redraw)

    def _look_for_trouble(self) -> None:
        if self._recorder is not None and self._recorder.trouble and not self._told:
            self._told = True
            why = self._recorder.trouble
            self.notices.append(f"the recording of this session stops here: {why}")
