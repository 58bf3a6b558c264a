"""`coffee-maker inbox watch`: open questions as they come, and a line to answer each in."""

from collections.abc import Callable
from typing import TextIO

from coffee_maker.channels.terminal import TerminalChannel
from coffee_maker.domain.cards import Redact, compose_card, outcome
from coffee_maker.domain.message import About, Message
from coffee_maker.domain.ports import Clock, Journal, QuestionBox, Receive
from coffee_maker.domain.question import Question

LOOK_SECONDS = 0.1
IDLE = "Nothing waits for your answer. Ctrl-C leaves.\n"

Write = Callable[[str], None]


class InboxWindow(TerminalChannel):
    """The daemon's own window, in any other terminal."""

    name = "inbox"


class Idle:
    """What stands in the window while nothing is asked."""

    def __init__(self, write: Write) -> None:
        self._write = write

    def hold(self) -> None:
        """A question takes the window."""

    def go_on(self) -> None:
        self._write(IDLE)


class InboxWatch:
    """Shows what is open, wherever it was asked, and tells what was answered elsewhere."""

    def __init__(
        self,
        box: QuestionBox,
        journal: Journal,
        clock: Clock,
        *,
        keyboard: TextIO,
        write: Write,
        receive: Receive,
        redact: Redact,
    ) -> None:
        self._box, self._journal, self._clock = box, journal, clock
        self._write, self._redact = write, redact
        self._window = InboxWindow(keyboard, write, Idle(write), clock)
        self._window.open(receive)
        self._shown: dict[str, Question] = {}
        self._seen = -1

    def run(self) -> None:
        """Until Ctrl-C. Raises StoreError."""
        self.look()
        if not self._shown:
            self._write(IDLE)
        while True:
            self._window.poll()
            self.look()
            self._clock.sleep(LOOK_SECONDS)

    def look(self) -> None:
        """Take in what has changed since."""
        newest = self._journal.last()
        if newest == self._seen:
            return
        self._seen = newest
        still_open = {question.id: question for question in self._box.open()}
        for id in [id for id in self._shown if id not in still_open]:  # noqa: A001 - its identity
            self._settle(self._shown.pop(id))
        for question in still_open.values():
            if self._shown.get(question.id) != question:  # new, or parked by now
                self._shown[question.id] = question
                self._window.send(self._message(question, About.ASK))

    def _settle(self, question: Question) -> None:
        answer = self._box.answer_to(question.id)
        said = outcome(answer, self._redact) if answer else ""
        self._window.send(self._message(question, About.SETTLED, said))

    def _message(self, question: Question, about: About, said: str = "") -> Message:
        return Message(
            id=f"{about}:{question.id}",
            about=about,
            card=compose_card(question, self._redact),
            question=question.id,
            outcome=said,
        )
