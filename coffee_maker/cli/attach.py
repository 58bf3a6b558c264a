"""`coffee-maker attach`: the live terminal of the session under way, and its keyboard."""

import json
import os
import socket
import sys
from pathlib import Path

import click

from coffee_maker.cli.options import repo_option
from coffee_maker.cli.sessions import sessions_of
from coffee_maker.domain.errors import ClaudeError

_DETACH = b"\x1d"  # Ctrl-]
_INTERRUPT = b"\x03"
_WELCOME_SECONDS = 10.0


@click.command()
@click.argument("task")
@repo_option
@click.option("--write", is_flag=True, help="Take over the keyboard until you leave.")
def attach(*, task: str, repo: Path | None, write: bool) -> None:
    """Watch the agent's terminal while it works. Ctrl-] leaves; the agent goes on.

    With --write your keys go to the agent: answer its dialogs, stop it with Esc, tell it more.
    Nothing else is said to it meanwhile. The keyboard is taken back when it is needed and you
    have typed nothing for five minutes. The size stays that of the agent's terminal.

    \b
    Examples:
      coffee-maker attach 1
      coffee-maker attach 1 --write
    """
    from coffee_maker.project import open_project
    from coffee_maker.rooms import open_store

    with open_store(repo) as store:
        name, sessions = sessions_of(store.journal, task)
    connection = _connect(open_project(repo).live_dir, name, sessions)
    from coffee_maker.cli.window import Window

    with connection:
        if not Window.is_possible():
            raise ClaudeError("a live session is watched in a terminal, and this is none")
        click.echo(Onlooker(connection, name, write=write).watch())


def _connect(folder: Path, task: str, sessions: dict[str, bool]) -> socket.socket:
    from coffee_maker.claude.live_path import connect, live_path

    for session in reversed([session for session, is_open in sessions.items() if is_open]):
        try:
            return connect(live_path(folder, session))
        except PermissionError as error:
            raise ClaudeError(f"the session cannot be watched: {error}") from error
        except OSError:
            continue
    raise ClaudeError(
        f"no session of {task} is live now",
        cure=f'see what it did: coffee-maker replay "{task}"',
    )


class Onlooker:
    """Shows what comes until the session ends or the person leaves."""

    def __init__(self, connection: socket.socket, task: str, *, write: bool) -> None:
        from coffee_maker.claude.frames import Frames, Kind, frame

        self._connection, self._task, self._write = connection, task, write
        self._frames, self._kinds, self._frame = Frames(), Kind, frame
        self._note = "the keyboard is busy" if write else ""
        self._is_over = False

    def watch(self) -> str:
        """What is to be said afterwards."""
        from coffee_maker.claude.picture import Picture
        from coffee_maker.cli.window import Window

        tty = os.ttyname(sys.stdin.fileno()).removeprefix("/dev/")
        hello = {"write": self._write, "tty": tty}
        self._send(self._kinds.HELLO, json.dumps(hello).encode())
        columns, rows = self._welcomed()
        self._picture = Picture(columns, rows)
        with Window(self._picture, pastes=self._write) as window:
            self._hear(b"")
            while not self._is_over:
                window.show(self._foot(window.too_small))
                typed, ready = window.wait(None, self._connection.fileno())
                if not self._take(typed):
                    return f"You left. {self._task} goes on."
                if ready:
                    data = self._receive()
                    self._is_over = not data
                    self._hear(data)
        return f"{self._task}: {self._note or 'the session has ended'}"

    def _welcomed(self) -> tuple[int, int]:
        """The size of the session's terminal."""
        self._connection.settimeout(_WELCOME_SECONDS)
        self._early: list[tuple[object, bytes]] = []
        while not self._early:
            data = self._receive()
            if not data:
                raise ClaudeError(f"the session of {self._task} ended just now")
            self._early += self._frames.feed(data)
        (_, body), *self._early = self._early
        welcome = json.loads(body)
        return int(welcome["columns"]), int(welcome["rows"])

    def _receive(self) -> bytes:
        try:
            return self._connection.recv(1 << 16)
        except TimeoutError:
            raise ClaudeError("the session does not answer") from None
        except OSError:
            return b""

    def _hear(self, data: bytes) -> None:
        early, self._early = self._early, []
        for kind, body in [*early, *self._frames.feed(data)]:
            if kind is self._kinds.OUTPUT:
                self._picture.feed(body)
            elif kind is self._kinds.NOTE:
                note = json.loads(body)
                self._note = str(note["text"])
                self._is_over = self._is_over or note.get("last") is True

    def _take(self, typed: bytes) -> bool:
        """Pass on what was typed; False where they leave."""
        keys, leaves, _ = typed.partition(_DETACH)
        if not self._write:
            return not leaves and _INTERRUPT not in keys
        if keys:
            self._send(self._kinds.KEYS, keys)
        return not leaves

    def _send(self, kind: object, body: bytes) -> None:
        try:
            self._connection.sendall(self._frame(kind, body))  # type: ignore[arg-type]
        except OSError:
            self._is_over = True

    def _foot(self, too_small: str) -> str:
        told = (self._task, "Ctrl-] leaves", self._note, too_small)
        return " · ".join(part for part in told if part)
