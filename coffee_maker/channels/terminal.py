"""The daemon's own window: a boxed question, and a line typed below it."""

import getpass
import os
import select
from collections.abc import Callable, Sequence
from typing import Protocol, TextIO

from coffee_maker.channels.prompt_box import WIDTH, prompt_box
from coffee_maker.domain.answers import InvalidAnswer, read_answer
from coffee_maker.domain.ports import Clock
from coffee_maker.domain.question import Answer, AnsweredBy, Question
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

    `keyboard` is read without waiting, a whole line at a time.
    """

    name = "terminal"

    def __init__(self, keyboard: TextIO, write: Write, screen: Screen, clock: Clock) -> None:
        self._keyboard, self._write = keyboard, write
        self._screen, self._clock = screen, clock
        self._waiting: list[Question] = []
        self._typed = b""

    def ask(self, question: Question) -> None:
        """Show it, behind those that are still open."""
        self._waiting.append(question)
        if len(self._waiting) == 1:
            self._screen.hold()
            self._show()

    def answers(self) -> Sequence[tuple[str, Answer]]:
        """What was typed since the last call."""
        line = self._line() if self._waiting else None
        if line is None:
            return ()
        question = self._waiting[0]
        try:
            value, message = read_answer(question, line)
        except InvalidAnswer as error:
            self._write(f"{one_line(str(error))}: {error.cure}\n{_PROMPT}")
            return ()
        answer = Answer(
            value=value,
            message=message,
            by=AnsweredBy.PERSON,
            who=getpass.getuser(),
            channel=self.name,
        )
        return [(question.id, answer)]

    def settle(self, question: Question, answer: Answer) -> None:  # noqa: ARG002 - the port's
        """Go on with the next. Who answered, and what, is told by the log above it."""
        if question not in self._waiting:
            return
        was_shown = self._waiting[0] == question
        self._waiting.remove(question)
        if not was_shown:
            return
        if self._waiting:
            self._show()
        else:
            self._screen.go_on()

    def _show(self) -> None:
        self._keys()
        self._typed = b""  # what was typed before a question was seen is no answer to it
        box = prompt_box(self._waiting[0], self._clock.now(), _width(self._keyboard.fileno()))
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
