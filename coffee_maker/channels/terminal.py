"""The daemon's own window: a boxed question, and a line typed below it."""

import getpass
import os
import select
from collections.abc import Callable
from typing import Protocol, TextIO

from coffee_maker.channels.prompt_box import WIDTH, prompt_box
from coffee_maker.domain.message import About, Message, Received, Reply, Sent
from coffee_maker.domain.ports import Clock, Receive
from coffee_maker.domain.visible import one_line

# The log may speak before anybody has typed, and must find a line of its own.
_PROMPT = "Type your answer, then Enter:\n"

Write = Callable[[str], None]


class Screen(Protocol):
    """Whoever else draws on this terminal, and has to stand back while somebody types."""

    def hold(self) -> None: ...

    def go_on(self) -> None: ...


class TerminalChannel:
    """Asks one question at a time, in the order in which they came.

    For the thread that draws on the window: `poll` takes what was typed, a whole line at a time,
    and never waits. Notices are left to the log above the box.
    """

    name = "terminal"
    forgets = True

    def __init__(self, keyboard: TextIO, write: Write, screen: Screen, clock: Clock) -> None:
        self._keyboard, self._write = keyboard, write
        self._screen, self._clock = screen, clock
        self._receive: Receive | None = None
        self._waiting: dict[str, Message] = {}
        self._typed = b""

    def open(self, receive: Receive) -> None:
        """What is typed from now on is an answer."""
        self._receive = receive

    def send(self, message: Message) -> Sent:
        """Show a question, behind those that are still open, or say how it was settled."""
        if message.about is About.ASK:
            self._ask(message)
        elif message.about is About.SETTLED:
            self._settle(message)
        return Sent()

    def poll(self) -> None:
        """Pass on a line that was typed, and say what became of it where it did not count."""
        line = self._line() if self._waiting else None
        if line is None or self._receive is None:
            return
        asked = next(iter(self._waiting.values()))
        reply = Reply(question=asked.question, text=line, channel=self.name, who=getpass.getuser())
        receipt = self._receive(reply)
        if receipt.received is Received.ACCEPTED:
            return
        said = one_line(receipt.message, 400)
        again = _PROMPT if receipt.received is Received.INVALID else ""
        self._write(f"{said}\n{again}")

    def close(self) -> None:
        """Give the window back."""
        if self._waiting:
            self._waiting.clear()
            self._screen.go_on()
        self._receive = None

    def _ask(self, message: Message) -> None:
        first = next(iter(self._waiting), "")
        self._waiting[message.question] = message
        if not first:
            self._screen.hold()
        if first in ("", message.question):  # anew where silence means something else by now
            self._show()

    def _settle(self, message: Message) -> None:
        if message.question not in self._waiting:
            return
        was_shown = next(iter(self._waiting)) == message.question
        del self._waiting[message.question]
        if not was_shown:
            return
        self._write(f"{_settled(message.outcome)}\n")
        if self._waiting:
            self._show()
        else:
            self._screen.go_on()

    def _show(self) -> None:
        self._keys()
        self._typed = b""  # what was typed before a question was seen is no answer to it
        asked = next(iter(self._waiting.values()))
        box = prompt_box(asked.card, self._clock.now(), _width(self._keyboard.fileno()))
        self._write(f"\n{box}\n{_PROMPT}")

    def _line(self) -> str | None:
        self._typed += self._keys()
        line, ended, rest = self._typed.partition(b"\n")
        if not ended:
            return None
        self._typed = rest
        return line.decode(errors="replace")

    def _keys(self) -> bytes:
        """What was typed and not read yet; nothing while the terminal is another program's."""
        descriptor, typed = self._keyboard.fileno(), b""
        try:
            if _is_anothers(descriptor):
                return b""
            while select.select([descriptor], [], [], 0)[0]:
                piece = os.read(descriptor, 4096)
                typed += piece
                if not piece:
                    break
        except OSError:  # the window was closed
            return b""
        return typed


def _settled(outcome: str) -> str:
    said = one_line(outcome, 400)
    return f"{said[:1].upper()}{said[1:]}." if said else "Settled."


def _width(descriptor: int) -> int:
    """For the box's text: what fits between its walls in this window, within reason."""
    try:
        columns = os.get_terminal_size(descriptor).columns
    except OSError:
        return WIDTH
    return max(16, min(WIDTH, columns - 4)) if columns else WIDTH


def _is_anothers(descriptor: int) -> bool:
    """True in the background of a shell, where reading would stop this process."""
    try:
        return os.tcgetpgrp(descriptor) != os.getpgrp()
    except OSError:  # not the terminal that this process was started in
        return False
